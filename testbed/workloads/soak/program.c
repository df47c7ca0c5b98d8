// SPDX-License-Identifier: MIT
/*
 * Hours of mixed load: processes that create, use, invalidate and close userptr objects at random,
 * while memory is swapped out, aliases are revoked, the GPU hangs and is reset, and processes are
 * killed.
 *
 * A worker is a process with two threads; each has its own DRM file and four windows of memory at
 * fixed addresses. When a worker has ended (exit, exec, SIGKILL), the next generation takes its
 * place. The operations of a thread are a function of (seed, worker, generation, thread) alone:
 * each step has its own splitmix64, which is seeded by a hash of these and of the number of the
 * step. Results of operations affect neither the sequence of operations nor their random numbers,
 * but which object a number selects depends on the objects that exist. The timing of threads
 * relative to each other is up to the machine.
 *
 * The state of each page of a window is known, and with it the result of a call:
 *
 *	userptr, busy, close, set-tiling	0
 *	userptr with PROBE			EFAULT if a page of the range is unmapped, or is
 *						an alias (another object's aperture mapping),
 *						else 0
 *	set-domain				EFAULT if a page of the range cannot be written
 *						to, or in a child that has only inherited the
 *						file; else 0
 *	execbuf					EFAULT if a page of an object cannot be written
 *						to, else 0; EIO after a hang of this file was
 *						detected: the driver bans a file that hangs too
 *						often, and the worker opens a new file
 *	F_ADD_SEALS				EBUSY for up to SEAL_NS, because queued work
 *						unpins the pages
 *	madvise(MADV_PAGEOUT) and all others	0
 *
 * Calls that return EAGAIN or EINTR are repeated, for CALL_NS. A batch's writes are there when it
 * has completed, unless a reset found this file guilty meanwhile, and stay there until the memory
 * is taken away.
 *
 * Every few minutes all workers end, and the state of the system is compared with the state before:
 * see compare().
 */

#define _GNU_SOURCE
#include <dirent.h>
#include <getopt.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define CALL_NS (60 * SECOND)
#include "gem.h"
#include "pins.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

#define SLAB_DIR "/sys/kernel/slab/"

#define MAX_WORKERS 8
#define THREADS 2
#define SLOTS 4
#define SLOT_OBJECTS 5
#define SLOT_CHECKS 8
#define BATCHES 3
#define MAX_PAGES 512u /* of a window: a huge page */
#define WATCHDOG_NS (120 * SECOND)
#define SEAL_NS (30 * SECOND)
#define BACK_NS (60 * SECOND) /* limit for the return to the initial state without workers */
#define IDLE_S 60 /* limit for the GPU to become idle without workers */
#define MEMORY_KIB (96 * 1024) /* by which MemAvailable may be less at the end */
#define SPIN_US 80000

/* name, text, number of cards in a deck */
#define OPS(X) \
	X(OBJECT, "userptr: all of a window", 8) \
	X(SUBOBJECT, "userptr: some of a window", 8) \
	X(PROBE, "userptr with PROBE", 2) \
	X(SET_DOMAIN, "set-domain", 10) \
	X(EXEC, "execbuf, wait, compare", 12) \
	X(EXEC_ASYNC, "execbuf, do not wait", 8) \
	X(SPIN, "batch that spins, event, end of it", 6) \
	X(VERIFY, "wait for batches, compare", 6) \
	X(BUSY, "busy", 2) \
	X(MAP_ANON, "MAP_FIXED: anonymous memory", 3) \
	X(MAP_MEMFD, "MAP_FIXED: memfd", 3) \
	X(MAP_THP, "MAP_FIXED: huge page", 2) \
	X(MUNMAP, "munmap", 2) \
	X(MUNMAP_PART, "munmap of a part", 2) \
	X(MREMAP, "mremap away, perhaps back", 3) \
	X(DONTNEED, "MADV_DONTNEED", 2) \
	X(FREE, "MADV_FREE", 2) \
	X(REMOVE, "MADV_REMOVE", 2) \
	X(TRUNCATE, "ftruncate of the memfd, and back", 2) \
	X(PAGEOUT, "MADV_PAGEOUT", 3) \
	X(PROT_NONE, "mprotect(PROT_NONE)", 2) \
	X(PROT_READ, "mprotect(PROT_READ)", 2) \
	X(FORK, "fork, child uses it and exits", 2) \
	X(FORK_EXEC, "fork, child executes a program", 1) \
	X(ALIAS, "alias over the window", 2) \
	X(ALIAS_ONE, "alias over one page", 2) \
	X(ALIAS_TILED, "alias, set-tiling", 2) \
	X(ALIAS_CLOSED, "alias, close, munmap", 1) \
	X(ALIAS_PURGED, "alias, madvise away, purge", 1) \
	X(SEAL, "munmap of a memfd, F_SEAL_WRITE", 1) \
	X(SHARED, "one object, both threads", 5) \
	X(COMMON, "object in a file of all workers", 4) \
	X(DROP_CACHES, "i915_gem_drop_caches", 2) \
	X(RESET, "i915_wedged: reset", 1) \
	X(HANG, "batch that hangs", 1) \
	X(CLOSE, "close of an object", 5) \
	X(CLOSE_FILE, "close of the file", 1) \
	/* No cards: the end of a generation. */ \
	X(END_EXIT, "worker: all closed, exit", 0) \
	X(END_LEAVE, "worker: exit with all open", 0) \
	X(END_KILL, "worker: SIGKILL", 0) \
	X(END_SPIN, "worker: SIGKILL, its batch spins", 0) \
	X(END_EXEC, "worker: exec with all open", 0) \
	/* No cards either: counted where they occur. */ \
	X(BANNED, "new file after a ban", 0) \
	X(FAULTED, "call refused, the memory is gone", 0) \
	X(COMPARED, "value of a batch compared", 0)

enum op {
#define X(name, text, cards) OP_##name,
	OPS(X)
#undef X
	NR_OPS
};

static const struct {
	const char *name, *text;
	unsigned int cards;
} ops[] = {
#define X(name, text, cards) { #name, text, cards },
	OPS(X)
#undef X
};

enum kind { ANON, MEMFD, THP };
enum { HOLE, GOOD, NOWRITE, OVERLAID }; /* state of a page of a window */

struct object {
	uint32_t handle;
	unsigned int first, n;
};

/* A value that a batch writes, or has written. */
struct check {
	volatile uint32_t *ptr;
	uint32_t value;
	uint32_t guilty; /* hangs of the file at submission */
	bool seen;
};

struct slot {
	char *base, *away;
	unsigned int pages;
	enum kind kind;
	int memfd;
	uint8_t state[MAX_PAGES];
	struct object obj[SLOT_OBJECTS];
	unsigned int objects;
	struct check check[SLOT_CHECKS];
	unsigned int checks;
};

struct rng {
	uint64_t x;
};

struct thread {
	unsigned int id;
	uint64_t step;
	enum op op;
	struct rng rng;
	int fd;
	struct slot slot[SLOTS];
	struct batch batch[BATCHES];
	unsigned int next;
	uint32_t value;
	sigjmp_buf jmp;
	volatile sig_atomic_t guarded;
	bool spins; /* a batch of this thread spins: do not wait for the GPU */
};

/* Shared by supervisor and workers. */
struct shared {
	int stop;
	int failed;
	char why[300];
	uint64_t count[NR_OPS];
	struct place {
		int64_t beat[THREADS];
		int op[THREADS];
		uint64_t step[THREADS];
		int dies; /* expected to die by SIGKILL */
	} place[MAX_WORKERS];
};

static struct shared *shared;
static uint64_t seed;
static unsigned int worker, generation;
static int common = -1; /* a file shared by all workers */
static __thread struct thread *self;

/* The object that both threads use. */
static struct {
	char *ptr;
	uint32_t handle;
	int fd;
} both;
#define BOTH_PAGES 32u

/*
 * Random numbers: splitmix64.
 */

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

static uint64_t draw(struct rng *r)
{
	return mix(r->x += 0x9e3779b97f4a7c15);
}

static unsigned int below(struct rng *r, unsigned int n)
{
	return draw(r) % n;
}

static struct rng rng_for(unsigned int w, unsigned int g, unsigned int t, uint64_t step)
{
	return (struct rng){ mix(seed + mix(w + mix(g + mix(t + mix(step + 1) + 1) + 1) + 1)) };
}

/*
 * The steps: a deck with at least one card for each operation is shuffled, used up, and shuffled
 * again. Only one thread of one worker does resets.
 */
static enum op op_of_step(unsigned int w, unsigned int g, unsigned int t, uint64_t step)
{
	enum op deck[256];
	unsigned int n = 0;
	struct rng r;

	for (int op = 0; op < NR_OPS; op++) {
		if ((op == OP_HANG && (w || t)) || (op == OP_RESET && (w != 1 || t)))
			continue;
		for (unsigned int i = 0; i < ops[op].cards; i++)
			deck[n++] = op;
	}
	r = rng_for(w, g, t + 100, step / n);
	for (unsigned int i = n - 1; i; i--) {
		unsigned int j = below(&r, i + 1);
		enum op tmp = deck[i];

		deck[i] = deck[j];
		deck[j] = tmp;
	}
	return deck[step % n];
}

static unsigned int steps_of(unsigned int w, unsigned int g, enum op *end)
{
	static const enum op ends[] = {
		OP_END_EXIT, OP_END_EXIT, OP_END_LEAVE, OP_END_LEAVE, OP_END_KILL,
		OP_END_KILL, OP_END_KILL, OP_END_EXEC, OP_END_EXEC, OP_END_SPIN,
	};
	struct rng r = rng_for(w, g, 200, 0);

	*end = ends[below(&r, ARRAY_SIZE(ends))];
	return 15 + below(&r, 105);
}

/*
 * Errors, and the progress of a worker.
 */

static pid_t supervisor;
static void give_up(void);

__attribute__((noreturn, format(printf, 1, 2)))
static void fail(const char *fmt, ...)
{
	char text[200];
	va_list va;

	va_start(va, fmt);
	vsnprintf(text, sizeof(text), fmt, va);
	va_end(va);
	if (!__atomic_exchange_n(&shared->failed, 1, __ATOMIC_SEQ_CST)) {
		if (self)
			snprintf(shared->why, sizeof(shared->why),
				 "worker %u, generation %u, thread %u, step %" PRIu64 ", %s: %s",
				 worker, generation, self->id, self->step,
				 ops[self->op].text, text);
		else
			snprintf(shared->why, sizeof(shared->why), "%s", text);
	}
	if (!self && getpid() == supervisor)
		give_up();
	_exit(3);
}

static void count(enum op op)
{
	__atomic_fetch_add(&shared->count[op], 1, __ATOMIC_RELAXED);
}

static void on_fault(int sig)
{
	if (self && self->guarded) {
		self->guarded = 0;
		siglongjmp(self->jmp, sig);
	}
	fail("signal %d", sig);
}

/* Touches memory that may not be there. Return: true if it was. */
static bool touch(volatile char *p)
{
	if (sigsetjmp(self->jmp, 1))
		return false;
	self->guarded = 1;
	*p = 0x33;
	self->guarded = 0;
	return true;
}

static void write_to(const char *name, const char *text)
{
	/* A signal may interrupt it. */
	while (!put(name, text))
		if (errno != EINTR)
			fail("cannot write %s to %s: %m", text, name);
}

static void drop(unsigned int what)
{
	while (!gem_drop_caches(what))
		if (errno != EINTR)
			fail("cannot write %#x to i915_gem_drop_caches: %m", what);
}

/*
 * Calls of the driver that must not fail.
 */

static uint32_t make_bo(int fd, size_t size)
{
	uint32_t handle;

	if (gem_create(fd, size, &handle))
		fail("create: %m");
	return handle;
}

static void close_handle(int fd, uint32_t handle)
{
	if (gem_close(fd, handle))
		fail("close: %m");
}

static void wait_idle(int fd, uint32_t handle)
{
	if (gem_wait(fd, handle, CALL_NS))
		fail("wait: %m");
}

static uint64_t offset_of(int fd, uint32_t handle, uint64_t type)
{
	uint64_t offset;

	if (gem_mmap_offset(fd, handle, type, &offset))
		fail("mmap-offset: %m");
	return offset;
}

static void make_batch(int fd, struct batch *b)
{
	if (batch_try_create(fd, b))
		fail("a batch: %m");
}

/* Return: the number of hangs that this file caused. */
static uint32_t guilty(int fd)
{
	struct drm_i915_reset_stats arg = { 0 };

	if (call(fd, DRM_IOCTL_I915_GET_RESET_STATS, &arg))
		fail("reset-stats: %m");
	return arg.batch_active;
}

static int open_file(void)
{
	int fd = open(CARD, O_RDWR);

	if (fd < 0)
		fail("cannot open %s: %m", CARD);
	return fd;
}

/*
 * A thread's file, batches and windows.
 */

static void open_mine(struct thread *t)
{
	t->fd = open_file();
	for (unsigned int i = 0; i < BATCHES; i++)
		make_batch(t->fd, &t->batch[i]);
}

/* All objects are freed with the file. After that no batch can be waited for. */
static void close_mine(struct thread *t)
{
	for (unsigned int i = 0; i < BATCHES; i++)
		munmap((void *)t->batch[i].cmd, page);
	close(t->fd);
	t->fd = -1;
	for (unsigned int i = 0; i < SLOTS; i++) {
		struct slot *s = &t->slot[i];
		unsigned int n = 0;

		s->objects = 0;
		for (unsigned int j = 0; j < s->checks; j++)
			if (s->check[j].seen)
				s->check[n++] = s->check[j];
		s->checks = n;
	}
}

static void forget(struct slot *s, unsigned int first, unsigned int n)
{
	const char *from = s->base + first * page, *to = from + n * page;
	unsigned int left = 0;

	for (unsigned int i = 0; i < s->checks; i++) {
		const char *p = (const char *)s->check[i].ptr;

		if (p < from || p >= to)
			s->check[left++] = s->check[i];
	}
	s->checks = left;
}

static void now_is(struct slot *s, unsigned int first, unsigned int n, int state)
{
	memset(s->state + first, state, n);
}

static bool all_good(const struct slot *s, unsigned int first, unsigned int n)
{
	for (unsigned int i = first; i < first + n; i++)
		if (s->state[i] != GOOD)
			return false;
	return true;
}

/* Maps new memory in a window, in place of the old. */
static void map_window(struct thread *t, struct slot *s, enum kind kind)
{
	const int prot = PROT_READ | PROT_WRITE;
	unsigned int was = s->pages;
	void *p;

	forget(s, 0, MAX_PAGES);
	s->kind = kind;
	s->pages = kind == THP ? MAX_PAGES : 16u << below(&t->rng, 3);
	if (s->memfd >= 0)
		close(s->memfd);
	s->memfd = -1;
	if (kind == MEMFD) {
		s->memfd = memfd_create("soak", MFD_ALLOW_SEALING | MFD_CLOEXEC);
		if (s->memfd < 0 || ftruncate(s->memfd, s->pages * page))
			fail("memfd: %m");
		p = mmap(s->base, s->pages * page, prot, MAP_SHARED | MAP_FIXED, s->memfd, 0);
	} else {
		p = mmap(s->base, s->pages * page, prot,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		if (kind == THP && p != MAP_FAILED)
			madvise(s->base, s->pages * page, MADV_HUGEPAGE);
	}
	if (p == MAP_FAILED)
		fail("mmap: %m");
	if (was > s->pages && munmap(s->base + s->pages * page, (was - s->pages) * page))
		fail("munmap: %m");
	now_is(s, 0, MAX_PAGES, HOLE);
	now_is(s, 0, s->pages, GOOD);
	for (unsigned int i = 0; i < s->pages; i += 1 + below(&t->rng, 4))
		*(volatile uint32_t *)(s->base + i * page) = i;
}

/* Return: a window with all its pages. @kinds: a mask of the kinds allowed. */
static struct slot *whole(struct thread *t, unsigned int kinds)
{
	struct slot *s = &t->slot[below(&t->rng, SLOTS)];
	unsigned int kind = below(&t->rng, 3);

	if (s->pages && all_good(s, 0, s->pages) && (kinds & 1 << s->kind))
		return s;
	while (!(kinds & 1 << kind))
		kind = (kind + 1) % 3;
	map_window(t, s, kind);
	return s;
}

#define ANY (1 << ANON | 1 << MEMFD | 1 << THP)

static struct object *add_object(struct thread *t, struct slot *s, unsigned int first,
				 unsigned int n)
{
	struct object *o;

	if (s->objects == SLOT_OBJECTS) {
		close_handle(t->fd, s->obj[0].handle);
		memmove(s->obj, s->obj + 1, sizeof(*s->obj) * --s->objects);
	}
	o = &s->obj[s->objects++];
	o->first = first;
	o->n = n;
	if (gem_userptr(t->fd, s->base + first * page, n * page, 0, &o->handle))
		fail("userptr: %m");
	return o;
}

/* Return: any object of a window; makes one if there is none. */
static struct object *any_object(struct thread *t, struct slot *s)
{
	unsigned int i = below(&t->rng, SLOT_OBJECTS);

	if (!s->objects)
		return add_object(t, s, 0, s->pages);
	return &s->obj[i % s->objects];
}

static void use_domain(struct thread *t, struct slot *s, const struct object *o)
{
	bool good = all_good(s, o->first, o->n);

	if (t->spins)
		return;
	if (!gem_set_domain(t->fd, o->handle, I915_GEM_DOMAIN_GTT)) {
		if (!good)
			fail("set-domain accepts a range that is not all there");
	} else if (good || errno != EFAULT) {
		fail("set-domain: %m, the range is %sall there", good ? "" : "not ");
	} else {
		count(OP_FAULTED);
	}
}

/* All batches of this file must have completed. */
static void compare_values(struct thread *t, struct slot *s)
{
	for (unsigned int i = 0; i < s->checks; i++) {
		struct check *c = &s->check[i];
		unsigned int nr = ((char *)c->ptr - s->base) / page;
		uint32_t value;

		if (s->state[nr] != GOOD)
			continue;
		value = *c->ptr;
		if (value == c->value) {
			c->seen = true;
			count(OP_COMPARED);
		} else if (c->seen || guilty(t->fd) == c->guilty) {
			fail("page %u of %u (%s) has %#x, a batch wrote %#x%s", nr, s->pages,
			     s->kind == MEMFD ? "memfd" : s->kind == THP ? "huge" : "anon",
			     value, c->value, c->seen ? ", which was there before" : "");
		} else {
			/* The reset skipped the batch. */
			*c = s->check[--s->checks];
			i--;
		}
	}
}

static void add_check(struct slot *s, volatile uint32_t *ptr, uint32_t value, uint32_t hangs)
{
	for (unsigned int i = 0; i < s->checks; i++) {
		if (s->check[i].ptr == ptr) {
			s->check[i] = s->check[--s->checks];
			break;
		}
	}
	if (s->checks == SLOT_CHECKS)
		memmove(s->check, s->check + 1, sizeof(*s->check) * --s->checks);
	s->check[s->checks++] = (struct check){ ptr, value, hangs, false };
}

static struct batch *next_batch(struct thread *t)
{
	struct batch *b = &t->batch[t->next++ % BATCHES];

	if (batch_clear(b))
		fail("set-domain of a batch: %m");
	return b;
}

/* Submits a batch. Return: 0 or an errno that is allowed. */
static int submit(int fd, struct drm_i915_gem_exec_object2 *exec, unsigned int n, bool good)
{
	if (!gem_execbuf(fd, exec, n, call_ns)) {
		if (!good)
			fail("execbuf accepts a range that is not all there");
		return 0;
	}
	if (errno == EIO && guilty(fd))
		return EIO;
	if (good || errno != EFAULT)
		fail("execbuf: %m, the ranges are %sall there", good ? "" : "not ");
	count(OP_FAULTED);
	return EFAULT;
}

/*
 * Submits a batch that writes to 1 to 8 objects of any windows, and then, as @spin says, ends or
 * loops. Return: the batch, or NULL if it was refused. A banned file is closed, and another one
 * opened.
 */
static struct batch *run_batch(struct thread *t, int spin)
{
	struct drm_i915_gem_relocation_entry reloc[MAX_OBJECTS + 1] = { 0 };
	struct drm_i915_gem_exec_object2 exec[MAX_OBJECTS + 1] = { 0 };
	struct {
		struct slot *s;
		struct object o;
		volatile uint32_t *ptr;
		uint32_t value;
	} write[MAX_OBJECTS];
	unsigned int want = 1 + below(&t->rng, MAX_OBJECTS), n = 0;
	bool broken = !below(&t->rng, 8), good = true;
	struct batch *b = next_batch(t);
	uint32_t hangs;
	int err;

	for (unsigned int i = 0; i < want; i++) {
		struct slot *s = broken ? &t->slot[below(&t->rng, SLOTS)] : whole(t, ANY);
		unsigned int where = below(&t->rng, 1 << 16), dword = below(&t->rng, 1000);
		struct object *o;
		bool twice = false;

		if (!s->pages)
			continue;
		o = any_object(t, s);
		if (!all_good(s, o->first, o->n) && !broken)
			o = add_object(t, s, 0, s->pages);
		for (unsigned int j = 0; j < n; j++)
			twice |= exec[j].handle == o->handle;
		if (twice)
			continue;
		exec[n].handle = o->handle;
		exec[n].flags = EXEC_OBJECT_WRITE;
		write[n].s = s;
		write[n].o = *o;
		write[n].ptr = (uint32_t *)(s->base + (o->first + where % o->n) * page) + dword;
		write[n].value = ++t->value << 8 | 0xa0 | t->id;
		n++;
	}

	/* Making an object may have closed one that was selected before it: drop that. */
	for (unsigned int i = 0; i < n; i++) {
		const struct slot *s = write[i].s;
		bool there = false;

		for (unsigned int j = 0; j < s->objects; j++)
			there |= !memcmp(&s->obj[j], &write[i].o, sizeof(write[i].o));
		if (there) {
			good &= all_good(s, write[i].o.first, write[i].o.n);
			continue;
		}
		n--;
		memmove(exec + i, exec + i + 1, sizeof(*exec) * (n - i));
		memmove(write + i, write + i + 1, sizeof(*write) * (n - i));
		i--;
	}

	for (unsigned int i = 0; i < n; i++)
		batch_store(b, i, exec[i].handle,
			    (char *)write[i].ptr - write[i].s->base - write[i].o.first * page,
			    write[i].value, reloc);
	batch_finish(b, BATCH_LAST, spin, reloc, n, &exec[n]);

	hangs = guilty(t->fd);
	err = submit(t->fd, exec, n + 1, good);
	if (err == EIO) {
		count(OP_BANNED);
		close_mine(t);
		open_mine(t);
	}
	if (err)
		return NULL;
	for (unsigned int i = 0; i < n; i++)
		add_check(write[i].s, write[i].ptr, write[i].value, hangs);
	return b;
}

static void verify(struct thread *t)
{
	for (unsigned int i = 0; i < BATCHES; i++)
		wait_idle(t->fd, t->batch[i].handle);
	for (unsigned int i = 0; i < SLOTS; i++)
		compare_values(t, &t->slot[i]);
}

/*
 * The operations.
 */

static void check0(int ret, const char *what)
{
	if (ret)
		fail("%s: %m", what);
}

/* Maps the aperture mapping of a new object over @n pages of a window. */
static uint32_t lay_over(struct thread *t, struct slot *s, unsigned int first, unsigned int n)
{
	uint32_t bo = make_bo(t->fd, n * page);
	uint64_t type = below(&t->rng, 3) ? I915_MMAP_OFFSET_GTT : I915_MMAP_OFFSET_WC;
	void *p;

	forget(s, first, n);
	p = mmap(s->base + first * page, n * page, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_FIXED, t->fd, offset_of(t->fd, bo, type));
	if (p == MAP_FAILED)
		fail("mmap of an alias: %m");
	now_is(s, first, n, OVERLAID);
	for (unsigned int i = first; i < first + n; i += 1 + below(&t->rng, 16))
		if (!touch(s->base + i * page))
			fail("no page in an alias");
	return bo;
}

static void op_alias(struct thread *t, enum op op)
{
	struct slot *s = whole(t, ANY);
	unsigned int n = op == OP_ALIAS_ONE ? 1 : s->pages;
	unsigned int first = op == OP_ALIAS_ONE ? below(&t->rng, 1 << 16) % s->pages : 0;
	uint32_t bo;

	/* Take the pages, so that there is something to cancel. */
	use_domain(t, s, any_object(t, s));
	bo = lay_over(t, s, first, n);

	if (op == OP_ALIAS_TILED) {
		check0(gem_set_tiling_x(t->fd, bo, 512), "set-tiling");
		if (!touch(s->base))
			fail("no page in an alias that is tiled now");
	} else if (op == OP_ALIAS_PURGED) {
		check0(gem_madvise(t->fd, bo, I915_MADV_DONTNEED) < 0, "madvise");
		drop(DROP_BOUND | DROP_UNBOUND);
		/* SIGBUS if it was purged, but it may be in use elsewhere. */
		touch(s->base);
	}
	if (s->objects)
		use_domain(t, s, any_object(t, s));
	close_handle(t->fd, bo);
	if (op == OP_ALIAS_CLOSED || op == OP_ALIAS_PURGED || !below(&t->rng, 2)) {
		check0(munmap(s->base + first * page, n * page), "munmap");
		now_is(s, first, n, HOLE);
	}
}

static void op_fork(struct thread *t, enum op op)
{
	struct slot *s = whole(t, ANY);
	struct object *o = any_object(t, s);
	uint32_t handle = o->handle;
	bool closes = !below(&t->rng, 4);
	int status;
	pid_t pid;

	use_domain(t, s, o);
	pid = fork();
	if (pid < 0)
		fail("fork: %m");
	if (!pid) {
		/* The child lacks the other thread: use system calls only. */
		if (op == OP_FORK_EXEC) {
			execl("/proc/self/exe", "userptr-soak", "--nothing", NULL);
			_exit(10);
		}
		for (unsigned int i = 0; i < s->pages; i += 3)
			((volatile uint32_t *)(s->base + i * page))[1023] = i;
		if (!gem_set_domain(t->fd, handle, I915_GEM_DOMAIN_GTT))
			_exit(11);
		if (errno != EFAULT)
			_exit(12);
		_exit(closes && gem_close(t->fd, handle) ? 13 : 0);
	}
	/* Meanwhile the parent breaks the copy-on-write sharing. */
	for (unsigned int i = 0; i < s->pages; i += 2)
		((volatile uint32_t *)(s->base + i * page))[1022] = i;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			fail("waitpid: %m");
	if (status)
		fail("the child ended with %#x%s", status,
		     status == 11 << 8 ? ": set-domain works in another process" : "");
	if (closes && op == OP_FORK)
		*o = s->obj[--s->objects];
}

static void op_seal(struct thread *t)
{
	const int64_t limit = now_ns() + SEAL_NS;
	struct slot *s = whole(t, 1 << MEMFD);

	use_domain(t, s, any_object(t, s));
	check0(munmap(s->base, s->pages * page), "munmap");
	forget(s, 0, s->pages);
	now_is(s, 0, s->pages, HOLE);
	while (fcntl(s->memfd, F_ADD_SEALS, F_SEAL_WRITE)) {
		if (errno != EBUSY && errno != EINTR)
			fail("F_SEAL_WRITE: %m");
		if (now_ns() > limit)
			fail("F_SEAL_WRITE: %m, %lld s after munmap", SEAL_NS / SECOND);
		nap(1000);
	}
}

/* The object of both threads: acquired and invalidated at the same time. */
static void op_shared(struct thread *t)
{
	struct drm_i915_gem_exec_object2 exec[2] = { 0 };
	struct batch b;

	switch (below(&t->rng, 4)) {
	case 0:
		check0(gem_set_domain(both.fd, both.handle, I915_GEM_DOMAIN_GTT), "set-domain");
		break;
	case 1:
		check0(madvise(both.ptr, BOTH_PAGES * page, MADV_DONTNEED), "MADV_DONTNEED");
		break;
	case 2:
		for (unsigned int i = 0; i < BOTH_PAGES; i++)
			*(volatile uint32_t *)(both.ptr + i * page) = i;
		check0(madvise(both.ptr, BOTH_PAGES * page, MADV_PAGEOUT), "MADV_PAGEOUT");
		break;
	default:
		make_batch(both.fd, &b);
		b.cmd[0] = MI_BATCH_BUFFER_END;
		exec[0].handle = both.handle;
		exec[0].flags = EXEC_OBJECT_WRITE;
		exec[1].handle = b.handle;
		submit(both.fd, exec, 2, true);
		munmap((void *)b.cmd, page);
		close_handle(both.fd, b.handle);
		break;
	}
}

/*
 * An object in the file that all workers share: it outlives its memory and this process. Its pages
 * may be taken only while all of them are there.
 */
static void op_common(struct thread *t)
{
	struct slot *s = whole(t, ANY);
	uint32_t handle;

	if (gem_userptr(common, s->base, s->pages * page, 0, &handle))
		fail("userptr: %m");
	check0(gem_set_domain(common, handle, I915_GEM_DOMAIN_GTT), "set-domain");
	switch (below(&t->rng, 3)) {
	case 0:
		close_handle(common, handle);
		break;
	case 1:
		forget(s, 0, s->pages);
		check0(munmap(s->base, s->pages * page), "munmap");
		now_is(s, 0, s->pages, HOLE);
		if (!gem_set_domain(common, handle, I915_GEM_DOMAIN_GTT))
			fail("set-domain accepts what was unmapped");
		if (errno != EFAULT)
			fail("set-domain: %m");
		break;
	default:
		break;
	}
}

static bool op_hang(struct thread *t)
{
	const uint32_t hangs = guilty(t->fd);
	struct batch *b = run_batch(t, HANGS);

	if (!b)
		return false;
	wait_idle(t->fd, b->handle);
	if (guilty(t->fd) == hangs)
		fail("a batch that never ends has ended, and no hang was noticed");
	if (below(&t->rng, 2)) {
		close_mine(t);
		open_mine(t);
	}
	return true;
}

static void advise(struct slot *s, int advice, const char *name)
{
	check0(madvise(s->base, s->pages * page, advice), name);
}

static void event(struct thread *t, enum op op)
{
	struct slot *s;
	unsigned int first, n;

	switch (op) {
	case OP_MAP_ANON:
	case OP_MAP_MEMFD:
	case OP_MAP_THP:
		map_window(t, &t->slot[below(&t->rng, SLOTS)],
			   op == OP_MAP_ANON ? ANON : op == OP_MAP_MEMFD ? MEMFD : THP);
		break;
	case OP_MUNMAP:
	case OP_MUNMAP_PART:
		s = whole(t, ANY);
		first = op == OP_MUNMAP ? 0 : below(&t->rng, 1 << 16) % s->pages;
		n = op == OP_MUNMAP ? s->pages : 1 + below(&t->rng, 1 << 16) % (s->pages - first);
		forget(s, first, n);
		check0(munmap(s->base + first * page, n * page), "munmap");
		now_is(s, first, n, HOLE);
		break;
	case OP_MREMAP:
		s = whole(t, ANY);
		if (mremap(s->base, s->pages * page, s->pages * page,
			   MREMAP_MAYMOVE | MREMAP_FIXED, s->away) != s->away)
			fail("mremap: %m");
		now_is(s, 0, s->pages, HOLE);
		if (s->objects)
			use_domain(t, s, any_object(t, s));
		if (below(&t->rng, 2)) {
			if (mremap(s->away, s->pages * page, s->pages * page,
				   MREMAP_MAYMOVE | MREMAP_FIXED, s->base) != s->base)
				fail("mremap back: %m");
			now_is(s, 0, s->pages, GOOD);
		} else {
			forget(s, 0, s->pages);
			check0(munmap(s->away, s->pages * page), "munmap");
		}
		break;
	case OP_DONTNEED:
		s = whole(t, ANY);
		if (s->kind != MEMFD)
			forget(s, 0, s->pages);
		advise(s, MADV_DONTNEED, "MADV_DONTNEED");
		break;
	case OP_FREE:
		s = whole(t, 1 << ANON | 1 << THP);
		forget(s, 0, s->pages);
		advise(s, MADV_FREE, "MADV_FREE");
		break;
	case OP_REMOVE:
		s = whole(t, 1 << MEMFD);
		forget(s, 0, s->pages);
		advise(s, MADV_REMOVE, "MADV_REMOVE");
		break;
	case OP_TRUNCATE:
		s = whole(t, 1 << MEMFD);
		forget(s, 0, s->pages);
		check0(ftruncate(s->memfd, 0), "ftruncate");
		now_is(s, 0, s->pages, NOWRITE);
		if (s->objects)
			use_domain(t, s, any_object(t, s));
		check0(ftruncate(s->memfd, s->pages * page), "ftruncate");
		now_is(s, 0, s->pages, GOOD);
		break;
	case OP_PAGEOUT:
		s = whole(t, ANY);
		advise(s, MADV_PAGEOUT, "MADV_PAGEOUT");
		break;
	case OP_PROT_NONE:
	case OP_PROT_READ:
		s = whole(t, ANY);
		check0(mprotect(s->base, s->pages * page,
				op == OP_PROT_READ ? PROT_READ : PROT_NONE), "mprotect");
		now_is(s, 0, s->pages, NOWRITE);
		if (s->objects)
			use_domain(t, s, any_object(t, s));
		if (below(&t->rng, 2)) {
			check0(mprotect(s->base, s->pages * page, PROT_READ | PROT_WRITE),
			       "mprotect");
			now_is(s, 0, s->pages, GOOD);
		}
		break;
	case OP_FORK:
	case OP_FORK_EXEC:
		op_fork(t, op);
		break;
	case OP_ALIAS:
	case OP_ALIAS_ONE:
	case OP_ALIAS_TILED:
	case OP_ALIAS_CLOSED:
	case OP_ALIAS_PURGED:
		op_alias(t, op);
		break;
	default:
		fail("no such event");
	}
}

/* Performs the step's operation. Return: true if the operation counts. */
static bool operate(struct thread *t, enum op op)
{
	struct drm_i915_gem_busy busy = { 0 };
	unsigned int first, n;
	struct object *o;
	struct batch *b;
	struct slot *s;
	uint32_t handle;
	bool gap;

	switch (op) {
	case OP_OBJECT:
		s = whole(t, ANY);
		add_object(t, s, 0, s->pages);
		return true;
	case OP_SUBOBJECT:
		s = whole(t, ANY);
		first = below(&t->rng, 1 << 16) % s->pages;
		n = 1 + below(&t->rng, 1 << 16) % (s->pages - first);
		add_object(t, s, first, n);
		return true;
	case OP_PROBE:
		s = &t->slot[below(&t->rng, SLOTS)];
		if (!s->pages)
			return false;
		gap = false;
		for (unsigned int i = 0; i < s->pages; i++)
			gap |= s->state[i] == HOLE || s->state[i] == OVERLAID;
		if (!gem_userptr(t->fd, s->base, s->pages * page, I915_USERPTR_PROBE, &handle)) {
			if (gap)
				fail("PROBE finds what is not there");
			close_handle(t->fd, handle);
		} else if (!gap || errno != EFAULT) {
			fail("PROBE: %m");
		}
		return true;
	case OP_SET_DOMAIN:
		/* Half of the time on a window that an event may have left incomplete. */
		s = below(&t->rng, 2) ? whole(t, ANY) : &t->slot[below(&t->rng, SLOTS)];
		if (!s->pages)
			return false;
		use_domain(t, s, any_object(t, s));
		return true;
	case OP_EXEC:
		b = run_batch(t, ENDS);
		if (!b)
			return false;
		wait_idle(t->fd, b->handle);
		for (unsigned int i = 0; i < SLOTS; i++)
			compare_values(t, &t->slot[i]);
		return true;
	case OP_EXEC_ASYNC:
		return run_batch(t, ENDS);
	case OP_SPIN:
		b = run_batch(t, SPINS);
		if (!b)
			return false;
		t->spins = true;
		event(t, OP_MAP_ANON + below(&t->rng, OP_ALIAS_PURGED - OP_MAP_ANON + 1));
		t->spins = false;
		nap(below(&t->rng, SPIN_US));
		batch_end(b);
		return true;
	case OP_VERIFY:
		verify(t);
		return true;
	case OP_BUSY:
		s = whole(t, ANY);
		busy.handle = any_object(t, s)->handle;
		check0(call(t->fd, DRM_IOCTL_I915_GEM_BUSY, &busy), "busy");
		return true;
	case OP_SEAL:
		op_seal(t);
		return true;
	case OP_SHARED:
		op_shared(t);
		return true;
	case OP_COMMON:
		op_common(t);
		return true;
	case OP_DROP_CACHES:
		drop(below(&t->rng, DROP_SHRINK_ALL * 2) | (below(&t->rng, 2) ? DROP_RCU : 0));
		return true;
	case OP_RESET:
		write_to(DEBUG_DIR "i915_wedged", "1");
		return true;
	case OP_HANG:
		return op_hang(t);
	case OP_CLOSE:
		s = &t->slot[below(&t->rng, SLOTS)];
		if (!s->objects)
			return false;
		o = any_object(t, s);
		close_handle(t->fd, o->handle);
		*o = s->obj[--s->objects];
		return true;
	case OP_CLOSE_FILE:
		close_mine(t);
		open_mine(t);
		return true;
	default:
		event(t, op);
		return true;
	}
}

/*
 * Workers.
 */

static int over; /* the first thread has ended */

static void begin(struct thread *t, unsigned int id)
{
	struct sigaction sa = { .sa_handler = on_fault, .sa_flags = SA_NODEFER };

	self = t;
	memset(t, 0, sizeof(*t));
	t->id = id;
	sigaction(SIGBUS, &sa, NULL);
	sigaction(SIGSEGV, &sa, NULL);
	for (unsigned int i = 0; i < SLOTS; i++) {
		struct slot *s = &t->slot[i];

		/* mmap() does not choose these addresses by itself. */
		s->base = (char *)(0x100000000000 + (id * SLOTS + i) * 64 * MIB);
		s->away = s->base + 32 * MIB;
		s->memfd = -1;
	}
	open_mine(t);
}

static void go(struct thread *t, uint64_t steps)
{
	struct place *p = &shared->place[worker];

	for (t->step = 0; t->step < steps; t->step++) {
		if (__atomic_load_n(&shared->stop, __ATOMIC_RELAXED) ||
		    __atomic_load_n(&over, __ATOMIC_RELAXED))
			break;
		t->op = op_of_step(worker, generation, t->id, t->step);
		t->rng = rng_for(worker, generation, t->id, t->step);
		p->op[t->id] = t->op;
		p->step[t->id] = t->step;
		__atomic_store_n(&p->beat[t->id], now_ns(), __ATOMIC_RELAXED);
		if (operate(t, t->op))
			count(t->op);
	}
}

static void close_all(struct thread *t)
{
	verify(t);
	for (unsigned int i = 0; i < SLOTS; i++)
		while (t->slot[i].objects)
			close_handle(t->fd, t->slot[i].obj[--t->slot[i].objects].handle);
	close_mine(t);
}

static void *second_thread(void *arg)
{
	static struct thread t;

	begin(&t, 1);
	go(&t, UINT64_MAX);
	close_all(&t);
	__atomic_store_n(&shared->place[worker].beat[1], INT64_MAX, __ATOMIC_RELAXED);
	return arg;
}

__attribute__((noreturn))
static void work(void)
{
	static struct thread t;
	pthread_t second;
	enum op end;
	uint64_t steps = steps_of(worker, generation, &end);

	begin(&t, 0);
	both.ptr = mmap(NULL, BOTH_PAGES * page, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	both.fd = open_file();
	if (both.ptr == MAP_FAILED ||
	    gem_userptr(both.fd, both.ptr, BOTH_PAGES * page, 0, &both.handle))
		fail("the object of both threads: %m");
	errno = pthread_create(&second, NULL, second_thread, NULL);
	if (errno)
		fail("a thread: %m");

	go(&t, steps);
	t.rng = rng_for(worker, generation, 201, 0);
	if (t.step < steps)
		end = NR_OPS; /* Told to stop: as with END_EXIT, but not counted. */
	else
		count(end);

	/* Except for an orderly end, the other thread is in the middle of an operation. */
	switch (end) {
	case OP_END_LEAVE:
		_exit(0);
	case OP_END_SPIN:
		run_batch(&t, true);
		/* fall through */
	case OP_END_KILL:
		__atomic_store_n(&shared->place[worker].dies, 1, __ATOMIC_SEQ_CST);
		kill(getpid(), SIGKILL);
		for (;;)
			pause();
	case OP_END_EXEC:
		execl("/proc/self/exe", "userptr-soak", "--linger", NULL);
		fail("exec: %m");
	default:
		__atomic_store_n(&over, 1, __ATOMIC_SEQ_CST);
		close_all(&t);
		pthread_join(second, NULL);
		_exit(0);
	}
}

/*
 * The supervisor.
 */

static struct {
	pid_t pid;
	unsigned int generation;
} workers[MAX_WORKERS];

static unsigned int print_counts(void)
{
	unsigned int never = 0;

	for (int i = 0; i < NR_OPS; i++) {
		printf("count\t%s\t%" PRIu64 "\t%s\n", ops[i].name, shared->count[i], ops[i].text);
		/* A ban occurs only if hangs are close together. */
		never += !shared->count[i] && i != OP_BANNED;
	}
	return never;
}

/* The supervisor's fail(). */
static void give_up(void)
{
	for (unsigned int w = 0; w < MAX_WORKERS; w++)
		if (workers[w].pid > 0)
			kill(workers[w].pid, SIGKILL);
	print_counts();
	printf("soak\tnot ok\t%s\n", shared->why);
	fflush(stdout);
	_exit(1);
}

/* The figures that must be unchanged once the workers have ended. */
enum { PINNED, SHRINKABLE, OBJECTS, VMAS, MODULE, PROCESSES, MMS, AVAILABLE, NR_FIGURES };

static const char *const figure_name[] = {
	[PINNED] = "pinned pages",
	[SHRINKABLE] = "objects with pages",
	[OBJECTS] = "objects in memory",
	[VMAS] = "bindings in memory",
	[MODULE] = "references to i915",
	[PROCESSES] = "processes",
	[MMS] = "address spaces",
	[AVAILABLE] = "MemAvailable (KiB)",
};

static long number_in(const char *name)
{
	char text[64];
	long value;

	if (!get(name, text, sizeof(text)))
		fail("cannot read %s: %m", name);
	if (sscanf(text, "%ld", &value) != 1 || value < 0)
		fail("%s is not as expected", name);
	return value;
}

/* Return: the objects in a slab cache; shrinking it first frees those that KASAN holds back. */
static long in_slab(const char *cache)
{
	char name[128];

	snprintf(name, sizeof(name), SLAB_DIR "%s/shrink", cache);
	write_to(name, "1");
	snprintf(name, sizeof(name), SLAB_DIR "%s/objects", cache);
	return number_in(name);
}

/* Without kernel threads. */
static long processes(void)
{
	struct dirent *d;
	long n = 0;
	DIR *dir = opendir("/proc");

	if (!dir)
		fail("cannot read /proc: %m");
	while ((d = readdir(dir))) {
		char name[300], state;
		int pid = atoi(d->d_name), parent = 0;
		FILE *f;

		if (pid <= 0)
			continue;
		snprintf(name, sizeof(name), "/proc/%d/stat", pid);
		f = fopen(name, "r");
		if (!f)
			continue;
		if (fscanf(f, "%*d (%*[^)]) %c %d", &state, &parent) == 2 &&
		    pid != 2 && parent != 2)
			n++;
		fclose(f);
	}
	closedir(dir);
	return n;
}

static void take_figures(long *v)
{
	/* Only a fatal signal ends this wait; guest.sh explains the status. */
	alarm(IDLE_S);
	drop(DROP_RETIRE | DROP_ACTIVE | DROP_IDLE);
	alarm(0);
	drop(DROP_UNBOUND | DROP_BOUND | DROP_SHRINK_ALL | DROP_RCU | DROP_FREED);
	write_to("/sys/class/drm/card0/error", "1"); /* discard the error state of a hang */
	write_to("/proc/sys/vm/drop_caches", "3");
	v[PINNED] = pinned_pages();
	v[SHRINKABLE] = number_in(DEBUG_DIR "i915_gem_objects");
	v[OBJECTS] = in_slab("drm_i915_gem_object");
	v[VMAS] = in_slab("i915_vma");
	v[MODULE] = number_in("/sys/module/i915/refcnt");
	v[PROCESSES] = processes();
	v[MMS] = in_slab("mm_struct");
	v[AVAILABLE] = meminfo("MemAvailable");
}

/*
 * Compares the figures with the initial ones; waits up to BACK_NS for pending work. MemAvailable
 * may be less by MEMORY_KIB: KASAN holds freed memory back, up to 1/32 of all memory, and some
 * slabs and tables never shrink. If there are fewer address spaces, they become the initial number:
 * at first, a kernel thread may have borrowed that of a process that had ended. Prints a line.
 * Return: true if they are the same.
 */
static bool compare(long *base, long *v)
{
	const int64_t limit = now_ns() + BACK_NS;
	bool same;

	for (;;) {
		take_figures(v);
		if (v[MMS] < base[MMS])
			base[MMS] = v[MMS];
		same = v[AVAILABLE] >= base[AVAILABLE] - MEMORY_KIB;
		for (int i = 0; i < AVAILABLE; i++)
			same &= v[i] == base[i];
		if (same || now_ns() > limit)
			break;
		nap(500000);
	}
	printf("compare\t%s", same ? "same" : "DIFFERENT");
	for (int i = 0; i < NR_FIGURES; i++)
		printf("\t%s %ld%s", figure_name[i], v[i],
		       i == AVAILABLE || v[i] == base[i] ? "" : " (!)");
	printf("\n");
	fflush(stdout);
	return same;
}

static uint64_t operations(void)
{
	uint64_t n = 0;

	for (int i = 0; i < OP_BANNED; i++)
		n += shared->count[i];
	return n;
}

static void kmsg(const char *fmt, ...)
{
	char text[200];
	va_list va;
	int fd;

	va_start(va, fmt);
	vsnprintf(text, sizeof(text), fmt, va);
	va_end(va);
	fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		if (write(fd, text, strlen(text)) < 0)
			perror("/dev/kmsg");
		close(fd);
	}
	puts(text);
	fflush(stdout);
}

static void show_file(const char *name)
{
	char line[256];
	FILE *f = fopen(name, "r");

	if (!f)
		return;
	while (fgets(line, sizeof(line), f))
		printf("  %s%s", line, strchr(line, '\n') ? "" : "\n");
	fclose(f);
}

/* Prints the stacks of the threads of a stuck worker. */
static void show_stuck(pid_t pid)
{
	char name[300];
	struct dirent *d;
	DIR *dir;

	snprintf(name, sizeof(name), "/proc/%d/task", pid);
	dir = opendir(name);
	while (dir && (d = readdir(dir))) {
		if (atoi(d->d_name) <= 0)
			continue;
		printf("thread %s of process %d:\n", d->d_name, pid);
		snprintf(name, sizeof(name), "/proc/%d/task/%s/wchan", pid, d->d_name);
		show_file(name);
		snprintf(name, sizeof(name), "/proc/%d/task/%s/stack", pid, d->d_name);
		show_file(name);
	}
	if (dir)
		closedir(dir);
	fflush(stdout);
}

static void start_worker(unsigned int w)
{
	struct place *p = &shared->place[w];

	p->dies = 0;
	for (int i = 0; i < THREADS; i++)
		p->beat[i] = now_ns();
	fflush(stdout);
	workers[w].pid = fork();
	if (workers[w].pid < 0)
		fail("fork: %m");
	if (!workers[w].pid) {
		worker = w;
		generation = workers[w].generation;
		work();
	}
	workers[w].generation++;
}

/* Reaps workers that have ended. Return: how many are left. */
static unsigned int look_after(unsigned int n, bool restart)
{
	unsigned int alive = 0;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (unsigned int w = 0; w < n; w++) {
			if (workers[w].pid != pid)
				continue;
			workers[w].pid = 0;
			if (status && !(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL &&
					shared->place[w].dies) && !shared->failed)
				fail("worker %u, generation %u ended with %#x", w,
				     workers[w].generation - 1, status);
			if (restart && !shared->failed)
				start_worker(w);
		}
	}
	for (unsigned int w = 0; w < n; w++) {
		if (!workers[w].pid)
			continue;
		alive++;
		for (int i = 0; i < THREADS; i++) {
			struct place *p = &shared->place[w];

			if (now_ns() - __atomic_load_n(&p->beat[i], __ATOMIC_RELAXED) < WATCHDOG_NS)
				continue;
			show_stuck(workers[w].pid);
			fail("worker %u, generation %u, thread %d, step %" PRIu64
			     ": no progress for %lld s in: %s", w, workers[w].generation - 1, i,
			     p->step[i], WATCHDOG_NS / SECOND, ops[p->op[i]].text);
		}
	}
	return alive;
}

/* Runs all workers for @ns, then none; their common file is open all the time. */
static bool epoch(unsigned int n, int64_t ns, int64_t t0, long *base, long *v)
{
	static int64_t minute;
	const int64_t until = now_ns() + ns;
	int64_t limit;
	long left;

	common = open_file();
	shared->stop = 0;
	for (unsigned int w = 0; w < n; w++)
		start_worker(w);
	while (now_ns() < until && !shared->failed) {
		look_after(n, true);
		nap(50000);
		if (now_ns() - t0 >= minute * 60 * SECOND) {
			kmsg("soak: %.2f h, %" PRIu64 " operations, %ld pinned pages",
			     (now_ns() - t0) / 3600e9, operations(), pinned_pages());
			minute++;
		}
	}
	shared->stop = 1;
	while (look_after(n, false))
		nap(50000);
	/* Children of workers that were killed. */
	limit = now_ns() + WATCHDOG_NS;
	while (waitpid(-1, NULL, WNOHANG) >= 0) {
		if (now_ns() > limit)
			fail("a child of a worker does not end");
		nap(10000);
	}
	if (shared->failed)
		return false;

	/* The file is still open, with objects of processes that have ended. */
	left = wait_pinned(base[PINNED], base[PINNED], BACK_NS) - base[PINNED];
	if (left)
		fail("%ld pages are pinned, all processes whose they were are gone", left);
	close(common);
	common = -1;
	return compare(base, v);
}

static uint32_t resets(void)
{
	struct drm_i915_reset_stats arg = { 0 };
	int fd = open_file();

	if (call(fd, DRM_IOCTL_I915_GET_RESET_STATS, &arg))
		fail("reset-stats: %m");
	if (call(fd, DRM_IOCTL_I915_GEM_THROTTLE, NULL))
		fail("throttle: %m: the GPU is wedged");
	close(fd);
	return arg.reset_count;
}

/* Makes the driver allocate what it allocates only once, before the figures are taken. */
static void warm_up(void)
{
	const int fd = open_file();
	struct batch b;

	make_batch(fd, &b);
	if (batch_run(&b, NULL, NULL, 0, false))
		fail("an empty batch: %m");
	batch_destroy(&b);
	close(fd);
}

static void print_sequence(unsigned int w, unsigned int g)
{
	enum op end;
	unsigned int steps = steps_of(w, g, &end);

	for (unsigned int t = 0; t < THREADS; t++)
		for (unsigned int i = 0; i < steps; i++)
			printf("%u\t%u\t%s\t%016" PRIx64 "\n", t, i,
			       ops[op_of_step(w, g, t, i)].name, rng_for(w, g, t, i).x);
	printf("0\t%u\t%s\n", steps, ops[end].name);
}

static void usage(FILE *f)
{
	fprintf(f,
		"usage: userptr-soak [-s SEED] [-m MINUTES] [-e SECONDS] [-w WORKERS] [-a]\n"
		"       userptr-soak -s SEED -p WORKER,GENERATION    only prints its steps\n"
		"  -m MINUTES  how long (default 10)\n"
		"  -e SECONDS  how often all workers end and everything is compared (default 300)\n"
		"  -w WORKERS  processes with two threads each (2 to %d, default 4)\n"
		"  -a          an operation that never ran is an error, as from 10 minutes on\n"
		"stdout: 'seed'; 'compare', same|DIFFERENT, figures; 'count', name, how often,\n"
		"        text; 'figures', all in one line; 'soak', ok|not ok, what is wrong\n"
		"exit status: 0 all as expected, 1 not, 2 it could not be run\n", MAX_WORKERS);
}

int main(int argc, char **argv)
{
	unsigned int n = 4, w, g, compared = 0, never;
	int64_t t0, length = 600 * SECOND, every = 300 * SECOND;
	bool all = false, print = false, good = true;
	long base[NR_FIGURES], again[NR_FIGURES];
	uint32_t resets0;
	int opt;

	if (argc == 2 && !strcmp(argv[1], "--nothing"))
		return 0;
	if (argc == 2 && !strcmp(argv[1], "--linger")) {
		nap(100000);
		return 0;
	}
	seed = now_ns() ^ (uint64_t)time(NULL) << 32;
	while ((opt = getopt(argc, argv, "s:m:e:w:ap:h")) != -1) {
		switch (opt) {
		case 's':
			seed = strtoull(optarg, NULL, 0);
			break;
		case 'm':
			length = atof(optarg) * 60 * SECOND;
			break;
		case 'e':
			every = atof(optarg) * SECOND;
			break;
		case 'w':
			n = atoi(optarg);
			break;
		case 'a':
			all = true;
			break;
		case 'p':
			print = sscanf(optarg, "%u,%u", &w, &g) == 2;
			if (!print)
				n = 0;
			break;
		default:
			usage(opt == 'h' ? stdout : stderr);
			return opt == 'h' ? 0 : 2;
		}
	}
	if (optind < argc || n < 2 || n > MAX_WORKERS || length <= 0 || every <= 0) {
		usage(stderr);
		return 2;
	}
	if (print) {
		print_sequence(w, g);
		return 0;
	}

	shared = shared_memory(sizeof(*shared));
	if (prctl(PR_SET_CHILD_SUBREAPER, 1))
		die("cannot begin: %m");
	printf("seed\t%" PRIu64 "\n", seed);

	fflush(stdout);
	supervisor = getpid();
	t0 = now_ns();
	warm_up();
	resets0 = resets();
	take_figures(base);
	compare(base, again);
	while (good && now_ns() - t0 < length) {
		int64_t left = length - (now_ns() - t0);

		good = epoch(n, left < every * 3 / 2 ? left : every, t0, base, again);
		compared += good;
	}
	never = print_counts();
	if (good)
		printf("figures\t%.2f h, seed %" PRIu64 ", %u workers, %" PRIu64
		       " operations, %u resets, %u times compared\n", (now_ns() - t0) / 3600e9,
		       seed, n, operations(), resets() - resets0, compared);
	if (!good)
		printf("soak\tnot ok\t%s\n", shared->failed ? shared->why :
		       "something is left when all workers are gone");
	else if (never && (all || length >= 600 * SECOND))
		printf("soak\tnot ok\t%u operations never ran, see the counts\n", never);
	else
		return printf("soak\tok\t-\n") < 0;
	return 1;
}
