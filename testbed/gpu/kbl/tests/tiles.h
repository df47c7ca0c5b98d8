/* SPDX-License-Identifier: MIT */
/* Tiles, written down anew from the PRM (vol. 5, "Tiling formats"). */
#ifndef KBL_TESTS_TILES_H
#define KBL_TESTS_TILES_H

#include <stdint.h>

enum tile { LINEAR, TILED_X, TILED_Y };

/*
 * Where byte @x of row @y is in memory. A tile has 4 KiB: an X tile 8 rows of 512 bytes; a Y tile
 * 32 rows of 128 bytes, in 8 columns of 16 bytes, one after another.
 */
static inline uint64_t tile_at(enum tile tile, uint64_t x, uint64_t y, uint64_t pitch)
{
	switch (tile) {
	case TILED_X:
		return y / 8 * 8 * pitch + x / 512 * 4096 + y % 8 * 512 + x % 512;
	case TILED_Y:
		return y / 32 * 32 * pitch + x / 128 * 4096 + x % 128 / 16 * 512 + y % 32 * 16 +
		       x % 16;
	default:
		return y * pitch + x;
	}
}

#endif
