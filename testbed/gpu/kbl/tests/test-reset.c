// SPDX-License-Identifier: MIT
/*
 * Resets of one engine and of all during execution, and the thread of the device. Time limits are
 * far above the expected times, as the tests also run under sanitizers and on a busy machine.
 */
#include "rig.h"

#include <pthread.h>

#define SOON 20.0
#define STORE(at, v) MI_STORE_DWORD, ADDR(at), v

/* An endless loop that cannot be preempted. */
static void spinner(struct ctx *c)
{
	BATCH(c, BATCH_AT, STORE(DATA_AT, 1), MI_BATCH_START | BATCH_PPGTT, ADDR(BATCH_AT),
	      MI_NOOP);
	call(c, BATCH_AT);
	EMIT(c, STORE(DATA_AT + 4, 2));
	submit(c);
}

static void works(struct rig *r, unsigned int engine)
{
	struct ctx *c = new_context(r, engine);

	EMIT(c, STORE(DATA_AT, 3));
	submit(c);
	step_for_a_while(r);
	assert_true(idle(r, engine));
	assert_int_equal(dword(c, DATA_AT), 3);
	csb_expect(r, engine, CSB_ACTIVE, 0);
	csb_expect(r, engine, CSB_IDLE | CSB_COMPLETE, c->id);
	csb_end(r, engine);
	r->contexts--;
}

static void check_cleared(struct rig *r, unsigned int engine)
{
	static const uint32_t zero[] = {
		TAIL, HEAD, START, CTL, HWS_PGA, RING_MODE, RESET_CTL, EXECLIST_STATUS,
		EXECLIST_STATUS + 4, CSB_PTR, BB_ADDR, BB_STATE, ACTHD, INSTPM, NONPRIV, PDP0, EIR,
	};

	for (size_t i = 0; i < sizeof(zero) / sizeof(zero[0]); i++)
		assert_int_equal(ereg(r, engine, zero[i]), 0);
	assert_int_equal(ereg(r, engine, MI_MODE), MODE_IDLE);
	assert_int_equal(ereg(r, engine, 0x6c), ~0u);
}

/* Resets each engine in a batch, without effect on the others. i915 gen8_engine_reset_prepare(). */
static void test_each_engine(void **state)
{
	struct rig *r = *state;
	struct ctx *c[ENGINE_COUNT];

	for (unsigned int e = 0; e < ENGINE_COUNT; e++) {
		for (unsigned int i = 0; i < ENGINE_COUNT; i++) {
			c[i] = new_context(r, i);
			spinner(c[i]);
			set_ereg(r, i, IMR, 0x1234);
			set_ereg(r, i, NONPRIV, SCRATCH_REG);
			set_ereg(r, i, INSTPM, SET_BITS(1u));
		}
		step_for_a_while(r);
		set_ereg(r, e, RESET_CTL, SET_BITS(1u));
		set_reg(r, GDRST, engines[e].reset);
		check_cleared(r, e);
		assert_int_equal(ereg(r, e, IMR), 0x1234);
		step_for_a_while(r);
		for (unsigned int i = 0; i < ENGINE_COUNT; i++) {
			assert_int_equal(dword(c[i], DATA_AT), 1);
			assert_int_equal(dword(c[i], DATA_AT + 4), 0);
			assert_int_equal(idle(r, i), i == e);
			assert_int_equal(ereg(r, i, NONPRIV), i == e ? 0 : SCRATCH_REG);
		}
		start_engine(r, e);
		works(r, e);
		assert_int_equal(counts(r).resets, 2 * e + 1);
		set_reg(r, GDRST, 1);
		for (unsigned int i = 0; i < ENGINE_COUNT; i++) {
			check_cleared(r, i);
			start_engine(r, i);
		}
		for (unsigned int i = 0; i < ENGINE_COUNT; i++)
			works(r, i);
		r->contexts = 0;
	}
}

/* Several bits at once, and no bit. */
static void test_bits(void **state)
{
	struct rig *r = *state;

	for (unsigned int i = 0; i < ENGINE_COUNT; i++)
		spinner(new_context(r, i));
	step_for_a_while(r);
	set_reg(r, GDRST, 0);
	assert_int_equal(counts(r).resets, 0);
	set_reg(r, GDRST, engines[RCS].reset | engines[VECS].reset);
	assert_int_equal(counts(r).resets, 1);
	for (unsigned int i = 0; i < ENGINE_COUNT; i++)
		assert_int_equal(idle(r, i), i == RCS || i == VECS);
}

/* A reset drops a submitted list that was not yet taken, and the second element. */
static void test_submitted(void **state)
{
	struct rig *r = *state;
	struct ctx *a = new_context(r, RCS), *b = new_context(r, RCS);

	EMIT(b, STORE(DATA_AT, 1));
	EMIT(a, STORE(DATA_AT, 1));
	submit(b);
	set_reg(r, GDRST, engines[RCS].reset);
	start_engine(r, RCS);
	step(r);
	csb_end(r, RCS);
	assert_int_equal(dword(b, DATA_AT), 0);
	spinner(a);
	step(r);
	submit2(a, b);
	step(r);
	set_reg(r, GDRST, engines[RCS].reset);
	start_engine(r, RCS);
	step_for_a_while(r);
	csb_end(r, RCS);
	assert_int_equal(dword(b, DATA_AT), 0);
	works(r, RCS);
}

/* A reset does not write the image: the driver rewinds it. */
static void test_image_stays(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);
	uint32_t before[PAGE / 4];

	EMIT(c, MI_LOAD_IMM(1), engines[RCS].base + GPR, 0x1234);
	spinner(c);
	memcpy(before, ggtt_mem(r, c->lrca + PAGE), PAGE);
	step(r);
	set_reg(r, GDRST, engines[RCS].reset);
	step_for_a_while(r);
	assert_memory_equal(before, ggtt_mem(r, c->lrca + PAGE), PAGE);
}

/* A reset keeps global state: page table, interrupts, forcewake. */
static void test_what_stays(void **state)
{
	struct rig *r = *state;
	const uint32_t at = new_ggtt(r, 1);
	const uint64_t entry = rig_read(r, KBL_GTTMMADR, KBL_GGTT_OFFSET + at / PAGE * 8, 8);

	set_reg(r, SCRATCH_REG, 0x1234);
	set_reg(r, GT_IER, 0x5678);
	set_reg(r, 0xa278, SET_BITS(1u));
	set_reg(r, GDRST, 1);
	assert_int_equal(reg(r, SCRATCH_REG), 0x1234);
	assert_int_equal(reg(r, GT_IER), 0x5678);
	assert_int_equal(reg(r, 0x0d84), 1);
	assert_true(rig_read(r, KBL_GTTMMADR, KBL_GGTT_OFFSET + at / PAGE * 8, 8) == entry);
	kbl_reset(r->dev);
	assert_int_equal(reg(r, SCRATCH_REG), 0);
	assert_int_equal(reg(r, GT_IER), 0);
	assert_int_equal(reg(r, 0x0d84), 0);
	assert_true(rig_read(r, KBL_GTTMMADR, KBL_GGTT_OFFSET + at / PAGE * 8, 8) == entry);
	assert_int_equal(counts(r).forcewakes, 1);
}

/* A reset by a command in the ring. */
static void test_by_command(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, BCS);

	EMIT(c, STORE(DATA_AT, 1), MI_LOAD_IMM(1), GDRST, engines[BCS].reset);
	EMIT(c, STORE(DATA_AT + 4, 1));
	submit(c);
	step_for_a_while(r);
	check_cleared(r, BCS);
	assert_int_equal(dword(c, DATA_AT), 1);
	assert_int_equal(dword(c, DATA_AT + 4), 0);
	start_engine(r, BCS);
	works(r, BCS);
}

static void test_pci_reset(void **state)
{
	struct rig *r = *state;

	for (unsigned int i = 0; i < ENGINE_COUNT; i++)
		spinner(new_context(r, i));
	step_for_a_while(r);
	kbl_reset(r->dev);
	for (unsigned int i = 0; i < ENGINE_COUNT; i++) {
		check_cleared(r, i);
		assert_int_equal(ereg(r, i, IMR), ~0u);
		start_engine(r, i);
		works(r, i);
	}
}

/* The thread. */

static bool wait_for(struct ctx *c, uint64_t addr, uint32_t value)
{
	const double end = now() + SOON;

	while (dword(c, addr) != value) {
		if (now() > end)
			return false;
		sleep_us(200);
	}
	return true;
}

static bool wait_idle(struct rig *r, unsigned int engine)
{
	const double end = now() + SOON;

	while (!idle(r, engine)) {
		if (now() > end)
			return false;
		sleep_us(200);
	}
	return true;
}

static void test_thread(void **state)
{
	struct rig *r = *state;
	struct ctx *c[ENGINE_COUNT];

	for (unsigned int e = 0; e < ENGINE_COUNT; e++)
		c[e] = new_context(r, e);
	assert_int_equal(kbl_start(r->dev), 0);
	assert_int_equal(kbl_start(r->dev), EBUSY);
	for (uint32_t i = 1; i <= 100; i++) {
		for (unsigned int e = 0; e < ENGINE_COUNT; e++) {
			EMIT(c[e], STORE(DATA_AT, i));
			submit(c[e]);
		}
		for (unsigned int e = 0; e < ENGINE_COUNT; e++)
			assert_true(wait_for(c[e], DATA_AT, i));
		for (unsigned int e = 0; e < ENGINE_COUNT; e++)
			assert_true(wait_idle(r, e));
		if (i % 25 == 0)
			sleep_us(5000);
	}
	kbl_stop(r->dev);
	kbl_stop(r->dev);
	EMIT(c[RCS], STORE(DATA_AT, 0x1234));
	submit(c[RCS]);
	sleep_us(5000);
	assert_int_equal(dword(c[RCS], DATA_AT), 100);
	assert_int_equal(kbl_start(r->dev), 0);
	assert_true(wait_for(c[RCS], DATA_AT, 0x1234));
}

/* A semaphore that another engine, or the CPU, signals. */
static void test_thread_semaphore(void **state)
{
	struct rig *r = *state;
	const uint64_t pml4 = new_space(r);
	struct ctx *a = new_context_in(r, RCS, pml4), *b = new_context_in(r, VCS, pml4);

	assert_int_equal(kbl_start(r->dev), 0);
	for (uint32_t i = 1; i <= 20; i++) {
		EMIT(a, MI_SEMAPHORE_WAIT(MEM_GE), i, ADDR(DATA_AT), STORE(DATA_AT + 8, i));
		submit(a);
		EMIT(b, STORE(DATA_AT, i), MI_SEMAPHORE_WAIT(MEM_GE), i, ADDR(DATA_AT + 8),
		     STORE(DATA_AT + 16, i));
		submit(b);
		assert_true(wait_for(a, DATA_AT + 16, i));
		assert_true(wait_idle(r, RCS) && wait_idle(r, VCS));
	}
}

/* Spinners do not delay other engines, register accesses or a reset. */
static void test_thread_spinners(void **state)
{
	struct rig *r = *state;
	struct ctx *c, *s;

	assert_int_equal(kbl_start(r->dev), 0);
	for (unsigned int e = 0; e < ENGINE_COUNT; e++) {
		const unsigned int other = (e + 1) % ENGINE_COUNT;
		double start = now();

		r->contexts = 0;
		s = new_context(r, e);
		c = new_context(r, other);
		spinner(s);
		assert_true(wait_for(s, DATA_AT, 1));
		EMIT(c, STORE(DATA_AT, 7));
		submit(c);
		assert_true(wait_for(c, DATA_AT, 7));
		assert_true(wait_idle(r, other));
		for (unsigned int i = 0; i < 200; i++)
			ereg(r, e, ACTHD);
		set_ereg(r, e, RESET_CTL, SET_BITS(1u));
		set_reg(r, GDRST, engines[e].reset);
		assert_true(idle(r, e));
		start_engine(r, e);
		r->contexts--;
		c = new_context(r, e);
		EMIT(c, STORE(DATA_AT, 8));
		submit(c);
		assert_true(wait_for(c, DATA_AT, 8));
		assert_true(wait_idle(r, e));
		assert_int_equal(dword(s, DATA_AT + 4), 0);
		assert_true(now() - start < SOON);
	}
}

/* Reads through the aperture, as the rows of a blit are not atomic stores. */
static bool wait_for_aperture(struct rig *r, uint32_t at, uint32_t value)
{
	const double end = now() + SOON;

	while (rig_read(r, KBL_GMADR, at, 4) != value) {
		if (now() > end)
			return false;
		sleep_us(200);
	}
	return true;
}

/* A reset, and kbl_stop(), soon end a blit of many rows. */
static void test_thread_blit(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, BCS), *d;
	double start;

	for (uint32_t i = 0; i < 2; i++)
		set_ggtt(r, i * PAGE, *ppgtt_entry(r, c->pml4, DATA_AT + i * PAGE, 0) & ~0xfffull);
	for (uint32_t round = 0; round < 2; round++) {
		/* With a pitch of 0 every row is the same page. The blit takes long. */
		EMIT(c, 0x50u << 22 | 2u << 29 | 3u << 20 | 5, 3u << 24 | 0xf0u << 16,
		     0x8000u << 16, 0x7fffu << 16 | 1024, ADDR(DATA_AT), 0x11110000 + round);
		EMIT(c, STORE(DATA_AT + PAGE, 1));
		submit(c);
		if (!round)
			assert_int_equal(kbl_start(r->dev), 0);
		assert_true(wait_for_aperture(r, 4, 0x11110000 + round));
		/* The blit still runs: it overwrites the data. */
		rig_write(r, KBL_GMADR, 4, 4, 0);
		assert_true(wait_for_aperture(r, 4, 0x11110000 + round));
		start = now();
		if (round) {
			kbl_stop(r->dev);
			assert_true(now() - start < SOON);
			assert_int_equal(kbl_start(r->dev), 0);
		}
		set_reg(r, GDRST, engines[BCS].reset);
		assert_true(now() - start < SOON);
		assert_true(ereg(r, BCS, MI_MODE) & MODE_IDLE);
		/* No further row or command executes. */
		rig_write(r, KBL_GMADR, 4, 4, 0);
		sleep_us(20000);
		assert_int_equal(rig_read(r, KBL_GMADR, 4, 4), 0);
		assert_int_equal(rig_read(r, KBL_GMADR, PAGE, 4), 0);
		start_engine(r, BCS);
		d = new_context(r, BCS);
		EMIT(d, STORE(DATA_AT, 9));
		submit(d);
		assert_true(wait_for(d, DATA_AT, 9));
		assert_true(wait_idle(r, BCS));
		set_image(c, HEAD, c->tail);
	}
}

/* Accesses by several threads while all engines work. */
struct worker {
	struct rig *r;
	unsigned int n;
};

static void *accesses(void *arg)
{
	struct worker *w = arg;
	uint64_t seed = w->n + 1;
	uint32_t v;

	for (unsigned int i = 0; i < 3000; i++) {
		const unsigned int e = rnd_below(&seed, ENGINE_COUNT);

		switch (rnd_below(&seed, 6)) {
		case 0:
			v = 1;
			kbl_write(w->r->dev, KBL_GTTMMADR, engines[e].tlb, &v, 4);
			break;
		case 1:
			kbl_write(w->r->dev, KBL_GTTMMADR, GFX_FLSH_CNTL, &v, 4);
			break;
		case 2:
			v = engines[e].reset;
			if (rnd_below(&seed, 20) == 0)
				kbl_write(w->r->dev, KBL_GTTMMADR, GDRST, &v, 4);
			break;
		case 3:
			kbl_read(w->r->dev, KBL_GTTMMADR, engines[e].base + ACTHD, &v, 4);
			break;
		case 4:
			kbl_read(w->r->dev, KBL_GMADR, 0, &v, 4);
			break;
		case 5:
			kbl_read(w->r->dev, KBL_GTTMMADR, MASTER_IRQ, &v, 4);
			break;
		}
	}
	return NULL;
}

static void test_thread_accesses(void **state)
{
	struct rig *r = *state;
	struct worker w[3];
	pthread_t t[3];

	set_ggtt(r, 0, new_page(r));
	for (unsigned int e = 0; e < ENGINE_COUNT; e++)
		spinner(new_context(r, e));
	assert_int_equal(kbl_start(r->dev), 0);
	for (unsigned int i = 0; i < 3; i++) {
		w[i] = (struct worker){ r, i };
		assert_int_equal(pthread_create(&t[i], NULL, accesses, &w[i]), 0);
	}
	for (unsigned int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	set_reg(r, GDRST, 1);
	for (unsigned int e = 0; e < ENGINE_COUNT; e++)
		assert_true(idle(r, e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_each_engine), TEST(test_bits), TEST(test_submitted),
		TEST(test_image_stays), TEST(test_what_stays), TEST(test_by_command),
		TEST(test_pci_reset), TEST(test_thread), TEST(test_thread_semaphore),
		TEST(test_thread_spinners), TEST(test_thread_blit), TEST(test_thread_accesses),
	};

	return cmocka_run_group_tests_name("reset", tests, NULL, NULL);
}
