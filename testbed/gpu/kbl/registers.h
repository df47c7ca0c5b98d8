/* SPDX-License-Identifier: MIT */
/* Registers as memory, without what an access does beyond that. Caller must hold the lock. */
#ifndef KBL_REGISTERS_H
#define KBL_REGISTERS_H

#include <stdbool.h>
#include <stdint.h>

struct gpu;

/* Bits 31:16 of what is written select which of bits 15:0 are. */
bool register_masked(uint32_t offset);
/* Stores @value as the kind of the register has it. */
void register_store(struct gpu *dev, uint32_t offset, uint32_t value);
/* All values after power on. */
void registers_reset(struct gpu *dev);

#endif
