// SPDX-License-Identifier: MIT
/*
 * The global GTT: 131072 entries of 32 bits, each for a page of 4 KiB. PRM vol. 1, "Graphics
 * Translation Tables"; intel-gtt i965_write_entry() for bits 35:32 of the address.
 */
#include "gtt.h"

#include "pages.h"
#include "state.h"

/* The page function for pages.h. Addresses have 32 bits. Counts each failure. */
static uint8_t *gtt_page(void *opaque, uint64_t addr, bool write)
{
	const uint32_t index = (uint32_t)addr / G33_PAGE_SIZE;
	struct gpu *dev = opaque;
	uint8_t *page;
	uint32_t pte;

	(void)write;
	/*
	 * Pairs with the release in write_dword(), or, if the client has mapped the table, with the
	 * store order of its CPU.
	 */
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

void gtt_read(struct gpu *dev, uint64_t addr, void *data, size_t len)
{
	gpu_pages_read(gtt_page, dev, addr, data, len, 0xff);
}

void gtt_write(struct gpu *dev, uint64_t addr, const void *data, size_t len)
{
	gpu_pages_write(gtt_page, dev, addr, data, len);
}

uint32_t gtt_read32(struct gpu *dev, uint32_t addr)
{
	uint32_t value;

	gtt_read(dev, addr, &value, sizeof(value));
	return value;
}
