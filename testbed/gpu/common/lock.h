/* SPDX-License-Identifier: MIT */
/*
 * The lock of a device. The thread that executes commands holds it nearly all the time, and a mutex
 * is not fair: that thread calls gpu_lock_give_way() to let the threads that wait have their turn.
 */
#ifndef GPU_LOCK_H
#define GPU_LOCK_H

#include <pthread.h>
#include <stdatomic.h>

struct gpu_lock {
	pthread_mutex_t mutex; /* for pthread_cond_wait() of the thread that executes */
	pthread_cond_t turn;   /* served has moved */
	atomic_uint arrived;   /* how many times the lock was asked for, */
	unsigned int served;   /* and taken */
};

void gpu_lock_init(struct gpu_lock *lock);
void gpu_lock_destroy(struct gpu_lock *lock);
void gpu_lock(struct gpu_lock *lock);
void gpu_unlock(struct gpu_lock *lock);

/*
 * Releases the lock until each thread that waits for it now has had it. Caller must hold the lock,
 * not necessarily taken by gpu_lock().
 */
void gpu_lock_give_way(struct gpu_lock *lock);

#endif
