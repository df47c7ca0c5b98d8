#!/bin/sh
# In the guest: loads i915 for the emulated GPU, runs userptr-soak with swap on /dev/vda, unloads i915.
# Usage: guest.sh ARG ...    ARG: for userptr-soak
# Exit: the status of userptr-soak; 3 if there is no swap, or the module does not load or unload.
fail() {
	echo "guest.sh: $*" >&2
	exit 3
}

if ! mkswap /dev/vda >/dev/null || ! swapon /dev/vda; then
	fail "no swap on /dev/vda: guest.sh -d gives the disk"
fi
echo always >/sys/kernel/mm/transparent_hugepage/enabled
echo advise >/sys/kernel/mm/transparent_hugepage/shmem_enabled

modprobe i915 disable_display=1 || fail "modprobe i915 failed"
[ -e /dev/dri/card0 ] || fail "i915 made no /dev/dri/card0"

# A hang is noticed at the second heartbeat that finds the batch still there. Batches of others spin for a tenth of a second; if a slow
# machine makes that seconds, they are taken for hung, which userptr-soak expects of its own file.
for f in /sys/class/drm/card0/engine/*/heartbeat_interval_ms; do
	echo 1500 >"$f" || fail "cannot set $f"
done

status=0
userptr-soak "$@" || status=$?
# What the GPU was at, for who looks for the reason.
[ $status = 0 ] || sed 's/^/engine	/' /sys/kernel/debug/dri/0/i915_engine_info
swapoff /dev/vda || fail "swapoff failed"
rmmod i915 || fail "rmmod i915 failed"
exit $status
