/* SPDX-License-Identifier: MIT */
/*
 * One mutex guards all of the device. The command streamer holds it for each command, or for some
 * rows of a blit, and gives way to the threads that wait for it.
 */
#ifndef G33_LOCK_H
#define G33_LOCK_H

struct gpu;

void g33_lock(struct gpu *dev);
void g33_unlock(struct gpu *dev);

/*
 * Lets each thread that waits for the lock have it once. Caller must hold the lock, and holds it
 * again on return; the device may have been reset in between.
 */
void g33_give_way(struct gpu *dev);

#endif
