// SPDX-License-Identifier: MIT
/*
 * Resets the GPU (debugfs, i915_wedged) while processes submit batches and their requests are
 * retired: no reset may leave the GPU wedged, and every batch must complete. It uses no userptr: it
 * is for testbed/kernel/stock-fixes/.
 */

#define _GNU_SOURCE
#include <sys/wait.h>

#include "gem.h"

#define BATCHES 3
#define WORKERS 6
#define SPIN_US 3000

/* Shared by the processes. */
static struct shared {
	int stop;
	long batches; /* that completed */
	long lost; /* not complete after GPU_NS */
} *shared;

static int drm;

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
	for (unsigned int i = 0; !__atomic_load_n(&shared->stop, __ATOMIC_RELAXED); i++) {
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
	if (!put("/sys/kernel/debug/dri/0/i915_wedged", "1"))
		die("cannot reset the GPU: %m");
}

static bool wedged(void)
{
	const int fd = gem_open(CARD);
	const bool is = ioctl(fd, DRM_IOCTL_I915_GEM_THROTTLE) && errno == EIO;

	close(fd);
	return is;
}

int main(int argc, char **argv)
{
	unsigned int resets = 0, bad = 0;
	int64_t until;
	bool good;

	if (argc != 2 || atoi(argv[1]) <= 0) {
		fprintf(stderr, "usage: gpu-resets SECONDS\n"
			"exit status: 0 all was well, 1 the GPU was wedged or a batch not done, 2 it could not be run\n");
		return 2;
	}
	shared = shared_memory(sizeof(*shared));
	for (unsigned int i = 0; i < WORKERS; i++)
		if (!fork_or_die())
			work(i);
	until = now_ns() + atoi(argv[1]) * 1000 * MS;
	while (now_ns() < until) {
		nap(random() % 200000);
		reset();
		resets++;
		bad += wedged();
	}
	__atomic_store_n(&shared->stop, 1, __ATOMIC_RELAXED);
	while (wait(NULL) > 0)
		;
	good = resets && shared->batches && !bad && !shared->lost;
	printf("%s\t%u resets, %u left the GPU wedged; %ld batches done, %ld not\n", good ? "ok" : "not ok",
	       resets, bad, shared->batches, shared->lost);
	return !good;
}
