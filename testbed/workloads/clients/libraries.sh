#!/bin/bash
# Finds Debian's Mesa drivers for Vulkan (anv) and OpenGL (iris) with all libraries that they load,
# or downloads them; prints the directory.
# Usage: testbed/workloads/clients/libraries.sh
# Out: DIR/root/usr/: lib/x86_64-linux-gnu/, with libc and ld-linux-x86-64.so.2, and share/, for the
#      guest; DIR/include/: headers; DIR/version, of Mesa. Kept in $CACHE/clients/mesa-VERSION (69
#      MB to download, 228 MB kept, most of it LLVM, which iris loads and does not need). Nothing is
#      installed, root is not needed.
. "$(dirname "$0")/../../../scripts/lib.bash"
(($# == 0)) || usage

suite=trixie lib=usr/lib/x86_64-linux-gnu loader=ld-linux-x86-64.so.2
wanted='mesa-vulkan-drivers libegl-mesa0 libvulkan-dev libegl-dev libgl-dev'
libraries=(libvulkan.so.1 libvulkan_intel.so libEGL.so.1 libEGL_mesa.so.0)

have() {
	local d
	for d in "$CACHE"/clients/mesa-*/; do
		[[ ! -e $d/version ]] || { echo "${d%/}"; return; }
	done
	return 1
}
if have; then exit; fi
lock clients
if have; then exit; fi
. "$ROOT/scripts/apt.bash"
need_disk 2 "Mesa"
way_out="try again later"
apt_open "$way_out" "$suite"
mkdir -p "$CACHE/clients"
make_tmp "$CACHE/clients"
mkdir -p "$tmp/c/root/$lib" "$tmp/c/root/usr/share" "$tmp/c/include"
# Some of libvulkan-dev is Python, nothing of what is wanted here: python3 counts as installed.
apt_counts_as_installed 3.99 python3
apt_suites "$suite" "$tmp/status"
version=$(apt_version mesa-vulkan-drivers)
[[ -n $version ]] || die "Debian's mirror has no mesa-vulkan-drivers in $suite: $way_out"
say "downloading Mesa $version of Debian $suite"
t0=$SECONDS
apt_unpack "$wanted" "$way_out"

from=$tmp/all/$lib
for l in "${libraries[@]}"; do
	[[ -e $from/$l ]] || die "Mesa $version of Debian $suite has no $l: $way_out"
	# As the dynamic linker names them with nothing but these to choose from.
	needed=$("$from/$loader" --library-path "$from" --list "$from/$l") ||
		die "the libraries of Mesa $version are not all there: ${needed##*$'\n'}"
	for n in "$l" $(grep -oE '[^ /]+\.so[^ ]* =>' <<<"$needed" | sed 's/ =>//') "$loader"; do
		cp -L "$from/$n" "$tmp/c/root/$lib/"
	done
done
chmod 755 "$tmp/c/root/$lib"/*
# Where the loaders of Vulkan and EGL look for drivers.
(cd "$tmp/all/usr/share" &&
	cp --parents -t "$tmp/c/root/usr/share" vulkan/icd.d/intel_icd*.json glvnd/egl_vendor.d/50_mesa.json)
(cd "$tmp/all/usr/include" && find . -name '*.h' -exec cp --parents -t "$tmp/c/include" {} +)
echo "$version" >"$tmp/c/version"
dir=$CACHE/clients/mesa-$(printf %s "$version" | tr -c 'a-zA-Z0-9.' -)
rm -rf "$dir"
mv "$tmp/c" "$dir"
say "Mesa $version: $size MB downloaded, $(du -sm "$dir" | cut -f1) MB kept in $dir, $((SECONDS - t0)) s"
echo "$dir"
