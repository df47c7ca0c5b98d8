/* SPDX-License-Identifier: MIT */
/*
 * A model of the graphics device of Intel's G33 ("Bearlake", PCI 8086:29c2, gen3), as far as drm/i915 and IGT use it: registers, GTT,
 * aperture, fences, one ring with its command streamer, 2D blitter, interrupts, reset. Not modelled: 3D, display, overlay, stolen
 * memory, TLBs and caches.
 *
 * The model knows nothing of its transport. A front end (vfio-user.c, the unit tests, a fuzzer) gives it guest physical memory and an
 * interrupt line in struct g33_bus and hands it the accesses to its PCI regions.
 *
 * Sources, cited in the code as
 *   PRM      Intel 965 Express Chipset Family and Intel G35 Express Chipset Graphics Controller Programmer's Reference Manual,
 *            January 2008, vol. 1 (graphics core: registers, memory, ring, MI and BLT instructions). G33 is the generation before;
 *            what differs is cited from the driver.
 *   i915     drivers/gpu/drm/i915 of the base kernel;  intel-gtt  drivers/char/agp/intel-gtt.c
 *
 * Locking. One mutex guards all of the device. The command streamer holds it for each command, or for some rows of a blit, and gives way to
 * whoever waits for it. Every function here takes it by itself, except where it says otherwise.
 */
#ifndef G33_H
#define G33_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The regions, numbered as VFIO numbers them (linux/vfio.h, VFIO_PCI_*_REGION_INDEX). */
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

struct g33;

/* What the front end does for the device. All are called with the device's lock held and must not call back into it. */
struct g33_bus {
	void *opaque;

	/*
	 * Memory at guest physical address @addr, @len bytes, which never cross a page of 4 KiB. Returns where it is mapped, or NULL if there
	 * is none. The pointer is not kept. Memory may be added or taken away only between g33_lock() and g33_unlock().
	 */
	void *(*memory)(void *opaque, uint64_t addr, size_t len);

	/*
	 * INTA is at @level. Called when it changes, and after each write to IIR, changed or not: a line that is still high after the
	 * acknowledgement is another interrupt.
	 */
	void (*interrupt)(void *opaque, bool level);

	/* IIR was read while INTA is high: an interrupt handler is at work, which will acknowledge. May be NULL. */
	void (*handling)(void *opaque);
};

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

/*
 * g33_create - a device as it is after power on
 * @bus: copied
 * @ptes: G33_GTT_SIZE bytes, zeroed, for the page table; the front end may share them (a BAR that is mapped). NULL: allocated here.
 *
 * Returns NULL if there is no memory. Nothing executes before g33_start() or g33_step().
 */
struct g33 *g33_create(const struct g33_bus *bus, uint32_t *ptes);

/* Stops the thread, frees the device. */
void g33_destroy(struct g33 *dev);

/* A thread for the command streamer: 0, or an errno. Without it the caller executes by g33_step(). g33_stop() returns when it has ended. */
int g33_start(struct g33 *dev);
void g33_stop(struct g33 *dev);

/*
 * g33_step - execute what is in the ring, in the calling thread
 * @max: how many commands at most
 *
 * Returns the number of commands executed; fewer than @max if the ring is empty, stopped or disabled, or if a command was abandoned.
 */
unsigned int g33_step(struct g33 *dev, unsigned int max);

/* The whole device as after power on (PCI reset); the page table and the counts stay as they are. */
void g33_reset(struct g33 *dev);

/*
 * g33_read, g33_write - an access to a region
 * @len: 1, 2, 4 or 8 bytes, naturally aligned; in the aperture any length
 *
 * Return 0, -EINVAL for a length or alignment that the region does not take (then reads give all ones, writes have no effect, and it is
 * counted), or -ERANGE beyond the end of the region.
 */
int g33_read(struct g33 *dev, enum g33_region region, uint64_t offset, void *data, size_t len);
int g33_write(struct g33 *dev, enum g33_region region, uint64_t offset, const void *data, size_t len);

/* Size in bytes of a region, 0 if there is none. Takes no lock. */
uint32_t g33_region_size(enum g33_region region);

/* For the front end, around a change of what bus->memory answers. */
void g33_lock(struct g33 *dev);
void g33_unlock(struct g33 *dev);

void g33_get_counts(struct g33 *dev, struct g33_counts *counts);

#endif
