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
 *            ring, MI and BLT instructions). G33 is the generation before; what differs is cited
 *            from the driver.
 *   i915     drivers/gpu/drm/i915 of the base kernel;  intel-gtt  drivers/char/agp/intel-gtt.c
 */
#ifndef G33_H
#define G33_H

#include "gpu-model.h"

enum g33_region {
	G33_MMIO = 0,     /* BAR0, MMADR: registers */
	G33_IO = 1,       /* BAR1: index and data port to the registers */
	G33_APERTURE = 2, /* BAR2, GMADR: the first 256 MiB of the GTT as the CPU sees them, through fences */
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

/* Things that no driver should do, or that the model does not know. All zero after a good run, but for the last two. */
struct g33_counts {
	uint64_t invalid_pte;     /* accesses through a PTE that is not valid, or beyond the table */
	uint64_t bad_dma;         /* accesses through a valid PTE to where there is no memory */
	uint64_t bad_command;     /* commands that the model does not know, or with a length that cannot be; the ring stops there */
	uint64_t bad_access;      /* reads or writes of a region with a size or an alignment that it does not take */
	uint64_t privileged;      /* privileged commands in non-secure batches (ignored, as the hardware does) */
	uint64_t commands;        /* commands executed */
	uint64_t interrupts;      /* times that INTA rose */
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
 * Executes up to @max commands in the calling thread, for a device that was not started. Returns
 * the number of commands executed: fewer than @max if the ring is empty, stopped or disabled, or if
 * a command was abandoned.
 */
unsigned int g33_step(struct gpu *dev, unsigned int max);

#endif
