#!/bin/bash
# Writes Documentation/proof.md: property by property what attacks it, the command that repeats the attack, its last result.
# Usage: proof/run.sh         takes the results that commands have left in $CACHE/proof since, and writes the page
#        proof/run.sh -n      only prints the page, of the results in tests/proof/results
# In:  tests/proof/attacks (which attack is for which property), tests/proof/results/NAME (what record in lib.bash writes);
#      tests/mutants/: an attack whose record is "mutants" is that of all mutants that its text names, results/mutant-NAME each.
. "$(dirname "$0")/../../scripts/lib.bash"

dir=$ROOT/tests/proof
[[ $# == 0 || ($# == 1 && $1 == -n) ]] || die "usage: proof/run.sh [-n]"
date_of() { sed -n 's/^date\t//p' "$1"; }
if ((!$#)); then
	mkdir -p "$dir/results"
	for f in "$CACHE"/proof/*; do
		[[ -f $f && $f != *.new ]] || continue
		[[ ${f##*/} == mutant-* ]] || grep -qP "\t${f##*/}\t" "$dir/attacks" || die "$f is no attack that $dir/attacks has: add it there"
		had=$dir/results/${f##*/}
		if [[ -f $had && $(date_of "$f") < $(date_of "$had") ]]; then
			say "older than what the page has, left out: $f"
		elif ! cmp -s "$f" "$had"; then
			cp "$f" "$had"
			say "new: ${f##*/}: $(sed -n 's/^result\t//p' "$f")"
		fi
	done
fi

page() {
	echo "# Proof: what was done to find each property missing"
	echo
	echo "<!-- Written by tests/proof/run.sh (make proof) of tests/proof/: not to be edited. -->"
	echo
	awk -F'\t' -v series="$(series_id)" -v dir="$dir/results" -v mutants="$(cd "$ROOT/tests/mutants" && printf '%s ' ./*.patch)" '
		BEGIN {
			n_mutants = split(mutants, mutant, " ")
			for (i = 1; i <= n_mutants; i++) { gsub(/^\.\/|\.patch$/, "", mutant[i]); is_mutant[mutant[i]] = 1 }
		}
		function get(name,   line, f) {
			split("", r)
			while ((getline line < (dir "/" name)) > 0) { split(line, f, "\t"); r[f[1]] = f[2] }
			close(dir "/" name)
			return "result" in r
		}
		function when() { return r["date"] (r["kernel"] ? ", kernel " r["kernel"] : "") (r["series"] == series ? "" : ", another state of the series") }
		# The mutants that a text names: how many are caught, which are not, which have no result.
		function row_of_mutants(text,   word, n, i, caught, all, last, last_date, not, missing) {
			n = split(text, word, /[^a-z-]+/)
			for (i = 1; i <= n; i++) {
				if (!(word[i] in is_mutant))
					continue
				all++
				if (!get("mutant-" word[i])) { missing = missing " " word[i]; continue }
				if (r["result"] == "pass") caught++; else not = not " " word[i]
				if (!last || r["date"] < last_date) { last = when(); last_date = r["date"] }
			}
			printf "| %s | `make mutants` | **%s**", text, not ? "fail" : missing || !all ? "no result yet" : "pass"
			if (last)
				printf ", %s: %d of %d caught%s%s", last, caught, all, (not ? ", not" not : ""), (missing ? ", no result yet for" missing : "")
			print " |"
		}
		/^#/ || NF == 0 { next }
		NF == 1 { print $1 "\n"; next }
		NF == 2 { printf "%s## %s %s\n\n| attack | command | last result |\n|---|---|---|\n", (any ? "\n" : ""), $1, $2; any = 1; next }
		$2 == "mutants" { row_of_mutants($3); next }
		{
			if (get($2))
				printf "| %s | `%s` | **%s**, %s: %s |\n", $3, r["command"], r["result"], when(), r["figures"]
			else
				printf "| %s | | **no result yet** |\n", $3
		}
		END {
			print "\n## Each mutant, and what noticed it (`make mutants`)\n\n| mutant | last result |\n|---|---|"
			for (i = 1; i <= n_mutants; i++)
				printf "| %s | %s |\n", mutant[i], get("mutant-" mutant[i]) ? "**" r["result"] "**, " when() ": " r["figures"] : "**no result yet**"
		}' "$dir/attacks"
}

if (($#)); then
	page
else
	page >"$ROOT/Documentation/proof.md.new"
	mv "$ROOT/Documentation/proof.md.new" "$ROOT/Documentation/proof.md"
	say "$ROOT/Documentation/proof.md"
	! grep -nE '\*\*(fail|no result)' "$ROOT/Documentation/proof.md" >&2 || say "these are not well, or were not run"
fi
