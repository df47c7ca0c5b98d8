// SPDX-License-Identifier: MIT
/*
 * INTx between a device's line and a client's eventfd: testbed/gpu/common/intx.c. The tests act as
 * the device and as QEMU; intx.c describes QEMU's behaviour.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "intx.h"

static struct intx x;
static int client; /* the client's duplicate of the eventfd */

static int setup(void **state)
{
	(void)state;
	intx_init(&x);
	client = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	intx_connect(&x, dup(client));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	intx_connect(&x, -1);
	close(client);
	return 0;
}

/* Reads the client's eventfd. Returns the number of signals since the last read. */
static unsigned int signals(void)
{
	uint64_t n;

	return read(client, &n, sizeof(n)) == sizeof(n) ? (unsigned int)n : 0;
}

static void test_one(void **state)
{
	(void)state;
	assert_int_equal(signals(), 0);
	intx_line(&x, true);
	assert_int_equal(signals(), 1);
	intx_handling(&x, 90);  /* the handler has read IIR */
	intx_unmask(&x, 100);
	assert_int_equal(signals(), 0);
	assert_int_equal(x.deadline, 100 + INTX_HANDLING_NS);
	intx_line(&x, false);   /* the handler has written IIR */
	assert_int_equal(x.deadline, 0);
	intx_expire(&x, 1000000000);
	assert_int_equal(signals(), 0);
	intx_line(&x, true);    /* the next interrupt */
	assert_int_equal(signals(), 1);
}

static void test_another_at_the_acknowledgement(void **state)
{
	(void)state;
	intx_line(&x, true);
	assert_int_equal(signals(), 1);
	intx_unmask(&x, 100);
	intx_line(&x, true);    /* the driver wrote IIR, and another bit is set */
	assert_int_equal(signals(), 1);
	assert_int_equal(x.deadline, 0);
	intx_line(&x, true);    /* the same again before UNMASK: no second signal */
	assert_int_equal(signals(), 0);
	intx_unmask(&x, 200);   /* acknowledged since the signal, still high */
	assert_int_equal(signals(), 1);
}

static void test_between_acknowledgement_and_unmask(void **state)
{
	(void)state;
	intx_line(&x, true);
	assert_int_equal(signals(), 1);
	intx_line(&x, false);
	intx_line(&x, true);
	assert_int_equal(signals(), 0);
	intx_unmask(&x, 100);
	assert_int_equal(signals(), 1);
	assert_int_equal(x.deadline, 0);
}

static void test_unmask_when_low(void **state)
{
	(void)state;
	intx_line(&x, true);
	assert_int_equal(signals(), 1);
	intx_line(&x, false);
	intx_unmask(&x, 100);
	assert_int_equal(x.deadline, 0);
	assert_int_equal(signals(), 0);
	intx_line(&x, true);
	assert_int_equal(signals(), 1);
}

static void test_fallback(void **state)
{
	unsigned int i;

	(void)state;
	intx_line(&x, true);
	assert_int_equal(signals(), 1);
	for (i = 1; i < 4; i++) { /* no acknowledgement: signals again after each UNMASK */
		intx_unmask(&x, i * 10000000);
		assert_int_equal(signals(), 0);
		intx_expire(&x, x.deadline - 1);
		assert_int_equal(signals(), 0);
		intx_expire(&x, x.deadline);
		assert_int_equal(signals(), 1);
		assert_int_equal(x.deadline, 0);
		intx_expire(&x, UINT64_MAX);
		assert_int_equal(signals(), 0);
	}
}

/* With the handler running, the deadline is the long one, but there is one. */
static void test_handling(void **state)
{
	(void)state;
	intx_line(&x, true);
	assert_int_equal(signals(), 1);
	intx_unmask(&x, 100);   /* another CPU has accessed a BAR */
	assert_int_equal(x.deadline, 100 + INTX_FALLBACK_NS);
	intx_handling(&x, 200); /* now the handler starts */
	intx_expire(&x, 100 + INTX_FALLBACK_NS);
	assert_int_equal(signals(), 0);
	intx_expire(&x, 200 + INTX_HANDLING_NS);
	assert_int_equal(signals(), 1);
	intx_unmask(&x, 2 * INTX_HANDLING_NS); /* the read of IIR was before this signal */
	assert_int_equal(x.deadline, 2 * INTX_HANDLING_NS + INTX_FALLBACK_NS);
}

static void test_taken_back(void **state)
{
	(void)state;
	intx_line(&x, true);
	intx_line(&x, false);   /* before the client has read the eventfd */
	assert_int_equal(signals(), 0);
	intx_line(&x, true);    /* a withdrawn signal does not mask */
	assert_int_equal(signals(), 1);
}

static void test_taken_back_after_fallback(void **state)
{
	(void)state;
	intx_line(&x, true);
	assert_int_equal(signals(), 1);
	intx_unmask(&x, 100);
	intx_expire(&x, 100 + INTX_FALLBACK_NS); /* before the handler has read IIR */
	intx_line(&x, false);
	assert_int_equal(signals(), 0);
	intx_line(&x, true);
	assert_int_equal(signals(), 1);
}

static void test_client_masks(void **state)
{
	(void)state;
	intx_mask(&x);
	intx_line(&x, true);
	assert_int_equal(signals(), 0);
	intx_line(&x, false);
	intx_unmask(&x, 100);
	assert_int_equal(signals(), 0);
	intx_mask(&x);
	intx_line(&x, true);
	intx_unmask(&x, 200);   /* not signalled yet: signals at once */
	assert_int_equal(signals(), 1);
}

static void test_mask_while_armed(void **state)
{
	(void)state;
	intx_line(&x, true);
	assert_int_equal(signals(), 1);
	intx_unmask(&x, 100);
	intx_mask(&x);
	intx_expire(&x, UINT64_MAX);
	assert_int_equal(signals(), 0);
	intx_unmask(&x, 200);
	assert_int_equal(x.deadline, 200 + INTX_FALLBACK_NS);
	intx_line(&x, true);
	assert_int_equal(signals(), 1);
}

static void test_mask_twice_over(void **state)
{
	(void)state;
	intx_line(&x, true);
	intx_mask(&x);
	intx_line(&x, false);   /* withdraws the signal, but not the client's MASK */
	intx_line(&x, true);
	assert_int_equal(signals(), 0);
	intx_unmask(&x, 100);
	assert_int_equal(signals(), 1);
}

static void test_connect(void **state)
{
	int other = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	uint64_t n;

	(void)state;
	intx_connect(&x, -1);
	intx_line(&x, true);
	intx_unmask(&x, 100);
	intx_expire(&x, UINT64_MAX);
	intx_trigger(&x);
	assert_int_equal(signals(), 0);
	intx_connect(&x, dup(other)); /* the line is high: signals at once */
	assert_int_equal(read(other, &n, sizeof(n)), sizeof(n));
	assert_int_equal(n, 1);
	assert_int_equal(signals(), 0);
	intx_line(&x, false);
	close(other);
}

static void test_trigger(void **state)
{
	(void)state;
	intx_trigger(&x);
	assert_int_equal(signals(), 1);
	intx_unmask(&x, 100);
	assert_int_equal(signals(), 0);
	intx_line(&x, true);
	assert_int_equal(signals(), 1);
}

static void test_full_eventfd(void **state)
{
	uint64_t full = UINT64_MAX - 1;

	(void)state;
	assert_int_equal(write(client, &full, sizeof(full)), sizeof(full));
	intx_line(&x, true);    /* does not block */
	assert_true(x.fired);
}

/*
 * Random events. Invariants: while the line is high and the client does not mask, the client has
 * been signalled or will be at a deadline; and there is no signal while the line is low.
 */
static void test_random(void **state)
{
	unsigned int i, got, events = 0;
	bool level = false, masked = false;
	uint64_t now = 1;

	(void)state;
	srand(33);
	for (i = 0; i < 200000; i++) {
		now += (uint64_t)(rand() % 600000);
		switch (rand() % 9) {
		case 0:
			level = true;
			intx_line(&x, true);
			break;
		case 1:
			level = false;
			intx_line(&x, false);
			assert_int_equal(signals(), 0); /* an unread signal is withdrawn */
			break;
		case 2:
			masked = true;
			intx_mask(&x);
			break;
		case 3:
			masked = false;
			events += signals(); /* QEMU reads the eventfd before it unmasks */
			intx_unmask(&x, now);
			break;
		case 4:
			if (level)
				intx_handling(&x, now);
			break;
		default:
			intx_expire(&x, now);
			got = signals();
			events += got;
			assert_in_range(got, 0, 1);
			if (got)
				assert_true(level && x.fired);
			if (level && !masked)
				assert_true(x.fired || x.deadline > now);
			if (!level || masked)
				assert_int_equal(x.deadline, 0);
		}
	}
	assert_true(events > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_one, setup, teardown),
		cmocka_unit_test_setup_teardown(test_another_at_the_acknowledgement, setup, teardown),
		cmocka_unit_test_setup_teardown(test_between_acknowledgement_and_unmask, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unmask_when_low, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fallback, setup, teardown),
		cmocka_unit_test_setup_teardown(test_handling, setup, teardown),
		cmocka_unit_test_setup_teardown(test_taken_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_taken_back_after_fallback, setup, teardown),
		cmocka_unit_test_setup_teardown(test_client_masks, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mask_while_armed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mask_twice_over, setup, teardown),
		cmocka_unit_test_setup_teardown(test_connect, setup, teardown),
		cmocka_unit_test_setup_teardown(test_trigger, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full_eventfd, setup, teardown),
		cmocka_unit_test_setup_teardown(test_random, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
