#!/bin/bash
# Hours of load: boots the patched i915 on the emulated G33 and runs testbed/workloads/soak/program.c there, random operations of several processes.
# Usage: soak/run.sh [-n] [-m MINUTES] [-s SEED] [-- ARG ...]     -m: how long (default: HOURS, in hours; default 1); -s: the sequences of operations
#   of an earlier run (default: SEED, or drawn); -n: does not replace the record and the logs of hours; ARG: for userptr-soak
# The kernel has testbed/kernel/stock-fixes/ on top of the series: without these, stock's own reset of the ring stops the run sooner or later.
# In:  HOURS, SEED; CONFIG (default: debug), as build.sh takes it; KERNEL as base.sh takes it; EXTRA: a patch on top of the series, a mutant.
# Out: stdout: what userptr-soak prints. $CACHE/soak/run/ (-n: short/, with EXTRA mutant/; run-CONFIG/ ...): console.log, out.log, status and so on.
# Exit: 0 all was as it should be; 1 not so; 97 and so on as guest.sh says.
. "$(dirname "$0")/../../../scripts/lib.bash"

usage() { die "usage: soak/run.sh [-n] [-m MINUTES] [-s SEED] [-- ARG ...], or HOURS=n soak/run.sh"; }
minutes='' short='' seed=${SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
while getopts nm:s: o; do
	case $o in
	n) short=1 ;;
	m) minutes=$OPTARG ;;
	s) seed=$OPTARG ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
[[ ${HOURS:=1} =~ ^[0-9]+(\.[0-9]+)?$ ]] || die "HOURS=$HOURS is no number: such as 2 or 0.5"
minutes=${minutes:-$(awk -v h="$HOURS" 'BEGIN { print h * 60 }')}
[[ $minutes =~ ^[0-9]+(\.[0-9]+)?$ && $seed =~ ^[0-9]+$ ]] || usage
need_tool awk od

repo=$("$ROOT/testbed/kernel/base.sh")
commit=$("$ROOT/scripts/series/commit.sh" -b "$repo" "$ROOT"/testbed/kernel/stock-fixes/*.patch ${EXTRA:+"$EXTRA"})
ko=$("$ROOT/testbed/kernel/build.sh" -b "$repo" "${CONFIG:-debug}" "$commit")

make_tmp
"$ROOT/testbed/vm/program.sh" -b "$repo" soak "$tmp/userptr-soak"

run=run
[[ -z $short ]] || run=short
[[ -z ${EXTRA:-} ]] || run=mutant
log=$CACHE/soak/$(run_name "$run")
lock "soak-${log##*/}"
rm -rf "$log"
mkdir -p "$log"
say "soak: $minutes minutes, seed $seed (the same sequences: soak/run.sh -m $minutes -s $seed${*:+ -- $*}); log: $log"

# Twice the time and ten minutes: a machine with much else to do.
rc=0
"$ROOT/testbed/vm/guest.sh" -g -k "$ko" -l "$log" -d 512 -T "$(awk -v m="$minutes" 'BEGIN { print int(m * 120 + 600) }')" \
	-w "$ttm_leak" -t "$tmp/userptr-soak" -t "$ROOT/testbed/workloads/soak/guest.sh" -- \
	guest.sh -m "$minutes" -s "$seed" "$@" || rc=$?

figures=$(tr -d '\r' <"$log/out.log" | sed -n 's/^figures\t//p' | tail -n1)
why=$(tr -d '\r' <"$log/out.log" | sed -n 's/^soak\tnot ok\t//p' | tail -n1)
[[ $rc != 0 || -n $figures ]] || { rc=1 why="no figures came out"; }
if ((rc == 0)); then
	result=pass text="$figures, all the same before and after each time"
else
	result=fail text="seed $seed: ${why:-$(cut -d' ' -f2- "$log/status" 2>/dev/null || echo "it did not start")}"
fi
# Another kernel than that of the series is nothing to be told of on the proof page.
[[ -n ${EXTRA:-}$short ]] || RECORD_KERNEL="${CONFIG:-debug} with testbed/kernel/stock-fixes" record soak "$result" "make soak HOURS=$(awk -v m="$minutes" 'BEGIN { print m / 60 }') SEED=$seed" "${text:0:199}"
exit "$rc"
