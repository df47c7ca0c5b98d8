/* SPDX-License-Identifier: MIT */
/*
 * INTx as VFIO defines it: connects the level-triggered line of the device to an eventfd of the
 * client, and implements the client's MASK and UNMASK.
 *
 * Takes no lock and reads no clock: the caller must serialize the calls, and passes the time (@now,
 * in ns).
 */
#ifndef INTX_H
#define INTX_H

#include <stdbool.h>
#include <stdint.h>

/*
 * How long after UNMASK the driver has to acknowledge the interrupt: if it has not read IIR since
 * the eventfd was signalled, and if it has (then its handler is running, which may take long).
 */
#define INTX_FALLBACK_NS 1000000u
#define INTX_HANDLING_NS 1000000000u

struct intx {
	int fd;             /* the client's eventfd, non-blocking; -1: interrupts are disabled */
	bool level;         /* the device's line */
	bool client_masked; /* by MASK */
	bool fired;         /* automasked: the eventfd was signalled, with no UNMASK since */
	/* Since the eventfd was last signalled: */
	bool handling;      /* the driver has read IIR with the line high */
	bool served;        /* the line went low, or the driver wrote IIR */
	/*
	 * Not 0: the client unmasked with the line high, and the driver has until then (ns) to
	 * acknowledge.
	 */
	uint64_t deadline;
};

void intx_init(struct intx *x);

/*
 * Signals @fd from now on, or nothing if @fd is -1. Takes ownership of @fd and closes the previous
 * file descriptor.
 */
void intx_connect(struct intx *x, int fd);

/*
 * For interrupt() of struct gpu_bus: the line has changed to @level, or the driver wrote IIR and
 * the line is at @level after that.
 */
void intx_line(struct intx *x, bool level);

/* For handling() of struct gpu_bus: the driver has read IIR with the line high. */
void intx_handling(struct intx *x, uint64_t now);

/* The client's MASK, UNMASK, and TRIGGER without an eventfd. */
void intx_mask(struct intx *x);
void intx_unmask(struct intx *x, uint64_t now);
void intx_trigger(struct intx *x);

/* Must be called once x->deadline has passed; does nothing if called earlier. */
void intx_expire(struct intx *x, uint64_t now);

#endif
