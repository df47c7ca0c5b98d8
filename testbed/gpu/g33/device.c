// SPDX-License-Identifier: MIT
/*
 * The device as a whole: life cycle, the thread that executes commands, dispatch of accesses.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cs.h"
#include "fence.h"
#include "irq.h"
#include "mmio.h"
#include "pci.h"
#include "ring.h"
#include "state.h"

/*
 * A batch that starts itself over and over (a spinner) would occupy a CPU that other threads need
 * to end it. The executing thread therefore sleeps each time a batch has started another.
 */
#define REST_NS 100000l

static void power_on(struct gpu *dev)
{
	ring_abort(dev);
	mmio_reset(dev);
	pci_reset(dev);
	ring_reset(dev);
	dev->io_index = 0;
	irq_update(dev, false);
}

struct gpu *g33_create(const struct gpu_bus *bus, void *page_table)
{
	struct gpu *dev = calloc(1, sizeof(*dev));

	if (!dev)
		return NULL;
	if (!page_table)
		page_table = dev->own_ptes = calloc(G33_PTES, sizeof(*dev->own_ptes));
	if (!page_table) {
		free(dev);
		return NULL;
	}
	dev->bus = *bus;
	dev->ptes = page_table;
	gpu_lock_init(&dev->lock);
	pthread_cond_init(&dev->work, NULL);
	pthread_mutex_lock(&dev->lock.mutex);
	power_on(dev);
	pthread_mutex_unlock(&dev->lock.mutex);
	return dev;
}

void g33_destroy(struct gpu *dev)
{
	if (!dev)
		return;
	g33_stop(dev);
	pthread_cond_destroy(&dev->work);
	gpu_lock_destroy(&dev->lock);
	free(dev->own_ptes);
	free(dev);
}

static void *execute(void *arg)
{
	const struct timespec rest = { 0, REST_NS };
	struct gpu *dev = arg;

	pthread_mutex_lock(&dev->lock.mutex);
	while (!dev->quit) {
		if (!ring_runnable(dev)) {
			pthread_cond_wait(&dev->work, &dev->lock.mutex);
			continue;
		}
		cs_execute(dev);
		if (dev->chained) {
			dev->chained = false;
			pthread_mutex_unlock(&dev->lock.mutex);
			nanosleep(&rest, NULL);
			pthread_mutex_lock(&dev->lock.mutex);
		}
		gpu_lock_give_way(&dev->lock);
	}
	pthread_mutex_unlock(&dev->lock.mutex);
	return NULL;
}

int g33_start(struct gpu *dev)
{
	int err;

	gpu_lock(&dev->lock);
	dev->quit = false;
	err = dev->running ? EBUSY : pthread_create(&dev->thread, NULL, execute, dev);
	if (!err)
		dev->running = true;
	gpu_unlock(&dev->lock);
	return err;
}

void g33_stop(struct gpu *dev)
{
	bool running;

	gpu_lock(&dev->lock);
	running = dev->running;
	dev->running = false;
	dev->quit = true;
	ring_abort(dev);
	pthread_cond_broadcast(&dev->work);
	gpu_unlock(&dev->lock);
	if (running)
		pthread_join(dev->thread, NULL);
}

unsigned int g33_step(struct gpu *dev, unsigned int max)
{
	unsigned int n, tries;
	uint64_t before;

	gpu_lock(&dev->lock);
	before = dev->counts.commands;
	/*
	 * Limit the tries, not the count: a command that disables and enables the ring is abandoned
	 * without being counted, and executes again.
	 */
	for (tries = 0; tries < max && ring_runnable(dev); tries++)
		cs_execute(dev);
	n = dev->counts.commands - before;
	dev->chained = false;
	gpu_unlock(&dev->lock);
	return n;
}

void g33_reset(struct gpu *dev)
{
	gpu_lock(&dev->lock);
	power_on(dev);
	gpu_unlock(&dev->lock);
}

/* BAR1: an index, and the register that it selects. PRM vol. 1, "MMIO_INDEX", "MMIO_DATA". */
static uint32_t io_read(struct gpu *dev, uint32_t offset)
{
	if (offset == 0)
		return dev->io_index;
	return dev->io_index < G33_MMIO_SIZE ? mmio_read(dev, dev->io_index & ~3u) : ~0u;
}

static void io_write(struct gpu *dev, uint32_t offset, uint32_t value)
{
	if (offset == 0)
		dev->io_index = value;
	else if (dev->io_index < G33_MMIO_SIZE)
		mmio_write(dev, dev->io_index & ~3u, value);
}

static uint32_t read_dword(struct gpu *dev, unsigned int region, uint32_t offset)
{
	switch (region) {
	case G33_MMIO:
		return mmio_read(dev, offset);
	case G33_IO:
		return io_read(dev, offset);
	case G33_GTT:
		return atomic_load_explicit(&dev->ptes[offset / 4], memory_order_acquire);
	default:
		return ~0u;
	}
}

static void write_dword(struct gpu *dev, unsigned int region, uint32_t offset, uint32_t value)
{
	switch (region) {
	case G33_MMIO:
		mmio_write(dev, offset, value);
		break;
	case G33_IO:
		io_write(dev, offset, value);
		break;
	case G33_GTT:
		atomic_store_explicit(&dev->ptes[offset / 4], value, memory_order_release);
		break;
	default:
		break;
	}
}

static void read_natural(struct gpu *dev, unsigned int region, uint32_t offset, uint8_t *data, size_t len)
{
	uint32_t value;

	if (region == G33_CONFIG) {
		while (len--)
			*data++ = pci_read(dev, offset++);
		return;
	}
	if (len == 8) {
		read_natural(dev, region, offset, data, 4);
		read_natural(dev, region, offset + 4, data + 4, 4);
		return;
	}
	value = read_dword(dev, region, offset & ~3u) >> (8 * (offset & 3));
	memcpy(data, &value, len);
}

static void write_natural(struct gpu *dev, unsigned int region, uint32_t offset, const uint8_t *data, size_t len)
{
	uint32_t value = 0;

	if (region == G33_CONFIG) {
		while (len--)
			pci_write(dev, offset++, *data++);
		return;
	}
	if (len == 8) {
		write_natural(dev, region, offset, data, 4);
		write_natural(dev, region, offset + 4, data + 4, 4);
		return;
	}
	if (len < 4) {
		/* The other bytes keep their value; write-one-to-clear bits are written as 0. */
		value = region == G33_MMIO ? mmio_merge(dev, offset & ~3u) : read_dword(dev, region, offset & ~3u);
		memcpy((uint8_t *)&value + (offset & 3), data, len);
	} else {
		memcpy(&value, data, 4);
	}
	write_dword(dev, region, offset & ~3u, value);
}

int g33_read(struct gpu *dev, unsigned int region, uint64_t offset, void *data, size_t len)
{
	const int err = gpu_check_access(&gpu_model, region, offset, len);

	gpu_lock(&dev->lock);
	if (err) {
		dev->counts.bad_access++;
		memset(data, 0xff, len);
	} else if (region == G33_APERTURE) {
		fenced_read(dev, offset, data, len);
	} else {
		read_natural(dev, region, offset, data, len);
	}
	gpu_unlock(&dev->lock);
	return err;
}

int g33_write(struct gpu *dev, unsigned int region, uint64_t offset, const void *data, size_t len)
{
	const int err = gpu_check_access(&gpu_model, region, offset, len);

	gpu_lock(&dev->lock);
	if (err)
		dev->counts.bad_access++;
	else if (region == G33_APERTURE)
		fenced_write(dev, offset, data, len);
	else
		write_natural(dev, region, offset, data, len);
	gpu_unlock(&dev->lock);
	return err;
}

void g33_get_counts(struct gpu *dev, struct g33_counts *counts)
{
	gpu_lock(&dev->lock);
	*counts = dev->counts;
	gpu_unlock(&dev->lock);
}

static void lock_device(struct gpu *dev)
{
	gpu_lock(&dev->lock);
}

static void unlock_device(struct gpu *dev)
{
	gpu_unlock(&dev->lock);
}

static void print_counts(struct gpu *dev, FILE *f)
{
	struct g33_counts c;

	g33_get_counts(dev, &c);
#define COUNT(name) fprintf(f, #name " %llu\n", (unsigned long long)c.name)
	COUNT(invalid_pte);
	COUNT(bad_dma);
	COUNT(bad_command);
	COUNT(bad_access);
	COUNT(privileged);
	COUNT(commands);
	COUNT(interrupts);
#undef COUNT
}

const struct gpu_model gpu_model = {
	.name = "g33",
	.region = {
		[G33_MMIO] = { .size = G33_MMIO_SIZE },
		[G33_IO] = { .size = G33_IO_SIZE },
		[G33_APERTURE] = { .size = G33_APERTURE_SIZE, .any_length = true },
		[G33_GTT] = { .size = G33_GTT_SIZE },
		[G33_CONFIG] = { .size = G33_CONFIG_SIZE },
	},
	.page_table = { .region = G33_GTT, .size = G33_GTT_SIZE },
	.create = g33_create,
	.destroy = g33_destroy,
	.start = g33_start,
	.stop = g33_stop,
	.reset = g33_reset,
	.read = g33_read,
	.write = g33_write,
	.lock = lock_device,
	.unlock = unlock_device,
	.print_counts = print_counts,
};
