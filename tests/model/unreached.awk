# The statements of the model that no part of it reached.
# Usage: awk -f unreached.awk PAN.LOG ...      PAN.LOG: of the search of one part
# Out: "PROCTYPE COUNT STATEMENT" for each, in no order. The same statement can occur several times
#      in a proctype: COUNT occurrences are not reached in any part that has this proctype.

FNR == 1 { part++ }
/^unreached in/ { p = $NF; parts[p] = parts[p] " " part; next }
/^pan: / { p = "" }
p != "" && match($0, /state [0-9]+, ".*"$/) {
	t = substr($0, RSTART, RLENGTH)
	sub(/^state [0-9]+, "/, "", t)
	sub(/"$/, "", t)
	n[p SUBSEP t SUBSEP part]++
	keys[p SUBSEP t] = 1
}
END {
	for (k in keys) {
		split(k, a, SUBSEP)
		m = split(parts[a[1]], in_part, " ")
		least = -1
		for (i = 1; i <= m; i++) {
			c = n[k SUBSEP in_part[i]] + 0
			if (least < 0 || c < least) least = c
		}
		if (least > 0) print a[1], least, a[2]
	}
}
