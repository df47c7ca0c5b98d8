#!/bin/sh
# In the guest: loads i915 for the emulated GPU, runs userptr-soak with swap on /dev/vda, unloads
# i915.
# Usage: guest.sh ARG ...    ARG: for userptr-soak
# Exit: the status of userptr-soak; 3 if there is no swap, or the module does not load or unload.
. guest-lib.sh

swap_on
echo always >/sys/kernel/mm/transparent_hugepage/enabled
echo advise >/sys/kernel/mm/transparent_hugepage/shmem_enabled

load
# i915 declares a hang at the second heartbeat that finds the batch still running. Other processes'
# batches spin for a tenth of a second; if a slow machine stretches that to seconds, they are taken
# for hung, and userptr-soak expects a hang only of its own file.
heartbeat 1500

status=0
userptr-soak "$@" || status=$?
# The state of the GPU, for debugging.
[ $status = 0 ] || sed 's/^/engine	/' /sys/kernel/debug/dri/0/i915_engine_info
if [ $status = 142 ]; then # SIGALRM
	printf '%s\t%s\t%s\n' soak 'not ok' 'the GPU did not become idle within 60 s'
	exit $status # rmmod would wait, too
fi
swapoff /dev/vda || fail "swapoff failed"
unload
exit $status
