/* SPDX-License-Identifier: MIT */
/*
 * What fuzz-cs.c and a model's part of it (cs-g33.c, cs-kbl.c) have for each other. The first page
 * table entries, and those from ABOVE on, are where an input finds the guest's pages.
 */
#ifndef FUZZ_CS_H
#define FUZZ_CS_H

#include "blit.h"
#include "fuzz.h"
#include "gpu-model.h"
#include "state.h"

#define LOW_BASE  0x0c000000ull
#define HIGH_BASE 0x9c0000000ull
#define LOW       24u
#define PAGES     36u /* of them LOW from LOW_BASE on, the others from HIGH_BASE on */
#define NOWHERE   0x5a5000000ull
#define ABOVE     0x10000u /* the first page table entry above the aperture */

/* Headers of commands, as the PRM has them, and the channels that a blit writes. */
#define MI(opcode, rest) ((uint32_t)(opcode) << 23 | (rest))
#define BLT(opcode, rest) (2u << 29 | (uint32_t)(opcode) << 22 | (rest))
#define RGBA (BLT_WRITE_ALPHA | BLT_WRITE_RGB)

#define N(array) (sizeof(array) / sizeof((array)[0]))

/* What each model has; from OPS on its own. */
enum op { SETUP, REG, READ, ACCESS, PTE, MEM, COMMAND, STEP, RESET, OPS };

typedef __typeof__(((struct gpu *)0)->counts) cs_counts;

/* ---- fuzz-cs.c ---- */

extern struct gpu *dev;
/* Of the line that interrupts. */
extern bool cs_level;
/* Where the next command goes in each page, in dwords. */
extern unsigned int cs_at[PAGES];

/* A page of the guest, for the harness and as the device finds it. */
uint8_t *cs_page(unsigned int n);
uint64_t cs_physical(unsigned int n);

void cs_reg_write(uint32_t offset, uint32_t value);
/* Appends to the commands of a page. */
void cs_emit(unsigned int page, uint32_t value);
/* A number that can be seen from outside: has to be the same in the second run. */
void cs_see(uint64_t v);
/* The device has had enough time. */
bool cs_enough(void);

/* ---- the model's part ---- */

/* How many accesses to memory one input may make. */
extern const uint64_t cs_patience;

/* For REG and READ, and for ACCESS. */
extern const uint32_t cs_registers[];
extern const unsigned int cs_n_registers;
#define CS_REGIONS 10
extern const unsigned int cs_regions[CS_REGIONS];

/* The commands that the model knows, with the number of their operands; and some that it skips. */
extern const struct cs_command {
	uint32_t header;
	unsigned int operands;
} cs_commands[];
extern const unsigned int cs_n_commands;
/* Pages that have commands. */
extern const uint8_t cs_command_pages[8];

extern const uint32_t cs_n_ptes;
/* An entry for the page at @addr; sets one. */
uint64_t cs_pte(uint64_t addr);
void cs_set_pte(uint32_t index, uint64_t entry);
/* The table of the device, which is gpu_model.page_table.size bytes. */
void *cs_table(void);

/* What is read there is the same after a reset. */
bool cs_is_reset(unsigned int region, uint64_t offset);
/* A run begins. */
void cs_forget(void);
/* Each record: SETUP, RESET and those from OPS on. */
void cs_record(struct record *r);
/* Commands were appended to a page. */
void cs_emitted(unsigned int page);
/* The rest of a STEP of at most @max. */
void cs_step(struct record *r, unsigned int max);
/* At the end of a run, with the counts as it began and now. */
void cs_check_counts(const cs_counts *base, const cs_counts *now);

#endif
