// SPDX-License-Identifier: MIT
/*
 * Registers: values after power on, effects of writes, access widths, the index and data ports, and
 * rejected accesses.
 */
#include "rig.h"

/* Values after power on. PRM vol. 1, ring buffer and interrupt registers. */
static void test_power_on(void **state)
{
	static const uint32_t zero[] = { RING_TAIL, RING_HEAD, RING_START, RING_CTL, IER, IIR, EIR, 0x2000, 0x201c, 0x3000, 0x301c, SWF };
	struct rig *r = *state;

	for (size_t i = 0; i < sizeof(zero) / sizeof(zero[0]); i++)
		assert_int_equal(reg(r, zero[i]), 0);
	assert_true(reg(r, MI_MODE) & MODE_IDLE);
	assert_false(reg(r, MI_MODE) & STOP_RING);
	assert_int_equal(atomic_load(&r->rises), 0);
}

static void test_constants(void **state)
{
	struct rig *r = *state;

	/* All units idle. i915 gt/intel_engine_cs.c reads and prints it for all generations. */
	assert_int_equal(reg(r, INSTDONE), 0xffffffff);
	set_reg(r, INSTDONE, 0);
	assert_int_equal(reg(r, INSTDONE), 0xffffffff);
	/* i915 soc/intel_dram.c: FSB in bits 2:0. */
	assert_int_equal(reg(r, CLKCFG), 2);
}

/*
 * i915 display/intel_gmbus_regs.h: GMBUS2 bit 11 ready, bit 10 no acknowledge; a GPIO pin's clock
 * and data inputs, bits 4 and 12, are high.
 */
static void test_gmbus_gpio(void **state)
{
	struct rig *r = *state;

	assert_int_equal(reg(r, 0x5108) & (1u << 11 | 1u << 10), 1u << 11 | 1u << 10);
	for (uint32_t o = 0x5010; o <= 0x5024; o += 4)
		assert_int_equal(reg(r, o) & (1u << 4 | 1u << 12), 1u << 4 | 1u << 12);
	/* A transaction on the bus is not acknowledged. */
	set_reg(r, 0x5104, 1u << 30 | 1u << 25 | 1u << 16 | 0x50 << 1 | 1);
	assert_int_equal(reg(r, 0x5108) & (1u << 11 | 1u << 10), 1u << 11 | 1u << 10);
}

/* All other registers read back what was written, also undefined offsets and the last dword. */
static void test_read_back(void **state)
{
	static const uint32_t plain[] = {
		PGTBL_CTL, 0x2024, 0x2088, 0x208c, EMR, RING_START, SWF, SWF + 4, 0x2098, 0x2170, 0x4fff0, 0x60000, 0x7fffc,
		0x2000, 0x2004, 0x201c, 0x3000, 0x301c,
	};
	struct rig *r = *state;
	const size_t n = sizeof(plain) / sizeof(plain[0]);

	for (size_t i = 0; i < n; i++)
		set_reg(r, plain[i], (0x10325000u + (uint32_t)i * 0x01010000u) & ~1u);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(reg(r, plain[i]), (0x10325000u + (uint32_t)i * 0x01010000u) & ~1u);
	set_reg(r, HWS_PGA, 0x1abcd000);
	assert_int_equal(reg(r, HWS_PGA), 0x1abcd000);
}

/* Bits 31:16 select which of bits 15:0 are written (i915 _MASKED_BIT_ENABLE()). */
static void test_masked(void **state)
{
	static const uint32_t masked[] = { INSTPM, MI_ARB_STATE, CACHE_MODE_0, ECOSKPD };
	struct rig *r = *state;

	for (size_t i = 0; i < sizeof(masked) / sizeof(masked[0]); i++) {
		uint32_t o = masked[i];

		set_reg(r, o, 0xffff0000);
		assert_int_equal(reg(r, o) & 0xffff, 0);
		set_reg(r, o, MASKED_SET(0x00a5));
		assert_int_equal(reg(r, o) & 0xffff, 0x00a5);
		set_reg(r, o, 0x0000ffff);
		assert_int_equal(reg(r, o) & 0xffff, 0x00a5);
		set_reg(r, o, 0x00f0 << 16 | 0x0fff);
		assert_int_equal(reg(r, o) & 0xffff, 0x00f5);
		set_reg(r, o, MASKED_CLEAR(0x0005));
		assert_int_equal(reg(r, o) & 0xffff, 0x00f0);
		/* A write does not change the other registers. */
		for (size_t j = i + 1; j < sizeof(masked) / sizeof(masked[0]); j++)
			assert_int_equal(reg(r, masked[j]) & 0xffff, 0);
		set_reg(r, o, 0xffff0000);
	}
	/* Bit 9 of MI_MODE is read-only: without a ring it reads as idle. */
	set_reg(r, MI_MODE, MASKED_SET(STOP_RING));
	assert_int_equal(reg(r, MI_MODE) & (STOP_RING | MODE_IDLE), STOP_RING | MODE_IDLE);
	set_reg(r, MI_MODE, 0x0000fcff);
	assert_int_equal(reg(r, MI_MODE) & (STOP_RING | MODE_IDLE), STOP_RING | MODE_IDLE);
	set_reg(r, MI_MODE, MASKED_CLEAR(STOP_RING | MODE_IDLE));
	assert_int_equal(reg(r, MI_MODE) & (STOP_RING | MODE_IDLE), MODE_IDLE);
}

/*
 * Write one to clear: EIR, IIR, 0x61114, and the status bits 15:0 of PIPEASTAT and PIPEBSTAT (i915
 * display/intel_display_irq.c).
 */
static void test_write_1_to_clear(void **state)
{
	static const uint32_t w1c[] = { EIR, IIR, 0x61114 };
	struct rig *r = *state;

	for (size_t i = 0; i < sizeof(w1c) / sizeof(w1c[0]); i++) {
		set_reg(r, w1c[i], 0xffffffff);
		assert_int_equal(reg(r, w1c[i]), 0);
		set_reg(r, w1c[i], 0x00010002);
		assert_int_equal(reg(r, w1c[i]), 0);
	}
	for (uint32_t o = 0x70024; o <= 0x71024; o += 0x1000) {
		set_reg(r, o, 0x0000ffff);
		assert_int_equal(reg(r, o) & 0xffff, 0);
		/* The enable bits above are plain: i915_enable_pipestat() writes both halves. */
		set_reg(r, o, 0x00020002);
		assert_int_equal(reg(r, o) & 0x7fffffff, 0x00020000);
		rig_write(r, G33_MMIO, o, 2, 0xffff);
		assert_int_equal(reg(r, o) & 0x7fffffff, 0x00020000);
		set_reg(r, o, 0);
		assert_int_equal(reg(r, o), 0);
	}
	assert_int_equal(atomic_load(&r->rises), 0);
}

static void test_widths(void **state)
{
	struct rig *r = *state;

	rig_write(r, G33_MMIO, SWF, 8, 0x8877665544332211);
	assert_int_equal(reg(r, SWF), 0x44332211);
	assert_int_equal(reg(r, SWF + 4), 0x88776655);
	assert_true(rig_read(r, G33_MMIO, SWF, 8) == 0x8877665544332211);
	for (unsigned int i = 0; i < 8; i++)
		assert_int_equal(rig_read(r, G33_MMIO, SWF + i, 1), 0x11 * (i + 1));
	for (unsigned int i = 0; i < 8; i += 2)
		assert_int_equal(rig_read(r, G33_MMIO, SWF + i, 2), 0x11 * (i + 1) | 0x1100 * (i + 2));

	rig_write(r, G33_MMIO, SWF + 1, 1, 0xaa);
	assert_int_equal(reg(r, SWF), 0x4433aa11);
	rig_write(r, G33_MMIO, SWF + 3, 1, 0xbb);
	assert_int_equal(reg(r, SWF), 0xbb33aa11);
	rig_write(r, G33_MMIO, SWF + 2, 2, 0xdddd);
	assert_int_equal(reg(r, SWF), 0xddddaa11);
	rig_write(r, G33_MMIO, SWF, 2, 0xeeee);
	assert_int_equal(reg(r, SWF), 0xddddeeee);
	assert_int_equal(reg(r, SWF + 4), 0x88776655);

	/*
	 * i915 reads the bank registers, at odd words, with 16 bits (gt/intel_gt_regs.h C0DRB3_BW,
	 * C1DRB3_BW).
	 */
	rig_write(r, G33_MMIO, C0DRB3, 2, 0x1234);
	rig_write(r, G33_MMIO, C1DRB3, 2, 0x5678);
	assert_int_equal(rig_read(r, G33_MMIO, C0DRB3, 2), 0x1234);
	assert_int_equal(rig_read(r, G33_MMIO, C1DRB3, 2), 0x5678);

	/* TAIL and HEAD in one access. */
	rig_write(r, G33_MMIO, RING_TAIL, 8, 0x0000012000000340);
	assert_int_equal(reg(r, RING_TAIL), 0x340);
	assert_int_equal(reg(r, RING_HEAD), 0x120);
	assert_true(rig_read(r, G33_MMIO, RING_TAIL, 8) == 0x0000012000000340);
	assert_int_equal(rig_read(r, G33_MMIO, INSTDONE, 1), 0xff);
	assert_int_equal(rig_read(r, G33_MMIO, CLKCFG, 2), 2);
}

/* BAR1: the offset of a register at 0, its value at 4 (PRM vol. 1, MMIO_INDEX and MMIO_DATA). */
static void test_io_port(void **state)
{
	struct rig *r = *state;

	rig_write(r, G33_IO, 0, 4, SWF + 8);
	assert_int_equal(rig_read(r, G33_IO, 0, 4), SWF + 8);
	rig_write(r, G33_IO, 4, 4, 0xcafe1234);
	assert_int_equal(reg(r, SWF + 8), 0xcafe1234);
	assert_int_equal(rig_read(r, G33_IO, 4, 4), 0xcafe1234);
	set_reg(r, SWF + 8, 0x55667788);
	assert_int_equal(rig_read(r, G33_IO, 4, 4), 0x55667788);

	/* An access through the port has the effects of the register. */
	rig_write(r, G33_IO, 0, 4, INSTDONE);
	assert_int_equal(rig_read(r, G33_IO, 4, 4), 0xffffffff);
	rig_write(r, G33_IO, 0, 4, INSTPM);
	rig_write(r, G33_IO, 4, 4, MASKED_SET(0x0100));
	assert_int_equal(reg(r, INSTPM) & 0xffff, 0x0100);
	rig_write(r, G33_IO, 4, 4, 0x000000ff);
	assert_int_equal(reg(r, INSTPM) & 0xffff, 0x0100);
	rig_write(r, G33_IO, 0, 4, 0x7fffc);
	rig_write(r, G33_IO, 4, 4, 0x0badcafe);
	assert_int_equal(reg(r, 0x7fffc), 0x0badcafe);
}

/* With an index beyond the registers, reads are undefined, and no register changes. */
static void test_io_port_hostile(void **state)
{
	static const uint32_t index[] = { G33_MMIO_SIZE, G33_MMIO_SIZE - 1, G33_MMIO_SIZE + 4, 0xfffffffc, 0xffffffff, 0x80000000, 1, 3 };
	struct rig *r = *state;
	uint32_t v = 0xdeadbeef;

	set_reg(r, 0x7fffc, 0x11223344);
	for (size_t i = 0; i < sizeof(index) / sizeof(index[0]); i++) {
		g33_write(r->dev, G33_IO, 0, &index[i], 4);
		g33_read(r->dev, G33_IO, 4, &v, 4);
		if (index[i] >= G33_MMIO_SIZE)
			g33_write(r->dev, G33_IO, 4, &v, 4);
	}
	assert_int_equal(reg(r, 0x7fffc), 0x11223344);
	r->expect_bad_access = rig_counts(r).bad_access != 0; /* counting is unspecified */
}

static void test_region_sizes(void **state)
{
	(void)state;
	assert_int_equal(gpu_region_size(&gpu_model, G33_MMIO), 512 << 10);
	assert_int_equal(gpu_region_size(&gpu_model, G33_IO), 8);
	assert_int_equal(gpu_region_size(&gpu_model, G33_APERTURE), 256 << 20);
	assert_int_equal(gpu_region_size(&gpu_model, G33_GTT), 512 << 10);
	assert_int_equal(gpu_region_size(&gpu_model, G33_CONFIG), 256);
	assert_int_equal(gpu_region_size(&gpu_model, 4), 0);
	assert_int_equal(gpu_region_size(&gpu_model, 5), 0);
	assert_int_equal(gpu_region_size(&gpu_model, 6), 0);
	assert_int_equal(gpu_region_size(&gpu_model, 8), 0);
	assert_int_equal(gpu_region_size(&gpu_model, -1), 0);
}

static void test_refused_access(void **state)
{
	static const struct { unsigned int region; uint32_t offset; size_t len; } bad[] = {
		{ G33_MMIO, SWF + 1, 4 }, { G33_MMIO, SWF + 2, 4 }, { G33_MMIO, SWF + 1, 2 }, { G33_MMIO, SWF + 4, 8 },
		{ G33_MMIO, SWF, 3 }, { G33_MMIO, SWF, 5 }, { G33_MMIO, SWF, 16 }, { G33_MMIO, SWF, 7 },
		{ G33_GTT, 0x1002, 4 }, { G33_GTT, 0x1000, 3 }, { G33_GTT, 0x1004, 8 }, { G33_GTT, 0x1000, 16 },
		{ G33_CONFIG, 0x11, 4 }, { G33_CONFIG, 0x11, 2 }, { G33_CONFIG, 0x10, 3 },
		{ G33_IO, 2, 4 }, { G33_IO, 0, 3 },
	};
	struct rig *r = *state;
	uint8_t data[16], ones[16];

	assert_int_equal(SWF % 8, 0);
	set_reg(r, SWF, 0x01020304);
	set_reg(r, SWF + 4, 0x05060708);
	memset(ones, 0xff, sizeof(ones));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint64_t before = rig_counts(r).bad_access;

		memset(data, 0, sizeof(data));
		assert_int_equal(g33_read(r->dev, bad[i].region, bad[i].offset, data, bad[i].len), -EINVAL);
		assert_memory_equal(data, ones, bad[i].len);
		assert_int_equal(rig_counts(r).bad_access, before + 1);
		memset(data, 0x5a, sizeof(data));
		assert_int_equal(g33_write(r->dev, bad[i].region, bad[i].offset, data, bad[i].len), -EINVAL);
		assert_int_equal(rig_counts(r).bad_access, before + 2);
	}
	assert_int_equal(reg(r, SWF), 0x01020304);
	assert_int_equal(reg(r, SWF + 4), 0x05060708);
	assert_int_equal(rig_read(r, G33_GTT, 0x1000, 4), 0);
	assert_int_equal(rig_read(r, G33_GTT, 0x1004, 4), 0);
	r->expect_bad_access = true;
}

static void test_out_of_range(void **state)
{
	static const struct { unsigned int region; uint64_t offset; size_t len; } bad[] = {
		{ G33_MMIO, G33_MMIO_SIZE, 4 }, { G33_MMIO, G33_MMIO_SIZE + 0x1000, 1 }, { G33_MMIO, 0x100000000, 4 },
		{ G33_MMIO, UINT64_MAX - 3, 4 }, { G33_IO, 8, 4 }, { G33_GTT, G33_GTT_SIZE, 4 }, { G33_GTT, 0xfffffffffffffff8, 8 },
		{ G33_CONFIG, 256, 1 }, { G33_CONFIG, 4096, 4 }, { G33_APERTURE, G33_APERTURE_SIZE, 1 },
		{ G33_APERTURE, G33_APERTURE_SIZE - 1, 2 }, { G33_APERTURE, G33_APERTURE_SIZE - 4, 4097 },
		{ G33_APERTURE, UINT64_MAX, 2 }, { G33_APERTURE, UINT64_MAX - 1, 1 },
	};
	struct rig *r = *state;
	uint8_t data[4200] = { 0 };

	rig_map(r, G33_APERTURE_SIZE - PAGE, PAGE);
	rig_map(r, 0, PAGE);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(g33_read(r->dev, bad[i].region, bad[i].offset, data, bad[i].len), -ERANGE);
		memset(data, 0x5a, sizeof(data));
		assert_int_equal(g33_write(r->dev, bad[i].region, bad[i].offset, data, bad[i].len), -ERANGE);
	}
	assert_int_equal(rig_dword(r, G33_APERTURE_SIZE - 4), 0);
	assert_int_equal(rig_dword(r, 0), 0);
	assert_int_equal(reg(r, 0x7fffc), 0);
	/* No such region. */
	assert_int_not_equal(g33_read(r->dev, 4, 0, data, 4), 0);
	assert_int_not_equal(g33_write(r->dev, 8, 0, data, 4), 0);
	r->expect_bad_access = rig_counts(r).bad_access != 0; /* counting is unspecified */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAIN(test_power_on), PLAIN(test_constants), PLAIN(test_gmbus_gpio), PLAIN(test_read_back), PLAIN(test_masked),
		PLAIN(test_write_1_to_clear), PLAIN(test_widths), PLAIN(test_io_port), PLAIN(test_io_port_hostile),
		PLAIN(test_region_sizes), PLAIN(test_refused_access), PLAIN(test_out_of_range),
	};

	return cmocka_run_group_tests_name("registers", tests, NULL, NULL);
}
