#!/bin/bash
# Shows whether the kernel releases memory that a program gave to Mesa or to Intel's OpenCL runtime.
# Boots the stock or the patched i915 on the emulated Kaby Lake and runs program.c there.
# Usage: testbed/workloads/clients/run.sh stock|part-1|patched keep|release
#   keep, release  what the kernel must do with the pages
# In:   CONFIG: debian (default): on the kernel that Debian has built; debug and so on, as
#       kernel/build.sh takes it. KERNEL as kernel/base.sh takes it (then CONFIG=debug by default).
# Out:  stdout: lines of userptr-clients, see program.c. $CACHE/runs/clients/VARIANT-CONFIG-kbl/:
#       console.log, out.log, status and so on.
# Exit: 0 the pages are kept or released, as wanted; 1 not; 97 and so on as vm/guest.sh says.
. "$(dirname "$0")/../../../scripts/lib.bash"
. "$ROOT/testbed/workloads/workload.bash"

[[ $# == 2 && ${2:-} =~ ^(keep|release)$ ]] || usage
export GPU=kbl
prefer_debian
mesa=$("$ROOT/testbed/workloads/clients/libraries.sh" mesa)
opencl=$("$ROOT/testbed/workloads/clients/libraries.sh" opencl)
workload_kernel "$1"
workload_program userptr-clients -l "$mesa/include:$opencl/include"
workload_log "$CACHE/runs/clients/$(run_name "$1")"
workload_boot -T 400 -t "$mesa/root" -t "$opencl/root" -- guest.sh "$2"
