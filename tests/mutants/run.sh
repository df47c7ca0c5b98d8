#!/bin/bash
# Puts each mutant (a small patch that breaks the series) on top of it, boots the userptr mock selftests with it and says who noticed. What the
# selftests cannot see has two lines in the patch: Run: a workload and its arguments, whose run.sh is run with -x PATCH; Found-as: what that has to say.
# Usage: tests/mutants/run.sh [NAME ...]     names in tests/mutants without .patch; default: all of them
# Out: a line for each, "caught NAME by WHAT" or "SURVIVED NAME", and a record of it for the proof page; exit 0 if all were caught. Without the
#      mutant the tests must pass.
. "$(dirname "$0")/../../scripts/lib.bash"

names=("$@")
(($#)) || mapfile -t names < <(cd "$ROOT/tests/mutants" && printf '%s\n' *.patch | sed 's/\.patch$//')
for m in "${names[@]}"; do [[ -s $ROOT/tests/mutants/$m.patch ]] || die "there is no tests/mutants/$m.patch"; done
repo=$("$ROOT/testbed/kernel/base.sh")

# run_script NAME PATCH: sets result
run_script() {
	local logs=$CACHE/runs/mutants/$1 command rc=0 found
	read -r -a command <<<"$(field Run "$2")"
	mkdir -p "$logs"
	"$ROOT/testbed/workloads/${command[0]}/run.sh" -x "$2" "${command[@]:1}" >"$logs/out.log" 2>"$logs/guest.log" || rc=$?
	found=$(cat "$logs/out.log" "$logs/guest.log" | grep -m1 -E "$(field Found-as "$2")" | sed 's/; log: .*//' || :)
	if ((rc == 0)); then
		result=passed
	elif [[ $found ]]; then
		result="caught by ${command[0]}/run.sh ${command[*]:1}: $found"
	else
		result="not seen as '$(field Found-as "$2")': $(grep -m1 '^not ok' "$logs/out.log" || tail -n1 "$logs/guest.log")"
	fi
}

# run NAME [PATCH]: sets result to "passed", "caught by ..." or "not built: ..."
run() {
	local commit ko logs=$CACHE/runs/mutants/$1 rc=0
	if (($# == 2)) && grep -q '^Run: ' "$2"; then
		run_script "$@"
		return
	fi
	shift
	mkdir -p "$logs"
	if ! commit=$("$ROOT/scripts/series/commit.sh" -b "$repo" "$@" 2>"$logs/build.log") ||
		! ko=$("$ROOT/testbed/kernel/build.sh" -b "$repo" debug "$commit" 2>>"$logs/build.log"); then
		result="not built: $(tail -n1 "$logs/build.log")"
		return
	fi
	"$ROOT/testbed/vm/guest.sh" -k "$ko" -l "$logs" -T 300 -u 64 -q -a hung_task_panic=1 -t "$ROOT/testbed/workloads/selftests" -- \
		selftests.sh mock "$(selftest_parameter "$ko" mock_userptr)=1" 2>"$logs/guest.log" || rc=$?
	local last
	last=$(tr -d '\r' <"$logs/console.log" | sed -nE 's|.*i915: Running [^/ ]+/([^ ]+)$|\1|p' | tail -n1)
	case $rc in
	0) result=passed ;;
	97) result="caught by $(sed 's/^guest: //; s/; log: .*//' "$logs/guest.log" | tail -n1)${last:+, last subtest $last}" ;;
	98) result="caught by $(sed 's/^guest: //; s/; log: .*//' "$logs/guest.log" | tail -n1)${last:+, in $last}" ;;
	99) result="not run: $(tail -n1 "$logs/guest.log")" ;;
	*) result="caught by $(sed -nE 's/^    not ok [0-9]+ ([^ ]+).*/\1/p' "$logs/out.log" | paste -sd' ')"
		[[ $result != "caught by " ]] || result="not run: $(tail -n1 "$logs/out.log")" ;;
	esac
}

run none
[[ $result == passed ]] || die "the userptr selftests do not pass without a mutant ($result): mend that first, see $CACHE/runs/mutants/none"
bad=0
for m in "${names[@]}"; do
	run "$m" "$ROOT/tests/mutants/$m.patch"
	verdict=fail
	case $result in
	caught*) verdict=pass; echo "caught   $m ${result#caught }" ;;
	passed) result=SURVIVED; echo "SURVIVED $m"; bad=$((bad + 1)) ;;
	*) echo "ERROR    $m $result"; bad=$((bad + 1)) ;;
	esac
	result=$(tr '|\t' '/ ' <<<"$result")
	record "mutant-$m" "$verdict" "tests/mutants/run.sh $m" "${result:0:199}"
done
say "${#names[@]} mutants, $((${#names[@]} - bad)) caught"
((bad == 0))
