#!/bin/bash
# Boots the stock or the patched i915 on the emulated GPU and runs program.c there: the driver
# probes, moves data, tiles, blits, takes its interrupts, survives a hang and unloads.
# Usage: testbed/workloads/smoke/run.sh [stock|patched]     default: patched
# In:   CONFIG (default: debug), as kernel/build.sh takes it; KERNEL as kernel/base.sh takes it;
#       GPU as vm/guest.sh takes it.
# Out:  stdout: TAP. $CACHE/runs/gem-check/VARIANT/ (VARIANT-CONFIG-GPU/): console.log,
#       out.log, counts, status and so on of this run.
# Exit: 0 all checks passed; 1 not; 97 and so on as vm/guest.sh says.
. "$(dirname "$0")/../../../scripts/lib.bash"
. "$ROOT/testbed/workloads/workload.bash"

(($# <= 1)) || usage
variant=${1:-patched}
workload_kernel "$variant"
workload_program gem-check
workload_log "$CACHE/runs/gem-check/$(run_name "$variant")"
# There is no leak of TTM here.
waive=()
workload_boot -T 300 -- guest.sh
