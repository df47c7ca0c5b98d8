#!/bin/bash
# Compiles the program of a workload for the guest: static, with the base kernel's headers of the
# DRM ioctls.
# Usage: testbed/vm/program.sh [-b REPO] [-l DIR] NAME FILE
#   compiles testbed/workloads/NAME/program.c to FILE
#   -b REPO  as printed by kernel/base.sh (default: kernel/base.sh is run) or kernel/debian.sh
#   -l DIR[:DIR ...]  not static: the program loads libraries, whose headers are in DIR
. "$(dirname "$0")/../../scripts/lib.bash"
need_tool gcc git

repo='' headers=''
options b:=repo l:=headers -- "$@"
shift $((OPTIND - 1))
(($# == 2)) || usage
[[ -f $ROOT/testbed/workloads/$1/program.c ]] || die "there is no testbed/workloads/$1/program.c"
[[ -n $repo ]] || repo=$("$ROOT/testbed/kernel/base.sh")

make_tmp
uapi_headers "$repo" "$tmp"
link=(-static)
if [[ -n $headers ]]; then
	IFS=: read -ra link <<<"$headers"
	link=("${link[@]/#/-I}")
fi
gcc "${link[@]}" -O2 -std=gnu11 -Wall -Wextra -Werror -D__user= -I "$tmp" -I "$ROOT/testbed/workloads" -o "$2" "$ROOT/testbed/workloads/$1/program.c"
