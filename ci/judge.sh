#!/bin/sh
# Compares the results of subtests with lists in drm-ci's format, on the machine that runs the
# subtests. Needs only sh, awk and judge.awk beside it.
# Usage: judge.sh RESULTS_JSON TESTLIST PREFIX     the lists are PREFIX-{fails,flakes,skips}.txt
# Out: a line for each subtest of TESTLIST: 'ok' or 'not ok', its name, its result and the expected
#      one. In a LAVA job each is also reported to LAVA. The rules are those of drm-ci: a subtest in
#      no list must pass; one that is listed as Fail must fail; Skip is accepted, unless all skip; a
#      flake may have any result, but must have one. Unlike in drm-ci, a subtest during which the
#      kernel warned has the result DmesgWarn.
# Exit: 0 if all results are as expected, 1 if not, 2 if a file is missing or empty
fail() {
	echo "judge.sh: $*" >&2
	exit 2
}
[ $# = 3 ] || fail "usage: judge.sh RESULTS_JSON TESTLIST PREFIX"
for f in "$1" "$2" "$3-fails.txt" "$3-flakes.txt" "$3-skips.txt"; do [ -r "$f" ] || fail "cannot read $f"; done
[ -s "$2" ] || fail "$2 is empty: nothing would be compared"

judged=$(awk -v results="$1" -v testlist="$2" -v prefix="$3" -f "$(dirname "$0")/judge.awk")
[ -n "$judged" ] || fail "all of $2 is in $3-skips.txt: nothing was compared"

bad=0 had=0 skips=0
while read -r verdict name have want; do
	had=$((had + 1)) lava=pass
	[ "$verdict" = ok ] || { bad=$((bad + 1)) lava=fail; }
	[ "$verdict $have" != "ok Skip" ] || { skips=$((skips + 1)) lava=skip; }
	printf '%s %s: %s, expected: %s\n' "$(echo "$verdict" | tr _ ' ')" "$name" "$have" "$want"
	! command -v lava-test-case >/dev/null || lava-test-case "$(echo "$name" | tr @ _)" --result "$lava"
done <<END
$judged
END
echo "$had subtests, $bad not as expected"
[ "$skips" != "$had" ] || echo "not ok: all skip: is there a GPU?"
[ "$bad" = 0 ] && [ "$skips" != "$had" ]
