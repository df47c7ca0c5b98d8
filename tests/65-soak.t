#!/bin/bash
# One minute of testbed/workloads/soak/program.c, with a fixed seed: random operations of several
# processes on the patched driver and the emulated G33, after which all counts are back at their
# initial values. FULL=1: ten minutes. For hours: make soak.
. "$(dirname "$0")/../scripts/lib.bash"
. "$ROOT/tests/lib/tap.bash"

rc=0 minutes=1
[[ -z ${FULL:-} ]] || minutes=10
out=$("$ROOT/testbed/workloads/soak/run.sh" -n -m "$minutes" -s 9 -- -e 30) || rc=$?
out=$(tr -d '\r' <<<"$out")

said=$(sed -n 's/^soak\t//p' <<<"$out")
if [[ $said == $'ok\t-' ]]; then ok "no call failed, each value was there"; else not_ok "no call failed, each value was there"; diag <<<"$said"; fi
# On a slow machine one minute is some hundred operations, which need not include all rare ones.
rare='^(FORK_EXEC|ALIAS_CLOSED|ALIAS_PURGED|SEAL|RESET|HANG|CLOSE_FILE|END_.*|BANNED)$'
counts=$(sed -n 's/^count\t//p' <<<"$out")
is_empty "each common operation ran" "$(awk -F'\t' -v rare="$rare" '$1 !~ rare && !$2 { print $1 }' <<<"${counts:-nothing}")"
n=$(awk -F'\t' -v rare="$rare" '$1 ~ rare && $2' <<<"$counts" | wc -l)
if ((n >= 6)); then ok "and $n of the 13 rare ones"; else not_ok "and $n of the 13 rare ones"; fi
is_empty "pinned pages, objects, processes, memory are what they were" "$(grep $'^compare\tDIFFERENT' <<<"$out" || :)"
# Counts are compared before the load and after each half minute of it.
n=$(grep -c $'^compare\tsame' <<<"$out" || :)
if ((n >= 2)); then ok "they were looked at $n times"; else not_ok "they were looked at $n times"; fi
if [[ $rc == 0 ]]; then ok "i915 unloads, neither the kernel nor the emulated GPU reported an error"; else not_ok "exit status $rc of soak/run.sh"; fi
done_testing
