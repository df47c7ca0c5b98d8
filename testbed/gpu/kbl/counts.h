/* SPDX-License-Identifier: MIT */
/*
 * The counters of the model. Programs in the guest include this header, so it needs only stdint.h.
 */
#ifndef KBL_COUNTS_H
#define KBL_COUNTS_H

#include <stdint.h>

/*
 * A page of BAR0, unused in hardware, that contains the current struct kbl_counts. Writes have no
 * effect.
 */
#define KBL_COUNTS_OFFSET 0x7f0000u

/*
 * The first group counts events that a correct driver does not cause, or that the model does not
 * implement: all zero after a good run.
 */
struct kbl_counts {
	uint64_t invalid_pte;  /* accesses through an entry of any level that is not present */
	uint64_t bad_dma;      /* accesses through a present entry to an address without memory */
	uint64_t bad_command;  /* unknown commands, or of an impossible length; the engine stops */
	uint64_t bad_access;   /* accesses of a size or alignment that the region rejects */
	uint64_t bad_context;  /* submitted contexts with an invalid descriptor, image or ring */

	/*
	 * Accesses through a cached translation that the page tables no longer contain. They are
	 * wrong once the page is released.
	 */
	uint64_t stale_reads;
	uint64_t stale_writes;
	uint64_t stale_address; /* graphics address of the last stale access */
	uint64_t stale_page;    /* physical address of the page that it accessed */

	uint64_t tlb_register;  /* TLB invalidations by a register write */
	uint64_t tlb_command;   /* TLB invalidations by PIPE_CONTROL and MI_FLUSH_DW */
	uint64_t tlb_ggtt;      /* invalidations of the GGTT by GFX_FLSH_CNTL */
	uint64_t tlb_misses;    /* page walks */
	uint64_t tlb_full;      /* translations not kept for lack of room in the TLB */

	uint64_t submissions;   /* execlists written to ELSP */
	uint64_t preemptions;   /* contexts replaced before the end of their ring */
	uint64_t resets;        /* of an engine or of the device */
	uint64_t read_only;     /* writes through read-only entries; they have no effect */
	uint64_t privileged;    /* privileged commands in user batches; they have no effect */
	uint64_t commands;
	uint64_t interrupts;    /* messages sent */
	uint64_t forcewakes;    /* requests to wake a power domain */
	uint64_t mmio_reads, mmio_writes;
};

#endif
