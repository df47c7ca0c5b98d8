#!/bin/bash
# Memory that a program passed to Mesa, for Vulkan or OpenGL, or to Intel's OpenCL runtime, and
# unmapped after the GPU had used it: stock keeps its pages until the library frees its object, the
# patched kernel releases them. On the emulated Kaby Lake. In: CONFIG as for clients/run.sh.
. "$(dirname "$0")/../scripts/lib.bash"
. "$ROOT/tests/lib/tap.bash"
export GPU=kbl
prefer_debian
make_tmp

for run in stock:keep patched:release; do
	variant=${run%:*} rc=0 told=0 n=0
	"$ROOT/testbed/workloads/clients/run.sh" "$variant" "${run#*:}" >"$tmp/out" || rc=$?
	while IFS=$'\t' read -r kind client use what event verdict before after _ why; do
		case $kind in
		client)
			n=$((n + 1))
			name="$variant: $client, $use, $what, $event: $after of $before pages are kept"
			if [[ $verdict == ok ]]; then ok "$name"; else not_ok "$name ($why)"; fi
			;;
		driver) echo "# $client: $use" ;;
		tests) told=$((told + client)) ;;
		esac
	done < <(tr -d '\r' <"$tmp/out")
	name="$variant: all were tried; neither the kernel nor the emulated GPU reported an error"
	if [[ $rc == [01] && $n -gt 0 && $n == "$told" ]]; then ok "$name"; else not_ok "$name (exit status $rc, $n of $told)"; fi
done
done_testing clients
