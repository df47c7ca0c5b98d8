#!/bin/bash
# Everything ends while userptrs are being cancelled, on the patched driver and the emulated G33: the GPU hangs and is reset, the device is unbound
# with files open, the module is unloaded, the system is suspended. What is done and counted: testbed/userptr-ends.c. In: FULL=1: more rounds.
. "$(dirname "$0")/../scripts/lib.sh"
. "$ROOT/tests/tap.sh"

rounds=2
[[ -z ${FULL:-} ]] || rounds=20
plan='' points=0 rc=''
while IFS= read -r line; do
	if [[ $line =~ ^1\.\.([0-9]+)$ ]]; then
		plan=${BASH_REMATCH[1]}
	elif [[ $line =~ ^ok\ [0-9]+\ -\ (.*)$ ]]; then
		points=$((points + 1))
		ok "${BASH_REMATCH[1]}"
	elif [[ $line =~ ^not\ ok\ [0-9]+\ -\ (.*)$ ]]; then
		points=$((points + 1))
		not_ok "${BASH_REMATCH[1]}"
	elif [[ $line =~ ^exit\ ([0-9]+)$ ]]; then
		rc=${BASH_REMATCH[1]}
	else
		diag <<<"${line#\# }"
	fi
done < <("$ROOT/scripts/ends.sh" -r "$rounds" patched && echo "exit 0" || echo "exit $?")

# Those of hang do not depend on the number of rounds.
want=$((12 + 3 * rounds))
planned="all $want rounds were tried"
if [[ $plan == "$want" && $points == "$want" ]]; then ok "$planned"; else not_ok "$planned (${plan:-none} planned, $points tried)"; fi
# Status 1 says that a round is not as expected; each of these has its own line above.
clean="i915 unloads, neither the kernel nor the emulated GPU took harm"
if [[ $rc == [01] ]]; then ok "$clean"; else not_ok "$clean (exit status $rc of ends.sh)"; fi
done_testing
