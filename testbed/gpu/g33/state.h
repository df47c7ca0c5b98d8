/* SPDX-License-Identifier: MIT */
/*
 * The state of the device, shared by its parts. Each part declares its interface in its own header.
 * A part calls only parts on lower lines of this list:
 *
 *   device       life cycle, thread, accesses to regions
 *   cs, pci      command streamer; configuration space, GDRST
 *   blt, mmio    blitter; registers
 *   fence        fences and tiling: aperture and blitter
 *   ring, irq    ring registers and execution state; interrupts
 *   gtt          graphics addresses
 *
 * The functions of device (g33.h) take dev->lock. Callers of all other parts must hold it.
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

	struct gpu_lock lock;  /* protects all fields below, and counts */
	pthread_cond_t work;   /* the ring may have commands to execute, or quit is set */

	uint32_t regs[G33_MMIO_SIZE / 4];
	uint8_t config[G33_CONFIG_SIZE];
	uint32_t io_index;

	_Atomic uint32_t *ptes;
	uint32_t *own_ptes;    /* same as ptes if the model allocated them, else NULL */

	/* Command streamer. */
	pthread_t thread;
	bool running;          /* the thread exists */
	bool quit;
	unsigned int epoch;    /* incremented when the executing command is abandoned */
	bool in_batch;
	bool non_secure;       /* the batch, and every batch that it starts */
	bool chained;          /* a batch has just started another: see REST_NS */
	bool executing;        /* in the middle of a command, which may release the lock */
	bool hung;             /* stopped at a command that cannot be executed, until reset */
	bool starved;          /* TAIL is in the middle of a command: wait for a new TAIL or HEAD */
	uint32_t batch;        /* graphics address of the next command of the batch */

	uint8_t row[2][GPU_BLIT_ROW_MAX]; /* buffers of a blit: source, destination */

	bool level;            /* of INTA */
};

#endif
