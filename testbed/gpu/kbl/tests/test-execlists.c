// SPDX-License-Identifier: MIT
/*
 * Execlists: submission, the context status buffer, preemption, saving and restoring of contexts.
 * PRM vol. 3, "Execlists", "Context Status"; i915 gt/intel_execlists_submission.c process_csb().
 */
#include "rig.h"

#define STORE(at, v) MI_STORE_DWORD, ADDR(at), v

/* Waits until the dword at @at is not 0. */
#define WAIT_FOR(at) MI_SEMAPHORE_WAIT(MEM_NE), 0, ADDR(at)
#define GO           (DATA_AT + 0x800) /* the dword that tests wait for */

/* Checks the status of one context that executed to its end. */
static void csb_expect_all_of(struct ctx *c)
{
	csb_expect(c->r, c->engine, CSB_ACTIVE, 0);
	csb_expect(c->r, c->engine, CSB_IDLE | CSB_COMPLETE, c->id);
	csb_end(c->r, c->engine);
}

/* Submits @b while @a waits: @b preempts it and executes to its end. */
static void replace(struct ctx *a, struct ctx *b)
{
	submit(a);
	step(a->r);
	submit(b);
	settle(b->r);
}

static void test_one(void **state)
{
	struct rig *r = *state;

	for (unsigned int e = 0; e < ENGINE_COUNT; e++) {
		struct ctx *c = new_context(r, e);

		EMIT(c, STORE(DATA_AT, 0xc0de + e));
		submit(c);
		/* The write itself executes nothing. */
		csb_end(r, e);
		assert_int_equal(dword(c, DATA_AT), 0);
		settle(r);
		assert_int_equal(dword(c, DATA_AT), 0xc0de + e);
		csb_expect_all_of(c);
		assert_int_equal(image(c, HEAD) & 0x1ffffc, c->tail);
		assert_true(ereg(r, e, MI_MODE) & MODE_IDLE);
		assert_int_equal(ereg(r, e, EXECLIST_STATUS), 0);
		assert_int_equal(ereg(r, e, EXECLIST_STATUS + 4), 0);
	}
	assert_int_equal(counts(r).submissions, ENGINE_COUNT);
	assert_int_equal(counts(r).preemptions, 0);
}

/* A context with an empty ring completes. */
static void test_empty(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, VCS);

	run(c);
	csb_expect_all_of(c);
}

static void test_element_switch(void **state)
{
	struct rig *r = *state;
	struct ctx *a = new_context(r, BCS), *b = new_context(r, BCS);

	EMIT(a, STORE(DATA_AT, 1));
	EMIT(a, MI_COPY_MEM | IN_GGTT, ADDR(r->hwsp[BCS] + 0x800), ADDR(DATA_AT));
	EMIT(b, STORE(DATA_AT, 2));
	/* b executes after a. */
	EMIT(b, MI_COPY_MEM | 1u << 21, ADDR(DATA_AT + 4), ADDR(r->hwsp[BCS] + 0x800));
	submit2(a, b);
	settle(r);
	assert_int_equal(dword(a, DATA_AT), 1);
	assert_int_equal(dword(b, DATA_AT), 2);
	assert_int_equal(dword(b, DATA_AT + 4), 1);
	csb_expect(r, BCS, CSB_ACTIVE, 0);
	csb_expect(r, BCS, CSB_SWITCH | CSB_COMPLETE, a->id);
	csb_expect(r, BCS, CSB_IDLE | CSB_COMPLETE, b->id);
	csb_end(r, BCS);
}

/* The running context can be read: i915 execlists_capture() and active_context(). */
static void test_status_registers(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);

	EMIT(c, WAIT_FOR(GO));
	submit(c);
	step(r);
	csb_expect(r, RCS, CSB_ACTIVE, 0);
	csb_end(r, RCS);
	assert_int_equal(ereg(r, RCS, EXECLIST_STATUS + 4), c->id);
	assert_false(idle(r, RCS));
	assert_int_equal(ereg(r, RCS, MI_MODE) & MODE_IDLE, 0);
	assert_int_equal(ereg(r, RCS, START), c->ring);
	assert_int_equal(ereg(r, RCS, ACTHD), c->ring);
	set_dword(c, GO, 1);
	settle(r);
}

static void test_wraps(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);

	/* Seven contexts with two entries each: more than two laps of the six entries. */
	for (uint32_t i = 1; i < 8; i++) {
		EMIT(c, STORE(DATA_AT, i));
		run(c);
		assert_int_equal(dword(c, DATA_AT), i);
		assert_true(csb_write(r, RCS) < 6);
		assert_int_equal(ereg(r, RCS, CSB_PTR) & 7, csb_write(r, RCS));
		csb_expect_all_of(c);
	}
	/* Nothing else in the page was written. */
	assert_int_equal(ggtt_dword(r, r->hwsp[RCS] + 0x3c), 0);
	assert_int_equal(ggtt_dword(r, r->hwsp[RCS] + 0x70), 0);
	assert_int_equal(ggtt_dword(r, r->hwsp[RCS] + 0x78), 0);
	assert_int_equal(ggtt_dword(r, r->hwsp[RCS] + 0x80), 0);
}

static void test_interrupt(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, VECS);

	set_ereg(r, VECS, IMR, ~SWITCH_EVENT);
	set_reg(r, GT_IMR + 16 * 3, 0);
	set_reg(r, GT_IER + 16 * 3, ~0u);
	set_reg(r, MASTER_IRQ, 1u << 31);
	run(c);
	assert_int_equal(reg(r, GT_IIR + 16 * 3), SWITCH_EVENT);
	assert_int_equal(atomic_load(&r->messages), 1);
}

/* The same context with more commands. TAIL is taken from the image, not from the register. */
static void test_lite_restore(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);

	EMIT(c, WAIT_FOR(GO), STORE(DATA_AT, 1));
	submit(c);
	step(r);
	EMIT(c, STORE(DATA_AT + 4, 2));
	submit(c);
	step(r);
	csb_expect(r, RCS, CSB_ACTIVE, 0);
	csb_expect(r, RCS, CSB_PREEMPTED | CSB_LITE, c->id);
	csb_end(r, RCS);
	assert_int_equal(ereg(r, RCS, TAIL), c->tail);
	assert_int_equal(dword(c, DATA_AT), 0);
	set_dword(c, GO, 1);
	settle(r);
	assert_int_equal(dword(c, DATA_AT), 1);
	assert_int_equal(dword(c, DATA_AT + 4), 2);
	csb_expect(r, RCS, CSB_IDLE | CSB_COMPLETE, c->id);
	csb_end(r, RCS);
	assert_int_equal(counts(r).preemptions, 0);
}

/* A new tail in the image has no effect without a submission. */
static void test_tail_needs_submission(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);

	EMIT(c, WAIT_FOR(GO), STORE(DATA_AT, 1));
	submit(c);
	step(r);
	EMIT(c, STORE(DATA_AT + 4, 2));
	set_tail(c);
	set_dword(c, GO, 1);
	settle(r);
	assert_int_equal(dword(c, DATA_AT), 1);
	assert_int_equal(dword(c, DATA_AT + 4), 0);
	/* The save does not overwrite the driver's tail. */
	assert_int_equal(image(c, TAIL), c->tail);
	submit(c);
	settle(r);
	assert_int_equal(dword(c, DATA_AT + 4), 2);
}

/* A lite restore may add a second element. */
static void test_lite_restore_second(void **state)
{
	struct rig *r = *state;
	struct ctx *a = new_context(r, RCS), *b = new_context(r, RCS);

	EMIT(a, WAIT_FOR(GO));
	EMIT(b, STORE(DATA_AT, 2));
	submit(a);
	step(r);
	submit2(a, b);
	step(r);
	set_dword(a, GO, 1);
	settle(r);
	assert_int_equal(dword(b, DATA_AT), 2);
	csb_expect(r, RCS, CSB_ACTIVE, 0);
	csb_expect(r, RCS, CSB_PREEMPTED | CSB_LITE, a->id);
	csb_expect(r, RCS, CSB_SWITCH | CSB_COMPLETE, a->id);
	csb_expect(r, RCS, CSB_IDLE | CSB_COMPLETE, b->id);
}

/* With the force bit the context is saved and loaded from its image. */
static void test_force_restore(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);
	uint32_t skip;

	EMIT(c, WAIT_FOR(GO), STORE(DATA_AT, 1));
	skip = c->tail;
	EMIT(c, STORE(DATA_AT + 4, 2));
	submit(c);
	step(r);
	submit_desc(r, RCS, desc(c) | DESC_FORCE, 0);
	step(r);
	csb_expect(r, RCS, CSB_ACTIVE, 0);
	csb_expect(r, RCS, CSB_PREEMPTED, c->id);
	csb_end(r, RCS);
	assert_int_equal(counts(r).preemptions, 1);
	/* It waits again at the same command. */
	step_for_a_while(r);
	assert_int_equal(dword(c, DATA_AT), 0);
	assert_int_equal(ereg(r, RCS, HEAD) & 0x1ffffc, 0);
	/* Rewind a context by its image, as the driver does. An idle context is always loaded. */
	set_dword(c, GO, 1);
	settle(r);
	set_dword(c, DATA_AT, 0);
	set_dword(c, DATA_AT + 4, 0);
	set_image(c, HEAD, skip);
	submit(c);
	settle(r);
	assert_int_equal(dword(c, DATA_AT), 0);
	assert_int_equal(dword(c, DATA_AT + 4), 2);
}

/* A context that waits for a semaphore is preempted, and continues later. */
static void test_preempt_semaphore(void **state)
{
	struct rig *r = *state;
	struct ctx *a = new_context(r, VCS), *b = new_context(r, VCS);

	EMIT(a, STORE(DATA_AT, 1), WAIT_FOR(GO), STORE(DATA_AT + 4, 2));
	EMIT(b, STORE(DATA_AT, 3));
	replace(a, b);
	assert_int_equal(dword(a, DATA_AT), 1);
	assert_int_equal(dword(a, DATA_AT + 4), 0);
	assert_int_equal(dword(b, DATA_AT), 3);
	csb_expect(r, VCS, CSB_ACTIVE, 0);
	csb_expect(r, VCS, CSB_PREEMPTED, a->id);
	csb_expect(r, VCS, CSB_IDLE | CSB_COMPLETE, b->id);
	csb_end(r, VCS);
	assert_int_equal(counts(r).preemptions, 1);
	assert_int_equal(image(a, HEAD) & 0x1ffffc, 16);
	set_dword(a, DATA_AT, 0);
	set_dword(a, GO, 1);
	submit(a);
	settle(r);
	assert_int_equal(dword(a, DATA_AT), 0);
	assert_int_equal(dword(a, DATA_AT + 4), 2);
}

/* The driver's preemption: the new list has the old context as its second element. */
static void test_preempt_and_resume(void **state)
{
	struct rig *r = *state;
	struct ctx *a = new_context(r, RCS), *b = new_context(r, RCS);

	EMIT(a, WAIT_FOR(GO), STORE(DATA_AT, 1));
	EMIT(b, STORE(DATA_AT, 2));
	submit(a);
	step(r);
	submit2(b, a);
	step_for_a_while(r);
	assert_int_equal(dword(b, DATA_AT), 2);
	csb_expect(r, RCS, CSB_ACTIVE, 0);
	csb_expect(r, RCS, CSB_PREEMPTED, a->id);
	csb_expect(r, RCS, CSB_SWITCH | CSB_COMPLETE, b->id);
	csb_end(r, RCS);
	set_dword(a, GO, 1);
	settle(r);
	assert_int_equal(dword(a, DATA_AT), 1);
	csb_expect(r, RCS, CSB_IDLE | CSB_COMPLETE, a->id);
}

/* A loop that contains @dw. */
static uint32_t spinner(struct ctx *c, uint32_t dw)
{
	BATCH(c, BATCH_AT, STORE(DATA_AT, 1), dw, MI_NOOP, MI_BATCH_START | BATCH_PPGTT,
	      ADDR(BATCH_AT + 16), MI_NOOP, MI_BATCH_END);
	call(c, BATCH_AT);
	EMIT(c, STORE(DATA_AT + 4, 2));
	return 0;
}

static void end_spinner(struct ctx *c)
{
	set_dword(c, BATCH_AT + 24, MI_BATCH_END);
}

static void test_preempt_arb_check(void **state)
{
	struct rig *r = *state;
	struct ctx *a = new_context(r, RCS), *b = new_context(r, RCS);

	spinner(a, MI_ARB_CHECK);
	EMIT(b, STORE(DATA_AT, 3));
	submit(a);
	step_for_a_while(r);
	assert_int_equal(dword(a, DATA_AT), 1);
	csb_expect(r, RCS, CSB_ACTIVE, 0);
	csb_end(r, RCS);
	submit(b);
	settle(r);
	assert_int_equal(dword(b, DATA_AT), 3);
	csb_expect(r, RCS, CSB_PREEMPTED, a->id);
	csb_expect(r, RCS, CSB_IDLE | CSB_COMPLETE, b->id);
	/* It continues in its batch, not at the start. */
	set_dword(a, DATA_AT, 0);
	submit(a);
	step_for_a_while(r);
	assert_false(idle(r, RCS));
	assert_int_equal(dword(a, DATA_AT), 0);
	assert_int_equal(dword(a, DATA_AT + 4), 0);
	end_spinner(a);
	settle(r);
	assert_int_equal(dword(a, DATA_AT), 0);
	assert_int_equal(dword(a, DATA_AT + 4), 2);
	assert_int_equal(image(a, BB_ADDR) & 1, 0);
}

/* Checks that a list submitted while @a executes waits for its end. */
static void check_no_preemption(struct rig *r, struct ctx *a)
{
	struct ctx *b = new_context(r, RCS);

	EMIT(b, STORE(DATA_AT, 3));
	submit(a);
	step_for_a_while(r);
	assert_int_equal(dword(a, DATA_AT), 1);
	submit(b);
	step_for_a_while(r);
	assert_int_equal(dword(b, DATA_AT), 0);
	assert_int_equal(ereg(r, RCS, EXECLIST_STATUS + 4), a->id);
	csb_expect(r, RCS, CSB_ACTIVE, 0);
	csb_end(r, RCS);
	end_spinner(a);
	set_dword(a, GO, 1);
	settle(r);
	assert_int_equal(dword(a, DATA_AT + 4), 2);
	assert_int_equal(dword(b, DATA_AT), 3);
	csb_expect(r, RCS, CSB_PREEMPTED | CSB_COMPLETE, a->id);
	csb_expect(r, RCS, CSB_IDLE | CSB_COMPLETE, b->id);
	csb_end(r, RCS);
	assert_int_equal(counts(r).preemptions, 0);
}

static void test_no_point(void **state)
{
	struct rig *r = *state;
	struct ctx *a = new_context(r, RCS);

	spinner(a, MI_NOOP);
	check_no_preemption(r, a);
}

static void test_arbitration_off(void **state)
{
	struct rig *r = *state;
	struct ctx *a = new_context(r, RCS);

	EMIT(a, MI_ARB_OFF, MI_NOOP);
	spinner(a, MI_ARB_CHECK);
	check_no_preemption(r, a);
}

static void test_arbitration_off_semaphore(void **state)
{
	struct rig *r = *state;
	struct ctx *a = new_context(r, RCS);

	EMIT(a, MI_ARB_OFF, STORE(DATA_AT, 1), WAIT_FOR(GO), STORE(DATA_AT + 4, 2));
	BATCH(a, BATCH_AT, MI_BATCH_END);
	check_no_preemption(r, a);
}

/* Arbitration off and on again. It is on when a context is loaded. */
static void test_arbitration_on(void **state)
{
	struct rig *r = *state;
	struct ctx *a = new_context(r, RCS), *b = new_context(r, RCS);

	EMIT(a, MI_ARB_OFF, MI_ARB_ON, WAIT_FOR(GO), MI_ARB_OFF);
	submit(a);
	step(r);
	EMIT(b, WAIT_FOR(GO));
	submit(b);
	step(r);
	assert_int_equal(ereg(r, RCS, EXECLIST_STATUS + 4), b->id);
	set_dword(a, GO, 1);
	submit2(a, b);
	step_for_a_while(r);
	assert_int_equal(ereg(r, RCS, EXECLIST_STATUS + 4), b->id);
	EMIT(a, STORE(DATA_AT, 1));
	submit(a);
	settle(r);
	assert_int_equal(dword(a, DATA_AT), 1);
	assert_int_equal(counts(r).preemptions, 3);
}

/* A list that is replaced before it is taken is dropped. The driver does that only for resets. */
static void test_two_submissions(void **state)
{
	struct rig *r = *state;
	struct ctx *a = new_context(r, RCS), *b = new_context(r, RCS);

	EMIT(a, STORE(DATA_AT, 1));
	EMIT(b, STORE(DATA_AT, 2));
	submit(a);
	submit(b);
	settle(r);
	assert_int_equal(dword(a, DATA_AT), 0);
	assert_int_equal(dword(b, DATA_AT), 2);
	csb_expect(r, RCS, CSB_ACTIVE, 0);
	csb_expect(r, RCS, CSB_IDLE | CSB_COMPLETE, b->id);
	csb_end(r, RCS);
}

/* All sixteen general purpose registers, both halves, belong to the context, on each engine. */
static void test_registers_are_the_contexts(void **state)
{
	struct rig *r = *state;

	for (unsigned int e = 0; e < ENGINE_COUNT; e++) {
		const uint32_t base = engines[e].base;
		struct ctx *a = new_context(r, e), *b = new_context(r, e);

		for (uint32_t i = 0; i < 32; i++) {
			EMIT(a, MI_LOAD_IMM(1), base + GPR + 4 * i, 0xa000 + i);
			EMIT(b, MI_LOAD_IMM(1), base + GPR + 4 * i, 0xb000 + i);
		}
		EMIT(a, WAIT_FOR(GO));
		for (uint32_t i = 0; i < 32; i++) {
			EMIT(a, MI_STORE_REG, base + GPR + 4 * i, ADDR(DATA_AT + 4 * i));
			EMIT(b, MI_STORE_REG, base + GPR + 4 * i, ADDR(DATA_AT + 4 * i));
		}
		replace(a, b);
		for (uint32_t i = 0; i < 32; i++) {
			assert_int_equal(image(a, GPR + 4 * i), 0xa000 + i);
			assert_int_equal(dword(b, DATA_AT + 4 * i), 0xb000 + i);
		}
		set_image(a, GPR + 4 * 9, 0x1234);
		set_dword(a, GO, 1);
		submit(a);
		settle(r);
		for (uint32_t i = 0; i < 32; i++)
			assert_int_equal(dword(a, DATA_AT + 4 * i), i == 9 ? 0x1234 : 0xa000 + i);
		r->contexts -= 2; /* their memory is not used again */
	}
}

/* An inhibited restore skips only the engine state; ring state is loaded. */
static void test_restore_inhibit(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);

	set_image(c, GPR, 0x1234);
	set_ereg(r, RCS, GPR, 0x5678);
	set_image(c, CONTEXT_CONTROL, SET_BITS(1u << 3 | 1u));
	EMIT(c, MI_STORE_REG, engines[RCS].base + GPR, ADDR(DATA_AT));
	run(c);
	assert_int_equal(dword(c, DATA_AT), 0x5678);
	assert_int_equal(image(c, GPR), 0x5678);
}

/* A save keeps values that only the driver writes. Masked registers are saved in loadable form. */
static void test_saved(void **state)
{
	static const uint32_t kept[] = {
		TAIL, START, CTL, CONTEXT_CONTROL, PDP0, PDP0 + 4, BB_PER_CTX_PTR, INDIRECT_CTX,
		0x1c8,
	};
	const size_t n = sizeof(kept) / sizeof(kept[0]);
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);
	uint32_t before[16];

	for (size_t i = 0; i < n; i++)
		before[i] = image(c, kept[i]);
	EMIT(c, MI_LOAD_IMM(1), engines[RCS].base + INSTPM, SET_BITS(0x40u));
	EMIT(c, MI_LOAD_IMM(1), engines[RCS].base + 0x28, 0x1122);
	before[0] = c->tail;
	run(c);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(image(c, kept[i]), before[i]);
	assert_int_equal(image(c, INSTPM), 0xffff0040);
	assert_int_equal(image(c, MI_MODE) >> 16, 0xffff);
	assert_int_equal(image(c, 0x28), 0x1122);
	/* The commands of the image do not change. */
	for (unsigned int i = 0; i < IMAGE_LISTS; i++)
		assert_int_equal(ggtt_dword(r, c->lrca + STATE_AT + 4 * image_lists[i].at),
				 MI_LOAD_IMM(image_lists[i].count) | 1u << 12);
}

/* The clock of a context continues from the value in its image, while it is loaded. */
static void test_context_timestamp(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);
	uint32_t first;

	set_image(c, CTX_TIMESTAMP, 1000000000);
	EMIT(c, WAIT_FOR(GO));
	submit(c);
	step(r);
	sleep_us(2000);
	set_dword(c, GO, 1);
	settle(r);
	first = image(c, CTX_TIMESTAMP);
	assert_true(first - 1000000000 >= 2000u * 12 - 12);
	assert_true(first - 1000000000 < 20u * 12000000);
	sleep_us(20000);
	run(c);
	assert_true(image(c, CTX_TIMESTAMP) - first < 20000u * 12);
}

/* Registers in FORCE_TO_NONPRIV belong to the context of rcs0. */
static void test_nonpriv_registers(void **state)
{
	struct rig *r = *state;
	struct ctx *a = new_context(r, RCS), *b = new_context(r, RCS);
	const uint32_t own = 0x24f00, masked = 0x7018;

	set_ereg(r, RCS, NONPRIV, own);
	set_ereg(r, RCS, NONPRIV + 4, masked);
	EMIT(a, MI_LOAD_IMM(2), own, 0xaaaa, masked, SET_BITS(5u), WAIT_FOR(GO));
	EMIT(a, MI_STORE_REG, own, ADDR(DATA_AT), MI_STORE_REG, masked, ADDR(DATA_AT + 4));
	EMIT(b, MI_LOAD_IMM(2), own, 0xbbbb, masked, CLEAR_BITS(5u));
	replace(a, b);
	assert_int_equal(reg(r, own), 0xbbbb);
	set_dword(a, GO, 1);
	submit(a);
	settle(r);
	assert_int_equal(dword(a, DATA_AT), 0xaaaa);
	assert_int_equal(dword(a, DATA_AT + 4), 5);
}

/* Preemption in a second-level batch saves the positions of both levels. */
static void test_second_level(void **state)
{
	const uint64_t second = BATCH_AT + 0x1000;
	struct rig *r = *state;
	struct ctx *a = new_context(r, BCS), *b = new_context(r, BCS);

	BATCH(a, BATCH_AT, STORE(DATA_AT, 1), MI_BATCH_START | BATCH_PPGTT | BATCH_SECOND,
	      ADDR(second), STORE(DATA_AT + 4, 2), MI_BATCH_END);
	BATCH(a, second, STORE(DATA_AT + 8, 3), WAIT_FOR(GO), STORE(DATA_AT + 12, 4), MI_BATCH_END);
	call(a, BATCH_AT);
	EMIT(a, STORE(DATA_AT + 16, 5));
	EMIT(b, STORE(DATA_AT, 6));
	submit(a);
	step(r);
	assert_int_equal(ereg(r, BCS, ACTHD), LO(second + 16));
	assert_int_equal(ereg(r, BCS, ACTHD_UDW), HI(second));
	assert_int_equal(ereg(r, BCS, BB_STATE) & 1u << 5, 1u << 5);
	submit(b);
	settle(r);
	assert_int_equal(dword(b, DATA_AT), 6);
	assert_int_equal(image(a, BB_ADDR) & 1, 1);
	assert_int_equal(image(a, BB_ADDR) & ~3u, LO(BATCH_AT + 28));
	assert_int_equal(image(a, 0x168), HI(BATCH_AT));
	assert_int_equal(image(a, SBB_ADDR) & ~3u, LO(second + 16));
	assert_int_equal(image(a, 0x11c), HI(second));
	set_dword(a, DATA_AT, 0);
	set_dword(a, DATA_AT + 8, 0);
	set_dword(a, GO, 1);
	submit(a);
	settle(r);
	assert_int_equal(dword(a, DATA_AT), 0);
	assert_int_equal(dword(a, DATA_AT + 4), 2);
	assert_int_equal(dword(a, DATA_AT + 8), 0);
	assert_int_equal(dword(a, DATA_AT + 12), 4);
	assert_int_equal(dword(a, DATA_AT + 16), 5);
}

/* A resumed batch has the privileges that it had before. */
static void test_privilege_is_kept(void **state)
{
	const uint32_t at = SCRATCH_REG;
	struct rig *r = *state;
	struct ctx *a = new_context(r, RCS), *b = new_context(r, RCS);
	uint32_t ggtt = new_ggtt(r, 1);

	BATCH(a, BATCH_AT, WAIT_FOR(GO), MI_LOAD_IMM(1), at, 0x111, MI_BATCH_END);
	call(a, BATCH_AT);
	for (unsigned int privileged = 0; privileged < 2; privileged++) {
		replace(a, b);
		set_dword(a, GO, 1);
		submit(a);
		settle(r);
		assert_int_equal(reg(r, at), privileged ? 0x222 : 0);
		if (privileged)
			break;
		set_dword(a, GO, 0);
		set_ggtt_dword(r, ggtt, MI_SEMAPHORE_WAIT(MEM_NE));
		set_ggtt_dword(r, ggtt + 8, LO(GO));
		set_ggtt_dword(r, ggtt + 12, HI(GO));
		set_ggtt_dword(r, ggtt + 16, MI_LOAD_IMM(1));
		set_ggtt_dword(r, ggtt + 20, at);
		set_ggtt_dword(r, ggtt + 24, 0x222);
		set_ggtt_dword(r, ggtt + 28, MI_BATCH_END);
		EMIT(a, MI_BATCH_START, ADDR(ggtt), MI_NOOP);
	}
	r->expect.privileged = 1;
}

/* A preempted batch is resumed once. After a reset the driver changes only HEAD of the ring. */
static void test_resumed_once(void **state)
{
	struct rig *r = *state;
	struct ctx *a = new_context(r, RCS), *b = new_context(r, RCS);

	spinner(a, MI_ARB_CHECK);
	replace(a, b);
	assert_int_equal(image(a, BB_ADDR) & 1, 1);
	submit(a);
	step(r);
	assert_int_equal(image(a, BB_ADDR) & 1, 0);
	set_reg(r, GDRST, engines[RCS].reset);
	start_engine(r, RCS);
	set_image(a, HEAD, 16); /* after the batch start */
	submit(a);
	settle(r);
	assert_int_equal(dword(a, DATA_AT + 4), 2);
}

/* Workaround batches execute at each load, before the commands of the ring. */
static void test_workaround_batches(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);
	const uint32_t at = new_ggtt(r, 1), count = r->hwsp[RCS] + 0x400, base = engines[RCS].base;
	const uint32_t indirect[] = {
		/* Increments a counter in memory and sets a register that the ring stores. */
		MI_ATOMIC(5) | IN_GGTT, ADDR(count), MI_LOAD_IMM(1), base + GPR, 0x11,
	};
	const uint32_t per_ctx[] = { MI_ATOMIC(5) | IN_GGTT, ADDR(count + 4), MI_BATCH_END };

	for (unsigned int i = 0; i < sizeof(indirect) / 4; i++)
		set_ggtt_dword(r, at + 4 * i, indirect[i]);
	for (unsigned int i = 0; i < sizeof(per_ctx) / 4; i++)
		set_ggtt_dword(r, at + 128 + 4 * i, per_ctx[i]);
	/* INDIRECT_CTX has two cache lines. */
	set_image(c, INDIRECT_CTX, at | 2);
	EMIT(c, MI_STORE_REG, base + GPR, ADDR(DATA_AT));
	run(c);
	assert_int_equal(dword(c, DATA_AT), 0x11);
	assert_int_equal(ggtt_dword(r, count), 1);
	assert_int_equal(ggtt_dword(r, count + 4), 0);
	set_image(c, BB_PER_CTX_PTR, (at + 128) | 1);
	run(c);
	assert_int_equal(ggtt_dword(r, count), 2);
	assert_int_equal(ggtt_dword(r, count + 4), 1);
	set_image(c, INDIRECT_CTX, 0);
	run(c);
	assert_int_equal(ggtt_dword(r, count), 2);
	assert_int_equal(ggtt_dword(r, count + 4), 2);
	/* A batch end within INDIRECT_CTX ends it. */
	set_image(c, BB_PER_CTX_PTR, 0);
	set_ggtt_dword(r, at, MI_BATCH_END);
	set_image(c, INDIRECT_CTX, at | 2);
	EMIT(c, STORE(DATA_AT + 4, 4));
	run(c);
	assert_int_equal(dword(c, DATA_AT + 4), 4);
	assert_int_equal(ggtt_dword(r, count), 2);
}

/* With STOP_RING the engine neither executes nor switches, and reads as idle. */
static void test_stop_ring(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);

	set_ereg(r, RCS, MI_MODE, SET_BITS(STOP_RING));
	EMIT(c, STORE(DATA_AT, 1));
	submit(c);
	step(r);
	csb_end(r, RCS);
	assert_true(ereg(r, RCS, MI_MODE) & MODE_IDLE);
	/* Loading a context sets MI_MODE from its image. */
	set_ereg(r, RCS, MI_MODE, CLEAR_BITS(STOP_RING));
	settle(r);
	assert_int_equal(dword(c, DATA_AT), 1);
}

/* Checks that an invalid descriptor, image or ring is counted and hangs the engine. */
static void expect_bad(struct rig *r, struct ctx *c)
{
	set_tail(c);
	submit(c);
	step_for_a_while(r);
	assert_int_equal(counts(r).bad_context, ++r->expect.bad_context);
	assert_int_equal(dword(c, DATA_AT), 0);
	/* The engine hangs with the context, as the driver can see. */
	assert_int_equal(ereg(r, c->engine, EXECLIST_STATUS + 4), c->id);
	assert_false(ereg(r, c->engine, MI_MODE) & MODE_IDLE);
	set_reg(r, GDRST, engines[c->engine].reset);
	start_engine(r, c->engine);
}

static void test_bad_image(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);
	const uint32_t first = (uint32_t)(c->lrca + STATE_AT + 4);
	uint32_t list;

	EMIT(c, STORE(DATA_AT, 1));
	/* Another command, and another client. */
	list = ggtt_dword(r, first);
	set_ggtt_dword(r, first, MI_STORE_DWORD);
	expect_bad(r, c);
	set_ggtt_dword(r, first, BAD_COMMAND);
	expect_bad(r, c);
	set_ggtt_dword(r, first, list);
	/* An image without an end. */
	for (uint32_t i = IMAGE_END; i < 4 * PAGE / 4 - PAGE / 4; i++)
		set_ggtt_dword(r, c->lrca + STATE_AT + 4 * i, MI_NOOP);
	expect_bad(r, c);
	set_ggtt_dword(r, c->lrca + STATE_AT + 4 * IMAGE_END, MI_BATCH_END);
	/* A ring that is not enabled. */
	set_image(c, CTL, c->size - (uint32_t)PAGE);
	expect_bad(r, c);
	set_image(c, CTL, (c->size - (uint32_t)PAGE) | 1);
	run(c);
	assert_int_equal(dword(c, DATA_AT), 1);
}

/* An unmapped image reads as zeros, without an end. */
static void test_image_not_mapped(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);

	set_tail(c);
	c->lrca = 0x20000000;
	submit_desc(r, RCS, desc(c), 0);
	step(r);
	assert_int_equal(counts(r).bad_context, 1);
	assert_true(counts(r).invalid_pte > 0);
	r->expect.bad_context = 1;
	r->expect.invalid_pte = counts(r).invalid_pte;
}

/* A list without a valid first element, or with run lists disabled, is rejected. */
static void test_bad_descriptor(void **state)
{
	struct rig *r = *state;
	struct ctx *a = new_context(r, RCS), *b = new_context(r, RCS);

	EMIT(a, STORE(DATA_AT, 1));
	set_tail(a);
	submit_desc(r, RCS, desc(a) & ~1ull, 0);
	step(r);
	submit_desc(r, RCS, 0, desc(a));
	step(r);
	set_ereg(r, RCS, RING_MODE, CLEAR_BITS(RUN_LIST));
	submit(a);
	step(r);
	set_ereg(r, RCS, RING_MODE, SET_BITS(RUN_LIST));
	step(r);
	csb_end(r, RCS);
	assert_int_equal(dword(a, DATA_AT), 0);
	assert_int_equal(counts(r).bad_context, 3);
	/* It does not replace a list submitted before. */
	EMIT(b, STORE(DATA_AT, 2));
	submit(b);
	submit_desc(r, RCS, desc(a) & ~1ull, 0);
	settle(r);
	assert_int_equal(dword(a, DATA_AT), 0);
	assert_int_equal(dword(b, DATA_AT), 2);
	r->expect.bad_context = 4;
}

/* Each engine counts its own writes to ELSP. A reset clears the count. */
static void test_elsp_writes(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);

	EMIT(c, STORE(DATA_AT, 1));
	set_tail(c);
	set_ereg(r, RCS, ELSP, 0);
	set_ereg(r, RCS, ELSP, 0);
	set_ereg(r, BCS, ELSP, 0x1234);
	set_ereg(r, RCS, ELSP, HI(desc(c)));
	step(r);
	assert_int_equal(counts(r).submissions, 0);
	set_ereg(r, RCS, ELSP, LO(desc(c)));
	settle(r);
	assert_int_equal(dword(c, DATA_AT), 1);
	set_reg(r, GDRST, engines[BCS].reset);
	start_engine(r, BCS);
	c = new_context(r, BCS);
	EMIT(c, STORE(DATA_AT, 2));
	run(c);
	assert_int_equal(dword(c, DATA_AT), 2);
}

/* Four engines at the same time. */
static void test_side_by_side(void **state)
{
	struct rig *r = *state;
	struct ctx *c[ENGINE_COUNT];

	for (unsigned int e = 0; e < ENGINE_COUNT; e++) {
		c[e] = new_context(r, e);
		EMIT(c[e], WAIT_FOR(GO), STORE(DATA_AT, e + 1));
		submit(c[e]);
	}
	step(r);
	for (unsigned int e = ENGINE_COUNT; e--;) {
		set_dword(c[e], GO, 1);
		step_for_a_while(r);
		for (unsigned int i = 0; i < ENGINE_COUNT; i++) {
			assert_int_equal(idle(r, i), i >= e);
			assert_int_equal(dword(c[i], DATA_AT), i >= e ? i + 1 : 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_one), TEST(test_empty), TEST(test_element_switch),
		TEST(test_status_registers), TEST(test_wraps), TEST(test_interrupt),
		TEST(test_lite_restore), TEST(test_tail_needs_submission),
		TEST(test_lite_restore_second), TEST(test_force_restore),
		TEST(test_preempt_semaphore), TEST(test_preempt_and_resume),
		TEST(test_preempt_arb_check), TEST(test_no_point), TEST(test_arbitration_off),
		TEST(test_arbitration_off_semaphore), TEST(test_arbitration_on),
		TEST(test_two_submissions), TEST(test_registers_are_the_contexts),
		TEST(test_restore_inhibit), TEST(test_saved), TEST(test_context_timestamp),
		TEST(test_nonpriv_registers), TEST(test_second_level),
		TEST(test_privilege_is_kept), TEST(test_resumed_once),
		TEST(test_workaround_batches), TEST(test_stop_ring), TEST(test_bad_image),
		TEST(test_image_not_mapped), TEST(test_bad_descriptor), TEST(test_elsp_writes),
		TEST(test_side_by_side),
	};

	return cmocka_run_group_tests_name("execlists", tests, NULL, NULL);
}
