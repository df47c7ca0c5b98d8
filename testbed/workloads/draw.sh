#!/bin/bash
# Draws plots for the pages: SVG for a screen, PNG for viewers without SVG. Both are in grey, so
# that curves differ in their dashes, not in colour.
# Usage: draw.sh DIR PLOT.gp ...     PLOT.gp: gnuplot commands, without terminal and output file
# Out: DIR/PLOT.svg, DIR/PLOT.png
# Exit: 0; 1 if gnuplot rejects a plot
. "$(dirname "$0")/../../scripts/lib.bash"
need_tool gnuplot

(($# >= 2)) || die "usage: draw.sh DIR PLOT.gp ..."
dir=$1
shift
style='set grid ytics lc rgb "gray85" lw 1 dt 1; set border 3; set tics nomirror out'
for plot; do
	to=$dir/$(basename "$plot" .gp)
	gnuplot -e 'set terminal svg size 900,540 font "sans,13" background "white" enhanced' \
		-e "set output '$to.svg'; $style" "$plot" || die "gnuplot does not take $plot, see above"
	gnuplot -e 'set terminal pngcairo size 1350,810 font "sans,13" fontscale 1.3 enhanced' \
		-e "set output '$to.png'; $style" "$plot" || die "gnuplot does not take $plot, see above"
	sed -i 's/[[:space:]]*$//' "$to.svg"
done
