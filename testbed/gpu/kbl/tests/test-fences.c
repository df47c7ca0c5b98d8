// SPDX-License-Identifier: MIT
/* Accesses to the aperture, through the GGTT and fences. i915 gt/intel_ggtt_fencing.c. */
#include "rig.h"
#include "tiles.h"

#define FENCE_AT 0x400000u
#define FENCED   0x40000u /* bytes */

static void set_fence(struct rig *r, unsigned int i, uint32_t start, uint32_t size, uint32_t pitch,
		      bool y)
{
	/* i965_write_fence_reg(): the last page; the pitch in units of 128 bytes, minus one. */
	set_reg(r, FENCES_AT + 8 * i + 4, (start + size - (uint32_t)PAGE) | (pitch / 128 - 1));
	set_reg(r, FENCES_AT + 8 * i, start | (y ? 2 : 0) | 1);
}

static void map_fenced(struct rig *r)
{
	for (uint32_t i = 0; i < FENCED / PAGE; i++)
		set_ggtt(r, FENCE_AT + i * PAGE, new_page(r));
}

static uint8_t ggtt_byte(struct rig *r, uint64_t addr)
{
	return *(uint8_t *)ggtt_mem(r, addr);
}

static uint8_t pattern(uint32_t i)
{
	return (uint8_t)(i * 2654435761u >> 24);
}

static void test_linear(void **state)
{
	static uint8_t data[3 * 4096], back[3 * 4096];
	struct rig *r = *state;

	map_fenced(r);
	for (uint32_t i = 0; i < sizeof(data); i++)
		data[i] = pattern(i);
	assert_int_equal(kbl_write(r->dev, KBL_GMADR, FENCE_AT + 0x123, data, sizeof(data)), 0);
	for (uint32_t i = 0; i < sizeof(data); i++)
		assert_int_equal(ggtt_byte(r, FENCE_AT + 0x123 + i), data[i]);
	assert_int_equal(ggtt_byte(r, FENCE_AT + 0x122), 0);
	assert_int_equal(kbl_read(r->dev, KBL_GMADR, FENCE_AT + 0x123, back, sizeof(back)), 0);
	assert_memory_equal(data, back, sizeof(data));
	for (size_t len = 0; len < 9; len++) {
		memset(back, 0xee, 9);
		assert_int_equal(kbl_read(r->dev, KBL_GMADR, FENCE_AT + 0x1fff, back, len), 0);
		assert_memory_equal(back, data + 0x1fff - 0x123, len);
		assert_int_equal(back[len], 0xee);
	}
}

static void test_not_mapped(void **state)
{
	struct rig *r = *state;
	uint32_t v = 0x1234;

	set_ggtt(r, PAGE, NOWHERE);
	assert_int_equal(kbl_read(r->dev, KBL_GMADR, 0x100, &v, 4), 0);
	assert_int_equal(v, 0);
	assert_int_equal(kbl_write(r->dev, KBL_GMADR, 0x100, &v, 4), 0);
	assert_int_equal(kbl_read(r->dev, KBL_GMADR, PAGE, &v, 4), 0);
	r->expect.invalid_pte = 2;
	r->expect.bad_dma = 1;
}

/* Accesses of the CPU use no TLB: a new entry takes effect at once. */
static void test_no_translation_kept(void **state)
{
	struct rig *r = *state;
	const uint64_t a = new_page(r), b = new_page(r);

	*(uint32_t *)guest(r, a) = 1;
	*(uint32_t *)guest(r, b) = 2;
	set_ggtt(r, 0, a);
	assert_int_equal(rig_read(r, KBL_GMADR, 0, 4), 1);
	set_ggtt(r, 0, b);
	assert_int_equal(rig_read(r, KBL_GMADR, 0, 4), 2);
	assert_int_equal(counts(r).tlb_misses, 0);
}

static void check_fence(struct rig *r, unsigned int i, bool y, uint32_t pitch)
{
	const uint32_t rows = FENCED / pitch / 32 * 32, size = rows * pitch;
	static uint8_t data[FENCED], back[FENCED];

	set_fence(r, i, FENCE_AT, size, pitch, y);
	for (uint32_t o = 0; o < size; o++)
		data[o] = pattern(o + i * 7919);
	assert_int_equal(kbl_write(r->dev, KBL_GMADR, FENCE_AT, data, size), 0);
	for (uint32_t o = 0; o < size; o++) {
		const uint64_t at = tile_at(y ? TILED_Y : TILED_X, o % pitch, o / pitch, pitch);

		if (ggtt_byte(r, FENCE_AT + at) != data[o])
			fail_msg("fence %u, pitch %u: byte %u is not at %u", i, pitch, o,
				 (uint32_t)at);
	}
	memset(back, 0, size);
	assert_int_equal(kbl_read(r->dev, KBL_GMADR, FENCE_AT, back, size), 0);
	assert_memory_equal(data, back, size);
	/* Unaligned accesses. */
	for (uint32_t o = 5; o + 300 < size; o += 3001) {
		assert_int_equal(kbl_read(r->dev, KBL_GMADR, FENCE_AT + o, back, 299), 0);
		assert_memory_equal(data + o, back, 299);
	}
	set_reg(r, FENCES_AT + 8 * i, 0);
}

/* All 32 registers, X and Y, also with pitches that are not powers of two. */
static void test_tiling(void **state)
{
	static const uint32_t pitch[] = { 512, 1024, 1536, 2560, 4096 };
	struct rig *r = *state;

	map_fenced(r);
	for (unsigned int i = 0; i < 32; i++)
		check_fence(r, i, i % 2, pitch[i % 5]);
	check_fence(r, 3, true, 128);
	check_fence(r, 3, true, 384);
}

/* A fence has an effect between its start and end, and while it is valid. */
static void test_bounds(void **state)
{
	struct rig *r = *state;

	map_fenced(r);
	for (uint32_t i = 0; i < FENCED; i += 8)
		*(uint64_t *)ggtt_mem(r, FENCE_AT + i) = i;
	set_fence(r, 31, FENCE_AT + 0x8000, 0x8000, 1024, false);
	assert_int_equal(rig_read(r, KBL_GMADR, FENCE_AT + 0x7ff8, 8), 0x7ff8);
	assert_int_equal(rig_read(r, KBL_GMADR, FENCE_AT + 0x8000, 8), 0x8000);
	assert_int_equal(rig_read(r, KBL_GMADR, FENCE_AT + 0x8400, 8), 0x8200);
	assert_int_equal(rig_read(r, KBL_GMADR, FENCE_AT + 0xfff8, 8), 0xfff8);
	assert_int_equal(rig_read(r, KBL_GMADR, FENCE_AT + 0xfdf8, 8), 0xeff8);
	assert_int_equal(rig_read(r, KBL_GMADR, FENCE_AT + 0x10400, 8), 0x10400);
	set_reg(r, FENCES_AT + 8 * 31, FENCE_AT + 0x8000);
	assert_int_equal(rig_read(r, KBL_GMADR, FENCE_AT + 0x8400, 8), 0x8400);
}

/* Fences have no effect on engines. */
static void test_not_for_engines(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);

	map_fenced(r);
	set_fence(r, 0, FENCE_AT, FENCED, 1024, false);
	EMIT(c, MI_STORE_DWORD | IN_GGTT, ADDR(FENCE_AT + 0x400), 0x1234);
	run(c);
	assert_int_equal(ggtt_dword(r, FENCE_AT + 0x400), 0x1234);
}

/* Random fences cause no crash. */
static void test_hostile(void **state)
{
	struct rig *r = *state;
	uint64_t seed = 11;
	uint8_t data[256] = { 0 };

	map_fenced(r);
	r->fuzz = true;
	for (unsigned int i = 0; i < 20000; i++) {
		const uint64_t at = rnd_below(&seed, KBL_GMADR_SIZE - sizeof(data));

		set_reg(r, FENCES_AT + 4 * rnd_below(&seed, 64), (uint32_t)rnd(&seed));
		kbl_read(r->dev, KBL_GMADR, i % 2 ? at : FENCE_AT + at % FENCED, data,
			 rnd_below(&seed, sizeof(data)));
		kbl_write(r->dev, KBL_GMADR, i % 2 ? at : FENCE_AT + at % FENCED, data,
			  rnd_below(&seed, sizeof(data)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_linear), TEST(test_not_mapped), TEST(test_no_translation_kept),
		TEST(test_tiling), TEST(test_bounds), TEST(test_not_for_engines),
		TEST(test_hostile),
	};

	return cmocka_run_group_tests_name("fences", tests, NULL, NULL);
}
