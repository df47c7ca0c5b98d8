#!/bin/bash
# Writes Documentation/proof.md: property by property what attacks it, the command that repeats the attack, its last result.
# Usage: proof.sh         takes the results that commands have left in $CACHE/proof since, and writes the page
#        proof.sh -n      only prints the page, of the results in Documentation/proof/results
# In:  Documentation/proof/attacks (which attack is for which property), Documentation/proof/results/NAME (what record in lib.sh writes).
. "$(dirname "$0")/lib.sh"

dir=$ROOT/Documentation/proof
[[ $# == 0 || ($# == 1 && $1 == -n) ]] || die "usage: proof.sh [-n]"
if ((!$#)); then
	mkdir -p "$dir/results"
	for f in "$CACHE"/proof/*; do
		[[ -f $f && $f != *.new ]] || continue
		grep -qP "\t${f##*/}\t" "$dir/attacks" || die "$f is no attack that $dir/attacks has: add it there"
		[[ $dir/results/${f##*/} -nt $f ]] || { cp "$f" "$dir/results/"; say "new: ${f##*/}: $(sed -n 's/^result\t//p' "$f")"; }
	done
fi

page() {
	echo "# Proof: what was done to find each property missing"
	echo
	echo "<!-- Written by scripts/proof.sh (make proof) of Documentation/proof/: not to be edited. -->"
	echo
	awk -F'\t' -v series="$(series_id)" -v dir="$dir/results" '
		function get(name,   line, f) {
			split("", r)
			while ((getline line < (dir "/" name)) > 0) { split(line, f, "\t"); r[f[1]] = f[2] }
			close(dir "/" name)
			return "result" in r
		}
		/^#/ || NF == 0 { next }
		NF == 1 { print $1 "\n"; next }
		NF == 2 { printf "%s## %s %s\n\n| attack | command | last result |\n|---|---|---|\n", (any ? "\n" : ""), $1, $2; any = 1; next }
		{
			if (get($2)) {
				printf "| %s | `%s` | **%s**, %s, kernel %s%s: %s |\n", $3, r["command"], r["result"], r["date"], r["kernel"],
					(r["series"] == series ? "" : ", another state of the series"), r["figures"]
			} else {
				printf "| %s | | **no result yet** |\n", $3
			}
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
