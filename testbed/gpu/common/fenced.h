/* SPDX-License-Identifier: MIT */
/*
 * Accesses through fences: bytes that are adjacent to the CPU or the blitter need not be adjacent
 * in memory. Each model decodes its own fence registers.
 */
#ifndef GPU_FENCED_H
#define GPU_FENCED_H

#include <stddef.h>
#include <stdint.h>

struct gpu;

struct gpu_fenced {
	/*
	 * Returns the graphics address that @addr maps to. Sets @run to the number of bytes from
	 * there on that are contiguous in memory.
	 */
	uint64_t (*translate)(const struct gpu *dev, uint64_t addr, uint32_t *run);
	void (*read)(struct gpu *dev, uint64_t addr, void *data, size_t len);
	void (*write)(struct gpu *dev, uint64_t addr, const void *data, size_t len);
};

void gpu_fenced_read(struct gpu *dev, const struct gpu_fenced *f, uint64_t addr, void *data,
		     size_t len);
void gpu_fenced_write(struct gpu *dev, const struct gpu_fenced *f, uint64_t addr, const void *data,
		      size_t len);

#endif
