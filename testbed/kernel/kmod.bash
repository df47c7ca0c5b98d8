# shellcheck shell=bash
# Helpers for what builds i915 as an external module, against the headers of a kernel that is not built here. Sourced after lib.bash.

# km_source REPO COMMIT DIR: has the driver of COMMIT in DIR, a work tree of its own; only files that differ are touched. REPO: as printed by
# kernel/driver.sh or kernel/base.sh.
km_source() {
	if [[ ! -d $3/.git ]]; then
		rm -rf "$3"
		scratch_repo "$1" "$3"
		git -C "$3" sparse-checkout set --no-cone /drivers/gpu/drm/i915/ /drivers/platform/x86/intel_ips.h
	fi
	git -C "$3" fetch -q "$1" "$2"
	git -C "$3" checkout -q -f --detach "$2"
}

# km_make HEADERS DIR [ARGUMENT ...]: builds i915.ko and kvmgt.ko in DIR/drivers/gpu/drm/i915. They have no debug information, nor BTF, for which
# pahole would be needed.
km_make() {
	local headers=$1 dir=$2
	shift 2
	# i915_trace.h names a directory relative to one of the kernel's include directories. The compiler of the headers may mark functions
	# with what this one does not know in a pointer.
	mkdir -p "$dir/include/trace"
	make -C "$headers" M="$dir/drivers/gpu/drm/i915" -j"${JOBS:-$(nproc)}" CONFIG_DEBUG_INFO= CONFIG_DEBUG_INFO_BTF_MODULES= \
		KCFLAGS="-I$dir/include/trace -Wno-attributes" "$@" modules </dev/null
}

# km_error LOG: the first line of it that says why a build failed.
km_error() { grep -m1 -E '(error|Error [0-9]+|No space left|undefined!|[Nn]o such file)' "$1" || tail -n1 "$1"; }
