// SPDX-License-Identifier: MIT
/*
 * Accesses to the aperture, through fences. A fence gives a range of graphics addresses a pitch and
 * a tiling. It has no effect on engines. PRM vol. 5, "Fences"; i915: gt/intel_ggtt_fencing.c
 * i965_write_fence_reg().
 */
#include "fence.h"

#include "fenced.h"
#include "mmu.h"
#include "state.h"
#include "tiling.h"

#define PITCH_UNIT 128u /* bytes */

/* The translate() of struct gpu_fenced. */
static uint64_t translate(const struct gpu *dev, uint64_t addr, uint32_t *run)
{
	unsigned int i;

	for (i = 0; i < FENCES; i++) {
		const uint32_t low = dev->regs[DWORD(FENCE(i))];
		const uint32_t high = dev->regs[DWORD(FENCE(i) + 4)];
		const uint64_t start = low & 0xfffff000u;
		const uint64_t end = (high & 0xfffff000u) + 0x1000ull;
		const bool y = low & FENCE_TILING_Y;

		if (!(low & FENCE_VALID) || addr < start || addr >= end)
			continue;
		return start + gpu_tile(y ? GPU_TILED_Y : GPU_TILED_X, addr - start,
					((high & 0xfff) + 1) * PITCH_UNIT, false, run);
	}
	*run = KBL_PAGE_SIZE - addr % KBL_PAGE_SIZE;
	return addr;
}

static const struct gpu_fenced fenced = { translate, mmu_read_ggtt, mmu_write_ggtt };

void fenced_read(struct gpu *dev, uint64_t addr, void *data, size_t len)
{
	gpu_fenced_read(dev, &fenced, addr, data, len);
}

void fenced_write(struct gpu *dev, uint64_t addr, const void *data, size_t len)
{
	gpu_fenced_write(dev, &fenced, addr, data, len);
}
