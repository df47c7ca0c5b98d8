#!/bin/bash
# Compiles each patch of the series in igt-tests/ in a copy of an IGT checkout, with IGT's build
# system. Compares the stand-in headers in testbed/workloads/igt/ with IGT's own. Prints the age of
# the base.
# Usage: scripts/series/igt-check.sh [-s DIR]     DIR: the series (default: igt-tests/)
# In:  IGT=path: a checkout of igt-gpu-tools that has the commit in DIR/base-commit. It is only
#      read.
# Out: $CACHE/igt/build/: the copy and its objects; they make the next run faster.
# Exit: 0 if all patches apply and compile without a warning in their files, and the headers agree;
#       else 1, with a line that gives the reason.
. "$(dirname "$0")/../../scripts/lib.bash"
need_tool git gcc perl

series=$ROOT/igt-tests
options s:=series -- "$@"
shift $((OPTIND - 1))
((!$#)) || usage
[[ -n ${IGT:-} ]] || die "give IGT=path of a checkout of igt-gpu-tools"
git -C "$IGT" rev-parse -q --git-dir >/dev/null 2>&1 || die "IGT=$IGT is not a git repository: give IGT=path of a checkout of igt-gpu-tools"
base=$(<"$series/base-commit")
git -C "$IGT" cat-file -e "$base^{commit}" 2>/dev/null || die "IGT=$IGT has no commit $base: fetch it there"
say "the base of the IGT series is $(git -C "$IGT" log -1 --format='%h of %cs, %cr' "$base")"
mapfile -t patches < <(patches_of "$series")
mapfile -t -O "${#patches[@]}" patches < <(patches_of "$series/part-2")
((${#patches[@]})) || die "there are no patches in $series"
needs="meson ninja-build flex bison pkg-config lib{drm,pciaccess,kmod,dw,pixman-1,cairo2,udev,glib2.0,pci}-dev"
for t in meson ninja flex bison pkg-config; do command -v "$t" >/dev/null || die "'$t' is not installed: IGT needs, on Debian, $needs"; done

lock igt-build
dir=$CACHE/igt/build
if [[ ! -d $dir/.git ]]; then
	rm -rf "$dir"
	scratch_repo "$IGT" "$dir"
else
	git -C "$IGT" rev-parse --path-format=absolute --git-common-dir | sed 's|$|/objects|' >"$dir/.git/objects/info/alternates"
fi
# Some mirrors lack large files: mark them as promised, and git checks out the tree without them.
git -C "$dir" config --unset-all extensions.partialClone || :
git -C "$dir" config --remove-section remote.none 2>/dev/null || :
git -C "$dir" ls-tree -r "$base" | sed -nE 's/^[0-9]+ blob //p' >"$dir/files"
mapfile -t missing < <(cut -f1 "$dir/files" | git -C "$dir" cat-file --batch-check | sed -n 's/ missing$//p' |
	grep -F -f - "$dir/files" | cut -f2)
git -C "$dir" config extensions.partialClone none
git -C "$dir" config remote.none.promisor true
git -C "$dir" config sparse.expectFilesOutsideOfPatterns true
{ echo '/*'; ((!${#missing[@]})) || printf '!/%s\n' "${missing[@]}"; } | git -C "$dir" sparse-checkout set --no-cone --stdin
git -C "$dir" am --abort 2>/dev/null || :
git -C "$dir" checkout -q -f --detach "$base" || die "$base cannot be checked out in $dir"
git -C "$dir" clean -fdq tests lib
for f in "${missing[@]}"; do mkdir -p "$dir/${f%/*}" && : >"$dir/$f"; done

# build: compiles the programs whose files the series touches, as far as they exist. Prints the
# compiler's messages about them.
mapfile -t programs < <(sed -nE 's#^\+\+\+ b/tests/intel/(.*)\.c$#\1#p' "${patches[@]}" | sort -u)
build() {
	local p targets=()
	[[ -e $dir/build/build.ninja ]] ||
		(cd "$dir" && meson setup build -Dtests=enabled -Dchamelium=disabled -Ddocs=disabled -Dman=disabled -Doverlay=disabled \
			-Drunner=disabled -Dtestplan=disabled -Dxe_driver=disabled) >"$dir/meson.log" 2>&1 ||
		die "meson fails, see $dir/meson.log: IGT needs, on Debian, $needs"
	ninja -C "$dir/build" build.ninja >"$dir/ninja.log" 2>&1 || { tail -20 "$dir/ninja.log" >&2; die "meson fails after $1"; }
	for p in "${programs[@]}"; do
		! ninja -C "$dir/build" -t query "tests/$p" >/dev/null 2>&1 || targets+=("tests/$p")
	done
	ninja -C "$dir/build" "${targets[@]}" >"$dir/ninja.log" 2>&1 || { grep -E ': error:|^FAILED' "$dir/ninja.log" >&2 || tail "$dir/ninja.log" >&2; die "IGT does not compile after $1"; }
	! grep -E "tests/intel/($(IFS='|'; echo "${programs[*]}"))\.[ch]:.*warning" "$dir/ninja.log" >&2 || die "the compiler warns after $1, see above"
	say "compiled: ${#targets[@]} programs, $1"
}
build "the base"
for p in "${patches[@]}"; do
	git_am "$dir" "$p" || die "${p##*/} does not apply to $(git -C "$dir" log -1 --format=%h)"
	build "${p##*/}"
done

# Compare the declarations. The compiler's command line is that of gem_userptr_blits.c.
[[ -s $dir/build/compile_commands.json ]] || die "meson left no compile_commands.json in $dir/build"
command=$(perl -MJSON::PP -0777 -ne '
	for (@{decode_json($_)}) {
		next unless $_->{file} =~ m|tests/intel/gem_userptr_blits.c$|;
		print $_->{command} =~ s/^ccache //r =~ s/ -MD .*//r;
		last;
	}' "$dir/build/compile_commands.json")
[[ -n $command ]] || die "IGT does not compile gem_userptr_blits.c"
make_tmp
here=$ROOT/testbed/workloads/igt
cat >"$tmp/functions.c" <<END
#include <setjmp.h>
#include <pthread.h>
#include "i915/gem.h"
#include "i915/gem_create.h"
#include "igt.h"
#include "igt_drm_fdinfo.h"
#include "igt_kmod.h"
#include "igt_sysfs.h"
#include "igt_taints.h"
#include "igt_types.h"
#include "$here/functions.h"
END
cat >"$tmp/blits.c" <<END
#include "$dir/tests/intel/gem_userptr_blits.c"
#include "$here/blits.h"
END
# compile FILE ARG ...
compile() { (cd "$dir/build" && $command -I"$dir/tests/intel" -Wno-redundant-decls -fdiagnostics-color=never "${@:2}" "$1") >"$tmp/log" 2>&1; }
for f in functions blits; do
	compile "$tmp/$f.c" -fsyntax-only || { grep -E 'error:' "$tmp/log" >&2; die "testbed/workloads/igt/$f.h is not as IGT has it, see above"; }
done
# A copy: next to the original is the stand-in igt.h.
cp "$here/layout.c" "$tmp/"
compile "$tmp/layout.c" -DUPSTREAM -o "$tmp/theirs" || { grep -E 'error:' "$tmp/log" >&2; die "IGT has not all types of testbed/workloads/igt/layout.c, see above"; }
uapi_headers "$("$ROOT/testbed/kernel/base.sh")" "$tmp/uapi"
gcc -std=gnu11 -D__user= -D_GNU_SOURCE -I"$here" -I"$tmp/uapi" -o "$tmp/ours" "$here/layout.c" || die "testbed/workloads/igt/layout.c does not compile"
diff <("$tmp/ours") <("$tmp/theirs") >&2 || die "testbed/workloads/igt/igt.h has other layouts or values than IGT, see above"
say "${#patches[@]} patches compile one by one; declarations and layouts are those of IGT"
