/* SPDX-License-Identifier: MIT */
/* Accesses to graphics addresses through the page table. Caller must hold the device's lock. */
#ifndef G33_GTT_H
#define G33_GTT_H

#include <stddef.h>
#include <stdint.h>

struct gpu;

/*
 * Linear accesses of any length. Where there is no valid PTE or no memory, reads return all ones
 * and writes have no effect; both are counted.
 */
void gtt_read(struct gpu *dev, uint64_t addr, void *data, size_t len);
void gtt_write(struct gpu *dev, uint64_t addr, const void *data, size_t len);
uint32_t gtt_read32(struct gpu *dev, uint32_t addr);

#endif
