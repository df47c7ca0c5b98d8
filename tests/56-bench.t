#!/bin/bash
# The tools of make bench, end to end: few objects, one round, on the debug kernels, by the clock.
# The values do not matter here: each measurement has figures, and stock holds the pages that the
# patched kernel releases. Only with FULL=1.
. "$(dirname "$0")/../scripts/lib.bash"
. "$ROOT/tests/lib/tap.bash"
[[ -n ${FULL:-} ]] || { echo "1..0 # SKIP FULL=1 runs it"; exit 0; }

raw=$CACHE/bench/quick/raw.tsv
try "stock and patched are measured" env QUICK=1 CONFIG=debug "$ROOT/testbed/workloads/bench/run.sh" -m clock stock end
[[ -s $raw ]] || bail "there are no samples"
# of VARIANT MEASUREMENT KEY: prints the values, one a line.
of() { awk -F'\t' -v v="$1" -v w="$2" -v k="$3" '$1 == v && $4 == w && $7 == k { print $8 }' "$raw"; }
for what in wake munmap-beside munmap-inside munmap back idle idle-back held create-close create-beside exit execbuf many-threads many-slab many-stack many-back; do
	is_empty "$what: samples of both" "$(for v in stock end; do
		awk -F'\t' -v v="$v" -v w="$what" '$1 == v && $4 == w { n++ } END { exit !n }' "$raw" || echo "none of $v"
	done)"
done
for use in taken used busy; do
	is_empty "$use: stock holds the pages, and they never come back" "$(of stock held $use | grep -x '0.000'; of stock back $use | grep -v '^>')"
	is_empty "$use: patched gives them back" "$(of end held $use | grep -vx '0.000'; of end back $use | grep '^>')"
done
for page in numbers tables; do
	if [[ -s $CACHE/bench/quick/page/$page.md ]]; then ok "the page $page.md is there"; else not_ok "the page $page.md is there"; fi
done
done_testing
