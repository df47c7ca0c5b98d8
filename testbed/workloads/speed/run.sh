#!/bin/bash
# Boots the stock or the patched i915 on the emulated GPU and measures its speed: the driver's
# probe, empty batches one by one and back to back, and their accesses that the device model
# answers.
# Usage: testbed/workloads/speed/run.sh [-p] [stock|patched]     default: patched
#   -p   the probe only
# In:   CONFIG (default: fast+trace), as for kernel/build.sh; KERNEL as for kernel/base.sh; GPU as
#       for vm/guest.sh.
# Out:  stdout: a line for each figure; with GPU=kbl also the accesses that the model answered for
#       each batch, by register. Logs in $CACHE/runs/speed/VARIANT-CONFIG-GPU/.
# Exit: 0 if it was measured; 97 to 99 as for vm/guest.sh.
. "$(dirname "$0")/../../../scripts/lib.bash"
. "$ROOT/testbed/workloads/workload.bash"

probe=''
options p=probe -- "$@"
shift $((OPTIND - 1))
(($# <= 1)) || usage
export CONFIG=${CONFIG:-fast+trace}
variant=${1:-patched}
workload_kernel "$variant"
workload_program gpu-speed
workload_log "$CACHE/runs/speed/$(run_name "$variant")"
workload_boot -T 600 -- guest.sh ${probe:+probe}
[[ -z $probe ]] || exit 0
batches=$(tr -d '\r' <"$log/out.log" | sed -n 's/^batches: \([0-9]*\)$/\1/p')
[[ $batches ]] || die "the program did not say how many batches it ran, see $log/out.log"
# Registers with fewer accesses belong to the probe and the unload.
awk -v n="$batches" '$1 == "register" && $3 + $4 >= n / 20 {
	printf "register %s: %.2f reads, %.2f writes for each batch\n", $2, $3 / n, $4 / n
}' "$log/counts" | sort
