#!/bin/bash
# Builds the server of an emulated GPU for QEMU; prints the path of the binary (last line of
# stdout).
# Usage: testbed/gpu/build.sh [-s] [MODEL]
#   MODEL  one of the Makefile's models, default g33
#   -s     with address and undefined behaviour sanitizers
# Out: $CACHE/out/MODEL-HASH/MODEL, HASH over the sources, the compiler and -s. A warning fails the
#      build.
. "$(dirname "$0")/../../scripts/lib.bash"

san=
options s=san -- "$@"
shift $((OPTIND - 1))
(($# <= 1)) || usage
model=${1:-g33}
src=$ROOT/testbed/gpu
grep -qE "^models :=.* $model( |\$)" "$src/Makefile" || die "there is no model '$model'"
need_tool gcc make

key=$({
	echo "san=$san"
	gcc --version | head -n1
	cd "$src"
	sha256sum Makefile {common,"$model"}/*.[ch]
} | hash12)
out=$CACHE/out/$model-$key
if [[ ! -x $out/$model ]]; then
	lock "$model"
	if [[ ! -x $out/$model ]]; then
		mkdir -p "$CACHE/out"
		make_tmp "$CACHE/out"
		make -s -C "$src" OUT="$tmp/obj" ${san:+SAN=1} "$model" >"$tmp/log" 2>&1 || {
			grep -m3 -E '(error|warning|undefined|\*\*\*)' "$tmp/log" >&2 || tail -n3 "$tmp/log" >&2
			die "the device model does not build: see 'make -C $src $model'"
		}
		mkdir "$tmp/o"
		mv "$tmp/obj/$model" "$tmp/o/"
		mv "$tmp/o" "$out"
	fi
	unlock "$model"
fi
echo "$out/$model"
