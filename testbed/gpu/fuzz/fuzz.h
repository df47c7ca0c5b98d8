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
#include <time.h>

#include "pages.h"

struct gpu;

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
#define GUARDED_STRIDE (2 * (size_t)GPU_PAGE_SIZE)

/* For device.c, instead of those without "fuzz_"; a harness says when the blitter was at work. */
void *fuzz_calloc(size_t n, size_t size);
void *fuzz_malloc(size_t size);
void fuzz_free(void *p);
extern bool fuzz_rows_dirty;

/* The clock of a device that looks at one: it moves by a microsecond when it is looked at. */
int fuzz_clock_gettime(clockid_t clock, struct timespec *t);
extern uint64_t fuzz_device_ns;

/* A device as it is after power on; it stays so. */
const struct gpu *fuzz_pristine(void);

/*
 * The rest is what a model has for the harnesses: model-g33.c, model-kbl.c. The functions are
 * called without the device's lock.
 */

/* struct gpu, and where it has buffers for rows of a blit, which are dirty after a blit only. */
extern const size_t fuzz_device_size, fuzz_rows_at, fuzz_rows_len;

/* Executes for so many commands, or turns. */
void fuzz_step(struct gpu *dev, unsigned int n);
/* The device is as after power on, but for the page table and the counts. */
void fuzz_check_power_on(struct gpu *dev);
/* What always holds between two accesses. */
void fuzz_check_device(struct gpu *dev);

/* A write of a register, or of an entry of the page table. */
struct fuzz_write {
	uint8_t region, len;
	uint32_t offset;
	uint64_t value;
};
#define FUZZ_GO_MAX 24u

/*
 * What a driver does that has the device execute: returns how many of @w it has set. The guest's
 * memory is @ram, FUZZ_GO_PAGES of it are used, at physical address @base.
 */
unsigned int fuzz_go(struct record *r, uint8_t *ram, uint64_t base, struct fuzz_write *w);
#define FUZZ_GO_PAGES 8u

#endif
