// SPDX-License-Identifier: MIT
/* Configuration space: identity, BARs, capabilities, no interrupt pin. PCI 3.0, 6.1, 6.2.5, 6.8. */
#include "rig.h"

static uint32_t cfg(struct rig *r, unsigned int offset, size_t len)
{
	return (uint32_t)rig_read(r, KBL_CONFIG, offset, len);
}

static void set_cfg(struct rig *r, unsigned int offset, size_t len, uint32_t v)
{
	rig_write(r, KBL_CONFIG, offset, len, v);
}

/* Device: include/drm/intel/pciids.h, INTEL_KBL_GT2_IDS. */
static void test_identity(void **state)
{
	struct rig *r = *state;

	for (int i = 0; i < 2; i++) {
		assert_int_equal(cfg(r, 0x00, 4), 0x59128086);
		assert_int_equal(cfg(r, 0x00, 2), 0x8086);
		assert_int_equal(cfg(r, 0x08, 1), 0x04);
		assert_int_equal(cfg(r, 0x09, 1), 0x00);
		assert_int_equal(cfg(r, 0x0a, 2), 0x0380); /* display controller, not VGA */
		assert_int_equal(cfg(r, 0x0e, 1), 0);
		/* Only MSI: no interrupt pin. */
		assert_int_equal(cfg(r, 0x3d, 1), 0);
		/* 2 MiB of GGTT entries, no stolen memory: i915 gen8_get_total_gtt_size(). */
		assert_int_equal(cfg(r, 0x50, 2), 0x0040);
		/* All are read-only. */
		for (unsigned int o = 0; o < 0x40; o += 4)
			if (o < 0x10 || o > 0x24)
				set_cfg(r, o, 4, 0xffffffff);
		set_cfg(r, 0x50, 4, 0xffffffff);
	}
}

static void test_bars(void **state)
{
	static const struct {
		unsigned int offset;
		uint32_t sizing;
	} bar[] = {
		{ 0x10, 0xff000004 }, { 0x14, 0xffffffff }, /* 16 MiB, 64 bit */
		{ 0x18, 0xf000000c }, { 0x1c, 0xffffffff }, /* 256 MiB, 64 bit, prefetchable */
		{ 0x20, 0 }, { 0x24, 0 }, { 0x30, 0 },
	};
	struct rig *r = *state;

	for (size_t i = 0; i < sizeof(bar) / sizeof(bar[0]); i++) {
		assert_int_equal(cfg(r, bar[i].offset, 4), bar[i].sizing & 0xf & -!(i % 2));
		set_cfg(r, bar[i].offset, 4, 0xffffffff);
		assert_int_equal(cfg(r, bar[i].offset, 4), bar[i].sizing);
		set_cfg(r, bar[i].offset, 4, 0);
		assert_int_equal(cfg(r, bar[i].offset, 4), bar[i].sizing & 0xf & -!(i % 2));
	}
	/* Writes of single bytes and words. */
	set_cfg(r, 0x13, 1, 0xa5);
	assert_int_equal(cfg(r, 0x10, 4), 0xa5000004);
	set_cfg(r, 0x12, 1, 0xff);
	assert_int_equal(cfg(r, 0x10, 4), 0xa5000004);
	set_cfg(r, 0x14, 2, 0x1234);
	assert_int_equal(cfg(r, 0x14, 4), 0x1234);
}

static void test_region_sizes(void **state)
{
	static const uint64_t size[9] = { [0] = 16 << 20, [2] = 256 << 20, [7] = 256 };

	(void)state;
	for (unsigned int i = 0; i < 9; i++)
		assert_int_equal(gpu_region_size(&gpu_model, i), size[i]);
	assert_int_equal(gpu_region_size(&gpu_model, 9), 0);
	assert_int_equal(gpu_region_size(&gpu_model, -1), 0);
	assert_int_equal(gpu_model.interrupt, GPU_MSI);
	assert_int_equal(gpu_model.page_table.region, 0);
	assert_int_equal(gpu_model.page_table.offset, 8 << 20);
	assert_int_equal(gpu_model.page_table.size, 2 << 20);
}

static void test_command(void **state)
{
	struct rig *r = *state;

	assert_int_equal(cfg(r, 0x04, 2), 0);
	set_cfg(r, 0x04, 2, 0xffff);
	assert_int_equal(cfg(r, 0x04, 2), 0x0407);
	set_cfg(r, 0x04, 2, 0x0006);
	assert_int_equal(cfg(r, 0x04, 2), 0x0006);
	assert_int_equal(cfg(r, 0x06, 2), 0x0010);
	set_cfg(r, 0x06, 2, 0xffff);
	assert_int_equal(cfg(r, 0x06, 2), 0x0010);
}

/* A finite list of MSI, with one vector and a 32-bit address, and power management. */
static void test_capabilities(void **state)
{
	struct rig *r = *state;
	unsigned int at, msi = 0, pm = 0, n = 0;

	for (at = cfg(r, 0x34, 1); at && n < 10; at = cfg(r, at + 1, 1), n++) {
		assert_true(at >= 0x40 && at % 4 == 0);
		if (cfg(r, at, 1) == 0x05)
			msi = at;
		if (cfg(r, at, 1) == 0x01)
			pm = at;
	}
	assert_int_equal(n, 2);
	assert_int_not_equal(msi, 0);
	assert_int_not_equal(pm, 0);
	assert_int_equal(cfg(r, msi + 2, 2), 0);
	set_cfg(r, msi + 2, 2, 0xffff);
	assert_int_equal(cfg(r, msi + 2, 2), 1);
	set_cfg(r, msi + 4, 4, 0xfee01007);
	assert_int_equal(cfg(r, msi + 4, 4), 0xfee01004);
	set_cfg(r, msi + 8, 2, 0x4123);
	assert_int_equal(cfg(r, msi + 8, 2), 0x4123);
	set_cfg(r, pm + 4, 2, 0x0003);
	assert_int_equal(cfg(r, pm + 4, 2) & 3, 3);
	set_cfg(r, pm + 4, 2, 0x0000);
	assert_int_equal(cfg(r, pm + 4, 2) & 3, 0);
}

static void test_pci_reset(void **state)
{
	struct rig *r = *state;

	set_cfg(r, 0x10, 4, 0xa5000000);
	set_cfg(r, 0x04, 2, 7);
	set_cfg(r, 0x92, 2, 1);
	kbl_reset(r->dev);
	assert_int_equal(cfg(r, 0x10, 4), 4);
	assert_int_equal(cfg(r, 0x04, 2), 0);
	assert_int_equal(cfg(r, 0x92, 2), 0);
	assert_int_equal(cfg(r, 0x00, 4), 0x59128086);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_identity), TEST(test_bars), TEST(test_region_sizes), TEST(test_command),
		TEST(test_capabilities), TEST(test_pci_reset),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
