#!/bin/bash
# Runs a test, and keeps a copy of its output and its exit status in $KEEP. For check.sh.
# Usage: KEEP=dir keep.sh TEST 4>&2
#   stderr goes to file descriptor 4 and not to prove: after a line on a test's stderr, prove waits
#   for a line on its stdout and starts no other test meanwhile.
log=$KEEP/${1##*/}
{ bash "$1" 2>&3 | tee -a "$log"; rc=${PIPESTATUS[0]}; } 3> >(tee -a "$log" >&4)
echo "status $rc" >>"$log"
exit "$rc"
