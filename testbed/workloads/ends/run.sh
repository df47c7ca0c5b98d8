#!/bin/bash
# Boots the stock or the patched i915 on the emulated GPU and runs program.c there. While cancels of
# userptr objects are queued, the GPU hangs and is reset, the device is unbound, the module is
# unloaded, or the system is suspended; and objects are invalidated while the device sleeps.
# Usage: testbed/workloads/ends/run.sh [-q] [-r ROUNDS] [-s SEED] [-x PATCH] [stock|patched] [PART ...]
#   default: patched, all parts that the GPU has (a G33 does not sleep)
#   PART        hang, unload (with unbind), suspend, sleep
#   -q          quick: hang without the cases of 1000 objects
#   -r ROUNDS   of each part except hang, which runs each of its cases once (default 20)
#   -s SEED     of the random numbers (default 1)
#   -x PATCH    on top of the series, e.g. a patch of tests/mutants (patched only)
# In:   CONFIG (default: debug), as for kernel/build.sh; KERNEL as for kernel/base.sh; GPU as for
#       vm/guest.sh.
# Out:  stdout: TAP. $CACHE/ends/VARIANT/ (VARIANT-CONFIG-GPU/; mutant/ with -x): console.log,
#       out.log, status etc. of this run; patched: a record of each part.
# Exit: 0 if all is as expected: stock keeps the pages until the file is closed, patched releases
#       them; 1 if not; 97 to 99 as for vm/guest.sh.
. "$(dirname "$0")/../../../scripts/lib.bash"
. "$ROOT/testbed/workloads/workload.bash"

rounds=20 seed=1 mutant='' quick='' objects=1000
options q=quick r:=rounds s:=seed x:=mutant -- "$@"
shift $((OPTIND - 1))
[[ -z $quick ]] || objects=64
[[ $rounds =~ ^[1-9][0-9]*$ && $seed =~ ^[0-9]+$ ]] || usage
variant=${1:-patched}
(($# == 0)) || shift
parts=("$@")
if ((!$#)); then
	parts=(hang unload suspend)
	[[ ${GPU:-g33} == g33 ]] || parts+=(sleep)
fi
args=()
for p in "${parts[@]}"; do
	case $p in
	hang) args+=(hang=1) ;;
	unload) args+=("unbind=$rounds" "unload=$rounds") ;;
	suspend | sleep) args+=("$p=$rounds") ;;
	*) usage ;;
	esac
done
workload_run "$variant" "$mutant"
workload_kernel "$variant" ${mutant:+"$mutant"}
workload_program userptr-ends
workload_log "$CACHE/ends/$run"

# 64: request_timeout_ms= is marked unsafe, and sets that taint bit.
rc=0
workload_boot -q -u 64 -T $((900 + 60 * rounds)) -- guest.sh "$expect" "$seed" "$objects" "${args[@]}" || rc=$?
tr -d '\r' <"$log/out.log" >"$log/tap"

# Renumber: each part counts its own points.
awk '
	/^(not )?ok [0-9]+ - / { n++; sub(/ok [0-9]+/, "ok " n) }
	/^(1\.\.|part |end )/ { next }
	{ print }
	END { print "1.." n + 0 }' "$log/tap"
[[ $variant == patched && -z $mutant ]] || exit "$rc"

# part PART: prints its lines. points PART REGEX: the number of its points that begin with REGEX.
# sum, most PART REGEX: the sum or the maximum of the numbers that REGEX finds.
part() { sed -n "/^part $1\$/,/^end $1 /p" "$log/tap"; }
points() { part "$1" | grep -cE "^$2" || :; }
numbers() { part "$1" | sed -nE "s/.*[^0-9]$2.*/\1/p"; }
sum() { numbers "$@" | awk '{ n += $1 } END { print n + 0 }'; }
most() { numbers "$@" | sort -n | tail -n1; }
ended() { grep -qE "^end $1 0 " "$log/tap"; }
for p in "${parts[@]}"; do
	result=fail
	good=$(points "$p" 'ok ') all=$(points "$p" '(not )?ok ')
	case $p in
	hang)
		! ended hang || result=pass
		text="$good of $all cases: $(sum hang '([0-9]+) busy object') busy objects invalidated, $(sum hang '([0-9]+) pages pinned') pages"
		text+=" pinned until the GPU was reset, and back then; at most $(most hang '([0-9]+) more kworkers') more kworkers"
		;;
	unload)
		! ended unbind || ! ended unload || result=pass
		text="$(points unbind 'ok ') of $(points unbind '(not )?ok ') unbinds with files open, $good of $all unloads;"
		text+=" $(($(sum unbind '([0-9]+) ranges') + $(sum unload '([0-9]+) ranges'))) ranges invalidated meanwhile by others"
		;;
	suspend)
		! ended suspend || result=pass
		text="$good of $all suspends; cancels that ran before: $(sum suspend 'before ([0-9]+)'), while frozen: $(sum suspend 'frozen ([0-9]+)'),"
		text+=" after: $(sum suspend 'after ([0-9]+), pages'); $(sum suspend '([0-9]+) ranges') ranges invalidated by others"
		;;
	sleep)
		! ended sleep || result=pass
		text="$good of $all times that $(most sleep '([0-9]+) pages') objects were released while the device slept;"
		text+=" at most $(most sleep 'back after ([0-9]+)') ms"
		;;
	esac
	# A skipped point has not passed.
	! part "$p" | grep -q '# SKIP' || result=fail
	# An error reported by the kernel counts for all parts.
	[[ $rc == [01] ]] || result=fail
	[[ $result == pass ]] || text="FAILED (exit status $rc): $text"
	record "$p" "$result" "testbed/workloads/ends/run.sh ${quick:+-q }-r $rounds -s $seed patched $p" "${text:0:199}"
done
exit "$rc"
