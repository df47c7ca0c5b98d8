#!/bin/bash
# Boots an image by UEFI firmware in QEMU, as a USB stick, and waits until the guest powers off. The
# guest writes to the image.
# Usage: testbed/image/boot.sh [options] IMAGE
#   -g        with an emulated GPU; GPU=kbl (default) or g33
#   -s        Secure Boot is on, with Microsoft's keys
#   -d FILE   an NVMe disk of the machine
#   -l DIR    directory for console.log, screen-N.png etc. (default: a new directory in $CACHE/runs)
#   -T SEC    time limit (default 3600)
#   -p SEC    a picture of the screen every SEC seconds (default: only at the end)
#   -u TEXT   ends as soon as the serial line matches TEXT (a regular expression)
# In:  OVMF=DIR with OVMF_CODE_4M.fd etc. (default: Debian's ovmf); QEMU, ACCEL, GUEST_MEM as for
#      testbed/vm/guest.sh.
# Out: prints the directory of the logs. console.log has the output of firmware and boot loader, and
#      the kernel's console, if the kernel's command line has console=ttyS0.
# Exit: 0 if the guest powered off, or TEXT matched; 1 otherwise, or if the emulated GPU counted a
#       forbidden event.
. "$(dirname "$0")/../../scripts/lib.bash"
. "$ROOT/testbed/vm/gpu.bash"

gpu='' secure='' disk='' logs='' limit=3600 pictures=0 until=''
options g=gpu s=secure d:=disk l:=logs T:=limit p:=pictures u:=until -- "$@"
shift $((OPTIND - 1))
(($# == 1)) || usage
image=$1
[[ -s $image ]] || die "there is no image $image: make image makes one"
ovmf=${OVMF:-/usr/share/OVMF}
firmware=OVMF_CODE_4M.fd vars=OVMF_VARS_4M.fd
[[ -z $secure ]] || firmware=OVMF_CODE_4M.ms.fd vars=OVMF_VARS_4M.ms.fd
[[ -s $ovmf/$firmware && -s $ovmf/$vars ]] || die "there is no $ovmf/$firmware: install ovmf, or give OVMF=DIR"
qemu=$("$ROOT/testbed/vm/qemu.sh")
if [[ -z $logs ]]; then
	mkdir -p "$CACHE/runs"
	logs=$(mktemp -d "$CACHE/runs/image-XXXX")
fi
mkdir -p "$logs"
rm -f "$logs"/{console.log,qemu.log,counts,gpu.log} "$logs"/screen-*.png
: >"$logs/console.log"
make_tmp
cp "$ovmf/$vars" "$tmp/vars.fd"
mkfifo "$tmp/monitor"

# The functions of guest.sh that gpu.bash uses.
fail() { die "$2"; }
waived() { return 1; }
status_text() { echo "status $1"; }
end_now() { kill -9 -- "-$1" "$1" 2>/dev/null || :; wait "$1" 2>/dev/null || :; }

mem=${GUEST_MEM:-2048}
# shellcheck disable=SC2054 # commas of QEMU's
args=(-accel "${ACCEL:-tcg,thread=multi}" -smp 2 -m "$mem" -nodefaults -no-reboot -display none -vga std
	-object "memory-backend-memfd,id=mem,size=${mem}M,share=on" -M "q35,memory-backend=mem${secure:+,smm=on}"
	-drive "if=pflash,unit=0,format=raw,readonly=on,file=$ovmf/$firmware" -drive "if=pflash,unit=1,format=raw,file=$tmp/vars.fd"
	-drive "file=${image//,/,,},if=none,id=stick,format=raw" -device qemu-xhci,addr=04.0 -device usb-storage,drive=stick,bootindex=1
	-device usb-kbd -serial "file:$logs/console.log" -monitor stdio)
[[ -z $secure ]] || args+=(-global "driver=cfi.pflash01,property=secure,value=on")
[[ -z $disk ]] || args+=(-drive "file=${disk//,/,,},if=none,id=disk,format=raw" -device "nvme,drive=disk,serial=0,addr=05.0")
if [[ -n $gpu ]]; then
	export GPU=${GPU:-kbl}
	gpu_model=$GPU
	gpu_open "$qemu"
	args+=(-cpu 'max,-erms,-fsrm' "${gpu_devices[@]}")
	gpu_start 3>&2 2>/dev/null
else
	args+=(-cpu max)
fi

setpriv --pdeathsig KILL setsid "$qemu" "${args[@]}" <"$tmp/monitor" >"$logs/qemu.log" 2>&1 &
pid=$!
at_exit "end_now $pid"
exec {monitor}>"$tmp/monitor"
rc=0 n=0 t0=$SECONDS next=$pictures
while kill -0 "$pid" 2>/dev/null; do
	sleep 0.5
	if ((pictures && SECONDS - t0 >= next)); then
		n=$((n + 1)) next=$((next + pictures))
		printf 'screendump %s/screen-%03d.png -f png\n' "$logs" "$n" >&"$monitor" || :
	fi
	if [[ -n $until ]] && grep -qaE -- "$until" "$logs/console.log"; then
		printf 'screendump %s/screen-end.png -f png\nquit\n' "$logs" >&"$monitor" || :
		until=''
	fi
	if ((SECONDS - t0 >= limit)); then
		say "$image: the run exceeded its limit of $limit s and was ended; log: $logs/console.log"
		rc=1
		printf 'screendump %s/screen-end.png -f png\n' "$logs" >&"$monitor" || :
		sleep 1
		end_now "$pid"
	fi
done
wait "$pid" 2>/dev/null || rc=1
if [[ -n $gpu ]]; then
	gpu_end
	counted=$(gpu_counted)
	bad=${gpu_fault:-${counted:+counted $counted}}
	if [[ -n $bad ]]; then
		say "$image: the device model $bad; log: $logs/gpu.log"
		rc=1
	fi
fi
echo "$logs"
exit "$rc"
