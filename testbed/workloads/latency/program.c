// SPDX-License-Identifier: MIT
/*
 * How long does i915 make other threads wait when memory is taken from userptr objects? For each
 * point of the list at the end, a process measures, and checks that no data is lost meanwhile.
 * table.awk judges the figures; usage() describes the output.
 */

#define _GNU_SOURCE
#include <getopt.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/userfaultfd.h>

#include "gem.h"
#include "pins.h"

#define BACK_NS (60000 * MS) /* limit for the release of pages, on a slow machine */

/* Not in the C library's headers. */
#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

/* The failure at a point, or empty: written by its process, printed by main(). */
static char *wrong_text;
enum { WRONG_SIZE = 300 };

static bool release; /* the driver is expected to release the pages */
static int drm = -1; /* of the process of a point */

static void sample(const char *figure, double value)
{
	printf("sample\t%s\t%.3f\n", figure, value);
}

/* Records a failure; the first one is kept. */
__attribute__((format(printf, 1, 2)))
static void wrong(const char *fmt, ...)
{
	va_list va;

	if (*wrong_text)
		return;
	va_start(va, fmt);
	vsnprintf(wrong_text, WRONG_SIZE, fmt, va);
	va_end(va);
}

static double ms_since(int64_t start)
{
	return (now_ns() - start) / 1e6;
}

/* Maps memory of small pages, at @at unless that is NULL. */
static char *anon_at(void *at, size_t size)
{
	char *p = mmap(at, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | (at ? MAP_FIXED : 0), -1, 0);

	if (p == MAP_FAILED)
		die("mmap: %m");
	madvise(p, size, MADV_NOHUGEPAGE);
	return p;
}

static char *anon(size_t size)
{
	return anon_at(NULL, size);
}

static uint32_t userptr(void *p, size_t size)
{
	uint32_t handle;

	if (gem_userptr(drm, p, size, 0, &handle))
		die("cannot make a userptr: %m");
	return handle;
}

static void close_object(uint32_t handle)
{
	if (gem_close(drm, handle))
		die("cannot close an object: %m");
}

/* Pins the pages, without an access by the GPU. */
static int use(int fd, uint32_t handle)
{
	return gem_set_domain(fd, handle, I915_GEM_DOMAIN_GTT);
}

static bool becomes(const void *p, uint32_t value)
{
	const int64_t limit = now_ns() + GPU_NS;

	while (*(const volatile uint32_t *)p != value) {
		if (now_ns() > limit)
			return false;
		nap(500);
	}
	return true;
}

/* Waits for the release of the pages, if the driver is expected to release them. */
static void check_released(long base)
{
	const int64_t start = now_ns();
	long left;

	if (!release)
		return;
	left = wait_pinned(base, base, BACK_NS) - base;
	sample("released", ms_since(start));
	if (left)
		wrong("%ld pages are still pinned after %lld s", left, BACK_NS / SECOND);
}

/*
 * span: objects with untouched memory lie between areas that threads release with MADV_FREE without
 * a pause, like the allocator of a program with many threads. The first use of an object must wait
 * only for invalidations of its own memory.
 */

enum { STORM_THREADS = 8, SPAN_OBJECTS = 200 };
static const size_t storm_size = 16 * MIB;
static bool storm_over;
static long storm_calls;

static void *storm(void *area)
{
	while (!__atomic_load_n(&storm_over, __ATOMIC_RELAXED)) {
		if (madvise(area, storm_size, MADV_FREE))
			die("MADV_FREE: %m");
		__atomic_add_fetch(&storm_calls, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

/* Ends the storm after @seconds, so that a first use that waits for the end of it ends, too. */
static void *end_storm(void *seconds)
{
	nap(*(long *)seconds * 1000000);
	__atomic_store_n(&storm_over, true, __ATOMIC_RELAXED);
	return NULL;
}

/*
 * Uses the objects one after the other for the first time, and samples the times. An object that is
 * 0 is made just before. Stops at the end of the storm.
 */
static void span_use(const char *figure, uint32_t *obj, char *mem, long seconds)
{
	const int64_t end = now_ns() + seconds * SECOND;
	unsigned int i;

	for (i = 0; now_ns() < end && i < SPAN_OBJECTS &&
	     !__atomic_load_n(&storm_over, __ATOMIC_RELAXED); i++) {
		const int64_t start = now_ns();

		if (!obj[i])
			obj[i] = userptr(mem + i * page, page);
		if (use(drm, obj[i]))
			wrong("%s: the first use of an object fails: %m", figure);
		sample(figure, ms_since(start));
		nap(500);
	}
}

static void span(void)
{
	static uint32_t calm[SPAN_OBJECTS], before[SPAN_OBJECTS], meanwhile[SPAN_OBJECTS];
	char *p = anon(2 * storm_size + MIB), *mem = p + storm_size;
	long seconds = 4, patience = 2 * seconds + 12;
	pthread_t thread;

	memset(p, 1, 2 * storm_size + MIB);
	for (unsigned int i = 0; i < SPAN_OBJECTS; i++) {
		calm[i] = userptr(mem + i * page, page);
		before[i] = userptr(mem + i * page, page);
	}
	span_use("span-calm", calm, mem, seconds);
	/* Half of them release the memory below the objects, half the memory above. */
	for (unsigned int i = 0; i < STORM_THREADS; i++)
		if (pthread_create(&thread, NULL, storm, i % 2 ? p : mem + MIB))
			die("cannot make a thread");
	if (pthread_create(&thread, NULL, end_storm, &patience))
		die("cannot make a thread");
	while (__atomic_load_n(&storm_calls, __ATOMIC_RELAXED) < STORM_THREADS)
		nap(10000);

	span_use("span-before", before, mem, seconds);
	span_use("span-meanwhile", meanwhile, mem, seconds);
	__atomic_store_n(&storm_over, true, __ATOMIC_RELAXED);
}

/*
 * mappings: repeatedly making and closing objects in a process with many mappings (a browser, a
 * Java VM) must not cost more for each mapping.
 */

enum { MAPPINGS = 4000 };

static void make_mappings(void)
{
	char *p = mmap(NULL, MAPPINGS * page, PROT_READ,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		die("mmap: %m");
	/* Alternating protections make each page a separate mapping. */
	for (unsigned int i = 0; i < MAPPINGS; i += 2)
		if (mprotect(p + i * page, page, PROT_READ | PROT_WRITE))
			die("mprotect: %m");
}

/* Makes, uses and closes a userptr with @fd; if that is -1, also opens and closes the card. */
static void make_again(const char *figure, int fd, char *mem)
{
	for (unsigned int i = 0; i < 8; i++) {
		const int64_t start = now_ns();
		const int mine = fd >= 0 ? fd : gem_open(CARD);
		uint32_t obj;

		if (gem_userptr(mine, mem, page, 0, &obj) || use(mine, obj) || gem_close(mine, obj))
			wrong("%s: making, using and closing a userptr fails: %m", figure);
		if (fd < 0)
			close(mine);
		sample(figure, ms_since(start));
		/* The next iteration must not reuse what is still waiting to be freed. */
		nap(50000);
	}
}

/* A child, which has the same mappings, makes userptrs with the file that its parent used first. */
static void inherited(char *mem)
{
	uint32_t obj = userptr(mem, page);
	int status = -1;
	pid_t pid = fork_or_die();

	if (!pid) {
		*mem = 2;
		make_again("made-inherited", drm, mem);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) < 0 || status)
		wrong("made-inherited: the child failed");
	close_object(obj);
}

static void mappings(void)
{
	char *mem = anon(page);

	*mem = 1;
	make_again("made-few", drm, mem);
	close(drm);
	make_again("opened-few", -1, mem);
	make_mappings();
	make_again("opened-many", -1, mem);
	drm = gem_open(CARD);
	make_again("made-many", drm, mem);
	inherited(mem);
}

/*
 * signal: a process with many mappings, to which a timer sends a signal each 20 ms, opens the card
 * and makes a userptr. It had one before.
 */

static volatile unsigned long signals;

static void count_signal(int sig)
{
	(void)sig;
	signals++;
}

static void signal_beside(void)
{
	/* Without SA_RESTART. */
	const struct sigaction sa = { .sa_handler = count_signal };
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	const struct itimerspec each = { { 0, 20 * MS }, { 0, 20 * MS } };
	unsigned int eintr = 0, tried = 0;
	char *mem = anon(page);
	timer_t timer;

	*mem = 1;
	close_object(userptr(mem, page));
	close(drm);
	make_mappings();
	sigaction(SIGUSR1, &sa, NULL);
	if (timer_create(CLOCK_MONOTONIC, &ev, &timer) || timer_settime(timer, 0, &each, NULL))
		die("timer: %m");
	/* Do not repeat an interrupted call. */
	call_ns = 0;
	do {
		const int64_t start = now_ns(), limit = start + 4 * SECOND;
		uint32_t obj;
		int fd, ret;

		fd = gem_open(CARD);
		while ((ret = gem_userptr(fd, mem, page, 0, &obj)) && errno == EINTR &&
		       now_ns() < limit)
			eintr++;
		sample("signal", ms_since(start));
		if (ret)
			wrong("no userptr can be made: %m");
		close(fd);
	} while ((++tried < 10 || signals < 10) && !*wrong_text);
	timer_delete(timer);
	sample("signal-eintr", eintr);
}

/*
 * preempt: memory with many userptrs is unmapped. How long is no other thread scheduled on that
 * CPU? A thread with real-time priority reads the clock. Other load of the host only adds to the
 * time, so there are many short rounds, and the shortest counts.
 */

enum { PREEMPT_OBJECTS = 500 };
static bool watch_over;
static int64_t watch_longest;

static void on_cpu1(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(1, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("no second CPU: %m");
}

static void *watch(void *arg)
{
	const struct sched_param param = { .sched_priority = 50 };
	int64_t last, now;

	on_cpu1();
	if (sched_setscheduler(0, SCHED_FIFO, &param))
		die("SCHED_FIFO: %m");
	last = now_ns();
	while (!__atomic_load_n(&watch_over, __ATOMIC_RELAXED)) {
		nap(1000);
		now = now_ns();
		if (now - last > __atomic_load_n(&watch_longest, __ATOMIC_RELAXED))
			__atomic_store_n(&watch_longest, now - last, __ATOMIC_RELAXED);
		last = now;
	}
	return arg;
}

/* Samples the longest time in which watch() did not run while @p was unmapped, and munmap()'s. */
static void unmap_watched(char *p, const char *gap, const char *took)
{
	const int64_t start = now_ns();

	__atomic_store_n(&watch_longest, 0, __ATOMIC_RELAXED);
	if (munmap(p, PREEMPT_OBJECTS * page))
		die("munmap: %m");
	sample(took, ms_since(start));
	nap(20000);
	sample(gap, __atomic_load_n(&watch_longest, __ATOMIC_RELAXED) / 1e6);
}

static void preempt(void)
{
	const size_t size = PREEMPT_OBJECTS * page;
	static uint32_t obj[PREEMPT_OBJECTS];
	const long base = pinned_pages();
	char *p = anon(size);
	pthread_t thread;

	on_cpu1();
	if (pthread_create(&thread, NULL, watch, NULL))
		die("cannot make a thread");
	for (unsigned int k = 0; k < PREEMPT_OBJECTS; k++)
		obj[k] = userptr(p + k * page, page);
	for (unsigned int i = 0; i < 6; i++) {
		char *other = anon(size);

		memset(other, 1, size);
		unmap_watched(other, "gap-calm", "munmap-calm");
		/* The objects stay; each round needs new memory. */
		memset(anon_at(p, size), 1, size);
		for (unsigned int k = 0; k < PREEMPT_OBJECTS; k++)
			if (use(drm, obj[k]))
				die("cannot pin the pages: %m");
		unmap_watched(p, "gap", "munmap");
		check_released(base);
	}
	__atomic_store_n(&watch_over, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
}

/*
 * batch: the batch itself is in a userptr, and the kernel writes relocations to it. It is unmapped
 * while the GPU executes it. The GPU must continue, and the page must be released when the batch
 * ends.
 */
static void batch_in_userptr(void)
{
	struct drm_i915_gem_relocation_entry reloc[2] = { 0 };
	struct drm_i915_gem_exec_object2 exec[2] = { 0 };
	const int fd = memfd_create("batch", 0);
	struct batch unmapped, b;
	uint32_t *target = (uint32_t *)anon(page);
	void *p;
	long base;

	if (fd < 0 || ftruncate(fd, page))
		die("memfd: %m");
	p = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	b.cmd = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED || b.cmd == MAP_FAILED)
		die("mmap: %m");
	*target = 0;
	base = pinned_pages();
	unmapped = (struct batch){ .fd = drm, .handle = userptr(p, page), .cmd = p };
	b.fd = drm;
	b.handle = unmapped.handle;
	exec[0].handle = userptr(target, page);
	exec[0].flags = EXEC_OBJECT_WRITE;
	batch_store(&unmapped, 0, exec[0].handle, 0, 1, reloc);
	batch_finish(&unmapped, BATCH_LAST, true, reloc, 1, &exec[1]);
	if (gem_execbuf(drm, exec, 2, call_ns))
		die("the driver does not execute a batch in a userptr: %m");
	if (!becomes(target, 1))
		die("the GPU does not execute the batch");

	if (munmap(p, page))
		die("munmap: %m");
	nap(100000);
	if (!gem_busy(drm, b.handle))
		wrong("the batch is not busy any more after munmap()");
	if (pinned_pages() - base != 2)
		wrong("%ld pages are pinned while it runs, not 2", pinned_pages() - base);
	batch_write_on(&b, 2);
	if (!becomes(target, 2))
		wrong("after munmap() the GPU does not execute what is in the page");
	batch_end(&b);
	if (gem_wait(drm, b.handle, GPU_NS))
		wrong("the batch does not end: %m");
	check_released(base + 1);
	if (!gem_execbuf(drm, exec, 2, call_ns) || errno != EFAULT)
		wrong("a batch that is unmapped is executed, or not refused with EFAULT: %m");
}

/*
 * writewatch: PAGEMAP_SCAN with asynchronous write protection tells a process which of its pages
 * were written to since its last call (Wine's write watches, checkpoints). That must include pages
 * that later batches wrote through a userptr.
 */

/* linux/fs.h and linux/userfaultfd.h of 6.7 and later. */
struct scan_region {
	uint64_t start, end, categories;
};

struct scan {
	uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages, category_inverted,
		 category_mask, category_anyof_mask, return_mask;
};

#define SCAN _IOWR('f', 16, struct scan)
enum { SCAN_WP_MATCHING = 1, SCAN_WRITTEN = 2 };
enum { UFFD_WP_ASYNC = 1 << 15, UFFD_WP_UNPOPULATED = 1 << 13 };
enum { WATCHED = 16, WATCHED_GPU = 5, WATCHED_CPU = 7 };

/* Return: a mask of the pages at @p that were written to since the last call. */
static uint32_t written(char *p)
{
	static int pagemap = -1;
	struct scan_region r[WATCHED];
	struct scan s = {
		.size = sizeof(s),
		.flags = SCAN_WP_MATCHING,
		.start = (uintptr_t)p,
		.end = (uintptr_t)p + WATCHED * page,
		.vec = (uintptr_t)r,
		.vec_len = WATCHED,
		.category_mask = SCAN_WRITTEN,
		.return_mask = SCAN_WRITTEN,
	};
	uint32_t mask = 0;
	int n;

	if (pagemap < 0)
		pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	n = ioctl(pagemap, SCAN, &s);
	if (n < 0)
		die("PAGEMAP_SCAN: %m");
	for (int i = 0; i < n; i++)
		for (uint64_t at = r[i].start; at < r[i].end; at += page)
			mask |= 1u << (at - (uintptr_t)p) / page;
	return mask;
}

static void writewatch(void)
{
	struct uffdio_api api = { .api = UFFD_API, .features = UFFD_WP_ASYNC | UFFD_WP_UNPOPULATED };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_WP };
	const int uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	const unsigned int batches = 10;
	char *p = anon(WATCHED * page), *at = p + WATCHED_GPU * page;
	unsigned int seen = 0;
	struct batch b;
	uint32_t obj;
	long base;

	memset(p, 0, WATCHED * page);
	reg.range.start = (uintptr_t)p;
	reg.range.len = WATCHED * page;
	if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api) || ioctl(uffd, UFFDIO_REGISTER, &reg))
		die("no asynchronous write protection by userfaultfd: %m");
	batch_create(drm, &b);
	written(p);
	if (written(p))
		die("pages that nobody wrote to are reported");
	p[WATCHED_CPU * page] = 1;
	if (written(p) != 1 << WATCHED_CPU)
		die("what the CPU wrote to is not reported, or more than that");

	/* Page 5 is the object's only page. */
	base = pinned_pages();
	obj = userptr(at, page);
	for (unsigned int i = 0; i < batches; i++) {
		*(uint32_t *)at = 0;
		written(p);
		if (batch_run(&b, &obj, &at, 1, false))
			die("the batch fails: %m");
		seen += written(p) == 1 << WATCHED_GPU;
	}
	check_released(base);
	sample("writewatch", batches - seen);

	/* A batch that is running keeps writing in spite of the protection. */
	if (batch_run(&b, &obj, &at, 1, true))
		die("the batch fails: %m");
	written(p);
	batch_write_on(&b, 2);
	if (!becomes(at, 2))
		die("the GPU does not write on");
	batch_end(&b);
	if (gem_wait(drm, b.handle, GPU_NS))
		die("the batch does not end: %m");
	check_released(base);
	sample("writewatch-running", !(written(p) & 1 << WATCHED_GPU));
}

/*
 * madvfree: after MADV_FREE the system may discard pages, except those that the GPU writes to
 * later.
 */

enum { FREED = 64 };

/* Tells the system to reclaim the pages. Return: how many of them are gone. */
static unsigned int reclaimed(char *p)
{
	const int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t map[FREED];
	unsigned int n = 0;

	/*
	 * Pages in the lists of a CPU cannot be reclaimed. Compaction empties the lists first,
	 * but pages that it moves are put there again.
	 */
	for (int i = 0; i < 5 && n < FREED; i++) {
		if (!put("/proc/sys/vm/compact_memory", "1"))
			die("compact_memory: %m");
		if (madvise(p, FREED * page, MADV_PAGEOUT))
			die("MADV_PAGEOUT: %m");
		if (fd < 0 || pread(fd, map, sizeof(map), (uintptr_t)p / page * sizeof(*map)) != sizeof(map))
			die("pagemap: %m");
		n = 0;
		for (unsigned int k = 0; k < FREED; k++)
			n += !(map[k] >> 62); /* neither present nor swapped */
	}
	close(fd);
	return n;
}

static void madvfree(void)
{
	const long base = pinned_pages();
	uint32_t obj[3];
	struct batch b;
	char *p;

	if (meminfo("SwapTotal"))
		die("there is swap: pages are reclaimed anyway");
	batch_create(drm, &b);

	p = anon(FREED * page);
	memset(p, 1, FREED * page);
	madvise(p, FREED * page, MADV_FREE);
	if (reclaimed(p) != FREED)
		die("without a userptr not all pages are reclaimed after MADV_FREE");

	p = anon(FREED * page);
	memset(p, 1, FREED * page);
	obj[0] = userptr(p, FREED * page);
	if (use(drm, obj[0]))
		die("cannot pin the pages: %m");
	madvise(p, FREED * page, MADV_FREE);
	check_released(base);
	sample("madvfree-pinned", FREED - reclaimed(p));

	p = anon(FREED * page);
	memset(p, 1, FREED * page);
	obj[1] = userptr(p, FREED * page);
	if (batch_run(&b, &obj[1], &p, 1, false))
		die("the batch fails: %m");
	madvise(p, FREED * page, MADV_FREE);
	check_released(base);
	sample("madvfree-written", FREED - reclaimed(p));

	p = anon(FREED * page);
	memset(p, 1, FREED * page);
	obj[2] = userptr(p, FREED * page);
	if (batch_run(&b, &obj[2], &p, 1, true))
		die("the batch fails: %m");
	madvise(p, FREED * page, MADV_FREE);
	batch_write_on(&b, 2);
	if (!becomes(p, 2))
		die("the GPU does not write on");
	batch_end(&b);
	if (gem_wait(drm, b.handle, GPU_NS))
		die("the batch does not end: %m");
	check_released(base);
	reclaimed(p);
	if (*(volatile uint32_t *)p != 2)
		wrong("what the GPU wrote after MADV_FREE is lost");
}

static const struct point {
	const char *name;
	void (*run)(void);
} list[] = {
	{ "span", span },
	{ "mappings", mappings },
	{ "signal", signal_beside },
	{ "preempt", preempt },
	{ "batch", batch_in_userptr },
	{ "writewatch", writewatch },
	{ "madvfree", madvfree },
};

/* Runs a point in its own process, with a new address space. */
static bool run(const struct point *p)
{
	const unsigned int seconds = 600;
	const long base = pinned_pages();
	int status = 0;
	pid_t pid;
	long left;

	*wrong_text = '\0';
	pid = fork_or_die();
	if (!pid) {
		alarm(seconds);
		drm = gem_open(CARD);
		p->run();
		_exit(0);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status))
		wrong("%s, the limit is %u s", strsignal(WTERMSIG(status)), seconds);
	else if (status)
		wrong("it could not be measured, see out.log");
	left = wait_pinned(base, base, BACK_NS) - base;
	if (left)
		wrong("%ld pages are still pinned when the process is gone", left);
	printf("point\t%s\t%s\n", p->name, *wrong_text ? wrong_text : "ok");
	return !*wrong_text;
}

static void usage(FILE *f)
{
	fprintf(f, "usage: userptr-latency --expect release|keep [POINT ...]\n"
		"  --expect WHAT  whether the driver releases the pages of invalidated objects, or keeps them\n"
		"prints: 'sample', figure, value (ms, or how many); 'point', name, ok or what is wrong\n"
		"exit status: 0 all points are ok, 1 not, 2 it could not be found out\n"
		"points:");
	for (size_t i = 0; i < ARRAY_SIZE(list); i++)
		fprintf(f, " %s", list[i].name);
	fputc('\n', f);
}

int main(int argc, char **argv)
{
	enum { EXPECT = 1, HELP };
	static const struct option options[] = {
		{ "expect", required_argument, NULL, EXPECT },
		{ "help", no_argument, NULL, HELP },
		{ 0 }
	};
	const char *expect = "";
	bool good = true;
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case EXPECT:
			expect = optarg;
			break;
		case HELP:
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return 2;
		}
	}
	release = !strcmp(expect, "release");
	if (!release && strcmp(expect, "keep")) {
		usage(stderr);
		return 2;
	}
	wrong_text = shared_memory(WRONG_SIZE);
	setvbuf(stdout, NULL, _IOLBF, 0);

	for (int k = optind; k < argc; k++) {
		size_t i = 0;

		while (i < ARRAY_SIZE(list) && strcmp(list[i].name, argv[k]))
			i++;
		if (i == ARRAY_SIZE(list))
			die("there is no point '%s': --help has them", argv[k]);
		good &= run(&list[i]);
	}
	for (size_t i = 0; optind == argc && i < ARRAY_SIZE(list); i++)
		good &= run(&list[i]);
	return good ? 0 : 1;
}
