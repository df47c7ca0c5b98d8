// SPDX-License-Identifier: MIT
/*
 * Interrupts. PRM vol. 1, "Interrupt Control Registers": an event sets its bit in IIR if IMR does
 * not mask it; INTA is high while IIR has a bit that IER enables. Software clears bits of IIR by
 * writing ones.
 */
#include "irq.h"

#include "state.h"

#define PCI_COMMAND              0x04
#define   PCI_COMMAND_INTX_OFF_1 (1u << 2) /* of its second byte: bit 10 */

void irq_update(struct gpu *dev, bool acked)
{
	const bool off = dev->config[PCI_COMMAND + 1] & PCI_COMMAND_INTX_OFF_1;
	const bool level = !off && (dev->regs[DWORD(IIR)] & dev->regs[DWORD(IER)]);

	if (level && !dev->level)
		dev->counts.interrupts++;
	if (level != dev->level || acked) {
		dev->level = level;
		dev->bus.interrupt(dev->bus.opaque, level);
	}
}

void irq_raise(struct gpu *dev, uint32_t bits)
{
	dev->regs[DWORD(IIR)] |= bits & ~dev->regs[DWORD(IMR)];
	irq_update(dev, false);
}

bool irq_write(struct gpu *dev, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case IIR:
		dev->regs[DWORD(IIR)] &= ~value;
		irq_update(dev, true);
		return true;
	case IER:
	case IMR:
		dev->regs[DWORD(offset)] = value;
		irq_update(dev, false);
		return true;
	case ISR:
		return true;
	}
	return false;
}
