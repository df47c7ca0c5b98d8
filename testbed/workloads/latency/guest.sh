#!/bin/sh
# In the guest: measures with the patched and the stock i915, in turns.
# Usage: guest.sh ROUNDS STOCK.KO [POINT ...]     POINT: for userptr-latency
# Out: before each run a line 'variant', patched or stock; then the output of userptr-latency.
# Exit: 0 if all points are ok; 1 if not; 2 if the result is unknown; 3 if a module does not load or
#       unload.
. guest-lib.sh

rounds=$1 stock=$2
shift 2
result=0

# measure EXPECT POINT ...: measures the loaded i915, and unloads it.
measure() {
	no_time_limit
	heartbeat 60000
	status=0
	userptr-latency --expect "$@" || status=$?
	[ $status -le $result ] || result=$status
	unload
}
while [ "$rounds" -gt 0 ]; do
	# The modules that i915 needs stay loaded.
	load
	printf 'variant\tpatched\n'
	measure release "$@"
	insmod "$stock" disable_display=1 || fail "insmod $stock failed"
	printf 'variant\tstock\n'
	measure keep "$@"
	rounds=$((rounds - 1))
done
exit $result
