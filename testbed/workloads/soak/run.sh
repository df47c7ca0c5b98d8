#!/bin/bash
# Hours of load: boots the patched i915 on the emulated GPU and runs program.c there, which performs
# random operations in several processes. The kernel has testbed/kernel/stock-fixes/ on top of the
# series: without these, a bug of stock stops the run sooner or later (Documentation/stock-bugs.md).
# Usage: testbed/workloads/soak/run.sh [-n] [-m MINUTES] [-s SEED] [-x PATCH] [-- ARG ...]
#   -m MINUTES  duration (default: HOURS, in hours; default 1)
#   -s SEED     the sequences of operations of an earlier run (default: SEED, or drawn)
#   -n          does not replace the record and the logs of the long run
#   -x PATCH    on top of the series, e.g. a patch of tests/mutants; nothing is recorded
#   ARG         for userptr-soak
# In:   HOURS, SEED; CONFIG (default: debug), as for kernel/build.sh; KERNEL as for kernel/base.sh;
#       GPU as for vm/guest.sh.
# Out:  stdout: the output of userptr-soak. $CACHE/soak/run/ (-n: short/, -x: mutant/;
#       run-CONFIG-GPU/ ...): console.log, out.log, status etc.
# Exit: 0 if all checks passed; 1 if not; 97 to 99 as for vm/guest.sh.
. "$(dirname "$0")/../../../scripts/lib.bash"
. "$ROOT/testbed/workloads/workload.bash"

minutes='' short='' mutant='' seed=${SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
options n=short m:=minutes s:=seed x:=mutant -- "$@"
shift $((OPTIND - 1))
[[ ${HOURS:=1} =~ ^[0-9]+(\.[0-9]+)?$ ]] || die "HOURS=$HOURS is not a number: give 2 or 0.5, for example"
minutes=${minutes:-$(awk -v h="$HOURS" 'BEGIN { print h * 60 }')}
[[ $minutes =~ ^[0-9]+(\.[0-9]+)?$ && $seed =~ ^[0-9]+$ ]] || usage
need_tool awk od

workload_kernel patched "$ROOT"/testbed/kernel/stock-fixes/*.patch ${mutant:+"$mutant"}
workload_program userptr-soak

run=run
[[ -z $short ]] || run=short
[[ -z $mutant ]] || run=mutant
run=$(run_name "$run")
lock "soak-$run"
workload_log "$CACHE/soak/$run"
say "soak: $minutes minutes, seed $seed (the same sequences: soak/run.sh -m $minutes -s $seed${*:+ -- $*}); log: $log"

# Time limit: twice the duration and ten minutes, for a busy machine.
rc=0
workload_boot -d 512 -T "$(awk -v m="$minutes" 'BEGIN { print int(m * 120 + 600) }')" -- guest.sh -m "$minutes" -s "$seed" "$@" || rc=$?

figures=$(tr -d '\r' <"$log/out.log" | sed -n 's/^figures\t//p' | tail -n1)
why=$(tr -d '\r' <"$log/out.log" | sed -n 's/^soak\tnot ok\t//p' | tail -n1)
[[ $rc != 0 || -n $figures ]] || { rc=1 why="no figures came out"; }
if ((rc == 0)); then
	result=pass text="$figures, all the same before and after each time"
else
	result=fail text="seed $seed: ${why:-$(cut -d' ' -f2- "$log/status" 2>/dev/null || echo "it did not start")}"
fi
# Only full runs without a mutant are recorded, and the kernel is named with its fixes.
[[ -n $mutant$short ]] || RECORD_KERNEL="${CONFIG:-debug} with testbed/kernel/stock-fixes" record soak "$result" "make soak HOURS=$(awk -v m="$minutes" 'BEGIN { print m / 60 }') SEED=$seed" "${text:0:199}"
exit "$rc"
