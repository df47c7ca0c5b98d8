// SPDX-License-Identifier: MIT
/* The Kaby Lake's implementation of the model-specific part of fuzz.h. */
#include <string.h>

#include "execlist.h"
#include "fuzz.h"
#include "fuzz-kbl.h"
#include "mmu.h"

const size_t fuzz_device_size = sizeof(struct gpu);
/* The row buffers are not in struct gpu. */
const size_t fuzz_rows_at, fuzz_rows_len;

const uint32_t fuzz_values[] = {
	0, 1, 2, 3, 4, 8, 0xff, 0x100, 0xfff, 0x1000, 0x1001, 0x2000, 0x3000, 0x7fff, 0x8000,
	0xffff, 0x10000, 0x10001, 0x10020, 0x80000, 0x200000, 0x0fffffff, 0x10000000, 0x3ffffff8,
	0x40000000, 0x7fffffff, 0x80000000, 0xfffffffc, 0xffffffff,
	/* Graphics addresses: pages of the guest, large pages, the end of a table. */
	0x14000, 0x14ffc, 0x18000, 0x1fff00, 0x200000, 0x210000, 0x400000, 0x40fffc, 0x28000,
	/* BR13 with various raster operations, depths and pitches; rectangles. */
	0x00cc0010, 0x01f00040, 0x03cc0080, 0x03cc0200, 0x035a0200, 0x03f00080, 0x05000200,
	0x43cc0200, 0x0066fe00, 0x00040004, 0x00080010, 0x7fff7fff, 0x80008000, 0x00100100,
	0x01000400,
	/* Fences. */
	0x00000001, 0x00000003, 0x00010003, 0x000ff000, 0x000ff00f, 0x000f0fff,
	/* Physical addresses; page table entries with them; context descriptors. */
	0x0c000000, 0x0c000ffc, 0x0c000003, 0x0c000083, 0x0c000803, 0x0c00f003, 0x0c00c003,
	0x00002119, 0x00005119, 0x0000211d,
	/* Offsets of registers, and values for masked registers. */
	RCS_BASE + RING_ELSP, RCS_BASE + RING_TAIL, RCS_BASE + RING_HEAD, RCS_BASE + RING_MI_MODE,
	RCS_BASE + RING_GPR, RCS_BASE + RING_CONTEXT_STATUS_PTR, RCS_BASE + RING_FORCE_TO_NONPRIV,
	BCS_BASE + RING_GPR, BCS_BASE + RING_MI_MODE, BCS_SWCTRL, GDRST, GFX_FLSH_CNTL, 0x4260,
	0x426c, MASTER_IRQ, GT_IIR(0), GT_IMR(0), KBL_MMIO_SIZE - 4, KBL_MMIO_SIZE, 0x01000100,
	0x01000000, 0x80008000, 0x80000000, 0x00030003, 0x00010001,
	MI_BATCH_BUFFER_END << 23, MI_USER_INTERRUPT << 23, MI_ARB_CHECK << 23,
	MI_BATCH_BUFFER_START << 23 | BB_START_PPGTT | 1, MI_LOAD_REGISTER_IMM << 23 | 0xff,
	MI_STORE_DATA_IMM << 23 | 0x3ff,
};
const unsigned int fuzz_n_values = sizeof(fuzz_values) / sizeof(fuzz_values[0]);

void fuzz_step(struct gpu *dev, unsigned int n)
{
	kbl_step(dev, n);
}

/* Checks the invariants of an engine between two accesses: it executes no command. */
static void check_engine(const struct engine *e)
{
	FUZZ_CHECK(!e->executing);
	FUZZ_CHECK(e->level <= 2 && e->wa <= 2 && e->elsp_writes < 4);
	FUZZ_CHECK(e->loaded || !e->level);
	FUZZ_CHECK(2 * e->tlb.used <= e->tlb.size && !(e->tlb.size & (e->tlb.size - 1)));
	FUZZ_CHECK(!(engine_reg(e, RING_MI_MODE) >> 16) && !(engine_reg(e, RING_MODE) >> 16));
}

void fuzz_check_power_on(struct gpu *dev)
{
	const struct gpu *new = fuzz_pristine();
	unsigned int i;

	gpu_lock(&dev->lock);
	FUZZ_CHECK(!memcmp(dev->regs, new->regs, sizeof(dev->regs)));
	FUZZ_CHECK(!memcmp(dev->config, new->config, sizeof(dev->config)));
	FUZZ_CHECK(!dev->irq_level);
	for (i = 0; i < ENGINES; i++)
		fuzz_check_stopped(&dev->engine[i]);
	gpu_unlock(&dev->lock);
}

void fuzz_check_stopped(const struct engine *e)
{
	static const struct element none[2];

	check_engine(e);
	FUZZ_CHECK(!e->loaded && !e->submitted && !e->elsp_writes && !e->hung);
	FUZZ_CHECK(!e->level && !e->wa && !e->waits && !e->rest_until && !e->tlb.used);
	FUZZ_CHECK(!memcmp(e->list, none, sizeof(none)));
	FUZZ_CHECK(!execlist_runnable(e));
}

void fuzz_check_device(struct gpu *dev)
{
	unsigned int i;

	gpu_lock(&dev->lock);
	for (i = 0; i < ENGINES; i++)
		check_engine(&dev->engine[i]);
	FUZZ_CHECK(dev->config[0] == 0x86 && dev->config[1] == 0x80 && !dev->config[0x3d]);
	FUZZ_CHECK(dev->config[0x34] == PCI_MSI && dev->config[PCI_MSI] == 5);
	gpu_unlock(&dev->lock);
}

/* ---- contexts: i915 gt/intel_lrc.c gen9_xcs_offsets[] ---- */

static const struct {
	unsigned int at, count; /* dword index of the MI_LOAD_REGISTER_IMM, number of registers */
	uint16_t reg[20];
} lists[] = {
	{ 0x01, 14, { RING_CONTEXT_CONTROL, RING_HEAD, RING_TAIL, RING_START, RING_CTL,
		      RING_BB_ADDR_UDW, RING_BB_ADDR, RING_BB_STATE, RING_SBB_ADDR_UDW,
		      RING_SBB_ADDR, RING_SBB_STATE, RING_BB_PER_CTX_PTR, RING_INDIRECT_CTX,
		      RING_INDIRECT_CTX_OFFSET } },
	{ 0x21, 9, { RING_CTX_TIMESTAMP, RING_PDP(3) + 4, RING_PDP(3), RING_PDP(2) + 4,
		     RING_PDP(2), RING_PDP(1) + 4, RING_PDP(1), RING_PDP(0) + 4, RING_PDP(0) } },
	{ 0x51, 12, { RING_MI_MODE, RING_INSTPM, RING_TIMESTAMP, RING_NOPID, RING_GPR,
		      RING_GPR + 4, RING_GPR + 8, RING_GPR + 12, RING_GPR + 0x7c,
		      RING_PREDICATE_SRC0, RING_PREDICATE_SRC1, RING_PREDICATE_RESULT } },
};
#define LISTS (sizeof(lists) / sizeof(lists[0]))

unsigned int fuzz_image_at(unsigned int n)
{
	unsigned int i;

	for (i = 0; i < LISTS && n >= lists[i].count; i++)
		n -= lists[i].count;
	return lists[i % LISTS].at + 1 + 2 * n;
}

static void set_value(uint32_t *dw, uint32_t reg, uint32_t value)
{
	unsigned int n;

	for (n = 0; n < FUZZ_IMAGE_REGISTERS; n++) {
		const unsigned int at = fuzz_image_at(n);

		if ((dw[at] & 0x7ff) == reg)
			dw[at + 1] = value;
	}
}

void fuzz_write_image(uint8_t *state, uint32_t base, uint32_t ring, uint64_t pml4)
{
	uint32_t *dw = (uint32_t *)state;
	unsigned int i, n;

	memset(dw, 0, KBL_PAGE_SIZE);
	for (i = 0; i < LISTS; i++) {
		dw[lists[i].at] = MI_LOAD_REGISTER_IMM << 23 | (2 * lists[i].count - 1);
		for (n = 0; n < lists[i].count; n++)
			dw[lists[i].at + 1 + 2 * n] = base + lists[i].reg[n];
	}
	dw[lists[LISTS - 1].at + 1 + 2 * lists[LISTS - 1].count] = MI_BATCH_BUFFER_END << 23;
	set_value(dw, RING_CONTEXT_CONTROL, 0x00080008);
	set_value(dw, RING_START, ring);
	set_value(dw, RING_CTL, RING_VALID);
	set_value(dw, RING_PDP(0), (uint32_t)pml4);
	set_value(dw, RING_PDP(0) + 4, pml4 >> 32);
}

void fuzz_set_tail(uint8_t *state, uint32_t tail)
{
	set_value((uint32_t *)state, RING_TAIL, tail);
}

/* ---- for fuzz-vfio-user ---- */

/* Page numbers, in the guest's memory and in the GGTT. */
enum { RING = 1, CONTEXT = 2, STATUS = 5 };

/*
 * Maps the pages in the GGTT, sets up an engine and submits a context, with the tail of its ring
 * that the input gives. The input itself writes the page tables of the PPGTT.
 */
unsigned int fuzz_go(struct record *r, uint8_t *ram, uint64_t base, struct fuzz_write *w)
{
	static const uint32_t bases[] = { RCS_BASE, BCS_BASE, VCS_BASE, VECS_BASE };
	static const unsigned int banks[] = { 0, 0, 1, 3 };
	const uint32_t tail = fuzz_u8(r) * 8u;
	const unsigned int e = fuzz_u8(r) % ENGINES;
	const uint32_t engine = bases[e], bank = banks[e];
	const uint32_t desc = CONTEXT * KBL_PAGE_SIZE | DESC_VALID | DESC_MODE_64B << 3 | 0x100;
	const struct fuzz_write go[] = {
		{ 0, 4, engine + RING_HWS_PGA, STATUS * KBL_PAGE_SIZE },
		{ 0, 4, engine + RING_MODE, RUN_LIST_ENABLE << 16 | RUN_LIST_ENABLE },
		{ 0, 4, engine + RING_IMR, 0 },
		{ 0, 4, GT_IMR(bank), 0 },
		{ 0, 4, GT_IIR(bank), ~0u },
		{ 0, 4, GT_IER(bank), ~0u },
		{ 0, 4, MASTER_IRQ, MASTER_ENABLE },
		{ 0, 4, engine + RING_ELSP, 0 },
		{ 0, 4, engine + RING_ELSP, 0 },
		{ 0, 4, engine + RING_ELSP, 1 },
		{ 0, 4, engine + RING_ELSP, desc },
	};
	unsigned int i, n = 0;

	for (i = 0; i < FUZZ_GO_PAGES; i++)
		w[n++] = (struct fuzz_write){
			0, 8, KBL_GGTT_OFFSET + 8 * i,
			(base + i * KBL_PAGE_SIZE) | PTE_PRESENT | PTE_WRITABLE,
		};
	memcpy(w + n, go, sizeof(go));
	fuzz_write_image(ram + (CONTEXT + 1) * KBL_PAGE_SIZE, engine, RING * KBL_PAGE_SIZE,
			 base + 6 * KBL_PAGE_SIZE);
	fuzz_set_tail(ram + (CONTEXT + 1) * KBL_PAGE_SIZE, tail);
	return n + sizeof(go) / sizeof(go[0]);
}
