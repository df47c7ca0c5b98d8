// SPDX-License-Identifier: MIT
/*
 * Prints the frequency of this machine's TSC in kHz, which is also that of QEMU's guests. A guest
 * that measures it by itself is wrong by up to a factor of three on a busy machine.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

#define NS 50000000 /* duration of the measurement */

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* Reads the TSC and the clock together; takes the least interrupted of 50 tries. */
static uint64_t tsc_at(uint64_t *ns)
{
	uint64_t best = UINT64_MAX, tsc = 0;

	for (int i = 0; i < 50; i++) {
		const uint64_t before = __rdtsc(), then = now_ns(), after = __rdtsc();

		if (after - before >= best)
			continue;
		best = after - before;
		tsc = before + best / 2;
		*ns = then;
	}
	return tsc;
}

int main(void)
{
	const struct timespec rest = { .tv_nsec = NS };
	uint64_t ns[2];
	const uint64_t first = tsc_at(&ns[0]);
	uint64_t ticks;

	nanosleep(&rest, NULL);
	ticks = tsc_at(&ns[1]) - first;
	printf("%llu\n", (unsigned long long)(ticks * 1000000 / (ns[1] - ns[0])));
	return 0;
}
