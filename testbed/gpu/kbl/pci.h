/* SPDX-License-Identifier: MIT */
/* PCI configuration space. Caller must hold the device's lock. */
#ifndef KBL_PCI_H
#define KBL_PCI_H

#include <stdint.h>

struct gpu;

uint8_t pci_read(struct gpu *dev, uint32_t offset);
void pci_write(struct gpu *dev, uint32_t offset, uint8_t value);
void pci_reset(struct gpu *dev);

#endif
