// SPDX-License-Identifier: MIT
/* The G33's part of fuzz-cs: one ring, 32-bit page table entries, GDRST in configuration space. */
#include <string.h>

#include "fuzz-cs.h"
#include "mmio.h"
#include "ring.h"

#define RING_PAGE 0u

const unsigned int fuzz_ops = OPS;
const uint8_t fuzz_operands[] = {
	[SETUP] = 2, [REG] = 5, [READ] = 1, [ACCESS] = 12, [PTE] = 5, [MEM] = 23, [COMMAND] = 24,
	[STEP] = 2, [RESET] = 1,
};

const struct cs_command cs_commands[] = {
	{ MI(MI_NOOP, 0), 0 },
	{ MI(MI_NOOP, MI_NOOP_WRITE_ID | 0x1234), 0 },
	{ MI(MI_USER_INTERRUPT, 0), 0 },
	{ MI(MI_WAIT_FOR_EVENT, 0), 0 },
	{ MI(MI_FLUSH, 0), 0 },
	{ MI(MI_REPORT_HEAD, 0), 0 },
	{ MI(MI_BATCH_BUFFER_END, 0), 0 },
	{ MI(MI_STORE_DWORD_IMM, MI_GLOBAL_GTT | 1), 2 },
	{ MI(MI_STORE_DWORD_IMM, 1), 2 },
	{ MI(MI_STORE_DWORD_INDEX, 1), 2 },
	{ MI(MI_LOAD_REGISTER_IMM, 1), 2 },
	{ MI(MI_LOAD_REGISTER_IMM, 3), 4 },
	{ MI(MI_STORE_REGISTER_MEM, MI_GLOBAL_GTT | 1), 2 },
	{ MI(MI_STORE_REGISTER_MEM, 1), 2 },
	{ MI(MI_BATCH_BUFFER_START, 0), 1 },
	{ BLT(COLOR_BLT, 3), 4 },
	{ BLT(COLOR_BLT, RGBA | 3), 4 },
	{ BLT(SRC_COPY_BLT, RGBA | 4), 5 },
	{ BLT(XY_COLOR_BLT, 4), 5 },
	{ BLT(XY_COLOR_BLT, RGBA | 4), 5 },
	{ BLT(XY_SRC_COPY_BLT, RGBA | 6), 7 },
	{ BLT(XY_SRC_COPY_BLT, BLT_WRITE_RGB | 6), 7 },
	{ 3u << 29, 0 },
	{ 3u << 29 | 0x1d << 24 | 0x04 << 16 | 1, 2 },
	{ 3u << 29 | 0x1f << 24 | 2, 3 },
	{ 3u << 29 | 0x1f << 24 | 1u << 23 | 3, 0 },
};
const unsigned int cs_n_commands = N(cs_commands);
const uint8_t cs_command_pages[8] = { RING_PAGE, 1, 2, 3, 4, 5, 6, 7 };

const uint32_t cs_registers[] = {
	PRB0_TAIL, PRB0_HEAD, PRB0_START, PRB0_CTL, HWS_PGA, IER, IIR, IMR, ISR, EIR, MI_MODE,
	ACTHD, INSTDONE, NOPID, INSTPM, MI_ARB_STATE, CACHE_MODE_0, ECOSKPD, GMBUS2, GPIO_FIRST,
	GPIO_LAST, CLKCFG, C0DRB3 & ~3u, C1DRB3 & ~3u, PORT_HOTPLUG_STAT, PIPEASTAT, PIPEBSTAT, 0x2000, 0x2004,
	0x201c, 0x3000, 0x301c, 0x2020, 0, G33_MMIO_SIZE - 4,
};
const unsigned int cs_n_registers = N(cs_registers);

const unsigned int cs_regions[CS_REGIONS] = {
	G33_MMIO, G33_IO, G33_APERTURE, G33_GTT, G33_CONFIG, G33_APERTURE, G33_MMIO, 4, 6, 9,
};

const uint64_t cs_patience = 20000;
const uint32_t cs_n_ptes = G33_PTES;

static uint64_t steps;

void cs_set_pte(uint32_t index, uint64_t entry)
{
	const uint32_t value = (uint32_t)entry;

	FUZZ_CHECK(!g33_write(dev, G33_GTT, index % G33_PTES * 4, &value, 4));
}

uint64_t cs_pte(uint64_t addr)
{
	return (uint32_t)(addr & 0xfffff000) | (uint32_t)(addr >> 28 & 0xf0) | PTE_VALID;
}

void *cs_table(void)
{
	return dev->own_ptes;
}

bool cs_is_reset(unsigned int region, uint64_t offset)
{
	(void)region;
	(void)offset;
	return true;
}

/*
 * Maps all pages at the start of the page table and above the aperture; sets up the ring and the
 * status page.
 */
static void do_setup(struct record *r)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++) {
		cs_set_pte(i, cs_pte(cs_physical(i)));
		cs_set_pte(ABOVE + i, cs_pte(cs_physical(i)));
	}
	cs_reg_write(HWS_PGA, (PAGES - 1) * G33_PAGE_SIZE);
	cs_reg_write(PRB0_HEAD, 0);
	cs_reg_write(PRB0_TAIL, 0);
	cs_reg_write(PRB0_START, RING_PAGE * G33_PAGE_SIZE);
	cs_reg_write(PRB0_CTL, RING_VALID);
	cs_reg_write(IMR, ~(uint32_t)fuzz_u8(r));
	cs_reg_write(IER, fuzz_u8(r));
	cs_at[RING_PAGE] = 0;
}

/* Checks that the engine is as after a reset by GDRST. */
static void check_engine_reset(void)
{
	unsigned int i;

	gpu_lock(&dev->lock);
	for (i = 0; i < FENCE_COUNT; i++)
		FUZZ_CHECK(!dev->regs[DWORD(FENCE_REG(i))]);
	FUZZ_CHECK(!dev->regs[DWORD(PRB0_TAIL)] && !dev->regs[DWORD(PRB0_HEAD)]);
	FUZZ_CHECK(!dev->regs[DWORD(PRB0_START)] && !dev->regs[DWORD(PRB0_CTL)]);
	FUZZ_CHECK(!dev->in_batch && !dev->non_secure && !dev->executing && !dev->hung);
	FUZZ_CHECK(mmio_read(dev, MI_MODE) == MODE_IDLE);
	gpu_unlock(&dev->lock);
}

static void do_reset(struct record *r)
{
	const uint8_t kind = fuzz_u8(r), bit = GDRST_RESET | (kind & 0xfe);

	if (kind & 1) {
		FUZZ_CHECK(!g33_write(dev, G33_CONFIG, GDRST, &bit, 1));
		check_engine_reset();
	} else {
		g33_reset(dev);
		fuzz_check_power_on(dev);
	}
	cs_at[RING_PAGE] = 0;
}

void cs_record(struct record *r)
{
	if (r->op == SETUP)
		do_setup(r);
	else if (r->op == RESET)
		do_reset(r);
}

void cs_emitted(unsigned int page)
{
	if (page != RING_PAGE)
		return;
	if (cs_at[RING_PAGE] & 1)
		cs_emit(RING_PAGE, MI(MI_NOOP, 0));
	cs_reg_write(PRB0_TAIL, cs_at[RING_PAGE] * 4);
}

void cs_step(struct record *r, unsigned int max)
{
	const unsigned int n = g33_step(dev, max);

	(void)r;
	FUZZ_CHECK(n <= max);
	steps += n;
	cs_see(n);
}

void cs_forget(void)
{
	steps = 0;
}

void cs_check_counts(const cs_counts *base, const cs_counts *now)
{
	FUZZ_CHECK(now->commands - base->commands == steps);
	FUZZ_CHECK(dev->level == cs_level);
	FUZZ_CHECK(!dev->executing);
}
