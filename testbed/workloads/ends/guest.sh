#!/bin/sh
# In the guest: loads i915 for the emulated GPU, runs parts of userptr-ends one after the other,
# unloads i915.
# Usage: guest.sh release|keep SEED OBJECTS PART=ROUNDS ...
#   OBJECTS   of hang only the cases with at most this number of objects
#   PART      hang, unbind, unload, suspend, sleep, as for userptr-ends
# Out: for each part a line 'part PART', the TAP of userptr-ends, a line 'end PART STATUS SECONDS'.
#      If no card is left after a part, no further part runs.
# Exit: 0 if all parts passed, 1 if not; 3 if the module does not load or unload.
. guest-lib.sh

expect=$1 seed=$2 objects=$3
shift 3
# By default i915 cancels a batch that runs for 20 s.
load request_timeout_ms=0
# Each test of suspend waits for this time (5 s by default).
delay=/sys/module/suspend/parameters/pm_test_delay
[ ! -e $delay ] || echo 1 >$delay
# Log the time that each device takes.
times=/sys/power/pm_print_times
[ ! -e $times ] || echo 1 >$times

result=0
for part; do
	echo "part ${part%=*}"
	t0=$(date +%s)
	status=0
	userptr-ends --expect "$expect" --seed "$seed" --objects "$objects" --rounds "${part#*=}" "${part%=*}" || status=$?
	echo "end ${part%=*} $status $(($(date +%s) - t0))"
	[ $status = 0 ] || result=1
	[ -e /dev/dri/card0 ] || break
done
unload
exit $result
