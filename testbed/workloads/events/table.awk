# The table of make demo: pages that stay pinned after each event, stock beside patched.
# Usage: awk [-v md=1 | -v sentence=1] -f table.awk STOCK.TSV PATCHED.TSV
#   md=1: markdown, for Documentation/events.md; sentence=1: a summary in one sentence
#         instead of the table
# In:  the output of userptr-events with --format tsv (its --help names the columns) and --timeline:
#      lines 'event', 'timeline'; others are skipped.
# Out: the table; an unexpected row is marked with '<--'.
# Exit: 0 if all rows are as expected, 1 if not

BEGIN { FS = "\t" }
function ms(t) { return t == "-" ? "-" : sprintf(t < 100 ? "%.1f" : "%d", t) }
function seen(who, key) { return verdict[who, key] == "" ? "no result" : why[who, key] }
FNR == 1 { who = ++file == 1 ? "stock" : "patched" }
$1 == "timeline" { line[who] = $2 == "ok" ? "ok" : $3 }
$1 != "event" { next }
!($2 in text) { name[++n] = $2; text[$2] = $4 }
{
	key = $2 SUBSEP $3
	verdict[who, key] = $5; before[who, key] = $6; after[who, key] = $8; back[who, key] = $9; why[who, key] = $12
	if ($10 != "-" && $10 > call[who]) { call[who] = $10; which[who] = $4 ", " $3 }
	if ($11 != "-") seal[who] = seal[who] (seal[who] == "" ? "" : ", ") $3 ": " $11
	if ($13 != "-" && $13 != "") disk[who] = $13
}
# cases CONTROL: counts the events (or the controls), their cases, those in which stock kept pages,
# and those in which patched has none left. A case without a result on one of the kernels is not
# counted.
function cases(control,   i, u, key) {
	nevents = ncases = nkept = nreleased = 0
	for (i = 1; i <= n; i++) {
		if ((text[name[i]] ~ /^\(control\)/) != control) continue
		nevents++
		for (u = 1; u <= nu; u++) {
			key = name[i] SUBSEP use[u]
			if (after["stock", key] !~ /^[0-9]+$/ || after["patched", key] !~ /^[0-9]+$/) continue
			ncases++
			if (after["stock", key] > 0) nkept++
			if (after["patched", key] == 0) nreleased++
		}
	}
}
END {
	nu = split("set-domain execbuf busy", use, " ")
	if (sentence) {
		cases(0)
		printf "After %d of %d events (%d kinds, in %d uses of the object) stock keeps pages pinned; patched has released all of them after %d.", \
			nkept, ncases, nevents, nu, nreleased
		cases(1)
		printf " Where the memory stays as it is (%d controls) stock keeps them in %d, patched in %d.\n", ncases, nkept, ncases - nreleased
		exit
	}
	if (md) {
		print "| event | pinned before | set-domain: stock | patched | execbuf: stock | patched | GPU busy: stock | patched |"
		print "|---|---:|---:|---:|---:|---:|---:|---:|"
	} else {
		printf "%-45s |%-31s |%-31s |%s\n", "", " after set-domain", " after execbuf, GPU idle", " GPU busy, then idle"
		printf "%-45s ", "event"
		for (u = 1; u <= nu; u++) printf "%s%7s%7s%8s%9s", (u > 1 ? " |" : "|"), "before", "stock", "patched", "after ms"
		print ""
	}
	for (i = 1; i <= n; i++) {
		e = name[i]; row = note = ""; one = ""
		for (u = 1; u <= nu; u++) {
			key = e SUBSEP use[u]
			s = verdict["stock", key]; p = verdict["patched", key]
			if (s == "skip" || p == "skip") {
				note = note "; " use[u] " skipped: " (s == "skip" ? why["stock", key] : why["patched", key])
				row = row (md ? " - | - |" : sprintf("|%7s%7s%8s%9s ", "-", "-", "-", "-"))
			} else {
				b = before["stock", key]
				if (b != before["patched", key]) b = b "/" before["patched", key]
				if (md) row = row " " after["stock", key] " | " after["patched", key] " |"
				else row = row sprintf("|%7s%7s%8s%9s ", b, after["stock", key], after["patched", key], ms(back["patched", key]))
				if (index(" " one " ", " " b " ") == 0) one = one (one == "" ? "" : " ") b
			}
			if (s != "ok" && s != "skip") { bad++; note = note "; <-- " use[u] ", stock: " seen("stock", key) }
			if (p != "ok" && p != "skip") { bad++; note = note "; <-- " use[u] ", patched: " seen("patched", key) }
		}
		sub(/^; /, "", note)
		if (md) print "| " text[e] (note == "" ? "" : " (" note ")") " | " one " |" row
		else { line_ = sprintf("%-45s %s%s", text[e], row, note); sub(/ +$/, "", line_); print line_ }
	}
	for (i = 1; i <= 2; i++) {
		who = i == 1 ? "stock" : "patched"
		if (line[who] != "ok") { bad++; print "<-- timeline, " who ": " (line[who] == "" ? "no result" : line[who]) }
	}
	if (md) exit bad != 0
	print ""
	print "Longest call: stock " ms(call["stock"]) " ms (" which["stock"] "), patched " ms(call["patched"]) " ms (" which["patched"] ")."
	print "Sealing the memfd against writes after its munmap(): stock " seal["stock"] "; patched " seal["patched"] "."
	if (disk["stock"] disk["patched"] != "")
		print "What the GPU wrote after msync(), on the disk after munmap() and fsync(): stock " disk["stock"] "; patched " disk["patched"] "."
	exit bad != 0
}
