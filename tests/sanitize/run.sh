#!/bin/bash
# Runs selftests, events and IGT subtests on kernels that look for what the debug kernel of 'make check' does not (that has KASAN, UBSAN, lockdep,
# DEBUG_OBJECTS, kmemleak), and tells whose the reports are.
# Usage: sanitize.sh [kcsan|rt ...]     default: both. kcsan: data races; rt: PREEMPT_RT, which i915 has to be made ready for (testbed/rt.patch)
# In:  SUBTESTS="NAME ...": of IGT's, instead of all; KERNEL as base.sh takes it.
# Out: for each kernel a table: ours|explained|other (see reports.sh) <tab> on patched <tab> on stock <tab> REPORT, how often it was seen; stock runs the events only.
#      Logs: $CACHE/sanitize/KERNEL/. Exit 0 if every test passed and no report is ours.
. "$(dirname "$0")/lib.sh"

(($#)) || set -- kcsan rt
for c; do [[ $c == kcsan || $c == rt ]] || die "usage: sanitize.sh [kcsan|rt ...]"; done
read -r -a subtests <<<"${SUBTESTS:-}"
repo=$("$ROOT/scripts/base.sh")
series=$("$ROOT/scripts/series-commit.sh" -b "$repo")

# step NAME COMMAND...: its output goes to a file; a status of 97 alone says that the kernel complained, which the table below is about.
step() {
	local name=$1 rc=0
	shift
	say "$config: $name"
	"$@" >"$dir/$name.out" || rc=$?
	say "$config: $name: exit status $rc"
	[[ $rc == 0 || $rc == 97 ]] || failed+=" $name"
}
consoles() { find "$@" -name 'console*.log' 2>/dev/null | sort; }

bad=0
for config; do
	export CONFIG=$config
	dir=$CACHE/sanitize/$config failed=''
	rm -rf "$dir"
	mkdir -p "$dir"
	ko=$("$ROOT/scripts/build.sh" -b "$repo" "$config" "$series")
	step selftests "$ROOT/scripts/guest.sh" -k "$ko" -l "$dir/selftests" -T 900 -u 64 -q -w "$ttm_leak" \
		-t "$ROOT/testbed/selftests.sh" -- selftests.sh mock "$(selftest_parameter "$ko" mock_userptr)=1"
	step events "$ROOT/scripts/events.sh" patched tap
	step igt "$ROOT/scripts/igt.sh" patched "${subtests[@]+"${subtests[@]}"}"
	# What the kernel said meanwhile is for the table.
	! grep -qvP '^[^\t]*\t(pass|skip|dmesg-warn)\t' "$dir/igt.out" || failed+=' igt'
	step stock-events "$ROOT/scripts/events.sh" stock tap

	mapfile -t logs < <(consoles "$dir/selftests" "$CACHE/events/$(run_name patched)" "$CACHE/igt/results/$(run_name patched)")
	"$ROOT/scripts/reports.sh" -b "$repo" "$series" "${logs[@]}" >"$dir/patched"
	mapfile -t logs < <(consoles "$CACHE/events/$(run_name stock)")
	"$ROOT/scripts/reports.sh" -b "$repo" base "${logs[@]}" >"$dir/stock"
	awk -F'\t' 'BEGIN { OFS = FS } FILENAME == ARGV[1] { n[$3] += $2; next } { print $1, $2, n[$3] + 0, $3 }' "$dir/stock" "$dir/patched" >"$dir/table"
	cat "$dir/table"

	ours=$(grep -c '^ours' "$dir/patched" || :) others=$(grep -c '^other' "$dir/table" || :)
	explained=$(grep -c '^explained' "$dir/table" || :) both=$(awk -F'\t' '$1 == "other" && $3' "$dir/table" | wc -l)
	figures="selftests, $(grep -c '^ok' "$dir/events.out" || :) events, $(grep -cP '\t(pass|dmesg-warn)\t' "$dir/igt.out" || :) IGT subtests pass"
	figures+="${failed:+; failed:$failed}; $ours kinds of reports are ours, $explained explained (tests/reports), $others others ($both of them seen on stock too)"
	result=pass
	[[ -z $failed && $ours == 0 ]] || result=fail bad=1
	((${#subtests[@]})) || RECORD_KERNEL=$config record "sanitize-$config" "$result" "scripts/sanitize.sh $config" "$figures"
	say "$config: $result: $figures"
done
exit "$bad"
