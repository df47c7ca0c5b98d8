/* SPDX-License-Identifier: MIT */
/*
 * A model of the graphics device of Intel's Kaby Lake GT2 ("HD Graphics 630", PCI 8086:5912, gen9),
 * as far as drm/i915 and its clients use it: registers, GGTT, per-process page tables of four
 * levels, translation lookaside buffers, execlists on four engines, the memory interface commands,
 * the 2D blitter, interrupts by MSI, resets. Skipped by their lengths: 3D, GPGPU and media
 * commands. Not modelled: display (fused off), GuC and HuC, stolen memory, the observation
 * architecture, caches.
 *
 * The server calls the functions below through gpu_model; gpu-model.h has their contracts. The unit
 * tests call them directly.
 *
 * Sources, cited in the code as
 *   PRM   Intel Open Source HD Graphics Programmer's Reference Manual for Kaby Lake, January 2017:
 *         vol. 2a (commands), 2c (registers), 2d (structures), 3 (GPU overview), 5 (memory views),
 *         10 (copy engine)
 *   i915  drivers/gpu/drm/i915 of the base kernel
 */
#ifndef KBL_H
#define KBL_H

#include "counts.h"
#include "gpu-model.h"

enum kbl_region {
	KBL_GTTMMADR = 0, /* BAR0: registers, and in its upper half the page table of the GGTT */
	KBL_GMADR = 2,    /* BAR2: the CPU's view of the first 256 MiB, through fences */
	KBL_CONFIG = 7,   /* PCI configuration space */
};

#define KBL_GTTMMADR_SIZE (16u << 20)
#define KBL_MMIO_SIZE     (2u << 20)  /* registers; unused up to the page table */
#define KBL_GGTT_OFFSET   (8u << 20)  /* of the page table in BAR0 */
#define KBL_GGTT_SIZE     (2u << 20)  /* of the page table: 1 GiB of graphics addresses */
#define KBL_GMADR_SIZE    (256u << 20)
#define KBL_CONFIG_SIZE   256u

#define KBL_PAGE_SIZE 4096u

struct gpu *kbl_create(const struct gpu_bus *bus, void *page_table);
void kbl_destroy(struct gpu *dev);
int kbl_start(struct gpu *dev);
void kbl_stop(struct gpu *dev);
void kbl_reset(struct gpu *dev);
int kbl_read(struct gpu *dev, unsigned int region, uint64_t offset, void *data, size_t len);
int kbl_write(struct gpu *dev, unsigned int region, uint64_t offset, const void *data, size_t len);

void kbl_get_counts(struct gpu *dev, struct kbl_counts *counts);

/*
 * Gives each engine up to @turns turns in the calling thread. The device must not have been
 * started. A turn is a context switch or some commands. Returns early if all engines idle or wait.
 */
void kbl_step(struct gpu *dev, unsigned int turns);

#endif
