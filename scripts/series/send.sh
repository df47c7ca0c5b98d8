#!/bin/bash
# Says whether both series are ready to be sent, to whom they go, and with which commands. It sends nothing: it only prints.
# Usage: scripts/series/send.sh [-o DIR]      DIR: where mbox.sh puts the mails (default: $CACHE/out/mail)
# In:  as mbox.sh: KERNEL, IGT, SIGNOFF, PREVIOUS.
# Out: one line for each check, then the commands. Exit 0 if nothing but the sign-off is missing.
. "$(dirname "$0")/../../scripts/lib.bash"
need_tool git b4 perl

out=$CACHE/out/mail
options o:=out -- "$@"
make_tmp
bad=0
# check NAME COMMAND...: one line, and what COMMAND said if it failed.
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
# complete MBOX: b4 finds the cover letter and every patch that it numbers; leaves what is to be applied in $tmp/am.
complete() {
	local said total
	total=$(sed -nE '/^Subject:/{s/.*\[.* 0*0\/0*([0-9]+)\].*/\1/p;q}' "$1")
	rm -rf "$tmp/am"
	mkdir "$tmp/am"
	said=$(cd "$tmp" && offline_b4 "$tmp" am -C -m "$1" -o "$tmp/am" -n series 2>&1) || { printf '%s\n' "$said" "b4 failed"; return 1; }
	echo "$said"
	! grep -qE '^ *ERROR|^CRITICAL|Thread incomplete' <<<"$said" && grep -qx "Total patches: $total" <<<"$said" && [[ -s $tmp/am/series.cover ]]
}
# same_tree REPO BASE TREE MBOX: what b4 made of it, with git am on BASE, is TREE.
same_tree() {
	rm -rf "$tmp/r"
	scratch_repo "$1" "$tmp/r"
	sparse_checkout "$tmp/r" "$2" "$4"
	complete "$4" && git_am "$tmp/r" "$tmp"/am/series.mbx && [[ $(git -C "$tmp/r" rev-parse 'HEAD^{tree}') == "$3" ]]
}
# Sign-offs are looked at below.
sign_off=MISSING_SIGN_OFF,NO_AUTHOR_SIGN_OFF
# Without the history checkpatch cannot look commits up: tests/11-style.t has it do that.
style() { (cd "$tmp/k" && perl scripts/checkpatch.pl --no-tree --no-summary --terse --show-types "$@"); }
# signed_by PATTERN MAIL...
signed_by() {
	local by=$1 f
	shift
	for f in "$@"; do grep -q "^Signed-off-by: $by" "$f" || return 1; done
}

repo=$("$ROOT/testbed/kernel/base.sh")
base=$(git -C "$repo" rev-parse 'base^{commit}')
made=$("$ROOT/scripts/series/mbox.sh" -o "$out" igt kernel)
mapfile -t mbox <<<"$made"
dirs=("${mbox[0]%.mbox}" "${mbox[1]%.mbox}")
mapfile -t igt_mails < <(patches_of "${dirs[0]}")
mapfile -t kernel_mails < <(patches_of "${dirs[1]}")
"$ROOT/scripts/series/maintainers-tree.sh" -b "$repo" "$tmp/k"

echo "kernel: $(basename "${mbox[1]}"), on $(git -C "$repo" log -1 --format='%h %s' base)"
tip=$("$ROOT/scripts/series/commit.sh" -b "$repo") || die "the series does not apply to the base"
check "b4 finds the thread complete; git am on the base gives the tree that was tested" same_tree "$repo" "$base" "$(git -C "$repo" rev-parse "$tip^{tree}")" "${mbox[1]}"
check "checkpatch --strict" style --strict --ignore $sign_off,FILE_PATH_CHANGES,UNKNOWN_COMMIT_ID,GIT_COMMIT_ID "${kernel_mails[@]}"
if [[ -n ${KERNEL:-} ]]; then
	# Who sends may take some out, and add others.
	diff "$ROOT/patches/recipients" <("$ROOT/scripts/series/recipients.sh" -b "$repo") >"$tmp/log" ||
		sed -n -e '1i notice     recipients are not those that get_maintainer.pl says for this base (< patches/recipients, > it):' -e '/^[<>]/s/^/           /p' "$tmp/log"
else
	check "recipients are what get_maintainer.pl says" diff "$ROOT/patches/recipients" <("$ROOT/scripts/series/recipients.sh" -b "$repo")
	echo "notice     the base is Debian's source as a commit of our own, which no one else has: send from drm-tip, KERNEL=path make send"
fi
echo "igt: $(basename "${mbox[0]}"), on $(cut -c1-12 "$ROOT/igt-tests/base-commit")"
check "b4 finds the thread complete" complete "${mbox[0]}"
if [[ -n ${IGT:-} ]]; then
	igt_base=$(<"$ROOT/igt-tests/base-commit")
	rm -rf "$tmp/igt"
	scratch_repo "$IGT" "$tmp/igt"
	sparse_checkout "$tmp/igt" "$igt_base" "${mbox[0]}"
	check "git am on the base" git_am "$tmp/igt" "$tmp/am/series.mbx"
else
	echo "notice     not applied to anything: IGT=path of a checkout of igt-gpu-tools does that"
fi
check "checkpatch as in IGT" style --strict --max-line-length=100 \
	--ignore $igt_checkpatch_ignore,$sign_off "${igt_mails[@]}"

# What keeps the exit status at 0, but nobody may send without.
mails=("${igt_mails[@]}" "${kernel_mails[@]}")
if signed_by '.* <.*@.*>' "${mails[@]}"; then
	echo "ready      every patch is signed off"
	for mail in "${mails[@]}"; do
		author=$(sed -n '/^From: /{s///p;q}' "$mail")
		signed_by "$author" "$mail" || echo "$author"
	done | sort | uniq -c | while read -r n author; do
		echo "notice     but $n not by the author, $author: checkpatch will say NO_AUTHOR_SIGN_OFF; see Documentation/sending.md"
	done
else
	echo "MISSING    the sign-off of who submits: read the patches, then SIGNOFF='Your Name <you@example.org>' make send"
fi
((!bad)) || die "not ready, see above"

for d in "${dirs[@]}"; do
	printf '\n%s goes to\n' "$(basename "$d")"
	sed '/^$/q' "$d/0000-cover-letter.patch" | sed -n '/^\(To\|Cc\):/,/^[A-Z][a-z]*-/{/^\(To\|Cc\|\ \)/p}' | sed 's/^/    /'
done
printf '\nNothing has been sent. To be run by hand, IGT first, as the cover letter of the kernel names its Message-Id.\n'
printf 'To have them attested (patatt genkey, once), before: patatt sign %q/*.patch %q/*.patch\n' "${dirs[@]}"
# Not --suppress-cc=all, which takes the Cc of the mails, too.
for d in "${dirs[@]}"; do
	printf '    git send-email --no-thread --suppress-cc=author --suppress-cc=self --suppress-cc=body --confirm=always %q/*.patch\n' "$d"
done
