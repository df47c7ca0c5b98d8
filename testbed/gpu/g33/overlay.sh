#!/bin/sh
# Runs in the guest before i915 is loaded: moves the memory of QEMU's ivshmem-plain in front of BAR3
# of the emulated GPU, the page table. Both are the same memory (g33 -f), but the CPU then writes it
# without waiting for the GPU's process at each entry. A driver that moves BAR3, or switches it off
# and on, puts BAR3 back in front, which is slow and as correct. Without this device it does
# nothing.
gpu=/sys/bus/pci/devices/0000:00:02.0
shm=''
for d in /sys/bus/pci/devices/*; do
	read -r vendor <"$d/vendor"
	read -r device <"$d/device"
	[ "$vendor $device" != '0x1af4 0x1110' ] || shm=$d
done
[ -n "$shm" ] && [ -e "$gpu/resource" ] || exit 0
# The line of BAR3: start, end, flags.
{ read -r bar && read -r bar && read -r bar && read -r bar _; } <"$gpu/resource"

# put OFFSET SIZE VALUE: into the configuration space, little-endian. A process costs a tenth of a
# second here: as few as can be.
put() {
	v=$(($3))
	# shellcheck disable=SC2059 # the value is the format
	printf "$(printf '\\%03o\\%03o\\%03o\\%03o' $((v & 255)) $((v >> 8 & 255)) $((v >> 16 & 255)) $((v >> 24 & 255)))" |
		dd of="$shm/config" bs="$2" seek=$(($1 / $2)) count=1 conv=notrunc 2>/dev/null
}
put 28 4 $((bar >> 32))
put 24 4 $((bar & 0xffffffff))
put 4 2 2 # decode memory
echo "page table of the GPU at $bar: ivshmem ($(basename "$shm"))"
