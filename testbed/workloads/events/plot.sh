#!/bin/bash
# Draws the timeline of make demo: how many pages stay pinned, stock and patched in one picture.
# Usage: plot.sh DIR     In: DIR/stock.tsv and DIR/patched.tsv, as events/run.sh prints them (format demo), DIR/machine: what they were made
#   on, for the title. Out: DIR/pinned-pages.svg and DIR/pinned-pages.png.
. "$(dirname "$0")/../../../scripts/lib.bash"
need_tool gnuplot

(($# == 1)) || die "usage: plot.sh DIR"
dir=$(realpath "$1")
[[ -s $dir/machine ]] || die "there is no $dir/machine: run make demo"
make_tmp
for variant in stock patched; do
	# Only where the number changes, so that the dashes of a line come out.
	awk -F'\t' '
		$1 != "sample" { next }
		$3 != n { if (n != "") print t, n; print $2 / 1000, $3; n = $3 }
		{ t = $2 / 1000 }
		END { if (n != "") print t, n }' "$dir/$variant.tsv" >"$tmp/$variant"
	[[ -s $tmp/$variant ]] || die "$dir/$variant.tsv has no samples: run make demo"
done
# When something happens: the patched run's marks stand for both, which have the same timetable.
marks=$(awk -F'\t' '
	function text(t, s) { printf "set label \"%s\" at first %f, graph 0.965 center font \",11\"\n", s, t }
	function span(a, b, s) {
		printf "set arrow from first %f, graph 0.895 to first %f, graph 0.895 heads size 0.02,90 lw 1.5 lc rgb \"gray30\"\n", a, b
		text((a + b) / 2, s)
	}
	function line(t, s) {
		printf "set arrow from first %f, graph 0 to first %f, graph 0.895 nohead dt (2,4) lw 1.5 lc rgb \"gray30\"\n", t, t
		text(t, s)
	}
	$1 == "sample" && !all { all = $3 }
	$1 != "mark" { next }
	{ t = $2 / 1000 }
	$3 == "unmap idle" { if (!ni++) i0 = t; i1 = t }
	$3 == "unmap busy" { if (!nb++) b0 = t; b1 = t }
	$3 ~ /^unmap/ { printf "set arrow from first %f, graph 0.875 to first %f, graph 0.915 nohead lw 1.5 lc rgb \"gray30\"\n", t, t }
	$3 == "GPU idle" { idle = t }
	$3 == "close" { closed = t }
	END {
		if (!ni || !nb || !idle || !closed) exit 1
		span(i0, i1, "munmap() of " ni " ranges\\nthat the GPU is done with")
		span(b0, b1, "munmap() of " nb " ranges\\nthat the GPU is busy with")
		line(idle, "GPU\\nidle")
		line(closed, "objects\\nclosed")
		printf "set label \"stock\" at first %f, first %d center font \",14\"\n", (b0 + b1) / 2, all - 24
		printf "set label \"patched\" at first %f, first %d center font \",14\"\n", (b0 + b1) / 2, all * nb / (ni + nb) - 24
	}' "$dir/patched.tsv") || die "$dir/patched.tsv lacks marks of the timeline: run make demo"

draw() {
	gnuplot <<-EOT
		set terminal $1
		set output "$2"
		set title "Pages kept pinned by eight userptr objects of 64 pages each\n{/*0.8 $(sed 's/_/\\\\_/g' "$dir/machine")}"
		set xlabel "time, s"
		set ylabel "pages of 4 KiB pinned in the whole system"
		set xrange [0:*]
		set yrange [0:640]
		set ytics 0,64,512
		set xtics 0.5
		set mxtics 2
		set grid ytics lc rgb "gray85" lw 1 dt 1
		set border 3
		set tics nomirror out
		unset key
		$marks
		plot "$tmp/stock" using 1:2 with lines lw 3 dt (10,5) lc rgb "gray40" title "stock", \\
			"$tmp/patched" using 1:2 with lines lw 3 dt 1 lc rgb "black" title "patched"
	EOT
}
draw 'svg size 900,540 font "sans,13" background "white" enhanced' "$tmp/pinned-pages.svg" || die "gnuplot failed"
draw 'pngcairo size 1350,810 font "sans,13" fontscale 1.3 enhanced' "$tmp/pinned-pages.png" || die "gnuplot failed"
sed -i 's/[[:space:]]*$//' "$tmp/pinned-pages.svg"
mv "$tmp"/pinned-pages.{svg,png} "$dir/"
