# shellcheck shell=bash disable=SC2034,SC2154 # variables that guest.sh uses, and guest.sh's
# The emulated GPU for vm/guest.sh -g; source it after lib.bash. The device model is a separate
# process, a server to which QEMU's vfio-user-pci connects by a UNIX socket. It exits when QEMU
# disconnects, and writes its counts then. Uses vm/guest.sh's fail, waived, end_now and logs.
# In: GPU, GPU_SERVER, GPU_MODE as for vm/guest.sh.
gpu_model=${GPU:-g33}
gpu_server='' gpu_options=() gpu_dir='' gpu_pid='' gpu_rc='' gpu_devices=() gpu_fault=''
# What the GPU also needs in the guest: kernel arguments, a script for init.
gpu_kargs=() gpu_overlay=''

# gpu_open QEMU: finds or builds the server, and sets the options of the server and of QEMU.
gpu_open() {
	local has
	gpu_name >/dev/null || exit 99
	if [[ -n ${GPU_SERVER:-} ]]; then
		gpu_server=$(command -v "$GPU_SERVER") ||
			fail 99 "there is no GPU_SERVER=$GPU_SERVER: give the path of a device model, or leave it unset"
	else
		gpu_server=$("$ROOT/testbed/gpu/build.sh" "$gpu_model") ||
			fail 99 "the device model cannot be built, see above"
	fi
	# The page table must be in memory: /dev/shm is, and /tmp works as well. Not the cache:
	# the path of a socket is limited to 107 bytes.
	gpu_dir=/tmp
	[[ ! -d /dev/shm || ! -w /dev/shm ]] || gpu_dir=/dev/shm
	gpu_dir=$(mktemp -d "$gpu_dir/gpu.XXXXXX")
	at_exit "rm -rf '$gpu_dir'"

	has=$("$1" -device vfio-user-pci,help 2>&1)
	[[ $has == *x-no-posted-writes* ]] || fail 99 "this QEMU's vfio-user-pci cannot wait for writes (x-no-posted-writes): take a newer one"
	gpu_devices=(-device "{\"driver\":\"vfio-user-pci\",\"addr\":\"02.0\",\"x-no-posted-writes\":true,\"socket\":{\"type\":\"unix\",\"path\":\"$gpu_dir/socket\"}}")
	gpu_options=(-s "$gpu_dir/socket" -c "$logs/counts")
	case $gpu_model-${GPU_MODE:-default} in
	g33-overlay | g33-default)
		# The server creates the file; QEMU starts afterwards.
		gpu_options+=(-p trap -f "$gpu_dir/ptes")
		gpu_overlay=$ROOT/testbed/gpu/g33/overlay.sh
		gpu_devices+=(-object "memory-backend-file,id=ptes,size=512K,mem-path=$gpu_dir/ptes,share=on" -device 'ivshmem-plain,memdev=ptes,addr=1e.0')
		;;
	kbl-mmap | kbl-default) gpu_options+=(-p mmap) ;;
	*-trap) gpu_options+=(-p trap) ;;
	g33-*) fail 99 "GPU_MODE=$GPU_MODE is neither overlay nor trap" ;;
	kbl-*) fail 99 "GPU_MODE=$GPU_MODE is neither mmap nor trap" ;;
	esac
	[[ $gpu_model != kbl ]] || gpu_kargs=(i915.error_capture=0)
}

# gpu_gone: true if the server has ended; sets gpu_rc to its status.
gpu_gone() {
	! kill -0 "$gpu_pid" 2>/dev/null || return 1
	[[ -z $gpu_rc ]] || return 0
	gpu_rc=0
	wait "$gpu_pid" 2>/dev/null || gpu_rc=$?
}

# gpu_start: starts the server and waits for its socket. Call it with 3>&2 2>/dev/null, like
# wait_qemu.
gpu_start() {
	local t0=$SECONDS
	rm -f "$gpu_dir"/* "$logs/counts"
	gpu_fault='' gpu_rc=''
	setpriv --pdeathsig KILL setsid "$gpu_server" "${gpu_options[@]}" </dev/null >"$logs/gpu.log" 2>&1 3>&- &
	gpu_pid=$!
	at_exit "end_now $gpu_pid"
	until [[ -S $gpu_dir/socket ]]; do
		if gpu_gone; then
			fail 99 "the device model did not start ($(status_text "$gpu_rc")): $(tail -n1 "$logs/gpu.log"); log: $logs/gpu.log" 2>&3
		fi
		((SECONDS - t0 < 10)) || fail 99 "the device model made no socket in 10 s; log: $logs/gpu.log" 2>&3
		sleep 0.05
	done
}

# gpu_end: call it once QEMU has ended. Sets gpu_fault if the server has failed. If QEMU never
# booted the guest, it only ends the server.
gpu_end() {
	local t0=$SECONDS
	while ! gpu_gone && [[ -s $logs/console.log ]] && ((SECONDS - t0 < 10)); do sleep 0.05; done
	if ! gpu_gone; then
		[[ ! -s $logs/console.log ]] || gpu_fault="did not end when QEMU did"
		end_now "$gpu_pid"
	elif ((gpu_rc != 0)); then
		gpu_fault="died ($(status_text "$gpu_rc")): $(tail -n1 "$logs/gpu.log")"
	fi
}

# gpu_counted: prints the counts of forbidden events that are not zero and not waived; nothing if
# there are none.
gpu_counted() {
	local n v s='' names=(invalid_pte bad_dma bad_command bad_access)
	# Context images, and their submission.
	[[ $gpu_model != kbl ]] || names+=(bad_context)
	for n in "${names[@]}"; do
		v=$(awk -v n="$n" '$1 == n { print $2 }' "$logs/counts" 2>/dev/null || :)
		if [[ $v == 0 ]] || waived counts || waived "counts=$n"; then continue; fi
		s+=", $n ${v:-(not reported)}"
	done
	printf '%s' "${s#, }"
}
