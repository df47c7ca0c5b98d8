/* SPDX-License-Identifier: MIT */
/*
 * Wrappers of i915's ioctls, and batches for the G33 (gen3) and for gen8 and later, for the
 * programs that run on the emulated GPUs. Of gen8 and later only gen9 has been tested.
 *
 * @fd is the DRM file. A function that returns int returns 0, or -1 and errno, like ioctl(), unless
 * its comment says otherwise.
 *
 * A batch has the same layout on all GPUs, with gaps where a GPU has shorter commands. Addresses
 * are relocations, of 64 bits from gen8 on, but below 4 GiB. From gen12 on, where the driver
 * rejects relocations, each object has a fixed address instead; GEM_SOFTPIN in the environment
 * enables that from gen8 on. All batches run on the render engine: on other engines of gen9 the
 * driver may execute a copy of the batch, which does not have later writes to the batch.
 */

#ifndef TESTBED_GEM_H
#define TESTBED_GEM_H

#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <drm/i915_drm.h>

#include "proc.h"

#define CARD "/dev/dri/card0"
#define DEBUG_DIR "/sys/kernel/debug/dri/0/"
#define MAX_OBJECTS 8 /* for batch_run() */
#define GPU_NS (10000 * MS) /* time limit of a batch that ends by itself */
#ifndef CALL_NS
#define CALL_NS (10000 * MS) /* see call_ns */
#endif

/* intel_gpu_commands.h */
#define MI_NOOP 0
#define MI_ARB_CHECK (0x05 << 23) /* here another context may preempt this one */
#define MI_BATCH_BUFFER_END (0x0a << 23)
#define MI_STORE_DWORD_IMM (0x20 << 23 | 1 << 22 | 1) /* gen3: a graphics address */
#define MI_STORE_DWORD_IMM_GEN8 (0x20 << 23 | 2)
#define MI_BATCH_BUFFER_START (0x31 << 23 | 2 << 6)
#define MI_BATCH_BUFFER_START_GEN8 (0x31 << 23 | 1 << 8 | 1) /* in the PPGTT */
#define MI_BATCH_NON_SECURE 1 /* gen3: a bit of the address */

enum {
	STORE_DWORDS = 4, /* length of batch_store()'s command */
	BATCH_LAST = STORE_DWORDS * MAX_OBJECTS, /* the last command, see batch_end() */
};

#define WRITTEN_BY_GPU 0x600df00d

/* For gem_drop_caches(); i915_debugfs.c */
enum {
	DROP_UNBOUND = 0x1,
	DROP_BOUND = 0x2,
	DROP_RETIRE = 0x4,
	DROP_ACTIVE = 0x8,
	DROP_FREED = 0x10,
	DROP_SHRINK_ALL = 0x20,
	DROP_IDLE = 0x40,
	DROP_RCU = 0x200,
};

/* The end of a batch, after its writes. */
enum {
	ENDS, /* false */
	SPINS, /* true: it loops, but another context may preempt it, if the GPU supports that */
	HANGS, /* it loops and cannot be preempted */
};

/* A batch that writes to objects, and then ends or spins. */
struct batch {
	int fd;
	uint32_t handle;
	volatile uint32_t *cmd; /* write-combining, shared by all processes */
};

static const size_t page = 4096; /* i915 is only for x86 */

/*
 * How long a call that returns EAGAIN or EINTR is repeated; with 0 it is not repeated.
 * Thread-local.
 */
static __thread int64_t call_ns = CALL_NS;

/* The generation of the GPU, set by gem_find_gen(); there is only one GPU. */
static int gem_gen;
static bool gem_softpin; /* objects have fixed addresses */

/* Return: the generation of the GPU of a DRM file in debugfs; 0 if debugfs does not have it. */
static inline int gem_gen_in_debugfs(int fd)
{
	char line[128];
	struct stat st;
	int gen = 0;
	FILE *f;

	if (fstat(fd, &st))
		return 0;
	snprintf(line, sizeof(line), "/sys/kernel/debug/dri/%u/i915_capabilities",
		 minor(st.st_rdev));
	f = fopen(line, "r");
	if (!f)
		return 0;
	while (!gen && fgets(line, sizeof(line), f))
		sscanf(line, "graphics version: %d", &gen);
	fclose(f);
	return gen;
}

static inline int gem_find_gen(int fd)
{
	int id = 0;
	struct drm_i915_getparam arg = { .param = I915_PARAM_CHIPSET_ID, .value = &id };

	if (gem_gen)
		return 0;
	if (ioctl(fd, DRM_IOCTL_I915_GETPARAM, &arg))
		return -1;
	switch (id) {
	case 0x29c2: /* G33 */
		gem_gen = 3;
		break;
	case 0x5912: /* Kaby Lake GT2 */
		gem_gen = 9;
		break;
	default:
		gem_gen = gem_gen_in_debugfs(fd);
		if (gem_gen < 8)
			die("gem.h has no batches for the GPU %04x", id);
	}
	gem_softpin = gem_gen >= 12 || (gem_gen >= 8 && getenv("GEM_SOFTPIN"));
	return 0;
}

static inline int gem_open(const char *node)
{
	const int fd = open(node, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		die("cannot open %s: %m (modprobe i915 makes it)", node);
	if (gem_find_gen(fd))
		die("%s does not say which GPU it is: %m", node);
	return fd;
}

/*
 * The driver.
 */

/* Like libdrm's drmIoctl(), but for @ns at most. */
static inline int call_for(int fd, unsigned long cmd, void *arg, int64_t ns)
{
	int64_t limit;
	int ret;

	/* No other system call: the caller may have armed a fault for the next one. */
	if (!ns)
		return ioctl(fd, cmd, arg);

	limit = now_ns() + ns;
	do {
		ret = ioctl(fd, cmd, arg);
	} while (ret && (errno == EINTR || errno == EAGAIN) && now_ns() < limit);

	return ret;
}

static inline int call(int fd, unsigned long cmd, void *arg)
{
	return call_for(fd, cmd, arg, call_ns);
}

static inline int gem_create(int fd, size_t size, uint32_t *handle)
{
	struct drm_i915_gem_create arg = { .size = size };
	int ret = call(fd, DRM_IOCTL_I915_GEM_CREATE, &arg);

	*handle = arg.handle;
	return ret;
}

static inline int gem_userptr(int fd, void *ptr, size_t size, uint32_t flags, uint32_t *handle)
{
	struct drm_i915_gem_userptr arg = {
		.user_ptr = (uintptr_t)ptr,
		.user_size = size,
		.flags = flags,
	};
	int ret = call(fd, DRM_IOCTL_I915_GEM_USERPTR, &arg);

	*handle = arg.handle;
	return ret;
}

static inline int gem_close(int fd, uint32_t handle)
{
	struct drm_gem_close arg = { .handle = handle };

	return call(fd, DRM_IOCTL_GEM_CLOSE, &arg);
}

static inline int gem_set_domain(int fd, uint32_t handle, uint32_t domain)
{
	struct drm_i915_gem_set_domain arg = {
		.handle = handle,
		.read_domains = domain,
		.write_domain = domain,
	};

	return call(fd, DRM_IOCTL_I915_GEM_SET_DOMAIN, &arg);
}

static inline int gem_wait(int fd, uint32_t handle, int64_t ns)
{
	struct drm_i915_gem_wait arg = { .bo_handle = handle, .timeout_ns = ns };

	return call(fd, DRM_IOCTL_I915_GEM_WAIT, &arg);
}

/* Return: true if the GPU still has to read or write the object. */
static inline bool gem_busy(int fd, uint32_t handle)
{
	struct drm_i915_gem_busy arg = { .handle = handle };

	if (call(fd, DRM_IOCTL_I915_GEM_BUSY, &arg))
		die("cannot ask whether an object is busy: %m");
	return arg.busy;
}

/* For mmap(); @type: I915_MMAP_OFFSET_GTT is through the GPU's aperture. */
static inline int gem_mmap_offset(int fd, uint32_t handle, uint64_t type, uint64_t *offset)
{
	struct drm_i915_gem_mmap_offset arg = { .handle = handle, .flags = type };
	int ret = call(fd, DRM_IOCTL_I915_GEM_MMAP_OFFSET, &arg);

	*offset = arg.offset;
	return ret;
}

/*
 * Maps the pages themselves, like those of any file: they can be pinned.
 * Return: as mmap().
 */
static inline void *gem_mmap_pages(int fd, uint32_t handle, size_t size)
{
	struct drm_i915_gem_mmap arg = { .handle = handle, .size = size };

	if (call(fd, DRM_IOCTL_I915_GEM_MMAP, &arg))
		return MAP_FAILED;
	return (void *)(uintptr_t)arg.addr_ptr;
}

/* Return: 1 if the pages are still there, 0 if not, or -1. */
static inline int gem_madvise(int fd, uint32_t handle, uint32_t advice)
{
	struct drm_i915_gem_madvise arg = { .handle = handle, .madv = advice };

	return call(fd, DRM_IOCTL_I915_GEM_MADVISE, &arg) ? -1 : !!arg.retained;
}

/* @stride: in bytes. */
static inline int gem_set_tiling_x(int fd, uint32_t handle, uint32_t stride)
{
	struct drm_i915_gem_set_tiling arg = {
		.handle = handle,
		.tiling_mode = I915_TILING_X,
		.stride = stride,
	};

	if (call(fd, DRM_IOCTL_I915_GEM_SET_TILING, &arg))
		return -1;
	/* The driver may leave it linear. */
	errno = EOPNOTSUPP;
	return arg.tiling_mode == I915_TILING_X ? 0 : -1;
}

/* Makes the driver release what @what, of DROP_*, names. Return: false and errno if it does not. */
static inline bool gem_drop_caches(unsigned int what)
{
	char text[16];

	snprintf(text, sizeof(text), "%#x", what);
	return put(DEBUG_DIR "i915_gem_drop_caches", text);
}

/* The file must stay open as long as the batch exists. */
static inline int batch_try_create(int fd, struct batch *b)
{
	uint64_t offset;

	if (gem_find_gen(fd) || gem_create(fd, page, &b->handle))
		return -1;
	b->fd = fd;
	b->cmd = MAP_FAILED;
	if (!gem_mmap_offset(fd, b->handle, I915_MMAP_OFFSET_WC, &offset))
		b->cmd = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
	if (b->cmd == MAP_FAILED) {
		const int err = errno;

		gem_close(fd, b->handle);
		errno = err;
		return -1;
	}
	return 0;
}

static inline void batch_create(int fd, struct batch *b)
{
	if (batch_try_create(fd, b))
		die("cannot make a batch: %m");
}

static inline void batch_destroy(struct batch *b)
{
	munmap((void *)b->cmd, page);
	gem_close(b->fd, b->handle);
}

/* 4 GiB for each object. */
static inline uint64_t gem_address(uint32_t handle)
{
	return (uint64_t)handle << 32;
}

/* Sets dword @at and the next to the address of byte @delta, if objects have fixed addresses. */
static inline void batch_address(struct batch *b, unsigned int at, uint32_t handle, uint32_t delta)
{
	if (!gem_softpin)
		return;
	b->cmd[at] = gem_address(handle) + delta;
	b->cmd[at + 1] = (gem_address(handle) + delta) >> 32;
}

/*
 * Writes the @i-th command: the GPU writes @value to byte @delta of the object @handle. The caller
 * must pass the relocation @reloc[@i] to the driver, and list the object before the batch.
 */
static inline void batch_store(struct batch *b, unsigned int i, uint32_t handle, uint32_t delta,
			       uint32_t value, struct drm_i915_gem_relocation_entry *reloc)
{
	const unsigned int at = STORE_DWORDS * i;
	unsigned int address = at + 1;

	if (gem_gen >= 8) {
		b->cmd[at] = MI_STORE_DWORD_IMM_GEN8;
	} else {
		b->cmd[at] = MI_NOOP;
		b->cmd[at + 1] = MI_STORE_DWORD_IMM;
		address++;
	}
	batch_address(b, address, handle, delta);
	b->cmd[at + 3] = value;
	reloc[i] = (struct drm_i915_gem_relocation_entry) {
		.target_handle = handle,
		.offset = address * sizeof(*b->cmd),
		.delta = delta,
		.presumed_offset = -1,
		.read_domains = I915_GEM_DOMAIN_RENDER,
		.write_domain = I915_GEM_DOMAIN_RENDER,
	};
}

/*
 * Writes the last command, at dword @at: the batch ends, or, with @spin, jumps to this command;
 * with HANGS it cannot be preempted there. @exec becomes the batch's entry in the list of objects,
 * with the first @n of @reloc. @reloc must have room for one more.
 */
static inline void batch_finish(struct batch *b, unsigned int at, int spin,
				struct drm_i915_gem_relocation_entry *reloc, unsigned int n,
				struct drm_i915_gem_exec_object2 *exec)
{
	const bool gen8 = gem_gen >= 8;

	b->cmd[at + 1] = gen8 ? MI_BATCH_BUFFER_START_GEN8 : MI_BATCH_BUFFER_START;
	if (spin)
		b->cmd[at] = gen8 && spin != HANGS ? MI_ARB_CHECK : MI_NOOP;
	else
		b->cmd[at] = MI_BATCH_BUFFER_END;
	batch_address(b, at + 2, b->handle, at * sizeof(*b->cmd));
	reloc[n] = (struct drm_i915_gem_relocation_entry) {
		.target_handle = b->handle,
		.offset = (at + 2) * sizeof(*b->cmd),
		.delta = at * sizeof(*b->cmd) + (gen8 ? 0 : MI_BATCH_NON_SECURE),
		.presumed_offset = -1,
		.read_domains = I915_GEM_DOMAIN_COMMAND,
	};
	*exec = (struct drm_i915_gem_exec_object2) {
		.handle = b->handle,
		.relocs_ptr = (uintptr_t)reloc,
		.relocation_count = spin ? n + 1 : n,
	};
}

/* @exec: @count entries; the batch's is the last. Repeats for at most @ns, like call_for(). */
static inline int gem_execbuf(int fd, struct drm_i915_gem_exec_object2 *exec, unsigned int count,
			      int64_t ns)
{
	struct drm_i915_gem_execbuffer2 arg = {
		.buffers_ptr = (uintptr_t)exec,
		.buffer_count = count,
		.flags = I915_EXEC_RENDER,
	};

	for (unsigned int i = 0; gem_softpin && i < count; i++) {
		exec[i].offset = gem_address(exec[i].handle);
		exec[i].flags |= EXEC_OBJECT_PINNED | EXEC_OBJECT_SUPPORTS_48B_ADDRESS;
		exec[i].relocation_count = 0;
	}

	return call_for(fd, DRM_IOCTL_I915_GEM_EXECBUFFER2, &arg, ns);
}

/* Waits until the GPU has executed the batch, then clears it. */
static inline int batch_clear(struct batch *b)
{
	if (gem_set_domain(b->fd, b->handle, I915_GEM_DOMAIN_WC))
		return -1;
	for (unsigned int i = 0; i < BATCH_LAST; i++)
		b->cmd[i] = MI_NOOP;
	return 0;
}

/*
 * Makes the GPU write WRITTEN_BY_GPU to the first dword of each object, and with @spin repeat the
 * last command until batch_end(). Returns when the CPU sees the writes at @ptr and, without @spin,
 * the GPU is idle. ENODATA: the GPU did not write.
 */
static inline int batch_run(struct batch *b, const uint32_t *obj, char *const *ptr,
			    unsigned int n, bool spin)
{
	struct drm_i915_gem_relocation_entry reloc[MAX_OBJECTS + 1] = { 0 };
	struct drm_i915_gem_exec_object2 exec[MAX_OBJECTS + 1] = { 0 };
	const int64_t limit = now_ns() + GPU_NS;

	if (batch_clear(b))
		return -1;
	for (unsigned int i = 0; i < n; i++) {
		batch_store(b, i, obj[i], 0, WRITTEN_BY_GPU, reloc);
		exec[i].handle = obj[i];
		exec[i].flags = EXEC_OBJECT_WRITE;
	}
	batch_finish(b, BATCH_LAST, spin, reloc, n, &exec[n]);

	if (gem_execbuf(b->fd, exec, n + 1, call_ns))
		return -1;
	if (!spin && gem_wait(b->fd, b->handle, GPU_NS))
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

/*
 * Makes a batch that spins at BATCH_LAST write @value to the first object repeatedly: it jumps to
 * its first command, which is at the beginning of its page.
 */
static inline void batch_write_on(struct batch *b, uint32_t value)
{
	uint32_t start = b->cmd[BATCH_LAST + 2] & -page;

	if (gem_gen < 8)
		start |= MI_BATCH_NON_SECURE;
	__atomic_store_n(&b->cmd[3], value, __ATOMIC_SEQ_CST);
	__atomic_store_n(&b->cmd[BATCH_LAST + 2], start, __ATOMIC_SEQ_CST);
}

/* Ends a batch that spins. */
static inline void batch_end(struct batch *b)
{
	__atomic_store_n(&b->cmd[BATCH_LAST], MI_BATCH_BUFFER_END, __ATOMIC_SEQ_CST);
}

#endif
