/* SPDX-License-Identifier: MIT */
/* Contexts of the Kaby Lake model, for its parts of both harnesses. */
#ifndef FUZZ_KBL_H
#define FUZZ_KBL_H

#include "state.h"

/*
 * Writes the register page of a context image. @base: the engine's register base. @ring: GGTT
 * address of the ring, which is one page. @pml4: physical address of the PML4.
 */
void fuzz_write_image(uint8_t *state, uint32_t base, uint32_t ring, uint64_t pml4);
void fuzz_set_tail(uint8_t *state, uint32_t tail);

/*
 * Returns the index of the dword of the image with the offset of the @n-th register. The next dword
 * is the value of the register.
 */
#define FUZZ_IMAGE_REGISTERS 35u
unsigned int fuzz_image_at(unsigned int n);

/* Checks that the engine is as after power on or reset. Caller must hold the device's lock. */
void fuzz_check_stopped(const struct engine *e);

#endif
