#!/bin/sh
# Runs in the guest with the GPU: groups of i915's live selftests, one modprobe each.
# Usage: guest.sh FILTER GROUP=PARAMETER ...
#   FILTER      as for st_filter=, may be empty
#   PARAMETER   the module parameter that runs the group
# Out: for each a line 'begin GROUP', KTAP prefixed with '# ', and a line 'end GROUP STATUS SUBTESTS
#      SECONDS DEBUG_LOCKS TAINT'. STATUS: 0 passed, 1 failed, 2 the module did not unload (then no
#      further group is tried).
# Exit: 0
filter=$1
shift
for group; do
	name=${group%%=*}
	echo "begin $name"
	t0=$(date +%s)
	selftests.sh live "${group#*=}=1" ${filter:+"st_filter=$filter"} >/tmp/ktap 2>&1
	status=$?
	t1=$(date +%s)
	sed 's/^/# /' /tmp/ktap
	rmmod i915 || status=2
	locks=$(sed -n 's/^ *debug_locks: *//p' /proc/lockdep_stats 2>/dev/null)
	echo "end $name $status $(grep -cE '^    (not )?ok ' /tmp/ktap) $((t1 - t0)) ${locks:--} $(cat /proc/sys/kernel/tainted)"
	[ $status != 2 ] || break
done
exit 0
