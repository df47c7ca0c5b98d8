#!/bin/bash
# Runs tests of the series on the backport (patches/6.12), with its own base and on the testbed:
# style, each patch applies and compiles, events on stock and patched, IGT's subtests.
# Usage: scripts/series/backport.sh [TEST ...]
#   TEST   of tests/ (default: 11-style.t 12-build-each.t 13-backport.t 50-events.t 60-igt.t)
# Out: prove's summary and exit status. The logs are in the usual directories of these tests, with
#      -debug+6.12 at the end of the name.
. "$(dirname "$0")/../../scripts/lib.bash"
cd "$ROOT"
unset KERNEL
export BACKPORT=6.12 CONFIG=debug+6.12
whole=''
(($#)) || { whole=1; set -- tests/11-style.t tests/12-build-each.t tests/13-backport.t tests/50-events.t tests/60-igt.t; }
repo=$("$ROOT/testbed/kernel/base.sh")
make_tmp
export KEEP=$tmp
rc=0 result=pass
prove --timer --exec "bash tests/lib/keep.sh" "$@" 4>&2 || rc=$? result=fail
figures="$(git -C "$repo" log -1 --format=%s base | sed 's/ (.*//'):"
for t; do figures+=" $(grep -c '^ok' "$tmp/${t##*/}" || :) of $(grep -cE '^(not )?ok' "$tmp/${t##*/}" || :) checks of ${t##*/},"; done
[[ -z $whole ]] || BACKPORT='' RECORD_KERNEL=$CONFIG record backport "$result" scripts/series/backport.sh "${figures%,}"
exit "$rc"
