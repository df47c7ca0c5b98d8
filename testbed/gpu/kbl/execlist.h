/* SPDX-License-Identifier: MIT */
/* Submission, switch and status of contexts. Caller must hold the device's lock. */
#ifndef KBL_EXECLIST_H
#define KBL_EXECLIST_H

#include <stdbool.h>
#include <stdint.h>

struct engine;

/* Handles a write to RING_ELSP. */
void execlist_submit(struct engine *e, uint32_t value);

/*
 * Does a context switch if one is due: to a list that was submitted, or from a context at the end
 * of its ring. Returns true if it did.
 */
bool execlist_switch(struct engine *e);

/* Returns true if a context is loaded and the engine is neither stopped nor hung. */
bool execlist_runnable(const struct engine *e);
/* Returns true if the engine is stopped or has no context, and executes no command. */
bool execlist_idle(const struct engine *e);

/* Returns the GGTT address of the per-process status page of the running context. */
uint32_t execlist_pphwsp(const struct engine *e);
/* Returns the size of the ring in bytes. */
uint32_t execlist_ring_size(const struct engine *e);
/* Returns true if HEAD is at TAIL and no batch executes. */
bool execlist_ring_empty(const struct engine *e);
/* Returns ACTHD: the address of the current command, in the ring or a batch. */
uint64_t execlist_acthd(const struct engine *e);
uint32_t execlist_context_timestamp(const struct engine *e);
uint32_t execlist_timestamp(void);

/* Drops the loaded context and the submitted list, and abandons the executing command. */
void execlist_abort(struct engine *e);

#endif
