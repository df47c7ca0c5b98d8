#!/bin/bash
# The groups of i915's live selftests for code that the series touches, on the patched driver and
# the emulated G33: each passes, and runs the right number of subtests. The others, and igt_mmap of
# mman, which takes minutes: make live.
. "$(dirname "$0")/../scripts/lib.bash"
. "$ROOT/tests/lib/tap.bash"
. "$ROOT/tests/lib/live.bash"

export LIVE_FILTER='!igt_mmap'
live_groups mman=7 gem=3 evict=1 vma=1 dmabuf=4 reset=6 hangcheck=14
done_testing live
