#!/bin/sh
# DKMS runs this after an install or a remove, before it runs depmod: the initramfs of this kernel, which has i915 in it, is made anew.
# Usage: initramfs.sh KERNELVERSION
set -e
[ -e "/boot/initrd.img-$1" ] && command -v update-initramfs >/dev/null || exit 0
depmod "$1"
update-initramfs -u -k "$1"
