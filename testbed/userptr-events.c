// SPDX-License-Identifier: MIT
/*
 * What becomes of a userptr object's pages when the process that owns the
 * memory does something to it?
 *
 * For each event an owner process makes a range, has a userptr object take and
 * bind its pages through /dev/i915-userptr-mock, and does the event. Another
 * process, which does nothing else, watches how many pages of the system are
 * pinned, for a second: in that time nobody makes any call on the object. Then
 * the object is closed, which has to give back whatever is left.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/userfaultfd.h>

#include "mock_userptr_node.h"

#define ARRAY_SIZE(x) (sizeof(x) / sizeof((x)[0]))

#define KIB 1024UL
#define MIB (1024 * KIB)
#define PAGES 64UL
#define MAX_OBJECTS 2
#define BUSY_MS 2000 /* long, since the machine may be slow */
#define TICK_NS 10000000ll /* the mock engine's timer counts in jiffies */
#define CALL_NS 10000000000ll /* how long a call may say EAGAIN */
#define CLOSE_NS 5000000000ll /* and the pages of a closed object be pinned */
#define START_NS 30000000000ll /* and the owner take for its next step */

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

/* Where the owner's range comes from. */
enum memory { ANON, SHMEM, THP, HUGETLB };

/* How the object is used before the event. */
enum use { BOUND, POPULATED, BUSY };

struct range {
	char *ptr;
	size_t size;
	int memfd;
	int uffd;
};

struct event {
	const char *name;
	const char *text;
	int (*act)(struct range *r); /* 0 or -1 and errno; NULL: nothing is done */
	enum memory memory;
	enum use use;
	unsigned int objects; /* 0 counts as 1 */
	bool ends; /* the owner is gone, or another program, after it */
	bool control; /* nothing that happens to the range: pages are kept */
};

/* Between owner and watcher; times are CLOCK_MONOTONIC in ns. */
struct shared {
	int64_t busy; /* before the GPU was given work */
	int64_t start; /* before the event */
	int64_t end; /* after it; 0 if the owner did not live to see it */
	char why[160];
};

struct result {
	long before, after, left;
	double back_ms, call_ms; /* negative: did not happen */
	const char *skip, *wrong;
};

static struct shared *shared;
static const char *node = "/dev/" USERPTR_NODE_NAME;
static long wait_ms = 1000;
static size_t page;

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

static void nap(long us)
{
	struct timespec ts = { us / 1000000, us % 1000000 * 1000 };

	nanosleep(&ts, NULL);
}

__attribute__((noreturn, format(printf, 1, 2)))
static void die(const char *fmt, ...)
{
	va_list va;

	fflush(stdout);
	fprintf(stderr, "userptr-events: ");
	va_start(va, fmt);
	vfprintf(stderr, fmt, va);
	va_end(va);
	fputc('\n', stderr);
	exit(2);
}

/* Pages that are pinned (FOLL_PIN) in the whole system. */
static long pinned_pages(void)
{
	long acquired = -1, released = -1, value;
	char name[64];
	FILE *f;
	int fd;

	/* The counters are kept per CPU: have them folded into the total. */
	fd = open("/proc/sys/vm/stat_refresh", O_WRONLY);
	if (fd < 0 || write(fd, "1", 1) != 1)
		die("cannot write to /proc/sys/vm/stat_refresh: %m");
	close(fd);

	f = fopen("/proc/vmstat", "r");
	if (!f)
		die("cannot read /proc/vmstat: %m");
	while (fscanf(f, "%63s %ld", name, &value) == 2) {
		if (!strcmp(name, "nr_foll_pin_acquired"))
			acquired = value;
		else if (!strcmp(name, "nr_foll_pin_released"))
			released = value;
	}
	fclose(f);
	if (acquired < 0 || released < 0)
		die("/proc/vmstat has no nr_foll_pin_acquired and nr_foll_pin_released");

	return acquired - released;
}

/* Like libdrm's drmIoctl(), but not for ever. */
static int node_call(int fd, unsigned long cmd, struct userptr_node_arg *arg)
{
	const int64_t limit = now_ns() + CALL_NS;
	int ret;

	do {
		ret = ioctl(fd, cmd, arg);
	} while (ret && (errno == EINTR || errno == EAGAIN) && now_ns() < limit);

	return ret;
}

/*
 * The events. Each is what the owner of the range does, and nothing else.
 */

static int ev_munmap(struct range *r)
{
	return munmap(r->ptr, r->size);
}

static int ev_munmap_one(struct range *r)
{
	return munmap(r->ptr + r->size / 2, page);
}

static int ev_dontneed(struct range *r)
{
	return madvise(r->ptr, r->size, MADV_DONTNEED);
}

static int ev_free(struct range *r)
{
	return madvise(r->ptr, r->size, MADV_FREE);
}

static int ev_remove(struct range *r)
{
	return madvise(r->ptr, r->size, MADV_REMOVE);
}

static int ev_pageout(struct range *r)
{
	return madvise(r->ptr, r->size, MADV_PAGEOUT);
}

static int ev_map_fixed(struct range *r)
{
	void *p = mmap(r->ptr, r->size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	return p == MAP_FAILED ? -1 : 0;
}

static int ev_mremap(struct range *r)
{
	char *to = mmap(NULL, r->size, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (to == MAP_FAILED)
		return -1;
	to = mremap(r->ptr, r->size, r->size, MREMAP_MAYMOVE | MREMAP_FIXED, to);
	return to == MAP_FAILED ? -1 : 0;
}

static int ev_truncate(struct range *r)
{
	return ftruncate(r->memfd, 0);
}

static int ev_punch(struct range *r)
{
	return fallocate(r->memfd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			 0, r->size);
}

static int ev_mprotect_none(struct range *r)
{
	return mprotect(r->ptr, r->size, PROT_NONE);
}

static int ev_mprotect_read(struct range *r)
{
	return mprotect(r->ptr, r->size, PROT_READ);
}

static int ev_uffd_wp(struct range *r)
{
	struct uffdio_writeprotect wp = {
		.range = { (uintptr_t)r->ptr, r->size },
		.mode = UFFDIO_WRITEPROTECT_MODE_WP,
	};

	return ioctl(r->uffd, UFFDIO_WRITEPROTECT, &wp);
}

/* The child keeps its copy of the address space for as long as the owner lives. */
static int ev_fork(struct range *r)
{
	pid_t pid = fork();

	(void)r;
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	return pid < 0 ? -1 : 0;
}

static int ev_exit(struct range *r)
{
	(void)r;
	_exit(0);
}

static int ev_kill(struct range *r)
{
	(void)r;
	return kill(getpid(), SIGKILL);
}

/* --wait-for-eof: standard input is the owner's end of the socket. */
static int ev_exec(struct range *r)
{
	(void)r;
	return execl("/proc/self/exe", "userptr-events", "--wait-for-eof", NULL);
}

static int ev_touch(struct range *r)
{
	memset(r->ptr, 0x55, r->size);
	return 0;
}

static int ev_munmap_next(struct range *r)
{
	return munmap(r->ptr + r->size, page);
}

#define EVENT(_name, _text, _act, ...) \
	{ .name = _name, .text = _text, .act = _act, __VA_ARGS__ }

static const struct event events[] = {
	EVENT("munmap", "munmap()", ev_munmap),
	EVENT("munmap-populated", "munmap(), pages taken but not bound", ev_munmap,
	      .use = POPULATED),
	EVENT("munmap-one", "munmap() of one page of the range", ev_munmap_one),
	EVENT("munmap-two-objects", "munmap() under two objects", ev_munmap,
	      .objects = 2),
	EVENT("munmap-busy", "munmap(), GPU busy for 2 s, then idle", ev_munmap,
	      .use = BUSY),
	EVENT("munmap-thp", "munmap() of a transparent huge page", ev_munmap,
	      .memory = THP),
	EVENT("munmap-hugetlb", "munmap() of a hugetlb page", ev_munmap,
	      .memory = HUGETLB),
	EVENT("dontneed", "madvise(MADV_DONTNEED)", ev_dontneed),
	EVENT("free", "madvise(MADV_FREE)", ev_free),
	EVENT("pageout", "madvise(MADV_PAGEOUT), shmem", ev_pageout,
	      .memory = SHMEM),
	EVENT("map-fixed", "mmap(MAP_FIXED) over it", ev_map_fixed),
	EVENT("mremap", "mremap() to elsewhere", ev_mremap),
	EVENT("truncate", "ftruncate() of the memfd", ev_truncate,
	      .memory = SHMEM),
	EVENT("punch-hole", "fallocate(PUNCH_HOLE) in the memfd", ev_punch,
	      .memory = SHMEM),
	EVENT("remove", "madvise(MADV_REMOVE), shmem", ev_remove,
	      .memory = SHMEM),
	EVENT("mprotect-none", "mprotect(PROT_NONE)", ev_mprotect_none),
	EVENT("mprotect-read", "mprotect(PROT_READ)", ev_mprotect_read),
	EVENT("uffd-wp", "userfaultfd write protection", ev_uffd_wp),
	EVENT("fork", "fork(): copy on write", ev_fork),
	EVENT("exit", "exit of the owner, file kept open", ev_exit,
	      .ends = true),
	EVENT("kill", "SIGKILL of the owner, file kept open", ev_kill,
	      .ends = true),
	EVENT("exec", "exec by the owner, file kept open", ev_exec,
	      .ends = true),
	EVENT("control-none", "(control) nothing at all", NULL,
	      .control = true),
	EVENT("control-touch", "(control) writing to the memory", ev_touch,
	      .control = true),
	EVENT("control-next", "(control) munmap() of the next page", ev_munmap_next,
	      .control = true),
};

/*
 * The owner: a process that has the range, and does the event to it.
 */

/* Tells the watcher why this owner cannot go on; @kind: 's'kip or 'f'ailure. */
__attribute__((noreturn, format(printf, 3, 4)))
static void owner_stops(int sk, char kind, const char *fmt, ...)
{
	va_list va;

	va_start(va, fmt);
	vsnprintf(shared->why, sizeof(shared->why), fmt, va);
	va_end(va);
	if (write(sk, &kind, 1) != 1)
		_exit(1);
	_exit(0);
}

static long anon_huge_kib(void)
{
	char line[256];
	long kib = 0;
	FILE *f;

	f = fopen("/proc/self/smaps_rollup", "r");
	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f))
		sscanf(line, "AnonHugePages: %ld", &kib);
	fclose(f);
	return kib;
}

static void make_range(int sk, const struct event *ev, struct range *r)
{
	const int prot = PROT_READ | PROT_WRITE;
	const int anon = MAP_PRIVATE | MAP_ANONYMOUS;
	char *area;

	r->memfd = -1;
	r->uffd = -1;

	switch (ev->memory) {
	case ANON:
		/* A page more, for what happens next to the range. */
		r->size = PAGES * page;
		r->ptr = mmap(NULL, r->size + page, prot, anon, -1, 0);
		break;
	case SHMEM:
		r->size = PAGES * page;
		r->memfd = memfd_create("userptr-events", 0);
		if (r->memfd < 0 || ftruncate(r->memfd, r->size))
			owner_stops(sk, 'f', "memfd: %s", strerror(errno));
		r->ptr = mmap(NULL, r->size, prot, MAP_SHARED, r->memfd, 0);
		break;
	case THP:
		r->size = 2 * MIB;
		area = mmap(NULL, 2 * r->size, prot, anon, -1, 0);
		r->ptr = area;
		if (area != MAP_FAILED) {
			r->ptr += -(uintptr_t)area % r->size;
			madvise(r->ptr, r->size, MADV_HUGEPAGE);
		}
		break;
	case HUGETLB:
		r->size = 2 * MIB;
		r->ptr = mmap(NULL, r->size, prot, anon | MAP_HUGETLB, -1, 0);
		if (r->ptr == MAP_FAILED)
			owner_stops(sk, 's', "no hugetlb page");
		break;
	}
	if (r->ptr == MAP_FAILED)
		owner_stops(sk, 'f', "mmap: %s", strerror(errno));

	memset(r->ptr, 0xaa, r->size);
	if (ev->memory == THP && anon_huge_kib() < (long)(r->size / KIB))
		owner_stops(sk, 's', "no transparent huge page");

	if (ev->act == ev_uffd_wp) {
		struct uffdio_api api = {
			.api = UFFD_API,
			.features = UFFD_FEATURE_PAGEFAULT_FLAG_WP,
		};
		struct uffdio_register reg = {
			.range = { (uintptr_t)r->ptr, r->size },
			.mode = UFFDIO_REGISTER_MODE_WP,
		};

		r->uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
		if (r->uffd < 0 || ioctl(r->uffd, UFFDIO_API, &api) ||
		    ioctl(r->uffd, UFFDIO_REGISTER, &reg))
			owner_stops(sk, 's', "no userfaultfd write protection");
	}
}

static void use_object(int sk, int fd, const struct event *ev, uint32_t handle)
{
	struct userptr_node_arg arg = { .handle = handle };
	unsigned long cmd = 0;

	switch (ev->use) {
	case POPULATED:
		cmd = USERPTR_NODE_POPULATE;
		break;
	case BOUND:
		cmd = USERPTR_NODE_BIND;
		break;
	case BUSY:
		cmd = USERPTR_NODE_BUSY;
		arg.busy_ms = BUSY_MS;
		shared->busy = now_ns();
		break;
	}
	if (node_call(fd, cmd, &arg))
		owner_stops(sk, 'f', "cannot take and bind the pages: %s", strerror(errno));
}

/*
 * Says that it is ready (with the handles), waits for the word, does the event,
 * says so, waits for the end.
 */
__attribute__((noreturn))
static void owner(int sk, int fd, const struct event *ev)
{
	struct userptr_node_arg arg = { 0 };
	unsigned int n = ev->objects ?: 1;
	uint32_t handle[MAX_OBJECTS] = { 0 };
	struct range r = { 0 };
	char c = 'r';

	make_range(sk, ev, &r);
	for (unsigned int i = 0; i < n; i++) {
		arg.ptr = (uintptr_t)r.ptr;
		arg.size = r.size;
		if (node_call(fd, USERPTR_NODE_CREATE, &arg))
			owner_stops(sk, 'f', "cannot create the object: %s", strerror(errno));
		handle[i] = arg.handle;
	}
	for (unsigned int i = 0; i < n; i++)
		use_object(sk, fd, ev, handle[i]);

	if (write(sk, &c, 1) != 1 || write(sk, handle, sizeof(handle)) != sizeof(handle) ||
	    read(sk, &c, 1) != 1)
		_exit(1);

	/* In exec() the new program is to find the socket. */
	if (dup2(sk, STDIN_FILENO) < 0)
		_exit(1);

	__atomic_store_n(&shared->start, now_ns(), __ATOMIC_SEQ_CST);
	if (ev->act && ev->act(&r))
		owner_stops(sk, 'f', "the event itself failed: %s", strerror(errno));
	if (!ev->ends)
		__atomic_store_n(&shared->end, now_ns(), __ATOMIC_SEQ_CST);

	c = 'd';
	if (write(sk, &c, 1) != 1)
		_exit(1);
	while (read(sk, &c, 1) > 0)
		;
	_exit(0);
}

static int wait_for_eof(void)
{
	char c = 'd';

	if (write(STDIN_FILENO, &c, 1) != 1)
		return 1;
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
	return 0;
}

/*
 * The watcher.
 */

/* What the owner says next; 0: nothing, it is gone. */
static char hear(int sk, void *data, size_t len)
{
	char c = 0;

	if (read(sk, &c, 1) == 1 && c == 'r' &&
	    read(sk, data, len) != (ssize_t)len)
		c = 0;
	return c;
}

/*
 * Watches for wait_ms from the event on, or, if the GPU is busy with the object,
 * from the time it is idle; without any other call.
 */
static void watch(const struct event *ev, long base, struct result *res)
{
	const int64_t limit = now_ns() + START_NS;
	const int64_t idle = shared->busy + BUSY_MS * 1000000ll;
	int64_t start = 0, until = 0, end, now;
	long pinned;

	for (;;) {
		pinned = pinned_pages() - base;
		now = now_ns();
		if (!start) {
			start = __atomic_load_n(&shared->start, __ATOMIC_SEQ_CST);
			until = (ev->use == BUSY ? idle : start) + wait_ms * 1000000;
		}
		if (!start && now > limit) {
			res->wrong = "the owner never came to the event";
			return;
		}
		if (start && !pinned && res->back_ms < 0)
			res->back_ms = (now - start) / 1e6;
		if (start && now >= until)
			break;
		/* Nothing to be missed any more once all of it is back. */
		nap(res->back_ms < 0 ? 200 : (until - now) / 1000 + 1);
	}
	res->after = pinned;

	end = __atomic_load_n(&shared->end, __ATOMIC_SEQ_CST);
	if (end)
		res->call_ms = (end - start) / 1e6;
	if (ev->use != BUSY)
		return;

	/*
	 * A timer keeps the GPU busy, so the event has to come well before it
	 * ends, must not wait for it, and what the GPU may still reach must not
	 * be given back before.
	 */
	if (start > idle - BUSY_MS * 500000ll)
		res->wrong = "too slow a machine: the GPU was idle too soon after the event";
	else if (!end || end > idle - BUSY_MS * 250000ll)
		res->wrong = "the event waited for the GPU";
	else if (res->back_ms >= 0 && start + res->back_ms * 1e6 < idle - TICK_NS)
		res->wrong = "given back while the GPU was busy";
}

/* What any one of the objects is, and what all of them are. */
static void look(int fd, const struct event *ev, const uint32_t *handle,
		 uint32_t *any, uint32_t *all)
{
	*any = 0;
	*all = ~0;
	for (unsigned int i = 0; i < (ev->objects ?: 1); i++) {
		struct userptr_node_arg arg = { .handle = handle[i] };

		if (node_call(fd, USERPTR_NODE_INFO, &arg))
			die("cannot look at the object: %m");
		*any |= arg.state;
		*all &= arg.state;
	}
}

/* What the object says of itself has to go with the count of pinned pages. */
static void check_before(int fd, const struct event *ev, const uint32_t *handle,
			 struct result *res)
{
	static const uint32_t want[] = {
		[POPULATED] = USERPTR_NODE_HAS_PAGES,
		[BOUND] = USERPTR_NODE_HAS_PAGES | USERPTR_NODE_BOUND,
		[BUSY] = USERPTR_NODE_HAS_PAGES | USERPTR_NODE_BOUND |
			 USERPTR_NODE_ACTIVE,
	};
	uint32_t any, all;

	look(fd, ev, handle, &any, &all);
	if (any != want[ev->use] || all != want[ev->use])
		res->wrong = "the object is not as it should be before the event";
}

static void check_after(int fd, const struct event *ev, const uint32_t *handle,
			struct result *res)
{
	uint32_t bits = USERPTR_NODE_HAS_PAGES;
	uint32_t any, all;

	if (ev->use != POPULATED)
		bits |= USERPTR_NODE_BOUND;
	look(fd, ev, handle, &any, &all);
	if (!res->wrong && (res->after ? (all & bits) != bits : any & bits))
		res->wrong = "what is pinned does not go with what the object says it has";
}

static void close_objects(int fd, const struct event *ev, uint32_t *handle,
			  long base, struct result *res)
{
	int64_t limit = now_ns() + CLOSE_NS;

	for (unsigned int i = 0; i < (ev->objects ?: 1); i++) {
		struct userptr_node_arg arg = { .handle = handle[i] };

		if (node_call(fd, USERPTR_NODE_CLOSE, &arg))
			res->wrong = "cannot close the object";
	}
	do {
		res->left = pinned_pages() - base;
		if (!res->left)
			return;
		nap(1000);
	} while (now_ns() < limit);
}

/* If it cannot be had, the event is skipped. */
static void reserve_hugetlb_page(void)
{
	FILE *f = fopen("/proc/sys/vm/nr_hugepages", "w");

	if (f) {
		fprintf(f, "1\n");
		fclose(f);
	}
}

static void run(int fd, const struct event *ev, struct result *res)
{
	const struct timeval limit = { START_NS / 1000000000, 0 };
	uint32_t handle[MAX_OBJECTS] = { 0 };
	int sk[2], status;
	pid_t pid;
	long base;
	char c;

	*res = (struct result){ .back_ms = -1, .call_ms = -1 };
	memset(shared, 0, sizeof(*shared));

	if (ev->memory == HUGETLB)
		reserve_hugetlb_page();
	base = pinned_pages();
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sk))
		die("socketpair: %m");
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die("fork: %m");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(sk[0]);
		owner(sk[1], fd, ev);
	}
	close(sk[1]);
	if (setsockopt(sk[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)))
		die("setsockopt: %m");

	c = hear(sk[0], handle, sizeof(handle));
	if (c == 's')
		res->skip = shared->why;
	else if (c != 'r')
		res->wrong = c == 'f' ? shared->why : "the owner died or hangs";

	if (c == 'r') {
		res->before = pinned_pages() - base;
		check_before(fd, ev, handle, res);
		if (write(sk[0], &c, 1) != 1)
			res->wrong = "the owner died or hangs";
		else
			watch(ev, base, res);
		check_after(fd, ev, handle, res);
		close_objects(fd, ev, handle, base, res);
		/* Nothing more from an owner that has come to its end. */
		if (!res->wrong && !(ev->act == ev_exit || ev->act == ev_kill) &&
		    hear(sk[0], NULL, 0) != 'd')
			res->wrong = shared->why[0] ? shared->why : "the owner died or hangs";
	}

	close(sk[0]);
	kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
}

static bool as_expected(const struct event *ev, bool release, struct result *res)
{
	long want = PAGES;

	if (ev->memory == THP || ev->memory == HUGETLB)
		want = 2 * MIB / page;
	want *= ev->objects ?: 1;

	if (res->wrong)
		return false;
	if (res->before != want)
		res->wrong = "wrong number of pages pinned before the event";
	else if (res->left)
		res->wrong = "pages are still pinned after the object was closed";
	else if (release && !ev->control && res->after)
		res->wrong = "pages were not given back";
	else if ((!release || ev->control) && res->after != want)
		res->wrong = "pages were given back";

	return !res->wrong;
}

static const char *ms(char *buf, size_t len, double value)
{
	if (value < 0)
		return "-";
	snprintf(buf, len, "%.1f", value);
	return buf;
}

static void report_tap(unsigned int nr, const struct event *ev,
		       const struct result *res, bool ok)
{
	if (res->skip) {
		printf("ok %u - %s # SKIP %s\n", nr, ev->text, res->skip);
		return;
	}
	printf("%sok %u - %s # pinned %ld, %ld ms after %ld",
	       ok ? "" : "not ", nr, ev->text, res->before, wait_ms, res->after);
	if (res->back_ms >= 0)
		printf(", back after %.1f ms", res->back_ms);
	if (res->call_ms >= 0)
		printf(", call took %.1f ms", res->call_ms);
	putchar('\n');
	if (!ok)
		printf("# %s\n", res->wrong);
}

/* The columns are those that usage() says. */
static void report_tsv(const struct event *ev, const struct result *res,
		       bool ok)
{
	char back[32], call[32];

	printf("%s\t%s\t%s\t%ld\t%ld\t%s\t%s\t%s\n", ev->name, ev->text,
	       res->skip ? "skip" : ok ? "ok" : "not ok", res->before, res->after,
	       ms(back, sizeof(back), res->back_ms), ms(call, sizeof(call), res->call_ms),
	       res->skip ?: res->wrong ?: "-");
}

static int open_node(long seconds)
{
	int64_t limit = now_ns() + seconds * 1000000000ll;
	int fd;

	while ((fd = open(node, O_RDWR | O_CLOEXEC)) < 0) {
		if (errno != ENOENT || now_ns() > limit)
			die("cannot open %s: %m (modprobe i915 mock_selftests=-1 st_userptr_node=SECONDS makes it)", node);
		nap(50000);
	}
	return fd;
}

static void usage(FILE *f)
{
	fprintf(f,
		"usage: userptr-events --expect release|keep [options] [EVENT ...]\n"
		"  --expect WHAT   what is ok: that the pages are given back, or that they are kept\n"
		"  --format FORMAT tap (default) or tsv: name, text, ok|not ok|skip, pages pinned before,\n"
		"                  pages pinned --wait ms after, given back after ms, call took ms, what is wrong\n"
		"  --wait MS       how long to watch after the event (default 1000)\n"
		"  --node FILE     default /dev/" USERPTR_NODE_NAME "; up to 60 s are waited for it\n"
		"  --quit          in the end, have the kernel end the selftest that serves the node\n"
		"  --list          the events\n"
		"exit status: 0 all as expected, 1 not, 2 it could not be found out\n");
}

static const struct event *find_event(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		if (!strcmp(events[i].name, name))
			return &events[i];
	die("there is no event '%s': --list has them", name);
}

int main(int argc, char **argv)
{
	enum { EXPECT = 1, FORMAT, WAIT, NODE, QUIT, LIST, HELP, WAIT_FOR_EOF };
	static const struct option options[] = {
		{ "expect", required_argument, NULL, EXPECT },
		{ "format", required_argument, NULL, FORMAT },
		{ "wait", required_argument, NULL, WAIT },
		{ "node", required_argument, NULL, NODE },
		{ "quit", no_argument, NULL, QUIT },
		{ "list", no_argument, NULL, LIST },
		{ "help", no_argument, NULL, HELP },
		{ "wait-for-eof", no_argument, NULL, WAIT_FOR_EOF }, /* see ev_exec() */
		{ 0 }
	};
	unsigned int bad = 0, nr = 0, count;
	const char *expect = NULL, *format = "tap";
	bool quit = false, release;
	int opt, fd;

	page = sysconf(_SC_PAGESIZE);

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case EXPECT:
			expect = optarg;
			break;
		case FORMAT:
			format = optarg;
			break;
		case WAIT:
			wait_ms = atol(optarg);
			break;
		case NODE:
			node = optarg;
			break;
		case QUIT:
			quit = true;
			break;
		case LIST:
			for (size_t i = 0; i < ARRAY_SIZE(events); i++)
				printf("%-20s %s\n", events[i].name, events[i].text);
			return 0;
		case HELP:
			usage(stdout);
			return 0;
		case WAIT_FOR_EOF:
			return wait_for_eof();
		default:
			usage(stderr);
			return 2;
		}
	}
	if (!expect || (strcmp(expect, "release") && strcmp(expect, "keep")) ||
	    (strcmp(format, "tap") && strcmp(format, "tsv")) || wait_ms <= 0) {
		usage(stderr);
		return 2;
	}
	release = !strcmp(expect, "release");

	signal(SIGPIPE, SIG_IGN);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		die("mmap: %m");

	for (int i = optind; i < argc; i++)
		find_event(argv[i]);
	count = optind < argc ? (unsigned int)(argc - optind) : ARRAY_SIZE(events);

	fd = open_node(60);
	if (!strcmp(format, "tap"))
		printf("1..%u\n", count);
	for (nr = 1; nr <= count; nr++) {
		const struct event *ev = optind < argc ? find_event(argv[optind + nr - 1]) : &events[nr - 1];
		struct result res;
		bool ok;

		run(fd, ev, &res);
		ok = res.skip || as_expected(ev, release, &res);
		bad += !ok;
		if (!strcmp(format, "tap"))
			report_tap(nr, ev, &res, ok);
		else
			report_tsv(ev, &res, ok);
		fflush(stdout);
	}
	if (quit && ioctl(fd, USERPTR_NODE_QUIT))
		die("cannot end the selftest: %m");
	close(fd);

	return bad ? 1 : 0;
}
