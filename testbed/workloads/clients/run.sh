#!/bin/bash
# Shows whether the kernel releases memory that a program passed to Mesa or to Intel's OpenCL
# runtime. Boots the stock or the patched i915 on the emulated Kaby Lake and runs program.c there.
# Usage: testbed/workloads/clients/run.sh stock|middle|patched keep|release
#   keep, release  what the kernel must do with the pages
# In:   CONFIG: debian (default): the kernel built by Debian; debug etc.: as for kernel/build.sh.
#       KERNEL as for kernel/base.sh (then the default is CONFIG=debug).
# Out:  stdout: lines of userptr-clients, see program.c. $CACHE/runs/clients/VARIANT-CONFIG-kbl/:
#       console.log, out.log, status etc.
# Exit: 0 if the pages are kept or released, as expected; 1 if not; 97 to 99 as for vm/guest.sh.
. "$(dirname "$0")/../../../scripts/lib.bash"
. "$ROOT/testbed/workloads/workload.bash"

[[ $# == 2 && ${2:-} =~ ^(keep|release)$ ]] || usage
export GPU=kbl
# The libraries, 530 MB, are in the initramfs.
export GUEST_MEM=${GUEST_MEM:-2048}
prefer_debian
mesa=$("$ROOT/testbed/workloads/clients/libraries.sh" mesa)
opencl=$("$ROOT/testbed/workloads/clients/libraries.sh" opencl)
workload_kernel "$1"
workload_program userptr-clients -l "$mesa/include:$opencl/include"
workload_log "$CACHE/runs/clients/$(run_name "$1")"
workload_boot -T 400 -t "$mesa/root" -t "$opencl/root" -- guest.sh "$2"
