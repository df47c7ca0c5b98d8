#!/bin/bash
# The emulated Kaby Lake: no page is released while an engine can still reach it by a translation in
# its TLB, and a burst takes a constant number of invalidations. If the GPU ignores the invalidation
# registers, the same checks fail, on each engine. On Debian's own kernel (with KERNEL=path on the
# debug kernel of that base). In: FULL=1: the first on the debug kernel.
. "$(dirname "$0")/../scripts/lib.bash"
. "$ROOT/tests/lib/tap.bash"
export GPU=kbl
make_tmp
[[ -n ${FULL:-} ]] || prefer_debian

relay "" '' < <("$ROOT/testbed/workloads/tlb/run.sh" patched 1 100 1000 && echo "exit 0" || echo "exit $?")
clean="neither the kernel nor the emulated GPU reported an error"
if [[ $rc == [01] ]]; then ok "$clean"; else not_ok "$clean (exit status $rc of tlb/run.sh)"; fi

cp -r "$ROOT/testbed/gpu" "$tmp/gpu"
patch -s -d "$tmp/gpu" -p1 <"$ROOT/testbed/workloads/tlb/deaf.patch" || bail "tlb/deaf.patch does not apply"
make -s -C "$tmp/gpu" OUT="$tmp/out" kbl || bail "the deaf GPU does not build"
GPU_SERVER=$tmp/out/kbl CONFIG=$(prefer_debian; echo "$CONFIG") "$ROOT/testbed/workloads/tlb/run.sh" patched >"$tmp/deaf" || :
is_empty "a deaf GPU writes to the released page on each engine, and that is all that fails" "$(
	diff <(printf '%s: no access to the page after that\n' rcs0 bcs0 vcs0 vecs0) \
		<(sed -nE 's/^not ok [0-9]+ - //p' "$tmp/deaf") || :
)"
done_testing tlb
