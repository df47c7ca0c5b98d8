#!/bin/bash
# The fuzz harnesses (testbed/gpu/fuzz) of both models on the corpus, built with gcc, under the
# sanitizers: they find no error; in a model with a bug of testbed/gpu/fuzz/bugs they find it.
# Fuzzing itself: testbed/gpu/fuzz/run.sh.
. "$(dirname "$0")/../scripts/lib.bash"
. "$ROOT/tests/lib/tap.bash"
need_tool gcc make patch
make_tmp
fuzz=$ROOT/testbed/gpu/fuzz

# Without leak detection, which takes a third of a second and would find only memory of the harness.
export ASAN_OPTIONS=detect_leaks=0
# build OUT ARGUMENT...: builds the harnesses.
build() {
	local out=$1
	shift
	make -C "$fuzz" -j"$(nproc)" OUT="$out" "$@" >"$tmp/log" 2>&1 ||
		{ grep -m5 -E '(error|warning|undefined|\*\*\*)' "$tmp/log" && false; }
}

try "the harnesses build" build "$tmp/out"
for name in {vfio-user,cs}{,-kbl}; do
	corpora=("$fuzz/corpus/$name")
	# vfio-user messages are the same for both GPUs.
	[[ $name != vfio-user-* ]] || corpora+=("$fuzz/corpus/vfio-user")
	mapfile -t files < <(find "${corpora[@]}" -type f | sort)
	rc=0
	n=$(timeout 600 "$tmp/out/replay-$name" "${files[@]}" 2>"$tmp/err") || rc=$?
	if [[ $rc == 0 && $n == "${#files[@]}" && $n -ge 30 ]]; then ok "$name: $n inputs of the corpus, nothing found"; else
		not_ok "$name: status $rc, ${n:-none} of ${#files[@]} inputs"
		tail -n30 "$tmp/err" | diag
	fi
done
is_empty "the corpus is small" "$(
	n=$(find "$fuzz/corpus" -type f | wc -l) size=$(find "$fuzz/corpus" -type f -exec cat {} + | wc -c)
	((n < 300 && size < 300000)) || echo "$n files, $size bytes: make them fewer than 300 and 300000"
)"

bugs=0
for bug in "$fuzz"/bugs/*.patch; do
	bugs=$((bugs + 1))
	name=${bug##*/} name=${name%.patch}
	harness=$(field Harness "$bug") as=$(field Found-as "$bug")
	rm -rf "$tmp/bug" "$tmp/gpu"
	cp -a "$tmp/out" "$tmp/bug"
	mkdir "$tmp/gpu"
	cp -a "$ROOT"/testbed/gpu/{common,g33,kbl} "$tmp/gpu/"
	if ! patch -s -p1 -d "$tmp/gpu" <"$bug" >"$tmp/log" 2>&1 || ! build "$tmp/bug" MODELS="$tmp/gpu" "$tmp/bug/replay-$harness" >/dev/null; then
		not_ok "$name: cannot be planted"
		diag <"$tmp/log"
		continue
	fi
	rc=0
	{ timeout 600 "$tmp/bug/replay-$harness" "$fuzz/corpus/$harness"/* >/dev/null 2>"$tmp/err"; } 2>/dev/null || rc=$?
	found=$(grep -m1 -aoE "(FINDING|ERROR|runtime error).*($as).*" "$tmp/err" || :)
	if ((rc)) && [[ $found ]]; then ok "$name is found: ${found:0:90}"; else
		not_ok "$name: status $rc, and not found as '$as'"
		tail -n5 "$tmp/err" | diag
	fi
done
((bugs)) || not_ok "there are bugs to plant"
done_testing
