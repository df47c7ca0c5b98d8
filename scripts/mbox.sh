#!/bin/bash
# Writes a series as the mails that go to the lists: one thread, as mbox (for b4) and as files (for git send-email). Sends nothing.
# Usage: mbox.sh [-o DIR] [-p FORMER] [kernel|igt ...]      default: igt, then kernel
#   -o DIR     default: $CACHE/out/mail
#   -p FORMER  the mbox of the version that was sent, or a directory that has it: this becomes the next version, in reply to that one's
#              cover letter, with the range-diff. (PREVIOUS=path: the same)
# In:  patches/ and series, patches/recipients; igt-tests/, its recipients. KERNEL=path: HEAD of that is the base-commit. IGT=path: only for the
#      range-diff of the IGT series. SIGNOFF='Name <address>': who submits signs each patch off; without it they carry no sign-off.
# Out: DIR/NAME-vN.mbox and DIR/NAME-vN/*.patch; prints the mbox. The same input gives the same bytes: a Message-Id is a hash of all of it.
. "$(dirname "$0")/lib.sh"
need_tool git perl
usage="usage: mbox.sh [-o DIR] [-p FORMER] [kernel|igt ...]"

out=$CACHE/out/mail former=${PREVIOUS:-} sign=${SIGNOFF:-}
while getopts o:p: o; do
	case $o in
	o) out=$OPTARG ;;
	p) former=$OPTARG ;;
	*) die "$usage" ;;
	esac
done
shift $((OPTIND - 1))
(($#)) || set -- igt kernel
[[ -z $sign || $sign =~ ^[^\<\>]+\ \<[^@\<\>\ ]+@[^@\<\>\ ]+\>$ ]] || die "SIGNOFF=$sign is no 'Name <address>'"
[[ -z $former || -e $former ]] || die "there is no $former: give the mbox that was sent, or a directory that has it"
mkdir -p "$out"
make_tmp

# header FILE NAME: a header of the first mail in FILE, on one line.
header() { sed -e '/^$/q' "$1" | perl -0pe 's/\n[ \t]+/ /g' | sed -n "s/^$2: //Ip" | head -1; }

# addresses KIND FILE: one header with all addresses, folded; names that are not ASCII encoded.
addresses() {
	sed -n "s/^$1: //p" "$2" | perl -pe 's/^"?([^"<]*[^\x00-\x7f][^"<]*?)"?( <.*>)$/my ($n, $a) = ($1, $2); $n =~ s{([^A-Za-z0-9])}{sprintf "=%02X", ord $1}ge; "=?UTF-8?q?$n?=$a"/e' |
		sed -e "1s/^/$1: /" -e '1!s/^/ /' -e '$!s/$/,/'
}

# range_diff REPO BASE FORMER.mbox PATCH...: the former version against this one; both must apply to BASE.
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

igt_id=
thread() {
	local name=$1 dir prefix repo='' base cover patches=() f version=1 before='' id domain d n total files=()
	case $name in
	kernel)
		dir=$ROOT/patches prefix=PATCH
		repo=$("$ROOT/scripts/base.sh")
		base=$(git -C "$repo" rev-parse 'base^{commit}')
		mapfile -t patches < <(series_list)
		;;
	igt)
		dir=$ROOT/igt-tests prefix='PATCH i-g-t'
		repo=${IGT:-}
		base=$(<"$dir/base-commit")
		patches=("$dir"/0[0-9][0-9][0-9]-*.patch)
		patches=("${patches[@]:1}")
		;;
	*) die "$usage" ;;
	esac
	cover=$dir/0000-cover-letter.patch
	total=${#patches[@]}
	((total)) || die "there is no patch in $dir"
	[[ -s $dir/recipients ]] || die "$dir/recipients is missing: scripts/recipients.sh -w writes that of the kernel"
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

	d=$out/$name-v$version
	rm -rf "$d" "$d.mbox"
	mkdir "$d"
	if [[ -n $before ]]; then
		[[ -n $repo ]] || die "IGT=path of a checkout of igt-gpu-tools that has $base is needed for the range-diff"
		range_diff "$repo" "$base" "$before" "${patches[@]}" >"$tmp/range-diff"
	fi
	domain=$(sed -E 's/.*@([^>]*)>?$/\1/' <<<"${sign:-$(header "$cover" From)}")
	id=$(header "$cover" Date | TZ=UTC date -f - +%Y%m%d)-userptr-$name-v$version-$(
		{ echo "$version $base $sign $igt_id"; cat "$dir/recipients" "$cover" "${patches[@]}" ${before:+"$before"}; } | hash12
	)
	n=0
	for f in "$cover" "${patches[@]}"; do
		files+=("$d/$(basename "$f")")
		{
			# The headers that were there, but for the version; then those of the thread.
			# b4 0.12 stumbles over a From or Subject that is folded.
			sed '/^$/,$d' "$f" | perl -0pe '1 while s/^((?:From|Subject): .*)\n[ \t]+/$1 /m' | sed -E -e "s/^(Subject: \[$prefix)( v[0-9]+)? /\1$( ((version == 1)) || printf ' v%d' "$version") /"
			addresses To "$dir/recipients"
			addresses Cc "$dir/recipients"
			echo "Message-Id: <$id-$n@$domain>"
			if ((n)); then
				printf '%s: <%s>\n' In-Reply-To "$id-0@$domain" References "$id-0@$domain"
			elif [[ -n $before ]]; then
				printf '%s: %s\n' In-Reply-To "$(header "$before" Message-Id)" References "$(header "$before" Message-Id)"
			fi
			if ((n)); then
				sed -n '/^$/,$p' "$f"
			else
				# Who wrote what, and what was changed, stand below; Intel's CI reads Test-with.
				sed -n '/^$/,$p' "$f" | awk -v id="$igt_id" -v name="$name" \
					'{ if (name == "kernel" && id != "" && !done && / \([0-9]+\):$/) { print "Test-with: " id "\n"; done = 1 } print }'
				if [[ -n $before ]]; then
					printf 'Range-diff against v%d:\n' $((version - 1))
					cat "$tmp/range-diff"
					echo
				fi
				echo "base-commit: $base"
			fi
			echo
		} >"${files[-1]}"
		if [[ -n $sign ]] && ((n)); then git interpret-trailers --in-place --trailer "Signed-off-by: $sign" "${files[-1]}"; fi
		n=$((n + 1))
	done
	cat "${files[@]}" >"$d.mbox"
	[[ $name != igt ]] || igt_id=$id-0@$domain
	say "$name: v$version, cover letter and $total patches${before:+, in reply to $(header "$before" Message-Id)}${sign:+, signed off by $sign}"
	echo "$d.mbox"
}
for name; do thread "$name"; done
