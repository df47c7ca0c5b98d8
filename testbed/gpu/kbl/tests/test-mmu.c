// SPDX-License-Identifier: MIT
/*
 * Address translation: the GGTT, page tables of four levels with pages of 4 KiB, 64 KiB and 2 MiB,
 * and the TLBs. Stores in the ring make the accesses of an engine.
 */
#include "rig.h"

#define BIG  (1ull << 7)  /* of an entry of level 1: a page of 2 MiB */
#define MID  (1ull << 11) /* of an entry of level 1: entries of level 0 are of pages of 64 KiB */

#define STORE(at, v) MI_STORE_DWORD, ADDR(at), v
#define LOAD(at) MI_COPY_MEM, ADDR(DATA_AT), ADDR(at)

static uint32_t phys_dword(struct rig *r, uint64_t phys)
{
	return *(volatile uint32_t *)guest(r, phys);
}

static void set_phys_dword(struct rig *r, uint64_t phys, uint32_t v)
{
	*(volatile uint32_t *)guest(r, phys) = v;
}

static void store(struct ctx *c, uint64_t at, uint32_t v)
{
	EMIT(c, STORE(at, v));
	run(c);
}

static uint32_t load(struct ctx *c, uint64_t at)
{
	set_dword(c, DATA_AT, 0xdeadbeef);
	EMIT(c, LOAD(at));
	run(c);
	return dword(c, DATA_AT);
}

/* Adjacent entries may name pages that are not adjacent, also in high memory. */
static void test_ggtt(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);
	const uint32_t last = 0x3ffff000, at = new_ggtt(r, 2);

	set_ggtt(r, last, HIGH_BASE + HIGH_SIZE - PAGE);
	EMIT(c, MI_STORE_DWORD | IN_GGTT, ADDR(at + 0x10), 0x11111111);
	EMIT(c, MI_STORE_QWORD | IN_GGTT, ADDR(at + PAGE - 8), 0x22222222, 0x33333333);
	EMIT(c, MI_STORE_DWORD | IN_GGTT, ADDR(at + PAGE), 0x44444444);
	EMIT(c, MI_STORE_DWORD | IN_GGTT, ADDR(last + 0xffc), 0x55555555);
	run(c);
	assert_int_equal(ggtt_dword(r, at + 0x10), 0x11111111);
	assert_int_equal(ggtt_dword(r, at + PAGE - 8), 0x22222222);
	assert_int_equal(ggtt_dword(r, at + PAGE - 4), 0x33333333);
	assert_int_equal(ggtt_dword(r, at + PAGE), 0x44444444);
	assert_int_equal(phys_dword(r, HIGH_BASE + HIGH_SIZE - 4), 0x55555555);
}

/* Entries that are not present or name no memory, and addresses beyond the table. */
static void test_ggtt_invalid(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);
	const uint32_t none = new_ggtt(r, 1), bad = new_ggtt(r, 1);

	rig_write(r, KBL_GTTMMADR, KBL_GGTT_OFFSET + none / PAGE * 8, 8, MIB); /* no bit 0 */
	set_ggtt(r, bad, NOWHERE);
	EMIT(c, MI_STORE_DWORD | IN_GGTT, ADDR(none), 1);
	EMIT(c, MI_STORE_DWORD | IN_GGTT, ADDR(0x40000000ull), 1);
	EMIT(c, MI_STORE_DWORD | IN_GGTT, ADDR(0x123456789000ull), 1);
	EMIT(c, MI_STORE_DWORD | IN_GGTT, ADDR(bad), 1);
	set_dword(c, DATA_AT, 5);
	set_dword(c, DATA_AT + 4, 5);
	EMIT(c, MI_COPY_MEM | 1u << 21, ADDR(DATA_AT), ADDR(none));
	EMIT(c, MI_COPY_MEM | 1u << 21, ADDR(DATA_AT + 4), ADDR(bad));
	run(c);
	assert_int_equal(dword(c, DATA_AT), 0);
	assert_int_equal(dword(c, DATA_AT + 4), 0);
	assert_int_equal(phys_dword(r, MIB), 0);
	r->expect.invalid_pte = 4;
	r->expect.bad_dma = 2;
}

static void test_pages_4k(void **state)
{
	static const uint64_t at[] = {
		0, 0x1000, 0x1ff000, 0x200000, 0x3ffff000, 0x40000000, 0x7ffffff000, 0x8000000000,
		0x555555554000, 0xaaaaaaaab000, 0xfffffffff000,
	};
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS), *other = new_context(r, RCS);
	const unsigned int n = sizeof(at) / sizeof(at[0]);

	for (unsigned int i = 0; i < n; i++) {
		map(r, c->pml4, at[i], 1);
		map(r, other->pml4, at[i], 1);
		EMIT(c, STORE(at[i] + 4 * i, 0x100 + i));
		EMIT(other, STORE(at[i] + 4 * i, 0x200 + i));
	}
	submit2(c, other);
	settle(r);
	for (unsigned int i = 0; i < n; i++) {
		assert_int_equal(dword(c, at[i] + 4 * i), 0x100 + i);
		assert_int_equal(dword(other, at[i] + 4 * i), 0x200 + i);
	}
	/* Bits 63:48 of an address are ignored. */
	EMIT(c, MI_STORE_DWORD, LO(at[8]), HI(at[8]) | 0xffff0000, 7);
	run(c);
	assert_int_equal(dword(c, at[8]), 7);
}

/* Only the first of sixteen entries is used. It has the address of the large page. */
static void test_pages_64k(void **state)
{
	const uint64_t at = 0x123456400000, phys = BIG_AT;
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);

	map_page(r, c->pml4, at, phys, PRESENT | WRITABLE);
	map_page(r, c->pml4, at + 0x10000, phys + 0x30000, PRESENT | WRITABLE);
	*ppgtt_entry(r, c->pml4, at, 1) |= MID;
	for (uint32_t i = 0; i < 16; i++)
		EMIT(c, STORE(at + i * PAGE + 8 * i, 0x100 + i));
	EMIT(c, STORE(at + 0x1fffc, 0x200));
	run(c);
	for (uint32_t i = 0; i < 16; i++)
		assert_int_equal(phys_dword(r, phys + i * PAGE + 8 * i), 0x100 + i);
	assert_int_equal(phys_dword(r, phys + 0x3fffc), 0x200);
	/* The other fifteen are ignored. */
	map_page(r, c->pml4, at + 0x20000, phys + 0x50000, PRESENT | WRITABLE);
	map_page(r, c->pml4, at + 0x25000, phys + 0x60000, PRESENT | WRITABLE);
	store(c, at + 0x25010, 0x300);
	assert_int_equal(phys_dword(r, phys + 0x55010), 0x300);
	assert_int_equal(phys_dword(r, phys + 0x60010), 0);
}

static void test_pages_2m(void **state)
{
	const uint64_t at = 0x223456600000, phys = BIG_AT + 2 * MIB;
	struct rig *r = *state;
	struct ctx *c = new_context(r, BCS);

	*ppgtt_entry(r, c->pml4, at, 1) = phys | BIG | PRESENT | WRITABLE;
	EMIT(c, STORE(at, 1));
	EMIT(c, STORE(at + 0x123458, 2));
	EMIT(c, STORE(at + 0x1ffffc, 3));
	run(c);
	assert_int_equal(phys_dword(r, phys), 1);
	assert_int_equal(phys_dword(r, phys + 0x123458), 2);
	assert_int_equal(phys_dword(r, phys + 0x1ffffc), 3);
	/* The large page is one translation: a change has no effect anywhere in it. */
	*ppgtt_entry(r, c->pml4, at, 1) = (phys + 2 * MIB) | BIG | PRESENT | WRITABLE;
	EMIT(c, STORE(at + 0x77000, 4));
	run(c);
	assert_int_equal(phys_dword(r, phys + 0x77000), 4);
	assert_int_equal(phys_dword(r, phys + 2 * MIB + 0x77000), 0);
	r->expect.stale_writes = 1;
}

/* Pages of different sizes side by side. */
static void test_sizes_beside_each_other(void **state)
{
	const uint64_t at = 0x333400000000;
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);

	*ppgtt_entry(r, c->pml4, at, 1) = BIG_AT | BIG | PRESENT | WRITABLE;
	map_page(r, c->pml4, at + 2 * MIB, BIG_AT + 2 * MIB, PRESENT | WRITABLE);
	*ppgtt_entry(r, c->pml4, at + 2 * MIB, 1) |= MID;
	map_page(r, c->pml4, at + 4 * MIB, BIG_AT + 3 * MIB, PRESENT | WRITABLE);
	map_page(r, c->pml4, at + 4 * MIB + PAGE, BIG_AT + 3 * MIB + 8 * PAGE, PRESENT | WRITABLE);
	for (int round = 1; round < 3; round++) {
		EMIT(c, STORE(at + PAGE, 0x10 + round));
		EMIT(c, STORE(at + 2 * MIB + PAGE, 0x20 + round));
		EMIT(c, STORE(at + 4 * MIB + PAGE, 0x30 + round));
		run(c);
		assert_int_equal(phys_dword(r, BIG_AT + PAGE), 0x10 + round);
		assert_int_equal(phys_dword(r, BIG_AT + 2 * MIB + PAGE), 0x20 + round);
		assert_int_equal(phys_dword(r, BIG_AT + 3 * MIB + 8 * PAGE), 0x30 + round);
	}
}

/* An entry that is not present, or names no memory, at each level. */
static void test_invalid_levels(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, VECS);
	unsigned int n = 0;

	for (unsigned int level = 0; level < 4; level++) {
		const uint64_t at = 0x100000000000 + ((uint64_t)level << 39);
		uint64_t *entry, old;

		map(r, c->pml4, at, 1);
		entry = ppgtt_entry(r, c->pml4, at, level);
		old = *entry;
		*entry = old & ~PRESENT;
		store(c, at, 1);
		assert_int_equal(counts(r).invalid_pte, ++n);
		if (level) {
			*entry = NOWHERE | PRESENT | WRITABLE;
			store(c, at, 1);
			assert_int_equal(counts(r).invalid_pte, ++n);
		}
		/* The failed translation was not cached. */
		*entry = old;
		assert_int_equal(dword(c, at), 0);
		store(c, at, 2);
		assert_int_equal(dword(c, at), 2);
		assert_int_equal(counts(r).invalid_pte, n);
	}
	/* A load returns zeros. */
	assert_int_equal(load(c, 0x665544332000), 0);
	r->expect.invalid_pte = n + 1;
}

static void test_bad_dma(void **state)
{
	const uint64_t at = 0x700000000000;
	struct rig *r = *state;
	struct ctx *c = new_context(r, VCS);

	map_page(r, c->pml4, at, NOWHERE, PRESENT | WRITABLE);
	store(c, at, 1);
	assert_int_equal(load(c, at), 0);
	r->expect.bad_dma = 2;
}

static void test_read_only(void **state)
{
	const uint64_t at = 0x700000000000, big = 0x710000000000;
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);

	map_page(r, c->pml4, at, MIB / 2, PRESENT);
	set_phys_dword(r, MIB / 2, 0x1234);
	*ppgtt_entry(r, c->pml4, big, 1) = BIG_AT | BIG | PRESENT;
	store(c, at, 1);
	store(c, big + 0x5000, 1);
	assert_int_equal(phys_dword(r, MIB / 2), 0x1234);
	assert_int_equal(phys_dword(r, BIG_AT + 0x5000), 0);
	assert_int_equal(load(c, at), 0x1234);
	r->expect.read_only = 2;
}

/* Accesses across the end of a page, into another page or none. */
static void test_crossing(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);
	const uint64_t end = DATA_AT + 4 * PAGE;

	/* Nine dwords across the end of a page, then two across the end of the mapping. */
	EMIT(c, MI(0x20, 10), ADDR(DATA_AT + PAGE - 24), 1, 2, 3, 4, 5, 6, 7, 8, 9);
	EMIT(c, MI(0x20, 3), ADDR(end - 4), 10, 11);
	run(c);
	for (uint32_t i = 0; i < 9; i++)
		assert_int_equal(dword(c, DATA_AT + PAGE - 24 + 4 * i), i + 1);
	assert_int_equal(dword(c, end - 4), 10);
	r->expect.invalid_pte = 1;
}

/*
 * TLBs. The test changes the entry of a page that the engine has used. The target of the next
 * access shows whether the engine has kept the old translation.
 */

struct stale {
	struct ctx *c;
	uint64_t at, old, new;
	uint32_t value;
};

static struct stale warm(struct ctx *c, uint64_t at)
{
	struct rig *r = c->r;
	struct stale s = { c, at, new_page(r), new_page(r), 0 };

	map_page(r, c->pml4, at, s.old, PRESENT | WRITABLE);
	store(c, at, 0x77);
	assert_int_equal(phys_dword(r, s.old), 0x77);
	map_page(r, c->pml4, at, s.new, PRESENT | WRITABLE);
	return s;
}

/* Expects the next store to go to the old or the new page. */
static void check_stale(struct stale *s, bool stale)
{
	struct rig *r = s->c->r;

	s->value += 0x100;
	set_phys_dword(r, s->old, 0);
	set_phys_dword(r, s->new, 0);
	store(s->c, s->at, s->value);
	assert_int_equal(phys_dword(r, s->old), stale ? s->value : 0);
	assert_int_equal(phys_dword(r, s->new), stale ? 0 : s->value);
	r->expect.stale_writes += stale;
	assert_int_equal(counts(r).stale_writes, r->expect.stale_writes);
	if (stale) {
		assert_true(counts(r).stale_address == s->at);
		assert_true(counts(r).stale_page == s->old);
	}
}

static void test_stale_write(void **state)
{
	struct rig *r = *state;
	struct stale s = warm(new_context(r, RCS), 0x5000);

	check_stale(&s, true);
	check_stale(&s, true);
	/* Also if the entry is no longer present, */
	*ppgtt_entry(r, s.c->pml4, s.at, 0) = 0;
	check_stale(&s, true);
	/* or a table. */
	*ppgtt_entry(r, s.c->pml4, s.at, 2) = 0;
	check_stale(&s, true);
	set_reg(r, engines[RCS].tlb, 1);
	store(s.c, s.at, 1);
	r->expect.invalid_pte = 1;
}

static void test_stale_read(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, BCS);
	struct stale s = warm(c, 0x5000);

	set_phys_dword(r, s.old, 0x01d);
	set_phys_dword(r, s.new, 0x0e3);
	assert_int_equal(load(c, s.at), 0x01d);
	assert_int_equal(counts(r).stale_reads, 1);
	assert_int_equal(counts(r).stale_writes, 0);
	set_reg(r, engines[BCS].tlb, 1);
	assert_int_equal(load(c, s.at), 0x0e3);
	r->expect.stale_reads = 1;
}

/* An access that hits an unchanged translation is neither stale nor a page walk. */
static void test_hits(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);
	uint64_t misses;

	EMIT(c, STORE(DATA_AT, 1));
	EMIT(c, STORE(DATA_AT, 2));
	run(c);
	misses = counts(r).tlb_misses;
	assert_int_not_equal(misses, 0);
	EMIT(c, STORE(DATA_AT, 3));
	EMIT(c, STORE(DATA_AT + 8, 4));
	run(c);
	assert_int_equal(counts(r).tlb_misses, misses);
	store(c, DATA_AT + PAGE, 1);
	assert_int_equal(counts(r).tlb_misses, misses + 1);
}

/* A page that is remapped and mapped back causes no stale access. */
static void test_moved_back(void **state)
{
	struct rig *r = *state;
	struct stale s = warm(new_context(r, RCS), 0x5000);

	map_page(r, s.c->pml4, s.at, s.old, PRESENT | WRITABLE);
	store(s.c, s.at, 1);
	assert_int_equal(phys_dword(r, s.old), 1);
}

/* A page that becomes read-only, or writable, while its translation is cached. */
static void test_stale_permission(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);
	struct stale s = warm(c, 0x5000);

	map_page(r, c->pml4, s.at, s.old, PRESENT);
	store(c, s.at, 2);
	assert_int_equal(phys_dword(r, s.old), 2);
	r->expect.stale_writes++;
	set_reg(r, engines[RCS].tlb, 1);
	store(c, s.at, 3);
	assert_int_equal(phys_dword(r, s.old), 2);
	map_page(r, c->pml4, s.at, s.old, PRESENT | WRITABLE);
	store(c, s.at, 4);
	assert_int_equal(phys_dword(r, s.old), 2);
	r->expect.stale_writes++;
	r->expect.read_only = 2;
	set_reg(r, engines[RCS].tlb, 1);
	store(c, s.at, 5);
	assert_int_equal(phys_dword(r, s.old), 5);
}

/* Each engine has its own TLB and its own register. */
static void test_register_of_each_engine(void **state)
{
	struct rig *r = *state;
	struct stale s[ENGINE_COUNT];

	for (unsigned int e = 0; e < ENGINE_COUNT; e++)
		s[e] = warm(new_context(r, e), 0x5000 + e * PAGE);
	for (unsigned int e = 0; e < ENGINE_COUNT; e++) {
		set_reg(r, engines[e].tlb, 0);
		set_reg(r, engines[e].tlb, 2);
		check_stale(&s[e], true);
		set_reg(r, engines[e].tlb, 1);
		for (unsigned int i = 0; i < ENGINE_COUNT; i++)
			check_stale(&s[i], i > e);
	}
	assert_int_equal(counts(r).tlb_register, ENGINE_COUNT);
	assert_int_equal(counts(r).tlb_command, 0);
}

/* A translation belongs to its address space. An invalidation drops those of all spaces. */
static void test_spaces(void **state)
{
	struct rig *r = *state;
	struct stale a = warm(new_context(r, RCS), 0x5000), b = warm(new_context(r, RCS), 0x5000);

	check_stale(&a, true);
	check_stale(&b, true);
	set_reg(r, engines[RCS].tlb, 1);
	check_stale(&a, false);
	check_stale(&b, false);
}

/* Commands invalidate the TLB of the engine that executes them. */
static void test_commands_invalidate(void **state)
{
	struct rig *r = *state;
	struct stale s[ENGINE_COUNT];
	unsigned int n = 0;

	for (unsigned int e = 0; e < ENGINE_COUNT; e++)
		s[e] = warm(new_context(r, e), 0x5000 + e * PAGE);
	for (unsigned int e = 0; e < ENGINE_COUNT; e++) {
		struct ctx *c = s[e].c;

		/* A flush alone keeps translations. */
		if (e == RCS)
			EMIT(c, PIPE_CONTROL, 1u << 20 | 1, 0, 0, 0, 0);
		EMIT(c, MI_FLUSH_DW, 0, 0, 0, 0);
		check_stale(&s[e], true);
		if (e == RCS)
			EMIT(c, PIPE_CONTROL, FLUSH_TLB | 1u << 20, 0, 0, 0, 0);
		else
			EMIT(c, MI_FLUSH_DW | FLUSH_TLB, 0, 0, 0, 0);
		for (unsigned int i = 0; i < ENGINE_COUNT; i++)
			check_stale(&s[i], i > e);
		assert_int_equal(counts(r).tlb_command, ++n);
	}
	assert_int_equal(counts(r).tlb_register, 0);
}

/* Also in a user batch, and MI_FLUSH_DW on rcs0. */
static void test_user_invalidates(void **state)
{
	struct rig *r = *state;
	struct stale a = warm(new_context(r, RCS), 0x5000), b = warm(new_context(r, RCS), 0x6000);

	BATCH(a.c, BATCH_AT, PIPE_CONTROL, FLUSH_TLB, 0, 0, 0, 0, MI_BATCH_END);
	call(a.c, BATCH_AT);
	check_stale(&a, false);
	check_stale(&b, false);
	a = warm(a.c, 0x7000);
	EMIT(a.c, MI_FLUSH_DW | FLUSH_TLB, 0, 0, 0, 0);
	check_stale(&a, false);
}

static void test_reset_invalidates(void **state)
{
	struct rig *r = *state;
	struct stale s[ENGINE_COUNT];

	for (unsigned int e = 0; e < ENGINE_COUNT; e++)
		s[e] = warm(new_context(r, e), 0x5000 + e * PAGE);
	set_reg(r, GDRST, engines[BCS].reset);
	start_engine(r, BCS);
	for (unsigned int i = 0; i < ENGINE_COUNT; i++)
		check_stale(&s[i], i != BCS);
	set_reg(r, GDRST, 1);
	for (unsigned int i = 0; i < ENGINE_COUNT; i++) {
		start_engine(r, i);
		check_stale(&s[i], false);
	}
}

/* GFX_FLSH_CNTL drops only the GGTT translations, of all engines. */
static void test_ggtt_invalidation(void **state)
{
	struct rig *r = *state;
	uint32_t at[ENGINE_COUNT];
	uint64_t old[ENGINE_COUNT], new[ENGINE_COUNT];
	struct stale s[ENGINE_COUNT];

	for (unsigned int e = 0; e < ENGINE_COUNT; e++) {
		s[e] = warm(new_context(r, e), 0x5000);
		at[e] = new_ggtt(r, 1);
		old[e] = new_page(r);
		new[e] = new_page(r);
		set_ggtt(r, at[e], old[e]);
		EMIT(s[e].c, MI_STORE_DWORD | IN_GGTT, ADDR(at[e]), 1);
		run(s[e].c);
		set_ggtt(r, at[e], new[e]);
		EMIT(s[e].c, MI_STORE_DWORD | IN_GGTT, ADDR(at[e]), 2);
		run(s[e].c);
		assert_int_equal(phys_dword(r, old[e]), 2);
		r->expect.stale_writes++;
	}
	set_reg(r, GFX_FLSH_CNTL, 1);
	for (unsigned int e = 0; e < ENGINE_COUNT; e++) {
		EMIT(s[e].c, MI_STORE_DWORD | IN_GGTT, ADDR(at[e]), 3);
		check_stale(&s[e], true);
		assert_int_equal(phys_dword(r, old[e]), 2);
		assert_int_equal(phys_dword(r, new[e]), 3);
	}
	/* The register of an engine also drops its GGTT translations. */
	set_ggtt(r, at[VCS], old[VCS]);
	set_reg(r, engines[VCS].tlb, 1);
	EMIT(s[VCS].c, MI_STORE_DWORD | IN_GGTT, ADDR(at[VCS]), 4);
	run(s[VCS].c);
	assert_int_equal(phys_dword(r, old[VCS]), 4);
	assert_int_equal(counts(r).tlb_ggtt, 1);
}

/* The TLB keeps thousands of translations. */
static void test_capacity(void **state)
{
	const unsigned int n = 4096;
	const uint64_t at = 0x440000000000;
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);
	const uint64_t page = new_page(r), other = new_page(r);

	for (unsigned int i = 0; i < n; i++) {
		map_page(r, c->pml4, at + i * PAGE, page, PRESENT | WRITABLE);
		EMIT(c, STORE(at + i * PAGE + 8 * (i % 512), i));
		if (i % 512 == 511)
			run(c);
	}
	for (unsigned int i = 0; i < n; i++)
		map_page(r, c->pml4, at + i * PAGE, other, PRESENT | WRITABLE);
	for (unsigned int i = 0; i < n; i++) {
		EMIT(c, STORE(at + i * PAGE + 8 * (i % 512), ~i));
		if (i % 512 == 511) {
			run(c);
			assert_int_equal(phys_dword(r, page + 8 * 511), ~i);
		}
	}
	assert_int_equal(phys_dword(r, other), 0);
	r->expect.stale_writes = n;
	set_reg(r, engines[RCS].tlb, 1);
	store(c, at, 0x99);
	assert_int_equal(phys_dword(r, other), 0x99);
}

/*
 * Tables whose entries all name the same next table map a page at 2^36 addresses. The number of
 * cached translations is limited, and the engine works as before once they are dropped.
 */
static void test_one_page_everywhere(void **state)
{
	enum { BLIT_ROWS = 0x7fff, BLITS = 9, MOST = 1 << 18 };
	struct rig *r = *state;
	struct ctx *c = new_context(r, BCS);
	const uint64_t page = new_page(r), at = 1ull << 40;
	uint64_t table = page;

	for (unsigned int level = 0; level < 3; level++) {
		const uint64_t next = table;

		table = new_page(r);
		for (unsigned int i = 0; i < 512; i++)
			((uint64_t *)guest(r, table))[i] = next | PRESENT | WRITABLE;
	}
	*ppgtt_entry(r, c->pml4, at, 3) = table | PRESENT | WRITABLE;
	/* Write one pixel to each page. */
	for (unsigned int i = 0; i < BLITS; i++)
		EMIT(c, 2u << 29 | 0x50u << 22 | 3u << 20 | 5, 3u << 24 | 0xf0u << 16 | 4096, 0,
		     (uint32_t)BLIT_ROWS << 16 | 1, ADDR(at + i * (uint64_t)BLIT_ROWS * PAGE), i + 1);
	run(c);
	assert_int_equal(phys_dword(r, page), BLITS);
	assert_true(counts(r).tlb_full > 0);
	assert_true(counts(r).tlb_full <= counts(r).tlb_misses - MOST);
	/* Cached translations are not lost. */
	store(c, at, 0x11);
	assert_int_equal(counts(r).stale_writes, 0);
	*ppgtt_entry(r, c->pml4, at, 3) = 0;
	store(c, at + 4, 0x22);
	assert_int_equal(phys_dword(r, page + 4), 0x22);
	r->expect.stale_writes = 1;
	set_reg(r, engines[BCS].tlb, 1);
	map(r, c->pml4, at, 1);
	store(c, at, 0x33);
	assert_int_equal(dword(c, at), 0x33);
}

/* The page tables of a context may begin at physical address 0. */
static void test_pml4_at_zero(void **state)
{
	struct rig *r = *state;
	struct ctx *c;
	uint64_t misses;

	map(r, 0, DATA_AT, 1);
	c = new_context_in(r, RCS, 0);
	store(c, DATA_AT, 1);
	assert_int_equal(dword(c, DATA_AT), 1);
	misses = counts(r).tlb_misses;
	store(c, DATA_AT, 2);
	assert_int_equal(dword(c, DATA_AT), 2);
	assert_int_equal(counts(r).tlb_misses, misses);
}

/* Contexts of other modes, which the driver does not use on this device, are rejected. */
static void test_other_modes(void **state)
{
	struct rig *r = *state;

	for (unsigned int mode = 0; mode < 3; mode++) {
		struct ctx *c = new_context(r, RCS);

		EMIT(c, STORE(DATA_AT, 1));
		set_tail(c);
		submit_desc(r, RCS, (desc(c) & ~(3ull << 3)) | mode << 3, 0);
		step(r);
		assert_int_equal(dword(c, DATA_AT), 0);
		assert_int_equal(counts(r).bad_context, ++r->expect.bad_context);
		set_reg(r, GDRST, engines[RCS].reset);
		start_engine(r, RCS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_ggtt), TEST(test_ggtt_invalid), TEST(test_pages_4k), TEST(test_pages_64k),
		TEST(test_pages_2m), TEST(test_sizes_beside_each_other), TEST(test_invalid_levels),
		TEST(test_bad_dma), TEST(test_read_only), TEST(test_crossing),
		TEST(test_stale_write), TEST(test_stale_read), TEST(test_hits),
		TEST(test_moved_back), TEST(test_stale_permission),
		TEST(test_register_of_each_engine), TEST(test_spaces),
		TEST(test_commands_invalidate), TEST(test_user_invalidates),
		TEST(test_reset_invalidates), TEST(test_ggtt_invalidation), TEST(test_capacity),
		TEST(test_one_page_everywhere), TEST(test_pml4_at_zero), TEST(test_other_modes),
	};

	return cmocka_run_group_tests_name("mmu", tests, NULL, NULL);
}
