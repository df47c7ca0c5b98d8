#!/bin/bash
# Installs the Debian packages that the other scripts need and that are missing. Does nothing (no
# apt, no root) if none is missing. QEMU is not among them: vm/qemu.sh finds or downloads it.
# In:  QEMU=binary: your own QEMU. Not on Debian: lists missing tools, installs nothing.
# Out: exit 0 when every tool is present and new enough.
. "$(dirname "$0")/lib.bash"

packages=(git build-essential flex bison bc libelf-dev libssl-dev libcmocka-dev ccache cpio kmod lz4 xz-utils busybox-static sparse codespell
	quilt b4 patatt git-email libmailtools-perl shellcheck perl python3 python3-ply python3-git python3-yaml debian-archive-keyring gnuplot-nox procps spin lcov debhelper dh-dkms
	mtools dosfstools fdisk systemd-boot-efi ovmf)
tools=(git gcc make flex bison bc ccache cpio depmod lz4 xz busybox sparse codespell quilt b4 patatt shellcheck prove perl python3 flock gnuplot spin lcov dh_dkms mcopy)

if command -v dpkg-query >/dev/null && command -v apt-get >/dev/null; then
	# LAVA's schema: some suites lack it. Without it only one check is skipped.
	if [[ -n $(apt-cache --names-only search '^lava-common$' 2>/dev/null) ]]; then packages+=(lava-common); fi
	missing=()
	for p in "${packages[@]}"; do
		[[ $(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null) == installed ]] || missing+=("$p")
	done
	if ((${#missing[@]})); then
		say "installing: ${missing[*]}"
		as_root=()
		if ((EUID != 0)); then
			command -v sudo >/dev/null || die "not root and no sudo: as root, apt-get install ${missing[*]}"
			as_root=(sudo)
		fi
		export DEBIAN_FRONTEND=noninteractive
		"${as_root[@]}" apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 update >&2 ||
			die "apt-get update failed: is there a network? (packages wanted: ${missing[*]})"
		"${as_root[@]}" apt-get -qq -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 install --no-install-recommends \
			"${missing[@]}" >&2 </dev/null || die "apt-get install failed, see above: install by hand ${missing[*]}"
	fi
fi

lack=()
for t in "${tools[@]}"; do command -v "$t" >/dev/null || lack+=("$t"); done
for h in gelf.h openssl/ssl.h cmocka.h; do
	command -v gcc >/dev/null && { echo "#include <$h>" | gcc -E - >/dev/null 2>&1 || lack+=("<$h>"); }
done
((!${#lack[@]})) || die "missing: ${lack[*]}; install them (on Debian: ${packages[*]})"

# at_least NAME WANTED HAVE
at_least() {
	[[ $(printf '%s\n%s\n' "$2" "$3" | sort -V | head -1) == "$2" ]] || die "$1 is version $3, at least $2 is needed: install a newer one"
}
at_least git 2.38 "$(git --version | grep -oE '[0-9]+(\.[0-9]+)+' | head -1)"
at_least gcc 8.1 "$(gcc -dumpfullversion)"
at_least make 4.0 "$(make --version | grep -oE '[0-9]+(\.[0-9]+)+' | head -1)"
at_least sparse 0.6.4 "$(sparse --version | grep -oE '[0-9]+(\.[0-9]+)+' | head -1)"
"$ROOT/testbed/vm/qemu.sh" >/dev/null
