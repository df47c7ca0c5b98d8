#!/bin/bash
# Provokes a bug of stock i915 on the emulated GPU (program.c), to show that a patch of
# testbed/kernel/stock-fixes/ mends it. BUG.patch, if there is one, widens the race window.
# Usage: testbed/workloads/stock-bugs/run.sh [-t SECONDS] BUG stock|fixed
#   BUG      resets (resume-where-incomplete.patch): the GPU is reset while batches are submitted
#            parking (count-before-parking-request.patch): the engine parks while a wait for an idle
#            GPU goes on
#            relocations (no-faults-in-relocations.patch): a write of relocations faults, which lockdep
#            has to report; only with GPU=kbl, as i915 writes them without page faults on the G33
#            tiling (revoke-mmap-while-locked.patch): the shrinker unbinds an object with an aperture
#            mapping, while its tiling changes
#   fixed    stock and all of testbed/kernel/stock-fixes/, without the series
#   -t SECONDS  duration (default: 240)
# In:   CONFIG (default: debug), as for kernel/build.sh; KERNEL as for kernel/base.sh; GPU as for
#       vm/guest.sh.
# Out:  stdout: one line with figures, which are recorded.
#       $CACHE/runs/BUG-VARIANT/ (BUG-VARIANT-CONFIG-GPU/): console.log etc.
# Exit: 0 if the bug did not occur; 1 if it did, as expected of stock; 97 to 99 as for vm/guest.sh.
. "$(dirname "$0")/../../../scripts/lib.bash"
. "$ROOT/testbed/workloads/workload.bash"

seconds=240
options t:=seconds -- "$@"
shift $((OPTIND - 1))
[[ $# == 2 && $seconds =~ ^[1-9][0-9]*$ ]] || usage
bug=$1 variant=$2
case $bug in
resets | parking | relocations | tiling) ;;
*) usage ;;
esac
case $variant in
stock) fixes=() ;;
fixed) fixes=("$ROOT"/testbed/kernel/stock-fixes/*.patch) ;;
*) usage ;;
esac

window=$ROOT/testbed/workloads/stock-bugs/$bug.patch
[[ ! -f $window ]] || fixes+=("$window")
workload_kernel stock "${fixes[@]}"
workload_program stock-bugs
workload_log "$CACHE/runs/$bug-$(run_name "$variant")"

rc=0
workload_boot -d 64 -T $((600 + 2 * seconds)) -- guest.sh "$bug" "$seconds" || rc=$?
IFS=$'\t' read -r verdict figures < <(tr -d '\r' <"$log/out.log" | grep -E '^(not )?ok' | tail -n1) || verdict='' figures="no figures, exit status $rc"
# A failed reset taints the kernel, and a report of lockdep is an error of the kernel: 97. With tiling
# the driver may take another thread's stack for a VMA, and the kernel dies: 98.
crash=$(tr -d '\r' <"$log/console.log" | grep -om1 'BUG: KASAN: .* in i915_vma_revoke_mmap+' || :)
case "$bug, $variant, $verdict, $rc" in
*', fixed, ok, 0' | *', stock, not ok, 1' | *', stock, not ok, 97') result=pass ;;
'tiling, stock, , 98')
	result=fail
	[[ -z $crash ]] || result=pass figures="the kernel died: ${crash%+}"
	;;
*) result=fail ;;
esac
record "$bug-$variant" "$result" "testbed/workloads/stock-bugs/run.sh -t $seconds $bug $variant" "$figures"
exit "$rc"
