#!/bin/sh
# In the guest: measures with the patched i915 and with stock's, in turns.
# Usage: guest.sh ROUNDS STOCK.KO [POINT ...]     POINT: for userptr-latency
# Out: before each run a line 'variant', patched or stock; what userptr-latency prints.
# Exit: 0 all points are ok; 1 not; 2 it could not be found out; 3 a module does not load or unload.
. guest-lib.sh

rounds=$1 stock=$2
shift 2
result=0

# measure EXPECT POINT ...: with the i915 that is loaded, which it unloads.
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
