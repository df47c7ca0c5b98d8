// SPDX-License-Identifier: MIT
/*
 * The page table, and accesses to the aperture through it. PTE: intel-gtt's i965_write_entry(),
 * which the G33 also uses.
 */
#include "rig.h"

#define EVEN 0x00200000u /* arbitrary addresses in the aperture */
#define HOLE 0x00300000u

static void test_pte_read_back(void **state)
{
	static const uint32_t index[] = { 0, 1, 0xffff, 0x10000, G33_PTES - 2, G33_PTES - 1 };
	struct rig *r = *state;

	for (size_t i = 0; i < sizeof(index) / sizeof(index[0]); i++) {
		assert_int_equal(rig_read(r, G33_GTT, index[i] * 4, 4), 0);
		rig_write(r, G33_GTT, index[i] * 4, 4, 0x12345067 + index[i] * 0x1000);
	}
	for (size_t i = 0; i < sizeof(index) / sizeof(index[0]); i++)
		assert_int_equal(rig_read(r, G33_GTT, index[i] * 4, 4), 0x12345067 + index[i] * 0x1000);
	rig_write(r, G33_GTT, 0x100, 8, 0x1111100122222001);
	assert_int_equal(rig_read(r, G33_GTT, 0x100, 4), 0x22222001);
	assert_int_equal(rig_read(r, G33_GTT, 0x104, 4), 0x11111001);
	assert_true(rig_read(r, G33_GTT, 0x100, 8) == 0x1111100122222001);
}

/* A page table passed by the front end is used for reads and writes. */
static void test_shared_table(void **state)
{
	struct rig *r = *state;
	struct gpu_bus bus = { .opaque = r, .memory = rig_memory, .interrupt = rig_interrupt };
	uint32_t *ptes = calloc(1, G33_GTT_SIZE);
	struct gpu *dev = g33_create(&bus, ptes);
	uint32_t v = pte(LOW_BASE + 5 * PAGE);

	assert_non_null(dev);
	assert_int_equal(g33_write(dev, G33_GTT, 0x40, &v, 4), 0);
	assert_int_equal(ptes[0x10], v);
	ptes[0x11] = pte(HIGH_BASE + 7 * PAGE);
	assert_int_equal(g33_read(dev, G33_GTT, 0x44, &v, 4), 0);
	assert_int_equal(v, ptes[0x11]);
	v = 0xfeedf00d;
	assert_int_equal(g33_write(dev, G33_APERTURE, 0x11 * PAGE + 8, &v, 4), 0);
	assert_memory_equal(r->high + 7 * PAGE + 8, &v, 4);
	/* A PCI reset leaves the page table unchanged (gpu-model.h). */
	g33_reset(dev);
	assert_int_equal(ptes[0x10], pte(LOW_BASE + 5 * PAGE));
	g33_destroy(dev);
	assert_int_equal(ptes[0x11], pte(HIGH_BASE + 7 * PAGE));
	free(ptes);
}

static void test_address_bits(void **state)
{
	struct rig *r = *state;
	/* HIGH_BASE is 9 in bits 35:32 and 0xc0000000 in bits 31:0: neither half is zero. */
	const uint64_t where[] = { LOW_BASE, LOW_BASE + (LOW_PAGES - 1) * PAGE, HIGH_BASE, HIGH_BASE + (HIGH_PAGES - 1) * PAGE };

	for (uint32_t i = 0; i < 4; i++) {
		/* Caching bits 2:1 and reserved bits 11:8 and 3 are not part of the address. */
		rig_write(r, G33_GTT, i * 4, 4, (pte(where[i]) & ~6u) | (i & 1 ? 0xf0e : 0));
		rig_write(r, G33_APERTURE, i * PAGE + 0x123, 1, 0x80 + i);
		assert_int_equal(((uint8_t *)rig_guest(r, where[i]))[0x123], 0x80 + i);
		((uint8_t *)rig_guest(r, where[i]))[0xfff] = (uint8_t)(0x90 + i);
		assert_int_equal(rig_read(r, G33_APERTURE, i * PAGE + 0xfff, 1), 0x90 + i);
	}
}

/* Each address bit by itself: the address for which the model calls memory(). */
static uint64_t asked;

static void *ask(void *opaque, uint64_t addr, size_t len)
{
	(void)opaque;
	(void)len;
	asked = addr;
	return NULL;
}

static void no_interrupt(void *opaque, bool level)
{
	(void)opaque;
	(void)level;
}

static void test_each_address_bit(void **state)
{
	struct gpu_bus bus = { .opaque = NULL, .memory = ask, .interrupt = no_interrupt };
	struct gpu *dev = g33_create(&bus, NULL);

	(void)state;
	assert_non_null(dev);
	for (unsigned int bit = 12; bit < 36; bit++) {
		uint32_t v = pte(1ull << bit), data;

		assert_int_equal(g33_write(dev, G33_GTT, 8, &v, 4), 0);
		asked = 0;
		g33_read(dev, G33_APERTURE, 2 * PAGE + 0x654, &data, 4);
		assert_true(asked / PAGE == (1ull << bit) / PAGE);
	}
	g33_destroy(dev);
}

static void test_any_length(void **state)
{
	static const uint32_t len[] = { 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 31, 64, 100, 1000, 4095, 4096, 4097, 12345, 65536 };
	struct rig *r = *state;
	uint8_t *data = malloc(65536), *back = malloc(65536);
	uint64_t seed = 7;

	rig_map(r, EVEN, 64 * PAGE);
	rig_shadow(r);
	for (size_t i = 0; i < sizeof(len) / sizeof(len[0]); i++) {
		for (int n = 0; n < 20; n++) {
			uint32_t at = EVEN + 8 + rnd_below(&seed, 64 * PAGE - 16 - len[i]);

			for (uint32_t k = 0; k < len[i]; k++)
				data[k] = (uint8_t)rnd(&seed);
			for (uint32_t k = 0; k < len[i]; k++)
				*rig_shadow_mem(r, at + k) = data[k];
			assert_int_equal(g33_write(r->dev, G33_APERTURE, at, data, len[i]), 0);
			assert_true(rig_same(r, EVEN, 64 * PAGE, "aperture"));
			assert_int_equal(g33_read(r->dev, G33_APERTURE, at, back, len[i]), 0);
			assert_memory_equal(back, data, len[i]);
		}
	}
	free(data);
	free(back);
}

/* The first and the last byte of the aperture. */
static void test_ends(void **state)
{
	struct rig *r = *state;

	rig_map(r, 0, PAGE);
	rig_map(r, G33_APERTURE_SIZE - PAGE, PAGE);
	rig_write(r, G33_APERTURE, 0, 1, 0x11);
	rig_write(r, G33_APERTURE, G33_APERTURE_SIZE - 1, 1, 0x22);
	assert_int_equal(*rig_mem(r, 0), 0x11);
	assert_int_equal(*rig_mem(r, G33_APERTURE_SIZE - 1), 0x22);
	assert_int_equal(rig_read(r, G33_APERTURE, G33_APERTURE_SIZE - 1, 1), 0x22);
}

static void test_invalid_pte(void **state)
{
	struct rig *r = *state;
	uint64_t before = 0, v;
	uint8_t data[16];

	rig_map(r, HOLE - PAGE, PAGE);
	rig_map(r, HOLE + PAGE, PAGE);
	memset(rig_mem(r, HOLE - PAGE), 0x33, PAGE);
	memset(rig_mem(r, HOLE + PAGE), 0x44, PAGE);
	assert_int_equal(rig_counts(r).invalid_pte, 0);

	assert_int_equal(rig_read(r, G33_APERTURE, HOLE + 0x10, 4), 0xffffffff);
	v = rig_counts(r).invalid_pte;
	assert_true(v > before);
	before = v;
	rig_write(r, G33_APERTURE, HOLE + 0x10, 4, 0x12345678);
	v = rig_counts(r).invalid_pte;
	assert_true(v > before);
	before = v;

	/* Accesses across a boundary between a mapped and an unmapped page. */
	data[0] = 0;
	assert_int_equal(g33_read(r->dev, G33_APERTURE, HOLE - 8, data, 16), 0);
	for (int i = 0; i < 16; i++)
		assert_int_equal(data[i], i < 8 ? 0x33 : 0xff);
	assert_true(rig_counts(r).invalid_pte > before);
	memset(data, 0x77, 16);
	assert_int_equal(g33_write(r->dev, G33_APERTURE, HOLE + PAGE - 8, data, 16), 0);
	for (int i = 0; i < 16; i++)
		assert_int_equal(*rig_mem(r, HOLE + PAGE + (unsigned int)i), i < 8 ? 0x77 : 0x44);

	/* Only bit 0 makes a PTE valid. A PTE whose bit 0 is cleared becomes invalid. */
	rig_write(r, G33_GTT, HOLE / PAGE * 4, 4, pte(LOW_BASE + 1000 * PAGE) & ~1u);
	before = rig_counts(r).invalid_pte;
	rig_write(r, G33_APERTURE, HOLE, 4, 0x12345678);
	assert_int_equal(*(uint32_t *)(r->low + 1000 * PAGE), 0);
	assert_true(rig_counts(r).invalid_pte > before);
	rig_write(r, G33_GTT, (HOLE - PAGE) / PAGE * 4, 4, 0);
	assert_int_equal(rig_read(r, G33_APERTURE, HOLE - PAGE, 8), UINT64_MAX);
	r->expect_invalid_pte = true;
}

static void test_no_memory_there(void **state)
{
	struct rig *r = *state;
	uint64_t before;

	rig_write(r, G33_GTT, HOLE / PAGE * 4, 4, pte(NOWHERE));
	rig_write(r, G33_APERTURE, HOLE, 4, 1);
	before = rig_counts(r).bad_dma;
	assert_true(before > 0);
	assert_int_equal(rig_read(r, G33_APERTURE, HOLE, 4), 0xffffffff); /* no device answers */
	assert_true(rig_counts(r).bad_dma > before);
	r->expect_bad_dma = true;
}

/* Memory may be removed from a live device (gpu-model.h). It must not be accessed afterwards. */
static void test_memory_goes(void **state)
{
	struct rig *r = *state;
	uint8_t *low = r->low;

	rig_map(r, HOLE, PAGE);
	rig_write(r, G33_APERTURE, HOLE, 4, 0x01020304);
	gpu_model.lock(r->dev);
	r->low = malloc((size_t)LOW_PAGES * PAGE);
	memset(r->low, 0x5a, (size_t)LOW_PAGES * PAGE);
	gpu_model.unlock(r->dev);
	free(low); /* AddressSanitizer reports an access through a kept pointer */
	assert_int_equal(rig_read(r, G33_APERTURE, HOLE, 4), 0x5a5a5a5a);
	rig_write(r, G33_APERTURE, HOLE, 4, 0x05060708);
	assert_int_equal(rig_dword(r, HOLE), 0x05060708);
}

/* An address beyond the end of the table, 512 MiB, is invalid and does not wrap to the start. */
static void test_beyond_the_table(void **state)
{
	static const uint32_t at[] = { G33_PTES * PAGE, G33_PTES * PAGE + 0x1000, 0x40000000, 0x80000000, 0xfffff000, 0xfffffffc };
	struct rig *r = *state;

	rig_map(r, 0, 2 * PAGE);
	rig_map(r, (G33_PTES - 1) * PAGE, PAGE);
	EMIT(r, MI_STORE_DWORD_IMM, G33_PTES * PAGE - 4, 0x600df00d);
	rig_run(r);
	assert_int_equal(rig_dword(r, G33_PTES * PAGE - 4), 0x600df00d);
	assert_int_equal(rig_counts(r).invalid_pte, 0);
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		uint64_t before = rig_counts(r).invalid_pte;

		EMIT(r, MI_STORE_DWORD_IMM, at[i], 0xbadbadba);
		rig_run(r);
		assert_int_equal(rig_counts(r).invalid_pte, before + 1);
	}
	for (uint32_t a = 0; a < 2 * PAGE; a += 4)
		assert_int_equal(rig_dword(r, a), 0);
	r->expect_invalid_pte = true;
}

/* Two graphics pages that map one guest page see the same data. */
static void test_alias(void **state)
{
	struct rig *r = *state;

	rig_map(r, EVEN, PAGE);
	rig_set_pte(r, HOLE / PAGE, r->phys[EVEN / PAGE]);
	rig_write(r, G33_APERTURE, EVEN + 0x20, 8, 0x1122334455667788);
	assert_true(rig_read(r, G33_APERTURE, HOLE + 0x20, 8) == 0x1122334455667788);
	/* A changed PTE takes effect at once. */
	rig_set_pte(r, HOLE / PAGE, rig_page(r));
	assert_true(rig_read(r, G33_APERTURE, HOLE + 0x20, 8) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAIN(test_pte_read_back), PLAIN(test_shared_table), PLAIN(test_address_bits), PLAIN(test_each_address_bit),
		PLAIN(test_any_length), PLAIN(test_ends), PLAIN(test_invalid_pte), PLAIN(test_no_memory_there), PLAIN(test_memory_goes),
		RING(test_beyond_the_table), PLAIN(test_alias),
	};

	return cmocka_run_group_tests_name("gtt", tests, NULL, NULL);
}
