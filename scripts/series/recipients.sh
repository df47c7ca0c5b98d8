#!/bin/bash
# Prints the recipients: the output of get_maintainer.pl, for MAINTAINERS with MAINTAINERS-snippet,
# plus fixed additions, minus unrelated lists.
# Usage: scripts/series/recipients.sh [-b REPO] [-w] [mm]
#   mm   of the patch in patches/mm instead, with no additions
#   -b   as printed by kernel/base.sh (default: kernel/base.sh is run)
#   -w   writes patches/recipients, or patches/mm/recipients, instead of stdout
# Out:  To: the maintainers, Cc: others and lists, one a line, in the order of b4. get_maintainer.pl
#       does not use git (and so does not list the authors of a commit in Fixes:), because the
#       result would differ between clones. igt-tests/recipients is written by hand: IGT has no such
#       script.
. "$(dirname "$0")/../../scripts/lib.bash"
need_tool perl

repo='' write=''
options b:=repo w=write -- "$@"
shift $((OPTIND - 1))
[[ $# -le 1 && ${1:-mm} == mm ]] || usage
make_tmp
[[ -n $repo ]] || repo=$("$ROOT/testbed/kernel/base.sh")
"$ROOT/scripts/series/maintainers-tree.sh" -b "$repo" "$tmp/k"

file=patches/${1:+mm/}recipients
# The maintainers of xe, whose userptr works in another way, and those of the MMU notifiers and mm.
also=(drivers/gpu/drm/xe mm/mmu_notifier.c)
# MAINTAINERS has these lists for files of dma-buf, and for the word dma_fence in a patch. The
# series shares no buffer with another driver, and does not change dma-fence.
without='linaro-mm-sig@lists\.linaro\.org|linux-media@vger\.kernel\.org'
if (($#)); then
	list=$(patches_of "$ROOT/patches/mm") also=()
else
	list=$(series_list)
fi
mapfile -t patches <<<"$list"
ask() { (cd "$tmp/k" && perl scripts/get_maintainer.pl --nogit --nogit-fallback --nogit-chief-penguins --nofixes --norolestats "$@"); }
{
	ask --nol --nor "${patches[@]}" >"$tmp/to" && ask --nom "${patches[@]}" >"$tmp/cc" &&
		{ ((!${#also[@]})) || ask --nol --nor -f "${also[@]}" >>"$tmp/cc"; }
} || die "get_maintainer.pl failed, see above"
# Sorted: get_maintainer.pl prints entries of equal weight in hash order.
{
	sort "$tmp/to" | sed 's/^/To: /'
	sort -u "$tmp/cc" | grep -vxFf "$tmp/to" | grep -vxE "$without" | sed 's/^/Cc: /' || :
} >"$tmp/recipients"
[[ $(grep -c '^To: .*@' "$tmp/recipients") -gt 0 && $(grep -c '^Cc: .*@' "$tmp/recipients") -gt 0 ]] || die "get_maintainer.pl named nobody"
if [[ -n $write ]]; then cp "$tmp/recipients" "$ROOT/$file"; else cat "$tmp/recipients"; fi
