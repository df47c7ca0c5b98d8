/* SPDX-License-Identifier: MIT */
/* Interrupts. Caller must hold the device's lock. */
#ifndef KBL_IRQ_H
#define KBL_IRQ_H

#include <stdbool.h>
#include <stdint.h>

struct engine;
struct gpu;

/* An engine has an event; @bits as in the lower half of its bank (GT_USER_INTERRUPT ...). */
void irq_raise(struct engine *e, uint32_t bits);

/* The registers. Return false if @offset is none of them. */
bool irq_read(const struct gpu *dev, uint32_t offset, uint32_t *value);
bool irq_write(struct gpu *dev, uint32_t offset, uint32_t value);

#endif
