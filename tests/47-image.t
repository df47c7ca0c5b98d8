#!/bin/bash
# make image: the image is built and booted by UEFI firmware in QEMU, as a stick: with the emulated
# Kaby Lake (both i915, to the end, the report read back from the stick), without a GPU, with a full
# stick, with Secure Boot on.
# In:  FULL=1: all events and all of IGT's subtests (an hour), else a few.
. "$(dirname "$0")/../scripts/lib.bash"
. "$ROOT/tests/lib/tap.bash"
PATH=$PATH:/usr/sbin:/sbin
make_tmp
export MTOOLS_SKIP_CHECK=1
apt_without_pauses
here=$ROOT/testbed/image

# Bad input: one line, with the way out.
# refuses NAME PATTERN COMMAND ...: checks that COMMAND fails with a line that matches PATTERN.
refuses() {
	local name=$1 pattern=$2 o
	shift 2
	if o=$("$@" 2>&1); then not_ok "$name: it is taken"
	elif [[ $(wc -l <<<"$o") == 1 && $o =~ $pattern ]]; then ok "$name"
	else not_ok "$name"; diag <<<"$o"; fi
}
mkdir "$tmp/bin"
for p in bash dirname realpath mkdir sed cat flock gcc xz cpio gzip depmod modprobe modinfo busybox sfdisk mkfs.vfat; do
	ln -s "$(command -v $p)" "$tmp/bin/"
done
refuses "FIRMWARE that is neither yes nor no" 'FIRMWARE=perhaps is neither' env FIRMWARE=perhaps "$here/build.sh"
refuses "a directory for a file" 'is not to be made: give' "$here/build.sh" "$tmp"
refuses "a directory that is not there" 'is not to be made: give' "$here/build.sh" "$tmp/none/image"
refuses "no mtools" "'mcopy' is not installed: run scripts/deps.sh" env PATH="$tmp/bin" "$tmp/bin/bash" -c \
	"sed 's|^PATH=.*|PATH=$tmp/bin|; s|^. \"\$(dirname.*|. $ROOT/scripts/lib.bash|' $here/build.sh | $tmp/bin/bash"
printf '#!/bin/sh\necho f\necho f 1 1 1024 1 /\n' >"$tmp/bin/df"
chmod 755 "$tmp/bin/df"
refuses "too little disk" 'has 0 GiB free, an image needs 1: free some' env PATH="$tmp/bin:$PATH" "$here/build.sh" "$tmp/image"
refuses "a mirror that is not reached" 'no network\? Or give MIRROR=' env CACHE="$tmp/cache" MIRROR=http://127.0.0.1:9/debian bash -c \
	"'$here/deb.sh' trixie-backports/non-free-firmware firmware-intel-graphics 2>&1 | grep -vE '^(reading|[WE]:)'; exit \${PIPESTATUS[0]}"
refuses "no image to be booted" 'make image makes one' "$here/boot.sh" "$tmp/none"

# Names in the kernel's log, in plain text and in JSON.
is_empty "names and serial numbers are taken out, and nothing else" "$(diff - <(busybox sed -E -f "$here/without-names.sed" <<'EOT'
[    1.0] usb 1-2: SerialNumber: 12"34
[    1.1] usb usb1: Product: Ann's "Phone"
[    1.2] input: Ann's "Keyboard" as /devices/x
[    1.3] hid-generic 0003:0627:0001.0001: input,hidraw0: USB HID v1.11 Keyboard [Ann's "K"] on usb-0000
[    1.4] Loaded X.509 cert 'Ann: 12ab'
[    1.5] i915 0000:00:02.0: [drm] Initialized
 "dmesg": "<6>usb 1-2: Manufacturer: Ann \"A\"\n<6>input: Ann \"B\" as /devices/x\n<4>[drm] \"q\" [x]\n",
EOT
) <<'EOT'
[    1.0] usb 1-2: SerialNumber: -
[    1.1] usb usb1: Product: -
[    1.2] input: - as /devices/x
[    1.3] hid-generic 0003:0627:0001.0001: input,hidraw0: USB HID v1.11 Keyboard [-] on usb-0000
[    1.4] Loaded X.509 cert -
[    1.5] i915 0000:00:02.0: [drm] Initialized
 "dmesg": "<6>usb 1-2: Manufacturer: -\n<6>input: - as /devices/x\n<4>[drm] \"q\" [x]\n",
EOT
)"

t0=$SECONDS
image=$("$here/build.sh" "$tmp/image") || bail "no image, see above"
say "# built in $((SECONDS - t0)) s"
size=$(stat -c %s "$image")
if ((size < 100000000)); then ok "an image below 100 MB ($((size / 1000000)) MB)"; else not_ok "an image below 100 MB: $size bytes"; fi
is_empty "it has one partition" "$(sfdisk -l -o Type "$image" | sed '1,/^Type/d' | grep -vxF 'Microsoft basic data' || :)"
mcopy -i "$image@@1M" ::linux/initrd "$tmp/initrd"
gzip -dc "$tmp/initrd" | cpio -t --quiet >"$tmp/files"
is_empty "no driver for disks but those for USB is in it" "$(grep -E '/(ahci|ata_|libata|nvme|mmc|sdhci|virtio|dm-|md-|raid)[^/]*\.ko' "$tmp/files" || :)"
is_empty "the stock module is Debian's own, the other is another" "$(
	gzip -dc "$tmp/initrd" | cpio -i --quiet --to-stdout 'i915/stock.ko' | cmp - "$("$ROOT/testbed/kernel/module.sh" stock)" 2>&1
	! gzip -dc "$tmp/initrd" | cpio -i --quiet --to-stdout 'i915/patched.ko' | cmp -s - "$("$ROOT/testbed/kernel/module.sh" stock)" || echo same
)"

# boot NAME OPTIONS ARG ...: boots a copy of the image, $tmp/NAME, with OPTIONS for the default
# entry, and ARG for boot.sh; writes its exit status to $tmp/NAME.rc, its logs to $tmp/NAME.log/.
# no_timer_check: on a busy machine the emulated timer may fail the kernel's check.
boot() {
	local name=$1 entry=loader/entries/both.conf
	[[ -s $tmp/$name ]] || cp "$image" "$tmp/$name"
	mcopy -i "$tmp/$name@@1M" "::$entry" "$tmp/$name.conf"
	sed -i "s/^options .*/& console=tty0 console=ttyS0 tsc=reliable no_timer_check $2/" "$tmp/$name.conf"
	mcopy -o -i "$tmp/$name@@1M" "$tmp/$name.conf" "::$entry"
	printf 'default both.conf\ntimeout 1\n' >"$tmp/$name.loader"
	mcopy -o -i "$tmp/$name@@1M" "$tmp/$name.loader" ::loader/loader.conf
	shift 2
	"$here/boot.sh" -l "$tmp/$name.log" "$@" "$tmp/$name" >/dev/null 2>"$tmp/$name.err" || echo $? >"$tmp/$name.rc"
	[[ -e $tmp/$name.rc ]] || echo 0 >"$tmp/$name.rc"
	tr -d '\r' <"$tmp/$name.log/console.log" >"$tmp/$name.said"
}
# ends NAME: checks that the guest powered off.
ends() {
	if [[ $(<"$tmp/$1.rc") == 0 ]]; then ok "$1: it switches itself off"; else not_ok "$1: it switches itself off"; { cat "$tmp/$1.err"; tail -n 20 "$tmp/$1.said"; } | diag; fi
}
# says NAME TEXT: checks that the screen showed TEXT.
says() {
	if grep -qaF -- "$2" "$tmp/$1.said"; then ok "$1: the screen says '$2'"; else not_ok "$1: the screen says '$2'"; tail -n 20 "$tmp/$1.said" | diag; fi
}
# clean NAME: checks that the file system of the stick is intact.
clean() {
	dd if="$tmp/$1" of="$tmp/$1.fat" bs=1M skip=1 count=$((size / 1048576 - 2)) status=none
	is_empty "$1: the file system of the stick is whole" "$(fsck.fat -n "$tmp/$1.fat" >"$tmp/fsck" 2>&1 || cat "$tmp/fsck")"
}
# report NAME: unpacks the report to $tmp/NAME.report.
report() {
	mkdir "$tmp/$1.report"
	if mcopy -i "$tmp/$1@@1M" ::i915-userptr-report-1.tar.gz "$tmp/$1.tar.gz" && tar -C "$tmp/$1.report" -xzf "$tmp/$1.tar.gz"; then
		ok "$1: the report is read back from the stick"
	else
		not_ok "$1: the report is read back from the stick"
		tail -n 20 "$tmp/$1.said" | diag
	fi
}

few='EVENTS=munmap,fork,control-none LATENCY=signal IGT=release-munmap' limit=1200
if [[ -n ${FULL:-} ]]; then few='' limit=14400; fi
head -c 16M /dev/urandom >"$tmp/disk"
disk=$(sha256sum <"$tmp/disk")
# GEM_SOFTPIN=1: the programs then use fixed addresses, as they do on gen12.
boot both "$few END=1 i915.error_capture=0 GEM_SOFTPIN=1" -g -d "$tmp/disk" -T "$limit" &

boot secure-boot '' -s -T 600 -u 'No bootable option'
boot no-gpu 'END=1' -T 1200
cp "$image" "$tmp/full"
free=$(mdir -i "$tmp/full@@1M" :: | sed -n 's/ bytes free//p' | tr -d ' ')
head -c "$((free - 4096))" /dev/zero >"$tmp/filler"
mcopy -i "$tmp/full@@1M" "$tmp/filler" ::filler
boot full 'RUN=stock END=1' -T 1200
wait

refusal='failed to load Boot0001 "UEFI QEMU QEMU USB HARDDRIVE'
if grep -qaE "$refusal.*Access Denied" "$tmp/secure-boot.said"; then ok "Secure Boot: the firmware refuses it"; else not_ok "Secure Boot: the firmware refuses it"; diag <"$tmp/secure-boot.said"; fi
if grep -qF -- "$refusal" "$ROOT/Documentation/usb-stick.md"; then ok "Secure Boot: the page has what the firmware says"; else not_ok "Secure Boot: the page has what the firmware says"; fi

ends no-gpu
says no-gpu "There is no Intel GPU in this machine."
report no-gpu
r=$tmp/no-gpu.report/report
is_empty "no-gpu: the report says so, and has the machine's devices and log" "$(
	[[ $(grep '^gpu' "$r/patched/summary") == 'gpu none' ]] || echo "no line 'gpu none' in the summary"
	grep -q '^00:00.0 ' "$r/lspci.txt" || echo "lspci.txt has no devices"
	grep -q 'Linux version' "$r/patched/dmesg.txt" || echo "no log of the kernel"
	[[ ! -e $r/stock ]] || echo "a second kernel was started for nothing"
)"
clean no-gpu

ends full
says full "NO REPORT: the stick is full"
is_empty "full: nothing is left of the report" "$(mdir -b -i "$tmp/full@@1M" :: | grep -i report || :)"
clean full

ends both
report both
r=$tmp/both.report/report
figure() { sed -n "s/^$2 //p" "$r/$1/summary"; }
for v in patched stock; do
	is_empty "both: on $v all events end as expected, the kernel does not complain" "$(
		[[ $(figure $v events-bad) == 0 && $(figure $v events-ok) -ge 9 && $(figure $v splats) == 0 ]] ||
			{ cat "$r/$v/summary" "$r/$v/splats.txt"; grep 'not ok' "$r/$v/events.tsv"; } 2>&1
	)"
	is_empty "both: the events on $v are those of the list" "$(
		if [[ -n ${FULL:-} ]]; then
			[[ $(grep -c ^event "$r/$v/events.tsv") == $((3 * $(grep -c '^	X(' "$ROOT/testbed/workloads/events/events.h"))) ]] || wc -l "$r/$v/events.tsv"
		else
			diff <(grep ^event "$r/$v/events.tsv" | cut -f2 | uniq) <(printf '%s\n' munmap fork control-none)
		fi
	)"
	is_empty "both: the latency on $v was measured" "$(
		[[ $(figure $v latency-bad) == 0 && $(figure $v latency-ok) -ge 1 ]] || cat "$r/$v/summary" "$r/$v/latency.tsv" "$r/$v/latency.err" 2>&1
	)"
	is_empty "both: generation 9 on $v, the driver and the log are there" "$(
		[[ $(figure $v generation) == 9 ]] || echo "generation $(figure $v generation)"
		grep -q 'Initialized i915' "$r/$v/dmesg.txt" || echo "no i915 in the log"
		grep -q usb-storage "$r/$v/dmesg.txt" || echo "no stick in the log"
	)"
	is_empty "both: no names and serial numbers of USB devices in the log on $v" "$(
		grep -E '(SerialNumber|Product|Manufacturer): [^-]|QEMU USB Keyboard' "$r/$v/dmesg.txt" || :
		grep -q 'SerialNumber: -$' "$r/$v/dmesg.txt" || echo "there was none at all"
	)"
done
try "both: ci/report.sh reads it, and all is as expected" "$ROOT/ci/report.sh" "$tmp/both.tar.gz"
# Negative test: the results of patched are not those expected of stock.
mkdir -p "$tmp/swapped/report"
cp -r "$r"/*.txt "$tmp/swapped/report/"
cp -r "$r/patched" "$tmp/swapped/report/stock"
tar -C "$tmp/swapped" -czf "$tmp/swapped.tar.gz" report
if ! o=$("$ROOT/ci/report.sh" "$tmp/swapped.tar.gz" 2>&1) && [[ $o == *'not ok gem_userptr_release@release-munmap: Pass, expected: Fail'* ]]; then
	ok "ci/report.sh: results of patched are not those of stock"
else
	not_ok "ci/report.sh: results of patched are not those of stock"
	diag <<<"$o"
fi
if ! o=$("$ROOT/ci/report.sh" "$tmp/no-gpu.tar.gz" 2>&1) && [[ $o == *'nothing was tested' ]]; then
	ok "ci/report.sh: without a GPU nothing was tested"
else
	not_ok "ci/report.sh: without a GPU nothing was tested"
	diag <<<"$o"
fi
head -c 2000 "$tmp/both.tar.gz" >"$tmp/cut"
refuses "a report that is cut off" 'is not a complete report of a stick' "$ROOT/ci/report.sh" "$tmp/cut"
kept=$(figure stock kept) pinned=$(figure stock pinned)
if [[ $(figure patched kept) == 0 && $kept -gt 0 && $kept == "$pinned" && $(figure patched pinned) == "$pinned" ]]; then
	ok "both: of $pinned pages stock keeps $kept, patched keeps none"
else
	not_ok "both: of $pinned pages stock keeps $kept, patched keeps $(figure patched kept) of $(figure patched pinned)"
fi
is_empty "both: versions and devices" "$(
	grep -q '^image: .*series' "$r/versions.txt" || echo "no image in versions.txt"
	grep -q 'igt-gpu-tools' "$r/versions.txt" || echo "no IGT in versions.txt"
	grep -q '8086:5912' "$r/lspci.txt" || echo "no GPU in lspci.txt"
)"
says both "complaints in the kernel's log"
if [[ $(sha256sum <"$tmp/disk") == "$disk" ]]; then ok "both: the machine's disk is as it was"; else not_ok "both: the machine's disk was written to"; fi
clean both
done_testing
