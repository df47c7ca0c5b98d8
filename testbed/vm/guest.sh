#!/bin/bash
# Boots a kernel made by kernel/build.sh under QEMU (no KVM needed), runs one command in the guest,
# and fails if the kernel reported an error.
# Usage: testbed/vm/guest.sh -k I915.KO [options] -- COMMAND [ARG ...]
#   -k I915.KO   as printed by kernel/build.sh; bzImage and the other modules are taken from its
#                directory (modprobe i915 works)
#   -g           with the emulated GPU: modprobe i915 disable_display=1 makes it /dev/dri/card0. See
#                GPU, GPU_MODE
#   -t PATH      a file or directory, copied to /test in the guest (repeatable); COMMAND runs in
#                /test, which is also in PATH
#   -s DIR       a directory of this machine, mounted at /mnt in the guest (9p), writable
#   -d MIB       an empty disk of that size, /dev/vda in the guest (e.g. for swap)
#   -n           two NUMA nodes, each with half of the memory and of the CPUs
#   -l DIR       directory for console.log (dmesg), out.log (COMMAND's stdout and stderr) and status
#                (default: a new directory in $CACHE/runs); with -g also gpu.log (the device model's
#                stderr) and counts; with CONFIG_GCOV_KERNEL and i915 loaded also
#                i915_gem_userptr.gcda. KCSAN reports are no failure here: sanitize/run.sh judges
#                them
#   -T SECONDS   time limit for the whole run (default 600)
#   -a KERNELARG appended to the kernel's command line (repeatable)
#   -u MASK      taint bits that are no failure (default 0; repeatable; 64: a module parameter
#                marked unsafe, as mock_selftests= is)
#   -w CHECK     waives one check (repeatable; give the reason there): lockdep, kmemleak, taint,
#                console=REGEX for lines on the console, kmemleak=REGEX for reports with a match,
#                counts or counts=NAME for counts of the device model
#   -q           quiet: does not copy out.log to stdout as it grows
#   -i           interactive: a shell on this terminal instead of COMMAND (leave with Ctrl-A X)
# In:   QEMU as for vm/qemu.sh, ACCEL=kvm, GUEST_MEM=MiB (default 1024), QEMU_ARGS (with -g, give
#       each PCI device an addr= other than 02.0).
#       GPU: g33 (default) or kbl, a Kaby Lake. With kbl i915 has error_capture=0, because a capture
#       reads whole objects, and the device model answers every access. GPU_SERVER=path: a device
#       model of your own.
#       GPU_MODE: overlay (g33) or mmap (kbl), the defaults: the guest's CPUs write the GPU's page
#       table directly, and the device model answers all other accesses. trap: the device model also
#       answers those to the page table.
# Exit: COMMAND's own status if all checks pass; 97 if the kernel reported an error (WARNING,
#       lockdep, KASAN, hung task, leak, taint, ...) or the device model counted a forbidden event;
#       98 on time limit, panic, or death of the guest or the device model; 99 if it could not be
#       started. One line on stderr gives the reason, with the path of the log.
# The initramfs is busybox and a short init, which need nothing from the host's file system
# (virtme-ng is not in Debian 12).
. "$(dirname "$0")/../../scripts/lib.bash"
. "$ROOT/testbed/vm/gpu.bash"

ko='' gpu='' logs='' share='' disk='' nodes='' limit=600 taint_ok=0 quiet='' interactive='' files=() kargs=() waive=()
usage() {
	say "usage: testbed/vm/guest.sh -k I915.KO [-g] [-t PATH] [-s DIR] [-d MIB] [-n] [-l DIR] [-T SECONDS] [-a KERNELARG] [-u MASK] [-w CHECK] [-q] [-i] -- COMMAND ..."
	exit 99
}
fail() { say "guest: $2"; exit "$1"; }
# An unexpected failure of a command (e.g. a full disk) must not be taken for COMMAND's status.
trap 'fail 99 "line $LINENO of guest.sh failed, see above"' ERR
while getopts k:gt:s:d:nl:T:a:u:w:qi o; do
	case $o in
	k) ko=$OPTARG ;;
	g) gpu=1 ;;
	t) files+=("$OPTARG") ;;
	s) share=$OPTARG ;;
	d) disk=$OPTARG ;;
	n) nodes=1 ;;
	l) logs=$OPTARG ;;
	T) limit=$OPTARG ;;
	a) kargs+=("$OPTARG") ;;
	u) taint_ok=$((taint_ok | OPTARG)) ;;
	w) waive+=("$OPTARG") ;;
	q) quiet=1 ;;
	i) interactive=1 ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
[[ -n $ko && ($# -gt 0 || -n $interactive) ]] || usage
out=$(dirname "$ko")
[[ -s $ko && -s $out/bzImage && -d $out/modules ]] || fail 99 "$ko does not lie beside a bzImage: give what build.sh printed"
[[ -z $share || -d $share ]] || fail 99 "$share is not a directory"
busybox=$(command -v busybox) || fail 99 "there is no busybox: run scripts/deps.sh"
mem=${GUEST_MEM:-1024}
free=$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo)
((free > mem + 256)) || fail 99 "the guest wants $mem MiB of memory and $free are free: end something else"
qemu=$("$ROOT/testbed/vm/qemu.sh") || fail 99 "there is no QEMU, see above"

# status_text STATUS: prints it in words. end_now PID: kills it and its process group.
status_text() { if (($1 > 128 && $1 < 160)); then echo "SIG$(kill -l "$1")"; else echo "status $1"; fi; }
end_now() { kill -9 -- "-$1" "$1" 2>/dev/null || :; wait "$1" 2>/dev/null || :; }
waived() { local w; for w in "${waive[@]}"; do [[ $w != "$1" ]] || return 0; done; return 1; }

if [[ -z $logs ]]; then
	mkdir -p "$CACHE/runs"
	logs=$(mktemp -d "$CACHE/runs/$(date +%m%d-%H%M%S).XXXX")
	# Only the last 50 of these are kept.
	find "$CACHE/runs" -mindepth 1 -maxdepth 1 -name '????-*.????' | sort | head -n -50 | xargs -r rm -rf
fi
mkdir -p "$logs"
rm -f "$logs"/{console.log,console-boot?.log,out.log,qemu.log,status,counts,gpu.log,i915_gem_userptr.gcda}
: >"$logs/console.log"
: >"$logs/out.log"
if [[ -n $gpu ]]; then
	gpu_open "$qemu"
	kargs=("${gpu_kargs[@]}" "${kargs[@]}")
fi

# The initramfs.
make_tmp
root=$tmp/root
release=$(<"$out/release")
mkdir -p "$root"/{bin,dev,proc,sys,tmp,mnt,test,guest,lib/modules/"$release"}
cp -L "$busybox" "$root/bin/busybox"
cp "$ROOT/testbed/vm/init" "$root/init"
chmod 755 "$root/init"
cp "$out"/modules/*.ko "$root/lib/modules/$release/"
cp "$ko" "$root/lib/modules/$release/i915.ko"
o=$(PATH=$PATH:/usr/sbin:/sbin depmod -b "$root" "$release" 2>&1) || fail 99 "depmod fails: ${o##*$'\n'}"
for f in "${files[@]}"; do
	[[ -e $f ]] || fail 99 "there is no $f"
	if [[ -d $f ]]; then cp -rL "$f/." "$root/test/"; else cp -L "$f" "$root/test/"; fi
done
leak_ok=$(printf '%s\n' "${waive[@]}" | sed -n 's/^kmemleak=//p' | paste -sd'|')
printf '%s\n' "$leak_ok" >"$root/guest/leak_ok"
[[ -z $share ]] || touch "$root/guest/share"
[[ -z $gpu ]] || gpu_name >"$root/guest/gpu"
[[ -z $gpu_overlay ]] || cp "$gpu_overlay" "$root/guest/overlay"
if [[ -n $interactive ]]; then
	stty size >"$root/guest/interactive" 2>/dev/null || :
else
	printf '%s\n' "${*@Q}" >"$root/guest/cmd"
fi
(cd "$root" && find . | cpio -o -H newc -R 0:0 --quiet) >"$tmp/initrd"
rm -rf "$root"

# tsc=reliable: otherwise the clock is the HPET; each read of it waits while QEMU waits for the
# device model, and Linux 6.12 warned of that during a reset ("hrtimer: interrupt took"). It also
# disables the clocksource watchdog, at which boots hung on a busy machine. no_timer_check:
# otherwise the kernel may find that its timer does not tick. pty.legacy_count=0: 256 pairs of
# unused devices take 7 s of a debug kernel's boot. tsc_early_khz: see tsc.c. With -icount the TSC
# has another frequency.
if [[ $(uname -m) == x86_64 && ${QEMU_ARGS:-} != *-icount* ]]; then
	gcc -O2 -Wall -Wextra -Werror -o "$tmp/tsc" "$ROOT/testbed/vm/tsc.c"
	kargs=("tsc_early_khz=$("$tmp/tsc")" "${kargs[@]}")
fi
# A sheaf of SLUB keeps pointers to the objects that it has handed out, and kmemleak takes them for
# references. Caches with red zones have no sheaves.
if grep -qs '^CONFIG_DEBUG_KMEMLEAK=y' "$out/.config"; then
	kargs=(slab_debug=Z "${kargs[@]}")
fi
# Without the ACPI objects for the hotplug of PCI devices a debug kernel boots in 40 % less CPU time.
args=(-accel "${ACCEL:-tcg,thread=multi}" -smp '2,sockets=2' -m "$mem" -nodefaults -vga none -display none -no-reboot
	-global ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off
	-kernel "$out/bzImage" -initrd "$tmp/initrd"
	-append "console=ttyS0 loglevel=7 printk.devkmsg=on tsc=reliable no_timer_check pty.legacy_count=0 log_buf_len=4M panic=-1 oops=panic ${kargs[*]+"${kargs[*]}"}")
if [[ -n $nodes ]]; then
	# A node for each socket.
	for n in 0 1; do
		args+=(-object "memory-backend-memfd,id=mem$n,size=$((mem / 2))M,share=on" -numa "node,memdev=mem$n,cpus=$n")
	done
	args+=(-M q35)
else
	# The device model accesses the guest's memory.
	args+=(-object "memory-backend-memfd,id=mem,size=${mem}M,share=on" -M 'q35,memory-backend=mem')
fi
if [[ -z $gpu ]]; then
	args+=(-cpu max)
else
	# ERMS and FSRM would make the kernel copy to and from the aperture byte by byte.
	args+=(-cpu 'max,-erms,-fsrm' "${gpu_devices[@]}")
fi
if [[ -n $share ]]; then
	args+=(-fsdev "local,id=share,path=${share//,/,,},security_model=none" -device 'virtio-9p-pci,fsdev=share,mount_tag=share,addr=05.0')
fi
if [[ -n $disk ]]; then
	truncate -s "${disk}M" "$tmp/disk"
	args+=(-drive "file=${tmp//,/,,}/disk,if=none,id=disk,format=raw,cache=unsafe" -device 'virtio-blk-pci,drive=disk,addr=06.0')
fi
# shellcheck disable=SC2206 # words are wanted
args+=(${QEMU_ARGS:-})

# qemu_said: prints the first line of QEMU's stderr, except a harmless warning that the GPU always
# causes.
qemu_said() { grep -v 'Could not enable error recovery' "$logs/qemu.log" | head -n1 || :; }

# wait_qemu LIMIT: waits until QEMU (pid) has ended. Kills it after LIMIT seconds (0: never; sets
# late), or if the device model ends first. Call it with 3>&2 2>/dev/null: bash prints messages of
# its own about killed processes.
late=''
wait_qemu() {
	local t0=$SECONDS next=20 gone=''
	late=''
	while kill -0 "$pid" 2>/dev/null; do
		sleep 0.2
		if [[ -n $gpu ]] && gpu_gone; then
			# QEMU disconnects from the server shortly before it ends.
			gone=${gone:-$SECONDS}
			if ((gpu_rc != 0 || SECONDS - gone >= 10)); then
				gpu_fault="ended in the middle of the run: $(tail -n1 "$logs/gpu.log")"
				end_now "$pid"
			fi
		fi
		(($1)) || continue
		if ((SECONDS - t0 >= $1)); then
			late=1
			end_now "$pid"
		fi
		if ((SECONDS - t0 >= next)); then
			say "  ... guest, $((SECONDS - t0)) s, last on its console: $(tail -n1 "$logs/console.log" | tr -d '\r' | cut -c1-100)" 2>&3
			((next += 20))
		fi
	done
	rc=0
	wait "$pid" 2>/dev/null || rc=$?
	[[ -z $gpu ]] || gpu_end
}

if [[ -n $interactive ]]; then
	[[ -z $gpu ]] || gpu_start 3>&2 2>/dev/null
	if settings=$(stty -g 2>/dev/null); then at_exit "stty '$settings'"; fi
	setpriv --pdeathsig KILL "$qemu" "${args[@]}" -chardev "stdio,id=tty,mux=on,signal=off,logfile=$logs/console.log" \
		-serial chardev:tty -monitor chardev:tty <&0 2>"$logs/qemu.log" &
	pid=$!
	at_exit "end_now $pid"
	wait_qemu 0 3>&2 2>/dev/null
	[[ -s $logs/console.log ]] || fail 99 "QEMU did not start: $(qemu_said); log: $logs/qemu.log"
	[[ -z $gpu_fault ]] || fail 98 "the device model $gpu_fault; log: $logs/gpu.log"
	[[ -z $gpu || -z $(gpu_counted) ]] || say "guest: the device model counted $(gpu_counted); see $logs"
	exit "$rc"
fi

bad=$(paste -sd'|' "$ROOT/testbed/vm/splats")

# The run. An emulated kernel with KASAN sometimes reports an error in its first seconds, before any
# code under test runs, and lockdep is off from then on. The guest is then booted again, at most
# twice.
for attempt in 1 2 3; do
	: >"$logs/console.log"
	[[ -z $gpu ]] || gpu_start 3>&2 2>/dev/null
	setpriv --pdeathsig KILL setsid "$qemu" "${args[@]}" -monitor none -serial "file:$logs/console.log" -serial "file:$logs/out.log" \
		</dev/null >"$logs/qemu.log" 2>&1 &
	pid=$!
	at_exit "end_now $pid"
	if [[ -z $quiet ]]; then tail -n +1 -s 0.2 -f --pid="$pid" "$logs/out.log" & tailer=$!; fi
	wait_qemu "$limit" 3>&2 2>/dev/null
	[[ -n $quiet ]] || wait "$tailer" 2>/dev/null || :

	con=$(tr -d '\r' <"$logs/console.log")
	early=$(sed '/guest: command starts/,$d' <<<"$con" | grep -E -m1 "$bad" || :)
	if [[ -z $early ]] || ((attempt == 3)); then break; fi
	say "guest: the kernel complained while it booted, before the command: $early; once more (log: $logs/console-boot$attempt.log)"
	mv "$logs/console.log" "$logs/console-boot$attempt.log"
done

# The result.
reported() { sed -nE "s/^(\[[^]]*\] )?guest: $1 //p" <<<"$con" | tail -1; }
# verdict STATUS TEXT [LOG]: writes the status file, prints TEXT on failure, and exits.
verdict() { printf '%s %s\n' "$1" "$2" >"$logs/status"; [[ $1 == 0 ]] || say "guest: $2; log: ${3:-$logs/console.log}"; exit "$1"; }

gcda=$(sed -nE 's/^(\[[^]]*\] )?guest: gcda //p' <<<"$con")
[[ -z $gcda ]] || base64 -d <<<"$gcda" | gzip -d >"$logs/i915_gem_userptr.gcda" || rm -f "$logs/i915_gem_userptr.gcda"

# Base64 lines may match anything.
found=$(grep -v 'guest: gcda ' <<<"$con" | grep -E "$bad" | grep -v 'BUG: KCSAN' || :)
for w in "${waive[@]}"; do
	[[ $w != console=* ]] || found=$(grep -vE "${w#console=}" <<<"$found" || :)
done
found=$(head -n1 <<<"$found")

[[ -z $gpu_fault ]] || verdict 98 "the device model $gpu_fault" "$logs/gpu.log"
if ! grep -qE '^(\[[^]]*\] )?guest: end' <<<"$con"; then
	[[ -z $found ]] || verdict 98 "the kernel died: $found"
	[[ -z $late ]] || verdict 98 "the run exceeded its limit of $limit s and was ended"
	[[ -s $logs/console.log ]] || verdict 99 "QEMU did not start: $(qemu_said)" "$logs/qemu.log"
	verdict 98 "QEMU ended by itself (status $rc$( ((rc != 137)) || printf ', killed: out of memory?')): $(tail -n1 <<<"$con")"
fi
[[ -z $found ]] || verdict 97 "the kernel complained: $found"
locks=$(reported debug_locks) taint=$(reported taint) leaks=$(reported kmemleak) status=$(reported 'command exits with')
[[ -n $locks ]] || ! grep -q '^CONFIG_PROVE_LOCKING=y' "$out/.config" || verdict 98 "the guest did not report the state of lockdep"
[[ -z $locks || $locks == 1 ]] || waived lockdep || verdict 97 "lockdep turned itself off during the run (debug_locks is $locks)"
[[ -z $leaks || $leaks == 0 ]] || waived kmemleak ||
	verdict 97 "kmemleak found $leaks objects, one from $(sed -nE 's/.*guest: leak: +([a-z0-9_]+)\+0x.*/\1/p' <<<"$con" |
		grep -vE 'kmemleak|k.?[mz]alloc|kmem_cache' | head -n 4 | paste -sd'<')"
(((taint & ~taint_ok) == 0)) || waived taint || verdict 97 "the kernel is tainted ($taint)"
[[ -z $gpu || -z $(gpu_counted) ]] || verdict 97 "the device model counted $(gpu_counted)" "$logs/counts"
[[ $status =~ ^[0-9]+$ ]] || verdict 98 "the command's exit status was not reported"
((status == 0)) || say "guest: the command exited with $status; output: $logs/out.log, log: $logs/console.log"
printf '%s done\n' "$status" >"$logs/status"
exit "$status"
