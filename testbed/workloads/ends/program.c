// SPDX-License-Identifier: MIT
/*
 * Userptr objects that are being cancelled while the driver, the device or the system goes away:
 * the GPU hangs and is reset or given up, the device is unbound, the module is unloaded, the system
 * is suspended; and objects that are invalidated while the device sleeps.
 *
 * Workers, each a process with its own DRM file, make objects and invalidate them. The main
 * process, which has no objects, causes the event and counts the pinned pages of the system. Prints
 * TAP, a point for each round.
 */

#define _GNU_SOURCE
#include <dirent.h>
#include <getopt.h>
#include <limits.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "gem.h"
#include "pins.h"
#include "tap.h"

#define PER_BATCH 100u /* objects that one of these batches writes to */
#define MAX_WORKERS 8
#define MAX_STEPS 8
#define HOLD_NS (300 * MS) /* how long pages are watched that must stay */
#define STEP_NS (120000 * MS) /* how long workers may take for a step */
#define BACK_NS (60000 * MS) /* and the release of pages, on a slow machine */
#define EXIT_NS (60000 * MS) /* and the exit of a process */
#define CALL_MS 20000 /* and munmap() of one range, which must not wait for the GPU */
#define END_NS (300000 * MS) /* and unbinding, unloading, suspending */
#define MORE_THREADS 8 /* additional kworkers allowed, whatever the number of objects */

struct range {
	char *ptr;
	size_t size;
	uint32_t handle;
};

/* Shared by the main process and the workers. */
static struct shared {
	int step; /* that the workers may take */
	int reached[MAX_STEPS]; /* number of workers that have taken it */
	bool quiet; /* churn() pauses */
	int paused; /* number of workers in that pause */
	bool stop;
	unsigned long churned; /* ranges made, used and invalidated */
	unsigned long refused; /* calls that failed because the driver was gone */
	char why[160]; /* what stopped a worker */
} *shared;

static int drm = -1;
static const char *dev = "0000:00:02.0";
static const char *driver = "/sys/bus/pci/drivers/i915";
static bool release; /* the driver is expected to release pages */
static unsigned int rounds = 20;
static unsigned int seed = 1;
static unsigned int most = UINT_MAX; /* objects in a case of hang */
static pid_t pids[MAX_WORKERS];
static unsigned int workers;
static char why[256]; /* what is wrong in this round */
static long base; /* pinned pages without workers */

static unsigned int random_below(unsigned int n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

__attribute__((format(printf, 1, 2)))
static bool wrong(const char *fmt, ...)
{
	va_list va;

	/* Keep the first one, which is the cause. */
	if (!why[0]) {
		va_start(va, fmt);
		vsnprintf(why, sizeof(why), fmt, va);
		va_end(va);
	}
	return false;
}

/* Prints the point of this round. */
#define point(...) tap(why[0] ? why : NULL, __VA_ARGS__)

/* Return: the number of the card, or -1 if there is none. */
static int card(void)
{
	char name[32];

	for (int i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "/dev/dri/card%d", i);
		if (!access(name, F_OK))
			return i;
	}
	return -1;
}

static int open_card(void)
{
	char name[32];

	snprintf(name, sizeof(name), "/dev/dri/card%d", card());
	return open(name, O_RDWR | O_CLOEXEC);
}

__attribute__((format(printf, 1, 2)))
static const char *path(const char *fmt, ...)
{
	static char name[128];
	va_list va;

	va_start(va, fmt);
	vsnprintf(name, sizeof(name), fmt, va);
	va_end(va);
	return name;
}

static void set_heartbeat(unsigned int ms)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", ms);
	if (!put(path("/sys/class/drm/card%d/engine/rcs0/heartbeat_interval_ms", card()), text))
		die("cannot set the heartbeat: %m");
}

static void set_reset(const char *text)
{
	if (!put(path("/sys/kernel/debug/dri/%d/i915_params/reset", card()), text))
		die("cannot set i915's parameter reset: %m");
}

static void ask_for_reset(void)
{
	if (!put(path("/sys/kernel/debug/dri/%d/i915_wedged", card()), "1"))
		die("cannot ask for a reset: %m");
}

/* Keeps a batch that spins on purpose from being taken for hung; as guest-lib.sh does. */
static void calm(void)
{
	const char *timeout = path("/sys/class/drm/card%d/engine/rcs0/preempt_timeout_ms", card());

	if (!access(timeout, F_OK) && !put(timeout, "0"))
		die("cannot set the time limit for preemption: %m");
	set_heartbeat(60000);
}

/*
 * Makes the page table of the emulated G33 fast memory again (testbed/gpu/g33/overlay.sh), which it
 * no longer is after its BAR was disabled and enabled. This only saves time.
 */
static void speed_up(void)
{
	if (!access("/guest/overlay", F_OK) && system("sh /guest/overlay >/dev/null"))
		die("the page table cannot be made fast");
}

/* Return: the number of kworkers; @stuck: those in cancel_userptr(). */
static unsigned int kworkers(unsigned int *stuck)
{
	char name[300], text[2048];
	unsigned int count = 0;
	struct dirent *d;
	DIR *dir = opendir("/proc");

	if (!dir)
		die("cannot read /proc: %m");
	*stuck = 0;
	while ((d = readdir(dir))) {
		snprintf(name, sizeof(name), "/proc/%s/comm", d->d_name);
		if (d->d_name[0] < '0' || d->d_name[0] > '9' ||
		    !get(name, text, sizeof(text)) || strncmp(text, "kworker/", 8))
			continue;
		count++;
		snprintf(name, sizeof(name), "/proc/%s/stack", d->d_name);
		*stuck += get(name, text, sizeof(text)) && strstr(text, "cancel_userptr");
	}
	closedir(dir);
	return count;
}

/*
 * Synchronization of the main process and the workers.
 */

__attribute__((noreturn, format(printf, 1, 2)))
static void give_up(const char *fmt, ...)
{
	char text[sizeof(shared->why)];
	va_list va;

	va_start(va, fmt);
	vsnprintf(text, sizeof(text), fmt, va);
	va_end(va);
	memcpy(shared->why, text, sizeof(text));
	_exit(1);
}

/* In a worker: await() waits until it may take the step, taken() reports that it has. */
static void await(int step)
{
	while (__atomic_load_n(&shared->step, __ATOMIC_SEQ_CST) < step)
		nap(500);
}

static void taken(int step)
{
	__atomic_add_fetch(&shared->reached[step], 1, __ATOMIC_SEQ_CST);
}

static void allow(int step)
{
	__atomic_store_n(&shared->step, step, __ATOMIC_SEQ_CST);
}

static bool all_have_taken(int step, unsigned int n)
{
	const int64_t limit = now_ns() + STEP_NS;

	while (__atomic_load_n(&shared->reached[step], __ATOMIC_SEQ_CST) < (int)n) {
		if (shared->why[0])
			return wrong("%s", shared->why);
		if (now_ns() > limit)
			return wrong("a worker hangs before step %d", step);
		nap(500);
	}
	return true;
}

/* Like fork_or_die(). */
static pid_t fork_worker(void)
{
	pid_t pid;

	seed++;
	pid = fork_or_die();
	if (pid)
		pids[workers++] = pid;
	return pid;
}

/* Sends @sig to all workers, if not 0, and waits until they have exited. */
static bool reap(int sig)
{
	const int64_t limit = now_ns() + EXIT_NS;
	unsigned int left;
	int status;

	if (sig)
		for (unsigned int i = 0; i < workers; i++)
			if (pids[i])
				kill(pids[i], sig);
	do {
		left = 0;
		for (unsigned int i = 0; i < workers; i++) {
			if (!pids[i])
				continue;
			if (waitpid(pids[i], &status, WNOHANG) == pids[i])
				pids[i] = 0;
			else
				left++;
		}
		if (!left)
			return true;
		nap(1000);
	} while (now_ns() < limit);

	return wrong("%u processes do not come to their end", left);
}

/* Kills the workers of this round, so that the next round has none of them. */
static void end_round(void)
{
	shared->stop = true;
	reap(SIGKILL);
	if (drm >= 0)
		close(drm);
	drm = -1;
}

/* Waits until @want pages are pinned. Return: the time in ms, or -1 after @ns. */
static double pinned_become(long want, int64_t ns)
{
	const int64_t start = now_ns();

	return wait_pinned(want, want, ns) == want ? (now_ns() - start) / 1e6 : -1;
}

static void begin_round(void)
{
	memset(shared, 0, sizeof(*shared));
	why[0] = 0;
	workers = 0;
	/* A failure of one round must not count as one of the next. */
	if (pinned_become(base, BACK_NS) < 0) {
		wrong("%ld pages of an earlier round are pinned", pinned_pages() - base);
		base = pinned_pages();
	}
}

/* Return: true if @want pages are pinned all the time. */
static bool pinned_stay(long want, int64_t ns, const char *when)
{
	const int64_t limit = now_ns() + ns;
	long pinned;

	do {
		pinned = pinned_pages();
		if (pinned != want)
			return wrong("%ld pages more than before are pinned %s",
				     pinned - want, when);
		nap(5000);
	} while (now_ns() < limit);

	return true;
}

/*
 * Objects of a worker.
 */

static char *new_memory(size_t size)
{
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		give_up("mmap: %s", strerror(errno));
	madvise(p, size, MADV_NOHUGEPAGE);
	return p;
}

static void make_objects(struct range *r, unsigned int n, unsigned int pages)
{
	char *p = new_memory(n * pages * page);

	for (unsigned int i = 0; i < n; i++) {
		r[i].ptr = p + i * pages * page;
		r[i].size = pages * page;
		if (gem_userptr(drm, r[i].ptr, r[i].size, 0, &r[i].handle))
			give_up("cannot make an object: %s", strerror(errno));
	}
}

/*
 * Makes the GPU write to all of the objects, and with @spin loop in the batch afterwards. Batches
 * are executed in order: all wait for one that spins.
 */
static int submit(const struct range *r, unsigned int n, bool spin)
{
	struct drm_i915_gem_relocation_entry reloc[PER_BATCH + 1] = { 0 };
	struct drm_i915_gem_exec_object2 exec[PER_BATCH + 1] = { 0 };
	struct batch b;
	int ret;

	if (batch_try_create(drm, &b))
		return -1;
	for (unsigned int i = 0; i < n; i++) {
		batch_store(&b, i, r[i].handle, 0, WRITTEN_BY_GPU, reloc);
		exec[i].handle = r[i].handle;
		exec[i].flags = EXEC_OBJECT_WRITE;
	}
	batch_finish(&b, STORE_DWORDS * n, spin ? HANGS : ENDS, reloc, n, &exec[n]);

	ret = gem_execbuf(drm, exec, n + 1, call_ns);
	/* A remaining mapping would keep the file open. */
	batch_destroy(&b);
	return ret;
}

static void submit_all(const struct range *r, unsigned int n, bool spin)
{
	for (unsigned int i = 0; i < n; i += PER_BATCH) {
		unsigned int m = n - i < PER_BATCH ? n - i : PER_BATCH;

		if (submit(r + i, m, spin && !i))
			give_up("a batch is refused: %s", strerror(errno));
	}
}

/* Waits until the GPU has written to the object. */
static void wait_for_write(const struct range *r)
{
	const int64_t limit = now_ns() + STEP_NS;

	while (*(volatile uint32_t *)r->ptr != WRITTEN_BY_GPU) {
		if (now_ns() > limit)
			give_up("the GPU did not write to an object");
		nap(500);
	}
}

static void unmap(const struct range *r, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		const int64_t start = now_ns();

		if (munmap(r[i].ptr, r[i].size))
			give_up("munmap: %s", strerror(errno));
		if (now_ns() - start > CALL_MS * MS)
			give_up("munmap() took %lld ms", (long long)(now_ns() - start) / MS);
	}
}

/* For a call that may fail while the driver goes away: counts the failure, then backs off. */
static void refused(const char *what)
{
	if (errno != ENODEV && errno != EIO && errno != ETIME && errno != EAGAIN &&
	    errno != EINTR && errno != EFAULT)
		give_up("%s: %s", what, strerror(errno));
	__atomic_add_fetch(&shared->refused, 1, __ATOMIC_SEQ_CST);
	nap(2000);
}

/*
 * Makes, uses and invalidates one userptr in a random way. The driver and the GPU may be gone.
 */
static void churn(bool use_gpu)
{
	struct range r = { .size = (1 + random_below(8)) * page };
	pid_t pid;

	r.ptr = new_memory(r.size);
	memset(r.ptr, 0xaa, r.size);
	if (drm < 0 || gem_userptr(drm, r.ptr, r.size, 0, &r.handle)) {
		r.handle = 0;
		if (drm >= 0)
			refused("making an object");
	} else if (use_gpu && random_below(2)) {
		if (submit(&r, 1, false))
			refused("a batch");
	} else if (gem_set_domain(drm, r.handle, I915_GEM_DOMAIN_GTT)) {
		refused("set-domain");
	}

	switch (random_below(4)) {
	case 0:
		madvise(r.ptr, r.size, MADV_DONTNEED);
		break;
	case 1:
		pid = fork();
		if (!pid)
			_exit(0);
		memset(r.ptr, 0x55, r.size);
		if (pid > 0)
			waitpid(pid, NULL, 0);
		break;
	}
	unmap(&r, 1);
	if (r.handle && random_below(4))
		gem_close(drm, r.handle);
	__atomic_add_fetch(&shared->churned, 1, __ATOMIC_SEQ_CST);
}

static void churn_until_stop(bool use_gpu)
{
	while (!__atomic_load_n(&shared->stop, __ATOMIC_SEQ_CST)) {
		if (__atomic_load_n(&shared->quiet, __ATOMIC_SEQ_CST)) {
			__atomic_add_fetch(&shared->paused, 1, __ATOMIC_SEQ_CST);
			while (__atomic_load_n(&shared->quiet, __ATOMIC_SEQ_CST))
				nap(500);
			__atomic_sub_fetch(&shared->paused, 1, __ATOMIC_SEQ_CST);
		}
		churn(use_gpu);
	}
}

/* Checks that the driver drives the GPU. */
static bool gpu_works(void)
{
	struct batch b;
	uint32_t obj;
	char *p;

	drm = open_card();
	if (drm < 0)
		return wrong("the card cannot be opened afterwards: %s", strerror(errno));
	p = new_memory(page);
	batch_create(drm, &b);
	if (gem_userptr(drm, p, page, 0, &obj) || batch_run(&b, &obj, &p, 1, false))
		wrong("a batch does not run afterwards: %s", strerror(errno));
	batch_destroy(&b);
	munmap(p, page);
	close(drm);
	drm = -1;
	return !why[0];
}

/* Lets the workers take @step, their last; checks that the driver works and no page is pinned. */
static void processes_end(int step, long base)
{
	allow(step);
	if (!reap(0))
		return;
	if (pinned_become(base, BACK_NS) < 0)
		wrong("%ld pages are pinned when all files are closed", pinned_pages() - base);
	gpu_works();
}

/*
 * Hang: the cancels wait for a batch that never ends, and the GPU is reset.
 */

enum reset { ASKED, HEARTBEAT, GIVEN_UP };
enum meanwhile { NOTHING, KILLED, CLOSED, KILLED_FILE_KEPT };

struct hang {
	unsigned int objects, workers, pages;
	enum reset reset;
	enum meanwhile meanwhile;
};

static const char *const reset_text[] = {
	[ASKED] = "reset through debugfs",
	[HEARTBEAT] = "reset by the heartbeat",
	[GIVEN_UP] = "given up, and then not",
};

static const char *const meanwhile_text[] = {
	[NOTHING] = "",
	[KILLED] = ", the processes killed before",
	[CLOSED] = ", the files closed before",
	[KILLED_FILE_KEPT] = ", the file kept by another process",
};

static const struct hang hangs[] = {
	{ 1, 1, 64, ASKED, NOTHING },
	{ 1, 1, 64, HEARTBEAT, NOTHING },
	{ 64, 4, 4, ASKED, NOTHING },
	{ 64, 4, 4, HEARTBEAT, NOTHING },
	{ 64, 4, 4, ASKED, KILLED },
	{ 64, 4, 4, ASKED, CLOSED },
	{ 64, 4, 4, ASKED, KILLED_FILE_KEPT },
	{ 64, 4, 4, GIVEN_UP, NOTHING },
	{ 64, 4, 4, GIVEN_UP, KILLED },
	{ 1000, 4, 1, ASKED, NOTHING },
	{ 1000, 4, 1, HEARTBEAT, KILLED_FILE_KEPT },
	{ 1000, 4, 1, GIVEN_UP, CLOSED },
};

__attribute__((noreturn))
static void hang_worker(const struct hang *h, unsigned int id)
{
	const unsigned int n = h->objects / h->workers;
	struct range *r = calloc(n, sizeof(*r));

	if (h->meanwhile != KILLED_FILE_KEPT)
		drm = open_card();
	if (!r || drm < 0)
		give_up("cannot open the card: %s", strerror(errno));
	make_objects(r, n, h->pages);

	/* The first worker's batch spins, those of the others wait for it. */
	await(id ? 2 : 1);
	submit_all(r, n, !id);
	if (!id)
		wait_for_write(r);
	taken(id ? 2 : 1);

	/* KILLED_FILE_KEPT: the exit of the process must be the first to cancel them. */
	await(3);
	if (h->meanwhile != KILLED_FILE_KEPT)
		unmap(r, n);
	taken(3);

	if (h->meanwhile == CLOSED) {
		await(4);
		close(drm);
		taken(4);
	}
	await(5);
	_exit(0);
}

static void hang_round(const struct hang *h)
{
	const long all = h->objects * h->pages;
	unsigned int stuck = 0, threads = 0, more = 0;
	double back = -1;
	int64_t start;

	begin_round();
	if (h->meanwhile == KILLED_FILE_KEPT)
		drm = open_card();
	for (unsigned int i = 0; i < h->workers; i++)
		if (!fork_worker())
			hang_worker(h, i);

	allow(1);
	if (!all_have_taken(1, 1))
		goto out;
	allow(2);
	if (!all_have_taken(2, h->workers - 1))
		goto out;
	if (pinned_pages() - base != all) {
		wrong("%ld pages are pinned at first", pinned_pages() - base);
		goto out;
	}

	threads = kworkers(&stuck);
	allow(3);
	if (!all_have_taken(3, h->workers))
		goto out;
	allow(4);
	if (h->meanwhile == CLOSED && !all_have_taken(4, h->workers))
		goto out;
	if ((h->meanwhile == KILLED || h->meanwhile == KILLED_FILE_KEPT) && !reap(SIGKILL))
		goto out;
	if (!pinned_stay(base + all, HOLD_NS, "with the GPU still busy"))
		goto out;
	more = kworkers(&stuck);
	more = more > threads ? more - threads : 0;
	if (more > MORE_THREADS)
		wrong("%u more kworkers while the GPU is busy", more);
	if (stuck)
		wrong("%u threads wait in cancel_userptr()", stuck);

	start = now_ns();
	switch (h->reset) {
	case HEARTBEAT:
		set_heartbeat(500);
		break;
	case GIVEN_UP:
		set_reset("0");
		/* fall through */
	case ASKED:
		ask_for_reset();
		break;
	}

	if (release || h->meanwhile == KILLED || h->meanwhile == CLOSED) {
		if (pinned_become(base, BACK_NS) < 0)
			wrong("%ld pages are not released after the reset",
			      pinned_pages() - base);
		back = (now_ns() - start) / 1e6;
	} else {
		/* This reset needs up to five heartbeats. */
		nap(h->reset == HEARTBEAT ? 4000000 : 500000);
		pinned_stay(base + all, HOLD_NS, "after the reset");
	}
	/* Not after GIVEN_UP: that would trip an assertion in __engine_unpark(). */
	if (h->reset == HEARTBEAT)
		calm();
	if (h->reset == GIVEN_UP) {
		drm = open_card();
		if (!call(drm, DRM_IOCTL_I915_GEM_THROTTLE, NULL) || errno != EIO)
			wrong("the GPU was not given up");
		close(drm);
		drm = -1;
		set_reset("3");
		ask_for_reset();
	}
	allow(5);
	if (reap(0) && drm >= 0) {
		close(drm);
		drm = -1;
	}
	if (pinned_become(base, BACK_NS) < 0)
		wrong("%ld pages are pinned when all files are closed", pinned_pages() - base);
	gpu_works();
out:
	end_round();
	point("hang: %u busy object%s of %u process%s %s, %s%s # %ld pages pinned, "
	      "%s %.0f ms, %u more kworkers, %u in cancel_userptr()",
	      h->objects, h->objects > 1 ? "s" : "", h->workers, h->workers > 1 ? "es" : "",
	      h->meanwhile == KILLED_FILE_KEPT ? "that are killed" : "unmapped",
	      reset_text[h->reset], meanwhile_text[h->meanwhile], all,
	      back < 0 ? "kept" : "all back after", back < 0 ? 0 : back, more, stuck);
}

/*
 * Unbind: the device is unbound while files are open and processes continue to invalidate; then it
 * is bound again.
 */

enum { KEPT = 16, KEPT_PAGES = 4 }; /* objects that each worker has at the end */

/* Makes objects to which a batch has written; with @busy, worker 0's batch still runs. */
static void open_and_submit(struct range *r, unsigned int id, bool busy)
{
	drm = open_card();
	if (drm < 0)
		give_up("cannot open the card: %s", strerror(errno));
	make_objects(r, KEPT, KEPT_PAGES);
	submit_all(r, KEPT, busy && !id);
	if (!busy || !id)
		wait_for_write(r);
}

__attribute__((noreturn))
static void unbind_worker(unsigned int id, bool busy)
{
	struct range r[KEPT];

	open_and_submit(r, id, busy);
	/* Half of its cancels wait for the GPU when the device is unbound. */
	if (busy && !id)
		unmap(r, KEPT / 2);
	taken(1);

	/* The others are idle until the device is unbound. */
	if (id == 1)
		churn_until_stop(!busy);
	await(2);
	if (busy && !id)
		unmap(r + KEPT / 2, KEPT / 2);
	else
		unmap(r, KEPT);
	taken(2);
	await(3);
	if (id == 2)
		close(drm);
	_exit(0);
}

static bool unbind(double *ms)
{
	int64_t start = now_ns();

	if (!put(path("%s/unbind", driver), dev))
		return wrong("cannot unbind the device: %s", strerror(errno));
	*ms = (now_ns() - start) / 1e6;
	if (*ms > END_NS / MS)
		return wrong("unbinding took %.0f ms", *ms);
	return true;
}

static bool bind_again(void)
{
	speed_up();
	if (!put(path("%s/bind", driver), dev))
		return wrong("cannot bind the device again: %s", strerror(errno));
	if (card() < 0)
		return wrong("there is no card after it was bound again");
	calm();
	return gpu_works();
}

static void unbind_round(unsigned int nr)
{
	const bool busy = nr & 1;
	double ms = 0, back = -1;

	begin_round();
	for (unsigned int i = 0; i < 3; i++)
		if (!fork_worker())
			unbind_worker(i, busy);
	if (!all_have_taken(1, 3))
		goto out;
	nap(random_below(50) * 1000);
	if (!unbind(&ms))
		goto out;
	nap(random_below(50) * 1000);
	shared->stop = true;
	allow(2);
	if (!all_have_taken(2, 3))
		goto out;
	if (release) {
		back = pinned_become(base, BACK_NS);
		if (back < 0)
			wrong("%ld pages are not released with files still open",
			      pinned_pages() - base);
	}
	allow(3);
	if (!reap(nr & 2 ? SIGKILL : 0))
		goto out;
	if (pinned_become(base, BACK_NS) < 0)
		wrong("%ld pages are pinned when all files are closed", pinned_pages() - base);
out:
	end_round();
	if (!bind_again())
		wrong("it cannot go on");
	point("unbind: round %u, files open, GPU %s # unbound in %.0f ms, "
	      "%s %.0f ms, %lu ranges churned, %lu calls refused",
	      nr + 1, busy ? "busy" : "idle", ms, back < 0 ? "pages kept" : "pages back after",
	      back < 0 ? 0 : back, shared->churned, shared->refused);
}

/*
 * Unload: the last file is closed with cancels queued, and the module is removed as soon as
 * possible; processes that had userptrs continue to invalidate.
 */

__attribute__((noreturn))
static void unload_worker(unsigned int id, bool busy)
{
	struct range r[KEPT];

	open_and_submit(r, id, busy);
	taken(1);
	await(2);
	unmap(r, KEPT);
	if (id == 1)
		_exit(0);
	close(drm);
	drm = -1;
	churn_until_stop(false);
	_exit(0);
}

static void trace_put(const char *file, const char *text)
{
	if (!put(path(TRACING "%s", file), text))
		die("cannot write %s to %s: %m", text, file);
}

/*
 * A probe of the function with which a module must wait for its notifiers. A missing wait does harm
 * only with unlucky timing, so the test checks for the call itself.
 */
static void probe_begin(void)
{
	trace_put("kprobe_events", "p:notifiers mmu_notifier_synchronize");
	trace_put("events/kprobes/notifiers/enable", "1");
}

/* Return: the number of calls. */
static long probe_end(void)
{
	char name[64];
	long hits = -1, missed;
	FILE *f = fopen(TRACING "kprobe_profile", "r");

	if (!f || fscanf(f, "%63s %ld %ld", name, &hits, &missed) != 3)
		die("cannot read kprobe_profile: %m");
	fclose(f);
	trace_put("events/kprobes/notifiers/enable", "0");
	trace_put("kprobe_events", "");
	return hits;
}

static bool unload(double *ms)
{
	const int64_t start = now_ns();

	/* Removes the module as soon as no process has the card open. */
	while (syscall(SYS_delete_module, "i915", O_NONBLOCK)) {
		if (errno != EWOULDBLOCK && errno != EBUSY)
			return wrong("cannot remove the module: %s", strerror(errno));
		if (now_ns() - start > END_NS)
			return wrong("the module is still in use after %lld s",
				     (long long)(END_NS / MS / 1000));
		if (shared->why[0])
			return wrong("%s", shared->why);
		nap(200);
	}
	*ms = (now_ns() - start) / 1e6;
	if (*ms > END_NS / MS)
		return wrong("removing the module took %.0f ms", *ms);
	return true;
}

static bool load(void)
{
	speed_up();
	/* As guest.sh does: by default i915 cancels a spinning batch after 20 s. */
	if (system("modprobe i915 disable_display=1 request_timeout_ms=0"))
		return wrong("modprobe i915 fails");
	if (card() < 0)
		return wrong("there is no card after modprobe");
	calm();
	return gpu_works();
}

static void unload_round(unsigned int nr)
{
	const bool busy = nr & 1;
	bool unloaded;
	double ms = 0;
	long left = 0, waits;

	begin_round();
	for (unsigned int i = 0; i < 3; i++)
		if (!fork_worker())
			unload_worker(i, busy);
	if (!all_have_taken(1, 3))
		goto out;
	if (pinned_pages() - base != 3 * KEPT * KEPT_PAGES)
		wrong("%ld pages are pinned at first", pinned_pages() - base);
	allow(2);
	probe_begin();
	unloaded = unload(&ms);
	waits = probe_end();
	if (unloaded) {
		left = pinned_pages() - base;
		if (left)
			wrong("%ld pages are pinned without the driver", left);
		if (!waits && release)
			wrong("the module did not wait for its notifiers");
	}
out:
	/* No process may have the file open when the module is loaded again. */
	end_round();
	if (card() < 0 && !load())
		wrong("it cannot go on");
	point("unload: round %u, files closed at the last moment, GPU %s # unloaded in %.0f ms, "
	      "%ld pages left, %lu ranges churned",
	      nr + 1, busy ? "busy" : "idle", ms, left, shared->churned);
}

/*
 * Suspend: cancels are queued, or wait for a batch that never ends, while processes and then the
 * devices are suspended. The workqueue of the cancels is freezable: none of them may run between
 * the freezing and the thawing of the processes, and all must run afterwards.
 */

/*
 * How far a suspend goes before it returns: all of it except the sleep itself, because no alarm
 * wakes QEMU's machine from suspend to idle.
 */
static const char *const pm_tests[] = { "freezer", "devices", "platform" };
enum { IDLE_OBJECTS = 64 };

/* Stock does not have the tracepoint. */
static void trace_begin(void)
{
	if (!release)
		return;
	trace_put("tracing_on", "0");
	/* A clock that orders the events of all CPUs. */
	trace_put("trace_clock", "counter");
	trace_put("trace", "");
	trace_put("buffer_size_kb", "8192");
	trace_put("events/power/suspend_resume/enable", "1");
	trace_put("events/i915/i915_gem_userptr_cancel/enable", "1");
	trace_put("tracing_on", "1");
}

/* Counts the cancels that processed an object: before, while frozen, after. */
static void trace_end(unsigned int count[3], unsigned int *done)
{
	bool frozen = false, seen = false;
	unsigned int when = 0;
	char line[512];
	FILE *f;

	memset(count, 0, 3 * sizeof(*count));
	*done = 0;
	if (!release)
		return;
	trace_put("tracing_on", "0");
	f = fopen(TRACING "trace", "r");
	if (!f)
		die("cannot read the trace: %m");
	while (fgets(line, sizeof(line), f)) {
		if (strstr(line, "LOST"))
			wrong("the trace has lost events");
		if (strstr(line, "suspend_resume: freeze_processes") && strstr(line, " end")) {
			frozen = true;
			when = 1;
		} else if (strstr(line, "suspend_resume: thaw_processes") &&
			   strstr(line, " begin")) {
			seen |= frozen;
			frozen = false;
			when = 2;
		} else if (strstr(line, "i915_gem_userptr_cancel:")) {
			count[when]++;
			*done += when == 2 && strstr(line, ", done");
		}
	}
	fclose(f);
	trace_put("events/power/suspend_resume/enable", "0");
	trace_put("events/i915/i915_gem_userptr_cancel/enable", "0");
	if (!seen)
		wrong("the trace does not show that processes were frozen");
	if (count[1])
		wrong("%u cancels ran while frozen", count[1]);
}

static bool suspend(unsigned int mode, double *ms)
{
	int64_t start;

	if (!access("/sys/power/pm_test", F_OK) && !put("/sys/power/pm_test", pm_tests[mode]))
		return wrong("pm_test: %s", strerror(errno));
	start = now_ns();
	if (!put("/sys/power/state", "freeze"))
		return wrong("suspend fails: %s", strerror(errno));
	*ms = (now_ns() - start) / 1e6;
	speed_up();
	if (*ms > END_NS / MS)
		return wrong("suspend and resume took %.0f ms", *ms);
	return true;
}

__attribute__((noreturn))
static void suspend_worker(unsigned int id, bool busy)
{
	struct range r[IDLE_OBJECTS];

	drm = open_card();
	if (drm < 0)
		give_up("cannot open the card: %s", strerror(errno));
	switch (id) {
	case 0:
		/* After the others' batches, which a spinning batch would delay. */
		await(2);
		if (busy) {
			make_objects(r, KEPT, KEPT_PAGES);
			submit_all(r, KEPT, true);
			wait_for_write(r);
			unmap(r, KEPT);
		}
		taken(2);
		break;
	case 1:
		make_objects(r, IDLE_OBJECTS, 1);
		submit_all(r, IDLE_OBJECTS, false);
		wait_for_write(r + IDLE_OBJECTS - 1);
		taken(1);
		await(3);
		unmap(r, IDLE_OBJECTS);
		taken(3);
		break;
	default:
		taken(1);
		await(3);
		churn_until_stop(!busy);
		break;
	}
	await(4);
	_exit(0);
}

static void suspend_round(unsigned int nr)
{
	const unsigned int mode = nr % ARRAY_SIZE(pm_tests);
	const bool busy = (nr + nr / ARRAY_SIZE(pm_tests)) & 1;
	unsigned int count[3] = { 0 }, done = 0;
	unsigned long churned;
	double ms = 0, back = -1;

	begin_round();
	if (mode != 3 && access("/sys/power/pm_test", F_OK)) {
		point("suspend: round %u # SKIP the kernel has no PM_DEBUG", nr + 1);
		return;
	}
	for (unsigned int i = 0; i < 4; i++)
		if (!fork_worker())
			suspend_worker(i, busy);
	if (!all_have_taken(1, 3))
		goto out;
	allow(2);
	if (!all_have_taken(2, 1))
		goto out;
	if (busy && pinned_pages() - base != IDLE_OBJECTS + KEPT * KEPT_PAGES)
		wrong("%ld pages are pinned before", pinned_pages() - base);
	trace_begin();
	allow(3);
	nap(random_below(20) * 1000);
	if (!suspend(mode, &ms)) {
		trace_end(count, &done);
		goto out;
	}
	churned = shared->churned;
	nap(100000);
	if (shared->churned == churned)
		nap(2000000);
	if (shared->churned == churned)
		wrong("the processes do not go on after the resume");
	shared->stop = true;
	if (!all_have_taken(3, 1))
		goto out;

	/* Only the processes were frozen: the batch still spins. */
	if (busy && !mode) {
		if (pinned_pages() - base < KEPT * KEPT_PAGES)
			wrong("pages of a busy object were released");
		ask_for_reset();
	}
	if (release) {
		back = pinned_become(base, BACK_NS);
		if (back < 0)
			wrong("%ld pages are not released", pinned_pages() - base);
	}
	trace_end(count, &done);
	/* Cancels that waited for the GPU were woken while frozen, and run after the thaw. */
	if (release && busy && done < KEPT)
		wrong("%u cancels were done after the thaw, of %u or more", done, KEPT);
	processes_end(4, base);
out:
	end_round();
	point("suspend: round %u, pm_test %s, GPU %s # %.0f ms, cancels before %u, while frozen %u, "
	      "after %u, %s %.0f ms, %lu ranges churned",
	      nr + 1, pm_tests[mode], busy ? "busy" : "idle", ms, count[0], count[1], count[2],
	      back < 0 ? "pages kept" : "pages back after", back < 0 ? 0 : back,
	      shared->churned);
}

/*
 * Sleep: the unused device is runtime suspended. Objects that are invalidated then are released,
 * and the device sleeps again.
 */

#define POWER "/sys/bus/pci/devices/0000:00:02.0/power/"

/* The emulated G33 cannot sleep. */
static bool can_sleep(void)
{
	const int fd = open_card();

	if (fd < 0 || gem_find_gen(fd))
		die("cannot ask which GPU it is: %m");
	close(fd);
	if (gem_gen < 8)
		return false;
	if (!put(POWER "control", "auto") || !put(POWER "autosuspend_delay_ms", "100"))
		die("cannot let the device sleep: %m");
	return true;
}

static bool asleep(int64_t ns)
{
	const int64_t limit = now_ns() + ns;
	char text[16];

	do {
		if (!get(POWER "runtime_status", text, sizeof(text)))
			die("cannot read " POWER "runtime_status: %m");
		if (!strncmp(text, "suspended", 9))
			return true;
		nap(5000);
	} while (now_ns() < limit);
	return false;
}

__attribute__((noreturn))
static void sleep_worker(bool used)
{
	struct range r[IDLE_OBJECTS];

	drm = open_card();
	if (drm < 0)
		give_up("cannot open the card: %s", strerror(errno));
	make_objects(r, IDLE_OBJECTS, 1);
	if (used) {
		submit_all(r, IDLE_OBJECTS, false);
		wait_for_write(r + IDLE_OBJECTS - 1);
	} else {
		for (unsigned int i = 0; i < IDLE_OBJECTS; i++)
			if (gem_set_domain(drm, r[i].handle, I915_GEM_DOMAIN_GTT))
				give_up("set-domain: %s", strerror(errno));
	}
	taken(1);
	await(2);
	unmap(r, IDLE_OBJECTS);
	taken(2);
	await(3);
	_exit(0);
}

static void sleep_round(unsigned int nr)
{
	const bool used = !(nr & 1);
	double back = -1;

	if (!can_sleep()) {
		point("sleep: round %u # SKIP this GPU does not sleep", nr + 1);
		return;
	}
	begin_round();
	if (!fork_worker())
		sleep_worker(used);
	allow(1);
	if (!all_have_taken(1, 1))
		goto out;
	if (!asleep(BACK_NS)) {
		wrong("the device does not go to sleep with objects there");
		goto out;
	}
	if (!pinned_stay(base + IDLE_OBJECTS, HOLD_NS, "while the device sleeps"))
		goto out;
	if (!asleep(0)) {
		wrong("the device wakes up by itself");
		goto out;
	}
	allow(2);
	if (!all_have_taken(2, 1))
		goto out;
	if (release) {
		back = pinned_become(base, BACK_NS);
		if (back < 0)
			wrong("%ld pages are not released", pinned_pages() - base);
	} else {
		pinned_stay(base + IDLE_OBJECTS, HOLD_NS, "after munmap()");
	}
	if (!asleep(BACK_NS))
		wrong("the device does not go to sleep again");
	processes_end(3, base);
out:
	end_round();
	point("sleep: round %u, objects %s # %u pages, %s %.0f ms", nr + 1,
	      used ? "the GPU has used" : "with pages alone", IDLE_OBJECTS,
	      back < 0 ? "kept" : "back after", back < 0 ? 0 : back);
}

static void usage(FILE *f)
{
	fprintf(f,
		"usage: userptr-ends --expect release|keep [options] PART ...\n"
		"  PART            hang, unbind, unload, suspend or sleep; i915 is loaded\n"
		"  --expect WHAT   does the driver give pages back by itself, release or keep\n"
		"  --objects N     of hang only the cases with at most N objects\n"
		"  --rounds N      of all but hang (default 20); hang: of all cases\n"
		"  --seed N        of the random numbers (default 1)\n"
		"exit status: 0 all as expected, 1 not, 2 it could not be found out\n");
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "expect", required_argument, NULL, 'e' },
		{ "objects", required_argument, NULL, 'o' },
		{ "rounds", required_argument, NULL, 'r' },
		{ "seed", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	const char *expect = "";
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 'e':
			expect = optarg;
			break;
		case 'o':
			most = atoi(optarg);
			break;
		case 'r':
			rounds = atoi(optarg);
			break;
		case 's':
			seed = atoi(optarg);
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return 2;
		}
	}
	release = !strcmp(expect, "release");
	if ((!release && strcmp(expect, "keep")) || !rounds || optind == argc) {
		usage(stderr);
		return 2;
	}

	shared = shared_memory(sizeof(*shared));
	if (card() < 0)
		die("there is no /dev/dri/card0: modprobe i915 makes it");
	calm();
	base = pinned_pages();

	for (int i = optind; i < argc; i++) {
		for (unsigned int nr = 0; nr < rounds; nr++) {
			if (!strcmp(argv[i], "hang")) {
				for (size_t h = 0; h < ARRAY_SIZE(hangs); h++)
					if (hangs[h].objects <= most)
						hang_round(&hangs[h]);
			} else if (!strcmp(argv[i], "unbind")) {
				unbind_round(nr);
			} else if (!strcmp(argv[i], "unload")) {
				unload_round(nr);
			} else if (!strcmp(argv[i], "suspend")) {
				suspend_round(nr);
			} else if (!strcmp(argv[i], "sleep")) {
				sleep_round(nr);
			} else {
				usage(stderr);
				return 2;
			}
		}
	}
	printf("1..%u\n", points);
	return failures ? 1 : 0;
}
