#!/bin/bash
# Boots i915 on the emulated GPU and resets the GPU repeatedly while batches are submitted
# (program.c): evidence for testbed/kernel/stock-fixes/. wider-window.patch widens the race window
# of stock.
# Usage: testbed/workloads/resets/run.sh [-t SECONDS] [stock|fixed]
#   default: fixed, which is stock and testbed/kernel/stock-fixes/, without the series; for 240 s
# In:   CONFIG (default: debug), as for kernel/build.sh; KERNEL as for kernel/base.sh; GPU as for
#       vm/guest.sh.
# Out:  stdout: one line with figures, which are recorded.
#       $CACHE/runs/resets-VARIANT/ (resets-VARIANT-CONFIG-GPU/): console.log etc.
# Exit: 0 if no reset left the GPU wedged and all batches completed; 1 if not, as expected of stock;
#       97 to 99 as for vm/guest.sh.
. "$(dirname "$0")/../../../scripts/lib.bash"
. "$ROOT/testbed/workloads/workload.bash"

seconds=240
options t:=seconds -- "$@"
shift $((OPTIND - 1))
variant=${1:-fixed}
[[ $seconds =~ ^[1-9][0-9]*$ && $# -le 1 ]] || usage
case $variant in
stock) fixes=() ;;
fixed) fixes=("$ROOT"/testbed/kernel/stock-fixes/*.patch) ;;
*) usage ;;
esac

workload_kernel stock "${fixes[@]}" "$ROOT/testbed/workloads/resets/wider-window.patch"
workload_program gpu-resets
workload_log "$CACHE/runs/resets-$(run_name "$variant")"

rc=0
workload_boot -T $((600 + 2 * seconds)) -- guest.sh "$seconds" || rc=$?
IFS=$'\t' read -r verdict figures < <(tr -d '\r' <"$log/out.log" | grep -E '^(not )?ok' | tail -n1) || verdict='' figures="no figures, exit status $rc"
# A failed reset taints the kernel: 97.
case "$variant, $verdict, $rc" in
'fixed, ok, 0' | 'stock, not ok, 1' | 'stock, not ok, 97') result=pass ;;
*) result=fail ;;
esac
record "resets-$variant" "$result" "testbed/workloads/resets/run.sh -t $seconds $variant" "$figures"
exit "$rc"
