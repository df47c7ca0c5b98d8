# shellcheck shell=bash
# Helpers to build i915 as an external module, against the headers of a kernel that was built
# elsewhere. Source it after lib.bash.

# km_source REPO COMMIT DIR: puts the driver of COMMIT into DIR, a work tree of its own; writes only
# files that differ. REPO: as printed by kernel/driver.sh or kernel/base.sh.
km_source() {
	if [[ ! -d $3/.git ]]; then
		rm -rf "$3"
		scratch_repo "$1" "$3"
		git -C "$3" sparse-checkout set --no-cone /drivers/gpu/drm/i915/ /drivers/platform/x86/intel_ips.h
	fi
	git -C "$3" fetch -q "$1" "$2"
	git -C "$3" checkout -q -f --detach "$2"
}

# km_build HEADERS DIR LOG: builds i915.ko and kvmgt.ko in DIR/drivers/gpu/drm/i915, with the
# compiler in PATH that the headers name; without debug information and BTF, which needs pahole.
# Ends the script if that fails or gives a warning in i915.
km_build() {
	local headers=$1 dir=$2 log=$3 built=$2/drivers/gpu/drm/i915 total w
	# i915_trace.h names a directory relative to one of the kernel's include directories.
	# -Wno-attributes: the headers may have function attributes that gcc ignores in a pointer.
	mkdir -p "$dir/include/trace"
	# These may be of another tree.
	rm -f "$built"/{i915,kvmgt}.ko
	total=$(find "$built" -name '*.c' ! -path '*selftest*' | wc -l)
	with_progress building "printf '%s of some %s files' \$(grep -c '^  CC' '$log') $total" km_make "$headers" "$dir" "$log" ||
		die "the build of i915.ko failed: $(grep -m1 -E 'error|Error [0-9]|No space left|undefined!|[Nn]o such file' "$log" ||
			tail -n1 "$log"); see $log. What is built is kept: run it again"
	if w=$(grep -m1 -E 'i915/.*warning:|^WARNING: modpost' "$log"); then die "warning in i915: $w (see $log)"; fi
	[[ -s $built/i915.ko ]] || die "the build made no i915.ko: see $log"
}
km_make() {
	make -C "$1" M="$2/drivers/gpu/drm/i915" -j"${JOBS:-$(nproc)}" CONFIG_DEBUG_INFO= CONFIG_DEBUG_INFO_BTF_MODULES= \
		KCFLAGS="-I$2/include/trace -Wno-attributes" modules </dev/null >"$3" 2>&1
}
