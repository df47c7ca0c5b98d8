#!/bin/sh
# Runs in the guest: i915's selftests, by loading the module; turns what they print into KTAP, one test a group, one subtest a test.
# Usage: selftests.sh mock|live [PARAMETER ...]
# In:  further module parameters (st_filter=!igt_evict_vm, igt__15__mock_evict=1 ...); live wants the GPU there, and one group at a time.
# Out: KTAP on stdout; exit 0 if every group that ran passed and at least one did. i915 stops at the first failure.
kind=$1
shift
case $kind in
mock) ;;
live) set -- disable_display=1 "$@" ;;
*) echo "Bail out! '$kind' is neither mock nor live"; exit 1 ;;
esac
dmesg -c >/dev/null
modprobe i915 "${kind}_selftests=-1" "$@" || { echo "Bail out! modprobe i915 failed"; exit 1; }
# -ENOTTY: all passed, and the driver was not started (i915_selftest.c).
result=$(cat "/sys/module/i915/parameters/${kind}_selftests")
dmesg | sed -e 's/^<[0-9]*>//' -e 's/^\[[^]]*\] *//' | awk -v result="$result" '
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
}'
