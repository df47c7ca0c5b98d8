// SPDX-License-Identifier: MIT
/*
 * Interrupts: PRM vol. 1, interrupt control registers. An event that IMR does not mask is latched
 * in IIR; INTA is high while a bit is set in both IIR and IER; writing ones to IIR acknowledges.
 * i915's handlers: i915_irq.c.
 */
#include "rig.h"

static void event(struct rig *r)
{
	EMIT(r, MI_USER_INTERRUPT);
	rig_run(r);
}

/* Checks that the level last passed to interrupt() (gpu-model.h) is that of IIR and IER. */
static void check(struct rig *r, bool level, unsigned int rises)
{
	assert_int_equal(atomic_load(&r->level), level);
	assert_int_equal(atomic_load(&r->rises), rises);
	assert_int_equal((reg(r, IIR) & reg(r, IER)) != 0, level);
	assert_int_equal(rig_counts(r).interrupts, rises);
}

static void enable(struct rig *r)
{
	set_reg(r, IMR, ~USER_INTERRUPT);
	set_reg(r, IER, USER_INTERRUPT);
	check(r, false, 0);
}

static void test_one(void **state)
{
	struct rig *r = *state;
	unsigned int calls, handled;

	enable(r);
	calls = atomic_load(&r->calls);
	event(r);
	assert_int_equal(reg(r, IIR), USER_INTERRUPT);
	check(r, true, 1);
	assert_int_equal(atomic_load(&r->calls), calls + 1);
	/* Reading IIR does not acknowledge, but calls handling(). */
	handled = atomic_load(&r->handled);
	assert_int_equal(reg(r, IIR), USER_INTERRUPT);
	assert_int_equal(atomic_load(&r->handled), handled + 1);
	check(r, true, 1);
	set_reg(r, IIR, USER_INTERRUPT);
	handled = atomic_load(&r->handled);
	assert_int_equal(reg(r, IIR), 0);
	assert_int_equal(atomic_load(&r->handled), handled);
	check(r, false, 1);
	assert_int_equal(atomic_load(&r->calls), calls + 2);
	/* There is no further interrupt. */
	assert_int_equal(g33_step(r->dev, 100), 0);
	check(r, false, 1);
	assert_int_equal(atomic_load(&r->calls), calls + 2);
}

/* The user interrupt sets bit 1 only (i915 I915_USER_INTERRUPT). */
static void test_only_its_bit(void **state)
{
	struct rig *r = *state;

	set_reg(r, IMR, 0);
	set_reg(r, IER, 0xffffffff);
	event(r);
	assert_int_equal(reg(r, IIR), USER_INTERRUPT);
	check(r, true, 1);
}

/*
 * Writing zeros, or ones to other bits, does not acknowledge. interrupt() is called if the line
 * stays high.
 */
static void test_other_acks(void **state)
{
	struct rig *r = *state;

	enable(r);
	event(r);
	for (unsigned int bit = 0; bit < 32; bit++) {
		unsigned int calls = atomic_load(&r->calls);

		if (1u << bit == USER_INTERRUPT)
			continue;
		set_reg(r, IIR, 1u << bit);
		check(r, true, 1);
		assert_int_equal(atomic_load(&r->calls), calls + 1);
	}
	set_reg(r, IIR, 0);
	check(r, true, 1);
	/* A write of one or two bytes does not write back the other bytes. */
	rig_write(r, G33_MMIO, IIR + 1, 1, 0xff);
	rig_write(r, G33_MMIO, IIR + 2, 2, 0xffff);
	check(r, true, 1);
	rig_write(r, G33_MMIO, IER, 4, USER_INTERRUPT);
	check(r, true, 1);
	rig_write(r, G33_MMIO, IIR, 1, USER_INTERRUPT);
	check(r, false, 1);
}

static void test_masked_is_not_latched(void **state)
{
	struct rig *r = *state;

	set_reg(r, IER, 0xffffffff);
	set_reg(r, IMR, 0xffffffff);
	event(r);
	assert_int_equal(reg(r, IIR), 0);
	check(r, false, 0);
	assert_int_equal(atomic_load(&r->calls), 0);
	set_reg(r, IMR, USER_INTERRUPT);
	event(r);
	assert_int_equal(reg(r, IIR), 0);
	/* A masked event is lost: unmasking does not raise it. */
	set_reg(r, IMR, 0);
	assert_int_equal(reg(r, IIR), 0);
	check(r, false, 0);
	event(r);
	check(r, true, 1);
	/* Masking does not clear a latched bit. */
	set_reg(r, IMR, 0xffffffff);
	assert_int_equal(reg(r, IIR), USER_INTERRUPT);
	check(r, true, 1);
	set_reg(r, IIR, USER_INTERRUPT);
	check(r, false, 1);
}

/* IER gates the line, not IIR. */
static void test_enable(void **state)
{
	struct rig *r = *state;

	set_reg(r, IMR, 0);
	set_reg(r, IER, 0);
	event(r);
	assert_int_equal(reg(r, IIR), USER_INTERRUPT);
	check(r, false, 0);
	set_reg(r, IER, ~USER_INTERRUPT);
	check(r, false, 0);
	for (unsigned int i = 1; i < 5; i++) {
		set_reg(r, IER, USER_INTERRUPT);
		check(r, true, i);
		set_reg(r, IER, USER_INTERRUPT | 1);
		check(r, true, i);
		set_reg(r, IER, 0);
		check(r, false, i);
	}
	set_reg(r, IIR, 0xffffffff);
	set_reg(r, IER, 0xffffffff);
	check(r, false, 4);
}

/* Two events before the acknowledgement are one interrupt; an event after it is another. */
static void test_none_lost(void **state)
{
	struct rig *r = *state;
	unsigned int calls;

	enable(r);
	event(r);
	calls = atomic_load(&r->calls);
	event(r);
	check(r, true, 1);
	assert_int_equal(atomic_load(&r->calls), calls); /* the line has not changed: no call */
	set_reg(r, IIR, USER_INTERRUPT);
	check(r, false, 1);
	for (unsigned int i = 2; i < 200; i++) {
		event(r);
		check(r, true, i);
		set_reg(r, IIR, reg(r, IIR));
		check(r, false, i);
	}
	/* The ring acknowledges each interrupt itself. */
	for (int i = 0; i < 50; i++)
		EMIT(r, MI_USER_INTERRUPT, MI_LOAD_REGISTER_IMM(1), IIR, USER_INTERRUPT);
	rig_run(r);
	check(r, false, 199 + 50);
}

/* With nothing pending, no write to an interrupt register raises the line. */
static void test_none_spurious(void **state)
{
	struct rig *r = *state;
	uint64_t seed = 5;

	for (int i = 0; i < 2000; i++) {
		static const uint32_t o[] = { IER, IIR, IMR, ISR, EIR, EMR, 0x2098, 0x70024, 0x71024, 0x61114, MI_MODE };

		set_reg(r, o[rnd_below(&seed, sizeof(o) / sizeof(o[0]))], (uint32_t)rnd(&seed));
		assert_false(atomic_load(&r->level));
	}
	assert_int_equal(reg(r, IIR), 0);
	assert_int_equal(atomic_load(&r->rises), 0);
}

/* MI_USER_INTERRUPT is not privileged: it works in secure and non-secure batches. */
static void test_from_batches(void **state)
{
	struct rig *r = *state;

	enable(r);
	BATCH(r, BATCH_AT, MI_USER_INTERRUPT, MI_BATCH_BUFFER_END);
	for (uint32_t i = 0; i < 2; i++) {
		EMIT(r, MI_BATCH_BUFFER_START, BATCH_AT | i);
		rig_run(r);
		check(r, true, i + 1);
		set_reg(r, IIR, USER_INTERRUPT);
		check(r, false, i + 1);
	}
}

/* Bit 10 of the PCI command register keeps INTA low and has no other effect (PCI 3.0, 6.2.2). */
static void test_intx_disable(void **state)
{
	struct rig *r = *state;

	enable(r);
	event(r);
	check(r, true, 1);
	rig_write(r, G33_CONFIG, 0x04, 2, 0x0407);
	assert_false(atomic_load(&r->level));
	assert_int_equal(reg(r, IIR), USER_INTERRUPT);
	set_reg(r, IER, USER_INTERRUPT);
	event(r);
	assert_false(atomic_load(&r->level));
	rig_write(r, G33_CONFIG, 0x04, 2, 0x0007);
	check(r, true, 2);
	set_reg(r, IIR, USER_INTERRUPT);
	check(r, false, 2);
}

/* A breadcrumb: a store before the interrupt is in memory when the interrupt is raised. */
struct order {
	struct rig *r;
	unsigned int seen, wrong;
};

static struct order order;

static void look(void *opaque, bool level)
{
	struct order *o = opaque;

	if (level && rig_dword(o->r, SCRATCH_AT) != ++o->seen)
		o->wrong++;
}

static void *order_memory(void *opaque, uint64_t addr, size_t len)
{
	return rig_memory(((struct order *)opaque)->r, addr, len);
}

static void test_after_the_store(void **state)
{
	struct rig *r = *state;
	struct gpu_bus bus = { .opaque = &order, .memory = order_memory, .interrupt = look };

	order = (struct order){ .r = r };
	g33_destroy(r->dev);
	r->dev = g33_create(&bus, NULL);
	assert_non_null(r->dev);
	memset(r->phys, 0, sizeof(r->phys));
	rig_map(r, SCRATCH_AT, PAGE);
	rig_ring(r, RING_AT, 4 * PAGE);
	set_reg(r, IMR, ~USER_INTERRUPT);
	set_reg(r, IER, USER_INTERRUPT);
	for (uint32_t i = 1; i <= 20; i++)
		EMIT(r, MI_STORE_DWORD_IMM, SCRATCH_AT, i, MI_USER_INTERRUPT, MI_LOAD_REGISTER_IMM(1), IIR, USER_INTERRUPT);
	rig_run(r);
	assert_int_equal(order.seen, 20);
	assert_int_equal(order.wrong, 0);
}

/* A PCI reset lowers the line and clears IIR and IER. */
static void test_reset(void **state)
{
	struct rig *r = *state;

	enable(r);
	event(r);
	check(r, true, 1);
	g33_reset(r->dev);
	assert_false(atomic_load(&r->level));
	assert_int_equal(reg(r, IIR), 0);
	assert_int_equal(reg(r, IER), 0);
	check(r, false, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RING(test_one), RING(test_only_its_bit), RING(test_other_acks), RING(test_masked_is_not_latched), RING(test_enable),
		RING(test_none_lost), RING(test_none_spurious), RING(test_from_batches), RING(test_intx_disable),
		RING(test_after_the_store), RING(test_reset),
	};

	return cmocka_run_group_tests_name("interrupts", tests, NULL, NULL);
}
