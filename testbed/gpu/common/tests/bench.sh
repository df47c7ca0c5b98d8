#!/bin/bash
# Measures what an access to the emulated GPU costs, with QEMU and a guest that does nothing else
# (bench-guest.c), or without QEMU (bench-vfio-user.c).
# Usage: testbed/gpu/common/tests/bench.sh [-d DIR] [-n CPUS] MODE [ARGUMENT of g33 ...]
#   MODE trap, posted, mmap   in a guest; trap is GPU_MODE=trap of guest.sh
#        overlay              trap, except for the page table: see testbed/gpu/g33/overlay.sh
#        direct, qemu         with a client instead of QEMU: see bench-vfio-user.c
#   -d DIR    output of 'make -C testbed/gpu OUT=DIR g33 bench' (default: builds it)
#   -n CPUS   number of CPUs of the guest (default 1)
# In:  QEMU, see qemu.sh. On a machine with other load, only the minimum is meaningful.
# Out: times; results of the guest (coherency, interrupts lost or without a cause); the model's
#      counters.
# Exit: 0 if the server exits with 0.
. "$(dirname "$0")/../../../../scripts/lib.bash"

out='' cpus=1
options d:=out n:=cpus -- "$@"
shift $((OPTIND - 1))
(($#)) || usage
mode=$1
shift
bars=trap device='' args=()
make_tmp /dev/shm
case $mode in
overlay)
	device=',"x-no-posted-writes":true'
	args=(-object "memory-backend-file,id=ptes,size=512K,mem-path=$tmp/ptes,share=on" -device "ivshmem-plain,memdev=ptes,addr=1e.0")
	set -- -f "$tmp/ptes" "$@"
	;;
trap) device=',"x-no-posted-writes":true' ;;
mmap) bars=mmap ;;
posted | direct | qemu) ;;
*) usage ;;
esac

if [[ -z $out ]]; then
	out=$tmp/out
	make -s -C "$ROOT/testbed/gpu" OUT="$out" g33 bench >&2 || die "the device model does not build"
fi

"$out/g33" -s "$tmp/socket" -c "$tmp/counts" -p "$bars" -t 30 "$@" 2>"$tmp/log" &
server=$!
at_exit "kill $server 2>/dev/null"
until [[ -S $tmp/socket ]]; do
	kill -0 "$server" 2>/dev/null || die "$(tail -n1 "$tmp/log")"
	sleep 0.05
done
case $mode in
direct | qemu) timeout 60 "$out/bench-vfio-user" "$tmp/socket" "$mode" || die "bench-vfio-user failed" ;;
*)
	qemu=$("$ROOT/testbed/vm/qemu.sh")
	timeout 120 "$qemu" -M q35,memory-backend=mem -accel tcg,thread=multi -cpu max -smp "$cpus" -m 256 \
		-object memory-backend-memfd,id=mem,size=256M,share=on -nodefaults -vga none -display none -no-reboot -serial stdio \
		-kernel "$out/bench-guest" -device \
		"{\"driver\":\"vfio-user-pci\",\"addr\":\"02.0\",\"socket\":{\"type\":\"unix\",\"path\":\"$tmp/socket\"}$device}" \
		"${args[@]}" </dev/null 2>"$tmp/qemu.log" | tr -d '\r' || die "QEMU failed: $(tail -n1 "$tmp/qemu.log")"
	;;
esac
rc=0
wait "$server" || rc=$?
paste -sd' ' "$tmp/counts" 2>/dev/null || :
((rc == 0)) || die "$(tail -n1 "$tmp/log")"
