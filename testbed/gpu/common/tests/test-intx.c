// SPDX-License-Identifier: MIT
/* INTx between a device's line and a client's eventfd: testbed/gpu/common/intx.c. The client here is QEMU, as intx.c tells it. */
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
static int client; /* its end of the eventfd */

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

/* How many times the client was signalled since it last looked. */
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
	intx_line(&x, false);   /* and written it */
	assert_int_equal(x.deadline, 0);
	intx_expire(&x, 1000000000);
	assert_int_equal(signals(), 0);
	intx_line(&x, true);    /* the next one */
	assert_int_equal(signals(), 1);
}

static void test_another_at_the_acknowledgement(void **state)
{
	(void)state;
	intx_line(&x, true);
	assert_int_equal(signals(), 1);
	intx_unmask(&x, 100);
	intx_line(&x, true);    /* IIR written, another bit is set */
	assert_int_equal(signals(), 1);
	assert_int_equal(x.deadline, 0);
	intx_line(&x, true);    /* and again, before the client unmasks: one signal does */
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
	for (i = 1; i < 4; i++) { /* nobody acknowledges: the line asks again and again */
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

/* A handler that has begun is not asked again as soon as one that perhaps never saw the interrupt; but it is. */
static void test_handling(void **state)
{
	(void)state;
	intx_line(&x, true);
	assert_int_equal(signals(), 1);
	intx_unmask(&x, 100);   /* another CPU has accessed a BAR */
	assert_int_equal(x.deadline, 100 + INTX_FALLBACK_NS);
	intx_handling(&x, 200); /* now the handler begins */
	intx_expire(&x, 100 + INTX_FALLBACK_NS);
	assert_int_equal(signals(), 0);
	intx_expire(&x, 200 + INTX_HANDLING_NS);
	assert_int_equal(signals(), 1);
	intx_unmask(&x, 2 * INTX_HANDLING_NS); /* that was for the signal before */
	assert_int_equal(x.deadline, 2 * INTX_HANDLING_NS + INTX_FALLBACK_NS);
}

static void test_taken_back(void **state)
{
	(void)state;
	intx_line(&x, true);
	intx_line(&x, false);   /* before the client has looked */
	assert_int_equal(signals(), 0);
	intx_line(&x, true);    /* not masked by what the client has never seen */
	assert_int_equal(signals(), 1);
}

static void test_taken_back_after_fallback(void **state)
{
	(void)state;
	intx_line(&x, true);
	assert_int_equal(signals(), 1);
	intx_unmask(&x, 100);
	intx_expire(&x, 100 + INTX_FALLBACK_NS); /* the handler was held up between its read and its write */
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
	intx_unmask(&x, 200);   /* it was never signalled: at once */
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
	intx_line(&x, false);   /* taken back, but the client's own mask stays */
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
	intx_line(&x, true);    /* neither waits nor fails */
	assert_true(x.fired);
}

/*
 * Everything that can happen, in any order, against what must hold: when the line is high and the
 * client listens, then either it was signalled or it will be at a deadline; and no signal without a
 * high line that was not yet acknowledged.
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
			assert_int_equal(signals(), 0); /* what the client had not seen was taken back */
			break;
		case 2:
			masked = true;
			intx_mask(&x);
			break;
		case 3:
			masked = false;
			events += signals(); /* it unmasks only after it has looked */
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
