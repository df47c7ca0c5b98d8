#!/bin/sh
# In the guest: loads i915 for the emulated GPU without error capture (which takes seconds for each
# reset), runs stock-bugs, unloads i915 unless the bug occurred (the unload would wait for ever for
# an engine that does not park).
# Usage: guest.sh BUG SECONDS
# Exit: the status of stock-bugs; 3 if the module does not load or unload.
. guest-lib.sh

load error_capture=0
status=0
stock-bugs "$@" || status=$?
[ $status != 0 ] || unload
exit $status
