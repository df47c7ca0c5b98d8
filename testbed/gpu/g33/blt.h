/* SPDX-License-Identifier: MIT */
/* The 2D blitter. Caller must hold the device's lock. */
#ifndef G33_BLT_H
#define G33_BLT_H

#include <stdbool.h>
#include <stdint.h>

struct gpu;

/*
 * Executes the command @dw of @len dwords. May release and retake the lock between rows: if
 * dev->epoch has changed on return, the command was abandoned. Returns false if the model does not
 * implement the command or its length.
 */
bool blt_execute(struct gpu *dev, const uint32_t *dw, unsigned int len);

#endif
