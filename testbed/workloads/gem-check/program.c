// SPDX-License-Identifier: MIT
/*
 * Does the driver really drive the GPU? Objects, mappings, tiling, userptr, batches, blits and a
 * reset through i915's own ioctls, each with a comparison of the data. Prints TAP. For gen3, where
 * the only ring has the blitter and fences define the tiling, and for gen9, where the blitter is an
 * engine and its commands define the tiling.
 *
 * The commands are those of the PRM that testbed/gpu/g33/regs.h cites, and of i915's
 * intel_gpu_commands.h; the ioctls those of include/uapi/drm/i915_drm.h.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
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

#include "tap.h"

#define PAGE 4096u
#define WIDTH 256u  /* of a picture, in pixels of 32 bits */
#define HEIGHT 64u
#define PITCH (WIDTH * 4)
#define SIZE (PITCH * HEIGHT)
#define TILED_SIZE (1u << 20) /* minimum size of a fence */

#define MI_BATCH_BUFFER_END (0x0au << 23)
#define MI_BATCH_BUFFER_START (0x31u << 23 | 2u << 6)
#define MI_BATCH_BUFFER_START_GEN8 (0x31u << 23 | 1u << 8 | 1) /* in the PPGTT */
#define MI_STORE_DWORD_IMM (0x20u << 23 | 1u << 22 | 1) /* to a graphics address, three dwords */
#define MI_STORE_DWORD_IMM_GEN8 (0x20u << 23 | 2)
#define XY_SRC_COPY_BLT (2u << 29 | 0x53u << 22 | 3u << 20 | 6) /* all four bytes, eight dwords */
#define XY_COLOR_BLT (2u << 29 | 0x50u << 22 | 3u << 20 | 4)
#define XY_FAST_COPY_BLT (2u << 29 | 0x42u << 22 | 8) /* gen9 */
#define FAST_COPY_SRC(tiling) ((tiling) << 20) /* I915_TILING_* */
#define FAST_COPY_DST(tiling) ((tiling) << 13)
#define ROP_COPY (0xccu << 16)
#define ROP_FILL (0xf0u << 16)
#define DEPTH_32 (3u << 24)

static int fd;
static bool gen9;

#define point(good, ...) tap((good) ? NULL : "", __VA_ARGS__)

static void die(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(2);
}

static int try(unsigned long request, void *arg)
{
	int ret;

	do {
		ret = ioctl(fd, request, arg);
	} while (ret && (errno == EINTR || errno == EAGAIN));
	return ret ? -errno : 0;
}

static void call(unsigned long request, void *arg, const char *what)
{
	if (try(request, arg))
		die(what);
}

static uint32_t bo_create(uint64_t size)
{
	struct drm_i915_gem_create arg = { .size = size };

	call(DRM_IOCTL_I915_GEM_CREATE, &arg, "GEM_CREATE");
	return arg.handle;
}

static uint32_t bo_userptr(void *ptr, uint64_t size)
{
	struct drm_i915_gem_userptr arg = { .user_ptr = (uintptr_t)ptr, .user_size = size };

	call(DRM_IOCTL_I915_GEM_USERPTR, &arg, "GEM_USERPTR");
	return arg.handle;
}

static void bo_close(uint32_t handle)
{
	struct drm_gem_close arg = { .handle = handle };

	call(DRM_IOCTL_GEM_CLOSE, &arg, "GEM_CLOSE");
}

static void bo_write(uint32_t handle, uint64_t offset, const void *data, uint64_t size)
{
	struct drm_i915_gem_pwrite arg = { .handle = handle, .offset = offset, .size = size, .data_ptr = (uintptr_t)data };

	call(DRM_IOCTL_I915_GEM_PWRITE, &arg, "GEM_PWRITE");
}

static void bo_read(uint32_t handle, uint64_t offset, void *data, uint64_t size)
{
	struct drm_i915_gem_pread arg = { .handle = handle, .offset = offset, .size = size, .data_ptr = (uintptr_t)data };

	call(DRM_IOCTL_I915_GEM_PREAD, &arg, "GEM_PREAD");
}

static void *bo_mmap_gtt(uint32_t handle, uint64_t size)
{
	struct drm_i915_gem_mmap_gtt arg = { .handle = handle };
	void *p;

	call(DRM_IOCTL_I915_GEM_MMAP_GTT, &arg, "GEM_MMAP_GTT");
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, arg.offset);
	if (p == MAP_FAILED)
		die("mmap of a GTT mapping");
	return p;
}

static void bo_set_domain(uint32_t handle, uint32_t domain)
{
	struct drm_i915_gem_set_domain arg = { .handle = handle, .read_domains = domain, .write_domain = domain };

	call(DRM_IOCTL_I915_GEM_SET_DOMAIN, &arg, "GEM_SET_DOMAIN");
}

/* Return: 0, or -ETIME after @ms. */
static int bo_wait(uint32_t handle, int64_t ms)
{
	struct drm_i915_gem_wait arg = { .bo_handle = handle, .timeout_ns = ms * 1000000 };

	return try(DRM_IOCTL_I915_GEM_WAIT, &arg);
}

/* A batch: commands, and the objects whose addresses they contain. */
struct batch {
	uint32_t dw[64];
	unsigned int len;
	struct drm_i915_gem_relocation_entry reloc[8];
	unsigned int relocs;
	struct drm_i915_gem_exec_object2 object[8];
	unsigned int objects;
	uint64_t engine;
};

static void emit(struct batch *b, uint32_t dw)
{
	b->dw[b->len++] = dw;
}

/* Emits the address of @handle, with a relocation. */
static void emit_address(struct batch *b, uint32_t handle, bool write, bool fence)
{
	struct drm_i915_gem_relocation_entry *r = &b->reloc[b->relocs++];
	unsigned int i;

	for (i = 0; i < b->objects && b->object[i].handle != handle; i++)
		;
	b->object[i].handle = handle;
	if (fence)
		b->object[i].flags |= EXEC_OBJECT_NEEDS_FENCE;
	if (i == b->objects)
		b->objects++;
	r->target_handle = handle;
	r->offset = 4 * b->len;
	r->read_domains = I915_GEM_DOMAIN_RENDER;
	r->write_domain = write ? I915_GEM_DOMAIN_RENDER : 0;
	r->presumed_offset = ~0ull;
	emit(b, 0);
	if (gen9)
		emit(b, 0);
}

static void emit_store(struct batch *b, uint32_t handle, uint32_t value)
{
	emit(b, gen9 ? MI_STORE_DWORD_IMM_GEN8 : MI_STORE_DWORD_IMM);
	emit_address(b, handle, true, false);
	emit(b, value);
}

/* Emits a blitter command; from gen8 on each of its @addresses makes it a dword longer. */
static void emit_blit(struct batch *b, uint32_t cmd, unsigned int addresses)
{
	emit(b, gen9 ? cmd + addresses : cmd);
	b->engine = gen9 ? I915_EXEC_BLT : I915_EXEC_DEFAULT;
}

/* Return: the handle of the batch's own object. With @spin the batch jumps to its own start. */
static uint32_t submit(struct batch *b, bool spin)
{
	struct drm_i915_gem_execbuffer2 arg = { .buffers_ptr = (uintptr_t)b->object };
	struct drm_i915_gem_exec_object2 *self;
	uint32_t handle = bo_create(PAGE);

	if (spin) {
		emit(b, gen9 ? MI_BATCH_BUFFER_START_GEN8 : MI_BATCH_BUFFER_START);
		emit_address(b, handle, false, false);
		b->reloc[b->relocs - 1].read_domains = I915_GEM_DOMAIN_COMMAND;
		b->reloc[b->relocs - 1].delta = gen9 ? 0 : 1; /* non-secure */
		b->objects--; /* the batch comes last */
	} else {
		emit(b, MI_BATCH_BUFFER_END);
	}
	if (b->len & 1)
		emit(b, 0);
	bo_write(handle, 0, b->dw, 4 * b->len);
	self = &b->object[b->objects++];
	self->handle = handle;
	self->relocs_ptr = (uintptr_t)b->reloc;
	self->relocation_count = b->relocs;
	arg.buffer_count = b->objects;
	arg.batch_len = 4 * b->len;
	arg.flags = b->engine;
	call(DRM_IOCTL_I915_GEM_EXECBUFFER2, &arg, "GEM_EXECBUFFER2");
	return handle;
}

static void run(struct batch *b)
{
	uint32_t handle = submit(b, false);

	if (bo_wait(handle, 10000))
		die("a batch does not end");
	bo_close(handle);
}

/* Copies a picture from @src to @dst. On gen3 fences have the pitch and the tiling. */
static void copy(uint32_t dst, uint32_t dst_tiling, uint32_t src, uint32_t src_tiling)
{
	const bool fast = gen9 && (dst_tiling || src_tiling);
	struct batch b = { .len = 0 };

	if (fast) {
		/* The pitch of a tiled surface is in dwords. */
		emit(&b, XY_FAST_COPY_BLT | FAST_COPY_DST(dst_tiling) | FAST_COPY_SRC(src_tiling));
		emit(&b, DEPTH_32 | (dst_tiling ? PITCH / 4 : PITCH));
		b.engine = I915_EXEC_BLT;
	} else {
		emit_blit(&b, XY_SRC_COPY_BLT, 2);
		emit(&b, ROP_COPY | DEPTH_32 | PITCH);
	}
	emit(&b, 0);
	emit(&b, HEIGHT << 16 | WIDTH);
	emit_address(&b, dst, true, dst_tiling);
	emit(&b, 0);
	emit(&b, fast && src_tiling ? PITCH / 4 : PITCH);
	emit_address(&b, src, false, src_tiling);
	run(&b);
}

static uint32_t *new_memory(uint64_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	return p;
}

static void fill(uint32_t *p, unsigned int dwords, uint32_t seed)
{
	unsigned int i;

	for (i = 0; i < dwords; i++)
		p[i] = seed = seed * 1664525u + 1013904223u;
}

static void check_device(void)
{
	int value = 0;
	struct drm_i915_getparam arg = { .param = I915_PARAM_CHIPSET_ID, .value = &value };

	call(DRM_IOCTL_I915_GETPARAM, &arg, "GETPARAM");
	gen9 = value == 0x5912;
	point(value == 0x29c2 || gen9, "the device is a G33 or a Kaby Lake (PCI id %04x)", value);
	point(!try(DRM_IOCTL_I915_GEM_THROTTLE, NULL), "the GPU is not wedged");
}

static void check_object(void)
{
	uint32_t *ref = new_memory(SIZE), *back = new_memory(SIZE), *gtt;
	uint32_t bo = bo_create(SIZE);

	fill(ref, SIZE / 4, 1);
	bo_write(bo, 0, ref, SIZE);
	bo_read(bo, 0, back, SIZE);
	point(!memcmp(ref, back, SIZE), "an object gives back what was written to it");

	gtt = bo_mmap_gtt(bo, SIZE);
	bo_set_domain(bo, I915_GEM_DOMAIN_GTT);
	point(!memcmp(ref, gtt, SIZE), "its GTT mapping shows it");
	fill(ref, SIZE / 4, 2);
	memcpy(gtt, ref, SIZE);
	bo_read(bo, 0, back, SIZE);
	point(!memcmp(ref, back, SIZE), "and takes what is written");
	munmap(gtt, SIZE);
	bo_close(bo);
	munmap(ref, SIZE);
	munmap(back, SIZE);
}

/*
 * The offset in memory of a byte of a picture. X tiles are 512 bytes by 8 rows, Y tiles 128 bytes
 * by 32 rows in columns of 16 bytes.
 */
static uint32_t tile_address(uint32_t tiling, uint32_t swizzle, uint32_t pitch, uint32_t x, uint32_t y)
{
	uint32_t a;

	if (tiling == I915_TILING_X)
		a = (y / 8 * (pitch / 512) + x / 512) * PAGE + y % 8 * 512 + x % 512;
	else
		a = (y / 32 * (pitch / 128) + x / 128) * PAGE + x % 128 / 16 * 512 + y % 32 * 16 + x % 16;
	if (swizzle == I915_BIT_6_SWIZZLE_9 || swizzle == I915_BIT_6_SWIZZLE_9_10)
		a ^= a >> 3 & 64;
	if (swizzle == I915_BIT_6_SWIZZLE_9_10)
		a ^= a >> 4 & 64;
	return a;
}

static void check_tiling(uint32_t tiling, const char *name)
{
	struct drm_i915_gem_set_tiling arg = { .tiling_mode = tiling, .stride = PITCH };
	uint32_t *ref = new_memory(SIZE), *back = new_memory(TILED_SIZE), *dst = new_memory(SIZE), *gtt;
	uint32_t bo = bo_create(TILED_SIZE), to, from, x, y;
	bool same = true;

	arg.handle = bo;
	call(DRM_IOCTL_I915_GEM_SET_TILING, &arg, "GEM_SET_TILING");
	point(arg.tiling_mode == tiling, "an object is tiled in %s", name);

	fill(ref, SIZE / 4, 3);
	gtt = bo_mmap_gtt(bo, SIZE);
	bo_set_domain(bo, I915_GEM_DOMAIN_GTT);
	memcpy(gtt, ref, SIZE);
	point(!memcmp(gtt, ref, SIZE), "its GTT mapping is linear through a fence");
	bo_read(bo, 0, back, TILED_SIZE);
	for (y = 0; y < HEIGHT; y++)
		for (x = 0; x < PITCH; x += 4)
			same &= ref[(y * PITCH + x) / 4] == back[tile_address(tiling, arg.swizzle_mode, PITCH, x, y) / 4];
	point(same, "and its memory is tiled (swizzle mode %u)", arg.swizzle_mode);

	to = bo_userptr(dst, SIZE);
	copy(to, I915_TILING_NONE, bo, tiling);
	point(!memcmp(dst, ref, SIZE), "the blitter reads it linearly into a userptr");

	fill(dst, SIZE / 4, 4);
	from = to;
	copy(bo, tiling, from, I915_TILING_NONE);
	bo_set_domain(bo, I915_GEM_DOMAIN_GTT);
	point(!memcmp(gtt, dst, SIZE), "and writes it");

	bo_close(to);
	munmap(gtt, SIZE);
	bo_close(bo);
	munmap(ref, SIZE);
	munmap(back, TILED_SIZE);
	munmap(dst, SIZE);
}

static void check_userptr(void)
{
	uint32_t *a = new_memory(SIZE), *b = new_memory(SIZE);
	uint32_t ha = bo_userptr(a, SIZE), hb = bo_userptr(b, SIZE);
	struct batch store = { .len = 0 }, color = { .len = 0 };
	bool same = true;
	unsigned int i;

	emit_store(&store, ha, 0xc0ffee);
	run(&store);
	point(a[0] == 0xc0ffee, "a batch stores into a userptr");

	emit_blit(&color, XY_COLOR_BLT, 1);
	emit(&color, ROP_FILL | DEPTH_32 | PITCH);
	emit(&color, 0);
	emit(&color, HEIGHT << 16 | WIDTH);
	emit_address(&color, hb, true, false);
	emit(&color, 0x12345678);
	run(&color);
	for (i = 0; i < SIZE / 4; i++)
		same &= b[i] == 0x12345678;
	point(same, "the blitter fills a userptr");

	fill(a, SIZE / 4, 5);
	copy(hb, I915_TILING_NONE, ha, I915_TILING_NONE);
	point(!memcmp(a, b, SIZE), "the blitter copies one userptr to another");

	/* New memory at the same address: the next use must take the new pages. */
	if (mmap(a, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != a)
		die("mmap");
	fill(a, SIZE / 4, 6);
	copy(hb, I915_TILING_NONE, ha, I915_TILING_NONE);
	point(!memcmp(a, b, SIZE), "and from what is mapped there now, after munmap and mmap");

	if (gen9) {
		struct drm_i915_gem_userptr arg = {
			.user_ptr = (uintptr_t)a, .user_size = SIZE, .flags = I915_USERPTR_READ_ONLY
		};

		fill(a, SIZE / 4, 7);
		if (mprotect(a, SIZE, PROT_READ))
			die("mprotect");
		call(DRM_IOCTL_I915_GEM_USERPTR, &arg, "GEM_USERPTR, READ_ONLY");
		copy(hb, I915_TILING_NONE, arg.handle, I915_TILING_NONE);
		point(!memcmp(a, b, SIZE), "and from memory that the process cannot write, by READ_ONLY");
		bo_close(arg.handle);
	}

	bo_close(ha);
	bo_close(hb);
	munmap(a, SIZE);
	munmap(b, SIZE);
}

/* Calls that are refused for a userptr, with the same errno as in the stock driver. */
static void check_refusals(void)
{
	const uintptr_t there = (uintptr_t)new_memory(2 * PAGE), behind = (uintptr_t)new_memory(2 * PAGE);
	const uintptr_t aperture = (uintptr_t)bo_mmap_gtt(bo_create(PAGE), PAGE);
	const uint32_t handle = bo_userptr((void *)there, 2 * PAGE);
	const struct {
		const char *what;
		uint64_t ptr, size;
		uint32_t flags;
		int ret;
	} create[] = {
		{ "an unknown flag", there, PAGE, 1u << 30, -EINVAL },
		{ "no size", there, 0, 0, -EINVAL },
		{ "a size that is not of whole pages", there, PAGE + 1, 0, -EINVAL },
		{ "an address in the middle of a page", there + 8, PAGE, 0, -EINVAL },
		{ "an address beyond those of a process", 1ull << 63, PAGE, 0, -EFAULT },
		{ "UNSYNCHRONIZED", there, PAGE, I915_USERPTR_UNSYNCHRONIZED, -ENODEV },
		{ gen9 ? "nothing: READ_ONLY, on gen9" : "READ_ONLY, on gen3", there, PAGE,
		  I915_USERPTR_READ_ONLY, gen9 ? 0 : -ENODEV },
		{ "PROBE of memory and a hole", there, 2 * PAGE, I915_USERPTR_PROBE, -EFAULT },
		{ "PROBE of a hole and memory", behind, 2 * PAGE, I915_USERPTR_PROBE, -EFAULT },
		{ "PROBE of a mapping of the aperture", aperture, PAGE, I915_USERPTR_PROBE, -EFAULT },
		{ "nothing: PROBE of memory", there, PAGE, I915_USERPTR_PROBE, 0 },
	};
	uint64_t word = 0;
	struct drm_i915_gem_pwrite pwrite = { .handle = handle, .size = sizeof(word), .data_ptr = (uintptr_t)&word };
	struct drm_i915_gem_pread pread = { .handle = handle, .size = sizeof(word), .data_ptr = (uintptr_t)&word };
	struct drm_i915_gem_mmap_gtt gtt = { .handle = handle };
	struct drm_prime_handle prime = { .handle = handle, .flags = O_CLOEXEC };
	int ret;

	/* Make holes; the first one after the object was made. */
	munmap((void *)(there + PAGE), PAGE);
	munmap((void *)behind, PAGE);
	for (unsigned int i = 0; i < sizeof(create) / sizeof(create[0]); i++) {
		struct drm_i915_gem_userptr arg = {
			.user_ptr = create[i].ptr, .user_size = create[i].size, .flags = create[i].flags
		};

		ret = try(DRM_IOCTL_I915_GEM_USERPTR, &arg);
		point(ret == create[i].ret, "GEM_USERPTR refuses %s (%d, is %d)", create[i].what, create[i].ret, ret);
		if (!ret)
			bo_close(arg.handle);
	}
	ret = try(DRM_IOCTL_I915_GEM_PWRITE, &pwrite);
	point(ret == -EINVAL, "a userptr has no pwrite (%d)", ret);
	ret = try(DRM_IOCTL_I915_GEM_PREAD, &pread);
	point(ret == -EINVAL, "nor pread (%d)", ret);
	ret = try(DRM_IOCTL_I915_GEM_MMAP_GTT, &gtt);
	point(ret == -ENODEV, "nor a mapping of the aperture (%d)", ret);
	ret = try(DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime);
	point(ret == -EINVAL, "nor can it be exported (%d)", ret);
	bo_close(handle);
}

static void check_many(unsigned int count)
{
	uint32_t *p = new_memory(PAGE), handle = bo_userptr(p, PAGE);
	unsigned int i, good = 0;

	for (i = 0; i < count; i++) {
		struct batch b = { .len = 0 };

		emit_store(&b, handle, i);
		run(&b);
		good += p[0] == i;
	}
	point(good == count, "%u batches one after another, each waited for, %u with the right value", count, good);
	bo_close(handle);
	munmap(p, PAGE);
}

/* A batch that never ends, and a reset requested through debugfs. */
static void check_reset(const char *wedged)
{
	struct batch b = { .len = 0 };
	uint32_t spinner = submit(&b, true);
	struct timespec t0, t1;
	int control;

	point(bo_wait(spinner, 300) == -ETIME, "a batch that starts itself does not end");
	control = open(wedged, O_WRONLY);
	if (control < 0)
		die(wedged);
	clock_gettime(CLOCK_MONOTONIC, &t0);
	if (write(control, "1", 1) != 1)
		die("asking for a reset");
	close(control);
	point(!bo_wait(spinner, 20000), "a reset ends it");
	clock_gettime(CLOCK_MONOTONIC, &t1);
	printf("# reset and wait: %ld ms\n", (t1.tv_sec - t0.tv_sec) * 1000 + (t1.tv_nsec - t0.tv_nsec) / 1000000);
	bo_close(spinner);
	point(!try(DRM_IOCTL_I915_GEM_THROTTLE, NULL), "the GPU is not wedged after it");
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: gem-check DEVICE I915_WEDGED    (such as /dev/dri/card0 /sys/kernel/debug/dri/0/i915_wedged)\n");
		return 2;
	}
	fd = open(argv[1], O_RDWR | O_CLOEXEC);
	if (fd < 0)
		die(argv[1]);
	check_device();
	check_object();
	check_tiling(I915_TILING_X, "X");
	check_tiling(I915_TILING_Y, "Y");
	check_userptr();
	check_refusals();
	check_many(200);
	check_reset(argv[2]);
	check_userptr();
	printf("1..%u\n", points);
	return failures ? 1 : 0;
}
