#!/bin/bash
# Makes the kernel commit that has the series applied on the base, and prints its id (last line of stdout).
# Usage: series-commit.sh [-b REPO] [-n N] [EXTRA.patch ...]
#   -b REPO  base repository as printed by base.sh (default: base.sh is run)
#   -n N     only the first N patches of the series (0: the base itself, i.e. stock)
#   EXTRA    patches on top, each one commit (git am if it is a mail, else git apply): mock-node.patch, a mutant ...
# Out: a commit id in REPO, where a ref keeps it. The same patches on the same base give the same id and are applied once.
. "$(dirname "$0")/lib.sh"
die "not written yet"
