#!/bin/bash
# Writes a series as the mails that go to the lists: one thread, as mbox (for b4) and as files (for git send-email). Sends nothing.
# Usage: scripts/series/mbox.sh [-o DIR] [-p FORMER] [kernel|igt ...]      default: igt, then kernel
#   -o DIR     default: $CACHE/out/mail
#   -p FORMER  the mbox of the version that was sent, or a directory that has it: this becomes the next version, in reply to that one's
#              cover letter, with the range-diff. (PREVIOUS=path: the same)
# In:  patches/ and series, patches/recipients; igt-tests/, its recipients. KERNEL=path: HEAD of that is the base-commit. IGT=path: only for the
#      range-diff of the IGT series. SIGNOFF='Name <address>': who submits signs each patch off; without it they carry no sign-off.
# Out: DIR/NAME-vN.mbox and DIR/NAME-vN/*.patch; prints the mbox. The same input gives the same bytes: a Message-Id is a hash of all of it.
. "$(dirname "$0")/../../scripts/lib.bash"
need_tool git perl

out=$CACHE/out/mail former=${PREVIOUS:-} sign=${SIGNOFF:-}
options o:=out p:=former -- "$@"
shift $((OPTIND - 1))
(($#)) || set -- igt kernel
[[ -z $sign || $sign =~ ^[^\<\>]+\ \<[^@\<\>\ ]+@[^@\<\>\ ]+\>$ ]] || die "SIGNOFF=$sign is no 'Name <address>'"
[[ -z $former || -e $former ]] || die "there is no $former: give the mbox that was sent, or a directory that has it"
mkdir -p "$out"
[[ ! -d $former || ! $former -ef $out ]] || die "$former is where the new mails go: keep what was sent in a directory of its own"
make_tmp

# header FILE NAME: a header of the first mail in FILE, on one line.
header() { sed -e '/^$/q' "$1" | perl -0pe 's/\n[ \t]+/ /g' | sed -n "s/^$2: //Ip" | head -1; }

# addresses KIND FILE: one header with all addresses, folded; names that are not ASCII encoded.
addresses() {
	sed -n "s/^$1: //p" "$2" | perl -pe 's/^"?([^"<]*[^\x00-\x7f][^"<]*?)"?( <.*>)$/my ($n, $a) = ($1, $2); $n =~ s{([^A-Za-z0-9])}{sprintf "=%02X", ord $1}ge; "=?UTF-8?q?$n?=$a"/e' |
		sed -e "1s/^/$1: /" -e '1!s/^/ /' -e '$!s/$/,/'
}

# range_diff REPO BASE FORMER.mbox MAIL...: the former version against this one, as mailed (with sign-off); both must apply to BASE.
range_diff() {
	local repo=$1 base=$2 mbox=$3 d=$tmp/range old
	shift 3
	scratch_repo "$repo" "$d"
	sparse_checkout "$d" "$base" "$mbox" "$@"
	# The cover letter is no patch: mailsplit takes the mails apart, the first is left out.
	mkdir "$tmp/mails"
	git mailsplit -o"$tmp/mails" --keep-cr -- "$mbox" >/dev/null
	rm "$tmp/mails/0001"
	git_am "$d" "$tmp"/mails/* >/dev/null 2>&1 || die "$mbox does not apply to the base of today: with KERNEL=path or IGT=path, give the base it was for"
	old=$(git -C "$d" rev-parse HEAD)
	git -C "$d" checkout -q --detach "$base"
	git_am "$d" "$@"
	git -C "$d" --no-pager range-diff --no-color --creation-factor=75 "$base..$old" "$base..HEAD"
	rm -rf "$d" "$tmp/mails"
}

# mail_header FILE: the headers that were there, with the version in the subject, and the recipients; uses prefix, version and dir of thread.
mail_header() {
	local v=''
	((version == 1)) || v=" v$version"
	# b4 0.12 fails at a From or Subject that is folded.
	sed '/^$/,$d' "$1" | perl -0pe '1 while s/^((?:From|Subject): .*)\n[ \t]+/$1 /m' | sed -E "s/^(Subject: \[$prefix) /\1$v /"
	addresses To "$dir/recipients"
	addresses Cc "$dir/recipients"
}

igt_id=
thread() {
	local name=$1 dir prefix repo='' base cover patches=() f version=1 before='' id domain d n total files=()
	case $name in
	kernel)
		dir=$ROOT/patches prefix=PATCH
		repo=$("$ROOT/testbed/kernel/base.sh")
		base=$(git -C "$repo" rev-parse 'base^{commit}')
		mapfile -t patches < <(series_list)
		;;
	igt)
		dir=$ROOT/igt-tests prefix='PATCH i-g-t'
		repo=${IGT:-}
		base=$(<"$dir/base-commit")
		mapfile -t patches < <(patches_of "$dir")
		;;
	*) usage ;;
	esac
	cover=$dir/0000-cover-letter.patch
	total=${#patches[@]}
	((total)) || die "there is no patch in $dir"
	[[ -s $dir/recipients ]] || die "$dir/recipients is missing: scripts/series/recipients.sh -w writes that of the kernel"
	for f in "$cover" "${patches[@]}"; do
		[[ -s $f ]] || die "there is no $f: 'make reroll' or 'make igt-reroll' writes it"
		[[ $(grep -c '^From ' "$f") == 1 ]] || die "$f has a line that begins with 'From ', which an mbox cannot carry: word it another way"
	done

	if [[ -d $former ]]; then
		before=$(printf '%s\n' "$former/$name"-v*.mbox | sort -V | tail -1)
		[[ -f $before ]] || { before=''; say "NOTICE: $former has no $name-v*.mbox: the $name series is v1"; }
	else
		before=$former
	fi
	if [[ -n $before ]]; then
		version=$(header "$before" Subject | sed -nE "s/^\[$prefix( v([0-9]+))? 0*0\/[0-9]+\].*/\2./p")
		[[ -n $version ]] || die "$before does not begin with the cover letter of a series [$prefix ...]"
		version=${version%.}
		version=$((${version:-1} + 1))
		((version == 2)) || [[ -n $(header "$before" In-Reply-To) ]] || die "$before is v$((version - 1)) but replies to nothing: is it what was sent?"
	fi

	[[ -z $before || -n $repo ]] || die "for the range-diff of the $name series give IGT=path of a checkout of igt-gpu-tools that has $base"
	d=$out/$name-v$version
	rm -rf "$d" "$d.mbox"
	mkdir "$d"
	domain=$(sed -E 's/.*@([^>]*)>?$/\1/' <<<"${sign:-$(header "$cover" From)}")
	id=$(header "$cover" Date | TZ=UTC date -f - +%Y%m%d)-userptr-$name-v$version-$(
		{ echo "$version $base $sign $igt_id"; cat "$dir/recipients" "$cover" "${patches[@]}" ${before:+"$before"}; } | hash12
	)
	# The cover letter comes last: it has the range-diff of the others.
	for ((n = 1; n <= total; n++)); do
		f=${patches[n - 1]}
		files+=("$d/${f##*/}")
		{
			mail_header "$f"
			echo "Message-Id: <$id-$n@$domain>"
			printf '%s: <%s>\n' In-Reply-To "$id-0@$domain" References "$id-0@$domain"
			sed -n '/^$/,$p' "$f"
			echo
		} >"${files[-1]}"
		[[ -z $sign ]] || git interpret-trailers --in-place --trailer "Signed-off-by: $sign" "${files[-1]}"
	done
	[[ -z $before ]] || range_diff "$repo" "$base" "$before" "${files[@]}" >"$tmp/range-diff"
	files=("$d/${cover##*/}" "${files[@]}")
	{
		mail_header "$cover"
		echo "Message-Id: <$id-0@$domain>"
		[[ -z $before ]] || printf '%s: %s\n' In-Reply-To "$(header "$before" Message-Id)" References "$(header "$before" Message-Id)"
		# Intel's CI reads Test-with: below the text, before the list of who wrote what. What is signed off does not say that it is not.
		sed -n '/^$/,$p' "$cover" | ID=$([[ $name == igt ]] || echo "$igt_id") SIGN=$sign perl -0pe \
			's/^The patches bear no Signed-off-by:(?:.+\n)+\n//m if $ENV{SIGN};
			s/\n(?=\S[^\n]* \(\d+\):\n  \S)/\nTest-with: $ENV{ID}\n\n/ or die "there is no list of patches in the cover letter\n" if $ENV{ID}'
		if [[ -n $before ]]; then
			printf 'Range-diff against v%d:\n' $((version - 1))
			cat "$tmp/range-diff"
			echo
		fi
		printf 'base-commit: %s\n\n' "$base"
	} >"${files[0]}"
	cat "${files[@]}" >"$d.mbox"
	[[ $name != igt ]] || igt_id=$id-0@$domain
	[[ $name != kernel || -n $igt_id ]] || say "NOTICE: no Test-with: in the cover letter: 'mbox.sh igt kernel' puts it in"
	say "$name: v$version, cover letter and $total patches${before:+, in reply to $(header "$before" Message-Id)}${sign:+, signed off by $sign}"
	echo "$d.mbox"
}
for name; do thread "$name"; done
