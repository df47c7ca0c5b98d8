// SPDX-License-Identifier: MIT
/* Effects of register accesses. Other registers are memory, by their kinds in registers.c. */
#include "mmio.h"

#include "execlist.h"
#include "irq.h"
#include "mmu.h"
#include "registers.h"
#include "reset.h"
#include "state.h"

#define ENGINE_SIZE 0x800u /* of an engine's registers that are handled here */

static struct engine *engine_of(struct gpu *dev, uint32_t offset)
{
	unsigned int i;

	for (i = 0; i < ENGINES; i++)
		if (offset - dev->engine[i].info->base < ENGINE_SIZE)
			return &dev->engine[i];
	return NULL;
}

static uint32_t engine_read(struct engine *e, uint32_t offset)
{
	const uint32_t value = engine_reg(e, offset);

	switch (offset) {
	case RING_MI_MODE:
		return (value & ~MODE_IDLE) | (execlist_idle(e) ? MODE_IDLE : 0);
	case RING_ACTHD:
		return execlist_acthd(e);
	case RING_ACTHD_UDW:
		return execlist_acthd(e) >> 32;
	case RING_BB_ADDR:
		return e->level ? (uint32_t)e->batch[1].addr | BB_ADDR_VALID : value;
	case RING_BB_ADDR_UDW:
		return e->level ? e->batch[1].addr >> 32 : value;
	case RING_BB_STATE:
		return e->level && e->batch[1].ppgtt ? BB_STATE_PPGTT : 0;
	case RING_TIMESTAMP:
		return execlist_timestamp();
	case RING_TIMESTAMP + 4:
	case RING_ELSP:
	case RING_ESR:
		return 0;
	case RING_CTX_TIMESTAMP:
		return execlist_context_timestamp(e);
	}
	return value;
}

/* Returns false if the write is only to be stored. */
static bool engine_write(struct engine *e, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case RING_ELSP:
		execlist_submit(e, value);
		return true;
	case RING_RESET_CTL:
		reset_request(e, value);
		return true;
	case RING_MI_MODE:
		register_store(e->dev, e->info->base + offset, value);
		pthread_cond_broadcast(&e->dev->work);
		return true;
	case RING_EIR:
		e->regs[DWORD(offset)] &= ~value;
		return true;
	case RING_CTX_TIMESTAMP:
		e->regs[DWORD(offset)] = value;
		e->loaded_ns = now_ns();
		return true;
	case RING_INSTDONE:
	case RING_EXECLIST_STATUS:
	case RING_EXECLIST_STATUS_HI:
		return true;
	}
	return false;
}

/*
 * The device is in RC6 whenever RC6 is enabled and no forcewake is held, whatever the engines do.
 * The only effect is the residency time. Call this when either may have changed.
 */
static void rc6_update(struct gpu *dev)
{
	const uint64_t now = now_ns();

	if (dev->rc6_since)
		dev->rc6_ns += now - dev->rc6_since;
	dev->rc6_since = 0;
	if (dev->regs[DWORD(RC_CONTROL)] & RC6_ENABLE &&
	    !(dev->regs[DWORD(FORCEWAKE_RENDER)] | dev->regs[DWORD(FORCEWAKE_GT)] |
	      dev->regs[DWORD(FORCEWAKE_MEDIA)]))
		dev->rc6_since = now;
}

/* Commands of the power controller. Each completes at once and succeeds. i915: gt/intel_llc.c. */
static void pcode(struct gpu *dev, uint32_t command)
{
	uint32_t *data = &dev->regs[DWORD(PCODE_DATA)];

	switch (command & PCODE_COMMAND) {
	case PCODE_WRITE_MIN_FREQ:
		dev->min_freq[*data & 0xff] = *data >> 8;
		break;
	case PCODE_READ_MIN_FREQ:
		*data = dev->min_freq[*data & 0xff];
		break;
	}
}

uint32_t mmio_read(struct gpu *dev, uint32_t offset)
{
	struct engine *e = engine_of(dev, offset);
	uint32_t value;

	if (e)
		return engine_read(e, offset - e->info->base);
	if (irq_read(dev, offset, &value))
		return value;
	switch (offset) {
	case GDRST:
	case GFX_FLSH_CNTL:
		return 0;
	case RPSTAT:
		return dev->regs[DWORD(RPNSWREQ)] & RPS_FREQUENCY;
	case RC6_RESIDENCY:
		rc6_update(dev);
		return dev->rc6_ns / RC6_RESIDENCY_NS;
	case FORCEWAKE_ACK_RENDER:
		return dev->regs[DWORD(FORCEWAKE_RENDER)];
	case FORCEWAKE_ACK_GT:
		return dev->regs[DWORD(FORCEWAKE_GT)];
	case FORCEWAKE_ACK_MEDIA:
		return dev->regs[DWORD(FORCEWAKE_MEDIA)];
	}
	return dev->regs[DWORD(offset)];
}

/* Zeros where writing ones would clear or select bits. */
uint32_t mmio_rest(const struct gpu *dev, uint32_t offset)
{
	unsigned int i;

	for (i = 0; i < ENGINES; i++)
		if (offset == dev->engine[i].info->base + RING_EIR)
			return 0;
	for (i = 0; i < GT_BANKS; i++)
		if (offset == GT_IIR(i))
			return 0;
	return register_masked(offset) ? 0 : dev->regs[DWORD(offset)];
}

/* Returns true if @offset is the register that invalidates the TLB of an engine. */
static bool tlb_write(struct gpu *dev, uint32_t offset, uint32_t value)
{
	unsigned int i;

	for (i = 0; i < ENGINES; i++) {
		if (offset != dev->engine[i].info->tlb_reg)
			continue;
		if (value & 1) {
			mmu_invalidate(&dev->engine[i]);
			dev->counts.tlb_register++;
		}
		/* Done at once: reads 0. */
		return true;
	}
	return false;
}

void mmio_write(struct gpu *dev, uint32_t offset, uint32_t value)
{
	struct engine *e = engine_of(dev, offset);

	if (e && engine_write(e, offset - e->info->base, value))
		return;
	if (irq_write(dev, offset, value) || tlb_write(dev, offset, value))
		return;
	switch (offset) {
	case GDRST:
		reset_write(dev, value);
		return;
	case GFX_FLSH_CNTL:
		mmu_invalidate_ggtt(dev);
		dev->counts.tlb_ggtt++;
		return;
	case PCODE_MAILBOX:
		if (value & PCODE_READY)
			pcode(dev, value);
		value &= ~(PCODE_READY | PCODE_ERROR);
		break;
	case FORCEWAKE_RENDER:
	case FORCEWAKE_GT:
	case FORCEWAKE_MEDIA:
		if (value & value >> 16 & 0xffff)
			dev->counts.forcewakes++;
		/* fall through */
	case RC_CONTROL:
		register_store(dev, offset, value);
		rc6_update(dev);
		return;
	case FUSE2:
	case CTC_MODE:
	case RP_STATE_CAP:
	case RC6_CTX_INFO:
	case RC6_RESIDENCY:
	case DFSM:
	case GUC_STATUS:
		return;
	}
	register_store(dev, offset, value);
}
