#!/bin/sh
# In the guest, before i915 is loaded: moves the memory of QEMU's ivshmem-plain in front of BAR3 of the emulated GPU, the page table.
# It is the same memory (g33 -f); only that the CPU then writes it as memory, and does not wait for the GPU's process at each entry.
# Whatever moves BAR3 again, or turns it off and on, puts BAR3 back in front: slow, but as correct. Without such a device: does nothing.
gpu=/sys/bus/pci/devices/0000:00:02.0
shm=''
for d in /sys/bus/pci/devices/*; do
	[ "$(cat "$d/vendor" "$d/device" | tr '\n' ' ')" != '0x1af4 0x1110 ' ] || shm=$d
done
[ -n "$shm" ] && [ -e "$gpu/resource" ] || exit 0
# The line of BAR3: start, end, flags.
bar=$(sed -n 4p "$gpu/resource" | cut -d' ' -f1)

# put OFFSET SIZE VALUE: into the configuration space, little-endian.
put() {
	n=0 v=$(($3)) s=''
	while [ "$n" -lt "$2" ]; do
		s="$s\\$(printf %03o $((v & 255)))"
		v=$((v >> 8)) n=$((n + 1))
	done
	# shellcheck disable=SC2059 # the value is the format
	printf "$s" | dd of="$shm/config" bs="$2" seek=$(($1 / $2)) conv=notrunc 2>/dev/null
}
put 28 4 $((bar >> 32))
put 24 4 $((bar & 0xffffffff))
put 4 2 2 # decode memory
echo "page table of the GPU at $bar: ivshmem ($(basename "$shm"))"
