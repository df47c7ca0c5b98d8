/* SPDX-License-Identifier: MIT */
/* The command streamer. Caller must hold the device's lock. */
#ifndef G33_CS_H
#define G33_CS_H

struct gpu;

/* Executes one command from the ring or the batch. ring_runnable() must be true. */
void cs_execute(struct gpu *dev);

#endif
