#!/bin/sh
# DKMS runs this after an install or a remove, before depmod: updates the initramfs of this kernel,
# which contains i915.
# Usage: initramfs.sh KERNELVERSION
set -e
[ -e "/boot/initrd.img-$1" ] && command -v update-initramfs >/dev/null || exit 0
depmod "$1"
update-initramfs -u -k "$1"
