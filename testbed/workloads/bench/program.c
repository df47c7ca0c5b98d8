// SPDX-License-Identifier: MIT
/*
 * The costs of userptr objects, and the memory that the driver releases: times and counts, one line
 * for each sample, without statistics. See usage() for the lines.
 *
 * Each point (a measurement, with a number of objects of one size, used in one way) runs in its own
 * process, which opens the driver anew, so that it begins without objects and notifiers. The
 * program runs on any kernel that has the ioctl: a missing effect is a sample, too (pages that are
 * never released), and a figure that the kernel does not export is left out with a comment.
 */

#define _GNU_SOURCE
#include <getopt.h>
#include <pthread.h>
#include <sched.h>
#include <sys/wait.h>

#include "gem.h"
#include "pins.h"

#define NEVER (-1ll)
#define EVERY_US 1000 /* interval at which an object loses its memory, for points that do so
#repeatedly */

enum {
	POINT_S = 600, /* time limit of a point */
	CALLS = 64, /* a sample of a short call is the mean of this many */
	SETTLE_MS = 50, /* before a process exits */
	ASK_MS = 5, /* interval for reading the count of pinned pages */
	BESIDE_PAGES = 16, /* of memory without userptrs */
	IN_COMPANY = 5, /* processes for a point with another active thread */
};

/* How the objects are used before the measurement. */
enum use {
	NONE, /* no objects: the same memory without them */
	IDLE, /* made, never used: they have no pages */
	TAKEN, /* set-domain: they have pages, the GPU never accessed them */
	USED, /* a batch has used them, and the GPU is idle again */
	BUSY, /* a batch uses them until batch_end() */
};

/* A measurement with its parameters: the first columns of each sample. */
struct point {
	const char *measurement;
	unsigned int n; /* objects */
	unsigned int size; /* of each object, in pages */
	const char *key;
	enum use use;
	int arg; /* for the measurement */
};

/* Objects side by side in one mapping. */
struct set {
	unsigned int n;
	size_t size, len; /* of each, of all; in bytes */
	char *ptr;
	uint32_t *handle;
};

/* A batch with all objects of a set. */
struct job {
	struct batch batch;
	struct drm_i915_gem_exec_object2 *exec;
	struct drm_i915_gem_relocation_entry reloc;
	unsigned int count; /* objects, including the batch */
};

static int drm = -1;
static const char *node = CARD;
static unsigned int max_n = 100000;
static unsigned int max_samples = 10;
static long wait_ms = 1000; /* limit for the release of pages */
static long busy_ms = 200; /* how long the GPU stays busy */
static long run_ms = 200; /* duration of a count */
static const char *hook; /* a command */
static unsigned int failed;
static long cpus;

/*
 * Samples.
 */

static void sample(const struct point *p, const char *what, double value, const char *unit)
{
	printf("sample\t%s\t%u\t%u\t%s\t%.3f\t%s\n", what, p->n, p->size, p->key, value, unit);
}

/* @ns: the time, or NEVER: it did not happen within wait_ms. */
static void sample_time(const struct point *p, const char *what, int64_t ns)
{
	if (ns != NEVER)
		sample(p, what, ns / 1e3, "us");
	else
		printf("sample\t%s\t%u\t%u\t%s\t>%ld\tus\n", what, p->n, p->size, p->key,
		       wait_ms * 1000);
}

/* Fewer samples for many objects, which take long to prepare. */
static unsigned int samples(unsigned int n)
{
	unsigned int s = n <= 100 ? max_samples : n <= 1000 ? max_samples / 2 : max_samples / 5;

	return n >= 100000 || !s ? 1 : s;
}

/*
 * Figures of the system.
 */

/* All threads of the system, including those of the kernel. */
static long threads(void)
{
	FILE *f = fopen("/proc/loadavg", "r");
	long n;

	if (!f || fscanf(f, "%*s %*s %*s %*d/%ld", &n) != 1)
		die("cannot read /proc/loadavg: %m");
	fclose(f);
	return n;
}

/*
 * The pages of the process itself. The count of pinned pages is exact, but reading it interrupts
 * every CPU; so the flags of a page show when it becomes free.
 */

static uint64_t page_frame(const void *ptr)
{
	const off_t at = (uintptr_t)ptr / page * sizeof(uint64_t);
	static int fd = -1;
	uint64_t entry;

	if (fd < 0)
		fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || pread(fd, &entry, sizeof(entry), at) != sizeof(entry))
		die("cannot read /proc/self/pagemap: %m");
	if (!(entry >> 63))
		die("a page that was written to is not there");
	return entry & ((1ull << 55) - 1);
}

static bool is_anon(uint64_t frame)
{
	enum { KPF_ANON = 12 };
	static int fd = -1;
	uint64_t flags;

	if (fd < 0)
		fd = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || pread(fd, &flags, sizeof(flags), frame * sizeof(flags)) != sizeof(flags))
		die("cannot read /proc/kpageflags: %m");
	return flags & 1ull << KPF_ANON;
}

static void give_way(void)
{
	if (cpus > 1)
		sched_yield();
	else
		nap(10);
}

/*
 * Waits until these pages, which the process has unmapped, are free, each for at most wait_ms. A
 * free page may be allocated again at once, so the count of pinned pages is read every ASK_MS, too;
 * without these pages it is @base. Return: the time when they were free, or NEVER.
 */
static int64_t wait_free(const uint64_t *frame, unsigned int n, long base)
{
	int64_t ask = now_ns() + ASK_MS * MS;

	for (unsigned int i = 0; i < n; i++) {
		const int64_t limit = now_ns() + wait_ms * MS;

		while (is_anon(frame[i])) {
			const int64_t now = now_ns();

			if (now > ask) {
				if (pinned_pages() <= base)
					return now;
				ask = now_ns() + ASK_MS * MS;
			}
			if (now > limit)
				return NEVER;
			give_way();
		}
	}
	return now_ns();
}

/* Waits for the queued work that frees objects that were closed or whose process has exited. */
static void wait_unpinned(long base)
{
	const int64_t limit = now_ns() + 30000 * MS;

	while (pinned_pages() > base) {
		if (now_ns() > limit)
			die("pages of closed objects are still pinned after 30 s");
		nap(10000);
	}
}

/*
 * Objects.
 */

static char *map(size_t len)
{
	char *p = mmap(NULL, len, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		die("mmap: %m");
	/* The same page size on each kernel. */
	madvise(p, len, MADV_NOHUGEPAGE);
	return p;
}

static void touch(char *ptr, size_t len)
{
	for (size_t i = 0; i < len; i += page)
		*(volatile char *)(ptr + i) = 1;
}

/*
 * A page that was just touched is in its CPU's batch of pages for the LRU list (mm/swap.c), and is
 * not freed before that batch is full and drops its reference. This fills the batch.
 */
static void push_to_lru(void)
{
	enum { LEN = 64 }; /* twice FOLIO_BATCH_SIZE */
	static char *ptr;

	if (!ptr)
		ptr = map(LEN * page);
	madvise(ptr, LEN * page, MADV_DONTNEED);
	touch(ptr, LEN * page);
}

static void set_make(struct set *s, const struct point *p)
{
	s->n = p->n;
	s->size = p->size * page;
	s->len = s->n * s->size;
	s->ptr = s->len ? map(s->len) : NULL;
	s->handle = calloc(s->n ?: 1, sizeof(*s->handle));
	if (!s->handle)
		die("no memory");
	if (p->use >= TAKEN)
		touch(s->ptr, s->len);
	for (unsigned int i = 0; i < s->n && p->use != NONE; i++) {
		if (gem_userptr(drm, s->ptr + i * s->size, s->size, 0, &s->handle[i]))
			die("cannot make a userptr object: %m");
		if (p->use == TAKEN && gem_set_domain(drm, s->handle[i], I915_GEM_DOMAIN_GTT))
			die("set-domain: %m");
	}
}

static void set_close(struct set *s)
{
	for (unsigned int i = 0; i < s->n; i++)
		if (s->handle[i] && gem_close(drm, s->handle[i]))
			die("cannot close an object: %m");
	free(s->handle);
}

static void set_free(struct set *s)
{
	munmap(s->ptr, s->len);
	set_close(s);
}

static void job_make(struct job *j, const struct set *s, bool spin)
{
	batch_create(drm, &j->batch);
	if (batch_clear(&j->batch))
		die("set-domain of the batch: %m");
	j->count = s->n + 1;
	j->exec = calloc(j->count, sizeof(*j->exec));
	if (!j->exec)
		die("no memory");
	for (unsigned int i = 0; i < s->n; i++) {
		j->exec[i].handle = s->handle[i];
		j->exec[i].flags = EXEC_OBJECT_WRITE;
	}
	batch_finish(&j->batch, BATCH_LAST, spin, &j->reloc, 0, &j->exec[s->n]);
}

/*
 * Return: the time of the call, or NEVER: it returned EAGAIN for wait_ms, because another thread
 * takes the memory away faster than the driver can pin it.
 */
static int64_t job_submit(struct job *j)
{
	const int64_t t = now_ns();

	if (!gem_execbuf(drm, j->exec, j->count, wait_ms * MS))
		return now_ns() - t;
	if (errno != EAGAIN)
		die("execbuf of %u objects: %m", j->count - 1);
	return NEVER;
}

/* For memory that no other thread takes away. */
static void job_start(struct job *j)
{
	if (job_submit(j) == NEVER)
		die("execbuf of %u objects: %m", j->count - 1);
}

static void job_wait(struct job *j)
{
	if (gem_wait(drm, j->batch.handle, GPU_NS))
		die("the batch does not end: %m");
}

static void job_free(struct job *j)
{
	batch_end(&j->batch);
	job_wait(j);
	batch_destroy(&j->batch);
	free(j->exec);
}

/* Makes the objects and uses them as the point requires. */
static void begin(struct set *s, struct job *j, const struct point *p)
{
	set_make(s, p);
	if (p->use < USED)
		return;
	job_make(j, s, p->use == BUSY);
	job_start(j);
	if (p->use == USED)
		job_wait(j);
	else if (!gem_busy(drm, s->handle[0]))
		die("the GPU is not busy with the objects");
}

/*
 * Helper threads.
 */

struct helper {
	pthread_t thread;
	bool stop;
	struct batch *batch; /* to be ended */
	const struct set *set; /* to be invalidated */
	int64_t ended; /* when the batch was ended */
	long most_threads, most_slab, most_stack;
	unsigned long done; /* number of iterations */
};

static bool stopped(const struct helper *h)
{
	return __atomic_load_n(&h->stop, __ATOMIC_ACQUIRE);
}

/* On another CPU than the point's, if there is one. */
static void thread_start(pthread_t *thread, void *(*fn)(void *), void *arg)
{
	cpu_set_t others;

	CPU_ZERO(&others);
	for (long i = cpus > 1; i < cpus; i++)
		CPU_SET(i, &others);
	errno = pthread_create(thread, NULL, fn, arg);
	if (!errno)
		errno = pthread_setaffinity_np(*thread, sizeof(others), &others);
	if (errno)
		die("cannot start a thread: %m");
}

static void helper_start(struct helper *h, void *(*fn)(void *))
{
	thread_start(&h->thread, fn, h);
}

static void helper_stop(struct helper *h)
{
	__atomic_store_n(&h->stop, true, __ATOMIC_RELEASE);
	pthread_join(h->thread, NULL);
}

/* Maps and unmaps memory without objects. */
static void *unmap_elsewhere(void *arg)
{
	struct helper *h = arg;

	while (!stopped(h)) {
		char *p = map(BESIDE_PAGES * page);

		touch(p, BESIDE_PAGES * page);
		munmap(p, BESIDE_PAGES * page);
		__atomic_store_n(&h->done, h->done + 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

/* Takes the memory of one object after the other, one each EVERY_US. */
static void *unmap_here(void *arg)
{
	struct helper *h = arg;

	for (size_t at = 0; !stopped(h); at = (at + h->set->size) % h->set->len) {
		madvise(h->set->ptr + at, h->set->size, MADV_DONTNEED);
		nap(EVERY_US);
	}
	return NULL;
}

/* Ends the batch after busy_ms, even if the point is blocked in a call until then. */
static void *end_batch(void *arg)
{
	struct helper *h = arg;

	nap(busy_ms * 1000);
	h->ended = now_ns();
	batch_end(h->batch);
	return NULL;
}

/* Samples the maxima of the figures that grow when many objects are cancelled. */
static void *look_at_system(void *arg)
{
	struct helper *h = arg;

	while (!stopped(h)) {
		const long t = threads(), slab = meminfo("Slab"), stack = meminfo("KernelStack");

		h->most_threads = t > h->most_threads ? t : h->most_threads;
		h->most_slab = slab > h->most_slab ? slab : h->most_slab;
		h->most_stack = stack > h->most_stack ? stack : h->most_stack;
		nap(1000);
	}
	return NULL;
}

/*
 * Times the kernel's walk over the notifiers of a process, including the callbacks, with the
 * function graph tracer, which is the same for every kernel.
 */

static bool trace_open(void)
{
	put(TRACING "tracing_on", "0");
	put(TRACING "current_tracer", "nop");
	put(TRACING "buffer_size_kb", "4096");
	/* Only these are traced, and no call within them. */
	return put(TRACING "set_ftrace_filter",
		   "__mmu_notifier_invalidate_range_start __mmu_notifier_release") &&
	       put(TRACING "current_tracer", "function_graph");
}

static void trace_start(void)
{
	put(TRACING "trace", "");
	put(TRACING "tracing_on", "1");
}

/* Return: the time in a line of the trace, in us; negative if there is none. */
static double trace_line(const char *line)
{
	const char *at = strstr(line, " us ");
	double us = -1;

	if (!at)
		return -1;
	while (at > line && strchr("0123456789.", at[-1]))
		at--;
	return sscanf(at, "%lf", &us) == 1 ? us : -1;
}

/* Samples the longest time; comments if events were lost or there are none. */
static void trace_stop(const struct point *p)
{
	double us, most = 0;
	long n = 0, lost = 0;
	char line[512];
	FILE *f;

	put(TRACING "tracing_on", "0");
	f = fopen(TRACING "trace", "r");
	if (!f)
		die("cannot read the trace: %m");
	while (fgets(line, sizeof(line), f)) {
		lost += !!strstr(line, "LOST");
		us = trace_line(line);
		if (us < 0)
			continue;
		n++;
		most = us > most ? us : most;
	}
	fclose(f);
	if (lost)
		printf("# callback %u %s: the trace has lost some\n", p->n, p->key);
	if (n)
		sample(p, "callback", most, "us");
	else
		printf("# callback %u %s: nothing in the trace\n", p->n, p->key);
}

static void trace_close(void)
{
	put(TRACING "current_tracer", "nop");
	put(TRACING "set_ftrace_filter", "");
	put(TRACING "tracing_on", "1");
}

/*
 * The measurements. Each is called with a point, in its own process.
 */

/* munmap() of memory without objects. */
static void munmap_beside(const struct point *p)
{
	struct set s;

	set_make(&s, p);
	for (unsigned int i = 0; i < max_samples; i++) {
		int64_t ns = 0;

		for (unsigned int k = 0; k < CALLS; k++) {
			char *m = map(BESIDE_PAGES * page);
			int64_t t;

			touch(m, BESIDE_PAGES * page);
			t = now_ns();
			munmap(m, BESIDE_PAGES * page);
			ns += now_ns() - t;
		}
		sample_time(p, p->measurement, ns / CALLS);
	}
	set_free(&s);
}

/* munmap() of memory with objects that have no pages: it was never written to. */
static void munmap_inside(const struct point *p)
{
	for (unsigned int i = 0; i < samples(p->n); i++) {
		struct set s;
		int64_t t;

		set_make(&s, p);
		t = now_ns();
		munmap(s.ptr, s.len);
		sample_time(p, p->measurement, now_ns() - t);
		set_close(&s);
	}
}

/* munmap() of memory with objects that have pages; and the release of the pages. */
static void munmap_touch(const struct point *p)
{
	const bool much = p->n * p->size >= 10000;

	for (unsigned int i = 0; i < samples(p->n * p->size); i++) {
		const long base = pinned_pages();
		struct helper ender = { 0 };
		uint64_t *frame = calloc(p->n, sizeof(*frame));
		int64_t from, took, idle = 0, back;
		struct job j;
		struct set s;
		long kib;

		if (!frame)
			die("no memory");
		begin(&s, &j, p);
		touch(s.ptr, s.len);
		push_to_lru();
		for (unsigned int k = 0; k < p->n; k++)
			frame[k] = page_frame(s.ptr + (k + 1) * s.size - page);
		if (p->use > IDLE && pinned_pages() - base != (long)(s.len / page))
			die("%ld pages are pinned, not %zu", pinned_pages() - base, s.len / page);
		kib = meminfo("MemAvailable");

		if (p->use == BUSY) {
			ender.batch = &j.batch;
			helper_start(&ender, end_batch);
		}
		from = now_ns();
		munmap(s.ptr, s.len);
		took = now_ns() - from;
		if (p->use == BUSY) {
			/* This thread sleeps in the kernel until the GPU becomes idle. */
			job_wait(&j);
			idle = now_ns();
			pthread_join(ender.thread, NULL);
			from = ender.ended;
		}
		back = wait_free(frame, p->n, base);

		sample_time(p, "munmap", took);
		sample_time(p, "back", back == NEVER ? NEVER : back - from);
		if (p->use == BUSY) {
			sample_time(p, "idle", idle - from);
			sample_time(p, "idle-back", back == NEVER ? NEVER : back - idle);
		}
		/* A page may be free before the count shows it. */
		if (back != NEVER)
			nap(1000);
		sample(p, "held", pinned_pages() - base, "pages");
		if (much)
			sample(p, "memory", meminfo("MemAvailable") - kib, "KiB");

		if (p->use >= USED)
			job_free(&j);
		set_close(&s);
		free(frame);
		wait_unpinned(base);
	}
}

/* Makes and closes objects, with or without a use in between; @arg: beside a thread that unmaps. */
static void create_close(const struct point *p)
{
	const struct point other = { .n = p->n, .size = p->size, .use = IDLE };
	char *ptr = map(page);
	struct helper h = { 0 };
	struct set s;

	touch(ptr, page);
	set_make(&s, &other);
	if (p->arg)
		helper_start(&h, unmap_elsewhere);
	for (unsigned int i = 0; i < max_samples; i++) {
		const int64_t t = now_ns(), limit = t + run_ms * MS;
		unsigned long done = __atomic_load_n(&h.done, __ATOMIC_RELAXED);
		unsigned int n = 0;
		uint32_t handle;

		do {
			if (gem_userptr(drm, ptr, page, 0, &handle))
				die("cannot make a userptr object: %m");
			if (p->use == TAKEN && gem_set_domain(drm, handle, I915_GEM_DOMAIN_GTT))
				die("set-domain: %m");
			gem_close(drm, handle);
			n++;
		} while (now_ns() < limit);
		sample_time(p, p->measurement, (now_ns() - t) / n);
		/* The speed of the other thread: each can slow the other down. */
		done = __atomic_load_n(&h.done, __ATOMIC_RELAXED) - done;
		if (p->arg)
			sample_time(p, "create-beside", (now_ns() - t) / (done ?: 1));
	}
	if (p->arg)
		helper_stop(&h);
	set_free(&s);
}

/*
 * A process that has objects exits. @keep: the parent has the driver's file open, so that the
 * objects stay. Return: the duration of the exit.
 */
static int64_t exit_of_owner(const struct point *p, bool keep, bool trace)
{
	int ready[2], go[2], status;
	int64_t t;
	pid_t pid;
	char c = 0;

	if (pipe(ready) || pipe(go))
		die("pipe: %m");
	if (!keep) {
		close(drm);
		drm = -1;
	}
	pid = fork_or_die();
	if (!pid) {
		struct job j;
		struct set s;

		if (drm < 0)
			drm = gem_open(node);
		begin(&s, &j, p);
		touch(s.ptr, s.len);
		if (write(ready[1], &c, 1) != 1 || read(go[0], &c, 1) != 1)
			_exit(1);
		_exit(0);
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1)
		die("the process that was to exit did so before");
	/*
	 * The notifiers of an earlier process are freed after a grace period; while that is in
	 * progress, no exit can have an expedited one, kernel/rcu/srcutree.c.
	 */
	nap(SETTLE_MS * 1000);
	if (trace)
		trace_start();
	t = now_ns();
	if (write(go[1], &c, 1) != 1 || waitpid(pid, &status, 0) != pid || status)
		die("the process that was to exit did not do so well");
	t = now_ns() - t;
	close(ready[0]);
	close(go[0]);
	close(go[1]);
	/* Releases the objects that were kept. */
	if (drm >= 0)
		close(drm);
	drm = gem_open(node);
	return t;
}

static void exit_time(const struct point *p)
{
	const long base = pinned_pages();

	for (unsigned int i = 0; i < samples(p->n); i++) {
		sample_time(p, p->measurement, exit_of_owner(p, p->arg, false));
		wait_unpinned(base);
	}
}

enum { FIRST, REPEATED, REPEATED_INVALIDATED };
enum { QUIET, ELSEWHERE, HERE };

/* execbuf with many objects. @arg: which execbuf, and which other thread is active. */
static void execbuf(const struct point *p)
{
	const int which = p->arg & 3, company = p->arg >> 2;
	struct helper h = { 0 };
	struct set s;
	struct job j;

	if (which != FIRST) {
		set_make(&s, p);
		touch(s.ptr, s.len);
		job_make(&j, &s, false);
		job_start(&j);
		job_wait(&j);
	}
	if (company == HERE)
		h.set = &s;
	if (company != QUIET)
		helper_start(&h, company == HERE ? unmap_here : unmap_elsewhere);
	for (unsigned int i = 0; i < max_samples; i++) {
		if (which == FIRST) {
			set_make(&s, p);
			touch(s.ptr, s.len);
			job_make(&j, &s, false);
		}
		if (which == REPEATED_INVALIDATED) {
			madvise(s.ptr, s.len, MADV_DONTNEED);
			touch(s.ptr, s.len);
		}
		sample_time(p, p->measurement, job_submit(&j));
		job_wait(&j);
		if (which == FIRST) {
			job_free(&j);
			set_free(&s);
		}
	}
	if (company != QUIET)
		helper_stop(&h);
}

/* Unmaps many objects at once while the GPU is busy with them. */
static void many(const struct point *p)
{
	for (unsigned int i = 0; i < samples(p->n); i++) {
		const long base = pinned_pages();
		struct helper eyes = { 0 }, ender = { 0 };
		long t, slab, stack;
		uint64_t *frame = calloc(p->n, sizeof(*frame));
		struct set s;
		struct job j;
		int64_t back;

		if (!frame)
			die("no memory");
		begin(&s, &j, p);
		push_to_lru();
		for (unsigned int k = 0; k < p->n; k++)
			frame[k] = page_frame(s.ptr + (k + 1) * s.size - page);
		ender.batch = &j.batch;
		helper_start(&ender, end_batch);
		helper_start(&eyes, look_at_system);
		nap(10000);
		t = threads();
		slab = meminfo("Slab");
		stack = meminfo("KernelStack");
		munmap(s.ptr, s.len);
		pthread_join(ender.thread, NULL);
		back = wait_free(frame, p->n, base);
		helper_stop(&eyes);

		/* t counts the thread that ends the batch, which has exited since. */
		sample(p, "many-threads", eyes.most_threads - t, "threads");
		sample(p, "many-slab", eyes.most_slab - slab, "KiB");
		sample(p, "many-stack", eyes.most_stack - stack, "KiB");
		sample_time(p, "many-back", back == NEVER ? NEVER : back - ender.ended);
		job_free(&j);
		set_close(&s);
		free(frame);
		wait_unpinned(base);
	}
}

enum { MUNMAP, BESIDE, EXIT };

/* The longest time in the callback. @arg: the event. */
static void callback(const struct point *p)
{
	struct helper ender = { 0 };
	struct set s;
	struct job j;

	if (!trace_open()) {
		printf("# callback: this kernel has no function graph tracer\n");
		return;
	}
	for (unsigned int i = 0; i < samples(p->n); i++) {
		if (p->arg == EXIT) {
			exit_of_owner(p, true, true);
			trace_stop(p);
			continue;
		}
		begin(&s, &j, p);
		if (p->use == BUSY) {
			ender.batch = &j.batch;
			helper_start(&ender, end_batch);
		}
		trace_start();
		for (unsigned int k = 0; k < CALLS && p->arg == BESIDE; k++) {
			char *m = map(BESIDE_PAGES * page);

			touch(m, BESIDE_PAGES * page);
			munmap(m, BESIDE_PAGES * page);
		}
		if (p->arg == MUNMAP)
			munmap(s.ptr, s.len);
		trace_stop(p);
		if (p->use == BUSY)
			pthread_join(ender.thread, NULL);
		if (p->use >= USED)
			job_free(&j);
		set_free(&s);
	}
	trace_close();
}

/* Runs the command of --hook with the name of the point and @end. */
static void hook_run(const struct point *p, const char *end)
{
	char command[256];

	snprintf(command, sizeof(command), "%s %s-%s", hook, p->use == BUSY ? "waiter" : "callback", end);
	if (system(command))
		die("'%s' failed", command);
}

/*
 * The code whose instructions bench/profile.sh counts: munmap() of the objects, or, if the GPU is
 * busy with them, the end of their batch, for which this thread waits.
 */
static void profile(const struct point *p)
{
	struct set s;
	struct job j;

	if (!hook || p->n != max_n)
		return;
	begin(&s, &j, p);
	if (p->use == BUSY)
		munmap(s.ptr, s.len);
	hook_run(p, "begin");
	if (p->use == BUSY) {
		batch_end(&j.batch);
		job_wait(&j);
	} else {
		munmap(s.ptr, s.len);
	}
	hook_run(p, "end");
	if (p->use >= USED)
		job_free(&j);
	set_close(&s);
}

/* The time until another thread runs: half of a round trip through two pipes. */
static void *echo(void *arg)
{
	int *fd = arg;
	char c;

	while (read(fd[0], &c, 1) == 1)
		if (write(fd[3], &c, 1) != 1)
			break;
	return NULL;
}

static void wake(const struct point *p)
{
	pthread_t thread;
	int fd[4];
	char c = 0;

	if (pipe(fd) || pipe(fd + 2))
		die("pipe: %m");
	thread_start(&thread, echo, fd);
	for (unsigned int i = 0; i < max_samples; i++) {
		const int64_t t = now_ns();

		for (unsigned int k = 0; k < CALLS; k++)
			if (write(fd[1], &c, 1) != 1 || read(fd[2], &c, 1) != 1)
				die("pipe: %m");
		sample_time(p, p->measurement, (now_ns() - t) / CALLS / 2);
	}
	close(fd[1]);
	pthread_join(thread, NULL);
}

/*
 * The list of points.
 */

struct plan {
	const char *measurement, *text;
	void (*run)(const struct point *p);
	unsigned int max; /* objects: 1, 10, 100 ... up to this number */
	bool zero; /* also a point without objects */
	bool sizes; /* also points with one object of 16, 256 and 4096 pages */
	struct {
		const char *key;
		enum use use;
		int arg;
		unsigned int max; /* limit for this key, if lower */
		bool company; /* needs a second CPU */
	} key[8];
};

static const struct plan plans[] = {
	{
		"wake", "how long until another thread runs", wake, 0, .zero = true,
		.key = { { "pipe", NONE } },
	}, {
		"munmap-beside", "munmap() of 16 pages that no object has to do with", munmap_beside, 100000, .zero = true,
		.key = { { "idle", IDLE }, { "taken", TAKEN } },
	}, {
		"munmap-inside", "munmap() of a range with objects that have no pages", munmap_inside, 100000,
		.key = { { "none", NONE }, { "idle", IDLE } },
	}, {
		"munmap", "munmap() of a range with objects that have pages; time until these are free ('back'), pages held"
		" ('held'), what MemAvailable grows ('memory'); if the GPU is busy, time from the end of the batch until GEM_WAIT"
		" returns ('idle'), and from then on until the pages are free ('idle-back')", munmap_touch, 100000, .sizes = true,
		.key = { { "none", NONE }, { "taken", TAKEN }, { "used", USED, .max = 10000 }, { "busy", BUSY, .max = 10000 } },
	}, {
		"create-close", "one object made and closed, beside n idle ones; of the thread beside that, one mmap(), touch and munmap()"
		" ('create-beside')", create_close, 10000, .zero = true,
		.key = { { "quiet", IDLE }, { "unmapping", IDLE, 1, .company = true },
			 { "taken-quiet", TAKEN }, { "taken-unmapping", TAKEN, 1, .company = true } },
	}, {
		"exit", "exit of a process with objects", exit_time, 100000,
		.key = { { "none", NONE }, { "idle", IDLE }, { "taken", TAKEN, .max = 10000 },
			 { "idle-file-kept", IDLE, 1 }, { "taken-file-kept", TAKEN, 1, .max = 10000 } },
	}, {
		"execbuf", "execbuf with objects", execbuf, 1000,
		.key = { { "first", IDLE, FIRST }, { "first-unmapping", IDLE, FIRST | ELSEWHERE << 2, .company = true },
			 { "repeated", IDLE, REPEATED },
			 { "repeated-unmapping", IDLE, REPEATED | ELSEWHERE << 2, .company = true },
			 { "repeated-one-invalidated", IDLE, REPEATED | HERE << 2, .company = true }, /* one at a time */
			 { "repeated-all-invalidated", IDLE, REPEATED_INVALIDATED } },
	}, {
		"many", "objects cancelled at once, the GPU busy with them: the most threads ('many-threads'), slab"
		" ('many-slab'), kernel stacks ('many-stack'); time until the pages are free ('many-back')", many, 10000,
		.key = { { "busy", BUSY } },
	}, {
		"callback", "the longest walk of the notifiers, callbacks included", callback, 100000,
		.key = { { "idle-beside", IDLE, BESIDE }, { "taken-beside", TAKEN, BESIDE }, { "idle", IDLE, MUNMAP },
			 { "taken", TAKEN, MUNMAP }, { "used", USED, MUNMAP, .max = 10000 },
			 { "busy", BUSY, MUNMAP, .max = 10000 }, { "exit", TAKEN, EXIT, .max = 10000 } },
	}, {
		"profile", "nothing; for bench/profile.sh, which counts the instructions", profile, 10000,
		.key = { { "taken", TAKEN }, { "busy", BUSY } },
	},
};

/* Runs a point in its own process, for at most @most samples. */
static void run(const struct plan *plan, const struct point *p, unsigned int most)
{
	int status;
	pid_t pid;

	pid = fork_or_die();
	if (!pid) {
		cpu_set_t first;

		prctl(PR_SET_TIMERSLACK, 1);
		/* A page freed on another CPU may stay in that CPU's cache: use one CPU. */
		CPU_ZERO(&first);
		CPU_SET(0, &first);
		sched_setaffinity(0, sizeof(first), &first);
		alarm(POINT_S);
		drm = gem_open(node);
		max_samples = most;
		plan->run(p);
		fflush(stdout);
		_exit(0);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status) {
		failed++;
		printf("# failed: %s %u %u %s, status %#x\n", p->measurement, p->n, p->size, p->key, status);
	}
}

static void run_plan(const struct plan *plan)
{
	static const unsigned int sizes[] = { 16, 256, 4096 };
	const long base = pinned_pages();

	for (unsigned int k = 0; k < ARRAY_SIZE(plan->key) && plan->key[k].key; k++) {
		struct point p = {
			.measurement = plan->measurement,
			.key = plan->key[k].key,
			.use = plan->key[k].use,
			.arg = plan->key[k].arg,
			.size = 1,
		};
		unsigned int max = plan->key[k].max ?: plan->max, processes;

		if (max > max_n)
			max = max_n;
		if (plan->key[k].company && cpus < 2) {
			printf("# %s %s: wants two CPUs\n", p.measurement, p.key);
			continue;
		}
		/*
		 * The relative speed of two threads differs from process to process, on an emulator
		 * by a factor of two: use several processes.
		 */
		processes = plan->key[k].company ? IN_COMPANY : 1;
		for (p.n = plan->zero ? 0 : 1; p.n <= max; p.n = p.n * 10 ?: 1) {
			for (unsigned int i = 0; i < processes; i++)
				run(plan, &p, max_samples > processes ? max_samples / processes : 1);
			wait_unpinned(base);
		}
		p.n = 1;
		for (unsigned int i = 0; plan->sizes && i < ARRAY_SIZE(sizes) && sizes[i] <= max_n; i++) {
			p.size = sizes[i];
			run(plan, &p, max_samples);
			wait_unpinned(base);
		}
	}
}

static void usage(FILE *f)
{
	fprintf(f,
		"usage: userptr-bench [options] [MEASUREMENT ...]\n"
		"  --max N       not more than N objects (default %u)\n"
		"  --samples N   of each point; fewer where there are many objects (default %u)\n"
		"  --wait MS     for pages that are to come back (default %ld)\n"
		"  --busy MS     how long the GPU stays busy (default %ld)\n"
		"  --run MS      how long a sample counts what is done again and again (default %ld)\n"
		"  --quick       --max 10 --samples 2 --wait 300 --busy 50 --run 20\n"
		"  --node FILE   default " CARD "\n"
		"  --hook CMD    for 'profile', which is not run without it: CMD POINT is run at each end\n"
		"  --list        the measurements\n"
		"prints 'sample', what, objects, pages of each, key, value, unit, with tabs between; a time that is too long to be\n"
		"waited for is '>' and how long that was; lines with # say what could not be measured\n"
		"exit status: 0, 1 some points failed, 2 nothing could be measured\n",
		max_n, max_samples, wait_ms, busy_ms, run_ms);
}

int main(int argc, char **argv)
{
	enum { MAX = 1, SAMPLES, WAIT, BUSY_MS, RUN, QUICK, NODE, HOOK, LIST, HELP };
	static const struct option options[] = {
		{ "max", required_argument, NULL, MAX },
		{ "samples", required_argument, NULL, SAMPLES },
		{ "wait", required_argument, NULL, WAIT },
		{ "busy", required_argument, NULL, BUSY_MS },
		{ "run", required_argument, NULL, RUN },
		{ "quick", no_argument, NULL, QUICK },
		{ "node", required_argument, NULL, NODE },
		{ "hook", required_argument, NULL, HOOK },
		{ "list", no_argument, NULL, LIST },
		{ "help", no_argument, NULL, HELP },
		{ 0 }
	};
	int opt;

	cpus = sysconf(_SC_NPROCESSORS_ONLN);

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case MAX:
			max_n = atol(optarg);
			break;
		case SAMPLES:
			max_samples = atol(optarg);
			break;
		case WAIT:
			wait_ms = atol(optarg);
			break;
		case BUSY_MS:
			busy_ms = atol(optarg);
			break;
		case RUN:
			run_ms = atol(optarg);
			break;
		case QUICK:
			max_n = 10;
			max_samples = 2;
			wait_ms = 300;
			busy_ms = 50;
			run_ms = 20;
			break;
		case NODE:
			node = optarg;
			break;
		case HOOK:
			hook = optarg;
			break;
		case LIST:
			for (size_t i = 0; i < ARRAY_SIZE(plans); i++)
				printf("%-15s %s\n", plans[i].measurement, plans[i].text);
			return 0;
		case HELP:
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return 2;
		}
	}
	if (max_n < 1 || max_samples < 1 || wait_ms < 1 || busy_ms < 1 || run_ms < 1) {
		usage(stderr);
		return 2;
	}
	for (int k = optind; k < argc; k++) {
		size_t i = 0;

		while (i < ARRAY_SIZE(plans) && strcmp(argv[k], plans[i].measurement))
			i++;
		if (i == ARRAY_SIZE(plans))
			die("there is no measurement '%s': --list has them", argv[k]);
	}

	for (size_t i = 0; i < ARRAY_SIZE(plans); i++) {
		bool wanted = optind == argc;

		for (int k = optind; k < argc; k++)
			wanted |= !strcmp(argv[k], plans[i].measurement);
		if (wanted)
			run_plan(&plans[i]);
	}
	printf("end\t%u\n", failed);
	return !!failed;
}
