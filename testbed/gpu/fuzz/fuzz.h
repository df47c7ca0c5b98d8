/* SPDX-License-Identifier: MIT */
/*
 * What the fuzz harnesses share. An input is a program: records of an opcode, the length of the
 * operands, and the operands; operands that are missing are zero. So every input means something,
 * and a mutation of one record leaves the others as they are.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "state.h"

/* What a harness offers: to libFuzzer, or to replay.c. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* For the mutator: the opcodes are 0 to fuzz_ops - 1; how many bytes of operands each likes. */
extern const unsigned int fuzz_ops;
extern const uint8_t fuzz_operands[];
/* Values at which something may end or begin. */
extern const uint32_t fuzz_values[];
extern const unsigned int fuzz_n_values;

/* One record that is being executed. */
struct record {
	unsigned int op;
	const uint8_t *data;
	size_t len, pos;
};

/* The whole input. */
struct program {
	const uint8_t *data;
	size_t size, pos;
};

/* False at the end; a record that the input cuts off is as long as what there is of it. */
bool fuzz_next(struct program *p, struct record *r);

uint8_t fuzz_u8(struct record *r);
uint16_t fuzz_u16(struct record *r);
uint32_t fuzz_u32(struct record *r);

/* Ends the process, as a sanitizer does: this is a finding. */
#define FUZZ_FAIL(...) fuzz_fail(__FILE__, __LINE__, __VA_ARGS__)
#define FUZZ_CHECK(cond) \
	do { \
		if (!(cond)) \
			FUZZ_FAIL("%s", #cond); \
	} while (0)
void fuzz_fail(const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4), noreturn));

/* Where something of the harness itself did not work, which is no finding. */
void fuzz_die(const char *what) __attribute__((noreturn));

/* @n pages with an inaccessible one before, after and between them. */
uint8_t *fuzz_guarded_pages(unsigned int n);
#define GUARDED_STRIDE (2 * (size_t)G33_PAGE_SIZE)

/* For device.c, instead of those without "fuzz_"; a harness says when the blitter was at work. */
void *fuzz_calloc(size_t n, size_t size);
void fuzz_free(void *p);
extern bool fuzz_rows_dirty;

/* The device is as after power on, but for the page table and the counts. */
void fuzz_check_power_on(struct gpu *dev);
/* The engine is as after GDRST. */
void fuzz_check_engine_reset(struct gpu *dev);
/* What always holds between two accesses. Called without the device's lock. */
void fuzz_check_device(struct gpu *dev);

#endif
