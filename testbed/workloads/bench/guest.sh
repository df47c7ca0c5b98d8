#!/bin/sh
# In the guest: loads i915 for the emulated GPU, measures, unloads i915.
# Usage: guest.sh own ARG ...     userptr-bench with these arguments
#        guest.sh igt [SUBTEST ...]    IGT's gem_userptr_benchmark (these subtests; default: all) and gem_exec_nop; in /test: bin/ and
#        lib/ as igt/library.sh says
# Out: what the programs print; of IGT's, before the first line of each 'program', its name and arguments.
# Exit: the status of the programs; 3 if the module does not load or unload.
fail() {
	echo "guest.sh: $*" >&2
	exit 3
}
# program NAME ARG ...: one of IGT's, with its libraries.
program() {
	echo "program $*"
	p=$1
	shift
	LD_LIBRARY_PATH=/test/lib "/test/bin/$p" "$@" || status=$?
}

modprobe i915 disable_display=1 || fail "modprobe i915 failed"
[ -e /dev/dri/card0 ] || fail "i915 made no /dev/dri/card0"

# On a slow machine the driver must not take a batch for hung that spins on purpose, nor end it because it runs for 20 s. Nothing is polled
# meanwhile. Not every kernel has all of it.
f=/sys/kernel/debug/dri/0/i915_params/request_timeout_ms
[ ! -e $f ] || echo 0 >$f || fail "cannot set $f"
for f in /sys/class/drm/card0/engine/*/heartbeat_interval_ms; do
	[ ! -e "$f" ] || echo 60000 >"$f" || fail "cannot set $f"
done

status=0
what=$1
shift
case $what in
own) userptr-bench "$@" || status=$? ;;
igt)
	mkdir -p /lib64
	ln -s /test/lib/ld-linux-x86-64.so.2 /lib64/
	if [ $# -gt 0 ]; then
		for s in "$@"; do program gem_userptr_benchmark --run-subtest "$s"; done
	else
		program gem_userptr_benchmark
	fi
	program gem_exec_nop -r 3
	program gem_exec_nop -r 3 -s
	;;
*) fail "usage: guest.sh own|igt ARG ..." ;;
esac
rmmod i915 || fail "rmmod i915 failed"
exit $status
