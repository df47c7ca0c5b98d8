#!/bin/bash
# Each allocation and each copy in the ioctls of a userptr fails once, pinning fails half way, the
# probe fails, and memory runs out, with swap and without. No page stays pinned, no process hangs,
# and a second attempt works. The scenarios: testbed/workloads/faults/program.c. Memory pressure
# runs on Debian's own kernel (with KERNEL=path on the debug kernel of that base).
# In: FULL=1: every scenario, all on the debug kernel.
. "$(dirname "$0")/../scripts/lib.bash"
. "$ROOT/tests/lib/tap.bash"

# boots GUEST ...: runs faults/run.sh; its points are those of this test.
boots() {
	relay '' '' < <("$ROOT/testbed/workloads/faults/run.sh" "$@" && echo "exit 0" || echo "exit $?")
	[[ $rc == [01] ]] || not_ok "$*: exit status $rc of faults/run.sh"
}
boots faults
[[ -n ${FULL:-} ]] || prefer_debian
boots swap no-swap
done_testing
