# shellcheck shell=sh disable=SC2317 # functions for guest.sh
# For the guest.sh of the workloads, on a machine booted from the stick: i915 is loaded and must
# stay so, because it drives the screen.
. /image/guest-lib.sh
load() { [ -e /dev/dri/card0 ] || fail "there is no /dev/dri/card0"; }
unload() { :; }
# If a thread is stuck, init continues without it.
end_guest() {
	: >/tmp/guest-ended
	sleep 86400
}
