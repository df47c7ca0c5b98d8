# shellcheck shell=sh
# Shared by the guest.sh of each workload: loads i915 for the emulated GPU, lets it wait for slow
# batches, unloads it. Sourced by busybox's sh, in the guest.

# fail MESSAGE: ends guest.sh with status 3.
fail() {
	echo "guest.sh: $*" >&2
	exit 3
}

# load [PARAMETER=VALUE ...]: loads i915, with further module parameters.
load() {
	modprobe i915 disable_display=1 "$@" || fail "modprobe i915 failed"
	[ -e /dev/dri/card0 ] || fail "i915 made no /dev/dri/card0"
}

# unload: unloads i915. The kernel reports each object that is still in one of its slab caches.
unload() { rmmod i915 || fail "rmmod i915 failed"; }

# no_time_limit: lets batches run for more than 20 s.
no_time_limit() {
	echo 0 >/sys/kernel/debug/dri/0/i915_params/request_timeout_ms || fail "cannot set request_timeout_ms"
}

# heartbeat MS: i915 checks every MS milliseconds that each engine makes progress. A batch that
# spins on purpose must not be taken for hung, nor for failing to be preempted in time.
heartbeat() {
	for engine in /sys/class/drm/card0/engine/*; do
		echo "$1" >"$engine/heartbeat_interval_ms" || fail "cannot set the heartbeat of $engine"
		# gen3 has no preemption.
		[ ! -e "$engine/preempt_timeout_ms" ] || echo 0 >"$engine/preempt_timeout_ms" ||
			fail "cannot set preempt_timeout_ms of $engine"
	done
}

# swap_on: enables swap on the disk of vm/guest.sh -d.
swap_on() {
	{ mkswap /dev/vda && swapon /dev/vda; } >/dev/null || fail "cannot swap to /dev/vda: vm/guest.sh -d makes that disk"
}

# end_guest: ends the guest at once, even if a thread is stuck.
end_guest() { echo b >/proc/sysrq-trigger; }
