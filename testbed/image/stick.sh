# shellcheck shell=dash
# The stick: functions for init, which sources this. The stick is the FAT file system with the
# volume number that was drawn when the image was built; no other is mounted. It is mounted only
# while it is read or written, so that the machine can be powered off at any other time.
volume=$(cat /image/volume)
# stick_why: the reason of the last failure of one of these functions; empty after a success.
stick_why=''

# stick_find: waits for the stick, for 20 s at most.
stick_find() {
	for _ in $(seq 40); do
		stick=$(findfs "UUID=$volume" 2>/dev/null) && return
		sleep 0.5
	done
	stick='' stick_why="the stick is not found (no partition has the number $volume)"
	return 1
}

# stick_mount OPTIONS: finds the stick if necessary, and mounts it at /stick.
stick_mount() {
	stick_why=''
	[ -n "$stick" ] || stick_find || return 1
	mount -t vfat -o "$1" "$stick" /stick 2>/tmp/mount && return
	stick_why="the stick cannot be mounted ($(sed 's/.*: //' /tmp/mount))"
	return 1
}
stick_unmount() { umount /stick; }

# stick_name: prints an unused name for a report.
stick_name() {
	stick_mount ro || return 1
	i=1
	while [ -e "/stick/i915-userptr-report-$i.tar.gz" ]; do i=$((i + 1)); done
	echo "i915-userptr-report-$i.tar.gz"
	stick_unmount
}

# stick_copy_kernel: copies the kernel and initramfs for the next test to /tmp.
stick_copy_kernel() {
	progress "reading the kernel for the next test from the stick ..."
	stick_mount ro || return 1
	cp /stick/linux/vmlinuz /stick/linux/initrd /tmp/ || stick_why="the stick cannot be read"
	stick_unmount
}

# stick_save: archives /report and writes it to the stick; first under another name, so that a
# complete archive exists at any time.
stick_save() {
	progress "writing the report to the stick ..."
	tar -C / -czf /tmp/report.tar.gz report
	if ! stick_mount rw; then
		say "The report cannot be written: $stick_why."
		return 1
	fi
	name=$(cat /state/name)
	if cp /tmp/report.tar.gz /stick/report.new 2>/tmp/cp && sync && cmp -s /tmp/report.tar.gz /stick/report.new; then
		mv /stick/report.new "/stick/$name"
	else
		rm -f /stick/report.new
		stick_why="the stick is full: $(df -k /stick | awk 'END { print $(NF - 2) }') KiB are free, $(($(wc -c </tmp/report.tar.gz) / 1024 + 1)) are needed; delete old reports there"
		[ "$(df -k /stick | awk 'END { print $(NF - 2) }')" -lt $(($(wc -c </tmp/report.tar.gz) / 1024 + 1)) ] ||
			stick_why="the stick cannot be written ($(sed 's/.*: //' /tmp/cp))"
		say "The report cannot be written: $stick_why."
	fi
	stick_unmount
	[ -z "$stick_why" ]
}
