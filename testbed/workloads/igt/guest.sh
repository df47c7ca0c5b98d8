#!/bin/sh
# In the guest: loads i915 for the emulated GPU, runs subtests of igt-tests/ with IGT's runner,
# unloads i915.
# Usage: guest.sh new TIMEOUT GPU | resume
#        new: those of /mnt/subtests, each for TIMEOUT seconds at most, with the lists of GPU
#        resume: those that have not run yet
# In:  /test: gem_userptr_*; bin/ and lib/ of igt/library.sh; farm-command, the command line of
#      igt_runner on a farm (ci/job.py -c), which runs unchanged with the guest's values in its
#      variables; lists/, to which it refers.
# Out: /mnt/results, copied during the run (the runner itself uses /tmp, because it reads and writes
#      in small pieces). If a thread of a subtest cannot be killed when the subtest has ended, or
#      after 60 s, the guest ends at once; /mnt/stuck-N, where N is the number of the subtest, lists
#      the functions on its kernel stack.
# Exit: 0 if all have run, with any result; 1 if the runner stopped before (resume runs the rest);
#       3 if i915 does not load or unload.
. guest-lib.sh
mkdir -p /lib64
ln -s /test/lib/ld-linux-x86-64.so.2 /lib64/
export LD_LIBRARY_PATH=/test/lib

load
swap_on
# The kernel warns at the first access to this directory; no subtest must be blamed for that.
ls /sys/kernel/debug/tracing >/dev/null

# newest: sets n to the number of the subtest that was started last.
newest() {
	n=$from
	while [ -e /tmp/results/$((n + 1)) ]; do n=$((n + 1)); done
}
# keep: copies new results to the host.
from=0
keep() {
	[ -e /mnt/results/metadata.txt ] || { mkdir -p /mnt/results && cp /tmp/results/*.txt /mnt/results/; }
	newest
	for i in $(seq "$from" "$n"); do cp -r /tmp/results/"$i" /mnt/results/; done
	from=$n
}
# stuck: prints the uninterruptible threads of the programs, as /proc/PID/task/TID. (Not with pidof:
# it reads files whose lock a stuck thread may hold.)
stuck() {
	grep -l ^gem_userptr_ /proc/[0-9]*/task/*/comm | sed 's/comm$/status/' | xargs grep -l '^State:.D' /dev/null | sed 's|/status$||'
}
# look SECONDS: records the stuck threads in /tmp/seen, each with the subtest and the time at which
# it was seen first. Ends the guest if one of them has outlived its subtest, or has been stuck for
# SECONDS.
look() {
	now=$(cut -d. -f1 /proc/uptime)
	newest
	before=$n
	stuck >/tmp/stuck
	newest
	# A subtest was started meanwhile, so the owner of the threads is unclear: check next time.
	[ "$n" = "$before" ] || return
	awk -v subtest="$n" -v now="$now" '
		FILENAME == "/tmp/seen" { seen[$1] = $0; next }
		{ print $1 in seen ? seen[$1] : $1 " " subtest " " now }' /tmp/seen /tmp/stuck >/tmp/look
	mv /tmp/look /tmp/seen
	while read -r thread subtest since; do
		[ "$subtest" -lt "$n" ] || [ $((now - since)) -ge "$1" ] || continue
		sed 's/^\[[^]]*\] //; s/+.*//' "$thread/stack" | paste -sd' ' >>/mnt/stuck-"$subtest"
		end=$subtest
	done </tmp/seen
	[ -n "$end" ] || return
	# A subtest that has just been started runs again in the next boot.
	[ "$end" -ge "$n" ] || rm -rf /mnt/results/"$n"
	end_guest
}
end=''
[ "$1" = new ] || cp -r /mnt/results /tmp/
sed 's/^/igt@/' /mnt/subtests >/tmp/list
: >/tmp/seen
round=0
while [ -e /tmp/list ]; do
	sleep 2
	newest
	round=$((round + 1))
	# Both take a second on the debug kernel.
	if [ $((round % 5)) = 0 ]; then
		keep
		look 60
	elif [ "$n" != "$from" ]; then
		keep
	fi
done 2>/dev/null &

status=0
case $1 in
new)
	(cd /test && printf '%s\n' TESTLIST gem_userptr_* 'END TESTLIST' >test-list.txt)
	export LIST=/tmp/list LISTS=/test/lists GPU="$3" TIMEOUT="$2" MONITORED=lockdep,taint TESTS=/test RESULTS=/tmp/results
	# If the kernel is tainted already (i915 on PREEMPT_RT), the runner would stop before the
	# first subtest.
	[ "$(cat /proc/sys/kernel/tainted)" = 0 ] || MONITORED=lockdep
	PATH=$PATH:/test/bin sh /test/farm-command || status=1
	;;
resume) bin/igt_resume /tmp/results || status=1 ;;
esac
rm /tmp/list
wait
keep
cp /tmp/results/*.txt /mnt/results/
# With a stuck thread, rmmod and poweroff would not return.
look 0 2>/dev/null
unload
exit $status
