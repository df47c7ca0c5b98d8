# The table of make latency: how long i915 makes others wait, stock beside patched, and a verdict.
# Usage: awk [-v only="POINT ..."] -f table.awk SAMPLES     only: the points that were measured
# In:  the output of guest.sh: lines 'variant', 'sample', 'point'; others are skipped.
# Out: the table; an unexpected figure is marked with '<--'.
# Exit: 0 if all figures are as expected, 1 if not
#
# A figure is the mean, the minimum or the maximum of its samples. The patched kernel's must be
# - at most the row's limit, if it has one, and
# - at most NOISE times stock's plus the row's slack, unless the slack is '-'. Two runs of stock
#   differ by less than that, even on a busy machine. Beside 8 busy threads on 2 CPUs they do not, so
#   these rows have only a limit: a driver that waits for the threads takes 1 to 18 s.
# All figures are measured in the same boot, so that host load affects both kernels. Rows with
# neither limit nor slack are shown for comparison, or because no driver does better.

BEGIN {
	FS = "\t"
	NOISE = 2
	# row(point, figure, statistic, unit, limit, slack, text)
	row("span", "span-calm", "mean", "ms", "-", 20, "first use of an object, nothing beside")
	row("span", "span-before", "mean", "ms", 500, "-", "first use beside 8 threads in MADV_FREE elsewhere")
	row("span", "span-before", "longest", "ms", 3000, "-", "first use beside 8 threads in MADV_FREE elsewhere")
	row("span", "span-meanwhile", "mean", "ms", 500, "-", "the same of an object that was made meanwhile")
	row("span", "span-meanwhile", "longest", "ms", 3000, "-", "the same of an object that was made meanwhile")
	row("mappings", "made-few", "shortest", "ms", "-", 5, "userptr made, used, closed")
	row("mappings", "made-many", "shortest", "ms", 100, 5, "userptr made and so on with 4000 mappings")
	row("mappings", "made-inherited", "shortest", "ms", 100, 5, "that in a child, with the file of its parent")
	row("mappings", "opened-few", "shortest", "ms", "-", 10, "card opened, userptr made, used, all closed")
	row("mappings", "opened-many", "shortest", "ms", 300, 10, "card opened and so on with 4000 mappings")
	row("signal", "signal", "longest", "ms", 1000, 100, "userptr made beside a signal each 20 ms")
	row("signal", "signal-eintr", "longest", "", 0, 0, "how often that returns -EINTR")
	row("preempt", "gap-calm", "shortest", "ms", "-", "-", "no scheduling in munmap() of 500 pages")
	row("preempt", "gap", "shortest", "ms", 30, 5, "no scheduling in munmap() of 500 userptrs")
	row("preempt", "munmap", "shortest", "ms", "-", "-", "munmap() of 500 userptrs")
	row("writewatch", "writewatch", "longest", "", 0, 0, "writes of 10 batches that PAGEMAP_SCAN does not report")
	row("writewatch", "writewatch-running", "longest", "", "-", "-", "the same of a batch that was running meanwhile")
	row("madvfree", "madvfree-pinned", "longest", "", 0, 0, "pages that stay after MADV_FREE, GPU only had them")
	row("madvfree", "madvfree-written", "longest", "", "-", "-", "pages that stay after MADV_FREE, GPU wrote to them")
	points = "span mappings signal preempt batch writewatch madvfree"
}
function row(p, f, s, u, l, sl, t) {
	point[++rows] = p; figure[rows] = f; statistic[rows] = s; unit[rows] = u
	limit[rows] = l; slack[rows] = sl; text[rows] = t
}
function value(who, r, k) {
	k = who SUBSEP figure[r]
	if (!(k in count)) return "none"
	if (statistic[r] == "mean") return sum[k] / count[k]
	return statistic[r] == "shortest" ? least[k] : most[k]
}
function print_row(t, s, p, l, note) {
	printf "%-65s |%9s |%9s |%7s%s\n", t, s, p, l, note == "" ? "" : " <-- " note
	bad += note != ""
}
function show(r, v) { return v == "none" ? v : sprintf(unit[r] == "ms" ? "%.1f" : "%d", v) }

$1 == "variant" { who = $2 }
$1 == "sample" {
	k = who SUBSEP $2
	sum[k] += $3
	if (!count[k]++ || $3 < least[k]) least[k] = $3 + 0
	if (count[k] == 1 || $3 > most[k]) most[k] = $3 + 0
}
$1 == "point" && result[who, $2] ~ /^(ok)?$/ { result[who, $2] = $3 }

END {
	if (only != "") points = only
	n = split(points, name, " ")
	for (i = 1; i <= n; i++) wanted[name[i]]
	printf "%-65s |%9s |%9s |%7s\n", "", "stock", "patched", "limit"
	for (r = 1; r <= rows; r++) {
		if (!(point[r] in wanted)) continue
		s = value("stock", r); p = value("patched", r); note = ""
		if (s == "none" || p == "none") note = "not measured"
		else if (limit[r] != "-" && p > limit[r]) note = "more than the limit"
		else if (slack[r] != "-" && p > NOISE * s + slack[r])
			note = "more than " NOISE " times stock's and " slack[r] " more"
		t = text[r] (unit[r] == "ms" ? ": " statistic[r] ", ms" : "")
		print_row(t, show(r, s), show(r, p), limit[r], note)
	}
	for (i = 1; i <= n; i++) {
		s = result["stock", name[i]]; p = result["patched", name[i]]; note = ""
		if (s != "ok") note = "stock: " (s == "" ? "not done" : s)
		if (p != "ok") note = note (note == "" ? "" : "; ") "patched: " (p == "" ? "not done" : p)
		t = name[i] ": nothing fails, is lost or left"
		print_row(t, s == "ok" ? s : "not ok", p == "ok" ? p : "not ok", "-", note)
	}
	exit bad != 0
}
