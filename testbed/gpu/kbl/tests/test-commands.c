// SPDX-License-Identifier: MIT
/*
 * Memory interface commands and PIPE_CONTROL: effects, lengths, privileges of user batches. PRM
 * vol. 2a.
 */
#include "rig.h"

#define STORE(at, v)    MI_STORE_DWORD, ADDR(at), v
#define LOAD_IMM(at, v) MI_LOAD_IMM(1), at, v
#define SAVE_REG(at, to) MI_STORE_REG, at, ADDR(to)
#define RCS_REG(offset) (0x2000u + (offset))

/* Executes the ring up to an unknown command, then resets the engine. */
static void run_to_hang(struct ctx *c)
{
	struct rig *r = c->r;

	submit(c);
	step_for_a_while(r);
	assert_int_equal(counts(r).bad_command, ++r->expect.bad_command);
	assert_false(idle(r, c->engine));
	assert_int_equal(ereg(r, c->engine, EIR) & 1, 1);
	set_reg(r, GDRST, engines[c->engine].reset);
	start_engine(r, c->engine);
	set_image(c, HEAD, c->tail);
	set_image(c, BB_ADDR, 0);
}

static void expect_hang(struct ctx *c, const uint32_t *dw, size_t n)
{
	set_dword(c, DATA_AT + 0xff0, 0);
	emit(c, dw, n);
	EMIT(c, STORE(DATA_AT + 0xff0, 1));
	run_to_hang(c);
	assert_int_equal(dword(c, DATA_AT + 0xff0), 0);
}

#define HANGS(c, ...) expect_hang(c, DWORDS(__VA_ARGS__))

static void test_store(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, VCS);

	EMIT(c, STORE(DATA_AT, 0x01020304));
	EMIT(c, MI_STORE_QWORD, ADDR(DATA_AT + 8), 0x11111111, 0x22222222);
	/* Several dwords. */
	EMIT(c, MI(0x20, 4), ADDR(DATA_AT + 20), 5, 6, 7);
	/* The status pages of the engine and of the context. */
	EMIT(c, MI_STORE_INDEX, 0x100, 0x1234);
	EMIT(c, MI_STORE_INDEX | 1u << 21, 0x104, 0x5678);
	run(c);
	assert_int_equal(dword(c, DATA_AT), 0x01020304);
	assert_int_equal(dword(c, DATA_AT + 4), 0);
	assert_true(qword(c, DATA_AT + 8) == 0x2222222211111111);
	assert_int_equal(dword(c, DATA_AT + 16), 0);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(dword(c, DATA_AT + 20 + 4 * i), 5 + i);
	assert_int_equal(ggtt_dword(r, r->hwsp[VCS] + 0x100), 0x1234);
	assert_int_equal(ggtt_dword(r, c->lrca + 0x104), 0x5678);
	assert_int_equal(ggtt_dword(r, c->lrca + 0x100), 0);
}

/* The longest command: ten bits of length. */
static void test_store_long(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);

	EMIT(c, MI(0x20, 0x3ff), ADDR(DATA_AT));
	for (uint32_t i = 0; i < 1022; i++)
		EMIT(c, 0x70000000 + i);
	EMIT(c, STORE(DATA_AT + PAGE, 2));
	run(c);
	for (uint32_t i = 0; i < 1022; i++)
		assert_int_equal(dword(c, DATA_AT + 4 * i), 0x70000000 + i);
	assert_int_equal(dword(c, DATA_AT + 4 * 1022), 0);
	assert_int_equal(dword(c, DATA_AT + PAGE), 2);
}

static void test_registers(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);

	set_dword(c, DATA_AT, 0x1234);
	EMIT(c, MI_LOAD_IMM(3), SCRATCH_REG, 1, SCRATCH_REG + 4, 2, RCS_REG(GPR), 3);
	EMIT(c, MI_LOAD_MEM, SCRATCH_REG + 8, ADDR(DATA_AT));
	EMIT(c, MI_LOAD_REG, SCRATCH_REG + 8, SCRATCH_REG + 12);
	EMIT(c, SAVE_REG(SCRATCH_REG + 12, DATA_AT + 4));
	EMIT(c, SAVE_REG(RCS_REG(GPR), DATA_AT + 8));
	EMIT(c, MI_STORE_REG | IN_GGTT, SCRATCH_REG + 4, ADDR(r->hwsp[RCS] + 0x200));
	/* Beyond the registers, writes have no effect and reads return zero. */
	set_dword(c, DATA_AT + 12, 5);
	EMIT(c, LOAD_IMM(0x200000, 1), SAVE_REG(0x200000, DATA_AT + 12));
	/* Masked registers are also masked in writes by commands. */
	EMIT(c, LOAD_IMM(RCS_REG(INSTPM), SET_BITS(6u)), LOAD_IMM(RCS_REG(INSTPM), 1));
	EMIT(c, SAVE_REG(RCS_REG(INSTPM), DATA_AT + 16));
	run(c);
	assert_int_equal(reg(r, SCRATCH_REG), 1);
	assert_int_equal(reg(r, SCRATCH_REG + 4), 2);
	assert_int_equal(reg(r, SCRATCH_REG + 8), 0x1234);
	assert_int_equal(reg(r, SCRATCH_REG + 12), 0x1234);
	assert_int_equal(dword(c, DATA_AT + 4), 0x1234);
	assert_int_equal(dword(c, DATA_AT + 8), 3);
	assert_int_equal(dword(c, DATA_AT + 12), 0);
	assert_int_equal(dword(c, DATA_AT + 16), 6);
	assert_int_equal(ggtt_dword(r, r->hwsp[RCS] + 0x200), 2);
}

static void test_copy(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, BCS);

	set_dword(c, DATA_AT, 0x1234);
	EMIT(c, MI_COPY_MEM, ADDR(DATA_AT + 4), ADDR(DATA_AT));
	EMIT(c, MI_COPY_MEM | IN_GGTT, ADDR(r->hwsp[BCS] + 0x200), ADDR(DATA_AT));
	EMIT(c, MI_COPY_MEM | 1u << 21, ADDR(DATA_AT + 8), ADDR(r->hwsp[BCS] + 0x200));
	run(c);
	assert_int_equal(dword(c, DATA_AT + 4), 0x1234);
	assert_int_equal(dword(c, DATA_AT + 8), 0x1234);
}

/* Commands without an effect in the model have the right lengths. */
static void test_no_effect(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);

	EMIT(c, MI_NOOP, MI(0x01, 0), MI(0x03, 0), MI(0x04, 0), MI(0x06, 1), MI(0x07, 0));
	EMIT(c, MI(0x0b, 1), MI(0x0d, 3), MI(0x0e, 0x40), MI(0x0f, 0));
	EMIT(c, MI(0x27, 1), 0, 0, MI(0x28, 2), 0, 0, 0);
	EMIT(c, MI_NOOP | 1u << 22 | 0x12345);
	EMIT(c, STORE(DATA_AT, 1));
	run(c);
	assert_int_equal(dword(c, DATA_AT), 1);
	assert_int_equal(ereg(r, RCS, NOPID), 0x12345);
}

/* 3D, GPGPU and media commands are skipped by their lengths. */
static void test_skipped(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);

	EMIT(c, 0x69040000); /* PIPELINE_SELECT */
	EMIT(c, 0x61010011);
	for (unsigned int i = 0; i < 18; i++)
		EMIT(c, BAD_COMMAND); /* STATE_BASE_ADDRESS */
	EMIT(c, 0x780c0003, BAD_COMMAND, BAD_COMMAND, BAD_COMMAND, BAD_COMMAND);
	EMIT(c, 0x7b000005, BAD_COMMAND, BAD_COMMAND, BAD_COMMAND, BAD_COMMAND, BAD_COMMAND,
	     BAD_COMMAND); /* 3DPRIMITIVE */
	EMIT(c, 0x70000002, BAD_COMMAND, BAD_COMMAND, BAD_COMMAND); /* MEDIA_VFE_STATE's group */
	EMIT(c, STORE(DATA_AT, 1));
	run(c);
	assert_int_equal(dword(c, DATA_AT), 1);
}

static void test_unknown(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);

	HANGS(c, BAD_COMMAND);
	HANGS(c, 0x80000000);
	HANGS(c, 0xe0000000);
	HANGS(c, MI(0x10, 0), 0);
	HANGS(c, MI(0x1b, 1), 0, 0); /* MI_SEMAPHORE_SIGNAL is not modelled */
	HANGS(c, MI(0x3f, 0), 0);
	HANGS(c, MI(0x01, 1));       /* MI_SET_PREDICATE other than disable */
	HANGS(c, MI_BATCH_END);      /* not in a batch */
	/* The blitter is on bcs0 only. */
	HANGS(c, 2u << 29 | 0x50u << 22 | 5, 0, 0, 0, 0, 0, 0);
	/* Also in a batch. */
	BATCH(c, BATCH_AT, STORE(DATA_AT, 1), BAD_COMMAND, STORE(DATA_AT + 4, 1), MI_BATCH_END);
	HANGS(c, MI_BATCH_START | BATCH_PPGTT, ADDR(BATCH_AT));
	assert_int_equal(dword(c, DATA_AT), 1);
	assert_int_equal(dword(c, DATA_AT + 4), 0);
	/* The engine still works. */
	EMIT(c, STORE(DATA_AT + 8, 1));
	run(c);
	assert_int_equal(dword(c, DATA_AT + 8), 1);
}

/* Commands with impossible lengths. */
static void test_lengths(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);

	HANGS(c, MI(0x20, 1), ADDR(DATA_AT));
	HANGS(c, MI(0x22, 2), RCS_REG(GPR), 1, 0);
	HANGS(c, MI(0x24, 1), RCS_REG(GPR), 0);
	HANGS(c, MI(0x29, 3), RCS_REG(GPR), ADDR(DATA_AT), 0);
	HANGS(c, MI(0x2a, 2), RCS_REG(GPR), RCS_REG(GPR), 0);
	HANGS(c, MI(0x2e, 2), ADDR(DATA_AT), ADDR(DATA_AT));
	HANGS(c, MI(0x26, 1), ADDR(DATA_AT));
	HANGS(c, MI(0x2f, 2 | 5u << 8), ADDR(DATA_AT), 0);
	HANGS(c, MI(0x1c, 1), 0, ADDR(DATA_AT));
	HANGS(c, MI(0x21, 3), 0, 0, 0, 0);
	HANGS(c, MI(0x31, 0), 0, 0);
	HANGS(c, MI(0x36, 1), 0, 0);
	HANGS(c, 0x7a000003, 0, 0, 0, 0);
}

/* Each command has the length in its first column: the next command executes. */
static void test_next_command(void **state)
{
	static const uint32_t commands[][16] = {
		{ 4, MI_STORE_DWORD, ADDR(DATA_AT), 1 },
		{ 5, MI_STORE_QWORD, ADDR(DATA_AT), 1, 2 },
		{ 3, MI_STORE_INDEX, 0x100, 1 },
		{ 5, MI_LOAD_IMM(2), SCRATCH_REG, 1, SCRATCH_REG, 2 },
		{ 4, MI_STORE_REG, SCRATCH_REG, ADDR(DATA_AT) },
		{ 4, MI_FLUSH_DW - 1, ADDR(DATA_AT), 0 },
		{ 5, MI_FLUSH_DW, ADDR(DATA_AT), 0, 0 },
		{ 5, MI_FLUSH_DW | 1u << 7, ADDR(DATA_AT), 0, 0 }, /* a flag, not length */
		{ 4, MI_LOAD_MEM, SCRATCH_REG, ADDR(DATA_AT) },
		{ 3, MI_LOAD_REG, SCRATCH_REG, SCRATCH_REG + 4 },
		{ 5, MI_COPY_MEM, ADDR(DATA_AT), ADDR(DATA_AT) },
		{ 3, MI_ATOMIC(5), ADDR(DATA_AT) },
		{ 11, MI(0x2f, 9 | 1u << 18 | 7u << 8), ADDR(DATA_AT), 1, 0, 0, 0, 0, 0, 0, 0 },
		{ 4, MI_SEMAPHORE_WAIT(MEM_GE), 0, ADDR(DATA_AT) },
		{ 5, MI_MATH(4), 0x08008000, 0, 0, 0 },
		{ 1, MI_PREDICATE(0) }, { 1, MI_ARB_CHECK }, { 1, MI_USER_INTERRUPT },
		{ 4, MI_CONDITIONAL_END(MEM_GE), 0, ADDR(DATA_AT) },
	};
	struct rig *r = *state;

	for (unsigned int e = 0; e < ENGINE_COUNT; e++) {
		struct ctx *c = new_context(r, e);

		for (unsigned int i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
			emit(c, commands[i] + 1, commands[i][0]);
			EMIT(c, STORE(DATA_AT + 0x800 + 4 * i, i + 1));
		}
		run(c);
		for (unsigned int i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
			assert_int_equal(dword(c, DATA_AT + 0x800 + 4 * i), i + 1);
	}
}

/* A command of five dwords wraps at the end of the ring, at each of its dwords. */
static void test_ring_end(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, BCS);

	for (uint32_t i = 0; i < 6; i++) {
		const uint32_t at = c->size - 4 * i;

		c->tail = at % c->size;
		set_image(c, HEAD, c->tail);
		EMIT(c, MI_STORE_QWORD, ADDR(DATA_AT + 8 * i), i + 1, i + 0x101);
		run(c);
		assert_true(qword(c, DATA_AT + 8 * i) == ((i + 1) | (uint64_t)(i + 0x101) << 32));
		assert_int_equal(image(c, HEAD) & 0x1ffffc, c->tail);
	}
	/* HEAD counts its wraps. */
	assert_int_equal(image(c, HEAD) >> 21, 1);
}

/* Batches: jumps, second-level batches, and their returns. */
static void test_batches(void **state)
{
	const uint64_t chained = BATCH_AT + 0x400, second = BATCH_AT + 0x800;
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);

	/* A jump in a batch does not return; a second-level batch does. */
	BATCH(c, BATCH_AT, STORE(DATA_AT, 1), MI_BATCH_START | BATCH_PPGTT, ADDR(chained),
	      STORE(DATA_AT + 4, 2), MI_BATCH_END);
	BATCH(c, chained, MI_BATCH_START | BATCH_PPGTT | BATCH_SECOND, ADDR(second),
	      STORE(DATA_AT + 8, 3), MI_BATCH_END);
	BATCH(c, second, STORE(DATA_AT + 12, 4), MI_BATCH_START | BATCH_PPGTT,
	      ADDR(second + 0x100), STORE(DATA_AT + 16, 5), MI_BATCH_END);
	BATCH(c, second + 0x100, STORE(DATA_AT + 20, 6), MI_BATCH_END);
	call(c, BATCH_AT);
	EMIT(c, STORE(DATA_AT + 24, 7));
	run(c);
	assert_int_equal(dword(c, DATA_AT), 1);
	assert_int_equal(dword(c, DATA_AT + 4), 0);
	assert_int_equal(dword(c, DATA_AT + 8), 3);
	assert_int_equal(dword(c, DATA_AT + 12), 4);
	assert_int_equal(dword(c, DATA_AT + 16), 0);
	assert_int_equal(dword(c, DATA_AT + 20), 6);
	assert_int_equal(dword(c, DATA_AT + 24), 7);
	/* A second-level batch must be started by a first-level one. There is no third level. */
	HANGS(c, MI_BATCH_START | BATCH_PPGTT | BATCH_SECOND, ADDR(second));
	BATCH(c, second, MI_BATCH_START | BATCH_PPGTT | BATCH_SECOND, ADDR(second + 0x100),
	      MI_BATCH_END);
	HANGS(c, MI_BATCH_START | BATCH_PPGTT, ADDR(BATCH_AT));
}

/* Batches across pages, which are not adjacent in memory. */
static void test_batch_pages(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, VCS);
	uint64_t at = BATCH_AT;

	for (uint32_t i = 0; i < 900; i++)
		at = BATCH(c, at, STORE(DATA_AT + 4 * i, i + 1));
	BATCH(c, at, MI_BATCH_END);
	call(c, BATCH_AT);
	run(c);
	for (uint32_t i = 0; i < 900; i++)
		assert_int_equal(dword(c, DATA_AT + 4 * i), i + 1);
}

/* A batch that the ring starts without the PPGTT bit is in the GGTT and privileged. */
static void test_ggtt_batch(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);
	const uint32_t at = new_ggtt(r, 1);
	const uint32_t dw[] = { MI_LOAD_IMM(1), SCRATCH_REG, 0x77, MI_STORE_DWORD | IN_GGTT,
				ADDR(r->hwsp[RCS] + 0x200), 0x88, STORE(DATA_AT, 0x99),
				MI_BATCH_END };

	for (unsigned int i = 0; i < sizeof(dw) / 4; i++)
		set_ggtt_dword(r, at + 4 * i, dw[i]);
	EMIT(c, MI_BATCH_START, ADDR(at));
	run(c);
	assert_int_equal(reg(r, SCRATCH_REG), 0x77);
	assert_int_equal(ggtt_dword(r, r->hwsp[RCS] + 0x200), 0x88);
	assert_int_equal(dword(c, DATA_AT), 0x99);
}

/* Privileged commands in a user batch are counted, have no effect, and do not stop it. */
static void test_privileges(void **state)
{
	static const uint32_t forbidden[][8] = {
		{ 3, LOAD_IMM(SCRATCH_REG, 1) },
		{ 3, LOAD_IMM(RCS_REG(ELSP), 1) },
		{ 3, LOAD_IMM(GDRST, 1) },
		{ 3, LOAD_IMM(RCS_REG(RING_MODE), CLEAR_BITS(RUN_LIST)) },
		{ 3, LOAD_IMM(RCS_REG(CSB_PTR), 0xffff0000) },
		{ 3, LOAD_IMM(RCS_REG(NONPRIV), SCRATCH_REG) },
		{ 3, LOAD_IMM(RCS_REG(IMR), 0) },
		{ 4, MI_LOAD_MEM, SCRATCH_REG, ADDR(DATA_AT) },
		{ 3, MI_LOAD_REG, RCS_REG(GPR), SCRATCH_REG },
		{ 4, MI_LOAD_MEM | IN_GGTT, RCS_REG(GPR), 0, 0 },
		{ 4, MI_STORE_DWORD | IN_GGTT, 0, 0, 1 },
		{ 4, MI_STORE_REG | IN_GGTT, RCS_REG(GPR), 0, 0 },
		{ 5, MI_COPY_MEM | IN_GGTT, 0, 0, ADDR(DATA_AT) },
		{ 5, MI_COPY_MEM | 1u << 21, ADDR(DATA_AT), 0, 0 },
		{ 3, MI_ATOMIC(5) | IN_GGTT, 0, 0 },
		{ 4, MI_SEMAPHORE_WAIT(MEM_EQ) | IN_GGTT, 0x7777, 0, 0 },
		{ 5, MI_FLUSH_DW | 1u << 14, 4, 0, 1, 1 },
		{ 6, PIPE_CONTROL, 1u << 14 | 1u << 24, 0, 0, 1, 1 },
		{ 6, PIPE_CONTROL, 1u << 14 | 1u << 23, SCRATCH_REG, 0, 1, 0 },
		{ 1, MI_ARB_OFF },
	};
	const unsigned int n = sizeof(forbidden) / sizeof(forbidden[0]);
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);
	const uint64_t page = new_page(r);

	set_ggtt(r, 0, page);
	for (unsigned int i = 0; i < n; i++) {
		uint64_t at = batch(c, BATCH_AT, forbidden[i] + 1, forbidden[i][0]);

		BATCH(c, at, STORE(DATA_AT + 8, i + 1), MI_BATCH_END);
		call(c, BATCH_AT);
		run(c);
		assert_int_equal(dword(c, DATA_AT + 8), i + 1);
		assert_int_equal(counts(r).privileged, i + 1);
		assert_int_equal(reg(r, SCRATCH_REG), 0);
		assert_true(*(uint64_t *)guest(r, page) == 0);
		assert_int_equal(dword(c, DATA_AT), 0);
	}
	assert_int_equal(counts(r).resets, 0);
	/* Also in batches that a user batch starts without the PPGTT bit. */
	BATCH(c, BATCH_AT, MI_BATCH_START, ADDR(BATCH_AT + 0x400));
	BATCH(c, BATCH_AT + 0x400, LOAD_IMM(SCRATCH_REG, 1), MI_BATCH_START | BATCH_SECOND,
	      ADDR(BATCH_AT + 0x800), MI_BATCH_END);
	BATCH(c, BATCH_AT + 0x800, LOAD_IMM(SCRATCH_REG, 1), MI_BATCH_END);
	call(c, BATCH_AT);
	run(c);
	assert_int_equal(reg(r, SCRATCH_REG), 0);
	/* The ring is privileged. */
	EMIT(c, LOAD_IMM(SCRATCH_REG, 1));
	run(c);
	assert_int_equal(reg(r, SCRATCH_REG), 1);
	r->expect.privileged = n + 2;
}

/* A user batch may read any register, and write those of its context. */
static void test_user_registers(void **state)
{
	struct rig *r = *state;

	set_reg(r, SCRATCH_REG, 0x1234);
	for (unsigned int e = 0; e < ENGINE_COUNT; e++) {
		struct ctx *c = new_context(r, e);
		const uint32_t base = engines[e].base;

		BATCH(c, BATCH_AT, MI_LOAD_IMM(3), base + GPR, 5, base + GPR + 0x7c, 6,
		      base + PREDICATE_SRC0, 7, SAVE_REG(SCRATCH_REG, DATA_AT),
		      SAVE_REG(base + GPR, DATA_AT + 4), SAVE_REG(base + GPR + 0x7c, DATA_AT + 8),
		      SAVE_REG(base + PREDICATE_SRC0, DATA_AT + 12), MI_BATCH_END);
		call(c, BATCH_AT);
		run(c);
		assert_int_equal(dword(c, DATA_AT), 0x1234);
		assert_int_equal(dword(c, DATA_AT + 4), 5);
		assert_int_equal(dword(c, DATA_AT + 8), 6);
		assert_int_equal(dword(c, DATA_AT + 12), 7);
		/* Registers of another engine are not writable. */
		BATCH(c, BATCH_AT, LOAD_IMM(engines[(e + 1) % 4].base + GPR + 8, 9), MI_BATCH_END);
		call(c, BATCH_AT);
		run(c);
		assert_int_equal(ereg(r, (e + 1) % 4, GPR + 8), 0);
		r->expect.privileged++;
	}
}

/* i915 gt/intel_workarounds.c whitelist_reg_ext(): bits 1:0 are a range, bit 30 denies. */
static void test_force_to_nonpriv(void **state)
{
	static const struct {
		uint32_t slot, offset;
		bool allowed;
	} t[] = {
		{ 0x4f100, 0x4f100, true }, { 0x4f100, 0x4f104, false },
		{ 0x4f101, 0x4f100, true }, { 0x4f101, 0x4f10c, true }, { 0x4f101, 0x4f110, false },
		{ 0x4f102, 0x4f13c, true }, { 0x4f102, 0x4f140, false },
		{ 0x4f103, 0x4f1fc, true }, { 0x4f103, 0x4f200, false },
		{ 0x4f100 | 1u << 30, 0x4f100, false },
	};
	struct rig *r = *state;
	struct ctx *c = new_context(r, VECS);

	for (uint32_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		const unsigned int slot = NONPRIV + 4 * (i * 5 % 12);

		set_ereg(r, VECS, slot, t[i].slot);
		set_reg(r, t[i].offset, 0);
		BATCH(c, BATCH_AT, LOAD_IMM(t[i].offset, i + 1), MI_BATCH_END);
		call(c, BATCH_AT);
		run(c);
		assert_int_equal(reg(r, t[i].offset), t[i].allowed ? i + 1 : 0);
		r->expect.privileged += !t[i].allowed;
		assert_int_equal(counts(r).privileged, r->expect.privileged);
		/* The slots of other engines have no effect. */
		set_ereg(r, VECS, slot, engines[VECS].base + NOPID);
		set_ereg(r, VCS, slot, t[i].slot);
	}
	set_reg(r, 0x4f100, 0);
	BATCH(c, BATCH_AT, LOAD_IMM(0x4f100, 1), MI_BATCH_END);
	call(c, BATCH_AT);
	run(c);
	assert_int_equal(reg(r, 0x4f100), 0);
	r->expect.privileged++;
}

/* PRM vol. 2a, "MI_MATH". R0 to R15, SRCA 0x20, SRCB 0x21, ACCU 0x31, ZF 0x32, CF 0x33. */
#define ALU(op, a, b) ((uint32_t)(op) << 20 | (uint32_t)(a) << 10 | (b))

static uint64_t math(struct ctx *c, uint32_t op, uint64_t a, uint64_t b, uint32_t from)
{
	const uint32_t base = engines[c->engine].base;

	EMIT(c, MI_LOAD_IMM(4), base + GPR + 8, LO(a), base + GPR + 12, HI(a), base + GPR + 120,
	     LO(b), base + GPR + 124, HI(b));
	EMIT(c, MI_MATH(4), ALU(0x080, 0x20, 1), ALU(0x080, 0x21, 15), ALU(op, 0, 0),
	     ALU(0x180, 7, from));
	run(c);
	return gpr(c->r, c->engine, 7);
}

static void test_math(void **state)
{
	static const struct {
		uint32_t op;
		uint64_t a, b, accu;
		bool carry;
	} t[] = {
		{ 0x100, 3, 4, 7, false },
		{ 0x100, 0xffffffff, 1, 0x100000000, false },
		{ 0x100, UINT64_MAX, 1, 0, true },
		{ 0x101, 7, 4, 3, false },
		{ 0x101, 4, 7, -3ull, true },
		{ 0x101, 5, 5, 0, false },
		{ 0x102, 0xf0f0f0f0f0f0f0f0, 0xff00ff00ff00ff00, 0xf000f000f000f000, false },
		{ 0x103, 0xf0f0f0f0f0f0f0f0, 0xff00ff00ff00ff00, 0xfff0fff0fff0fff0, false },
		{ 0x104, 0xf0f0f0f0f0f0f0f0, 0xff00ff00ff00ff00, 0x0ff00ff00ff00ff0, false },
	};
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);

	for (unsigned int i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_true(math(c, t[i].op, t[i].a, t[i].b, 0x31) == t[i].accu);
		assert_true(math(c, t[i].op, t[i].a, t[i].b, 0x32) == (t[i].accu ? 0 : UINT64_MAX));
		if (t[i].op <= 0x101)
			assert_true(math(c, t[i].op, t[i].a, t[i].b, 0x33) ==
				    (t[i].carry ? UINT64_MAX : 0));
	}
	/* LOADINV, LOAD0, LOAD1, STOREINV, in a user batch. */
	BATCH(c, BATCH_AT, MI_LOAD_IMM(2), RCS_REG(GPR), 0x1111, RCS_REG(GPR) + 4, 0x2222,
	      MI_MATH(12), ALU(0x480, 0x20, 0), ALU(0x081, 0x21, 0), ALU(0x103, 0, 0),
	      ALU(0x180, 1, 0x31), ALU(0x080, 0x20, 0), ALU(0x481, 0x21, 0), ALU(0x104, 0, 0),
	      ALU(0x180, 2, 0x31), ALU(0x580, 3, 0x31), ALU(0x102, 0, 0), ALU(0x180, 4, 0x31),
	      ALU(0x000, 0, 0), MI_BATCH_END);
	call(c, BATCH_AT);
	run(c);
	assert_true(gpr(r, RCS, 1) == ~0x0000222200001111ull);
	assert_true(gpr(r, RCS, 2) == ~0x0000222200001111ull);
	assert_true(gpr(r, RCS, 3) == 0x0000222200001111ull);
	assert_true(gpr(r, RCS, 4) == 0x0000222200001111ull);
}

/* Load (7:6): 2 the result, 3 its inverse. Combine (4:3): set, and, or, xor. Compare (1:0). */
static void test_predicate(void **state)
{
	static const struct {
		uint32_t bits, src0, src1, data;
		bool before, after;
	} t[] = {
		{ 2u << 6 | 0, 0, 0, 0, false, true }, { 2u << 6 | 1, 0, 0, 0, true, false },
		{ 2u << 6 | 2, 5, 5, 0, false, true }, { 2u << 6 | 2, 5, 6, 0, true, false },
		{ 2u << 6 | 3, 9, 4, 5, false, true }, { 2u << 6 | 3, 9, 4, 6, true, false },
		{ 3u << 6 | 2, 5, 5, 0, true, false }, { 3u << 6 | 2, 5, 6, 0, false, true },
		{ 0u << 6 | 1, 0, 0, 0, true, true }, { 0u << 6 | 0, 0, 0, 0, false, false },
		{ 2u << 6 | 1u << 3 | 0, 0, 0, 0, true, true },
		{ 2u << 6 | 1u << 3 | 0, 0, 0, 0, false, false },
		{ 2u << 6 | 2u << 3 | 1, 0, 0, 0, true, true },
		{ 2u << 6 | 2u << 3 | 1, 0, 0, 0, false, false },
		{ 2u << 6 | 3u << 3 | 0, 0, 0, 0, true, false },
		{ 2u << 6 | 3u << 3 | 0, 0, 0, 0, false, true },
	};
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);

	for (unsigned int i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		EMIT(c, MI_LOAD_IMM(4), RCS_REG(PREDICATE_SRC0), t[i].src0, RCS_REG(PREDICATE_SRC1),
		     t[i].src1, RCS_REG(PREDICATE_DATA), t[i].data, RCS_REG(PREDICATE_RESULT),
		     t[i].before);
		EMIT(c, MI_PREDICATE(t[i].bits));
		run(c);
		assert_int_equal(ereg(r, RCS, PREDICATE_RESULT) & 1, t[i].after);
	}
	/* All 64 bits are compared. */
	EMIT(c, MI_LOAD_IMM(3), RCS_REG(PREDICATE_SRC0), 1, RCS_REG(PREDICATE_SRC1), 1,
	     RCS_REG(PREDICATE_SRC1) + 4, 1, MI_PREDICATE(2u << 6 | 2));
	run(c);
	assert_int_equal(ereg(r, RCS, PREDICATE_RESULT) & 1, 0);
}

static void test_predicated_batch(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);

	BATCH(c, BATCH_AT, STORE(DATA_AT, 1), MI_BATCH_END);
	/* The result of MI_PREDICATE is in another register. */
	EMIT(c, LOAD_IMM(RCS_REG(PREDICATE_RESULT), 1), LOAD_IMM(RCS_REG(PREDICATE_RESULT_1), 0));
	EMIT(c, MI_BATCH_START | BATCH_PPGTT | BATCH_PREDICATE, ADDR(BATCH_AT));
	EMIT(c, STORE(DATA_AT + 4, 2));
	run(c);
	assert_int_equal(dword(c, DATA_AT), 0);
	assert_int_equal(dword(c, DATA_AT + 4), 2);
	EMIT(c, LOAD_IMM(RCS_REG(PREDICATE_RESULT), 0), LOAD_IMM(RCS_REG(PREDICATE_RESULT_1), 1));
	EMIT(c, MI_BATCH_START | BATCH_PPGTT | BATCH_PREDICATE, ADDR(BATCH_AT));
	run(c);
	assert_int_equal(dword(c, DATA_AT), 1);
}

static void test_atomic(void **state)
{
	static const struct {
		uint32_t op;
		uint64_t old, a, b, new;
	} t[] = {
		{ 0x1, 0xff00ff00, 0x0ff00ff0, 0, 0x0f000f00 },
		{ 0x2, 0xff00ff00, 0x0ff00ff0, 0, 0xfff0fff0 },
		{ 0x3, 0xff00ff00, 0x0ff00ff0, 0, 0xf0f0f0f0 },
		{ 0x4, 1, 0x1234, 0, 0x1234 },
		{ 0x5, 41, 0, 0, 42 }, { 0x6, 43, 0, 0, 42 },
		{ 0x7, 40, 2, 0, 42 }, { 0x8, 44, 2, 0, 42 }, { 0x9, 2, 44, 0, 42 },
		{ 0xa, 7, 9, 0, 9 }, { 0xa, 0x80000000, 9, 0, 9 },
		{ 0xb, 7, 9, 0, 7 }, { 0xb, 0x80000000, 9, 0, 0x80000000 },
		{ 0xc, 7, 9, 0, 9 }, { 0xc, 0x80000000, 9, 0, 0x80000000 },
		{ 0xd, 7, 9, 0, 7 }, { 0xd, 0x80000000, 9, 0, 9 },
		{ 0xe, 7, 7, 9, 9 }, { 0xe, 8, 7, 9, 8 },
	};
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);

	for (unsigned int i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		/* 32-bit operands in registers. The first register returns the old value. */
		set_qword(c, DATA_AT, t[i].old | 0xabcdull << 32);
		EMIT(c, MI_LOAD_IMM(4), RCS_REG(GPR), LO(t[i].a), RCS_REG(GPR) + 4, 0xdead,
		     RCS_REG(GPR) + 8, LO(t[i].b), RCS_REG(GPR) + 12, 0xdead);
		EMIT(c, MI_ATOMIC(t[i].op) | 1u << 16, ADDR(DATA_AT));
		run(c);
		assert_true(qword(c, DATA_AT) == (t[i].new | 0xabcdull << 32));
		assert_int_equal(gpr(r, RCS, 0), t[i].old);
		/* 64-bit inline operands: their dwords alternate. */
		set_qword(c, DATA_AT + 8, t[i].old << 32);
		EMIT(c, MI(0x2f, 9 | 1u << 19 | 1u << 18 | t[i].op << 8), ADDR(DATA_AT + 8), 0, 0,
		     LO(t[i].a), LO(t[i].b), 0, 0, 0, 0);
		if (t[i].op == 5 || t[i].op == 6) {
			set_qword(c, DATA_AT + 8, t[i].old);
			run(c);
			assert_true(qword(c, DATA_AT + 8) == t[i].new);
			continue;
		}
		run(c);
		assert_true(qword(c, DATA_AT + 8) == t[i].new << 32);
	}
	HANGS(c, MI_ATOMIC(0x0), ADDR(DATA_AT));
	HANGS(c, MI_ATOMIC(0x1f), ADDR(DATA_AT));
}

static bool compare(unsigned int op, uint32_t memory, uint32_t data)
{
	switch (op) {
	case MEM_GT: return memory > data;
	case MEM_GE: return memory >= data;
	case MEM_LT: return memory < data;
	case MEM_LE: return memory <= data;
	case MEM_EQ: return memory == data;
	}
	return memory != data;
}

static void test_semaphore(void **state)
{
	static const uint32_t value[] = { 0, 4, 5, 6, 0xffffffff };
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);

	for (unsigned int op = 0; op < 6; op++)
		for (unsigned int i = 0; i < 5; i++) {
			set_dword(c, DATA_AT, value[i]);
			set_dword(c, DATA_AT + 4, 0);
			EMIT(c, MI_SEMAPHORE_WAIT(op), 5, ADDR(DATA_AT), STORE(DATA_AT + 4, 1));
			submit(c);
			step(r);
			assert_int_equal(dword(c, DATA_AT + 4), compare(op, value[i], 5));
			for (unsigned int j = 0; j < 5; j++)
				if (compare(op, value[j], 5))
					set_dword(c, DATA_AT, value[j]);
			settle(r);
			assert_int_equal(dword(c, DATA_AT + 4), 1);
		}
	HANGS(c, MI_SEMAPHORE_WAIT(6), 5, ADDR(DATA_AT));
	HANGS(c, MI_SEMAPHORE_WAIT(7), 5, ADDR(DATA_AT));
}

/* Semaphores in the GGTT and in a register. */
static void test_semaphore_elsewhere(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, BCS);

	EMIT(c, MI_SEMAPHORE_WAIT(MEM_EQ) | IN_GGTT, 5, ADDR(r->hwsp[BCS] + 0x200));
	EMIT(c, STORE(DATA_AT, 1), MI_SEMAPHORE_WAIT(MEM_EQ) | 1u << 16, 6, SCRATCH_REG, 0);
	EMIT(c, STORE(DATA_AT + 4, 1));
	submit(c);
	step_for_a_while(r);
	assert_int_equal(dword(c, DATA_AT), 0);
	set_ggtt_dword(r, r->hwsp[BCS] + 0x200, 5);
	step_for_a_while(r);
	assert_int_equal(dword(c, DATA_AT), 1);
	assert_int_equal(dword(c, DATA_AT + 4), 0);
	set_reg(r, SCRATCH_REG, 6);
	settle(r);
	assert_int_equal(dword(c, DATA_AT + 4), 1);
}

/* The batch continues while the comparison holds. */
static void test_conditional_end(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);

	for (unsigned int op = 0; op < 6; op++)
		for (uint32_t v = 4; v < 7; v++) {
			set_dword(c, DATA_AT, v);
			set_dword(c, DATA_AT + 4, 0);
			BATCH(c, BATCH_AT, MI_CONDITIONAL_END(op), 5, ADDR(DATA_AT),
			      STORE(DATA_AT + 4, 1), MI_BATCH_END);
			call(c, BATCH_AT);
			EMIT(c, STORE(DATA_AT + 8, v));
			run(c);
			assert_int_equal(dword(c, DATA_AT + 4), compare(op, v, 5));
			assert_int_equal(dword(c, DATA_AT + 8), v);
		}
	/* It ends a second-level batch; the first level continues. It does not end the ring. */
	set_dword(c, DATA_AT, 0);
	set_dword(c, DATA_AT + 4, 0);
	BATCH(c, BATCH_AT, MI_BATCH_START | BATCH_PPGTT | BATCH_SECOND, ADDR(BATCH_AT + 0x400),
	      STORE(DATA_AT + 8, 0x11), MI_BATCH_END);
	BATCH(c, BATCH_AT + 0x400, MI_CONDITIONAL_END(MEM_GT), 5, ADDR(DATA_AT),
	      STORE(DATA_AT + 4, 1), MI_BATCH_END);
	call(c, BATCH_AT);
	EMIT(c, MI_CONDITIONAL_END(MEM_GT), 5, ADDR(DATA_AT), STORE(DATA_AT + 12, 0x22));
	run(c);
	assert_int_equal(dword(c, DATA_AT + 4), 0);
	assert_int_equal(dword(c, DATA_AT + 8), 0x11);
	assert_int_equal(dword(c, DATA_AT + 12), 0x22);
}

/* Post-sync operations (15:14): 1 writes the data, 2 a count, 3 the time. */
static void test_pipe_control(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);
	uint32_t before, after;

	set_qword(c, DATA_AT + 16, 5);
	EMIT(c, PIPE_CONTROL, 1u << 14, ADDR(DATA_AT), 0x11, 0x22);
	EMIT(c, PIPE_CONTROL, 1u << 14 | 1u << 24, ADDR(r->hwsp[RCS] + 0x200), 0x33, 0x44);
	EMIT(c, PIPE_CONTROL, 2u << 14, ADDR(DATA_AT + 16), 0x55, 0x66);
	EMIT(c, PIPE_CONTROL, 3u << 14, ADDR(DATA_AT + 24), 0, 0);
	EMIT(c, PIPE_CONTROL, 1u << 14 | 1u << 21, 0x140, 0, 0x77, 0x88);
	EMIT(c, PIPE_CONTROL, 1u << 14 | 1u << 21 | 1u << 24, 0x180, 0, 0xcc, 0xdd);
	EMIT(c, PIPE_CONTROL, 1u << 14 | 1u << 23, SCRATCH_REG, 0, 0x99, 0);
	EMIT(c, PIPE_CONTROL, 0, ADDR(DATA_AT + 32), 0xaa, 0xbb);
	before = ereg(r, RCS, TIMESTAMP);
	run(c);
	after = ereg(r, RCS, TIMESTAMP);
	assert_true(qword(c, DATA_AT) == 0x2200000011);
	assert_int_equal(ggtt_dword(r, r->hwsp[RCS] + 0x200), 0x33);
	assert_int_equal(ggtt_dword(r, r->hwsp[RCS] + 0x204), 0x44);
	assert_true(qword(c, DATA_AT + 16) == 0);
	assert_true(dword(c, DATA_AT + 24) - before <= after - before);
	assert_int_equal(ggtt_dword(r, c->lrca + 0x140), 0x77);
	assert_int_equal(ggtt_dword(r, c->lrca + 0x144), 0x88);
	assert_int_equal(ggtt_dword(r, r->hwsp[RCS] + 0x180), 0xcc);
	assert_int_equal(ggtt_dword(r, r->hwsp[RCS] + 0x184), 0xdd);
	assert_int_equal(ggtt_dword(r, c->lrca + 0x180), 0);
	assert_int_equal(reg(r, SCRATCH_REG), 0x99);
	assert_true(qword(c, DATA_AT + 32) == 0);
}

static void test_flush_dw(void **state)
{
	struct rig *r = *state;

	for (unsigned int e = 0; e < ENGINE_COUNT; e++) {
		struct ctx *c = new_context(r, e);

		set_qword(c, DATA_AT + 8, UINT64_MAX);
		EMIT(c, MI_FLUSH_DW | 1u << 14, ADDR(DATA_AT), 0x11, 0x22);
		EMIT(c, (MI_FLUSH_DW - 1) | 1u << 14, ADDR(DATA_AT + 8), 0x33); /* a dword */
		EMIT(c, MI_FLUSH_DW | 1u << 14, (r->hwsp[e] + 0x200) | 4, 0, 0x44, 0x55);
		EMIT(c, MI_FLUSH_DW | 1u << 14 | 1u << 21, 0x140, 0, 0x66, 0x77);
		EMIT(c, MI_FLUSH_DW | 1u << 14 | 1u << 21, 0x180 | 4, 0, 0xaa, 0xbb);
		EMIT(c, MI_FLUSH_DW | 3u << 14, ADDR(DATA_AT + 16), 0, 0);
		EMIT(c, MI_FLUSH_DW, ADDR(DATA_AT + 24), 0x88, 0x99);
		run(c);
		assert_true(qword(c, DATA_AT) == 0x2200000011);
		assert_true(qword(c, DATA_AT + 8) == 0xffffffff00000033);
		assert_int_equal(ggtt_dword(r, r->hwsp[e] + 0x200), 0x44);
		assert_int_equal(ggtt_dword(r, c->lrca + 0x140), 0x66);
		assert_int_equal(ggtt_dword(r, r->hwsp[e] + 0x180), 0xaa);
		assert_int_not_equal(dword(c, DATA_AT + 16), 0);
		assert_true(qword(c, DATA_AT + 24) == 0);
	}
}

/* Each command is counted, also each MI_NOOP of a run in a batch. */
static void test_counted(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);

	EMIT(c, MI_NOOP, MI_NOOP, STORE(DATA_AT, 1));
	run(c);
	assert_int_equal(counts(r).commands, 3);
	for (uint32_t i = 0; i < 100; i++)
		set_dword(c, BATCH_AT + 4 * i, MI_NOOP);
	BATCH(c, BATCH_AT + 400, MI_BATCH_END);
	EMIT(c, MI_BATCH_START | BATCH_PPGTT, ADDR(BATCH_AT), MI_ARB_CHECK);
	run(c);
	assert_int_equal(counts(r).commands, 3 + 1 + 101 + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_store), TEST(test_store_long), TEST(test_registers), TEST(test_copy),
		TEST(test_no_effect), TEST(test_skipped), TEST(test_unknown), TEST(test_lengths),
		TEST(test_next_command), TEST(test_ring_end), TEST(test_batches),
		TEST(test_batch_pages), TEST(test_ggtt_batch), TEST(test_privileges),
		TEST(test_user_registers), TEST(test_force_to_nonpriv), TEST(test_math),
		TEST(test_predicate), TEST(test_predicated_batch), TEST(test_atomic),
		TEST(test_semaphore), TEST(test_semaphore_elsewhere), TEST(test_conditional_end),
		TEST(test_pipe_control), TEST(test_flush_dw), TEST(test_counted),
	};

	return cmocka_run_group_tests_name("commands", tests, NULL, NULL);
}
