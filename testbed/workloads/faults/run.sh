#!/bin/bash
# Boots the patched i915 on the emulated GPU and injects failures there: in each allocation and each
# copy of a userptr's ioctls, one at a time; in the middle of pinning; in the probe of the device;
# and it makes memory run out, with swap and without.
# Usage: testbed/workloads/faults/run.sh [-x PATCH] [faults|swap|no-swap ...]
#   default: all three, a boot for each
#   -x PATCH   on top of the series, e.g. a patch of tests/mutants
# In:   FULL=1: every scenario of faults (default: the quick ones); CONFIG (default: debug; faults
#       needs fault injection), as for kernel/build.sh; KERNEL as for kernel/base.sh; GPU as for
#       vm/guest.sh.
# Out:  stdout: TAP, a line for each scenario with the number of injected faults, the errnos seen
#       and what was left. $CACHE/faults/GUEST/ (GUEST-CONFIG-GPU/): console.log, out.log, status
#       etc., as for vm/guest.sh. Without -x: the results for the proof page.
# Exit: 0 if all points are ok; 1 if not.
. "$(dirname "$0")/../../../scripts/lib.bash"
. "$ROOT/testbed/workloads/workload.bash"

mutant=''
options x:=mutant -- "$@"
shift $((OPTIND - 1))
command="testbed/workloads/faults/run.sh${*:+ $*}"
[[ -z ${FULL:-} ]] || command="FULL=1 $command"
(($#)) || set -- faults swap no-swap
for guest; do [[ $guest == faults || $guest == swap || $guest == no-swap ]] || usage; done

workload_kernel patched ${mutant:+"$mutant"}
[[ " $* " != *" faults "* ]] || grep -q '^CONFIG_FAULT_INJECTION_STACKTRACE_FILTER=y' "$(dirname "$ko")/.config" ||
	die "CONFIG=${CONFIG:-debug} has no fault injection, which faults needs: take debug"
workload_program userptr-faults

n=0 bad=0
point() { n=$((n + 1)); [[ $1 == ok ]] || bad=$((bad + 1)); printf '%s %d - %s\n' "$1" "$n" "$2"; }

# run GUEST OPTION ... -- PART ...: boots, and prints its points with continuous numbers. Sets
# points, failed, rc, and out (the file with its output).
run() {
	local guest=$1 opts=() line part tests missing
	shift
	while [[ $1 != -- ]]; do opts+=("$1"); shift; done
	shift
	say "booting for $guest"
	workload_log "$CACHE/faults/${mutant:+mutant-}$(run_name "$guest")"
	out=$log/out.log points=0 rc=0
	local before=$bad
	while IFS= read -r line; do
		if [[ $line =~ ^(ok|not\ ok)\ [0-9]+\ -\ (.*)$ ]]; then
			points=$((points + 1))
			point "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
		elif [[ $line =~ ^exit\ ([0-9]+)$ ]]; then
			rc=${BASH_REMATCH[1]}
		else
			printf '# %s\n' "${line#\# }"
		fi
	done < <(workload_boot "${opts[@]}" -- guest.sh "$@" && echo "exit 0" || echo "exit $?")
	# Otherwise a part that ended early, or had nothing to do, would pass.
	missing=0
	for part; do
		grep -qE "^part [01] [0-9]+ $part\$" "$out" && grep -qE "^# ${part%% *}: [1-9][0-9]* tests, " "$out" || missing=1
	done
	tests=$(sed -nE 's/^# [a-z-]+: ([0-9]+) tests, .*/\1/p' "$out" | awk '{ n += $1 } END { print n + 0 }')
	if ((!missing && tests == points)); then
		point ok "$guest: all $# parts were run, $tests tests"
	else
		point "not ok" "$guest: all $# parts were run: $*; $tests tests, $points lines of theirs"
	fi
	if ((rc == 0)); then
		point ok "$guest: i915 unloads, neither the kernel nor the emulated GPU reported an error"
	else
		point "not ok" "$guest: i915 unloads, neither the kernel nor the emulated GPU reported an error (exit status $rc of guest.sh)"
	fi
	failed=$((bad - before))
}

# result NAME FIGURES: records the result of the last run.
result() {
	[[ -z $mutant ]] || return 0
	if ((failed)); then record "$1" fail "$command" "$failed failed; $2"; else record "$1" pass "$command" "$2; no page kept"; fi
}
# sum REGEX: the sum of the numbers in the output that the group in REGEX matches. count REGEX: the
# number of points with a match.
sum() { sed -nE "s/.*[^0-9]$1.*/\1/p" "$out" | awk '{ n += $1 } END { print n + 0 }'; }
count() { grep -cE "^(not )?ok .*$1" "$out" || :; }

killed='console=Out of memory: Killed process [0-9]+ \(userptr-faults\)'
inject=quick
[[ -z ${FULL:-} ]] || inject=all
for guest; do
	case $guest in
	faults)
		# If a page fault fails, the kernel warns and the process retries it; fork() causes
		# such faults. If i915_driver_early_probe() fails, i915 does not free its struct
		# intel_display and three strings that belong to it; neither does stock. They were
		# allocated by i915's own functions (whose names are gone with the module) below
		# the probe.
		run faults -T 3000 -w 'console=Huh VM_FAULT_OOM leaked out to the #PF handler' \
			-w 'kmemleak=(kstrdup|__kmalloc_cache_noprof)[+][^\n]*\n( +0x[0-9a-f]+\n)+ +local_pci_probe[+]' -- \
			partial callback "inject $inject" "probe $inject"
		figures="$(sum '# ([0-9]+) faults') faults in $(count '[0-9]+ faults') scenarios, one at a time"
		figures+="; in the callback $(sum 'nothing can fail in .*# ([0-9]+)') places to fail in $(count 'nothing can fail') events"
		result faults "$figures; $(count 'half way:') times that pinning fails half way, $(count 'probe:') probes"
		;;
	swap)
		GUEST_MEM=${GUEST_MEM:-768} run swap -T 1500 -d 1024 -w "$killed" -- "swap $inject"
		figures="$(count '') scenarios of reclaim and OOM: $(sum '([0-9]+) pages swapped out') pages swapped out"
		result pressure-swap "$figures, $(sum '([0-9]+) passes') shrinker passes, $(sum '# ([0-9]+) killed') killed; survivors' data right"
		;;
	no-swap)
		GUEST_MEM=${GUEST_MEM:-768} run no-swap -T 1500 -w "$killed" -- "no-swap $inject"
		figures="$(count '') scenarios of OOM killer and reaper: $(sum '# ([0-9]+) killed') killed"
		result pressure-no-swap "$figures, reaped $(sum 'reaped ([0-9]+) times') times; survivors' data right"
		;;
	esac
done
printf '1..%d\n' "$n"
((bad == 0))
