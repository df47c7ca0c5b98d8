#!/bin/bash
# Runs a test, and keeps a copy of its output and its exit status in $KEEP. For check.sh.
# Usage: KEEP=dir keep.sh TEST
log=$KEEP/${1##*/}
{ bash "$1" 2>&3 | tee -a "$log"; rc=${PIPESTATUS[0]}; } 3> >(tee -a "$log" >&2)
echo "status $rc" >>"$log"
exit "$rc"
