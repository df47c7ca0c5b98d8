/* SPDX-License-Identifier: MIT */
/* Graphics addresses. Caller must hold the device's lock. */
#ifndef KBL_MMU_H
#define KBL_MMU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct engine;
struct gpu;

/* The address space of the GGTT. Any other is the physical address of a PML4. */
#define MMU_GGTT 1ull

/*
 * Reads or writes memory as engine @e sees it, by its TLB. What has no memory behind it is counted,
 * reads as zeros and keeps nothing. Naturally aligned accesses of 4 and 8 bytes are single-copy
 * atomic.
 */
void mmu_read(struct engine *e, uint64_t space, uint64_t addr, void *data, size_t len);
void mmu_write(struct engine *e, uint64_t space, uint64_t addr, const void *data, size_t len);
uint32_t mmu_read32(struct engine *e, uint64_t space, uint64_t addr);
void mmu_write32(struct engine *e, uint64_t space, uint64_t addr, uint32_t value);
void mmu_write64(struct engine *e, uint64_t space, uint64_t addr, uint64_t value);

/*
 * Returns where the @len bytes at @addr are in the host, for a read-modify-write, or NULL. They
 * must not cross a page.
 */
void *mmu_pointer(struct engine *e, uint64_t space, uint64_t addr, bool write);

/* The aperture: by the GGTT as it is now. */
void mmu_read_ggtt(struct gpu *dev, uint64_t addr, void *data, size_t len);
void mmu_write_ggtt(struct gpu *dev, uint64_t addr, const void *data, size_t len);

/* Forgets the translations of @e, and frees what they took. */
void mmu_invalidate(struct engine *e);
/* Forgets the translations of the GGTT, of all engines. */
void mmu_invalidate_ggtt(struct gpu *dev);

#endif
