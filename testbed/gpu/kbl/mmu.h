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
 * Accesses to memory through the TLB of engine @e. Where there is no memory, reads return zeros and
 * writes have no effect; both are counted. Naturally aligned accesses of 4 and 8 bytes are
 * single-copy atomic.
 */
void mmu_read(struct engine *e, uint64_t space, uint64_t addr, void *data, size_t len);
void mmu_write(struct engine *e, uint64_t space, uint64_t addr, const void *data, size_t len);
uint32_t mmu_read32(struct engine *e, uint64_t space, uint64_t addr);
void mmu_write32(struct engine *e, uint64_t space, uint64_t addr, uint32_t value);
void mmu_write64(struct engine *e, uint64_t space, uint64_t addr, uint64_t value);

/*
 * Returns the host address of @addr for a read-modify-write, valid up to the end of the page. If
 * @addr is not mapped, or not writable for a write, counts that and returns NULL.
 */
void *mmu_pointer(struct engine *e, uint64_t space, uint64_t addr, bool write);

/* Accesses to the aperture, by the current GGTT without a TLB. */
void mmu_read_ggtt(struct gpu *dev, uint64_t addr, void *data, size_t len);
void mmu_write_ggtt(struct gpu *dev, uint64_t addr, const void *data, size_t len);

/* Drops all translations of @e and frees their memory. */
void mmu_invalidate(struct engine *e);
/* Drops the GGTT translations of all engines. */
void mmu_invalidate_ggtt(struct gpu *dev);

#endif
