#!/bin/bash
# Runs the tests: all of tests/*.t, or those named as arguments; each is a bash script that prints TAP, prove runs them and sums up.
# Two at a time: an emulated kernel keeps one core busy most of the time.
# In:  KERNEL=path to test the series on another base. First use downloads and builds a kernel.
# Out: prove's summary and exit status; logs of the guests in $CACHE/runs.
. "$(dirname "$0")/lib.sh"
cd "$ROOT"
(($#)) || set -- tests/*.t
exec prove --timer --jobs 2 --exec bash "$@"
