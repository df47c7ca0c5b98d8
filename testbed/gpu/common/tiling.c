// SPDX-License-Identifier: MIT
/* Sources: Intel 965 PRM, vol. 1, "Surface Tiling"; i915 detect_bit_6_swizzle(). */
#include "tiling.h"

#define TILE_SIZE    4096u
#define SWIZZLE_UNIT 64u /* bit 6 */

/* A tile consists of columns, each @column bytes wide and as high as the tile (@height rows). */
struct layout {
	uint32_t width, height, column;
};

static uint64_t bit(uint64_t value, unsigned int n)
{
	return (value >> n) & 1;
}

uint64_t gpu_tile(enum gpu_tiling tiling, uint64_t offset, uint32_t pitch, bool swizzle,
		  uint32_t *run)
{
	static const struct layout layouts[] = {
		[GPU_TILED_X] = { GPU_X_TILE_WIDTH, 8, GPU_X_TILE_WIDTH },
		[GPU_TILED_Y] = { GPU_Y_TILE_WIDTH, 32, 16 },
	};
	const uint64_t y = offset / pitch;
	const uint32_t x = offset % pitch;
	const struct layout *l;
	uint32_t unit;

	if (tiling == GPU_LINEAR) {
		*run = UINT32_MAX;
		return offset;
	}
	l = &layouts[tiling];
	offset = y / l->height * l->height * pitch + x / l->width * TILE_SIZE +
		 x % l->width / l->column * l->column * l->height +
		 y % l->height * l->column + x % l->column;
	unit = swizzle && l->column > SWIZZLE_UNIT ? SWIZZLE_UNIT : l->column;
	*run = unit - x % unit;
	if (swizzle)
		offset ^= (bit(offset, 9) ^ (tiling == GPU_TILED_X ? bit(offset, 10) : 0)) << 6;
	return offset;
}
