/* SPDX-License-Identifier: MIT */
/*
 * The inside of the model: its state, and what one part offers the others. Everything here is called with dev->lock held.
 */
#ifndef G33_DEVICE_H
#define G33_DEVICE_H

#include <pthread.h>
#include <stdatomic.h>

#include "g33.h"
#include "regs.h"

#define DWORD(reg) ((reg) / 4)

#define BLT_ROW_MAX (0x10000u * 4) /* widest rectangle, deepest pixel */

struct gpu {
	struct gpu_bus bus;
	struct g33_counts counts;

	pthread_mutex_t lock;
	pthread_cond_t work;   /* the ring may have something, or quit is set */
	pthread_cond_t turn;   /* served has moved */
	atomic_uint arrived;   /* how often somebody came for the lock, */
	unsigned int served;   /* and had it: see g33_give_way() */

	uint32_t regs[G33_MMIO_SIZE / 4];
	uint8_t config[G33_CONFIG_SIZE];
	uint32_t io_index;

	_Atomic uint32_t *ptes;
	uint32_t *own_ptes;    /* the same, if allocated here */

	/* Command streamer. */
	pthread_t thread;
	bool running;          /* the thread exists */
	bool quit;
	unsigned int epoch;    /* moves when what executes must stop: see cs_abort() */
	bool in_batch;
	bool non_secure;       /* the batch, and all that it starts */
	bool chained;          /* a batch has just started another one: time for a rest */
	bool executing;        /* in the middle of a command, and the lock may be free */
	bool hung;             /* stopped at a command that cannot be executed, until reset */
	bool starved;          /* the ring ends in the middle of a command: waits for a write to TAIL */
	uint32_t batch;        /* graphics address of the next command of the batch */

	uint8_t row[2][BLT_ROW_MAX]; /* of a blit: source, destination */

	bool level;            /* of INTA */
};

/* device.c */
/* Lets those who wait for the lock have it, each once; the device may have been reset when it returns. */
void g33_give_way(struct gpu *dev);

/* mmio.c */
uint32_t mmio_read(struct gpu *dev, uint32_t offset);
void mmio_write(struct gpu *dev, uint32_t offset, uint32_t value);
/* What a write of fewer than four bytes at @offset has in the other bytes: what changes nothing. */
uint32_t mmio_merge(struct gpu *dev, uint32_t offset);
void mmio_reset(struct gpu *dev);

/* pci.c */
uint8_t pci_read(struct gpu *dev, uint32_t offset);
void pci_write(struct gpu *dev, uint32_t offset, uint8_t value);
void pci_reset(struct gpu *dev);

/* irq.c */
void irq_raise(struct gpu *dev, uint32_t bits);
bool irq_write(struct gpu *dev, uint32_t offset, uint32_t value);
void irq_update(struct gpu *dev, bool acked);

/* gtt.c: accesses to graphics addresses, linear, any length; what has no valid PTE reads as all ones and is counted. */
void gtt_read(struct gpu *dev, uint32_t addr, void *data, size_t len);
void gtt_write(struct gpu *dev, uint32_t addr, const void *data, size_t len);
uint32_t gtt_read32(struct gpu *dev, uint32_t addr);

/* fence.c */
/*
 * fence_translate - the graphics address behind @addr, as whoever goes through the fences sees it
 * @run: set to the number of bytes from @addr on that lie one after another
 */
uint32_t fence_translate(struct gpu *dev, uint32_t addr, uint32_t *run);
/* As gtt_read() and gtt_write(), through the fences. */
void fenced_read(struct gpu *dev, uint32_t addr, void *data, size_t len);
void fenced_write(struct gpu *dev, uint32_t addr, const void *data, size_t len);

/* ring.c */
bool ring_runnable(const struct gpu *dev);
uint32_t ring_size(const struct gpu *dev);
uint32_t ring_available(const struct gpu *dev);
uint32_t ring_fetch(struct gpu *dev, unsigned int n);
void ring_advance(struct gpu *dev, unsigned int n);
uint32_t ring_acthd(const struct gpu *dev);
bool ring_idle(const struct gpu *dev);
bool ring_write(struct gpu *dev, uint32_t offset, uint32_t value);
void ring_reset(struct gpu *dev);

/* cs.c */
/* One command from the ring or the batch. */
void cs_execute(struct gpu *dev);
/* Whatever executes is to stop where it is, and counts as gone. */
void cs_abort(struct gpu *dev);

/* blt.c */
/* @dw: the whole command, @len its length in dwords; false if the model does not know it. Gives way between rows: see g33_give_way(). */
bool blt_execute(struct gpu *dev, const uint32_t *dw, unsigned int len);

/* reset.c */
void reset_engine(struct gpu *dev);

#endif
