#!/bin/bash
# Real system calls by a real process, on the real driver and the emulated GPU: stock i915 keeps a
# userptr object's pages pinned in every event, the patched one releases them without any call on
# the object. The events and the measurements: testbed/workloads/events/program.c. Stock runs on
# Debian's own kernel (with KERNEL=path on the debug kernel of that base). In: GPU=kbl: stock only
# with FULL=1 (make demo shows it).
. "$(dirname "$0")/../scripts/lib.bash"
. "$ROOT/tests/lib/tap.bash"

variants=(stock patched)
[[ ${GPU:-g33} == g33 || -n ${FULL:-} ]] || variants=(patched)
for variant in "${variants[@]}"; do
	config=${CONFIG:-}
	[[ $variant == patched ]] || config=$(prefer_debian; echo "$CONFIG")
	relay "$variant: " '' < <(CONFIG=$config "$ROOT/testbed/workloads/events/run.sh" -w 400 "$variant" tap && echo "exit 0" || echo "exit $?")
	# Status 1: an event is not as expected; its own line above shows it.
	clean="$variant: i915 unloads, neither the kernel nor the emulated GPU reported an error"
	if [[ $rc == [01] ]]; then ok "$clean"; else not_ok "$clean (exit status $rc of events/run.sh)"; fi
done
done_testing events
