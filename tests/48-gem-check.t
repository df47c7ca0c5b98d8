#!/bin/bash
# The driver on the emulated GPU: it probes, moves data, tiles, blits, takes its interrupts, survives a hang; it unloads; the kernel took
# no harm and the model counted nothing that a driver must not do. The checks: testbed/workloads/smoke/program.c. In: FULL=1: the stock driver as well.
. "$(dirname "$0")/../scripts/lib.bash"
. "$ROOT/tests/lib/tap.bash"

repo=$("$ROOT/testbed/kernel/base.sh") || bail "no base kernel"
make_tmp
"$ROOT/testbed/vm/program.sh" -b "$repo" smoke "$tmp/gem-check" || bail "smoke/program.c does not compile"
variants=(patched)
[[ -z ${FULL:-} ]] || variants=(stock patched)
for variant in "${variants[@]}"; do
	only=()
	[[ $variant == patched ]] || only=(-n 0)
	commit=$("$ROOT/scripts/series/commit.sh" -b "$repo" "${only[@]+"${only[@]}"}") || bail "the series does not apply"
	ko=$("$ROOT/testbed/kernel/build.sh" -b "$repo" debug "$commit") || bail "the $variant kernel does not build"
	logs=$CACHE/runs/gem-check/$variant
	try "$variant: the kernel and the device model took no harm" "$ROOT/testbed/vm/guest.sh" -g -k "$ko" -q -T 300 -l "$logs" -t "$tmp/gem-check" -- \
		sh -c 'modprobe i915 disable_display=1 && gem-check /dev/dri/card0 /sys/kernel/debug/dri/0/i915_wedged && rmmod i915'
	interrupts=$(awk '$1 == "interrupts" { print $2 }' "$logs/counts" 2>/dev/null || :)
	if ((${interrupts:-0} > 0)); then ok "$variant: $interrupts interrupts came"; else not_ok "$variant: no interrupt came"; fi
	relay "$variant: " '' < <(tr -d '\r' <"$logs/out.log")
done
done_testing gem-check
