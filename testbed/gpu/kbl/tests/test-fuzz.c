// SPDX-License-Identifier: MIT
/*
 * Random hostile batches, contexts, page tables and register accesses. All must end in a count or a
 * hang: the model must not crash or trip a sanitizer, memory that no entry names must not change,
 * and after a reset the device must work. KBL_SEED= repeats a run; KBL_FUZZ_SECONDS= sets the time
 * per test.
 */
#include "rig.h"

/* The last 2 MiB of low memory, which no entry written by the tests names. */
#define QUIET_AT (LOW_SIZE - 2 * MIB)
#define QUIET    0xa5

static uint64_t seed;
static double seconds = 1.0;

static uint32_t below(uint32_t n)
{
	return rnd_below(&seed, n);
}

static bool one_in(uint32_t n)
{
	return below(n) == 0;
}

/* Returns a page outside of the quiet part, or an address without memory. */
static uint64_t any_page(void)
{
	if (one_in(16))
		return NOWHERE;
	if (one_in(3))
		return HIGH_BASE + below(HIGH_SIZE / PAGE) * PAGE;
	return below((uint32_t)(QUIET_AT / PAGE)) * PAGE;
}

static uint64_t any_address(void)
{
	static const uint64_t edge[] = {
		0, PAGE, 1ull << 32, 1ull << 39, 1ull << 47, (1ull << 48) - PAGE,
	};

	switch (below(8)) {
	case 0:
		return rnd(&seed);
	case 1:
		return edge[below(6)] + below(64) - 32;
	case 2:
		return BATCH_AT + below(4 * PAGE);
	default:
		return DATA_AT + below(4 * PAGE + 16);
	}
}

static uint32_t any_register(void)
{
	static const uint32_t rel[] = {
		TAIL, HEAD, START, CTL, HWS_PGA, MI_MODE, IMR, EIR, INSTPM, RESET_CTL, BB_ADDR,
		BB_STATE, SBB_ADDR, INDIRECT_CTX, BB_PER_CTX_PTR, ELSP, EXECLIST_STATUS,
		CONTEXT_CONTROL, PDP0, RING_MODE, CSB_PTR, CTX_TIMESTAMP, PREDICATE_RESULT, NONPRIV,
		GPR, GPR + 0x7c,
	};
	static const uint32_t other[] = {
		GDRST, MASTER_IRQ, GT_IMR, GT_IIR, GT_IER + 16, GFX_FLSH_CNTL, FENCES_AT, 0x4260,
		0x138124, 0xa278, 0x22200, 0x1ffffc, 0,
	};

	switch (below(4)) {
	case 0:
		return (uint32_t)rnd(&seed);
	case 1:
		return other[below(sizeof(other) / sizeof(other[0]))];
	default:
		return engines[below(ENGINE_COUNT)].base + rel[below(sizeof(rel) / sizeof(rel[0]))];
	}
}

static bool quiet(struct rig *r)
{
	for (uint64_t i = QUIET_AT; i < LOW_SIZE; i++)
		if (r->low[i] != QUIET)
			return false;
	return true;
}

static void make_quiet(struct rig *r)
{
	memset(r->low + QUIET_AT, QUIET, 2 * MIB);
}

/* Resets the rig and the device to their initial state. */
static void begin_round(struct rig *r)
{
	kbl_reset(r->dev);
	r->used = 0;
	r->contexts = 0;
	r->ggtt = 0x10001000;
	memset(r->low, 0, QUIET_AT);
	memset(r->high, 0, HIGH_SIZE);
	for (unsigned int e = 0; e < ENGINE_COUNT; e++) {
		r->hwsp[e] = new_ggtt(r, 1);
		start_engine(r, e);
	}
}

static void still_works(struct rig *r)
{
	kbl_stop(r->dev);
	assert_true(quiet(r));
	begin_round(r);
	assert_int_equal(kbl_start(r->dev), 0);
	for (unsigned int e = 0; e < ENGINE_COUNT; e++) {
		struct ctx *c = new_context(r, e);
		const double end = now() + 20;

		EMIT(c, MI_STORE_DWORD, ADDR(DATA_AT), 0x600df00d);
		submit(c);
		while (!idle(r, e) || csb_write(r, e) == r->csb[e])
			assert_true(now() < end && (sleep_us(100), true));
		assert_int_equal(dword(c, DATA_AT), 0x600df00d);
	}
	kbl_stop(r->dev);
}

/* Calls @round until the time is over, each time with a fresh rig. */
static void rounds(struct rig *r, void (*round)(struct rig *r))
{
	const double end = now() + seconds;

	r->fuzz = true;
	make_quiet(r);
	while (now() < end) {
		kbl_stop(r->dev);
		begin_round(r);
		round(r);
	}
	still_works(r);
}

/* Makes a random command, valid or not. Returns its length. */
static unsigned int any_command(uint32_t *dw, unsigned int engine)
{
	static const uint32_t mi[] = {
		0x00, 0x01, 0x02, 0x03, 0x05, 0x07, 0x08, 0x0a, 0x0c, 0x1a, 0x1c, 0x20, 0x21, 0x22,
		0x24, 0x26, 0x29, 0x2a, 0x2e, 0x2f, 0x31, 0x36,
	};
	static const uint8_t length[] = {
		1, 1, 1, 1, 1, 1, 1, 1, 1, 6, 4, 4, 3, 5, 4, 5, 4, 3, 5, 11, 3, 4,
	};
	const uint32_t i = below(sizeof(length));
	unsigned int n = length[i];
	const uint64_t a = any_address(), b = any_address();

	if (one_in(40)) {
		dw[0] = (uint32_t)rnd(&seed);
		return 1 + below(12);
	}
	if (one_in(12)) {
		dw[0] = PIPE_CONTROL;
		dw[1] = (uint32_t)rnd(&seed);
		dw[2] = LO(a);
		dw[3] = HI(a);
		return 6;
	}
	if (engine == BCS && one_in(4)) {
		static const uint32_t blt[][2] = { { 0x50, 7 }, { 0x53, 10 }, { 0x42, 10 } };
		const uint32_t k = below(3);

		n = blt[k][1];
		dw[0] = 2u << 29 | blt[k][0] << 22 | ((uint32_t)rnd(&seed) & 0x3fff00) | (n - 2);
		dw[1] &= one_in(8) ? ~0u : 0xbfff0fff;
		/* Mostly small rectangles, as large ones take most of the time. */
		dw[3] = dw[2] + (dw[3] & 0x001f007f);
		dw[4] = LO(a);
		dw[5] = HI(a);
		dw[8] = LO(b);
		dw[9] = HI(b);
		return n;
	}
	dw[0] = MI(mi[i], n > 1 ? n - 2 : 0) | ((uint32_t)rnd(&seed) & 0x7fff00);
	switch (mi[i]) {
	case 0x1a:
		for (unsigned int j = 1; j < n; j++)
			dw[j] = (below(2) ? 0x08000000 : below(0x600) << 20) | below(0x40) << 10 |
				below(0x40);
		break;
	case 0x1c: case 0x36:
		dw[2] = LO(a);
		dw[3] = HI(a);
		break;
	case 0x22:
		dw[1] = any_register();
		dw[3] = any_register();
		break;
	case 0x24: case 0x29:
		dw[1] = any_register();
		dw[2] = LO(a);
		dw[3] = HI(a);
		break;
	case 0x2a:
		dw[1] = any_register();
		dw[2] = any_register();
		break;
	case 0x2e:
		dw[1] = LO(a);
		dw[2] = HI(a);
		dw[3] = LO(b);
		dw[4] = HI(b);
		break;
	default:
		dw[1] = LO(a);
		if (n > 2)
			dw[2] = HI(a);
	}
	if (one_in(64))
		dw[0] ^= 1u << below(32);
	return n;
}

static void any_commands(struct ctx *c, uint64_t at, bool in_ring, unsigned int max)
{
	uint32_t dw[16];
	unsigned int n, used = 0;

	while (used + 16 < max) {
		for (unsigned int i = 0; i < 16; i++)
			dw[i] = (uint32_t)rnd(&seed);
		n = any_command(dw, c->engine);
		if (in_ring)
			emit(c, dw, n);
		else
			batch(c, at + 4 * used, dw, n);
		used += n;
	}
}

/* Submits to each engine a context with a hostile batch and @ring dwords of hostile commands. */
static void submit_hostile(struct rig *r, unsigned int ring)
{
	for (unsigned int e = 0; e < ENGINE_COUNT; e++) {
		struct ctx *c = new_context(r, e);

		any_commands(c, BATCH_AT, false, 4 * PAGE / 4);
		any_commands(c, 0, true, ring);
		call(c, BATCH_AT);
		/* If the ring is not hostile, also start the batch at random dwords. */
		for (unsigned int i = 0; !ring && i < 7; i++)
			call(c, BATCH_AT + 4 * below(4 * PAGE / 4));
		submit(c);
	}
}

static void step_rounds(struct rig *r)
{
	for (unsigned int i = 0; i < 4; i++)
		kbl_step(r->dev, 50);
}

/* Hostile user batches; the ring is the driver's. */
static void user_batches(struct rig *r)
{
	submit_hostile(r, 0);
	step_rounds(r);
	/* User batches must not change the driver's registers and status pages. */
	for (unsigned int e = 0; e < ENGINE_COUNT; e++) {
		assert_int_equal(ereg(r, e, HWS_PGA), r->hwsp[e]);
		assert_int_equal(ereg(r, e, RING_MODE), RUN_LIST);
		assert_int_equal(ggtt_dword(r, r->hwsp[e] + 0x3c), 0);
	}
	assert_int_equal(counts(r).bad_context, 0);
	assert_int_equal(counts(r).resets, 0);
	assert_int_equal(reg(r, MASTER_IRQ) >> 31, 0);
}

/* Hostile rings as well: privileged commands. */
static void rings(struct rig *r)
{
	submit_hostile(r, 4 * PAGE / 4);
	step_rounds(r);
}

/* Random images, descriptors and tails. */
static void contexts(struct rig *r)
{
	struct ctx *c[2];
	const unsigned int e = below(ENGINE_COUNT);
	uint64_t flip;

	for (unsigned int i = 0; i < 2; i++) {
		c[i] = new_context(r, e);
		any_commands(c[i], 0, true, 200);
	}
	for (unsigned int round = 0; round < 20; round++) {
		for (unsigned int i = below(4); i; i--) {
			const uint32_t n = below(one_in(4) ? 2048 : IMAGE_END + 1);
			const uint32_t at = c[below(2)]->lrca + STATE_AT + 4 * n;

			set_ggtt_dword(r, at, one_in(2) ? any_register() :
				       (uint32_t)rnd(&seed) >> below(32));
		}
		set_tail(c[0]);
		flip = one_in(8) ? 1ull << below(64) : 0;
		if (one_in(8))
			submit_desc(r, e, rnd(&seed), rnd(&seed));
		else
			submit_desc(r, e, desc(c[below(2)]) ^ flip,
				    one_in(2) ? desc(c[below(2)]) : 0);
		kbl_step(r->dev, 20);
		if (one_in(4)) {
			set_reg(r, GDRST, engines[e].reset);
			start_engine(r, e);
		}
	}
}

/* Page tables that point anywhere, also to themselves, and change during use. */
static void page_tables(struct rig *r)
{
	for (unsigned int e = 0; e < ENGINE_COUNT; e++) {
		struct ctx *c = new_context(r, e);

		any_commands(c, BATCH_AT, false, 4 * PAGE / 4);
		call(c, BATCH_AT);
		call(c, BATCH_AT + 0x800);
		set_tail(c);
		if (one_in(3))
			set_image(c, PDP0, (uint32_t)any_page());
		submit_desc(r, e, desc(c), 0);
	}
	for (unsigned int i = 0; i < 30; i++) {
		const uint64_t page = any_page();
		uint64_t *table = guest(r, page);

		for (unsigned int j = 0; table && j < 64; j++)
			table[below(512)] = any_page() | below(0x100) |
					    (one_in(4) ? 0x800 : 0);
		if (one_in(2))
			set_ggtt(r, below(KBL_GGTT_SIZE / 8) * PAGE, any_page());
		kbl_step(r->dev, 4);
		if (one_in(4))
			set_reg(r, engines[below(ENGINE_COUNT)].tlb, 1);
	}
	/* Batches may have written entries that name the quiet part. */
	make_quiet(r);
}

static void any_access(struct rig *r)
{
	static const size_t lens[] = { 1, 2, 4, 8, 3, 5, 16, 64 };
	static const unsigned int regions[] = { 0, 0, 0, 0, 2, 7, 5, 99 };
	const unsigned int region = regions[below(8)];
	const size_t len = lens[below(8)];
	uint64_t offset = one_in(8) ? rnd(&seed) : any_register();
	uint8_t data[64];
	uint64_t pte;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)rnd(&seed);
	if (region == KBL_CONFIG)
		offset %= 300;
	if (region == KBL_GMADR && !one_in(8))
		offset %= 64 * PAGE;
	if (region == KBL_GTTMMADR && one_in(3)) {
		pte = any_page() | one_in(2);
		offset = KBL_GGTT_OFFSET + 8 * below(one_in(2) ? 64 : KBL_GGTT_SIZE / 8);
		kbl_write(r->dev, KBL_GTTMMADR, offset, &pte, 8);
		return;
	}
	/* No writes to the page table, as an entry might name the quiet part. */
	if (one_in(2) || (offset >= KBL_GGTT_OFFSET && offset < KBL_GGTT_OFFSET + KBL_GGTT_SIZE))
		kbl_read(r->dev, region, offset, data, len);
	else
		kbl_write(r->dev, region, offset, data, len);
}

static void accesses(struct rig *r)
{
	for (unsigned int i = 0; i < 20; i++) {
		for (unsigned int j = 0; j < 100; j++)
			any_access(r);
		kbl_step(r->dev, 10);
	}
}

/* The same with the thread running. */
static void with_thread(struct rig *r)
{
	submit_hostile(r, 200);
	assert_int_equal(kbl_start(r->dev), 0);
	for (unsigned int i = 0; i < 500; i++)
		any_access(r);
}

#define ROUNDS(name) \
	static void test_##name(void **state) \
	{ \
		rounds(*state, name); \
	}
ROUNDS(user_batches)
ROUNDS(rings)
ROUNDS(contexts)
ROUNDS(page_tables)
ROUNDS(accesses)
ROUNDS(with_thread)

int main(void)
{
	const char *s = getenv("KBL_SEED"), *t = getenv("KBL_FUZZ_SECONDS");
	const struct CMUnitTest tests[] = {
		TEST(test_user_batches), TEST(test_rings), TEST(test_contexts),
		TEST(test_page_tables), TEST(test_accesses), TEST(test_with_thread),
	};

	seed = s ? strtoull(s, NULL, 0) : 0x9e3779b97f4a7c15;
	if (!seed)
		seed = 1;
	if (t)
		seconds = strtod(t, NULL);
	printf("# KBL_SEED=0x%016" PRIx64 " KBL_FUZZ_SECONDS=%g\n", seed, seconds);
	fflush(stdout);
	return cmocka_run_group_tests_name("fuzz", tests, NULL, NULL);
}
