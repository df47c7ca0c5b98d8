#!/bin/bash
# Removes what the other scripts downloaded and built: sources, object files, kernels, logs.
# In:  CACHE. Keeps $CACHE/work* (the developer's work trees, see series/apply.sh) and, while such a
#      tree exists, $CACHE/base, whose objects it uses; also any file that these scripts did not
#      make.
# Out: frees some 10 GiB; the next 'make check' or 'make demo' starts from nothing.
. "$(dirname "$0")/lib.bash"
works=("$CACHE"/work*)
for d in apt apt-bookworm apt-sid apt-trixie apt-trixie-backports-non-free-firmware apt-trixie-trixie-backports base bases bench clients coverage debian dkms driver ends events faults fuzz igt image model module out proof qemu runs sanitize soak tmp; do
	[[ -d $CACHE/$d ]] || continue
	if [[ $d == base && -d ${works[0]} ]]; then
		say "kept: $CACHE/base, as the work trees in $CACHE/work* need it (remove them first if that is not wanted)"
		continue
	fi
	rm -rf "${CACHE:?}/$d"
	say "removed: $CACHE/$d"
done
