#!/bin/bash
# Linux sources in Debian's archive, through the mirror that this machine's apt uses (or
# MIRROR=url): see apt.bash.
# Usage: testbed/kernel/source.sh [-o 6.1|6.12] list | get PACKAGE VERSION FILE
#   list   prints "PACKAGE VERSION SUITE" of linux-source-7.*, newest first
#   get    downloads the source tarball (.tar.xz) to FILE, which exists only when it is complete
#   -o     of linux-source-6.1, bookworm's long-term kernel, or -6.12, trixie's
. "$(dirname "$0")/../../scripts/lib.bash"
. "$ROOT/scripts/apt.bash"

series=7.
options o:=series -- "$@"
shift $((OPTIND - 1))
case $series in
7.) suite='' suites='trixie-backports|sid|experimental' ;;
6.1) suite=bookworm suites=bookworm ;;
6.12) suite=trixie suites=trixie ;;
*) usage ;;
esac
apt_open "give KERNEL=path of a kernel checkout" $suite

case ${1:-} in
list)
	mapfile -t names < <(apt-cache "${apt_opts[@]}" pkgnames "linux-source-$series" | if [[ -n $suite ]]; then grep -xF "linux-source-$series"; else cat; fi)
	((${#names[@]})) || die "the mirror has no linux-source-$series*: give KERNEL=path of a kernel checkout"
	apt-cache "${apt_opts[@]}" madison "${names[@]}" | awk -F' *[|] *' -v suites="^($suites)\$" '{ gsub(/^ +/, "", $1); split($3, s, /[ \/]+/)
		for (i in s) if (s[i] ~ suites) print $1, $2, s[i] }' | sort -u -k2,2Vr -k3,3
	;;
get)
	(($# == 4)) || usage
	need_disk 2 "the download"
	make_tmp
	say "downloading $2 $3"
	(cd "$tmp" && with_progress "downloading" "ls -s --block-size=M '$tmp' '$apt/cache/archives/partial' | awk '/deb/ { print \$1 }'" \
		apt-get "${apt_opts[@]}" -qq download "$2=$3" >&2) || die "cannot download $2 $3: no network, or the mirror no longer has it"
	mv "$tmp"/*.deb "$tmp/source.deb"
	dpkg-deb --fsys-tarfile "$tmp/source.deb" | tar -xO --wildcards './usr/src/linux-source-*.tar.xz' >"$tmp/source.tar.xz"
	xz -l "$tmp/source.tar.xz" >/dev/null || die "$2 $3 has no whole source tarball in it: try again"
	mv "$tmp/source.tar.xz" "$4"
	;;
*) usage ;;
esac
