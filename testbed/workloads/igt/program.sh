#!/bin/bash
# Compiles the subtests of igt-tests/ to programs that run in the guest, with the library that
# igt/library.sh found.
# Usage: testbed/workloads/igt/program.sh [-b REPO] DIR
#   REPO: as printed by kernel/base.sh (default: it is run); the DRM's ioctls are those of this
#   kernel
# In:  IGT_SERIES, IGT_LIBRARY: as igt/subtests.pl and igt/library.sh say.
# Out: DIR/gem_userptr_*, a program for each file with an igt_main, and the source they were made
#      of. They look for their libraries where LD_LIBRARY_PATH says.
. "$(dirname "$0")/../../../scripts/lib.bash"
need_tool gcc git

repo=''
options b:=repo -- "$@"
shift $((OPTIND - 1))
(($# == 1)) || usage
dir=$1
[[ -n $repo ]] || repo=$("$ROOT/testbed/kernel/base.sh")
library=$("$ROOT/testbed/workloads/igt/library.sh")

"$ROOT/testbed/workloads/igt/subtests.pl" "$dir"
make_tmp
uapi_headers "$repo" "$tmp"
# Whatever header of IGT's or the DRM's the patches include, it is testbed/workloads/igt/igt.h.
while read -r h; do
	mkdir -p "$tmp/$(dirname "$h")"
	[[ -e $dir/$h || -e $tmp/$h || -e $ROOT/testbed/workloads/igt/$h ]] ||
		echo '#include "igt.h"' >"$tmp/$h"
done < <(sed -nE 's/^#include "([^"]+)".*/\1/p' "$dir"/*.[ch])

mapfile -t programs < <(grep -lE '^int igt_main' "$dir"/*.c)
mapfile -t shared < <(grep -LE '^int igt_main' "$dir"/*.c)
((${#programs[@]})) || die "no file of the series has an igt_main: see $ROOT/igt-tests"
# As IGT is built, but warnings are errors. Newer than this machine's libc are only libraries that
# the guest has: no look at what they need.
for p in "${programs[@]}"; do
	gcc -O2 -g1 -std=gnu11 -Wall -Wextra -Werror -Wno-clobbered -Wno-sign-compare -Wno-type-limits -Wno-unused-parameter -Wno-unused-result \
		-Wno-missing-field-initializers -Wno-maybe-uninitialized -Wno-format-zero-length -Wno-format-truncation -D__user= '-D__packed=__attribute__((packed))' -D_GNU_SOURCE -pthread \
		-I "$ROOT/testbed/workloads/igt" -I "$tmp" -o "${p%.c}" "$p" "${shared[@]}" \
		"$library/lib/libigt.so.0" -Wl,--allow-shlib-undefined || die "${p##*/} does not compile, see above"
done
