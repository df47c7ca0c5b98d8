#!/bin/sh
# In the guest: runs the userptr mock selftests without a mutant, then with one mutant after the
# other (switches.py).
# Usage: guest.sh PARAMETER SUBTESTS [N=SUBTESTS ...]
#   PARAMETER: the module parameter that runs the group; SUBTESTS: those to run without a mutant,
#   all if empty; N=SUBTESTS: mutant N, and the subtests known to catch it, which run before all
#   others; may be empty
# Out: KTAP prefixed with '# ', a line 'begin N', and a line 'end N STATUS SUBTEST ...' with the
#      subtests that failed. STATUS: fail (and the failed subtest passes without the mutant), unsure
#      (it does not), pass (all subtests do), complained (the kernel reported an error, with the
#      mutant or afterwards without it), stuck. Ends at the first status that is neither fail nor
#      pass, or if the first mutant passes. N is 0 without a mutant: pass, fail, or clock (the
#      clock of this guest is wrong).
# Exit: 0 if all subtests that ran passed; 1 if not
parameter=$1 without=$2
shift 2
mutant=/sys/module/i915/parameters/mutant
# Patterns like those of testbed/vm/splats.
bad='WARNING:|BUG|KASAN|UBSAN|circular locking|possible recursive|inconsistent lock|suspicious RCU'
bad="$bad|sleeping function|INFO:|Oops|ODEBUG|leaked|refcount_t|DEBUG_LOCKS|bad page"

# A hang with interrupts off ends the guest, like a hung task.
echo 1 >/proc/sys/kernel/panic_on_rcu_stall

complained() {
	[ "$(sed -n 's/^ *debug_locks: *//p' /proc/lockdep_stats)" != 1 ] ||
		[ $(($(cat /proc/sys/kernel/tainted) & ~64)) != 0 ] || dmesg | grep -qE "$bad"
}

# attempt N [SUBTESTS]: sets status and failed. Each attempt is a process with its own mm.
attempt() {
	dmesg -c >/dev/null
	rm -f /tmp/result
	(
		# shellcheck disable=SC2016 # expanded by the inner shell
		sh -c 'echo "$1" 2>/dev/null >"$2"' sh "$1 $2" "$mutant"
		echo $? >/tmp/result
	) &
	i=0
	while [ ! -s /tmp/result ] && [ $i -lt 900 ]; do
		sleep 0.2
		i=$((i + 1))
	done
	status=stuck failed=''
	[ -s /tmp/result ] || return
	wait
	[ "$(cat /tmp/result)" = 0 ] && status=pass result=-25 || status=fail result=-1
	dmesg | sed -e 's/^<[0-9]*>//' -e 's/^\[[^]]*\] *//' |
		awk -v result="$result" -f ktap.awk >/tmp/ktap
	sed 's/^/# /' /tmp/ktap
	failed=$(sed -n 's/^    not ok [0-9]* \([^ ]*\).*/\1/p' /tmp/ktap | tr '\n' ' ')
	complained && status=complained
}

# Under high load a guest may calibrate its clock many times too fast, and time out early.
if dmesg | grep -q 'PIT calibration deviates'; then
	echo "end 0 clock"
	exit 1
fi

selftests.sh mock "$parameter=1" ${without:+"st_filter=$without"} >/tmp/ktap
status=$?
sed 's/^/# /' /tmp/ktap
if [ $status != 0 ] || complained; then
	echo "end 0 fail $(sed -n 's/^    not ok [0-9]* \([^ ]*\).*/\1/p' /tmp/ktap | tr '\n' ' ')"
	exit 1
fi
echo "end 0 pass"
first=1 failures=0
for one; do
	n=${one%%=*} subtests=${one#*=}
	echo "begin $n"
	status=pass
	[ -z "$subtests" ] || attempt "$n" "$subtests"
	[ $status != pass ] || attempt "$n"
	if [ $status = fail ]; then
		why=$failed
		attempt 0 "${failed%% *}"
		case $status in
		pass) status=fail ;;
		complained) ;; # for example for a lock order that lockdep learnt from the mutant
		*) status=unsure ;;
		esac
		failed=$why
	fi
	echo "end $n $status $failed"
	case $status in
	pass) [ -z "$first" ] || exit 0 ;;
	fail) failures=1 ;;
	*) exit 1 ;;
	esac
	first=''
done
exit $failures
