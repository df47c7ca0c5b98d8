/* SPDX-License-Identifier: MIT */
/* Contexts of the Kaby Lake, for its part of both harnesses. */
#ifndef FUZZ_KBL_H
#define FUZZ_KBL_H

#include "state.h"

/*
 * Writes the page of a context image that has the registers: the ring, of one page, is at GGTT
 * address @ring, @base is the engine's.
 */
void fuzz_write_image(uint8_t *state, uint32_t base, uint32_t ring, uint64_t pml4);
void fuzz_set_tail(uint8_t *state, uint32_t tail);

/* The dword of the image that names the @n-th register; its value follows. */
#define FUZZ_IMAGE_REGISTERS 35u
unsigned int fuzz_image_at(unsigned int n);

/* The engine is as after power on or reset. Called with the device's lock. */
void fuzz_check_stopped(const struct engine *e);

#endif
