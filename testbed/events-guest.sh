#!/bin/sh
# In the guest: loads i915 with the mock selftest that serves /dev/i915-userptr-mock, runs userptr-events, unloads i915.
# Usage: events-guest.sh PARAMETER ARG ...    PARAMETER: the module parameter that picks the selftest; ARG: for userptr-events
# Exit: the status of userptr-events; 2 also if the module does not load or unload, or the selftest fails.
parameter=$1
shift
modprobe i915 mock_selftests=-1 "$parameter=1" st_userptr_node=300 &
userptr-events --quit "$@"
status=$?
if ! wait $!; then
	echo "events-guest.sh: modprobe i915 failed" >&2
	status=2
fi
if dmesg | grep -q 'mock_userptr_node.*failed\|i915-userptr-mock: '; then
	echo "events-guest.sh: the selftest failed" >&2
	status=2
fi
if ! rmmod i915; then
	echo "events-guest.sh: rmmod i915 failed" >&2
	status=2
fi
exit $status
