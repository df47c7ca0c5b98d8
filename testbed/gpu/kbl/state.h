/* SPDX-License-Identifier: MIT */
/*
 * The state of the device, which its parts share. Each part has a header with what it offers. Calls
 * go down only, from a line to those below it:
 *
 *   device          life, thread, accesses to regions
 *   cs, pci         command streamers; configuration space
 *   blt, mmio       the blitter's rectangles; what accesses to registers do
 *   reset           of an engine, of all
 *   execlist        contexts: submission, load, save, status
 *   fence, irq, registers   aperture; interrupts; kinds of registers
 *   mmu             page tables and TLBs
 *
 * The functions of device (kbl.h) take dev->lock themselves. All others are called with it held.
 */
#ifndef KBL_STATE_H
#define KBL_STATE_H

#include "blit.h"
#include "kbl.h"
#include "lock.h"
#include "regs.h"

#define DWORD(offset) ((offset) / 4)
#define ENGINES 4u

/* What distinguishes the engines. */
struct engine_info {
	const char *name;
	uint32_t base;      /* of its registers */
	uint32_t tlb_reg;   /* i915: gt/intel_engine_cs.c intel_engine_init_tlb_invalidation() */
	uint32_t reset_bit; /* in GDRST; i915: gt/intel_engine_cs.c get_reset_domain() */
	unsigned int irq_bank, irq_shift;
	uint32_t irq_master; /* its bit in MASTER_IRQ */
};

/* A translation that an engine keeps. */
struct tlb_entry {
	uint64_t space;  /* see mmu.h */
	uint64_t number; /* of the page, and its size; 0: the entry is free */
	uint64_t page;   /* physical address */
	bool writable;
};

struct tlb {
	struct tlb_entry *entry; /* open addressing; a power of two */
	unsigned int size, used;
};

/* An element of an execlist. */
struct element {
	uint32_t desc;
	uint32_t id; /* high half of the descriptor */
};

/* Where commands are fetched from. */
struct batch {
	uint64_t addr;  /* of the next command */
	bool ppgtt;     /* a user's: not privileged, in the PPGTT */
};

struct engine {
	struct gpu *dev;
	const struct engine_info *info;
	uint32_t *regs; /* those of the device, from the engine's base on */
	struct tlb tlb;

	/* Execlists. */
	uint32_t elsp[4];
	unsigned int elsp_writes;
	struct element pending[2]; /* submitted, not yet looked at */
	bool submitted;
	struct element list[2];    /* the list that executes, from list[0] on */
	bool loaded;               /* list[0]'s context is in the registers */
	uint64_t loaded_ns;        /* when it was loaded, for its timestamp */
	uint64_t pml4;             /* of the context that is loaded */

	/* Command streamer. */
	unsigned int level;        /* 0 ring, 1 batch, 2 second-level batch */
	struct batch batch[3];     /* [0] is not used */
	bool arbitrate;            /* may be preempted: MI_ARB_ON_OFF */
	bool preemptible;          /* is at a command that allows it */
	bool waits;                /* for a semaphore */
	unsigned int wa;           /* workaround batches to come: 2 INDIRECT_CTX, 1 BB_PER_CTX */
	uint64_t wa_addr, wa_end;  /* of the one that executes, in the GGTT */
	bool hung;                 /* stopped at a command that cannot be executed, until reset */
	bool executing;            /* in a command, and the lock may be free */
	uint64_t rest_until;       /* ns; a spinner or a waiting semaphore rests until then */
	unsigned int epoch;        /* moves when what executes must stop */
};

/* How often the guest has accessed a register. */
struct trapped {
	uint32_t offset;
	uint64_t reads, writes; /* both 0: the entry is free */
};
#define TRAPPED_BITS 12

struct gpu {
	struct gpu_bus bus;
	struct kbl_counts counts;
	struct trapped trapped[1u << TRAPPED_BITS]; /* by a hash of the offset */

	struct gpu_lock lock;  /* of all below, and of the counts */
	pthread_cond_t work;   /* an engine may have something to execute, or quit is set */

	pthread_t thread;
	bool running;          /* the thread exists */
	bool quit;

	uint32_t regs[KBL_MMIO_SIZE / 4];
	uint8_t config[KBL_CONFIG_SIZE];
	_Atomic uint64_t *ggtt;
	void *own_ggtt;        /* the same, if allocated here */
	struct engine engine[ENGINES];
	bool irq_level;
	uint16_t min_freq[256]; /* of CPU and ring, for each frequency of the GPU: for pcode */
	uint64_t rc6_ns;       /* spent in RC6 */
	uint64_t rc6_since;    /* ns; since when it is in RC6, or 0 */
	uint8_t *row[2];       /* of a blit */
};

/* A register of an engine by its offset from the engine's base. */
static inline uint32_t engine_reg(const struct engine *e, uint32_t offset)
{
	return e->regs[DWORD(offset)];
}

/* Nanoseconds of the clock that all timestamps and rests are in. */
uint64_t now_ns(void);

#endif
