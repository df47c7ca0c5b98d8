#!/bin/bash
# The emulated Kaby Lake (gen9): what 48-gem-check.t and 50-events.t check on the G33. Each of them
# records its result under a name of this GPU. In: as they say.
. "$(dirname "$0")/../scripts/lib.bash"
. "$ROOT/tests/lib/tap.bash"

export GPU=kbl
for t in 48-gem-check 50-events; do
	relay "${t#*-}: " '' < <(bash "$ROOT/tests/$t.t" && echo "exit 0" || echo "exit $?")
	[[ $rc == [01] ]] || not_ok "$t.t came to its end (exit status $rc)"
done
done_testing
