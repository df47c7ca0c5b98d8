/* SPDX-License-Identifier: MIT */
/*
 * A model of the graphics device of Intel's G33 ("Bearlake", PCI 8086:29c2, gen3), as far as
 * drm/i915 and IGT use it: registers, GTT, aperture, fences, one ring with its command streamer, 2D
 * blitter, interrupts, reset. Not modelled: 3D, display, overlay, stolen memory, TLBs and caches.
 *
 * The server calls the functions below through gpu_model; gpu-model.h has their contracts. The unit
 * tests and the fuzz harnesses call them directly.
 *
 * Sources, cited in the code as
 *   PRM      Intel 965 Express Chipset Family and Intel G35 Express Chipset Graphics Controller
 *            Programmer's Reference Manual, January 2008, vol. 1 (graphics core: registers, memory,
 *            ring, MI and BLT instructions). The G33 is one generation older; where it differs,
 *            the driver is cited.
 *   i915     drivers/gpu/drm/i915 of the base kernel;  intel-gtt  drivers/char/agp/intel-gtt.c
 */
#ifndef G33_H
#define G33_H

#include "gpu-model.h"

enum g33_region {
	G33_MMIO = 0,     /* BAR0, MMADR: registers */
	G33_IO = 1,       /* BAR1: index and data ports to the registers */
	G33_APERTURE = 2, /* BAR2, GMADR: the CPU's view of the first 256 MiB, through fences */
	G33_GTT = 3,      /* BAR3, GTTADR: page table entries */
	G33_CONFIG = 7,   /* PCI configuration space */
};

#define G33_MMIO_SIZE     (512u << 10)
#define G33_IO_SIZE       8u
#define G33_APERTURE_SIZE (256u << 20)
#define G33_GTT_SIZE      (512u << 10)
#define G33_CONFIG_SIZE   256u

#define G33_PAGE_SIZE 4096u
#define G33_PTES      (G33_GTT_SIZE / 4) /* so 512 MiB of graphics addresses */

/*
 * Events that a correct driver does not cause, or that the model does not implement. After a good
 * run all are zero except commands and interrupts.
 */
struct g33_counts {
	uint64_t invalid_pte;     /* accesses through an invalid PTE, or beyond the table */
	uint64_t bad_dma;         /* accesses through a valid PTE to an address without memory */
	uint64_t bad_command;     /* unknown commands, impossible lengths; the ring stops */
	uint64_t bad_access;      /* accesses of a length or alignment that the region rejects */
	uint64_t privileged;      /* privileged commands in non-secure batches, which are ignored */
	uint64_t commands;        /* commands executed */
	uint64_t interrupts;      /* rising edges of INTA */
};

struct gpu *g33_create(const struct gpu_bus *bus, void *page_table);
void g33_destroy(struct gpu *dev);
int g33_start(struct gpu *dev);
void g33_stop(struct gpu *dev);
void g33_reset(struct gpu *dev);
int g33_read(struct gpu *dev, unsigned int region, uint64_t offset, void *data, size_t len);
int g33_write(struct gpu *dev, unsigned int region, uint64_t offset, const void *data, size_t len);

void g33_get_counts(struct gpu *dev, struct g33_counts *counts);

/*
 * Executes up to @max commands in the calling thread. The device must not have been started.
 * Returns the number of commands executed: fewer than @max if the ring is empty, stopped or
 * disabled, or if a command was abandoned.
 */
unsigned int g33_step(struct gpu *dev, unsigned int max);

#endif
