#!/bin/bash
# Builds i915.ko with the series for the running kernel, against its installed headers, and prints
# how to load it for one boot. Changes nothing outside the cache and needs no root. To load it at
# every boot use the package of scripts/dkms.sh.
# Usage: scripts/module.sh
# In:  KERNEL_HEADERS=dir: the headers of another kernel (default: /lib/modules/RELEASE/build)
#      SOURCE=path: a kernel tree (directory or .tar.xz) of the same version. By default Debian's
#      source of the version that the headers name is downloaded (105 MB if it is in
#      testbed/kernel/version/, else 167 MB).
#      MODULES=dir: where that kernel's modules are, as for depmod -b (default: /)
# Out: stdout: the commands to type. $CACHE/module/RELEASE/: i915.ko and kvmgt.ko, which must match.
. "$(dirname "$0")/lib.bash"
. "$ROOT/testbed/kernel/kmod.bash"
need_tool git make modinfo
(($# == 0)) || usage

running=$(uname -r)
headers=${KERNEL_HEADERS:-/lib/modules/$running/build}
[[ -e $headers ]] || die "there are no headers of the kernel $running here: apt-get install linux-headers-$running, or KERNEL_HEADERS=dir"
headers=$(realpath "$headers")
release=$(cat "$headers/include/config/kernel.release" 2>/dev/null || :)
[[ -n $release && -s $headers/.config && -s $headers/Module.symvers ]] ||
	die "$headers has no include/config/kernel.release, .config and Module.symvers: give KERNEL_HEADERS=dir, headers as a package has them"

# Requirements on the kernel's configuration.
if ! is=$(grep -E '^CONFIG_DRM_I915=' "$headers/.config"); then die "Linux $release has no i915 (CONFIG_DRM_I915): take another kernel"; fi
[[ $is == *=m ]] || die "Linux $release has i915 built in, so no module can take its place: build a kernel with the series (make apply)"
grep -q '^CONFIG_DRM_I915_USERPTR=y' "$headers/.config" || die "Linux $release has no userptr (CONFIG_DRM_I915_USERPTR): the series changes nothing there"
! grep -q '^CONFIG_PREEMPT_RT=y' "$headers/.config" || die "Linux $release is a real-time kernel, for which i915 is not made: take the one without -rt"
case $release in
6.12.*) export BACKPORT=6.12 ;;
7.[2-9].* | 7.[2-9]-* | 7.[1-9][0-9]* | [89].*) unset BACKPORT ;;
*) die "no series fits Linux $release: they are for 6.12 and for 7.2 or later" ;;
esac
[[ -z ${KERNEL:-} ]] || say "NOTICE: KERNEL=$KERNEL does not matter here; the source is SOURCE="

# The compiler of the kernel.
cc=$(sed -nE 's/^CONFIG_CC_VERSION_TEXT="([^ "]+).*/\1/p' "$headers/.config")
command -v "$cc" >/dev/null || die "Linux $release was compiled with $cc, which is not here: apt-get install ${cc#x86_64-linux-gnu-}"

id=$(sed -nE 's/.*LINUX_PACKAGE_ID " Debian ([^"]+)".*/\1/p' "$headers/include/generated/package.h" 2>/dev/null || :)
[[ -n ${SOURCE:-}$id ]] || die "Linux $release is not Debian's, so its source is not known: give SOURCE=path of its kernel tree"
version=${id:-$release}
repo=$("$ROOT/testbed/kernel/driver.sh" ${SOURCE:+-s "$SOURCE"} "linux-source-$(grep -oE '^[0-9]+\.[0-9]+' <<<"$version")" "$version")
commit=$("$ROOT/scripts/series/commit.sh" -b "$repo")

dir=$CACHE/module/$release
mkdir -p "$dir"
lock "module-$release"
need_disk 1 "the objects of i915"
rm -f "$dir"/*.ko
say "building i915.ko for Linux $release ($(git -C "$repo" log -1 --format=%s base))"
km_source "$repo" "$commit" "$dir/build"
built=$dir/build/drivers/gpu/drm/i915
km_build "$headers" "$dir/build" "$dir/build.log"

# Compare with the i915 that came with the kernel, which dkms may have moved aside.
own=$(find "${MODULES:-}/lib/modules/$release/kernel" "/var/lib/dkms/i915-userptr-cancel/original_module/$release" -name 'i915.ko*' 2>/dev/null | head -n1 || :)
[[ -n $own ]] || die "the i915.ko of Linux $release is not in ${MODULES:-}/lib/modules/$release: give MODULES=dir, or install that kernel"
vermagic=$(modinfo -F vermagic "$built/i915.ko") want=$(modinfo -F vermagic "$own")
[[ $vermagic == "$want" ]] || die "i915.ko is for '$vermagic', but the kernel wants '$want': install the headers of exactly this kernel"
PATH=$PATH:/usr/sbin:/sbin
make_tmp
missing=$(nm -u "$built/i915.ko" | awk 'NR == FNR { there[$2]; next } !($2 in there) { print $2 }' "$headers/Module.symvers" - | paste -sd' ')
[[ -z $missing ]] || die "i915.ko needs what Linux $release does not have: $missing"
# sums KO: prints 'SUM SYMBOL' for each symbol that it needs, if the kernel checks them
# (CONFIG_MODVERSIONS). modprobe accepts only file names with a suffix.
sums() {
	case $1 in *.xz) xz -dc "$1" ;; *.gz) gzip -dc "$1" ;; *.zst) zstd -dc "$1" ;; *) cat "$1" ;; esac >"$tmp/m.ko"
	modprobe --dump-modversions "$tmp/m.ko" 2>/dev/null || :
}
differ=$(awk 'NR == FNR { sum[$2] = $1; next } $2 in sum && sum[$2] != $1 { print $2 }' <(sums "$own") <(sums "$built/i915.ko") | head -n 3 | paste -sd' ')
[[ -z $differ ]] || die "the headers are not those of the kernel: $differ differ (CONFIG_MODVERSIONS): install linux-headers-$release of the same version"
others=$(sed -nE 's|^([^:]*/)?([^/:]+)\.ko[^:]*:.*/i915\.ko.*|\2|p' "${MODULES:-}/lib/modules/$release/modules.dep" 2>/dev/null | grep -vxF kvmgt | paste -sd' ' || :)
cp "$built"/*.ko "$dir/"

[[ -z $others ]] || say "NOTICE: these modules use i915, and were built for another one: $others"
[[ $release == "$running" ]] || say "NOTICE: this machine runs $running: boot Linux $release to try it"
if grep -qs '\[\(integrity\|confidentiality\)\]' /sys/kernel/security/lockdown; then
	say "NOTICE: this kernel loads signed modules only (Secure Boot): make dkms makes a package that signs them"
fi
cat <<EOT
i915.ko with $(series_list | wc -l) patches, for Linux $release: $dir
It fits this kernel: vermagic and the $(nm -u "$built/i915.ko" | wc -l) symbols that it needs. Nothing was installed.

To try it for one boot:
 1. Reboot. In GRUB's menu press e, add this to the line that begins with 'linux', and press Ctrl-X:
        modprobe.blacklist=i915 systemd.unit=multi-user.target
 2. Log in as root and type:
        modprobe -a $(modinfo -F depends "$built/i915.ko" | tr , ' ')
        insmod $dir/i915.ko $(modprobe -c 2>/dev/null | sed -n 's/^options i915 //p' | paste -sd' ')
        systemctl isolate graphical.target
 3. It is this one if 'cat /sys/module/i915/taint' says OE; Debian's own says nothing.
To go back: reboot.
For every boot: make dkms.
EOT
