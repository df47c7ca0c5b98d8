// SPDX-License-Identifier: MIT
/*
 * fuzz-cs - fuzzes accesses to the device and the commands that its command streamers execute
 *
 * An input is a program for the driver's side: accesses to registers, page table entries and
 * memory, commands in rings and in batches, resets; and when the command streamer runs, and for how
 * long. The parts that differ between the models are in cs-g33.c and cs-kbl.c. The device has no
 * thread here, so that an input is reproducible. When the streamer releases its lock in the middle
 * of a blit, the program's next accesses take the place of those of another thread.
 *
 * If an input takes too long, the harness resets the device, as a driver does after a timeout. It
 * does so when the streamer releases its lock. A command during which the streamer never does is a
 * finding (-timeout).
 *
 * Each page of the guest has inaccessible pages around it. Each input runs twice, the second time
 * after a reset, and both runs must have the same results: a reset leaves no earlier state.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz-cs.h"

/* How many accesses a row of a blit counts as. A row has up to GPU_BLIT_ROW_MAX bytes. */
#define ROW 50u

static uint8_t *memory;
static bool touched[PAGES];

struct gpu *dev;
static struct program program;
static cs_counts base;               /* the counters at the start of this run */
static uint64_t seen;                /* a hash of all observable values */
static uint64_t accesses, nowhere;   /* calls of memory(), and how many of them failed */
static uint64_t refused, rises;      /* accesses with an error; interrupts */
static unsigned int every, rows;     /* run a record of the program every so many rows */
static uint64_t effort;              /* ROW for each row of a blit */
static bool abandoned;               /* the device was reset within a command */
bool cs_level;
unsigned int cs_at[PAGES];

static void see(const void *data, size_t len)
{
	const uint8_t *p = data;
	uint64_t v;

	for (; len >= 8; len -= 8, p += 8) {
		memcpy(&v, p, 8);
		seen = (seen ^ v) * 0x9e3779b97f4a7c15u;
		seen ^= seen >> 29;
	}
	for (; len; len--)
		seen = (seen ^ *p++) * 0x100000001b3u;
}

void cs_see(uint64_t v)
{
	see(&v, sizeof(v));
}

uint8_t *cs_page(unsigned int n)
{
	touched[n] = true;
	return memory + n * GUARDED_STRIDE;
}

uint64_t cs_physical(unsigned int n)
{
	return n < LOW ? LOW_BASE + n * GPU_PAGE_SIZE : HIGH_BASE + (n - LOW) * GPU_PAGE_SIZE;
}

/* ---- struct gpu_bus ---- */

static void *bus_memory(void *opaque, uint64_t addr, size_t len)
{
	unsigned int n;

	(void)opaque;
	/* Checks what struct gpu_bus promises: the lock is held, and no access crosses a page. */
	FUZZ_CHECK(pthread_mutex_trylock(&dev->lock.mutex) == EBUSY);
	FUZZ_CHECK(len && len <= GPU_PAGE_SIZE);
	FUZZ_CHECK(addr % GPU_PAGE_SIZE + len <= GPU_PAGE_SIZE);
	accesses++;
	if (addr >= LOW_BASE && addr < LOW_BASE + LOW * GPU_PAGE_SIZE) {
		n = (unsigned int)((addr - LOW_BASE) / GPU_PAGE_SIZE);
	} else if (addr >= HIGH_BASE && addr < HIGH_BASE + (PAGES - LOW) * GPU_PAGE_SIZE) {
		n = LOW + (unsigned int)((addr - HIGH_BASE) / GPU_PAGE_SIZE);
	} else {
		/*
		 * An entry of a page table is read as 8 bytes. A table without memory is like an
		 * empty one, and the device does not count it in bad_dma.
		 */
		nowhere += len != sizeof(uint64_t);
		return NULL;
	}
	return cs_page(n) + addr % GPU_PAGE_SIZE;
}

static void bus_interrupt(void *opaque, bool now)
{
	(void)opaque;
	FUZZ_CHECK(pthread_mutex_trylock(&dev->lock.mutex) == EBUSY);
	if (now && !cs_level)
		rises++;
	cs_level = now;
	cs_see(now);
}

static void bus_message(void *opaque)
{
	(void)opaque;
	FUZZ_CHECK(pthread_mutex_trylock(&dev->lock.mutex) == EBUSY);
	rises++;
	cs_see(3);
}

static void bus_handling(void *opaque)
{
	(void)opaque;
	FUZZ_CHECK(cs_level);
	cs_see(2);
}

/* ---- the program ---- */

bool cs_enough(void)
{
	return accesses + effort + (dev->counts.invalid_pte - base.invalid_pte) > cs_patience;
}

/* A write by the CPU. Caller must not hold the device's lock. */
void cs_reg_write(uint32_t offset, uint32_t value)
{
	FUZZ_CHECK(!gpu_model.write(dev, 0, offset, &value, 4));
}

static void do_access(struct record *r)
{
	static const size_t lens[] = { 1, 2, 4, 8, 3, 16, 64, 0 };
	unsigned int region = cs_regions[fuzz_u8(r) % CS_REGIONS];
	const bool any = region < GPU_REGIONS && gpu_model.region[region].any_length;
	const uint8_t how = fuzz_u8(r);
	size_t len = lens[how & 7];
	uint64_t offset = fuzz_u32(r);
	uint8_t *data;
	size_t i;
	int err;

	if (any && !len)
		len = fuzz_u16(r);
	if (how & 0x40) /* near the end */
		offset = gpu_region_size(&gpu_model, region) - offset % 32;
	else if (!(how & 0x20) && gpu_region_size(&gpu_model, region))
		offset %= gpu_region_size(&gpu_model, region);

	/* Exactly @len bytes, so that the sanitizer detects accesses beyond them. */
	data = malloc(len ? len : 1);
	if (!data)
		fuzz_die("malloc");
	for (i = 0; i < len; i++)
		data[i] = fuzz_u8(r);
	if (how & 0x80)
		err = gpu_model.write(dev, region, offset, data, len);
	else
		err = gpu_model.read(dev, region, offset, data, len);
	FUZZ_CHECK(err == 0 || err == -EINVAL || err == -ERANGE);
	FUZZ_CHECK(err == -ERANGE || offset + len <= gpu_region_size(&gpu_model, region));
	FUZZ_CHECK(!any || err != -EINVAL);
	if (err)
		refused++;
	if (err && !(how & 0x80)) {
		for (i = 0; i < len; i++)
			FUZZ_CHECK(data[i] == 0xff);
	}
	cs_see((uint64_t)err);
	if (!(how & 0x80) && cs_is_reset(region, offset))
		see(data, len);
	free(data);
}

static void do_pte(struct record *r)
{
	const uint32_t last = cs_n_ptes - 1;
	const uint32_t at[] = { 0, 0x100, 0xfff0, ABOVE, ABOVE + 0x100, last };
	uint32_t index = at[fuzz_u8(r) % N(at)] + fuzz_u8(r);
	unsigned int count = 1 + fuzz_u8(r) % 32, n = fuzz_u8(r);
	const uint8_t kind = fuzz_u8(r);

	for (; count; count--, index++, n++) {
		switch (kind & 3) {
		case 0:
			cs_set_pte(index, cs_pte(cs_physical(n % PAGES)));
			break;
		case 1:
			cs_set_pte(index, 0);
			break;
		case 2:
			cs_set_pte(index, cs_pte(NOWHERE + n * GPU_PAGE_SIZE));
			break;
		case 3:
			cs_set_pte(index, fuzz_u32(r));
			break;
		}
	}
}

static void do_mem(struct record *r)
{
	const unsigned int n = fuzz_u8(r) % PAGES;
	unsigned int at = fuzz_u16(r) % (GPU_PAGE_SIZE / 4);

	while (r->pos < r->len) {
		const uint32_t v = fuzz_u32(r);

		memcpy(cs_page(n) + at * 4, &v, 4);
		at = (at + 1) % (GPU_PAGE_SIZE / 4);
	}
}

void cs_emit(unsigned int n, uint32_t v)
{
	memcpy(cs_page(n) + cs_at[n] * 4, &v, 4);
	cs_at[n] = (cs_at[n] + 1) % (GPU_PAGE_SIZE / 4);
}

static void do_command(struct record *r)
{
	const unsigned int n = cs_command_pages[fuzz_u8(r) % N(cs_command_pages)];
	const unsigned int kind = fuzz_u8(r) % cs_n_commands;
	unsigned int i;

	cs_emit(n, cs_commands[kind].header ^ fuzz_u32(r));
	for (i = 0; i < cs_commands[kind].operands; i++)
		cs_emit(n, fuzz_u32(r));
	cs_emitted(n);
}

static void do_step(struct record *r)
{
	const unsigned int max = fuzz_u8(r);

	every = fuzz_u8(r);
	abandoned = false;
	cs_step(r, max);
	every = 0;
}

static void execute(struct record *r)
{
	uint32_t v;

	switch (r->op) {
	case REG:
		v = cs_registers[fuzz_u8(r) % cs_n_registers];
		cs_reg_write(v, fuzz_u32(r));
		break;
	case READ:
		FUZZ_CHECK(!gpu_model.read(dev, 0, cs_registers[fuzz_u8(r) % cs_n_registers], &v,
					   4));
		cs_see(v);
		break;
	case ACCESS:
		do_access(r);
		break;
	case PTE:
		do_pte(r);
		break;
	case MEM:
		do_mem(r);
		break;
	case COMMAND:
		do_command(r);
		break;
	case STEP:
		do_step(r);
		break;
	default:
		cs_record(r);
	}
}

/*
 * Replacement for gpu_lock_give_way() in blt.c (see the Makefile), which the blitter calls between
 * rows with the lock held. In place of another thread, it runs the next record of the program.
 */
void fuzz_give_way(struct gpu_lock *lock);

void fuzz_give_way(struct gpu_lock *lock)
{
	struct program ahead = program;
	struct record r;

	FUZZ_CHECK(lock == &dev->lock && pthread_mutex_trylock(&dev->lock.mutex) == EBUSY);
	gpu_lock_give_way(lock);
	fuzz_rows_dirty = true;
	effort += ROW;
	if (abandoned)
		FUZZ_FAIL("a blit goes on after a reset");
	if (cs_enough()) {
		abandoned = true;
		gpu_unlock(&dev->lock);
		gpu_model.reset(dev);
		gpu_lock(&dev->lock);
	} else if (every && ++rows % every == 0 && fuzz_next(&ahead, &r) && r.op != STEP) {
		program = ahead;
		gpu_unlock(&dev->lock);
		execute(&r);
		gpu_lock(&dev->lock);
	}
}

/* ---- a run ---- */

static void check_counts(void)
{
	const cs_counts c = dev->counts;

	FUZZ_CHECK(c.bad_dma - base.bad_dma == nowhere);
	FUZZ_CHECK(c.bad_access - base.bad_access == refused);
	FUZZ_CHECK(c.interrupts - base.interrupts == rises);
	cs_see(c.invalid_pte - base.invalid_pte);
	cs_see(c.bad_command - base.bad_command);
	cs_see(c.privileged - base.privileged);
	cs_see(c.commands - base.commands);
	cs_check_counts(&base, &c);
}

static void forget(void)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++) {
		if (touched[i])
			memset(cs_page(i), 0, GPU_PAGE_SIZE);
		touched[i] = false;
		cs_at[i] = 0;
	}
	accesses = effort = nowhere = refused = rises = 0;
	cs_level = abandoned = false;
	rows = 0;
	fuzz_device_ns = 1000000000u;
	cs_forget();
}

static void run(const uint8_t *data, size_t size)
{
	struct record r;

	program = (struct program){ .data = data, .size = size };
	seen = 0;
	base = dev->counts;
	while (!cs_enough() && fuzz_next(&program, &r)) {
		execute(&r);
		fuzz_check_device(dev);
	}
	check_counts();
}

/* The results of the first run, to compare with those of the second. */
static struct {
	uint64_t seen;
	uint8_t regs[sizeof(((struct gpu *)0)->regs)];
	uint8_t config[sizeof(((struct gpu *)0)->config)];
	bool touched[PAGES];
	uint8_t memory[PAGES][GPU_PAGE_SIZE];
	void *table;
} first;

static void keep(void)
{
	unsigned int i;

	first.seen = seen;
	memcpy(first.regs, dev->regs, sizeof(first.regs));
	memcpy(first.config, dev->config, sizeof(first.config));
	memcpy(first.table, cs_table(), gpu_model.page_table.size);
	memcpy(first.touched, touched, sizeof(touched));
	for (i = 0; i < PAGES; i++) {
		if (touched[i])
			memcpy(first.memory[i], cs_page(i), GPU_PAGE_SIZE);
	}
}

static void compare(void)
{
	static const char another[] = "after a reset the same accesses lead to another";
	unsigned int i;

	if (first.seen != seen)
		FUZZ_FAIL("%s answer, count or interrupt", another);
	if (memcmp(first.regs, dev->regs, sizeof(first.regs)) ||
	    memcmp(first.config, dev->config, sizeof(first.config)))
		FUZZ_FAIL("%s register", another);
	if (memcmp(first.table, cs_table(), gpu_model.page_table.size))
		FUZZ_FAIL("%s page table", another);
	if (memcmp(first.touched, touched, sizeof(touched)))
		FUZZ_FAIL("%s access to memory", another);
	for (i = 0; i < PAGES; i++) {
		if (touched[i] && memcmp(first.memory[i], cs_page(i), GPU_PAGE_SIZE))
			FUZZ_FAIL("%s content of memory", another);
	}
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	memory = fuzz_guarded_pages(PAGES);
	first.table = malloc(gpu_model.page_table.size);
	if (!first.table)
		fuzz_die("malloc");
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct gpu_bus bus = {
		.memory = bus_memory, .interrupt = bus_interrupt, .handling = bus_handling,
		.message = bus_message,
	};

	dev = gpu_model.create(&bus, NULL);
	if (!dev)
		fuzz_die("create");
	forget();
	run(data, size);
	keep();
	gpu_model.reset(dev);
	fuzz_check_power_on(dev);
	memset(cs_table(), 0, gpu_model.page_table.size);
	forget();
	run(data, size);
	compare();
	gpu_model.destroy(dev);
	dev = NULL;
	return 0;
}
