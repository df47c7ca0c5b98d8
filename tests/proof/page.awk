# Prints the body of Documentation/proof.md: each property with what attacks it, and the results.
# Usage: awk -F'\t' -f page.awk -v series=ID -v mutants="NAME.patch ..." results.tsv attacks
# series: series_id (scripts/lib.bash); a result with another id is marked as of another state.

BEGIN {
	n_mutants = split(mutants, mutant, " ")
	for (i = 1; i <= n_mutants; i++) {
		sub(/\.patch$/, "", mutant[i])
		is_mutant[mutant[i]] = 1
	}
}

# results.tsv: name, result, command, figures, date, kernel, series
NR == FNR {
	result[$1] = $2
	command[$1] = $3
	figures[$1] = $4
	date[$1] = $5
	when[$1] = $5 ($6 ? ", kernel " $6 : "") ($7 == series ? "" : ", another state of the series")
	next
}

# The mutants that a text names: how many are caught, which are not, which have no result.
function row_of_mutants(text,   word, n, i, m, caught, all, last, not, missing) {
	n = split(text, word, /[^a-z-]+/)
	for (i = 1; i <= n; i++) {
		if (!(word[i] in is_mutant))
			continue
		all++
		m = "mutant-" word[i]
		if (!(m in result)) {
			missing = missing " " word[i]
			continue
		}
		if (result[m] == "pass")
			caught++
		else
			not = not " " word[i]
		if (!last || date[m] < date[last])
			last = m
	}
	printf "| %s | `make mutants` | **%s**", text, not ? "fail" : missing || !all ? "no result yet" : "pass"
	if (last)
		printf ", %s: %d of %d caught%s%s", when[last], caught, all, (not ? ", not" not : ""), (missing ? ", no result yet for" missing : "")
	print " |"
}

/^#/ || NF == 0 { next }
NF == 1 { print $1 "\n"; next }
NF == 2 {
	printf "%s## %s %s\n\n| attack | command | last result |\n|---|---|---|\n", (any ? "\n" : ""), $1, $2
	any = 1
	next
}
$2 == "mutants" { row_of_mutants($3); next }
$2 in result { printf "| %s | `%s` | **%s**, %s: %s |\n", $3, command[$2], result[$2], when[$2], figures[$2]; next }
{ printf "| %s | | **no result yet** |\n", $3 }

END {
	print "\n## Each mutant, and what noticed it (`make mutants`)\n\n| mutant | last result |\n|---|---|"
	for (i = 1; i <= n_mutants; i++) {
		m = "mutant-" mutant[i]
		printf "| %s | %s |\n", mutant[i], m in result ? "**" result[m] "**, " when[m] ": " figures[m] : "**no result yet**"
	}
}
