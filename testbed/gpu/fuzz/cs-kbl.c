// SPDX-License-Identifier: MIT
/*
 * The Kaby Lake's part of fuzz-cs: two contexts with rings, submitted to any engine; four-level
 * page tables; resets of single engines. The device's clock advances by the amount in a TIME
 * record, and by 1 us whenever the device reads it.
 */
#include <string.h>

#include "execlist.h"
#include "fuzz-cs.h"
#include "fuzz-kbl.h"
#include "mmu.h"

/*
 * Use of the guest's pages. A context consists of its status page, its register page and one more
 * page of state, which only rcs0 uses.
 */
enum {
	RING = 0, /* one for each context */
	CONTEXT = 2,
	CONTEXT_PAGES = 3,
	STATUS = 8, /* one for each engine */
	PML4 = 12,
	DIRECTORY_POINTERS,
	DIRECTORY,
	TABLE_PAGE,
	BATCH,
	DATA = 20,
};
#define CONTEXTS 2u
#define TABLES   4u

/* The index of a read-only entry in the PPGTT. */
#define READ_ONLY_AT 40u

enum { SUBMIT = OPS, IMAGE, TABLE, TIME, KBL_OPS };

const unsigned int fuzz_ops = KBL_OPS;
const uint8_t fuzz_operands[] = {
	[SETUP] = 2, [REG] = 5, [READ] = 1, [ACCESS] = 12, [PTE] = 5, [MEM] = 23, [COMMAND] = 30,
	[STEP] = 2, [RESET] = 1, [SUBMIT] = 5, [IMAGE] = 6, [TABLE] = 7, [TIME] = 2,
};

const struct cs_command cs_commands[] = {
	{ MI(MI_NOOP, 0), 0 },
	{ MI(MI_NOOP, MI_NOOP_WRITE_ID | 0x1234), 0 },
	{ MI(MI_USER_INTERRUPT, 0), 0 },
	{ MI(MI_ARB_CHECK, 0), 0 },
	{ MI(MI_ARB_ON_OFF, 1), 0 },
	{ MI(MI_ARB_ON_OFF, 0), 0 },
	{ MI(MI_BATCH_BUFFER_END, 0), 0 },
	{ MI(MI_SET_PREDICATE, 0), 0 },
	{ MI(MI_PREDICATE, 0x82), 0 },
	{ MI(MI_MATH, 3), 4 },
	{ MI(MI_SEMAPHORE_WAIT, 1u << 15 | 5u << 12 | 2), 3 },
	{ MI(MI_SEMAPHORE_WAIT, SEMAPHORE_REGISTER | 4u << 12 | 2), 3 },
	{ MI(MI_STORE_DATA_IMM, 2), 3 },
	{ MI(MI_STORE_DATA_IMM, MI_GLOBAL_GTT | 2), 3 },
	{ MI(MI_STORE_DATA_IMM, STORE_QWORD | 3), 4 },
	{ MI(MI_STORE_DATA_IMM, 0x3fd), 3 },
	{ MI(MI_STORE_DATA_INDEX, 1), 2 },
	{ MI(MI_STORE_DATA_INDEX, 1u << 21 | 1), 2 },
	{ MI(MI_LOAD_REGISTER_IMM, 1), 2 },
	{ MI(MI_LOAD_REGISTER_IMM, 3), 4 },
	{ MI(MI_STORE_REGISTER_MEM, 2), 3 },
	{ MI(MI_STORE_REGISTER_MEM, MI_GLOBAL_GTT | 2), 3 },
	{ MI(MI_FLUSH_DW, 1u << 14 | 3), 4 },
	{ MI(MI_FLUSH_DW, FLUSH_TLB | FLUSH_STORE_INDEX | 3u << 14 | 2), 3 },
	{ MI(MI_LOAD_REGISTER_MEM, 2), 3 },
	{ MI(MI_LOAD_REGISTER_REG, 1), 2 },
	{ MI(MI_COPY_MEM_MEM, 3), 4 },
	{ MI(MI_ATOMIC, 5u << 8 | 1), 2 },
	{ MI(MI_ATOMIC, 1u << 18 | 1u << 19 | 0xeu << 8 | 9), 10 },
	{ MI(MI_BATCH_BUFFER_START, BB_START_PPGTT | 1), 2 },
	{ MI(MI_BATCH_BUFFER_START, 1), 2 },
	{ MI(MI_BATCH_BUFFER_START, BB_START_SECOND | BB_START_PPGTT | 1), 2 },
	{ MI(MI_CONDITIONAL_BATCH_BUFFER_END, 5u << 12 | 2), 3 },
	{ 0x7a000004u, 5 },
	{ BLT(XY_COLOR_BLT, RGBA | 5), 6 },
	{ BLT(XY_SRC_COPY_BLT, RGBA | 8), 9 },
	{ BLT(XY_FAST_COPY_BLT, 8), 9 },
	{ 3u << 29 | 1, 2 },
	{ 3u << 29 | 1u << 27 | 1u << 24, 0 },
	{ 3u << 29 | 2u << 27 | 3, 4 },
	{ 3u << 29 | 3u << 27 | 0xff, 0 },
	{ 1u << 29, 0 },
};
const unsigned int cs_n_commands = N(cs_commands);
const uint8_t cs_command_pages[8] = {
	RING, RING + 1, BATCH, BATCH + 1, BATCH + 2, BATCH + 3, RING, BATCH,
};

#define OF_ENGINE(base) \
	(base) + RING_TAIL, (base) + RING_HEAD, (base) + RING_START, (base) + RING_CTL, \
	(base) + RING_ACTHD, (base) + RING_ACTHD_UDW, (base) + RING_HWS_PGA, \
	(base) + RING_MI_MODE, (base) + RING_IMR, (base) + RING_EIR, (base) + RING_EMR, \
	(base) + RING_RESET_CTL, (base) + RING_BB_STATE, (base) + RING_BB_ADDR, \
	(base) + RING_BB_ADDR_UDW, (base) + RING_ELSP, (base) + RING_EXECLIST_STATUS, \
	(base) + RING_EXECLIST_STATUS_HI, (base) + RING_PDP(0), (base) + RING_MODE, \
	(base) + RING_TIMESTAMP, (base) + RING_CONTEXT_STATUS_PTR, (base) + RING_CTX_TIMESTAMP, \
	(base) + RING_INDIRECT_CTX, (base) + RING_BB_PER_CTX_PTR, \
	(base) + RING_FORCE_TO_NONPRIV, (base) + RING_GPR

const uint32_t cs_registers[] = {
	OF_ENGINE(RCS_BASE), OF_ENGINE(BCS_BASE), OF_ENGINE(VCS_BASE), OF_ENGINE(VECS_BASE),
	RCS_BASE + RING_FORCE_TO_NONPRIV + 4, GDRST, MASTER_IRQ, GT_ISR(0), GT_IMR(0), GT_IIR(0),
	GT_IER(0), GT_IMR(1), GT_IIR(1), GT_IER(1), GT_IMR(3), GT_IIR(3), GT_IER(3),
	FORCEWAKE_RENDER, FORCEWAKE_GT, FORCEWAKE_MEDIA, FORCEWAKE_ACK_RENDER, FORCEWAKE_ACK_GT,
	FORCEWAKE_ACK_MEDIA, GFX_FLSH_CNTL, PCODE_MAILBOX, FUSE2, CTC_MODE, RP_STATE_CAP,
	RC6_CTX_INFO, DFSM, GUC_STATUS, BCS_SWCTRL, FENCE(0), FENCE(0) + 4, FENCE(31),
	FENCE(31) + 4, 0x4260, 0x4264, 0x426c, 0x4270, 0x7018, 0, KBL_MMIO_SIZE - 4,
};
const unsigned int cs_n_registers = N(cs_registers);

const unsigned int cs_regions[CS_REGIONS] = {
	KBL_GTTMMADR, KBL_GMADR, KBL_GTTMMADR, KBL_GMADR, KBL_CONFIG, KBL_GTTMMADR, 1, 4, 6, 9,
};

/* More than for the G33: a page walk reads entries of four levels. */
const uint64_t cs_patience = 24000;
const uint32_t cs_n_ptes = KBL_GGTT_SIZE / 8;

/* The engine of each context. */
static unsigned int engine_of[CONTEXTS];

static uint32_t ggtt(unsigned int page)
{
	return page * KBL_PAGE_SIZE;
}

void cs_set_pte(uint32_t index, uint64_t entry)
{
	index %= cs_n_ptes;
	FUZZ_CHECK(!kbl_write(dev, KBL_GTTMMADR, KBL_GGTT_OFFSET + 8ull * index, &entry, 8));
}

uint64_t cs_pte(uint64_t addr)
{
	return addr | PTE_PRESENT | PTE_WRITABLE;
}

void *cs_table(void)
{
	return dev->own_ggtt;
}

/* A reset does not clear the counts. */
bool cs_is_reset(unsigned int region, uint64_t offset)
{
	return region != KBL_GTTMMADR || offset < KBL_COUNTS_OFFSET ||
	       offset >= KBL_COUNTS_OFFSET + KBL_PAGE_SIZE;
}

static void set_entry(unsigned int page, unsigned int index, uint64_t entry)
{
	memcpy(cs_page(page) + 8 * (index % 512), &entry, 8);
}

static void start_engine(unsigned int e, uint32_t imr)
{
	const uint32_t base = dev->engine[e].info->base;

	cs_reg_write(base + RING_HWS_PGA, ggtt(STATUS + e));
	cs_reg_write(base + RING_MODE, RUN_LIST_ENABLE << 16 | RUN_LIST_ENABLE);
	cs_reg_write(base + RING_MI_MODE, MODE_STOP_RING << 16);
	cs_reg_write(base + RING_CONTEXT_STATUS_PTR, 0xffff0505);
	cs_reg_write(base + RING_IMR, imr);
}

/* @n: index of the context; @engine: the engine whose registers are in its image. */
static void write_context(unsigned int n, unsigned int engine)
{
	engine_of[n] = engine;
	fuzz_write_image(cs_page(CONTEXT + n * CONTEXT_PAGES + 1), dev->engine[engine].info->base,
			 ggtt(RING + n), cs_physical(PML4));
	cs_at[RING + n] = 0;
}

/*
 * Maps all pages in the GGTT and at the same addresses in the PPGTT, which also gets a 2 MiB page
 * and a table of 64 KiB pages; starts all engines; writes both contexts.
 */
static void do_setup(struct record *r)
{
	const uint8_t engines = fuzz_u8(r);
	const uint32_t imr = ~(uint32_t)fuzz_u8(r);
	unsigned int i;

	for (i = 0; i < PAGES; i++) {
		cs_set_pte(i, cs_pte(cs_physical(i)));
		cs_set_pte(ABOVE + i, cs_pte(cs_physical(i)));
		set_entry(TABLE_PAGE, i, cs_pte(cs_physical(i)));
	}
	set_entry(TABLE_PAGE, READ_ONLY_AT, cs_physical(DATA) | PTE_PRESENT);
	set_entry(PML4, 0, cs_pte(cs_physical(DIRECTORY_POINTERS)));
	set_entry(DIRECTORY_POINTERS, 0, cs_pte(cs_physical(DIRECTORY)));
	set_entry(DIRECTORY, 0, cs_pte(cs_physical(TABLE_PAGE)));
	set_entry(DIRECTORY, 1, cs_pte(LOW_BASE) | PDE_2M);
	set_entry(DIRECTORY, 2, cs_pte(cs_physical(TABLE_PAGE)) | PDE_64K);
	for (i = 0; i < ENGINES; i++)
		start_engine(i, imr);
	for (i = 0; i < GT_BANKS; i++) {
		cs_reg_write(GT_IMR(i), 0);
		cs_reg_write(GT_IER(i), ~0u);
	}
	cs_reg_write(MASTER_IRQ, MASTER_ENABLE);
	for (i = 0; i < CONTEXTS; i++)
		write_context(i, engines >> 2 * i & 3);
}

static uint64_t descriptor(unsigned int n)
{
	return (n + 1ull) << 32 | ggtt(CONTEXT + n * CONTEXT_PAGES) | DESC_VALID |
	       DESC_MODE_64B << 3 | 0x100;
}

/*
 * Submits one context or both, to the engine of the first or to another. The input may flip any of
 * the low 32 bits of the first descriptor.
 */
static void do_submit(struct record *r)
{
	const uint8_t how = fuzz_u8(r);
	const unsigned int n = how & 1, engine = how & 8 ? how >> 4 & 3 : engine_of[n];
	const uint32_t elsp = dev->engine[engine].info->base + RING_ELSP;
	const uint64_t second = how & 2 ? descriptor(!n) : 0;
	uint64_t first = descriptor(n) ^ fuzz_u32(r);

	if (how & 4)
		first |= DESC_FORCE_RESTORE;
	cs_reg_write(elsp, second >> 32);
	cs_reg_write(elsp, (uint32_t)second);
	cs_reg_write(elsp, first >> 32);
	cs_reg_write(elsp, (uint32_t)first);
}

/* Changes the value of a register in an image, or the register's offset. */
static void do_image(struct record *r)
{
	const unsigned int context = fuzz_u8(r) % CONTEXTS;
	const uint8_t n = fuzz_u8(r);
	const uint32_t value = fuzz_u32(r);
	const unsigned int at = fuzz_image_at((n & 0x7f) % FUZZ_IMAGE_REGISTERS) + !(n & 0x80);

	memcpy(cs_page(CONTEXT + context * CONTEXT_PAGES + 1) + 4 * at, &value, 4);
}

/* Writes entries of a page table, or of any other page, as the input may use it as a page table. */
static void do_table(struct record *r)
{
	const uint8_t which = fuzz_u8(r);
	const unsigned int page = which & 0x80 ? (which & 0x7f) % PAGES : PML4 + which % TABLES;
	unsigned int index = fuzz_u16(r), count = 1 + fuzz_u8(r) % 32, n = fuzz_u8(r);
	const uint8_t kind = fuzz_u8(r), flip = fuzz_u8(r);
	const uint64_t flags = (flip & 3) | (flip & 4 ? PDE_2M : 0) | (flip & 8 ? PDE_64K : 0);
	const unsigned int step = flip & 16 ? 0 : 1;

	for (; count; count--, index++, n += step) {
		switch (kind & 3) {
		case 0:
			set_entry(page, index, cs_pte(cs_physical(n % PAGES)) ^ flags);
			break;
		case 1:
			set_entry(page, index, 0);
			break;
		case 2:
			set_entry(page, index, cs_pte(NOWHERE + n * KBL_PAGE_SIZE) ^ flags);
			break;
		case 3:
			set_entry(page, index, fuzz_u32(r) | (uint64_t)fuzz_u16(r) << 32);
			break;
		}
	}
}

static void check_engines_reset(uint32_t bits)
{
	unsigned int i;

	gpu_lock(&dev->lock);
	for (i = 0; i < ENGINES; i++) {
		const struct engine *e = &dev->engine[i];

		if (!(bits & (GDRST_FULL | e->info->reset_bit)))
			continue;
		fuzz_check_stopped(e);
		FUZZ_CHECK(!engine_reg(e, RING_HEAD) && !engine_reg(e, RING_TAIL));
		FUZZ_CHECK(!engine_reg(e, RING_CTL) && !engine_reg(e, RING_MODE));
	}
	gpu_unlock(&dev->lock);
}

/* A PCI reset, or GDRST with any bits; then, if the input requests it, starts the engines again. */
static void do_reset(struct record *r)
{
	const uint8_t kind = fuzz_u8(r), bits = kind >> 1 & 0x1f;
	unsigned int i;

	if (kind & 1) {
		cs_reg_write(GDRST, bits);
		check_engines_reset(bits);
	} else {
		kbl_reset(dev);
		fuzz_check_power_on(dev);
	}
	for (i = 0; i < ENGINES && kind & 0x80; i++)
		start_engine(i, 0);
}

void cs_record(struct record *r)
{
	switch (r->op) {
	case SETUP:
		do_setup(r);
		break;
	case RESET:
		do_reset(r);
		break;
	case SUBMIT:
		do_submit(r);
		break;
	case IMAGE:
		do_image(r);
		break;
	case TABLE:
		do_table(r);
		break;
	case TIME:
		fuzz_device_ns += fuzz_u16(r) * 10000ull;
		break;
	}
}

/* Writes the tail of the ring to the context image, where the next submission takes it from. */
void cs_emitted(unsigned int page)
{
	if (page > RING + 1)
		return;
	if (cs_at[page] & 1)
		cs_emit(page, MI(MI_NOOP, 0));
	fuzz_set_tail(cs_page(CONTEXT + (page - RING) * CONTEXT_PAGES + 1), cs_at[page] * 4);
}

void cs_step(struct record *r, unsigned int max)
{
	(void)r;
	for (; max && !cs_enough(); max--)
		kbl_step(dev, 1);
}

void cs_forget(void)
{
	memset(engine_of, 0, sizeof(engine_of));
}

void cs_check_counts(const cs_counts *base, const cs_counts *now)
{
#define SEE(name) cs_see(now->name - base->name)
	SEE(bad_context);
	SEE(stale_reads);
	SEE(stale_writes);
	SEE(tlb_register);
	SEE(tlb_command);
	SEE(tlb_ggtt);
	SEE(tlb_misses);
	SEE(submissions);
	SEE(preemptions);
	SEE(resets);
	SEE(read_only);
	SEE(forcewakes);
	SEE(mmio_reads);
	SEE(mmio_writes);
#undef SEE
}
