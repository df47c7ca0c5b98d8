#!/bin/bash
# Each allocation and each copy in the ioctls of a userptr fails once, pinning fails half way, the
# probe fails, and memory runs out, with swap and without. No page stays pinned, no process hangs,
# and a second attempt works. The scenarios: testbed/workloads/faults/program.c.
. "$(dirname "$0")/../scripts/lib.bash"
exec "$ROOT/testbed/workloads/faults/run.sh"
