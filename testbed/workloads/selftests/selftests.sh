#!/bin/sh
# Runs in the guest: i915's selftests, by loading the module; converts their output to KTAP
# (ktap.awk beside it).
# Usage: selftests.sh mock|live [PARAMETER ...]
# In:  further module parameters (st_filter=!igt_evict_vm, igt__15__mock_evict=1 ...). live needs
#      the GPU, and runs one group at a time.
# Out: KTAP on stdout. i915 stops at the first failure.
# Exit: 0 if every group that ran passed, and at least one did.
kind=$1
shift
case $kind in
mock) ;;
live) set -- disable_display=1 "$@" ;;
*) echo "Bail out! '$kind' is neither mock nor live"; exit 1 ;;
esac
dmesg -c >/dev/null
modprobe i915 "${kind}_selftests=-1" "$@" || { echo "Bail out! modprobe i915 failed"; exit 1; }
# -ENOTTY: all passed, and the driver was not started (i915_selftest.c).
result=$(cat "/sys/module/i915/parameters/${kind}_selftests")
dmesg | sed -e 's/^<[0-9]*>//' -e 's/^\[[^]]*\] *//' | awk -v result="$result" -f "$(dirname "$0")/ktap.awk"
