#!/bin/sh
# In the guest: loads i915 for the emulated GPU, runs gpu-speed, unloads i915.
# Usage: guest.sh [probe]
. guest-lib.sh

load
status=0
gpu-speed "$@" || status=$?
unload
exit $status
