#!/bin/bash
# Everything that can fail in the calls of a userptr fails once, pinning fails half way, the probe fails, and memory runs out, with swap and
# without: no page stays pinned, no process hangs, and what is tried again works. The scenarios: testbed/workloads/faults/program.c.
. "$(dirname "$0")/../scripts/lib.bash"
exec "$ROOT/testbed/workloads/faults/run.sh"
