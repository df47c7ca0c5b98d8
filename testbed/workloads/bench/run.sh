#!/bin/bash
# Measures the cost of userptrs on several kernels, side by side: boots them in turns, and collects
# the samples.
# Usage: testbed/workloads/bench/run.sh [-b] [-c] [-w] [-r ROUNDS] [-m MODE,...] [VARIANT ...]
#   VARIANT stock
#           again  stock once more, which shows the noise
#           middle the first patches of the series, as for series_middle in workload.bash
#           end    the whole series
#           6.1    the long-term kernel
#           default: all, 6.1 only if it has been built before
#   -b   does not build; fails if a kernel has not been built before
#   -c   continues the last run, of the same kernels: measures only what has no samples yet
#   -w   writes the page and its pictures into Documentation/ (not with QUICK=1; only for the G33)
#   -r   how often each kernel is booted in mode clock (default 5), each time in a new random order;
#        the other modes once, from five rounds on twice
#   -m   default: all modes
#        clock    userptr-bench, by the clock: operations that wait for the GPU, another thread or
#                 CPU, and the callback
#        icount   userptr-bench on one CPU whose clock counts instructions: only operations without
#                 waits
#        trap     userptr-bench munmap; the device model answers each access to a page table entry
#                 (GPU_MODE=trap)
#        igt      IGT's gem_userptr_benchmark and gem_exec_nop
# In:   ROUNDS: as -r; CONFIG (default: fast+trace), as for kernel/build.sh; KERNEL as for
#       kernel/base.sh; PEER=path: an i915.ko for 6.1, beside its bzImage, as in the output of
#       kernel/build.sh; SEED: of the order (default: random); QUICK=1: at most ten objects and one
#       round, for a trial; IGT_LIBRARY as for igt/library.sh; GPU as for vm/guest.sh.
# Out:  $CACHE/bench/run (QUICK=1: quick; run-GPU; an older one is moved to run.old), whose path is
#       printed: raw.tsv, see bench/report.pl; machine: CPU, emulator, kernels;
#       log/VARIANT-MODE-ROUND/: the logs of vm/guest.sh; page/, the output of bench/report.pl.
# Exit: 0; 1 if a measurement is missing; all others are kept.
. "$(dirname "$0")/../../../scripts/lib.bash"
. "$ROOT/testbed/workloads/workload.bash"
need_tool awk shuf

never='' write='' continued='' rounds=${ROUNDS:-5} modes=clock,icount,trap,igt
[[ -z ${QUICK:-} ]] || rounds=1
options b=never c=continued w=write r:=rounds m:=modes -- "$@"
shift $((OPTIND - 1))
[[ $rounds =~ ^[1-9][0-9]*$ ]] || usage
for mode in ${modes//,/ }; do [[ $mode =~ ^(clock|icount|trap|igt)$ ]] || usage; done
[[ -z $write || -z $(gpu_suffix) ]] || die "the page is of the G33: leave out -w, or GPU=$GPU"
config=${CONFIG:-fast+trace}
export GUEST_MEM=${GUEST_MEM:-2048}
seed=${SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
[[ $seed =~ ^[0-9]+$ ]] || die "SEED=$seed is not a number: give digits, or leave SEED unset"

# build REPO CONFIG [COMMIT]: as kernel/build.sh; with -b only if it has been built before.
build() { "$ROOT/testbed/kernel/build.sh" ${never:+-n} -b "$@"; }
# peer: prints the path of the i915.ko of 6.1.
peer() {
	local repo
	if [[ -n ${PEER:-} ]]; then realpath "$PEER"; return; fi
	[[ -z $never || -n $(compgen -G "$CACHE/base/debian-6.1.*") ]] || return 1
	repo=$("$ROOT/testbed/kernel/base.sh" 6.1)
	build "$repo" "$config+6.1"
}

repo=$("$ROOT/testbed/kernel/base.sh")
middle=$(series_middle)
if ((!$#)); then
	set -- stock again middle end
	if (never=1 && peer) >/dev/null 2>&1; then set -- "$@" 6.1; else say "without 6.1, which is not built: 'bench/run.sh stock again middle end 6.1' builds it"; fi
fi
declare -A kernel
for v; do
	case $v in
	stock | again) commit=base ;;
	middle) commit=$("$ROOT/scripts/series/commit.sh" -b "$repo" -n "$middle") ;;
	end) commit=$("$ROOT/scripts/series/commit.sh" -b "$repo") ;;
	6.1)
		kernel[$v]=$(peer)
		continue
		;;
	*) usage ;;
	esac
	kernel[$v]=$(build "$repo" "$config" "$commit")
done

library=''
if [[ ,$modes, == *,igt,* ]]; then
	library=$("$ROOT/testbed/workloads/igt/library.sh")
	[[ -x $library/bin/gem_exec_nop ]] || { say "without IGT's benchmarks, which $library/bin has not"; library=''; }
fi

dir=$CACHE/bench/run$(gpu_suffix)
[[ -z ${QUICK:-} ]] || dir=$CACHE/bench/quick$(gpu_suffix)
lock "bench-${dir##*/}"
mkdir -p "$CACHE/bench"
if [[ -n $continued ]]; then
	[[ -f $dir/raw.tsv && -s $dir/machine ]] || die "there is no run in $dir to be continued: run without -c"
elif [[ -d $dir ]]; then
	rm -rf "$dir.old"
	mv "$dir" "$dir.old"
fi
mkdir -p "$dir/log"
[[ -n $continued ]] || : >"$dir/raw.tsv"
workload_program userptr-bench

# The guest's command in each mode.
declare -A args=([clock]="own --max 10000 --wait 500 wake munmap create-close execbuf many callback" [trap]="own --max 1000 --samples 5 munmap" [igt]=igt
	[icount]="own --samples 5 wake munmap-beside munmap-inside munmap create-close exit execbuf callback")
if [[ -n ${QUICK:-} ]]; then
	args[clock]="own --quick" args[trap]="own --quick munmap" args[igt]="igt userptr-sync" args[icount]=${args[icount]/own/own --quick}
fi
declare -A limit=([clock]=7200 [icount]=7200 [trap]=3600 [igt]=3600)

# Description of the machine and the kernels. A continued run adds only lines that it did not have.
{
	qemu=$("$ROOT/testbed/vm/qemu.sh")
	printf 'machine\t%s, %s CPUs, %s GiB\n' "$(sed -n 's/^model name[^:]*: //p;T;q' /proc/cpuinfo)" "$(nproc)" \
		"$(awk '/^MemTotal/ { print int($2 / 1048576 + 0.5) }' /proc/meminfo)"
	printf 'host\tLinux %s\n' "$(uname -r)"
	printf 'emulator\t%s, %s; guest: 2 CPUs, %s MiB; emulated Intel %s\n' \
		"$("$qemu" --version | sed -n '1s/^QEMU emulator version \([0-9.]*\).*/QEMU \1/p')" \
		"${ACCEL:-tcg, no KVM}" "$GUEST_MEM" "$(gpu_name)"
	printf 'compiler\t%s\n' "$(gcc --version | head -n1)"
	printf 'series\t%s\n' "$(series_id)"
	for v; do
		printf 'variant %s\tLinux %s, %s, i915 %s\n' "$v" "$(<"$(dirname "${kernel[$v]}")/release")" "$config" \
			"$(basename "${kernel[$v]}" .ko | sed 's/^i915-//')"
	done
	[[ -z $library ]] || printf 'IGT\t%s of Debian\n' "$(cat "$library/version" 2>/dev/null || echo another than that)"
	for mode in ${modes//,/ }; do printf 'guest %s\tguest.sh %s\n' "$mode" "${args[$mode]}"; done
} >"$tmp/machine"
if [[ -n $continued ]]; then
	# Lines with the same name must agree.
	differs=$(awk -F'\t' 'NR == FNR { had[$1] = $0; next } $1 in had && had[$1] != $0' "$dir/machine" "$tmp/machine")
	[[ -z $differs ]] || die "the run in $dir was another one: '${differs//$'\n'/"', '"}' differs; run without -c"
	awk -F'\t' 'NR == FNR { had[$1]; next } !($1 in had)' "$dir/machine" "$tmp/machine" >"$tmp/more"
	cat "$tmp/more" >>"$dir/machine"
else
	mv "$tmp/machine" "$dir/machine"
fi
printf 'date\t%s, load %s when it began\ncommand\t%s%sSEED=%s testbed/workloads/bench/run.sh %s-r %s -m %s %s\n' "$(date +%F)" "$(cut -d' ' -f1 /proc/loadavg)" \
	"${QUICK:+QUICK=1 }" "${CONFIG:+CONFIG=$CONFIG }" "$seed" "${continued:+-c }" "$rounds" "$modes" "$*" >>"$dir/machine"

# boot VARIANT MODE ROUND: boots one guest, and adds its samples to raw.tsv.
bad=0
boot() {
	local v=$1 mode=$2 round=$3 ko=${kernel[$1]} rc=0 opts=() n
	local -x ACCEL=${ACCEL:-} QEMU_ARGS=${QEMU_ARGS:-} GPU_MODE=${GPU_MODE:-}
	case $mode in
	# The guest's clock advances 8 ns for each instruction. It stands still while an access to
	# the GPU is answered, and follows the host's clock while the guest is idle. That needs one
	# thread for all CPUs, and the instructions of a second CPU would be counted as well.
	icount) ACCEL=tcg,thread=single QEMU_ARGS+=" -icount shift=3,sleep=on" opts=(-a maxcpus=1) ;;
	trap) GPU_MODE="trap" ;;
	igt) opts=(-t "$library") ;;
	esac
	say "--- round $round, $mode, $v"
	workload_log "$dir/log/$v-$mode-$round"
	# The arguments are words.
	# shellcheck disable=SC2086
	workload_boot -q -T "${limit[$mode]}" "${opts[@]}" -- guest.sh ${args[$mode]} || rc=$?
	# A guest with one CPU sleeps in this measurement, so its time does not count instructions.
	tr -d '\r' <"$log/out.log" | if [[ $mode == icount ]]; then grep -v $'^sample\tback\t' || :; else cat; fi | if [[ $mode == igt ]]; then awk -f "$ROOT/testbed/workloads/bench/igt-samples.awk"; else cat; fi >"$tmp/out"
	grep '^#' "$tmp/out" >&2 || :
	n=$(grep -c $'^sample\t' "$tmp/out") || :
	sed -n "s/^sample\t/$v\t$mode\t$round\t/p" "$tmp/out" >>"$dir/raw.tsv"
	((rc == 0)) || say "$v, $mode, round $round: exit status $rc, $n samples; see $log"
	((rc == 0 && n > 0)) || bad=$((bad + 1))
}
for ((round = 1; round <= rounds; round++)); do
	for mode in ${modes//,/ }; do
		[[ $mode == clock || $round == 1 || ($round == 2 && $rounds -ge 5) ]] || continue
		[[ $mode != igt || -n $library ]] || continue
		# The same order for the same seed.
		mapfile -t order < <(shuf -e --random-source=<(awk -v s="$seed" -v r="$round" 'BEGIN { srand(s + r); while (i++ < 4096) printf "%c", 33 + int(rand() * 90) }') "$@")
		for v in "${order[@]}"; do
			if [[ -n $continued ]] && grep -q "^$v"$'\t'"$mode"$'\t'"$round"$'\t' "$dir/raw.tsv"; then continue; fi
			boot "$v" "$mode" "$round"
		done
	done
done
[[ -s $dir/raw.tsv ]] || die "nothing was measured, see above"
publish=()
[[ -z $write || -n ${QUICK:-} ]] || publish=(-w "$ROOT/Documentation")
"$ROOT/testbed/workloads/bench/report.pl" "${publish[@]+"${publish[@]}"}" "$dir"
echo "$dir"
((bad == 0)) || die "$bad guests did not measure all, see above; what there is: $dir"
