/* SPDX-License-Identifier: MIT */
/* Registers, by MMIO and by commands. Caller must hold the device's lock. */
#ifndef KBL_MMIO_H
#define KBL_MMIO_H

#include <stdint.h>

struct gpu;

/* @offset: a multiple of four below KBL_MMIO_SIZE. */
uint32_t mmio_read(struct gpu *dev, uint32_t offset);
void mmio_write(struct gpu *dev, uint32_t offset, uint32_t value);
/* What to write to the bytes of a register that an access of less than four bytes leaves alone. */
uint32_t mmio_rest(const struct gpu *dev, uint32_t offset);

#endif
