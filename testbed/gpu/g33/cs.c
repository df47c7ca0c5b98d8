// SPDX-License-Identifier: MIT
/*
 * The command streamer. It fetches commands from the ring and from batches, executes memory
 * interface (MI) commands, passes 2D commands to the blitter, and skips 3D commands. PRM vol. 1,
 * "Memory Interface Commands for Rendering Engine", vol. 2 for the lengths of 3D commands; the
 * forms of gen3: i915 gt/intel_gpu_commands.h, gt/gen2_engine_cs.c.
 *
 * To add a command, define its opcode in regs.h, with its source, and add a case to mi_execute() or
 * to blt.c. An unknown command is counted and stops the streamer until reset, as a hang does.
 */
#include "cs.h"

#include "blt.h"
#include "gtt.h"
#include "irq.h"
#include "mmio.h"
#include "ring.h"
#include "state.h"

#define COMMAND_MAX 72u /* dwords fetched of a command; MI's 6-bit length allows 65 */

static uint32_t fetch(struct gpu *dev, unsigned int n)
{
	return dev->in_batch ? gtt_read32(dev, dev->batch + 4 * n) : ring_fetch(dev, n);
}

static void step(struct gpu *dev, unsigned int len)
{
	if (dev->in_batch)
		dev->batch += 4 * len;
	else
		ring_advance(dev, len);
}

/*
 * 3DPRIMITIVE. Bit 23: the vertices are in a vertex buffer, otherwise inline. Bit 17: 16-bit
 * indices in the command select them, otherwise they are sequential.
 */
static unsigned int primitive_length(uint32_t cmd)
{
	if (!(cmd & (1u << 23)))
		return (cmd & 0x3ffff) + 2;
	if (!(cmd & (1u << 17)))
		return 2;
	return ((cmd & 0xffff) + 1) / 2 + 1;
}

/* Returns the length in dwords, 0 if there is no such command. */
static unsigned int length_3d(uint32_t cmd)
{
	const unsigned int opcode = (cmd >> 24) & 0x1f;

	if (opcode <= 0x1c)
		return 1;
	if (opcode == 0x1d) /* 3DSTATE_LOAD_STATE_IMMEDIATE_1 has flags above its length */
		return (cmd & (((cmd >> 16) & 0xff) == 0x04 ? 0xf : 0xff)) + 2;
	return opcode == 0x1f ? primitive_length(cmd) : 0;
}

static unsigned int length(uint32_t cmd)
{
	switch (CMD_CLIENT(cmd)) {
	case CLIENT_MI:
		return MI_OPCODE(cmd) < 0x10 ? 1 : (cmd & 0x3f) + 2;
	case CLIENT_2D:
		return (cmd & 0xff) + 2;
	case CLIENT_3D:
		return length_3d(cmd);
	}
	return 0;
}

/*
 * Returns true if a privileged command may execute: in the ring and in secure batches. In a
 * non-secure batch it is counted and has no effect, as in hardware.
 */
static bool privileged(struct gpu *dev)
{
	if (!dev->in_batch || !dev->non_secure)
		return true;
	dev->counts.privileged++;
	return false;
}

/* @addr is a graphics address if @global_gtt, otherwise physical, which is privileged. */
static void store_dword(struct gpu *dev, bool global_gtt, uint32_t addr, uint32_t value)
{
	void *to;

	addr &= ~3u;
	if (global_gtt) {
		gtt_write(dev, addr, &value, sizeof(value));
		return;
	}
	if (!privileged(dev))
		return;
	to = dev->bus.memory(dev->bus.opaque, addr, sizeof(value));
	if (to)
		__atomic_store_n((uint32_t *)to, value, __ATOMIC_RELEASE);
	else
		dev->counts.bad_dma++;
}

static void store_in_status_page(struct gpu *dev, uint32_t offset, uint32_t value)
{
	gtt_write(dev, (dev->regs[DWORD(HWS_PGA)] & HWS_ADDR) + (offset & 0xffc), &value, sizeof(value));
}

static void load_registers(struct gpu *dev, const uint32_t *dw, unsigned int len)
{
	unsigned int i;

	if (!privileged(dev))
		return;
	for (i = 1; i + 1 < len; i += 2)
		if (dw[i] < G33_MMIO_SIZE)
			mmio_write(dev, dw[i] & ~3u, dw[i + 1]);
}

static void start_batch(struct gpu *dev, uint32_t addr)
{
	step(dev, 2);
	if (dev->in_batch)
		dev->chained = true;
	else
		dev->non_secure = false;
	/* A batch that a non-secure batch starts is non-secure. */
	if (addr & MI_BATCH_NON_SECURE)
		dev->non_secure = true;
	dev->in_batch = true;
	dev->batch = addr & ~3u;
}

/* Returns false if there is no such command, or none of this length. */
static bool mi_execute(struct gpu *dev, const uint32_t *dw, unsigned int len)
{
	switch (MI_OPCODE(dw[0])) {
	case MI_NOOP:
		if (dw[0] & MI_NOOP_WRITE_ID)
			dev->regs[DWORD(NOPID)] = dw[0] & 0x3fffff;
		break;
	case MI_WAIT_FOR_EVENT: /* no display is modelled */
	case MI_FLUSH:          /* no caches are modelled */
	case MI_ARB_CHECK:
	case MI_ARB_ON_OFF:
		break;
	case MI_USER_INTERRUPT:
		irq_raise(dev, USER_INTERRUPT);
		break;
	case MI_REPORT_HEAD:
		store_in_status_page(dev, 4 * 4, dev->regs[DWORD(PRB0_HEAD)]);
		break;
	case MI_STORE_DWORD_IMM:
		if (len != 3)
			return false;
		store_dword(dev, dw[0] & MI_GLOBAL_GTT, dw[1], dw[2]);
		break;
	case MI_STORE_DWORD_INDEX:
		if (len != 3)
			return false;
		store_in_status_page(dev, dw[1], dw[2]);
		break;
	case MI_LOAD_REGISTER_IMM:
		if (!(len & 1))
			return false;
		load_registers(dev, dw, len);
		break;
	case MI_STORE_REGISTER_MEM:
		if (len != 3)
			return false;
		if (privileged(dev) && dw[1] < G33_MMIO_SIZE)
			store_dword(dev, dw[0] & MI_GLOBAL_GTT, dw[2], mmio_read(dev, dw[1] & ~3u));
		break;
	default:
		return false;
	}
	return true;
}

static bool execute(struct gpu *dev, const uint32_t *dw, unsigned int len)
{
	switch (CMD_CLIENT(dw[0])) {
	case CLIENT_MI:
		return mi_execute(dev, dw, len);
	case CLIENT_2D:
		return blt_execute(dev, dw, len);
	}
	return true; /* 3D: skipped */
}

void cs_execute(struct gpu *dev)
{
	const unsigned int epoch = dev->epoch;
	uint32_t dw[COMMAND_MAX];
	unsigned int len, i;
	bool known;

	dw[0] = fetch(dev, 0);
	len = length(dw[0]);
	if (len && !dev->in_batch && 4 * len > ring_available(dev)) {
		dev->starved = true;
		return;
	}
	for (i = 1; i < len && i < COMMAND_MAX; i++)
		dw[i] = fetch(dev, i);

	if (CMD_CLIENT(dw[0]) == CLIENT_MI && MI_OPCODE(dw[0]) == MI_BATCH_BUFFER_START && len == 2) {
		start_batch(dev, dw[1]);
	} else if (CMD_CLIENT(dw[0]) == CLIENT_MI && MI_OPCODE(dw[0]) == MI_BATCH_BUFFER_END && dev->in_batch) {
		dev->in_batch = false;
	} else {
		dev->executing = true;
		known = len && execute(dev, dw, len);
		if (dev->epoch != epoch)
			return;
		dev->executing = false;
		if (!known) {
			dev->counts.bad_command++;
			dev->hung = true;
			return;
		}
		step(dev, len);
	}
	dev->counts.commands++;
}
