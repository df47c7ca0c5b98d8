// SPDX-License-Identifier: MIT
/*
 * Interrupts of the engines. An event that is masked neither by its engine nor by its bank sets its
 * bit in the bank's IIR. A bank with a bit in IIR that IER enables is pending. A message is sent
 * when a bank becomes pending while the master is enabled, and when the master is enabled while a
 * bank is pending. PRM vol. 2c, "Master Interrupt Control"; i915: gt/intel_gt_irq.c
 * gen8_gt_irq_handler(), i915_irq.c gen8_irq_handler().
 */
#include "irq.h"

#include "state.h"

static uint32_t pending(const struct gpu *dev)
{
	uint32_t bits = 0;
	unsigned int i;

	for (i = 0; i < ENGINES; i++) {
		const struct engine_info *info = dev->engine[i].info;
		const uint32_t iir = dev->regs[DWORD(GT_IIR(info->irq_bank))] &
				     dev->regs[DWORD(GT_IER(info->irq_bank))];

		if (iir & 0xffffu << info->irq_shift)
			bits |= info->irq_master;
	}
	return bits;
}

static void update(struct gpu *dev)
{
	const bool level = dev->regs[DWORD(MASTER_IRQ)] & MASTER_ENABLE && pending(dev);

	if (level && !dev->irq_level) {
		dev->counts.interrupts++;
		dev->bus.message(dev->bus.opaque);
	}
	dev->irq_level = level;
}

void irq_raise(struct engine *e, uint32_t bits)
{
	const unsigned int bank = e->info->irq_bank;
	struct gpu *dev = e->dev;

	bits <<= e->info->irq_shift;
	bits &= ~engine_reg(e, RING_IMR) & ~dev->regs[DWORD(GT_IMR(bank))];
	dev->regs[DWORD(GT_IIR(bank))] |= bits;
	update(dev);
}

bool irq_read(const struct gpu *dev, uint32_t offset, uint32_t *value)
{
	if (offset != MASTER_IRQ)
		return false;
	*value = (dev->regs[DWORD(MASTER_IRQ)] & MASTER_ENABLE) | pending(dev);
	return true;
}

bool irq_write(struct gpu *dev, uint32_t offset, uint32_t value)
{
	unsigned int i;

	if (offset == MASTER_IRQ) {
		dev->regs[DWORD(offset)] = value & MASTER_ENABLE;
		update(dev);
		return true;
	}
	for (i = 0; i < GT_BANKS; i++) {
		if (offset == GT_ISR(i))
			return true;
		if (offset == GT_IIR(i))
			dev->regs[DWORD(offset)] &= ~value;
		else if (offset == GT_IER(i) || offset == GT_IMR(i))
			dev->regs[DWORD(offset)] = value;
		else
			continue;
		update(dev);
		return true;
	}
	return false;
}
