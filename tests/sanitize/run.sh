#!/bin/bash
# Runs selftests, events and IGT subtests on kernels with checks that the debug kernel of 'make
# check' lacks (that one has KASAN, UBSAN, lockdep, DEBUG_OBJECTS, kmemleak), and shows which
# reports involve the series.
# Usage: tests/sanitize/run.sh [kcsan|rt ...]
#   default: both
#   kcsan  data races
#   rt     PREEMPT_RT, for which i915 needs testbed/kernel/config/rt.patch
# In:  SUBTESTS="NAME ...": these IGT subtests, instead of all; KERNEL as for kernel/base.sh.
# Out: for each kernel a table: ours|explained|other (see sanitize/reports.pl) <tab> count on
#      patched <tab> count on stock <tab> REPORT; stock runs the events only. Logs:
#      $CACHE/sanitize/KERNEL/.
# Exit: 0 if every test passed and no report is ours.
. "$(dirname "$0")/../../scripts/lib.bash"

(($#)) || set -- kcsan rt
for c; do [[ $c == kcsan || $c == rt ]] || usage; done
read -r -a subtests <<<"${SUBTESTS:-}"
repo=$("$ROOT/testbed/kernel/base.sh")
series=$("$ROOT/scripts/series/commit.sh" -b "$repo")

# step NAME COMMAND...: runs COMMAND with its output in a file. Status 97 is no failure: the kernel
# reported an error, which the table below lists.
step() {
	local name=$1 rc=0
	shift
	say "$config: $name"
	"$@" >"$dir/$name.out" || rc=$?
	say "$config: $name: exit status $rc"
	[[ $rc == 0 || $rc == 97 ]] || failed+=" $name"
}
consoles() { find "$@" -name 'console*.log' 2>/dev/null | sort; }
# reports COMMIT CONSOLE.LOG ...: runs reports.pl with this commit's driver.
reports() {
	git -C "$repo" show "$1:drivers/gpu/drm/i915/gem/i915_gem_userptr.c" >"$dir/source.c"
	"$ROOT/tests/sanitize/reports.pl" "$dir/source.c" "${@:2}"
}

bad=0
for config; do
	export CONFIG=$config
	dir=$CACHE/sanitize/$config failed=''
	rm -rf "$dir"
	mkdir -p "$dir"
	ko=$("$ROOT/testbed/kernel/build.sh" -b "$repo" "$config" "$series")
	step selftests "$ROOT/testbed/vm/guest.sh" -k "$ko" -l "$dir/selftests" -T 900 -u 64 -q -w "$ttm_leak" \
		-t "$ROOT/testbed/workloads/selftests" -- selftests.sh mock "$(selftest_parameter "$ko" mock_userptr)=1"
	step events "$ROOT/testbed/workloads/events/run.sh" patched tap
	step igt "$ROOT/testbed/workloads/igt/run.sh" patched "${subtests[@]}"
	# The table lists what the kernel reported meanwhile.
	! grep -qvP '^[^\t]*\t(pass|skip|dmesg-warn)\t' "$dir/igt.out" || failed+=' igt'
	step stock-events "$ROOT/testbed/workloads/events/run.sh" stock tap

	mapfile -t logs < <(consoles "$dir/selftests" "$CACHE/events/$(run_name patched)" "$CACHE/igt/results/$(run_name patched)")
	reports "$series" "${logs[@]}" >"$dir/patched"
	mapfile -t logs < <(consoles "$CACHE/events/$(run_name stock)")
	reports base "${logs[@]}" >"$dir/stock"
	awk -F'\t' 'BEGIN { OFS = FS } FILENAME == ARGV[1] { n[$3] += $2; next } { print $1, $2, n[$3] + 0, $3 }' "$dir/stock" "$dir/patched" >"$dir/table"
	cat "$dir/table"

	ours=$(grep -c '^ours' "$dir/patched" || :) others=$(grep -c '^other' "$dir/table" || :)
	explained=$(grep -c '^explained' "$dir/table" || :) both=$(awk -F'\t' '$1 == "other" && $3' "$dir/table" | wc -l)
	figures="selftests, $(grep -c '^ok' "$dir/events.out" || :) events, $(grep -cP '\t(pass|dmesg-warn)\t' "$dir/igt.out" || :) IGT subtests pass"
	figures+="${failed:+; failed:$failed}; $ours kinds of reports are ours, $explained explained (tests/sanitize/explained), $others others ($both of them seen on stock too)"
	result=pass
	[[ -z $failed && $ours == 0 ]] || result=fail bad=1
	((${#subtests[@]})) || RECORD_KERNEL=$config record "sanitize-$config" "$result" "tests/sanitize/run.sh $config" "$figures"
	say "$config: $result: $figures"
done
exit "$bad"
