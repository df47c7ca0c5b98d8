#!/bin/bash
# Compiles the program of a workload for the guest: static, with the DRM's ioctls as the base kernel
# has them.
# Usage: testbed/vm/program.sh [-b REPO] NAME FILE
#   testbed/workloads/NAME/program.c is compiled to FILE; REPO: as printed by kernel/base.sh
#   (default: it is run)
. "$(dirname "$0")/../../scripts/lib.bash"
need_tool gcc git

repo=''
options b:=repo -- "$@"
shift $((OPTIND - 1))
(($# == 2)) || usage
[[ -f $ROOT/testbed/workloads/$1/program.c ]] || die "there is no testbed/workloads/$1/program.c"
[[ -n $repo ]] || repo=$("$ROOT/testbed/kernel/base.sh")

make_tmp
uapi_headers "$repo" "$tmp"
gcc -static -O2 -std=gnu11 -Wall -Wextra -Werror -D__user= -I "$tmp" -I "$ROOT/testbed/workloads" -o "$2" "$ROOT/testbed/workloads/$1/program.c"
