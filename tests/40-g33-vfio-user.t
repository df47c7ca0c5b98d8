#!/bin/bash
# The emulated G33 as a process (testbed/gpu/common/main.c) and as QEMU's device: its start, its end
# and what it leaves behind. In a guest with only a test program
# (testbed/gpu/common/tests/bench-guest.c): aperture and memory agree, no interrupt is lost or comes
# without a cause, and the page table works in each way in which the guest can reach it.
. "$(dirname "$0")/../scripts/lib.bash"
. "$ROOT/tests/lib/tap.bash"
need_tool gcc make
make_tmp /tmp
try "builds with sanitizers" make -s -C "$ROOT/testbed/gpu" OUT="$tmp/out" SAN=1 g33
try "builds the clients" make -s -C "$ROOT/testbed/gpu" OUT="$tmp/out" bench
g33=$tmp/out/g33
[[ -x $g33 && -x $tmp/out/bench-guest ]] || bail "nothing to test"

# is NAME WANTED HAVE: checks that both are equal.
is() { if [[ $2 == "$3" ]]; then ok "$1"; else not_ok "$1"; diag <<<"wanted: $2"$'\n'"have: $3"; fi; }

# start ARGUMENT...: starts the server in the background, sets pid, and waits for the socket.
start() {
	local i
	"$g33" -s "$tmp/socket" -c "$tmp/counts" "$@" 2>"$tmp/log" &
	pid=$!
	at_exit "kill $pid 2>/dev/null"
	for ((i = 0; i < 100; i++)); do
		if [[ -S $tmp/socket ]] && grep -q listening "$tmp/log"; then return; fi
		sleep 0.1
	done
	bail "g33 does not start: $(cat "$tmp/log")"
}
# ends NAME STATUS: waits for the server, and checks its exit status and that it leaves no socket
# and no page table.
ends() {
	local rc=0
	wait "$pid" || rc=$?
	[[ ! -e $tmp/socket ]] || rc+=', the socket is left'
	[[ ! -e $tmp/ptes ]] || rc+=', the page table is left'
	is "$1" "$2" "$rc"
}
client() { timeout 60 "$tmp/out/bench-vfio-user" "$tmp/socket" direct 200 >/dev/null 2>&1; }

for signal in TERM INT; do
	start -f "$tmp/ptes"
	kill -$signal "$pid"
	ends "SIG$signal: ends well, leaves nothing" 0
	is "SIG$signal: one line" 1 "$(wc -l <"$tmp/log")"
	is "SIG$signal: the counters are written" "invalid_pte bad_dma bad_command bad_access privileged commands interrupts" \
		"$(cut -d' ' -f1 "$tmp/counts" | paste -sd' ')"
done

start
rc=0
"$g33" -s "$tmp/socket" 2>"$tmp/log2" || rc=$?
is "a second server on the same socket says so" "1 g33: $tmp/socket: somebody listens there" "$rc $(cat "$tmp/log2")"
try "and the first one still serves" client
ends "the client leaves: ends well" 0
is "one line" 1 "$(wc -l <"$tmp/log")"
is "no file but the counters is left" "counts log log2 out" "$(cd "$tmp" && echo *)"

start
{ kill -KILL "$pid"; wait "$pid"; } 2>/dev/null || :
[[ -S $tmp/socket ]] || not_ok "a killed server leaves its socket"
start
try "a left-over socket is replaced" client
ends "and the server ends well" 0

start -t 1
ends "no client: ends with an error" 1
is "and says so" "g33: no client came within 1 s" "$(tail -n1 "$tmp/log")"

start
python3 - "$tmp/socket" <<'END'
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.send(b"\1\0\1\0\20\0")
END
ends "a client that leaves in the middle of a message: an error" 1
is "and one line" "g33: the client left in the middle of a message" "$(tail -n +2 "$tmp/log")"

start -f "$tmp/ptes"
python3 - "$tmp/socket" <<'END' 2>/dev/null
import os, socket, struct, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
def send(command, data, fds=[]):
    socket.send_fds(s, [struct.pack("HHIII", 1, command, 16 + len(data), 0, 0) + data], fds)
    return s.recv(4096)
ram = os.memfd_create("ram")
os.ftruncate(ram, 4096)
send(1, bytes(4))
send(2, struct.pack("IIQQQ", 32, 3, 0, 0, 4096), [ram])
send(10, struct.pack("QIII", 0, 3, 4, 1))  # page 0 of the aperture is page 0 of memory
os.ftruncate(ram, 0)
send(9, struct.pack("QII", 0, 2, 4))
END
ends "a client that takes away memory that it had mapped: an error" 1
is "and one line" "g33: the client took away memory that it had mapped" "$(tail -n +2 "$tmp/log")"

for args in "" "-s" "-s x -p some" "-s x -b -1" "-s x -t 1x" "-s x y" "-z"; do
	rc=0
	# shellcheck disable=SC2086 # several arguments
	"$g33" $args >/dev/null 2>&1 || rc=$?
	is "arguments '$args' are refused" 2 "$rc"
done

# In a guest, with the sanitizers in the server.
for how in "trap" "trap -b 0" "mmap" "overlay" "posted"; do
	name="guest, $how:"
	# shellcheck disable=SC2086 # several arguments
	if o=$("$ROOT/testbed/gpu/common/tests/bench.sh" -d "$tmp/out" -n 2 $how 2>"$tmp/log"); then
		ok "$name runs"
	else
		not_ok "$name runs"
		diag <"$tmp/log"
	fi
	bad=$(grep -oE '(by loads:|lost|cause|invalid_pte|bad_[a-z]*|privileged) [1-9][0-9]*' <<<"$o" || :)
	if [[ $o == *"in traffic: 500 rounds"*$'\ndone\n'* ]]; then ok "$name comes to its end"; else
		not_ok "$name comes to its end"
		diag <<<"$o"
	fi
	if [[ $how != posted ]]; then
		is_empty "$name memory is coherent, no interrupt is lost or without a cause, nothing that may not be is counted" "$bad"
	elif [[ $bad == *'by loads:'* && -z $(grep -vE 'by loads:|cause' <<<"$bad" || :) ]]; then
		# A control, which guest.sh does not offer. The acknowledgement of an interrupt is
		# posted, too, so the interrupt may come once more.
		ok "$name stores are overtaken, and this test sees it"
	else
		not_ok "$name no store was overtaken, or more is wrong: ${bad//$'\n'/, }"
	fi
done
RECORD_KERNEL='' done_testing g33-vfio-user
