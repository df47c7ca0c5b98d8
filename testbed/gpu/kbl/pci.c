// SPDX-License-Identifier: MIT
/*
 * The configuration space: identity, sizes of the BARs, MSI and power management capabilities, size
 * of the GGTT. PRM vol. 2c, "PCI"; i915: i915_pci.c, gt/intel_ggtt.c gen8_get_total_gtt_size(). The
 * client (QEMU) emulates the BARs and the MSI address itself.
 */
#include "pci.h"

#include <string.h>

#include "state.h"

#define MSI_CONTROL (PCI_MSI + 2)
#define PM_CONTROL  (PCI_PM + 4)

static void put(struct gpu *dev, uint32_t offset, uint32_t value, unsigned int bytes)
{
	while (bytes--) {
		dev->config[offset++] = value;
		value >>= 8;
	}
}

/* Returns the writable bits of the byte at @offset. */
static uint8_t writable(uint32_t offset)
{
	switch (offset) {
	case 0x04: return 0x07; /* I/O, memory, bus master */
	case 0x05: return 0x04; /* INTx off */
	case 0x0c: case 0x0d: case 0x3c: return 0xff;
	case 0x13: return 0xff; /* BAR0: 16 MiB */
	case 0x14: case 0x15: case 0x16: case 0x17: return 0xff;
	case 0x1b: return 0xf0; /* BAR2: 256 MiB */
	case 0x1c: case 0x1d: case 0x1e: case 0x1f: return 0xff;
	case MSI_CONTROL: return 0x01;
	case PCI_MSI + 4: return 0xfc;
	case PCI_MSI + 5: case PCI_MSI + 6: case PCI_MSI + 7: return 0xff;
	case PCI_MSI + 8: case PCI_MSI + 9: return 0xff;
	case PM_CONTROL: return 0x03;
	case 0xfc: case 0xfd: case 0xfe: case 0xff: return 0xff; /* ASLS */
	}
	return 0;
}

uint8_t pci_read(struct gpu *dev, uint32_t offset)
{
	return dev->config[offset];
}

void pci_write(struct gpu *dev, uint32_t offset, uint8_t value)
{
	const uint8_t mask = writable(offset);

	dev->config[offset] = (dev->config[offset] & ~mask) | (value & mask);
}

void pci_reset(struct gpu *dev)
{
	memset(dev->config, 0, sizeof(dev->config));
	put(dev, 0x00, 0x8086, 2);
	put(dev, 0x02, 0x5912, 2);
	put(dev, 0x06, 0x0010, 2);     /* status: has capabilities */
	put(dev, 0x08, 0x04, 1);       /* revision: C0 or later; i915: intel_step.c */
	put(dev, 0x09, 0x038000, 3);   /* display controller, other: no VGA */
	put(dev, 0x10, 0x4, 4);        /* GTTMMADR: memory, 64 bit */
	put(dev, 0x18, 0xc, 4);        /* GMADR: memory, 64 bit, prefetchable */
	put(dev, 0x2c, 0x59128086, 4); /* subsystem */
	put(dev, 0x34, PCI_MSI, 1);    /* no interrupt pin: only MSI */
	put(dev, PCI_GGC, GGC_GTT_2M, 2);
	put(dev, PCI_MSI, 0x05 | PCI_PM << 8, 2); /* one vector, 32 bit */
	put(dev, PCI_PM, 0x01, 2);
	put(dev, PCI_PM + 2, 0x0022, 2); /* version 2 */
	put(dev, PM_CONTROL, 0x0008, 2); /* no reset between D3hot and D0 */
}
