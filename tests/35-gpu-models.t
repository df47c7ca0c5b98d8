#!/bin/bash
# The unit tests of the GPU models and of their server (testbed/gpu/*/tests/test-*.c), without QEMU:
# under the address and undefined behaviour sanitizers, and those with threads also under the thread
# sanitizer. G33_SEED=, G33_FUZZ_SECONDS=, KBL_SEED= and KBL_FUZZ_SECONDS= are for test-fuzz.
. "$(dirname "$0")/../scripts/lib.bash"
. "$ROOT/tests/lib/tap.bash"
need_tool gcc make
[[ -f /usr/include/cmocka.h ]] || bail "no cmocka.h: run scripts/deps.sh"
make_tmp
threaded=({g33,kbl}/tests/test-{reset,interrupts,fuzz})

# build DIR ARGUMENT...: writes all output to DIR.log.
build() {
	local out=$1
	shift
	make -C "$ROOT/testbed/gpu" -j"$(nproc)" OUT="$out" "$@" >"$out.log" 2>&1 || { tail -n40 "$out.log" && false; }
}

# points NAME BINARY [PREFIX...]: a test point for each cmocka test of a binary, and one for the
# binary: it ran as many tests as planned, at least one, and exited with 0, which excludes reports
# of a sanitizer.
points() {
	local name=$1 plan='' n=0 line rc=0 bad='' said=''
	shift
	CMOCKA_MESSAGE_OUTPUT=TAP timeout 600 "$@" >"$tmp/out" 2>"$tmp/err" || rc=$?
	while IFS= read -r line; do
		if [[ $line =~ ^1\.\.([0-9]+)$ ]]; then
			plan=${BASH_REMATCH[1]}
		elif [[ $line =~ ^ok\ [0-9]+\ -\ (.*)$ ]]; then
			n=$((n + 1))
			ok "$name: ${BASH_REMATCH[1]}"
		elif [[ $line =~ ^not\ ok\ [0-9]+\ -\ ([a-z0-9_]+)(.*)$ ]]; then
			n=$((n + 1))
			bad+=" ${BASH_REMATCH[1]}"
			not_ok "$name: ${BASH_REMATCH[1]}"
			said+="${BASH_REMATCH[1]}${BASH_REMATCH[2]}"$'\n'
		else
			said+="${line#\# }"$'\n'
		fi
	done <"$tmp/out"
	if [[ -n $plan && $n == "$plan" && $n -gt 0 && $rc == 0 ]]; then
		ok "$name: $n tests, nothing else to complain of"
	else
		not_ok "$name: $n tests of ${plan:-none}, exit status $rc${bad:+, failed:$bad}"
		diag <<<"$said"
		diag <"$tmp/err"
	fi
}

try "builds with the address and undefined behaviour sanitizers" build "$tmp/san" SAN=1 tests
ran=0
for source in "$ROOT"/testbed/gpu/*/tests/test-*.c; do
	t=$(basename "$source" .c) dir=$(basename "${source%/tests/*}")
	binary=$tmp/san/obj/$dir/tests/$t
	[[ -x $binary ]] || { not_ok "$dir, $t: was not built"; continue; }
	ran=$((ran + 1))
	points "$dir, $t" "$binary"
done
((ran)) || not_ok "there are unit tests"

# Without address space randomization: gcc's thread sanitizer before version 14 does not start with
# the amount of it that new kernels use.
tsan=$tmp/tsan/obj
try "builds with the thread sanitizer" build "$tmp/tsan" SAN=thread "${threaded[@]/#/$tsan/}"
for t in "${threaded[@]}"; do
	name="${t/\/tests\//, }, threads"
	[[ -x $tsan/$t ]] || { not_ok "$name: was not built"; continue; }
	points "$name" setarch -R "$tsan/$t"
done
RECORD_KERNEL='' done_testing gpu-models
