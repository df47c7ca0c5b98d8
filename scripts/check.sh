#!/bin/bash
# Runs the tests: all of tests/*.t, or those named as arguments. Each is a bash script that prints
# TAP; prove runs them and prints the summary. Two run at a time, because an emulated kernel keeps
# one core busy.
# In:  KERNEL=path: tests the series on another base. The first use downloads and builds a kernel.
# Out: prove's summary and exit status, then each failed test again with its messages. Logs of the
#      guests are in $CACHE/runs, those of some workloads in $CACHE/NAME (see their run.sh).
. "$(dirname "$0")/lib.bash"
cd "$ROOT"
# The last tests are short, so that both jobs end at about the same time.
(($#)) || set -- tests/[0-4]*.t tests/6*.t tests/5*.t
make_tmp
export KEEP=$tmp
rc=0
prove --timer --jobs 2 --exec "bash tests/lib/keep.sh" "$@" 4>&2 || rc=$?
((rc == 0)) || awk '
	# At most 12 lines of comment for a test point, of 200 characters each.
	function show() { print FILENAME ": " substr($0, 1, 200) }
	FNR == 1 { sub(/.*\//, "", FILENAME); said = bad = 0 }
	/^not ok/ || /^Bail out!/ { show(); said = 12; bad = 1; next }
	/^#/ && said { said--; show(); next }
	/^status [1-9]/ && !bad { show(); print FILENAME ": before it ended: " substr(last, 1, 200) }
	!/^ok|^1\.\./ { last = $0 }
	{ said = 0 }' "$tmp"/*
exit "$rc"
