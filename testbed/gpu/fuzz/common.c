// SPDX-License-Identifier: MIT
/* The parts that both harnesses use. */
#define _GNU_SOURCE
#include "fuzz.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "mmio.h"
#include "ring.h"

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
	uint8_t *p = mmap(NULL, n * GUARDED_STRIDE + G33_PAGE_SIZE, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned int i;

	if (p == MAP_FAILED)
		fuzz_die("mmap");
	p += G33_PAGE_SIZE;
	for (i = 0; i < n; i++) {
		if (mprotect(p + i * GUARDED_STRIDE, G33_PAGE_SIZE, PROT_READ | PROT_WRITE))
			fuzz_die("mprotect");
	}
	return p;
}

/*
 * What device.c has for calloc() and free() (see the Makefile). A device is 1.5 MiB, and a new one
 * from the system for each input would be most of the time: so the blocks are used again, and what
 * is dirty is cleared. The buffers for rows are dirty only after a blit.
 */
bool fuzz_rows_dirty;

static struct {
	void *p;
	size_t size;
	bool used;
} blocks[8];

void *fuzz_calloc(size_t n, size_t size)
{
	const size_t rows = offsetof(struct gpu, row), end = rows + sizeof(((struct gpu *)0)->row);
	const size_t len = n * size;
	unsigned int i;

	for (i = 0; blocks[i].p; i++) {
		if (blocks[i].used || blocks[i].size != len)
			continue;
		blocks[i].used = true;
		if (len == sizeof(struct gpu) && !fuzz_rows_dirty) {
			memset(blocks[i].p, 0, rows);
			memset((uint8_t *)blocks[i].p + end, 0, len - end);
		} else {
			memset(blocks[i].p, 0, len);
		}
		if (len == sizeof(struct gpu))
			fuzz_rows_dirty = false;
		return blocks[i].p;
	}
	FUZZ_CHECK(i < 7);
	blocks[i].p = calloc(n, size);
	if (!blocks[i].p)
		fuzz_die("calloc");
	blocks[i].size = len;
	blocks[i].used = true;
	return blocks[i].p;
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

static void no_interrupt(void *opaque, bool level)
{
	(void)opaque;
	(void)level;
}

static void *no_memory(void *opaque, uint64_t addr, size_t len)
{
	(void)opaque;
	(void)addr;
	(void)len;
	return NULL;
}

static const struct gpu *pristine(void)
{
	static const struct gpu_bus bus = { .memory = no_memory, .interrupt = no_interrupt };
	static struct gpu *dev;

	if (!dev)
		dev = g33_create(&bus, NULL);
	if (!dev)
		fuzz_die("g33_create");
	return dev;
}

void fuzz_check_power_on(struct gpu *dev)
{
	const struct gpu *new = pristine();

	gpu_lock(&dev->lock);
	FUZZ_CHECK(!memcmp(dev->regs, new->regs, sizeof(dev->regs)));
	FUZZ_CHECK(!memcmp(dev->config, new->config, sizeof(dev->config)));
	FUZZ_CHECK(!dev->io_index && !dev->batch);
	FUZZ_CHECK(!dev->in_batch && !dev->non_secure && !dev->chained && !dev->executing);
	FUZZ_CHECK(!dev->hung && !dev->starved && !dev->level);
	FUZZ_CHECK(!ring_runnable(dev));
	gpu_unlock(&dev->lock);
}

void fuzz_check_engine_reset(struct gpu *dev)
{
	unsigned int i;

	gpu_lock(&dev->lock);
	for (i = 0; i < FENCE_COUNT; i++)
		FUZZ_CHECK(!dev->regs[DWORD(FENCE_REG(i))]);
	FUZZ_CHECK(!dev->regs[DWORD(PRB0_TAIL)] && !dev->regs[DWORD(PRB0_HEAD)]);
	FUZZ_CHECK(!dev->regs[DWORD(PRB0_START)] && !dev->regs[DWORD(PRB0_CTL)]);
	FUZZ_CHECK(!dev->in_batch && !dev->non_secure && !dev->executing && !dev->hung);
	FUZZ_CHECK(mmio_read(dev, MI_MODE) == MODE_IDLE);
	gpu_unlock(&dev->lock);
}

void fuzz_check_device(struct gpu *dev)
{
	bool off, wanted;

	gpu_lock(&dev->lock);
	off = dev->config[5] & 4; /* INTx disable, bit 10 of the command register */
	wanted = !off && (dev->regs[DWORD(IIR)] & dev->regs[DWORD(IER)]);
	FUZZ_CHECK(dev->level == wanted);
	FUZZ_CHECK(!(dev->regs[DWORD(PRB0_TAIL)] & ~TAIL_ADDR));
	FUZZ_CHECK(!(dev->regs[DWORD(PRB0_HEAD)] & ~(HEAD_ADDR | HEAD_WRAP_COUNT)));
	FUZZ_CHECK(!(dev->batch & 3));
	FUZZ_CHECK(dev->config[0] == 0x86 && dev->config[1] == 0x80 && dev->config[0x3d] == 1);
	FUZZ_CHECK(dev->regs[DWORD(INSTDONE)] == ~0u && dev->regs[DWORD(CLKCFG)] == CLKCFG_VALUE);
	FUZZ_CHECK(!(dev->regs[DWORD(MI_MODE)] & 0xffff0000u));
	gpu_unlock(&dev->lock);
}
