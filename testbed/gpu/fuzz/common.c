// SPDX-License-Identifier: MIT
/* The parts that all harnesses share: see fuzz.h. */
#define _GNU_SOURCE
#include "fuzz.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "gpu-model.h"

void fuzz_fail(const char *file, int line, const char *format, ...)
{
	const char *slash = strrchr(file, '/');
	va_list ap;

	va_start(ap, format);
	fprintf(stderr, "FINDING: %s:%d: ", slash ? slash + 1 : file, line);
	vfprintf(stderr, format, ap);
	fprintf(stderr, "\n");
	va_end(ap);
	abort();
}

void fuzz_die(const char *what)
{
	perror(what);
	exit(99);
}

bool fuzz_next(struct program *p, struct record *r)
{
	size_t left = p->size - p->pos;

	if (!left)
		return false;
	r->op = p->data[p->pos] % fuzz_ops;
	r->len = left > 1 ? p->data[p->pos + 1] : 0;
	r->data = p->data + p->pos + 2;
	r->pos = 0;
	if (left < 2)
		left = 2;
	if (r->len > left - 2)
		r->len = left - 2;
	p->pos += 2 + r->len;
	if (p->pos > p->size)
		p->pos = p->size;
	return true;
}

uint8_t fuzz_u8(struct record *r)
{
	return r->pos < r->len ? r->data[r->pos++] : 0;
}

uint16_t fuzz_u16(struct record *r)
{
	uint16_t low = fuzz_u8(r);

	return (uint16_t)(low | fuzz_u8(r) << 8);
}

uint32_t fuzz_u32(struct record *r)
{
	uint32_t low = fuzz_u16(r);

	return low | (uint32_t)fuzz_u16(r) << 16;
}

uint8_t *fuzz_guarded_pages(unsigned int n)
{
	uint8_t *p = mmap(NULL, n * GUARDED_STRIDE + GPU_PAGE_SIZE, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned int i;

	if (p == MAP_FAILED)
		fuzz_die("mmap");
	p += GPU_PAGE_SIZE;
	for (i = 0; i < n; i++) {
		if (mprotect(p + i * GUARDED_STRIDE, GPU_PAGE_SIZE, PROT_READ | PROT_WRITE))
			fuzz_die("mprotect");
	}
	return p;
}

static void *no_memory(void *opaque, uint64_t addr, size_t len)
{
	(void)opaque;
	(void)addr;
	(void)len;
	return NULL;
}

static void no_interrupt(void *opaque, bool level)
{
	(void)opaque;
	(void)level;
}

static void no_message(void *opaque)
{
	(void)opaque;
}

const struct gpu *fuzz_pristine(void)
{
	static const struct gpu_bus bus = {
		.memory = no_memory, .interrupt = no_interrupt, .message = no_message,
	};
	static struct gpu *dev;

	if (!dev)
		dev = gpu_model.create(&bus, NULL);
	if (!dev)
		fuzz_die("create");
	return dev;
}

/*
 * A device takes several megabytes. To allocate it anew for each input would take most of the time:
 * so blocks are kept and reused, and only their dirty parts are cleared. The Makefile (for
 * device.c) and fuzz-vfio-user.c (for vfio-user.c) replace calloc(), malloc() and free() by these
 * functions.
 */
bool fuzz_rows_dirty;

static struct {
	void *p;
	size_t size;
	bool used;
} blocks[16];

/* Sets @fresh if the block is new: then it is zeroed. */
static void *take_block(size_t len, bool *fresh)
{
	unsigned int i;

	for (i = 0; blocks[i].p; i++) {
		if (blocks[i].used || blocks[i].size != len)
			continue;
		blocks[i].used = true;
		*fresh = false;
		return blocks[i].p;
	}
	FUZZ_CHECK(i < 15);
	blocks[i].p = calloc(1, len);
	if (!blocks[i].p)
		fuzz_die("calloc");
	blocks[i].size = len;
	blocks[i].used = true;
	*fresh = true;
	return blocks[i].p;
}

void *fuzz_calloc(size_t n, size_t size)
{
	const size_t len = n * size, end = fuzz_rows_at + fuzz_rows_len;
	bool fresh;
	void *p = take_block(len, &fresh);

	if (fresh)
		return p;
	if (len == fuzz_device_size && !fuzz_rows_dirty) {
		memset(p, 0, fuzz_rows_at);
		memset((uint8_t *)p + end, 0, len - end);
	} else {
		memset(p, 0, len);
	}
	if (len == fuzz_device_size)
		fuzz_rows_dirty = false;
	return p;
}

void *fuzz_malloc(size_t size)
{
	bool fresh;

	return take_block(size, &fresh);
}

void fuzz_free(void *p)
{
	unsigned int i;

	for (i = 0; p; i++) {
		FUZZ_CHECK(blocks[i].p);
		if (blocks[i].p != p)
			continue;
		FUZZ_CHECK(blocks[i].used);
		blocks[i].used = false;
		break;
	}
}

uint64_t fuzz_device_ns;

int fuzz_clock_gettime(clockid_t clock, struct timespec *t)
{
	(void)clock;
	fuzz_device_ns += 1000;
	t->tv_sec = (time_t)(fuzz_device_ns / 1000000000u);
	t->tv_nsec = (long)(fuzz_device_ns % 1000000000u);
	return 0;
}
