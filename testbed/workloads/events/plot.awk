# The plot of make demo: how many pages stay pinned over time, stock and patched in one picture.
# Usage: awk -v machine=TEXT -f plot.awk STOCK.TSV PATCHED.TSV >PLOT.gp     TEXT: for the title
# In:  the output of userptr-events --timeline: lines 'sample', milliseconds, pages; 'mark',
#      milliseconds, event. The timetable is the same for both, so that the marks of the patched run
#      apply to both.
# Out: commands for gnuplot (draw.sh)
# Exit: 0; 1 if samples or marks are missing, with a line that says which

BEGIN { FS = "\t" }

function fail(what) {
	print "plot.awk: " what ": run make demo" >"/dev/stderr"
	failed = 1
	exit 1
}
function label(t, text) {
	marks = marks sprintf("set label \"%s\" at first %f, graph 0.975 center font \",11\"\n", text, t)
}
function arrow(t, from, to, u, style) {
	marks = marks sprintf("set arrow from first %f, graph %s to first %f, graph %s %s lw 1.5 lc rgb \"gray30\"\n",
		t, from, u, to, style)
}
function span(from, to, text) {
	arrow(from, "0.875", "0.875", to, "heads size 0.02,90")
	label((from + to) / 2, text)
}
function line(t, text) {
	arrow(t, "0", "0.885", t, "nohead dt (2,4)")
	label(t, text)
}
function curve(t, pages, name) {
	marks = marks sprintf("set label \"%s\" at first %f, first %d center font \",14\"\n", name, t, pages - 24)
}

FNR == 1 { run = ++files == 1 ? "stock" : "patched" }

# Only where the number changes, so that gnuplot draws the dashes of the line.
$1 == "sample" {
	if (!(run in last)) all[run] = $3
	if (!(run in last) || $3 != last[run]) {
		if (run in last) points[run] = points[run] time[run] " " last[run] "\n"
		points[run] = points[run] $2 / 1000 " " $3 "\n"
		last[run] = $3
	}
	time[run] = $2 / 1000
}

$1 == "mark" && run == "patched" {
	t = $2 / 1000
	if ($3 == "unmap idle") { if (!ni++) i0 = t; i1 = t }
	if ($3 == "unmap busy") { if (!nb++) b0 = t; b1 = t }
	if ($3 ~ /^unmap/) arrow(t, "0.86", "0.89", t, "nohead")
	if ($3 == "GPU idle") idle = t
	if ($3 == "close") closed = t
}

END {
	if (failed) exit 1
	if (!("stock" in last) || !("patched" in last)) fail("there are no samples of both kernels")
	if (!ni || !nb || !idle || !closed) fail("the patched run lacks marks of the timeline")
	span(i0, i1, "munmap() of " ni " ranges\\nthat the GPU is done with")
	span(b0, b1, "munmap() of " nb " ranges\\nthat the GPU is busy with")
	line(idle, "GPU\\nidle")
	line(closed, "objects\\nclosed")
	curve((b0 + b1) / 2, all["patched"], "stock")
	curve((b0 + b1) / 2, all["patched"] * nb / (ni + nb), "patched")

	# gnuplot takes an underscore for a subscript.
	n = split(machine, part, "_")
	title = part[1]
	for (i = 2; i <= n; i++) title = title "\\\\_" part[i]

	for (i = 1; i <= 2; i++) {
		run = i == 1 ? "stock" : "patched"
		printf "$%s << EOD\n%s%s %s\nEOD\n", run, points[run], time[run], last[run]
	}
	print "set title \"Pages kept pinned by eight userptr objects of 64 pages each\\n{/*0.8 " title "}\""
	print "set xlabel \"time, s\""
	print "set ylabel \"pages of 4 KiB pinned in the whole system\""
	print "set xrange [0:*]"
	print "set yrange [0:640]"
	print "set ytics 0,64,512"
	print "set xtics 0.5"
	print "set mxtics 2"
	print "unset key"
	printf "%s", marks
	print "plot $stock using 1:2 with lines lw 3 dt (10,5) lc rgb \"gray40\" title \"stock\", \\"
	print "\t$patched using 1:2 with lines lw 3 dt 1 lc rgb \"black\" title \"patched\""
}
