/* SPDX-License-Identifier: MIT */
/* Interrupts. Caller must hold the device's lock. */
#ifndef KBL_IRQ_H
#define KBL_IRQ_H

#include <stdbool.h>
#include <stdint.h>

struct engine;
struct gpu;

/* Raises events of @e. @bits: as in the lower half of a bank (GT_USER_INTERRUPT ...). */
void irq_raise(struct engine *e, uint32_t bits);

/* Return false if @offset is not a register of this part. */
bool irq_read(const struct gpu *dev, uint32_t offset, uint32_t *value);
bool irq_write(struct gpu *dev, uint32_t offset, uint32_t value);

#endif
