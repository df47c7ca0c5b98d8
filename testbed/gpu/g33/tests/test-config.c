// SPDX-License-Identifier: MIT
/*
 * PCI configuration space. Layout and the sizing of BARs: PCI Local Bus Specification 3.0, 6.1 and
 * 6.2.5.
 */
#include "rig.h"

static uint32_t cfg(struct rig *r, unsigned int offset, size_t len)
{
	return (uint32_t)rig_read(r, G33_CONFIG, offset, len);
}

static void set_cfg(struct rig *r, unsigned int offset, size_t len, uint32_t v)
{
	rig_write(r, G33_CONFIG, offset, len, v);
}

static void test_ids(void **state)
{
	struct rig *r = *state;

	assert_int_equal(cfg(r, 0x00, 2), 0x8086);
	assert_int_equal(cfg(r, 0x02, 2), 0x29c2); /* include/drm/intel/pciids.h, INTEL_G33_IDS */
	assert_int_equal(cfg(r, 0x00, 4), 0x29c28086);
	assert_int_equal(cfg(r, 0x09, 1), 0x00);
	assert_int_equal(cfg(r, 0x0a, 2), 0x0380); /* display controller, other: not the boot VGA */
	assert_int_equal(cfg(r, 0x0e, 1) & 0x7f, 0);
	assert_int_equal(cfg(r, 0x3d, 1), 1); /* INTA */
	assert_int_equal(cfg(r, 0xfc, 4), 0); /* ASLS: no OpRegion (intel_opregion.c) */

	/* Read only. */
	set_cfg(r, 0x00, 4, 0xffffffff);
	set_cfg(r, 0x08, 4, 0xffffffff);
	set_cfg(r, 0x0e, 1, 0xff);
	set_cfg(r, 0x3d, 1, 0xff);
	assert_int_equal(cfg(r, 0x00, 4), 0x29c28086);
	assert_int_equal(cfg(r, 0x08, 4) >> 8, 0x038000);
	assert_int_equal(cfg(r, 0x0e, 1) & 0x7f, 0);
	assert_int_equal(cfg(r, 0x3d, 1), 1);
}

static void test_bars(void **state)
{
	/*
	 * 0: memory, 512 KiB; 1: I/O, 8 bytes; 2: prefetchable memory, 256 MiB; 3: memory, 512 KiB;
	 * none: 4, 5 and the ROM.
	 */
	static const struct { unsigned int offset; uint32_t size, flags, mask; } bar[] = {
		{ 0x10, 512 << 10, 0, 0xf }, { 0x14, 8, 1, 3 }, { 0x18, 256 << 20, 8, 0xf }, { 0x1c, 512 << 10, 0, 0xf },
		{ 0x20, 0, 0, 0xf }, { 0x24, 0, 0, 0xf }, { 0x30, 0, 0, 1 },
	};
	struct rig *r = *state;

	for (size_t i = 0; i < sizeof(bar) / sizeof(bar[0]); i++) {
		uint32_t v;

		assert_int_equal(cfg(r, bar[i].offset, 4) & bar[i].mask, bar[i].flags);
		set_cfg(r, bar[i].offset, 4, 0xffffffff);
		v = cfg(r, bar[i].offset, 4);
		if (bar[i].size)
			assert_int_equal(~(v & ~bar[i].mask) + 1, bar[i].size);
		else
			assert_int_equal(v, 0);
		assert_int_equal(v & bar[i].mask, bar[i].flags);
		set_cfg(r, bar[i].offset, 4, 0x90000000);
		assert_int_equal(cfg(r, bar[i].offset, 4), bar[i].size ? 0x90000000 | bar[i].flags : 0);
	}
	/* Address bits are writable down to the size, also by single bytes. */
	set_cfg(r, 0x10, 4, 0xfeb87ff0);
	assert_int_equal(cfg(r, 0x10, 4), 0xfeb80000);
	set_cfg(r, 0x13, 1, 0xa5);
	assert_int_equal(cfg(r, 0x10, 4), 0xa5b80000);
	set_cfg(r, 0x14, 4, 0x0000c0f9);
	assert_int_equal(cfg(r, 0x14, 4), 0x0000c0f9);
	set_cfg(r, 0x18, 2, 0xffff);
	assert_int_equal(cfg(r, 0x18, 4), 0x90000008);
}

static void test_command(void **state)
{
	struct rig *r = *state;

	/* I/O, memory, master (6.2.2). Bits that the device does not implement read as 0. */
	assert_int_equal(cfg(r, 0x04, 2) & 0x7, 0);
	set_cfg(r, 0x04, 2, 0x0007);
	assert_int_equal(cfg(r, 0x04, 2) & 0x7, 0x7);
	set_cfg(r, 0x04, 2, 0x0002);
	assert_int_equal(cfg(r, 0x04, 2) & 0x7, 0x2);
	set_cfg(r, 0x04, 2, 0x0400);
	assert_int_equal(cfg(r, 0x04, 2) & 0x407, 0x400);
	set_cfg(r, 0x04, 2, 0xffff);
	assert_int_equal(cfg(r, 0x04, 2) & 0xf800, 0);
	/* Status: write one to clear. A write sets no bit. */
	set_cfg(r, 0x06, 2, 0xffff);
	assert_int_equal(cfg(r, 0x06, 2) & 0xf900, 0);
	/* The interrupt line register is plain storage. */
	set_cfg(r, 0x3c, 1, 0x0b);
	assert_int_equal(cfg(r, 0x3c, 1), 0x0b);
	assert_int_equal(cfg(r, 0x3d, 1), 1);
}

/* The list of capabilities, if there is one, is finite and beyond the header. */
static void test_capabilities(void **state)
{
	struct rig *r = *state;
	unsigned int at, n = 0;

	if (!(cfg(r, 0x06, 2) & 0x10))
		return;
	for (at = cfg(r, 0x34, 1); at && n < 48; at = cfg(r, at + 1, 1), n++)
		assert_true(at >= 0x40 && at % 4 == 0);
	assert_true(n < 48);
}

/* i915 gt/intel_reset.c g33_do_reset(): bit 0 of 0xc0 starts a reset, and is clear after it. */
static void test_gdrst_self_clears(void **state)
{
	struct rig *r = *state;

	set_reg(r, SWF, 0x12345678);
	set_cfg(r, 0x10, 4, 0xfeb80000);
	for (int i = 0; i < 3; i++) {
		set_cfg(r, 0xc0, 1, 1);
		assert_int_equal(cfg(r, 0xc0, 1) & 1, 0);
	}
	set_cfg(r, 0xc0, 4, 1);
	assert_int_equal(cfg(r, 0xc0, 4) & 1, 0);
	set_cfg(r, 0xc0, 1, 0);
	/* The graphics engine is reset, not the PCI device. */
	assert_int_equal(cfg(r, 0x10, 4), 0xfeb80000);
}

static void test_pci_reset(void **state)
{
	struct rig *r = *state;

	set_cfg(r, 0x10, 4, 0xfeb80000);
	set_cfg(r, 0x04, 2, 7);
	set_cfg(r, 0x3c, 1, 0x0b);
	g33_reset(r->dev);
	assert_int_equal(cfg(r, 0x10, 4), 0);
	assert_int_equal(cfg(r, 0x04, 2) & 7, 0);
	assert_int_equal(cfg(r, 0x00, 4), 0x29c28086);
	assert_int_equal(cfg(r, 0x3d, 1), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAIN(test_ids), PLAIN(test_bars), PLAIN(test_command), PLAIN(test_capabilities), PLAIN(test_gdrst_self_clears),
		PLAIN(test_pci_reset),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
