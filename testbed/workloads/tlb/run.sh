#!/bin/bash
# Boots the stock or the patched i915 on the emulated Kaby Lake and runs program.c there, which
# checks that no engine reaches a released page by a cached translation, and counts the TLB
# invalidations that the release of that many objects takes.
# Usage: testbed/workloads/tlb/run.sh [-x PATCH] stock|middle|patched [OBJECTS ...]
#   -x PATCH   on top of the series, e.g. a patch of tests/mutants
# In:   CONFIG (default: debug), as for kernel/build.sh; KERNEL as for kernel/base.sh; GPU_SERVER as
#       for vm/guest.sh.
# Out:  stdout: TAP, and a comment for each burst. Logs in $CACHE/runs/tlb/VARIANT-kbl/ etc.
# Exit: 0 if all checks passed; 1 if not; 97 to 99 as for vm/guest.sh.
. "$(dirname "$0")/../../../scripts/lib.bash"
. "$ROOT/testbed/workloads/workload.bash"

mutant=''
options x:=mutant -- "$@"
shift $((OPTIND - 1))
(($#)) || usage
export GPU=kbl
variant=$1
shift
workload_kernel "$variant" ${mutant:+"$mutant"}
workload_program userptr-tlb
workload_log "$CACHE/runs/tlb/$(run_name "$variant${mutant:+-mutant}")"
workload_boot -T 400 -- guest.sh "$expect" "$@"
