// SPDX-License-Identifier: MIT
/*
 * The ring: PRM vol. 1, ring buffer registers (TAIL 20:3, HEAD 20:2 with the wrap count in 31:21,
 * START 31:12, CTL length in pages less one in 20:12, valid bit 0), MI_MODE and ACTHD. The tests
 * start and stop it as i915's gt/intel_ring_submission.c does.
 */
#include "rig.h"

static void test_nothing_without_valid(void **state)
{
	struct rig *r = *state;

	assert_int_equal(g33_step(r->dev, 100), 0);
	rig_map(r, RING_AT, PAGE);
	set_reg(r, RING_START, RING_AT);
	set_reg(r, RING_TAIL, 0x100);
	assert_int_equal(g33_step(r->dev, 100), 0);
	assert_int_equal(reg(r, RING_HEAD), 0);
	set_reg(r, RING_CTL, 1);
	assert_int_equal(g33_step(r->dev, 100), 0x40);
	assert_int_equal(reg(r, RING_HEAD), 0x100);
}

static void test_registers(void **state)
{
	struct rig *r = *state;

	/* i915 writes each of these and waits until it reads back. */
	set_reg(r, RING_START, 0x1234f000);
	assert_int_equal(reg(r, RING_START), 0x1234f000);
	set_reg(r, RING_HEAD, 0x00a00128);
	assert_int_equal(reg(r, RING_HEAD), 0x00a00128);
	set_reg(r, RING_HEAD, 0xffffff00 & 0xfffffffc);
	assert_int_equal(reg(r, RING_HEAD), 0xffffff00);
	set_reg(r, RING_HEAD, 0x128);
	set_reg(r, RING_TAIL, 0x128);
	assert_int_equal(reg(r, RING_TAIL), 0x128);
	set_reg(r, RING_CTL, 0x3001);
	assert_int_equal(reg(r, RING_CTL) & 0x1ff001, 0x3001);
	assert_int_equal(reg(r, RING_HEAD), 0x128);
	set_reg(r, RING_CTL, 0);
	assert_int_equal(reg(r, RING_CTL) & 1, 0);
}

static void test_noops_one_by_one(void **state)
{
	struct rig *r = *state;

	for (int i = 0; i < 16; i++)
		EMIT(r, MI_NOOP);
	rig_go(r);
	assert_int_equal(g33_step(r->dev, 0), 0);
	assert_int_equal(reg(r, RING_HEAD), 0);
	for (uint32_t i = 1; i <= 16; i++) {
		assert_false(reg(r, MI_MODE) & MODE_IDLE);
		assert_int_equal(g33_step(r->dev, 1), 1);
		assert_int_equal(reg(r, RING_HEAD), 4 * i);
	}
	assert_int_equal(g33_step(r->dev, 1), 0);
	assert_true(reg(r, MI_MODE) & MODE_IDLE);
	assert_int_equal(rig_counts(r).commands, 16);
	/* The same in one call. */
	for (int i = 0; i < 16; i++)
		EMIT(r, MI_NOOP);
	rig_go(r);
	assert_int_equal(g33_step(r->dev, 100), 16);
	assert_int_equal(rig_counts(r).commands, 32);
}

/* MI_NOOP with an identification number in 21:0, enabled by bit 22, is one dword. */
static void test_noop_with_id(void **state)
{
	struct rig *r = *state;

	EMIT(r, MI_NOOP | 0x3fffff, MI_NOOP | 1u << 22 | 0x12345);
	rig_run(r);
	assert_int_equal(rig_counts(r).commands, 2);
}

static void test_wrap(void **state)
{
	struct rig *r = *state;

	/* 13 laps of a ring of 4 pages, then 2 dwords. */
	for (uint32_t lap = 0; lap < 13; lap++) {
		for (uint32_t i = 0; i < 4; i++) {
			for (int k = 0; k < 1000; k++)
				EMIT(r, MI_NOOP);
			EMIT(r, MI_STORE_DWORD_IMM, SCRATCH_AT, lap * 4 + i, MI_NOOP);
			while (r->tail % PAGE)
				EMIT(r, MI_NOOP);
			rig_run(r);
			assert_int_equal(rig_dword(r, SCRATCH_AT), lap * 4 + i);
			assert_int_equal(reg(r, RING_HEAD) >> 21, i == 3 ? lap + 1 : lap);
		}
	}
	EMIT(r, MI_NOOP, MI_NOOP);
	rig_run(r);
	assert_int_equal(reg(r, RING_HEAD), 13u << 21 | 8);
}

/* The wrap count has 11 bits. */
static void test_wrap_count_wraps(void **state)
{
	struct rig *r = *state;

	set_reg(r, RING_CTL, 0);
	set_reg(r, RING_HEAD, 0x7ffu << 21 | (r->ring_size - 8));
	set_reg(r, RING_TAIL, 8);
	set_reg(r, RING_CTL, (r->ring_size - PAGE) | 1);
	assert_int_equal(reg(r, RING_HEAD), 0x7ffu << 21 | (r->ring_size - 8));
	assert_int_equal(g33_step(r->dev, 100), 4);
	assert_int_equal(reg(r, RING_HEAD), 8);
}

/*
 * 4 KiB to 2 MiB. The rest of the ring and the next page have bad commands, to catch a wrong size.
 */
static void test_each_size(void **state)
{
	struct rig *r = *state;

	rig_map(r, SCRATCH_AT, PAGE);
	for (uint32_t pages = 1; pages <= 512; pages *= 2) {
		uint32_t size = pages * PAGE;

		rig_ring(r, RING_AT, size);
		rig_map(r, RING_AT + size, PAGE);
		for (uint32_t o = 0; o < size + PAGE; o += 4)
			rig_set_dword(r, RING_AT + o, BAD_COMMAND);
		set_reg(r, RING_HEAD, size - 16);
		set_reg(r, RING_TAIL, size - 16);
		r->tail = size - 16;
		EMIT(r, MI_STORE_DWORD_IMM, SCRATCH_AT, pages, MI_NOOP, MI_STORE_DWORD_IMM, SCRATCH_AT + 4, ~pages, MI_NOOP);
		rig_run(r);
		assert_int_equal(rig_dword(r, SCRATCH_AT), pages);
		assert_int_equal(rig_dword(r, SCRATCH_AT + 4), ~pages);
		assert_int_equal(reg(r, RING_HEAD), 1u << 21 | 16);
	}
}

/* Sizes that are not powers of two are legal: the field counts pages. */
static void test_three_pages(void **state)
{
	struct rig *r = *state;

	rig_map(r, SCRATCH_AT, PAGE);
	rig_ring(r, RING_AT, 3 * PAGE);
	rig_map(r, RING_AT + 3 * PAGE, PAGE);
	rig_set_dword(r, RING_AT + 3 * PAGE, BAD_COMMAND);
	rig_set_dword(r, RING_AT, MI_STORE_DWORD_IMM);
	rig_set_dword(r, RING_AT + 4, SCRATCH_AT);
	rig_set_dword(r, RING_AT + 8, 33);
	set_reg(r, RING_HEAD, 3 * PAGE - 8);
	set_reg(r, RING_TAIL, 16);
	g33_step(r->dev, 100);
	assert_int_equal(rig_dword(r, SCRATCH_AT), 33);
	assert_int_equal(reg(r, RING_HEAD), 1u << 21 | 16);
}

/* The ring may be anywhere in the GTT: in the aperture, across its end, at the end of the GTT. */
static void test_each_place(void **state)
{
	static const uint32_t at[] = { 0, 0x5000, 0x0fffe000, 0x10001000, G33_PTES * PAGE - 4 * PAGE };
	struct rig *r = *state;

	rig_map(r, SCRATCH_AT, PAGE);
	for (uint32_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		rig_ring(r, at[i], 4 * PAGE);
		set_reg(r, RING_HEAD, 2 * PAGE - 8);
		r->tail = 2 * PAGE - 8;
		EMIT(r, MI_NOOP, MI_NOOP, MI_STORE_DWORD_IMM, SCRATCH_AT, i + 1);
		rig_run(r);
		assert_int_equal(rig_dword(r, SCRATCH_AT), i + 1);
	}
}

static void test_head_written(void **state)
{
	struct rig *r = *state;

	/* Skip the first commands, as i915 does with a request that hung. */
	EMIT(r, BAD_COMMAND, BAD_COMMAND, MI_STORE_DWORD_IMM, SCRATCH_AT, 5, MI_NOOP);
	set_reg(r, RING_HEAD, 8 | 3u << 21);
	rig_run(r);
	assert_int_equal(reg(r, RING_HEAD), 24 | 3u << 21);
	assert_int_equal(rig_dword(r, SCRATCH_AT), 5);
	/* Empty the ring by HEAD = TAIL, as i915's stop_ring(). */
	EMIT(r, BAD_COMMAND, BAD_COMMAND);
	rig_map(r, RING_AT, PAGE);
	set_reg(r, MI_MODE, MASKED_SET(STOP_RING));
	rig_go(r);
	set_reg(r, RING_HEAD, reg(r, RING_TAIL));
	set_reg(r, MI_MODE, MASKED_CLEAR(STOP_RING));
	assert_int_equal(g33_step(r->dev, 10), 0);
	assert_true(reg(r, MI_MODE) & MODE_IDLE);
}

static void test_stop_ring(void **state)
{
	struct rig *r = *state;

	set_reg(r, MI_MODE, MASKED_SET(STOP_RING));
	EMIT(r, MI_STORE_DWORD_IMM, SCRATCH_AT, 1, MI_NOOP);
	rig_go(r);
	assert_int_equal(g33_step(r->dev, 10), 0);
	assert_true(reg(r, MI_MODE) & MODE_IDLE);
	assert_int_equal(reg(r, RING_HEAD), 0);
	assert_int_equal(rig_dword(r, SCRATCH_AT), 0);
	/* Bit 8 changes only with its mask bit. */
	set_reg(r, MI_MODE, STOP_RING);
	assert_int_equal(g33_step(r->dev, 10), 0);
	set_reg(r, MI_MODE, 0);
	assert_int_equal(g33_step(r->dev, 10), 0);
	set_reg(r, MI_MODE, MASKED_CLEAR(STOP_RING));
	assert_false(reg(r, MI_MODE) & MODE_IDLE);
	assert_int_equal(g33_step(r->dev, 10), 2);
	assert_int_equal(rig_dword(r, SCRATCH_AT), 1);
	assert_true(reg(r, MI_MODE) & MODE_IDLE);
}

/* Stopping between queued commands: executed ones are not repeated, the rest wait. */
static void test_stop_between(void **state)
{
	struct rig *r = *state;

	for (uint32_t i = 0; i < 8; i++)
		EMIT(r, MI_STORE_DWORD_IMM, SCRATCH_AT + 4 * i, 0x100 + i, MI_NOOP);
	rig_go(r);
	assert_int_equal(g33_step(r->dev, 6), 6);
	set_reg(r, MI_MODE, MASKED_SET(STOP_RING));
	assert_int_equal(g33_step(r->dev, 100), 0);
	assert_int_equal(reg(r, RING_HEAD), 3 * 16);
	for (uint32_t i = 0; i < 8; i++)
		assert_int_equal(rig_dword(r, SCRATCH_AT + 4 * i), i < 3 ? 0x100 + i : 0);
	set_reg(r, MI_MODE, MASKED_CLEAR(STOP_RING));
	assert_int_equal(g33_step(r->dev, 100), 10);
	assert_int_equal(rig_dword(r, SCRATCH_AT + 28), 0x107);
}

/* Clearing the valid bit stops execution and drops the ring's commands and the batch. */
static void test_valid_cleared(void **state)
{
	struct rig *r = *state;

	BATCH(r, BATCH_AT, MI_NOOP, MI_NOOP, MI_STORE_DWORD_IMM, SCRATCH_AT, 0xbad, MI_BATCH_BUFFER_END);
	EMIT(r, MI_BATCH_BUFFER_START, BATCH_AT, MI_STORE_DWORD_IMM, SCRATCH_AT + 4, 0xbad, MI_NOOP);
	rig_go(r);
	assert_int_equal(g33_step(r->dev, 2), 2);
	assert_true(reg(r, ACTHD) >= BATCH_AT && reg(r, ACTHD) < BATCH_AT + 24);
	set_reg(r, RING_CTL, 0);
	assert_int_equal(g33_step(r->dev, 100), 0);
	assert_true(reg(r, MI_MODE) & MODE_IDLE);
	/* Restart as i915 does: the ring is empty, then executes a new command. */
	rig_ring(r, RING_AT, 4 * PAGE);
	assert_int_equal(g33_step(r->dev, 100), 0);
	EMIT(r, MI_STORE_DWORD_IMM, SCRATCH_AT + 8, 0x600d, MI_NOOP);
	rig_run(r);
	assert_int_equal(rig_dword(r, SCRATCH_AT), 0);
	assert_int_equal(rig_dword(r, SCRATCH_AT + 4), 0);
	assert_int_equal(rig_dword(r, SCRATCH_AT + 8), 0x600d);
}

/* The batch is also dropped if the ring is disabled and enabled without a step in between. */
static void test_valid_toggled(void **state)
{
	struct rig *r = *state;

	BATCH(r, BATCH_AT, MI_NOOP, MI_STORE_DWORD_IMM, SCRATCH_AT, 0xbad, MI_BATCH_BUFFER_END);
	EMIT(r, MI_BATCH_BUFFER_START, BATCH_AT);
	rig_go(r);
	assert_int_equal(g33_step(r->dev, 1), 1);
	rig_ring(r, RING_AT, 4 * PAGE);
	assert_true(reg(r, MI_MODE) & MODE_IDLE);
	EMIT(r, MI_STORE_DWORD_IMM, SCRATCH_AT + 8, 0x600d, MI_NOOP);
	rig_run(r);
	assert_int_equal(rig_dword(r, SCRATCH_AT), 0);
	assert_int_equal(rig_dword(r, SCRATCH_AT + 8), 0x600d);
}

/* i915 reads ACTHD to see whether the engine makes progress (gt/intel_engine_cs.c). */
static void test_acthd(void **state)
{
	struct rig *r = *state;
	uint32_t last;

	BATCH(r, BATCH_AT, MI_NOOP, MI_NOOP, MI_NOOP, MI_NOOP, MI_BATCH_BUFFER_END);
	EMIT(r, MI_NOOP, MI_NOOP, MI_BATCH_BUFFER_START, BATCH_AT, MI_NOOP, MI_NOOP);
	rig_go(r);
	assert_int_equal(g33_step(r->dev, 3), 3);
	assert_int_equal(reg(r, ACTHD), BATCH_AT);
	last = BATCH_AT;
	for (int i = 0; i < 4; i++) {
		assert_int_equal(g33_step(r->dev, 1), 1);
		assert_int_equal(reg(r, ACTHD), last + 4);
		last += 4;
	}
	assert_int_equal(g33_step(r->dev, 1), 1);
	assert_false(reg(r, ACTHD) >= BATCH_AT && reg(r, ACTHD) < BATCH_AT + PAGE);
	assert_int_equal(reg(r, RING_HEAD), 16);
	last = reg(r, ACTHD);
	assert_int_equal(g33_step(r->dev, 1), 1);
	assert_int_equal(reg(r, ACTHD), last + 4);
	assert_int_equal(g33_step(r->dev, 100), 1);
	assert_int_equal(reg(r, ACTHD), last + 8);
	assert_int_equal(g33_step(r->dev, 100), 0);
	assert_int_equal(reg(r, ACTHD), last + 8);
}

/* An unmapped ring reads as 0xffffffff, which is not a command: execution stops. */
static void test_unmapped_ring(void **state)
{
	struct rig *r = *state;

	set_reg(r, RING_START, 0x1f000000);
	set_reg(r, RING_TAIL, 0x800);
	set_reg(r, RING_CTL, 1);
	assert_true(g33_step(r->dev, 10000) < 10000);
	assert_true(rig_counts(r).invalid_pte > 0);
	r->expect_invalid_pte = true;
	r->expect_bad_command = rig_counts(r).bad_command != 0;
}

/* TAIL, HEAD and START with reserved bits set, and beyond the size of the ring. */
static void test_hostile_values(void **state)
{
	static const uint32_t odd[] = { 0xffffffff, 0x001ffff8, 0x00200000, 0x3ff8, 0x4000, 0x4008, 0x7, 0x80000001 };
	struct rig *r = *state;

	rig_map(r, RING_AT, 2u << 20);
	for (uint32_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		for (uint32_t k = 0; k < sizeof(odd) / sizeof(odd[0]); k++) {
			for (uint32_t ctl = 1; ctl < 0x4000; ctl += 0x3000) {
				set_reg(r, RING_CTL, 0);
				set_reg(r, RING_HEAD, odd[i]);
				set_reg(r, RING_TAIL, odd[k]);
				set_reg(r, RING_START, RING_AT | 0xfff);
				set_reg(r, RING_CTL, ctl | 0xffe00ffe);
				g33_step(r->dev, 3000);
			}
		}
	}
	r->expect_invalid_pte = rig_counts(r).invalid_pte != 0;
	r->expect_bad_command = rig_counts(r).bad_command != 0;
	g33_reset(r->dev);
	rig_map(r, SCRATCH_AT, PAGE);
	rig_ring(r, RING_AT, 4 * PAGE);
	EMIT(r, MI_STORE_DWORD_IMM, SCRATCH_AT, 0x600d, MI_NOOP);
	rig_run(r);
	assert_int_equal(rig_dword(r, SCRATCH_AT), 0x600d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAIN(test_nothing_without_valid), PLAIN(test_registers), RING(test_noops_one_by_one), RING(test_noop_with_id),
		RING(test_wrap), RING(test_wrap_count_wraps), PLAIN(test_each_size), PLAIN(test_three_pages), PLAIN(test_each_place),
		RING(test_head_written), RING(test_stop_ring), RING(test_stop_between), RING(test_valid_cleared),
		RING(test_valid_toggled), RING(test_acthd), PLAIN(test_unmapped_ring), PLAIN(test_hostile_values),
	};

	return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
