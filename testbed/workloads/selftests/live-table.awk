# The results of i915's live selftests, stock beside patched.
# Usage: awk [-v md=1] -f live-table.awk STOCK PATCHED      the output of live.sh for each kernel
# Out: the table; a group that is worse on the patched kernel is marked with '<--'. Worse: it passed
#      on stock, or had nothing to run there, and does not now; or it runs fewer subtests.
#      md=1: the table in markdown, short: groups with the same result on both kernels share a row.
# Exit: 0 if no group is worse, 1 if one is

BEGIN { FS = "\t" }
FNR == 1 { file++ }
file == 1 { name[++n] = $1; stock[$1] = $2; count[$1] = $3; time[$1] = $4; why[$1] = $5; next }
{ if (!($1 in stock)) name[++n] = $1; patched[$1] = $2; pcount[$1] = $3; ptime[$1] = $4; pwhy[$1] = $5 }
function cell(r, c) { return r == "" ? "-" : r == "pass" ? "pass " c : r }
function add(list, what) { return list (list == "" ? "" : ", ") what }
function markdown(   i, g, same, none, rest) {
	for (i = 1; i <= n; i++) {
		g = name[i]
		if (stock[g] == "pass" && patched[g] == "pass" && count[g] == pcount[g])
			same = add(same, g " " count[g])
		else if (stock[g] == "none" && patched[g] == "none")
			none = add(none, g)
		else
			rest = rest "| " g " | " cell(stock[g], count[g]) note(": ", stock[g], why[g]) " | " \
				cell(patched[g], pcount[g]) note(": ", patched[g], pwhy[g]) " |\n"
	}
	printf "| groups, subtests | stock | patched |\n|---|---|---|\n"
	if (same != "") printf "| %s | pass | pass |\n", same
	printf "%s", rest
	if (none != "") printf "| %s | none | none |\n", none
}
function worse(g) {
	return (stock[g] == "pass" || stock[g] == "none") && patched[g] != stock[g] ||
		patched[g] == "pass" && pcount[g] < count[g]
}
function note(who, r, w) { return r == "fail" || r == "died" ? who w : "" }
function noted(who, r, w) { return note("  (" who ": ", r, w ")") }
END {
	for (i = 1; i <= n; i++) bad += worse(name[i])
	if (md) {
		markdown()
		exit bad != 0
	}
	row = "%-20s %10s %10s %10s %10s%s\n"
	printf row, "group", "stock", "s", "patched", "s", ""
	for (i = 1; i <= n; i++) {
		g = name[i]
		printf row, g, cell(stock[g], count[g]), time[g], cell(patched[g], pcount[g]), ptime[g],
			(worse(g) ? "  <-- worse" : "") noted("stock", stock[g], why[g]) \
			noted("patched", patched[g], pwhy[g])
	}
	printf "\npass N: N subtests ran and passed; none: it has nothing to run on this GPU.\n"
	exit bad != 0
}
