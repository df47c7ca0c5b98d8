#!/bin/bash
# Runs a test as it is, and keeps a copy of all that it prints, and its exit status, in $KEEP. For check.sh.
# Usage: KEEP=dir keep.sh TEST
log=$KEEP/${1##*/}
{ bash "$1" 2>&3 | tee -a "$log"; rc=${PIPESTATUS[0]}; } 3> >(tee -a "$log" >&2)
echo "status $rc" >>"$log"
exit "$rc"
