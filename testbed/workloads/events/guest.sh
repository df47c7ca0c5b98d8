#!/bin/sh
# In the guest: loads i915 for the emulated GPU, runs userptr-events, unloads i915.
# Usage: guest.sh tap|tsv|demo ARG ...    ARG: for userptr-events; demo: as tsv, and after the events the timeline
# Exit: the status of userptr-events; 3 if the module does not load or unload.
fail() {
	echo "guest.sh: $*" >&2
	exit 3
}

format=$1
shift
modprobe i915 disable_display=1 || fail "modprobe i915 failed"
[ -e /dev/dri/card0 ] || fail "i915 made no /dev/dri/card0"

# On a slow machine the driver must not take a batch for hung that spins on purpose, nor end it because it runs for 20 s.
echo 0 >/sys/kernel/debug/dri/0/i915_params/request_timeout_ms || fail "cannot set request_timeout_ms"
for f in /sys/class/drm/card0/engine/*/heartbeat_interval_ms; do
	echo 60000 >"$f" || fail "cannot set $f"
done

status=0
case $format in
demo)
	userptr-events --format tsv "$@" || status=$?
	[ $status -gt 1 ] || userptr-events --timeline "$@" || status=$?
	;;
*) userptr-events --format "$format" "$@" || status=$? ;;
esac
rmmod i915 || fail "rmmod i915 failed"
exit $status
