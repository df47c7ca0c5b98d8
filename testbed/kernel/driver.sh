#!/bin/bash
# Fetches only the i915 source of a Debian kernel as a git repository (kernel/base.sh fetches the
# whole kernel). Prints its path (last line of stdout), progress on stderr. series/commit.sh applies
# the series to it.
# Usage: testbed/kernel/driver.sh [-s SOURCE] PACKAGE VERSION
#   PACKAGE VERSION  as in testbed/kernel/version/: linux-source-7.3 7.3.4-1~bpo13+1
#   -s SOURCE        a kernel tree (directory or .tar.xz) instead of the download
# Out: $CACHE/driver/KEY, with tag 'base': drivers/gpu/drm/i915 and the few other files that an
#      external build or a patch of the series needs; or the repository of kernel/base.sh, if it has
#      this version. For a pinned version only a part of the package is downloaded (105 MB of 167)
#      and compared with the id in testbed/kernel/version/.
. "$(dirname "$0")/../../scripts/lib.bash"
need_tool git xz

source=''
options s:=source -- "$@"
shift $((OPTIND - 1))
(($# == 2)) || usage
package=$1 version=$2
# In the order of the tarball.
paths=(Documentation/gpu/i915.rst drivers/gpu/drm/i915 drivers/platform/x86/intel_ips.h)

key=debian-$(printf %s "$version" | tr -c 'a-zA-Z0-9.' -)
if [[ -n $source ]]; then
	[[ -e $source ]] || die "there is no SOURCE=$source: give a kernel tree, a directory or a .tar.xz"
	source=$(realpath "$source")
elif [[ -d $CACHE/base/$key ]]; then
	echo "$CACHE/base/$key"
	exit
fi
tree=$(awk -v p="$package" -v v="$version" '$1 == p && $2 == v { print $4 }' "$ROOT"/testbed/kernel/version/*)
repo=$CACHE/driver/$key
mkdir -p "$CACHE/driver"
lock "driver-$key"
if [[ -z $source && -d $repo ]]; then
	echo "$repo"
	exit
fi
need_disk 1 "the driver's source"
make_tmp "$CACHE/driver"
git init -q "$tmp/r"

# unpack TARBALL: unpacks these paths.
unpack() {
	with_progress unpacking true tar -C "$tmp/r" --strip-components=1 --no-same-owner --wildcards -xJf "$1" "${paths[@]/#/*/}"
}
# part: unpacks them from the first part of the package. Prints a line and fails if that is not
# possible.
part() {
	local url
	. "$ROOT/scripts/apt.bash"
	apt_open "give SOURCE=path of a kernel tree" trixie trixie-backports
	url=$(apt-get "${apt_opts[@]}" -qq download --print-uris "$package=$version" 2>/dev/null | cut -d"'" -f2)
	[[ -n $url ]] || { say "NOTICE: the mirror has no $package $version in trixie and its backports"; return 1; }
	say "downloading the driver's source, of $package $version"
	with_progress downloading "find '$tmp/r/drivers' -type f | wc -l | sed 's/$/ files of the driver/'" \
		"$python3" "$ROOT/testbed/kernel/part-of-source.py" "$url" "$tmp/r" "${paths[-1]}" "${paths[@]}" >"$tmp/log" 2>&1 ||
		{ say "NOTICE: cannot read a part of the package ($(tail -n1 "$tmp/log")): all of it is downloaded"; return 1; }
}
if [[ -d $source ]]; then
	(cd "$source" && cp -r --parents -t "$tmp/r" "${paths[@]}") 2>"$tmp/log" ||
		die "SOURCE=$source is not a kernel tree with i915: $(head -n1 "$tmp/log")"
	# Remove what a build in that tree left.
	find "$tmp/r" \( -name '*.o' -o -name '*.ko' -o -name '.*.cmd' -o -name '*.mod' -o -name '*.mod.c' \) -delete
elif [[ -n $source ]]; then
	unpack "$source" || die "SOURCE=$source is not a kernel source with i915: give a kernel tree, a directory or a .tar.xz"
elif [[ -z $tree ]] || ! (part); then
	series=${package#linux-source-}
	"$ROOT/testbed/kernel/source.sh" -o "${series/#7.*/7.}" get "$package" "$version" "$tmp/source.tar.xz"
	unpack "$tmp/source.tar.xz" || die "$package $version has no i915: give SOURCE=path of a kernel tree"
fi
git -C "$tmp/r" add -A -f
git_commit "$tmp/r" "Linux ${version%%-*} (Debian $version), i915 alone"
git -C "$tmp/r" tag base
have=$(git -C "$tmp/r" rev-parse 'base^{tree}')
[[ -z $tree || -n $source || $tree == "$have" ]] ||
	die "the driver of $package $version has the id $have, testbed/kernel/version/ says $tree: correct that file if this is right"
[[ -z $source ]] || repo=$CACHE/driver/user-$(hash12 <<<"$have")
rm -rf "$repo"
mv "$tmp/r" "$repo"
echo "$repo"
