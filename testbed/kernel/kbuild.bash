# shellcheck shell=bash
# Helpers that kernel/build.sh and kernel/objects.sh source: check out a commit, configure an object
# directory, run make in it. The object directories are inside the source tree ($REPO/obj-CONFIG),
# so that kbuild uses relative paths and ccache's entries fit every tree. CONFIG names fragments in
# config/: "debug" is base.config + debug.config, "fast+builtin" is base + fast + builtin. If
# testbed/kernel/config/CONFIG.patch exists, it is applied to the source.

kb_dir=$ROOT/testbed/kernel/config

# kb_patch CONFIG: prints the path of this configuration's patch, if it has one.
kb_patch() { [[ ! -f $kb_dir/$1.patch ]] || echo "$kb_dir/$1.patch"; }

# kb_checkout REPO COMMIT CONFIG: takes the tree's lock (until exit) and checks COMMIT out; writes
# only files that differ.
kb_checkout() {
	local patch
	lock "tree-$(basename "$1")"
	[[ -f $1/Makefile ]] || { need_disk 6 "a work tree of the kernel"; say "checking the kernel out"; }
	with_progress "git checkout" true git -C "$1" checkout -q -f --detach "$2"
	patch=$(kb_patch "$3")
	[[ -z $patch ]] || git -C "$1" apply "$patch" || die "testbed/kernel/config/$3.patch does not apply: correct it for this base"
}

kb_fragments() {
	local f
	for f in base ${1//+/ }; do
		[[ -f $kb_dir/$f.config ]] || die "there is no testbed/kernel/config/$f.config: known are $(cd "$kb_dir" && echo *.config)"
		echo "$kb_dir/$f.config"
	done
}

# kb_config_id CONFIG: identifies all input of a build besides the source. Comments in the fragments
# do not affect it.
kb_config_id() {
	local f p
	mapfile -t f < <(kb_fragments "$1")
	p=$(kb_patch "$1")
	{ grep -hE '^CONFIG_|^# CONFIG_.* is not set$' "${f[@]}"; [[ -z $p ]] || cat "$p"; gcc --version; ld --version; } | hash12
}

# kb_make REPO CONFIG ARG...: runs make in the object directory. CONFIG_DRM_I915_WERROR would also
# compile each of the driver's 400 headers by itself whenever one changes, which takes minutes; only
# those in HEADER_TESTS are compiled. CCACHE_DEPEND: ccache takes the headers from gcc's list, and
# does not run the preprocessor for a file that it does not have.
kb_make() {
	local repo=$1 config=$2
	shift 2
	if [[ -z ${HEADER_TESTS:-} ]]; then
		set -- no-header-test=%.h "$@"
	else
		set -- no-header-test="$(git -C "$repo" ls-files -- 'drivers/gpu/drm/i915/*.h' | grep -vxF "${HEADER_TESTS// /$'\n'}" |
			sed 's|^drivers/gpu/drm/i915/||' | paste -sd' ')" "$@"
	fi
	# shellcheck disable=SC2154 # python3 of lib.bash
	CCACHE_DEPEND=1 make -C "$repo" O="obj-${config//+/-}" -j"${JOBS:-$(nproc)}" CC="ccache gcc" LOCALVERSION= PYTHON3="$python3" KBUILD_BUILD_USER=user \
		KBUILD_BUILD_HOST=host KBUILD_BUILD_TIMESTAMP='Sat Jan  1 00:00:00 UTC 2000' \
		GCOV_PROFILE_gem/i915_gem_userptr.o=y "$@" </dev/null
}

# kb_config REPO CONFIG: writes .config if it is out of date, and checks that it has each line of
# the fragments.
kb_config() {
	local obj=$1/obj-${2//+/-} f want stamp
	mkdir -p "$obj"
	stamp=$({ kb_config_id "$2"; git -C "$1" ls-files -s -- '*Kconfig*'; } | hash12)
	[[ ! -f $obj/.config || $(cat "$obj/.config.stamp" 2>/dev/null) != "$stamp" ]] || return 0
	mapfile -t f < <(kb_fragments "$2")
	cat "${f[@]}" >"$obj/.config.new"
	kb_make "$1" "$2" -s KCONFIG_CONFIG=.config.new olddefconfig >"$obj/config.log" 2>&1 ||
		die "make olddefconfig failed: see $obj/config.log"
	want=$(sed -nE 's/^# (CONFIG_[A-Z0-9_a-z]+) is not set$/\1=n/p; /^CONFIG_/p' "${f[@]}" | awk -F= '{ v[$1] = $0 } END { for (i in v) print v[i] }')
	want=$(awk 'NR == FNR { have[$0]; split($0, s, "="); set[s[1]]; next }
		/=n$/ { sub(/=n$/, ""); if ($0 in set) print $0 "=n"; next }
		!($0 in have)' <(grep '^CONFIG_' "$obj/.config.new") - <<<"$want" | sort | paste -sd' ')
	[[ -z $want ]] || die "testbed/ asks for $want, but kconfig does not give it: correct testbed/kernel/config/*.config for this base"
	rm -f "$obj/.config.new.old"
	if cmp -s "$obj/.config.new" "$obj/.config"; then rm "$obj/.config.new"; else mv "$obj/.config.new" "$obj/.config"; fi
	echo "$stamp" >"$obj/.config.stamp"
}

# kb_logged LOG COMMAND...: runs COMMAND with its output in LOG.
kb_logged() { local log=$1; shift; "$@" >"$log" 2>&1; }
