/* SPDX-License-Identifier: MIT */
/* The 2D blitter. Caller must hold the device's lock. */
#ifndef G33_BLT_H
#define G33_BLT_H

#include <stdbool.h>
#include <stdint.h>

struct gpu;

/*
 * Executes the command @dw, of @len dwords. Returns false if the model does not know it. Gives way
 * between rows, so dev->epoch may have moved on return: then the command was abandoned.
 */
bool blt_execute(struct gpu *dev, const uint32_t *dw, unsigned int len);

#endif
