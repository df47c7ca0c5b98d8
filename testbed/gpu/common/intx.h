/* SPDX-License-Identifier: MIT */
/*
 * INTx as VFIO has it: a level-triggered line of the device on one side, an eventfd of the client
 * and its MASK and UNMASK on the other.
 *
 * Knows no thread and no clock: the caller serializes the calls and says what time it is.
 */
#ifndef INTX_H
#define INTX_H

#include <stdbool.h>
#include <stdint.h>

#define INTX_FALLBACK_NS 1000000u    /* if nobody has looked at IIR since the eventfd was signalled */
#define INTX_HANDLING_NS 1000000000u /* if somebody has: a handler, which takes its time */

struct intx {
	int fd;             /* the client's eventfd, non-blocking; -1: it wants no interrupts */
	bool level;         /* the device's line */
	bool client_masked; /* by MASK */
	bool fired;         /* masked by itself: the eventfd was signalled, the client has not unmasked since */
	bool handling;      /* since the eventfd was last signalled IIR was read with the line high */
	bool served;        /* since the eventfd was last signalled the line went low, or the driver wrote to IIR */
	uint64_t deadline;  /* not 0: unmasked with the line high, and the driver has until then (ns) to acknowledge */
};

void intx_init(struct intx *x);

/* intx_connect - signal @fd from now on; takes it over and closes the one before; -1: signal nothing */
void intx_connect(struct intx *x, int fd);

/* intx_line - for interrupt() of struct gpu_bus: the line has changed, or the driver wrote to IIR and the line is now at @level */
void intx_line(struct intx *x, bool level);

/* intx_handling - for handling() of struct gpu_bus: IIR was read with the line high */
void intx_handling(struct intx *x, uint64_t now);

/* The client's MASK, UNMASK, and TRIGGER without an eventfd. */
void intx_mask(struct intx *x);
void intx_unmask(struct intx *x, uint64_t now);
void intx_trigger(struct intx *x);

/* intx_expire - to be called when x->deadline has come, and at any other time */
void intx_expire(struct intx *x, uint64_t now);

#endif
