// SPDX-License-Identifier: MIT
/*
 * Resets of engines. i915: gt/intel_reset.c gen6_hw_domain_reset(), gen8_engine_reset_prepare(). A
 * reset clears the state that the driver restores afterwards: gt/intel_execlists_submission.c
 * execlists_resume(), gt/intel_workarounds.c intel_engine_apply_workarounds(),
 * intel_engine_apply_whitelist().
 */
#include "reset.h"

#include <string.h>

#include "execlist.h"
#include "mmu.h"
#include "registers.h"
#include "state.h"

#define ENGINE_STATE 0x600u /* bytes of an engine's registers that a reset clears */

static void reset_engine(struct engine *e)
{
	const uint32_t imr = engine_reg(e, RING_IMR);

	execlist_abort(e);
	mmu_invalidate(e);
	memset(e->regs, 0, ENGINE_STATE);
	e->regs[DWORD(RING_IMR)] = imr;
	e->regs[DWORD(RING_EMR)] = ~0u;
	e->regs[DWORD(RING_INSTDONE)] = ~0u;
}

void reset_write(struct gpu *dev, uint32_t value)
{
	unsigned int i;

	for (i = 0; i < ENGINES; i++)
		if (value & (GDRST_FULL | dev->engine[i].info->reset_bit))
			reset_engine(&dev->engine[i]);
	if (value)
		dev->counts.resets++;
}

void reset_request(struct engine *e, uint32_t value)
{
	uint32_t *reg = &e->regs[DWORD(RING_RESET_CTL)];

	register_store(e->dev, e->info->base + RING_RESET_CTL, value);
	*reg = *reg & RESET_REQUEST ? RESET_REQUEST | RESET_READY : 0;
}
