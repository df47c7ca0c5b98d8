#!/bin/sh
# On the machine that runs the subtests: compares what came of them with a set of lists in drm-ci's format. Needs no more than sh and awk.
# Usage: judge.sh RESULTS_JSON TESTLIST PREFIX     the lists are PREFIX-fails.txt, PREFIX-flakes.txt and PREFIX-skips.txt
# Out: a line for each subtest of TESTLIST: 'ok' or 'not ok', its name, its result and what was expected; each goes to LAVA, too, if this is one
#      of its jobs. As drm-ci has it: Pass is expected of what no list has; a subtest that passes and is listed as Fail is as wrong as one that
#      fails and is not; Skip is not wrong, unless all skip; of a flake anything is right, but it has to have a result. Unlike there a subtest during which
#      the kernel warned has not passed: it is DmesgWarn.
# Exit: 0 all is as expected, 1 it is not, 2 a file is missing or nothing is in it.
fail() {
	echo "judge.sh: $*" >&2
	exit 2
}
[ $# = 3 ] || fail "usage: judge.sh RESULTS_JSON TESTLIST PREFIX"
for f in "$1" "$2" "$3-fails.txt" "$3-flakes.txt" "$3-skips.txt"; do [ -r "$f" ] || fail "cannot read $f"; done
[ -s "$2" ] || fail "$2 is empty: nothing would be compared"

judged=$(awk -v results="$1" -v testlist="$2" -v prefix="$3" '
	# each_line FILE KIND: its lines, without comments and what is white.
	function each_line(file, kind,    line) {
		while ((getline line <file) > 0) {
			sub(/#.*/, "", line)
			gsub(/[ \t\r]/, "", line)
			if (line == "") continue
			if (kind == "tests") order[++n] = line
			if (kind == "skips") skips[++nskips] = line
			if (kind == "flakes") flake[line] = 1
			if (kind == "fails") { split(line, field, ","); expected[field[1]] = field[2] }
		}
		close(file)
	}
	function skipped(name,    i) {
		for (i = 1; i <= nskips; i++) if (name ~ skips[i]) return 1
		return 0
	}
	BEGIN {
		word["pass"] = word["warn"] = "Pass"
		word["fail"] = word["dmesg-fail"] = "Fail"
		word["skip"] = "Skip"
		word["timeout"] = "Timeout"
		word["incomplete"] = word["crash"] = word["abort"] = "Crash"
		word["dmesg-warn"] = "DmesgWarn"
		word["notrun"] = "Missing"
		each_line(testlist, "tests")
		each_line(prefix "-fails.txt", "fails")
		each_line(prefix "-flakes.txt", "flakes")
		each_line(prefix "-skips.txt", "skips")
		# As igt_results writes it: one key a line. Dynamic subtests are not in the lists: their subtest has failed with them.
		while ((getline line <results) > 0) {
			if (line ~ /^ *"igt@.*": *\{/) { name = line; sub(/^ *"igt@/, "", name); sub(/": *\{.*/, "", name) }
			if (line !~ /^ *"result": *"/ || name == "") continue
			sub(/^ *"result": *"/, "", line); sub(/".*/, "", line)
			got[name] = line in word ? word[line] : line
			name = ""
		}
		for (i = 1; i <= n; i++) {
			t = order[i]
			if (skipped(t)) continue
			want = t in expected ? expected[t] : "Pass"
			have = t in got ? got[t] : "Missing"
			right = have == want || have == "Skip" || (t in flake && have != "Missing")
			print (right ? "ok" : "not_ok"), t, have, t in flake ? "flake" : want
		}
	}')
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
