#!/bin/sh
# In the guest: loads i915 for the emulated Kaby Lake, runs userptr-tlb, unloads i915.
# Usage: guest.sh keep|release [OBJECTS ...]
. guest-lib.sh

load
heartbeat 0
no_time_limit
status=0
userptr-tlb "$@" || status=$?
unload
exit $status
