#!/bin/bash
# Downloads Debian packages without their dependencies, and unpacks them; prints the directory.
# Installs nothing.
# Usage: testbed/image/deb.sh SUITE[/COMPONENT] PACKAGE ...
# In:  MIRROR as for scripts/apt.bash.
# Out: $CACHE/image/PACKAGE, named after the first package: all packages, unpacked; versions: their
#      names and versions.
. "$(dirname "$0")/../../scripts/lib.bash"
need_tool dpkg-deb

(($# >= 2)) || usage
suite=$1 dir=$CACHE/image/$2
shift
lock image-deb
if [[ ! -d $dir ]]; then
	. "$ROOT/scripts/apt.bash"
	need_disk 1 "$1"
	mkdir -p "$CACHE/image"
	make_tmp "$CACHE/image"
	apt_open "give MIRROR=url of one that has ${suite/\// with its component }" "$suite"
	say "downloading $* of Debian $suite"
	mkdir "$tmp/debs" "$tmp/all"
	(cd "$tmp/debs" && apt-get "${apt_opts[@]}" -qq download "$@" >&2) ||
		die "cannot download $* of Debian $suite: no network, or the mirror has not all of it (MIRROR=url of another)"
	for d in "$tmp"/debs/*.deb; do
		dpkg-deb -x "$d" "$tmp/all"
		dpkg-deb -W "$d" >>"$tmp/all/versions"
	done
	mv "$tmp/all" "$dir"
fi
echo "$dir"
