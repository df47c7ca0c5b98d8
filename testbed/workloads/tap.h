/* SPDX-License-Identifier: MIT */
/* Prints test points as TAP. The program prints the plan, and decides on the exit status. */

#ifndef TESTBED_TAP_H
#define TESTBED_TAP_H

#include <stdarg.h>
#include <stdio.h>

static unsigned int points, failures; /* so far */

/* @bad: NULL, or the failure, which is printed on its own line unless it is "". */
__attribute__((format(printf, 2, 3)))
static inline void tap(const char *bad, const char *fmt, ...)
{
	va_list va;

	printf("%sok %u - ", bad ? "not " : "", ++points);
	va_start(va, fmt);
	vprintf(fmt, va);
	va_end(va);
	putchar('\n');
	if (bad && *bad)
		printf("# %s\n", bad);
	fflush(stdout);
	failures += !!bad;
}

#endif
