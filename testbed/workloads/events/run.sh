#!/bin/bash
# Boots the stock or the patched i915 on the emulated GPU and runs program.c there: what becomes of
# the pages of userptr objects in each kind of event.
# Usage: testbed/workloads/events/run.sh [-w MS] [-x PATCH] stock|patched tap|tsv|demo [EVENT ...]
#        testbed/workloads/events/run.sh [-w MS] [-x PATCH] stock|patched blocks
#   tsv: the columns are those of userptr-events --help; demo: tsv and the timeline
#   blocks: TAP; a file on a file system with blocks of 1 KiB is unmapped while one block of a page
#           is dirty, and the GPU has written to another one. Only CONFIG=debian has one (ext4)
#   -w MS   how long the pages of each event are watched (default 1000)
#   -x PATCH    on top of the series, as one of tests/mutants (patched only)
# In:   CONFIG (default: debug), as kernel/build.sh takes it; KERNEL as kernel/base.sh takes it;
#       GPU as vm/guest.sh takes it. CONFIG=debian: Debian's kernel.
# Out:  stdout: what userptr-events prints. $CACHE/events/VARIANT/ (VARIANT-CONFIG-GPU/; mutant/
#       with -x): console.log, out.log, status and so on of this run.
# Exit: 0 stock keeps the pages in every event, patched releases them; 1 not so; 97 and so on as
#       vm/guest.sh says.
. "$(dirname "$0")/../../../scripts/lib.bash"
. "$ROOT/testbed/workloads/workload.bash"

wait=1000 mutant=''
options w:=wait x:=mutant -- "$@"
shift $((OPTIND - 1))
(($# >= 2)) || usage
variant=$1 format=$2
shift 2
case $format in
tap | tsv | demo) ;;
blocks)
	((!$#)) || usage
	[[ ${CONFIG:-} == debian ]] || die "the kernel of CONFIG=${CONFIG:-debug} has no ext4: give CONFIG=debian"
	;;
*) usage ;;
esac
workload_run "$variant" "$mutant"

workload_kernel "$variant" ${mutant:+"$mutant"}
workload_program userptr-events
workload_log "$CACHE/events/$run"
# munmap-disk needs a disk.
workload_boot -T 1800 -d 64 -- guest.sh "$format" --expect "$expect" --wait "$wait" "$@"
