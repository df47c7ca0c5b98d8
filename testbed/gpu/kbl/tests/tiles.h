/* SPDX-License-Identifier: MIT */
/* Tiles, defined independently of the model, from the PRM (vol. 5, "Tiling formats"). */
#ifndef KBL_TESTS_TILES_H
#define KBL_TESTS_TILES_H

#include <stdint.h>

enum tile { LINEAR, TILED_X, TILED_Y };

/*
 * Returns the offset in memory of byte @x of row @y. A tile is 4 KiB: an X tile has 8 rows of 512
 * bytes; a Y tile has 32 rows of 128 bytes, stored as 8 consecutive columns of 16 bytes.
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
