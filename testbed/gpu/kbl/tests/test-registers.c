// SPDX-License-Identifier: MIT
/* Registers: kinds, widths, rejected accesses, constants; the page of counts. */
#include "rig.h"

static void test_power_on(void **state)
{
	struct rig *r = *state;

	kbl_reset(r->dev);
	for (unsigned int e = 0; e < ENGINE_COUNT; e++) {
		assert_int_equal(ereg(r, e, HEAD), 0);
		assert_int_equal(ereg(r, e, TAIL), 0);
		assert_int_equal(ereg(r, e, CTL), 0);
		assert_int_equal(ereg(r, e, IMR), 0xffffffff);
		assert_int_equal(ereg(r, e, MI_MODE), MODE_IDLE);
		assert_int_equal(ereg(r, e, 0x6c), 0xffffffff); /* INSTDONE */
		assert_int_equal(ereg(r, e, EXECLIST_STATUS), 0);
	}
	for (unsigned int i = 0; i < 4; i++) {
		assert_int_equal(reg(r, GT_IMR + 16 * i), 0xffffffff);
		assert_int_equal(reg(r, GT_IER + 16 * i), 0);
		assert_int_equal(reg(r, GT_IIR + 16 * i), 0);
	}
	assert_int_equal(reg(r, MASTER_IRQ), 0);
	assert_int_equal(atomic_load(&r->messages), 0);
}

/* Fuses and clocks. Writes have no effect. */
static void test_constants(void **state)
{
	static const struct {
		uint32_t offset, value;
	} c[] = {
		{ 0x9120, 1u << 25 | 1u << 23 }, /* slice 0, three subslices: gt/intel_sseu.c */
		{ 0xa26c, 4 },                   /* CTC_MODE: 12 MHz */
		{ 0x145998, 0x00070717 },        /* RP_STATE_CAP */
		{ 0x8504, 1 },                   /* RC6_CTX_INFO */
		{ 0x51000, 1u << 30 | 1u << 28 | 1u << 21 }, /* DFSM: no pipes */
		{ 0xc000, 1 },                   /* GUC_STATUS: in reset */
	};
	struct rig *r = *state;

	for (unsigned int round = 0; round < 3; round++)
		for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
			assert_int_equal(reg(r, c[i].offset), c[i].value);
			set_reg(r, c[i].offset, round ? 0 : ~0u);
		}
	/* gt/intel_engine_cs.c reads INSTDONE to see that all units are idle. */
	set_ereg(r, VCS, 0x6c, 0);
	assert_int_equal(ereg(r, VCS, 0x6c), 0xffffffff);
}

static void test_plain(void **state)
{
	static const uint32_t plain[] = {
		0x0, 0x2028, 0x22080, 0x1a038, 0x12600, 0x4f100, 0x100000, 0x1000f8, 0x1ffffc,
	};
	struct rig *r = *state;
	const size_t n = sizeof(plain) / sizeof(plain[0]);

	for (size_t i = 0; i < n; i++)
		set_reg(r, plain[i], 0x10325000u + (uint32_t)i * 0x01010000u);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(reg(r, plain[i]), 0x10325000u + (uint32_t)i * 0x01010000u);
	/* The space outside of the registers and the page table is unused. */
	set_reg(r, 0x200000, 1);
	set_reg(r, 0x7fe000, 1);
	set_reg(r, 0xa00000, 1);
	set_reg(r, 0xfffffc, 1);
	assert_int_equal(reg(r, 0x200000), 0);
	assert_int_equal(reg(r, 0x7fe000), 0);
	assert_int_equal(reg(r, 0xa00000), 0);
	assert_int_equal(reg(r, 0xfffffc), 0);
}

static void check_masked(struct rig *r, uint32_t offset)
{
	set_reg(r, offset, 0xffff0000);
	assert_int_equal(reg(r, offset), 0);
	set_reg(r, offset, SET_BITS(0x00a5u));
	assert_int_equal(reg(r, offset), 0x00a5);
	set_reg(r, offset, 0x0000ffff);
	assert_int_equal(reg(r, offset), 0x00a5);
	set_reg(r, offset, 0x00f0 << 16 | 0x0fff);
	assert_int_equal(reg(r, offset), 0x00f5);
	set_reg(r, offset, CLEAR_BITS(0x0005u));
	assert_int_equal(reg(r, offset), 0x00f0);
	/* If the upper half is not written, no bit changes. */
	rig_write(r, KBL_GTTMMADR, offset, 2, 0xffff);
	assert_int_equal(reg(r, offset), 0x00f0);
	set_reg(r, offset, 0xffff0000);
}

/*
 * Bits 31:16 select which of 15:0 are written. Offsets: i915 gt/intel_workarounds.c, wa_masked_*().
 */
static void test_masked(void **state)
{
	static const uint32_t engine[] = {
		0x50, INSTPM, CONTEXT_CONTROL, RING_MODE, CSB_PTR, 0x580,
	};
	static const uint32_t other[] = {
		0x2088, 0x2090, 0x20d4, 0x20d8, 0x20e0, 0x20e4, 0x20ec, 0x2120, 0x5588, 0x7000,
		0x7018, 0x7300, 0xe100, 0xe194, 0xe4f0, 0x22200, 0xa278, 0xa188, 0xa270,
	};
	struct rig *r = *state;

	for (unsigned int e = 0; e < ENGINE_COUNT; e++)
		for (size_t i = 0; i < sizeof(engine) / sizeof(engine[0]); i++)
			check_masked(r, engines[e].base + engine[i]);
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		check_masked(r, other[i]);
}

static void test_mi_mode(void **state)
{
	struct rig *r = *state;

	for (unsigned int e = 0; e < ENGINE_COUNT; e++) {
		set_ereg(r, e, MI_MODE, SET_BITS(STOP_RING));
		assert_int_equal(ereg(r, e, MI_MODE), STOP_RING | MODE_IDLE);
		set_ereg(r, e, MI_MODE, CLEAR_BITS(STOP_RING | MODE_IDLE));
		assert_int_equal(ereg(r, e, MI_MODE), MODE_IDLE);
	}
}

/* A requested frequency takes effect at once. */
static void test_frequency(void **state)
{
	struct rig *r = *state;

	set_reg(r, 0xa008, 0x0b800001); /* RPNSWREQ, RPSTAT1: bits 31:23 */
	assert_int_equal(reg(r, 0xa01c), 0x0b800000);
}

/* Time in RC6 passes while RC6 is enabled and no domain is awake. */
static void test_rc6(void **state)
{
	enum { RC_CONTROL = 0xa090, RC6_ENABLE = 1 << 18, RC6_RESIDENCY = 0x138108,
	       FORCEWAKE_GT = 0xa188 };
	struct rig *r = *state;
	uint32_t before;

	sleep_us(2000);
	assert_int_equal(reg(r, RC6_RESIDENCY), 0);
	set_reg(r, RC_CONTROL, RC6_ENABLE);
	sleep_us(2000);
	assert_true(reg(r, RC6_RESIDENCY) >= 2000 * 1000 / 1280);
	set_reg(r, FORCEWAKE_GT, SET_BITS(1u));
	before = reg(r, RC6_RESIDENCY);
	sleep_us(2000);
	assert_int_equal(reg(r, RC6_RESIDENCY), before);
	set_reg(r, FORCEWAKE_GT, CLEAR_BITS(1u));
	sleep_us(2000);
	assert_true(reg(r, RC6_RESIDENCY) >= before + 2000 * 1000 / 1280);
	set_reg(r, RC_CONTROL, 0);
	before = reg(r, RC6_RESIDENCY);
	set_reg(r, RC6_RESIDENCY, 0);
	sleep_us(2000);
	assert_int_equal(reg(r, RC6_RESIDENCY), before);
}

/* A request is acknowledged at once, in the domain's own register. i915 intel_uncore.c. */
static void test_forcewake(void **state)
{
	static const uint32_t domain[][2] = {
		{ 0xa278, 0x0d84 }, { 0xa188, 0x130044 }, { 0xa270, 0x0d88 },
	};
	struct rig *r = *state;

	for (unsigned int i = 0; i < 3; i++) {
		set_reg(r, domain[i][0], SET_BITS(1u));
		for (unsigned int j = 0; j < 3; j++)
			assert_int_equal(reg(r, domain[j][1]) & 1, i == j);
		assert_int_equal(counts(r).forcewakes, i + 1);
		set_reg(r, domain[i][0], CLEAR_BITS(1u));
		assert_int_equal(reg(r, domain[i][1]) & 1, 0);
		assert_int_equal(counts(r).forcewakes, i + 1);
	}
}

/* The mailbox completes at once without an error and keeps the data. i915 intel_pcode.c. */
static void test_pcode(void **state)
{
	struct rig *r = *state;

	set_reg(r, 0x138128, 0x12345678);
	set_reg(r, 0x138124, 1u << 31 | 0x06);
	assert_int_equal(reg(r, 0x138124) & (1u << 31 | 0xff), 0);
	assert_int_equal(reg(r, 0x138128), 0x12345678);

	/* The table of CPU and ring frequencies, indexed by the frequency of the GPU. */
	set_reg(r, 0x138128, 0x00220007);
	set_reg(r, 0x138124, 1u << 31 | 0x08);
	set_reg(r, 0x138128, 0x00440809);
	set_reg(r, 0x138124, 1u << 31 | 0x08);
	set_reg(r, 0x138128, 0x07);
	set_reg(r, 0x138124, 1u << 31 | 0x09);
	assert_int_equal(reg(r, 0x138128), 0x2200);
	set_reg(r, 0x138128, 0x09);
	set_reg(r, 0x138124, 1u << 31 | 0x09);
	assert_int_equal(reg(r, 0x138128), 0x4408);
}

/* An engine is ready for a reset as soon as it is requested. i915 gt/intel_reset.c. */
static void test_reset_ctl(void **state)
{
	struct rig *r = *state;

	for (unsigned int e = 0; e < ENGINE_COUNT; e++) {
		set_ereg(r, e, RESET_CTL, 1);
		assert_int_equal(ereg(r, e, RESET_CTL), 0);
		set_ereg(r, e, RESET_CTL, SET_BITS(1u));
		for (unsigned int i = 0; i < ENGINE_COUNT; i++)
			assert_int_equal(ereg(r, i, RESET_CTL), i == e ? 3 : 0);
		set_ereg(r, e, RESET_CTL, CLEAR_BITS(1u));
		assert_int_equal(ereg(r, e, RESET_CTL), 0);
	}
	assert_int_equal(reg(r, GDRST), 0);
	assert_int_equal(counts(r).resets, 0);
}

/* Registers that start an operation read as completed. */
static void test_requests(void **state)
{
	struct rig *r = *state;

	for (unsigned int e = 0; e < ENGINE_COUNT; e++) {
		set_reg(r, engines[e].tlb, 1);
		assert_int_equal(reg(r, engines[e].tlb), 0);
		assert_int_equal(counts(r).tlb_register, e + 1);
		set_reg(r, engines[e].tlb, 0);
		assert_int_equal(counts(r).tlb_register, e + 1);
		assert_int_equal(ereg(r, e, ELSP), 0);
	}
	set_reg(r, GFX_FLSH_CNTL, 1);
	assert_int_equal(reg(r, GFX_FLSH_CNTL), 0);
	assert_int_equal(counts(r).tlb_ggtt, 1);
	set_reg(r, GDRST, 1);
	assert_int_equal(reg(r, GDRST), 0);
}

/* Write one to clear. Bytes that are not written clear nothing. */
static void test_write_one_to_clear(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);

	set_ereg(r, RCS, IMR, 0);
	set_reg(r, GT_IMR, 0);
	EMIT(c, MI_USER_INTERRUPT);
	run(c);
	assert_int_equal(reg(r, GT_IIR), USER_EVENT | SWITCH_EVENT);
	set_reg(r, GT_IIR, 0);
	set_reg(r, GT_IIR, ~(USER_EVENT | SWITCH_EVENT));
	assert_int_equal(reg(r, GT_IIR), USER_EVENT | SWITCH_EVENT);
	rig_write(r, KBL_GTTMMADR, GT_IIR + 2, 2, 0xffff);
	assert_int_equal(reg(r, GT_IIR), USER_EVENT | SWITCH_EVENT);
	rig_write(r, KBL_GTTMMADR, GT_IIR, 1, USER_EVENT);
	assert_int_equal(reg(r, GT_IIR), SWITCH_EVENT);
	set_reg(r, GT_IIR, SWITCH_EVENT);
	assert_int_equal(reg(r, GT_IIR), 0);
	set_ereg(r, RCS, EIR, 0xffffffff);
	assert_int_equal(ereg(r, RCS, EIR), 0);
}

/*
 * The clock is 12 MHz; that of a context stands still without one. i915 gt/intel_gt_clock_utils.c.
 */
static void test_timestamp(void **state)
{
	struct rig *r = *state;
	uint32_t before = ereg(r, RCS, TIMESTAMP), ticks;
	double start = now(), us;

	sleep_us(20000);
	ticks = ereg(r, VECS, TIMESTAMP) - before;
	us = (now() - start) * 1e6;
	assert_true(ticks >= 20000u * 12 - 12);
	assert_true(ticks <= us * 12 + 1000);
	set_ereg(r, RCS, CTX_TIMESTAMP, 1234);
	sleep_us(100);
	assert_int_equal(ereg(r, RCS, CTX_TIMESTAMP), 1234);
}

static void test_widths(void **state)
{
	struct rig *r = *state;

	rig_write(r, KBL_GTTMMADR, SCRATCH_REG, 8, 0x8877665544332211);
	assert_int_equal(reg(r, SCRATCH_REG), 0x44332211);
	assert_int_equal(reg(r, SCRATCH_REG + 4), 0x88776655);
	assert_true(rig_read(r, KBL_GTTMMADR, SCRATCH_REG, 8) == 0x8877665544332211);
	for (unsigned int i = 0; i < 8; i++)
		assert_int_equal(rig_read(r, KBL_GTTMMADR, SCRATCH_REG + i, 1), 0x11 * (i + 1));
	rig_write(r, KBL_GTTMMADR, SCRATCH_REG + 1, 1, 0xaa);
	assert_int_equal(reg(r, SCRATCH_REG), 0x4433aa11);
	rig_write(r, KBL_GTTMMADR, SCRATCH_REG + 2, 2, 0xdddd);
	assert_int_equal(reg(r, SCRATCH_REG), 0xddddaa11);
	assert_int_equal(reg(r, SCRATCH_REG + 4), 0x88776655);
}

/* The page table in BAR0: accesses of 8, 4 and fewer bytes. */
static void test_page_table(void **state)
{
	struct rig *r = *state;
	const uint64_t at = KBL_GGTT_OFFSET + KBL_GGTT_SIZE - 8;

	rig_write(r, KBL_GTTMMADR, at, 8, 0x1122334455667788);
	assert_true(rig_read(r, KBL_GTTMMADR, at, 8) == 0x1122334455667788);
	rig_write(r, KBL_GTTMMADR, at + 4, 4, 0xaabbccdd);
	assert_true(rig_read(r, KBL_GTTMMADR, at, 8) == 0xaabbccdd55667788);
	rig_write(r, KBL_GTTMMADR, at, 4, 0);
	assert_true(rig_read(r, KBL_GTTMMADR, at, 8) == 0xaabbccdd00000000);
	rig_write(r, KBL_GTTMMADR, at + 5, 1, 0xee);
	assert_int_equal(rig_read(r, KBL_GTTMMADR, at + 4, 4), 0xaabbeedd);
}

static void test_refused(void **state)
{
	static const struct {
		unsigned int region;
		uint32_t offset;
		size_t len;
	} bad[] = {
		{ KBL_GTTMMADR, SCRATCH_REG + 1, 4 }, { KBL_GTTMMADR, SCRATCH_REG + 2, 4 },
		{ KBL_GTTMMADR, SCRATCH_REG + 1, 2 }, { KBL_GTTMMADR, SCRATCH_REG + 4, 8 },
		{ KBL_GTTMMADR, SCRATCH_REG, 3 }, { KBL_GTTMMADR, SCRATCH_REG, 16 },
		{ KBL_GTTMMADR, KBL_GGTT_OFFSET + 4, 8 }, { KBL_GTTMMADR, KBL_GGTT_OFFSET, 16 },
		{ KBL_CONFIG, 0x11, 4 }, { KBL_CONFIG, 0x11, 2 }, { KBL_CONFIG, 0x10, 3 },
	};
	struct rig *r = *state;
	uint8_t data[16], ones[16];

	assert_int_equal(SCRATCH_REG % 8, 0);
	set_reg(r, SCRATCH_REG, 0x01020304);
	set_reg(r, SCRATCH_REG + 4, 0x05060708);
	memset(ones, 0xff, sizeof(ones));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(data, 0, sizeof(data));
		assert_int_equal(kbl_read(r->dev, bad[i].region, bad[i].offset, data, bad[i].len),
				 -EINVAL);
		assert_memory_equal(data, ones, bad[i].len);
		memset(data, 0x5a, sizeof(data));
		assert_int_equal(kbl_write(r->dev, bad[i].region, bad[i].offset, data, bad[i].len),
				 -EINVAL);
		r->expect.bad_access += 2;
		assert_int_equal(counts(r).bad_access, r->expect.bad_access);
	}
	assert_int_equal(reg(r, SCRATCH_REG), 0x01020304);
	assert_int_equal(reg(r, SCRATCH_REG + 4), 0x05060708);
	assert_true(rig_read(r, KBL_GTTMMADR, KBL_GGTT_OFFSET, 8) == 0);
	assert_int_equal(rig_read(r, KBL_CONFIG, 0x10, 4), 4);
}

static void test_out_of_range(void **state)
{
	static const struct {
		unsigned int region;
		uint64_t offset;
		size_t len;
	} bad[] = {
		{ KBL_GTTMMADR, KBL_GTTMMADR_SIZE, 4 }, { KBL_GTTMMADR, UINT64_MAX - 3, 4 },
		{ KBL_GTTMMADR, 1ull << 32, 4 }, { KBL_CONFIG, 256, 1 }, { KBL_CONFIG, 4096, 4 },
		{ KBL_GMADR, KBL_GMADR_SIZE, 1 }, { KBL_GMADR, KBL_GMADR_SIZE - 1, 2 },
		{ KBL_GMADR, UINT64_MAX, 2 }, { 1, 0, 4 }, { 3, 0, 4 }, { 8, 0, 4 }, { 99, 0, 4 },
	};
	struct rig *r = *state;
	uint8_t data[8] = { 0 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(kbl_read(r->dev, bad[i].region, bad[i].offset, data, bad[i].len),
				 -ERANGE);
		assert_int_equal(kbl_write(r->dev, bad[i].region, bad[i].offset, data, bad[i].len),
				 -ERANGE);
	}
	r->expect.bad_access = 2 * sizeof(bad) / sizeof(bad[0]);
}

/* struct kbl_counts in a page of BAR0 is read-only. */
static void test_counts_page(void **state)
{
	struct rig *r = *state;
	struct kbl_counts c, page;
	const uint64_t zero = 0;

	set_reg(r, 0xa278, SET_BITS(1u));
	set_reg(r, GFX_FLSH_CNTL, 1);
	kbl_write(r->dev, KBL_CONFIG, 1, &zero, 4);
	r->expect.bad_access = 1;
	for (unsigned int i = 0; i < sizeof(page); i += 8)
		rig_write(r, KBL_GTTMMADR, KBL_COUNTS_OFFSET + i, 8, 0);
	c = counts(r);
	for (unsigned int i = 0; i < sizeof(page); i += 8)
		((uint64_t *)&page)[i / 8] = rig_read(r, KBL_GTTMMADR, KBL_COUNTS_OFFSET + i, 8);
	assert_memory_equal(&page, &c, sizeof(c));
	assert_int_equal(page.bad_access, 1);
	assert_int_equal(page.forcewakes, 1);
	assert_int_equal(page.tlb_ggtt, 1);
	assert_true(page.mmio_writes > 2);
	assert_int_equal(reg(r, KBL_COUNTS_OFFSET + sizeof(page)), 0);
}

/* print_counts() lists registers that were accessed many times, with the counts. */
static void test_trapped(void **state)
{
	struct rig *r = *state;
	char *text = NULL;
	size_t len;
	FILE *f;

	for (uint32_t i = 0; i < 600; i++)
		set_reg(r, SCRATCH_REG, i);
	for (uint32_t i = 0; i < 7; i++)
		reg(r, SCRATCH_REG);
	/* More registers than the table has room for. */
	for (uint32_t at = 0x80000; at < 0xa0000; at += 4)
		reg(r, at);
	f = open_memstream(&text, &len);
	assert_non_null(f);
	gpu_model.print_counts(r->dev, f);
	fclose(f);
	assert_non_null(strstr(text, "register 0x04f100 7 600\n"));
	assert_null(strstr(text, "register 0x0800"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_power_on), TEST(test_constants), TEST(test_plain), TEST(test_masked),
		TEST(test_mi_mode), TEST(test_rc6), TEST(test_frequency), TEST(test_forcewake),
		TEST(test_pcode), TEST(test_reset_ctl), TEST(test_requests),
		TEST(test_write_one_to_clear), TEST(test_timestamp),
		TEST(test_widths), TEST(test_page_table), TEST(test_refused),
		TEST(test_out_of_range), TEST(test_counts_page), TEST(test_trapped),
	};

	return cmocka_run_group_tests_name("registers", tests, NULL, NULL);
}
