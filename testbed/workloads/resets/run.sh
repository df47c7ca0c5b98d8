#!/bin/bash
# Boots i915 on the emulated GPU and resets the GPU over and over while batches are submitted
# (program.c): evidence for testbed/kernel/stock-fixes/. wider-window.patch widens the window in
# which stock goes wrong.
# Usage: testbed/workloads/resets/run.sh [-t SECONDS] [stock|fixed]
#   default: fixed, which is stock and testbed/kernel/stock-fixes/, without the series; for 240 s
# In:   CONFIG (default: debug), as kernel/build.sh takes it; KERNEL as kernel/base.sh takes it;
#       GPU as vm/guest.sh takes it.
# Out:  stdout: one line with figures, which are recorded.
#       $CACHE/runs/resets-VARIANT/ (resets-VARIANT-CONFIG-GPU/): console.log and so on.
# Exit: 0 no reset left the GPU wedged and all batches were done; 1 not so, as is expected of stock;
#       97 and so on as vm/guest.sh says.
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
# i915 taints the kernel where a reset fails: 97.
case "$variant, $verdict, $rc" in
'fixed, ok, 0' | 'stock, not ok, 1' | 'stock, not ok, 97') result=pass ;;
*) result=fail ;;
esac
record "resets-$variant" "$result" "testbed/workloads/resets/run.sh -t $seconds $variant" "$figures"
exit "$rc"
