#!/bin/bash
# Builds kernel and i915.ko of a commit; prints the path of the i915.ko (last line of stdout), progress on stderr.
# Usage: build.sh [-b REPO] CONFIG [COMMIT]     CONFIG: debug or fast (testbed/base.config + testbed/CONFIG.config)
#   COMMIT: as printed by series-commit.sh (default: tag base, i.e. stock); -b REPO: as printed by base.sh (default: base.sh is run)
# Out: $CACHE/out/CONFIG-KEY/ with bzImage, .config, release, modules/*.ko (all but i915), i915-TREE.ko (TREE: git tree of drivers/gpu/drm/i915).
#      The kernel image is shared by all commits that differ only below drivers/gpu/drm/i915. A warning in i915 fails the build.
# So: ko=$(scripts/build.sh debug "$(scripts/series-commit.sh)"); scripts/guest.sh -k "$ko" -- uname -a
. "$(dirname "$0")/lib.sh"
die "not written yet"
