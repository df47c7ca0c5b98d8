#!/bin/bash
# Prints a table of all groups of i915's live selftests on the emulated GPU, stock beside patched.
# Usage: testbed/workloads/selftests/live-table.sh [-w] [GROUP ...]
#   -w   writes the table, shortened, into Documentation/testing.md
# In:  GPU, CONFIG, KERNEL, LIVE_TIMEOUT, LIVE_FILTER: as for live.sh.
# Out: the table on stdout, progress on stderr.
# Exit: 0 if no group is worse on the patched kernel than on stock.
. "$(dirname "$0")/../../../scripts/lib.bash"

write=''
options w=write -- "$@"
shift $((OPTIND - 1))
mark=live$(gpu_suffix)
[[ -z $write ]] || marked testing.md "$mark"

make_tmp
for variant in stock patched; do
	say "--- $variant i915"
	"$ROOT/testbed/workloads/selftests/live.sh" "$variant" "$@" >"$tmp/$variant" || say "--- $variant i915: not all groups passed"
	[[ -s $tmp/$variant ]] || die "no results from the $variant i915, see above"
done

table=$ROOT/testbed/workloads/selftests/live-table.awk
if [[ $write ]]; then
	awk -v md=1 -f "$table" "$tmp/stock" "$tmp/patched" >"$tmp/md" || :
	write_marked testing.md "$mark" "$tmp/md"
fi
awk -f "$table" "$tmp/stock" "$tmp/patched" ||
	die "a group does worse on the patched kernel, see above"
