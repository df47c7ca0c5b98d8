#!/bin/sh
# In the guest: loads i915 for the emulated GPU without its record of errors (it takes seconds for each), runs gpu-resets, unloads i915.
# Usage: guest.sh SECONDS
# Exit: the status of gpu-resets; 3 the module does not load or unload.
fail() {
	echo "guest.sh: $*" >&2
	exit 3
}

modprobe i915 disable_display=1 error_capture=0 || fail "modprobe i915 failed"
[ -e /dev/dri/card0 ] || fail "i915 made no /dev/dri/card0"
status=0
gpu-resets "$@" || status=$?
rmmod i915 || fail "rmmod i915 failed"
exit $status
