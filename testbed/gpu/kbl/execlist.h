/* SPDX-License-Identifier: MIT */
/* Contexts: submission, switch, status. Caller must hold the device's lock. */
#ifndef KBL_EXECLIST_H
#define KBL_EXECLIST_H

#include <stdbool.h>
#include <stdint.h>

struct engine;

/* A write to RING_ELSP. */
void execlist_submit(struct engine *e, uint32_t value);

/*
 * Does the context switch that is due, if one is: to a list that was submitted, or from a context
 * that has come to the end of its ring. Returns true if something was switched.
 */
bool execlist_switch(struct engine *e);

/* There is a context and nothing stops it. */
bool execlist_runnable(const struct engine *e);
/* Stopped, or without a context, and not in the middle of a command. */
bool execlist_idle(const struct engine *e);

/* The per-process status page of the context that runs: an address in the GGTT. */
uint32_t execlist_pphwsp(const struct engine *e);
/* Of the ring, in bytes. */
uint32_t execlist_ring_size(const struct engine *e);
/* The ring's next command is at its tail. */
bool execlist_ring_empty(const struct engine *e);
/* ACTHD: where the command streamer is. */
uint64_t execlist_acthd(const struct engine *e);
uint32_t execlist_context_timestamp(const struct engine *e);
uint32_t execlist_timestamp(void);

/* The context that executes is lost; the command that executes is abandoned. */
void execlist_abort(struct engine *e);

#endif
