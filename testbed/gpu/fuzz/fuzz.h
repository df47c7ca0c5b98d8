/* SPDX-License-Identifier: MIT */
/*
 * The parts that the fuzz harnesses share. An input is a program: a sequence of records. A record
 * is an opcode, the length of the operands, and the operands; missing operands are zero. So every
 * input is valid, and a mutation of one record does not change the others.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "pages.h"

struct gpu;

/* The entry points of a harness, for libFuzzer or replay.c. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* For the mutator: opcodes are 0 to fuzz_ops - 1; the typical number of operand bytes of each. */
extern const unsigned int fuzz_ops;
extern const uint8_t fuzz_operands[];
/* For the mutator: boundary values and other interesting operands. */
extern const uint32_t fuzz_values[];
extern const unsigned int fuzz_n_values;

/* A record and the position of the next operand. */
struct record {
	unsigned int op;
	const uint8_t *data;
	size_t len, pos;
};

/* The whole input and the position of the next record. */
struct program {
	const uint8_t *data;
	size_t size, pos;
};

/* Returns false at the end of the input. Shortens a record that extends beyond the end. */
bool fuzz_next(struct program *p, struct record *r);

uint8_t fuzz_u8(struct record *r);
uint16_t fuzz_u16(struct record *r);
uint32_t fuzz_u32(struct record *r);

/* Reports a finding: ends the process, as a sanitizer does. */
#define FUZZ_FAIL(...) fuzz_fail(__FILE__, __LINE__, __VA_ARGS__)
#define FUZZ_CHECK(cond) \
	do { \
		if (!(cond)) \
			FUZZ_FAIL("%s", #cond); \
	} while (0)
void fuzz_fail(const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4), noreturn));

/* Ends the process after a failure of the harness itself, which is not a finding. */
void fuzz_die(const char *what) __attribute__((noreturn));

/* Returns @n pages, GUARDED_STRIDE apart, with an inaccessible page before and after each. */
uint8_t *fuzz_guarded_pages(unsigned int n);
#define GUARDED_STRIDE (2 * (size_t)GPU_PAGE_SIZE)

/*
 * Replacements for calloc(), malloc() and free() in device.c and vfio-user.c. A harness sets
 * fuzz_rows_dirty when the blitter may have written its row buffers.
 */
void *fuzz_calloc(size_t n, size_t size);
void *fuzz_malloc(size_t size);
void fuzz_free(void *p);
extern bool fuzz_rows_dirty;

/* Replacement for clock_gettime() in device.c: the clock advances by 1 us with each call. */
int fuzz_clock_gettime(clockid_t clock, struct timespec *t);
extern uint64_t fuzz_device_ns;

/* Returns a device in its power-on state, for comparison only. */
const struct gpu *fuzz_pristine(void);

/*
 * The rest is implemented for each model in model-g33.c and model-kbl.c. Caller must not hold the
 * device's lock.
 */

/*
 * The size of struct gpu, and the offset and size of the row buffers of the blitter in it; only a
 * blit writes them.
 */
extern const size_t fuzz_device_size, fuzz_rows_at, fuzz_rows_len;

/* Executes up to @n commands (G33) or @n turns (Kaby Lake). */
void fuzz_step(struct gpu *dev, unsigned int n);
/* Checks that the device is in its power-on state, except for the page table and the counts. */
void fuzz_check_power_on(struct gpu *dev);
/* Checks the invariants that hold between two accesses. */
void fuzz_check_device(struct gpu *dev);

/* A write of a register or of a page table entry. */
struct fuzz_write {
	uint8_t region, len;
	uint32_t offset;
	uint64_t value;
};
#define FUZZ_GO_MAX 24u

/*
 * Sets @w (FUZZ_GO_MAX elements) to the writes with which a driver makes the device execute
 * commands. Returns the number of writes. @ram: the guest's memory, of which the first
 * FUZZ_GO_PAGES pages are used. @base: its physical address.
 */
unsigned int fuzz_go(struct record *r, uint8_t *ram, uint64_t base, struct fuzz_write *w);
#define FUZZ_GO_PAGES 8u

#endif
