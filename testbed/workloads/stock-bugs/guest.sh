#!/bin/sh
# In the guest: loads i915 for the emulated GPU without error capture (which takes seconds for each
# reset), runs stock-bugs, unloads i915. If the bug occurred, i915 is not unloaded and the guest is
# ended after ten seconds, because unload and shutdown wait for engines that do not park.
# Usage: guest.sh BUG SECONDS
# Exit: the status of stock-bugs; 3 if there is no swap, or the module does not load or unload.
. guest-lib.sh

swap_on # without it, the shrinker unbinds only purgeable objects
load error_capture=0
status=0
stock-bugs "$@" || status=$?
if [ $status = 0 ]; then
	unload
else
	(sleep 10; end_guest) &
fi
exit $status
