/* SPDX-License-Identifier: MIT */
/*
 * The lock of a device. The thread that executes commands holds it nearly all the time, and a mutex
 * is not fair: that thread must call gpu_lock_give_way() to let the waiting threads take the lock.
 */
#ifndef GPU_LOCK_H
#define GPU_LOCK_H

#include <pthread.h>
#include <stdatomic.h>

struct gpu_lock {
	pthread_mutex_t mutex; /* the executing thread may also use it in pthread_cond_wait() */
	pthread_cond_t turn;   /* signalled when served changes */
	atomic_uint arrived;   /* number of calls of gpu_lock() */
	unsigned int served;   /* and how many of them have taken the lock; protected by mutex */
};

void gpu_lock_init(struct gpu_lock *lock);
void gpu_lock_destroy(struct gpu_lock *lock);
void gpu_lock(struct gpu_lock *lock);
void gpu_unlock(struct gpu_lock *lock);

/*
 * Releases the lock until each thread that is waiting for it now has held it, and takes it again.
 * Caller must hold the lock, not necessarily taken by gpu_lock().
 */
void gpu_lock_give_way(struct gpu_lock *lock);

#endif
