/* SPDX-License-Identifier: MIT */
/* The counts of the emulated Kaby Lake: a page of the GPU's BAR0, for programs in the guest. */
#ifndef TESTBED_COUNTS_H
#define TESTBED_COUNTS_H

#include "proc.h"

#include "../gpu/kbl/counts.h"

/* The model answers each read of a member. */
static inline const volatile struct kbl_counts *map_counts(void)
{
	static const char bar0[] = "/sys/bus/pci/devices/0000:00:02.0/resource0";
	const int fd = open(bar0, O_RDONLY | O_SYNC);
	void *p;

	if (fd < 0)
		die("cannot open %s: %m", bar0);
	p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, KBL_COUNTS_OFFSET);
	if (p == MAP_FAILED)
		die("cannot map the counts of the GPU: %m");
	close(fd);
	return p;
}

#endif
