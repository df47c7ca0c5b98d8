#!/bin/bash
# Every patch applies to the base with git am, without fuzz or three-way merge; quilt gives the same tree; reroll changes nothing.
. "$(dirname "$0")/../scripts/lib.bash"
. "$ROOT/tests/lib/tap.bash"
. "$ROOT/tests/lib/apply.bash"
need_tool git quilt
repo=$("$ROOT/testbed/kernel/base.sh") || bail "no base kernel"
mapfile -t patches < <(series_list)
((${#patches[@]})) || bail "the file 'series' lists no patch"
make_tmp

applies "$repo" "$ROOT/series" "${patches[@]}"

try "the fixes of stock apply to the base" "$ROOT/scripts/series/commit.sh" -b "$repo" -n 0 "$ROOT"/testbed/kernel/stock-fixes/*.patch "$ROOT/testbed/workloads/resets/wider-window.patch"
try "what makes their window wider applies without them" "$ROOT/scripts/series/commit.sh" -b "$repo" -n 0 "$ROOT/testbed/workloads/resets/wider-window.patch"

mkdir "$tmp/again"
try "reroll runs" env WORK="$tmp/am" DEST="$tmp/again" "$ROOT/scripts/series/reroll.sh"
if [[ -n ${KERNEL:-} ]]; then
	ok "reroll gives the patches as they are # SKIP another base, another context"
else
	(cd "$ROOT" && cp series "$tmp/series" && mkdir "$tmp/patches" && cp patches/0*.patch "$tmp/patches/")
	try "reroll gives the patches as they are" diff -r "$tmp/again/patches" "$tmp/patches"
fi
done_testing
