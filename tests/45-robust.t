#!/bin/bash
# guest.sh -g on failures: it soon exits with the right status and one clear line, and keeps the
# log; no process, socket or temporary directory remains. Mostly with stand-ins for QEMU and the
# device model (tests/lib/fakes), several at once; at the end with the real ones.
. "$(dirname "$0")/../scripts/lib.bash"
. "$ROOT/tests/lib/tap.bash"
need_tool perl gcc pgrep

repo=$("$ROOT/testbed/kernel/base.sh")
real_ko=$("$ROOT/testbed/kernel/build.sh" -b "$repo" "${CONFIG:-debug}")
real_qemu=$("$ROOT/testbed/vm/qemu.sh")
real_g33=${GPU_SERVER:-$("$ROOT/testbed/gpu/build.sh")}
unset GPU GPU_MODE GPU_SERVER

# A kernel directory for the stand-ins.
make_tmp /tmp
work=$tmp
mkdir -p "$work/out/modules"
echo x >"$work/out/bzImage"
: >"$work/out/.config"
echo 7.0.0 >"$work/out/release"
gcc -c -x c -o "$work/out/i915.ko" /dev/null
cp "$work/out/i915.ko" "$work/out/modules/vgem.ko"

# Runs that were started: their names and expected results.
n=0 names=() limits=() statuses=() lines=()

# run NAME SECONDS STATUS LINE OPTION...: starts guest.sh, which must end within SECONDS with
# STATUS, and print only LINE (a regular expression in which LOG is the log directory). SECONDS are
# generous, for a busy machine: the time limit is 120. In: SIGNAL, KILL (see job; SECONDS then count
# from there), and the variables of the stand-ins.
run() {
	local dir=$work/$n
	names+=("$1") limits+=("$2") statuses+=("$3") lines+=("${4//LOG/$dir/log}")
	n=$((n + 1))
	while (($(jobs -rp | wc -l) >= 4)); do wait -n || :; done
	job "$dir" "${@:5}" &
}

# job DIR OPTION...: one run; all of its processes have DIR in their command lines. Sends SIGNAL to
# guest.sh, or runs KILL (a command), once there is output on the console.
job() {
	local dir=$1 rc=0 t0 pid i ko=$1/out/i915.ko
	mkdir "$dir"
	cp -r "$work/out" "$dir/out"
	export CACHE=$dir/cache G33_SOCKETS=$dir/sockets QEMU=${QEMU:-$ROOT/tests/lib/fakes/qemu} GPU_SERVER=${GPU_SERVER:-$ROOT/tests/lib/fakes/g33}
	[[ -z ${BREAK:-} ]] || (cd "$dir" && eval "$BREAK")
	[[ -z ${REAL:-} ]] || { QEMU=$real_qemu GPU_SERVER=$real_g33 ko=$real_ko; }
	t0=$SECONDS
	# bash ignores SIGINT in background processes, and nohup ignores SIGHUP: reset both.
	perl -e '@SIG{qw(INT HUP TERM)} = ("DEFAULT") x 3; exec @ARGV' "$ROOT/testbed/vm/guest.sh" -k "$ko" -l "$dir/log" -T 120 "${@:2}" -- true \
		>"$dir/stdout" 2>"$dir/stderr" </dev/null &
	pid=$!
	if [[ -n ${SIGNAL:-}${KILL:-} ]]; then
		for ((i = 0; i < 600; i++)); do
			if grep -qsE 'command starts|Linux version' "$dir/log/console.log"; then break; fi
			sleep 0.1
		done
		t0=$SECONDS
		[[ -z ${KILL:-} ]] || eval "$KILL"
		[[ -z ${SIGNAL:-} ]] || kill -s "$SIGNAL" "$pid"
	fi
	wait "$pid" 2>/dev/null || rc=$?
	echo "$rc $((SECONDS - t0))" >"$dir/result"
	# What remains. A killed process may take a moment to disappear.
	for i in 1 2 3 4 5; do
		pgrep -f "$dir/(log|cache|out)" >/dev/null || break
		sleep 0.2
	done
	{
		pgrep -af "$dir/(log|cache|out)" || :
		find "$dir/cache/tmp" -mindepth 1 || :
		while read -r i; do [[ ! -e ${i%/*} ]] || echo "$i"; done <"$dir/sockets"
	} >"$dir/left" 2>/dev/null
}

# judge: waits for all runs, and compares each with its expected result.
judge() {
	local i dir said wrong rc took
	wait
	for ((i = 0; i < n; i++)); do
		dir=$work/$i wrong='' rc='' took=''
		read -r rc took <"$dir/result" || wrong="no result; "
		said=$(grep -v '^  \.\.\. ' "$dir/stderr" || :)
		[[ $rc == "${statuses[i]}" ]] || wrong+="exit status $rc, not ${statuses[i]}; "
		[[ $said =~ ^${lines[i]}$ ]] || wrong+="it does not say '${lines[i]}', or not only that; "
		((${took:-0} <= limits[i])) || wrong+="it took $took s, at most ${limits[i]} are good; "
		[[ ! -s $dir/left ]] || wrong+="left behind: $(<"$dir/left"); "
		if [[ -z $wrong ]]; then
			ok "${names[i]} ($took s)"
		else
			not_ok "${names[i]}"
			{ echo "$wrong"; cat "$dir/stderr"; } | diag
		fi
	done
	n=0 names=() limits=() statuses=() lines=()
	rm -rf "$work"/[0-9]*
}

export QEMU_DOES='' G33_DOES='' COMMAND_EXITS=0
log='; log: LOG'
G33_DOES=makes-no-socket run "the device model never makes its socket" 60 99 "guest: the device model made no socket in 10 s$log/gpu.log" -g
run "all is well, without the GPU" 60 0 ''
run "all is well, with the GPU" 60 0 '' -g
COMMAND_EXITS=5 run "the command fails" 60 5 "guest: the command exited with 5; output: LOG/out.log, log: LOG/console.log" -g
COMMAND_EXITS=7 QEMU_DOES=warns run "the kernel complains" 60 97 "guest: the kernel complained: .*WARNING: .*$log/console.log" -g

QEMU_DOES=fails run "QEMU does not start" 60 99 "guest: QEMU did not start: qemu: cannot do it$log/qemu.log" -g
QEMU_DOES=is-killed run "QEMU is killed" 60 98 "guest: QEMU ended by itself \(status 137, killed: out of memory\?\): .*$log/console.log" -g
QEMU_DOES=panics run "the guest panics" 60 98 "guest: the kernel died: .*Kernel panic.*$log/console.log" -g
QEMU_DOES=panics-early run "the guest panics while it boots: once more" 60 0 \
	"guest: the kernel complained while it booted.*once more \(log: .*\)" -g
QEMU_DOES=hangs run "the guest hangs: the time limit" 60 98 "guest: the run exceeded its limit of 3 s and was ended$log/console.log" -g -T 3
QEMU_DOES=hangs run "the same without the GPU" 60 98 "guest: the run exceeded its limit of 3 s and was ended$log/console.log" -T 3
QEMU=/bin/true run "a QEMU without vfio-user-pci" 60 99 \
	$'testbed/vm/qemu.sh: QEMU=/bin/true has no vfio-user-pci: give one of 10.1 or newer, .*\nguest: there is no QEMU, see above' -g

G33_DOES=fails run "the device model does not start" 60 99 \
	"guest: the device model did not start \(status 3\): g33: cannot do it$log/gpu.log" -g
QEMU_DOES=hangs G33_DOES=crashes run "the device model crashes in the middle" 60 98 \
	"guest: the device model died \(SIGSEGV\): g33: crashes$log/gpu.log" -g
QEMU_DOES=hangs G33_DOES=ends run "the device model ends in the middle" 60 98 \
	"guest: the device model ended in the middle of the run: g33: ends$log/gpu.log" -g
G33_DOES=stays run "the device model does not end with QEMU" 60 98 "guest: the device model did not end when QEMU did$log/gpu.log" -g
G33_DOES=counts run "the device model counts what may not be" 60 97 \
	"guest: the device model counted invalid_pte 3, bad_access 4$log/counts" -g
G33_DOES=counts run "one of two counts is waived" 60 97 "guest: the device model counted bad_access 4$log/counts" -g -w counts=invalid_pte
G33_DOES=counts run "all counts are waived" 60 0 '' -g -w counts
G33_DOES=counts-nothing run "the device model leaves no counts" 60 97 \
	"guest: the device model counted invalid_pte \(not reported\), .*$log/counts" -g
GPU_SERVER=/none run "no such device model" 60 99 "guest: there is no GPU_SERVER=/none: .*" -g

GUEST_MEM=99999999 run "too little memory" 60 99 "guest: the guest wants 99999999 MiB of memory and [0-9]+ are free: end something else" -g
GPU_MODE=fast run "no such GPU_MODE" 60 99 "guest: GPU_MODE=fast is neither overlay nor trap" -g
GPU=kbl GPU_MODE=overlay run "a GPU_MODE of the other GPU" 60 99 \
	"guest: GPU_MODE=overlay is neither mmap nor trap" -g
GPU=none run "no such GPU" 60 99 "GPU=none is neither g33 nor kbl" -g
GPU=kbl run "another GPU has more counts" 60 97 \
	"guest: the device model counted bad_context \(not reported\)$log/counts" -g
run "no such directory to share" 60 99 "guest: /none is not a directory" -s /none
BREAK='echo x >out/release' run "a broken kernel directory" 60 99 "guest: depmod fails: .*" -g
BREAK='mkdir out/modules/x.ko' run "a file that cannot be copied" 60 99 $'cp: .*\n''guest: line [0-9]+ of guest.sh failed, see above' -g
for sig in INT TERM HUP; do
	QEMU_DOES=hangs SIGNAL=$sig run "SIG$sig" 60 $((128 + $(kill -l $sig))) '' -g
done
judge

# The real ones, which need not finish booting for this.
export REAL=1
KILL='kill -KILL "$(pgrep -P "$pid" -f " -s .*/socket")"' run "the real device model is killed in the middle" 60 98 \
	"guest: the device model died \(SIGKILL\): .*$log/gpu.log" -g
KILL='kill -KILL "$(pgrep -P "$pid" -f " -initrd ")"' run "the real QEMU is killed" 60 98 \
	"guest: QEMU ended by itself \(status 137.*$log/console.log" -g
SIGNAL=TERM run "SIGTERM with the real ones" 60 143 '' -g
run "the time limit with the real ones" 60 98 "guest: the run exceeded its limit of 8 s and was ended$log/console.log" -g -T 8
judge
done_testing
