#!/bin/bash
# Prints a table of the subtests of igt-tests/ on the emulated GPU: stock, patched and each mutant
# of testbed/workloads/igt/mutants/ side by side.
# Usage: testbed/workloads/igt/table.sh [-w] [-k] [VARIANT ...]
#   default: stock, patched and all mutants
#   -w   writes the table into Documentation/igt.md
#   -k   keeps the results of an earlier run in the cache, and runs only variants without results
# In:  GPU, CONFIG, KERNEL, IGT_TIMEOUT, LOCKDEP, IGT_SERIES, IGT_LIBRARY, IGT_RESULTS: as for
#      igt/run.sh.
# Out: the table (markdown) on stdout, progress on stderr. A cell has the result in the terms of
#      IGT's runner; for a subtest with dynamic ones also those of them that did not pass.
# Exit: 0 if all results are as in testbed/workloads/igt/expected, each mutant fails a subtest, and
#       the patched kernel reported no error.
. "$(dirname "$0")/../../../scripts/lib.bash"
need_tool perl

write='' keep=''
options w=write k=keep -- "$@"
shift $((OPTIND - 1))
if ((!$#)); then
	mapfile -t mutants < <(find "$ROOT/testbed/workloads/igt/mutants" -name '*.patch' -printf '%f\n' | sed 's/\.patch$//' | sort)
	set -- stock patched "${mutants[@]}"
fi
mark=table$(gpu_suffix)
[[ -z $write ]] || marked igt.md "$mark"

harm='' results=${IGT_RESULTS:-$CACHE/igt/results} tables=()
for variant; do
	table=$results/$(run_name "$variant")/table
	tables+=("$variant=$table")
	[[ -z $keep || ! -s $table ]] || continue
	say "--- $variant"
	rc=0
	"$ROOT/testbed/workloads/igt/run.sh" "$variant" >/dev/null || rc=$?
	[[ -s $table ]] || die "no results for $variant, see above"
	if [[ $variant == patched ]] && ((rc)); then harm=1; fi
done

make_tmp
bad=0
"$ROOT/testbed/workloads/igt/table.pl" "${tables[@]}" >"$tmp/table" || bad=1
[[ -s $tmp/table ]] || die "no table, see above"
cat "$tmp/table"

[[ -z $write ]] || write_marked igt.md "$mark" "$tmp/table"
[[ -z $harm ]] || die "the patched kernel reported an error, see above and $results/$(run_name patched)"
((bad == 0)) || die "unexpected results, see above"
