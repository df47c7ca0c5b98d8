/* SPDX-License-Identifier: MIT */
/* Registers, by MMIO and by commands. Caller must hold the device's lock. */
#ifndef KBL_MMIO_H
#define KBL_MMIO_H

#include <stdint.h>

struct gpu;

/* @offset must be a multiple of four below KBL_MMIO_SIZE. */
uint32_t mmio_read(struct gpu *dev, uint32_t offset);
void mmio_write(struct gpu *dev, uint32_t offset, uint32_t value);
/*
 * Returns a value that changes nothing if it is written to @offset: a write of fewer than four
 * bytes is merged into it.
 */
uint32_t mmio_rest(const struct gpu *dev, uint32_t offset);

#endif
