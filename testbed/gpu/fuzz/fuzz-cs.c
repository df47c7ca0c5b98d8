// SPDX-License-Identifier: MIT
/*
 * fuzz-cs - accesses to the device, and what its command streamer does with what it finds
 *
 * An input is a program for the driver's side: registers, page table entries, the contents of
 * memory, commands in the ring and in batches, resets; and when the command streamer has its turn,
 * for how many commands. The device has no thread here, so that an input always does the same.
 * What a thread would do in the middle of a blit, when the streamer gives way, the program's next
 * accesses do.
 *
 * What would take long ends as it does with a driver that loses its patience: by a reset, which is
 * taken when the streamer gives way. A command that never comes to that is a finding (-timeout).
 *
 * Each page of the guest has inaccessible pages around it. Each input runs twice, the second time
 * after a reset, and has to do the same: a reset leaves nothing of what was before.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define LOW_BASE  0x0c000000ull
#define HIGH_BASE 0x9c0000000ull
#define LOW       24u
#define PAGES     36u /* of them LOW from LOW_BASE on, the others from HIGH_BASE on */
#define NOWHERE   0x5a5000000ull

#define RING_PAGE 0u
#define ABOVE     0x10000u /* the first page table entry above the aperture */

/*
 * Accesses to memory, and to where none is, that one input may make; a row of a blit counts as
 * ROW more. It has up to 50 000, and is not interrupted.
 */
#define PATIENCE 20000u
#define ROW      50u

enum op { SETUP, REG, READ, ACCESS, PTE, MEM, COMMAND, STEP, RESET, OPS };

const unsigned int fuzz_ops = OPS;
const uint8_t fuzz_operands[] = {
	[SETUP] = 2, [REG] = 5, [READ] = 1, [ACCESS] = 12, [PTE] = 5, [MEM] = 23, [COMMAND] = 24,
	[STEP] = 2, [RESET] = 1,
};

#define MI(opcode, rest) ((uint32_t)(opcode) << 23 | (rest))
#define BLT(opcode, rest) (2u << 29 | (uint32_t)(opcode) << 22 | (rest))
#define RGBA (BLT_WRITE_ALPHA | BLT_WRITE_RGB)

/* The commands that the model knows, with the number of their operands; and some that it skips. */
static const struct {
	uint32_t header;
	unsigned int operands;
} commands[] = {
	{ MI(MI_NOOP, 0), 0 },
	{ MI(MI_NOOP, MI_NOOP_WRITE_ID | 0x1234), 0 },
	{ MI(MI_USER_INTERRUPT, 0), 0 },
	{ MI(MI_WAIT_FOR_EVENT, 0), 0 },
	{ MI(MI_FLUSH, 0), 0 },
	{ MI(MI_REPORT_HEAD, 0), 0 },
	{ MI(MI_BATCH_BUFFER_END, 0), 0 },
	{ MI(MI_STORE_DWORD_IMM, MI_GLOBAL_GTT | 1), 2 },
	{ MI(MI_STORE_DWORD_IMM, 1), 2 },
	{ MI(MI_STORE_DWORD_INDEX, 1), 2 },
	{ MI(MI_LOAD_REGISTER_IMM, 1), 2 },
	{ MI(MI_LOAD_REGISTER_IMM, 3), 4 },
	{ MI(MI_STORE_REGISTER_MEM, MI_GLOBAL_GTT | 1), 2 },
	{ MI(MI_STORE_REGISTER_MEM, 1), 2 },
	{ MI(MI_BATCH_BUFFER_START, 0), 1 },
	{ BLT(COLOR_BLT, 3), 4 },
	{ BLT(COLOR_BLT, RGBA | 3), 4 },
	{ BLT(SRC_COPY_BLT, RGBA | 4), 5 },
	{ BLT(XY_COLOR_BLT, 4), 5 },
	{ BLT(XY_COLOR_BLT, RGBA | 4), 5 },
	{ BLT(XY_SRC_COPY_BLT, RGBA | 6), 7 },
	{ BLT(XY_SRC_COPY_BLT, BLT_WRITE_RGB | 6), 7 },
	{ 3u << 29, 0 },
	{ 3u << 29 | 0x1d << 24 | 0x04 << 16 | 1, 2 },
	{ 3u << 29 | 0x1f << 24 | 2, 3 },
	{ 3u << 29 | 0x1f << 24 | 1u << 23 | 3, 0 },
};

static const uint32_t registers[] = {
	PRB0_TAIL, PRB0_HEAD, PRB0_START, PRB0_CTL, HWS_PGA, IER, IIR, IMR, ISR, EIR, MI_MODE,
	ACTHD,
	INSTDONE, NOPID, INSTPM, MI_ARB_STATE, CACHE_MODE_0, ECOSKPD, GMBUS2, GPIO_FIRST, GPIO_LAST,
	CLKCFG, C0DRB3 & ~3u, C1DRB3 & ~3u, PORT_HOTPLUG_STAT, PIPEASTAT, PIPEBSTAT, 0x2000, 0x2004,
	0x201c, 0x3000, 0x301c, 0x2020, 0, G33_MMIO_SIZE - 4,
};

#define N(array) (sizeof(array) / sizeof((array)[0]))

const uint32_t fuzz_values[] = {
	0, 1, 2, 3, 4, 8, 0xff, 0x100, 0xfff, 0x1000, 0x1001, 0x2000, 0x3000, 0x8000, 0xffff,
	0x10000,
	0x7fff, 0x80000, 0xfffff, 0x100000, 0x0ffffffc, 0x0ff00000, 0x10000000, 0x10001000,
	0x10000001, 0x1ffffffc, 0x1fffff00, 0x20000000, 0x7fffffff, 0x80000000, 0xfffffffc,
	0xffffffff,
	/* BR13: raster operations, depths and pitches; rectangles. */
	0x00cc0010, 0x01f00040, 0x03cc0040, 0x03cc0200, 0x035a0200, 0x03f00200, 0x02cc1000,
	0x43cc0200,
	0x03cc8000, 0x0066fe00, 0x00040004, 0x00080010, 0x7fff7fff, 0x80008000, 0x00100100,
	0x01000400,
	/* Fences: X and Y, of several sizes, pitches and places. */
	0x00000001, 0x00000071, 0x00001001, 0x00001071, 0x00100051, 0x00001f71, 0x0ff00f71,
	0x00001031,
	/* Physical addresses; registers. */
	0x0c000000, 0x0c000ffc, 0x0c018000, 0xc0000000, PRB0_TAIL, PRB0_HEAD, PRB0_START, PRB0_CTL,
	MI_MODE, HWS_PGA, IER, IIR, IMR, 0x2000, 0x01000100, 0x01000000, 0x001ff001, C0DRB3 & ~3u,
	MI(MI_BATCH_BUFFER_START, 0), MI(MI_BATCH_BUFFER_END, 0), MI(MI_USER_INTERRUPT, 0),
	MI(MI_LOAD_REGISTER_IMM, 1), MI(MI_LOAD_REGISTER_IMM, 63), MI(MI_STORE_DWORD_IMM, 0x400001),
};
const unsigned int fuzz_n_values = N(fuzz_values);

static uint8_t *memory;
static bool touched[PAGES];

static struct gpu *dev;
static struct program program;
static struct g33_counts base;       /* the counts when this run began */
static uint64_t seen;                /* a hash of all that can be seen from outside */
static uint64_t accesses, nowhere;   /* calls of memory(), those of them that found none */
static uint64_t refused, rises, steps;
static bool level;
static unsigned int every, rows;     /* give way to the program's accesses each so many rows */
static uint64_t effort;              /* ROW for each row */
static unsigned int ring_at, batch_at[PAGES];

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

static void see_number(uint64_t v)
{
	see(&v, sizeof(v));
}

static uint8_t *page(unsigned int n)
{
	touched[n] = true;
	return memory + n * GUARDED_STRIDE;
}

static uint64_t physical(unsigned int n)
{
	return n < LOW ? LOW_BASE + n * G33_PAGE_SIZE : HIGH_BASE + (n - LOW) * G33_PAGE_SIZE;
}

/* ---- what the device asks for ---- */

static void *bus_memory(void *opaque, uint64_t addr, size_t len)
{
	unsigned int n;

	(void)opaque;
	/* It says itself that it looks things up with its lock held, and never across a page. */
	FUZZ_CHECK(pthread_mutex_trylock(&dev->lock.mutex) == EBUSY);
	FUZZ_CHECK(len && len <= G33_PAGE_SIZE);
	FUZZ_CHECK(addr % G33_PAGE_SIZE + len <= G33_PAGE_SIZE);
	accesses++;
	if (addr >= LOW_BASE && addr < LOW_BASE + LOW * G33_PAGE_SIZE) {
		n = (unsigned int)((addr - LOW_BASE) / G33_PAGE_SIZE);
	} else if (addr >= HIGH_BASE && addr < HIGH_BASE + (PAGES - LOW) * G33_PAGE_SIZE) {
		n = LOW + (unsigned int)((addr - HIGH_BASE) / G33_PAGE_SIZE);
	} else {
		nowhere++;
		return NULL;
	}
	return page(n) + addr % G33_PAGE_SIZE;
}

static void bus_interrupt(void *opaque, bool now)
{
	(void)opaque;
	FUZZ_CHECK(pthread_mutex_trylock(&dev->lock.mutex) == EBUSY);
	if (now && !level)
		rises++;
	level = now;
	see_number(now);
}

static void bus_handling(void *opaque)
{
	(void)opaque;
	FUZZ_CHECK(level);
	see_number(2);
}

/* ---- the program ---- */

static bool enough(void)
{
	return accesses + effort + (dev->counts.invalid_pte - base.invalid_pte) > PATIENCE;
}

/* What is done without the device's lock, by the CPU as it were. */
static void reg_write(uint32_t offset, uint32_t value)
{
	FUZZ_CHECK(!g33_write(dev, G33_MMIO, offset, &value, 4));
}

static void pte_write(uint32_t index, uint32_t value)
{
	FUZZ_CHECK(!g33_write(dev, G33_GTT, index % G33_PTES * 4, &value, 4));
}

static uint32_t pte(uint64_t addr)
{
	return (uint32_t)(addr & 0xfffff000) | (uint32_t)(addr >> 28 & 0xf0) | PTE_VALID;
}

/* All pages, at the beginning of the page table and above the aperture; a ring, a status page. */
static void do_setup(struct record *r)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++) {
		pte_write(i, pte(physical(i)));
		pte_write(ABOVE + i, pte(physical(i)));
	}
	reg_write(HWS_PGA, (PAGES - 1) * G33_PAGE_SIZE);
	reg_write(PRB0_HEAD, 0);
	reg_write(PRB0_TAIL, 0);
	reg_write(PRB0_START, RING_PAGE * G33_PAGE_SIZE);
	reg_write(PRB0_CTL, RING_VALID);
	reg_write(IMR, ~(uint32_t)fuzz_u8(r));
	reg_write(IER, fuzz_u8(r));
	ring_at = 0;
}

static void do_access(struct record *r)
{
	static const size_t lens[] = { 1, 2, 4, 8, 3, 16, 64, 0 };
	static const unsigned int regions[] = { G33_MMIO, G33_IO, G33_APERTURE, G33_GTT,
		G33_CONFIG, G33_APERTURE, G33_MMIO, 4, 6, 9 };
	unsigned int region = regions[fuzz_u8(r) % N(regions)];
	const uint8_t how = fuzz_u8(r);
	size_t len = lens[how & 7];
	uint64_t offset = fuzz_u32(r);
	uint8_t *data;
	size_t i;
	int err;

	if (region == G33_APERTURE && !len)
		len = fuzz_u16(r);
	if (how & 0x40) /* near the end */
		offset = gpu_region_size(&gpu_model, region) - offset % 32;
	else if (!(how & 0x20) && gpu_region_size(&gpu_model, region))
		offset %= gpu_region_size(&gpu_model, region);

	/* Exactly as long as said, for the sanitizer. */
	data = malloc(len ? len : 1);
	if (!data)
		fuzz_die("malloc");
	for (i = 0; i < len; i++)
		data[i] = fuzz_u8(r);
	if (how & 0x80)
		err = g33_write(dev, region, offset, data, len);
	else
		err = g33_read(dev, region, offset, data, len);
	FUZZ_CHECK(err == 0 || err == -EINVAL || err == -ERANGE);
	FUZZ_CHECK(err == -ERANGE || offset + len <= gpu_region_size(&gpu_model, region));
	FUZZ_CHECK(region != G33_APERTURE || err != -EINVAL);
	if (err)
		refused++;
	if (err && !(how & 0x80)) {
		for (i = 0; i < len; i++)
			FUZZ_CHECK(data[i] == 0xff);
	}
	see_number((uint64_t)err);
	if (!(how & 0x80))
		see(data, len);
	free(data);
}

static void do_pte(struct record *r)
{
	static const uint32_t at[] = { 0, 0x100, 0xfff0, ABOVE, ABOVE + 0x100, G33_PTES - 1 };
	uint32_t index = at[fuzz_u8(r) % N(at)] + fuzz_u8(r);
	unsigned int count = 1 + fuzz_u8(r) % 32, n = fuzz_u8(r);
	const uint8_t kind = fuzz_u8(r);

	for (; count; count--, index++, n++) {
		switch (kind & 3) {
		case 0:
			pte_write(index, pte(physical(n % PAGES)));
			break;
		case 1:
			pte_write(index, 0);
			break;
		case 2:
			pte_write(index, pte(NOWHERE + n * G33_PAGE_SIZE));
			break;
		case 3:
			pte_write(index, fuzz_u32(r));
			break;
		}
	}
}

static void do_mem(struct record *r)
{
	const unsigned int n = fuzz_u8(r) % PAGES;
	unsigned int at = fuzz_u16(r) % (G33_PAGE_SIZE / 4);

	while (r->pos < r->len) {
		const uint32_t v = fuzz_u32(r);

		memcpy(page(n) + at * 4, &v, 4);
		at = (at + 1) % (G33_PAGE_SIZE / 4);
	}
}

/* Page 0 is the ring, which gets to know of it; the others are batches. */
static void emit(unsigned int n, uint32_t v)
{
	unsigned int *at = n == RING_PAGE ? &ring_at : &batch_at[n];

	memcpy(page(n) + *at * 4, &v, 4);
	*at = (*at + 1) % (G33_PAGE_SIZE / 4);
}

static void do_command(struct record *r)
{
	const unsigned int n = fuzz_u8(r) % 8;
	const unsigned int kind = fuzz_u8(r) % N(commands);
	unsigned int i;

	emit(n, commands[kind].header ^ fuzz_u32(r));
	for (i = 0; i < commands[kind].operands; i++)
		emit(n, fuzz_u32(r));
	if (n == RING_PAGE) {
		if (ring_at & 1)
			emit(n, MI(MI_NOOP, 0));
		reg_write(PRB0_TAIL, ring_at * 4);
	}
}

static void do_reset(struct record *r)
{
	const uint8_t kind = fuzz_u8(r), bit = GDRST_RESET | (kind & 0xfe);

	if (kind & 1) {
		FUZZ_CHECK(!g33_write(dev, G33_CONFIG, GDRST, &bit, 1));
		fuzz_check_engine_reset(dev);
	} else {
		g33_reset(dev);
		fuzz_check_power_on(dev);
	}
	ring_at = 0;
}

static void do_step(struct record *r)
{
	const unsigned int max = fuzz_u8(r);
	unsigned int n;

	every = fuzz_u8(r);
	n = g33_step(dev, max);
	every = 0;
	FUZZ_CHECK(n <= max);
	steps += n;
	see_number(n);
}

static void execute(struct record *r)
{
	uint32_t v;

	switch ((enum op)r->op) {
	case SETUP:
		do_setup(r);
		break;
	case REG:
		v = registers[fuzz_u8(r) % N(registers)];
		reg_write(v, fuzz_u32(r));
		break;
	case READ:
		FUZZ_CHECK(!g33_read(dev, G33_MMIO, registers[fuzz_u8(r) % N(registers)], &v, 4));
		see_number(v);
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
	case RESET:
		do_reset(r);
		break;
	case OPS:
		break;
	}
}

/*
 * What the blitter calls between rows, with the lock held (blt.c is compiled with this name). The
 * real one lets others have the lock; here the other is the program.
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
	if (enough()) {
		gpu_unlock(&dev->lock);
		g33_reset(dev);
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
	struct g33_counts c;

	g33_get_counts(dev, &c);
	FUZZ_CHECK(c.bad_dma - base.bad_dma == nowhere);
	FUZZ_CHECK(c.bad_access - base.bad_access == refused);
	FUZZ_CHECK(c.interrupts - base.interrupts == rises);
	FUZZ_CHECK(c.commands - base.commands == steps);
	FUZZ_CHECK(dev->level == level);
	FUZZ_CHECK(!dev->executing);
	see_number(c.invalid_pte - base.invalid_pte);
	see_number(c.bad_command - base.bad_command);
	see_number(c.privileged - base.privileged);
	see_number(steps);
}

static void forget(void)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++) {
		if (touched[i])
			memset(page(i), 0, G33_PAGE_SIZE);
		touched[i] = false;
		batch_at[i] = 0;
	}
	accesses = effort = nowhere = refused = rises = steps = 0;
	level = false;
	rows = 0;
	ring_at = 0;
}

static void run(const uint8_t *data, size_t size)
{
	struct record r;

	program = (struct program){ .data = data, .size = size };
	seen = 0;
	g33_get_counts(dev, &base);
	while (!enough() && fuzz_next(&program, &r)) {
		execute(&r);
		fuzz_check_device(dev);
	}
	check_counts();
}

/* How the first run ended; the second one is compared with it. */
static struct {
	uint64_t seen;
	uint32_t regs[G33_MMIO_SIZE / 4], ptes[G33_PTES];
	uint8_t config[G33_CONFIG_SIZE];
	bool touched[PAGES];
	uint8_t memory[PAGES][G33_PAGE_SIZE];
} first;

static void keep(void)
{
	unsigned int i;

	first.seen = seen;
	memcpy(first.regs, dev->regs, sizeof(first.regs));
	memcpy(first.config, dev->config, sizeof(first.config));
	memcpy(first.ptes, dev->own_ptes, sizeof(first.ptes));
	memcpy(first.touched, touched, sizeof(touched));
	for (i = 0; i < PAGES; i++) {
		if (touched[i])
			memcpy(first.memory[i], page(i), G33_PAGE_SIZE);
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
	if (memcmp(first.ptes, dev->own_ptes, sizeof(first.ptes)))
		FUZZ_FAIL("%s page table", another);
	if (memcmp(first.touched, touched, sizeof(touched)))
		FUZZ_FAIL("%s access to memory", another);
	for (i = 0; i < PAGES; i++) {
		if (touched[i] && memcmp(first.memory[i], page(i), G33_PAGE_SIZE))
			FUZZ_FAIL("%s content of memory", another);
	}
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	memory = fuzz_guarded_pages(PAGES);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct gpu_bus bus = {
		.memory = bus_memory, .interrupt = bus_interrupt, .handling = bus_handling,
	};

	dev = g33_create(&bus, NULL);
	if (!dev)
		fuzz_die("g33_create");
	forget();
	run(data, size);
	keep();
	g33_reset(dev);
	fuzz_check_power_on(dev);
	memset(dev->own_ptes, 0, G33_GTT_SIZE);
	forget();
	run(data, size);
	compare();
	g33_destroy(dev);
	dev = NULL;
	return 0;
}
