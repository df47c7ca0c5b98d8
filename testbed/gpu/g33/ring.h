/* SPDX-License-Identifier: MIT */
/* The ring, and what of it executes. Caller must hold the device's lock. */
#ifndef G33_RING_H
#define G33_RING_H

#include <stdbool.h>
#include <stdint.h>

struct gpu;

/* There is something to execute. */
bool ring_runnable(const struct gpu *dev);
/* Stopped by MI_MODE, or nothing to execute, and not in the middle of a command. */
bool ring_idle(const struct gpu *dev);

/* Bytes from HEAD to TAIL; a TAIL outside of the ring counts as its end. */
uint32_t ring_available(const struct gpu *dev);
/* The dword @n from HEAD on, around the end of the ring. */
uint32_t ring_fetch(struct gpu *dev, unsigned int n);
/* Moves HEAD by @n dwords. */
void ring_advance(struct gpu *dev, unsigned int n);

/* ACTHD: where the command streamer is. */
uint32_t ring_acthd(const struct gpu *dev);
/* Returns false if @offset is no register of this part. */
bool ring_write(struct gpu *dev, uint32_t offset, uint32_t value);

/* The command that executes stops where it is and counts as abandoned: dev->epoch moves. */
void ring_abort(struct gpu *dev);
void ring_reset(struct gpu *dev);

#endif
