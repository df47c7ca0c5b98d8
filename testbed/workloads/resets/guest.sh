#!/bin/sh
# In the guest: loads i915 for the emulated GPU without error capture (which takes seconds for each
# reset), runs gpu-resets, unloads i915.
# Usage: guest.sh SECONDS
# Exit: the status of gpu-resets; 3 if the module does not load or unload.
. guest-lib.sh

load error_capture=0
status=0
gpu-resets "$@" || status=$?
unload
exit $status
