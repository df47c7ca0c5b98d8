/* SPDX-License-Identifier: MIT */
/* The number of pinned pages of the system, by which the programs judge the driver. */

#ifndef TESTBED_PINS_H
#define TESTBED_PINS_H

#include "proc.h"

/* Return: the pinned pages (FOLL_PIN) of the whole system. Interrupts every CPU. */
static inline long pinned_pages(void)
{
	long acquired = -1, released = -1, value;
	char name[64];
	FILE *f;

	/* The counters are per CPU: this folds them into the total. */
	if (!put("/proc/sys/vm/stat_refresh", "1"))
		die("cannot write to /proc/sys/vm/stat_refresh: %m");

	f = fopen("/proc/vmstat", "r");
	if (!f)
		die("cannot read /proc/vmstat: %m");
	while (fscanf(f, "%63s %ld", name, &value) == 2) {
		if (!strcmp(name, "nr_foll_pin_acquired"))
			acquired = value;
		else if (!strcmp(name, "nr_foll_pin_released"))
			released = value;
	}
	fclose(f);
	if (acquired < 0 || released < 0)
		die("/proc/vmstat has no nr_foll_pin_acquired and nr_foll_pin_released");

	return acquired - released;
}

/*
 * Waits until @a or @b pages are pinned, for @ns at most.
 * Return: how many are pinned at the end.
 */
static inline long wait_pinned(long a, long b, int64_t ns)
{
	const int64_t limit = now_ns() + ns;
	long n;

	for (;;) {
		n = pinned_pages();
		if (n == a || n == b || now_ns() >= limit)
			return n;
		nap(1000);
	}
}

#endif
