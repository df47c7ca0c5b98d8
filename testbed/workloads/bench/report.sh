#!/bin/bash
# Makes the page of numbers of what bench/run.sh has collected: goals, tables, plots.
# Usage: bench/report.sh [-o DIR] [RUN]      RUN: as printed by bench/run.sh (default: $CACHE/bench/run); -o: default Documentation
# In:  RUN/raw.tsv: variant, mode, round, measurement, objects, pages of each, key, value, unit; a value >N is "not within N". RUN/machine:
#      what it was made on: name, tab, text.
# Out: DIR/numbers.md, DIR/pictures/bench-*.svg and .png. Samples of a variant that was not measured are missing from them.
. "$(dirname "$0")/../../../scripts/lib.bash"
need_tool perl gnuplot

out=$ROOT/Documentation
while getopts o: o; do
	case $o in
	o) out=$OPTARG ;;
	*) die "usage: bench/report.sh [-o DIR] [RUN]" ;;
	esac
done
shift $((OPTIND - 1))
(($# <= 1)) || die "usage: bench/report.sh [-o DIR] [RUN]"
run=${1:-$CACHE/bench/run}
[[ -s $run/raw.tsv && -f $run/machine ]] || die "$run has no raw.tsv and machine: run make bench"

make_tmp
mkdir "$tmp/plots"
"$ROOT/testbed/workloads/bench/report.pl" "$run" "$tmp/plots" >"$tmp/numbers.md" || die "the page could not be made, see above"

draw() {
	gnuplot <<-EOT
		set terminal $1
		set output "$2"
		set logscale xy
		set format y "%g"
		set key above center horizontal Left reverse samplen 5
		set grid ytics lc rgb "gray85" lw 1 dt 1
		set border 3
		set tics nomirror out
		set offsets graph 0.02, graph 0.02, 0, 0
		load "$3"
	EOT
}
mkdir -p "$out/pictures"
for p in "$tmp"/plots/*.gp; do
	[[ -f $p ]] || continue
	name=$(basename "$p" .gp)
	draw 'svg size 900,540 font "sans,13" background "white" enhanced' "$tmp/plots/$name.svg" "$p" || die "gnuplot failed for $name"
	draw 'pngcairo size 1350,810 font "sans,13" fontscale 1.3 enhanced' "$tmp/plots/$name.png" "$p" || die "gnuplot failed for $name"
	sed -i 's/[[:space:]]*$//' "$tmp/plots/$name.svg"
done
rm -f "$out"/pictures/bench-*.svg "$out"/pictures/bench-*.png
find "$tmp/plots" -name 'bench-*.[sp][vn]g' -exec mv -t "$out/pictures" {} +
mv "$tmp/numbers.md" "$out/numbers.md"
say "$out/numbers.md"
