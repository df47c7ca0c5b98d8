/* SPDX-License-Identifier: MIT */
/*
 * The fixture of the unit tests of the G33 model: a device and a fake guest. From the model it uses
 * only the interface, g33.h. Register numbers and formats are defined independently of the model,
 * so that a misreading of a source shows as a difference. The sources:
 *   PRM      Intel 965 Express Chipset Family and G35 Programmer's Reference Manual, vol. 1,
 *            January 2008
 *   i915     drivers/gpu/drm/i915, intel-gtt  drivers/char/agp/intel-gtt.c (Linux 7.3.4)
 */
#ifndef G33_TESTS_RIG_H
#define G33_TESTS_RIG_H

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

#include "g33.h"
#include "tests/time-and-random.h"

/* Registers: i915 gt/intel_engine_regs.h with RENDER_RING_BASE 0x2000, gt/intel_gt_regs.h. */
enum {
	PGTBL_CTL = 0x2020,
	RING_TAIL = 0x2030,
	RING_HEAD = 0x2034,
	RING_START = 0x2038,
	RING_CTL = 0x203c,
	HWS_PGA = 0x2080,
	INSTDONE = 0x2090,
	MI_MODE = 0x209c,
	IER = 0x20a0,
	IIR = 0x20a4,
	IMR = 0x20a8,
	ISR = 0x20ac,
	EIR = 0x20b0,
	EMR = 0x20b4,
	INSTPM = 0x20c0,
	ACTHD = 0x20c8,
	MI_ARB_STATE = 0x20e4,
	CACHE_MODE_0 = 0x2120,
	ECOSKPD = 0x21d0,
	C0DRB3 = 0x10206,
	C1DRB3 = 0x10606,
	CLKCFG = 0x10c00,
	SWF = 0x71410, /* software flags, plain storage (i915 display/intel_display_regs.h, SWF0) */
};

#define STOP_RING (1u << 8)
#define MODE_IDLE (1u << 9)
#define USER_INTERRUPT (1u << 1)
#define MASKED_SET(bits) ((bits) << 16 | (bits))
#define MASKED_CLEAR(bits) ((bits) << 16)

/* MI instructions: PRM vol. 1, memory interface instructions; i915 gt/intel_gpu_commands.h. */
#define MI(opcode, flags) ((uint32_t)(opcode) << 23 | (flags))
#define MI_NOOP MI(0x00, 0)
#define MI_USER_INTERRUPT MI(0x02, 0)
#define MI_WAIT_FOR_EVENT MI(0x03, 0)
#define MI_FLUSH MI(0x04, 0)
#define MI_ARB_CHECK MI(0x05, 0)
#define MI_REPORT_HEAD MI(0x07, 0)
#define MI_ARB_ON_OFF MI(0x08, 0)
#define MI_BATCH_BUFFER_END MI(0x0a, 0)
#define MI_STORE_DWORD_IMM MI(0x20, 1u << 22 | 1)
#define MI_STORE_DWORD_INDEX MI(0x21, 1)
#define MI_LOAD_REGISTER_IMM(n) MI(0x22, 2 * (n) - 1)
#define MI_STORE_REGISTER_MEM MI(0x24, 1u << 22 | 1)
#define MI_BATCH_BUFFER_START MI(0x31, 2u << 6)
#define NON_SECURE 1u
/* Client 1 (bits 31:29) is reserved (PRM vol. 1, graphics instruction formats). */
#define BAD_COMMAND 0x20000000u

/*
 * The guest's memory: two ranges, one of them above 4 GiB to exercise bits 35:32. Pages are
 * allocated such that pages adjacent in the GTT are not adjacent in memory.
 */
#define LOW_BASE 0x0c000000ull
#define HIGH_BASE 0x9c0000000ull
#define LOW_PAGES 2048u
#define HIGH_PAGES 1024u
#define NOWHERE 0x5a5000000ull /* no memory, but an address that a PTE can hold */
#define PAGE G33_PAGE_SIZE

/* Graphics addresses, above the aperture as i915's ring is when there is no stolen memory. */
#define RING_AT 0x10000000u
#define BATCH_AT 0x10400000u
#define BATCH_SIZE 0x10000u
#define HWS_AT 0x10800000u
#define SCRATCH_AT 0x10900000u

struct fence {
	bool valid, y;
	uint32_t start, size;
	unsigned int pitch; /* log2 of the number of tiles in a row */
};

struct rig {
	struct gpu *dev;
	uint8_t *low, *high;
	uint8_t *low_shadow, *high_shadow;
	uint64_t phys[G33_PTES]; /* addresses that the test wrote to the page table, 0 for none */
	unsigned int used;
	struct fence fence[16];
	bool swizzle;
	uint32_t ring, ring_size, tail;
	/* The interrupt line, as the device drove it. */
	atomic_bool level;
	atomic_uint calls, rises, odd, handled;
	/* Counts that the test makes nonzero, checked by the teardown. The others must be 0. */
	bool expect_invalid_pte, expect_bad_dma, expect_bad_command, expect_bad_access, expect_privileged;
};

static inline void *rig_guest(struct rig *r, uint64_t addr)
{
	if (addr >= LOW_BASE && addr < LOW_BASE + (uint64_t)LOW_PAGES * PAGE)
		return r->low + (addr - LOW_BASE);
	if (addr >= HIGH_BASE && addr < HIGH_BASE + (uint64_t)HIGH_PAGES * PAGE)
		return r->high + (addr - HIGH_BASE);
	return NULL;
}

static inline void *rig_memory(void *opaque, uint64_t addr, size_t len)
{
	struct rig *r = opaque;

	/* gpu-model.h: never across a page. */
	if (!len || len > PAGE || addr / PAGE != (addr + len - 1) / PAGE)
		atomic_fetch_add(&r->odd, 1);
	return rig_guest(r, addr);
}

static inline void rig_interrupt(void *opaque, bool level)
{
	struct rig *r = opaque;

	if (level && !atomic_load(&r->level))
		atomic_fetch_add(&r->rises, 1);
	atomic_store(&r->level, level);
	atomic_fetch_add(&r->calls, 1);
}

static inline void rig_handling(void *opaque)
{
	struct rig *r = opaque;

	atomic_fetch_add(&r->handled, 1);
}

static inline uint64_t rig_read(struct rig *r, unsigned int region, uint64_t offset, size_t len)
{
	uint64_t v = 0;

	assert_int_equal(g33_read(r->dev, region, offset, &v, len), 0);
	return v; /* the host is little-endian, as the guest */
}

static inline void rig_write(struct rig *r, unsigned int region, uint64_t offset, size_t len, uint64_t v)
{
	assert_int_equal(g33_write(r->dev, region, offset, &v, len), 0);
}

static inline uint32_t reg(struct rig *r, uint32_t offset)
{
	return (uint32_t)rig_read(r, G33_MMIO, offset, 4);
}

static inline void set_reg(struct rig *r, uint32_t offset, uint32_t v)
{
	rig_write(r, G33_MMIO, offset, 4, v);
}

static inline struct g33_counts rig_counts(struct rig *r)
{
	struct g33_counts c;

	g33_get_counts(r->dev, &c);
	return c;
}

/*
 * PTE: address, its bits 35:32 at 7:4; 2:1 caching, set by i915; 0 valid. intel-gtt
 * i965_write_entry(), which the G33 uses.
 */
static inline uint32_t pte(uint64_t phys)
{
	return (uint32_t)(phys & 0xfffff000) | (uint32_t)(phys >> 28 & 0xf0) | 6 | 1;
}

static inline void rig_set_pte(struct rig *r, uint32_t index, uint64_t phys)
{
	rig_write(r, G33_GTT, index * 4, 4, phys ? pte(phys) : 0);
	r->phys[index] = phys;
}

/* Allocates a page of the guest. Every third is high memory; successive pages are not adjacent. */
static inline uint64_t rig_page(struct rig *r)
{
	unsigned int n = r->used++;

	assert_true(n < LOW_PAGES + HIGH_PAGES);
	if (n % 3 == 2)
		return HIGH_BASE + (uint64_t)(n / 3 * 5 % HIGH_PAGES) * PAGE;
	return LOW_BASE + (uint64_t)((n - n / 3) * 7 % LOW_PAGES) * PAGE;
}

static inline void rig_map(struct rig *r, uint32_t at, uint32_t len)
{
	for (uint32_t i = at / PAGE; i < (at + len + PAGE - 1) / PAGE; i++)
		if (!r->phys[i])
			rig_set_pte(r, i, rig_page(r));
}

/* Returns the memory behind a graphics address, bypassing fences, or NULL if none is mapped. */
static inline uint8_t *rig_mem(struct rig *r, uint32_t at)
{
	uint64_t phys = at / PAGE < G33_PTES ? r->phys[at / PAGE] : 0;
	uint8_t *page = phys ? rig_guest(r, phys) : NULL;

	return page ? page + at % PAGE : NULL;
}

static inline uint32_t rig_dword(struct rig *r, uint32_t at)
{
	uint32_t v;

	memcpy(&v, rig_mem(r, at), 4);
	return v;
}

static inline void rig_set_dword(struct rig *r, uint32_t at, uint32_t v)
{
	memcpy(rig_mem(r, at), &v, 4);
}

/*
 * Returns the offset in memory of the byte that the CPU sees at offset @o of a fenced area. @o is
 * linear: row y = o / pitch, column x = o % pitch. A tile is 4 KiB; an X tile has 8 rows of 512
 * bytes, a Y tile 32 rows of 128 bytes, stored as 8 consecutive columns of 16 bytes (PRM vol. 1,
 * memory tiling). As the pitch is a power of two, tiling only permutes the bits of the offset. If
 * memory is swizzled, bit 6 is then exclusive-ored with bits 9 and 10 (X) or 9 (Y) (i915
 * gt/intel_ggtt_fencing.c).
 */
static inline uint32_t tile_offset(uint32_t o, bool y, unsigned int pitch, bool swizzle)
{
	uint32_t out = 0;

#define BIT_OF(v, n) ((v) >> (n) & 1u)
	for (unsigned int n = 0; n < 28; n++) {
		unsigned int from = n;

		if (!y) {
			if (n >= 9 && n <= 11)
				from = n + pitch; /* row in the tile */
			else if (n >= 12 && n <= 11 + pitch)
				from = n - 3; /* which tile in the row of tiles */
		} else {
			if (n >= 4 && n <= 8)
				from = n + 3 + pitch; /* row in the tile */
			else if (n >= 9 && n <= 11)
				from = n - 5; /* column of 16 bytes */
			else if (n >= 12 && n <= 11 + pitch)
				from = n - 5; /* which tile in the row of tiles */
		}
		out |= BIT_OF(o, from) << n;
	}
	if (swizzle)
		out ^= (BIT_OF(out, 9) ^ (y ? 0 : BIT_OF(out, 10))) << 6;
#undef BIT_OF
	return out;
}

/* Returns the graphics address that @at is translated to by the fences. */
static inline uint32_t rig_detile(struct rig *r, uint32_t at)
{
	for (unsigned int i = 0; i < 16 && at < G33_APERTURE_SIZE; i++) {
		const struct fence *f = &r->fence[i];

		if (f->valid && at >= f->start && at - f->start < f->size)
			return f->start + tile_offset(at - f->start, f->y, f->pitch, r->swizzle);
	}
	return at;
}

/* i915 FENCE_REG(): 8 at 0x2000, 8 at 0x3000. */
static inline uint32_t fence_reg(unsigned int i)
{
	return i < 8 ? 0x2000 + 4 * i : 0x3000 + 4 * (i - 8);
}

/* The area has 1 MiB << @size, a row has 1 << @pitch tiles. i915_write_fence_reg() */
static inline void rig_fence(struct rig *r, unsigned int i, uint32_t start, unsigned int size, unsigned int pitch, bool y)
{
	r->fence[i] = (struct fence){ true, y, start, (1u << 20) << size, pitch };
	set_reg(r, fence_reg(i), start | (y ? 1u << 12 : 0) | size << 8 | pitch << 4 | 1);
}

static inline void rig_no_fence(struct rig *r, unsigned int i)
{
	r->fence[i].valid = false;
	set_reg(r, fence_reg(i), 0);
}

static inline void rig_swizzle(struct rig *r, bool on)
{
	r->swizzle = on;
	rig_write(r, G33_MMIO, C0DRB3, 2, 0x0020);
	rig_write(r, G33_MMIO, C1DRB3, 2, on ? 0x0020 : 0x0010);
}

/* Starts the ring as i915's xcs_resume() does. */
static inline void rig_ring(struct rig *r, uint32_t start, uint32_t size)
{
	rig_map(r, start, size);
	set_reg(r, RING_CTL, 0);
	set_reg(r, RING_HEAD, 0);
	set_reg(r, RING_TAIL, 0);
	set_reg(r, RING_START, start);
	set_reg(r, RING_CTL, (size - PAGE) | 1);
	r->ring = start;
	r->ring_size = size;
	r->tail = 0;
}

static inline void rig_emit(struct rig *r, const uint32_t *dw, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		rig_set_dword(r, r->ring + r->tail, dw[i]);
		r->tail = (r->tail + 4) & (r->ring_size - 1);
	}
}

#define EMIT(r, ...) \
	rig_emit(r, (const uint32_t[]){ __VA_ARGS__ }, sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

/* TAIL is in units of 8 bytes (PRM vol. 1, ring buffer registers). */
static inline void rig_go(struct rig *r)
{
	if (r->tail % 8)
		EMIT(r, MI_NOOP);
	set_reg(r, RING_TAIL, r->tail);
}

/* Executes all commands up to TAIL. */
static inline void rig_run(struct rig *r)
{
	rig_go(r);
	assert_true(g33_step(r->dev, 1u << 20) < 1u << 20);
	assert_int_equal(reg(r, RING_HEAD) & 0x1ffffc, r->tail);
	assert_true(reg(r, MI_MODE) & MODE_IDLE);
}

static inline uint32_t rig_batch(struct rig *r, uint32_t at, const uint32_t *dw, size_t n)
{
	for (size_t i = 0; i < n; i++)
		rig_set_dword(r, at + (uint32_t)i * 4, dw[i]);
	return at + (uint32_t)n * 4;
}

#define BATCH(r, at, ...) \
	rig_batch(r, at, (const uint32_t[]){ __VA_ARGS__ }, sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

/*
 * Waits, with the thread running, until the bits @mask of a register are @value. Returns false
 * after @seconds.
 */
static inline bool rig_wait(struct rig *r, uint32_t offset, uint32_t mask, uint32_t value, double seconds)
{
	double end = now() + seconds;

	while ((reg(r, offset) & mask) != value) {
		if (now() > end)
			return false;
		sleep_us(1000);
	}
	return true;
}

/*
 * Copies the guest's memory. A test applies to the copy the changes that it expects of the device,
 * and compares.
 */
static inline void rig_shadow(struct rig *r)
{
	memcpy(r->low_shadow, r->low, (size_t)LOW_PAGES * PAGE);
	memcpy(r->high_shadow, r->high, (size_t)HIGH_PAGES * PAGE);
}

static inline uint8_t *rig_shadow_mem(struct rig *r, uint32_t at)
{
	uint8_t *p = rig_mem(r, at);

	if (!p)
		return NULL;
	if (p >= r->low && p < r->low + (size_t)LOW_PAGES * PAGE)
		return r->low_shadow + (p - r->low);
	return r->high_shadow + (p - r->high);
}

/* Compares [at, at + len), as mapped by the GTT, with the copy. Prints the first difference. */
static inline bool rig_same(struct rig *r, uint32_t at, uint32_t len, const char *what)
{
	for (uint32_t a = at; a < at + len; a += PAGE) {
		const uint64_t *p = (const uint64_t *)rig_mem(r, a), *q = (const uint64_t *)rig_shadow_mem(r, a);

		if (!p || !memcmp(p, q, PAGE))
			continue;
		for (unsigned int i = 0; i < PAGE / 8; i++) {
			if (p[i] != q[i]) {
				print_message("# %s: at 0x%08x is 0x%016" PRIx64 ", should be 0x%016" PRIx64 "\n", what, a + i * 8, p[i],
					      q[i]);
				return false;
			}
		}
	}
	return true;
}

static inline void rig_fill(struct rig *r, uint32_t at, uint32_t len, uint64_t seed)
{
	for (uint32_t a = at; a < at + len; a += 8) {
		uint64_t v = rnd(&seed);

		memcpy(rig_mem(r, a), &v, 8);
	}
}

static inline int rig_setup(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));
	struct gpu_bus bus = {
		.opaque = r,
		.memory = rig_memory,
		.interrupt = rig_interrupt,
		.handling = rig_handling,
	};

	if (!r)
		return -1;
	r->low = calloc(LOW_PAGES, PAGE);
	r->high = calloc(HIGH_PAGES, PAGE);
	r->low_shadow = calloc(LOW_PAGES, PAGE);
	r->high_shadow = calloc(HIGH_PAGES, PAGE);
	r->dev = g33_create(&bus, NULL);
	*state = r;
	return r->low && r->high && r->low_shadow && r->high_shadow && r->dev ? 0 : -1;
}

/* A rig with a ring, a batch, a status page and some scratch pages. */
static inline int rig_setup_ring(void **state)
{
	int err = rig_setup(state);
	struct rig *r = *state;

	if (err)
		return err;
	rig_map(r, BATCH_AT, BATCH_SIZE);
	rig_map(r, HWS_AT, PAGE);
	rig_map(r, SCRATCH_AT, 4 * PAGE);
	set_reg(r, HWS_PGA, HWS_AT);
	rig_ring(r, RING_AT, 4 * PAGE);
	return 0;
}

static inline bool rig_count_ok(const char *name, uint64_t count, bool expected)
{
	if (expected == (count != 0))
		return true;
	print_message("# %s is %" PRIu64 ", %s\n", name, count, expected ? "though the test provoked it" : "should be 0");
	return false;
}

static inline int rig_teardown(void **state)
{
	struct rig *r = *state;
	struct g33_counts c;
	bool ok;

	g33_get_counts(r->dev, &c);
	ok = rig_count_ok("invalid_pte", c.invalid_pte, r->expect_invalid_pte);
	ok &= rig_count_ok("bad_dma", c.bad_dma, r->expect_bad_dma);
	ok &= rig_count_ok("bad_command", c.bad_command, r->expect_bad_command);
	ok &= rig_count_ok("bad_access", c.bad_access, r->expect_bad_access);
	ok &= rig_count_ok("privileged", c.privileged, r->expect_privileged);
	ok &= rig_count_ok("memory() asked across pages", atomic_load(&r->odd), false);
	g33_destroy(r->dev);
	free(r->low);
	free(r->high);
	free(r->low_shadow);
	free(r->high_shadow);
	free(r);
	return ok ? 0 : -1;
}

/* A test with a rig, without or with a ring. */
#define PLAIN(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)
#define RING(f) cmocka_unit_test_setup_teardown(f, rig_setup_ring, rig_teardown)

#endif
