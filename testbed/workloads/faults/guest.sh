#!/bin/sh
# In the guest: loads i915 for the emulated GPU, runs parts of userptr-faults, unloads i915.
# Usage: guest.sh PART ...
#   PART   as for userptr-faults (see its --help), with its arguments in the same word; swap: swaps
#          to /dev/vda
# Out: after each part a line "part STATUS SECONDS PART".
# Exit: 0 if all parts were run, with any result; 3 if the module does not load or unload, or there
#       is no disk for swap.
. guest-lib.sh

load
if [ "${1%% *}" = swap ]; then
	swap_on
fi

for part; do
	# Each time, because a part may have reloaded the module.
	no_time_limit
	heartbeat 600000
	start=$(cut -d. -f1 /proc/uptime)
	status=0
	# shellcheck disable=SC2086 # a part and its arguments
	userptr-faults $part || status=$?
	echo "part $status $(($(cut -d. -f1 /proc/uptime) - start)) $part"
done

[ "${1%% *}" != swap ] || swapoff /dev/vda || fail "cannot stop swapping"
unload
