#!/bin/bash
# Writes Documentation/proof.md: each property, its attacks, and the last result of each attack.
# Usage: proof/run.sh         merges the results in $CACHE/proof into results.tsv, writes the page
#        proof/run.sh -n      only prints the page, from the present results.tsv
# In:  tests/proof/attacks: the property of each attack. $CACHE/proof/NAME.tsv: rows written by
#      record (scripts/lib.bash). tests/mutants/*.patch: the line "Property:" lists the properties
#      that the mutant breaks; its result is called mutant-NAME.
# Out: tests/proof/results.tsv: the newest row of each name. Documentation/proof.md.
. "$(dirname "$0")/../../scripts/lib.bash"

dir=$ROOT/tests/proof table=$ROOT/tests/proof/results.tsv page=$ROOT/Documentation/proof.md
[[ $# == 0 || ($# == 1 && $1 == -n) ]] || die "usage: proof/run.sh [-n]"

# mutants: prints lines NAME <tab> PROPERTY, ...
mutants() {
	local f name
	for f in "$ROOT"/tests/mutants/*.patch; do
		name=${f##*/}
		printf '%s\t%s\n' "${name%.patch}" "$(field Property "$f")"
	done
}

# print_page TABLE: prints the page.
print_page() {
	echo "# Proof: how each property was attacked"
	echo
	echo "<!-- Written by tests/proof/run.sh (make proof) of tests/proof/: not to be edited. -->"
	echo
	awk -F'\t' -f "$dir/page.awk" -v series="$(series_id)" "$1" <(mutants) "$dir/attacks"
}

if (($#)); then
	print_page "$table"
	exit
fi

make_tmp
mkdir -p "$CACHE/proof"
find "$CACHE/proof" -name '*.tsv' -exec cat {} + | sort >"$tmp/left"
tail -n +2 "$table" >"$tmp/had"
unknown=$(comm -23 <(cut -f1 "$tmp/left" | grep -v '^mutant-') \
	<(cut -s -f2 "$dir/attacks" | sort -u))
[[ -z $unknown ]] ||
	die "$CACHE/proof has results that are no attack: add ${unknown//$'\n'/, } to $dir/attacks"
# Of two rows of one day, the one from $CACHE/proof.
sort -s -t$'\t' -k1,1 -k5,5r "$tmp/left" "$tmp/had" | awk -F'\t' '!seen[$1]++' >"$tmp/rows"
comm -23 "$tmp/left" "$tmp/rows" | cut -f1 | sed 's/^/older than its row, left out: /' >&2
comm -13 "$tmp/had" "$tmp/rows" | awk -F'\t' '{ print "new: " $1 ": " $2 }' >&2
{ head -n1 "$table"; cat "$tmp/rows"; } >"$tmp/table"
print_page "$tmp/table" >"$tmp/page"
mv "$tmp/table" "$table"
mv "$tmp/page" "$page"
say "$page"
! grep -nE '\*\*(fail|no result)' "$page" >&2 || say "these failed, or were not run"
