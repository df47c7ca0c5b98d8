// SPDX-License-Identifier: MIT
/*
 * Provokes bugs of stock i915, which testbed/kernel/stock-fixes/ mends:
 *
 * resets	resets the GPU (debugfs, i915_wedged) while processes submit batches and their
 *		requests are retired: no reset may leave the GPU wedged, and every batch must
 *		complete.
 * parking	waits in debugfs for an idle GPU while a batch runs, then ends the batch: the GPU
 *		must become idle. The CPUs are busy, and the process that waits has a low priority
 *		when the batch ends. So it still has its reference to the timeline when the engine
 *		parks.
 * relocations	submits batches whose relocations are in a private mapping of a file that was
 *		only read. So the driver's write to them faults, while another thread takes
 *		mmap_lock repeatedly. lockdep must not report a possible deadlock. On GPUs without
 *		an LLC, as the G33, page faults are disabled there on stock, too.
 * tiling	changes the tiling of an object that has an aperture mapping, while another process
 *		has the shrinker unbind objects: the driver must not warn. Only a kernel with
 *		CONFIG_DRM_I915_DEBUG_GEM or KASAN notices.
 *
 * It uses no userptr.
 */

#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>

#include "gem.h"

#define BATCHES 3
#define WORKERS 6
#define SPIN_US 3000

#define ASK_US 50000 /* until the process waits for an idle GPU */
#define PARK_US 200000 /* until the engine has parked */
#define IDLE_MS 60000 /* limit for the GPU to become idle */

#define MPROTECT_BYTES (16 << 20)
#define TILED_BYTES (1 << 20)

/* Shared by the processes. */
static struct shared {
	int stop;
	long batches; /* that completed */
	long lost; /* not complete after GPU_NS */
} *shared;

static int drm;

static bool stopped(void)
{
	return __atomic_load_n(&shared->stop, __ATOMIC_RELAXED);
}

static void open_drm(struct batch *b)
{
	drm = gem_open(CARD);
	for (int i = 0; i < BATCHES; i++)
		batch_create(drm, &b[i]);
}

static void work(unsigned int seed)
{
	struct batch b[BATCHES];

	srandom(seed);
	open_drm(b);
	for (unsigned int i = 0; !stopped(); i++) {
		const bool spin = random() % 4 == 0;

		if (!batch_run(&b[i % BATCHES], NULL, NULL, 0, spin)) {
			__atomic_fetch_add(&shared->batches, 1, __ATOMIC_RELAXED);
		} else if (errno == EIO) { /* banned: too many resets hit its batches; or wedged */
			close(drm);
			open_drm(b);
		} else {
			__atomic_fetch_add(&shared->lost, 1, __ATOMIC_RELAXED);
		}
		if (spin) {
			nap(random() % SPIN_US);
			batch_end(&b[i % BATCHES]);
		}
	}
	_exit(0);
}

static void reset(void)
{
	if (!put(DEBUG_DIR "i915_wedged", "1"))
		die("cannot reset the GPU: %m");
}

static bool wedged(void)
{
	const int fd = gem_open(CARD);
	const bool is = ioctl(fd, DRM_IOCTL_I915_GEM_THROTTLE) && errno == EIO;

	close(fd);
	return is;
}

static bool resets(int64_t until)
{
	unsigned int n = 0, bad = 0;
	bool good;

	for (unsigned int i = 0; i < WORKERS; i++)
		if (!fork_or_die())
			work(i);
	while (now_ns() < until) {
		nap(random() % 200000);
		reset();
		n++;
		bad += wedged();
	}
	__atomic_store_n(&shared->stop, 1, __ATOMIC_RELAXED);
	while (wait(NULL) > 0)
		;
	good = n && shared->batches && !bad && !shared->lost;
	printf("%s\t%u resets, %u left the GPU wedged; %ld batches done, %ld not\n", good ? "ok" : "not ok",
	       n, bad, shared->batches, shared->lost);
	return good;
}

/* Waits for an idle GPU each time when a byte comes in, and answers by a byte. */
static void wait_for_idle(int in, int out)
{
	char c;

	while (read(in, &c, 1) == 1)
		if (!gem_drop_caches(DROP_IDLE) || write(out, &c, 1) != 1)
			break;
	_exit(0);
}

static void schedule(pid_t pid, int policy)
{
	const struct sched_param none = { 0 };

	if (sched_setscheduler(pid, policy, &none))
		die("cannot set a scheduling policy: %m");
}

static void keep_busy(void)
{
	while (!stopped())
		;
	_exit(0);
}

static bool parking(int64_t until)
{
	struct pollfd answer = { .events = POLLIN };
	int ask[2], answers[2];
	unsigned int n = 0;
	bool good = true;
	struct batch b;
	pid_t waiter;
	char c = 0;

	if (pipe(ask) || pipe(answers))
		die("no pipe: %m");
	waiter = fork_or_die();
	if (!waiter) {
		close(ask[1]);
		wait_for_idle(ask[0], answers[1]);
	}
	close(answers[1]);
	answer.fd = answers[0];
	for (int i = get_nprocs(); i; i--)
		if (!fork_or_die())
			keep_busy();

	drm = gem_open(CARD);
	batch_create(drm, &b);
	while (good && now_ns() < until) {
		if (batch_run(&b, NULL, NULL, 0, true))
			die("cannot run a batch: %m");
		if (write(ask[1], &c, 1) != 1)
			die("the process that waits for an idle GPU has ended");
		nap(ASK_US);
		schedule(waiter, SCHED_IDLE);
		batch_end(&b);
		nap(PARK_US);
		schedule(waiter, SCHED_OTHER);
		good = poll(&answer, 1, IDLE_MS) == 1 && read(answer.fd, &c, 1) == 1;
		n++;
	}
	__atomic_store_n(&shared->stop, 1, __ATOMIC_RELAXED);
	kill(waiter, SIGKILL);
	printf("%s\tafter %u of %u batches the GPU became idle within %d s\n", good ? "ok" : "not ok",
	       n - !good, n, IDLE_MS / 1000);
	return good;
}

/* Holds mmap_lock for writing most of the time. */
static void *take_mmap_lock(void *unused)
{
	void *p = mmap(NULL, MPROTECT_BYTES, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (p == MAP_FAILED)
		die("no memory: %m");
	for (int prot = PROT_READ; !stopped(); prot ^= PROT_WRITE)
		if (mprotect(p, MPROTECT_BYTES, prot))
			die("mprotect: %m");
	return unused;
}

/* Return: whether lockdep is on. It turns itself off when it reports something. */
static bool lockdep_is_on(void)
{
	FILE *f = fopen("/proc/lockdep_stats", "r");
	char line[200];
	int on = -1;

	if (!f)
		die("the kernel has no lockdep: %m");
	while (on < 0 && fgets(line, sizeof(line), f))
		sscanf(line, " debug_locks: %d", &on);
	fclose(f);
	return on > 0;
}

static bool relocations(int64_t until)
{
	struct drm_i915_gem_relocation_entry reloc[2] = { 0 };
	struct drm_i915_gem_exec_object2 exec[2] = { 0 };
	const int file = memfd_create("relocations", 0);
	bool good = lockdep_is_on();
	unsigned int n = 0;
	pthread_t thread;
	struct batch b;

	if (!good)
		die("lockdep is off already");
	if (file < 0 || ftruncate(file, page))
		die("no memfd: %m");
	drm = gem_open(CARD);
	batch_create(drm, &b);
	if (gem_create(drm, page, &exec[0].handle))
		die("cannot create an object: %m");
	exec[0].flags = EXEC_OBJECT_WRITE;
	batch_store(&b, 0, exec[0].handle, 0, WRITTEN_BY_GPU, reloc);
	batch_finish(&b, BATCH_LAST, 0, reloc, 1, &exec[1]);
	if (pwrite(file, reloc, sizeof(reloc), 0) != sizeof(reloc))
		die("cannot write the relocations: %m");
	if (pthread_create(&thread, NULL, take_mmap_lock, NULL))
		die("no thread");
	while (good && now_ns() < until) {
		volatile char *p = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);

		if (p == MAP_FAILED)
			die("cannot map the relocations: %m");
		(void)*p;
		exec[1].relocs_ptr = (uintptr_t)p;
		if (gem_execbuf(drm, exec, 2, call_ns) || gem_wait(drm, b.handle, GPU_NS))
			die("cannot run a batch: %m");
		munmap((void *)p, page);
		good = lockdep_is_on();
		n++;
	}
	__atomic_store_n(&shared->stop, 1, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	printf("%s\tlockdep is %s after %u batches\n", good ? "ok" : "not ok", good ? "on" : "off", n);
	return good;
}

/* Return: whether the kernel has warned or reported anything. */
static bool kernel_warned(void)
{
	char text[32];

	if (!get("/proc/sys/kernel/tainted", text, sizeof(text)))
		die("cannot read whether the kernel has warned: %m");
	return atol(text);
}

static void unbind_objects(void)
{
	while (!stopped())
		if (!gem_drop_caches(DROP_BOUND))
			die("cannot drop caches: %m");
	_exit(0);
}

static bool tiling(int64_t until)
{
	volatile char *p;
	unsigned int n = 0;
	uint64_t offset;
	uint32_t obj;
	bool good = true;

	if (kernel_warned())
		die("the kernel has warned already");
	drm = gem_open(CARD);
	if (gem_create(drm, TILED_BYTES, &obj) ||
	    gem_mmap_offset(drm, obj, I915_MMAP_OFFSET_GTT, &offset))
		die("cannot create an object: %m");
	p = mmap(NULL, TILED_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, drm, offset);
	if (p == MAP_FAILED)
		die("cannot map the object: %m");
	if (!fork_or_die())
		unbind_objects();
	while (good && now_ns() < until) {
		p[0] = 1;
		if (gem_set_tiling_x(drm, obj, n % 2 ? 512 : 1024))
			die("cannot set the tiling: %m");
		good = !kernel_warned();
		n++;
	}
	__atomic_store_n(&shared->stop, 1, __ATOMIC_RELAXED);
	while (wait(NULL) > 0)
		;
	printf("%s\tafter %u changes of the tiling the driver has%s warned\n", good ? "ok" : "not ok", n,
	       good ? " not" : "");
	return good;
}

static const struct {
	const char *name;
	bool (*run)(int64_t until);
} bugs[] = {
	{ "resets", resets },
	{ "parking", parking },
	{ "relocations", relocations },
	{ "tiling", tiling },
};

int main(int argc, char **argv)
{
	shared = shared_memory(sizeof(*shared));
	for (unsigned int i = 0; argc == 3 && i < ARRAY_SIZE(bugs); i++)
		if (!strcmp(argv[1], bugs[i].name) && atoi(argv[2]) > 0)
			return !bugs[i].run(now_ns() + atoi(argv[2]) * 1000 * MS);
	fprintf(stderr, "usage: stock-bugs resets|parking|relocations|tiling SECONDS\n"
		"exit status: 0 the bug did not occur, 1 it did, 2 it could not be run\n");
	return 2;
}
