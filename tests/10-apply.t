#!/bin/bash
# Every patch applies to the base with git am, without fuzz or three-way merge; quilt gives the same tree; reroll changes nothing.
. "$(dirname "$0")/../scripts/lib.sh"
. "$ROOT/tests/tap.sh"
need_tool git quilt
repo=$("$ROOT/scripts/base.sh") || bail "no base kernel"
mapfile -t patches < <(series_list)
((${#patches[@]})) || bail "the file 'series' lists no patch"
make_tmp

scratch_repo "$repo" "$tmp/am"
base=$(git -C "$repo" rev-parse 'base^{commit}')
sparse_checkout "$tmp/am" "$base" "${patches[@]}"
git -C "$tmp/am" tag base "$base"
git -C "$tmp/am" checkout -q -b series
for p in "${patches[@]}"; do
	try "git am ${p##*/}" git_am "$tmp/am" --whitespace=error "$p"
done

scratch_repo "$repo" "$tmp/quilt"
sparse_checkout "$tmp/quilt" "$base" "${patches[@]}"
push() { (cd "$tmp/quilt" && QUILT_PATCHES=$ROOT/patches QUILT_SERIES=$ROOT/series quilt --quiltrc - push -a --fuzz=0); }
try "quilt push -a" push
git -C "$tmp/quilt" add -A -f -- . ':!.pc'
if [[ $(git -C "$tmp/quilt" write-tree) == $(git -C "$tmp/am" rev-parse 'HEAD^{tree}') ]]; then
	ok "git am and quilt give the same tree"
else
	not_ok "git am and quilt give the same tree"
fi

try "the fixes of stock apply to the base" "$ROOT/scripts/series-commit.sh" -b "$repo" -n 0 "$ROOT"/testbed/stock-fixes/*.patch "$ROOT/testbed/wider-window.patch"
try "what makes their window wider applies without them" "$ROOT/scripts/series-commit.sh" -b "$repo" -n 0 "$ROOT/testbed/wider-window.patch"

mkdir "$tmp/again"
try "reroll runs" env WORK="$tmp/am" DEST="$tmp/again" "$ROOT/scripts/reroll.sh"
if [[ -n ${KERNEL:-} ]]; then
	ok "reroll gives the patches as they are # SKIP another base, another context"
else
	(cd "$ROOT" && cp series "$tmp/series" && mkdir "$tmp/patches" && cp patches/0*.patch "$tmp/patches/")
	try "reroll gives the patches as they are" diff -r "$tmp/again/patches" "$tmp/patches"
fi
done_testing
