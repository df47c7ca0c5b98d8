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
uapi_headers "$repo" "$tmp"
gcc -static -O2 -std=gnu11 -Wall -Wextra -Werror -D__user= -I "$tmp" -o "$2" "$ROOT/testbed/$1.c"
