#!/bin/bash
# Checks the mails, then prints recipients and commands. Sends nothing.
# Usage: scripts/series/send.sh [-o DIR] [igt|kernel-1|mm|kernel-2 ...]
#   threads and their default: as for series/mbox.sh
#   -o   where series/mbox.sh writes the mails (default: $CACHE/out/mail)
# In:   as for series/mbox.sh: PART, KERNEL, IGT, SIGNOFF, PREVIOUS.
# Out:  one line for each check, then the commands.
# Exit: 0 if nothing but the sign-off is missing.
. "$(dirname "$0")/../../scripts/lib.bash"
. "$ROOT/scripts/series/parts.bash"
need_tool git b4 perl

out=$CACHE/out/mail
options o:=out -- "$@"
shift $((OPTIND - 1))
make_tmp
bad=0
# check NAME COMMAND...: prints one line, and the output of COMMAND if it failed.
check() {
	local name=$1
	shift
	if "$@" >"$tmp/log" 2>&1; then
		echo "ready      $name"
	else
		echo "NOT READY  $name"
		sed 's/^/           /' "$tmp/log" | head -20
		bad=1
	fi
}
# complete MBOX: checks that b4 finds the cover letter and every patch that it numbers, or a single
# patch without a number; leaves the patches to apply in $tmp/am.
complete() {
	local said total
	total=$(sed -nE '/^Subject:/{s/.*\[.* 0*0\/0*([0-9]+)\].*/\1/p;q}' "$1")
	rm -rf "$tmp/am"
	mkdir "$tmp/am"
	said=$(cd "$tmp" && offline_b4 "$tmp" am -C -m "$1" -o "$tmp/am" -n series 2>&1) || { printf '%s\n' "$said" "b4 failed"; return 1; }
	echo "$said"
	! grep -qE '^ *ERROR|^CRITICAL|Thread incomplete' <<<"$said" && grep -qx "Total patches: ${total:-1}" <<<"$said" && [[ -z $total || -s $tmp/am/series.cover ]]
}
# same_tree REPO BASE TREE MBOX: checks that b4's patches, applied by git am to BASE, give TREE.
same_tree() {
	rm -rf "$tmp/r"
	scratch_repo "$1" "$tmp/r"
	sparse_checkout "$tmp/r" "$2" "$4"
	complete "$4" && git_am "$tmp/r" "$tmp"/am/series.mbx && [[ $(git -C "$tmp/r" rev-parse 'HEAD^{tree}') == "$3" ]]
}
# Sign-offs are checked below.
sign_off=MISSING_SIGN_OFF,NO_AUTHOR_SIGN_OFF
# Without the history checkpatch cannot look commits up; tests/11-style.t does that check.
style() { (cd "$tmp/k" && perl scripts/checkpatch.pl --no-tree --no-summary --terse --show-types "$@"); }
# signed_by PATTERN MAIL...: checks that each mail has a sign-off that matches PATTERN.
signed_by() {
	local by=$1 f
	shift
	for f in "$@"; do grep -q "^Signed-off-by: $by" "$f" || return 1; done
}

# with_patches N [PATCH ...]: prints the commit with the first N patches of the series on the base,
# then PATCH.
with_patches() { "$ROOT/scripts/series/commit.sh" -b "$repo" -n "$@"; }
# addressed MAIL: checks that the placeholder of the repository's address has been replaced.
addressed() { ! grep -n '(address of the repository)' "$1" || { echo "put it into patches/cover-letter-1.txt, then 'make apply reroll'"; return 1; }; }
# placed MBOX: checks that the cover letter has the addresses of both prerequisites.
placed() { [[ $(sed '/^From /{1!q}' "$1" | grep -c '^  https://lore\.kernel\.org/r/.') == 2 ]]; }

repo=$("$ROOT/testbed/kernel/base.sh")
made=$("$ROOT/scripts/series/mbox.sh" -o "$out" "$@")
mapfile -t mbox <<<"$made"
dirs=("${mbox[@]%.mbox}")
"$ROOT/scripts/series/maintainers-tree.sh" -b "$repo" "$tmp/k"

# recipients [mm]: prints the output of recipients.sh, which is the same for both parts.
recipients() {
	local kept=$tmp/recipients${1:-}
	if [[ ! -s $kept ]]; then
		"$ROOT/scripts/series/recipients.sh" -b "$repo" "$@" >"$kept.new"
		mv "$kept.new" "$kept"
	fi
	cat "$kept"
}

# kernel MBOX FROM TO RECIPIENTS [mm]: checks that the mails take the commit FROM to the tree of TO.
kernel() {
	local mails
	mapfile -t mails < <(patches_of "${1%.mbox}")
	check "b4 finds the thread complete; git am on its base gives the tree that was tested" same_tree "$repo" "$2" "$(git -C "$repo" rev-parse "$3^{tree}")" "$1"
	check "checkpatch --strict" style --strict --ignore $sign_off,FILE_PATH_CHANGES,UNKNOWN_COMMIT_ID,GIT_COMMIT_ID "${mails[@]}"
	if [[ -z ${KERNEL:-} ]]; then
		check "recipients are what recipients.sh has" diff "$4" <(recipients "${@:5}")
	else
		# The submitter may remove some recipients, and add others.
		diff "$4" <(recipients "${@:5}") >"$tmp/log" ||
			sed -n -e "1i notice     recipients are not those of this base (< ${4#"$ROOT"/}, > recipients.sh):" -e '/^[<>]/s/^/           /p' "$tmp/log"
	fi
}

igt() {
	local mails igt_base
	mapfile -t mails < <(patches_of "${1%.mbox}")
	check "b4 finds the thread complete" complete "$1"
	if [[ -n ${IGT:-} ]]; then
		igt_base=$(<"$ROOT/igt-tests/base-commit")
		rm -rf "$tmp/igt"
		scratch_repo "$IGT" "$tmp/igt"
		sparse_checkout "$tmp/igt" "$igt_base" "$1"
		check "git am on the base" git_am "$tmp/igt" "$tmp/am/series.mbx"
	else
		echo "notice     not applied to anything: IGT=path of a checkout of igt-gpu-tools does that"
	fi
	check "checkpatch as in IGT" style --strict --max-line-length=100 \
		--ignore $igt_checkpatch_ignore,$sign_off "${mails[@]}"
}

base=$(git -C "$repo" rev-parse 'base^{commit}')
for m in "${mbox[@]}"; do
	name=${m##*/} name=${name%-v*}
	case $name in
	igt) on=$(cut -c1-12 "$ROOT/igt-tests/base-commit") ;;
	*) on=$(git -C "$repo" log -1 --format='%h %s' base) ;;
	esac
	[[ $name != kernel-2 ]] || on+=" with part 1"
	echo "$name: ${m##*/}, on $on"
	case $name in
	igt) igt "$m" ;;
	mm)
		tip=$(with_patches 0 "$ROOT"/patches/mm/0*.patch)
		kernel "$m" "$base" "$tip" "$ROOT/patches/mm/recipients" mm
		;;
	kernel-1)
		middle=$(with_patches "$(part_size 1)")
		kernel "$m" "$base" "$middle" "$ROOT/patches/recipients"
		check "its cover letter has the address of the repository" addressed "${m%.mbox}/0000-cover-letter.patch"
		;;
	kernel-2)
		middle=$(with_patches "$(part_size 1)")
		tip=$(with_patches "$(series_list | wc -l)")
		kernel "$m" "$middle" "$tip" "$ROOT/patches/recipients"
		check "its cover letter says where part 1 and the patch for mm are" placed "$m"
		;;
	esac
done
[[ -n ${KERNEL:-} || $name == igt ]] ||
	echo "notice     the base is Debian's source as a commit of our own, which no one else has: send from drm-tip, KERNEL=path make send"

# Findings that leave the exit status at 0, but that must be fixed before sending.
mapfile -t mails < <(for d in "${dirs[@]}"; do patches_of "$d"; done)
if signed_by '.* <.*@.*>' "${mails[@]}"; then
	echo "ready      every patch is signed off"
	for mail in "${mails[@]}"; do
		author=$(sed -n '/^From: /{s///p;q}' "$mail")
		signed_by "$author" "$mail" || echo "$author"
	done | sort | uniq -c | while read -r n author; do
		echo "notice     but $n not by the author, $author: checkpatch will say NO_AUTHOR_SIGN_OFF; see Documentation/sending.md"
	done
else
	echo "MISSING    the sign-off of the person who submits: read the patches, then SIGNOFF='Your Name <you@example.org>' make send"
fi
((!bad)) || die "not ready, see above"

for d in "${dirs[@]}"; do
	printf '\n%s goes to\n' "$(basename "$d")"
	sed '/^$/q' "$(find "$d" -name '*.patch' | sort | head -1)" | sed -n '/^\(To\|Cc\):/,/^[A-Z][a-z]*-/{/^\(To\|Cc\|\ \)/p}' | sed 's/^/    /'
done
printf '\nNothing has been sent. To be run by hand, in this order: each thread may name a Message-Id of one before it.\n'
printf 'To have them attested (patatt genkey, once), before: patatt sign'
printf ' %q/*.patch' "${dirs[@]}"
echo
# Not --suppress-cc=all, which also drops the Cc: of the mails.
for d in "${dirs[@]}"; do
	printf '    git send-email --no-thread --suppress-cc=author --suppress-cc=self --suppress-cc=body --confirm=always %q/*.patch\n' "$d"
done
