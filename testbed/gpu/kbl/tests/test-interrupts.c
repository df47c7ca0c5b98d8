// SPDX-License-Identifier: MIT
/*
 * Interrupts: the masks of the engine and the bank apply to an event, IER enables it for the
 * master, and the edge sends a message. i915 gt/intel_gt_irq.c, i915_irq.c gen8_irq_handler().
 */
#include "rig.h"

#define ENABLE (1u << 31)

/* Bits of the master, by engine: i915 GEN8_GT_RCS_IRQ and the like. */
static const uint32_t master_bit[] = { 1u << 0, 1u << 1, 1u << 2, 1u << 6 };

static uint32_t bank_reg(unsigned int engine, uint32_t offset)
{
	return offset + 16 * engines[engine].bank;
}

static uint32_t shifted(unsigned int engine, uint32_t event)
{
	return event << engines[engine].shift;
}

static uint32_t iir(struct rig *r, unsigned int engine)
{
	return reg(r, bank_reg(engine, GT_IIR));
}

static unsigned int messages(struct rig *r)
{
	assert_int_equal(counts(r).interrupts, atomic_load(&r->messages));
	return atomic_load(&r->messages);
}

/* IMR has its bits at their positions in the bank: i915 logical_ring_default_irqs(). */
static void enable(struct rig *r, unsigned int engine, uint32_t events)
{
	set_ereg(r, engine, IMR, ~shifted(engine, events));
	set_reg(r, bank_reg(engine, GT_IMR), 0);
	set_reg(r, bank_reg(engine, GT_IER), ~0u);
	set_reg(r, MASTER_IRQ, ENABLE);
}

static void user_event(struct ctx *c)
{
	EMIT(c, MI_USER_INTERRUPT, MI_NOOP);
	run(c);
}

static void test_each_engine(void **state)
{
	struct rig *r = *state;

	for (unsigned int e = 0; e < ENGINE_COUNT; e++) {
		struct ctx *c = new_context(r, e);

		enable(r, e, USER_EVENT);
		user_event(c);
		assert_int_equal(iir(r, e), shifted(e, USER_EVENT));
		assert_int_equal(reg(r, MASTER_IRQ), ENABLE | master_bit[e]);
		assert_int_equal(messages(r), e + 1);
		set_reg(r, bank_reg(e, GT_IIR), shifted(e, USER_EVENT));
		assert_int_equal(iir(r, e), 0);
		assert_int_equal(reg(r, MASTER_IRQ), ENABLE);
		assert_int_equal(messages(r), e + 1);
	}
}

/* Each event sets its bit. */
static void test_events(void **state)
{
	struct rig *r = *state;

	for (unsigned int e = 0; e < ENGINE_COUNT; e++) {
		struct ctx *c = new_context(r, e);

		enable(r, e, SWITCH_EVENT | NOTIFY_EVENT | WAIT_EVENT);
		run(c);
		assert_int_equal(iir(r, e), shifted(e, SWITCH_EVENT));
		set_reg(r, bank_reg(e, GT_IIR), ~0u);
		set_ereg(r, e, IMR, ~shifted(e, NOTIFY_EVENT | WAIT_EVENT));
		if (e == RCS)
			EMIT(c, PIPE_CONTROL, 1u << 8, 0, 0, 0, 0);
		else
			EMIT(c, MI_FLUSH_DW | 1u << 8, 0, 0, 0, 0);
		run(c);
		assert_int_equal(iir(r, e), shifted(e, NOTIFY_EVENT));
		set_reg(r, bank_reg(e, GT_IIR), ~0u);
		EMIT(c, MI_SEMAPHORE_WAIT(MEM_NE), 0, ADDR(DATA_AT));
		submit(c);
		step_for_a_while(r);
		assert_int_equal(iir(r, e), shifted(e, WAIT_EVENT));
		/* Polling a semaphore is one event. */
		set_reg(r, bank_reg(e, GT_IIR), ~0u);
		step_for_a_while(r);
		assert_int_equal(iir(r, e), 0);
		set_dword(c, DATA_AT, 1);
		settle(r);
		assert_int_equal(iir(r, e), 0);
		/* A semaphore that does not wait raises no event. */
		EMIT(c, MI_SEMAPHORE_WAIT(MEM_NE), 0, ADDR(DATA_AT));
		run(c);
		assert_int_equal(iir(r, e), 0);
	}
}

/* An unknown command raises an error, unless EMR masks it. i915 enable_error_interrupt(). */
static void test_error(void **state)
{
	struct rig *r = *state;

	for (unsigned int masked = 0; masked < 2; masked++) {
		struct ctx *c = new_context(r, RCS);

		enable(r, RCS, 1u << 3);
		set_ereg(r, RCS, 0xb4, masked ? ~0u : ~1u);
		EMIT(c, BAD_COMMAND);
		submit(c);
		step(r);
		assert_int_equal(ereg(r, RCS, EIR), 1);
		assert_int_equal(iir(r, RCS), masked ? 0 : 1u << 3);
		set_reg(r, bank_reg(RCS, GT_IIR), ~0u);
		set_ereg(r, RCS, EIR, 1);
		assert_int_equal(ereg(r, RCS, EIR), 0);
		set_reg(r, GDRST, engines[RCS].reset);
		start_engine(r, RCS);
	}
	r->expect.bad_command = 2;
}

/* A masked event is lost. */
static void test_masks(void **state)
{
	struct rig *r = *state;

	for (unsigned int e = 0; e < ENGINE_COUNT; e++) {
		struct ctx *c = new_context(r, e);
		const unsigned int before = messages(r);

		enable(r, e, 0);
		user_event(c);
		assert_int_equal(iir(r, e), 0);
		set_ereg(r, e, IMR, ~shifted(e, USER_EVENT));
		assert_int_equal(iir(r, e), 0);
		set_reg(r, bank_reg(e, GT_IMR), shifted(e, USER_EVENT));
		user_event(c);
		assert_int_equal(iir(r, e), 0);
		set_reg(r, bank_reg(e, GT_IMR), ~shifted(e, USER_EVENT));
		assert_int_equal(iir(r, e), 0);
		assert_int_equal(messages(r), before);
		user_event(c);
		assert_int_equal(iir(r, e), shifted(e, USER_EVENT));
		assert_int_equal(messages(r), before + 1);
		/* Masking does not clear a latched bit. */
		set_ereg(r, e, IMR, ~0u);
		set_reg(r, bank_reg(e, GT_IMR), ~0u);
		assert_int_equal(iir(r, e), shifted(e, USER_EVENT));
		set_reg(r, bank_reg(e, GT_IIR), ~0u);
	}
}

/* The mask of an engine does not apply to the other engine of the bank. */
static void test_shared_bank(void **state)
{
	struct rig *r = *state;
	struct ctx *a = new_context(r, RCS), *b = new_context(r, BCS);

	enable(r, BCS, USER_EVENT);
	user_event(a);
	user_event(b);
	assert_int_equal(reg(r, GT_IIR), 1u << 16);
	assert_int_equal(reg(r, MASTER_IRQ), ENABLE | 1u << 1);
	/* IER applies per engine, too. */
	set_reg(r, GT_IER, 1);
	assert_int_equal(reg(r, MASTER_IRQ), ENABLE);
}

/* IER gates the bits of IIR. */
static void test_enable(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, VECS);

	enable(r, VECS, USER_EVENT);
	set_reg(r, bank_reg(VECS, GT_IER), 0);
	user_event(c);
	assert_int_equal(iir(r, VECS), USER_EVENT);
	assert_int_equal(reg(r, MASTER_IRQ), ENABLE);
	assert_int_equal(messages(r), 0);
	set_reg(r, bank_reg(VECS, GT_IER), ~USER_EVENT);
	assert_int_equal(messages(r), 0);
	for (unsigned int i = 1; i < 4; i++) {
		set_reg(r, bank_reg(VECS, GT_IER), USER_EVENT);
		assert_int_equal(messages(r), i);
		set_reg(r, bank_reg(VECS, GT_IER), USER_EVENT);
		assert_int_equal(messages(r), i);
		set_reg(r, bank_reg(VECS, GT_IER), 0);
	}
}

/* The sequence of the handler: disable the master, read, acknowledge, enable the master. */
static void test_master(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, VCS);

	enable(r, VCS, USER_EVENT);
	set_reg(r, MASTER_IRQ, 0);
	user_event(c);
	assert_int_equal(messages(r), 0);
	/* Pending bits can be read while the master is off. */
	assert_int_equal(reg(r, MASTER_IRQ), master_bit[VCS]);
	set_reg(r, MASTER_IRQ, ENABLE);
	assert_int_equal(messages(r), 1);
	/* Without an acknowledgement, enabling the master sends another message. */
	set_reg(r, MASTER_IRQ, 0);
	set_reg(r, MASTER_IRQ, ENABLE);
	assert_int_equal(messages(r), 2);
	set_reg(r, MASTER_IRQ, 0);
	set_reg(r, bank_reg(VCS, GT_IIR), USER_EVENT);
	set_reg(r, MASTER_IRQ, ENABLE);
	assert_int_equal(messages(r), 2);
	/* An event between the acknowledgement and the master. */
	set_reg(r, MASTER_IRQ, 0);
	user_event(c);
	set_reg(r, MASTER_IRQ, ENABLE);
	assert_int_equal(messages(r), 3);
	/* The other bits of the master are read-only. */
	set_reg(r, bank_reg(VCS, GT_IIR), ~0u);
	set_reg(r, MASTER_IRQ, ~0u);
	assert_int_equal(reg(r, MASTER_IRQ), ENABLE);
	assert_int_equal(messages(r), 3);
}

/* Two events before the acknowledgement are one message; each after it is another. */
static void test_edges(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS), *d = new_context(r, VCS);

	enable(r, VCS, USER_EVENT);
	enable(r, RCS, USER_EVENT);
	user_event(c);
	user_event(c);
	user_event(d);
	assert_int_equal(messages(r), 1);
	/* One of two causes remains: no edge. */
	set_reg(r, bank_reg(RCS, GT_IIR), ~0u);
	assert_int_equal(messages(r), 1);
	user_event(c);
	assert_int_equal(messages(r), 1);
	set_reg(r, bank_reg(RCS, GT_IIR), ~0u);
	set_reg(r, bank_reg(VCS, GT_IIR), ~0u);
	for (unsigned int i = 2; i < 20; i++) {
		user_event(c);
		assert_int_equal(messages(r), i);
		set_reg(r, bank_reg(RCS, GT_IIR), iir(r, RCS));
	}
}

/* ISR is read-only and 0 in the model. The third bank has no engine. */
static void test_other_registers(void **state)
{
	struct rig *r = *state;

	set_reg(r, MASTER_IRQ, ENABLE);
	for (unsigned int i = 0; i < 4; i++) {
		set_reg(r, GT_ISR + 16 * i, ~0u);
		set_reg(r, GT_IMR + 16 * i, 0);
		set_reg(r, GT_IER + 16 * i, ~0u);
		set_reg(r, GT_IIR + 16 * i, ~0u);
		assert_int_equal(reg(r, GT_ISR + 16 * i), 0);
		assert_int_equal(reg(r, GT_IMR + 16 * i), 0);
		assert_int_equal(reg(r, GT_IER + 16 * i), ~0u);
		assert_int_equal(reg(r, GT_IIR + 16 * i), 0);
	}
	assert_int_equal(messages(r), 0);
}

/* A store before the interrupt is in memory when the message is sent. */
struct order {
	struct rig *r;
	struct ctx *c;
	unsigned int seen, wrong;
};

static struct order order;

static void look(void *opaque)
{
	struct order *o = opaque;

	if (*(uint32_t *)mem(o->r, o->c->pml4, DATA_AT) != ++o->seen)
		o->wrong++;
}

static void *order_memory(void *opaque, uint64_t addr, size_t len)
{
	return rig_memory(((struct order *)opaque)->r, addr, len);
}

static void test_after_the_store(void **state)
{
	struct rig *r = *state;
	struct gpu_bus bus = { .opaque = &order, .memory = order_memory, .message = look };
	struct ctx *c;

	kbl_destroy(r->dev);
	r->dev = kbl_create(&bus, NULL);
	assert_non_null(r->dev);
	r->hwsp[RCS] = new_ggtt(r, 1);
	start_engine(r, RCS);
	c = new_context(r, RCS);
	order = (struct order){ .r = r, .c = c };
	enable(r, RCS, USER_EVENT);
	for (uint32_t i = 1; i <= 20; i++)
		EMIT(c, MI_STORE_DWORD, ADDR(DATA_AT), i, MI_USER_INTERRUPT, MI_LOAD_IMM(1), GT_IIR,
		     USER_EVENT);
	run(c);
	assert_int_equal(order.seen, 20);
	assert_int_equal(order.wrong, 0);
}

/* A PCI reset clears pending and enabled interrupts. */
static void test_pci_reset(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, RCS);

	enable(r, RCS, USER_EVENT);
	user_event(c);
	assert_int_equal(messages(r), 1);
	kbl_reset(r->dev);
	assert_int_equal(reg(r, MASTER_IRQ), 0);
	assert_int_equal(iir(r, RCS), 0);
	set_reg(r, MASTER_IRQ, ENABLE);
	assert_int_equal(messages(r), 1);
	start_engine(r, RCS);
	enable(r, RCS, USER_EVENT);
	set_image(c, HEAD, c->tail);
	user_event(c);
	assert_int_equal(messages(r), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_each_engine), TEST(test_events), TEST(test_error), TEST(test_masks),
		TEST(test_shared_bank), TEST(test_enable), TEST(test_master), TEST(test_edges),
		TEST(test_other_registers), TEST(test_after_the_store), TEST(test_pci_reset),
	};

	return cmocka_run_group_tests_name("interrupts", tests, NULL, NULL);
}
