#!/bin/bash
# Builds the server of the emulated G33 for QEMU (testbed/gpu); prints the path of the binary (last line of stdout).
# Usage: testbed/gpu/build.sh [-s]     -s: with address and undefined behaviour sanitizers
# Out: $CACHE/out/g33-HASH/g33, HASH over the sources, the compiler and -s; a warning fails the build.
. "$(dirname "$0")/../../scripts/lib.bash"

san=
options s=san -- "$@"
shift $((OPTIND - 1))
(($# == 0)) || usage
need_tool gcc make

src=$ROOT/testbed/gpu
key=$({ echo "san=$san"; gcc --version | head -n1; cd "$src"; sha256sum Makefile common/*.[ch] g33/*.[ch]; } | hash12)
out=$CACHE/out/g33-$key
if [[ ! -x $out/g33 ]]; then
	lock g33
	if [[ ! -x $out/g33 ]]; then
		mkdir -p "$CACHE/out"
		make_tmp "$CACHE/out"
		make -s -C "$src" OUT="$tmp/obj" ${san:+SAN=1} g33 >"$tmp/log" 2>&1 || {
			grep -m3 -E '(error|warning|undefined|\*\*\*)' "$tmp/log" >&2 || tail -n3 "$tmp/log" >&2
			die "the device model does not build: see 'make -C $src'"
		}
		mkdir "$tmp/o"
		mv "$tmp/obj/g33" "$tmp/o/"
		mv "$tmp/o" "$out"
	fi
	unlock g33
fi
echo "$out/g33"
