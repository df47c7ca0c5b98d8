#!/bin/bash
# Boots the stock or the patched i915 on the emulated GPU and runs program.c there, which shows what
# each kind of event does to the pages of userptr objects.
# Usage: testbed/workloads/events/run.sh [-w MS] [-x PATCH] stock|patched tap|tsv|demo [EVENT ...]
#        testbed/workloads/events/run.sh [-w MS] [-x PATCH] stock|patched blocks
#   tsv: the columns are those of userptr-events --help; demo: tsv and the timeline
#   blocks: TAP; a file on a file system with blocks of 1 KiB is unmapped while one block of a page
#           is dirty, and the GPU has written to another one. Needs CONFIG=debian (ext4)
#   -w MS   how long the pages of each event are watched (default 1000)
#   -x PATCH    on top of the series, e.g. a patch of tests/mutants (patched only)
# In:   CONFIG (default: debug), as for kernel/build.sh; debian: Debian's kernel. KERNEL as for
#       kernel/base.sh; GPU as for vm/guest.sh.
# Out:  stdout: the output of userptr-events. $CACHE/events/VARIANT/ (VARIANT-CONFIG-GPU/; mutant/
#       with -x): console.log, out.log, status etc. of this run.
# Exit: 0 if stock keeps the pages in every event, or patched releases them; 1 if not; 97 to 99 as
#       for vm/guest.sh.
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
