# shellcheck shell=bash disable=SC2034,SC2154 # variables for run.sh, variables of lib.bash
# Shared by run.sh of each workload: builds the kernel, compiles the program, boots both. Source it
# after lib.bash. A workload is a folder beside this file. run.sh runs on this machine, guest.sh in
# the guest, with the functions of guest-lib.sh; program.c is compiled for the guest.
gpu_name >/dev/null || exit 1
program=''
# The checks that vm/guest.sh waives.
waive=(-w "$ttm_leak")

# series_middle: prints the number of patches up to the one that shares fence callbacks. They
# release pages, without the two passes and without the driver's interval tree.
series_middle() {
	series_list | grep -nm1 'Share-a-fence-callback' | cut -d: -f1 ||
		die "no patch of the series shares fence callbacks: correct series_middle in workload.bash"
}

# workload_kernel VARIANT [PATCH ...]: builds the kernel of CONFIG (default: debug) with its i915;
# with CONFIG=debian only the i915, for the kernel built by Debian.
# VARIANT: stock, the base as it is; middle, as for series_middle; or patched, with the series. Each
# PATCH goes on top. Any other VARIANT ends the script with its usage. Sets repo, commit and ko, as
# printed by kernel/base.sh, series/commit.sh and kernel/build.sh; and expect: what i915 does with
# the pages of an invalidated userptr object, keep or release.
workload_kernel() {
	local only=()
	case ${1:-} in
	stock) only=(-n 0) expect=keep ;;
	middle) only=(-n "$(series_middle)") expect=release ;;
	patched) expect=release ;;
	*) usage ;;
	esac
	if [[ ${CONFIG:-} == debian ]]; then
		[[ -z ${KERNEL:-} ]] || die "CONFIG=debian takes the kernel that Debian has built, not KERNEL=$KERNEL: leave one of the two out"
		[[ $1 != middle ]] || die "CONFIG=debian has no middle: take stock or patched"
		ko=$("$ROOT/testbed/kernel/module.sh" "$@")
		repo=${ko%/*} commit=
		# Out of tree, and unsigned.
		[[ $1 == stock ]] || waive+=(-u 12288)
		return
	fi
	repo=$("$ROOT/testbed/kernel/base.sh")
	commit=$("$ROOT/scripts/series/commit.sh" -b "$repo" "${only[@]}" "${@:2}")
	ko=$("$ROOT/testbed/kernel/build.sh" -b "$repo" "${CONFIG:-debug}" "$commit")
}

# workload_program NAME [OPTION ...]: compiles program.c to a program with this NAME in the guest.
# OPTION: of vm/program.sh. Call workload_kernel before.
workload_program() {
	make_tmp
	program=$tmp/$1
	"$ROOT/testbed/vm/program.sh" -b "$repo" "${@:2}" "$(basename "$(dirname "$(realpath "$0")")")" "$program"
}

# workload_run VARIANT MUTANT: sets run, the name of the directory for its logs. MUTANT: a patch on
# top of the series, or empty; ends the script with its usage if VARIANT is not patched.
workload_run() {
	run=$(run_name "$1")
	[[ -n $2 ]] || return 0
	[[ $1 == patched ]] || usage
	run=mutant$(gpu_suffix)
}

# workload_log DIR: makes DIR an empty directory for the logs of the next boot, and sets log to it.
workload_log() {
	log=$1
	rm -rf "$log"
	mkdir -p "$log"
}

# workload_boot OPTION ... -- guest.sh ARG ...: boots ko with the emulated GPU and runs guest.sh
# with its arguments. OPTION: of vm/guest.sh. Return: the status of vm/guest.sh, whose logs are in
# log.
workload_boot() {
	"$ROOT/testbed/vm/guest.sh" -g -k "$ko" -l "$log" "${waive[@]}" -t "$ROOT/testbed/workloads/guest-lib.sh" -t "$(dirname "$0")/guest.sh" \
		${program:+-t "$program"} "$@"
}
