// SPDX-License-Identifier: MIT
/*
 * Can the GPU still reach memory that the driver has released? The emulated Kaby Lake keeps each
 * translation that it has used until the driver invalidates it, and counts accesses by translations
 * that the page tables no longer contain. The counts are in a page of the GPU's BAR0.
 */

#define _GNU_SOURCE
#include <inttypes.h>

#include "counts.h"
#include "gem.h"
#include "pins.h"
#include "tap.h"

#define MI_ATOMIC_INC (0x2f << 23 | 5 << 8 | 1)
#define MI_SEMAPHORE_WAIT_GEN8 (0x1c << 23 | 1 << 15 | 4 << 12 | 2) /* until equal, polling */
#define PIN (EXEC_OBJECT_PINNED | EXEC_OBJECT_SUPPORTS_48B_ADDRESS)
#define LATER 0x0badf00d
#define AT_ONCE 1000 /* objects that one batch lists */
#define GONE_NS (10000 * MS) /* limit for the release of pages */
#define BURST_MAX 8 /* two invalidations, each a register of every engine that is awake */
#define RATE_NS (500 * MS) /* how long the rounds of a batch are counted before a burst */
#define KEPT_NS (300 * MS) /* how long pages must stay, to count as kept */

/* Addresses in the PPGTT: above 4 GiB, far apart. */
enum { USER = 0, FLAG = 1, BATCH = 2, FIRST = 16 };

static uint64_t address(unsigned int slot)
{
	return (1ull << 40) + ((uint64_t)slot << 24);
}

static const struct {
	const char *name;
	uint64_t flags;
} engines[] = {
	{ "rcs0", I915_EXEC_RENDER },
	{ "bcs0", I915_EXEC_BLT },
	{ "vcs0", I915_EXEC_BSD },
	{ "vecs0", I915_EXEC_VEBOX },
};

static const volatile struct kbl_counts *counts;

/* A page of an object, with its fixed address on the GPU and its mapping for the CPU. */
struct object {
	uint32_t handle;
	uint64_t address;
	volatile uint32_t *cpu;
};

static void make_object(int fd, struct object *o, unsigned int slot)
{
	uint64_t offset;

	if (gem_create(fd, page, &o->handle) ||
	    gem_mmap_offset(fd, o->handle, I915_MMAP_OFFSET_WC, &offset))
		die("cannot make an object: %m");
	o->cpu = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
	if (o->cpu == MAP_FAILED)
		die("cannot map an object: %m");
	o->address = address(slot);
}

static void free_object(int fd, struct object *o)
{
	munmap((void *)o->cpu, page);
	gem_close(fd, o->handle);
}

static unsigned int emit_store(volatile uint32_t *cmd, uint64_t to, uint32_t value)
{
	cmd[0] = MI_STORE_DWORD_IMM_GEN8;
	cmd[1] = to;
	cmd[2] = to >> 32;
	cmd[3] = value;
	return 4;
}

static unsigned int emit_wait(volatile uint32_t *cmd, uint64_t flag)
{
	cmd[0] = MI_SEMAPHORE_WAIT_GEN8;
	cmd[1] = 1;
	cmd[2] = flag;
	cmd[3] = flag >> 32;
	return 4;
}

/* @exec: @n entries; the batch's is the last. */
static void run(int fd, uint64_t engine, struct drm_i915_gem_exec_object2 *exec, unsigned int n)
{
	struct drm_i915_gem_execbuffer2 arg = {
		.buffers_ptr = (uintptr_t)exec,
		.buffer_count = n,
		.flags = engine | I915_EXEC_NO_RELOC,
	};

	if (call(fd, DRM_IOCTL_I915_GEM_EXECBUFFER2, &arg))
		die("execbuf failed: %m");
}

static struct drm_i915_gem_exec_object2 entry(uint32_t handle, uint64_t at, uint64_t flags)
{
	return (struct drm_i915_gem_exec_object2){
		.handle = handle,
		.offset = at,
		.flags = PIN | flags,
	};
}

/* Starts a batch that waits until @flag's first dword is 1, and then writes LATER to @to. */
static void start_waiting(int fd, uint64_t engine, struct object *batch, struct object *flag,
			  uint64_t to)
{
	struct drm_i915_gem_exec_object2 exec[] = {
		entry(flag->handle, flag->address, 0),
		entry(batch->handle, batch->address, 0),
	};
	unsigned int i = 0;

	flag->cpu[0] = 0;
	i += emit_store(batch->cpu + i, to, WRITTEN_BY_GPU);
	i += emit_wait(batch->cpu + i, flag->address);
	i += emit_store(batch->cpu + i, to, LATER);
	batch->cpu[i] = MI_BATCH_BUFFER_END;
	run(fd, engine, exec, 2);
}

/*
 * A batch that does not list the userptr uses its address before and after munmap(). It belongs to
 * the same context, so the address is translated; and the driver does not wait for it.
 */
static void stale(int fd, unsigned int e, bool keeps)
{
	const long base = pinned_pages();
	struct drm_i915_gem_exec_object2 exec[2];
	struct object batch, bind, flag;
	volatile uint32_t *mem;
	struct kbl_counts before, gone, after;
	uint32_t user;
	int64_t limit;
	long pinned;

	make_object(fd, &bind, BATCH);
	make_object(fd, &batch, BATCH + 1);
	make_object(fd, &flag, FLAG);
	mem = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mem == MAP_FAILED || gem_userptr(fd, (void *)mem, page, 0, &user))
		die("cannot make a userptr: %m");

	bind.cpu[emit_store(bind.cpu, address(USER), 1)] = MI_BATCH_BUFFER_END;
	exec[0] = entry(user, address(USER), EXEC_OBJECT_WRITE);
	exec[1] = entry(bind.handle, bind.address, 0);
	run(fd, engines[e].flags, exec, 2);
	if (gem_wait(fd, bind.handle, GPU_NS) || mem[0] != 1)
		die("%s did not write to the userptr", engines[e].name);

	start_waiting(fd, engines[e].flags, &batch, &flag, address(USER));
	for (limit = now_ns() + GPU_NS; mem[0] != WRITTEN_BY_GPU; nap(200))
		if (now_ns() > limit)
			die("%s did not start the batch that waits", engines[e].name);

	before = *(const struct kbl_counts *)counts;
	munmap((void *)mem, page);
	pinned = wait_pinned(base, base, keeps ? KEPT_NS : GONE_NS);
	gone = *(const struct kbl_counts *)counts;
	tap(keeps == (pinned > base) ? NULL : "", "%s: %s while a batch of the context runs",
	    engines[e].name, keeps ? "the page is kept" : "the page is released");
	if (!keeps)
		tap(gone.tlb_register > before.tlb_register ? NULL : "no register was written",
		    "%s: the TLB is invalidated before", engines[e].name);

	flag.cpu[0] = 1;
	if (gem_wait(fd, batch.handle, GPU_NS))
		die("%s did not end the batch", engines[e].name);
	after = *(const struct kbl_counts *)counts;
	tap(after.stale_writes == gone.stale_writes && after.stale_reads == gone.stale_reads ?
	    NULL : "the GPU wrote to it", "%s: no access to the page after that", engines[e].name);

	gem_close(fd, user);
	free_object(fd, &bind);
	free_object(fd, &batch);
	free_object(fd, &flag);
	wait_pinned(base, base, GONE_NS);
}

/* Starts a batch that counts its rounds in @flag's first dword. Its first dword can end it. */
static void start_counting(int fd, uint64_t engine, struct object *batch, struct object *flag)
{
	struct drm_i915_gem_exec_object2 exec[] = {
		entry(flag->handle, flag->address, EXEC_OBJECT_WRITE),
		entry(batch->handle, batch->address, 0),
	};
	volatile uint32_t *cmd = batch->cpu;
	const uint64_t loop = batch->address;
	int64_t limit;

	flag->cpu[0] = 0;
	cmd[0] = MI_ARB_CHECK;
	cmd[1] = MI_ATOMIC_INC;
	cmd[2] = flag->address;
	cmd[3] = flag->address >> 32;
	cmd[4] = MI_BATCH_BUFFER_START_GEN8;
	cmd[5] = loop;
	cmd[6] = loop >> 32;
	run(fd, engine, exec, 2);
	for (limit = now_ns() + GPU_NS; !flag->cpu[0]; nap(200))
		if (now_ns() > limit)
			die("the batch that counts did not start");
}

/* Counts the invalidations for a release of @n objects, and the progress of a batch meanwhile. */
static void burst(int fd, unsigned int n)
{
	const long base = pinned_pages();
	struct drm_i915_gem_exec_object2 *exec = calloc(AT_ONCE + 1, sizeof(*exec));
	uint32_t *user = calloc(n, sizeof(*user));
	struct object batch, bind, flag;
	struct kbl_counts before, after;
	unsigned int i, k, rounds, later;
	uint64_t n_tlb;
	int64_t from, until;
	double rate;
	char *mem;

	if (!exec || !user)
		die("no memory");
	make_object(fd, &bind, BATCH);
	make_object(fd, &batch, BATCH + 1);
	make_object(fd, &flag, FLAG);
	bind.cpu[0] = MI_BATCH_BUFFER_END;
	mem = mmap(NULL, n * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mem == MAP_FAILED)
		die("no memory");
	for (i = 0; i < n; i++)
		if (gem_userptr(fd, mem + i * page, page, 0, &user[i]))
			die("cannot make a userptr: %m");
	for (i = 0; i < n; i += k) {
		for (k = 0; k < AT_ONCE && i + k < n; k++)
			exec[k] = entry(user[i + k], address(FIRST) + (i + k) * page, 0);
		exec[k] = entry(bind.handle, bind.address, 0);
		run(fd, I915_EXEC_RENDER, exec, k + 1);
	}
	if (gem_wait(fd, bind.handle, 6 * GPU_NS))
		die("the GPU did not end");
	start_counting(fd, I915_EXEC_RENDER, &batch, &flag);
	from = now_ns();
	rounds = flag.cpu[0];
	nap(RATE_NS / 1000);
	later = flag.cpu[0];
	rate = (later - rounds) * 1e9 / (now_ns() - from);

	before = *(const struct kbl_counts *)counts;
	rounds = flag.cpu[0];
	from = now_ns();
	munmap(mem, n * page);
	if (wait_pinned(base, base, 6 * GONE_NS) != base)
		die("%ld pages are still pinned", pinned_pages() - base);
	later = flag.cpu[0];
	until = now_ns();
	after = *(const struct kbl_counts *)counts;
	n_tlb = after.tlb_register - before.tlb_register;
	tap(n_tlb <= BURST_MAX ? NULL : "one for each object?",
	    "%u objects in one munmap(): at most %u registers are written to invalidate TLBs", n,
	    BURST_MAX);
	printf("# burst: %u objects, %" PRIu64 " TLB invalidations, %" PRIu64 " forcewakes, %" PRIi64
	       " us; rounds of the batch: %.0f a second before, %.0f meanwhile\n", n, n_tlb,
	       after.forcewakes - before.forcewakes, (until - from) / 1000, rate,
	       (later - rounds) * 1e9 / (until - from));
	fflush(stdout);

	batch.cpu[0] = MI_BATCH_BUFFER_END;
	if (gem_wait(fd, batch.handle, GPU_NS))
		die("the batch did not end");
	for (i = 0; i < n; i++)
		gem_close(fd, user[i]);
	free_object(fd, &bind);
	free_object(fd, &batch);
	free_object(fd, &flag);
	free(exec);
	free(user);
}

int main(int argc, char **argv)
{
	const bool keeps = argc > 1 && !strcmp(argv[1], "keep");
	unsigned int e;
	int fd, i;

	if (argc < 2 || (!keeps && strcmp(argv[1], "release"))) {
		fprintf(stderr, "usage: userptr-tlb keep|release [OBJECTS ...]\n");
		return 2;
	}
	counts = map_counts();
	fd = gem_open(CARD);
	if (gem_gen < 9)
		die("this GPU has no TLBs that count");
	for (e = 0; e < sizeof(engines) / sizeof(*engines); e++)
		stale(fd, e, keeps);
	for (i = 2; i < argc; i++)
		burst(fd, strtoul(argv[i], NULL, 10));
	printf("1..%u\n", points);
	return failures != 0;
}
