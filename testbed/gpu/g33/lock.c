// SPDX-License-Identifier: MIT
#include "lock.h"

#include "state.h"

void g33_lock(struct gpu *dev)
{
	atomic_fetch_add(&dev->arrived, 1);
	pthread_mutex_lock(&dev->lock);
	dev->served++;
	pthread_cond_broadcast(&dev->turn);
}

void g33_unlock(struct gpu *dev)
{
	pthread_mutex_unlock(&dev->lock);
}

/*
 * A mutex is not fair: without this the thread that executes a long blit or a spinner takes it
 * again before the one that waits for it wakes up.
 */
void g33_give_way(struct gpu *dev)
{
	const unsigned int arrived = atomic_load(&dev->arrived);

	/* Threads that come later do not count, or this would never return. */
	while ((int)(dev->served - arrived) < 0)
		pthread_cond_wait(&dev->turn, &dev->lock);
}
