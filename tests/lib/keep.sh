#!/bin/bash
# Runs a test for check.sh. Copies all that it prints, and its exit status, to $KEEP. What it prints
# on stderr (progress) goes to file descriptor 9 and not through prove: prove, when a test has written
# there, waits until the same test prints a line of TAP, and meanwhile starts no other test.
# Usage: KEEP=dir keep.sh TEST 9>&2
log=${KEEP:?}/${1##*/}
{ bash "$1" 2>&3 | tee -a "$log"; rc=${PIPESTATUS[0]}; } 3> >(tee -a "$log" >&9)
echo "status $rc" >>"$log"
exit "$rc"
