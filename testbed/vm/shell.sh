#!/bin/bash
# An interactive shell in a guest with the emulated GPU and an i915.ko of your choice; leave it with
# Ctrl-A X. Load the module with modprobe i915 disable_display=1.
# In:  KERNEL=path: HEAD of this kernel checkout as it is, without the series (SERIES=1: with it).
#      Without KERNEL: the pinned base kernel with the series (SERIES=0: without it, stock).
#      CONFIG=debug (default) or fast.
#      SHARE=dir: a directory of this machine, mounted at /mnt in the guest, writable.
#      GPU=0: without the GPU (for the mock device). GPU=g33 or kbl, GPU_SERVER, GPU_MODE, QEMU,
#      ACCEL, GUEST_MEM as for vm/guest.sh.
#      Arguments: files to copy to /test in the guest.
. "$(dirname "$0")/../../scripts/lib.bash"
[[ -t 0 ]] || die "this wants a terminal; for a single command use testbed/vm/guest.sh"
config=${CONFIG:-debug}
gpu=''
[[ ${GPU:-} == 0 ]] || gpu=$(gpu_name) || exit 1
[[ -z ${SHARE:-} || -d $SHARE ]] || die "SHARE=$SHARE is not a directory: give the path of one"

repo=$("$ROOT/testbed/kernel/base.sh")
if [[ ${SERIES:-$([[ -n ${KERNEL:-} ]] || echo 1)} == [1y]* ]]; then
	commit=$("$ROOT/scripts/series/commit.sh" -b "$repo")
else
	commit=$("$ROOT/scripts/series/commit.sh" -b "$repo" -n 0)
fi
# If a kernel of the same checkout that differs only in the driver has been built, only the driver
# is rebuilt.
if [[ -n ${KERNEL:-} && ! -d $repo/obj-${config//+/-} ]]; then
	for r in "$CACHE"/base/user-*; do
		[[ -d $r/obj-${config//+/-} && $(<"$r/.git/objects/info/alternates") == "$(<"$repo/.git/objects/info/alternates")" ]] || continue
		git -C "$r" fetch -q "$repo" "$commit" || continue
		git -C "$r" diff-tree -r --quiet base "$commit" -- . ':(exclude)drivers/gpu/drm/i915' ':(exclude)Documentation' || continue
		say "the kernel around the driver was built before: $(git -C "$r" log -1 --format='%h %s' base)"
		repo=$r
		break
	done
fi
ko=$("$ROOT/testbed/kernel/build.sh" -b "$repo" "$config" "$commit")

args=(-i -t "$ROOT/testbed/workloads/selftests")
[[ -z $gpu ]] || args+=(-g)
[[ -z ${SHARE:-} ]] || args+=(-s "$SHARE")
for f; do args+=(-t "$f"); done
say "driver: $(git -C "$repo" log -1 --format='%h %s' "$commit"); GPU: ${gpu:-none}; leave with Ctrl-A X"
exec "$ROOT/testbed/vm/guest.sh" -k "$ko" "${args[@]}"
