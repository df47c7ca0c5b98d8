/* SPDX-License-Identifier: MIT */
/*
 * The state of the device, which its parts share. Each part has a header with what it offers. Calls
 * go down only, from a line to those below it:
 *
 *   device       life, thread, accesses to regions
 *   cs, pci      command streamer; configuration space, GDRST
 *   blt, mmio    blitter; registers
 *   fence        fences and tiling: aperture and blitter
 *   ring, irq    registers of the ring, what executes; interrupts
 *   gtt          graphics addresses
 *
 * The functions of device (g33.h) take dev->lock themselves. Those of all other parts are called
 * with it held.
 */
#ifndef G33_STATE_H
#define G33_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "blit.h"
#include "g33.h"
#include "lock.h"
#include "regs.h"

#define DWORD(reg) ((reg) / 4)

struct gpu {
	struct gpu_bus bus;
	struct g33_counts counts;

	struct gpu_lock lock;  /* of all below, and of the counts */
	pthread_cond_t work;   /* the ring may have something to execute, or quit is set */

	uint32_t regs[G33_MMIO_SIZE / 4];
	uint8_t config[G33_CONFIG_SIZE];
	uint32_t io_index;

	_Atomic uint32_t *ptes;
	uint32_t *own_ptes;    /* the same, if allocated here */

	/* Command streamer. */
	pthread_t thread;
	bool running;          /* the thread exists */
	bool quit;
	unsigned int epoch;    /* moves when what executes must stop: see ring_abort() */
	bool in_batch;
	bool non_secure;       /* the batch, and all that it starts */
	bool chained;          /* a batch has just started another one: time for a rest */
	bool executing;        /* in the middle of a command, and the lock may be free */
	bool hung;             /* stopped at a command that cannot be executed, until reset */
	bool starved;          /* the ring ends in the middle of a command: waits for TAIL */
	uint32_t batch;        /* graphics address of the next command of the batch */

	uint8_t row[2][GPU_BLIT_ROW_MAX]; /* of a blit: source, destination */

	bool level;            /* of INTA */
};

#endif
