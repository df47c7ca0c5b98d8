#!/bin/bash
# Compiles a program of testbed/ for the guest: static, with the DRM's ioctls as the base kernel has them.
# Usage: guest-program.sh [-b REPO] NAME FILE      testbed/NAME.c is compiled to FILE; REPO: as printed by base.sh (default: it is run)
. "$(dirname "$0")/lib.sh"
need_tool gcc git

repo=''
while getopts b: o; do
	case $o in
	b) repo=$OPTARG ;;
	*) die "usage: guest-program.sh [-b REPO] NAME FILE" ;;
	esac
done
shift $((OPTIND - 1))
(($# == 2)) || die "usage: guest-program.sh [-b REPO] NAME FILE"
[[ -f $ROOT/testbed/$1.c ]] || die "there is no testbed/$1.c"
[[ -n $repo ]] || repo=$("$ROOT/scripts/base.sh")

make_tmp
mkdir -p "$tmp/drm" "$tmp/linux"
for h in drm/drm.h drm/drm_mode.h drm/i915_drm.h linux/bits.h; do
	! git -C "$repo" cat-file -e "base:include/uapi/$h" 2>/dev/null || git -C "$repo" show "base:include/uapi/$h" >"$tmp/$h"
done
gcc -static -O2 -std=gnu11 -Wall -Wextra -Werror -D__user= -I "$tmp" -o "$2" "$ROOT/testbed/$1.c"
