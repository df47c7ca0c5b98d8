#!/bin/bash
# Compiles the subtests of igt-tests/ to programs that run in the guest, with the library found by
# igt/library.sh.
# Usage: testbed/workloads/igt/program.sh [-b REPO] DIR
#   REPO: as printed by kernel/base.sh (default: it is run); the headers of the DRM ioctls are taken
#   from it
# In:  IGT_SERIES, IGT_LIBRARY: as for igt/subtests.pl and igt/library.sh.
# Out: DIR/gem_userptr_*, a program for each file with an igt_main, and their source. They look for
#      their libraries in LD_LIBRARY_PATH.
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
# testbed/workloads/igt/igt.h stands in for every header of IGT or the DRM that the patches include.
while read -r h; do
	mkdir -p "$tmp/$(dirname "$h")"
	[[ -e $dir/$h || -e $tmp/$h || -e $ROOT/testbed/workloads/igt/$h ]] ||
		echo '#include "igt.h"' >"$tmp/$h"
done < <(sed -nE 's/^#include "([^"]+)".*/\1/p' "$dir"/*.[ch])

mapfile -t programs < <(grep -lE '^int igt_main' "$dir"/*.c)
mapfile -t shared < <(grep -LE '^int igt_main' "$dir"/*.c)
((${#programs[@]})) || die "no file of the series has an igt_main: see $ROOT/igt-tests"
# Flags as in IGT's build, but warnings are errors. The guest's libraries may need a newer libc than
# this machine's, so the linker must not check their undefined symbols.
for p in "${programs[@]}"; do
	gcc -O2 -g1 -std=gnu11 -Wall -Wextra -Werror -Wno-clobbered -Wno-sign-compare -Wno-type-limits -Wno-unused-parameter -Wno-unused-result \
		-Wno-missing-field-initializers -Wno-maybe-uninitialized -Wno-format-zero-length -Wno-format-truncation -D__user= '-D__packed=__attribute__((packed))' -D_GNU_SOURCE -pthread \
		-I "$ROOT/testbed/workloads/igt" -I "$tmp" -o "${p%.c}" "$p" "${shared[@]}" \
		"$library/lib/libigt.so.0" -Wl,--allow-shlib-undefined || die "${p##*/} does not compile, see above"
done
