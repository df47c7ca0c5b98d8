#!/bin/sh
# On the machine that runs the subtests: compares what came of them with a set of lists in drm-ci's
# format. Needs no more than sh, awk and judge.awk beside it.
# Usage: judge.sh RESULTS_JSON TESTLIST PREFIX     the lists are PREFIX-{fails,flakes,skips}.txt
# Out: a line for each subtest of TESTLIST: 'ok' or 'not ok', its name, its result and what was
#      expected; each goes to LAVA, too, if this is one of its jobs. As drm-ci has it: Pass is expected
#      of what no list has; a subtest that passes and is listed as Fail is as wrong as one that fails
#      and is not listed; Skip is not wrong, unless all skip; a flake may have any result, but has to
#      have one. Unlike there a subtest during which the kernel warned has not passed: it is DmesgWarn.
# Exit: 0 all is as expected, 1 it is not, 2 a file is missing or nothing is in it.
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
