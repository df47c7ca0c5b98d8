/* SPDX-License-Identifier: MIT */
/* What the model counts. Programs in the guest include this, too: it needs nothing but stdint.h. */
#ifndef KBL_COUNTS_H
#define KBL_COUNTS_H

#include <stdint.h>

/*
 * A page of BAR0 where hardware has nothing: struct kbl_counts, which the guest may read to learn
 * what the device has done up to a point in time. Writes have no effect.
 */
#define KBL_COUNTS_OFFSET 0x7f0000u

/*
 * What the model counts. The first group is what no driver should do, or what the model does not
 * know: all zero after a good run.
 */
struct kbl_counts {
	uint64_t invalid_pte;  /* accesses through an entry, of any level, that is not present */
	uint64_t bad_dma;      /* accesses through a present entry to where there is no memory */
	uint64_t bad_command;  /* unknown commands, or of an impossible length; the engine stops */
	uint64_t bad_access;   /* accesses to a region with a size or alignment it does not take */
	uint64_t bad_context;  /* contexts submitted that are invalid: descriptor, image, ring */

	uint64_t stale_reads;  /* accesses by a translation that is cached and that the page */
	uint64_t stale_writes; /* tables no longer contain: wrong once the page was released */
	uint64_t stale_address; /* the last of them: graphics address, */
	uint64_t stale_page;    /* and physical address of the page that was accessed */

	uint64_t tlb_register;  /* TLB invalidations by a register write, */
	uint64_t tlb_command;   /* by PIPE_CONTROL and MI_FLUSH_DW, */
	uint64_t tlb_ggtt;      /* and of the GGTT by GFX_FLSH_CNTL */
	uint64_t tlb_misses;    /* page walks */
	uint64_t tlb_full;      /* translations that were not kept as the TLB has no room */

	uint64_t submissions;   /* writes of a whole ELSP */
	uint64_t preemptions;   /* contexts that were replaced before their end */
	uint64_t resets;        /* of an engine or of the device */
	uint64_t read_only;     /* writes through entries that are not writable; they vanish */
	uint64_t privileged;    /* privileged commands in user batches; they have no effect */
	uint64_t commands;
	uint64_t interrupts;    /* messages sent */
	uint64_t forcewakes;    /* requests to wake a domain */
	uint64_t mmio_reads, mmio_writes;
};

#endif
