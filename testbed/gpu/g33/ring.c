// SPDX-License-Identifier: MIT
/*
 * The primary ring buffer: its registers, and whether it has commands to execute. PRM vol. 1, "Ring
 * Buffer Registers"; their use by the driver: i915 gt/intel_ring_submission.c, xcs_resume() and
 * stop_ring().
 */
#include "ring.h"

#include "gtt.h"
#include "state.h"

/* In bytes. */
static uint32_t ring_size(const struct gpu *dev)
{
	return (dev->regs[DWORD(PRB0_CTL)] & RING_NR_PAGES) + G33_PAGE_SIZE;
}

static uint32_t head(const struct gpu *dev)
{
	return dev->regs[DWORD(PRB0_HEAD)] & HEAD_ADDR;
}

static uint32_t tail(const struct gpu *dev)
{
	return dev->regs[DWORD(PRB0_TAIL)] & TAIL_ADDR;
}

static bool enabled(const struct gpu *dev)
{
	return dev->regs[DWORD(PRB0_CTL)] & RING_VALID;
}

bool ring_runnable(const struct gpu *dev)
{
	if (!enabled(dev) || dev->hung || dev->regs[DWORD(MI_MODE)] & MODE_STOP_RING)
		return false;
	return dev->in_batch || (head(dev) != tail(dev) && !dev->starved);
}

bool ring_idle(const struct gpu *dev)
{
	return !dev->executing && !dev->hung && !ring_runnable(dev);
}

uint32_t ring_acthd(const struct gpu *dev)
{
	if (dev->in_batch)
		return dev->batch;
	return (dev->regs[DWORD(PRB0_START)] & START_ADDR) + head(dev);
}

uint32_t ring_available(const struct gpu *dev)
{
	const uint32_t size = ring_size(dev);

	return (tail(dev) % size + size - head(dev) % size) % size;
}

uint32_t ring_fetch(struct gpu *dev, unsigned int n)
{
	const uint32_t offset = (head(dev) + 4 * n) % ring_size(dev);

	return gtt_read32(dev, (dev->regs[DWORD(PRB0_START)] & START_ADDR) + offset);
}

/* The wrap count is incremented at the end of the ring. */
void ring_advance(struct gpu *dev, unsigned int n)
{
	uint32_t *reg = &dev->regs[DWORD(PRB0_HEAD)];
	const uint32_t size = ring_size(dev);
	const uint32_t at = head(dev) + 4 * n;

	if (at >= size)
		*reg += HEAD_WRAP_ONE;
	*reg = (*reg & HEAD_WRAP_COUNT) | at % size;
}

void ring_abort(struct gpu *dev)
{
	dev->epoch++;
	dev->executing = false;
}

bool ring_write(struct gpu *dev, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case PRB0_TAIL:
		dev->regs[DWORD(offset)] = value & TAIL_ADDR;
		dev->starved = false;
		break;
	case PRB0_HEAD:
		dev->regs[DWORD(offset)] = value & (HEAD_WRAP_COUNT | HEAD_ADDR);
		dev->starved = false;
		break;
	case PRB0_START:
		dev->regs[DWORD(offset)] = value & START_ADDR;
		break;
	case PRB0_CTL:
		dev->regs[DWORD(offset)] = value;
		if (!(value & RING_VALID)) {
			ring_abort(dev);
			dev->in_batch = false;
		}
		break;
	default:
		return false;
	}
	pthread_cond_broadcast(&dev->work);
	return true;
}

void ring_reset(struct gpu *dev)
{
	dev->regs[DWORD(PRB0_TAIL)] = 0;
	dev->regs[DWORD(PRB0_HEAD)] = 0;
	dev->regs[DWORD(PRB0_START)] = 0;
	dev->regs[DWORD(PRB0_CTL)] = 0;
	dev->in_batch = false;
	dev->non_secure = false;
	dev->chained = false;
	dev->hung = false;
	dev->starved = false;
	dev->batch = 0;
}
