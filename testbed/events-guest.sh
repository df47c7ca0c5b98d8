#!/bin/sh
# In the guest: loads i915 for the emulated GPU, runs userptr-events, unloads i915.
# Usage: events-guest.sh tap|tsv|demo ARG ...    ARG: for userptr-events; demo: as tsv, and after the events the timeline
# Exit: the status of userptr-events; 3 if the module does not load or unload.
fail() {
	echo "events-guest.sh: $*" >&2
	exit 3
}

format=$1
shift
# By default i915 also ends a batch that runs for 20 s.
modprobe i915 disable_display=1 request_timeout_ms=0 || fail "modprobe i915 failed"
[ -e /dev/dri/card0 ] || fail "i915 made no /dev/dri/card0"

# On a slow machine the driver must not take a batch for hung that spins on purpose.
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
