// SPDX-License-Identifier: MIT
/* The G33's implementation of the model-specific part of fuzz.h. */
#include <string.h>

#include "fuzz.h"
#include "mmio.h"
#include "ring.h"
#include "state.h"

const size_t fuzz_device_size = sizeof(struct gpu);
const size_t fuzz_rows_at = offsetof(struct gpu, row);
const size_t fuzz_rows_len = sizeof(((struct gpu *)0)->row);

#define MI(opcode, rest) ((uint32_t)(opcode) << 23 | (rest))

const uint32_t fuzz_values[] = {
	0, 1, 2, 3, 4, 8, 0xff, 0x100, 0xfff, 0x1000, 0x1001, 0x2000, 0x3000, 0x8000, 0xffff,
	0x10000, 0x10001, 0x10020, 0x7fff, 0x7ffff, 0x80000, 0xfffff, 0x100000, 0x0ffffffc,
	0x0fffffff, 0x0ff00000, 0x10000000, 0x10001000, 0x10000001, 0x1ffffffc, 0x1fffff00,
	0x20000000, 0x7fffffff, 0x80000000, 0xfffffffc, 0xffffffff,
	/* BR13 with various raster operations, depths and pitches; rectangles. */
	0x00cc0010, 0x01f00040, 0x03cc0040, 0x03cc0200, 0x035a0200, 0x03f00200, 0x02cc1000,
	0x43cc0200,
	0x03cc8000, 0x0066fe00, 0x00040004, 0x00080010, 0x7fff7fff, 0x80008000, 0x00100100,
	0x01000400,
	/* Fences: X and Y tiling, several sizes, pitches and addresses. */
	0x00000001, 0x00000071, 0x00001001, 0x00001071, 0x00100051, 0x00001f71, 0x0ff00f71,
	0x00001031,
	/* Physical addresses; registers. */
	0x0c000000, 0x0c000ffc, 0x0c018000, 0xc0000000, PRB0_TAIL, PRB0_HEAD, PRB0_START, PRB0_CTL,
	MI_MODE, HWS_PGA, IER, IIR, IMR, 0x2000, 0x01000100, 0x01000000, 0x001ff001, C0DRB3 & ~3u,
	MI(MI_BATCH_BUFFER_START, 0), MI(MI_BATCH_BUFFER_END, 0), MI(MI_USER_INTERRUPT, 0),
	MI(MI_LOAD_REGISTER_IMM, 1), MI(MI_LOAD_REGISTER_IMM, 63), MI(MI_STORE_DWORD_IMM, 0x400001),
};
const unsigned int fuzz_n_values = sizeof(fuzz_values) / sizeof(fuzz_values[0]);

void fuzz_step(struct gpu *dev, unsigned int n)
{
	g33_step(dev, n);
}

void fuzz_check_power_on(struct gpu *dev)
{
	const struct gpu *new = fuzz_pristine();

	gpu_lock(&dev->lock);
	FUZZ_CHECK(!memcmp(dev->regs, new->regs, sizeof(dev->regs)));
	FUZZ_CHECK(!memcmp(dev->config, new->config, sizeof(dev->config)));
	FUZZ_CHECK(!dev->io_index && !dev->batch);
	FUZZ_CHECK(!dev->in_batch && !dev->non_secure && !dev->chained && !dev->executing);
	FUZZ_CHECK(!dev->hung && !dev->starved && !dev->level);
	FUZZ_CHECK(!ring_runnable(dev));
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

#define RING_PAGE 1u

/* Sets up the ring, with the tail that the input gives. */
unsigned int fuzz_go(struct record *r, uint8_t *ram, uint64_t base, struct fuzz_write *w)
{
	const uint32_t tail = fuzz_u8(r) * 8u;
	const struct fuzz_write go[] = {
		{ G33_MMIO, 4, PRB0_CTL, 0 },
		{ G33_MMIO, 4, PRB0_START, RING_PAGE * G33_PAGE_SIZE },
		{ G33_MMIO, 4, PRB0_HEAD, 0 },
		{ G33_MMIO, 4, IMR, ~0u << 2 },
		{ G33_MMIO, 4, IER, ~0u },
		{ G33_MMIO, 4, PRB0_CTL, RING_VALID },
		{ G33_MMIO, 4, PRB0_TAIL, tail },
	};

	(void)ram;
	(void)base;
	memcpy(w, go, sizeof(go));
	return sizeof(go) / sizeof(go[0]);
}
