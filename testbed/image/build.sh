#!/bin/bash
# Builds the image of a USB stick that tests the series on another machine. It boots Debian's kernel
# from memory by UEFI, tests the patched i915 and the stock one, and writes a report to the stick.
# Usage: testbed/image/build.sh [FILE]     default: $CACHE/image/i915-userptr.img
# In:  FIRMWARE=yes: adds the firmware of Intel's GPUs, from Debian's non-free-firmware (default:
#      no). MIRROR as for scripts/apt.bash.
# Out: FILE, below 100 MB; its path on stdout, progress on stderr. Needs no root.
. "$(dirname "$0")/../../scripts/lib.bash"
PATH=$PATH:/usr/sbin:/sbin
need_tool gcc xz cpio gzip depmod modprobe modinfo busybox sfdisk mkfs.vfat mcopy
boot=/usr/lib/systemd/boot/efi/systemd-bootx64.efi
[[ -s $boot ]] || die "there is no $boot: install systemd-boot-efi"

(($# <= 1)) || usage
file=${1:-$CACHE/image/i915-userptr.img}
[[ $file != -* ]] || usage
case ${FIRMWARE:-no} in
yes | no) ;;
*) die "FIRMWARE=$FIRMWARE is neither yes nor no" ;;
esac
mkdir -p "$CACHE/image"
[[ -d $(dirname "$file") && ! -d $file && ! -b $file ]] ||
	die "$file is not to be made: give the name of a file in a directory that is there (to write it to a stick: Documentation/usb-stick.md)"
need_disk 1 "an image"
make_tmp "$CACHE/image"
here=$ROOT/testbed/image root=$tmp/root

# The kernel, and both i915.ko.
stock=$("$ROOT/testbed/kernel/module.sh" stock)
patched=$("$ROOT/testbed/kernel/module.sh" patched)
kernel=${stock%/*}
read -r _ version <"$kernel/package"
release=$(<"$kernel/release")

# The modules with their dependencies; disk drivers only for USB.
modules=(i915 xhci_pci xhci_pci_renesas ehci_pci ohci_pci uhci_hcd usb_storage uas sd_mod vfat nls_ascii nls_cp437 usbhid hid_generic brd)
mkdir -p "$root"/{bin,dev,image,i915,lib64,proc,state,stick,sys,test/events,test/igt,test/lists,tmp,mnt} "$root/lib/modules/$release"
depends=$(modprobe -d "$kernel/root/usr" -S "$release" --show-depends -a "${modules[@]}" | sed -n 's/^insmod \([^ ]*\).*/\1/p' | sort -u)
while read -r m; do
	[[ $m != */i915.ko* ]] || continue
	case $m in *.xz) xz -dc "$m" >"$root/lib/modules/$release/$(basename "$m" .xz)" ;; *) cp "$m" "$root/lib/modules/$release/" ;; esac
done <<<"$depends"
[[ $(modinfo -F depends "$stock") == "$(modinfo -F depends "$patched")" ]] ||
	die "the series changes which modules i915 needs, and the stick has one list for both: testbed/image/build.sh has to make two"
cp "$stock" "$root/i915/stock.ko"
strip --strip-debug -o "$root/i915/patched.ko" "$patched"
cp "$stock" "$root/lib/modules/$release/i915.ko"
o=$(depmod -b "$root" "$release" 2>&1) || die "depmod fails: ${o##*$'\n'}"
ln -sf /i915/stock.ko "$root/lib/modules/$release/i915.ko"

# The programs.
library=$("$ROOT/testbed/workloads/igt/library.sh")
cp -L "$(command -v busybox)" "$root/bin/busybox"
cp -r "$library/bin" "$library/lib" "$root/test/"
ln -s /test/lib/ld-linux-x86-64.so.2 "$root/lib64/"
for w in events latency; do "$ROOT/testbed/vm/program.sh" -b "$kernel" "$w" "$root/test/userptr-$w"; done
"$ROOT/testbed/workloads/igt/program.sh" -b "$kernel" "$tmp/igt"
cut -d@ -f1 "$ROOT/ci/testlist.txt" | sort -u | while read -r p; do
	strip --strip-debug -o "$root/test/$p" "$tmp/igt/$p"
done
gcc -static -O2 -std=gnu11 -Wall -Wextra -Werror -o "$root/bin/kexec" "$here/kexec.c"
strip "$root/bin/kexec" "$root"/test/userptr-*
# lspci uses the libraries that IGT's programs need.
lspci=$("$here/deb.sh" sid pciutils pci.ids)
cp "$lspci/usr/bin/lspci" "$root/bin/lspci.debian"
cp "$lspci/usr/share/misc/pci.ids" "$root/image/"
with=("IGT: igt-tests/, with Debian's igt-gpu-tools $(<"$library/version")" "$(paste -sd, "$lspci/versions")")
if [[ ${FIRMWARE:-no} == yes ]]; then
	firmware=$("$here/deb.sh" trixie-backports/non-free-firmware firmware-intel-graphics)
	[[ -d $firmware/usr/lib/firmware/i915 ]] || die "Debian's firmware-intel-graphics has no i915: leave FIRMWARE=yes out"
	mkdir -p "$root/lib/firmware"
	cp -r "$firmware/usr/lib/firmware/i915" "$root/lib/firmware/"
	with+=("$(<"$firmware/versions")")
else
	with+=("no firmware (FIRMWARE=yes)")
fi

cp "$here/init" "$root/"
cp "$here"/{screen,stick,tests}.sh "$here/without-names.sed" "$ROOT/testbed/vm/splats" "$root/image/"
cp "$ROOT/testbed/workloads/guest-lib.sh" "$root/image/"
cp "$ROOT/testbed/workloads/latency/table.awk" "$root/image/latency.awk"
cp "$here/guest-lib.sh" "$ROOT"/ci/{judge.sh,judge.awk,testlist.txt} "$root/test/"
for w in events igt; do cp "$ROOT/testbed/workloads/$w/guest.sh" "$root/test/$w/"; done
for v in stock patched; do mkdir "$root/test/lists/$v"; cp "$ROOT/ci/$v/i915-kbl"-*.txt "$root/test/lists/$v/"; done
"$ROOT/ci/job.py" -c >"$root/test/farm-command"
chmod 755 "$root/init"

# The versions of the parts. The kernel finds the stick by the volume number of its file system.
volume=$(od -An -N4 -tx4 /dev/urandom | tr -d ' ' | tr a-f A-F)
echo "${volume:0:4}-${volume:4}" >"$root/image/volume"
made_of=$(series_id) commit=$(git -C "$ROOT" rev-parse --short=12 HEAD 2>/dev/null || :)
echo "${commit:-(no git)}, series $made_of" >"$root/image/made-of"
{
	echo "image: i915-userptr-cancel ${commit:-without git}, series $made_of"
	echo "kernel: Debian's $release ($version)"
	printf '%s\n' "${with[@]}"
} >"$root/image/versions"

mkdir -p "$tmp/stick/linux"
cp "$kernel/bzImage" "$tmp/stick/linux/vmlinuz"
say "packing the initramfs"
(cd "$root" && find . | sort | cpio -o -H newc -R 0:0 --quiet | gzip -9 -n) >"$tmp/stick/linux/initrd"
# For the second test another archive is appended, which must begin at a multiple of four.
truncate -s %512 "$tmp/stick/linux/initrd"
mkdir -p "$tmp/stick/EFI/BOOT" "$tmp/stick/loader/entries"
cp "$boot" "$tmp/stick/EFI/BOOT/BOOTX64.EFI"
cp "$here/loader.conf" "$tmp/stick/loader/"
cp "$here"/entries/*.conf "$tmp/stick/loader/entries/"
sed 's/$/\r/' "$here/README.txt" >"$tmp/stick/README.txt"

# A GPT with one data partition (desktops would hide an EFI system partition; firmware takes any FAT
# file system on a stick), with 24 MiB of room for reports. FAT32 needs at least 33 MiB.
mib=$(($(du -sm --apparent-size "$tmp/stick" | cut -f1) + 24))
((mib >= 48)) || mib=48
((mib <= 94)) || die "the image has $mib MiB, more than the 100 MB that it may have: look at what is new in it"
img=$tmp/img
truncate -s "$((mib + 2))M" "$img"
printf 'label: gpt\nstart=1MiB, size=%dMiB, type=EBD0A0A2-B9E5-4433-87C0-68B6B72699C7, name=i915-userptr\n' "$mib" |
	sfdisk -q "$img"
truncate -s "${mib}M" "$tmp/fat"
mkfs.vfat -F 32 -s 1 -n I915USERPTR -i "${volume/-/}" "$tmp/fat" >/dev/null
mcopy -s -i "$tmp/fat" "$tmp"/stick/* ::
dd if="$tmp/fat" of="$img" bs=1M seek=1 conv=notrunc,sparse status=none
mv "$img" "$file"
say "$file: $((mib + 2)) MiB. To write it to a stick, and what then: Documentation/usb-stick.md"
echo "$file"
