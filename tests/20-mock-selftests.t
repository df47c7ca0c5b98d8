#!/bin/bash
# All of i915's mock selftests pass on the patched driver and the debug kernel, among them the
# series' own group, and the kernel reports no error. In: FULL=1: also some that are slow, and
# igt_evict_vm, which has its own boot: it overflows a reference count in lockdep, also in the
# unpatched kernel, which turns lockdep off.
. "$(dirname "$0")/../scripts/lib.bash"
. "$ROOT/tests/lib/tap.bash"
# These do not use userptr. On this kernel without KVM they take from 10 s to 10 minutes each, or
# (test_timer) fail if the host is busy for 8 ms at the wrong moment.
slow=(test_timer mock_hwsp_freelist igt_vma_rotate_remap igt_vma_partial igt_mock_contiguous mock_breadcrumbs_smoketest
	igt_evict_something igt_evict_for_vma igt_overcommit igt_gtt_reserve igt_gtt_insert)
[[ -z ${FULL:-} ]] || slow=()
min_userptr=${MIN_USERPTR_SUBTESTS:-13}
repo=$("$ROOT/testbed/kernel/base.sh") || bail "no base kernel"
tip=$("$ROOT/scripts/series/commit.sh" -b "$repo") || bail "the series does not apply"
ko=$("$ROOT/testbed/kernel/build.sh" -b "$repo" debug "$tip") || bail "the patched kernel does not build"
i915=drivers/gpu/drm/i915
logs=$CACHE/runs/mock-selftests
rm -rf "$logs"
# mock_selftests= (CONFIG_DRM_I915_SELFTEST) taints the kernel (64); so does that WARNING of lockdep
# (512).
guest() { "$ROOT/testbed/vm/guest.sh" -w "$ttm_leak" -k "$ko" -t "$ROOT/testbed/workloads/selftests" -u 64 -q "$@"; }

filter='st_filter=!igt_evict_vm'
for t in "${slow[@]}"; do filter+=",!$t"; done
try "mock selftests pass, the kernel reports no error${slow[*]+ (without ${slow[*]}: FULL=1)}" \
	guest -T "$((${#slow[@]} ? 1200 : 6000))" -l "$logs/all" -- selftests.sh mock "$filter"
[[ -z ${FULL:-} ]] || try "igt_evict_vm passes (lockdep's state is not looked at)" \
	guest -T 600 -l "$logs/evict" -u 576 -w lockdep -w 'console=WARNING: .*kernel/locking/lockdep|DEBUG_LOCKS_WARN_ON' -- \
	selftests.sh mock "$(selftest_parameter "$ko" mock_evict)=1" st_filter=igt_evict_vm

ktap=$(cat "$logs"/*/out.log)
want=$(git -C "$repo" show "$tip:$i915/selftests/i915_mock_selftests.h" | sed -nE 's/^selftest\(([a-z_0-9]+),.*/\1/p' | sort)
have=$(sed -nE 's/^ok [0-9]+ ([a-z_0-9]+) .*/\1/p' <<<"$ktap" | sort -u)
is_empty "each of the $(wc -l <<<"$want") groups ran and passed" "$(diff <(echo "$want") <(echo "$have") || :)"
printf '# %d subtests passed\n' "$(grep -cE '^    ok ' <<<"$ktap")"

userptr=$(sed -n '/^    # Subtest: userptr$/,/^ok/s/^    ok [0-9]* //p' <<<"$ktap")
n=$(grep -c . <<<"$userptr" || :)
if ((n >= min_userptr)); then ok "the userptr group ran $n subtests, at least $min_userptr"; else not_ok "the userptr group ran $n subtests, wanted are $min_userptr"; fi
src=$(git -C "$repo" show "$tip:$i915/gem/selftests/i915_gem_userptr.c" 2>/dev/null | sed -nE 's/^[[:space:]]*SUBTEST\((\w+)\).*/\1/p' | sort)
is_empty "each subtest in selftests/i915_gem_userptr.c ran and passed" "$(diff <(echo "$src") <(sort <<<"$userptr") || :)"
done_testing selftests
