/* SPDX-License-Identifier: MIT */
/* The command streamers. Caller must hold the device's lock. */
#ifndef KBL_CS_H
#define KBL_CS_H

struct engine;

/* Executes the next command of @e, which must be runnable with a ring that is not empty. */
void cs_execute(struct engine *e);

#endif
