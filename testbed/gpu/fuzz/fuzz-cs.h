/* SPDX-License-Identifier: MIT */
/*
 * The interface between fuzz-cs.c and a model's part of the harness (cs-g33.c, cs-kbl.c). SETUP
 * maps the guest's pages at the start of the page table and from entry ABOVE on.
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
#define PAGES     36u /* the first LOW are at LOW_BASE, the others at HIGH_BASE */
#define NOWHERE   0x5a5000000ull
#define ABOVE     0x10000u /* the first page table entry above the aperture */

/* Headers of commands (PRM), and the channels that a blit writes. */
#define MI(opcode, rest) ((uint32_t)(opcode) << 23 | (rest))
#define BLT(opcode, rest) (2u << 29 | (uint32_t)(opcode) << 22 | (rest))
#define RGBA (BLT_WRITE_ALPHA | BLT_WRITE_RGB)

#define N(array) (sizeof(array) / sizeof((array)[0]))

/* Opcodes of all models; those of a single model start at OPS. */
enum op { SETUP, REG, READ, ACCESS, PTE, MEM, COMMAND, STEP, RESET, OPS };

typedef __typeof__(((struct gpu *)0)->counts) cs_counts;

/* ---- fuzz-cs.c ---- */

extern struct gpu *dev;
/* Level of the interrupt line. */
extern bool cs_level;
/* For each page, the index of the dword where the next command goes. */
extern unsigned int cs_at[PAGES];

/* The address of a page of the guest, in the harness and in guest physical memory. */
uint8_t *cs_page(unsigned int n);
uint64_t cs_physical(unsigned int n);

void cs_reg_write(uint32_t offset, uint32_t value);
/* Appends a dword to the commands of a page. */
void cs_emit(unsigned int page, uint32_t value);
/* Adds an observable value to the hash, which must be the same in the second run. */
void cs_see(uint64_t v);
/* Returns true if the device has used up cs_patience. */
bool cs_enough(void);

/* ---- the model's part ---- */

/* How many accesses to memory one input may make (see cs_enough()). */
extern const uint64_t cs_patience;

/* The registers for REG and READ, and the regions for ACCESS. */
extern const uint32_t cs_registers[];
extern const unsigned int cs_n_registers;
#define CS_REGIONS 10
extern const unsigned int cs_regions[CS_REGIONS];

/*
 * The commands that the model executes and some that it skips, with their number of operands (in
 * dwords).
 */
extern const struct cs_command {
	uint32_t header;
	unsigned int operands;
} cs_commands[];
extern const unsigned int cs_n_commands;
/* The pages that contain commands. */
extern const uint8_t cs_command_pages[8];

extern const uint32_t cs_n_ptes;
/* Returns a page table entry for the page at @addr. */
uint64_t cs_pte(uint64_t addr);
/* Writes a page table entry. */
void cs_set_pte(uint32_t index, uint64_t entry);
/* Returns the device's page table, which has gpu_model.page_table.size bytes. */
void *cs_table(void);

/* Returns true if a reset restores what a read at @offset returns. */
bool cs_is_reset(unsigned int region, uint64_t offset);
/* Called at the start of a run. */
void cs_forget(void);
/* Executes a SETUP, a RESET or a record with an opcode from OPS on. */
void cs_record(struct record *r);
/* Called after commands were appended to a page. */
void cs_emitted(unsigned int page);
/* Executes a STEP of at most @max commands (G33) or turns (Kaby Lake). */
void cs_step(struct record *r, unsigned int max);
/* Checks the counters at the end of a run. @base: the counters at the start of the run. */
void cs_check_counts(const cs_counts *base, const cs_counts *now);

#endif
