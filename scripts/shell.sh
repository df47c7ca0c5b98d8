#!/bin/bash
# An interactive shell in the guest, with the patched i915.ko at hand (modprobe i915); leave with Ctrl-A X.
# In:  CONFIG=debug (default) or fast; STOCK=1 for the driver without the series; arguments are files to put in /test.
. "$(dirname "$0")/lib.sh"
[[ -t 0 ]] || die "this wants a terminal; for a single command use scripts/guest.sh"
repo=$("$ROOT/scripts/base.sh")
if [[ -n ${STOCK:-} ]]; then commit=base; else commit=$("$ROOT/scripts/series-commit.sh" -b "$repo"); fi
ko=$("$ROOT/scripts/build.sh" -b "$repo" "${CONFIG:-debug}" "$commit")
args=(-t "$ROOT/testbed/mock-selftests.sh")
for f; do args+=(-t "$f"); done
say "leave with Ctrl-A X"
exec "$ROOT/scripts/guest.sh" -k "$ko" "${args[@]}" -i
