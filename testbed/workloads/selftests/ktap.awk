# Converts the lines of i915's selftests in the kernel's log to KTAP: a test for each group, a
# subtest for each test in it. Runs in the guest (busybox), too.
# Usage: awk -v result=RESULT -f ktap.awk <LOG
#   RESULT  of the module's parameter mock_selftests or live_selftests: -25 (-ENOTTY): all passed
#   LOG     without levels and times
# Exit: 0 if every group that ran passed, and at least one did; 1 if not

function flush(ok,   i) {
	if (group == "") return
	ngroups++
	if (sub_bad) ok = 0
	out = out "    KTAP version 1\n    # Subtest: " group "\n    1.." nsub + 0 "\n"
	for (i = 1; i <= nsub; i++) {
		good = (bad[i] == "" && (ok || sub_bad || i < nsub))
		out = out "    " (good ? "ok " : "not ok ") i " " name[i] (bad[i] == "" ? "" : " # " bad[i]) "\n"
	}
	out = out (ok ? "ok " : "not ok ") ngroups " " group " # " nsub + 0 " subtests\n"
	if (!ok) failed = 1
	split("", bad); nsub = 0; sub_bad = 0
}
/^i915: Performing (mock|live) selftests/ { head = head "# " $0 "\n"; next }
/^i915: Running [^ \/]*$/ { flush(1); group = $3; next }
/^i915: Running [^ \/]*\/[^ \/]*$/ { split($3, p, "/"); name[++nsub] = p[2]; next }
/^i915\/[^ ]*: [^ ]* failed with error/ { bad[nsub] = "error " $NF; sub_bad = 1 }
/^i915\/[^ ]*: setup failed for/ { name[++nsub] = $NF; bad[nsub] = "setup failed"; sub_bad = 1 }
END {
	flush(result == -25)
	printf "KTAP version 1\n1..%d\n%s%s", ngroups, head, out
	if (result != -25) printf "# i915 says %s\n", result
	exit !(ngroups > 0 && result == -25 && !failed)
}
