# shellcheck shell=bash
# Points for groups of i915's live selftests: source it after tap.bash.
# live_groups GROUP=N ...: checks that on the patched driver each group passes, and runs N subtests.
# In: GPU and LIVE_FILTER, as for live.sh.
live_groups() {
	local w group name results result ran seconds why rc=0
	results=$("$ROOT/testbed/workloads/selftests/live.sh" patched "${@%%=*}") || rc=$?
	for w; do
		group=${w%%=*}
		IFS=$'\t' read -r _ result ran seconds why < <(grep -P "^$group\t" <<<"$results") || result='no result'
		name="live $group: ${w#*=} subtests pass"
		if [[ $result == pass && $ran == "${w#*=}" ]]; then ok "$name ($seconds s)"; else not_ok "$name ($result, ${ran:-0} ran, ${why:-})"; fi
	done
	name="live: neither the kernel nor the device model reported an error"
	if ((rc == 0)); then ok "$name"; else not_ok "$name"; diag <<<"$results"; fi
}
