/* SPDX-License-Identifier: MIT */
/*
 * The fixture of the unit tests of the Kaby Lake model: a device and a fake guest. From the model
 * it uses only the interface, kbl.h. Register numbers and formats are defined independently of the
 * model, from the PRM and i915 (see kbl.h), so that a misreading shows as a difference.
 */
#ifndef KBL_TESTS_RIG_H
#define KBL_TESTS_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kbl.h"
#include "tests/time-and-random.h"

/* Engines: i915 gt/intel_engine_cs.c, gt/intel_gt_irq.c, gt/intel_reset.c. */
enum { RCS, BCS, VCS, VECS, ENGINE_COUNT };

static const struct {
	uint32_t base, tlb, reset;
	unsigned int bank, shift; /* of its interrupts */
} engines[ENGINE_COUNT] = {
	[RCS] = { 0x2000, 0x4260, 1u << 1, 0, 0 },
	[BCS] = { 0x22000, 0x426c, 1u << 3, 0, 16 },
	[VCS] = { 0x12000, 0x4264, 1u << 2, 1, 0 },
	[VECS] = { 0x1a000, 0x4270, 1u << 4, 3, 0 },
};

/* Registers of an engine, from its base on: i915 gt/intel_engine_regs.h. */
enum {
	TAIL = 0x30,
	HEAD = 0x34,
	START = 0x38,
	CTL = 0x3c,
	ACTHD_UDW = 0x5c,
	ACTHD = 0x74,
	HWS_PGA = 0x80,
	NOPID = 0x94,
	MI_MODE = 0x9c,
	IMR = 0xa8,
	EIR = 0xb0,
	INSTPM = 0xc0,
	RESET_CTL = 0xd0,
	BB_STATE = 0x110,
	SBB_ADDR = 0x114,
	BB_ADDR = 0x140,
	BB_PER_CTX_PTR = 0x1c0,
	INDIRECT_CTX = 0x1c4,
	ELSP = 0x230,
	EXECLIST_STATUS = 0x234,
	CONTEXT_CONTROL = 0x244,
	PDP0 = 0x270,
	RING_MODE = 0x29c,
	TIMESTAMP = 0x358,
	CSB_PTR = 0x3a0,
	CTX_TIMESTAMP = 0x3a8,
	PREDICATE_SRC0 = 0x400,
	PREDICATE_SRC1 = 0x408,
	PREDICATE_DATA = 0x410,
	PREDICATE_RESULT = 0x418,
	PREDICATE_RESULT_1 = 0x41c,
	NONPRIV = 0x4d0,
	GPR = 0x600,
};

#define STOP_RING        (1u << 8)
#define MODE_IDLE        (1u << 9)
#define RUN_LIST         (1u << 15)
#define SET_BITS(bits)   ((bits) << 16 | (bits))
#define CLEAR_BITS(bits) ((bits) << 16)

/* Other registers: i915 i915_reg.h, gt/intel_gt_regs.h. */
enum {
	GDRST = 0x941c,
	MASTER_IRQ = 0x44200,
	GT_ISR = 0x44300, /* banks are 16 bytes apart */
	GT_IMR = 0x44304,
	GT_IIR = 0x44308,
	GT_IER = 0x4430c,
	GFX_FLSH_CNTL = 0x101008,
	FENCES_AT = 0x100000,
	SCRATCH_REG = 0x4f100, /* SWF: plain storage */
};

/* Events in an interrupt bank, and bits of the context status. */
#define USER_EVENT    (1u << 0)
#define NOTIFY_EVENT  (1u << 4)
#define SWITCH_EVENT  (1u << 8)
#define WAIT_EVENT    (1u << 11)
#define CSB_ACTIVE    (1u << 0)
#define CSB_PREEMPTED (1u << 1)
#define CSB_SWITCH    (1u << 2)
#define CSB_IDLE      (1u << 3)
#define CSB_COMPLETE  (1u << 4)
#define CSB_LITE      (1u << 15)

/* Commands: PRM vol. 2a; i915 gt/intel_gpu_commands.h. */
#define MI(opcode, rest)       ((uint32_t)(opcode) << 23 | (rest))
#define MI_NOOP                MI(0x00, 0)
#define MI_USER_INTERRUPT      MI(0x02, 0)
#define MI_ARB_CHECK           MI(0x05, 0)
#define MI_ARB_OFF             MI(0x08, 0)
#define MI_ARB_ON              MI(0x08, 1)
#define MI_BATCH_END           MI(0x0a, 0)
#define MI_PREDICATE(bits)     MI(0x0c, bits)
#define MI_MATH(n)             MI(0x1a, (n) - 1)
#define MI_SEMAPHORE_WAIT(op)  MI(0x1c, 2u | 1u << 15 | (uint32_t)(op) << 12)
#define MI_STORE_DWORD         MI(0x20, 2)
#define MI_STORE_QWORD         MI(0x20, 3u | 1u << 21)
#define MI_STORE_INDEX         MI(0x21, 1)
#define MI_LOAD_IMM(n)         MI(0x22, 2 * (n) - 1)
#define MI_STORE_REG           MI(0x24, 2)
#define MI_FLUSH_DW            MI(0x26, 3)
#define MI_LOAD_MEM            MI(0x29, 2)
#define MI_LOAD_REG            MI(0x2a, 1)
#define MI_COPY_MEM            MI(0x2e, 3)
#define MI_ATOMIC(op)          MI(0x2f, 1u | (uint32_t)(op) << 8)
#define MI_BATCH_START         MI(0x31, 1)
#define MI_CONDITIONAL_END(op) MI(0x36, 2u | (uint32_t)(op) << 12)
#define IN_GGTT                (1u << 22) /* of most commands with an address */
#define BATCH_PPGTT            (1u << 8)
#define BATCH_PREDICATE        (1u << 15)
#define BATCH_SECOND           (1u << 22)
#define FLUSH_TLB              (1u << 18) /* of MI_FLUSH_DW, and of PIPE_CONTROL's flags */
#define PIPE_CONTROL           0x7a000004u
#define BAD_COMMAND            0x20000000u /* client 1 is reserved */
#define LO(addr)               ((uint32_t)(addr))
#define HI(addr)               ((uint32_t)((uint64_t)(addr) >> 32))
#define ADDR(addr)             LO(addr), HI(addr)

/* Comparisons: PRM vol. 2a, "MI_SEMAPHORE_WAIT". */
enum { MEM_GT, MEM_GE, MEM_LT, MEM_LE, MEM_EQ, MEM_NE };

/*
 * The guest's memory: two ranges, one of them above 4 GiB. Pages are allocated such that pages with
 * adjacent graphics addresses are not adjacent in memory. Tests may use the memory from BIG_AT on
 * for large pages.
 */
#define PAGE      4096ull
#define MIB       0x100000ull
#define LOW_SIZE  (16 * MIB)
#define HIGH_BASE 0x2a40000000ull
#define HIGH_SIZE (4 * MIB)
#define BIG_AT    (8 * MIB)
#define NOWHERE   0x1500000000ull /* no memory, but an address that an entry can hold */

/* Graphics addresses. */
#define BATCH_AT 0x7f1200340000ull
#define DATA_AT  0xfedcba980000ull

#define PRESENT  1ull
#define WRITABLE 2ull

struct ctx {
	struct rig *r;
	unsigned int engine;
	uint32_t id, lrca, ring, size, tail;
	uint64_t pml4;
};

struct rig {
	struct gpu *dev;
	uint8_t *low, *high;
	unsigned int used;      /* allocated pages */
	uint32_t ggtt;          /* next free address */
	uint32_t hwsp[ENGINE_COUNT];
	unsigned int csb[ENGINE_COUNT]; /* the last entry read */
	struct ctx ctx[8];
	unsigned int contexts;
	atomic_uint messages, odd;
	bool fuzz;              /* counts are not checked */
	struct kbl_counts expect; /* exact counts, for the teardown */
};

/* Guest memory. Accesses are atomic, as tests make them while the device's thread executes. */

static inline void *guest(struct rig *r, uint64_t phys)
{
	if (phys < LOW_SIZE)
		return r->low + phys;
	if (phys >= HIGH_BASE && phys < HIGH_BASE + HIGH_SIZE)
		return r->high + (phys - HIGH_BASE);
	return NULL;
}

static inline void *rig_memory(void *opaque, uint64_t addr, size_t len)
{
	struct rig *r = opaque;

	/* gpu-model.h: never across a page. */
	if (!len || len > PAGE || addr / PAGE != (addr + len - 1) / PAGE)
		atomic_fetch_add(&r->odd, 1);
	return guest(r, addr);
}

static inline void rig_message(void *opaque)
{
	struct rig *r = opaque;

	atomic_fetch_add(&r->messages, 1);
}

/* Allocates a page of the guest. Every third is high memory; successive pages are not adjacent. */
static inline uint64_t new_page(struct rig *r)
{
	const unsigned int n = r->used++;

	assert_true(n < 1024);
	if (n % 3 == 2)
		return HIGH_BASE + n / 3 * 5 % (HIGH_SIZE / PAGE) * PAGE;
	return MIB + n * 5 % ((BIG_AT - MIB) / PAGE) * PAGE;
}

/* Registers and regions. */

static inline uint64_t rig_read(struct rig *r, unsigned int region, uint64_t offset, size_t len)
{
	uint64_t v = 0;

	assert_int_equal(kbl_read(r->dev, region, offset, &v, len), 0);
	return v; /* the host is little-endian, as the guest */
}

static inline void rig_write(struct rig *r, unsigned int region, uint64_t offset, size_t len,
			     uint64_t v)
{
	assert_int_equal(kbl_write(r->dev, region, offset, &v, len), 0);
}

static inline uint32_t reg(struct rig *r, uint32_t offset)
{
	return (uint32_t)rig_read(r, KBL_GTTMMADR, offset, 4);
}

static inline void set_reg(struct rig *r, uint32_t offset, uint32_t v)
{
	rig_write(r, KBL_GTTMMADR, offset, 4, v);
}

static inline uint32_t ereg(struct rig *r, unsigned int engine, uint32_t offset)
{
	return reg(r, engines[engine].base + offset);
}

static inline void set_ereg(struct rig *r, unsigned int engine, uint32_t offset, uint32_t v)
{
	set_reg(r, engines[engine].base + offset, v);
}

static inline struct kbl_counts counts(struct rig *r)
{
	struct kbl_counts c;

	kbl_get_counts(r->dev, &c);
	return c;
}

/* GGTT. */

static inline void set_ggtt(struct rig *r, uint64_t addr, uint64_t phys)
{
	rig_write(r, KBL_GTTMMADR, KBL_GGTT_OFFSET + addr / PAGE * 8, 8, phys ? phys | PRESENT : 0);
}

/* Returns the memory behind an address of the GGTT, which must be mapped. */
static inline void *ggtt_mem(struct rig *r, uint64_t addr)
{
	const uint64_t pte = rig_read(r, KBL_GTTMMADR, KBL_GGTT_OFFSET + addr / PAGE * 8, 8);
	uint8_t *page;

	assert_true(pte & PRESENT);
	page = guest(r, pte & ~0xfffull);
	assert_non_null(page);
	return page + addr % PAGE;
}

static inline uint32_t ggtt_dword(struct rig *r, uint64_t addr)
{
	return __atomic_load_n((uint32_t *)ggtt_mem(r, addr), __ATOMIC_ACQUIRE);
}

static inline void set_ggtt_dword(struct rig *r, uint64_t addr, uint32_t v)
{
	__atomic_store_n((uint32_t *)ggtt_mem(r, addr), v, __ATOMIC_RELEASE);
}

/* Maps @pages new pages in the GGTT, between unmapped pages. Returns their address. */
static inline uint32_t new_ggtt(struct rig *r, unsigned int pages)
{
	const uint32_t at = r->ggtt;

	for (unsigned int i = 0; i < pages; i++)
		set_ggtt(r, at + i * PAGE, new_page(r));
	r->ggtt += (uint32_t)((pages + 1) * PAGE);
	return at;
}

/* Page tables of four levels. */

/* Returns the entry for @addr at @level (3: PML4, 0: page table). Allocates the tables above it. */
static inline uint64_t *ppgtt_entry(struct rig *r, uint64_t pml4, uint64_t addr, unsigned int level)
{
	uint64_t *table = guest(r, pml4);

	for (unsigned int l = 3;; l--) {
		uint64_t *entry = &table[addr >> (12 + 9 * l) & 0x1ff];

		if (l == level)
			return entry;
		if (!(*entry & PRESENT))
			*entry = new_page(r) | PRESENT | WRITABLE;
		table = guest(r, *entry & 0x3ffffffff000);
	}
}

static inline void map_page(struct rig *r, uint64_t pml4, uint64_t addr, uint64_t phys,
			    uint64_t flags)
{
	*ppgtt_entry(r, pml4, addr, 0) = phys | flags;
}

/* Maps @pages new pages. */
static inline void map(struct rig *r, uint64_t pml4, uint64_t addr, unsigned int pages)
{
	for (unsigned int i = 0; i < pages; i++)
		map_page(r, pml4, addr + i * PAGE, new_page(r), PRESENT | WRITABLE);
}

/* Returns the memory behind an address, which must be mapped by a page of 4 KiB. */
static inline void *mem(struct rig *r, uint64_t pml4, uint64_t addr)
{
	const uint64_t pte = *ppgtt_entry(r, pml4, addr, 0);
	uint8_t *page;

	assert_true(pte & PRESENT);
	page = guest(r, pte & 0x3ffffffff000);
	assert_non_null(page);
	return page + addr % PAGE;
}

static inline uint32_t dword(struct ctx *c, uint64_t addr)
{
	return __atomic_load_n((uint32_t *)mem(c->r, c->pml4, addr), __ATOMIC_ACQUIRE);
}

static inline uint64_t qword(struct ctx *c, uint64_t addr)
{
	return __atomic_load_n((uint64_t *)mem(c->r, c->pml4, addr), __ATOMIC_ACQUIRE);
}

static inline void set_dword(struct ctx *c, uint64_t addr, uint32_t v)
{
	__atomic_store_n((uint32_t *)mem(c->r, c->pml4, addr), v, __ATOMIC_RELEASE);
}

static inline void set_qword(struct ctx *c, uint64_t addr, uint64_t v)
{
	__atomic_store_n((uint64_t *)mem(c->r, c->pml4, addr), v, __ATOMIC_RELEASE);
}

/* Returns an address space: a PML4 with four pages at each of DATA_AT and BATCH_AT. */
static inline uint64_t new_space(struct rig *r)
{
	const uint64_t pml4 = new_page(r);

	map(r, pml4, DATA_AT, 4);
	map(r, pml4, BATCH_AT, 4);
	return pml4;
}

/*
 * Context images: i915 gt/intel_lrc.c gen9_xcs_offsets[]. Four MI_LOAD_REGISTER_IMM commands, each
 * at dword @at of the state.
 */
static const struct image_list {
	unsigned int at, count;
	uint16_t reg[44];
} image_lists[] = {
	{ 0x01, 14, { 0x244, 0x34, 0x30, 0x38, 0x3c, 0x168, 0x140, 0x110, 0x11c, 0x114, 0x118,
		      0x1c0, 0x1c4, 0x1c8 } },
	{ 0x21, 9, { 0x3a8, 0x28c, 0x288, 0x284, 0x280, 0x27c, 0x278, 0x274, 0x270 } },
	{ 0x41, 1, { 0xc8 } },
	{ 0x51, 44, { 0x28, 0x9c, 0xc0, 0x178, 0x17c, 0x358, 0x170, 0x150, 0x154, 0x158, 0x41c,
		      0x600, 0x604, 0x608, 0x60c, 0x610, 0x614, 0x618, 0x61c,
		      0x620, 0x624, 0x628, 0x62c, 0x630, 0x634, 0x638, 0x63c,
		      0x640, 0x644, 0x648, 0x64c, 0x650, 0x654, 0x658, 0x65c,
		      0x660, 0x664, 0x668, 0x66c, 0x670, 0x674, 0x678, 0x67c, 0x68 } },
};
#define IMAGE_LISTS (sizeof(image_lists) / sizeof(image_lists[0]))
#define IMAGE_END   (0x51u + 1 + 2 * 44) /* dword of MI_BATCH_BUFFER_END */
#define STATE_AT    4096u                /* of the state, after the per-process status page */

/* Returns the GGTT address of a register's value in the image. The dword before names it. */
static inline uint32_t image_at(const struct ctx *c, uint32_t offset)
{
	for (unsigned int i = 0; i < IMAGE_LISTS; i++)
		for (unsigned int j = 0; j < image_lists[i].count; j++)
			if (image_lists[i].reg[j] == offset)
				return c->lrca + STATE_AT + 4 * (image_lists[i].at + 2 + 2 * j);
	fail_msg("the image has no register 0x%x", offset);
	return 0;
}

static inline uint32_t image(struct ctx *c, uint32_t offset)
{
	return ggtt_dword(c->r, image_at(c, offset));
}

static inline void set_image(struct ctx *c, uint32_t offset, uint32_t v)
{
	set_ggtt_dword(c->r, image_at(c, offset), v);
}

static inline struct ctx *new_context_in(struct rig *r, unsigned int engine, uint64_t pml4)
{
	struct ctx *c = &r->ctx[r->contexts++];

	assert_true(r->contexts <= sizeof(r->ctx) / sizeof(r->ctx[0]));
	c->r = r;
	c->engine = engine;
	c->id = 0x1000 + r->contexts;
	c->pml4 = pml4;
	c->size = (uint32_t)(4 * PAGE);
	c->tail = 0;
	c->ring = new_ggtt(r, 4);
	c->lrca = new_ggtt(r, 4); /* status page, state, further state of rcs0 */
	for (unsigned int i = 0; i < IMAGE_LISTS; i++) {
		const struct image_list *l = &image_lists[i];
		const uint32_t at = (uint32_t)(c->lrca + STATE_AT + 4 * l->at);

		/* Bit 12: force posted, as in i915. */
		set_ggtt_dword(r, at, MI_LOAD_IMM(l->count) | 1u << 12);
		for (unsigned int j = 0; j < l->count; j++)
			set_ggtt_dword(r, at + 4 + 8 * j, engines[engine].base + l->reg[j]);
	}
	set_ggtt_dword(r, c->lrca + STATE_AT + 4 * IMAGE_END, MI_BATCH_END);
	set_image(c, CONTEXT_CONTROL, SET_BITS(1u << 3)); /* inhibit a switch by a wait */
	set_image(c, START, c->ring);
	set_image(c, CTL, (c->size - (uint32_t)PAGE) | 1);
	set_image(c, PDP0, LO(pml4));
	set_image(c, PDP0 + 4, HI(pml4));
	return c;
}

static inline struct ctx *new_context(struct rig *r, unsigned int engine)
{
	return new_context_in(r, engine, new_space(r));
}

/* Commands. */

static inline void emit(struct ctx *c, const uint32_t *dw, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		set_ggtt_dword(c->r, c->ring + c->tail, dw[i]);
		c->tail = (c->tail + 4) % c->size;
	}
}

#define DWORDS(...) (const uint32_t[]){ __VA_ARGS__ }, \
		    sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t)
#define EMIT(c, ...) emit(c, DWORDS(__VA_ARGS__))

/* Writes a batch. Returns the address after it. */
static inline uint64_t batch(struct ctx *c, uint64_t at, const uint32_t *dw, size_t n)
{
	for (size_t i = 0; i < n; i++)
		set_dword(c, at + 4 * i, dw[i]);
	return at + 4 * n;
}

#define BATCH(c, at, ...) batch(c, at, DWORDS(__VA_ARGS__))

/* Appends the start of a user batch to the ring. */
static inline void call(struct ctx *c, uint64_t at)
{
	EMIT(c, MI_BATCH_START | BATCH_PPGTT, ADDR(at), MI_NOOP);
}

/* The tail is in units of 8 bytes. */
static inline void set_tail(struct ctx *c)
{
	if (c->tail % 8)
		EMIT(c, MI_NOOP);
	set_image(c, TAIL, c->tail);
}

/* Valid, 48 bits, privileged: i915 gt/intel_lrc.c lrc_descriptor(). */
#define DESC_FLAGS 0x119u
#define DESC_FORCE (1u << 2)

static inline void submit_desc(struct rig *r, unsigned int engine, uint64_t first, uint64_t second)
{
	set_ereg(r, engine, ELSP, HI(second));
	set_ereg(r, engine, ELSP, LO(second));
	set_ereg(r, engine, ELSP, HI(first));
	set_ereg(r, engine, ELSP, LO(first));
}

static inline uint64_t desc(struct ctx *c)
{
	return (uint64_t)c->id << 32 | c->lrca | DESC_FLAGS;
}

static inline void submit2(struct ctx *first, struct ctx *second)
{
	set_tail(first);
	if (second)
		set_tail(second);
	submit_desc(first->r, first->engine, desc(first), second ? desc(second) : 0);
}

static inline void submit(struct ctx *c)
{
	submit2(c, NULL);
}

/* Executes until all engines are idle, hang or rest. */
static inline void step(struct rig *r)
{
	kbl_step(r->dev, 10000);
}

static inline bool idle(struct rig *r, unsigned int engine)
{
	return !(ereg(r, engine, EXECLIST_STATUS) & (1u << 14));
}

/* Executes until all engines are idle, or hang. */
static inline void settle(struct rig *r)
{
	const double end = now() + 20;
	bool all;

	do {
		step(r);
		all = true;
		for (unsigned int i = 0; i < ENGINE_COUNT; i++)
			all &= idle(r, i);
	} while (!all && now() < end && (sleep_us(100), true));
	assert_true(all);
}

/* Submits the context and executes to the end. */
static inline void run(struct ctx *c)
{
	submit(c);
	settle(c->r);
}

/* Executes for long enough that resting engines have several turns. */
static inline void step_for_a_while(struct rig *r)
{
	for (unsigned int i = 0; i < 10; i++) {
		step(r);
		sleep_us(300);
	}
	step(r);
}

static inline uint64_t gpr(struct rig *r, unsigned int engine, unsigned int i)
{
	return ereg(r, engine, GPR + 8 * i) | (uint64_t)ereg(r, engine, GPR + 8 * i + 4) << 32;
}

/* The context status buffer. */

static inline unsigned int csb_write(struct rig *r, unsigned int engine)
{
	return ggtt_dword(r, r->hwsp[engine] + 0x7c);
}

/* Checks the next entry. */
static inline void csb_expect_(struct rig *r, unsigned int engine, uint32_t status, uint32_t id,
			       const char *file, int line)
{
	uint32_t at;

	if (csb_write(r, engine) == r->csb[engine]) {
		print_error("no context status; 0x%x of 0x%x expected\n", status, id);
		_fail(file, line);
	}
	r->csb[engine] = (r->csb[engine] + 1) % 6;
	at = r->hwsp[engine] + 0x40 + 8 * r->csb[engine];
	_assert_int_equal(ggtt_dword(r, at), status, file, line);
	_assert_int_equal(ggtt_dword(r, at + 4), id, file, line);
}

#define csb_expect(r, engine, status, id) csb_expect_(r, engine, status, id, __FILE__, __LINE__)

/* Checks that there is no further entry. */
#define csb_end(r, engine) assert_int_equal(csb_write(r, engine), (r)->csb[engine])

/* Starts an engine as i915 does: gt/intel_execlists_submission.c enable_execlists(). */
static inline void start_engine(struct rig *r, unsigned int engine)
{
	set_ereg(r, engine, HWS_PGA, r->hwsp[engine]);
	set_ereg(r, engine, RING_MODE, SET_BITS(RUN_LIST));
	set_ereg(r, engine, MI_MODE, CLEAR_BITS(STOP_RING));
	set_ereg(r, engine, CSB_PTR, 0xffff0000 | 5u << 8 | 5);
	set_ggtt_dword(r, r->hwsp[engine] + 0x7c, 5);
	r->csb[engine] = 5;
}

static inline int rig_setup(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));
	struct gpu_bus bus = { .opaque = r, .memory = rig_memory, .message = rig_message };

	if (!r)
		return -1;
	r->low = calloc(1, LOW_SIZE);
	r->high = calloc(1, HIGH_SIZE);
	r->dev = kbl_create(&bus, NULL);
	*state = r;
	if (!r->low || !r->high || !r->dev)
		return -1;
	r->ggtt = 0x10001000;
	for (unsigned int i = 0; i < ENGINE_COUNT; i++) {
		r->hwsp[i] = new_ggtt(r, 1);
		start_engine(r, i);
	}
	return 0;
}

static inline bool count_ok(const char *name, uint64_t count, uint64_t expected)
{
	if (count == expected)
		return true;
	print_message("# %s is %" PRIu64 ", should be %" PRIu64 "\n", name, count, expected);
	return false;
}

static inline int rig_teardown(void **state)
{
	struct rig *r = *state;
	struct kbl_counts c;
	bool ok;

	kbl_stop(r->dev);
	c = counts(r);
	ok = count_ok("memory() asked across pages", atomic_load(&r->odd), 0);
#define CHECK(name) ok &= r->fuzz || count_ok(#name, c.name, r->expect.name)
	CHECK(invalid_pte);
	CHECK(bad_dma);
	CHECK(bad_command);
	CHECK(bad_access);
	CHECK(bad_context);
	CHECK(stale_reads);
	CHECK(stale_writes);
	CHECK(read_only);
	CHECK(privileged);
#undef CHECK
	kbl_destroy(r->dev);
	free(r->low);
	free(r->high);
	free(r);
	return ok ? 0 : -1;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

#endif
