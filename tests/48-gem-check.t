#!/bin/bash
# The driver on the emulated GPU: it probes, moves data, tiles, blits, takes its interrupts,
# survives a hang and unloads; the kernel reports no error, and the model counts no forbidden
# access. The checks: testbed/workloads/gem-check/program.c.
# In: FULL=1: on the debug kernel, and the stock driver as well; else on Debian's own kernel.
. "$(dirname "$0")/../scripts/lib.bash"
. "$ROOT/tests/lib/tap.bash"

variants=(patched)
if [[ -n ${FULL:-} ]]; then variants=(stock patched); else prefer_debian; fi
for variant in "${variants[@]}"; do
	relay "$variant: " '' < <("$ROOT/testbed/workloads/gem-check/run.sh" "$variant" && echo "exit 0" || echo "exit $?")
	clean="$variant: neither the kernel nor the device model reported an error"
	if [[ $rc == 0 ]]; then ok "$clean"; else not_ok "$clean (exit status $rc of gem-check/run.sh)"; fi
	interrupts=$(awk '$1 == "interrupts" { print $2 }' "$CACHE/runs/gem-check/$(run_name "$variant")/counts" 2>/dev/null || :)
	if ((${interrupts:-0} > 0)); then ok "$variant: $interrupts interrupts came"; else not_ok "$variant: no interrupt came"; fi
done
done_testing gem-check
