# The trail to an error that Spin found, with the function of the driver for each step.
# Usage: awk -f trail.awk MODEL.PML REPLAY.LOG      REPLAY.LOG: the output of 'spin -t -p MODEL.PML'
# Out: a line for each step: process and its number, function, line of the model, statement. Steps
#      that only choose a branch are left out.
# How: '/* models: FUNCTION' in the model, the first of several in a row, applies up to the next
#      label or the end of the block, or outside of a block up to the next empty line.

FNR == NR {
	if (match($0, /models: [a-z0-9_]+/)) {
		if (named != FNR - 1) f = substr($0, RSTART + 8, RLENGTH - 8) "()"
		named = FNR
	} else if ($0 ~ /^}/ || ($0 == "" && !inside) || ($0 ~ /^[a-z_]+:/ && named != FNR - 1)) {
		f = ""
	}
	inside = /^{/ || (inside && !/^}/)
	from[FNR] = f
	next
}
match($0, /proc +[0-9]+ \([a-z_]+:[0-9]+\)/) {
	split(substr($0, RSTART, RLENGTH), who, /[ (:)]+/)
	if (!match($0, /userptr.pml:[0-9]+/)) next
	line = substr($0, RSTART + 12, RLENGTH - 12)
	what = $0
	sub(/^[^[]*\[/, "", what)
	sub(/\][^]]*$/, "", what)
	if ($0 !~ /\[/ || what ~ /^(else|\.\(goto\)|sub-sequence|IF|DO|\(1\)|goto .*|assert.*|-end-)$/) next
	printf "%-14s %-42s line %-4d %s\n", who[3] " " who[2], from[line], line, what
}
