#!/bin/sh
# In the guest: loads i915 for the emulated GPU, runs userptr-events, unloads i915.
# Usage: guest.sh tap|tsv|demo|blocks ARG ...    ARG: for userptr-events
#        demo: as tsv, followed by the timeline
#        blocks: TAP, munmap-disk on a file system with blocks of 1 KiB
# Exit: the status of userptr-events; 3 if the module does not load or unload.
. guest-lib.sh

format=$1
shift
load
no_time_limit
heartbeat 60000

status=0
case $format in
demo)
	userptr-events --format tsv "$@" || status=$?
	[ $status -gt 1 ] || userptr-events --timeline "$@" || status=$?
	;;
blocks)
	modprobe ext4
	mke2fs -b 1024 /dev/vda >/dev/null && mkdir -p /disk && mount -t ext4 /dev/vda /disk || exit 3
	dd if=/dev/zero of=/disk/file bs=1M count=2 2>/dev/null
	userptr-events --disk /disk/file --partly-dirty "$@" munmap-disk || status=$?
	umount /disk
	;;
*) userptr-events --format "$format" "$@" || status=$? ;;
esac
unload
exit $status
