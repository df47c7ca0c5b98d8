/* SPDX-License-Identifier: MIT */
/* Resets. Caller must hold the device's lock. */
#ifndef KBL_RESET_H
#define KBL_RESET_H

#include <stdint.h>

struct engine;
struct gpu;

/* Handles a write to GDRST: resets the engines that it names, or all. Completes at once. */
void reset_write(struct gpu *dev, uint32_t value);
/* Handles a write to RING_RESET_CTL: an engine is always ready for its reset. */
void reset_request(struct engine *e, uint32_t value);

#endif
