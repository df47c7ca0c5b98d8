/* SPDX-License-Identifier: MIT */
/*
 * A model, for Spin, of the protocol by which userptr pages are pinned, invalidated and released.
 *
 * It has threads that use an object (execbuf, set-domain), invalidations, the worker
 * cancel_userptr() and its retry, the GPU, the shrinker, close and free, the exit of the mm,
 * suspend, and the drain before the driver goes away. Each of them repeats for ever or stops after
 * any round, so that the result holds for any number of rounds.
 *
 * Spin searches all states for an assertion that fails and for a process that waits for ever
 * ("stuck"). A search of its own looks for a loop in which no call returns and no invalidation
 * starts ("cycle"). Each assertion names the property that it checks.
 *
 * Abstractions, and why they hide nothing:
 *
 * - Sequence numbers and slot ids are 64 bits wide and only compared. A copy of seq is therefore
 *   modelled as "is seq" (fresh, sample), which ends for all copies when seq moves. In the same way
 *   older[n] has the threads with slot[n].id < started; it is empty once the slot is freed.
 * - The address space has two pages. Object 0 is over the first. The second is that of object 1, or
 *   of none. An invalidation may leave the page as it is, as if it hit another one of the object.
 * - What is under the spinlock is one step. The callbacks are d_steps: Spin reports one that waits
 *   (P1). What is under another lock is one step if nothing in it waits.
 * - A retry that would find everything as it was changes nothing, and is left out. The system is at
 *   rest when only such retries are left, and a drain that only retries in vain is stuck.
 * - A thread has one request at a time. It has a reference to its object, as an active vma does.
 * - Memory is sequentially consistent.
 * - Variables that no longer matter are reset, so that Spin sees equal states as one.
 *
 * Not in the model: the delay of the retry, the life of the notifier and of the workqueue, TLBs
 * (what is unbound cannot be reached), vmas that are pinned (as if vm->mutex were taken), the bound
 * on the retries of execbuf, and the drain of a shutdown, which gives up after a second.
 *
 * tests/model/run.sh runs it. Each switch below takes one thing away, with spin -D. Spin then has
 * to find an error of this property in this part of the model. A switch with the name of a patch in
 * tests/mutants/ does what that patch does.
 *
 * switch: begin-does-not-wait        SMALL P5 pages are pinned during an invalidation (2015)
 * switch: publish-does-not-check     SMALL P5 pages are published without a look at seq (2015)
 * switch: hole-of-2015-stale-publish SMALL P5 both
 * switch: publish-looks-at-the-tree  PAIR P5 userptr_publish() looks at the tree, not at seq
 * switch: into-the-tree-after-the-wait SMALL P5 what starts during the wait does not hit
 * switch: slot-ids-not-compared      SLOTS P13 a thread waits for invalidations that start later
 * switch: waits-for-any-range        SLOTS P13 a thread waits for invalidations elsewhere
 * switch: waits-for-any-excess       SLOTS P13 a thread waits for excess elsewhere
 * switch: excess-not-waited-for      SLOTS P5 a thread waits for slots only
 * switch: start-does-not-widen       ONESLOT P5 the span of the excess is that of the last start
 * switch: end-frees-any-slot         SLOTS P13 end frees a slot of its range that is not the oldest
 * switch: end-ignores-the-range      SLOTS P5 end frees a slot of another range
 * switch: end-frees-nothing          SMALL P13 end frees no slot
 * switch: end-does-not-wake          SMALL stuck end wakes no thread
 * switch: begin-looks-before-it-queues SMALL stuck a thread looks before it is on the wait queue
 * switch: walk-passes-over-pinning   SMALL P5 the callback ignores objects without pages
 * switch: callback-does-not-queue    SMALL P2 the callback queues nothing
 * switch: callback-drops-lock-in-walk SMALL P9 the callback drops the spinlock on finding an object
 * switch: callback-takes-object-lock LOCKS stuck the callback takes the lock of the object
 * switch: callback-takes-vm-mutex    LOCKS stuck the callback takes vm->mutex
 * switch: callback-waits-for-gpu     LOCKS stuck the callback waits for the GPU (5.13 to 6.8)
 * switch: pins-under-the-object-lock LOCKS stuck pages are pinned with the object lock held
 * switch: queue-without-reference    LIFE P3 an object is queued without a reference
 * switch: reference-to-the-dead      LIFE P3 a reference is taken after the last one was put
 * switch: reference-each-time        SMALL P3 a reference is taken for each invalidation
 * switch: queued-each-time           SMALL P3 an object is queued for each invalidation
 * switch: leaving-does-not-move-seq  PAIR P9 userptr_forget_pages() does not move seq
 * switch: idle-in-the-tree           SMALL P9 userptr_pin_abort() does nothing
 * switch: abort-does-not-look        PAIR P2 userptr_pin_abort() does not look at seq
 * switch: submit-done-does-not-check SMALL P5 submit_done() does not look at seq
 * switch: get-pages-takes-stale      SMALL P4 get_pages() does not look at seq
 * switch: submit-init-leaves-it-to-the-worker PAIR cycle submit_init() releases no stale pages
 * switch: unbind-does-not-wait       SMALL P2 submit_init() does not wait for the GPU
 * switch: worker-does-not-look-first SMALL P6 the worker never looks at seq
 * switch: worker-does-not-look-again SMALL P6 the worker does not look at seq under the object lock
 * switch: second-pass-does-not-look  SMALL P6 nor does it in the second pass only
 * switch: hole-of-2015-late-worker   SMALL P6 the same, and a thread that pins asks for the work
 * switch: second-pass-ignores-binding SMALL P12 an object that was bound again is released
 * switch: unpins-before-unbind       SMALL P12 the worker does not unbind
 * switch: worker-does-not-wait       SMALL P2 the worker looks at no fence
 * switch: worker-does-not-wait-for-all PAIR P2 the worker looks at one fence of an object
 * switch: worker-does-not-test-under-lock SMALL P2 it looks at no fence under the object lock
 * switch: fence-does-not-queue       SMALL P16 the fence callback does not queue the work
 * switch: fence-callback-touches-object LIFE P3 it uses an object that it has queued
 * switch: batch-ignores-the-fence    STRANGER P17 all objects of a run wait for the same fence
 * switch: worker-waits-for-gpu       STRANGER P17 the worker waits for the GPU
 * switch: worker-blocks-on-object-lock STRANGER P17 the worker waits for the object lock
 * switch: worker-blocks-on-vm-mutex  STRANGER P17 the worker waits for vm->mutex
 * switch: worker-blocks-on-page-lock STRANGER P17 the worker waits for a page lock
 * switch: contended-is-dropped       SMALL P2 a locked object is given up, as in version 1
 * switch: retry-is-not-armed         SMALL P16 a locked object is on its list without a retry
 * switch: pages-are-not-retried      LOCKS P16 locked pages are on their list without a retry
 * switch: retry-gives-up             LOCKS P16 what is still locked is not retried again
 * switch: worker-clears-cancelling-late SMALL P2 cancelling is cleared after the look at seq
 * switch: worker-does-not-count-down SMALL P3 pending never drops
 * switch: run-is-not-counted         LIFE P10 pending drops while a run still holds a wakeref
 * switch: exit-does-not-cancel       LIFE P10 the exit of the mm cancels nothing
 * switch: driver-does-not-drain      LIFE P10 the driver goes away without a drain
 * switch: driver-drains-once         LIFE P10 it does not drain after the objects were freed
 * switch: drain-relies-on-workqueue  LIFE stuck the drain waits for the workqueue, even if frozen
 * switch: drain-forgets-the-contended LIFE stuck the drain leaves locked objects to the retry
 * switch: drain-forgets-pages        LIFE stuck the drain leaves locked pages to the retry
 *
 * Mutants without a switch:
 *
 * no switch: callback-allocates      memory is not in the model
 * no switch: callback-fails-non-blockable mm/ is not in the model
 * no switch: create-leaks-the-object the object exists when the model begins
 * no switch: create-takes-mmap-lock  the same
 * no switch: signal-fails-create     the same
 * no switch: exit-does-not-synchronize the life of the notifier is not in the model
 * no switch: exit-keeps-the-mm       the same
 * no switch: exit-keeps-the-subscription the same
 * no switch: module-exit-keeps-subscriptions the same
 * no switch: object-without-notifier-reference the same
 * no switch: second-subscriber-keeps-its-reference the same
 * no switch: subscription-ends-with-last-object the same
 * no switch: teardown-returns-ebusy the model has no errnos of execbuf
 * no switch: failed-get-pages-keeps-pins the pages of a call that fails are released in one step
 * no switch: fence-callback-for-each-object it only costs time
 * no switch: pin-forgets-unpin       an object has one page, which is pinned or not
 * no switch: pinned-pages-are-taken  nothing else pins pages
 * no switch: locked-page-loses-dirt  what is in the pages is not in the model
 * no switch: worker-loses-dirt       the same
 * no switch: release-keeps-the-tlb   TLBs are not in the model
 * no switch: partly-dirty-is-skipped  nor are the blocks of a page
 * no switch: worker-leaks-memory     memory is not in the model
 * no switch: worker-runs-in-suspend  the hardware is not in the model
 * no switch: worker-keeps-the-wakeref the same
 * no switch: worker-waits-for-a-capture it is as worker-blocks-on-vm-mutex
 * no switch: workqueue-goes-with-the-device the life of the workqueue is not in the model
 *
 * Functions that touch the same fields and are not in the model:
 *
 * left out: i915_gem_userptr_init    makes the workqueue and the lists
 * left out: i915_gem_userptr_flush   waits for what is queued, for debugfs
 * left out: i915_gem_userptr_create  no other thread has the object yet
 * left out: i915_mmu_notifier_alloc  no other thread has the notifier yet
 * left out: i915_mmu_notifier_free   nor any more
 *
 * Statements that no part reaches: the proctype, how many, the statement, and why.
 *
 * unreached: cancel 1 -end-                                 it repeats for ever
 * unreached: gpu 1 -end-                                    the same
 * unreached: shrinker 1 -end-                               the same
 * unreached: cancel 1 fresh = (fresh&~((1<<o)))             the worker releases no fresh pages
 * unreached: cancel 1 stale = (stale|(fresh&(1<<o)))        the same
 * unreached: cancel 1 sample[o] = 0                         the same
 * unreached: thread 1 fresh = (fresh&~((1<<o)))             nor does submit_init()
 * unreached: thread 1 stale = (stale|(fresh&(1<<o)))        the same
 * unreached: thread 1 sample[o] = 0                         the same
 * unreached: cancel 1 objects = (objects|(1<<o))            in the first pass BUSY has a fence
 * unreached: cancel 1 retry = (retry||!(0))                 and is not EBUSY
 * unreached: cancel 3 (fence[who])                          object 0 comes first, so it is only
 * unreached: cancel 3 else                                  object 1 that can find the batch of
 * unreached: cancel 3 fence_held = (fence_held|(batch&-(batch)))  another fence
 * unreached: cancel 3 objects = (objects|batch)             the same
 * unreached: thread 1 freeing = (freeing|( (refs[o]) -> (0) : ((1<<o)) ))  a skipped request has
 *            a reference, too
 */

/*
 * The whole has too many states to be searched each time. All states of these parts are:
 *
 * PAIR     two threads, one invalidation; this is also searched for cycles
 * SLOTS    one thread without execbuf, three invalidations, two slots
 * ONESLOT  the same with one slot, so that two invalidations can be in excess
 * LOCKS    one thread, two invalidations, each with locks of mm/ or of the driver held
 * LIFE     one thread, one invalidation; close, free, exit, suspend and drain
 * STRANGER one thread with object 1, one invalidation, no shrinker, and a client that holds up
 *          object 0
 *
 * SMALL is one thread and one invalidation, for the switches. RACES, which is PAIR with two
 * invalidations, and WHOLE are for a search by hand (FULL=1).
 */

/* ON(NAME) is 1 with -DNAME and else 0, as IS_ENABLED() of the kernel. */
#define ON_1 0,
#define SECOND_OF(first, second, ...) second
#define ON3(zero_or_nothing) SECOND_OF(zero_or_nothing 1, 0)
#define ON2(value) ON3(ON_##value)
#define ON(name) ON2(name)
#define OFF(name) (!ON(name))

#ifdef ONESLOT
#define SLOTS 1
#endif
#define OBJECTS (1 + ON(STRANGER))
#ifndef THREADS
#define THREADS (1 + ON(PAIR) + ON(RACES) + ON(WHOLE))
#endif
#ifndef INVALIDATIONS
#define INVALIDATIONS (1 + ON(LOCKS) + ON(RACES) + ON(WHOLE) + 2 * ON(SLOTS))
#endif
#define FENCES (THREADS + ON(STRANGER))
#define WITH_LOCKS (ON(LOCKS) || ON(WHOLE))
#define WITH_LIFE (ON(LIFE) || ON(WHOLE))

#define LOOKS_FIRST (OFF(WORKER_DOES_NOT_LOOK_FIRST) && OFF(HOLE_OF_2015_LATE_WORKER))
#define LOOKS_AGAIN (OFF(WORKER_DOES_NOT_LOOK_AGAIN) && LOOKS_FIRST)
#define LOOKS_IN_SECOND_PASS (OFF(SECOND_PASS_DOES_NOT_LOOK) && LOOKS_AGAIN)
#define LOOKS_AT_BINDING (OFF(SECOND_PASS_IGNORES_BINDING) && OFF(UNPINS_BEFORE_UNBIND))
#define WAITS (OFF(BEGIN_DOES_NOT_WAIT) && OFF(HOLE_OF_2015_STALE_PUBLISH))
#define CHECKS (OFF(PUBLISH_DOES_NOT_CHECK) && OFF(HOLE_OF_2015_STALE_PUBLISH))

/* Most variables are sets: of objects, or where it says so of threads. */
#define B(n) (1 << (n))
#define set(variable, bits) variable = variable | (bits)
#define clear(variable, bits) variable = variable & ~(bits)
#define LOWEST(bits) ((bits) & 1 -> 0 : 1)

/* What the spinlock of the notifier guards. */
byte tree;			/* objects in the tree */
byte fresh, stale;		/* by pages_seq; in neither while that is 0 */
byte cancelling;
byte sample[OBJECTS];		/* threads whose sample of seq is still seq */
byte slot[2];			/* the range of each, a set of pages; 0 if it is free */
byte older[2];			/* threads that asked while the slot was busy: its id < started */
bit oldest;			/* the older of two busy slots */
byte excess, span;		/* span is 0 while excess is */

/* What it does not. */
byte waiting;			/* threads on the wait queue mn->wq, and not woken */
byte lock;			/* objects whose lock is held */
byte page_lock;			/* objects whose page is locked */
bit vm_mutex, mmap_lock;

/* struct i915_userptr_queue */
byte objects, contended;
byte pages_list;		/* objects whose former pages are on the list of pages */
bit work, retry;		/* queued */
byte pending;

/* The runs of userptr_cancel_objects(): of the worker, of its retry, and of the drain. */
#define WORK 0
#define RETRY 1
#define DRAIN 2
byte running;			/* runs in progress */
byte wakerefs;			/* those of them that have objects, and hence a wakeref */
byte fence[3];			/* B(thread) whose fence its batch is for; 0 if signaled */
byte callback[FENCES];		/* objects that the callback on a thread's fence queues */
byte fence_held;		/* objects with a reference in cancel_fence */
bit frozen;			/* the workqueue */
bit draining;

/* The GPU. */
byte fences[OBJECTS];		/* threads with an unsignaled request in obj->base.resv */
byte submitted;			/* threads whose request can signal */
byte uses_pages;		/* threads whose batch is executed, not skipped */
bit resetting;			/* no request completes before the reset has */

byte refs[OBJECTS] = 1;		/* at first the handle's */
bit handle = 1;
byte pages;			/* objects with pages */
byte bound;			/* objects in the page tables of the GPU */
byte freeing, freed;

byte pinned[OBJECTS];		/* threads with pages that are pinned, not published */
byte users = THREADS;		/* threads that have not stopped */
byte stopped;			/* processes of the model that have */
bit mm_gone;

/* For the assertions. */
byte gone;			/* objects whose pages the process has lost */
byte pinned_gone[OBJECTS];	/* threads whose pinned pages the process has lost */
byte hit;			/* objects whose pages an invalidation has hit */
byte under[OBJECTS];		/* invalidations in progress over each object */
byte asked[THREADS];		/* those that were in progress when the thread asked */


/* In loops within a step; i is OBJECTS between steps. */
#define each_object i : 0 .. OBJECTS - 1

/* Object 1 is in an address space of its own. */
#define VM_LOCKED(o) (vm_mutex && !(o))

/* models: userptr_is_fresh() */
#define FRESH(o) (fresh & B(o))
/* models: userptr_is_stale() */
#define STALE(o) (stale & B(o))

/* Will a retry come to another result than before? */
#define HELPS(o) ((contended & B(o)) && (!STALE(o) || fences[o] || !(VM_LOCKED(o) || lock & B(o))))
#define OBJECTS_HELP (HELPS(0) || HELPS(OBJECTS - 1))
#define PAGES_HELP (pages_list & ~page_lock)
#define RETRY_HELPS (OBJECTS_HELP || PAGES_HELP)
#define DRAIN_HELPS ((OBJECTS_HELP && OFF(DRAIN_FORGETS_THE_CONTENDED)) || \
	(PAGES_HELP && OFF(DRAIN_FORGETS_PAGES)))

inline put(o)
{
	assert(refs[o]);	/* P3: a reference is put that nobody had */
	refs[o]--;
	set(freeing, (refs[o] -> 0 : B(o)))
}

/* models: userptr_leave_tree() */
inline leave_tree(o)
{
	assert(tree & B(o));	/* P9: an object is removed that is not in the tree */
	clear(tree, B(o));
	sample[o] = 0;
	set(stale, FRESH(o));
	clear(fresh, B(o))
}

/* llist_add(), and queue_work() if the list was empty. */
inline queue(which)
{
	assert(!(objects & (which)));	/* P3: an object is queued twice */
	work = work || !objects;
	set(objects, which)
}

/* models: userptr_queue_cancel() */
inline queue_cancel(o)
{
	if
	:: cancelling & B(o) && OFF(QUEUED_EACH_TIME) -> refs[o] = refs[o] + ON(REFERENCE_EACH_TIME)
	:: !refs[o] && OFF(REFERENCE_TO_THE_DEAD) && OFF(QUEUE_WITHOUT_REFERENCE)
	:: else ->
		refs[o] = refs[o] + OFF(QUEUE_WITHOUT_REFERENCE);
		set(cancelling, B(o));
		pending++;
		queue(B(o))
	fi
}

/* models: i915_mmu_notifier_cancel() */
inline cancel_range(range)
{
	for (each_object) {
		if
		:: tree & range & B(i) && (OFF(WALK_PASSES_OVER_PINNING) || FRESH(i) || STALE(i)) ->
			leave_tree(i);
			if
			:: STALE(i) && OFF(CALLBACK_DOES_NOT_QUEUE) -> queue_cancel(i)
			:: else
			fi
		:: else
		fi
	}
}

/* models: userptr_forget_pages() */
inline forget_pages(o)
{
	if
	:: FRESH(o) && OFF(LEAVING_DOES_NOT_MOVE_SEQ) -> leave_tree(o)
	:: else -> clear(tree, FRESH(o)); clear(fresh, B(o))
	fi;
	clear(stale, B(o));
	clear(hit, B(o))
}

/*
 * The object loses its pages, if it has any. They are released now, or by the retry if they have to
 * be marked dirty and are locked.
 *
 * models: userptr_take_pages()
 * models: userptr_unpin()
 */
inline take_pages(o)
{
	if
	:: pages & B(o) ->
		assert(!(bound & B(o)));	/* P12: pages are released that the GPU can reach */
		assert(!(fences[o] & uses_pages));	/* P2: pages in use are released */
		forget_pages(o);
		clear(pages, B(o));
		clear(gone, B(o));
		if
		:: page_lock & B(o) ->
			pending = pending + !(pages_list & B(o));
			set(pages_list, B(o));
			retry = retry || OFF(PAGES_ARE_NOT_RETRIED)
		:: true
		fi
	:: else
	fi
}

/* models: userptr_is_invalidating() */
/* models: userptr_overlaps() */
#define OVERLAPS(n, o) (slot[n] && (slot[n] & B(o) || ON(WAITS_FOR_ANY_RANGE)))
#define IS_OLDER(n, t) (older[n] & B(t) || ON(SLOT_IDS_NOT_COMPARED))
#define EXCESS(o) (span && (span & B(o) || ON(WAITS_FOR_ANY_EXCESS)) && OFF(EXCESS_NOT_WAITED_FOR))
#define INVALIDATING(o, t) (EXCESS(o) || \
	(OVERLAPS(0, o) && IS_OLDER(0, t)) || (OVERLAPS(1, o) && IS_OLDER(1, t)))

inline into_tree(o, t)
{
	set(tree, B(o));
	set(sample[o], B(t))
}

inline stop_waiting(t)
{
	clear(waiting, B(t));
	clear(older[0], B(t));
	clear(older[1], B(t));
	asked[t] = 0
}

/* One round of wait_event_killable(), which ends if there is nothing to wait for. */
inline wait_if_invalidating(o, t)
{
	set(waiting, B(t) * OFF(BEGIN_LOOKS_BEFORE_IT_QUEUES));
	if
	:: INVALIDATING(o, t) && WAITS ->
		assert(asked[t] || span & B(o))	/* P13: a thread waits for no older invalidation */
	:: INVALIDATING(o, t) && WAITS -> stop_waiting(t); failed = 1; goto abort
	:: else -> stop_waiting(t); goto pin
	fi
}

inline unpin(o, t)
{
	clear(pinned[o], B(t));
	clear(pinned_gone[o], B(t))
}

/*
 * A thread that uses objects in execbuf or set-domain. A call that fails returns: for a signal, a
 * range that is not all there, or lack of memory. Whether a signal ends a wait is decided before
 * it, so that no signal hides a deadlock.
 */
#ifdef PROGRESS
#define RETURN goto progress_returned
#else
#define RETURN AGAIN
#endif
#define AGAIN put(o); goto again

proctype thread(byte t)
{
	byte o = OBJECTS - 1;
	bit failed;

again:
	atomic {
		if
		:: users--; stopped++; goto stop
		:: handle -> refs[o]++
		fi
	}

	/* models: i915_gem_object_userptr_submit_init() */
	/* models: i915_gem_object_userptr_validate() */
	/* models: userptr_has_fresh_pages() */
	atomic {
		!(lock & B(o));
		if
		:: FRESH(o) -> goto ready
		:: STALE(o) && ON(SUBMIT_INIT_LEAVES_IT_TO_THE_WORKER) -> AGAIN
		:: !FRESH(o) -> set(lock, B(o))
		:: !FRESH(o) -> RETURN
		fi
	}
	/* models: userptr_release_stale() */
	/* models: userptr_detach() */
	atomic {
		(!fences[o] || ON(UNBIND_DOES_NOT_WAIT)) && !VM_LOCKED(o);
		clear(bound, B(o));
		assert(!FRESH(o));	/* P6: fresh pages are released */
		take_pages(o);
		clear(lock, B(o))
	}
	/* models: userptr_pin_begin() */
	atomic {
#ifdef HOLE_OF_2015_LATE_WORKER
		if :: work -> AGAIN :: else fi;
#endif
#ifndef INTO_THE_TREE_AFTER_THE_WAIT
		into_tree(o, t);
#endif
		older[0] = (slot[0] -> older[0] | B(t) : 0);
		older[1] = (slot[1] -> older[1] | B(t) : 0);
		asked[t] = under[o];
		wait_if_invalidating(o, t)
	}
waits:
#ifdef BEGIN_LOOKS_BEFORE_IT_QUEUES
	set(waiting, B(t));
#endif
	atomic { !(waiting & B(t)); wait_if_invalidating(o, t); goto waits }

	/* models: userptr_pin_pages() */
pin:
#ifdef INTO_THE_TREE_AFTER_THE_WAIT
	atomic { into_tree(o, t) }
#endif
#ifdef PINS_UNDER_THE_OBJECT_LOCK
	atomic { !(lock & B(o)); set(lock, B(o)) }
#endif
	if
	:: set(pinned[o], B(t))		/* without a lock, from the page tables */
#if WITH_LOCKS
	:: atomic { skip; !mmap_lock; set(pinned[o], B(t)) }
#endif
	:: atomic { failed = 1; clear(lock, B(o) * ON(PINS_UNDER_THE_OBJECT_LOCK)); goto abort }
	fi;
#ifdef PINS_UNDER_THE_OBJECT_LOCK
	clear(lock, B(o));
#endif

	/* models: userptr_publish() */
	atomic {
		!(lock & B(o));
		if
		:: failed = 1; goto abort
		:: pages & B(o) && FRESH(o) -> unpin(o, t); goto ready
		:: pages & B(o) && STALE(o) -> goto abort
		:: !(pages & B(o))
		fi;
		if
		:: sample[o] & B(t) || !CHECKS || (tree & B(o) && ON(PUBLISH_LOOKS_AT_THE_TREE))
		:: else -> goto abort
		fi;
		set(fresh, B(o));
		set(lock, B(o))
	}
	/* models: i915_gem_userptr_get_pages() */
	atomic {
		if
		:: FRESH(o) || ON(GET_PAGES_TAKES_STALE) ->
			assert(!(hit & B(o)));	/* P4: get_pages() takes pages that have been hit */
			set(pages, B(o));
			set(gone, (pinned_gone[o] & B(t) -> B(o) : 0));
			unpin(o, t);
			clear(lock, B(o));
			goto ready
		:: STALE(o) && OFF(GET_PAGES_TAKES_STALE)
		:: failed = 1
		fi;
		forget_pages(o);
		clear(lock, B(o))
	}
	/* models: userptr_pin_abort() */
abort:
	atomic {
		unpin(o, t);
		if
		:: sample[o] & B(t) && !FRESH(o) && OFF(IDLE_IN_THE_TREE) -> leave_tree(o)
#ifdef ABORT_DOES_NOT_LOOK
		:: tree & B(o) -> leave_tree(o)
#endif
		:: else
		fi;
		clear(sample[o], B(t));
		if :: failed -> failed = 0; RETURN :: else -> AGAIN fi
	}
	/* models: i915_gem_object_userptr_submit_init() */
ready:
	atomic {
		clear(sample[o], B(t));
		if
		:: RETURN	/* it was set-domain */
#ifndef SLOTS
		:: true
#endif
		fi
	}
	/* execbuf: binds the object. Its lock is held until after submit_done(). */
	atomic {
		!(lock & B(o)) && !(submitted & B(t)) && !VM_LOCKED(o);
		if
		:: !(pages & B(o)) -> AGAIN	/* -EAGAIN */
		:: else -> set(bound, B(o))
		fi;
		if
		:: RETURN
		:: set(lock, B(o))
		fi;
		set(fences[o], B(t));
		refs[o]++
	}
	/* models: i915_gem_object_userptr_submit_done() */
	atomic {
		clear(lock, B(o));
		set(submitted, B(t));
		if
		:: FRESH(o) || ON(SUBMIT_DONE_DOES_NOT_CHECK) ->
			assert(!(gone & B(o)));	/* P5, P8: the GPU gets lost pages */
			set(uses_pages, B(t))
		:: else -> AGAIN	/* the request is skipped */
		fi;
		RETURN
	}

#ifdef PROGRESS
progress_returned:
	atomic { AGAIN };
#endif
stop:	skip
}

/*
 * The mm changes a range. The first invalidation holds mmap_lock. The others are of the driver
 * itself, when it revokes an mmap of another object over the range. Reclaim holds a page lock.
 */
#define NO_LOCK 0
#define UNMAPS 1
#define WITH_VM_MUTEX 2
#define IN_EXECBUF 3
#define IN_FAULT 4
#define IN_RESET 5
#define IN_RECLAIM 6

proctype invalidation(byte me)
{
	byte range, n, locks;
	byte i = OBJECTS;
	bit found;

again:
	atomic {
		if
		:: range = 1
#if defined(SLOTS) || defined(STRANGER)
		:: range = 2
		:: range = 3
#endif
		:: stopped++; goto stop
		fi;
		if
#if !WITH_LOCKS
		:: locks = NO_LOCK
#else
		:: me == 0 -> locks = UNMAPS
		:: me > 0 -> locks = WITH_VM_MUTEX
		:: me > 0 -> locks = IN_EXECBUF
		:: me > 0 -> locks = IN_FAULT
		:: me > 0 && uses_pages && !resetting -> resetting = 1; locks = IN_RESET
#endif
#if WITH_LOCKS || WITH_LIFE
		:: !page_lock -> page_lock = 1; locks = IN_RECLAIM
#endif
		fi;
#if WITH_LOCKS
	}
	if
	:: atomic { locks == UNMAPS && !mmap_lock -> mmap_lock = 1 }
	:: atomic { locks == WITH_VM_MUTEX && !vm_mutex -> vm_mutex = 1 }
	:: atomic { locks == IN_EXECBUF && !lock -> lock = 1 }; atomic { !vm_mutex; vm_mutex = 1 }
	:: atomic { locks == IN_FAULT && !mmap_lock -> mmap_lock = 1 }; atomic { !lock; lock = 1 }
	:: locks == IN_RESET || locks == IN_RECLAIM
	fi;
	atomic {
		!(tree & range & lock) || OFF(CALLBACK_TAKES_OBJECT_LOCK);
		!(tree & range) || !vm_mutex || OFF(CALLBACK_TAKES_VM_MUTEX);
		!(tree & range) || !fences[0] || OFF(CALLBACK_WAITS_FOR_GPU);
#endif
		/* models: i915_mmu_notifier_invalidate_range_start() */
		d_step {
			if
			:: mm_gone
			:: else ->
				if
				:: !slot[0] -> slot[0] = range; oldest = (slot[1] -> 1 : 0)
				:: slot[0] && !slot[1] && OFF(ONESLOT) -> slot[1] = range; oldest = 0
				:: else -> excess++; span = range | span * OFF(START_DOES_NOT_WIDEN)
				fi;
				for (each_object) { set(under[i], (range & B(i) -> B(me) : 0)) }
#ifdef CALLBACK_DROPS_LOCK_IN_WALK
				found = tree & range & 1
#else
				set(hit, range & (fresh | stale));
				cancel_range(range)
#endif
			fi
		}
	}
#ifdef CALLBACK_DROPS_LOCK_IN_WALK
	atomic {
		if
		:: found ->
			found = 0;
			set(hit, fresh | stale);
			leave_tree(0);
			if :: STALE(0) -> queue_cancel(0) :: else fi
		:: else
		fi
	}
#endif
#ifdef PROGRESS
progress_start:
	skip;
#endif
	/* The page tables change, at any time and as often as it likes. */
	do
	:: d_step {
		assert(!(fresh & range));	/* P5: pages are fresh that the process has lost */
		for (each_object) { set(pinned_gone[i], (range & B(i) -> pinned[i] : 0)) }
		set(gone, pages & range)
	   }
#ifdef PROGRESS
progress_change:
	   skip
#endif
	/* models: i915_mmu_notifier_invalidate_range_end() */
	/* models: i915_mmu_notifier_find_slot() */
	:: d_step {
		for (i : 0 .. THREADS - 1) { clear(asked[i], B(me)) }
		for (each_object) { clear(under[i], B(me)) }
		n = (ON(END_FREES_ANY_SLOT) -> 0 : oldest);
		n = (slot[n] == range -> n : 1 - n);
		if
		:: mm_gone || ON(END_FREES_NOTHING)
		:: else ->
			if
			:: slot[n] == range || (slot[n] && ON(END_IGNORES_THE_RANGE)) ->
				slot[n] = 0;
				older[n] = 0
			:: else ->
				assert(excess);	/* P5: end frees what another start has taken */
				excess--;
				span = (excess -> span : 0)
			fi;
			waiting = (ON(END_DOES_NOT_WAKE) -> waiting : 0)
		fi;
		oldest = (slot[0] && slot[1] -> oldest : 0);
		n = 0;
		range = (WITH_LOCKS || WITH_LIFE -> range : 0)
	   };
	   break
	od;
#if WITH_LOCKS || WITH_LIFE
	atomic {
		mmap_lock = mmap_lock && locks != UNMAPS && locks != IN_FAULT;
		vm_mutex = vm_mutex && locks != WITH_VM_MUTEX && locks != IN_EXECBUF;
		lock = (locks == IN_EXECBUF || locks == IN_FAULT -> 0 : lock);
		resetting = resetting && locks != IN_RESET;
		page_lock = page_lock && locks != IN_RECLAIM;
		range = 0;
		locks = NO_LOCK;
		goto again
	}
#else
	goto again;
#endif
stop:	skip
}

/*
 * A fence can signal as soon as its request is submitted. The references of the request are put a
 * moment later in the code.
 *
 * models: userptr_fence_signaled()
 */
inline signal(t)
{
	clear(submitted, B(t));
	clear(uses_pages, B(t));
	fence[WORK] = (fence[WORK] == B(t) -> 0 : fence[WORK]);
	fence[RETRY] = (fence[RETRY] == B(t) -> 0 : fence[RETRY]);
	fence[DRAIN] = (fence[DRAIN] == B(t) -> 0 : fence[DRAIN]);
	if
	:: callback[t] && OFF(FENCE_DOES_NOT_QUEUE) -> queue(callback[t])
	:: callback[t] && ON(FENCE_DOES_NOT_QUEUE) -> set(objects, callback[t])
	:: else
	fi;
#ifdef FENCE_CALLBACK_TOUCHES_OBJECT
	touched = callback[t];
#endif
	callback[t] = 0;
	for (each_object) {
		if :: fences[i] & B(t) -> clear(fences[i], B(t)); put(i) :: else fi
	}
}

proctype gpu()
{
	byte i = OBJECTS;
#ifdef FENCE_CALLBACK_TOUCHES_OBJECT
	byte touched;
#endif
end:
	do
	:: atomic { submitted & B(0) && !resetting -> signal(0) }
#if FENCES > 1
	:: atomic { submitted & B(1) && !resetting -> signal(1) }
#endif
#if FENCES > 2
	:: atomic { submitted & B(2) && !resetting -> signal(2) }
#endif
#ifdef FENCE_CALLBACK_TOUCHES_OBJECT
	:: atomic { touched ->
		assert(!(freed & touched));	/* P3: it uses a freed object */
		touched = 0
	   }
#endif
	od
}

/* models: userptr_sweep_arm() */
inline batch_wait()
{
	if
	:: batch ->
		assert(!(fence_held & batch & -batch));	/* P3: a reference to a fence is lost */
		set(fence_held, batch & -batch);
		if
		:: fence[who] -> set(callback[fence[who] >> 1], batch)
		:: else -> queue(batch)
		fi;
		batch = 0;
		fence[who] = 0
	:: else
	fi
}

inline batch_add_to(t)
{
	if
	:: fence[who] == B(t) || (batch && ON(BATCH_IGNORES_THE_FENCE)) -> set(batch, B(o))
	:: else -> batch_wait(); batch = B(o); fence[who] = B(t)
	fi
}

/*
 * models: userptr_sweep_add()
 * models: userptr_get_fence()
 */
inline batch_add()
{
	if
	:: !fences[o] -> queue(B(o))
	:: fences[o] & B(0) -> batch_add_to(0)
#if FENCES > 1
	:: fences[o] & B(1) -> batch_add_to(1)
#endif
#if FENCES > 2
	:: fences[o] & B(2) -> batch_add_to(2)
#endif
	fi
}

inline take(kind, which)
{
	who = kind;
	list = which;
	which = 0;
	set(running, B(kind));
	set(wakerefs, (list -> B(kind) : 0));
	pending = pending + (list && OFF(RUN_IS_NOT_COUNTED))
}

inline pick(which)
{
	o = LOWEST(which);
	clear(which, B(o))
}

#define EAGAIN 1
#define EBUSY 2
#ifdef WORKER_DOES_NOT_WAIT_FOR_ALL
#define BUSY (fences[o] && !(waited & B(o)))
#else
#define BUSY (fences[o] && OFF(WORKER_DOES_NOT_WAIT))
#endif

/* models: userptr_try_end_cancel() */
inline try_end_cancel(looks)
{
	if
	:: STALE(o) || !(looks)
	:: else -> clear(cancelling, B(o) * OFF(WORKER_CLEARS_CANCELLING_LATE)); goto done_with
	fi
}

/* models: userptr_trylock_stale() */
inline trylock_stale(looks)
{
	err = (BUSY && OFF(WORKER_DOES_NOT_TEST_UNDER_LOCK) -> EAGAIN : (lock & B(o) -> EBUSY :
		(!STALE(o) && (looks) -> EAGAIN : 0)))
}

/* models: userptr_defer() */
inline defer()
{
	if
	:: err == EAGAIN ->
#ifdef WORKER_DOES_NOT_WAIT_FOR_ALL
		set(waited, B(o));
#endif
		batch_add()
	:: err == EBUSY ->
#ifdef CONTENDED_IS_DROPPED
		clear(cancelling, B(o));
		goto done_with
#endif
		set(contended, B(o));
		retry = retry || OFF(RETRY_IS_NOT_ARMED)
	fi;
	o = 0;
	err = 0;
	goto next
}

/*
 * What the worker, its retry and the drain do with the objects of a list. A process does one kind
 * of runs, or several that cannot run at the same time because there is one object.
 */
proctype cancel(byte kinds)
{
	byte who, list, unbound;	/* objects to be unbound, and to be released */
	byte batch;			/* objects that wait for fence[who] */
	byte o, err;
	byte i = OBJECTS;
#ifdef WORKER_DOES_NOT_WAIT_FOR_ALL
	byte waited;
#endif

end:
	atomic {
		if
		/* models: cancel_userptr() */
		:: kinds & B(WORK) && work && !frozen -> work = 0; take(WORK, objects)
		/* models: cancel_userptr_retry() */
		:: kinds & B(RETRY) && retry && !frozen && (RETRY_HELPS || !(contended | pages_list)) ->
			retry = 0;
			take(RETRY, contended)
#if WITH_LIFE
		/* models: i915_gem_userptr_drain() */
		:: kinds & B(DRAIN) && draining && objects -> take(DRAIN, objects)
		:: kinds & B(DRAIN) && draining && DRAIN_HELPS -> take(DRAIN, contended)
		:: kinds & B(DRAIN) && draining && !pending -> draining = 0; goto end
#endif
		fi
	}
	/* models: userptr_cancel_objects() */
	/* models: userptr_unbind_objects() */
next:
	if
	:: atomic { list ->
		pick(list);
		assert(!(freed & B(o)));	/* P3: the worker has no reference to the object */
		clear(fence_held, B(o));
		try_end_cancel(LOOKS_FIRST);
		if :: BUSY && OFF(WORKER_WAITS_FOR_GPU) -> err = EAGAIN; defer() :: else fi
	   };
	   atomic {
		!fences[o] || OFF(WORKER_WAITS_FOR_GPU);
		!(lock & B(o)) || OFF(WORKER_BLOCKS_ON_OBJECT_LOCK);
		!VM_LOCKED(o) || OFF(WORKER_BLOCKS_ON_VM_MUTEX);
		/* models: userptr_unbind() */
		/* models: userptr_is_held() */
		trylock_stale(LOOKS_AGAIN);
		if
		:: !err && !VM_LOCKED(o) ->
			assert(!(fences[o] & uses_pages));	/* P2: pages in use are unbound */
			clear(bound, B(o) * OFF(UNPINS_BEFORE_UNBIND));
			set(unbound, B(o));
			o = 0;
			goto next
		:: else -> err = (err -> err : EBUSY); defer()
		fi
	   }
	:: atomic { !list && unbound ->
		pick(unbound);
		/* models: userptr_release_objects() */
		/* models: userptr_detach() */
		trylock_stale(LOOKS_IN_SECOND_PASS);
		if
		:: !err && !(bound & B(o) && LOOKS_AT_BINDING) ->
			assert(!(pages & ~hit & B(o)));	/* P6: the worker releases fresh pages */
			take_pages(o)
		:: else
		fi;
		!(page_lock & B(o)) || OFF(WORKER_BLOCKS_ON_PAGE_LOCK)
	   };
	   /* models: userptr_release_objects() */
	   atomic {
		err = (err -> err : EBUSY);	/* if the object is stale again */
		try_end_cancel(true);
		defer()
	   }
	/* models: userptr_retry_pages() */
	:: atomic { !list && !unbound ->
		batch_wait();
		if
		:: who != WORK ->
			for (each_object) {
				if
				:: PAGES_HELP & B(i) -> clear(pages_list, B(i)); pending--
				:: else
				fi
			}
			retry = retry || (who == RETRY && (contended || pages_list) && OFF(RETRY_GIVES_UP))
		:: else
		fi;
		pending = pending - (wakerefs & B(who) && OFF(RUN_IS_NOT_COUNTED));
		clear(wakerefs, B(who));
		clear(running, B(who));
		who = 0;
		goto end
	   }
	fi;

	/* models: userptr_put_cancelled() */
	/* models: userptr_put_pending() */
done_with:
	atomic {
		clear(cancelling, B(o) * ON(WORKER_CLEARS_CANCELLING_LATE));
		put(o);
		pending = pending - OFF(WORKER_DOES_NOT_COUNT_DOWN);
		o = 0;
		err = 0;
		goto next
	}
}

/* Takes the pages of an idle object whenever it likes, if the locks are free. */
proctype shrinker()
{
end:
	do
	/* models: i915_gem_userptr_put_pages() */
	:: atomic {
		refs[0] && !(lock & 1) && !vm_mutex && (pages & 1) && !fences[0] ->
		clear(bound, 1);
		take_pages(0)
	   }
#ifdef PROGRESS
progress_shrunk:
	   skip
#endif
	od
}

#ifdef STRANGER
/*
 * Another client has object 0, which is fresh in the beginning, and holds it up: with a batch that
 * hangs, or with the lock of the page, of the vm or of the object. It lets go when everything else
 * is at rest.
 */
inline let_go()
{
	timeout;
	assert(!(cancelling & 2));	/* P17: object 1 waits for the stranger */
	stopped++
}

proctype stranger()
{
	if
	:: atomic { !(lock & 1) && FRESH(0) && pages & 1 ->
		set(bound, 1);
		set(fences[0], B(1));
		set(uses_pages, B(1));
		refs[0]++
	   };
	   atomic { let_go(); set(submitted, B(1)) }
	:: page_lock = 1; atomic { let_go(); page_lock = 0 }
	:: vm_mutex = 1; atomic { let_go(); vm_mutex = 0 }
	:: atomic { !(lock & 1) -> set(lock, 1); refs[0]++ };
	   atomic { let_go(); clear(lock, 1); put(0) }
	fi
}
#endif

#if WITH_LIFE
proctype close_handle()
{
	atomic {
		if
		:: handle = 0; put(0)
		:: !users
		fi;
		stopped++
	}
}

proctype free_object()
{
end:
	freeing;
	atomic {
		assert(!fences[0]);	/* P2: the object is freed while the GPU uses it */
		!vm_mutex;
		bound = 0;
		take_pages(0)
	}
	/* models: i915_gem_userptr_release() */
	atomic {
		assert(!tree);		/* P9: a freed object is in the tree */
		assert(!(cancelling | objects | contended));	/* P3: a freed object is queued */
		freed = 1
	}
}

/* No thread is left. Invalidations in progress may never end. */
proctype exit_mm()
{
	byte i = OBJECTS;

	users == 0;
	if
	:: atomic { stopped++; goto stop }
	/* models: i915_mmu_notifier_release() */
	:: d_step {
		set(hit, fresh | stale);
#ifndef EXIT_DOES_NOT_CANCEL
		cancel_range(3);
#endif
		mm_gone = 1
	   }
	fi;
	atomic {
		assert(!fresh);		/* P10: pages are fresh whose mm is gone */
		gone = pages;
		stopped++
	}
stop:	skip
}

/* Freezing waits for runs to end. The thaw waits for a removal of the device meanwhile. */
proctype suspend()
{
	if
	:: atomic { !users && !handle && !(running & ~B(DRAIN)) -> frozen = 1 }
	:: !users
	fi;
	atomic { !draining; frozen = 0; stopped++ }
}

/*
 * The driver goes away when all files are closed and the GPU is idle. The mm may still be there. It
 * drains again after the objects were freed, since that can leave locked pages on the list.
 */
inline drained()
{
#ifdef DRAIN_RELIES_ON_WORKQUEUE
	!pending;
	draining = 0
#else
	!draining
#endif
}

proctype driver()
{
end:
	atomic { !users && !handle && !fences[0]; draining = OFF(DRIVER_DOES_NOT_DRAIN) }
	atomic {
		drained();
		!freeing || freed;
		assert(freed);			/* P10: the driver goes away before the object */
		draining = OFF(DRIVER_DRAINS_ONCE)
	}
	/* models: i915_gem_userptr_cleanup() */
	atomic {
		drained();
		assert(!pending && !wakerefs)	/* P10: the driver goes away before a run ends */
	}
}
#define STOPS (THREADS + INVALIDATIONS + 3)
#elif defined(STRANGER)
#define STOPS (THREADS + INVALIDATIONS + 1)
#else
#define STOPS (THREADS + INVALIDATIONS)
#endif

/* At rest, when all have stopped: what has become of the objects? */
proctype quiet()
{
	atomic {
		stopped == STOPS && !submitted && !work && !(retry && RETRY_HELPS) && !running &&
			!draining && freeing == freed;
		assert(!(stale & ~cancelling));	/* P2: pages that were hit are kept */
		assert(!cancelling && !pages_list);	/* P16: a cancel is lost */
		assert(!mm_gone || !pages);		/* P10: the pages outlive the mm */
		assert(tree == fresh && fresh == pages); /* P9: an idle object is in the tree */
		assert(!pending && !fence_held);	/* P3: a count or a fence is lost */
		assert(refs[0] == handle && refs[OBJECTS - 1] == handle); /* P3: a lost reference */
		assert(freed == !handle);		/* P3: the object is not freed */
		assert(!pinned[0] && !pinned[OBJECTS - 1])	/* P2: pages are still pinned */
	}
}

init {
	byte i;

	atomic {
#ifdef STRANGER
		tree = 1;
		fresh = 1;
		pages = 1;
		bound = 1;
#endif
		for (i : 0 .. THREADS - 1) { run thread(i) }
		for (i : 0 .. INVALIDATIONS - 1) { run invalidation(i) }
		run gpu();
#ifdef STRANGER
		run cancel(B(WORK));
		run cancel(B(RETRY));
#else
		run cancel(B(WORK) | B(RETRY));
#endif
#ifdef STRANGER
		run stranger();
#else
		run shrinker();
#endif
#if WITH_LIFE
#ifndef DRAIN_RELIES_ON_WORKQUEUE
		run cancel(B(DRAIN));
#endif
		run close_handle();
		run free_object();
		run exit_mm();
		run suspend();
		run driver();
#endif
		run quiet()
	}
}
