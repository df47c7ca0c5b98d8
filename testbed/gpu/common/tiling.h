/* SPDX-License-Identifier: MIT */
/* Tiled surfaces. */
#ifndef GPU_TILING_H
#define GPU_TILING_H

#include <stdbool.h>
#include <stdint.h>

enum gpu_tiling { GPU_LINEAR, GPU_TILED_X, GPU_TILED_Y };

/* Bytes per row of a tile. The pitch of a surface is a multiple of it. */
#define GPU_X_TILE_WIDTH 512u
#define GPU_Y_TILE_WIDTH 128u

/*
 * Returns the offset in memory of the byte at @offset of a surface, where @offset counts rows of
 * @pitch bytes from top to bottom. Sets @run to the number of bytes from there on that are
 * contiguous in memory as well. @pitch must not be 0. @swizzle: bit 6 is XORed with bits 9 and 10
 * (X) or with bit 9 (Y), as with two interleaved channels of memory up to gen7.
 */
uint64_t gpu_tile(enum gpu_tiling tiling, uint64_t offset, uint32_t pitch, bool swizzle,
		  uint32_t *run);

#endif
