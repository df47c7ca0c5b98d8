#!/bin/sh
# In the guest: loads i915 for the emulated GPU, runs userptr-events, unloads i915.
# Usage: guest.sh tap|tsv|demo ARG ...    ARG: for userptr-events; demo: as tsv, and after the events the timeline
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
*) userptr-events --format "$format" "$@" || status=$? ;;
esac
unload
exit $status
