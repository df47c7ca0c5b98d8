#!/bin/bash
# Writes the mails for the lists, each series or part of one as a thread: an mbox (for b4) and files
# (for git send-email). Sends nothing.
# Usage: scripts/series/mbox.sh [-o DIR] [-p FORMER] [igt|kernel-1|mm|kernel-2 ...]
#   igt        the IGT series
#   kernel-1   part 1 of the kernel series
#   mm         the patch for linux-mm beside it, which part 2 needs
#   kernel-2   part 2, on top of part 1
#   -o DIR     default: $CACHE/out/mail
#   -p FORMER  the mbox that was sent, or a directory with all that were sent. A thread in FORMER
#              becomes the next version, in reply to the former one, with the range-diff. Cover
#              letters of the other threads refer to the mails in FORMER. (PREVIOUS=path: the same)
# In:   PART: the default threads. 1: igt kernel-1; 2: mm kernel-2; all (default): all four.
#       patches/, series and patches/recipients; patches/mm/ and igt-tests/, with their recipients.
#       KERNEL=path: its HEAD is the base-commit. IGT=path: only for the range-diff of the IGT
#       series. SIGNOFF='Name <address>': the submitter, whose sign-off is added to each patch;
#       without it they have none, and the mails say so.
# Out:  DIR/NAME-vN.mbox and DIR/NAME-vN/*.patch; prints the path of the mbox. The same input gives
#       the same bytes: a Message-Id is a hash of all input.
. "$(dirname "$0")/../../scripts/lib.bash"
. "$ROOT/scripts/series/parts.bash"
need_tool git perl

out=$CACHE/out/mail former=${PREVIOUS:-} sign=${SIGNOFF:-}
options o:=out p:=former -- "$@"
shift $((OPTIND - 1))
case ${PART:-all} in
1) default=(igt kernel-1) ;;
2) default=(mm kernel-2) ;;
all) default=(igt kernel-1 mm kernel-2) ;;
*) die "there is no part '$PART': give PART=1, 2 or all" ;;
esac
(($#)) || set -- "${default[@]}"
[[ -z $sign || $sign =~ ^[^\<\>]+\ \<[^@\<\>\ ]+@[^@\<\>\ ]+\>$ ]] || die "SIGNOFF=$sign is no 'Name <address>'"
[[ -z $former || -e $former ]] || die "there is no $former: give the mbox that was sent, or a directory that has it"
mkdir -p "$out"
[[ ! -d $former || ! $former -ef $out ]] || die "$former is where the new mails go: keep what was sent in a directory of its own"
make_tmp

# header FILE NAME: prints a header of the first mail in FILE, on one line.
header() { sed -e '/^$/q' "$1" | perl -0pe 's/\n[ \t]+/ /g' | sed -n "s/^$2: //Ip" | head -1; }

# title FILE: prints the subject of a mail, without the prefix in brackets.
title() { header "$1" Subject | sed -E 's/^\[[^]]*\] //'; }

# sent NAME: prints the newest mbox of the thread NAME in the directory of sent mails.
sent() { [[ ! -d $former ]] || find "$former" -maxdepth 1 -name "$1-v[0-9]*.mbox" | sort -V | tail -1; }

# address NAME: prints the Message-Id, without its brackets, of the first mail of the thread NAME,
# which was written in this run or was sent; nothing if it is unknown.
declare -A written
address() {
	local mbox=${written[$1]:-$(sent "$1")}
	[[ -z $mbox ]] || header "$mbox" Message-Id | tr -d '<>'
}

# addresses KIND FILE: prints one header with all addresses, folded; names not in ASCII are encoded.
addresses() {
	sed -n "s/^$1: //p" "$2" | perl -pe 's/^"?([^"<]*[^\x00-\x7f][^"<]*?)"?( <.*>)$/my ($n, $a) = ($1, $2); $n =~ s{([^A-Za-z0-9])}{sprintf "=%02X", ord $1}ge; "=?UTF-8?q?$n?=$a"/e' |
		sed -e "1s/^/$1: /" -e '1!s/^/ /' -e '$!s/$/,/'
}

# range_diff REPO BASE BELOW FORMER.mbox COVER MAIL...: prints the range-diff from the former
# version to this one, as mailed (with sign-off). Both must apply to BASE, the former one on top of
# the mbox BELOW, if that is given. COVER: 1 if both begin with a cover letter.
range_diff() {
	local repo=$1 base=$2 below=$3 mbox=$4 cover=$5 d=$tmp/range old_base old mails=()
	shift 5
	scratch_repo "$repo" "$d"
	sparse_checkout "$d" "$base" ${below:+"$below"} "$mbox" "$@"
	old_base=$base
	if [[ -n $below ]]; then
		git -C "$d" checkout -q --detach "$(git -C "$repo" rev-parse 'base^{commit}')"
		split_mbox "$below" 1
		git_am "$d" "${mails[@]}" >/dev/null 2>&1 || die "$below does not apply to the base of today: with KERNEL=path, give the base it was for"
		old_base=$(git -C "$d" rev-parse HEAD)
	fi
	split_mbox "$mbox" "$cover"
	git_am "$d" "${mails[@]}" >/dev/null 2>&1 || die "$mbox does not apply to the base of today: with KERNEL=path or IGT=path, give the base it was for"
	old=$(git -C "$d" rev-parse HEAD)
	git -C "$d" checkout -q --detach "$base"
	git_am "$d" "$@"
	git -C "$d" --no-pager range-diff --no-color --creation-factor=75 "$old_base..$old" "$base..HEAD"
	rm -rf "$d"
}
# split_mbox MBOX COVER: sets mails, which range_diff uses, to its patches without the cover letter.
split_mbox() {
	rm -rf "$tmp/mails"
	mkdir "$tmp/mails"
	git mailsplit -o"$tmp/mails" --keep-cr -- "$1" >/dev/null
	mails=("$tmp"/mails/*)
	[[ -z $2 ]] || mails=("${mails[@]:1}")
}

# mail_header FILE NUMBER: prints the mail's own headers, with version and NUMBER in the subject,
# and the recipients; uses prefix, version and dir of thread.
mail_header() {
	local v=''
	((version == 1)) || v=" v$version"
	# b4 0.12 fails on a folded From or Subject.
	sed '/^$/,$d' "$1" | perl -0pe '1 while s/^((?:From|Subject): .*)\n[ \t]+/$1 /m' | sed -E "s|^(Subject: \[$prefix)[^]]*\] |\1$v$2] |"
	addresses To "$dir/recipients"
	addresses Cc "$dir/recipients"
}

# needs NAME FILE: prints a line with the title of FILE, the first mail of the thread NAME, and a
# line with its address.
needs() {
	local id
	printf '  %s\n' "$(title "$2")"
	id=$(address "$1")
	if [[ -n $id ]]; then
		printf '  https://lore.kernel.org/r/%s\n' "$id"
	else
		say "NOTICE: kernel-2 does not say where $1 is: give PREVIOUS=directory that has the $1-v*.mbox that was sent"
	fi
}

thread() {
	local name=$1 dir=$ROOT/patches prefix=PATCH repo='' base on list cover='' below='' patches below_patches=() f version=1 before='' \
		number test_with notes id domain d n total files=()
	case $name in
	kernel-[12] | mm)
		repo=$("$ROOT/testbed/kernel/base.sh")
		base=$(git -C "$repo" rev-parse 'base^{commit}') on=$base
		;;
	igt)
		dir=$ROOT/igt-tests prefix='PATCH i-g-t' repo=${IGT:-}
		base=$(<"$dir/base-commit") on=$base
		;;
	*) usage ;;
	esac
	case $name in
	kernel-*)
		list=$(series_part "${name#*-}")
		cover=$dir/0000-cover-letter-${name#*-}.patch
		;;
	mm)
		dir+=/mm
		list=$(patches_of "$dir")
		[[ $(wc -l <<<"$list") == 1 ]] || die "patches/mm has more than one patch, and no cover letter"
		;;
	igt)
		list=$(patches_of "$dir")
		cover=$dir/0000-cover-letter.patch
		;;
	esac
	[[ -n $list ]] || die "there is no patch in $dir"
	mapfile -t patches <<<"$list"
	total=${#patches[@]}
	if [[ $name == kernel-2 ]]; then
		list=$(series_part 1)
		mapfile -t below_patches <<<"$list"
		below=$(sent kernel-1)
	fi
	[[ -s $dir/recipients ]] || die "$dir/recipients is missing: scripts/series/recipients.sh -w writes those of the kernel"
	for f in ${cover:+"$cover"} "${patches[@]}"; do
		[[ -s $f ]] || die "there is no $f: 'make reroll' or 'make igt-reroll' writes it"
		[[ $(grep -c '^From ' "$f") == 1 ]] || die "$f has a line that begins with 'From ', which an mbox cannot carry: word it another way"
	done

	before=$former
	if [[ -d $former ]]; then
		before=$(sent "$name")
		[[ -n $before ]] || say "NOTICE: $former has no $name-v*.mbox: $name is v1"
	fi
	if [[ -n $before ]]; then
		number=${cover:+ 0*0/[0-9]+}
		version=$(header "$before" Subject | sed -nE "s|^\[$prefix( v([0-9]+))?$number\] .*|\2.|p")
		[[ -n $version ]] || die "$before does not begin with ${cover:+the cover letter of a series }[$prefix${cover:+ ...}]"
		version=${version%.}
		version=$((${version:-1} + 1))
		((version == 2)) || [[ -n $(header "$before" In-Reply-To) ]] || die "$before is v$((version - 1)) but replies to nothing: is it what was sent?"
		[[ -n $repo ]] || die "for the range-diff of the $name series give IGT=path of a checkout of igt-gpu-tools that has $base"
		[[ $name != kernel-2 ]] || on=$("$ROOT/scripts/series/commit.sh" -b "$repo" -n "${#below_patches[@]}")
	fi

	# Paragraphs about the thread as it is sent.
	notes=''
	if [[ $name == kernel-2 ]]; then
		notes+=$(echo Prerequisites:; needs kernel-1 "$dir/0000-cover-letter-1.patch"; needs mm "$(patches_of "$dir/mm")")$'\n\n'
	fi
	[[ -n $sign ]] || notes+=$'Not signed off: the submitter reviews the patches and signs them.\n\n'
	if [[ $name == kernel-* ]]; then
		# Intel's CI reads this line after the text and before the list of patches.
		test_with=$(address igt)
		[[ -z $test_with ]] || notes+="Test-with: $test_with"$'\n\n'
		[[ -n $test_with ]] || say "NOTICE: no Test-with: in the cover letter of $name: write igt in the same run, or give PREVIOUS=directory that has the igt-v*.mbox that was sent"
	fi

	d=$out/$name-v$version
	rm -rf "$d" "$d.mbox"
	mkdir "$d"
	f=${cover:-${patches[0]}}
	domain=$(sed -E 's/.*@([^>]*)>?$/\1/' <<<"${sign:-$(header "$f" From)}")
	id=$(header "$f" Date | TZ=UTC date -f - +%Y%m%d)-userptr-$name-v$version-$(
		{ echo "$version $base $sign $notes"; cat "$dir/recipients" ${cover:+"$cover"} "${below_patches[@]}" "${patches[@]}" ${before:+"$before"}; } | hash12
	)
	# The cover letter is last, because it has the range-diff of the others.
	for ((n = 1; n <= total; n++)); do
		f=${patches[n - 1]##*/}
		files+=("$d/$(printf %04d "$n")-${f#*-}")
		{
			mail_header "${patches[n - 1]}" "${cover:+$(printf ' %0*d/%d' ${#total} "$n" "$total")}"
			echo "Message-Id: <$id-$n@$domain>"
			if [[ -n $cover ]]; then reply "<$id-0@$domain>"; elif [[ -n $before ]]; then reply "$(header "$before" Message-Id)"; fi
			sed -n '/^$/,$p' "${patches[n - 1]}"
			echo
		} >"${files[-1]}"
		[[ -z $sign ]] || git interpret-trailers --in-place --trailer "Signed-off-by: $sign" "${files[-1]}"
	done
	: >"$tmp/last"
	if [[ -n $before ]]; then
		{
			printf 'Range-diff against v%d:\n' $((version - 1))
			range_diff "$repo" "$on" "$below" "$before" "${cover:+1}" "${files[@]}"
			echo
		} >"$tmp/last"
	fi
	if [[ -n $cover ]]; then
		files=("$d/0000-cover-letter.patch" "${files[@]}")
		{
			mail_header "$cover" "$(printf ' %0*d/%d' ${#total} 0 "$total")"
			echo "Message-Id: <$id-0@$domain>"
			[[ -z $before ]] || reply "$(header "$before" Message-Id)"
			sed -n '/^$/,$p' "$cover" | NOTES=$notes perl -0pe 's/\n(?=\S[^\n]* \(\d+\):\n  \S)/\n$ENV{NOTES}/ or die "there is no list of patches in the cover letter\n"'
			cat "$tmp/last"
		} >"${files[0]}"
	else
		# After the ---, where git am ignores it.
		NOTES=$(printf %s "$notes"; cat "$tmp/last") perl -0pi -e 's/^---\n/---\n$ENV{NOTES}\n\n/m if length $ENV{NOTES}' "${files[0]}"
	fi
	{
		printf 'base-commit: %s\n' "$base"
		for f in "${below_patches[@]}"; do git patch-id --stable <"$f" | sed 's/^/prerequisite-patch-id: /; s/ [0-9a-f]*$//'; done
		echo
	} >>"${files[0]}"
	cat "${files[@]}" >"$d.mbox"
	written[$name]=$d.mbox
	say "$name: v$version, ${cover:+cover letter and }$total patch$( ((total == 1)) || echo es)${before:+, in reply to $(header "$before" Message-Id)}${sign:+, signed off by $sign}"
	echo "$d.mbox"
}
# reply MESSAGE-ID: prints the headers of a reply to it.
reply() { printf '%s: %s\n' In-Reply-To "$1" References "$1"; }
for name; do thread "$name"; done
