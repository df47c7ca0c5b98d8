#!/bin/bash
# Boots a kernel with the emulated GPU and runs the subtests of igt-tests/ there with IGT's runner;
# a subtest that kills the guest costs one more boot. The runner's command line is that of a farm's
# job (ci/lava.yaml), with the lists to which it refers.
# Usage: testbed/workloads/igt/run.sh [-x PATCH] stock|patched|MUTANT [SUBTEST ...]
#   MUTANT    a name in testbed/workloads/igt/mutants/, without .patch
#   default: all subtests of the series; for a MUTANT only alias-*, which target mutants
#   -x PATCH  on top of the series, e.g. a patch of tests/mutants (patched only)
# In:   CONFIG (default: debug), as for kernel/build.sh; KERNEL as for kernel/base.sh; GPU as for
#       vm/guest.sh; IGT_TIMEOUT: seconds for a subtest (default 300);
#       LOCKDEP=0: with lockdep.prove_locking=0, so that a deadlock happens (default for mutants);
#       LOCKDEP=1: lockdep reports it beforehand (default for stock and patched); IGT_SERIES,
#       IGT_LIBRARY: as for igt/subtests.pl and igt/library.sh; IGT_RESULTS: see below.
# Out:  a line for each subtest and for each of its dynamic subtests: SUBTEST <tab> RESULT <tab>
#       SECONDS <tab> WHY. RESULT is IGT's (pass, fail, skip, timeout, abort, dmesg-warn ...), or
#       incomplete if the subtest ended the guest. WHY: the reason of a skip or a failure, or the
#       functions in which a process is stuck. $CACHE/igt/results (or IGT_RESULTS)/VARIANT/
#       (VARIANT-CONFIG-GPU/; mutant/ with -x): table (the same), results.json, results/ (all files
#       of the runner), boot-N/ (logs of vm/guest.sh).
# Exit: 0 if every subtest has a result, whatever it is; on patched 97 or 98 if the guest or the
#       kernel reported an error. Else 1.
. "$(dirname "$0")/../../../scripts/lib.bash"
. "$ROOT/testbed/workloads/workload.bash"
need_tool git perl

mutant=''
options x:=mutant -- "$@"
shift $((OPTIND - 1))
(($#)) || usage
variant=$1
shift
workload_run "$variant" "$mutant"
lockdep=${LOCKDEP:-1}
case $variant in
stock | patched) workload_kernel "$variant" ${mutant:+"$mutant"} ;;
*)
	mutant=$ROOT/testbed/workloads/igt/mutants/$variant.patch
	[[ -s $mutant ]] || die "there is no testbed/workloads/igt/mutants/$variant.patch"
	lockdep=${LOCKDEP:-0} onto=$(field Onto "$mutant")
	case $onto in
	stock) workload_kernel stock "$mutant" ;;
	series) workload_kernel patched "$mutant" ;;
	*) die "$mutant does not say 'Onto: stock' or 'Onto: series'" ;;
	esac
	;;
esac
library=$("$ROOT/testbed/workloads/igt/library.sh")
# here PROGRAM ARG ...: runs a program with the library, on this machine.
here() { "$library/lib/ld-linux-x86-64.so.2" --library-path "$library/lib" "$@"; }

make_tmp
mkdir "$tmp/test"
"$ROOT/testbed/workloads/igt/program.sh" -b "$repo" "$tmp/test"
rm "$tmp"/test/*.[ch]
gpu=${GPU:-g33}
"$ROOT/ci/job.py" -c >"$tmp/test/farm-command"
mkdir -p "$tmp/test/lists/xfails"
cp "$ROOT/ci/patched/i915-$gpu"-*.txt "$tmp/test/lists/xfails/"
all=()
declare -A program_of
for p in "$tmp"/test/gem_userptr_*; do
	mapfile -t -O "${#all[@]}" all < <(here "$p" --list-subtests)
	for s in "${all[@]}"; do program_of[$s]=${program_of[$s]:-${p##*/}}; done
done
((${#all[@]})) || die "the programs list no subtests: see $ROOT/igt-tests"
if ((!$#)); then
	for s in "${all[@]}"; do
		[[ $variant != stock && $variant != patched && $s != alias-* ]] || set -- "$@" "$s"
	done
fi
for s; do
	[[ " ${all[*]} " == *" $s "* ]] || die "there is no subtest $s; there are: ${all[*]}"
done

dir=${IGT_RESULTS:-$CACHE/igt/results}/$run
rm -rf "$dir"
mkdir -p "$dir/share"
for s; do echo "${program_of[$s]}@$s"; done >"$dir/share/subtests"
begun() { { find "$dir/share/results" -mindepth 1 -maxdepth 1 -type d -name '[0-9]*' 2>/dev/null || :; } | wc -l; }

kargs=()
((lockdep)) || kargs=(-a lockdep.prove_locking=0)
timeout=${IGT_TIMEOUT:-300}
mode=(new "$timeout" "$gpu") boot=0 stuck=0 worst=0
while :; do
	boot=$((boot + 1)) before=$(begun) rc=0
	say "$variant, boot $boot: $(($# - before)) subtests"
	# Two nodes for tests that migrate pages between them; swap space, without which the
	# shrinker leaves most objects alone.
	workload_log "$dir/boot-$boot"
	workload_boot -n -d 64 -q -T $((600 + ($# - before) * 90 + timeout)) "${kargs[@]}" -s "$dir/share" \
		-t "$library" -t "$tmp/test" -- guest.sh "${mode[@]}" || rc=$?
	((rc < 99)) || exit 1
	((rc <= worst)) || worst=$rc
	# Without a first result the guest itself has failed.
	(($(begun))) || die "no subtest was begun: see $log"
	(($(begun) < $#)) || break
	(($(begun) > before)) || stuck=$((stuck + 1))
	((stuck < 2)) || die "the guest died twice before a subtest was begun: see $log"
	mode=(resume)
done

mv "$dir/share/results" "$dir/results"
here "$library/bin/igt_results" "$dir/results" >"$dir/igt_results.log" 2>&1 || die "igt_results fails: see $dir/igt_results.log"
cp "$dir/results/results.json" "$dir/"
"$ROOT/testbed/workloads/igt/results.pl" "$dir/results.json" "$dir/share" >"$dir/table"
cat "$dir/table"
say "$variant: $# subtests, $boot boots; $dir"
[[ $variant != patched || -n $mutant ]] || exit "$worst"
