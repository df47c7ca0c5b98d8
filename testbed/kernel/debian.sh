#!/bin/bash
# Downloads a kernel built by Debian, with its modules, headers and compiler; prints the directory
# (last line of stdout), progress on stderr. kernel/module.sh builds i915 for it.
# Usage: testbed/kernel/debian.sh [-v 7.3|6.12]
#   -v   trixie-backports' kernel (default), or trixie's, the base of patches/6.12; the versions are
#        in testbed/kernel/version/
# In:  MIRROR as for scripts/apt.bash. BACKPORT=6.12: as -v 6.12.
# Out: $CACHE/debian/KEY (180 MB to download, 370 MB kept; nothing is installed, root is not
#      needed):
#      package                  name and version of the linux-source package of this version, as in
#                               testbed/kernel/version/
#      bzImage, .config, release  the kernel, as vm/guest.sh takes it; release is its uname -r
#      modules/*.ko             the modules that i915 needs (not i915 itself); virtio_blk and 9p
#                               with those that they need; decompressed
#      root/usr/lib/modules/RELEASE  all modules as in Debian's package (.ko.xz), with modules.dep
#      headers                  a link into root/usr/src: make -C DIR/headers M=... with DIR/bin
#                               first in PATH
#      bin/                     compiler and binutils, which run in place with their own libraries
# If the mirror no longer has the version, it takes the next newer one of the suite and reports
# that.
. "$(dirname "$0")/../../scripts/lib.bash"
need_tool depmod modprobe xz readelf

v=${BACKPORT:-7.3}
options v:=v -- "$@"
(($# == OPTIND - 1)) || usage
case $v in
7.3) suites="trixie-backports trixie" ;;
6.12) suites=trixie ;;
*) usage ;;
esac
way_out="CONFIG=debug builds a kernel of its own from source, KERNEL=path takes yours"
read -r package version _ <"$ROOT/testbed/kernel/version/$v"
dir_of() { printf '%s/debian/%s' "$CACHE" "$(printf %s "$1" | tr -c 'a-zA-Z0-9.' -)"; }
dir=$(dir_of "$version")
mkdir -p "$CACHE/debian"
[[ ! -d $dir ]] || { echo "$dir"; exit; }
lock debian
[[ ! -d $dir ]] || { echo "$dir"; exit; }

. "$ROOT/scripts/apt.bash"
apt_open "$way_out" trixie trixie-backports
make_tmp "$CACHE/debian"
# Not needed, because no package is installed, no program has sanitizers, and no BTF is written.
apt_counts_as_installed 999 debconf initramfs-tools kmod linux-base openssl-provider-legacy pahole libasan8 libatomic1 libgomp1 libhwasan0 \
	libitm1 liblsan0 libquadmath0 libtsan2 libubsan1
apt_suites "$suites" "$tmp/status"

# Prints 'VERSION RELEASE' of each kernel of this series and suite.
available=$(apt-cache "${apt_suites_opts[@]}" pkgnames "linux-headers-${v%%.*}." | grep -E "^linux-headers-${v%%.*}\.[0-9.]+\+deb[0-9]+-amd64\$" |
	xargs -r apt-cache "${apt_suites_opts[@]}" madison |
	awk -F' *[|] *' -v suite="${suites%% *}" '{ gsub(/ /, "", $1); split($3, s, /[ \/]+/); for (i in s) if (s[i] == suite) print $2, substr($1, 15) }' | sort -u -k1,1V)
release=$(awk -v v="$version" '$1 == v { print $2 }' <<<"$available")
if [[ -z $release ]]; then
	newer=''
	while read -r newer release; do
		if dpkg --compare-versions "$newer" gt "$version"; then break; fi
		newer=''
	done <<<"$available"
	[[ -n $newer ]] || die "the mirror has neither version $version of Debian's kernel nor a newer one in ${suites%% *}: $way_out"
	say "NOTICE: the mirror no longer has version $version of Debian's kernel; it is now $newer"
	version=$newer dir=$(dir_of "$newer")
	[[ $v != 7.3 ]] || package=linux-source-$(cut -d. -f1,2 <<<"$version")
	[[ ! -d $dir ]] || { echo "$dir"; exit; }
fi
need_disk 3 "Debian's kernel"
wanted="linux-image-$release linux-headers-$release"
# Since 7.2 linux-image-* depends on these two.
[[ -z $(apt_version "linux-modules-$release") ]] || wanted="linux-binary-$release linux-modules-$release linux-headers-$release"
say "downloading Linux $release of Debian ($version), its headers and their compiler"
t0=$SECONDS
apt_unpack "$wanted" "$way_out"

root=${tmp:?}/all
d=$tmp/d
mkdir "$d" "$d/bin" "$d/modules"
(cd "$root" && rm -rf usr/share var usr/lib/x86_64-linux-gnu/{gconv,gprofng} usr/libexec/gcc/*/*/lto1)
modules=$root/usr/lib/modules/$release
for f in "$root/boot" "$modules"; do
	[[ ! -f $f/vmlinuz-$release ]] || mv "$f/vmlinuz-$release" "$d/bzImage"
	[[ ! -f $f/vmlinuz ]] || cp "$f/vmlinuz" "$d/bzImage"
done
headers=$root/usr/src/linux-headers-$release
[[ -s $d/bzImage && -s $headers/.config && -s $headers/Module.symvers ]] ||
	die "Linux $release of Debian has no vmlinuz or no headers where they are expected: $way_out"
cp "$headers/.config" "$d/.config"
echo "$release" >"$d/release"
echo "$package $version" >"$d/package"
PATH=$PATH:/usr/sbin:/sbin
depmod -b "$root/usr" "$release"
for m in i915 virtio_blk 9p 9pnet_virtio ext4; do
	modprobe -d "$root/usr" -S "$release" --show-depends "$m" || die "Linux $release of Debian has no module $m: $way_out"
done | sed -n 's/^insmod //p' | sort -u >"$tmp/list"
while read -r f _; do
	m=${f##*/}
	[[ $m == i915.ko* ]] && continue
	case $m in
	*.xz) xz -dc "$f" >"$d/modules/${m%.xz}" ;;
	*) cp "$f" "$d/modules/" ;;
	esac
done <"$tmp/list"

# The programs may need a newer libc than this machine's. A script replaces each: it starts the
# program with its own loader and libraries. The compiler finds its other parts relative to the name
# by which it was called.
lib=usr/lib/x86_64-linux-gnu
find "$root"/usr/bin/x86_64-linux-gnu-* "$root/usr/libexec/gcc" "$root"/usr/lib/linux-kbuild-*/ -type f -perm -100 ! -name '*.so*' |
	while read -r f; do
		readelf -l "$f" 2>/dev/null | grep -q 'program interpreter' || continue
		elf=${f%/*}/.${f##*/}.elf
		mv "$f" "$elf"
		cat >"$f" <<-EOT
			#!/bin/sh
			exec $dir/root/$lib/ld-linux-x86-64.so.2 --argv0 $dir/root${f#"$root"} --library-path $dir/root/$lib $dir/root${elf#"$root"} "\$@"
		EOT
		chmod 755 "$f"
	done
for f in "$root"/usr/bin/x86_64-linux-gnu-*; do ln -s "../root${f#"$root"}" "$d/bin/"; done
# The compiler calls them by these names.
for f in as ld; do ln -s "x86_64-linux-gnu-$f" "$d/bin/$f"; done
sed -i "s|/usr/src/|$dir/root/usr/src/|" "$headers/Makefile"
ln -s "root/usr/src/linux-headers-$release" "$d/headers"
mv "$root" "$d/root"
mv "$d" "$dir"
say "Linux $release: $size MB downloaded, $(du -sm "$dir" | cut -f1) MB kept in $dir, $((SECONDS - t0)) s"
echo "$dir"
