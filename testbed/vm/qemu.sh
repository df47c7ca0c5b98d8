#!/bin/bash
# Finds a QEMU with vfio-user-pci (10.1 or newer), or downloads one; prints the path of its
# executable (last line of stdout).
# In:  QEMU=binary: only this one. Else qemu-system-x86_64 of PATH if it has the device, else
#      Debian's, from trixie-backports or sid.
# Out: Debian's is kept in $CACHE/qemu/VERSION with its libraries and firmware (40 MB to download);
#      the file qemu there starts it in place, without chroot or root. Nothing is installed.
. "$(dirname "$0")/../../scripts/lib.bash"

device=vfio-user-pci
has_device() { local o; o=$(timeout 60 "$1" -device help 2>/dev/null) && [[ $o == *"\"$device\""* ]]; }
path_of() { local p; p=$(command -v "$1") && realpath -s "$p"; }

if [[ -n ${QEMU:-} ]]; then
	q=$(path_of "$QEMU") || die "there is no QEMU=$QEMU: give the path of a qemu-system-x86_64, or leave QEMU unset and Debian's is taken"
	has_device "$q" || die "QEMU=$QEMU has no $device: give one of 10.1 or newer, or leave QEMU unset and Debian's is taken"
	echo "$q"
	exit
fi
for q in "$(path_of qemu-system-x86_64 || :)" "$CACHE"/qemu/*/qemu; do
	[[ -x $q ]] && has_device "$q" && { echo "$q"; exit; }
done

lock qemu
for q in "$CACHE"/qemu/*/qemu; do
	[[ -x $q ]] && has_device "$q" && { echo "$q"; exit; }
done
. "$ROOT/scripts/apt.bash"
need_disk 1 "QEMU"
way_out="give QEMU=path of a QEMU that has $device"
mkdir -p "$CACHE/qemu"
make_tmp "$CACHE/qemu"
# Packages in backports depend on packages of their suite.
for suites in "trixie-backports trixie" sid; do
	if [[ $suites == sid ]]; then unlock apt; apt_open "$way_out"; else apt_open "$way_out" trixie trixie-backports; fi
	apt_suites "$suites"
	version=$(apt_version qemu-system-x86)
	if dpkg --compare-versions "$version" ge 1:10.1; then break; fi
	version=
done
[[ -n $version ]] || die "Debian's mirror has no QEMU of 10.1 or newer: give QEMU=path of one"
say "downloading QEMU $version of Debian ${suites%% *} (no other here has $device)"
t0=$SECONDS
apt_unpack qemu-system-x86 "$way_out"

# The files to keep. QEMU looks for its modules and firmware in qemu-bundle in the directory of the
# executable, here the dynamic linker; without that link it would try to load the modules of another
# QEMU of this machine.
lib=usr/lib/x86_64-linux-gnu
mkdir -p "$tmp/q"/usr/{bin,lib,share/qemu}
mv "$tmp/all/usr/bin/qemu-system-x86_64" "$tmp/q/usr/bin/"
mv "$tmp/all/$lib" "$tmp/q/usr/lib/"
mv "$tmp"/all/usr/share/qemu/*.{bin,rom} "$tmp/q/usr/share/qemu/"
mv "$tmp/all/usr/share/seabios" "$tmp/q/usr/share/"
rm -rf "$tmp/q/$lib/gconv"
ln -s ../../.. "$tmp/q/$lib/qemu-bundle"
cat >"$tmp/q/qemu" <<EOT
#!/bin/sh
# QEMU $version of Debian, with its own libraries and firmware; made by testbed/vm/qemu.sh.
here=\${0%/*}
exec "\$here/$lib/ld-linux-x86-64.so.2" --argv0 "\$0" --library-path "\$here/$lib" "\$here/usr/bin/qemu-system-x86_64" "\$@"
EOT
chmod 755 "$tmp/q/qemu"
has_device "$tmp/q/qemu" || die "QEMU $version of Debian does not run here, or has no $device: give QEMU=path of another"
q=$CACHE/qemu/$(printf %s "$version" | tr -c 'a-zA-Z0-9.' -)
rm -rf "$q"
mv "$tmp/q" "$q"
say "QEMU $version: $size MB downloaded, $(du -sm "$q" | cut -f1) MB kept in $q, $((SECONDS - t0)) s"
echo "$q/qemu"
