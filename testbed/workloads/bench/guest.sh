#!/bin/sh
# In the guest: loads i915 for the emulated GPU, measures, unloads i915.
# Usage: guest.sh own ARG ...     userptr-bench with these arguments
#        guest.sh igt [SUBTEST ...]    IGT's gem_userptr_benchmark (these subtests; default: all)
#        and gem_exec_nop; needs bin/ and lib/ of igt/library.sh in /test
#        guest.sh profile N    userptr-bench for bench/profile.sh, with N objects; writes the
#        addresses of the kernel's functions to the shared directory
# Out: the output of the programs; before that of an IGT program a line 'program' with its name and
#      arguments.
# Exit: the status of the programs; 3 if the module does not load or unload.
. guest-lib.sh
# program NAME ARG ...: runs an IGT program with its libraries.
program() {
	echo "program $*"
	p=$1
	shift
	LD_LIBRARY_PATH=/test/lib "/test/bin/$p" "$@" || status=$?
}

load
# Some of the measured kernels lack one of these.
[ ! -e /sys/kernel/debug/dri/0/i915_params/request_timeout_ms ] || no_time_limit
[ ! -e /sys/class/drm/card0/engine/rcs0/heartbeat_interval_ms ] || heartbeat 60000

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
profile)
	cat /proc/kallsyms >/mnt/kallsyms
	userptr-bench --max "$1" --hook hook.sh profile || status=$?
	;;
*) fail "usage: guest.sh own|igt|profile ARG ..." ;;
esac
unload
exit $status
