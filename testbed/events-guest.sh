#!/bin/sh
# In the guest: loads i915 with the mock selftest that serves /dev/i915-userptr-mock, runs userptr-events, unloads i915.
# Usage: events-guest.sh PARAMETER ARG ...    PARAMETER: the module parameter that picks the selftest; ARG: for userptr-events
# Exit: the status of userptr-events; 3 if the module does not load or unload, or the selftest fails.
fail() {
	echo "events-guest.sh: $*" >&2
	exit 3
}

parameter=$1
shift
modprobe i915 mock_selftests=-1 "$parameter=1" st_userptr_node=300 &
userptr-events --quit "$@"
status=$?
wait $! || fail "modprobe i915 failed"

# Where i915 leaves the outcome: -ENOTTY is success.
result=$(cat /sys/module/i915/parameters/mock_selftests)
[ "$result" = -25 ] || fail "selftest userptr_node failed with $result"
rmmod i915 || fail "rmmod i915 failed"
exit $status
