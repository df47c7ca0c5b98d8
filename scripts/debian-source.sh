#!/bin/bash
# Linux sources in Debian's archive, through the mirror that this machine's apt uses (or MIRROR=url), in an apt root of its own in
# the cache: the system's apt is not touched, root is not needed.
# Usage: debian-source.sh list [SUITE ...]               prints "PACKAGE VERSION SUITE" of linux-source-7.*, newest first
#        debian-source.sh get PACKAGE VERSION FILE       FILE: the source tarball (.tar.xz), there only when it is whole
. "$(dirname "$0")/lib.sh"

need_tool apt-get apt-cache dpkg-deb
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[[ -f $keyring ]] || die "no $keyring: install debian-archive-keyring"
mirror=${MIRROR:-}
[[ -n $mirror ]] || mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | grep -m1 debian) ||
	die "apt on this machine has no Debian mirror: give MIRROR=url of one, or KERNEL=path of a kernel checkout"

lock apt
apt=$CACHE/apt
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
: >"$apt/status"
for s in trixie-backports sid experimental; do printf 'deb [signed-by=%s] %s %s main\n' "$keyring" "$mirror" "$s"; done >"$apt/sources.list"
opts=(-o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null -o Dir::Etc::preferencesparts=/dev/null -o Dir::State="$apt"
	-o Dir::State::status="$apt/status" -o Dir::Cache="$apt/cache" -o Acquire::Languages=none -o APT::Architecture=amd64
	-o APT::Update::Error-Mode=any -o Acquire::Retries=3 -o Acquire::http::Timeout=60 -o Acquire::AllowReleaseInfoChange=true)
((EUID != 0)) || opts+=(-o APT::Sandbox::User=root)

# The lists are read again after six hours.
if [[ -z $(find "$apt/stamp" -mmin -360 2>/dev/null) ]]; then
	say "reading Debian's package lists"
	apt-get "${opts[@]}" -qq update >&2 || die "cannot read Debian's package lists: no network? KERNEL=path uses a kernel checkout instead"
	touch "$apt/stamp"
fi

case ${1:-} in
list)
	shift
	mapfile -t names < <(apt-cache "${opts[@]}" pkgnames linux-source-7.)
	((${#names[@]})) || die "the mirror has no linux-source-7.*: give KERNEL=path of a kernel checkout"
	apt-cache "${opts[@]}" madison "${names[@]}" | awk -F' *[|] *' '{ gsub(/^ +/, "", $1); split($3, s, /[ \/]+/)
		for (i in s) if (s[i] ~ /^(trixie-backports|sid|experimental)$/) print $1, $2, s[i] }' | sort -u -k2,2Vr -k3,3 |
		if (($#)); then grep -E " ($(IFS='|' && printf %s "$*"))\$" || :; else cat; fi
	;;
get)
	(($# == 4)) || die "usage: debian-source.sh get PACKAGE VERSION FILE"
	need_disk 2 "the download"
	make_tmp
	say "downloading $2 $3"
	(cd "$tmp" && with_progress "downloading" "ls -s --block-size=M '$tmp' '$apt/cache/archives/partial' | awk '/deb/ { print \$1 }'" \
		apt-get "${opts[@]}" -qq download "$2=$3" >&2) || die "cannot download $2 $3: no network, or the mirror no longer has it"
	mv "$tmp"/*.deb "$tmp/source.deb"
	dpkg-deb --fsys-tarfile "$tmp/source.deb" | tar -xO --wildcards './usr/src/linux-source-*.tar.xz' >"$tmp/source.tar.xz"
	xz -l "$tmp/source.tar.xz" >/dev/null || die "$2 $3 has no whole source tarball in it: try again"
	mv "$tmp/source.tar.xz" "$4"
	;;
*) die "usage: debian-source.sh list [SUITE ...] | get PACKAGE VERSION FILE" ;;
esac
