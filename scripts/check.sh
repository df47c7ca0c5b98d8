#!/bin/bash
# Runs the tests: all of tests/*.t, or those named as arguments; each is a bash script that prints TAP, prove runs them and sums up.
# In:  KERNEL=path to test the series on another base. First use downloads and builds a kernel: 65-75 min on 2 cores, later 25-30.
# Out: prove's summary and exit status; logs of the guests in $CACHE/runs.
. "$(dirname "$0")/lib.sh"
cd "$ROOT"
(($#)) || set -- tests/*.t
exec prove --timer --exec bash "$@"
