#!/bin/bash
# Boots the stock or the patched i915 on the emulated GPU and runs program.c there: the driver
# probes, moves data, tiles, blits, takes its interrupts, survives a hang and unloads.
# Usage: testbed/workloads/gem-check/run.sh [stock|patched]     default: patched
# In:   CONFIG (default: debug), as for kernel/build.sh; KERNEL as for kernel/base.sh; GPU as for
#       vm/guest.sh.
# Out:  stdout: TAP. $CACHE/runs/gem-check/VARIANT/ (VARIANT-CONFIG-GPU/): console.log,
#       out.log, counts, status etc. of this run.
# Exit: 0 if all checks passed; 1 if not; 97 to 99 as for vm/guest.sh.
. "$(dirname "$0")/../../../scripts/lib.bash"
. "$ROOT/testbed/workloads/workload.bash"

(($# <= 1)) || usage
variant=${1:-patched}
# TTM does not leak here.
waive=()
workload_kernel "$variant"
workload_program gem-check
workload_log "$CACHE/runs/gem-check/$(run_name "$variant")"
workload_boot -T 300 -- guest.sh
