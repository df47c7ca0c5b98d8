#!/bin/bash
# The patched driver and the emulated G33, with cancels of userptrs pending: the GPU hangs and is
# reset, the device is unbound with files open, the module is unloaded, the system is suspended.
# Details: testbed/workloads/ends/program.c.
# In: FULL=1: more rounds, and hangs with 1000 objects.
. "$(dirname "$0")/../scripts/lib.bash"
. "$ROOT/tests/lib/tap.bash"

# hangs: the number of points of hang, which does not depend on the number of rounds.
quick=-q rounds=2 hangs=9
[[ -z ${FULL:-} ]] || quick='' rounds=20 hangs=12
relay '' $((hangs + 3 * rounds)) < <("$ROOT/testbed/workloads/ends/run.sh" ${quick:+"$quick"} -r "$rounds" patched && echo "exit 0" || echo "exit $?")
# Status 1: a round is not as expected; its own line above shows it.
clean="i915 unloads, neither the kernel nor the emulated GPU reported an error"
if [[ $rc == [01] ]]; then ok "$clean"; else not_ok "$clean (exit status $rc of ends/run.sh)"; fi
done_testing
