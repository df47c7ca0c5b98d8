# shellcheck shell=bash disable=SC2034,SC2154 # variables for other scripts, and of lib.bash
# For scripts that download packages from Debian's archive; source it after lib.bash. It uses the
# mirror that this machine's apt uses (or MIRROR=url) and its own apt root in the cache. It does not
# touch the system's apt and needs no root.

# apt_open WAY_OUT [SUITE ...]: reads the package lists; sets apt (the root) and apt_opts (for
# apt-get and apt-cache). Takes the lock 'apt' and holds it until the script exits. WAY_OUT: advice
# to the user, printed on failure. SUITE: only these suites, in a root of their own;
# SUITE/COMPONENT: another component than main.
apt='' apt_opts=() apt_suites_opts=()
apt_open() {
	local keyring=/usr/share/keyrings/debian-archive-keyring.gpg mirror=${MIRROR:-} way_out=$1 s
	shift
	for s in apt-get apt-cache dpkg-deb; do command -v "$s" >/dev/null || die "there is no $s on this machine: $way_out"; done
	[[ -f $keyring ]] || die "no $keyring: install debian-archive-keyring, or $way_out"
	[[ -n $mirror ]] || mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | grep -m1 debian) ||
		die "apt on this machine has no Debian mirror: give MIRROR=url of one, or $way_out"

	lock apt
	apt=$CACHE/apt$(printf -- '-%s' "${@//\//-}" | sed 's/^-$//')
	(($#)) || set -- trixie trixie-backports sid experimental
	mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
	: >"$apt/status"
	for s; do
		[[ $s == */* ]] || s+=/main
		printf 'deb [signed-by=%s] %s %s %s\n' "$keyring" "$mirror" "${s%/*}" "${s#*/}"
	done >"$apt/sources.new"
	# The lists are read again after six hours.
	if ! cmp -s "$apt/sources.new" "$apt/sources.list"; then rm -f "$apt/stamp"; fi
	mv "$apt/sources.new" "$apt/sources.list"
	apt_opts=(-o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null -o Dir::Etc::preferencesparts=/dev/null
		-o Dir::State="$apt" -o Dir::State::status="$apt/status" -o Dir::Cache="$apt/cache" -o Acquire::Languages=none
		-o APT::Architecture=amd64 -o APT::Update::Error-Mode=any -o Acquire::Retries=3 -o Acquire::http::Timeout=60
		-o Acquire::AllowReleaseInfoChange=true)
	((EUID != 0)) || apt_opts+=(-o APT::Sandbox::User=root)
	if [[ -z $(find "$apt/stamp" -mmin -360 2>/dev/null) ]]; then
		say "reading Debian's package lists"
		apt-get "${apt_opts[@]}" -qq update >&2 || die "cannot read Debian's package lists: no network? Or $way_out"
		touch "$apt/stamp"
	fi
}

# apt_suites "SUITE ..." [STATUS]: restricts apt to these suites; it prefers the first. STATUS: a
# file of packages that count as installed (default: none does). Call apt_open and make_tmp before.
apt_suites() {
	local s
	for s in $1; do grep -F " $s main" "$apt/sources.list"; done >"$tmp/sources.list"
	mkdir -p "$tmp/debs/partial"
	apt_suites_opts=("${apt_opts[@]}" -o Dir::Etc::sourcelist="$tmp/sources.list" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
		-o Dir::State::status="${2:-$apt/status}" -o Dir::Cache::archives="$tmp/debs" -t "${1%% *}")
}

# apt_counts_as_installed VERSION PACKAGE ...: writes $tmp/status, for apt_suites.
apt_counts_as_installed() {
	printf "Package: %s\nStatus: install ok installed\nArchitecture: amd64\nMulti-Arch: allowed\nVersion: $1\nMaintainer: none\nDescription: none\n\n" "${@:2}" >"$tmp/status"
}

# apt_version PACKAGE: prints the version in these suites; nothing if they have none.
apt_version() { apt-cache "${apt_suites_opts[@]}" policy "$1" | sed -n 's/^ *Candidate: //p' | grep -vxF '(none)' || :; }

# apt_unpack "PACKAGE ..." WAY_OUT: downloads the packages with all their dependencies, and unpacks
# them in $tmp/all. Sets size to the size of the download in MB.
apt_unpack() {
	local d packages
	read -ra packages <<<"$1"
	with_progress downloading "du -sm '$tmp/debs' | sed 's/[[:space:]].*/ MB/'" \
		apt-get "${apt_suites_opts[@]}" -qq -y --no-install-recommends --download-only install "${packages[@]}" >&2 </dev/null ||
		die "cannot download $1: no network? Or $2"
	size=$(du -sm "$tmp/debs" | cut -f1)
	say "unpacking it"
	mkdir "$tmp/all"
	for d in "$tmp"/debs/*.deb; do dpkg-deb -x "$d" "$tmp/all"; done
}
