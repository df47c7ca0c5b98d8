/* SPDX-License-Identifier: MIT */
/* Storage of registers, without side effects. Caller must hold the device's lock. */
#ifndef KBL_REGISTERS_H
#define KBL_REGISTERS_H

#include <stdbool.h>
#include <stdint.h>

struct gpu;

/* Returns true if bits 31:16 of a write select which of bits 15:0 are written. */
bool register_masked(uint32_t offset);
/* Stores @value according to the kind of the register. */
void register_store(struct gpu *dev, uint32_t offset, uint32_t value);
/* Sets all registers to their values after power on. */
void registers_reset(struct gpu *dev);

#endif
