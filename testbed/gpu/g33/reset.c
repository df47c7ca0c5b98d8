// SPDX-License-Identifier: MIT
/*
 * GDRST: reset of the graphics engine. i915: gt/intel_reset.c g33_do_reset(), and what the driver sets up again afterwards: the ring
 * (gt/intel_ring_submission.c) and the fences (intel_ggtt_restore_fences()). Interrupt registers and the page table stay: with the
 * display disabled nobody writes them anew.
 */
#include "device.h"

void reset_engine(struct gpu *dev)
{
	unsigned int i;

	cs_abort(dev);
	ring_reset(dev);
	for (i = 0; i < FENCE_COUNT; i++)
		dev->regs[DWORD(FENCE_REG(i))] = 0;
	dev->regs[DWORD(MI_MODE)] = 0;
	dev->regs[DWORD(INSTPM)] = 0;
	dev->regs[DWORD(EIR)] = 0;
}
