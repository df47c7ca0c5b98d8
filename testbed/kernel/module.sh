#!/bin/bash
# Builds only i915.ko, for a kernel built by Debian; prints its path (last line of stdout), progress
# on stderr.
# Usage: testbed/kernel/module.sh [-v 7.3|6.12] stock|patched [PATCH ...]
#   -v       as for kernel/debian.sh
#   stock    Debian's own module
#   patched  the series (with -v 6.12 patches/6.12) on the driver's source of the same version
#   PATCH    on top, as for series/commit.sh
# Out: $CACHE/debian/KEY/i915-TREE.ko (TREE: git tree of drivers/gpu/drm/i915) or i915-stock.ko,
#      beside the bzImage, as vm/guest.sh -k needs it; and kvmgt-TREE.ko, which must match it.
# Example: ko=$(testbed/kernel/module.sh patched)
#          testbed/vm/guest.sh -g -k "$ko" -u 12288 -- uname -a    (12288: out of tree, unsigned)
. "$(dirname "$0")/../../scripts/lib.bash"
. "$ROOT/testbed/kernel/kmod.bash"
need_tool git make

v=${BACKPORT:-7.3}
options v:=v -- "$@"
shift $((OPTIND - 1))
[[ ${1:-} == stock && $# == 1 || ${1:-} == patched ]] || usage
dir=$("$ROOT/testbed/kernel/debian.sh" -v "$v")
release=$(<"$dir/release")
if [[ $1 == stock ]]; then
	ko=$dir/i915-stock.ko
	if [[ ! -f $ko ]]; then
		make_tmp "$dir"
		find "$dir/root/usr/lib/modules/$release" -name i915.ko.xz -exec xz -dc {} + >"$tmp/i915.ko"
		[[ -s $tmp/i915.ko ]] || die "Linux $release of Debian has no i915.ko.xz: CONFIG=debug builds a kernel of its own"
		mv "$tmp/i915.ko" "$ko"
	fi
	echo "$ko"
	exit
fi

if [[ $v == 7.3 ]]; then unset BACKPORT; else export BACKPORT=$v; fi
read -r package version <"$dir/package"
repo=$("$ROOT/testbed/kernel/driver.sh" "$package" "$version")
commit=$("$ROOT/scripts/series/commit.sh" -b "$repo" "${@:2}") || die "no i915 for Linux $release (see above): CONFIG=debug builds a kernel of its own from source"
tree=$(git -C "$repo" rev-parse "$commit:drivers/gpu/drm/i915")
ko=$dir/i915-${tree:0:12}.ko
lock "module-${dir##*/}"
if [[ ! -f $ko ]]; then
	need_disk 1 "the objects of i915"
	built=$dir/build/drivers/gpu/drm/i915
	PATH=$dir/bin:$PATH
	# CCACHE_BASEDIR makes ccache's entries valid in any directory: 46-module.t builds it twice.
	if command -v ccache >/dev/null; then
		export CCACHE_BASEDIR=$dir/build CCACHE_DEPEND=1
		make_tmp
		for cc in "$dir"/bin/x86_64-linux-gnu-gcc-[0-9]*; do
			printf '#!/bin/sh\nexec ccache %q "$@"\n' "$cc" >"$tmp/${cc##*/}"
			chmod 755 "$tmp/${cc##*/}"
		done
		PATH=$tmp:$PATH
	fi
	say "building i915.ko for Linux $release"
	t0=$SECONDS
	km_source "$repo" "$commit" "$dir/build"
	km_build "$dir/headers" "$dir/build" "$dir/build.log"
	[[ $(modinfo -F vermagic "$built/i915.ko") == "$release "* ]] || die "$built/i915.ko is for another kernel than $release: remove $dir and run again"
	[[ ! -f $built/kvmgt.ko ]] || cp "$built/kvmgt.ko" "$dir/kvmgt-${tree:0:12}.ko"
	cp "$built/i915.ko" "$ko.new"
	mv "$ko.new" "$ko"
	say "built in $((SECONDS - t0)) s: $ko"
fi
echo "$ko"
