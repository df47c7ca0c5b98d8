#!/bin/bash
# Runs a test, and keeps a copy of its output and its exit status in $KEEP. For check.sh.
# Usage: KEEP=dir keep.sh TEST 4>&2
#   stderr goes to file descriptor 4: prove starts no other test between a line that it reads there
#   and the next one on stdout.
log=$KEEP/${1##*/}
{ bash "$1" 2>&3 | tee -a "$log"; rc=${PIPESTATUS[0]}; } 3> >(tee -a "$log" >&4)
echo "status $rc" >>"$log"
exit "$rc"
