#!/bin/bash
# All groups of i915's live selftests on the emulated GPU, stock beside patched, as a table.
# Usage: live-table.sh [GROUP ...]
# In:  CONFIG, KERNEL, LIVE_TIMEOUT: as live.sh says.
# Out: the table on stdout, progress on stderr. Exit: 0 if no group does worse on the patched kernel than on stock.
. "$(dirname "$0")/../../../scripts/lib.bash"

make_tmp
for variant in stock patched; do
	say "--- $variant i915"
	"$ROOT/testbed/workloads/selftests/live.sh" "$variant" "$@" >"$tmp/$variant" || say "--- $variant i915: not all groups passed"
	[[ -s $tmp/$variant ]] || die "no results from the $variant i915, see above"
done

awk -f "$ROOT/testbed/workloads/selftests/live-table.awk" "$tmp/stock" "$tmp/patched" ||
	die "a group does worse on the patched kernel, see above"
