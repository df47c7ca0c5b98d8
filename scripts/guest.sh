#!/bin/bash
# Boots a kernel made by build.sh under QEMU (no KVM needed), runs one command in the guest, checks that the kernel took no harm.
# Usage: guest.sh -k I915.KO [options] -- COMMAND [ARG ...]
#   -k I915.KO   as printed by build.sh; bzImage and the other modules are taken from the directory it lies in (modprobe i915 works)
#   -t PATH      a file or directory, copied to /test in the guest (repeatable); COMMAND runs in /test, which is also in PATH
#   -l DIR       where console.log (dmesg), out.log (COMMAND's stdout and stderr) and status go (default: a new directory in $CACHE/runs)
#   -T SECONDS   time limit for all of it (default 600)
#   -a KERNELARG appended to the kernel's command line (repeatable)
#   -u MASK      taint bits that are no failure (default 0; 64: a module parameter marked unsafe, as mock_selftests= is)
#   -w CHECK     waives one check: lockdep, kmemleak, taint, console=REGEX (repeatable; say why where you use it)
#   -q           quiet: do not copy out.log to stdout as it comes
#   -i           interactive: a shell on this terminal instead of COMMAND (leave with Ctrl-A X)
# Exit: COMMAND's own status if all checks pass; 97 the kernel complained (WARNING, lockdep, KASAN, hung task, leak, taint, ...);
#       98 time limit, panic or the guest died; 99 it could not be started. One line on stderr says which, with the path of the log.
. "$(dirname "$0")/lib.sh"
die "not written yet"
