#!/bin/bash
# Finds Mesa's Vulkan driver for Intel (anv) as Debian has it, with the loader and all libraries that
# they load, or gets them; prints the directory.
# Usage: testbed/workloads/clients/libraries.sh
# Out: DIR/root/usr/: lib/x86_64-linux-gnu/, ld-linux-x86-64.so.2 and libc there as well,
#      share/vulkan/icd.d/; DIR/include/: Vulkan's headers; DIR/version, of Mesa. Kept in
#      $CACHE/clients/VERSION (23 MB to download, 36 MB kept). Nothing is installed, root is not
#      needed.
. "$(dirname "$0")/../../../scripts/lib.bash"
(($# == 0)) || usage

suite=trixie lib=usr/lib/x86_64-linux-gnu icd=usr/share/vulkan/icd.d
have() {
	local d
	for d in "$CACHE"/clients/*/; do
		[[ ! -e $d/version ]] || { echo "${d%/}"; return; }
	done
	return 1
}
if have; then exit; fi
lock clients
if have; then exit; fi
. "$ROOT/scripts/apt.bash"
need_disk 1 "Mesa"
way_out="try again later"
apt_open "$way_out" "$suite"
mkdir -p "$CACHE/clients"
make_tmp "$CACHE/clients"
mkdir -p "$tmp/c/root/$lib" "$tmp/c/root/$icd" "$tmp/c/include"

# anv does not load LLVM, which other drivers of the package want: it counts as installed. So does
# the Python of the headers' package.
apt_suites "$suite"
for p in python3 $(apt-cache "${apt_suites_opts[@]}" depends mesa-vulkan-drivers | sed -n 's/^ *Depends: \(libllvm.*\)/\1/p'); do
	printf '%s\n' "Package: $p" 'Status: install ok installed' 'Architecture: amd64' 'Version: 99:0' 'Multi-Arch: allowed' \
		'Maintainer: none' 'Description: none' ''
done >"$tmp/status"
apt_suites "$suite" "$tmp/status"
version=$(apt_version mesa-vulkan-drivers)
[[ -n $version ]] || die "Debian's mirror has no mesa-vulkan-drivers in $suite: $way_out"
say "downloading Mesa $version of Debian $suite"
t0=$SECONDS
apt_unpack "mesa-vulkan-drivers libvulkan-dev" "$way_out"

from=$tmp/all/$lib loader=ld-linux-x86-64.so.2
for l in libvulkan_intel.so libvulkan.so.1; do
	[[ -e $from/$l ]] || die "Mesa $version of Debian $suite has no $l: $way_out"
	# As the dynamic linker names them with nothing but these to choose from.
	needed=$("$from/$loader" --library-path "$from" --list "$from/$l") ||
		die "the libraries of Mesa $version are not all there: ${needed##*$'\n'}"
	for n in "$l" $(grep -oE '[^ /]+\.so[^ ]* =>' <<<"$needed" | sed 's/ =>//') "$loader"; do
		cp -L "$from/$n" "$tmp/c/root/$lib/"
	done
done
cp "$tmp/all/$icd"/intel_icd*.json "$tmp/c/root/$icd/"
(cd "$tmp/all/usr/include" && find . -name '*.h' -exec cp --parents -t "$tmp/c/include" {} +)
chmod 755 "$tmp/c/root/$lib"/*
echo "$version" >"$tmp/c/version"
dir=$CACHE/clients/$(printf %s "$version" | tr -c 'a-zA-Z0-9.' -)
rm -rf "$dir"
mv "$tmp/c" "$dir"
say "Mesa $version: $size MB downloaded, $(du -sm "$dir" | cut -f1) MB kept in $dir, $((SECONDS - t0)) s"
echo "$dir"
