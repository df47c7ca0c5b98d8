/* SPDX-License-Identifier: MIT */
/* Accesses to the aperture, through fences. Caller must hold the device's lock. */
#ifndef KBL_FENCE_H
#define KBL_FENCE_H

#include <stddef.h>
#include <stdint.h>

struct gpu;

void fenced_read(struct gpu *dev, uint64_t addr, void *data, size_t len);
void fenced_write(struct gpu *dev, uint64_t addr, const void *data, size_t len);

#endif
