/* SPDX-License-Identifier: MIT */
/*
 * The protocol between gathering, invalidation and cancelling of a userptr, as the series implements it, for Spin.
 *
 * One object, ACQUIRERS threads that use it (execbuf, set-domain), INVALIDATIONS that can be under way at a time, the task
 * cancel_userptr() with its workqueue and fence callback, the GPU, the shrinker, close and free, the exit of the mm, and the drain
 * when the driver goes away. Each thread goes round for ever or stops whenever it likes, so that the result holds for any number of
 * invalidations and submissions one after the other, and for each way to be quiet at the end.
 *
 * Checked: the assertions, each with the property (P1 to P10) that it stands for; that nobody waits for ever; and, in a search of its
 * own, that nothing goes round for ever unless there are invalidations, or a call returns to its caller (the labels named progress).
 *
 * What is coarser than the code, and why that hides nothing
 *
 * - A sequence number is only ever compared with what seq is now, and being 64 bits wide never comes back to a value. So a copy of it
 *   is modelled as "is still the current one" (NOW, sample) or not (OLD): seq++ makes all copies old.
 * - In the same way pages are GOOD, i.e. what the page tables of the process have there, or GONE. The object has a single page; what is
 *   checked is said of each page by itself, and an invalidation need not change it, as if it hit the other pages of the object.
 * - A section under the spinlock is atomic, as nothing in it waits. The callback is a d_step, in which Spin calls waiting an error: P1.
 *   A lock is taken in one step with the section after it, and given back in one with that before it. Nobody can tell.
 * - Unbinding is waiting for the GPU and for vm->mutex to be free, in one step with userptr_forget(): under the object lock nothing can
 *   make the object busy or bound again.
 * - A thread has one request at a time. It holds a reference to the object until it is done, as an active vma does. The requests are
 *   all that makes the object busy, both for dma_resv and for the vma.
 * - Memory is sequentially consistent. What the code reads without a lock is the list of fences and the wait queue.
 * - The address space has two pages, of which the object is the second. A range is one of them; a range of both does nothing that the
 *   second alone does not.
 *
 * Not in the model: vmas that are pinned (then userptr_detach() fails, and the pages stay until the next use), marking pages dirty,
 * more than one object, suspend (it only delays the task), the life of the notifier itself.
 *
 * How to run: tests/model/run.sh. Each switch below takes one thing away, with spin -D. Spin has to find an error then, in the part of the
 * model that is named (see there), and one that says this property; "stuck" is somebody who waits for ever, "cycle" a round without
 * progress. Switches named as a patch in tests/mutants/ do what that patch does.
 *
 * switch: begin-does-not-wait               SMALL  P5    invalidations under way are not looked at (one half of the first hole of 2015)
 * switch: publish-does-not-check            SMALL  P5    pages are published whatever happened since (the other half)
 * switch: hole-of-2015-stale-publish        SMALL  P5    both
 * switch: task-does-not-look-first          SMALL  P6    the task takes the pages away without a look at seq
 * switch: task-does-not-look-again          SMALL  P6    ... without a second look, with the object lock held
 * switch: hole-of-2015-late-task            SMALL  P6    ... and whoever gathers only asks whether the work is pending
 * switch: callback-does-not-queue           SMALL  P2    pages that were hit are left where they are
 * switch: queue-without-reference           LIFE   P3    the task has no reference to the object
 * switch: reference-each-time               SMALL  P3    cancel_queued is not looked at
 * switch: reference-to-the-dead             LIFE   P3    a reference is taken though the last one is gone
 * switch: leaving-does-not-move-seq         PAIR   P9    userptr_forget() leaves the tree, and seq as it is
 * switch: publish-looks-at-the-tree         PAIR   P5    being in the tree is taken for an unchanged seq
 * switch: walk-passes-over-gathering        SMALL  P5    the callback leaves objects without pages alone
 * switch: start-does-not-widen              SPANS  P5    the span is that of the last start
 * switch: end-does-not-wake                 SMALL  stuck who waits for the end of an invalidation is not told of it
 * switch: begin-looks-before-it-queues      SMALL  stuck the count is looked at before one is on the wait queue
 * switch: idle-in-the-tree                  SMALL  P9    userptr_abandon() does nothing
 * switch: abandon-does-not-look             PAIR   P2    userptr_abandon() takes the object out of the tree whoever else needs it there
 * switch: submit-done-does-not-check        SMALL  P5    a batch is let run whatever became of the pages
 * switch: get-pages-takes-stale             SMALL  P4    get_pages() does not look whether the pages have been hit
 * switch: callback-takes-object-lock        LOCKS  stuck the callback takes the lock of the object it meets
 * switch: callback-takes-vm-mutex           LOCKS  stuck ... or vm->mutex
 * switch: callback-waits-for-gpu            LOCKS  stuck ... or waits for the GPU, as from 5.13 to 6.8
 * switch: callback-drops-lock-in-walk       SMALL  P9    ... or drops the spinlock between finding an object and taking it out of the tree
 * switch: gathers-under-the-object-lock     LOCKS  stuck pages are gathered with the object lock held
 * switch: task-does-not-wait                SMALL  P2    the task looks at no fence
 * switch: task-does-not-wait-for-all        SMALL  P2    the task waits for one fence only, and does not look again under the lock
 * switch: task-does-not-test-under-lock     SMALL  P2    the task does not look again under the lock
 * switch: task-waits-in-a-thread            SMALL  P2    the task waits for the GPU by itself
 * switch: task-waits-under-the-lock         SMALL  P2    ... with the object lock held
 * switch: task-clears-queued-late           SMALL  P2    cancel_queued is cleared when all is done, not when seq is read
 * switch: unbind-does-not-wait              SMALL  P2    pages are taken away from under the GPU, by whoever
 * switch: exit-does-not-cancel              LIFE   P10   the exit of the mm cancels nothing
 * switch: driver-does-not-drain             LIFE   P10   the driver goes without waiting for the tasks
 * switch: task-does-not-count-down          SMALL  P3    a task that has cancelled something is counted for ever
 * switch: count-drops-before-put            LIFE   P10   the task is no longer counted while it still has its reference
 * switch: submit-init-leaves-it-to-the-task PAIR   cycle stale pages are not taken away in line: -EAGAIN until the task has run
 *
 * Mutants that have no switch:
 *
 * no switch: callback-allocates            memory is not in the model
 * no switch: callback-fails-non-blockable  what mm/ does with an error is not in the model
 * no switch: create-leaks-the-object       the object is there when the model begins
 * no switch: create-takes-mmap-lock        the object is there when the model begins
 * no switch: exit-does-not-synchronize     the life of the notifier is not in the model
 * no switch: failed-get-pages-keeps-pins   no allocation fails in the model
 * no switch: file-does-not-keep            the life of the notifier is not in the model
 * no switch: file-serves-other-processes   the life of the notifier is not in the model
 * no switch: gather-forgets-unpin          the object has a single page: it is gathered or not, never half
 * no switch: holder-keeps-its-reference    the life of the notifier is not in the model
 * no switch: task-loses-dirt               dirty pages are not in the model
 * no switch: tasks-run-in-suspend          suspend is not in the model
 * no switch: workqueue-goes-with-the-device the life of the workqueue is not in the model
 *
 * Functions that touch the same fields and are left out of the model:
 *
 * left out: i915_gem_init_userptr               makes the workqueue
 * left out: i915_gem_cleanup_userptr            destroys it
 * left out: i915_gem_flush_userptr              waits for what is queued, for debugfs
 * left out: i915_gem_userptr_create             nobody else has the object yet
 * left out: i915_gem_userptr_init__mmu_notifier the same
 * left out: i915_mmu_notifier_alloc             nobody else has the notifier yet
 * left out: i915_mmu_notifier_free              nobody has it any more
 *
 * Statements that are not reached in any part: in which proctype, how many, which, and why.
 *
 * unreached: gpu 1 -end-                   it goes round for ever
 * unreached: task 1 -end-                  as well
 * unreached: shrinker 1 -end-              as well
 * unreached: acquirer 1 freeing = 1        at -EAGAIN from submit_done() the request has a reference, too
 */

/*
 * The whole is too large for every day, so there are parts of it. PAIR and SPANS: no lock of mm/ or of the driver is held around an
 * invalidation, so that it can come at any moment; two threads and one invalidation at a time, or the other way round. LOCKS: such locks
 * are held; one thread, two invalidations. LIFE: close, free, the exit of the mm and the drain; as many. All states of these are
 * searched. RACES: PAIR with two invalidations, by hand. SMALL: one of each, for the switches. With none of these names given everything
 * is in.
 */
#if defined(RACES)
#define WITHOUT_LIFE
#define WITHOUT_LOCKS
#elif defined(PAIR)
#define NR_INVALIDATIONS 1
#define WITHOUT_LIFE
#define WITHOUT_LOCKS
#elif defined(SPANS)
#define NR_ACQUIRERS 1
#define WITHOUT_LIFE
#define WITHOUT_LOCKS
#elif defined(LOCKS)
#define NR_ACQUIRERS 1
#define WITHOUT_LIFE
#elif defined(LIFE)
#define NR_ACQUIRERS 1
#define WITHOUT_LOCKS
#elif defined(SMALL)
#define NR_ACQUIRERS 1
#define NR_INVALIDATIONS 1
#define WITHOUT_LIFE
#define WITHOUT_LOCKS
#endif
#ifndef NR_ACQUIRERS
#define NR_ACQUIRERS 2
#endif
#ifndef NR_INVALIDATIONS
#define NR_INVALIDATIONS 2
#endif
#ifndef ACQUIRERS
#define ACQUIRERS NR_ACQUIRERS
#endif
#ifndef INVALIDATIONS
#define INVALIDATIONS NR_INVALIDATIONS
#endif

#ifdef HOLE_OF_2015_STALE_PUBLISH
#define BEGIN_DOES_NOT_WAIT
#define PUBLISH_DOES_NOT_CHECK
#endif
#ifdef HOLE_OF_2015_LATE_TASK
#define TASK_DOES_NOT_LOOK_FIRST
#endif

/* What is under the spinlock. */
byte count;			/* mn->active */
byte start, last;		/* mn->start, mn->last; zero while there is no invalidation, as nobody reads them then */
bit intree;			/* obj->userptr.it */
byte pages_seq;			/* obj->userptr.pages_seq: */
#define NONE 0			/* zero */
#define OLD 1			/* not zero and not seq */
#define NOW 2			/* seq */
bit sample[ACQUIRERS];		/* the seq of userptr_begin() is the current one */
bit cancel_queued;		/* obj->userptr.cancel_queued */

/* What is not. */
bit waiting[ACQUIRERS];		/* on the wait queue mn->idle, and not woken */
bit object_lock, vm_mutex, mmap_lock;
bit pending;			/* cancel_work is pending */
bit running;			/* ... and this is the task */
byte callback;			/* cancel_cb is on the fence of thread callback - 1 */
bit fence_held;			/* obj->userptr.cancel_fence */
byte refs = 1;			/* obj->base.refcount, at first the handle's */
byte cancels;			/* i915->mm.userptr_cancels */
bit handle = 1;
bit freeing, freed;

byte request[ACQUIRERS];	/* the one of each thread, its fence is in obj->base.resv until it is done: */
#define BUILT 1			/* not yet submitted, so its fence cannot signal yet */
#define SKIPPED 2		/* the batch is not executed, as submit_done() said -EAGAIN */
#define RUNS 3			/* the batch uses the pages */
bit resetting;			/* no request is done before the reset is */

byte pages;			/* obj->userptr.pvec, obj->mm.pages: NONE or */
byte pvec[ACQUIRERS];		/* what a thread has gathered: NONE or */
#define GOOD 1			/* as in the page tables of the process */
#define GONE 2			/* not in there any more */
bit hit;			/* an invalidation has hit these pages since they were published */

bit mm_gone;
byte users = ACQUIRERS;		/* threads of the process that have not stopped */
byte stopped;			/* threads that have stopped */

#define FRESH (pages_seq == NOW)	/* models: userptr_is_fresh() */
#define STALE (pages_seq == OLD)	/* models: userptr_is_stale() */

#if ACQUIRERS == 1
#define IS_IDLE (!request[0])
#define USES_PAGES (request[0] == RUNS)
#elif ACQUIRERS == 2
#define IS_IDLE (!request[0] && !request[1])
#define USES_PAGES (request[0] == RUNS || request[1] == RUNS)
#else
#define IS_IDLE (!request[0] && !request[1] && !request[2])
#define USES_PAGES (request[0] == RUNS || request[1] == RUNS || request[2] == RUNS)
#endif
#ifdef WITHOUT_LOCKS
#define VM_MUTEX_IS_FREE true
#else
#define VM_MUTEX_IS_FREE !vm_mutex
#endif

inline put()
{
	assert(refs > 0);			/* P3: a reference that nobody had is put */
	refs--;
	if
	:: refs == 0 ->
		assert(!freeing);		/* P3: the object is freed twice */
		freeing = 1
	:: else
	fi
}

inline seq_moves()
{
	sample[0] = 0;
#if ACQUIRERS > 1
	sample[1] = 0;
#endif
#if ACQUIRERS > 2
	sample[2] = 0;
#endif
	pages_seq = (FRESH -> OLD : pages_seq)
}

/* models: userptr_leave_tree() */
inline leave_tree()
{
	assert(intree);				/* P9: a node that is in no tree is removed from it */
	intree = 0;
	seq_moves()
}

/* models: userptr_queue_cancel() */
inline queue_cancel()
{
	if
#ifndef REFERENCE_EACH_TIME
	:: cancel_queued
#endif
#if !defined(QUEUE_WITHOUT_REFERENCE) && !defined(REFERENCE_TO_THE_DEAD)
	:: refs == 0
#endif
	:: else ->
#ifndef QUEUE_WITHOUT_REFERENCE
		refs++;
#endif
		cancel_queued = 1;
		cancels++;
		assert(!pending && !callback);	/* P3: the task is queued twice */
		pending = 1
	fi
}

/* models: i915_mmu_notifier_cancel() */
inline cancel_range(first, end)
{
	if
#ifdef WALK_PASSES_OVER_GATHERING
	:: intree && first <= 1 && end >= 1 && pages_seq ->
#else
	:: intree && first <= 1 && end >= 1 ->
#endif
		leave_tree();
#ifndef CALLBACK_DOES_NOT_QUEUE
		if
		:: pages_seq -> queue_cancel()
		:: else
		fi
#endif
	:: else
	fi
}

/* The same for who knows that the pages are not fresh. */
inline forget_stale()
{
	assert(!FRESH);				/* P6: fresh pages are taken away */
	pages_seq = NONE
}

/* models: userptr_forget() */
inline forget()
{
	if
#ifdef LEAVING_DOES_NOT_MOVE_SEQ
	:: FRESH -> intree = 0
#else
	:: FRESH -> leave_tree()
#endif
	:: else
	fi;
	pages_seq = NONE
}

inline wait_for_gpu(by_task)
{
	assert(!by_task || IS_IDLE);		/* P2: the task waits for the GPU */
	IS_IDLE
}

/*
 * With the object lock held, which it gives back. What is unpinned is not looked at by anybody, so this can be a part of it.
 *
 * models: userptr_detach()
 * models: userptr_finish_pages()
 * models: userptr_unpin()
 */
inline detach(by_task)
{
#ifndef UNBIND_DOES_NOT_WAIT
	wait_for_gpu(by_task);
#endif
	VM_MUTEX_IS_FREE;
	if
	:: pages ->
		assert(!USES_PAGES);		/* P2: pages are unpinned that the GPU uses */
		assert(!by_task || hit);	/* P6: the task takes pages away that no invalidation has hit */
		forget_stale();
		pages = NONE;
		hit = 0
	:: else
	fi;
	object_lock = 0
}

/*
 * A thread that uses the object in execbuf or set-domain. The failures are those of a signal, of a range that is not all there, and of
 * memory: they return to the caller. Whether a wait will be cut short by a signal is decided before it begins, so that a signal is not
 * what saves one who would else wait for ever.
 */
proctype acquirer(byte me)
{
again:
	if
	:: atomic { users--; stopped++; goto stop }
	:: atomic { handle -> refs++ }
	fi;

	/* models: i915_gem_object_userptr_submit_init() */
	/* models: i915_gem_object_userptr_validate() */
	/* models: userptr_check() */
	atomic {
		!object_lock;
		if
		:: FRESH -> goto submit
		:: else -> object_lock = 1
		fi
	}
	if
#ifdef SUBMIT_INIT_LEAVES_IT_TO_THE_TASK
	:: atomic { pages -> object_lock = 0; put(); goto again }
	:: atomic { !pages -> object_lock = 0 }
#else
	:: atomic { skip; detach(0) }
#endif
	:: atomic { object_lock = 0; goto failed }
	fi;

	/* models: userptr_begin() */
	/* models: userptr_try_begin() */
begin:
#ifdef BEGIN_LOOKS_BEFORE_IT_QUEUES
	if
	:: atomic { count && start <= 1 && last >= 1 -> skip }
	:: atomic { !(count && start <= 1 && last >= 1) -> intree = 1; sample[me] = 1; goto gather }
	fi;
	waiting[me] = 1;
#else
	waiting[me] = 1;
	atomic {
		if
#ifdef HOLE_OF_2015_LATE_TASK
		:: pending -> waiting[me] = 0; put(); goto again
#endif
#ifndef BEGIN_DOES_NOT_WAIT
		:: count && start <= 1 && last >= 1
		:: count && start <= 1 && last >= 1 -> waiting[me] = 0; goto failed
#endif
		:: else ->
			waiting[me] = 0;
			intree = 1;
			sample[me] = 1;
			goto gather
		fi
	}
#endif
	atomic { !waiting[me]; goto begin };

	/* models: userptr_gather() */
gather:
#ifdef GATHERS_UNDER_THE_OBJECT_LOCK
	atomic { !object_lock; object_lock = 1 }
#endif
	if
	:: pvec[me] = GOOD		/* without a lock, from the page tables */
#ifndef WITHOUT_LOCKS
	:: atomic { skip; !mmap_lock; pvec[me] = GOOD }
#endif
#ifdef GATHERS_UNDER_THE_OBJECT_LOCK
	:: atomic { object_lock = 0; goto abandon_failed }
#else
	:: goto abandon_failed
#endif
	fi;
#ifdef GATHERS_UNDER_THE_OBJECT_LOCK
	object_lock = 0;
#endif

	/* models: userptr_publish() */
	atomic {
		!object_lock;
		if
		:: goto abandon_failed
		:: pages && FRESH -> pvec[me] = NONE; goto submit
		:: pages && !FRESH -> goto abandon
		:: !pages
		fi;
		if
#ifdef PUBLISH_DOES_NOT_CHECK
		:: true ->
#else
#ifdef PUBLISH_LOOKS_AT_THE_TREE
		:: intree ->
#else
		:: sample[me] ->
#endif
#endif
			pages_seq = NOW;
			hit = 0;
			object_lock = 1
#ifndef PUBLISH_DOES_NOT_CHECK
		:: else -> goto abandon
#endif
		fi
	}

	/* models: i915_gem_userptr_get_pages() */
	atomic {
		if
#ifdef GET_PAGES_TAKES_STALE
		:: true ->
#else
		:: FRESH ->
#endif
			assert(!hit);		/* P4: get_pages() takes pages that have been hit */
			pages = pvec[me];
			pvec[me] = NONE;
			object_lock = 0;
			goto submit
#ifndef GET_PAGES_TAKES_STALE
		:: !FRESH
#endif
		:: goto forget_failed
		fi
	}
	atomic { forget_stale(); hit = 0; object_lock = 0; goto abandon }
forget_failed:
	atomic { forget(); hit = 0; object_lock = 0; goto abandon_failed }

	/* models: userptr_abandon() */
abandon:
	atomic {
		pvec[me] = NONE;
#ifndef IDLE_IN_THE_TREE
		if
#ifdef ABANDON_DOES_NOT_LOOK
		:: intree -> leave_tree()
#else
		:: sample[me] && !FRESH -> leave_tree()
#endif
		:: else
		fi;
#endif
		sample[me] = 0;
		put();
		goto again
	}
abandon_failed:
	atomic {
		pvec[me] = NONE;
#ifndef IDLE_IN_THE_TREE
		if
#ifdef ABANDON_DOES_NOT_LOOK
		:: intree -> leave_tree()
#else
		:: sample[me] && !FRESH -> leave_tree()
#endif
		:: else
		fi;
#endif
	}
failed:
	goto progress_returned;

	/* execbuf: with the object lock held, from adding the request to the fences of the object on until after submit_done(). */
submit:
	if
	:: goto progress_returned	/* it was set-domain */
	:: atomic {
		skip;
		!object_lock && !request[me];
		if
		:: pages ->
			object_lock = 1;
			request[me] = BUILT;
			refs++
		:: else ->		/* get_pages() says -EAGAIN */
			sample[me] = 0;
			put();
			goto again
		fi
	   }
	fi;

	/* models: i915_gem_object_userptr_submit_done() */
	atomic {
		object_lock = 0;
		if
#ifdef SUBMIT_DONE_DOES_NOT_CHECK
		:: true ->
#else
		:: FRESH ->
#endif
			assert(pages == GOOD);	/* P5, P8: the GPU is given pages that the process no longer has */
			request[me] = RUNS
#ifndef SUBMIT_DONE_DOES_NOT_CHECK
		:: else ->
			request[me] = SKIPPED;
			sample[me] = 0;
			put();
			goto again
#endif
		fi
	}

progress_returned:
	atomic { sample[me] = 0; put(); goto again }
stop:	skip
}

/*
 * The mm changes a range. The first holds mmap_lock. The others are the driver itself, that revokes a mmap of another object which lies
 * over the range: with vm->mutex, with the locks of an execbuf, in a page fault, or in a reset, without which the GPU goes no further.
 */
proctype invalidation(byte me)
{
	byte range;
	bit idle;
	byte locks;
#ifdef CALLBACK_DROPS_LOCK_IN_WALK
	bit found;
#endif
#define UNMAPS 1
#define WITH_VM_MUTEX 2
#define IN_EXECBUF 3
#define IN_FAULT 4
#define IN_RESET 5

again:
	atomic {
		idle = 0;
		if
		:: range = 0
		:: range = 1
		:: range = 0; locks = 0; stopped++; goto stop
		fi;
#ifndef WITHOUT_LOCKS
		if
		:: me == 0 -> locks = UNMAPS
		:: me > 0 -> locks = WITH_VM_MUTEX
		:: me > 0 -> locks = IN_EXECBUF
		:: me > 0 -> locks = IN_FAULT
		:: me > 0 && USES_PAGES && !resetting -> resetting = 1; locks = IN_RESET
		fi
#endif
	}
#ifndef WITHOUT_LOCKS
	if
	:: atomic { locks == UNMAPS && !mmap_lock -> mmap_lock = 1 }
	:: atomic { locks == WITH_VM_MUTEX && !vm_mutex -> vm_mutex = 1 }
	:: atomic { locks == IN_EXECBUF && !object_lock -> object_lock = 1 };
	   atomic { !vm_mutex; vm_mutex = 1 }
	:: atomic { locks == IN_FAULT && !mmap_lock -> mmap_lock = 1 };
	   atomic { !object_lock; object_lock = 1 }
	:: locks == IN_RESET
	fi;
#endif
#ifdef CALLBACK_TAKES_OBJECT_LOCK
	!(intree && range == 1 && object_lock);
#endif
#ifdef CALLBACK_TAKES_VM_MUTEX
	!(intree && range == 1 && vm_mutex);
#endif
#ifdef CALLBACK_WAITS_FOR_GPU
	!(intree && range == 1) || IS_IDLE;
#endif
	/* models: i915_mmu_notifier_invalidate_range_start() */
progress_start:
	d_step {
		if
		:: mm_gone
		:: else ->
			if
#ifndef START_DOES_NOT_WIDEN
			:: count ->
				start = (range < start -> range : start);
				last = (range > last -> range : last)
#endif
			:: else ->
				start = range;
				last = range
			fi;
			count++;
#ifdef CALLBACK_DROPS_LOCK_IN_WALK
			found = intree && range == 1
#else
			hit = hit || (range == 1 && pages_seq);
			cancel_range(range, range)
#endif
		fi
	}
#ifdef CALLBACK_DROPS_LOCK_IN_WALK
	atomic {
		if
		:: found ->
			hit = hit || pages_seq;
			leave_tree();
			if
			:: pages_seq -> queue_cancel()
			:: else
			fi
		:: else
		fi
	}
#endif

	/* The page tables change, at any time and as often as it likes. */
	do
	:: range == 1 -> atomic {
		assert(!FRESH);			/* P5: pages are taken for fresh that the process no longer has */
		pages = (pages -> GONE : NONE);
		pvec[0] = (pvec[0] -> GONE : NONE);
#if ACQUIRERS > 1
		pvec[1] = (pvec[1] -> GONE : NONE);
#endif
#if ACQUIRERS > 2
		pvec[2] = (pvec[2] -> GONE : NONE);
#endif
	   }
#ifdef PROGRESS
progress_change:
	   skip
#endif
	:: break
	od;
	skip;	/* Spin has no jump to a d_step. */

	/* models: i915_mmu_notifier_invalidate_range_end() */
	d_step {
		if
		:: mm_gone
		:: else ->
			assert(count);
			count--;
			idle = !count;
			if
			:: idle -> start = 0; last = 0
			:: else
			fi
		fi
	}
#ifndef END_DOES_NOT_WAKE
	if
	:: idle -> atomic {
		waiting[0] = 0;
#if ACQUIRERS > 1
		waiting[1] = 0;
#endif
#if ACQUIRERS > 2
		waiting[2] = 0;
#endif
	   }
	:: else
	fi;
#endif
#ifndef WITHOUT_LOCKS
	if
	:: atomic { locks == UNMAPS -> mmap_lock = 0 }
	:: atomic { locks == WITH_VM_MUTEX -> vm_mutex = 0 }
	:: atomic { locks == IN_EXECBUF -> object_lock = 0; vm_mutex = 0 }
	:: atomic { locks == IN_FAULT -> object_lock = 0; mmap_lock = 0 }
	:: atomic { locks == IN_RESET -> resetting = 0 }
	fi;
#endif
	goto again;
stop:	skip
}

/*
 * A fence may signal as soon as its request is submitted. The reference of an active vma is dropped a moment later in the code.
 *
 * models: cancel_userptr_wake()
 */
inline signal(i)
{
	request[i] = NONE;
	if
	:: callback == i + 1 ->
		callback = 0;
		assert(!pending);		/* P3: the task is queued twice */
		pending = 1
	:: else
	fi;
	put()
}

proctype gpu()
{
end:
	do
	:: atomic { request[0] >= SKIPPED && !resetting -> signal(0) }
#if ACQUIRERS > 1
	:: atomic { request[1] >= SKIPPED && !resetting -> signal(1) }
#endif
#if ACQUIRERS > 2
	:: atomic { request[2] >= SKIPPED && !resetting -> signal(2) }
#endif
	od
}

/* A work item is never run by two threads at once; it can be pending again while it runs. */
proctype task()
{
	bool used;	/* cancel_cb has been on a fence */

	/* models: cancel_userptr() */
end:
	atomic { pending -> pending = 0; running = 1 }
	atomic {
		assert(refs);			/* P3: the task runs without a reference to the object */
		fence_held = 0;
		if
#ifndef TASK_DOES_NOT_LOOK_FIRST
		:: !STALE ->
#ifndef TASK_CLEARS_QUEUED_LATE
			cancel_queued = 0;
#endif
			goto out
#endif
		:: else
		fi
	}
busy:
#ifdef TASK_WAITS_IN_A_THREAD
	atomic { wait_for_gpu(1) }
#endif
	/* models: cancel_userptr_is_busy() */
#ifndef TASK_DOES_NOT_WAIT
	atomic {
		if
#ifdef TASK_DOES_NOT_WAIT_FOR_ALL
		:: used -> goto lock
#endif
		:: request[0] && !used -> callback = 1; goto leave
		:: else
		fi
	}
#if ACQUIRERS > 1
	atomic {
		if
		:: request[1] && !used -> callback = 2; goto leave
		:: else
		fi
	}
#endif
#if ACQUIRERS > 2
	atomic {
		if
		:: request[2] && !used -> callback = 3; goto leave
		:: else
		fi
	}
#endif
#endif
	/* models: cancel_userptr() */
lock:
	atomic {
		!object_lock;
#ifdef TASK_WAITS_UNDER_THE_LOCK
		object_lock = 1;
		wait_for_gpu(1);
#endif
		if
#if !defined(TASK_DOES_NOT_WAIT) && !defined(TASK_DOES_NOT_WAIT_FOR_ALL) && !defined(TASK_DOES_NOT_TEST_UNDER_LOCK)
		:: !IS_IDLE -> goto busy
#endif
		:: else
		fi;
#ifndef TASK_CLEARS_QUEUED_LATE
		cancel_queued = 0;
#endif
#if !defined(TASK_DOES_NOT_LOOK_FIRST) && !defined(TASK_DOES_NOT_LOOK_AGAIN)
		if
		:: !STALE -> object_lock = 0; goto out
		:: else
		fi;
#endif
		object_lock = 1
	}
	atomic { detach(1) }
#ifdef TASK_DOES_NOT_COUNT_DOWN
	cancels++;	/* makes up for what is counted down below */
#endif
	/* models: cancel_userptr() */
out:
#ifdef COUNT_DROPS_BEFORE_PUT
	cancels--;
	atomic { put(); running = 0; goto end }
#else
	atomic {
#ifdef TASK_CLEARS_QUEUED_LATE
		cancel_queued = 0;
#endif
		put()
	}
	atomic { cancels--; running = 0; goto end }
#endif
	/* models: cancel_userptr_is_busy() */
leave:
	atomic {
#ifdef TASK_DOES_NOT_WAIT_FOR_ALL
		used = 1;
#endif
		assert(!fence_held);		/* P3: a reference to a fence is lost */
		fence_held = 1;
		running = 0;
		goto end
	}
}

/* Takes the pages of an idle object whenever it likes, if it gets the locks. */
proctype shrinker()
{
end:
	do
	/* models: i915_gem_userptr_put_pages() */
	:: atomic {
		refs && !object_lock && VM_MUTEX_IS_FREE && pages && IS_IDLE ->
		forget();
		pages = NONE;
		hit = 0
	   }
#ifdef PROGRESS
progress_shrunk:
	   skip
#endif
	od
}

#ifndef WITHOUT_LIFE
proctype close_handle()
{
	if
	:: atomic { handle = 0; put(); stopped++ }
	:: stopped++
	fi
}

proctype free_object()
{
end:
	freeing;
	atomic {
		assert(IS_IDLE);		/* P2: the object is freed while the GPU uses it */
		VM_MUTEX_IS_FREE;
		if
		:: pages ->
			forget();
			pages = NONE;
			hit = 0
		:: else
		fi
	}
	/* models: i915_gem_userptr_release() */
	atomic {
		assert(!intree);		/* P9: a freed object is in the tree */
		assert(!cancel_queued && !pending && !callback && !fence_held);	/* P3: the object is freed under its task */
		freed = 1
	}
}

/* The threads of the process are gone. What invalidations are under way may never get to their end. */
proctype exit_mm()
{
	users == 0;
	if
	:: atomic { stopped++; goto stop }
	/* models: i915_mmu_notifier_release() */
	:: d_step {
		hit = hit || pages_seq;
#ifndef EXIT_DOES_NOT_CANCEL
		cancel_range(0, 2);
#endif
		mm_gone = 1
	   }
	fi;
	atomic {
		assert(!FRESH);			/* P10: pages are taken for fresh whose mm is gone */
		pages = (pages -> GONE : NONE);
		stopped++
	}
stop:	skip
}

/* The driver goes away when the files are closed and the GPU is idle. The mm may still be there. */
proctype driver()
{
end:
	users == 0 && !handle && IS_IDLE;
	/* models: i915_gem_drain_userptr() */
#ifndef DRIVER_DOES_NOT_DRAIN
	!cancels;
#endif
	!freeing || freed;
	assert(freed && !running && !pending && !callback)	/* P10: the driver goes away before a task or the object */
}
#define STOPS (ACQUIRERS + INVALIDATIONS + 2)
#else
#define STOPS (ACQUIRERS + INVALIDATIONS)
#endif

/* All have stopped and nothing is left to be done: what has become of the object? */
proctype quiet()
{
	atomic {
		stopped == STOPS && IS_IDLE && !pending && !callback && !running && (!freeing || freed);
		assert(!STALE);				/* P2: pages that were hit have not been given back */
		assert(!mm_gone || !pages);		/* P10: the pages outlive the mm */
		assert(refs == handle && freed == !handle);	/* P3: a reference is lost */
		assert(!cancel_queued && !cancels && !fence_held);	/* P3: a task is lost */
		assert(intree == FRESH && FRESH == (pages != NONE));	/* P9: an idle object is in the tree, or one with pages is not */
		assert(!pvec[0]);			/* P2: gathered pages are still pinned */
#if ACQUIRERS > 1
		assert(!pvec[1])			/* P2: gathered pages are still pinned */
#endif
	}
}

init {
	atomic {
		run acquirer(0);
#if ACQUIRERS > 1
		run acquirer(1);
#endif
#if ACQUIRERS > 2
		run acquirer(2);
#endif
		run invalidation(0);
#if INVALIDATIONS > 1
		run invalidation(1);
#endif
#if INVALIDATIONS > 2
		run invalidation(2);
#endif
		run gpu();
		run task();
		run shrinker();
#ifndef WITHOUT_LIFE
		run close_handle();
		run free_object();
		run exit_mm();
		run driver();
#endif
		run quiet()
	}
}
