#!/bin/bash
# The emulated Kaby Lake (gen9): the checks of 48-gem-check.t and 50-events.t, which record their
# results under a name of this GPU; and, in one boot each, a few IGT subtests and runtime suspend.
# The events run on the debug kernel, the rest on Debian's own kernel.
# In: FULL=1: all on the debug kernel; also stock's events, another IGT subtest, and two groups of
# i915's live selftests. All of them: GPU=kbl make igt, live, ends.
. "$(dirname "$0")/../scripts/lib.bash"
. "$ROOT/tests/lib/tap.bash"
. "$ROOT/tests/lib/live.bash"

export GPU=kbl
for t in 48-gem-check 50-events; do
	relay "${t#*-}: " '' < <(bash "$ROOT/tests/$t.t" && echo "exit 0" || echo "exit $?")
	[[ $rc == [01] ]] || not_ok "$t.t came to its end (exit status $rc)"
done

[[ -n ${FULL:-} ]] || prefer_debian
subtests=(release-munmap release-truncate release-exit release-engines alias-set-tiling)
[[ -z ${FULL:-} ]] || subtests+=(close-pending)
rc=0 n=0 ran=${IGT_RESULTS:-$CACHE/igt/results}/$(run_name patched)
"$ROOT/testbed/workloads/igt/run.sh" patched "${subtests[@]}" >/dev/null || rc=$?
while read -r line; do
	case $line in
	"ok "*": Pass, "*) ok "igt: ${line#ok }"; n=$((n + 1)) ;;
	*"ok "*) not_ok "igt: ${line#*ok }" ;;
	esac
done < <("$ROOT/ci/judge.sh" "$ran/results.json" "$ran/share/subtests" "$ROOT/ci/patched/i915-$GPU")
clean="igt: all passed, neither the kernel nor the device model reported an error"
if ((rc == 0 && n == ${#subtests[@]})); then ok "$clean"; else not_ok "$clean (exit status $rc of igt/run.sh, $n passed)"; fi

[[ -z ${FULL:-} ]] || live_groups vma=1 reset=6

relay "ends: " 2 < <("$ROOT/testbed/workloads/ends/run.sh" -r 2 patched sleep && echo "exit 0" || echo "exit $?")
[[ $rc == [01] ]] || not_ok "ends: neither the kernel nor the device model reported an error (exit status $rc)"
done_testing
