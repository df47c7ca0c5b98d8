#!/bin/sh
# In the guest: loads i915 for the emulated GPU, runs gem-check, unloads i915.
# Exit: the status of gem-check; 3 if the module does not load or unload.
. guest-lib.sh

load
status=0
gem-check /dev/dri/card0 /sys/kernel/debug/dri/0/i915_wedged || status=$?
unload
exit $status
