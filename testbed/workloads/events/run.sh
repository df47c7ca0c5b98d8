#!/bin/bash
# Boots the stock or the patched i915 on the emulated GPU and runs program.c there: what becomes of
# the pages of userptr objects in each kind of event.
# Usage: testbed/workloads/events/run.sh [-w MS] stock|patched tap|tsv|demo [EVENT ...]
#   tsv: the columns are those of userptr-events --help; demo: tsv and the timeline
#   -w MS   how long the pages of each event are watched (default 1000)
# In:   CONFIG (default: debug), as kernel/build.sh takes it; KERNEL as kernel/base.sh takes it;
#       GPU as vm/guest.sh takes it.
# Out:  stdout: what userptr-events prints. $CACHE/events/VARIANT/ (VARIANT-CONFIG-GPU/):
#       console.log, out.log, status and so on of this run.
# Exit: 0 stock keeps the pages in every event, patched releases them; 1 not so; 97 and so on as
#       vm/guest.sh says.
. "$(dirname "$0")/../../../scripts/lib.bash"
. "$ROOT/testbed/workloads/workload.bash"

wait=1000
options w:=wait -- "$@"
shift $((OPTIND - 1))
(($# >= 2)) || usage
variant=$1 format=$2
shift 2
[[ $format == tap || $format == tsv || $format == demo ]] || usage

workload_kernel "$variant"
workload_program userptr-events
workload_log "$CACHE/events/$(run_name "$variant")"
# munmap-disk needs a disk.
workload_boot -T 1800 -d 64 -- guest.sh "$format" --expect "$expect" --wait "$wait" "$@"
