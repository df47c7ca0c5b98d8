#!/bin/bash
# Writes what a farm needs besides the kernel and the root file system: the LAVA job for one GPU and
# one kernel, and the archive of lists that the job unpacks.
# Usage: ci/pack.sh GPU stock|patched URL DIR
#   GPU   in drm-ci's terms: kbl, tgl ...
#   URL   the future location of bzImage, modules.tar.xz, rootfs.tar.xz (IGT with igt-tests/,
#         installed in /igt) and DIR/lists.tar.gz
# In:  DEVICE_TYPE: LAVA's name of the machines (default: that of drivers/gpu/drm/ci/test.yml of the
#      base kernel). KERNEL: as for base.sh.
# Out: DIR/lava.yaml, checked by ci/check.py; DIR/lists.tar.gz (userptr/testlist.txt, judge.sh,
#      judge.awk, xfails/).
. "$(dirname "$0")/../scripts/lib.bash"
need_tool git tar gzip

(($# == 4)) || die "usage: ci/pack.sh GPU stock|patched URL DIR"
gpu=$1 kernel=$2 url=${3%/} dir=$4
[[ $kernel == stock || $kernel == patched ]] || die "there are lists for stock and for patched, none for '$kernel'"
[[ $gpu =~ ^[a-z0-9]+$ ]] || die "'$gpu' is not the name of a GPU in drm-ci: give kbl or tgl, for example"
[[ $url =~ ^[a-z]+://[^\ \|\&\\]+$ ]] || die "'$url' is no URL"
device=${DEVICE_TYPE:-}
if [[ -z $device ]]; then
	repo=$("$ROOT/testbed/kernel/base.sh")
	device=$(git -C "$repo" show base:drivers/gpu/drm/ci/test.yml | awk -v gpu="i915:$gpu:" '
		/^[^ ]/ { mine = $0 == gpu }
		mine && $1 == "DEVICE_TYPE:" { print $2 }')
	[[ -n $device ]] || die "drm-ci has no i915:$gpu: give DEVICE_TYPE, LAVA's name of the machines"
fi
[[ $device =~ ^[A-Za-z0-9._-]+$ ]] || die "'$device' is not a device type of LAVA"

make_tmp
mkdir -p "$dir" "$tmp/userptr/xfails"
"$ROOT/ci/lists.sh" "$tmp/lists" "$gpu"
cp "$tmp/lists/testlist.txt" "$ROOT"/ci/judge.{sh,awk} "$tmp/userptr/"
cp "$tmp/lists/$kernel/i915-$gpu"-*.txt "$tmp/userptr/xfails/"
tar -C "$tmp" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -cf - userptr | gzip -n >"$dir/lists.tar.gz"
sed -e "s|^job_name:.*|job_name: \"i915 userptr, $kernel, $gpu\"|" -e "s|^device_type:.*|device_type: $device|" \
	-e "s|^\( *GPU:\).*|\1 $gpu|" -e "s|https://storage.example.org/userptr|$url|" "$ROOT/ci/lava.yaml" >"$dir/lava.yaml"
rc=0
"$ROOT/ci/check.py" "$dir/lava.yaml" || rc=$?
((rc == 0 || rc == 77)) || die "$dir/lava.yaml is not a valid job, see above"
