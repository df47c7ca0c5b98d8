// SPDX-License-Identifier: MIT
/*
 * The GGTT, the per-process page tables and the TLBs. PRM vol. 5, "Graphics translation tables",
 * "Page walk"; i915: gt/gen8_ppgtt.c, gt/intel_ggtt.c.
 *
 * The model's TLB keeps every translation that was used until it is invalidated. Hardware evicts
 * translations, which mostly hides a missing invalidation. TLB_MAX limits the memory that a TLB
 * takes, as page tables may map one page at 2^36 addresses. An access that hits the TLB walks the
 * tables as well; if they differ, it uses the translation of the TLB, as hardware does, and is
 * counted as stale.
 */
#include "mmu.h"

#include <stdlib.h>

#include "pages.h"
#include "state.h"

#define TLB_MIN 256u
#define TLB_MAX (1u << 18) /* of pages of 4 KiB: 1 GiB */

/* Sizes of pages, as the number of address bits below the page number. */
#define BITS_4K  12u
#define BITS_64K 16u
#define BITS_2M  21u

struct translation {
	uint64_t page; /* physical address of the page of 4 KiB */
	bool writable;
	unsigned int bits; /* size of the page in the tables */
};

/*
 * Returns entry @index of the table at physical address @table, 0 (not present) if there is no
 * memory.
 */
static uint64_t table_entry(struct gpu *dev, uint64_t table, unsigned int index)
{
	const uint64_t *p = dev->bus.memory(dev->bus.opaque, table + 8ull * index, 8);

	return p ? __atomic_load_n(p, __ATOMIC_ACQUIRE) : 0;
}

static bool walk_ggtt(struct gpu *dev, uint64_t addr, struct translation *t)
{
	uint64_t pte;

	if (addr / KBL_PAGE_SIZE >= KBL_GGTT_SIZE / 8)
		return false;
	pte = atomic_load_explicit(&dev->ggtt[addr / KBL_PAGE_SIZE], memory_order_acquire);
	/* GGTT entries have no write protection on gen9. */
	*t = (struct translation){ pte & PTE_ADDR, true, BITS_4K };
	return pte & PTE_PRESENT;
}

static bool walk_ppgtt(struct gpu *dev, uint64_t pml4, uint64_t addr, struct translation *t)
{
	uint64_t table = pml4, entry = 0;
	unsigned int shift;

	addr &= (1ull << PPGTT_BITS) - 1;
	for (shift = 39; shift >= BITS_2M; shift -= 9) {
		entry = table_entry(dev, table, addr >> shift & 0x1ff);
		if (!(entry & PTE_PRESENT))
			return false;
		table = entry & PTE_ADDR;
	}
	t->bits = BITS_4K;
	if (entry & PDE_2M) {
		t->bits = BITS_2M;
		t->page = (entry & PTE_ADDR & ~((1ull << BITS_2M) - 1)) |
			  (addr & ((1ull << BITS_2M) - 1) & ~(KBL_PAGE_SIZE - 1ull));
	} else if (entry & PDE_64K) {
		/* Only the first of sixteen entries is used. */
		t->bits = BITS_64K;
		entry = table_entry(dev, table, addr >> BITS_4K & 0x1f0);
		t->page = (entry & PTE_ADDR & ~((1ull << BITS_64K) - 1)) |
			  (addr & ((1ull << BITS_64K) - 1) & ~(KBL_PAGE_SIZE - 1ull));
	} else {
		entry = table_entry(dev, table, addr >> BITS_4K & 0x1ff);
		t->page = entry & PTE_ADDR;
	}
	t->writable = entry & PTE_WRITABLE;
	return entry & PTE_PRESENT;
}

static bool walk(struct gpu *dev, uint64_t space, uint64_t addr, struct translation *t)
{
	return space == MMU_GGTT ? walk_ggtt(dev, addr, t) : walk_ppgtt(dev, space, addr, t);
}

static struct tlb_entry *tlb_slot(const struct tlb *tlb, uint64_t space, uint64_t number)
{
	uint64_t hash = (space ^ number * 0x9e3779b97f4a7c15ull) * 0xc2b2ae3d27d4eb4full;
	unsigned int i = hash >> 32 & (tlb->size - 1);

	while (tlb->entry[i].number &&
	       (tlb->entry[i].space != space || tlb->entry[i].number != number))
		i = (i + 1) & (tlb->size - 1);
	return &tlb->entry[i];
}

static uint64_t tlb_number(uint64_t addr, unsigned int bits)
{
	return (addr & ((1ull << PPGTT_BITS) - 1)) >> bits << 6 | bits;
}

static bool tlb_find(const struct tlb *tlb, uint64_t space, uint64_t addr, struct translation *t)
{
	static const unsigned int sizes[] = { BITS_4K, BITS_64K, BITS_2M };
	const struct tlb_entry *entry;
	unsigned int i;

	for (i = 0; i < 3 && tlb->used; i++) {
		entry = tlb_slot(tlb, space, tlb_number(addr, sizes[i]));
		if (!entry->number)
			continue;
		t->bits = sizes[i];
		t->writable = entry->writable;
		t->page = entry->page |
			  (addr & ((1ull << t->bits) - 1) & ~(KBL_PAGE_SIZE - 1ull));
		return true;
	}
	return false;
}

/* Makes room for one more entry. Returns false if memory is exhausted. */
static bool tlb_grow(struct tlb *tlb)
{
	struct tlb bigger = { .size = tlb->size ? 2 * tlb->size : TLB_MIN, .used = tlb->used };
	unsigned int i;

	if (2 * tlb->used < tlb->size)
		return true;
	bigger.entry = calloc(bigger.size, sizeof(*bigger.entry));
	if (!bigger.entry)
		return false;
	for (i = 0; i < tlb->size; i++)
		if (tlb->entry[i].number)
			*tlb_slot(&bigger, tlb->entry[i].space, tlb->entry[i].number) =
				tlb->entry[i];
	free(tlb->entry);
	*tlb = bigger;
	return true;
}

/* Returns false if there is no room for the translation. */
static bool tlb_add(struct tlb *tlb, uint64_t space, uint64_t addr, const struct translation *t)
{
	if (tlb->used == TLB_MAX || !tlb_grow(tlb))
		return false;
	*tlb_slot(tlb, space, tlb_number(addr, t->bits)) = (struct tlb_entry){
		.space = space,
		.number = tlb_number(addr, t->bits),
		.page = t->page & ~((1ull << t->bits) - 1),
		.writable = t->writable,
	};
	tlb->used++;
	return true;
}

/* Frees the table, as clearing it would take long once the TLB has been large. */
void mmu_invalidate(struct engine *e)
{
	free(e->tlb.entry);
	e->tlb = (struct tlb){ 0 };
}

void mmu_invalidate_ggtt(struct gpu *dev)
{
	unsigned int i, j;

	for (i = 0; i < ENGINES; i++) {
		struct tlb old = dev->engine[i].tlb, *tlb = &dev->engine[i].tlb;

		if (!old.used)
			continue;
		tlb->entry = calloc(old.size, sizeof(*old.entry));
		tlb->used = 0;
		if (!tlb->entry)
			tlb->size = 0;
		for (j = 0; j < old.size && tlb->entry; j++) {
			if (!old.entry[j].number || old.entry[j].space == MMU_GGTT)
				continue;
			*tlb_slot(tlb, old.entry[j].space, old.entry[j].number) = old.entry[j];
			tlb->used++;
		}
		free(old.entry);
	}
}

/*
 * Returns the host address of @addr in the page at physical address @page. If there is no memory,
 * counts that and returns NULL.
 */
static uint8_t *backing(struct gpu *dev, uint64_t page, uint64_t addr)
{
	uint8_t *p = dev->bus.memory(dev->bus.opaque, page, KBL_PAGE_SIZE);

	if (!p) {
		dev->counts.bad_dma++;
		return NULL;
	}
	return p + addr % KBL_PAGE_SIZE;
}

/*
 * Returns the host address of @addr, valid up to the end of its page. If @addr is not mapped, or
 * not writable for a write, counts that and returns NULL.
 */
static uint8_t *page_of(struct engine *e, uint64_t space, uint64_t addr, bool write)
{
	struct gpu *dev = e->dev;
	struct translation now = { 0 }, t;
	const bool present = walk(dev, space, addr, &now);

	if (tlb_find(&e->tlb, space, addr, &t)) {
		if (!present || now.page != t.page || (write && now.writable != t.writable)) {
			if (write)
				dev->counts.stale_writes++;
			else
				dev->counts.stale_reads++;
			dev->counts.stale_address = addr;
			dev->counts.stale_page = t.page;
		}
	} else {
		dev->counts.tlb_misses++;
		if (!present) {
			dev->counts.invalid_pte++;
			return NULL;
		}
		t = now;
		if (!tlb_add(&e->tlb, space, addr, &t))
			dev->counts.tlb_full++;
	}
	if (write && !t.writable) {
		dev->counts.read_only++;
		return NULL;
	}
	return backing(dev, t.page, addr);
}

/* An address space of an engine. */
struct view {
	struct engine *e;
	uint64_t space;
};

static uint8_t *view_page(void *opaque, uint64_t addr, bool write)
{
	const struct view *v = opaque;

	return page_of(v->e, v->space, addr, write);
}

void mmu_read(struct engine *e, uint64_t space, uint64_t addr, void *data, size_t len)
{
	gpu_pages_read(view_page, &(struct view){ e, space }, addr, data, len, 0);
}

void mmu_write(struct engine *e, uint64_t space, uint64_t addr, const void *data, size_t len)
{
	gpu_pages_write(view_page, &(struct view){ e, space }, addr, data, len);
}

uint32_t mmu_read32(struct engine *e, uint64_t space, uint64_t addr)
{
	uint32_t value;

	mmu_read(e, space, addr, &value, sizeof(value));
	return value;
}

void mmu_write32(struct engine *e, uint64_t space, uint64_t addr, uint32_t value)
{
	mmu_write(e, space, addr, &value, sizeof(value));
}

void mmu_write64(struct engine *e, uint64_t space, uint64_t addr, uint64_t value)
{
	mmu_write(e, space, addr, &value, sizeof(value));
}

void *mmu_pointer(struct engine *e, uint64_t space, uint64_t addr, bool write)
{
	return page_of(e, space, addr, write);
}

/* As page_of(), for the CPU and without a TLB. */
static uint8_t *ggtt_page(void *opaque, uint64_t addr, bool write)
{
	struct gpu *dev = opaque;
	struct translation t;

	(void)write;
	if (!walk_ggtt(dev, addr, &t)) {
		dev->counts.invalid_pte++;
		return NULL;
	}
	return backing(dev, t.page, addr);
}

void mmu_read_ggtt(struct gpu *dev, uint64_t addr, void *data, size_t len)
{
	gpu_pages_read(ggtt_page, dev, addr, data, len, 0);
}

void mmu_write_ggtt(struct gpu *dev, uint64_t addr, const void *data, size_t len)
{
	gpu_pages_write(ggtt_page, dev, addr, data, len);
}
