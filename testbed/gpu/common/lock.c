// SPDX-License-Identifier: MIT
#include "lock.h"

void gpu_lock_init(struct gpu_lock *lock)
{
	pthread_mutex_init(&lock->mutex, NULL);
	pthread_cond_init(&lock->turn, NULL);
	atomic_init(&lock->arrived, 0);
	lock->served = 0;
}

void gpu_lock_destroy(struct gpu_lock *lock)
{
	pthread_cond_destroy(&lock->turn);
	pthread_mutex_destroy(&lock->mutex);
}

void gpu_lock(struct gpu_lock *lock)
{
	atomic_fetch_add(&lock->arrived, 1);
	pthread_mutex_lock(&lock->mutex);
	lock->served++;
	pthread_cond_broadcast(&lock->turn);
}

void gpu_unlock(struct gpu_lock *lock)
{
	pthread_mutex_unlock(&lock->mutex);
}

void gpu_lock_give_way(struct gpu_lock *lock)
{
	const unsigned int arrived = atomic_load(&lock->arrived);

	/* Threads that arrive later are not waited for: else this loop might never end. */
	while ((int)(lock->served - arrived) < 0)
		pthread_cond_wait(&lock->turn, &lock->mutex);
}
