// SPDX-License-Identifier: MIT
/*
 * What happens to userptr objects and their pages when a call fails, or when memory runs out? See
 * usage() for the parts.
 *
 * Faults are injected by /proc/self/fail-nth: of all operations of one system call that can fail
 * (allocations of one kind, or copies from and to user space), the first fails, then in another
 * process the second, and so on until none is left. A finding is reported with its scenario and its
 * number.
 */

#define _GNU_SOURCE
#include <glob.h>
#include <poll.h>
#include <pthread.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/userfaultfd.h>

#include "gem.h"
#include "pins.h"
#include "tap.h"

#define PAGES 16UL /* of a range, for faults */
#define SETTLE_NS (15000 * MS) /* limit for the release of pages */
#define HANG_NS (60000 * MS) /* limit for the end of a process */
#define MAX_NTH 4000

/* Shared by the tests and the processes that they fork. */
static struct shared {
	long base; /* pages pinned without the objects of the test */
	bool done; /* the process completed */
	bool hit; /* the fault was injected */
	int err; /* of the call with the fault */
	int flag[8];
	int fd;
	char why[200];
} *shared;

static int drm = -1;

/*
 * Small helpers.
 */

/* For a forked process: reports a failure and exits. */
__attribute__((noreturn, format(printf, 1, 2)))
static void wrong(const char *fmt, ...)
{
	va_list va;

	va_start(va, fmt);
	vsnprintf(shared->why, sizeof(shared->why), fmt, va);
	va_end(va);
	_exit(1);
}

#define told(...) snprintf(shared->why, sizeof(shared->why), __VA_ARGS__)

static const char *errno_name(int err)
{
	return err ? strerrorname_np(err) ?: "?" : "none";
}

static long number_in(const char *path)
{
	char text[64];
	long value;

	if (!get(path, text, sizeof(text)) || sscanf(text, "%ld", &value) != 1)
		die("cannot read %s: %m", path);
	return value;
}

static long pinned(void)
{
	return pinned_pages() - shared->base;
}

/* Waits until @a or @b pages of the test are pinned. Return: how many are. */
static long settle(long a, long b)
{
	return wait_pinned(shared->base + a, shared->base + b, SETTLE_NS) - shared->base;
}

/* Return: the number of GEM objects with pages that the shrinker could take. */
static long gem_objects(void)
{
	glob_t g;
	long n;

	if (glob("/sys/kernel/debug/dri/*/i915_gem_objects", 0, NULL, &g))
		die("there is no i915_gem_objects in debugfs");
	n = number_in(g.gl_pathv[0]);
	globfree(&g);
	return n;
}

static void *map_anon(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		wrong("mmap: %m");
	return p;
}

/*
 * Waits until @pid ends, without reaping it. After HANG_NS, prints the stacks of its threads and
 * kills it. Return: true if it ended by itself.
 */
static bool wait_end(pid_t pid)
{
	const int64_t limit = now_ns() + HANG_NS;
	siginfo_t info;
	char cmd[64];

	do {
		info.si_pid = 0;
		if (waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) || info.si_pid)
			return true;
		nap(500);
	} while (now_ns() < limit);

	snprintf(cmd, sizeof(cmd), "sed 's/^/# /' /proc/%d/task/*/stack", pid);
	if (system(cmd))
		printf("# (cannot see where)\n");
	kill(pid, SIGKILL);
	return false;
}

/* All symbols of the kernel; reading them takes seconds. */
static struct symbol {
	uint64_t addr;
	char *name;
} *symbols;
static size_t nr_symbols;

static void read_symbols(void)
{
	char line[256], sym[128], type;
	unsigned long addr;
	FILE *f;

	f = fopen("/proc/kallsyms", "r");
	if (!f)
		die("cannot read /proc/kallsyms: %m");
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx %c %127s", &addr, &type, sym) != 3)
			continue;
		if (!(nr_symbols % 1024))
			symbols = realloc(symbols, (nr_symbols + 1024) * sizeof(*symbols));
		if (!symbols)
			die("no memory for the symbols");
		symbols[nr_symbols++] = (struct symbol){ addr, strdup(sym) };
	}
	fclose(f);
}

/* The code of a function is from @start up to @end. Return: false if there is none. */
static bool find_function(const char *name, uint64_t *start, uint64_t *end)
{
	*start = 0;
	*end = UINT64_MAX;
	if (!symbols)
		read_symbols();
	for (size_t i = 0; i < nr_symbols; i++)
		if (!strcmp(symbols[i].name, name))
			*start = symbols[i].addr;
	for (size_t i = 0; i < nr_symbols; i++)
		if (symbols[i].addr > *start && symbols[i].addr < *end)
			*end = symbols[i].addr;
	return *start;
}

/*
 * Fault injection.
 */

enum kind { SLAB, PAGE, USERCOPY, KINDS };

static const char *const kind_name[] = { "slab", "page", "usercopy" };
static const char *const kind_dir[] = { "failslab", "fail_page_alloc", "fail_usercopy" };

static void attr(enum kind kind, const char *file, const char *fmt, uint64_t value)
{
	char path[128], text[32];

	snprintf(path, sizeof(path), "/sys/kernel/debug/%s/%s", kind_dir[kind], file);
	snprintf(text, sizeof(text), fmt, value);
	if (!put(path, text))
		die("cannot write to %s: %m (CONFIG_FAULT_INJECTION_STACKTRACE_FILTER?)", path);
}

/*
 * From now on fail-nth counts, and fails, only the kinds in @kinds (a bit for each); with @below
 * only what is called below that function.
 */
static void choose(unsigned int kinds, const char *below)
{
	/* No return address is below 1. */
	uint64_t none = 1, start = 0, end = UINT64_MAX, skip = 0, skip_end = 0;

	if (below && !find_function(below, &start, &end))
		die("the kernel has no function %s: it was inlined, or renamed", below);
	/* Half of all are kmemleak's own allocations, which fall back to its reserve: skip them. */
	if (!below && !find_function("mem_pool_alloc", &skip, &skip_end) &&
	    !find_function("__alloc_object", &skip, &skip_end))
		skip_end = 0;

	for (enum kind k = 0; k < KINDS; k++) {
		bool on = kinds & 1u << k;

		attr(k, "probability", "%lu", 0);
		attr(k, "verbose", "%lu", 0);
		attr(k, "stacktrace-depth", "%lu", 32);
		attr(k, "reject-start", "0x%lx", on ? skip : 0);
		attr(k, "reject-end", "0x%lx", on ? skip_end : 0);
		attr(k, "require-start", "0x%lx", on ? start : none);
		attr(k, "require-end", "0x%lx", on ? end : none + 1);
	}
	attr(SLAB, "ignore-gfp-wait", "N", 0);
	attr(PAGE, "ignore-gfp-wait", "N", 0);
	attr(PAGE, "ignore-gfp-highmem", "N", 0);
	attr(PAGE, "min-order", "0", 0);
}

static int nth_fd = -1;

static void arm(unsigned int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", nth);

	if (nth_fd < 0)
		nth_fd = open("/proc/self/fail-nth", O_RDWR | O_CLOEXEC);
	if (nth_fd < 0 || write(nth_fd, text, len) != len)
		wrong("cannot write to /proc/self/fail-nth: %m");
}

/* Return: the remaining count; 0 if the fault was injected. */
static unsigned int disarm(void)
{
	unsigned int left = 1;
	char text[16] = "";

	/* This read may take the fault itself, if none was injected before. */
	if (pread(nth_fd, text, sizeof(text) - 1, 0) > 0)
		left = strtoul(text, NULL, 10);
	while (write(nth_fd, "0", 1) != 1)
		;
	return left;
}

/*
 * The scenarios: setup(), then act() with a fault, then after(). Each runs in its own process, with
 * its own DRM file.
 */

struct state {
	char *ptr, *to;
	size_t size;
	uint32_t obj[2];
	struct batch batch;
	struct drm_i915_gem_relocation_entry reloc[2];
	struct drm_i915_gem_exec_object2 exec[2];
	bool spin;
	pthread_t thread;
	bool stop;
	int fd;
	pid_t pid;
};

struct scenario {
	const char *name;
	void (*setup)(struct state *s);
	int (*act)(struct state *s);
	void (*after)(struct state *s, int err);
	int refused; /* errno that it always returns */
	bool gen3; /* refused only on gen3 */
	long before, then; /* pinned pages: before act(), and after it succeeded */
	int also[3]; /* errnos that are allowed besides ENOMEM or EFAULT */
	bool exits; /* act() does not return */
	bool racy; /* the number of possible faults varies */
	bool slow; /* has many faults */
};

/* setup() */

static void make_range(struct state *s)
{
	s->size = PAGES * page;
	/* Room around it, so that it is not merged with a neighbour. */
	s->ptr = (char *)map_anon(s->size + 2 * page) + page;
	munmap(s->ptr - page, page);
	munmap(s->ptr + s->size, page);
	memset(s->ptr, 0xaa, s->size);
	s->to = map_anon(s->size);
}

static void make_object(struct state *s)
{
	make_range(s);
	if (gem_userptr(drm, s->ptr, s->size, 0, &s->obj[0]))
		wrong("cannot create the object: %m");
}

static void make_untouched(struct state *s)
{
	make_object(s);
	if (madvise(s->ptr, s->size, MADV_DONTNEED))
		wrong("madvise: %m");
}

static void make_memfd(struct state *s)
{
	make_range(s);
	s->fd = memfd_create("userptr-faults", 0);
	if (s->fd < 0 || ftruncate(s->fd, s->size) ||
	    mmap(s->ptr, s->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		 s->fd, 0) == MAP_FAILED)
		wrong("memfd: %m");
	if (gem_userptr(drm, s->ptr, s->size, 0, &s->obj[0]))
		wrong("cannot create the object: %m");
}

static void populate(struct state *s)
{
	make_object(s);
	if (gem_set_domain(drm, s->obj[0], I915_GEM_DOMAIN_GTT))
		wrong("set-domain: %m");
}

static void populate_memfd(struct state *s)
{
	make_memfd(s);
	if (gem_set_domain(drm, s->obj[0], I915_GEM_DOMAIN_GTT))
		wrong("set-domain: %m");
}

/* Makes a batch that writes to the first dword of the object, and then ends or spins. */
static void make_batch(struct state *s)
{
	batch_create(drm, &s->batch);
	batch_store(&s->batch, 0, s->obj[0], 0, WRITTEN_BY_GPU, s->reloc);
	batch_finish(&s->batch, BATCH_LAST, s->spin, s->reloc, 1, &s->exec[1]);
	s->exec[0].handle = s->obj[0];
	s->exec[0].flags = EXEC_OBJECT_WRITE;
}

static int do_exec(struct state *s)
{
	return gem_execbuf(drm, s->exec, 2, call_ns);
}

/* Checks that the GPU has written, and clears what it wrote. */
static void look_at_data(struct state *s)
{
	const int64_t limit = now_ns() + GPU_NS;

	if (!s->spin && gem_wait(drm, s->batch.handle, GPU_NS))
		wrong("the batch does not end: %m");
	while (*(volatile uint32_t *)s->ptr != WRITTEN_BY_GPU) {
		if (now_ns() > limit)
			wrong("the GPU did not write to the memory");
		nap(100);
	}
	*(volatile uint32_t *)s->ptr = 0;
}

static void exec_ready(struct state *s)
{
	make_object(s);
	make_batch(s);
}

static void exec_done(struct state *s)
{
	exec_ready(s);
	if (do_exec(s))
		wrong("execbuf: %m");
	look_at_data(s);
}

static void exec_busy(struct state *s)
{
	s->spin = true;
	exec_done(s);
}

/* The pages are stale. The work that unpins them may or may not have run. */
static void exec_stale(struct state *s)
{
	exec_done(s);
	if (madvise(s->ptr, s->size, MADV_DONTNEED))
		wrong("madvise: %m");
}

static void populate_stale(struct state *s)
{
	populate(s);
	if (madvise(s->ptr, s->size, MADV_DONTNEED))
		wrong("madvise: %m");
}

static void *invalidate_all_the_time(void *data)
{
	struct state *s = data;

	while (!__atomic_load_n(&s->stop, __ATOMIC_RELAXED)) {
		madvise(s->ptr + s->size / 2, page, MADV_DONTNEED);
		nap(300);
	}
	return NULL;
}

static void exec_racing(struct state *s)
{
	exec_done(s);
	if (pthread_create(&s->thread, NULL, invalidate_all_the_time, s))
		wrong("there is no thread to be had");
}

/* act() */

static int create(struct state *s, uint32_t flags)
{
	uint32_t handle;

	return gem_userptr(drm, s->ptr, s->size, flags, &handle);
}

static int do_create(struct state *s)
{
	return create(s, 0);
}

static int do_create_probe(struct state *s)
{
	return create(s, I915_USERPTR_PROBE);
}

static int do_create_readonly(struct state *s)
{
	return create(s, I915_USERPTR_READ_ONLY);
}

static int do_set_domain(struct state *s)
{
	return gem_set_domain(drm, s->obj[0], I915_GEM_DOMAIN_GTT);
}

static int do_munmap(struct state *s)
{
	return munmap(s->ptr, s->size);
}

static int do_munmap_one(struct state *s)
{
	return munmap(s->ptr + s->size / 2, page);
}

static int do_dontneed(struct state *s)
{
	return madvise(s->ptr, s->size, MADV_DONTNEED);
}

static int do_mprotect(struct state *s)
{
	return mprotect(s->ptr + page, page, PROT_READ);
}

static int do_mremap(struct state *s)
{
	void *p = mremap(s->ptr, s->size, s->size, MREMAP_MAYMOVE | MREMAP_FIXED, s->to);

	return p == MAP_FAILED ? -1 : 0;
}

static int do_truncate(struct state *s)
{
	return ftruncate(s->fd, 0);
}

static int do_pread(struct state *s)
{
	struct drm_i915_gem_pread arg = {
		.handle = s->obj[0],
		.size = 64,
		.data_ptr = (uintptr_t)s->to,
	};

	return call(drm, DRM_IOCTL_I915_GEM_PREAD, &arg);
}

static int do_pwrite(struct state *s)
{
	struct drm_i915_gem_pwrite arg = {
		.handle = s->obj[0],
		.size = 64,
		.data_ptr = (uintptr_t)s->to,
	};

	return call(drm, DRM_IOCTL_I915_GEM_PWRITE, &arg);
}

static int do_mmap(struct state *s)
{
	return gem_mmap_pages(drm, s->obj[0], s->size) == MAP_FAILED ? -1 : 0;
}

static int do_mmap_offset(struct state *s)
{
	uint64_t offset;

	return gem_mmap_offset(drm, s->obj[0], I915_MMAP_OFFSET_GTT, &offset);
}

static int do_set_tiling(struct state *s)
{
	return gem_set_tiling_x(drm, s->obj[0], 512);
}

static int do_export(struct state *s)
{
	struct drm_prime_handle arg = { .handle = s->obj[0] };

	return call(drm, DRM_IOCTL_PRIME_HANDLE_TO_FD, &arg);
}

static int do_close(struct state *s)
{
	return gem_close(drm, s->obj[0]);
}

static int do_open_file(struct state *s)
{
	s->fd = open(CARD, O_RDWR | O_CLOEXEC);
	return s->fd < 0 ? -1 : 0;
}

static int do_close_file(struct state *s)
{
	(void)s;
	return close(drm);
}

/* Without libc's part of fork(), in which faults would be injected as well. */
static int do_fork(struct state *s)
{
	s->pid = syscall(SYS_fork);
	if (!s->pid)
		syscall(SYS_exit_group, 0);
	return s->pid < 0 ? -1 : 0;
}

static int do_exit(struct state *s)
{
	(void)s;
	_exit(0);
}

/* after() */

static void after_exec(struct state *s, int err)
{
	if (!err)
		look_at_data(s);
}

static void after_racing(struct state *s, int err)
{
	after_exec(s, err);
	__atomic_store_n(&s->stop, true, __ATOMIC_RELAXED);
	pthread_join(s->thread, NULL);
	/* The thread has ended: from here on the pages must stay. */
	if (do_exec(s))
		wrong("execbuf after it all: %m");
	look_at_data(s);
}

static void after_fork(struct state *s, int err)
{
	if (!err && waitpid(s->pid, NULL, 0) != s->pid)
		wrong("no child: %m");
}

/* While the GPU uses the pages, none may be released. */
static void after_busy(struct state *s, int err)
{
	(void)err;
	nap(20000);
	if (pinned() != (long)PAGES)
		wrong("%ld pages are pinned while the GPU works on %lu", pinned(), PAGES);
	batch_end(&s->batch);
}

#define P ((long)PAGES)

#define SCENARIO(_name, _setup, _act, _after, _refused, _before, _then, ...) \
	{ .name = _name, .setup = _setup, .act = _act, .after = _after, \
	  .refused = _refused, .before = _before, .then = _then, __VA_ARGS__ }

static const struct scenario scenarios[] = {
	SCENARIO("create, the first of the process", make_range, do_create, NULL, 0, 0, 0),
	SCENARIO("create, the second", make_object, do_create, NULL, 0, 0, 0),
	SCENARIO("create, PROBE", make_range, do_create_probe, NULL, 0, 0, 0),
	SCENARIO("create, READ_ONLY", make_range, do_create_readonly, NULL, ENODEV, 0, 0,
		 .gen3 = true),
	SCENARIO("set-domain, takes the pages", make_object, do_set_domain, NULL, 0, 0, P),
	SCENARIO("set-domain, faults the pages in", make_untouched, do_set_domain, NULL, 0, 0, P,
		 .slow = true),
	SCENARIO("set-domain, faults a memfd's in", make_memfd, do_set_domain, NULL, 0, 0, P,
		 .slow = true),
	SCENARIO("set-domain, has the pages", populate, do_set_domain, NULL, 0, P, P),
	SCENARIO("set-domain, stale pages", populate_stale, do_set_domain, NULL, 0, -1, P),
	/*
	 * The first one of the file: it makes a context, whose state is a shmem file on GPUs with
	 * execlists. Without memory for its inode __shmem_file_setup() returns -ENOSPC.
	 */
	SCENARIO("execbuf, takes the pages", exec_ready, do_exec, after_exec, 0, 0, P,
		 .also = { ENOSPC }),
	SCENARIO("execbuf, has the pages", exec_done, do_exec, after_exec, 0, P, P),
	SCENARIO("execbuf, stale pages", exec_stale, do_exec, after_exec, 0, -1, P),
	SCENARIO("execbuf, invalidated meanwhile", exec_racing, do_exec, after_racing, 0, -1, P,
		 .also = { EAGAIN, EINTR }, .racy = true, .slow = true),
	SCENARIO("munmap", populate, do_munmap, NULL, 0, P, 0),
	SCENARIO("munmap, after an execbuf", exec_done, do_munmap, NULL, 0, P, 0),
	SCENARIO("munmap, GPU busy", exec_busy, do_munmap, after_busy, 0, P, 0),
	SCENARIO("munmap of one page", populate, do_munmap_one, NULL, 0, P, 0),
	SCENARIO("madvise(MADV_DONTNEED)", populate, do_dontneed, NULL, 0, P, 0),
	SCENARIO("mprotect of one page", populate, do_mprotect, NULL, 0, P, 0),
	SCENARIO("mremap", populate, do_mremap, NULL, 0, P, 0),
	SCENARIO("ftruncate of a memfd", populate_memfd, do_truncate, NULL, 0, P, 0),
	SCENARIO("fork", populate, do_fork, after_fork, 0, P, 0, .also = { EAGAIN }, .slow = true),
	SCENARIO("exit, file kept open", populate, do_exit, NULL, 0, P, 0, .exits = true),
	SCENARIO("pread (refused)", populate, do_pread, NULL, EINVAL, P, P),
	SCENARIO("pwrite (refused)", populate, do_pwrite, NULL, EINVAL, P, P),
	SCENARIO("GEM_MMAP (refused)", populate, do_mmap, NULL, ENXIO, P, P),
	SCENARIO("mmap-offset (refused)", populate, do_mmap_offset, NULL, ENODEV, P, P),
	SCENARIO("set-tiling (refused)", populate, do_set_tiling, NULL, ENXIO, P, P),
	SCENARIO("export (refused)", populate, do_export, NULL, EINVAL, P, P),
	SCENARIO("close of the object", populate, do_close, NULL, 0, P, 0),
	SCENARIO("close of the object, used", exec_done, do_close, NULL, 0, P, 0),
	SCENARIO("close of the file", populate, do_close_file, NULL, 0, P, 0),
	SCENARIO("close of the file, used", exec_done, do_close_file, NULL, 0, P, 0),
	SCENARIO("open of a file", make_range, do_open_file, NULL, 0, 0, 0),
};

/*
 * Running the scenarios.
 */

static int refused(const struct scenario *sc)
{
	return sc->gen3 && gem_gen != 3 ? 0 : sc->refused;
}

static bool allowed(const struct scenario *sc, enum kind kind, int err)
{
	if (err == refused(sc) || err == (kind == USERCOPY ? EFAULT : ENOMEM))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(sc->also); i++)
		if (sc->also[i] && err == sc->also[i])
			return true;
	return false;
}

/* One attempt, in its own process. */
__attribute__((noreturn))
static void attempt(const struct scenario *sc, enum kind kind, unsigned int nth)
{
	struct state s = { .fd = -1 };
	unsigned int left;
	long now, was;
	int ret, err;

	if (!sc->exits)
		drm = gem_open(CARD);
	arm(0);
	sc->setup(&s);
	if (sc->before >= 0 && pinned() != sc->before)
		wrong("%ld pages are pinned before it, not %ld", pinned(), sc->before);
	was = sc->before >= 0 ? sc->before : 0;

	call_ns = 0;
	errno = 0;
	arm(nth);
	ret = sc->act(&s);
	err = ret ? errno : 0;
	left = disarm();
	call_ns = CALL_NS;
	shared->hit = !left;
	shared->err = err;

	if (!allowed(sc, kind, err) || (!shared->hit && err != refused(sc) && !sc->racy))
		wrong("fault %u (%sinjected): errno %s", nth, shared->hit ? "" : "not ",
		      errno_name(err));

	/* After a failure the pinned pages are none, those of before, or all. */
	if (err != refused(sc) && !sc->racy) {
		now = settle(was, sc->then);
		if (now != was && now != sc->then && now)
			wrong("fault %u: errno %s, and %ld pages are pinned", nth,
			      errno_name(err), now);
	}
	if (err != refused(sc)) {
		ret = sc->act(&s);
		err = ret ? errno : 0;
		if (err != refused(sc))
			wrong("fault %u: without a fault errno %s", nth, errno_name(err));
	}
	if (sc->after)
		sc->after(&s, err);
	now = settle(sc->then, sc->then);
	if (now != sc->then)
		wrong("fault %u: in the end %ld pages are pinned, not %ld", nth, now, sc->then);

	shared->done = true;
	_exit(0);
}

struct found {
	unsigned int attempts, hits;
	unsigned int errnos[134];
};

/* Return: what is wrong, or NULL. */
static const char *run_attempt(const struct scenario *sc, enum kind kind, unsigned int nth)
{
	char path[64];
	pid_t pid;
	bool ended;
	long left;

	shared->done = false;
	shared->hit = false;
	shared->err = 0;
	shared->why[0] = '\0';
	if (sc->exits)
		drm = gem_open(CARD);

	pid = fork_or_die();
	if (!pid)
		attempt(sc, kind, nth);
	ended = wait_end(pid);
	if (sc->exits && ended) {
		snprintf(path, sizeof(path), "/proc/%d/fail-nth", pid);
		shared->hit = !number_in(path);
		shared->done = true;
	}
	if (ended)
		waitpid(pid, NULL, 0);

	if (!ended)
		told("fault %u: the process hangs, see above", nth);
	else if (!shared->done && !shared->why[0])
		told("fault %u: the process died", nth);
	if (!shared->why[0]) {
		left = settle(0, 0);
		if (left)
			told("fault %u: %ld pages are pinned after the process is gone", nth, left);
	}
	if (sc->exits) {
		close(drm);
		drm = -1;
	}
	return shared->why[0] ? shared->why : NULL;
}

static void errnos_text(const struct found *f, char *text, size_t len)
{
	size_t at = 0;

	text[0] = '\0';
	for (size_t e = 0; e < ARRAY_SIZE(f->errnos); e++)
		if (f->errnos[e] && at < len)
			at += snprintf(text + at, len - at, "%s%s %u", at ? ", " : "",
				       errno_name(e), f->errnos[e]);
}

static unsigned int total_faults;

static void run_scenario(const struct scenario *sc, enum kind kind)
{
	struct found f = { 0 };
	const int64_t start = now_ns();
	unsigned int clean = 0;
	const char *bad = NULL;
	char name[128], text[200], more[200];
	long objects, left;
	int64_t limit;

	shared->base = pinned_pages();
	objects = gem_objects();
	/* Ends after three runs without a fault: an allocation may not be needed in one of them. */
	for (unsigned int nth = 1; !bad && clean < 3; nth++) {
		if (nth > MAX_NTH) {
			bad = "there is no end to the faults";
			break;
		}
		bad = run_attempt(sc, kind, nth);
		f.attempts++;
		clean = shared->hit ? 0 : clean + 1;
		if (shared->hit) {
			f.hits++;
			f.errnos[shared->err]++;
		}
	}
	limit = now_ns() + SETTLE_NS;
	do {
		left = gem_objects() - objects;
		if (left <= 0)
			break;
		nap(10000);
	} while (now_ns() < limit);
	if (!bad && left > 0) {
		snprintf(more, sizeof(more), "%ld GEM objects with pages are left", left);
		bad = more;
	}
	errnos_text(&f, text, sizeof(text));
	snprintf(name, sizeof(name), "%s: %s", kind_name[kind], sc->name);
	tap(bad, "%s # %u faults%s%s; %.1f s", name, f.hits, f.hits ? ": " : "", text,
	    (now_ns() - start) / 1e9);
	total_faults += f.hits;
}

static int inject(const char *what, const char *text)
{
	const bool quick = !strcmp(what, "quick"), all = quick || !strcmp(what, "all");
	unsigned int hits;

	for (enum kind k = 0; k < KINDS; k++) {
		if (!all && strcmp(what, kind_name[k]))
			continue;
		choose(1u << k, NULL);
		hits = total_faults;
		for (size_t i = 0; i < ARRAY_SIZE(scenarios); i++)
			if (strstr(scenarios[i].name, text) && !(quick && scenarios[i].slow))
				run_scenario(&scenarios[i], k);
		if (total_faults == hits)
			tap("nothing was injected", "%s # 0 faults", kind_name[k]);
	}
	choose(0, NULL);
	return 0;
}

/*
 * The callback, and the work that it queues.
 */

#define CALLBACK "i915_mmu_notifier_invalidate_range_start"
#define ACQUIRE "i915_gem_object_userptr_submit_init"
#define ALL_KINDS (1u << SLAB | 1u << PAGE | 1u << USERCOPY)
#define MANY 1000000

/* Resets the fields of @shared that the next forked process reports. */
static void expect_child(void)
{
	shared->base = pinned_pages();
	shared->flag[0] = 0;
	shared->why[0] = '\0';
	shared->done = false;
}

/* Reaps @pid. Return: NULL, or why it did not complete. */
static const char *reap_child(pid_t pid)
{
	if (!wait_end(pid))
		return "the process hangs, see above";
	waitpid(pid, NULL, 0);
	if (shared->done)
		return NULL;
	return shared->why[0] ? shared->why : "the process died";
}

/* Return: the number of possible faults in act(), as selected by choose(). */
static unsigned int count_points(const struct scenario *sc, int *err)
{
	struct state s = { .fd = -1 };
	unsigned int left;

	drm = gem_open(CARD);
	arm(0);
	sc->setup(&s);
	call_ns = 0;
	errno = 0;
	arm(MANY);
	*err = sc->act(&s) ? errno : 0;
	left = disarm();
	call_ns = CALL_NS;
	if (sc->after)
		sc->after(&s, *err);
	if (settle(sc->then, sc->then) != sc->then)
		wrong("%ld pages are pinned after it, not %ld", pinned(), sc->then);
	return MANY - left;
}

/* Checks whether an operation below the function @below can fail during the scenario. */
static void run_points(const struct scenario *sc, const char *below, bool some)
{
	const char *bad;
	char name[200];
	pid_t pid;

	choose(ALL_KINDS, below);
	expect_child();
	pid = fork_or_die();
	if (!pid) {
		int err;

		shared->flag[0] = count_points(sc, &err);
		if (err)
			wrong("errno %s", errno_name(err));
		shared->done = true;
		_exit(0);
	}
	bad = reap_child(pid);
	if (!bad && settle(0, 0))
		bad = "pages are pinned after the process is gone";
	if (!bad && !!shared->flag[0] != some)
		bad = some ? "there should be some: the filter does not work" :
		      "the callback does what can fail";
	snprintf(name, sizeof(name), "%s: %s in %s()", sc->name,
		 some ? "(control) faults can be had" : "nothing can fail", below);
	tap(bad, "%s # %d", name, shared->flag[0]);
}

static const struct scenario *scenario(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(scenarios); i++)
		if (!strcmp(scenarios[i].name, name))
			return &scenarios[i];
	die("there is no scenario '%s'", name);
}

/*
 * Makes each allocation below the function @below fail. The work that unpins pages must succeed
 * without any.
 */
static void run_all_fail(const struct scenario *sc, const char *below, int expect)
{
	const char *bad;
	char name[200];
	long failed = 0;
	pid_t pid;

	choose(1u << SLAB | 1u << PAGE, below);
	expect_child();
	for (enum kind k = SLAB; k <= PAGE; k++) {
		attr(k, "times", "%lu", MANY);
		attr(k, "interval", "%lu", 1);
		attr(k, "space", "%lu", 0);
		attr(k, "task-filter", "N", 0);
		attr(k, "probability", "%lu", 100);
	}
	pid = fork_or_die();
	if (!pid) {
		struct state s = { .fd = -1 };
		int err;

		drm = gem_open(CARD);
		sc->setup(&s);
		call_ns = 0;
		err = sc->act(&s) ? errno : 0;
		call_ns = CALL_NS;
		if (err != expect)
			wrong("errno %s", errno_name(err));
		if (sc->after)
			sc->after(&s, err);
		/* Before the object is closed, only the queued work can unpin them. */
		if (!err && settle(sc->then, sc->then) != sc->then)
			wrong("%ld pages are pinned after it, not %ld", pinned(), sc->then);
		shared->done = true;
		_exit(0);
	}
	bad = reap_child(pid);
	for (enum kind k = SLAB; k <= PAGE; k++) {
		char path[64];

		attr(k, "probability", "%lu", 0);
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/times", kind_dir[k]);
		failed += MANY - number_in(path);
	}
	if (!bad && settle(0, 0))
		bad = "pages are pinned after the process is gone";
	if (!bad && expect && !failed)
		bad = "no allocation failed: the filter does not work";
	snprintf(name, sizeof(name), "%s: %s when all allocations in %s() fail", sc->name,
		 expect ? "(control) ENOMEM" : "the pages come back", below);
	tap(bad, "%s # %ld failed", name, failed);
}

static int callback(void)
{
	static const char *const events[] = {
		"munmap", "munmap, after an execbuf", "munmap, GPU busy", "munmap of one page",
		"madvise(MADV_DONTNEED)", "mprotect of one page", "mremap", "ftruncate of a memfd",
		"fork",
	};

	/* The controls show that the filter finds possible faults. */
	run_points(scenario("munmap of one page"), "__x64_sys_munmap", true);
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		run_points(scenario(events[i]), CALLBACK, false);
	run_points(scenario("set-domain, takes the pages"), ACQUIRE, true);
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		run_all_fail(scenario(events[i]), "cancel_userptr", 0);
	run_all_fail(scenario("set-domain, takes the pages"), ACQUIRE, ENOMEM);
	choose(0, NULL);
	return 0;
}

/*
 * Pinning fails half way: the pages that are already pinned must be unpinned.
 */

static void fail_half_way(struct state *s, const char *what, long before)
{
	int err = do_set_domain(s) ? errno : 0;

	if (err != EFAULT)
		wrong("%s: errno %s, not EFAULT", what, errno_name(err));
	if (settle(before, before) != before)
		wrong("%s: %ld pages are pinned", what, pinned());
	make_batch(s);
	err = do_exec(s) ? errno : 0;
	if (err != EFAULT)
		wrong("%s: execbuf: errno %s, not EFAULT", what, errno_name(err));
	if (settle(before, before) != before)
		wrong("%s: execbuf: %ld pages are pinned", what, pinned());
}

static void then_whole(struct state *s)
{
	if (do_exec(s))
		wrong("then: execbuf: %m");
	look_at_data(s);
	if (settle(P, P) != P)
		wrong("then: %ld pages are pinned, not %ld", pinned(), P);
}

static void half_protected(struct state *s)
{
	make_object(s);
	if (mprotect(s->ptr + s->size / 2, page, PROT_NONE))
		wrong("mprotect: %m");
	fail_half_way(s, "PROT_NONE", 0);
	mprotect(s->ptr + s->size / 2, page, PROT_READ | PROT_WRITE);
	then_whole(s);
}

static void half_readonly(struct state *s)
{
	make_object(s);
	if (mprotect(s->ptr + s->size - page, page, PROT_READ))
		wrong("mprotect: %m");
	fail_half_way(s, "PROT_READ", 0);
	mprotect(s->ptr + s->size - page, page, PROT_READ | PROT_WRITE);
	then_whole(s);
}

static void half_unmapped(struct state *s)
{
	make_object(s);
	if (munmap(s->ptr + s->size / 2, page))
		wrong("munmap: %m");
	fail_half_way(s, "a hole", 0);
	if (mmap(s->ptr + s->size / 2, page, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		wrong("mmap: %m");
	then_whole(s);
}

static void half_truncated(struct state *s)
{
	make_memfd(s);
	if (ftruncate(s->fd, s->size / 2))
		wrong("ftruncate: %m");
	fail_half_way(s, "the end of the file", 0);
	if (ftruncate(s->fd, s->size))
		wrong("ftruncate: %m");
	then_whole(s);
}

/* The test itself provides the page in the middle. */
static int watch_page(struct state *s, uint64_t features)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features };
	struct uffdio_register reg = {
		.range = { (uintptr_t)s->ptr + s->size / 2, page },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	make_object(s);
	reg.range.start = (uintptr_t)s->ptr + s->size / 2;
	if (madvise(s->ptr + s->size / 2, page, MADV_DONTNEED) || fd < 0 ||
	    ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &reg))
		wrong("userfaultfd: %m");
	return fd;
}

/* Not with the zero page: a write to that would be an invalidation. */
static void provide_page(struct state *s, int fd)
{
	struct uffdio_copy copy = {
		.dst = (uintptr_t)s->ptr + s->size / 2,
		.src = (uintptr_t)s->to,
		.len = page,
	};

	if (ioctl(fd, UFFDIO_COPY, &copy))
		wrong("userfaultfd: no page: %m");
}

static void half_sigbus(struct state *s)
{
	int fd = watch_page(s, UFFD_FEATURE_SIGBUS);

	fail_half_way(s, "userfaultfd", 0);
	provide_page(s, fd);
	then_whole(s);
}

struct pinner {
	struct state *s;
	pthread_t thread;
	int err;
};

static void *pin_pages(void *data)
{
	struct pinner *g = data;

	/* EAGAIN is a result here, so do not retry. */
	call_ns = 0;
	g->err = do_set_domain(g->s) ? errno : 0;
	return NULL;
}

/* n threads pin the pages, and stop in the middle of the range. Return: the userfaultfd. */
static int begin_pinning(struct state *s, struct pinner *g, unsigned int n)
{
	int fd = watch_page(s, 0);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct uffd_msg msg;
	long want;

	for (unsigned int i = 0; i < n; i++) {
		g[i].s = s;
		if (pthread_create(&g[i].thread, NULL, pin_pages, &g[i]))
			wrong("there is no thread to be had");
		if (poll(&p, 1, 10000) != 1 || read(fd, &msg, sizeof(msg)) != sizeof(msg))
			wrong("no thread pins the page in the middle");
		want = (i + 1) * P / 2;
		if (settle(want, want) != want)
			wrong("%ld pages are pinned half way, not %ld", pinned(), want);
	}
	return fd;
}

static void half_invalidated(struct state *s)
{
	struct pinner g;
	int fd = begin_pinning(s, &g, 1);

	if (madvise(s->ptr, page, MADV_DONTNEED))
		wrong("madvise: %m");
	provide_page(s, fd);
	pthread_join(g.thread, NULL);
	if (g.err != EAGAIN)
		wrong("invalidated while they were pinned: errno %s, not EAGAIN",
		      errno_name(g.err));
	if (settle(0, 0))
		wrong("%ld pages are pinned", pinned());
	make_batch(s);
	then_whole(s);
}

static void half_closed(struct state *s)
{
	struct pinner g;
	int fd = begin_pinning(s, &g, 1);

	if (do_close(s))
		wrong("close: %m");
	provide_page(s, fd);
	pthread_join(g.thread, NULL);
	if (g.err)
		wrong("closed while its pages were pinned: errno %s", errno_name(g.err));
	if (settle(0, 0))
		wrong("%ld pages of an object that was closed are pinned", pinned());
}

static void half_twice(struct state *s)
{
	struct pinner g[2];
	int fd = begin_pinning(s, g, 2);

	provide_page(s, fd);
	for (int i = 0; i < 2; i++) {
		pthread_join(g[i].thread, NULL);
		if (g[i].err)
			wrong("errno %s", errno_name(g[i].err));
	}
	make_batch(s);
	then_whole(s);
}

static void half_killed(struct state *s)
{
	struct pinner g;

	begin_pinning(s, &g, 1);
	shared->done = true;
	kill(getpid(), SIGKILL);
}

struct half {
	const char *name;
	void (*run)(struct state *s);
};

static const struct half halves[] = {
	{ "PROT_NONE in the middle of the range", half_protected },
	{ "a read-only page at the end of the range", half_readonly },
	{ "a hole in the middle of the range", half_unmapped },
	{ "the file ends in the middle of the range", half_truncated },
	{ "userfaultfd has no page in the middle", half_sigbus },
	{ "invalidated half way", half_invalidated },
	{ "object closed half way", half_closed },
	{ "two threads at once", half_twice },
	{ "killed half way, file kept open", half_killed },
};

static int partial(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(halves); i++) {
		const char *bad;
		char name[128];
		long left;
		pid_t pid;

		expect_child();
		drm = gem_open(CARD);
		pid = fork_or_die();
		if (!pid) {
			struct state s = { .fd = -1 };

			/* Its own file, unless the file must outlive the process. */
			if (halves[i].run != half_killed)
				drm = gem_open(CARD);
			halves[i].run(&s);
			shared->done = true;
			_exit(0);
		}
		bad = reap_child(pid);
		left = settle(0, 0);
		if (!bad && left)
			bad = "pages are pinned after the process is gone";
		close(drm);
		snprintf(name, sizeof(name), "half way: %s", halves[i].name);
		tap(bad, "%s # %ld pinned in the end", name, left);
	}
	return 0;
}

/*
 * The probe of the device fails.
 */

#define DRIVER "/sys/bus/pci/drivers/i915/"
#define MINUS_ENOMEM "0xfffffffffffffff4"
#define FAIL_FUNCTION "/sys/kernel/debug/fail_function/"

static char bdf[32];

static int bind_device(void)
{
	return put(DRIVER "bind", bdf) ? 0 : errno;
}

static bool works_again(void)
{
	struct state s = { .fd = -1 };

	/* The node appears before the probe has completed. */
	if (access(CARD, R_OK))
		return false;
	drm = gem_open(CARD);
	exec_ready(&s);
	if (do_exec(&s))
		return false;
	look_at_data(&s);
	gem_close(drm, s.obj[0]);
	batch_destroy(&s.batch);
	close(drm);
	return true;
}

/* Reports the result of a probe, after another probe without a fault. */
static void probe_once(const char *name, int err, const char *bad)
{
	/* A failed probe must not leave anything that makes the next one fail. */
	int again = err ? bind_device() : 0;

	if (!bad && again)
		bad = "without a fault it fails as well";
	if (!bad && !works_again())
		bad = "then it does not work";
	tap(bad, "%s # errno %s, then %s", name, errno_name(err), errno_name(again));
	if (!put(DRIVER "unbind", bdf))
		die("cannot unbind the device: %m");
}

/* @step: the number from one allocation to be failed to the next. */
static int probe(unsigned int step)
{
	static const char *const functions[] = {
		"i915_driver_early_probe", "i915_driver_mmio_probe", "i915_driver_hw_probe",
		"intel_gt_init",
	};
	char name[128], path[128];
	const char *bad;
	glob_t g;

	if (glob(DRIVER "0000:*", 0, NULL, &g))
		die("i915 has no device");
	snprintf(bdf, sizeof(bdf), "%s", strrchr(g.gl_pathv[0], '/') + 1);
	if (!put(DRIVER "unbind", bdf))
		die("cannot unbind the device: %m");

	for (unsigned int nth = 1, left = 0; !left; nth += step) {
		int err;

		choose(1u << SLAB | 1u << PAGE, "i915_gem_userptr_init");
		arm(nth);
		err = bind_device();
		left = disarm();
		choose(0, NULL);
		bad = NULL;
		if (err && (left || err != ENOMEM))
			bad = "it is another errno";
		else if (left && nth == 1)
			bad = "there is no allocation: the filter does not work";
		snprintf(name, sizeof(name), "probe: allocation %u of i915_gem_userptr_init() %s",
			 nth, left ? "is there no more" : "fails");
		probe_once(name, err, bad);
	}
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		int err;

		snprintf(path, sizeof(path), FAIL_FUNCTION "%s/retval", functions[i]);
		if (!put(FAIL_FUNCTION "probability", "100") ||
		    !put(FAIL_FUNCTION "times", "100") || !put(FAIL_FUNCTION "verbose", "0") ||
		    !put(FAIL_FUNCTION "inject", functions[i]) || !put(path, MINUS_ENOMEM))
			die("cannot have %s() fail: %m (CONFIG_FAIL_FUNCTION)", functions[i]);
		err = bind_device();
		if (!put(FAIL_FUNCTION "inject", ""))
			die("cannot stop %s() from failing: %m", functions[i]);
		snprintf(name, sizeof(name), "probe: %s() fails", functions[i]);
		probe_once(name, err, err != ENOMEM ? "it did not fail with ENOMEM" : NULL);
	}
	if (bind_device())
		die("cannot bind the device: %m");
	return 0;
}

/*
 * Memory runs out: owners of userptrs, and processes (hogs) that take all memory.
 */

#define OBJECT MIB
#define PER_OWNER 4 /* objects of an owner */
#define GROUP "/tmp/cgroup/faults/"

enum use { IDLE, USED, BUSY }; /* taken by set-domain; a batch has written; it still runs */

static const char *const use_name[] = { "idle", "used", "busy" };

/* Shared by an owner and the test, one for each owner. */
struct owner {
	pid_t pid;
	enum use use;
	bool ready, checked; /* set by the owner */
	bool check, more; /* set by the test */
	bool stuck; /* one of its threads cannot be killed */
	int tid; /* of that thread */
	int memfd;
	uint32_t obj[PER_OWNER];
	char why[160];
};

static struct owner *owners; /* shared */
static struct batch spinner; /* the batch of a busy owner */
static bool grouped; /* processes are put into the memory cgroup GROUP */

#define owner_wrong(o, ...) \
	do { \
		snprintf((o)->why, sizeof((o)->why), __VA_ARGS__); \
		__atomic_store_n(&(o)->checked, true, __ATOMIC_SEQ_CST); \
		for (;;) \
			pause(); \
	} while (0)

static void fill(char *ptr, unsigned int seed)
{
	for (size_t i = 0; i < OBJECT / sizeof(uint32_t); i++)
		((uint32_t *)ptr)[i] = (i + seed) * 2654435761u;
}

/* The GPU writes the first dword. Return: the offset of the first wrong one after it, or -1. */
static long compare(const char *ptr, unsigned int seed)
{
	for (size_t i = 1; i < OBJECT / sizeof(uint32_t); i++)
		if (((uint32_t *)ptr)[i] != (uint32_t)((i + seed) * 2654435761u))
			return i * sizeof(uint32_t);
	return -1;
}

static bool wait_for(const bool *flag, long seconds)
{
	const int64_t limit = now_ns() + seconds * 1000 * MS;

	while (!__atomic_load_n(flag, __ATOMIC_SEQ_CST)) {
		if (now_ns() >= limit)
			return false;
		nap(2000);
	}
	return true;
}

static void make_group(const char *max, const char *swap)
{
	static bool mounted;

	mkdir("/tmp/cgroup", 0700);
	/* EBUSY: mounted by an earlier run. */
	if (!mounted && ((mount("none", "/tmp/cgroup", "cgroup2", 0, NULL) && errno != EBUSY) ||
			 !put("/tmp/cgroup/cgroup.subtree_control", "+memory")))
		die("there are no memory cgroups: %m");
	mounted = true;
	if (mkdir(GROUP, 0700))
		die("cannot make a cgroup: %m");
	grouped = true;
	if (!put(GROUP "memory.max", max) || !put(GROUP "memory.swap.max", swap))
		die("cannot set the cgroup up: %m");
}

static void remove_group(void)
{
	const int64_t limit = now_ns() + SETTLE_NS;

	grouped = false;
	while (rmdir(GROUP)) {
		if (now_ns() >= limit)
			die("cannot remove the cgroup: %m");
		nap(20000);
	}
}

static void set_oom_score(const char *score)
{
	if (!put("/proc/self/oom_score_adj", score))
		die("cannot write to oom_score_adj: %m");
}

/* Waits for the lock of an inode, which another process holds until it is killed. */
static void *wait_for_inode(void *data)
{
	struct owner *o = data;

	__atomic_store_n(&o->tid, syscall(SYS_gettid), __ATOMIC_SEQ_CST);
	if (pwrite(o->memfd, "", 1, 0) != 1)
		return data;
	return NULL;
}

__attribute__((noreturn))
static void be_owner(struct owner *o, unsigned int seed, const char *score)
{
	const uint32_t want = o->use == IDLE ? 0 : WRITTEN_BY_GPU;
	char *ptr[PER_OWNER], *much;
	pthread_t thread;
	struct batch b;

	if (grouped && !put(GROUP "cgroup.procs", "0"))
		owner_wrong(o, "cgroup.procs: %s", strerror(errno));
	set_oom_score(score);
	batch_create(drm, &b);
	for (unsigned int i = 0; i < PER_OWNER; i++) {
		ptr[i] = map_anon(OBJECT);
		fill(ptr[i], seed + i);
		*(uint32_t *)ptr[i] = 0;
		if (gem_userptr(drm, ptr[i], OBJECT, 0, &o->obj[i]) ||
		    (o->use == IDLE && gem_set_domain(drm, o->obj[i], I915_GEM_DOMAIN_GTT)))
			owner_wrong(o, "the driver: %s", strerror(errno));
	}
	if (o->use != IDLE && batch_run(o->use == BUSY ? &spinner : &b, o->obj, ptr, PER_OWNER,
					o->use == BUSY))
		owner_wrong(o, "execbuf: %s", strerror(errno));
	if (o->stuck) {
		if (pthread_create(&thread, NULL, wait_for_inode, o))
			owner_wrong(o, "there is no thread to be had");
		while (!__atomic_load_n(&o->tid, __ATOMIC_SEQ_CST))
			nap(1000);
	}
	__atomic_store_n(&o->ready, true, __ATOMIC_SEQ_CST);

	while (!__atomic_load_n(&o->check, __ATOMIC_SEQ_CST)) {
		/* More than the limit: this process will be killed. */
		if (__atomic_load_n(&o->more, __ATOMIC_SEQ_CST)) {
			much = map_anon(4 * OBJECT);
			memset(much, 0x11, 4 * OBJECT);
		}
		nap(2000);
	}

	/* A survivor: its own data and the GPU's are intact, and another batch works. */
	for (unsigned int i = 0; i < PER_OWNER; i++) {
		long at = compare(ptr[i], seed + i);

		if (at >= 0 || *(uint32_t *)ptr[i] != want)
			owner_wrong(o, "the data of object %u is wrong, at %ld", i, at);
		*(uint32_t *)ptr[i] = 0;
	}
	if (batch_run(&b, o->obj, ptr, PER_OWNER, false))
		owner_wrong(o, "another execbuf: %s", strerror(errno));
	for (unsigned int i = 0; i < PER_OWNER; i++)
		if (compare(ptr[i], seed + i) >= 0)
			owner_wrong(o, "after another execbuf the data of object %u is wrong", i);
	__atomic_store_n(&o->checked, true, __ATOMIC_SEQ_CST);
	for (;;)
		pause();
}

static void start_owner(unsigned int i, enum use use, const char *score)
{
	struct owner *o = &owners[i];

	pid_t pid;

	o->use = use;
	pid = fork_or_die();
	if (!pid)
		be_owner(o, 1000 * i, score);
	o->pid = pid;
	if (!wait_for(&o->ready, 60))
		die("an owner does not come up: %s", o->why);
}

/* Forks a process that takes @mib of memory, page by page, counts it in @shared, and keeps it. */
static pid_t start_hog(long mib)
{
	pid_t pid;
	char *p;

	shared->flag[1] = 0;
	pid = fork_or_die();
	if (pid)
		return pid;
	if (grouped && !put(GROUP "cgroup.procs", "0"))
		_exit(1);
	set_oom_score("0");
	p = map_anon(mib * MIB);
	for (long m = 0; m < mib; m++) {
		for (size_t at = 0; at < MIB; at += page)
			*(unsigned long *)(p + m * MIB + at) = m ^ at;
		__atomic_store_n(&shared->flag[1], m + 1, __ATOMIC_SEQ_CST);
	}
	for (;;)
		pause();
}

static void end(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	if (!wait_end(pid))
		die("process %d cannot be killed", pid);
	waitpid(pid, NULL, 0);
}

/* Return: true if @pid is killed by the kernel within @seconds. */
static bool killed(pid_t pid, long seconds)
{
	const int64_t limit = now_ns() + seconds * 1000 * MS;
	siginfo_t info;

	do {
		info.si_pid = 0;
		if (!waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid)
			return info.si_code == CLD_KILLED && info.si_status == SIGKILL;
		nap(5000);
	} while (now_ns() < limit);
	return false;
}

/* Waits until the hog has all its memory, or has ended. Return: MiB taken. */
static long wait_hog(pid_t pid, long mib, long seconds)
{
	const int64_t limit = now_ns() + seconds * 1000 * MS;
	siginfo_t info;

	while (shared->flag[1] < mib && now_ns() < limit) {
		info.si_pid = 0;
		if (!waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid)
			break;
		nap(5000);
	}
	return shared->flag[1];
}

static const char *check_owner(unsigned int i)
{
	struct owner *o = &owners[i];

	__atomic_store_n(&o->check, true, __ATOMIC_SEQ_CST);
	if (!wait_for(&o->checked, 120))
		return "a survivor hangs";
	return o->why[0] ? o->why : NULL;
}

/* Return: memory and swap in MiB, which is more than a process can have. */
static long all_memory(void)
{
	return (meminfo("MemTotal") + meminfo("SwapTotal")) / 1024;
}

#define EACH ((long)(PER_OWNER * OBJECT / page)) /* pinned pages of an owner */

static void begin_pressure(void)
{
	memset(owners, 0, 16 * sizeof(*owners));
	memset(shared, 0, sizeof(*shared));
	shared->base = pinned_pages();
	drm = gem_open(CARD);
	/* The test keeps the file open, so that the objects of a killed owner stay. */
	batch_create(drm, &spinner);
}

/* Ends all owners; no page may stay pinned. Return: NULL, or what is wrong. */
static const char *end_pressure(unsigned int n)
{
	static char text[80];
	long left;

	batch_end(&spinner);
	gem_wait(drm, spinner.handle, GPU_NS);
	for (unsigned int i = 0; i < n; i++)
		end(owners[i].pid);
	/* Before close(), which would unpin them. */
	left = settle(0, 0);
	snprintf(text, sizeof(text), "%ld pages are pinned when all are gone", left);
	batch_destroy(&spinner);
	close(drm);
	return left ? text : NULL;
}

/* Return: the number of lines in the trace with @what and, if not NULL, @also. */
static unsigned long count_traced(const char *what, const char *also)
{
	char line[512];
	unsigned long n = 0;
	FILE *f = fopen(TRACING "trace", "r");

	if (!f)
		die("cannot read the trace: %m");
	while (fgets(line, sizeof(line), f))
		n += line[0] != '#' && strstr(line, what) && (!also || strstr(line, also));
	fclose(f);
	return n;
}

static const char *counts(void)
{
	static char text[80];

	snprintf(text, sizeof(text), "%lu invalidations, %lu cancelled",
		 count_traced("i915_gem_userptr_invalidate:", NULL),
		 count_traced("i915_gem_userptr_cancel:", "done"));
	return text;
}

static const char *where(bool group)
{
	return group ? "a memory cgroup" : "the whole system";
}

static void trace_anew(void)
{
	if (!put(TRACING "trace", ""))
		die("cannot empty the trace: %m");
}

/* Reclaim and the shrinker, with swap, in a group or in the whole system. */
static void reclaim(bool group)
{
	const long swapped = stat_of("/proc/vmstat", "pswpout");
	const long available = meminfo("MemAvailable") / 1024;
	const char *bad = NULL, *more;
	long had, took, busy, out, mib;
	char name[128];
	pid_t hog;

	trace_anew();
	begin_pressure();
	/* The owners' pinned pages are 12 MiB; the hog gets the rest. */
	if (group)
		make_group("67108864", "max");
	for (enum use u = IDLE; u <= BUSY; u++)
		start_owner(u, u, "-1000");
	had = pinned();
	mib = group ? 96 : available + 48;
	hog = start_hog(mib);
	took = wait_hog(hog, mib, 600);
	/*
	 * So few pages weigh little against those that can be swapped, and i915's shrinker may not
	 * have been called yet (do_shrink_slab(): its batch is 4096).
	 */
	if (!group && !put("/proc/sys/vm/drop_caches", "2"))
		die("cannot write to drop_caches: %m");
	busy = pinned();
	out = stat_of("/proc/vmstat", "pswpout") - swapped;

	if (had != 3 * EACH)
		bad = "the owners have not the pages that they should";
	else if (took != mib)
		bad = "the hog did not get its memory";
	else if (!out)
		bad = "nothing was swapped out";
	else if (busy < EACH)
		bad = "pages were released that the GPU still uses";
	else if (!group && busy >= had)
		bad = "the shrinker has not taken a page of the idle objects";
	batch_end(&spinner);
	for (enum use u = IDLE; !bad && u <= BUSY; u++)
		bad = check_owner(u);
	end(hog);
	more = end_pressure(3);
	snprintf(name, sizeof(name), "reclaim in %s, with swap: data right, GPU too", where(group));
	tap(bad ?: more, "%s # hog %ld MiB, %ld pages swapped out, pinned %ld, then %ld; "
	    "%lu passes of the shrinker, %s", name,
	    took, out, had, busy, count_traced("i915_gem_shrink:", NULL), counts());
	if (group)
		remove_group();
}

/*
 * The OOM killer kills owners: in a group because they exceed its limit, in the whole system
 * because of a hog. Pages that the GPU uses stay until the batch ends.
 */
static void oom(bool group)
{
	const char *score = group ? "0" : "1000";
	const char *bad = NULL, *more;
	long had, kept = -1, mib, kills = stat_of("/proc/vmstat", "oom_kill");
	char name[128];
	pid_t hog = 0;

	trace_anew();
	begin_pressure();
	/* The survivors, outside of the group. */
	start_owner(3, IDLE, "-1000");
	start_owner(4, USED, "-1000");
	if (group)
		make_group("50331648", "0");
	for (enum use u = IDLE; u <= BUSY; u++)
		start_owner(u, u, score);
	had = pinned();
	if (had != 5 * EACH)
		bad = "the owners have not the pages that they should";
	if (group) {
		for (enum use u = IDLE; u <= BUSY; u++)
			__atomic_store_n(&owners[u].more, true, __ATOMIC_SEQ_CST);
	} else {
		mib = all_memory();
		hog = start_hog(mib);
	}
	for (enum use u = IDLE; !bad && u <= BUSY; u++)
		if (!killed(owners[u].pid, 240))
			bad = "an owner was not killed";
	kills = stat_of("/proc/vmstat", "oom_kill") - kills;
	end(hog);

	/* The busy owner is dead, but its pages stay. */
	if (!bad) {
		kept = settle(3 * EACH, EACH);
		if (kept < EACH || !gem_busy(drm, spinner.handle))
			bad = "pages were released that the GPU still uses";
		batch_end(&spinner);
		/* The shrinker may have taken the survivors' pages. */
		if (!bad && settle(2 * EACH, 0) > 2 * EACH)
			bad = "pages of a process that was killed are pinned";
	}
	for (unsigned int i = 3; !bad && i < 5; i++)
		bad = check_owner(i);
	more = end_pressure(5);
	snprintf(name, sizeof(name),
		 "OOM in %s: idle, used and busy owner killed, pages back, survivors right",
		 where(group));
	tap(bad ?: more, "%s # %ld killed, pinned %ld, then %ld with the GPU busy; %s", name,
	    kills, had, kept, counts());
	if (group)
		remove_group();
}

static void *write_to_inode(void *data)
{
	int *fd = data;
	char *from = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.range = { (uintptr_t)from, page },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	fd[1] = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (from == MAP_FAILED || fd[1] < 0 || ioctl(fd[1], UFFDIO_API, &api) ||
	    ioctl(fd[1], UFFDIO_REGISTER, &reg))
		return NULL;
	__atomic_store_n(&fd[2], 1, __ATOMIC_SEQ_CST);
	/* Holds the lock of the inode while it waits for the page, which is never provided. */
	if (pwrite(fd[0], from, 1, 0) != 1)
		return NULL;
	return data;
}

/* Forks a process that keeps the inode of @memfd locked until it is killed. */
static pid_t lock_inode(int memfd)
{
	pid_t pid;

	shared->flag[2] = 0;
	pid = fork_or_die();
	if (!pid) {
		int fd[3] = { memfd, -1, 0 };
		struct pollfd p = { .events = POLLIN };
		pthread_t thread;

		set_oom_score("-1000");
		if (pthread_create(&thread, NULL, write_to_inode, fd))
			_exit(1);
		while (!__atomic_load_n(&fd[2], __ATOMIC_SEQ_CST))
			nap(1000);
		p.fd = fd[1];
		if (poll(&p, 1, 10000) == 1)
			shared->flag[2] = 1;
		for (;;)
			pause();
	}
	for (int i = 0; i < 10000 && !shared->flag[2]; i++)
		nap(1000);
	if (!shared->flag[2])
		die("no inode is locked");
	return pid;
}

static char thread_state(pid_t pid, int tid)
{
	char path[64], state = '?';
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
	f = fopen(path, "r");
	if (f) {
		if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
			state = '?';
		fclose(f);
	}
	return state;
}

/*
 * The OOM reaper takes the memory of an owner that was killed and cannot exit, because one of its
 * threads waits for a lock. The reaper must not block.
 */
static void reaper(enum use use, bool group)
{
	const char *bad = NULL, *more;
	const int memfd = memfd_create("inode", MFD_CLOEXEC);
	unsigned long reaped = 0;
	pid_t holder, hog = 0;
	long had, after = -1, mib;
	char name[128];
	int64_t limit;

	trace_anew();
	begin_pressure();
	holder = lock_inode(memfd);
	owners[0].stuck = true;
	owners[0].memfd = memfd;
	if (group)
		make_group("33554432", "0");
	start_owner(0, use, "1000");
	had = pinned();
	nap(50000);
	if (had != EACH)
		bad = "the owner has not the pages that it should";
	else if (thread_state(owners[0].pid, owners[0].tid) != 'D')
		bad = "its thread does not wait for the lock";
	if (group) {
		__atomic_store_n(&owners[0].more, true, __ATOMIC_SEQ_CST);
	} else {
		mib = all_memory();
		hog = start_hog(mib);
	}

	/* The kernel starts the reaper two seconds after the kill. */
	limit = now_ns() + 120 * 1000 * MS;
	while (!bad) {
		reaped = count_traced("finish_task_reaping:", NULL);
		if (reaped)
			break;
		if (now_ns() >= limit)
			bad = "the OOM reaper did not come";
		nap(50000);
	}
	end(hog);
	if (!bad && use == BUSY) {
		nap(100000);
		if (pinned() != EACH || !gem_busy(drm, spinner.handle))
			bad = "pages were released that the GPU still uses";
		batch_end(&spinner);
	}
	if (!bad) {
		after = settle(0, 0);
		if (after)
			bad = "pages of a process that was reaped are pinned";
		else if (thread_state(owners[0].pid, owners[0].tid) != 'D')
			bad = "the process came to its end before: it was not the reaper";
	}
	end(holder);
	more = end_pressure(1);
	close(memfd);
	snprintf(name, sizeof(name),
		 "OOM reaper in %s: pages back of an owner (%s) that is still there",
		 where(group), use_name[use]);
	tap(bad ?: more, "%s # pinned %ld, then %ld; reaped %lu times, %s", name, had, after,
	    reaped, counts());
	if (group)
		remove_group();
}

static int pressure(bool swap, bool quick)
{
	static const char *const events[] = {
		"i915/i915_gem_userptr_invalidate", "i915/i915_gem_userptr_cancel",
		"i915/i915_gem_shrink", "oom/finish_task_reaping",
	};
	char path[128];

	owners = shared_memory(16 * sizeof(*owners));
	if (swap != (meminfo("SwapTotal") > 0))
		die(swap ? "there is no swap" : "there is swap");
	if (!put(TRACING "buffer_size_kb", "2048"))
		die("cannot size the trace: %m");
	for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
		snprintf(path, sizeof(path), TRACING "events/%s/enable", events[i]);
		if (!put(path, "1"))
			die("cannot write to %s: %m", path);
	}
	put("/proc/sys/vm/oom_dump_tasks", "0");
	set_oom_score("-1000");

	if (swap) {
		reclaim(false);
		reclaim(true);
		oom(true);
	} else {
		oom(true);
		reaper(IDLE, true);
		reaper(BUSY, true);
	}
	/* These take minutes, and may kill other processes, too: run them last. */
	if (!quick) {
		oom(false);
		if (!swap)
			reaper(BUSY, false);
	}
	return 0;
}

static void usage(FILE *f)
{
	fprintf(f,
		"usage: userptr-faults PART ...\n"
		"  inject [KIND [TEXT]]  each scenario with each fault of a KIND, one at a time;\n"
		"                        KIND: slab, page, usercopy, all, or quick: all, but not\n"
		"                        those scenarios that take long; TEXT: only those with it\n"
		"                        in their names\n"
		"  callback              what can fail in the notifier's callback: nothing; and\n"
		"                        in the worker: it does\n"
		"  partial               pinning that fails in the middle of the range\n"
		"  probe [quick]         the probe of the device fails; quick: in its first and every\n"
		"                        third allocation after it\n"
		"  swap, no-swap [quick] no memory left; quick: not in the whole system\n"
		"Prints TAP; exit status: 0 all as expected, 1 not, 2 it could not be found out\n");
}

int main(int argc, char **argv)
{
	const char *part = argc > 1 ? argv[1] : "";
	const bool quick = argc > 2 && !strcmp(argv[2], "quick");

	signal(SIGPIPE, SIG_IGN);
	shared = shared_memory(sizeof(*shared));

	if (!strcmp(part, "inject")) {
		inject(argc > 2 ? argv[2] : "all", argc > 3 ? argv[3] : "");
	} else if (!strcmp(part, "callback")) {
		callback();
	} else if (!strcmp(part, "partial")) {
		partial();
	} else if (!strcmp(part, "probe")) {
		probe(quick ? 3 : 1);
	} else if (!strcmp(part, "swap") || !strcmp(part, "no-swap")) {
		pressure(!strcmp(part, "swap"), quick);
	} else {
		usage(strcmp(part, "--help") ? stderr : stdout);
		return strcmp(part, "--help") ? 2 : 0;
	}
	printf("# %s: %u tests, %u failed\n", part, points, failures);
	return failures ? 1 : 0;
}
