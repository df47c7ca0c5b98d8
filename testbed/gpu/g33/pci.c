// SPDX-License-Identifier: MIT
/*
 * PCI configuration space. PCI Local Bus Specification 3.0, chapter 6; Intel 3 Series chipset:
 * device 2, function 0; GDRST from i915's gt/intel_reset.c. Each byte has a mask of its writable
 * bits.
 */
#include "pci.h"

#include <string.h>

#include "irq.h"
#include "ring.h"
#include "state.h"

static void put(struct gpu *dev, uint32_t offset, uint32_t value, unsigned int len)
{
	while (len--) {
		dev->config[offset++] = value;
		value >>= 8;
	}
}

/* The writable bits of a base address register are the address bits above its size. */
static uint32_t bar_mask(unsigned int bar)
{
	static const uint32_t size[] = { G33_MMIO_SIZE, G33_IO_SIZE, G33_APERTURE_SIZE, G33_GTT_SIZE };

	return bar < 4 ? ~(size[bar] - 1) : 0;
}

static uint8_t writable(uint32_t offset)
{
	if (offset >= 0x10 && offset < 0x28)
		return bar_mask((offset - 0x10) / 4) >> (8 * (offset % 4));
	switch (offset) {
	case 0x04: /* command: I/O, memory, bus master */
		return 0x07;
	case 0x05: /* INTx disable */
		return 0x04;
	case 0x0c: /* cache line size */
	case 0x3c: /* interrupt line */
		return 0xff;
	}
	return offset >= 0x40 && !(offset >= ASLS && offset < ASLS + 4) ? 0xff : 0;
}

/*
 * Resets the graphics engine (i915: gt/intel_reset.c g33_do_reset()) and the state that the driver
 * restores afterwards: the ring (gt/intel_ring_submission.c) and the fences
 * (intel_ggtt_restore_fences()). Interrupt registers and the page table keep their contents, as the
 * driver does not rewrite them if the display is disabled.
 */
static void reset_engine(struct gpu *dev)
{
	unsigned int i;

	ring_abort(dev);
	ring_reset(dev);
	for (i = 0; i < FENCE_COUNT; i++)
		dev->regs[DWORD(FENCE_REG(i))] = 0;
	dev->regs[DWORD(MI_MODE)] = 0;
	dev->regs[DWORD(INSTPM)] = 0;
	dev->regs[DWORD(EIR)] = 0;
}

uint8_t pci_read(struct gpu *dev, uint32_t offset)
{
	return dev->config[offset];
}

void pci_write(struct gpu *dev, uint32_t offset, uint8_t value)
{
	const uint8_t mask = writable(offset);

	if (offset == GDRST) {
		/* The reset completes at once: the bit never reads as set. */
		if (value & GDRST_RESET)
			reset_engine(dev);
		return;
	}
	dev->config[offset] = (dev->config[offset] & ~mask) | (value & mask);
	if (offset == 0x05)
		irq_update(dev, false);
}

void pci_reset(struct gpu *dev)
{
	memset(dev->config, 0, sizeof(dev->config));
	put(dev, 0x00, 0x8086, 2);
	put(dev, 0x02, 0x29c2, 2);
	put(dev, 0x08, 0x02, 1);       /* revision */
	put(dev, 0x09, 0x038000, 3);   /* display controller, other: no VGA, so no VGA BIOS */
	put(dev, 0x10, 0, 4);          /* MMADR: memory, 32 bit */
	put(dev, 0x14, 1, 4);          /* I/O */
	put(dev, 0x18, 8, 4);          /* GMADR: memory, 32 bit, prefetchable */
	put(dev, 0x1c, 0, 4);          /* GTTADR: memory, 32 bit */
	put(dev, 0x2c, 0x29c28086, 4); /* subsystem */
	put(dev, 0x3d, 1, 1);          /* INTA */
}
