// SPDX-License-Identifier: MIT
/*
 * The global GTT: 131072 entries of 32 bits, each for a page of 4 KiB. PRM vol. 1, "Graphics Translation Tables"; intel-gtt
 * i965_write_entry() for bits 35:32 of the address.
 */
#include "gtt.h"

#include <string.h>

#include "state.h"

/* Where @addr is in the memory of the host, good up to the end of its page; NULL, and counted, if it is nowhere. */
static void *gtt_page(struct gpu *dev, uint32_t addr)
{
	const uint32_t index = addr / G33_PAGE_SIZE;
	uint8_t *page;
	uint32_t pte;

	/* Pairs with the release in write_dword(), and with the CPU's order of stores if the front end has the table mapped. */
	pte = index < G33_PTES ? atomic_load_explicit(&dev->ptes[index], memory_order_acquire) : 0;
	if (!(pte & PTE_VALID)) {
		dev->counts.invalid_pte++;
		return NULL;
	}
	page = dev->bus.memory(dev->bus.opaque, PTE_ADDR(pte), G33_PAGE_SIZE);
	if (!page) {
		dev->counts.bad_dma++;
		return NULL;
	}
	return page + addr % G33_PAGE_SIZE;
}

/*
 * Guest CPUs look at the same memory: what is naturally aligned is one access, so that a sequence number is never seen half written.
 */
static void load(void *to, const void *from, size_t len)
{
	if (len == 4 && !((uintptr_t)from % 4)) {
		uint32_t v = __atomic_load_n((const uint32_t *)from, __ATOMIC_ACQUIRE);

		memcpy(to, &v, 4);
	} else if (len == 8 && !((uintptr_t)from % 8)) {
		uint64_t v = __atomic_load_n((const uint64_t *)from, __ATOMIC_ACQUIRE);

		memcpy(to, &v, 8);
	} else {
		memcpy(to, from, len);
	}
}

static void store(void *to, const void *from, size_t len)
{
	if (len == 4 && !((uintptr_t)to % 4)) {
		uint32_t v;

		memcpy(&v, from, 4);
		__atomic_store_n((uint32_t *)to, v, __ATOMIC_RELEASE);
	} else if (len == 8 && !((uintptr_t)to % 8)) {
		uint64_t v;

		memcpy(&v, from, 8);
		__atomic_store_n((uint64_t *)to, v, __ATOMIC_RELEASE);
	} else {
		memcpy(to, from, len);
	}
}

static size_t in_page(uint32_t addr, size_t len)
{
	const size_t left = G33_PAGE_SIZE - addr % G33_PAGE_SIZE;

	return len < left ? len : left;
}

void gtt_read(struct gpu *dev, uint32_t addr, void *data, size_t len)
{
	uint8_t *to = data;

	while (len) {
		const size_t n = in_page(addr, len);
		const void *from = gtt_page(dev, addr);

		if (from)
			load(to, from, n);
		else
			memset(to, 0xff, n);
		to += n;
		addr += n;
		len -= n;
	}
}

void gtt_write(struct gpu *dev, uint32_t addr, const void *data, size_t len)
{
	const uint8_t *from = data;

	while (len) {
		const size_t n = in_page(addr, len);
		void *to = gtt_page(dev, addr);

		if (to)
			store(to, from, n);
		from += n;
		addr += n;
		len -= n;
	}
}

uint32_t gtt_read32(struct gpu *dev, uint32_t addr)
{
	uint32_t value;

	gtt_read(dev, addr, &value, sizeof(value));
	return value;
}
