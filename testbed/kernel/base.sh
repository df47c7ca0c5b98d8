#!/bin/bash
# Provides the base kernel as a git repository with tag 'base'; prints its path (last line of
# stdout), progress on stderr.
# Usage: testbed/kernel/base.sh [6.1|6.12]
#   6.1, 6.12  a long-term kernel instead of the base: bookworm's 6.1, for comparison, or trixie's
#              6.12, the base of patches/6.12. KERNEL is then ignored. BACKPORT=6.12 in the
#              environment has the same effect.
# In:  the version in testbed/kernel/version/7.3, from the Debian mirror that this machine's apt
#      uses (if it is no longer there, the newest linux-source-7.* of trixie-backports, with a
#      notice).
#      KERNEL=path: HEAD of that git checkout of a kernel instead; it is only read.
# Out: $CACHE/base/KEY, made once. A Debian version has the same commit id on every machine.
. "$(dirname "$0")/../../scripts/lib.bash"
need_tool git
userptr=drivers/gpu/drm/i915/gem/i915_gem_userptr.c
mkdir -p "$CACHE/base"

(($# <= 1)) || usage
other=${1:-${BACKPORT:-}}
case $other in
'') suite=trixie-backports ;;
6.1) suite=bookworm ;;
6.12) suite=trixie ;;
*) die "there is no testbed/kernel/version/$other: known are 6.1 and 6.12" ;;
esac
if [[ -n ${KERNEL:-} && -z $other ]]; then
	[[ -d $KERNEL ]] || die "KERNEL=$KERNEL is not a directory: give the path of a kernel checkout"
	git -C "$KERNEL" rev-parse -q --git-dir >/dev/null 2>&1 || die "KERNEL=$KERNEL is not a git checkout: clone one, or 'git init' and commit it"
	head=$(git -C "$KERNEL" rev-parse -q --verify 'HEAD^{commit}') || die "KERNEL=$KERNEL has no commit: check one out"
	git -C "$KERNEL" cat-file -e "$head:Kbuild" 2>/dev/null || die "KERNEL=$KERNEL is not a kernel tree: give one, such as a drm-tip checkout"
	git -C "$KERNEL" cat-file -e "$head:$userptr" 2>/dev/null || die "KERNEL=$KERNEL has no $userptr: the series needs Linux 7.2 or later"
	# A bare repository, or one cloned with --no-checkout, has no index and cannot be dirty.
	[[ ! -f $(git -C "$KERNEL" rev-parse --path-format=absolute --git-path index) ]] ||
		[[ -z $(GIT_OPTIONAL_LOCKS=0 git -C "$KERNEL" status --porcelain --untracked-files=no) ]] ||
		die "KERNEL=$KERNEL has changes that are not committed: commit or stash them, HEAD is what is used"
	repo=$CACHE/base/user-$(printf '%s %s' "$head" "$(realpath "$KERNEL")" | hash12)
	lock "$(basename "$repo")"
	if [[ ! -d $repo ]]; then
		make_tmp "$CACHE/base"
		scratch_repo "$KERNEL" "$tmp/r"
		git -C "$tmp/r" tag base "$head"
		mv "$tmp/r" "$repo"
	fi
	git -C "$repo" cat-file -e 'base^{tree}' 2>/dev/null || die "$KERNEL no longer has commit $head: remove $repo and run again"
	say "base: $(git -C "$repo" log -1 --format='%h %s' base) of $KERNEL"
	echo "$repo"
	exit
fi

pin=testbed/kernel/version/${other:-7.3}
read -r package version tree _ <"$ROOT/$pin"
key() { printf 'debian-%s' "$1" | tr -c 'a-zA-Z0-9.\n' -; }
repo=$CACHE/base/$(key "$version")
if [[ ! -d $repo ]]; then
	available=$("$ROOT/testbed/kernel/source.sh" ${other:+-o "$other"} list)
	if ! grep -q "^$package $version " <<<"$available"; then
		read -r package newest _ < <(grep " $suite\$" <<<"$available") ||
			die "the mirror has no ${package%.*}.* in $suite: give KERNEL=path of a kernel checkout"
		say "NOTICE: the mirror no longer has version $version ($pin); it is now the newest of $suite, $newest"
		version=$newest tree=
		repo=$CACHE/base/$(key "$version")
	fi
fi
lock "$(basename "$repo")"
if [[ ! -d $repo ]]; then
	need_disk 6 "the base kernel"
	make_tmp "$CACHE/base"
	"$ROOT/testbed/kernel/source.sh" ${other:+-o "$other"} get "$package" "$version" "$tmp/source.tar.xz"
	say "unpacking $package $version"
	mkdir "$tmp/r"
	with_progress unpacking "find '$tmp/r' -maxdepth 2 | wc -l | sed 's/$/ top directories and files/'" \
		tar -C "$tmp/r" --strip-components=1 --no-same-owner -xf "$tmp/source.tar.xz"
	rm "$tmp/source.tar.xz"
	say "making it a git repository (about a minute)"
	git init -q "$tmp/r"
	# Low compression, for speed; -f because Debian adds '/*' to the tree's .gitignore.
	with_progress "git add" "find '$tmp/r/.git/objects' -type f | wc -l | sed 's/$/ objects/'" \
		git -C "$tmp/r" -c core.compression=1 -c core.fileMode=true -c core.bigFileThreshold=1m add -A -f
	git_commit "$tmp/r" "Linux ${version%%-*} (Debian $version)"
	git -C "$tmp/r" tag base
	printf '/obj-*/\n/.pc/\n' >>"$tmp/r/.git/info/exclude"
	have=$(git -C "$tmp/r" rev-parse 'base^{tree}')
	[[ -z $tree || $tree == "$have" ]] || die "$package $version unpacks to tree $have, $pin says $tree: correct that file if this is right"
	mv "$tmp/r" "$repo"
	say "base: $(git -C "$repo" log -1 --format='%h %s' base)"
fi
echo "$repo"
