#!/bin/bash
# Compiles single objects of one commit, for tests that compile every patch in several
# configurations.
# Usage: testbed/kernel/objects.sh [-b REPO] [-w FILES] [-u] [-a HEADERS] CONFIG COMMIT [TARGET ...]
#   TARGET      a make target, such as drivers/gpu/drm/i915/gem/i915_gem_userptr.o
#   -b REPO     as printed by kernel/base.sh (default: kernel/base.sh is run)
#   -w FILES    "FILE.o ...": also these, with W=1
#   -u          the targets are all objects that name userptr: fails if they use a symbol named
#               *userptr* that none of them defines, as with a wrong #ifdef
#   -a HEADERS  the whole driver, and each of these headers by itself; with -u: for all its objects
# Out: exit 0 if all compiled without a warning. An object that has passed is not compiled again.
. "$(dirname "$0")/../../scripts/lib.bash"
. "$ROOT/testbed/kernel/kbuild.bash"

repo='' w1='' undefined='' all=''
options b:=repo w:=w1 u=undefined a:=all -- "$@"
shift $((OPTIND - 1))
(($# >= 2)) || usage
config=$1 commit=$2
shift 2
[[ -n $repo ]] || repo=$("$ROOT/testbed/kernel/base.sh")
need_tool git gcc make ccache flex bison bc

mkdir -p "$CACHE/out/objects"
passed=$CACHE/out/objects/$({ git -C "$repo" rev-parse "$commit^{tree}"; kb_config_id "$config"; echo "$undefined$all $w1 $*"; } | hash12)
[[ ! -e $passed ]] || exit 0

kb_checkout "$repo" "$commit" "$config"
kb_config "$repo" "$config"
obj=$repo/obj-${config//+/-}
log=$passed.log
i915=drivers/gpu/drm/i915
run() {
	if ! with_progress "compiling, $config" "grep -cE '^  (CC|AS|AR|LD)' '$log' | sed 's/$/ steps/'" \
		kb_logged "$log" kb_make "$repo" "$config" "$@"; then
		grep -m3 -E '(error|Error [0-9]+|No space left|No rule)' "$log" >&2 || tail -3 "$log" >&2
		die "does not compile, $config, $(git -C "$repo" log -1 --format='%h %s' "$commit"): see $log"
	fi
	if grep -m3 -E "$i915/.*warning:" "$log" >&2; then
		die "compiles with a warning, $config, $(git -C "$repo" log -1 --format='%h %s' "$commit"): see $log"
	fi
}
# W=1 first: the second run rebuilds these objects, and leaves them as a later run can use them.
# shellcheck disable=SC2086 # words are wanted
[[ -z $w1 ]] || run W=1 $w1
((!$#)) || run "$@"
built=("${@/#/$obj/}")
if [[ -n $all ]]; then
	HEADER_TESTS=$all run "$i915/"
	mapfile -t built < <(find "$obj/$i915" -name '*.o' ! -name i915.o ! -name 'built-in.a')
fi
if [[ -n $undefined ]]; then
	w=$(nm -g "${built[@]}" 2>/dev/null |
		awk '/userptr/ && $1 == "U" { u[$2] } /userptr/ && NF == 3 { d[$3] } END { for (s in u) if (!(s in d)) print s }')
	[[ -z $w ]] || die "undefined with $config: ${w//$'\n'/ }"
fi
touch "$passed"
