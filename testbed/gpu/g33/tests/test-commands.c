// SPDX-License-Identifier: MIT
/*
 * MI commands, batches, and the lengths of 3D commands. Formats: PRM vol. 1, memory interface
 * instructions; i915's gt/intel_gpu_commands.h and gt/gen2_engine_cs.c for gen3.
 */
#include "rig.h"

#define DONE (SCRATCH_AT + 0x40)

/* A store that shows whether the commands before it had the right length. */
#define STORE(at, v) MI_STORE_DWORD_IMM, (at), (v)

static void test_no_effect(void **state)
{
	/*
	 * Commands of one dword without an effect in the model, with and without the bits that i915
	 * and IGT set.
	 */
	static const uint32_t cmd[] = {
		MI_NOOP, MI_FLUSH, MI_FLUSH | 1, MI_FLUSH | 2, MI_FLUSH | 4, MI_FLUSH | 0x3f, MI_ARB_CHECK, MI_ARB_ON_OFF,
		MI_ARB_ON_OFF | 1, MI_WAIT_FOR_EVENT, MI_WAIT_FOR_EVENT | 1 << 2, MI_WAIT_FOR_EVENT | 1 << 16 | 1 << 6 | 1 << 1,
	};
	struct rig *r = *state;

	rig_shadow(r);
	for (uint32_t i = 0; i < sizeof(cmd) / sizeof(cmd[0]); i++) {
		EMIT(r, cmd[i]);
		rig_go(r);
		assert_int_equal(g33_step(r->dev, 10), 2); /* with the NOOP that pads to a qword */
		assert_true(rig_same(r, SCRATCH_AT, 4 * PAGE, "scratch"));
		assert_true(rig_same(r, HWS_AT, PAGE, "status page"));
	}
	assert_int_equal(atomic_load(&r->calls), 0);
}

static void test_store_dword_imm(void **state)
{
	static const uint32_t at[] = {
		SCRATCH_AT, SCRATCH_AT + 4, SCRATCH_AT + PAGE - 4, SCRATCH_AT + 2 * PAGE, SCRATCH_AT + 3 * PAGE + 64, 0, 0x0ffffffc,
	};
	struct rig *r = *state;

	rig_map(r, 0, PAGE);
	rig_map(r, 0x0ffff000, PAGE);
	rig_shadow(r);
	for (uint32_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		EMIT(r, STORE(at[i], 0xa0b0c0d0 + i));
		*(uint32_t *)rig_shadow_mem(r, at[i]) = 0xa0b0c0d0 + i;
	}
	rig_run(r);
	assert_true(rig_same(r, SCRATCH_AT, 4 * PAGE, "scratch"));
	assert_true(rig_same(r, 0, PAGE, "first page"));
	assert_true(rig_same(r, 0x0ffff000, PAGE, "last page of the aperture"));
	assert_int_equal(rig_counts(r).commands, sizeof(at) / sizeof(at[0]) + 1);
}

/* The offset into the status page is in bytes, in bits 11:2 (i915 gen2_emit_breadcrumb()). */
static void test_store_dword_index(void **state)
{
	static const uint32_t offset[] = { 0, 4, 0x100, 0x200, 0xc0, 0xffc };
	struct rig *r = *state;

	rig_map(r, HWS_AT + PAGE, PAGE);
	rig_shadow(r);
	for (uint32_t i = 0; i < sizeof(offset) / sizeof(offset[0]); i++) {
		EMIT(r, MI_STORE_DWORD_INDEX, offset[i], 0x5e000 + i);
		*(uint32_t *)rig_shadow_mem(r, HWS_AT + offset[i]) = 0x5e000 + i;
	}
	rig_run(r);
	assert_true(rig_same(r, HWS_AT, 2 * PAGE, "status page"));
	/* A write to HWS_PGA takes effect at once. */
	set_reg(r, HWS_PGA, HWS_AT + PAGE);
	EMIT(r, MI_STORE_DWORD_INDEX, 0x100, 77);
	rig_run(r);
	*(uint32_t *)rig_shadow_mem(r, HWS_AT + PAGE + 0x100) = 77;
	assert_true(rig_same(r, HWS_AT, 2 * PAGE, "status page"));
	/* An offset beyond the page does not reach another page. */
	EMIT(r, MI_STORE_DWORD_INDEX, 0x1ffffffc, 99);
	set_reg(r, HWS_PGA, HWS_AT);
	rig_go(r);
	g33_step(r->dev, 10);
	r->expect_bad_command = rig_counts(r).bad_command != 0;
	*(uint32_t *)rig_shadow_mem(r, HWS_AT + 0xffc) = rig_dword(r, HWS_AT + 0xffc);
	assert_true(rig_same(r, HWS_AT, 2 * PAGE, "status page"));
}

/* i915 gt/intel_engine.h: dword 4 of the status page is the head pointer of ring 0. */
static void test_report_head(void **state)
{
	struct rig *r = *state;
	uint32_t head;

	rig_shadow(r);
	for (int i = 0; i < 10; i++)
		EMIT(r, MI_NOOP);
	EMIT(r, MI_REPORT_HEAD, MI_NOOP);
	rig_run(r);
	head = rig_dword(r, HWS_AT + 0x10);
	assert_true(head == 40 || head == 44); /* before or after the command: unspecified */
	*(uint32_t *)rig_shadow_mem(r, HWS_AT + 0x10) = head;
	assert_true(rig_same(r, HWS_AT, PAGE, "status page"));
}

static void test_load_register_imm(void **state)
{
	struct rig *r = *state;

	EMIT(r, MI_LOAD_REGISTER_IMM(1), SWF, 0x11111111);
	EMIT(r, MI_LOAD_REGISTER_IMM(3), SWF + 4, 0x22222222, SWF + 8, 0x33333333, SWF + 12, 0x44444444);
	EMIT(r, MI_LOAD_REGISTER_IMM(1), INSTPM, MASKED_SET(0x0080)); /* masked, as for the CPU */
	EMIT(r, MI_LOAD_REGISTER_IMM(2), INSTPM, 0x0000ffff, 0x7fffc, 0x55555555);
	EMIT(r, STORE(DONE, 1));
	rig_run(r);
	assert_int_equal(reg(r, SWF), 0x11111111);
	assert_int_equal(reg(r, SWF + 4), 0x22222222);
	assert_int_equal(reg(r, SWF + 8), 0x33333333);
	assert_int_equal(reg(r, SWF + 12), 0x44444444);
	assert_int_equal(reg(r, INSTPM) & 0xffff, 0x0080);
	assert_int_equal(reg(r, 0x7fffc), 0x55555555);
	assert_int_equal(rig_dword(r, DONE), 1);
}

/* The maximum of the length field. */
static void test_load_many_registers(void **state)
{
	struct rig *r = *state;

	EMIT(r, MI(0x22, 2 * 31 - 1));
	for (uint32_t i = 0; i < 31; i++)
		EMIT(r, 0x4f000 + 4 * i, 0xabc000 + i);
	EMIT(r, STORE(DONE, 1));
	rig_run(r);
	for (uint32_t i = 0; i < 31; i++)
		assert_int_equal(reg(r, 0x4f000 + 4 * i), 0xabc000 + i);
	assert_int_equal(reg(r, 0x4f000 + 4 * 31), 0);
	assert_int_equal(rig_dword(r, DONE), 1);
}

static void test_store_register_mem(void **state)
{
	struct rig *r = *state;

	set_reg(r, SWF, 0xcafebabe);
	set_reg(r, 0x7fffc, 0x01234567);
	rig_shadow(r);
	EMIT(r, MI_STORE_REGISTER_MEM, SWF, SCRATCH_AT + 8);
	EMIT(r, MI_STORE_REGISTER_MEM, INSTDONE, SCRATCH_AT + PAGE);
	EMIT(r, MI_STORE_REGISTER_MEM, RING_START, SCRATCH_AT + 2 * PAGE - 4);
	EMIT(r, MI_STORE_REGISTER_MEM, 0x7fffc, SCRATCH_AT + 16);
	rig_run(r);
	*(uint32_t *)rig_shadow_mem(r, SCRATCH_AT + 8) = 0xcafebabe;
	*(uint32_t *)rig_shadow_mem(r, SCRATCH_AT + PAGE) = 0xffffffff;
	*(uint32_t *)rig_shadow_mem(r, SCRATCH_AT + 2 * PAGE - 4) = RING_AT;
	*(uint32_t *)rig_shadow_mem(r, SCRATCH_AT + 16) = 0x01234567;
	assert_true(rig_same(r, SCRATCH_AT, 4 * PAGE, "scratch"));
}

/*
 * Commands that access the streamer's own registers, and registers that do not exist: no deadlock,
 * no crash.
 */
static void test_registers_from_the_ring(void **state)
{
	static const uint32_t o[] = { IIR, IER, IMR, EIR, HWS_PGA, MI_MODE, ACTHD, 0x2000, 0x80000, 0xfffffffc, 0x7fffe, 1, 0x20000000 };
	struct rig *r = *state;

	for (size_t i = 0; i < sizeof(o) / sizeof(o[0]); i++) {
		rig_ring(r, RING_AT, 4 * PAGE);
		EMIT(r, MI_LOAD_REGISTER_IMM(1), o[i], 0, MI_STORE_REGISTER_MEM, o[i], SCRATCH_AT, MI_NOOP, MI_NOOP);
		rig_go(r);
		g33_step(r->dev, 100);
		set_reg(r, HWS_PGA, HWS_AT);
	}
	/* The ring moves its own TAIL from 24 to 40. */
	rig_ring(r, RING_AT, 4 * PAGE);
	EMIT(r, MI_LOAD_REGISTER_IMM(1), RING_TAIL, 40, MI_NOOP, MI_NOOP, MI_NOOP, STORE(DONE, 0x600d), MI_NOOP);
	set_reg(r, RING_TAIL, 24);
	assert_true(g33_step(r->dev, 100) < 100);
	assert_int_equal(rig_dword(r, DONE), 0x600d);
	/* The ring disables itself, then stops itself. */
	rig_ring(r, RING_AT, 4 * PAGE);
	EMIT(r, MI_LOAD_REGISTER_IMM(1), RING_CTL, 0, STORE(DONE, 0xbad), MI_NOOP, MI_NOOP);
	rig_go(r);
	assert_true(g33_step(r->dev, 100) < 100);
	assert_int_equal(rig_dword(r, DONE), 0x600d);
	rig_ring(r, RING_AT, 4 * PAGE);
	EMIT(r, MI_LOAD_REGISTER_IMM(1), MI_MODE, MASKED_SET(STOP_RING), STORE(DONE, 0xbad), MI_NOOP, MI_NOOP);
	rig_go(r);
	assert_true(g33_step(r->dev, 100) < 100);
	assert_int_equal(rig_dword(r, DONE), 0x600d);
	r->expect_bad_access = rig_counts(r).bad_access != 0;
	r->expect_bad_command = rig_counts(r).bad_command != 0;
	r->expect_invalid_pte = rig_counts(r).invalid_pte != 0;
}

static void test_batch(void **state)
{
	struct rig *r = *state;

	BATCH(r, BATCH_AT, STORE(SCRATCH_AT, 1), STORE(SCRATCH_AT + 4, 2), MI_BATCH_BUFFER_END, BAD_COMMAND);
	EMIT(r, STORE(SCRATCH_AT + 8, 3), MI_BATCH_BUFFER_START, BATCH_AT, STORE(SCRATCH_AT + 12, 4));
	rig_go(r);
	assert_int_equal(g33_step(r->dev, 100), 6);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(rig_dword(r, SCRATCH_AT + 4 * i), i + 1);
	assert_true(reg(r, MI_MODE) & MODE_IDLE);
}

/* Pages of a batch are adjacent only in the GTT. A command may cross a page boundary. */
static void test_batch_across_pages(void **state)
{
	struct rig *r = *state;
	uint32_t at = BATCH_AT;

	while (at < BATCH_AT + 5 * PAGE)
		at = BATCH(r, at, STORE(SCRATCH_AT + (at - BATCH_AT) / 12 % 64 * 4, at));
	BATCH(r, at, MI_BATCH_BUFFER_END);
	EMIT(r, MI_BATCH_BUFFER_START, BATCH_AT);
	rig_run(r);
	assert_int_equal(rig_dword(r, SCRATCH_AT + (at - 12 - BATCH_AT) / 12 % 64 * 4), at - 12);
	assert_int_equal(rig_counts(r).commands, (at - BATCH_AT) / 12 + 2);
}

/* Batches at any dword of the GTT, also across the end of the aperture. */
static void test_batch_each_place(void **state)
{
	static const uint32_t place[] = { 0, 0x1ffc, 0x0fffffe8, 0x18000004, G33_PTES * PAGE - 16 };
	struct rig *r = *state;

	for (uint32_t i = 0; i < sizeof(place) / sizeof(place[0]); i++) {
		rig_map(r, place[i], 16);
		BATCH(r, place[i], STORE(SCRATCH_AT, i + 1), MI_BATCH_BUFFER_END);
		EMIT(r, MI_BATCH_BUFFER_START, place[i], MI_NOOP, MI_NOOP);
		rig_run(r);
		assert_int_equal(rig_dword(r, SCRATCH_AT), i + 1);
	}
}

/* Gen3 has one level of batches: a start in a batch is a jump; the end returns to the ring. */
static void test_chained(void **state)
{
	struct rig *r = *state;

	BATCH(r, BATCH_AT, STORE(SCRATCH_AT, 1), MI_BATCH_BUFFER_START, BATCH_AT + 0x2000, STORE(SCRATCH_AT + 12, 0xbad),
		MI_BATCH_BUFFER_END);
	BATCH(r, BATCH_AT + 0x2000, STORE(SCRATCH_AT + 4, 2), MI_BATCH_BUFFER_START, BATCH_AT + 0x1000);
	BATCH(r, BATCH_AT + 0x1000, STORE(SCRATCH_AT + 8, 3), MI_BATCH_BUFFER_END);
	EMIT(r, MI_BATCH_BUFFER_START, BATCH_AT, STORE(DONE, 0x600d));
	rig_go(r);
	assert_int_equal(g33_step(r->dev, 100), 9);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(rig_dword(r, SCRATCH_AT + 4 * i), i + 1);
	assert_int_equal(rig_dword(r, SCRATCH_AT + 12), 0);
	assert_int_equal(rig_dword(r, DONE), 0x600d);
}

/* A spinner as in IGT's lib/igt_dummyload.c, ended by overwriting its first command. */
static void test_spinner(void **state)
{
	struct rig *r = *state;

	rig_map(r, 0, PAGE);
	BATCH(r, 0, MI_NOOP, MI_NOOP, MI_BATCH_BUFFER_START, 0);
	EMIT(r, MI_BATCH_BUFFER_START, 0, STORE(DONE, 0x600d), MI_NOOP);
	rig_go(r);
	assert_int_equal(g33_step(r->dev, 1000), 1000);
	assert_false(reg(r, MI_MODE) & MODE_IDLE);
	assert_true(reg(r, ACTHD) < PAGE);
	assert_int_equal(rig_dword(r, DONE), 0);
	rig_write(r, G33_APERTURE, 0, 4, MI_BATCH_BUFFER_END);
	assert_true(g33_step(r->dev, 100) < 100);
	assert_int_equal(rig_dword(r, DONE), 0x600d);
	assert_true(reg(r, MI_MODE) & MODE_IDLE);
}

/* Stores are visible to the fetch of later commands: a batch that patches itself. */
static void test_self_modifying(void **state)
{
	struct rig *r = *state;

	BATCH(r, BATCH_AT, STORE(BATCH_AT + 24, 0x600d), STORE(SCRATCH_AT, 0xbad), MI_BATCH_BUFFER_END);
	rig_set_dword(r, BATCH_AT + 8, 0x600d);
	rig_set_dword(r, BATCH_AT + 4, BATCH_AT + 20);
	EMIT(r, MI_BATCH_BUFFER_START, BATCH_AT);
	rig_run(r);
	assert_int_equal(rig_dword(r, SCRATCH_AT), 0x600d);
}

/* Bit 0 of the address makes a batch non-secure: its privileged commands have no effect. */
static void test_non_secure(void **state)
{
	struct rig *r = *state;
	const uint32_t jump = BATCH_AT + 0x1000;

	set_reg(r, SWF, 1);
	BATCH(r, BATCH_AT, MI_LOAD_REGISTER_IMM(1), SWF, 2, MI_STORE_REGISTER_MEM, SWF, SCRATCH_AT, MI_USER_INTERRUPT, MI_BATCH_BUFFER_END);
	EMIT(r, MI_BATCH_BUFFER_START, BATCH_AT | NON_SECURE, STORE(DONE, 1));
	set_reg(r, IMR, ~USER_INTERRUPT);
	rig_run(r);
	assert_int_equal(reg(r, SWF), 1);
	assert_int_equal(rig_dword(r, SCRATCH_AT), 0);
	assert_int_equal(rig_counts(r).privileged, 2);
	assert_int_equal(reg(r, IIR) & USER_INTERRUPT, USER_INTERRUPT);
	assert_int_equal(rig_dword(r, DONE), 1);

	/* The same batch, secure. */
	EMIT(r, MI_BATCH_BUFFER_START, BATCH_AT, STORE(DONE, 2));
	rig_run(r);
	assert_int_equal(reg(r, SWF), 2);
	assert_int_equal(rig_dword(r, SCRATCH_AT), 2);
	assert_int_equal(rig_counts(r).privileged, 2);

	/* A batch started by a non-secure batch is non-secure. */
	BATCH(r, jump, MI_LOAD_REGISTER_IMM(2), SWF, 3, SWF + 4, 3, MI_BATCH_BUFFER_END);
	BATCH(r, BATCH_AT, MI_BATCH_BUFFER_START, jump);
	EMIT(r, MI_BATCH_BUFFER_START, BATCH_AT | NON_SECURE, STORE(DONE, 3));
	rig_run(r);
	assert_int_equal(reg(r, SWF), 2);
	assert_int_equal(reg(r, SWF + 4), 0);
	assert_int_equal(rig_counts(r).privileged, 3);
	assert_int_equal(rig_dword(r, DONE), 3);

	/* A secure batch can start a non-secure one. */
	BATCH(r, BATCH_AT, MI_LOAD_REGISTER_IMM(1), SWF + 8, 4, MI_BATCH_BUFFER_START, jump | NON_SECURE);
	EMIT(r, MI_BATCH_BUFFER_START, BATCH_AT, MI_LOAD_REGISTER_IMM(1), SWF + 12, 5);
	rig_run(r);
	assert_int_equal(reg(r, SWF + 8), 4);
	assert_int_equal(reg(r, SWF), 2);
	assert_int_equal(rig_counts(r).privileged, 4);
	/* The ring is always secure, also after a non-secure batch. */
	assert_int_equal(reg(r, SWF + 12), 5);
	r->expect_privileged = true;
}

/* After a non-secure batch is dropped by a new ring, the ring and its next batch are secure. */
static void test_non_secure_ends(void **state)
{
	struct rig *r = *state;

	BATCH(r, BATCH_AT, MI_NOOP, MI_NOOP, MI_BATCH_BUFFER_END);
	EMIT(r, MI_BATCH_BUFFER_START, BATCH_AT | NON_SECURE);
	rig_go(r);
	assert_int_equal(g33_step(r->dev, 2), 2);
	rig_ring(r, RING_AT, 4 * PAGE);
	BATCH(r, BATCH_AT, MI_LOAD_REGISTER_IMM(1), SWF, 6, MI_BATCH_BUFFER_END);
	EMIT(r, MI_LOAD_REGISTER_IMM(1), SWF + 4, 5, MI_BATCH_BUFFER_START, BATCH_AT);
	rig_run(r);
	assert_int_equal(reg(r, SWF), 6);
	assert_int_equal(reg(r, SWF + 4), 5);
}

static void bad(struct rig *r, const uint32_t *dw, size_t n, bool batch)
{
	uint64_t before = rig_counts(r).bad_command;

	g33_reset(r->dev);
	set_reg(r, HWS_PGA, HWS_AT);
	rig_ring(r, RING_AT, 4 * PAGE);
	rig_set_dword(r, DONE, 0);
	if (batch) {
		uint32_t at = rig_batch(r, BATCH_AT, dw, n);

		for (uint32_t end = at + 600; at < end; at += 12)
			BATCH(r, at, STORE(DONE, 0xbad));
		BATCH(r, at, MI_BATCH_BUFFER_END);
		EMIT(r, MI_BATCH_BUFFER_START, BATCH_AT, STORE(DONE, 0xbad));
	} else {
		rig_emit(r, dw, n);
		for (int i = 0; i < 50; i++)
			EMIT(r, STORE(DONE, 0xbad));
	}
	rig_go(r);
	assert_true(g33_step(r->dev, 1000) < 1000);
	if (rig_counts(r).bad_command != before + 1 || rig_dword(r, DONE)) {
		print_message("# 0x%08x %s: %" PRIu64 " counted, DONE is 0x%x\n", dw[0], batch ? "in a batch" : "in the ring",
			      rig_counts(r).bad_command - before, rig_dword(r, DONE));
		fail();
	}
	assert_true((reg(r, RING_HEAD) & 0x1ffffc) <= (batch ? 8 : 4));
	/* It stays stopped, and the command is counted once. */
	assert_int_equal(g33_step(r->dev, 1000), 0);
	set_reg(r, RING_TAIL, r->tail);
	assert_int_equal(g33_step(r->dev, 1000), 0);
	assert_int_equal(rig_counts(r).bad_command, before + 1);
	assert_int_equal(rig_dword(r, DONE), 0);
}

static void test_unknown(void **state)
{
	/*
	 * Clients 1 and 4 to 7 are reserved. No list of gen3 commands has MI 0x3f, 2D 0x7f, 0x00.
	 */
	static const uint32_t unknown[] = {
		BAD_COMMAND, 0x3fffffff, 0x80000000, 0xa0000000, 0xc0000000, 0xe0000000, 0xffffffff,
		MI(0x3f, 0),
		2u << 29 | 0x7f << 22 | 3, 2u << 29,
	};
	struct rig *r = *state;

	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		bad(r, &unknown[i], 1, false);
		bad(r, &unknown[i], 1, true);
	}
	r->expect_bad_command = true;
	/* After a reset commands execute again. */
	g33_reset(r->dev);
	rig_ring(r, RING_AT, 4 * PAGE);
	EMIT(r, STORE(DONE, 0x600d));
	rig_run(r);
	assert_int_equal(rig_dword(r, DONE), 0x600d);
}

/* Commands with impossible lengths. */
static void test_bad_lengths(void **state)
{
	static const uint32_t cmd[] = {
		2u << 29 | 0x40 << 22 | 0, 2u << 29 | 0x43 << 22 | 0, 2u << 29 | 0x50 << 22 | 0, 2u << 29 | 0x53 << 22 | 0,
		2u << 29 | 0x40 << 22 | 2, 2u << 29 | 0x43 << 22 | 3, 2u << 29 | 0x50 << 22 | 3, 2u << 29 | 0x53 << 22 | 5,
		2u << 29 | 0x50 << 22 | 0x1f, 2u << 29 | 0x53 << 22 | 0x1f,
	};
	struct rig *r = *state;

	for (size_t i = 0; i < sizeof(cmd) / sizeof(cmd[0]); i++)
		bad(r, &cmd[i], 1, false);
	r->expect_bad_command = true;
}

/* A batch that is not mapped. */
static void test_batch_nowhere(void **state)
{
	static const uint32_t at[] = { 0x1f000000, 0x20000000, 0xfffffff0, 0xfffffffc };
	struct rig *r = *state;

	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		g33_reset(r->dev);
		rig_ring(r, RING_AT, 4 * PAGE);
		EMIT(r, MI_BATCH_BUFFER_START, at[i], STORE(DONE, 0xbad));
		rig_go(r);
		assert_true(g33_step(r->dev, 1000) < 1000);
		assert_int_equal(rig_dword(r, DONE), 0);
		assert_int_equal(rig_counts(r).bad_command, i + 1);
	}
	assert_true(rig_counts(r).invalid_pte >= 4);
	r->expect_bad_command = true;
	r->expect_invalid_pte = true;
}

/* A command cut off by TAIL, and one across the end of the ring: no crash, and execution ends. */
static void test_cut_off(void **state)
{
	struct rig *r = *state;

	EMIT(r, MI_NOOP, MI_STORE_DWORD_IMM, SCRATCH_AT + PAGE, 1);
	set_reg(r, RING_TAIL, 8);
	g33_step(r->dev, 10);
	r->expect_bad_command = rig_counts(r).bad_command != 0;
	g33_reset(r->dev);
	rig_ring(r, RING_AT, PAGE);
	set_reg(r, RING_HEAD, PAGE - 4);
	r->tail = PAGE - 4;
	EMIT(r, MI_STORE_DWORD_IMM, SCRATCH_AT, 1, MI_NOOP);
	rig_go(r);
	assert_true(g33_step(r->dev, 100) < 100);
	r->expect_bad_command |= rig_counts(r).bad_command != 0;
	assert_int_equal(rig_dword(r, SCRATCH_AT + 4), 0);
}

#define GFX(op) (3u << 29 | (uint32_t)(op) << 24)
#define GFX_1D(op, len) (GFX(0x1d) | (uint32_t)(op) << 16 | (len))

static void test_3d_lengths(void **state)
{
	/*
	 * Lengths in dwords on which i915_reg.h of Mesa and xf86-video-intel and
	 * intel/intel_decode.c of libdrm agree.
	 */
	static const struct { uint32_t cmd, len; } c[] = {
		/*
		 * antialiasing, stencil back face, coordinate sets, fog colour, alpha blend, modes
		 * 4 and 5, rasters
		 */
		{ GFX(0x06) | 0x123456, 1 }, { GFX(0x08) | 0xffffff, 1 }, { GFX(0x09), 1 }, { GFX(0x16) | 0xfac688, 1 }, { GFX(0x15), 1 },
		{ GFX(0x0b) | 0xffffff, 1 }, { GFX(0x0d) | 0xffffff, 1 }, { GFX(0x0c) | 0x70, 1 }, { GFX(0x07) | 0xffffff, 1 },
		/* scissor enable, depth sub-rectangle disable */
		{ GFX(0x1c) | 0x10 << 19 | 3, 1 }, { GFX(0x1c) | 0x11 << 19 | 2, 1 },
		/*
		 * drawing and scissor rectangle, buffer info, destination variables, clear
		 * parameters
		 */
		{ GFX_1D(0x80, 3), 5 }, { GFX_1D(0x81, 1), 3 }, { GFX_1D(0x8e, 1), 3 }, { GFX_1D(0x85, 0), 2 }, { GFX_1D(0x9c, 5), 7 },
		/*
		 * chroma key, constant blend colour, defaults, depth offset scale, filter
		 * coefficients, mono filter, fog mode, stipple
		 */
		{ GFX_1D(0x86, 2), 4 }, { GFX_1D(0x88, 0), 2 }, { GFX_1D(0x99, 0), 2 }, { GFX_1D(0x9a, 0), 2 }, { GFX_1D(0x98, 0), 2 },
		{ GFX_1D(0x97, 0), 2 }, { GFX_1D(0x9d, 63), 65 }, { GFX_1D(0x9e, 2), 4 }, { GFX_1D(0x89, 2), 4 }, { GFX_1D(0x83, 0), 2 },
		{ GFX_1D(0x8f, 14), 16 },
		/*
		 * load state immediate 1 with its mask above the length, map state, sampler state,
		 * constants, programs
		 */
		{ GFX_1D(0x04, 0xff0 | 7), 9 }, { GFX_1D(0x04, 1 << 4 | 0), 2 }, { GFX_1D(0x00, 6), 8 },
		{ GFX_1D(0x01, 6), 8 }, { GFX_1D(0x06, 8), 10 }, { GFX_1D(0x05, 3 * 3 - 1), 10 }, { GFX_1D(0x05, 0xbf), 0xc1 },
		/* primitives: inline; sequential; odd and even numbers of indices, two per dword */
		{ GFX(0x1f) | 7 << 18 | 5, 7 }, { GFX(0x1f) | 0 << 18 | 0x12f, 0x131 }, { GFX(0x1f) | 1 << 23 | 4 << 18 | 24, 2 },
		{ GFX(0x1f) | 1 << 23 | 1 << 17 | 5, 4 }, { GFX(0x1f) | 1 << 23 | 1 << 17 | 6, 4 },
		{ GFX(0x1f) | 1 << 23 | 1 << 17 | 1, 2 },
	};
	struct rig *r = *state;

	for (uint32_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		struct g33_counts counts;
		uint32_t at = BATCH(r, BATCH_AT, c[i].cmd);

		for (uint32_t k = 1; k < c[i].len; k++)
			at = BATCH(r, at, BAD_COMMAND | k);
		BATCH(r, at, STORE(DONE, i + 1), MI_BATCH_BUFFER_END);
		EMIT(r, MI_BATCH_BUFFER_START, BATCH_AT | NON_SECURE);
		rig_go(r);
		g33_step(r->dev, 100);
		counts = rig_counts(r);
		if (counts.bad_command || rig_dword(r, DONE) != i + 1)
			print_message("# 0x%08x has %u dwords\n", c[i].cmd, c[i].len);
		assert_int_equal(counts.bad_command, 0);
		assert_int_equal(rig_dword(r, DONE), i + 1);
	}
}

/*
 * 3DSTATE_LOAD_INDIRECT as userspace emits it at the start of a batch: without state, followed by a
 * dword of 0 that is part of it or a MI_NOOP.
 */
static void test_load_indirect(void **state)
{
	struct rig *r = *state;

	BATCH(r, BATCH_AT, GFX_1D(0x07, 0), 0, STORE(DONE, 1), MI_BATCH_BUFFER_END);
	EMIT(r, MI_BATCH_BUFFER_START, BATCH_AT);
	rig_run(r);
	assert_int_equal(rig_dword(r, DONE), 1);
}

/* An i915 request: gen2_emit_flush(), gen2_emit_bb_start(), gen2_emit_breadcrumb(). */
static void test_request(void **state)
{
	struct rig *r = *state;

	set_reg(r, IMR, ~USER_INTERRUPT);
	set_reg(r, IER, USER_INTERRUPT);
	for (uint32_t seqno = 1; seqno < 60; seqno++) {
		BATCH(r, BATCH_AT, STORE(SCRATCH_AT, seqno * 3), MI_BATCH_BUFFER_END);
		EMIT(r, MI_FLUSH | 1);
		for (int i = 0; i < 12; i++)
			EMIT(r, MI_STORE_DWORD_INDEX, 0x200, 0, MI_FLUSH | 4);
		EMIT(r, MI_FLUSH | 1, MI_BATCH_BUFFER_START, BATCH_AT | NON_SECURE, MI_FLUSH);
		for (int i = 0; i < 16; i++)
			EMIT(r, MI_STORE_DWORD_INDEX, 0x200, seqno);
		for (int i = 0; i < 8; i++)
			EMIT(r, MI_STORE_DWORD_INDEX, 0x100, seqno);
		EMIT(r, MI_USER_INTERRUPT);
		rig_run(r);
		assert_int_equal(rig_dword(r, HWS_AT + 0x100), seqno);
		assert_int_equal(rig_dword(r, HWS_AT + 0x200), seqno);
		assert_int_equal(rig_dword(r, SCRATCH_AT), seqno * 3);
		assert_true(atomic_load(&r->level));
		assert_int_equal(reg(r, IIR), USER_INTERRUPT);
		set_reg(r, IIR, USER_INTERRUPT);
		assert_false(atomic_load(&r->level));
		assert_int_equal(atomic_load(&r->rises), seqno);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RING(test_no_effect), RING(test_store_dword_imm), RING(test_store_dword_index), RING(test_report_head),
		RING(test_load_register_imm), RING(test_load_many_registers), RING(test_store_register_mem),
		RING(test_registers_from_the_ring), RING(test_batch), RING(test_batch_across_pages), RING(test_batch_each_place),
		RING(test_chained), RING(test_spinner), RING(test_self_modifying), RING(test_non_secure), RING(test_non_secure_ends),
		RING(test_unknown), RING(test_bad_lengths), RING(test_batch_nowhere), RING(test_cut_off), RING(test_3d_lengths),
		RING(test_load_indirect), RING(test_request),
	};

	return cmocka_run_group_tests_name("commands", tests, NULL, NULL);
}
