/* SPDX-License-Identifier: MIT */
/* Interrupts. Caller must hold the device's lock. */
#ifndef G33_IRQ_H
#define G33_IRQ_H

#include <stdbool.h>
#include <stdint.h>

struct gpu;

/* Sets in IIR those of @bits that IMR does not mask. */
void irq_raise(struct gpu *dev, uint32_t bits);
/* Returns false if @offset is not a register of this part. */
bool irq_write(struct gpu *dev, uint32_t offset, uint32_t value);
/* Updates INTA. Tells the bus if the level has changed, and always with @acked. */
void irq_update(struct gpu *dev, bool acked);

#endif
