# The table of make clients: pages that stay pinned after a program unmaps memory, stock and
# patched.
# Usage: awk [-v md=1] -f table.awk STOCK PATCHED     md=1: markdown, for Documentation/
# In:  the output of userptr-clients: lines 'client', 'driver', 'tests'; others are skipped.
# Out: the table, and the drivers; an unexpected row is marked with '<--'.
# Exit: 0 if all rows are as expected, 1 if not

BEGIN { FS = "\t" }
function mb(pages) { return sprintf("%.1f", pages * 4096 / 1000000) }
function bad(text) { wrong++; return "  <-- " text }
FNR == 1 { who = ++file == 1 ? "stock" : "patched" }
$1 == "driver" && !seen[$2, $3]++ { driver[++drivers] = $2 ": " $3 }
$1 == "tests" { told[who] += $2 }
$1 != "client" { next }
{
	key = $2 SUBSEP $3 SUBSEP $4 SUBSEP $5
	if (!(key in row)) { row[key] = ++n; name[n] = key }
	count[who]++
	verdict[who, key] = $6; before[who, key] = $7; after[who, key] = $8; back[who, key] = $9; why[who, key] = $10
}
END {
	format = md ? "| %s | %s | %s | %s | %s | %s | %s | %s | %s |%s\n" : \
		"%-14s %-26s %-32s %-22s %8s %8s %8s %8s %9s%s\n"
	printf format, "client", "the GPU uses it by", "memory", "event", "pages", "MB", "stock", "patched", "after ms", ""
	if (md) print "|---|---|---|---|---:|---:|---:|---:|---:|"
	for (i = 1; i <= n; i++) {
		key = name[i]; note = ""
		split(key, f, SUBSEP)
		for (v = 1; v <= 2; v++) {
			who = v == 1 ? "stock" : "patched"
			if (!((who, key) in verdict)) note = note bad(who ": no result")
			else if (verdict[who, key] != "ok") note = note bad(who ": " why[who, key])
		}
		printf format, f[1], f[2], f[3], f[4], before["stock", key], mb(before["stock", key]),
			after["stock", key], after["patched", key], back["patched", key], note
	}
	for (v = 1; v <= 2; v++) {
		who = v == 1 ? "stock" : "patched"
		if (!count[who] || count[who] != told[who]) print who ": not all were tried" bad("")
	}
	print ""
	for (i = 1; i <= drivers; i++) print (md ? "- " : "") driver[i]
	exit wrong != 0
}
