#!/bin/bash
# The model of the protocol: Spin finds no error in any of its states, and the right error with each
# switch that removes a step. The functions of the driver that the model names exist. A search that
# passed is not repeated with the same model and series.
. "$(dirname "$0")/../scripts/lib.bash"
. "$ROOT/tests/lib/tap.bash"
command -v spin >/dev/null || bail "spin is not installed: run scripts/deps.sh"

make_tmp
repo=$("$ROOT/testbed/kernel/base.sh")
commit=$("$ROOT/scripts/series/commit.sh" -b "$repo")
git -C "$repo" show "$commit:drivers/gpu/drm/i915/gem/i915_gem_userptr.c" >"$tmp/i915_gem_userptr.c"
try "each function that the model names is in the driver, and each that touches the protocol is in the model" \
	"$ROOT/tests/model/functions.sh" "$tmp/i915_gem_userptr.c"

model=$ROOT/tests/model/userptr.pml
mapfile -t mutants < <(cd "$ROOT/tests/mutants" && printf '%s\n' *.patch | sed 's/\.patch$//')
is_empty "each mutant is a switch of the model, or the model says why not" "$(
	for m in "${mutants[@]}"; do grep -qE "^ \* (no )?switch: $m " "$model" || echo "$m"; done
)"
is_empty "each switch is used in the model" "$(
	sed -nE 's/^ \* switch: ([a-z0-9-]+) .*/\1/p' "$model" | while read -r s; do
		name=${s^^}
		grep -qE "(^#(ifdef|ifndef) |\bO(N|FF)\()${name//-/_}\b" "$model" || echo "$s"
	done
)"

verdicts=$CACHE/model/passed-$({ cat "$ROOT"/tests/model/*; spin -V; gcc --version; series_id; } | hash12)
if [[ ! -s $verdicts ]]; then
	"$ROOT/tests/model/run.sh" >"$tmp/verdicts" || echo "FAILED model/run.sh" >>"$tmp/verdicts"
	if grep -qvE '^(holds|found) ' "$tmp/verdicts"; then verdicts=$tmp/verdicts; else mv "$tmp/verdicts" "$verdicts"; fi
fi
while read -r verdict what; do
	case $verdict in
	holds) ok "no error in $what" ;;
	found) ok "found: $what" ;;
	*) not_ok "$verdict $what" ;;
	esac
done <"$verdicts"
((_n >= 3 + 7 + $(grep -c '^ \* switch: ' "$model"))) || not_ok "model/run.sh gave only $((_n - 3)) verdicts"
done_testing
