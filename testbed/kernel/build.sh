#!/bin/bash
# Builds the kernel and i915.ko of a commit; prints the path of the i915.ko (last line of stdout),
# progress on stderr.
# Usage: testbed/kernel/build.sh [-b REPO] [-n] CONFIG [COMMIT]
#   CONFIG   a testbed/kernel/config/*.config on top of base.config: debug, fast, kcsan or rt;
#            others can be joined to it by +: debug+6.12 for the backport, fast+trace for make bench
#   COMMIT   as printed by series/commit.sh (default: tag base, i.e. stock)
#   -b REPO  as printed by kernel/base.sh (default: kernel/base.sh is run)
#   -n       does not build; fails if this has not been built before
# Out: $CACHE/out/CONFIG-KEY/ with bzImage, .config, release, modules/*.ko (all but i915),
#      i915-TREE.ko (TREE: git tree of drivers/gpu/drm/i915) and, with CONFIG_GCOV_KERNEL,
#      i915-TREE.gcno for coverage/run.sh. Commits that differ only below drivers/gpu/drm/i915 share
#      the kernel image. A warning in i915 fails the build.
# Example: ko=$(testbed/kernel/build.sh debug "$(scripts/series/commit.sh)")
#          testbed/vm/guest.sh -k "$ko" -- uname -a
. "$(dirname "$0")/../../scripts/lib.bash"
. "$ROOT/testbed/kernel/kbuild.bash"

repo='' never=''
options b:=repo n=never -- "$@"
shift $((OPTIND - 1))
(($# == 1 || $# == 2)) || usage
need_tool git gcc make ccache flex bison bc
config=$1
[[ -n $repo ]] || repo=$("$ROOT/testbed/kernel/base.sh")
commit=$(git -C "$repo" rev-parse -q --verify "${2:-base}^{commit}") || die "$repo has no commit ${2:-base}: take one from series/commit.sh"

# The image depends on the whole base, and on the commit's changes outside the driver and to the
# driver's Kconfig.
i915=drivers/gpu/drm/i915
i915_tree=$(git -C "$repo" rev-parse "$commit:$i915")
outside=$(
	git -C "$repo" diff-tree -r base "$commit" -- . ":(exclude)$i915" ':(exclude)Documentation' ':(exclude)MAINTAINERS'
	git -C "$repo" diff-tree -r base "$commit" -- ":(glob)$i915/Kconfig*"
)
key=$({ git -C "$repo" rev-parse 'base^{tree}'; echo "$outside"; kb_config_id "$config"; } | hash12)
out=$CACHE/out/${config//+/-}-$key
ko=$out/i915-${i915_tree:0:12}.ko
if [[ ! -f $ko ]]; then
	[[ -z $never ]] || die "${ko##*/} of $config is not built: leave -n out to build it"
	kb_checkout "$repo" "$commit" "$config"
	obj=$repo/obj-${config//+/-}
	mkdir -p "$CACHE/out"
	log=$CACHE/out/${config//+/-}-$key.log
	targets=(modules)
	if [[ ! -d $out ]]; then
		need_disk 5 "the objects of a kernel build"
		targets=(bzImage modules)
		[[ -z $outside ]] || say "NOTICE: this commit changes more than the driver, so it gets a kernel image of its own"
	fi
	kb_config "$repo" "$config"
	say "building ${targets[*]}, $config, $(git -C "$repo" log -1 --format='%h %s' "$commit")"
	t0=$SECONDS
	if ! with_progress "building" "grep -cE '^  (CC|AS|AR|LD)' '$log' | sed 's/$/ steps (about 3000 if nothing was built before)/'" \
		kb_logged "$log" kb_make "$repo" "$config" "${targets[@]}"; then
		grep -m3 -E '(error|Error [0-9]+|No space left|undefined!)' "$log" >&2 || tail -3 "$log" >&2
		die "the build failed: see $log"
	fi
	if w=$(grep -m1 -iE "^(.*$i915/.*warning:|WARNING: modpost: .*$i915/)" "$log"); then
		rm -f "$obj/$i915"/i915.{o,ko,mod.o}
		die "warning in i915: $w (see $log)"
	fi
	if [[ ! -d $out ]]; then
		make_tmp "$CACHE/out"
		mkdir "$tmp/o" "$tmp/o/modules"
		cp "$obj/arch/x86/boot/bzImage" "$obj/.config" "$tmp/o/"
		cp "$obj/include/config/kernel.release" "$tmp/o/release"
		(cd "$obj" && find . -name '*.ko' ! -name i915.ko -exec cp -t "$tmp/o/modules" {} +)
		mv "$tmp/o" "$out"
	fi
	[[ ! -f $obj/$i915/gem/i915_gem_userptr.gcno ]] || cp "$obj/$i915/gem/i915_gem_userptr.gcno" "${ko%.ko}.gcno"
	cp "$obj/$i915/i915.ko" "$ko.new"
	mv "$ko.new" "$ko"
	say "built in $((SECONDS - t0)) s: $ko"
fi
echo "$ko"
