// SPDX-License-Identifier: MIT
/*
 * Starts another kernel in place of this one, without the firmware (Debian's kexec needs Xen's
 * libraries).
 *
 * usage: kexec KERNEL INITRD COMMAND-LINE
 *
 * Returns only on failure: exit status 1, and a line that gives the reason.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <linux/reboot.h>

int main(int argc, char **argv)
{
	int kernel, initrd;

	if (argc != 4) {
		fprintf(stderr, "usage: kexec KERNEL INITRD COMMAND-LINE\n");
		return 1;
	}
	kernel = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (kernel < 0) {
		fprintf(stderr, "kexec: cannot open %s: %m\n", argv[1]);
		return 1;
	}
	initrd = open(argv[2], O_RDONLY | O_CLOEXEC);
	if (initrd < 0) {
		fprintf(stderr, "kexec: cannot open %s: %m\n", argv[2]);
		return 1;
	}
	if (syscall(SYS_kexec_file_load, kernel, initrd, strlen(argv[3]) + 1, argv[3], 0)) {
		fprintf(stderr, "kexec: the kernel does not take %s: %m\n", argv[1]);
		return 1;
	}
	sync();
	reboot(LINUX_REBOOT_CMD_KEXEC);
	fprintf(stderr, "kexec: cannot start %s: %m\n", argv[1]);
	return 1;
}
