// SPDX-License-Identifier: MIT
/*
 * Resets, and the thread of the device: it executes, responds soon, and stops. Time limits are far
 * above the expected times, as the tests also run under sanitizers and on a busy machine.
 */
#include "rig.h"

#include <pthread.h>

#define SPIN_AT 0x00010000u /* in the aperture, so that a test can write to it during execution */
#define DATA_AT 0x00100000u
#define SOON 10.0

static void reset(struct rig *r)
{
	rig_write(r, G33_CONFIG, 0xc0, 1, 1);
}

static bool reset_done(struct rig *r)
{
	double end = now() + SOON;

	while (rig_read(r, G33_CONFIG, 0xc0, 1) & 1) {
		if (now() > end)
			return false;
		sleep_us(1000);
	}
	return true;
}

static uint32_t aperture(struct rig *r, uint32_t at)
{
	return (uint32_t)rig_read(r, G33_APERTURE, at, 4);
}

static bool wait_for(struct rig *r, uint32_t at, uint32_t value)
{
	double end = now() + SOON;

	while (aperture(r, at) != value) {
		if (now() > end)
			return false;
		sleep_us(1000);
	}
	return true;
}

static void spin(struct rig *r)
{
	rig_map(r, SPIN_AT, PAGE);
	rig_map(r, DATA_AT, 16 * PAGE);
	BATCH(r, SPIN_AT, MI_STORE_DWORD_IMM, DATA_AT, 1, MI_NOOP, MI_BATCH_BUFFER_START, SPIN_AT + 16 - 4);
	EMIT(r, MI_BATCH_BUFFER_START, SPIN_AT, MI_STORE_DWORD_IMM, DATA_AT + 4, 2);
	rig_go(r);
}

/* Starts the thread. On return the spinner is in its loop. */
static void start_and_spin(struct rig *r)
{
	assert_int_equal(g33_start(r->dev), 0);
	spin(r);
	assert_true(wait_for(r, DATA_AT, 1));
}

static void works(struct rig *r, uint32_t v)
{
	rig_ring(r, RING_AT, 4 * PAGE);
	EMIT(r, MI_NOOP, MI_STORE_DWORD_IMM, DATA_AT + 8, v);
	rig_go(r);
	assert_true(wait_for(r, DATA_AT + 8, v));
	assert_true(rig_wait(r, MI_MODE, MODE_IDLE, MODE_IDLE, SOON));
}

static void check_cleared(struct rig *r)
{
	assert_int_equal(reg(r, RING_CTL) & 1, 0);
	assert_int_equal(reg(r, RING_HEAD), 0);
	assert_int_equal(reg(r, RING_TAIL), 0);
	assert_true(reg(r, MI_MODE) & MODE_IDLE);
}

/* A reset in the middle of a batch, without the thread. */
static void test_gdrst(void **state)
{
	struct rig *r = *state;
	uint32_t entry;

	spin(r);
	entry = (uint32_t)rig_read(r, G33_GTT, DATA_AT / PAGE * 4, 4);
	assert_int_equal(g33_step(r->dev, 500), 500);
	set_reg(r, SWF, 0x1234);
	reset(r);
	assert_int_equal(rig_read(r, G33_CONFIG, 0xc0, 1) & 1, 0);
	check_cleared(r);
	assert_int_equal(g33_step(r->dev, 500), 0);
	assert_int_equal(rig_read(r, G33_GTT, DATA_AT / PAGE * 4, 4), entry);
	/* The batch is dropped, not only stopped: enabling an empty ring executes nothing. */
	set_reg(r, RING_START, RING_AT);
	set_reg(r, RING_CTL, 3 * PAGE | 1);
	assert_int_equal(g33_step(r->dev, 500), 0);
	assert_true(reg(r, MI_MODE) & MODE_IDLE);
	/* The ring can be used again. */
	rig_ring(r, RING_AT, 4 * PAGE);
	EMIT(r, MI_STORE_DWORD_IMM, DATA_AT + 8, 7);
	rig_run(r);
	assert_int_equal(aperture(r, DATA_AT + 8), 7);
	assert_int_equal(aperture(r, DATA_AT + 4), 0);
}

/* A write without bit 0 does not reset. */
static void test_gdrst_other_bits(void **state)
{
	struct rig *r = *state;

	EMIT(r, MI_NOOP, MI_NOOP, MI_NOOP, MI_NOOP);
	rig_go(r);
	assert_int_equal(g33_step(r->dev, 2), 2);
	rig_write(r, G33_CONFIG, 0xc0, 1, 0);
	rig_write(r, G33_CONFIG, 0xc1, 1, 1);
	rig_write(r, G33_CONFIG, 0xbc, 4, 1);
	rig_write(r, G33_CONFIG, 0xc4, 4, 1);
	assert_int_equal(reg(r, RING_HEAD), 8);
	assert_int_equal(g33_step(r->dev, 2), 2);
	assert_int_equal(reg(r, RING_HEAD), 16);
}

/* After an unknown command, either kind of reset makes the ring work again. */
static void test_after_bad_command(void **state)
{
	struct rig *r = *state;

	rig_map(r, DATA_AT, PAGE);
	for (uint32_t i = 0; i < 2; i++) {
		EMIT(r, BAD_COMMAND, MI_NOOP);
		rig_go(r);
		g33_step(r->dev, 10);
		if (i)
			g33_reset(r->dev);
		else
			reset(r);
		check_cleared(r);
		rig_ring(r, RING_AT, 4 * PAGE);
		EMIT(r, MI_STORE_DWORD_IMM, DATA_AT, i + 1);
		rig_run(r);
		assert_int_equal(aperture(r, DATA_AT), i + 1);
	}
	assert_int_equal(rig_counts(r).bad_command, 2);
	r->expect_bad_command = true;
}

/* A PCI reset clears all registers but not the page table and the counts (gpu-model.h). */
static void test_pci_reset(void **state)
{
	struct rig *r = *state;
	uint32_t entry;
	uint64_t commands;

	spin(r);
	entry = (uint32_t)rig_read(r, G33_GTT, DATA_AT / PAGE * 4, 4);
	assert_int_not_equal(entry, 0);
	assert_int_equal(g33_step(r->dev, 50), 50);
	commands = rig_counts(r).commands;
	set_reg(r, SWF, 0x1234);
	set_reg(r, HWS_PGA, 0x12340000);
	set_reg(r, MI_MODE, MASKED_SET(STOP_RING));
	g33_reset(r->dev);
	check_cleared(r);
	assert_int_equal(reg(r, SWF), 0);
	assert_int_equal(reg(r, HWS_PGA), 0);
	assert_int_equal(reg(r, RING_START), 0);
	assert_int_equal(reg(r, MI_MODE) & STOP_RING, 0);
	assert_int_equal(reg(r, INSTDONE), 0xffffffff);
	assert_int_equal(reg(r, CLKCFG), 2);
	assert_int_equal(g33_step(r->dev, 10), 0);
	assert_int_equal(rig_read(r, G33_GTT, DATA_AT / PAGE * 4, 4), entry);
	assert_true(rig_counts(r).commands >= commands && rig_counts(r).commands == 50);
}

/* The thread executes commands as they are queued. No wake-up is lost. */
static void test_thread(void **state)
{
	struct rig *r = *state;

	rig_map(r, DATA_AT, PAGE);
	set_reg(r, IMR, ~USER_INTERRUPT);
	set_reg(r, IER, USER_INTERRUPT);
	assert_int_equal(g33_start(r->dev), 0);
	for (uint32_t i = 1; i <= 500; i++) {
		double end = now() + SOON;

		EMIT(r, MI_STORE_DWORD_IMM, DATA_AT, i, MI_USER_INTERRUPT);
		rig_go(r);
		while (!atomic_load(&r->level))
			assert_true(now() < end);
		assert_int_equal(aperture(r, DATA_AT), i);
		set_reg(r, IIR, USER_INTERRUPT);
		assert_false(atomic_load(&r->level));
		if (i % 100 == 0)
			sleep_us(20000);
	}
	assert_int_equal(atomic_load(&r->rises), 500);
	g33_stop(r->dev);
	/* After g33_stop() only g33_step() executes commands. */
	EMIT(r, MI_STORE_DWORD_IMM, DATA_AT, 1000, MI_NOOP);
	rig_go(r);
	sleep_us(20000);
	assert_int_equal(aperture(r, DATA_AT), 500);
	assert_int_equal(g33_step(r->dev, 10), 2);
	assert_int_equal(aperture(r, DATA_AT), 1000);
	/* Start with commands already in the ring. */
	EMIT(r, MI_STORE_DWORD_IMM, DATA_AT, 1001, MI_NOOP);
	rig_go(r);
	assert_int_equal(g33_start(r->dev), 0);
	assert_true(wait_for(r, DATA_AT, 1001));
}

static void test_thread_stops_and_starts(void **state)
{
	struct rig *r = *state;

	rig_map(r, DATA_AT, PAGE);
	for (uint32_t i = 0; i < 30; i++) {
		assert_int_equal(g33_start(r->dev), 0);
		EMIT(r, MI_STORE_DWORD_IMM, DATA_AT, i, MI_NOOP);
		rig_go(r);
		if (i % 2)
			assert_true(wait_for(r, DATA_AT, i));
		g33_stop(r->dev);
		g33_step(r->dev, 100);
		assert_int_equal(aperture(r, DATA_AT), i);
	}
}

/* Stopping and restarting the ring by MI_MODE wakes the thread, without a write to TAIL. */
static void test_thread_stop_ring(void **state)
{
	struct rig *r = *state;

	rig_map(r, DATA_AT, PAGE);
	assert_int_equal(g33_start(r->dev), 0);
	for (uint32_t i = 1; i <= 20; i++) {
		set_reg(r, MI_MODE, MASKED_SET(STOP_RING));
		EMIT(r, MI_STORE_DWORD_IMM, DATA_AT, i, MI_NOOP);
		rig_go(r);
		sleep_us(2000);
		assert_int_equal(aperture(r, DATA_AT), i - 1);
		assert_true(reg(r, MI_MODE) & MODE_IDLE);
		set_reg(r, MI_MODE, MASKED_CLEAR(STOP_RING));
		assert_true(wait_for(r, DATA_AT, i));
		assert_true(rig_wait(r, MI_MODE, MODE_IDLE, MODE_IDLE, SOON));
	}
}

static void test_spinner_and_reset(void **state)
{
	struct rig *r = *state;

	assert_int_equal(g33_start(r->dev), 0);
	for (uint32_t i = 0; i < 5; i++) {
		double t;

		rig_ring(r, RING_AT, 4 * PAGE);
		spin(r);
		assert_true(wait_for(r, DATA_AT, 1));
		assert_false(reg(r, MI_MODE) & MODE_IDLE);
		assert_true(reg(r, ACTHD) >= SPIN_AT && reg(r, ACTHD) < SPIN_AT + PAGE);
		t = now();
		if (i == 3)
			g33_reset(r->dev);
		else
			reset(r);
		assert_true(reset_done(r));
		assert_true(now() - t < SOON);
		check_cleared(r);
		works(r, 100 + i);
		assert_int_equal(aperture(r, DATA_AT + 4), 0);
		rig_write(r, G33_APERTURE, DATA_AT, 4, 0);
	}
}

/* Ending a spinner as IGT does: its first command is overwritten with a batch end. */
static void test_spinner_and_end(void **state)
{
	struct rig *r = *state;

	start_and_spin(r);
	sleep_us(5000);
	assert_int_equal(aperture(r, DATA_AT + 4), 0);
	rig_write(r, G33_APERTURE, SPIN_AT + 12, 4, MI_BATCH_BUFFER_END);
	assert_true(wait_for(r, DATA_AT + 4, 2));
	assert_true(rig_wait(r, MI_MODE, MODE_IDLE, MODE_IDLE, SOON));
}

/* Disabling the ring ends a spinner. */
static void test_spinner_and_ctl(void **state)
{
	struct rig *r = *state;

	start_and_spin(r);
	set_reg(r, RING_CTL, 0);
	assert_true(rig_wait(r, MI_MODE, MODE_IDLE, MODE_IDLE, SOON));
	works(r, 200);
	assert_int_equal(aperture(r, DATA_AT + 4), 0);
}

/* The thread stops while a spinner runs. */
static void test_spinner_and_stop(void **state)
{
	struct rig *r = *state;
	double t;

	start_and_spin(r);
	t = now();
	g33_stop(r->dev);
	assert_true(now() - t < SOON);
	assert_false(reg(r, MI_MODE) & MODE_IDLE);
	/* The teardown destroys the device while it spins. */
	assert_int_equal(g33_start(r->dev), 0);
}

/* A spinner does not delay accesses. The limit is on the total, as the machine may be busy. */
static void test_spinner_and_accesses(void **state)
{
	struct rig *r = *state;
	double t;

	start_and_spin(r);
	t = now();
	for (uint32_t i = 0; i < 500; i++) {
		set_reg(r, SWF, i);
		assert_int_equal(reg(r, SWF), i);
		rig_write(r, G33_APERTURE, DATA_AT + 64, 4, i);
		assert_int_equal(aperture(r, DATA_AT + 64), i);
	}
	assert_true(now() - t < SOON);
}

/* 65535 lines of 131068 bytes, all at the same address: takes many seconds. */
static void huge_blit(struct rig *r, bool copy, uint32_t color)
{
	rig_map(r, DATA_AT, 36 * PAGE);
	rig_map(r, DATA_AT + 0x100000, 36 * PAGE);
	if (copy)
		EMIT(r, 0x54f00006, 3u << 24 | 0xcc << 16, 0x8000u << 16 | 0, 0x7fffu << 16 | 32767, DATA_AT, 0x8000u << 16 | 0, 0,
		     DATA_AT + 0x100000);
	else
		EMIT(r, 0x54300004, 3u << 24 | 0xf0 << 16, 0x8000u << 16 | 0, 0x7fffu << 16 | 32767, DATA_AT, color);
	rig_go(r);
}

static void reset_huge(struct rig *r, bool copy)
{
	assert_int_equal(g33_start(r->dev), 0);
	for (uint32_t i = 1; i <= 3; i++) {
		double t;

		rig_ring(r, RING_AT, 4 * PAGE);
		if (copy)
			rig_map(r, DATA_AT + 0x100000, 36 * PAGE);
		if (copy)
			rig_write(r, G33_APERTURE, DATA_AT + 0x100000, 4, i);
		huge_blit(r, copy, i);
		assert_true(wait_for(r, DATA_AT, i));
		/* Registers can be read during the blit. */
		t = now();
		assert_false(reg(r, MI_MODE) & MODE_IDLE);
		assert_true(now() - t < SOON);
		t = now();
		if (i == 2)
			g33_reset(r->dev);
		else
			reset(r);
		/* The blit has ended: it does not overwrite new data. */
		rig_write(r, G33_APERTURE, DATA_AT, 4, 0xabcdef00 + i);
		assert_true(reset_done(r));
		assert_true(now() - t < SOON);
		check_cleared(r);
		sleep_us(50000);
		assert_int_equal(aperture(r, DATA_AT), 0xabcdef00 + i);
		works(r, 300 + i);
	}
}

static void test_huge_blit(void **state)
{
	reset_huge(*state, false);
}

static void test_huge_copy(void **state)
{
	reset_huge(*state, true);
}

/* A reset ends an unmapped blit, too. Stopping the thread ends a mapped one. */
static void test_huge_blit_nowhere(void **state)
{
	struct rig *r = *state;
	double t;

	rig_map(r, DATA_AT, PAGE);
	EMIT(r, 0x54f00006, 3u << 24 | 0xcc << 16 | 0x7fff, 0, 0x7fffu << 16 | 32767, 0x40000000, 0, 0x8000, 0xf0000000, MI_NOOP, MI_NOOP);
	rig_go(r);
	assert_int_equal(g33_start(r->dev), 0);
	sleep_us(10000);
	t = now();
	reset(r);
	assert_true(reset_done(r));
	assert_true(now() - t < SOON);
	check_cleared(r);
	works(r, 400);
	huge_blit(r, true, 0);
	t = now();
	g33_stop(r->dev);
	assert_true(now() - t < SOON);
	r->expect_invalid_pte = rig_counts(r).invalid_pte != 0;
}

/* Disables the ring in the middle of a blit, as i915 does before a reset. */
static void test_huge_blit_and_ctl(void **state)
{
	struct rig *r = *state;
	double t;

	assert_int_equal(g33_start(r->dev), 0);
	huge_blit(r, false, 55);
	assert_true(wait_for(r, DATA_AT, 55));
	t = now();
	set_reg(r, RING_CTL, 0);
	reset(r);
	assert_true(reset_done(r));
	assert_true(now() - t < SOON);
	works(r, 500);
}

/*
 * Three threads, as CPUs, access the device while it executes: registers, fences and I/O ports; the
 * aperture; the page table. Each accesses its own data and must read what it wrote.
 */
struct cpu {
	struct rig *r;
	unsigned int n;
	atomic_uint errors;
	atomic_bool *stop;
	pthread_t thread;
};

static uint64_t access_(struct cpu *c, unsigned int region, uint64_t offset, size_t len, uint64_t v, bool write)
{
	uint64_t got = 0;

	if (write ? g33_write(c->r->dev, region, offset, &v, len) : g33_read(c->r->dev, region, offset, &got, len))
		atomic_fetch_add(&c->errors, 1);
	return got;
}

static void *cpu_main(void *arg)
{
	struct cpu *c = arg;
	uint64_t seed = c->n + 1;

	for (uint32_t i = 0; !atomic_load(c->stop); i++) {
		uint32_t v = (uint32_t)rnd(&seed), at = rnd_below(&seed, 64);

		switch (c->n) {
		case 0:
			access_(c, G33_MMIO, SWF + at * 4, 4, v, true);
			access_(c, G33_MMIO, 0x3010, 4, 0x08000000 | (v & 0x1070) | 1, true);
			access_(c, G33_MMIO, ACTHD, 4, 0, false);
			access_(c, G33_MMIO, RING_HEAD, 4, 0, false);
			access_(c, G33_MMIO, MI_MODE, 4, 0, false);
			access_(c, G33_IO, 0, 4, SWF + at * 4, true);
			if (access_(c, G33_IO, 4, 4, 0, false) != v || access_(c, G33_MMIO, SWF + at * 4, 4, 0, false) != v)
				atomic_fetch_add(&c->errors, 1);
			break;
		case 1:
			access_(c, G33_APERTURE, DATA_AT + 2 * PAGE + at * 100, 8, v, true);
			if (access_(c, G33_APERTURE, DATA_AT + 2 * PAGE + at * 100, 8, 0, false) != v)
				atomic_fetch_add(&c->errors, 1);
			break;
		case 2:
			access_(c, G33_GTT, 0x60000 + at * 4, 4, pte(LOW_BASE), true);
			if (access_(c, G33_GTT, 0x60000 + at * 4, 4, 0, false) != pte(LOW_BASE))
				atomic_fetch_add(&c->errors, 1);
			access_(c, G33_GTT, 0x60000 + at * 4, 4, 0, true);
			access_(c, G33_CONFIG, 4, 2, 0, false);
			break;
		}
	}
	return NULL;
}

static void test_concurrent(void **state)
{
	struct rig *r = *state;
	struct cpu cpu[3] = { 0 };
	atomic_bool stop = false;
	double end = now() + 0.7;
	uint32_t seqno = 0;

	rig_map(r, DATA_AT, 16 * PAGE);
	set_reg(r, IMR, ~USER_INTERRUPT);
	set_reg(r, IER, USER_INTERRUPT);
	assert_int_equal(g33_start(r->dev), 0);
	for (unsigned int i = 0; i < 3; i++) {
		cpu[i].r = r;
		cpu[i].n = i;
		cpu[i].stop = &stop;
		assert_int_equal(pthread_create(&cpu[i].thread, NULL, cpu_main, &cpu[i]), 0);
	}
	while (now() < end) {
		seqno++;
		EMIT(r, 0x54300004, 3u << 24 | 0xf0 << 16 | 256, 0, 16 << 16 | 64, DATA_AT + 8 * PAGE, seqno);
		EMIT(r, 0x54f00006, 3u << 24 | 0xcc << 16 | 256, 0, 16 << 16 | 64, DATA_AT + 12 * PAGE, 0, 256, DATA_AT + 8 * PAGE);
		EMIT(r, MI_STORE_DWORD_IMM, DATA_AT, seqno, MI_USER_INTERRUPT);
		rig_go(r);
		while (!atomic_load(&r->level) && now() < end + SOON)
			;
		if (aperture(r, DATA_AT) != seqno || aperture(r, DATA_AT + 12 * PAGE + 15 * 256 + 252) != seqno)
			break;
		set_reg(r, IIR, USER_INTERRUPT);
	}
	atomic_store(&stop, true);
	for (unsigned int i = 0; i < 3; i++)
		pthread_join(cpu[i].thread, NULL);
	assert_int_equal(aperture(r, DATA_AT), seqno);
	assert_int_equal(aperture(r, DATA_AT + 12 * PAGE + 15 * 256 + 252), seqno);
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(atomic_load(&cpu[i].errors), 0);
	assert_int_equal(atomic_load(&r->rises), seqno);
}

/* Devices with and without a thread and a passed page table. LeakSanitizer reports leaks. */
static void test_create_destroy(void **state)
{
	struct rig *r = *state;
	struct gpu_bus bus = { .opaque = r, .memory = rig_memory, .interrupt = rig_interrupt };

	for (int i = 0; i < 40; i++) {
		uint32_t *ptes = i & 1 ? calloc(1, G33_GTT_SIZE) : NULL;
		struct gpu *dev = g33_create(&bus, ptes);

		assert_non_null(dev);
		if (i & 2)
			assert_int_equal(g33_start(dev), 0);
		if (i & 4)
			g33_reset(dev);
		if (i & 8)
			g33_stop(dev);
		g33_destroy(dev);
		free(ptes);
	}
	/* Two devices do not share state. */
	set_reg(r, SWF, 1);
	{
		struct gpu *dev = g33_create(&bus, NULL);
		uint32_t v = 2;

		assert_int_equal(g33_write(dev, G33_MMIO, SWF, &v, 4), 0);
		assert_int_equal(reg(r, SWF), 1);
		g33_destroy(dev);
		assert_int_equal(reg(r, SWF), 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RING(test_gdrst), RING(test_gdrst_other_bits), RING(test_after_bad_command), RING(test_pci_reset), RING(test_thread),
		RING(test_thread_stops_and_starts), RING(test_thread_stop_ring),
		RING(test_spinner_and_reset), RING(test_spinner_and_end), RING(test_spinner_and_ctl),
		RING(test_spinner_and_stop), RING(test_spinner_and_accesses), RING(test_huge_blit), RING(test_huge_copy),
		RING(test_huge_blit_nowhere), RING(test_huge_blit_and_ctl), RING(test_concurrent), PLAIN(test_create_destroy),
	};

	return cmocka_run_group_tests_name("reset", tests, NULL, NULL);
}
