/* SPDX-License-Identifier: MIT */
/*
 * The state of the device, shared by its parts. Each part declares its interface in its own header.
 * A part calls only parts on lower lines of this list:
 *
 *   device          life cycle, thread, accesses to regions
 *   cs, pci         command streamers; configuration space
 *   blt, mmio       the blitter's rectangles; effects of register accesses
 *   reset           resets of engines
 *   execlist        contexts: submission, load, save, status
 *   fence, irq, registers   aperture; interrupts; kinds of registers
 *   mmu             page tables and TLBs
 *
 * The functions of device (kbl.h) take dev->lock. Callers of all other parts must hold it.
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

/* A cached translation of an engine. */
struct tlb_entry {
	uint64_t space;  /* see mmu.h */
	uint64_t number; /* of the page, with its size; 0: the entry is free */
	uint64_t page;   /* physical address */
	bool writable;
};

struct tlb {
	struct tlb_entry *entry; /* hash table with open addressing */
	unsigned int size, used; /* size: a power of two */
};

/* An element of an execlist. */
struct element {
	uint32_t desc;
	uint32_t id; /* high half of the descriptor */
};

/* Where commands are fetched from. */
struct batch {
	uint64_t addr;  /* of the next command */
	bool ppgtt;     /* user batch: in the PPGTT, not privileged */
};

struct engine {
	struct gpu *dev;
	const struct engine_info *info;
	uint32_t *regs; /* the registers from the engine's base on */
	struct tlb tlb;

	/* Execlists. */
	uint32_t elsp[4];
	unsigned int elsp_writes;
	struct element pending[2]; /* submitted, not yet taken */
	bool submitted;
	struct element list[2];    /* executing; list[0] runs first */
	bool loaded;               /* list[0]'s context is in the registers */
	uint64_t loaded_ns;        /* when it was loaded, for its timestamp */
	uint64_t pml4;             /* of the loaded context */

	/* Command streamer. */
	unsigned int level;        /* 0 ring, 1 batch, 2 second-level batch */
	struct batch batch[3];     /* [0] is not used */
	bool arbitrate;            /* may be preempted: MI_ARB_ON_OFF */
	bool preemptible;          /* the last command allows preemption */
	bool waits;                /* polls a semaphore */
	unsigned int wa;           /* workaround batches left: 2 INDIRECT_CTX, 1 BB_PER_CTX */
	uint64_t wa_addr, wa_end;  /* of the workaround batch that executes, in the GGTT */
	bool hung;                 /* stopped at a command that cannot be executed, until reset */
	bool executing;            /* in a command, which may release the lock */
	uint64_t rest_until;       /* ns; no turn before, for spinners and waiting semaphores */
	unsigned int epoch;        /* incremented when the executing command is abandoned */
};

/* The number of accesses of the guest to a register. */
struct trapped {
	uint32_t offset;
	uint64_t reads, writes; /* both 0: the entry is free */
};
#define TRAPPED_BITS 12

struct gpu {
	struct gpu_bus bus;
	struct kbl_counts counts;
	struct trapped trapped[1u << TRAPPED_BITS]; /* by a hash of the offset */

	struct gpu_lock lock;  /* protects all fields below, and the counts above */
	pthread_cond_t work;   /* an engine may have commands to execute, or quit is set */

	pthread_t thread;
	bool running;          /* the thread exists */
	bool quit;

	uint32_t regs[KBL_MMIO_SIZE / 4];
	uint8_t config[KBL_CONFIG_SIZE];
	_Atomic uint64_t *ggtt;
	void *own_ggtt;        /* same as ggtt if the model allocated it, else NULL */
	struct engine engine[ENGINES];
	bool irq_level;
	uint16_t min_freq[256]; /* of CPU and ring, by frequency of the GPU: for pcode */
	uint64_t rc6_ns;       /* time spent in RC6 */
	uint64_t rc6_since;    /* ns; start of the current RC6 period, or 0 */
	uint8_t *row[2];       /* buffers of a blit */
};

/* Returns a register of an engine. @offset is relative to the engine's base. */
static inline uint32_t engine_reg(const struct engine *e, uint32_t offset)
{
	return e->regs[DWORD(offset)];
}

/* Returns the time of the clock of all timestamps and rests, in ns. */
uint64_t now_ns(void);

#endif
