#!/bin/bash
# The selftests fail if the series is broken, with the mutants of tests/mutants/ that are listed in
# tests/mutants/quick (all: make mutants).
. "$(dirname "$0")/../scripts/lib.bash"
. "$ROOT/tests/lib/tap.bash"
mapfile -t names < <(sed -e 's/[[:space:]]*#.*//' -e '/^[[:space:]]*$/d' -e 's/\.patch$//' "$ROOT/tests/mutants/quick")
((${#names[@]})) || bail "tests/mutants/quick names no mutant"
while read -r verdict name how; do
	if [[ $verdict == caught ]]; then ok "$name is caught $how"; else not_ok "$name: $verdict $how"; fi
done < <("$ROOT/tests/mutants/run.sh" "${names[@]}" 2> >(tee "$CACHE/tmp/mutants.err" >&2))
((_n == ${#names[@]})) || not_ok "mutants/run.sh gave $_n verdicts for ${#names[@]} mutants: $(tail -n1 "$CACHE/tmp/mutants.err")"
done_testing
