#!/bin/bash
# Boots the emulated GPU and measures there (program.c), with the stock and the patched i915, how
# long other threads wait for the driver when memory is taken from userptr objects: threads of the
# process, processes with many mappings or with signals, real-time threads. Both drivers run in one
# boot, so that host load affects both equally.
# Usage: testbed/workloads/latency/run.sh [-r ROUNDS] [-x PATCH] [POINT ...]
#   POINT       of userptr-latency --help (default: all)
#   -r ROUNDS   how often each driver is measured, in turns (default 3)
#   -x PATCH    on top of the series, e.g. a patch of tests/mutants
# In:   CONFIG (default: debug), as for kernel/build.sh; KERNEL as for kernel/base.sh; GPU as for
#       vm/guest.sh.
# Out:  stdout: the table of table.awk, with its verdict. $CACHE/runs/latency/ (latency-CONFIG-GPU/,
#       with -x latency-mutant/): samples.tsv, table; console.log etc. as for vm/guest.sh. A record
#       for the proof page, if neither POINT nor -x is given.
# Exit: 0 if patched is as good as stock, and neither a driver nor the emulated GPU reported an
#       error; 1 if not.
. "$(dirname "$0")/../../../scripts/lib.bash"
. "$ROOT/testbed/workloads/workload.bash"

rounds=3 mutant=''
options r:=rounds x:=mutant -- "$@"
shift $((OPTIND - 1))
[[ $rounds =~ ^[1-9][0-9]*$ ]] || usage

workload_kernel stock
stock=$ko
workload_kernel patched ${mutant:+"$mutant"}
[[ ${stock%/*} == "${ko%/*}" ]] ||
	die "the series changes more than i915, so no kernel loads both: take it out, or measure apart"
workload_program userptr-latency
cp "$stock" "$tmp/stock.ko"
workload_log "$CACHE/runs/$(run_name "latency${mutant:+-mutant}")"

rc=0
workload_boot -q -T $((300 + 1800 * rounds)) -t "$tmp/stock.ko" -- \
	guest.sh "$rounds" stock.ko "$@" || rc=$?
tr -d '\r' <"$log/out.log" >"$log/samples.tsv"
bad=0
awk -v only="$*" -f "$ROOT/testbed/workloads/latency/table.awk" "$log/samples.tsv" | tee "$log/table" || bad=1
# Status 1: a point is not ok; the table shows it.
[[ $rc == [01] ]] || die "exit status $rc of vm/guest.sh; logs: $log"
if (($# == 0)) && [[ -z $mutant ]]; then
	result=pass
	((bad == 0)) || result=fail
	record latency "$result" "testbed/workloads/latency/run.sh -r $rounds" \
		"$(tail -n +2 "$log/table" | grep -vc -e '<--' || :) of $(tail -n +2 "$log/table" | wc -l) rows as good as stock"
fi
exit "$bad"
