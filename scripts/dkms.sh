#!/bin/bash
# Builds a DKMS .deb, which contains the i915 source of Debian 13's two kernels with the series
# applied, and which builds i915.ko on the target machine. Prints its path (last line of stdout);
# progress is on stderr. Changes nothing on this machine.
# In:  testbed/kernel/version/7.3 and 6.12: the kernel versions (105 MB to download for each)
#      VERSION=...: of the package (default: the time of this checkout's last commit)
# Out: $CACHE/dkms/i915-userptr-cancel-dkms_VERSION_all.deb
. "$(dirname "$0")/lib.bash"
need_tool git dh_dkms dpkg-buildpackage

stamp=$(git -C "$ROOT" log -1 --format=%ct 2>/dev/null || date -r "$ROOT/series" +%s)
version=${VERSION:-$(date -d "@$stamp" +%Y%m%d.%H%M)}
mkdir -p "$CACHE/dkms"
make_tmp "$CACHE/dkms"
cp -r "$ROOT/dkms" "$tmp/p"
kernels=''
for v in 7.3 6.12; do
	read -r package kernel _ <"$ROOT/testbed/kernel/version/$v"
	repo=$("$ROOT/testbed/kernel/driver.sh" "$package" "$kernel")
	if [[ $v == 7.3 ]]; then unset BACKPORT; else export BACKPORT=$v; fi
	commit=$("$ROOT/scripts/series/commit.sh" -b "$repo")
	mkdir -p "$tmp/p/$v/include/trace"
	git -C "$repo" archive "$commit" drivers/gpu/drm/i915 drivers/platform/x86/intel_ips.h | tar -C "$tmp/p/$v" -x
	kernels+=" Linux $v: the driver of $kernel, with $(series_list | wc -l) patches."
done
cat >"$tmp/p/debian/changelog" <<EOT
i915-userptr-cancel ($version) unstable; urgency=medium

  *$kernels

 -- i915-userptr-cancel <nobody@localhost>  $(LC_ALL=C date -R -d "@$stamp")
EOT
say "building the package"
build() { (cd "$tmp/p" && dpkg-buildpackage -us -uc -b) >"$CACHE/dkms/build.log" 2>&1; }
with_progress "building the package" true build ||
	die "dpkg-buildpackage failed: $(grep -m1 -E 'rror|No space left' "$CACHE/dkms/build.log" || tail -n1 "$CACHE/dkms/build.log"); see $CACHE/dkms/build.log"
deb=i915-userptr-cancel-dkms_${version}_all.deb
mv "$tmp/$deb" "$CACHE/dkms/"
cat >&2 <<EOT
Made: $CACHE/dkms/$deb
On the machine with the GPU, with Debian 13's kernel (6.12) or that of its backports (7.3), as root:
    apt install ./$deb linux-headers-\$(uname -r)
builds i915.ko and installs it for each of these kernels; it is used from the next boot on. To go back:
    apt purge i915-userptr-cancel-dkms
EOT
echo "$CACHE/dkms/$deb"
