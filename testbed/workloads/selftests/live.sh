#!/bin/bash
# Runs groups of i915's live selftests on the emulated GPU, in as few boots as possible; a group
# that kills the guest costs one more.
# Usage: testbed/workloads/selftests/live.sh stock|patched [GROUP ...]
#   default: all groups that the kernel has
# In:   CONFIG (default: debug), as for kernel/build.sh; KERNEL as for kernel/base.sh; GPU as for
#       vm/guest.sh; LIVE_TIMEOUT: seconds for a boot (default 3000); LIVE_FILTER: subtests, as for
#       the module's st_filter= (!igt_mmap: all but that).
# Out:  a line for each group: GROUP <tab> RESULT <tab> SUBTESTS <tab> SECONDS <tab> WHY; RESULT:
#       pass, none (it ran no subtest), fail, died. Logs: $CACHE/runs/live-VARIANT
#       (live-VARIANT-CONFIG-GPU).
# Exit: 0 if each result is pass or none; 1 if not.
. "$(dirname "$0")/../../../scripts/lib.bash"
. "$ROOT/testbed/workloads/workload.bash"
need_tool git modinfo

(($#)) || usage
variant=$1
shift
workload_kernel "$variant"
(($#)) || mapfile -t all < <(git -C "$repo" show "$commit:drivers/gpu/drm/i915/selftests/i915_live_selftests.h" |
	sed -nE 's/^selftest\(([a-z_0-9]+),.*/\1/p')
(($#)) || set -- "${all[@]}"
todo=()
for g; do
	p=$(selftest_parameter "$ko" "live_$g")
	todo+=("$g=$p")
done

# live_error_interrupt of execlists makes the engines execute invalid commands.
[[ ${GPU:-g33} == g33 ]] || waive+=(-w counts=bad_command)
logs=$CACHE/runs/live-$(run_name "$variant")
rm -rf "$logs"
bad=0 boot=0
result() { printf '%s\t%s\t%s\t%s\t%s\n' "$@"; case $2 in pass | none) ;; *) bad=1 ;; esac; }
while ((${#todo[@]})); do
	boot=$((boot + 1))
	workload_log "$logs/$boot"
	say "boot $boot: ${#todo[@]} groups"
	rc=0
	# 64: live_selftests= is marked unsafe, and sets that taint bit.
	workload_boot -u 64 -q -T "${LIVE_TIMEOUT:-3000}" \
		-t "$ROOT/testbed/workloads/selftests" -- guest.sh "${LIVE_FILTER:-}" "${todo[@]}" \
		2> >(tee "$log/guest.log" >&2) || rc=$?
	done=0 begun=''
	while read -r word group status n seconds locks taint; do
		case $word in
		begin) begun=$group failed='' ;;
		"#")
			# In KTAP: # not ok 1 igt_name # error -22
			[[ "$group $seconds" != "not igt_"* && "$group $seconds" != "not live_"* ]] || failed="$seconds:${taint#\#}"
			;;
		end)
			begun='' done=$((done + 1)) why=''
			[[ $locks == [1-] ]] || why="lockdep is off"
			(((taint & ~64) == 0)) || why="${why:+$why, }taint $taint"
			[[ $status == 0 || -n $why ]] || why=${failed:-see $log}
			if [[ $status != 0 || -n $why ]]; then
				result "$group" fail "$n" "$seconds" "$why"
			elif ((n == 0)); then
				result "$group" none 0 "$seconds" -
			else
				result "$group" pass "$n" "$seconds" -
			fi
			;;
		esac
	done < <(tr -d '\r' <"$log/out.log")
	if [[ -n $begun ]]; then
		result "$begun" died - - "$(tail -n1 "$log/guest.log")"
		done=$((done + 1))
	elif ((rc)); then
		# All groups have ended, but the kernel or the model reported an error.
		result "boot-$boot" fail - - "$(tail -n1 "$log/guest.log")"
	fi
	((done)) || die "no group was begun: see $log"
	todo=("${todo[@]:done}")
done
exit "$bad"
