#!/bin/bash
# Boots a kernel made by build.sh under QEMU (no KVM needed), runs one command in the guest, checks that the kernel took no harm.
# Usage: guest.sh -k I915.KO [options] -- COMMAND [ARG ...]
#   -k I915.KO   as printed by build.sh; bzImage and the other modules are taken from the directory it lies in (modprobe i915 works)
#   -t PATH      a file or directory, copied to /test in the guest (repeatable); COMMAND runs in /test, which is also in PATH
#   -l DIR       where console.log (dmesg), out.log (COMMAND's stdout and stderr) and status go (default: a new directory in $CACHE/runs)
#   -T SECONDS   time limit for all of it (default 600)
#   -a KERNELARG appended to the kernel's command line (repeatable)
#   -u MASK      taint bits that are no failure (default 0; 64: a module parameter marked unsafe, as mock_selftests= is)
#   -w CHECK     waives one check: lockdep, kmemleak, taint, console=REGEX for lines on the console, kmemleak=REGEX for reports with a match
#                for it (repeatable; say why where you use it)
#   -q           quiet: do not copy out.log to stdout as it comes
#   -i           interactive: a shell on this terminal instead of COMMAND (leave with Ctrl-A X)
# Exit: COMMAND's own status if all checks pass; 97 the kernel complained (WARNING, lockdep, KASAN, hung task, leak, taint, ...);
#       98 time limit, panic or the guest died; 99 it could not be started. One line on stderr says which, with the path of the log.
# The initramfs is busybox and a 60-line init: virtme-ng is not in Debian 12, and this needs nothing of the host's file system.
. "$(dirname "$0")/lib.sh"

ko='' logs='' limit=600 taint_ok=0 quiet='' interactive='' files=() kargs=() waive=()
usage() { say "usage: guest.sh -k I915.KO [-t PATH] [-l DIR] [-T SECONDS] [-a KERNELARG] [-u MASK] [-w CHECK] [-q] [-i] -- COMMAND ..."; exit 99; }
fail() { say "guest: $2"; exit "$1"; }
while getopts k:t:l:T:a:u:w:qi o; do
	case $o in
	k) ko=$OPTARG ;;
	t) files+=("$OPTARG") ;;
	l) logs=$OPTARG ;;
	T) limit=$OPTARG ;;
	a) kargs+=("$OPTARG") ;;
	u) taint_ok=$OPTARG ;;
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
qemu=${QEMU:-qemu-system-x86_64}
command -v "$qemu" >/dev/null || fail 99 "there is no $qemu: run scripts/deps.sh, or give QEMU=path"
busybox=$(command -v busybox) || fail 99 "there is no busybox: run scripts/deps.sh"
mem=${GUEST_MEM:-2048}
free=$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo)
((free > mem + 256)) || fail 99 "the guest wants $mem MiB of memory and $free are free: end something else"

if [[ -z $logs ]]; then
	mkdir -p "$CACHE/runs"
	logs=$(mktemp -d "$CACHE/runs/$(date +%m%d-%H%M%S).XXXX")
	# Only the last 50 of these are kept.
	find "$CACHE/runs" -mindepth 1 -maxdepth 1 -name '????-*.????' | sort | head -n -50 | xargs -r rm -rf
fi
mkdir -p "$logs"
rm -f "$logs"/{console.log,console-boot?.log,out.log,qemu.log,status}
: >"$logs/console.log"
: >"$logs/out.log"

# The initramfs.
make_tmp
root=$tmp/root
release=$(<"$out/release")
mkdir -p "$root"/{bin,dev,proc,sys,tmp,test,guest,lib/modules/"$release"}
cp -L "$busybox" "$root/bin/busybox"
cp "$ROOT/testbed/init" "$root/init"
chmod 755 "$root/init"
cp "$out"/modules/*.ko "$root/lib/modules/$release/"
cp "$ko" "$root/lib/modules/$release/i915.ko"
PATH=$PATH:/usr/sbin:/sbin depmod -b "$root" "$release" 2>/dev/null
for f in "${files[@]+"${files[@]}"}"; do
	[[ -e $f ]] || fail 99 "there is no $f"
	if [[ -d $f ]]; then cp -rL "$f/." "$root/test/"; else cp -L "$f" "$root/test/"; fi
done
leak_ok=$(printf '%s\n' "${waive[@]+"${waive[@]}"}" | sed -n 's/^kmemleak=//p' | paste -sd'|')
printf '%s\n' "$leak_ok" >"$root/guest/leak_ok"
if [[ -n $interactive ]]; then touch "$root/guest/interactive"; else printf '%s\n' "${*@Q}" >"$root/guest/cmd"; fi
(cd "$root" && find . | cpio -o -H newc -R 0:0 --quiet) >"$tmp/initrd"
rm -rf "$root"

args=(-M q35 -accel "${ACCEL:-tcg,thread=multi}" -cpu max -smp 2 -m "$mem" -nodefaults -vga none -display none -no-reboot
	-kernel "$out/bzImage" -initrd "$tmp/initrd"
	-append "console=ttyS0 loglevel=7 printk.devkmsg=on log_buf_len=4M panic=-1 oops=panic ${kargs[*]+"${kargs[*]}"}")
# shellcheck disable=SC2206 # words are wanted
args+=(${QEMU_ARGS:-})

if [[ -n $interactive ]]; then
	"$qemu" "${args[@]}" -serial mon:stdio
	exit
fi

bad='WARNING:|BUG:|BUG |KASAN|UBSAN|circular locking|possible recursive|inconsistent lock state|suspicious RCU|sleeping function'
bad+='|INFO: task .* blocked|INFO: rcu.*stall|Oops|general protection|unable to handle|ODEBUG|leaked|refcount_t|DEBUG_LOCKS|bad page'
bad+='|Kernel panic|Out of memory'

# The run. An emulated kernel with KASAN sometimes complains in its first seconds, when nothing of ours is there yet, and lockdep is off
# from then on. The guest then ends at once, and is booted anew, at most twice.
for attempt in 1 2 3; do
	: >"$logs/console.log"
	setsid "$qemu" "${args[@]}" -monitor none -serial "file:$logs/console.log" -serial "file:$logs/out.log" </dev/null >"$logs/qemu.log" 2>&1 &
	pid=$!
	at_exit "kill -9 $pid 2>/dev/null"
	if [[ -z $quiet ]]; then tail -n +1 -s 0.2 -f --pid="$pid" "$logs/out.log" & tailer=$!; fi
	t0=$SECONDS late='' next=20
	while kill -0 "$pid" 2>/dev/null; do
		sleep 0.2
		if ((SECONDS - t0 >= limit)); then
			late=1
			kill -9 "$pid"
			break
		fi
		if ((SECONDS - t0 >= next)); then
			say "  ... guest, $((SECONDS - t0)) s, last on its console: $(tail -n1 "$logs/console.log" | tr -d '\r' | cut -c1-100)"
			((next += 20))
		fi
	done
	rc=0
	wait "$pid" 2>/dev/null || rc=$?
	[[ -n $quiet ]] || wait "$tailer" 2>/dev/null || :

	con=$(tr -d '\r' <"$logs/console.log")
	early=$(sed '/guest: command starts/,$d' <<<"$con" | grep -E -m1 "$bad" || :)
	if [[ -z $early ]] || ((attempt == 3)); then break; fi
	say "guest: the kernel complained while it booted, before the command: $early; once more (log: $logs/console-boot$attempt.log)"
	mv "$logs/console.log" "$logs/console-boot$attempt.log"
done

# What came of it.
told() { sed -nE "s/^(\[[^]]*\] )?guest: $1 //p" <<<"$con" | tail -1; }
waived() { local w; for w in "${waive[@]+"${waive[@]}"}"; do [[ $w != "$1" ]] || return 0; done; return 1; }
verdict() { printf '%s %s\n' "$1" "$2" >"$logs/status"; [[ $1 == 0 ]] || say "guest: $2; log: $logs/console.log"; exit "$1"; }

found=$(grep -E "$bad" <<<"$con" || :)
for w in "${waive[@]+"${waive[@]}"}"; do
	[[ $w != console=* ]] || found=$(grep -vE "${w#console=}" <<<"$found" || :)
done
found=$(head -n1 <<<"$found")

if ! grep -qE '^(\[[^]]*\] )?guest: end' <<<"$con"; then
	[[ -z $found ]] || verdict 98 "the kernel died: $found"
	[[ -z $late ]] || verdict 98 "not done after $limit s, ended"
	[[ -s $logs/console.log ]] || verdict 99 "QEMU did not start: $(head -n1 "$logs/qemu.log")"
	verdict 98 "QEMU ended by itself (status $rc$( ((rc != 137)) || printf ', killed: out of memory?')): $(tail -n1 <<<"$con")"
fi
[[ -z $found ]] || verdict 97 "the kernel complained: $found"
locks=$(told debug_locks) taint=$(told taint) leaks=$(told kmemleak) status=$(told 'command exits with')
[[ -n $locks ]] || ! grep -q '^CONFIG_PROVE_LOCKING=y' "$out/.config" || verdict 98 "the guest did not say whether lockdep is on"
[[ -z $locks || $locks == 1 ]] || waived lockdep || verdict 97 "lockdep turned itself off during the run (debug_locks is $locks)"
[[ -z $leaks || $leaks == 0 ]] || waived kmemleak ||
	verdict 97 "kmemleak found $leaks objects, one from $(sed -nE 's/.*guest: leak: +([a-z0-9_]+)\+0x.*/\1/p' <<<"$con" |
		grep -vE 'kmemleak|k.?[mz]alloc|kmem_cache' | head -n 4 | paste -sd'<')"
(((taint & ~taint_ok) == 0)) || waived taint || verdict 97 "the kernel is tainted ($taint)"
[[ $status =~ ^[0-9]+$ ]] || verdict 98 "the command's exit status did not come out"
((status == 0)) || say "guest: the command exited with $status; output: $logs/out.log, log: $logs/console.log"
printf '%s done\n' "$status" >"$logs/status"
exit "$status"
