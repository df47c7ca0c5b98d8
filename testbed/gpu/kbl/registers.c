// SPDX-License-Identifier: MIT
/*
 * Kinds and initial values of registers. To add a register, define its offset in regs.h, with its
 * source; its kind here, unless it is plain memory; and the effects of accesses in mmio.c.
 */
#include "registers.h"

#include <string.h>

#include "state.h"

static bool in(uint32_t offset, uint32_t first, uint32_t end)
{
	return offset >= first && offset < end;
}

/* Masked registers of every engine. */
static bool engine_masked(uint32_t offset)
{
	switch (offset) {
	case RING_PSMI_CTL:
	case RING_MI_MODE:
	case RING_INSTPM:
	case RING_RESET_CTL:
	case RING_CONTEXT_CONTROL:
	case RING_MODE:
	case RING_CONTEXT_STATUS_PTR:
	case 0x580: /* CTX_PREEMPTION control; i915: gt/intel_engine_regs.h, GEN8_CS_CHICKEN1 */
		return true;
	}
	return false;
}

/*
 * Masked registers of the render engine that the driver's workarounds write. i915:
 * gt/intel_workarounds.c, the calls of wa_masked_en() and wa_masked_dis(); gt/intel_gt_regs.h.
 */
static bool render_masked(uint32_t offset)
{
	switch (offset) {
	case 0x2088: case 0x2090: case 0x20d4: case 0x20d8: case 0x20e0: case 0x20e4: case 0x20ec:
	case 0x2120: case 0x5588:
		return true;
	}
	return in(offset, 0x7000, 0x7030) || in(offset, 0x7300, 0x7320) ||
	       in(offset, 0xe100, 0xe500);
}

bool register_masked(uint32_t offset)
{
	static const uint32_t bases[] = { RCS_BASE, VCS_BASE, VECS_BASE, BCS_BASE };
	unsigned int i;

	switch (offset) {
	case FORCEWAKE_RENDER:
	case FORCEWAKE_GT:
	case FORCEWAKE_MEDIA:
	case BCS_SWCTRL:
		return true;
	}
	for (i = 0; i < ENGINES; i++)
		if (in(offset, bases[i], bases[i] + 0x800) && engine_masked(offset - bases[i]))
			return true;
	return render_masked(offset);
}

void register_store(struct gpu *dev, uint32_t offset, uint32_t value)
{
	uint32_t *reg = &dev->regs[DWORD(offset)];

	if (register_masked(offset))
		*reg = (*reg & ~(value >> 16)) | (value & value >> 16 & 0xffff);
	else
		*reg = value;
}

void registers_reset(struct gpu *dev)
{
	unsigned int i;

	memset(dev->regs, 0, sizeof(dev->regs));
	dev->regs[DWORD(FUSE2)] = FUSE2_ONE_SLICE;
	dev->regs[DWORD(CTC_MODE)] = CTC_MODE_12MHZ;
	dev->regs[DWORD(RP_STATE_CAP)] = RP_STATE_CAP_VALUE;
	dev->regs[DWORD(RC6_CTX_INFO)] = RC6_CTX_INFO_VALID;
	dev->regs[DWORD(DFSM)] = DFSM_NO_PIPES;
	dev->regs[DWORD(GUC_STATUS)] = GUC_IN_RESET;
	for (i = 0; i < GT_BANKS; i++)
		dev->regs[DWORD(GT_IMR(i))] = ~0u;
	for (i = 0; i < ENGINES; i++) {
		dev->engine[i].regs[DWORD(RING_IMR)] = ~0u;
		dev->engine[i].regs[DWORD(RING_EMR)] = ~0u;
		dev->engine[i].regs[DWORD(RING_INSTDONE)] = ~0u;
	}
}
