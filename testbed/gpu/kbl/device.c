// SPDX-License-Identifier: MIT
/*
 * The device as a whole: life cycle, the thread that executes commands, dispatch of accesses.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cs.h"
#include "execlist.h"
#include "fence.h"
#include "mmio.h"
#include "mmu.h"
#include "pci.h"
#include "registers.h"
#include "state.h"

#define TURN 64u /* commands of an engine before the turn of the next */

#define TRAPPED_MANY 500u /* accesses from which on a register is printed */

/* Bases, bits and registers: see struct engine_info. */
static const struct engine_info engines[ENGINES] = {
	{ "rcs0", RCS_BASE, 0x4260, 1u << 1, 0, 0, 1u << 0 },
	{ "bcs0", BCS_BASE, 0x426c, 1u << 3, 0, 16, 1u << 1 },
	{ "vcs0", VCS_BASE, 0x4264, 1u << 2, 1, 0, 1u << 2 },
	{ "vecs0", VECS_BASE, 0x4270, 1u << 4, 3, 0, 1u << 6 },
};

uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void power_on(struct gpu *dev)
{
	unsigned int i;

	for (i = 0; i < ENGINES; i++) {
		execlist_abort(&dev->engine[i]);
		mmu_invalidate(&dev->engine[i]);
	}
	registers_reset(dev);
	pci_reset(dev);
	dev->irq_level = false;
	dev->rc6_ns = dev->rc6_since = 0;
	memset(dev->min_freq, 0, sizeof(dev->min_freq));
}

struct gpu *kbl_create(const struct gpu_bus *bus, void *page_table)
{
	struct gpu *dev = calloc(1, sizeof(*dev));
	unsigned int i;

	if (!dev)
		return NULL;
	if (!page_table)
		page_table = dev->own_ggtt = calloc(1, KBL_GGTT_SIZE);
	dev->row[0] = malloc(2 * GPU_BLIT_ROW_MAX);
	if (!page_table || !dev->row[0]) {
		free(dev->own_ggtt);
		free(dev->row[0]);
		free(dev);
		return NULL;
	}
	dev->row[1] = dev->row[0] + GPU_BLIT_ROW_MAX;
	dev->bus = *bus;
	dev->ggtt = page_table;
	for (i = 0; i < ENGINES; i++) {
		dev->engine[i].dev = dev;
		dev->engine[i].info = &engines[i];
		dev->engine[i].regs = &dev->regs[DWORD(engines[i].base)];
	}
	gpu_lock_init(&dev->lock);
	pthread_cond_init(&dev->work, NULL);
	gpu_lock(&dev->lock);
	power_on(dev);
	gpu_unlock(&dev->lock);
	return dev;
}

void kbl_destroy(struct gpu *dev)
{
	unsigned int i;

	if (!dev)
		return;
	kbl_stop(dev);
	for (i = 0; i < ENGINES; i++)
		mmu_invalidate(&dev->engine[i]);
	pthread_cond_destroy(&dev->work);
	gpu_lock_destroy(&dev->lock);
	free(dev->own_ggtt);
	free(dev->row[0]);
	free(dev);
}

/* Switches contexts or executes up to TURN commands. Returns false if there is nothing to do. */
static bool turn(struct engine *e)
{
	const uint64_t now = now_ns();
	const unsigned int epoch = e->epoch;
	unsigned int n;

	if (execlist_switch(e))
		return true;
	if (!execlist_runnable(e) || execlist_ring_empty(e) || e->rest_until > now)
		return false;
	for (n = 0; n < TURN && execlist_runnable(e) && !execlist_ring_empty(e); n++) {
		cs_execute(e);
		if (e->epoch != epoch || e->rest_until > now || (e->submitted && e->preemptible))
			break;
	}
	return true;
}

/* Waits until an engine may have something to do, at most until the first rest ends. */
static void wait_for_work(struct gpu *dev)
{
	uint64_t until = 0, left;
	const uint64_t now = now_ns();
	struct timespec t;
	unsigned int i;

	for (i = 0; i < ENGINES; i++) {
		const struct engine *e = &dev->engine[i];

		if (!execlist_runnable(e) || execlist_ring_empty(e))
			continue;
		/* The engine's rest period has ended since its turn. */
		if (e->rest_until <= now)
			return;
		if (!until || e->rest_until < until)
			until = e->rest_until;
	}
	if (!until) {
		pthread_cond_wait(&dev->work, &dev->lock.mutex);
		return;
	}
	left = until - now;
	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_sec += (t.tv_nsec + left) / 1000000000ull;
	t.tv_nsec = (t.tv_nsec + left) % 1000000000ull;
	pthread_cond_timedwait(&dev->work, &dev->lock.mutex, &t);
}

static void *execute(void *arg)
{
	struct gpu *dev = arg;
	unsigned int i;
	bool busy;

	pthread_mutex_lock(&dev->lock.mutex);
	while (!dev->quit) {
		/* Not between the last turn and the wait: a submission would be missed. */
		gpu_lock_give_way(&dev->lock);
		busy = dev->quit;
		for (i = 0; i < ENGINES && !dev->quit; i++)
			busy |= turn(&dev->engine[i]);
		if (!busy)
			wait_for_work(dev);
	}
	pthread_mutex_unlock(&dev->lock.mutex);
	return NULL;
}

int kbl_start(struct gpu *dev)
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

void kbl_stop(struct gpu *dev)
{
	unsigned int i;
	bool running;

	gpu_lock(&dev->lock);
	running = dev->running;
	dev->running = false;
	dev->quit = true;
	for (i = 0; i < ENGINES; i++)
		dev->engine[i].epoch++;
	pthread_cond_broadcast(&dev->work);
	gpu_unlock(&dev->lock);
	if (running)
		pthread_join(dev->thread, NULL);
}

void kbl_step(struct gpu *dev, unsigned int turns)
{
	unsigned int i;
	bool busy = true;

	gpu_lock(&dev->lock);
	while (busy && turns--) {
		busy = false;
		for (i = 0; i < ENGINES; i++)
			busy |= turn(&dev->engine[i]);
	}
	gpu_unlock(&dev->lock);
}

void kbl_reset(struct gpu *dev)
{
	gpu_lock(&dev->lock);
	power_on(dev);
	gpu_unlock(&dev->lock);
}

/* Returns the counter of accesses to a register, or NULL if the table has no room. */
static struct trapped *trapped(struct gpu *dev, uint32_t offset)
{
	const uint32_t hash = DWORD(offset) * 0x9e3779b1u >> (32 - TRAPPED_BITS);
	unsigned int i;

	for (i = 0; i < 16; i++) {
		struct trapped *t = &dev->trapped[(hash + i) % (1u << TRAPPED_BITS)];

		if (!t->reads && !t->writes)
			t->offset = offset;
		if (t->offset == offset)
			return t;
	}
	return NULL;
}

/* BAR0 in dwords: registers, counts, page table. The rest is unused. */
static uint32_t bar_read(struct gpu *dev, uint32_t offset)
{
	struct trapped *t;
	uint64_t pte;

	if (offset < KBL_MMIO_SIZE) {
		dev->counts.mmio_reads++;
		t = trapped(dev, offset);
		if (t)
			t->reads++;
		return mmio_read(dev, offset);
	}
	if (offset >= KBL_COUNTS_OFFSET && offset < KBL_COUNTS_OFFSET + sizeof(dev->counts))
		return ((const uint32_t *)&dev->counts)[DWORD(offset - KBL_COUNTS_OFFSET)];
	if (offset < KBL_GGTT_OFFSET || offset >= KBL_GGTT_OFFSET + KBL_GGTT_SIZE)
		return 0;
	pte = atomic_load_explicit(&dev->ggtt[(offset - KBL_GGTT_OFFSET) / 8],
				   memory_order_acquire);
	return offset & 4 ? pte >> 32 : pte;
}

static void bar_write(struct gpu *dev, uint32_t offset, uint32_t value)
{
	_Atomic uint64_t *pte;
	struct trapped *t;
	uint64_t old;

	if (offset < KBL_MMIO_SIZE) {
		dev->counts.mmio_writes++;
		t = trapped(dev, offset);
		if (t)
			t->writes++;
		mmio_write(dev, offset, value);
		return;
	}
	if (offset < KBL_GGTT_OFFSET || offset >= KBL_GGTT_OFFSET + KBL_GGTT_SIZE)
		return;
	pte = &dev->ggtt[(offset - KBL_GGTT_OFFSET) / 8];
	old = atomic_load_explicit(pte, memory_order_relaxed);
	old = offset & 4 ? (uint32_t)old | (uint64_t)value << 32 : (old & ~0xffffffffull) | value;
	atomic_store_explicit(pte, old, memory_order_release);
}

static void read_natural(struct gpu *dev, unsigned int region, uint32_t offset, uint8_t *data,
			 size_t len)
{
	uint32_t value;

	if (region == KBL_CONFIG) {
		while (len--)
			*data++ = pci_read(dev, offset++);
		return;
	}
	if (len == 8) {
		read_natural(dev, region, offset, data, 4);
		read_natural(dev, region, offset + 4, data + 4, 4);
		return;
	}
	value = bar_read(dev, offset & ~3u) >> 8 * (offset & 3);
	memcpy(data, &value, len);
}

static void write_natural(struct gpu *dev, unsigned int region, uint32_t offset,
			  const uint8_t *data, size_t len)
{
	uint32_t value = 0;
	uint64_t whole;

	if (region == KBL_CONFIG) {
		while (len--)
			pci_write(dev, offset++, *data++);
		return;
	}
	if (len == 8 && offset >= KBL_GGTT_OFFSET && offset < KBL_GGTT_OFFSET + KBL_GGTT_SIZE) {
		/* No thread sees a half-written entry. */
		memcpy(&whole, data, 8);
		atomic_store_explicit(&dev->ggtt[(offset - KBL_GGTT_OFFSET) / 8], whole,
				      memory_order_release);
		return;
	}
	if (len == 8) {
		write_natural(dev, region, offset, data, 4);
		write_natural(dev, region, offset + 4, data + 4, 4);
		return;
	}
	if (len < 4 && offset < KBL_MMIO_SIZE)
		value = mmio_rest(dev, offset & ~3u);
	else if (len < 4)
		value = bar_read(dev, offset & ~3u);
	memcpy((uint8_t *)&value + (offset & 3), data, len);
	bar_write(dev, offset & ~3u, value);
}

int kbl_read(struct gpu *dev, unsigned int region, uint64_t offset, void *data, size_t len)
{
	const int err = gpu_check_access(&gpu_model, region, offset, len);

	gpu_lock(&dev->lock);
	if (err) {
		dev->counts.bad_access++;
		memset(data, 0xff, len);
	} else if (region == KBL_GMADR) {
		fenced_read(dev, offset, data, len);
	} else {
		read_natural(dev, region, offset, data, len);
	}
	gpu_unlock(&dev->lock);
	return err;
}

int kbl_write(struct gpu *dev, unsigned int region, uint64_t offset, const void *data, size_t len)
{
	const int err = gpu_check_access(&gpu_model, region, offset, len);

	gpu_lock(&dev->lock);
	if (err)
		dev->counts.bad_access++;
	else if (region == KBL_GMADR)
		fenced_write(dev, offset, data, len);
	else
		write_natural(dev, region, offset, data, len);
	gpu_unlock(&dev->lock);
	return err;
}

void kbl_get_counts(struct gpu *dev, struct kbl_counts *counts)
{
	gpu_lock(&dev->lock);
	*counts = dev->counts;
	gpu_unlock(&dev->lock);
}

static void kbl_lock(struct gpu *dev)
{
	gpu_lock(&dev->lock);
}

static void kbl_unlock(struct gpu *dev)
{
	gpu_unlock(&dev->lock);
}

/* Prints "register OFFSET READS WRITES" for each register accessed TRAPPED_MANY times. */
static void print_trapped(struct gpu *dev, FILE *f)
{
	const struct trapped *t;

	gpu_lock(&dev->lock);
	for (t = dev->trapped; t < dev->trapped + (1u << TRAPPED_BITS); t++)
		if (t->reads + t->writes >= TRAPPED_MANY)
			fprintf(f, "register 0x%06x %llu %llu\n", t->offset,
				(unsigned long long)t->reads, (unsigned long long)t->writes);
	gpu_unlock(&dev->lock);
}

static void print_counts(struct gpu *dev, FILE *f)
{
	struct kbl_counts c;

	kbl_get_counts(dev, &c);
#define COUNT(name) fprintf(f, #name " %llu\n", (unsigned long long)c.name)
	COUNT(invalid_pte);
	COUNT(bad_dma);
	COUNT(bad_command);
	COUNT(bad_access);
	COUNT(bad_context);
	COUNT(stale_reads);
	COUNT(stale_writes);
	COUNT(stale_address);
	COUNT(stale_page);
	COUNT(tlb_register);
	COUNT(tlb_command);
	COUNT(tlb_ggtt);
	COUNT(tlb_misses);
	COUNT(tlb_full);
	COUNT(submissions);
	COUNT(preemptions);
	COUNT(resets);
	COUNT(read_only);
	COUNT(privileged);
	COUNT(commands);
	COUNT(interrupts);
	COUNT(forcewakes);
	COUNT(mmio_reads);
	COUNT(mmio_writes);
#undef COUNT
	print_trapped(dev, f);
}

const struct gpu_model gpu_model = {
	.name = "kbl",
	.region = {
		[KBL_GTTMMADR] = { .size = KBL_GTTMMADR_SIZE },
		[KBL_GMADR] = { .size = KBL_GMADR_SIZE, .any_length = true },
		[KBL_CONFIG] = { .size = KBL_CONFIG_SIZE },
	},
	.interrupt = GPU_MSI,
	.page_table = { KBL_GTTMMADR, KBL_GGTT_OFFSET, KBL_GGTT_SIZE },
	.create = kbl_create,
	.destroy = kbl_destroy,
	.start = kbl_start,
	.stop = kbl_stop,
	.reset = kbl_reset,
	.read = kbl_read,
	.write = kbl_write,
	.lock = kbl_lock,
	.unlock = kbl_unlock,
	.print_counts = print_counts,
};
