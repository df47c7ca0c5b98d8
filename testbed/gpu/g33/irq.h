/* SPDX-License-Identifier: MIT */
/* Interrupts. Caller must hold the device's lock. */
#ifndef G33_IRQ_H
#define G33_IRQ_H

#include <stdbool.h>
#include <stdint.h>

struct gpu;

/* Latches the events in @bits that IMR does not mask. */
void irq_raise(struct gpu *dev, uint32_t bits);
/* Returns false if @offset is no register of this part. */
bool irq_write(struct gpu *dev, uint32_t offset, uint32_t value);
/* Drives INTA. @acked: tells the bus even if the level has not changed. */
void irq_update(struct gpu *dev, bool acked);

#endif
