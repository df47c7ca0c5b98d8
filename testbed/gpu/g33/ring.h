/* SPDX-License-Identifier: MIT */
/* The ring buffer and its execution state. Caller must hold the device's lock. */
#ifndef G33_RING_H
#define G33_RING_H

#include <stdbool.h>
#include <stdint.h>

struct gpu;

/* Returns true if there is a command to execute and the ring is not stopped. */
bool ring_runnable(const struct gpu *dev);
/*
 * Returns true if no command is executing and none can start: the ring is empty, disabled or
 * stopped by MI_MODE, or TAIL is in the middle of a command. A hung ring is not idle.
 */
bool ring_idle(const struct gpu *dev);

/* Returns the bytes from HEAD to TAIL, both taken modulo the size of the ring. */
uint32_t ring_available(const struct gpu *dev);
/* Returns the dword that is @n dwords after HEAD, wrapping at the end of the ring. */
uint32_t ring_fetch(struct gpu *dev, unsigned int n);
/* Advances HEAD by @n dwords. */
void ring_advance(struct gpu *dev, unsigned int n);

/* Returns ACTHD: the graphics address of the current command, in the ring or the batch. */
uint32_t ring_acthd(const struct gpu *dev);
/* Returns false if @offset is not a register of this part. */
bool ring_write(struct gpu *dev, uint32_t offset, uint32_t value);

/* Abandons the executing command where it is, and increments dev->epoch. */
void ring_abort(struct gpu *dev);
void ring_reset(struct gpu *dev);

#endif
