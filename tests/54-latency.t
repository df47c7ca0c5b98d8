#!/bin/bash
# No wait exceeds its limit while userptr objects lose their memory: of other threads of the
# process, of processes with many mappings or with signals, of real-time threads; and no write of a
# batch is lost or hidden meanwhile. Each row of the table is a point; program.c of the workload
# latency measures, its table.awk judges. On Debian's own kernel (with KERNEL=path on the debug
# kernel of that base). In: FULL=1: three rounds, on the debug kernel.
. "$(dirname "$0")/../scripts/lib.bash"
. "$ROOT/tests/lib/tap.bash"
make_tmp

rounds=1 rc=0
if [[ -n ${FULL:-} ]]; then rounds=3; else prefer_debian; fi
"$ROOT/testbed/workloads/latency/run.sh" -r "$rounds" >"$tmp/table" || rc=$?
while IFS= read -r row; do
	row=$(tr -s ' ' <<<"$row")
	if [[ $row == *'<--'* ]]; then not_ok "$row"; else ok "$row"; fi
done < <(tail -n +2 "$tmp/table")
clean="the table has all rows, the drivers unload, neither the kernel nor the emulated GPU reported an error"
if [[ $rc == 0 ]]; then ok "$clean"; else not_ok "$clean (exit status $rc of latency/run.sh)"; fi
done_testing
