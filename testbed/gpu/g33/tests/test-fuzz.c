// SPDX-License-Identifier: MIT
/*
 * Random accesses to registers, configuration space, page table and aperture, and random commands,
 * for a short time. The model must not crash or trip a sanitizer, no access may take long, memory
 * that no PTE names must not change, and after a reset the device must work. G33_SEED= repeats a
 * run; G33_FUZZ_SECONDS= sets the time per test.
 */
#include "rig.h"

/* PTEs of these tests name only the first POOL pages of guest memory. The rest must not change. */
#define POOL 128u
#define SENTINEL 0xa5
#define PROGRAM (POOL * PAGE / 8) /* bytes of commands */

static uint64_t seed;
static double seconds = 1.0;

static uint64_t pool_page(uint32_t n)
{
	return n % 2 ? HIGH_BASE + (uint64_t)(n / 2) * PAGE : LOW_BASE + (uint64_t)(n / 2) * PAGE;
}

static bool rest_untouched(struct rig *r)
{
	const size_t from = (size_t)POOL / 2 * PAGE;

	for (size_t i = from; i < (size_t)LOW_PAGES * PAGE; i++)
		if (r->low[i] != SENTINEL)
			return false;
	for (size_t i = from; i < (size_t)HIGH_PAGES * PAGE; i++)
		if (r->high[i] != SENTINEL)
			return false;
	return true;
}

/* Returns a random address, often mapped or near a boundary (aperture, table, 2 GiB, 4 GiB). */
static uint32_t address(void)
{
	static const uint32_t edge[] = { 0, 0x1000, 0x10000, 0x0fff0000, 0x10000000, 0x1fff0000, 0x20000000, 0x7ffff000, 0x80000000,
		0xfffff000 };

	switch (rnd_below(&seed, 4)) {
	case 0:
		return (uint32_t)rnd(&seed);
	case 1:
		return edge[rnd_below(&seed, 10)] + rnd_below(&seed, 0x2000) - 0x1000;
	default:
		return rnd_below(&seed, POOL * PAGE);
	}
}

static void map_pool(struct rig *r)
{
	memset(r->low + (size_t)POOL / 2 * PAGE, SENTINEL, (size_t)(LOW_PAGES - POOL / 2) * PAGE);
	memset(r->high + (size_t)POOL / 2 * PAGE, SENTINEL, (size_t)(HIGH_PAGES - POOL / 2) * PAGE);
	for (uint32_t n = 0; n < POOL; n++) {
		rig_set_pte(r, n, pool_page(n));
		rig_set_pte(r, 0x10000 + n, pool_page(n));
	}
	rig_set_pte(r, 0xffff, pool_page(3));
	rig_set_pte(r, G33_PTES - 1, pool_page(4));
}

static void any(struct rig *r)
{
	r->expect_invalid_pte = rig_counts(r).invalid_pte != 0;
	r->expect_bad_dma = rig_counts(r).bad_dma != 0;
	r->expect_bad_command = rig_counts(r).bad_command != 0;
	r->expect_bad_access = rig_counts(r).bad_access != 0;
	r->expect_privileged = rig_counts(r).privileged != 0;
}

/* Checks that the device works after a reset. */
static void still_works(struct rig *r)
{
	g33_reset(r->dev);
	for (uint32_t n = 0; n < POOL; n++)
		rig_set_pte(r, n, pool_page(n));
	rig_ring(r, 0, PAGE);
	EMIT(r, MI_STORE_DWORD_IMM, 0x8000, 0x600df00d, MI_NOOP);
	rig_go(r);
	g33_step(r->dev, 100);
	for (double end = now() + 10; rig_read(r, G33_APERTURE, 0x8000, 4) != 0x600df00d && now() < end;)
		sleep_us(1000);
	g33_stop(r->dev);
	assert_int_equal(rig_dword(r, 0x8000), 0x600df00d);
	assert_true(rest_untouched(r));
	any(r);
}

static void random_access(struct rig *r)
{
	static const uint32_t interesting[] = {
		RING_TAIL, RING_HEAD, RING_START, RING_CTL, HWS_PGA, MI_MODE, IER, IIR, IMR, ISR, EIR, EMR, ACTHD, INSTPM, PGTBL_CTL,
		0x2000, 0x301c,
		C0DRB3 & ~3u, C1DRB3 & ~3u, 0x70024, 0x61114, 0x5108, 0x10c00,
	};
	static const size_t lens[] = { 1, 2, 4, 8, 3, 5, 16, 64 };
	static const unsigned int regions[] = { G33_MMIO, G33_MMIO, G33_IO, G33_APERTURE, G33_GTT, G33_CONFIG, 4, 99 };
	uint8_t data[64];
	size_t len = lens[rnd_below(&seed, 8)];
	unsigned int region = regions[rnd_below(&seed, 8)];
	uint64_t offset = rnd_below(&seed, 8) ? address() : rnd(&seed);

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)rnd(&seed);
	if (region == G33_MMIO && rnd_below(&seed, 2))
		offset = interesting[rnd_below(&seed, sizeof(interesting) / sizeof(interesting[0]))];
	if (region == G33_CONFIG || region == G33_IO)
		offset %= 300;
	if (region == G33_GTT && len <= 8 && rnd_below(&seed, 4)) {
		/* PTEs that name the pool, an address without memory, or are invalid. */
		uint32_t v = rnd_below(&seed, 4) ? pte(pool_page(rnd_below(&seed, POOL))) : rnd_below(&seed, 2) ? pte(NOWHERE) : 0;

		g33_write(r->dev, G33_GTT, rnd_below(&seed, G33_PTES) * 4, &v, 4);
		return;
	}
	if (rnd_below(&seed, 2) || region == G33_GTT)
		g33_read(r->dev, region, offset, data, len);
	else
		g33_write(r->dev, region, offset, data, len);
}

static void test_accesses(void **state)
{
	struct rig *r = *state;
	double end = now() + seconds;
	unsigned int n = 0;

	map_pool(r);
	while (now() < end) {
		for (int i = 0; i < 200; i++)
			random_access(r);
		g33_step(r->dev, 50);
		if (++n % 64 == 0)
			g33_reset(r->dev);
	}
	still_works(r);
}

static uint32_t blt_command(uint32_t *dw)
{
	static const struct { uint32_t op, len; } blt[] = { { 0x40, 5 }, { 0x43, 6 }, { 0x50, 6 }, { 0x53, 8 } };
	uint32_t k = rnd_below(&seed, 4), n = blt[k].len;

	dw[0] = 2u << 29 | blt[k].op << 22 | ((uint32_t)rnd(&seed) & 0x3fffe0) | (n - 2);
	for (uint32_t i = 1; i < n; i++)
		dw[i] = (uint32_t)rnd(&seed);
	/* Mostly small rectangles, as large ones take most of the time. */
	if (blt[k].op < 0x50) {
		dw[2] &= 0x007f03ff;
	} else {
		dw[2] &= 0xffff0fff;
		dw[3] = (dw[2] + (dw[3] & 0x003f00ff)) & 0xffffffff;
	}
	dw[blt[k].op < 0x50 ? 3 : 4] = address();
	if (n == 6 && blt[k].op == 0x43)
		dw[5] = address();
	if (n == 8)
		dw[7] = address();
	return n;
}

/* Addresses of the commands of this round. */
static uint32_t start[PROGRAM / 4], starts;

static uint32_t random_command(uint32_t *dw)
{
	static const uint32_t mi[] = { 0, 2, 3, 4, 5, 7, 8, 0x20, 0x21, 0x22, 0x24, 0x31, 0x0a };
	uint32_t n = 1;

	switch (rnd_below(&seed, 128)) {
	case 0:
		dw[0] = (uint32_t)rnd(&seed);
		return 1;
	case 1: /* 3D, with a length that may be wrong */
		dw[0] = 3u << 29 | ((uint32_t)rnd(&seed) & 0x1fff000f);
		return 1 + rnd_below(&seed, 8);
	case 2 ... 9: /* 3D, of one dword */
		dw[0] = 3u << 29 | ((uint32_t)rnd(&seed) & 0x0fffffff);
		return 1;
	case 10 ... 29:
		return blt_command(dw);
	case 30 ... 39: /* start of an earlier command as a batch, secure or not */
		dw[0] = MI_BATCH_BUFFER_START;
		dw[1] = start[rnd_below(&seed, starts ? starts : 1)] | rnd_below(&seed, 2);
		return 2;
	default:
		dw[0] = MI(mi[rnd_below(&seed, rnd_below(&seed, 8) ? 11 : 13)], 0);
		switch (dw[0] >> 23) {
		case 0x20:
			dw[1] = address();
			n = 3;
			dw[0] |= 1u << 22 | 1;
			break;
		case 0x21:
			dw[1] = rnd_below(&seed, 0x2000);
			n = 3;
			dw[0] |= 1;
			break;
		case 0x22:
		case 0x24:
			dw[0] |= 1 | 1u << 22;
			dw[1] = rnd_below(&seed, 2) ? 0x2000 + rnd_below(&seed, 0x200) : address();
			/* A graphics address, as a physical one might be outside of the pool. */
			n = 3;
			if (dw[0] >> 23 == 0x24)
				dw[2] = address();
			break;
		case 0x31:
			dw[1] = address();
			n = 2;
			break;
		}
		if (rnd_below(&seed, 256) == 0)
			dw[0] ^= 1u << rnd_below(&seed, 23);
		return n;
	}
}

/* Resets the device, fills memory with commands, and places a ring among them. */
static void round_of_commands(struct rig *r)
{
	static const uint32_t fence = 0x3018;
	static uint32_t dw[PROGRAM / 4 + 16];
	uint32_t n = 0;

	g33_reset(r->dev);
	for (starts = 0; n < PROGRAM / 4; starts++) {
		for (int i = 0; i < 16; i++)
			dw[n + (uint32_t)i] = (uint32_t)rnd(&seed);
		start[starts] = n * 4;
		n += random_command(&dw[n]);
	}
	assert_int_equal(g33_write(r->dev, G33_APERTURE, 0, dw, PROGRAM), 0);
	set_reg(r, HWS_PGA, rnd_below(&seed, 8) ? rnd_below(&seed, POOL) * PAGE : address());
	set_reg(r, fence, rnd_below(&seed, 2) ? (uint32_t)rnd(&seed) & 0x1771 : 0);
	set_reg(r, IMR, (uint32_t)rnd(&seed));
	set_reg(r, IER, (uint32_t)rnd(&seed));
	set_reg(r, RING_HEAD, start[rnd_below(&seed, starts / 16)]);
	set_reg(r, RING_START, 0);
	set_reg(r, RING_TAIL, rnd_below(&seed, PROGRAM / 8) * 8);
	set_reg(r, RING_CTL, rnd_below(&seed, PROGRAM / PAGE) << 12 | 1);
}

static void test_commands(void **state)
{
	struct rig *r = *state;
	double end = now() + seconds, longest = 0;

	map_pool(r);
	while (now() < end) {
		double t;

		round_of_commands(r);
		for (int i = 0; i < 4; i++) {
			t = now();
			g33_step(r->dev, 200);
			t = now() - t;
			longest = t > longest ? t : longest;
			set_reg(r, RING_TAIL, rnd_below(&seed, PROGRAM / 8) * 8);
		}
	}
	assert_true(longest < 20); /* blt_command() makes no rectangle that takes so long */
	still_works(r);
}

/* The same with the thread running and concurrent accesses. */
static void test_thread(void **state)
{
	struct rig *r = *state;
	double end = now() + seconds;

	map_pool(r);
	assert_int_equal(g33_start(r->dev), 0);
	while (now() < end) {
		round_of_commands(r);
		for (int i = 0; i < 100; i++)
			random_access(r);
	}
	still_works(r);
}

int main(void)
{
	const char *s = getenv("G33_SEED"), *t = getenv("G33_FUZZ_SECONDS");
	const struct CMUnitTest tests[] = { PLAIN(test_accesses), PLAIN(test_commands), PLAIN(test_thread) };

	seed = s ? strtoull(s, NULL, 0) : 0x9e3779b97f4a7c15;
	if (!seed)
		seed = 1;
	if (t)
		seconds = strtod(t, NULL);
	printf("# G33_SEED=0x%016" PRIx64 " G33_FUZZ_SECONDS=%g\n", seed, seconds);
	fflush(stdout);
	return cmocka_run_group_tests_name("fuzz", tests, NULL, NULL);
}
