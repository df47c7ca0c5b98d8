// SPDX-License-Identifier: MIT
/*
 * Custom mutations for libFuzzer, by record: mostly change the operands of a record, or insert,
 * remove or copy records; occasionally, libFuzzer mutates the input as plain bytes.
 */
#include <string.h>

#include "fuzz.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
				 size_t size2, uint8_t *out, size_t max_out, unsigned int seed);

#define RECORDS_MAX 512u

static uint64_t state;

static uint32_t rnd(uint32_t below)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((state >> 33) % below);
}

/* Sets @at to the offset of each record and, after the last, of the end. Returns their number. */
static unsigned int split(const uint8_t *data, size_t size, size_t *at)
{
	struct program p = { .data = data, .size = size };
	struct record r;
	unsigned int n = 0;

	at[0] = 0;
	while (n < RECORDS_MAX && fuzz_next(&p, &r))
		at[++n] = p.pos;
	at[n] = size;
	return n;
}

static size_t replace(uint8_t *data, size_t size, size_t max, size_t at, size_t old,
		      const uint8_t *new, size_t len)
{
	if (size - old + len > max)
		return size;
	memmove(data + at + len, data + at + old, size - at - old);
	memcpy(data + at, new, len);
	return size - old + len;
}

static size_t fresh(uint8_t *out)
{
	const unsigned int op = rnd(fuzz_ops);
	size_t len = fuzz_operands[op], i;

	if (rnd(4) == 0)
		len += rnd(12);
	else if (rnd(4) == 0)
		len = rnd((uint32_t)len + 1);
	out[0] = (uint8_t)op;
	out[1] = (uint8_t)len;
	for (i = 0; i < len; i++)
		out[2 + i] = (uint8_t)(rnd(3) ? rnd(8) : rnd(256));
	for (i = rnd(2) * rnd(4); i + 4 <= len; i += 4) {
		if (rnd(2))
			memcpy(out + 2 + i, &fuzz_values[rnd(fuzz_n_values)], 4);
	}
	return len + 2;
}

static size_t mutate_operands(uint8_t *data, size_t size, size_t max, size_t at, size_t len)
{
	const size_t old = len;
	uint8_t record[2 + 255];
	size_t n;

	if (len < 2 || len > sizeof(record))
		return size;
	memcpy(record, data + at, len);
	switch (rnd(4)) {
	case 0:
		if (len > 2) {
			record[2 + rnd((uint32_t)len - 2)] = (uint8_t)rnd(256);
			break;
		}
		/* fall through */
	case 1:
		if (len >= 6) {
			n = 2 + rnd((uint32_t)len - 5);
			memcpy(record + n, &fuzz_values[rnd(fuzz_n_values)], 4);
			break;
		}
		/* fall through */
	default:
		len = 2 + LLVMFuzzerMutate(record + 2, len - 2, 255);
	}
	record[1] = (uint8_t)(len - 2);
	return replace(data, size, max, at, old, record, len);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	static size_t at[RECORDS_MAX + 1];
	uint8_t record[2 + 255 + 16];
	unsigned int n, i, j, times;

	state = seed;
	for (times = 1 + rnd(3); times; times--) {
		n = split(data, size, at);
		if (!n || rnd(24) == 0) {
			size = n ? LLVMFuzzerMutate(data, size, max_size) :
				   replace(data, size, max_size, 0, 0, record, fresh(record));
			continue;
		}
		i = rnd(n);
		j = rnd(n);
		switch (rnd(10)) {
		case 0:
		case 1:
			size = replace(data, size, max_size, at[i], 0, record, fresh(record));
			break;
		case 2:
			size = replace(data, size, max_size, size, 0, record, fresh(record));
			break;
		case 3: /* remove record i, or records i to j - 1 */
			if (j <= i || rnd(3))
				j = i + 1;
			size = replace(data, size, max_size, at[i], at[j] - at[i], record, 0);
			break;
		case 4:
			if (at[i + 1] - at[i] > sizeof(record))
				break;
			memcpy(record, data + at[i], at[i + 1] - at[i]);
			size = replace(data, size, max_size, at[j], 0, record, at[i + 1] - at[i]);
			break;
		default:
			size = mutate_operands(data, size, max_size, at[i], at[i + 1] - at[i]);
		}
	}
	return size;
}

/* Concatenates the first records of one input and the last records of the other. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
				 size_t size2, uint8_t *out, size_t max_out, unsigned int seed)
{
	static size_t at1[RECORDS_MAX + 1], at2[RECORDS_MAX + 1];
	const unsigned int n1 = split(data1, size1, at1), n2 = split(data2, size2, at2);
	size_t head, tail, len;

	state = seed;
	head = at1[rnd(n1 + 1)];
	tail = at2[rnd(n2 + 1)];
	if (head > max_out)
		head = max_out;
	len = size2 - tail;
	if (len > max_out - head)
		len = max_out - head;
	memcpy(out, data1, head);
	memcpy(out + head, data2 + tail, len);
	return head + len;
}
