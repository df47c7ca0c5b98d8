#!/bin/bash
# Prints a table, stock beside patched: pages of memory that a program passed to Mesa or OpenCL and
# unmapped after the GPU had used it.
# Usage: testbed/workloads/clients/table.sh
# In:  CONFIG, KERNEL: as for clients/run.sh. FORMAT=md: the table for Documentation/kaby-lake.md.
# Out: the table on stdout, progress on stderr.
# Exit: 0 only if every row is as expected and neither kernel nor the emulated GPU reported an
#       error.
. "$(dirname "$0")/../../../scripts/lib.bash"
(($# == 0)) || usage

make_tmp
bad=0
for run in stock:keep patched:release; do
	variant=${run%:*}
	say "--- $variant i915: build, boot, clients"
	rc=0
	"$ROOT/testbed/workloads/clients/run.sh" "$variant" "${run#*:}" >"$tmp/$variant" || rc=$?
	((rc == 0)) || { bad=1; say "the $variant i915: exit status $rc"; }
done
md=()
[[ ${FORMAT:-text} != md ]] || md=(-v md=1)
awk "${md[@]}" -f "$ROOT/testbed/workloads/clients/table.awk" "$tmp/stock" "$tmp/patched" || bad=1
[[ ${FORMAT:-text} == md ]] || cat <<EOT

Pages of 4 KiB pinned in the whole system (nr_foll_pin_acquired - nr_foll_pin_released in
/proc/vmstat): before the event, and stock, patched: 1 s after it. after ms: when the patched kernel
had released the last of them, which ends the watch. The CPU has seen what the GPU wrote, but for
OpenCL, as the emulated GPU runs no shader. No call of the library follows the event; freeing its
object releases all pages on either kernel.
EOT
((bad == 0)) || die "unexpected results, or a kernel or the emulated GPU reported an error: see above"
