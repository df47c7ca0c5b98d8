#!/bin/bash
# Boots the stock or the patched i915 on the emulated Kaby Lake and runs program.c there: no engine
# reaches a page by a translation that it kept, once the page was released; and how many TLB
# invalidations the release of that many objects takes.
# Usage: testbed/workloads/tlb/run.sh [-x PATCH] stock|part-1|patched [OBJECTS ...]
#   -x PATCH   on top of the series, as one of tests/mutants
# In:   CONFIG (default: debug), as kernel/build.sh takes it; KERNEL as kernel/base.sh takes it.
#       GPU_SERVER as vm/guest.sh takes it.
# Out:  stdout: TAP, and a comment for each burst. Logs in $CACHE/runs/tlb/VARIANT-kbl/ and so on.
# Exit: 0 all checks passed; 1 not; 97 and so on as vm/guest.sh says.
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
