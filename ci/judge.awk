# Compares the results of subtests with lists in drm-ci's format. For judge.sh, which has the rules.
# Usage: awk -v results=RESULTS_JSON -v testlist=TESTLIST -v prefix=PREFIX -f judge.awk
# Out: a line for each subtest of TESTLIST that is not in PREFIX-skips.txt: 'ok' or 'not_ok', its
#      name, its result, the expected result ('flake': any).

# each_line FILE KIND: reads its lines, without comments and white space.
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
	# igt_results writes one key a line. The lists have no dynamic subtests: if one fails, so
	# does its subtest.
	while ((getline line <results) > 0) {
		if (line ~ /^ *"igt@.*": *\{/) {
			name = line
			sub(/^ *"igt@/, "", name)
			sub(/": *\{.*/, "", name)
		}
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
}
