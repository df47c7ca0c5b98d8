// SPDX-License-Identifier: MIT
/*
 * What happens to a userptr object's pages when the process that owns the memory changes its
 * mapping?
 *
 * For each event of events.h an owner process maps a range, makes i915 pin its pages for a userptr
 * object, and performs the event. Another process, the watcher, counts the pinned pages of the
 * system. Neither makes a call on the object meanwhile. Then the watcher closes the object, which
 * must unpin the remaining pages.
 */

#define _GNU_SOURCE
#include <getopt.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <linux/userfaultfd.h>

#include "events.h"
#include "gem.h"
#include "pins.h"

#define PAGES 64UL
#define BUSY_NS (200 * MS) /* how long the GPU stays busy after the event */
#define EVENT_NS (5000 * MS) /* how long an event may take */
#define BACK_NS (10000 * MS) /* and the release of pages, on a slow machine */
#define CLOSE_NS (5000 * MS) /* and the unpinning of a closed object's pages */
#define START_NS (30000 * MS) /* and the owner's next step */

#define DISK_OFFSET MIB /* of the range */
#define WRITTEN_LAST 0x600d1a57

/* Not in the C library's headers. */
#ifndef MADV_COLD
#define MADV_COLD 20
#endif
#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED 24
#endif
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

/*
 * The kind of the owner's memory. SHMEM, PRIVATE and HUGETLB_FD: a mapping of the memfd, PRIVATE
 * with MAP_PRIVATE. DISK: a mapping of a file whose pages are written back.
 */
enum memory { ANON, SHMEM, PRIVATE, THP, HUGETLB, HUGETLB_FD, HEAP, DISK, BO };

/* How the object is used before the event. */
enum use {
	TAKEN, /* set-domain: the pages are taken, the GPU never accesses them */
	USED, /* a batch has written to them, and the GPU is idle again */
	BUSY, /* a batch has written to them, and runs until batch_end() */
	USES
};

static const char *const use_name[] = {
	[TAKEN] = "set-domain",
	[USED] = "execbuf",
	[BUSY] = "busy",
};

static const char *const use_text[] = {
	[TAKEN] = "after set-domain",
	[USED] = "after execbuf",
	[BUSY] = "GPU busy with it",
};

struct range {
	char *ptr;
	size_t size;
	int memfd; /* DISK: the disk */
	int uffd;
	struct batch *spins; /* the batch that runs until after the event, or NULL */
	uint32_t bo; /* the object whose pages make up the range (BO) */
	uint32_t other; /* another buffer object, to be mapped over the range */
	size_t other_size;
	uint64_t other_offset; /* offset of its aperture mapping in the DRM file */
};

struct event {
	const char *name;
	const char *text;
	int (*act)(struct range *r); /* 0 or -1 and errno; NULL: nothing is done */
	enum memory memory;
	unsigned int objects; /* 0 counts as 1 */
	unsigned int other; /* pages of the other buffer object, if any */
	bool locked; /* the range is locked in memory (mlock()) */
	bool ends; /* the owner exits in it, or runs another program */
	bool seals; /* afterwards, sealing the memfd shows whether pages are pinned */
	bool control; /* nothing happens to the range: pages stay pinned on any kernel */
};

/* Sent by the owner after 'r'eady: handles for the watcher to close. */
struct handles {
	uint32_t obj[MAX_OBJECTS];
	uint32_t more[2];
};

/* Shared by owner and watcher; times are CLOCK_MONOTONIC in ns. */
struct shared {
	int64_t start; /* before the event */
	int64_t end; /* after it; 0 if the owner did not survive it */
	struct {
		int64_t ns;
		char text[60];
	} mark[MAX_OBJECTS + 4]; /* of the timeline; ns is set last */
	char why[160];
};

struct result {
	long before, busy, after, left;
	double back_ms, call_ms; /* negative: did not happen */
	const char *seal; /* the result of sealing the memfd */
	const char *disk; /* whether the disk has the GPU's last write */
	const char *skip, *wrong;
};

static struct shared *shared;
static int drm = -1; /* of the watcher and of all owners */
static long wait_ms = 1000;
static const char *disk_file = "/dev/vda"; /* vm/guest.sh -d */
/* Write to the last byte of the first page, so that one of its blocks is dirty. */
static bool partly_dirty;

/*
 * The events.
 */

static int ev_munmap(struct range *r)
{
	return munmap(r->ptr, r->size);
}

static int ev_munmap_one(struct range *r)
{
	return munmap(r->ptr + r->size / 2, page);
}

/*
 * The page is clean once msync() has written it to the disk. A GPU that still has the page then
 * writes to it again; only the driver can report that to the kernel.
 */
static int ev_munmap_disk(struct range *r)
{
	const int64_t limit = now_ns() + GPU_NS;

	if (msync(r->ptr, r->size, MS_SYNC))
		return -1;
	if (r->spins) {
		batch_write_on(r->spins, WRITTEN_LAST);
		while (*(volatile uint32_t *)r->ptr != WRITTEN_LAST) {
			if (now_ns() > limit) {
				errno = ENODATA;
				return -1;
			}
			nap(200);
		}
	}
	if (partly_dirty && pwrite(r->memfd, "", 1, DISK_OFFSET + page - 1) != 1)
		return -1;
	return munmap(r->ptr, r->size);
}

static int ev_dontneed(struct range *r)
{
	return madvise(r->ptr, r->size, MADV_DONTNEED);
}

static int ev_dontneed_locked(struct range *r)
{
	return madvise(r->ptr, r->size, MADV_DONTNEED_LOCKED);
}

static int ev_guard(struct range *r)
{
	return madvise(r->ptr + r->size / 2, page, MADV_GUARD_INSTALL);
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

static int ev_pageout_by_other(struct range *r)
{
	const struct iovec range = { r->ptr, r->size };
	const int pidfd = syscall(SYS_pidfd_open, getpid(), 0);
	int status;
	pid_t pid;

	if (pidfd < 0)
		return -1;
	pid = fork();
	if (!pid)
		_exit(syscall(SYS_process_madvise, pidfd, &range, 1, MADV_PAGEOUT, 0) < 0 ? errno : 0);
	close(pidfd);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -1;
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	return errno ? -1 : 0;
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

/* The range stays mapped, empty. */
static int ev_mremap_dontunmap(struct range *r)
{
	void *p = mremap(r->ptr, r->size, r->size, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);

	return p == MAP_FAILED ? -1 : 0;
}

static int ev_mremap_smaller(struct range *r)
{
	return mremap(r->ptr, r->size, page, 0) == MAP_FAILED ? -1 : 0;
}

/* Another page follows the range, so it must move. */
static int ev_mremap_larger(struct range *r)
{
	void *p = mremap(r->ptr, r->size, 2 * r->size, MREMAP_MAYMOVE);

	return p == MAP_FAILED ? -1 : 0;
}

/* Maps the second half of the file in place of the first, so the pages of the latter go. */
static int ev_remap_file_pages(struct range *r)
{
	return remap_file_pages(r->ptr, r->size / 2, 0, r->size / 2 / page, 0);
}

static int ev_brk(struct range *r)
{
	return brk(r->ptr);
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

/* The child keeps its copy of the address space while the owner lives. */
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

/* The page behind the range has been unmapped: there is room. */
static int ev_mremap_in_place(struct range *r)
{
	if (munmap(r->ptr + r->size, page))
		return -1;
	return mremap(r->ptr, r->size, r->size + page, 0) == MAP_FAILED ? -1 : 0;
}

static int ev_mprotect_same(struct range *r)
{
	return mprotect(r->ptr, r->size, PROT_READ | PROT_WRITE);
}

static int ev_split(struct range *r)
{
	char *at = r->ptr + r->size / 2;

	return madvise(at, page, MADV_DONTDUMP) || madvise(at, page, MADV_DODUMP) ? -1 : 0;
}

static int ev_mlock(struct range *r)
{
	return mlock(r->ptr, r->size) || munlock(r->ptr, r->size) ? -1 : 0;
}

static int ev_populate(struct range *r)
{
	return madvise(r->ptr, r->size, MADV_POPULATE_WRITE);
}

static int ev_cold(struct range *r)
{
	return madvise(r->ptr, r->size, MADV_COLD);
}

/* As a debugger does. */
static int ev_poke(struct range *r)
{
	const int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = pwrite(fd, "x", 1, (uintptr_t)r->ptr + r->size / 2);
	close(fd);
	return n == 1 ? 0 : -1;
}

/* Maps another buffer object's aperture mapping over the range, or a part of it. */
static int lay_over(struct range *r, char *at)
{
	volatile char *p = mmap(at, r->other_size, PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_FIXED, drm, r->other_offset);

	if (p == MAP_FAILED)
		return -1;
	for (size_t i = 0; i < r->other_size; i += page)
		p[i] = 0x33;
	return 0;
}

static int ev_alias(struct range *r)
{
	return lay_over(r, r->ptr);
}

static int ev_alias_one(struct range *r)
{
	return lay_over(r, r->ptr + r->size / 2);
}

/* The driver then revokes the mapping, under its own locks. */
static int ev_alias_tiled(struct range *r)
{
	if (lay_over(r, r->ptr) || gem_set_tiling_x(drm, r->other, 512))
		return -1;
	*(volatile char *)r->ptr = 0x44;
	return 0;
}

static int ev_alias_closed(struct range *r)
{
	if (lay_over(r, r->ptr) || gem_close(drm, r->other))
		return -1;
	return munmap(r->ptr, r->other_size);
}

/* The driver does not use the object, and truncates it at once. */
static int ev_bo_purged(struct range *r)
{
	int kept = gem_madvise(drm, r->bo, I915_MADV_DONTNEED);

	if (kept > 0)
		errno = EBUSY;
	return kept ? -1 : 0;
}

/* The driver uses the object, and truncates it in its shrinker. */
static int ev_bo_shrunk(struct range *r)
{
	int kept = gem_madvise(drm, r->bo, I915_MADV_DONTNEED);

	if (kept < 0 || !put("/proc/sys/vm/drop_caches", "2"))
		return -1;
	kept = gem_madvise(drm, r->bo, I915_MADV_WILLNEED);
	if (kept > 0)
		errno = EBUSY;
	return kept ? -1 : 0;
}

static const struct event events[] = {
#define X(_name, _text, _act, _igt, _selftest, ...) \
	{ .name = _name, .text = _text, .act = _act, __VA_ARGS__ },
	EVENTS(X)
#undef X
};

/*
 * The owner: a process that has the range and performs the event.
 */

/* Sends the watcher the reason why the owner cannot continue; @kind: 's'kip or 'f'ailure. */
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

	r->uffd = -1;

	switch (ev->memory) {
	case ANON:
		/* One page more, for the events next to the range. */
		r->size = PAGES * page;
		r->ptr = mmap(NULL, r->size + page, prot, anon, -1, 0);
		break;
	case SHMEM:
	case PRIVATE:
		r->size = PAGES * page;
		if (ftruncate(r->memfd, r->size))
			owner_stops(sk, 'f', "memfd: %s", strerror(errno));
		r->ptr = mmap(NULL, r->size, prot,
			      ev->memory == PRIVATE ? MAP_PRIVATE : MAP_SHARED, r->memfd, 0);
		break;
	case HEAP:
		r->size = PAGES * page;
		r->ptr = sbrk(0);
		r->ptr += -(uintptr_t)r->ptr % page;
		if (brk(r->ptr + r->size))
			owner_stops(sk, 'f', "brk: %s", strerror(errno));
		break;
	case DISK:
		r->size = PAGES * page;
		if (r->memfd < 0)
			owner_stops(sk, 's', "no %s", disk_file);
		r->ptr = mmap(NULL, r->size, prot, MAP_SHARED, r->memfd, DISK_OFFSET);
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
	case HUGETLB_FD:
		r->size = 2 * MIB;
		r->ptr = MAP_FAILED;
		if (!ftruncate(r->memfd, r->size))
			r->ptr = mmap(NULL, r->size, prot, MAP_SHARED, r->memfd, 0);
		if (r->ptr == MAP_FAILED)
			owner_stops(sk, 's', "no hugetlb page");
		break;
	case BO:
		r->size = PAGES * page;
		if (gem_create(drm, r->size, &r->bo))
			owner_stops(sk, 'f', "no buffer object: %s", strerror(errno));
		r->ptr = gem_mmap_pages(drm, r->bo, r->size);
		if (ev->act == ev_bo_shrunk && gem_set_domain(drm, r->bo, I915_GEM_DOMAIN_CPU))
			owner_stops(sk, 'f', "the bo has no pages: %s", strerror(errno));
		break;
	}
	if (r->ptr == MAP_FAILED)
		owner_stops(sk, 'f', "mmap: %s", strerror(errno));

	memset(r->ptr, 0xaa, r->size);
	if (ev->locked && mlock(r->ptr, r->size))
		owner_stops(sk, 'f', "mlock: %s", strerror(errno));
	if (ev->memory == THP && anon_huge_kib() < (long)(r->size / KIB))
		owner_stops(sk, 's', "no transparent huge page");
	/* Since Linux 6.13. With length 0 it does nothing, but fails if it is unknown. */
	if (ev->act == ev_guard && madvise(r->ptr, 0, MADV_GUARD_INSTALL))
		owner_stops(sk, 's', "no MADV_GUARD_INSTALL");

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

	if (ev->other) {
		r->other_size = ev->other * page;
		if (gem_create(drm, r->other_size, &r->other) ||
		    gem_mmap_offset(drm, r->other, I915_MMAP_OFFSET_GTT, &r->other_offset))
			owner_stops(sk, 'f', "no other buffer object: %s", strerror(errno));
	}
}

static void use_objects(int sk, struct batch *b, enum use use,
			const uint32_t *obj, char *const *ptr, unsigned int n)
{
	switch (use) {
	case TAKEN:
		for (unsigned int i = 0; i < n; i++)
			if (gem_set_domain(drm, obj[i], I915_GEM_DOMAIN_GTT))
				owner_stops(sk, 'f', "set-domain: %s", strerror(errno));
		break;
	default:
		if (batch_run(b, obj, ptr, n, use == BUSY))
			owner_stops(sk, 'f', "%s", errno == ENODATA ?
				    "the GPU did not write to the memory" : strerror(errno));
		break;
	}
}

/* Reports that the owner is ready, with the handles, and waits for permission to continue. */
static void owner_ready(int sk, const struct handles *h)
{
	char c = 'r';

	if (write(sk, &c, 1) != 1 || write(sk, h, sizeof(*h)) != sizeof(*h) ||
	    read(sk, &c, 1) != 1)
		_exit(1);
}

/* Reports that the event is done, and waits until the watcher closes the socket. */
__attribute__((noreturn))
static void owner_done(int sk)
{
	char c = 'd';

	if (write(sk, &c, 1) != 1)
		_exit(1);
	while (read(sk, &c, 1) > 0)
		;
	_exit(0);
}

__attribute__((noreturn))
static void owner(int sk, const struct event *ev, enum use use, struct batch *b,
		  int memfd)
{
	unsigned int n = ev->objects ?: 1;
	struct range r = { .memfd = memfd, .spins = use == BUSY ? b : NULL };
	struct handles h = { 0 };
	char *ptr[MAX_OBJECTS];

	make_range(sk, ev, &r);
	h.more[0] = r.bo;
	h.more[1] = r.other;
	for (unsigned int i = 0; i < n; i++) {
		if (gem_userptr(drm, r.ptr, r.size, 0, &h.obj[i]))
			owner_stops(sk, 'f', "cannot create the object: %s", strerror(errno));
		ptr[i] = r.ptr;
	}
	use_objects(sk, b, use, h.obj, ptr, n);
	owner_ready(sk, &h);

	/* The new program of ev_exec() finds the socket here. */
	if (dup2(sk, STDIN_FILENO) < 0)
		_exit(1);

	__atomic_store_n(&shared->start, now_ns(), __ATOMIC_SEQ_CST);
	if (ev->act && ev->act(&r))
		owner_stops(sk, 'f', "the event itself failed: %s", strerror(errno));
	if (!ev->ends)
		__atomic_store_n(&shared->end, now_ns(), __ATOMIC_SEQ_CST);

	owner_done(sk);
}

/* --wait-for-eof: the owner's new program in ev_exec(). */
__attribute__((noreturn))
static void wait_for_eof(void)
{
	owner_done(STDIN_FILENO);
}

/*
 * The watcher.
 */

/* Waits for the owner's next message. Return: its kind, or 0 if the owner has exited. */
static char hear(int sk, void *data, size_t len)
{
	char c = 0;

	if (read(sk, &c, 1) == 1 && c == 'r' &&
	    read(sk, data, len) != (ssize_t)len)
		c = 0;
	return c;
}

/* Return: true if there is a message from the owner, or the owner has exited. */
static bool heard(int sk)
{
	struct pollfd p = { .fd = sk, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static bool all_busy(const struct handles *h)
{
	for (unsigned int i = 0; i < MAX_OBJECTS; i++)
		if (h->obj[i] && !gem_busy(drm, h->obj[i]))
			return false;
	return true;
}

static bool any_busy(const struct handles *h)
{
	for (unsigned int i = 0; i < MAX_OBJECTS; i++)
		if (h->obj[i] && gem_busy(drm, h->obj[i]))
			return true;
	return false;
}

/*
 * Watches until no page is pinned, or for wait_ms after the event; if the pages @must be unpinned,
 * for BACK_NS longer. A busy GPU stays so until BUSY_NS after the end of the event; no page may be
 * unpinned before.
 */
static void watch(int sk, enum use use, struct batch *b, const struct handles *h,
		  bool must, long base, struct result *res)
{
	const int64_t limit = now_ns() + START_NS;
	int64_t start = 0, from = 0, done = 0, until, now;
	long pinned;

	for (;;) {
		pinned = pinned_pages() - base;
		now = now_ns();
		if (!done && heard(sk))
			done = now;
		if (!start) {
			start = __atomic_load_n(&shared->start, __ATOMIC_SEQ_CST);
			if (!start && now > limit) {
				res->wrong = "the owner never came to the event";
				return;
			}
			if (use != BUSY)
				from = start;
		} else if (!from) {
			res->busy = pinned;
			if (pinned != res->before)
				res->wrong = "released while the GPU was busy";
			if (now >= (done ? done + BUSY_NS : start + EVENT_NS)) {
				if (!done)
					res->wrong = "the event waited for the GPU";
				else if (!all_busy(h))
					res->wrong = "the GPU was not busy all the time";
				from = now_ns();
				batch_end(b);
			}
		} else {
			until = from + wait_ms * MS;
			if (!pinned)
				res->back_ms = (now - from) / 1e6;
			if (res->after < 0 && (!pinned || now >= until))
				res->after = pinned;
			if (!pinned || now >= (must ? until + BACK_NS : until))
				break;
		}
		nap(200);
	}
}

/* The memfd can be sealed only if there is no other reference to its pages. */
static void try_seal(int memfd, struct result *res)
{
	if (!fcntl(memfd, F_ADD_SEALS, F_SEAL_WRITE))
		res->seal = "ok";
	else
		res->seal = errno == EBUSY ? "EBUSY" : "failed";
}

/*
 * After fsync() the disk has what the GPU wrote after msync(), if the driver marked the pages dirty
 * when it released them.
 * Return: "ok", "lost" or another failure.
 */
static const char *try_disk(int fd)
{
	const int direct = open(disk_file, O_RDONLY | O_DIRECT | O_CLOEXEC);
	uint32_t *disk = aligned_alloc(page, page);
	const char *result = "neither";

	if (direct < 0 || !disk || fsync(fd) ||
	    pread(direct, disk, page, DISK_OFFSET) != (ssize_t)page)
		result = "failed";
	else if (*disk == WRITTEN_LAST)
		result = "ok";
	else if (*disk == WRITTEN_BY_GPU)
		result = "lost";
	free(disk);
	close(direct);
	return result;
}

/* @base: the pinned pages without these objects. Return: how many more are still pinned. */
static long close_all(const struct handles *h, long base)
{
	for (unsigned int i = 0; i < MAX_OBJECTS; i++)
		if (h->obj[i] && gem_close(drm, h->obj[i]))
			die("cannot close an object: %m");
	/* The event may have closed one of these already. */
	for (unsigned int i = 0; i < ARRAY_SIZE(h->more); i++)
		if (h->more[i])
			gem_close(drm, h->more[i]);
	return wait_pinned(base, base, CLOSE_NS) - base;
}

/* Like fork_or_die(), with one end of a socket in @sk of each process. */
static pid_t fork_owner(int *sk)
{
	const struct timeval limit = { START_NS / 1000000000, 0 };
	pid_t pid;
	int s[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, s))
		die("socketpair: %m");
	pid = fork_or_die();
	*sk = s[!pid];
	close(s[!!pid]);
	if (pid && setsockopt(*sk, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)))
		die("setsockopt: %m");
	return pid;
}

static void end_owner(pid_t pid, int sk)
{
	int status;

	close(sk);
	kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
}

static void run(const struct event *ev, enum use use, bool release, struct result *res)
{
	struct handles h = { 0 };
	struct batch b = { 0 };
	int sk, memfd = -1;
	int64_t end;
	pid_t pid;
	long base;
	char c;

	*res = (struct result){ .busy = -1, .after = -1, .back_ms = -1, .call_ms = -1 };
	memset(shared, 0, sizeof(*shared));

	/* Without a huge page the event is skipped. */
	if (ev->memory == HUGETLB || ev->memory == HUGETLB_FD)
		put("/proc/sys/vm/nr_hugepages", "1");
	if (ev->memory == SHMEM || ev->memory == PRIVATE || ev->memory == HUGETLB_FD) {
		memfd = memfd_create("userptr-events", ev->memory == HUGETLB_FD ?
				     MFD_HUGETLB : MFD_ALLOW_SEALING);
		if (memfd < 0)
			die("memfd_create: %m");
	}
	/* Stays open until the end: the kernel drops the pages of a disk that is not open. */
	if (ev->memory == DISK)
		memfd = open(disk_file, O_RDWR | O_CLOEXEC);
	batch_create(drm, &b);
	base = pinned_pages();
	pid = fork_owner(&sk);
	if (!pid)
		owner(sk, ev, use, &b, memfd);

	c = hear(sk, &h, sizeof(h));
	if (c == 's')
		res->skip = shared->why;
	else if (c != 'r')
		res->wrong = c == 'f' ? shared->why : "the owner died or hangs";

	if (c == 'r') {
		res->before = pinned_pages() - base;
		if (use == BUSY ? !all_busy(&h) : any_busy(&h))
			res->wrong = "the GPU is not as it should be before the event";
		if (write(sk, &c, 1) != 1)
			res->wrong = "the owner died or hangs";
		else
			watch(sk, use, &b, &h, release && !ev->control, base, res);

		/* An owner that has exited sends no further message. */
		if (!res->wrong && hear(sk, NULL, 0) != (ev->act == ev_exit || ev->act == ev_kill ? 0 : 'd'))
			res->wrong = shared->why[0] ? shared->why : "the owner died or hangs";
		end = __atomic_load_n(&shared->end, __ATOMIC_SEQ_CST);
		if (end) {
			res->call_ms = (end - shared->start) / 1e6;
			if (end - shared->start > EVENT_NS)
				res->wrong = "the event took too long";
		}
	}

	batch_end(&b);
	if (gem_wait(drm, b.handle, GPU_NS))
		res->wrong = "the batch does not end";
	else if (any_busy(&h))
		res->wrong = "the GPU is still busy with the object";
	if (c == 'r' && ev->seals)
		try_seal(memfd, res);
	if (c == 'r' && ev->memory == DISK && use == BUSY)
		res->disk = try_disk(memfd);
	res->left = close_all(&h, base);
	if (res->disk && strcmp(try_disk(memfd), "ok"))
		res->wrong = "what the GPU wrote last is lost for good";
	batch_destroy(&b);
	if (memfd >= 0)
		close(memfd);
	end_owner(pid, sk);
}

static bool as_expected(const struct event *ev, bool release, struct result *res)
{
	bool back = release && !ev->control;
	long want = PAGES;

	if (ev->memory == THP || ev->memory == HUGETLB || ev->memory == HUGETLB_FD)
		want = 2 * MIB / page;
	want *= ev->objects ?: 1;

	if (res->wrong)
		return false;
	if (res->before != want)
		res->wrong = "wrong number of pages pinned before the event";
	else if (res->left)
		res->wrong = "pages are still pinned after the object was closed";
	else if (back && res->back_ms < 0)
		res->wrong = "pages were not released";
	else if (!back && res->after != want)
		res->wrong = "pages were released";
	else if (res->seal && strcmp(res->seal, back ? "ok" : "EBUSY"))
		res->wrong = "sealing the memfd says otherwise";
	else if (res->disk && strcmp(res->disk, back ? "ok" : "lost"))
		res->wrong = back ? "what the GPU wrote last is not on the disk" :
				    "what the GPU wrote last should be lost";

	return !res->wrong;
}

static const char *ms(char *buf, size_t len, double value)
{
	if (value < 0)
		return "-";
	snprintf(buf, len, "%.1f", value);
	return buf;
}

static void report_tap(unsigned int nr, const struct event *ev, enum use use,
		       const struct result *res, bool ok)
{
	if (res->skip) {
		printf("ok %u - %s, %s # SKIP %s\n", nr, ev->text, use_text[use], res->skip);
		return;
	}
	printf("%sok %u - %s, %s # pinned %ld, then %ld", ok ? "" : "not ",
	       nr, ev->text, use_text[use], res->before, res->after);
	if (res->back_ms >= 0)
		printf(", back after %.1f ms", res->back_ms);
	if (res->call_ms >= 0)
		printf(", call took %.1f ms", res->call_ms);
	if (res->seal)
		printf(", sealing the memfd: %s", res->seal);
	if (res->disk)
		printf(", what the GPU wrote last, on the disk: %s", res->disk);
	putchar('\n');
	if (!ok)
		printf("# %s\n", res->wrong);
}

/* For the columns see usage(). */
static void report_tsv(const struct event *ev, enum use use,
		       const struct result *res, bool ok)
{
	char back[32], took[32], busy[32] = "-";

	if (res->busy >= 0)
		snprintf(busy, sizeof(busy), "%ld", res->busy);

	printf("event\t%s\t%s\t%s\t%s\t%ld\t%s\t%ld\t%s\t%s\t%s\t%s\t%s\n",
	       ev->name, use_name[use], ev->text, res->skip ? "skip" : ok ? "ok" : "not ok",
	       res->before, busy, res->after,
	       ms(back, sizeof(back), res->back_ms), ms(took, sizeof(took), res->call_ms),
	       res->seal ?: "-", res->skip ?: res->wrong ?: "-", res->disk ?: "-");
}

/*
 * The timeline: objects of 64 pages each, the GPU busy with the second half of them; one range
 * after the other is unmapped; then the GPU becomes idle, and then the objects are closed.
 */

enum { STEP_MS = 250, SAMPLE_MS = 10 };

static void mark(unsigned int i, int64_t ns, const char *text)
{
	snprintf(shared->mark[i].text, sizeof(shared->mark[i].text), "%s", text);
	__atomic_store_n(&shared->mark[i].ns, ns, __ATOMIC_SEQ_CST);
}

static void sleep_until(int64_t ns)
{
	struct timespec ts = { ns / 1000000000, ns % 1000000000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

__attribute__((noreturn))
static void timeline_owner(int sk, struct batch *b)
{
	const size_t size = PAGES * page;
	struct handles h = { 0 };
	char *ptr[MAX_OBJECTS];

	for (unsigned int i = 0; i < MAX_OBJECTS; i++) {
		ptr[i] = mmap(NULL, size, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (ptr[i] == MAP_FAILED)
			owner_stops(sk, 'f', "mmap: %s", strerror(errno));
		memset(ptr[i], 0xaa, size);
		if (gem_userptr(drm, ptr[i], size, 0, &h.obj[i]))
			owner_stops(sk, 'f', "cannot create the object: %s", strerror(errno));
	}
	use_objects(sk, b, USED, h.obj, ptr, MAX_OBJECTS / 2);
	use_objects(sk, b, BUSY, h.obj + MAX_OBJECTS / 2, ptr + MAX_OBJECTS / 2, MAX_OBJECTS / 2);
	owner_ready(sk, &h);

	for (unsigned int i = 0; i < MAX_OBJECTS; i++) {
		int64_t at = shared->start + (i + 1) * STEP_MS * MS;

		sleep_until(at);
		at = now_ns();
		if (munmap(ptr[i], size))
			owner_stops(sk, 'f', "munmap: %s", strerror(errno));
		mark(i, at, i < MAX_OBJECTS / 2 ? "unmap idle" : "unmap busy");
	}
	owner_done(sk);
}

/* Samples until @until, and, if @zero is set, until no page is pinned. */
static void sample(long base, int64_t until, bool zero, struct result *res)
{
	int64_t next = now_ns();

	do {
		sleep_until(next);
		res->after = pinned_pages() - base;
		next = now_ns();
		printf("sample\t%.1f\t%ld\n", (next - shared->start) / 1e6, res->after);
		next += SAMPLE_MS * MS;
	} while (next < until || (zero && res->after && next < until + BACK_NS));
}

static bool timeline(bool release)
{
	const long all = MAX_OBJECTS * PAGES;
	struct result res = { 0 };
	struct handles h = { 0 };
	struct batch b = { 0 };
	pid_t pid;
	long base;
	int sk;
	char c;

	memset(shared, 0, sizeof(*shared));
	batch_create(drm, &b);
	base = pinned_pages();
	pid = fork_owner(&sk);
	if (!pid)
		timeline_owner(sk, &b);

	c = hear(sk, &h, sizeof(h));
	if (c != 'r')
		die("timeline: %s", c == 'f' ? shared->why : "the owner died or hangs");
	res.before = pinned_pages() - base;
	if (res.before != all)
		res.wrong = "wrong number of pages pinned at the beginning";

	shared->start = now_ns();
	if (write(sk, &c, 1) != 1)
		res.wrong = "the owner died or hangs";

	sample(base, shared->start + (MAX_OBJECTS + 1) * STEP_MS * MS, false, &res);
	if (hear(sk, NULL, 0) != 'd')
		res.wrong = shared->why[0] ? shared->why : "the owner died or hangs";
	/* On a slow machine the release of some idle objects may be pending. */
	if (!res.wrong && (release ? res.after < all / 2 : res.after != all))
		res.wrong = "released while the GPU was busy";

	mark(MAX_OBJECTS, now_ns(), "GPU idle");
	batch_end(&b);
	sample(base, shared->start + (MAX_OBJECTS + 4) * STEP_MS * MS, release, &res);
	if (!res.wrong && res.after != (release ? 0 : all))
		res.wrong = "wrong number of pages pinned when the GPU is idle";

	mark(MAX_OBJECTS + 1, now_ns(), "close");
	if (gem_wait(drm, b.handle, GPU_NS))
		res.wrong = "the batch does not end";
	for (unsigned int i = 0; i < MAX_OBJECTS; i++) {
		if (gem_close(drm, h.obj[i]))
			die("cannot close an object: %m");
		sample(base, 0, false, &res);
	}
	sample(base, shared->start + (MAX_OBJECTS + 6) * STEP_MS * MS, true, &res);
	if (!res.wrong && res.after)
		res.wrong = "pages are still pinned after the objects were closed";

	for (unsigned int i = 0; i < ARRAY_SIZE(shared->mark); i++)
		if (shared->mark[i].ns)
			printf("mark\t%.1f\t%s\n", (shared->mark[i].ns - shared->start) / 1e6,
			       shared->mark[i].text);
	printf("timeline\t%s\t%s\n", res.wrong ? "not ok" : "ok", res.wrong ?: "-");
	batch_destroy(&b);
	end_owner(pid, sk);

	return !res.wrong;
}

static void usage(FILE *f)
{
	fprintf(f,
		"usage: userptr-events --expect release|keep [options] [EVENT ...]\n"
		"  --expect WHAT   what is ok: that the pages are released, or that they are kept\n"
		"  --use USE       only this one of set-domain, execbuf, busy: what took the pages before the event\n"
		"  --format FORMAT tap (default) or tsv: 'event', name, use, text, ok|not ok|skip, pages pinned before,\n"
		"                  while the GPU is busy after the event, and in the end, released after ms (from the\n"
		"                  event, or from the end of the batch), call took ms, sealing the memfd, what is wrong,\n"
		"                  whether the disk has what the GPU wrote last\n"
		"  --wait MS       how long to watch, if the pages do not come back before (default 1000); with --expect release\n"
		"                  10 s more, which only shows in when they came back\n"
		"  --timeline      no event, but eight objects unmapped one after the other; prints\n"
		"                  'sample', ms, pages pinned; 'mark', ms, what happens; 'timeline', ok|not ok, what is wrong\n"
		"  --node FILE     default " CARD "\n"
		"  --disk FILE     of 2 MiB, for munmap-disk (default /dev/vda)\n"
		"  --partly-dirty  munmap-disk: write() to a part of the first page before; it is the only\n"
		"                  dirty part if the file system has blocks that are smaller\n"
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
	enum { EXPECT = 1, FORMAT, WAIT, NODE, USE, TIMELINE, DISK_FILE, PARTLY_DIRTY, LIST, HELP, WAIT_FOR_EOF };
	static const struct option options[] = {
		{ "expect", required_argument, NULL, EXPECT },
		{ "format", required_argument, NULL, FORMAT },
		{ "wait", required_argument, NULL, WAIT },
		{ "node", required_argument, NULL, NODE },
		{ "use", required_argument, NULL, USE },
		{ "timeline", no_argument, NULL, TIMELINE },
		{ "disk", required_argument, NULL, DISK_FILE },
		{ "partly-dirty", no_argument, NULL, PARTLY_DIRTY },
		{ "list", no_argument, NULL, LIST },
		{ "help", no_argument, NULL, HELP },
		{ "wait-for-eof", no_argument, NULL, WAIT_FOR_EOF }, /* see ev_exec() */
		{ 0 }
	};
	const char *expect = NULL, *format = "tap", *node = CARD;
	unsigned int first = 0, last = USES - 1;
	unsigned int bad = 0, nr = 0, count;
	bool line = false, release;
	int opt;

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
		case USE:
			for (first = 0; first < USES && strcmp(optarg, use_name[first]);)
				first++;
			last = first;
			break;
		case TIMELINE:
			line = true;
			break;
		case DISK_FILE:
			disk_file = optarg;
			break;
		case PARTLY_DIRTY:
			partly_dirty = true;
			break;
		case LIST:
			for (size_t i = 0; i < ARRAY_SIZE(events); i++)
				printf("%-20s %s\n", events[i].name, events[i].text);
			return 0;
		case HELP:
			usage(stdout);
			return 0;
		case WAIT_FOR_EOF:
			wait_for_eof();
		default:
			usage(stderr);
			return 2;
		}
	}
	if (!expect || (strcmp(expect, "release") && strcmp(expect, "keep")) ||
	    (strcmp(format, "tap") && strcmp(format, "tsv")) || wait_ms <= 0 ||
	    first == USES || (line && optind < argc)) {
		usage(stderr);
		return 2;
	}
	release = !strcmp(expect, "release");

	signal(SIGPIPE, SIG_IGN);
	shared = shared_memory(sizeof(*shared));

	for (int i = optind; i < argc; i++)
		find_event(argv[i]);
	count = optind < argc ? (unsigned int)(argc - optind) : ARRAY_SIZE(events);

	drm = gem_open(node);
	if (line)
		return timeline(release) ? 0 : 1;

	if (!strcmp(format, "tap"))
		printf("1..%u\n", count * (last - first + 1));
	for (unsigned int i = 0; i < count; i++) {
		const struct event *ev = optind < argc ? find_event(argv[optind + i]) : &events[i];

		for (enum use use = first; use <= last; use++) {
			struct result res;
			bool ok;

			run(ev, use, release, &res);
			ok = res.skip || as_expected(ev, release, &res);
			bad += !ok;
			if (!strcmp(format, "tap"))
				report_tap(++nr, ev, use, &res, ok);
			else
				report_tsv(ev, use, &res, ok);
			fflush(stdout);
		}
	}

	return bad ? 1 : 0;
}
