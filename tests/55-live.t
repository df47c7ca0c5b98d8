#!/bin/bash
# Groups of i915's live selftests that have to do with what the series touches, on the patched driver and the emulated GPU: each passes,
# and runs as many subtests as it should. The rest, and igt_mmap of mman, which takes minutes: make live.
. "$(dirname "$0")/../scripts/lib.bash"
. "$ROOT/tests/lib/tap.bash"

want=(mman=7 gem=3 evict=1 vma=1 dmabuf=4 reset=6 hangcheck=14)
export LIVE_FILTER='!igt_mmap'
make_tmp
rc=0
"$ROOT/testbed/workloads/selftests/live.sh" patched "${want[@]%%=*}" >"$tmp/results" || rc=$?
for w in "${want[@]}"; do
	group=${w%%=*} n=${w#*=}
	IFS=$'\t' read -r _ result ran seconds why < <(grep -P "^$group\t" "$tmp/results") || result='no result'
	name="live $group: $n subtests pass"
	if [[ $result == pass && $ran == "$n" ]]; then ok "$name ($seconds s)"; else not_ok "$name ($result, ${ran:-0} ran, ${why:-})"; fi
done
name="the kernel and the device model took no harm"
if ((rc == 0)); then ok "$name"; else not_ok "$name"; diag <"$tmp/results"; fi
done_testing live
