/* SPDX-License-Identifier: MIT */
/* The registers of BAR0. Caller must hold the device's lock. */
#ifndef G33_MMIO_H
#define G33_MMIO_H

#include <stdint.h>

struct gpu;

uint32_t mmio_read(struct gpu *dev, uint32_t offset);
void mmio_write(struct gpu *dev, uint32_t offset, uint32_t value);
/*
 * Returns a value that changes nothing if it is written to @offset: a write of fewer than four
 * bytes is merged into it.
 */
uint32_t mmio_merge(struct gpu *dev, uint32_t offset);
void mmio_reset(struct gpu *dev);

#endif
