// SPDX-License-Identifier: MIT
/*
 * BAR0: reads and writes of registers. To add a register, define its offset in regs.h, with its
 * source, and set its reset value in mmio_reset(). Unless it reads back what was written, give it a
 * kind in kind_of(), or cases in mmio_read(), mmio_write() and mmio_merge().
 */
#include "mmio.h"

#include <string.h>

#include "irq.h"
#include "ring.h"
#include "state.h"

enum kind {
	PLAIN,     /* reads back what was written */
	CLEAR,     /* write one to clear */
	MASKED,    /* bits 31:16 select which of 15:0 are written, and read as zero */
	PIPESTAT,  /* status bits: write one to clear; enable bits: plain */
	CONSTANT,  /* writes have no effect */
};

static enum kind kind_of(uint32_t offset)
{
	switch (offset) {
	case EIR:
	case PORT_HOTPLUG_STAT:
		return CLEAR;
	case MI_MODE:
	case INSTPM:
	case MI_ARB_STATE:
	case CACHE_MODE_0:
	case ECOSKPD:
		return MASKED;
	case PIPEASTAT:
	case PIPEBSTAT:
		return PIPESTAT;
	case INSTDONE:
	case ACTHD:
	case CLKCFG:
	case GMBUS2:
		return CONSTANT;
	default:
		return PLAIN;
	}
}

uint32_t mmio_read(struct gpu *dev, uint32_t offset)
{
	const uint32_t value = dev->regs[DWORD(offset)];

	switch (offset) {
	case MI_MODE:
		return (value & ~MODE_IDLE) | (ring_idle(dev) ? MODE_IDLE : 0);
	case ACTHD:
		return ring_acthd(dev);
	case IIR:
		if (dev->level && dev->bus.handling)
			dev->bus.handling(dev->bus.opaque);
		return value;
	case ISR:
		return 0; /* the only source, the user interrupt, is an event, not a state */
	}
	if (offset >= GPIO_FIRST && offset <= GPIO_LAST)
		return value | GPIO_IN;
	return value;
}

uint32_t mmio_merge(struct gpu *dev, uint32_t offset)
{
	switch (kind_of(offset)) {
	case CLEAR:
	case MASKED:
		return 0;
	case PIPESTAT:
		return dev->regs[DWORD(offset)] & ~PIPESTAT_STATUS;
	default:
		return offset == IIR ? 0 : dev->regs[DWORD(offset)];
	}
}

void mmio_write(struct gpu *dev, uint32_t offset, uint32_t value)
{
	uint32_t *reg = &dev->regs[DWORD(offset)];
	const uint32_t mask = value >> 16;

	if (irq_write(dev, offset, value) || ring_write(dev, offset, value))
		return;

	switch (kind_of(offset)) {
	case PLAIN:
		*reg = value;
		break;
	case CLEAR:
		*reg &= ~value;
		break;
	case MASKED:
		*reg = (*reg & ~mask) | (value & mask);
		if (offset == MI_MODE)
			pthread_cond_broadcast(&dev->work);
		break;
	case PIPESTAT:
		*reg = (*reg & PIPESTAT_STATUS & ~value) | (value & ~PIPESTAT_STATUS);
		break;
	case CONSTANT:
		break;
	}
}

void mmio_reset(struct gpu *dev)
{
	memset(dev->regs, 0, sizeof(dev->regs));
	dev->regs[DWORD(INSTDONE)] = ~0u;
	dev->regs[DWORD(CLKCFG)] = CLKCFG_VALUE;
	dev->regs[DWORD(GMBUS2)] = GMBUS_HW_RDY | GMBUS_NAK;
	dev->regs[DWORD(IMR)] = ~0u;
}
