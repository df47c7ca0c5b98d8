#!/bin/bash
# Finds a user-space driver of Debian's, with all libraries that it loads, or downloads it; prints
# the directory.
# Usage: testbed/workloads/clients/libraries.sh mesa|opencl
#   mesa    Mesa's drivers for Vulkan (anv) and OpenGL (iris)
#   opencl  Intel's OpenCL runtime, from Debian 12, whose version supports gen9
# Out: DIR/root/, for the guest: libraries, with libc and ld-linux-x86-64.so.2. Mesa: as on a
#      system, in usr/; OpenCL: all in opencl/, because it has another libc. DIR/include/: headers;
#      DIR/version. Kept in $CACHE/clients/ (Mesa: 69 MB to download, 228 MB kept; OpenCL: 66 MB and
#      280 MB; most of it is LLVM). Nothing is installed, root is not needed.
. "$(dirname "$0")/../../../scripts/lib.bash"
(($# == 1)) || usage

name=$1 lib=usr/lib/x86_64-linux-gnu loader=ld-linux-x86-64.so.2
case $name in
mesa)
	title=Mesa suite=trixie to=$lib
	wanted='mesa-vulkan-drivers libegl-mesa0 libvulkan-dev libegl-dev libgl-dev'
	libraries=(libvulkan.so.1 libvulkan_intel.so libEGL.so.1 libEGL_mesa.so.0)
	;;
opencl)
	title="Intel's OpenCL runtime" suite=bookworm to=opencl
	wanted='intel-opencl-icd ocl-icd-libopencl1 opencl-c-headers'
	# It loads the last three by name; without the compiler it does not start.
	libraries=(libOpenCL.so.1 intel-opencl/libigdrcl.so libigc.so.1 libigdfcl.so.1 libopencl-clang.so.14)
	;;
*) usage ;;
esac
package=${wanted%% *}

have() {
	local d
	for d in "$CACHE"/clients/"$name"-*/; do
		[[ ! -e $d/version ]] || { echo "${d%/}"; return; }
	done
	return 1
}
if have; then exit; fi
lock clients
if have; then exit; fi
. "$ROOT/scripts/apt.bash"
need_disk 2 "$title"
way_out="try again later"
apt_open "$way_out" "$suite"
mkdir -p "$CACHE/clients"
make_tmp "$CACHE/clients"
mkdir -p "$tmp/c/root/$to" "$tmp/c/include"
# Parts of libvulkan-dev are in Python, but none that is needed here: python3 counts as installed.
apt_counts_as_installed 3.99 python3
apt_suites "$suite" "$tmp/status"
version=$(apt_version "$package")
[[ -n $version ]] || die "Debian's mirror has no $package in $suite: $way_out"
say "downloading $title $version of Debian $suite"
t0=$SECONDS
apt_unpack "$wanted" "$way_out"

from=$tmp/all/$lib
# Some packages of Debian 12 have files in /lib, which is a link to usr/lib there.
[[ ! -d $tmp/all/lib ]] || cp -a "$tmp/all/lib" "$tmp/all/usr/"
for l in "${libraries[@]}"; do
	[[ -e $from/$l ]] || die "$title $version of Debian $suite has no $l: $way_out"
	# List them with the dynamic linker, which finds only these.
	needed=$("$from/$loader" --library-path "$from" --list "$from/$l") ||
		die "the libraries of $title $version are not all there: ${needed##*$'\n'}"
	for n in "$l" $(grep -oE '[^ /]+\.so[^ ]* =>' <<<"$needed" | sed 's/ =>//') "$loader"; do
		cp -L "$from/$n" "$tmp/c/root/$to/"
	done
done
chmod 755 "$tmp/c/root/$to"/*
if [[ $name == mesa ]]; then
	# The loaders of Vulkan and EGL look for drivers here.
	mkdir "$tmp/c/root/usr/share"
	(cd "$tmp/all/usr/share" &&
		cp --parents -t "$tmp/c/root/usr/share" vulkan/icd.d/intel_icd*.json glvnd/egl_vendor.d/50_mesa.json)
fi
(cd "$tmp/all/usr/include" && find . -name '*.h' -exec cp --parents -t "$tmp/c/include" {} +)
echo "$version" >"$tmp/c/version"
dir=$CACHE/clients/$name-$(printf %s "$version" | tr -c 'a-zA-Z0-9.' -)
rm -rf "$dir"
mv "$tmp/c" "$dir"
say "$title $version: $size MB downloaded, $(du -sm "$dir" | cut -f1) MB kept in $dir, $((SECONDS - t0)) s"
echo "$dir"
