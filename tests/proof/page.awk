# Prints the body of Documentation/proof.md: each property with what attacks it, then each result.
# Usage: awk -F'\t' -f page.awk -v series=ID results.tsv MUTANTS attacks
# MUTANTS: lines NAME <tab> PROPERTY, ...; "-" for a mutant that breaks no property.
# series: series_id (scripts/lib.bash); a result with another id is stale.

FNR == 1 { file++ }

# results.tsv: name, result, command, figures, date, kernel, series
file == 1 {
	result[$1] = $2
	command[$1] = $3
	figures[$1] = $4
	date[$1] = $5
	other_state[$1] = $7 != series
	when[$1] = $5 ($6 == "" ? "" : ", kernel " $6)
	if (other_state[$1])
		when[$1] = when[$1] ", stale"
	next
}
file == 2 {
	mutant[++n_mutants] = $1
	against[$1] = $2
	next
}

function joined(list, one) { return list (list == "" ? "" : ", ") one }

# exception NAME: the remark on a result that is not a pass of this state of the series.
function exception(name) {
	if (!(name in result))
		return " (**no result yet**)"
	if (result[name] != "pass")
		return " (**fail**)"
	return other_state[name] ? " (stale)" : ""
}

# print_attack: prints an attack on the current property.
function print_attack(name, text) {
	if (!(name in properties))
		attack[++n_attacks] = name
	properties[name] = joined(properties[name], property)
	printf "- %s: %s\n", name, text
}

function print_mutants(   i, list) {
	for (i = 1; i <= n_mutants; i++)
		if (index(", " against[mutant[i]] ",", ", " property ","))
			list = joined(list, mutant[i] exception("mutant-" mutant[i]))
	if (list != "")
		print_attack("mutants", list)
}

function result_of(name) {
	if (!(name in result))
		return "**no result yet**"
	return "**" result[name] "**, " when[name] ": " figures[name]
}

# All mutants in one cell; date and kernel are those of the oldest result.
function result_of_mutants(   i, m, caught, survived, missing, oldest) {
	for (i = 1; i <= n_mutants; i++) {
		m = "mutant-" mutant[i]
		if (!(m in result)) {
			missing = missing " " mutant[i]
			continue
		}
		if (result[m] == "pass")
			caught++
		else
			survived = survived " " mutant[i]
		if (oldest == "" || date[m] < date[oldest])
			oldest = m
	}
	return sprintf("**%s**%s: %d of %d caught%s%s",
		survived ? "fail" : missing ? "no result yet" : "pass",
		oldest == "" ? "" : ", " when[oldest], caught, n_mutants,
		survived ? ", not" survived : "", missing ? ", no result yet for" missing : "")
}

/^#/ { next }
NF < 2 { print; next }
NF == 2 {
	print_mutants()
	property = $1
	printf "\n## %s %s\n\n", $1, $2
	next
}
{ print_attack($2, $3 exception($2)) }

END {
	print_mutants()
	print "\n## Results\n\n| attack | on | command | last result |\n|---|---|---|---|"
	for (i = 1; i <= n_attacks; i++) {
		a = attack[i]
		if (a == "mutants")
			command[a] = "make mutants"
		printf "| %s | %s | %s | %s |\n", a, properties[a],
			a in command ? "`" command[a] "`" : "",
			a == "mutants" ? result_of_mutants() : result_of(a)
	}
	print "\n## Mutants\n\n| mutant | against | last result |\n|---|---|---|"
	for (i = 1; i <= n_mutants; i++)
		printf "| %s | %s | %s |\n", mutant[i], against[mutant[i]],
			result_of("mutant-" mutant[i])
}
