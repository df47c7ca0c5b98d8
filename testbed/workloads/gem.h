/* SPDX-License-Identifier: MIT */
/*
 * What the programs that run on the emulated GPU have in common: calls of the
 * driver, batches for gen3, and the count of pinned pages. Each program is one C
 * file that includes this one; not all of them use all of it.
 *
 * The batches are for gen3: it has one address space for everything, and batches
 * are chained by address.
 */

#ifndef TESTBED_GEM_H
#define TESTBED_GEM_H

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <drm/i915_drm.h>

#pragma GCC diagnostic ignored "-Wunused-function"

#define ARRAY_SIZE(x) (sizeof(x) / sizeof((x)[0]))

#define KIB 1024UL
#define MIB (1024 * KIB)
#define MS 1000000ll
#define MAX_OBJECTS 8 /* that one batch writes to */
#define CALL_NS (10000 * MS) /* how long a call may say EAGAIN */
#define GPU_NS (10000 * MS) /* and a batch take that ends by itself */

/* intel_gpu_commands.h */
#define MI_BATCH_BUFFER_END (0x0a << 23)
#define MI_STORE_DWORD_IMM (0x20 << 23 | 1 << 22 | 1) /* a graphics address */
#define MI_BATCH_BUFFER_START (0x31 << 23 | 2 << 6)
#define MI_BATCH_NON_SECURE 1

#define WRITTEN_BY_GPU 0x600df00d

/* A batch that writes to objects, and then ends or spins. */
struct batch {
	uint32_t handle;
	volatile uint32_t *cmd; /* write-combining, shared by all processes */
};

static int drm = -1; /* the DRM node that all calls are for */
static size_t page = 4096;

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
	fprintf(stderr, "%s: ", program_invocation_short_name);
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

/*
 * The driver.
 */

/* Like libdrm's drmIoctl(), but for @ns at most. */
static int call_file(int fd, unsigned long cmd, void *arg, int64_t ns)
{
	const int64_t limit = now_ns() + ns;
	int ret;

	do {
		ret = ioctl(fd, cmd, arg);
	} while (ret && (errno == EINTR || errno == EAGAIN) && now_ns() < limit);

	return ret;
}

static int call(unsigned long cmd, void *arg)
{
	return call_file(drm, cmd, arg, CALL_NS);
}

static int gem_create(size_t size, uint32_t *handle)
{
	struct drm_i915_gem_create arg = { .size = size };
	int ret = call(DRM_IOCTL_I915_GEM_CREATE, &arg);

	*handle = arg.handle;
	return ret;
}

static int gem_userptr(void *ptr, size_t size, uint32_t *handle)
{
	struct drm_i915_gem_userptr arg = {
		.user_ptr = (uintptr_t)ptr,
		.user_size = size,
	};
	int ret = call(DRM_IOCTL_I915_GEM_USERPTR, &arg);

	*handle = arg.handle;
	return ret;
}

static int gem_close(uint32_t handle)
{
	struct drm_gem_close arg = { .handle = handle };

	return call(DRM_IOCTL_GEM_CLOSE, &arg);
}

static int gem_set_domain(uint32_t handle, uint32_t domain)
{
	struct drm_i915_gem_set_domain arg = {
		.handle = handle,
		.read_domains = domain,
		.write_domain = domain,
	};

	return call(DRM_IOCTL_I915_GEM_SET_DOMAIN, &arg);
}

static int gem_wait(uint32_t handle, int64_t ns)
{
	struct drm_i915_gem_wait arg = { .bo_handle = handle, .timeout_ns = ns };

	return call(DRM_IOCTL_I915_GEM_WAIT, &arg);
}

/* Is the GPU still to read or write it? */
static bool gem_busy(uint32_t handle)
{
	struct drm_i915_gem_busy arg = { .handle = handle };

	if (call(DRM_IOCTL_I915_GEM_BUSY, &arg))
		die("cannot ask whether an object is busy: %m");
	return arg.busy;
}

/* For mmap(); @type: I915_MMAP_OFFSET_GTT is through the GPU's aperture. */
static int gem_mmap_offset(uint32_t handle, uint64_t type, uint64_t *offset)
{
	struct drm_i915_gem_mmap_offset arg = { .handle = handle, .flags = type };
	int ret = call(DRM_IOCTL_I915_GEM_MMAP_OFFSET, &arg);

	*offset = arg.offset;
	return ret;
}

/* Maps the pages themselves, as any file's: they can be pinned. */
static void *gem_mmap_pages(uint32_t handle, size_t size)
{
	struct drm_i915_gem_mmap arg = { .handle = handle, .size = size };

	if (call(DRM_IOCTL_I915_GEM_MMAP, &arg))
		return MAP_FAILED;
	return (void *)(uintptr_t)arg.addr_ptr;
}

/* Returns whether the pages are still there, or -1. */
static int gem_madvise(uint32_t handle, uint32_t advice)
{
	struct drm_i915_gem_madvise arg = { .handle = handle, .madv = advice };

	return call(DRM_IOCTL_I915_GEM_MADVISE, &arg) ? -1 : !!arg.retained;
}

static int gem_set_tiling_x(uint32_t handle)
{
	struct drm_i915_gem_set_tiling arg = {
		.handle = handle,
		.tiling_mode = I915_TILING_X,
		.stride = 512,
	};

	if (call(DRM_IOCTL_I915_GEM_SET_TILING, &arg))
		return -1;
	/* The driver may leave it linear. */
	errno = EOPNOTSUPP;
	return arg.tiling_mode == I915_TILING_X ? 0 : -1;
}

static int batch_try_create(struct batch *b)
{
	uint64_t offset;

	if (gem_create(page, &b->handle))
		return -1;
	b->cmd = MAP_FAILED;
	if (!gem_mmap_offset(b->handle, I915_MMAP_OFFSET_WC, &offset))
		b->cmd = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, drm, offset);
	if (b->cmd == MAP_FAILED) {
		const int err = errno;

		gem_close(b->handle);
		errno = err;
		return -1;
	}
	return 0;
}

static void batch_create(struct batch *b)
{
	if (batch_try_create(b))
		die("cannot make a batch: %m");
}

static void batch_destroy(struct batch *b)
{
	munmap((void *)b->cmd, page);
	gem_close(b->handle);
}

enum { BATCH_LAST = 3 * MAX_OBJECTS }; /* where a batch ends or spins */

/*
 * Has the GPU write to the first dword of each object; then, if @spin, go round
 * in the batch until batch_end(). Returns when what it wrote is there, and, if
 * it is not to spin, the GPU is idle.
 */
static int batch_run(struct batch *b, const uint32_t *obj, char *const *ptr,
		     unsigned int n, bool spin)
{
	struct drm_i915_gem_relocation_entry reloc[MAX_OBJECTS + 1] = { 0 };
	struct drm_i915_gem_exec_object2 exec[MAX_OBJECTS + 1] = { 0 };
	struct drm_i915_gem_execbuffer2 arg = {
		.buffers_ptr = (uintptr_t)exec,
		.buffer_count = n + 1,
		.flags = I915_EXEC_RENDER,
	};
	const int64_t limit = now_ns() + GPU_NS;

	if (gem_set_domain(b->handle, I915_GEM_DOMAIN_WC))
		return -1;

	for (unsigned int i = 0; i < BATCH_LAST; i++)
		b->cmd[i] = 0; /* MI_NOOP */
	for (unsigned int i = 0; i < n; i++) {
		b->cmd[3 * i] = MI_STORE_DWORD_IMM;
		b->cmd[3 * i + 2] = WRITTEN_BY_GPU;
		reloc[i] = (struct drm_i915_gem_relocation_entry) {
			.target_handle = obj[i],
			.offset = (3 * i + 1) * sizeof(*b->cmd),
			.presumed_offset = -1,
			.read_domains = I915_GEM_DOMAIN_RENDER,
			.write_domain = I915_GEM_DOMAIN_RENDER,
		};
		exec[i].handle = obj[i];
		exec[i].flags = EXEC_OBJECT_WRITE;
	}
	b->cmd[BATCH_LAST] = spin ? MI_BATCH_BUFFER_START : MI_BATCH_BUFFER_END;
	reloc[n] = (struct drm_i915_gem_relocation_entry) {
		.target_handle = b->handle,
		.offset = (BATCH_LAST + 1) * sizeof(*b->cmd),
		.delta = BATCH_LAST * sizeof(*b->cmd) + MI_BATCH_NON_SECURE,
		.presumed_offset = -1,
		.read_domains = I915_GEM_DOMAIN_COMMAND,
	};
	exec[n].handle = b->handle;
	exec[n].relocs_ptr = (uintptr_t)reloc;
	exec[n].relocation_count = spin ? n + 1 : n;

	if (call(DRM_IOCTL_I915_GEM_EXECBUFFER2, &arg))
		return -1;
	if (!spin && gem_wait(b->handle, GPU_NS))
		return -1;
	for (unsigned int i = 0; i < n; i++) {
		while (*(volatile uint32_t *)ptr[i] != WRITTEN_BY_GPU) {
			if (!spin || now_ns() > limit) {
				errno = ENODATA;
				return -1;
			}
			nap(200);
		}
	}
	return 0;
}

static void batch_end(struct batch *b)
{
	__atomic_store_n(&b->cmd[BATCH_LAST], MI_BATCH_BUFFER_END, __ATOMIC_SEQ_CST);
}

#endif
