/* SPDX-License-Identifier: MIT */
/* The 2D blitter. Caller must hold the device's lock, which a blit may release between rows. */
#ifndef KBL_BLT_H
#define KBL_BLT_H

#include <stdbool.h>
#include <stdint.h>

struct engine;

/*
 * Executes one 2D command. @space: see mmu.h. Returns false if there is no such command, or none of
 * this length.
 */
bool blt_execute(struct engine *e, uint64_t space, const uint32_t *dw, unsigned int len);

#endif
