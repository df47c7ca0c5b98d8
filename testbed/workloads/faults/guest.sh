#!/bin/sh
# In the guest: loads i915 for the emulated GPU, runs parts of userptr-faults, unloads i915.
# Usage: guest.sh PART ...    PART: as userptr-faults --help says, with its arguments in the same word; swap makes one of /dev/vda
# Out: after each part a line "part STATUS SECONDS PART".
# Exit: 0 all parts were run, whatever came of them; 3 the module does not load or unload, or there is nothing to swap to.
fail() {
	echo "guest.sh: $*" >&2
	exit 3
}

modprobe i915 disable_display=1 || fail "modprobe i915 failed"
[ -e /dev/dri/card0 ] || fail "i915 made no /dev/dri/card0"
if [ "${1%% *}" = swap ]; then
	{ mkswap /dev/vda && swapon /dev/vda; } >/dev/null || fail "cannot swap to /dev/vda"
fi

for part; do
	# On a slow machine the driver must not take a batch for hung that spins on purpose, nor end it after 20 s.
	echo 0 >/sys/kernel/debug/dri/0/i915_params/request_timeout_ms || fail "cannot set request_timeout_ms"
	for f in /sys/class/drm/card0/engine/*/heartbeat_interval_ms; do
		echo 600000 >"$f" || fail "cannot set $f"
	done
	start=$(cut -d. -f1 /proc/uptime)
	status=0
	# shellcheck disable=SC2086 # a part and its arguments
	userptr-faults $part || status=$?
	echo "part $status $(($(cut -d. -f1 /proc/uptime) - start)) $part"
done

[ "${1%% *}" != swap ] || swapoff /dev/vda || fail "cannot stop swapping"
# An object that is still there is told of by the destruction of its slab cache.
rmmod i915 || fail "rmmod i915 failed"
