#!/bin/bash
# Generates the lists of ci/ in drm-ci's format: which subtests exist, and which fail on stock and
# patched.
# Usage: ci/lists.sh [DIR [GPU ...]]
#   DIR   the output directory (default: ci/)
#   GPU   in drm-ci's terms (default: g33, and that of ci/lava.yaml)
# In:  testbed/workloads/igt/expected, see lists.pl. IGT_SERIES, IGT_LIBRARY: as for igt/program.sh.
#      KERNEL: as for base.sh.
# Out: DIR/testlist.txt, DIR/stock/i915-GPU-{fails,flakes,skips}.txt, DIR/patched/ the same.
. "$(dirname "$0")/../scripts/lib.bash"
need_tool perl

dir=${1:-$ROOT/ci}
[[ $dir != -* ]] || die "usage: ci/lists.sh [DIR [GPU ...]]"
gpus=("${@:2}")
((${#gpus[@]})) || gpus=(g33 "$(sed -n 's/^ *GPU: *//p' "$ROOT/ci/lava.yaml")")

make_tmp
library=$("$ROOT/testbed/workloads/igt/library.sh")
# Only part 1: part 2 is not for farms.
mkdir "$tmp/series"
cp "${IGT_SERIES:-$ROOT/igt-tests}"/0*.patch "$tmp/series/"
IGT_SERIES=$tmp/series "$ROOT/testbed/workloads/igt/program.sh" "$tmp/programs"
rm "$tmp/programs"/*.[ch]
for p in "$tmp/programs"/*; do
	"$library/lib/ld-linux-x86-64.so.2" --library-path "$library/lib" "$p" --list-subtests | sed "s/^/${p##*/}@/"
done >"$tmp/subtests"
[[ -s $tmp/subtests ]] || die "the programs list no subtests: see $ROOT/igt-tests"

read -r _ version _ <"$ROOT/testbed/kernel/version/7.3"
igt=$(cut -c1-12 "$ROOT/igt-tests/base-commit")
"$ROOT/ci/lists.pl" "$tmp/subtests" "$dir" "$igt" "${version%%-*}" "${gpus[@]}"
