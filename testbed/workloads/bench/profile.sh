#!/bin/bash
# Shows in which kernel functions the instructions of a cancel are executed. The emulator logs each
# instruction of the guest, which has one CPU. It does not sample, so it also counts code that runs
# with interrupts off.
# Usage: testbed/workloads/bench/profile.sh [-n OBJECTS] VARIANT      VARIANT: middle or patched
#   -n   10, 100, 1000 (default) or 10000
# In:   CONFIG (default: fast+trace); the GPU is the G33.
# Out:  for 'callback' (the walk over the notifiers in munmap() of objects that have pages) and for
#       'waiter' (from the interrupt that ends a batch until GEM_WAIT returns, while objects that
#       the batch has used are pending): instructions for each object, in total and by function.
. "$(dirname "$0")/../../../scripts/lib.bash"
. "$ROOT/testbed/workloads/workload.bash"
need_tool perl

n=1000
options n:=n -- "$@"
shift $((OPTIND - 1))
[[ $# == 1 && ($1 == middle || $1 == patched) && $n =~ ^10+$ ]] || usage
[[ -z $(gpu_suffix) ]] || die "the profile is of the G33: leave out GPU=$GPU"
CONFIG=${CONFIG:-fast+trace} workload_kernel "$1"
workload_program userptr-bench
workload_log "$CACHE/bench/profile-$1"
share=$tmp/share monitor=$tmp/monitor
mkdir "$share"

# monitor COMMAND ...: runs these commands in QEMU's human monitor.
monitor() {
	perl -MIO::Socket::UNIX -e '
		my $s = IO::Socket::UNIX->new(Peer => shift) or die "no monitor: $!\n";
		local $/ = "(qemu) ";
		<$s>;
		for (@ARGV) { print $s "$_\n"; $s->flush; <$s>; }
	' "$monitor" "$@"
}

# reached POINT: waits until the guest reaches it. Return: 1 if the guest ended before.
reached() {
	until [[ -e $share/$1 ]]; do
		kill -0 "$guest" 2>/dev/null || return 1
		sleep 0.1
	done
}

ACCEL=tcg,thread=single QEMU_ARGS="-icount shift=3,sleep=on -monitor unix:$monitor,server,nowait" \
	workload_boot -q -T 3600 -a maxcpus=1 -a nokaslr -s "$share" -t "$(dirname "$0")/hook.sh" \
	-- guest.sh profile "$n" >&2 &
guest=$!
# report FUNCTION ...: prints the profile of the log that QEMU writes to $tmp/log.
report() { "$(dirname "$0")/profile.pl" "$share/kallsyms" "$tmp/log" "$n" "$@"; }
mkfifo "$tmp/log"
for what in callback waiter; do
	reached "$what-begin" || break
	if [[ $what == callback ]]; then set -- __mmu_notifier_invalidate_range_start; else set -- signal_irq_work i915_gem_wait_ioctl; fi
	report "$@" &
	monitor "logfile $tmp/log" "one-insn-per-tb on" "log exec,nochain"
	: >"$share/$what-begin.seen"
	reached "$what-end" || break
	monitor "log none" "one-insn-per-tb off" "logfile /dev/null"
	wait $!
	: >"$share/$what-end.seen"
done
wait "$guest" || die "the guest failed, see above"
