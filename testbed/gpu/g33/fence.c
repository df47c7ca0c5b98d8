// SPDX-License-Identifier: MIT
/*
 * Fences and tiling. A fence gives a region of graphics addresses a pitch and a tiling. Through the
 * aperture the CPU, and on gen3 also the blitter, sees consecutive rows; memory consists of tiles
 * of 4 KiB. PRM vol. 1, "Surface Tiling", "FENCE registers"; i915: gt/intel_ggtt_fencing.c
 * i915_write_fence_reg(). With two interleaved memory channels the device also swizzles bit 6 of
 * tiled addresses by bits 9 and 10 (X) or 9 (Y): detect_bit_6_swizzle() in the same file.
 */
#include "fence.h"

#include "fenced.h"
#include "gtt.h"
#include "state.h"
#include "tiling.h"

#define GRANULARITY   (1u << 20) /* of the start and size of a fence */

static bool swizzled(const struct gpu *dev)
{
	/* Both are 16-bit registers in the upper half of a dword. */
	return dev->regs[DWORD(C0DRB3)] >> 16 == dev->regs[DWORD(C1DRB3)] >> 16;
}

/* The translate() of struct gpu_fenced. Addresses have 32 bits. */
static uint64_t translate(const struct gpu *dev, uint64_t wide, uint32_t *run)
{
	const uint32_t addr = wide;
	unsigned int i;

	for (i = 0; i < FENCE_COUNT; i++) {
		const uint32_t fence = dev->regs[DWORD(FENCE_REG(i))];
		const bool y_tiling = fence & FENCE_TILING_Y;
		uint32_t offset, pitch;

		if (!(fence & FENCE_VALID))
			continue;
		offset = addr - (fence & FENCE_START);
		/* The size field allows 32 GiB, which needs 64 bits. */
		if (addr < (fence & FENCE_START) || (uint64_t)offset >= (uint64_t)GRANULARITY << FENCE_SIZE_LOG2(fence))
			continue;
		pitch = (y_tiling ? GPU_Y_TILE_WIDTH : GPU_X_TILE_WIDTH) << FENCE_PITCH_LOG2(fence);
		return (fence & FENCE_START) + gpu_tile(y_tiling ? GPU_TILED_Y : GPU_TILED_X, offset,
							pitch, swizzled(dev), run);
	}
	*run = GRANULARITY - addr % GRANULARITY;
	return addr;
}

static const struct gpu_fenced fenced = { translate, gtt_read, gtt_write };

void fenced_read(struct gpu *dev, uint32_t addr, void *data, size_t len)
{
	gpu_fenced_read(dev, &fenced, addr, data, len);
}

void fenced_write(struct gpu *dev, uint32_t addr, const void *data, size_t len)
{
	gpu_fenced_write(dev, &fenced, addr, data, len);
}
