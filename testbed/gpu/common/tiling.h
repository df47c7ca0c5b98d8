/* SPDX-License-Identifier: MIT */
/* Tiled surfaces. */
#ifndef GPU_TILING_H
#define GPU_TILING_H

#include <stdbool.h>
#include <stdint.h>

enum gpu_tiling { GPU_LINEAR, GPU_TILED_X, GPU_TILED_Y };

/* Bytes of a row of a tile; a pitch is a multiple of it. */
#define GPU_X_TILE_WIDTH 512u
#define GPU_Y_TILE_WIDTH 128u

/*
 * Returns the offset in memory of the byte at @offset of a surface seen as rows of @pitch bytes,
 * one after another. Sets @run to the number of bytes from there on that lie one after another in
 * memory as well. @pitch must not be 0. @swizzle: bit 6 is changed by bits 9 and 10 (X) or 9 (Y),
 * as with two interleaved channels of memory up to gen7.
 */
uint64_t gpu_tile(enum gpu_tiling tiling, uint64_t offset, uint32_t pitch, bool swizzle,
		  uint32_t *run);

#endif
