// SPDX-License-Identifier: MIT
/*
 * CPU accesses through fences in the aperture, compared with rig.h's tile_offset(), a permutation
 * of address bits. Blits through fences are in test-blt.c.
 */
#include "rig.h"

#define MIB (1u << 20)
#define START 0x03000000u

/*
 * tile_offset() itself, at known offsets: the second row of an X tile is at 512 bytes, the second
 * tile at 4 KiB, etc.
 */
static void test_the_formula(void **state)
{
	(void)state;
	assert_int_equal(tile_offset(511, false, 2, false), 511);
	assert_int_equal(tile_offset(512, false, 2, false), 4096);
	assert_int_equal(tile_offset(2048, false, 2, false), 512);
	assert_int_equal(tile_offset(7 * 2048 + 3 * 512 + 5, false, 2, false), 3 * 4096 + 7 * 512 + 5);
	assert_int_equal(tile_offset(8 * 2048, false, 2, false), 4 * 4096);
	assert_int_equal(tile_offset(512, false, 0, false), 512);
	assert_int_equal(tile_offset(15, true, 1, false), 15);
	assert_int_equal(tile_offset(16, true, 1, false), 512);
	assert_int_equal(tile_offset(128, true, 1, false), 4096);
	assert_int_equal(tile_offset(256, true, 1, false), 16);
	assert_int_equal(tile_offset(31 * 256 + 128 + 7 * 16 + 3, true, 1, false), 4096 + 7 * 512 + 31 * 16 + 3);
	assert_int_equal(tile_offset(32 * 256, true, 1, false), 2 * 4096);
	/* Rows 1, 2 and 3 of an X tile: bit 9, bit 10, both. */
	assert_int_equal(tile_offset(512, false, 0, true), 512 ^ 64);
	assert_int_equal(tile_offset(1024, false, 0, true), 1024 ^ 64);
	assert_int_equal(tile_offset(1536, false, 0, true), 1536);
	/* Columns 1 and 2 of a Y tile. */
	assert_int_equal(tile_offset(16, true, 0, true), 512 ^ 64);
	assert_int_equal(tile_offset(32, true, 0, true), 1024);
}

static void check_fence(struct rig *r, uint32_t start, unsigned int pitch, bool y, bool swizzle)
{
	uint8_t *linear = malloc(MIB), *back = malloc(MIB);
	uint64_t seed = start + pitch * 4 + y * 2 + swizzle + 1;
	bool same = true;

	rig_swizzle(r, swizzle);
	rig_fence(r, 3, start, 0, pitch, y);
	for (uint32_t o = 0; o < MIB; o += 8) {
		uint64_t v = rnd(&seed);

		memcpy(linear + o, &v, 8);
	}
	/* All layouts keep bits 3:0 of an address: compare 16 bytes at a time. */
	assert_int_equal(g33_write(r->dev, G33_APERTURE, start, linear, MIB), 0);
	for (uint32_t o = 0; o < MIB && same; o += 16)
		same = !memcmp(rig_mem(r, rig_detile(r, start + o)), linear + o, 16);
	if (!same)
		print_message("# %c, pitch %u, swizzle %d\n", y ? 'Y' : 'X', pitch, swizzle);
	assert_true(same);
	assert_int_equal(g33_read(r->dev, G33_APERTURE, start, back, MIB), 0);
	assert_memory_equal(back, linear, MIB);
	/* Accesses of random sizes and alignments. */
	for (int n = 0; n < 200; n++) {
		uint32_t len = 1 + rnd_below(&seed, n % 4 ? 40 : 9000), o = rnd_below(&seed, MIB - len);

		assert_int_equal(g33_read(r->dev, G33_APERTURE, start + o, back, len), 0);
		assert_memory_equal(back, linear + o, len);
		for (uint32_t k = 0; k < len; k++)
			back[k] = linear[o + k] = (uint8_t)~linear[o + k];
		assert_int_equal(g33_write(r->dev, G33_APERTURE, start + o, back, len), 0);
		for (uint32_t k = 0; k < len; k++)
			assert_int_equal(*rig_mem(r, rig_detile(r, start + o + k)), linear[o + k]);
	}
	free(linear);
	free(back);
}

static void each_pitch(struct rig *r, bool y, bool swizzle)
{
	rig_map(r, START, MIB);
	for (unsigned int pitch = 0; pitch <= 7; pitch++)
		check_fence(r, START, pitch, y, swizzle);
}

static void test_x(void **state)
{
	each_pitch(*state, false, false);
}

static void test_x_swizzled(void **state)
{
	each_pitch(*state, false, true);
}

static void test_y(void **state)
{
	each_pitch(*state, true, false);
}

static void test_y_swizzled(void **state)
{
	each_pitch(*state, true, true);
}

/* Memory is swizzled if all 16 bits of the registers are equal at the time of the access. */
static void test_swizzle_registers(void **state)
{
	struct rig *r = *state;

	rig_map(r, START, 2 * PAGE);
	rig_fence(r, 0, START, 0, 0, false);
	for (unsigned int i = 0; i < 16; i++) {
		rig_write(r, G33_MMIO, C0DRB3, 2, 1u << i);
		rig_write(r, G33_MMIO, C1DRB3, 2, 1u << i);
		rig_set_dword(r, START + 512, 0);
		rig_set_dword(r, START + 512 + 64, i + 1);
		assert_int_equal(rig_read(r, G33_APERTURE, START + 512, 4), i + 1);
		rig_write(r, G33_MMIO, C1DRB3, 2, 0);
		assert_int_equal(rig_read(r, G33_APERTURE, START + 512, 4), 0);
		rig_write(r, G33_MMIO, C1DRB3, 2, 1u << (i + 1) % 16);
		assert_int_equal(rig_read(r, G33_APERTURE, START + 512, 4), 0);
	}
	/* The lower halves of the dwords are not compared. */
	rig_write(r, G33_MMIO, C0DRB3, 2, 0x20);
	rig_write(r, G33_MMIO, C1DRB3, 2, 0x20);
	rig_write(r, G33_MMIO, C0DRB3 - 2, 2, 0x1111);
	rig_write(r, G33_MMIO, C1DRB3 - 2, 2, 0x2222);
	assert_int_equal(rig_read(r, G33_APERTURE, START + 512, 4), 16);
}

/* All 16 registers at the same time, X and Y alternately. */
static void test_each_register(void **state)
{
	struct rig *r = *state;

	rig_swizzle(r, true);
	for (unsigned int i = 0; i < 16; i++) {
		uint32_t start = (i * 16 + i) * MIB;

		rig_map(r, start, 32 * PAGE);
		rig_fence(r, i, start, 0, i % 3, i & 1);
	}
	for (unsigned int i = 0; i < 16; i++) {
		uint32_t start = (i * 16 + i) * MIB;

		for (uint32_t o = 0; o < 32 * PAGE; o += 16) {
			uint32_t v = i << 24 | o;

			rig_write(r, G33_APERTURE, start + o, 4, v);
			assert_int_equal(rig_dword(r, rig_detile(r, start + o)), v);
		}
	}
	/* Clearing only the valid bit makes the area linear. */
	for (unsigned int i = 0; i < 16; i++) {
		set_reg(r, fence_reg(i), reg(r, fence_reg(i)) & ~1u);
		r->fence[i].valid = false;
		rig_write(r, G33_APERTURE, (i * 16 + i) * MIB + 0x634, 4, 0xabcd0000 + i);
		assert_int_equal(rig_dword(r, (i * 16 + i) * MIB + 0x634), 0xabcd0000 + i);
	}
}

/* Sizes from 1 MiB to 256 MiB: a fence includes its first and last pages, not those around it. */
static void test_each_size(void **state)
{
	struct rig *r = *state;

	rig_swizzle(r, false);
	for (unsigned int size = 0; size <= 8; size++) {
		uint32_t bytes = MIB << size, start = size < 7 ? bytes : 0, end = start + bytes;
		uint32_t row = 512u << 3; /* of 8 tiles */

		rig_map(r, start, 8 * PAGE);
		rig_map(r, end - 8 * PAGE, 8 * PAGE);
		if (start)
			rig_map(r, start - 8 * PAGE, 8 * PAGE);
		if (end < G33_APERTURE_SIZE)
			rig_map(r, end, 8 * PAGE);
		rig_fence(r, 9, start, size, 3, false);
		rig_write(r, G33_APERTURE, start + row, 4, 0x10 + size);
		assert_int_equal(rig_dword(r, start + 512), 0x10 + size);
		rig_write(r, G33_APERTURE, end - row - 4, 4, 0x20 + size);
		assert_int_equal(rig_dword(r, end - 4 - 512), 0x20 + size);
		if (start) {
			rig_write(r, G33_APERTURE, start - row - 4, 4, 0x30 + size);
			assert_int_equal(rig_dword(r, start - row - 4), 0x30 + size);
		}
		if (end < G33_APERTURE_SIZE) {
			rig_write(r, G33_APERTURE, end + row, 4, 0x40 + size);
			assert_int_equal(rig_dword(r, end + row), 0x40 + size);
		}
	}
}

/* Accesses across the start and end of a fence, and from one fence into the next. */
static void test_edges(void **state)
{
	struct rig *r = *state;
	uint8_t data[5000], back[5000];
	uint64_t seed = 99;

	rig_map(r, START - 8 * PAGE, 2 * MIB + 16 * PAGE);
	rig_swizzle(r, true);
	rig_shadow(r);
	for (int n = 0; n < 280; n++) {
		uint32_t len = 1 + rnd_below(&seed, n % 2 ? 64 : sizeof(data)), at;

		if (n == 70)
			rig_fence(r, 5, START, 0, 2, true);
		if (n == 140)
			rig_fence(r, 6, START + MIB, 0, 1, false);
		if (n == 210)
			rig_no_fence(r, 5);
		at = START + (n % 3) * MIB - rnd_below(&seed, len + 1);
		for (uint32_t k = 0; k < len; k++)
			data[k] = (uint8_t)rnd(&seed);
		for (uint32_t k = 0; k < len; k++)
			*rig_shadow_mem(r, rig_detile(r, at + k)) = data[k];
		assert_int_equal(g33_write(r->dev, G33_APERTURE, at, data, len), 0);
		assert_true(rig_same(r, START - 8 * PAGE, 2 * MIB + 16 * PAGE, "over an edge"));
		assert_int_equal(g33_read(r->dev, G33_APERTURE, at, back, len), 0);
		assert_memory_equal(back, data, len);
	}
}

/* The PTE is looked up with the tiled address: i915 maps the pages of a tiled object in order. */
static void test_fence_before_pte(void **state)
{
	struct rig *r = *state;

	rig_swizzle(r, false);
	rig_map(r, START, PAGE);
	rig_fence(r, 0, START, 0, 1, false);
	/* Row 7, first tile: the linear address would be in page 1, which is unmapped. */
	rig_write(r, G33_APERTURE, START + 7 * 1024 + 8, 4, 0x11223344);
	assert_int_equal(rig_dword(r, START + 7 * 512 + 8), 0x11223344);
	assert_int_equal(rig_counts(r).invalid_pte, 0);
	/* Row 0, second tile: the linear address would be in page 0. */
	assert_int_equal(rig_read(r, G33_APERTURE, START + 512, 4), 0xffffffff);
	assert_int_equal(rig_counts(r).invalid_pte, 1);
	r->expect_invalid_pte = true;
}

/* Registers read back as written. Wider and narrower writes take effect. */
static void test_register_reads_back(void **state)
{
	struct rig *r = *state;

	for (unsigned int i = 0; i < 16; i++)
		set_reg(r, fence_reg(i), i << 24 | 0x1071 | (i & 7) << 8);
	for (unsigned int i = 0; i < 16; i++)
		assert_int_equal(reg(r, fence_reg(i)), i << 24 | 0x1071 | (i & 7) << 8);
	for (unsigned int i = 0; i < 16; i++)
		set_reg(r, fence_reg(i), 0);
	rig_map(r, START, 8 * PAGE);
	rig_swizzle(r, false);
	rig_write(r, G33_MMIO, fence_reg(2), 8, (uint64_t)(START | 3 << 4 | 1) << 32); /* registers 2 and 3 */
	rig_write(r, G33_APERTURE, START + 4096, 4, 0xaa55aa55);
	assert_int_equal(rig_dword(r, START + 512), 0xaa55aa55);
	rig_write(r, G33_MMIO, fence_reg(3), 1, 3 << 4);
	rig_write(r, G33_APERTURE, START + 4096, 4, 0x12121212);
	assert_int_equal(rig_dword(r, START + 4096), 0x12121212);
}

/* A PCI reset clears fences. */
static void test_reset(void **state)
{
	struct rig *r = *state;

	rig_map(r, START, 8 * PAGE);
	rig_fence(r, 15, START, 0, 3, false);
	g33_reset(r->dev);
	assert_int_equal(reg(r, fence_reg(15)), 0);
	rig_write(r, G33_APERTURE, START + 4096, 4, 0x600d600d);
	assert_int_equal(rig_dword(r, START + 4096), 0x600d600d);
}

/* Random values in the fence registers: no access may leave the guest's memory. */
static void test_hostile(void **state)
{
	struct rig *r = *state;
	uint64_t seed = 1234;
	uint8_t data[300];

	rig_map(r, 0, 64 * PAGE);
	rig_map(r, 255 * MIB, 16 * PAGE);
	for (int n = 0; n < 3000; n++) {
		uint32_t len = 1 + rnd_below(&seed, sizeof(data));

		set_reg(r, fence_reg(rnd_below(&seed, 16)), (uint32_t)rnd(&seed) | 1);
		assert_int_equal(g33_read(r->dev, G33_APERTURE, rnd_below(&seed, G33_APERTURE_SIZE - len), data, len), 0);
		assert_int_equal(g33_write(r->dev, G33_APERTURE, rnd_below(&seed, 64 * PAGE), data, len), 0);
		assert_int_equal(g33_write(r->dev, G33_APERTURE, G33_APERTURE_SIZE - len, data, len), 0);
	}
	r->expect_invalid_pte = true;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAIN(test_the_formula), PLAIN(test_x), PLAIN(test_x_swizzled), PLAIN(test_y), PLAIN(test_y_swizzled),
		PLAIN(test_swizzle_registers), PLAIN(test_each_register), PLAIN(test_each_size), PLAIN(test_edges),
		PLAIN(test_fence_before_pte), PLAIN(test_register_reads_back), PLAIN(test_reset), PLAIN(test_hostile),
	};

	return cmocka_run_group_tests_name("fences", tests, NULL, NULL);
}
