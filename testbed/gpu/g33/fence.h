/* SPDX-License-Identifier: MIT */
/* Accesses of the aperture and the blitter. Caller must hold the device's lock. */
#ifndef G33_FENCE_H
#define G33_FENCE_H

#include <stddef.h>
#include <stdint.h>

struct gpu;

/* As gtt_read() and gtt_write(), through the fences. */
void fenced_read(struct gpu *dev, uint32_t addr, void *data, size_t len);
void fenced_write(struct gpu *dev, uint32_t addr, const void *data, size_t len);

#endif
