#!/bin/bash
# Boots i915 on the emulated G33 and resets the GPU over and over while batches are submitted (testbed/workloads/resets/program.c): what testbed/kernel/stock-fixes/ is
# for. The time in which stock goes wrong is made wider, by testbed/workloads/resets/wider-window.patch.
# Usage: resets/run.sh [-t SECONDS] [stock|fixed]     default: fixed (stock and testbed/kernel/stock-fixes/, without the series), for 240 s
# In:  CONFIG (default: debug), as build.sh takes it; KERNEL as base.sh takes it.
# Out: stdout: one line with figures, which are recorded. $CACHE/runs/resets-VARIANT/ (resets-VARIANT-CONFIG/): console.log and so on.
# Exit: 0 no reset left the GPU wedged and all batches were done; 1 not so, as is expected of stock; 97 and so on as guest.sh says.
. "$(dirname "$0")/../../../scripts/lib.bash"

usage() { die "usage: resets/run.sh [-t SECONDS] [stock|fixed]"; }
seconds=240
while getopts t: o; do
	case $o in
	t) seconds=$OPTARG ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
variant=${1:-fixed}
[[ $seconds =~ ^[1-9][0-9]*$ && $# -le 1 ]] || usage
case $variant in
stock) fixes=() ;;
fixed) fixes=("$ROOT"/testbed/kernel/stock-fixes/*.patch) ;;
*) usage ;;
esac

repo=$("$ROOT/testbed/kernel/base.sh")
commit=$("$ROOT/scripts/series/commit.sh" -b "$repo" -n 0 "${fixes[@]}" "$ROOT/testbed/workloads/resets/wider-window.patch")
ko=$("$ROOT/testbed/kernel/build.sh" -b "$repo" "${CONFIG:-debug}" "$commit")
make_tmp
"$ROOT/testbed/vm/program.sh" -b "$repo" resets "$tmp/gpu-resets"

# 64: error_capture= is marked unsafe, and taints the kernel by that bit.
rc=0 log=$CACHE/runs/resets-$(run_name "$variant")
"$ROOT/testbed/vm/guest.sh" -g -k "$ko" -u 64 -l "$log" -T $((600 + 2 * seconds)) -w "$ttm_leak" \
	-t "$tmp/gpu-resets" -t "$ROOT/testbed/workloads/resets/guest.sh" -- guest.sh "$seconds" || rc=$?
IFS=$'\t' read -r verdict figures < <(tr -d '\r' <"$log/out.log" | grep -E '^(not )?ok' | tail -n1) || verdict='' figures="no figures, exit status $rc"
# i915 taints the kernel where a reset fails: 97.
case "$variant, $verdict, $rc" in
'fixed, ok, 0' | 'stock, not ok, 1' | 'stock, not ok, 97') result=pass ;;
*) result=fail ;;
esac
record "resets-$variant" "$result" "testbed/workloads/resets/run.sh -t $seconds $variant" "$figures"
exit "$rc"
