#!/bin/bash
# Gets the base kernel as a git repository, tag 'base' on the commit; prints its path (last line of stdout), progress on stderr.
# In:  nothing: the version pinned in testbed/base-version, from the Debian mirror that this machine's apt uses (else the newest
#      linux-source-7.* of trixie-backports, with a notice); KERNEL=path: HEAD of that git checkout of a kernel, which is only read.
# Out: $CACHE/base/KEY. Made once; the commit id of a Debian version is the same on every machine.
. "$(dirname "$0")/lib.sh"
die "not written yet"
