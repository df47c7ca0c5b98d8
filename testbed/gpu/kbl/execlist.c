// SPDX-License-Identifier: MIT
/*
 * Execlists: lists of two contexts that the driver submits, the context images in memory, and the
 * context status buffer (CSB), which reports context switches to the driver. PRM vol. 3,
 * "Execlists", "Context Status", vol. 2d, "Context Descriptor Format", "Register State Context";
 * i915: gt/intel_execlists_submission.c write_desc(), process_csb(), gt/intel_lrc.c set_offsets().
 *
 * A context image is a list of MI_LOAD_REGISTER_IMM commands. Loading it executes the commands.
 * Saving it stores the current value of each register that the commands name. So the driver defines
 * the layout of the image.
 */
#include "execlist.h"

#include "irq.h"
#include "mmu.h"
#include "registers.h"
#include "state.h"

#define STATE_TAIL   (4u * 7)  /* of RING_TAIL's value in the image: i915 gt/intel_lrc_reg.h */
#define STATE_ENGINE 0x50u     /* first dword of engine state in the image, after ring state */

uint32_t execlist_ring_size(const struct engine *e)
{
	return (engine_reg(e, RING_CTL) & RING_NR_PAGES) + KBL_PAGE_SIZE;
}

bool execlist_ring_empty(const struct engine *e)
{
	return !e->wa && !e->level &&
	       (engine_reg(e, RING_HEAD) & HEAD_ADDR) % execlist_ring_size(e) ==
		       (engine_reg(e, RING_TAIL) & TAIL_ADDR) % execlist_ring_size(e);
}

uint32_t execlist_pphwsp(const struct engine *e)
{
	return e->list[0].desc & DESC_LRCA;
}

bool execlist_runnable(const struct engine *e)
{
	return e->loaded && !e->hung && !(engine_reg(e, RING_MI_MODE) & MODE_STOP_RING);
}

bool execlist_idle(const struct engine *e)
{
	return !e->executing &&
	       (!e->loaded || engine_reg(e, RING_MI_MODE) & MODE_STOP_RING);
}

uint64_t execlist_acthd(const struct engine *e)
{
	if (e->level)
		return e->batch[e->level].addr;
	return (engine_reg(e, RING_START) & START_ADDR) + (engine_reg(e, RING_HEAD) & HEAD_ADDR);
}

/* Computed in parts, as ns * TIMESTAMP_HZ would overflow. */
static uint32_t ticks(uint64_t ns)
{
	return ns / 1000 * (TIMESTAMP_HZ / 1000000) + ns % 1000 * (TIMESTAMP_HZ / 1000000) / 1000;
}

uint32_t execlist_timestamp(void)
{
	return ticks(now_ns());
}

uint32_t execlist_context_timestamp(const struct engine *e)
{
	uint32_t value = engine_reg(e, RING_CTX_TIMESTAMP);

	return e->loaded ? value + ticks(now_ns() - e->loaded_ns) : value;
}

/* Writes the entry to memory, then the pointer to it, then raises the interrupt. */
static void report(struct engine *e, uint32_t status, uint32_t id)
{
	const uint32_t page = engine_reg(e, RING_HWS_PGA) & START_ADDR;
	uint32_t *ptr = &e->regs[DWORD(RING_CONTEXT_STATUS_PTR)];
	const uint32_t write = ((*ptr & CSB_WRITE_PTR) + 1) % CSB_ENTRIES;

	*ptr = (*ptr & ~CSB_WRITE_PTR) | write;
	mmu_write64(e, MMU_GGTT, page + HWS_CSB + 8 * write, status | (uint64_t)id << 32);
	mmu_write32(e, MMU_GGTT, page + HWS_CSB_WRITE, write);
	irq_raise(e, GT_CONTEXT_SWITCH);
}

/* Registers that only the driver writes, some while the context runs, are not saved. */
static bool saved(uint32_t reg)
{
	switch (reg) {
	case RING_TAIL:
	case RING_START:
	case RING_CTL:
	case RING_CONTEXT_CONTROL:
	case RING_BB_PER_CTX_PTR:
	case RING_INDIRECT_CTX:
	case RING_INDIRECT_CTX_OFFSET:
		return false;
	}
	return reg < RING_PDP(0) || reg > RING_PDP(3) + 4;
}

/*
 * Calls @each for each register that the image at @state names, with the GGTT address of its value.
 * Returns false if the image is not a terminated list of MI_LOAD_REGISTER_IMM.
 */
static bool for_each_register(struct engine *e, uint32_t state,
			      void (*each)(struct engine *e, unsigned int dword, uint32_t offset,
					   uint32_t value_at))
{
	unsigned int i = 0, n;
	uint32_t dw;

	while (i < LRC_STATE_DWORDS) {
		dw = mmu_read32(e, MMU_GGTT, state + 4 * i++);
		if (CMD_CLIENT(dw) != CLIENT_MI)
			return false;
		switch (MI_OPCODE(dw)) {
		case MI_NOOP:
			break;
		case MI_BATCH_BUFFER_END:
			return true;
		case MI_LOAD_REGISTER_IMM:
			for (n = ((dw & 0xff) + 1) / 2; n && i < LRC_STATE_DWORDS; n--, i += 2) {
				dw = mmu_read32(e, MMU_GGTT, state + 4 * i) & ~3u;
				if (dw < KBL_MMIO_SIZE)
					each(e, i, dw, state + 4 * (i + 1));
			}
			break;
		default:
			return false;
		}
	}
	return false;
}

static void load_register(struct engine *e, unsigned int dword, uint32_t offset, uint32_t value_at)
{
	uint32_t value = mmu_read32(e, MMU_GGTT, value_at);

	/* CONTEXT_CONTROL comes first in the image. */
	if (dword >= STATE_ENGINE && engine_reg(e, RING_CONTEXT_CONTROL) & CTX_RESTORE_INHIBIT)
		return;
	register_store(e->dev, offset, value);
	/*
	 * A batch must be resumed only once: if the driver resets the context later, it changes
	 * only the head of the ring.
	 */
	if (offset == e->info->base + RING_BB_ADDR && value & BB_ADDR_VALID)
		mmu_write32(e, MMU_GGTT, value_at, value & ~BB_ADDR_VALID);
}

/*
 * Saves the registers that FORCE_TO_NONPRIV makes writable by users: they belong to the context of
 * rcs0. Hardware saves them among the state of the 3D pipeline; the model uses a page there.
 */
static void save_more(struct engine *e)
{
	const uint32_t at = execlist_pphwsp(e) + LRC_MORE;
	uint32_t dw[3 + 2 * NONPRIV_SLOTS] = { 0 };
	unsigned int i, n = 1;

	if (e->info->base != RCS_BASE)
		return;
	for (i = 0; i < NONPRIV_SLOTS; i++) {
		const uint32_t slot = engine_reg(e, RING_FORCE_TO_NONPRIV + 4 * i);
		const uint32_t reg = slot & NONPRIV_ADDRESS;

		if (slot & (NONPRIV_DENY | NONPRIV_RANGE) || !reg || reg >= KBL_MMIO_SIZE)
			continue;
		dw[n++] = reg;
		dw[n++] = e->dev->regs[DWORD(reg)] | (register_masked(reg) ? 0xffff0000u : 0);
	}
	if (n > 1)
		dw[0] = MI_LOAD_REGISTER_IMM << 23 | (n - 2);
	dw[n] = MI_BATCH_BUFFER_END << 23;
	mmu_write(e, MMU_GGTT, at, dw, 4 * (n + 1));
}

static void load_more(struct engine *e)
{
	if (e->info->base == RCS_BASE &&
	    !(engine_reg(e, RING_CONTEXT_CONTROL) & CTX_RESTORE_INHIBIT))
		for_each_register(e, execlist_pphwsp(e) + LRC_MORE, load_register);
}

static void save_register(struct engine *e, unsigned int dword, uint32_t offset, uint32_t value_at)
{
	uint32_t value = e->dev->regs[DWORD(offset)];

	(void)dword;
	if (!saved(offset - e->info->base))
		return;
	if (register_masked(offset))
		value |= 0xffff0000u;
	mmu_write32(e, MMU_GGTT, value_at, value);
}

/* Stores the position of the command streamer in registers. */
static void store_position(struct engine *e)
{
	const struct batch *b = &e->batch[1], *second = &e->batch[2];

	e->regs[DWORD(RING_BB_ADDR)] = (uint32_t)b->addr | (e->level ? BB_ADDR_VALID : 0);
	e->regs[DWORD(RING_BB_ADDR_UDW)] = b->addr >> 32;
	e->regs[DWORD(RING_BB_STATE)] = e->level && b->ppgtt ? BB_STATE_PPGTT : 0;
	e->regs[DWORD(RING_SBB_ADDR)] =
		e->level == 2 ? (uint32_t)second->addr | BB_ADDR_VALID : 0;
	e->regs[DWORD(RING_SBB_ADDR_UDW)] = e->level == 2 ? second->addr >> 32 : 0;
	e->regs[DWORD(RING_SBB_STATE)] = e->level == 2 && second->ppgtt ? BB_STATE_PPGTT : 0;
}

static void load_position(struct engine *e)
{
	struct batch *b = &e->batch[1], *second = &e->batch[2];

	b->addr = (engine_reg(e, RING_BB_ADDR) & ~3u) |
		  (uint64_t)(engine_reg(e, RING_BB_ADDR_UDW) & 0xffff) << 32;
	b->ppgtt = engine_reg(e, RING_BB_STATE) & BB_STATE_PPGTT;
	second->addr = (engine_reg(e, RING_SBB_ADDR) & ~3u) |
		       (uint64_t)(engine_reg(e, RING_SBB_ADDR_UDW) & 0xffff) << 32;
	second->ppgtt = engine_reg(e, RING_SBB_STATE) & BB_STATE_PPGTT;
	e->level = 0;
	if (engine_reg(e, RING_BB_ADDR) & BB_ADDR_VALID)
		e->level = engine_reg(e, RING_SBB_ADDR) & BB_ADDR_VALID ? 2 : 1;
	e->regs[DWORD(RING_BB_ADDR)] &= ~BB_ADDR_VALID;
}

static void save(struct engine *e)
{
	e->regs[DWORD(RING_CTX_TIMESTAMP)] = execlist_context_timestamp(e);
	store_position(e);
	/* Ignore errors: an image that was invalid when it was loaded is already counted. */
	for_each_register(e, execlist_pphwsp(e) + LRC_STATE, save_register);
	save_more(e);
	e->loaded = false;
	e->level = 0;
}

/* Loads the context list[0]. An invalid context is counted and hangs the engine. */
static void load(struct engine *e)
{
	const struct element *el = &e->list[0];
	struct gpu *dev = e->dev;

	e->loaded = true;
	e->loaded_ns = now_ns();
	e->arbitrate = true;
	e->preemptible = false;
	e->waits = false;
	e->rest_until = 0;
	e->regs[DWORD(RING_EXECLIST_STATUS)] = EXECLIST_ACTIVE_STATUS;
	e->regs[DWORD(RING_EXECLIST_STATUS_HI)] = el->id;
	e->regs[DWORD(RING_BB_ADDR)] = 0;
	if (DESC_MODE(el->desc) != DESC_MODE_64B ||
	    !for_each_register(e, execlist_pphwsp(e) + LRC_STATE, load_register) ||
	    !(engine_reg(e, RING_CTL) & RING_VALID)) {
		dev->counts.bad_context++;
		e->hung = true;
		return;
	}
	load_more(e);
	load_position(e);
	e->pml4 = (engine_reg(e, RING_PDP(0)) | (uint64_t)engine_reg(e, RING_PDP(0) + 4) << 32) &
		  PTE_ADDR;
	e->wa = 0;
	if (engine_reg(e, RING_BB_PER_CTX_PTR) & BB_PER_CTX_VALID)
		e->wa = 1;
	if (engine_reg(e, RING_INDIRECT_CTX) & INDIRECT_CTX_SIZE)
		e->wa = 2;
	e->wa_addr = e->wa_end = 0;
}

void execlist_submit(struct engine *e, uint32_t value)
{
	e->elsp[e->elsp_writes++] = value;
	if (e->elsp_writes < 4)
		return;
	e->elsp_writes = 0;
	e->dev->counts.submissions++;
	if (!(e->elsp[3] & DESC_VALID) || !(engine_reg(e, RING_MODE) & RUN_LIST_ENABLE)) {
		e->dev->counts.bad_context++;
		return;
	}
	/* The second element is written first; of each element, the upper half first. */
	e->pending[1] = (struct element){ .id = e->elsp[0], .desc = e->elsp[1] };
	e->pending[0] = (struct element){ .id = e->elsp[2], .desc = e->elsp[3] };
	e->submitted = true;
	e->rest_until = 0;
	pthread_cond_broadcast(&e->dev->work);
}

static void take_pending(struct engine *e)
{
	e->submitted = false;
	e->list[0] = e->pending[0];
	e->list[1] = e->pending[1];
}

static bool lite_restore(const struct engine *e)
{
	return e->pending[0].id == e->list[0].id &&
	       (e->pending[0].desc & DESC_LRCA) == (e->list[0].desc & DESC_LRCA) &&
	       !(e->pending[0].desc & DESC_FORCE_RESTORE);
}

/* Handles a list submitted while another executes. Returns true if it was taken. */
static bool preempt(struct engine *e)
{
	const bool empty = execlist_ring_empty(e);
	const uint32_t id = e->list[0].id;

	if (lite_restore(e)) {
		take_pending(e);
		e->regs[DWORD(RING_TAIL)] =
			mmu_read32(e, MMU_GGTT, execlist_pphwsp(e) + LRC_STATE + STATE_TAIL);
		report(e, CSB_PREEMPTED | CSB_LITE_RESTORE, id);
		return true;
	}
	if (!empty && !(e->arbitrate && e->preemptible))
		return false;
	save(e);
	take_pending(e);
	if (!empty)
		e->dev->counts.preemptions++;
	report(e, CSB_PREEMPTED | (empty ? CSB_COMPLETE : 0), id);
	load(e);
	return true;
}

bool execlist_switch(struct engine *e)
{
	const uint32_t id = e->list[0].id;

	if (e->hung || engine_reg(e, RING_MI_MODE) & MODE_STOP_RING)
		return false;
	if (e->submitted && e->loaded)
		return preempt(e);
	if (e->submitted) {
		take_pending(e);
		report(e, CSB_IDLE_TO_ACTIVE, 0);
		load(e);
		return true;
	}
	if (!e->loaded || !execlist_ring_empty(e))
		return false;
	save(e);
	if (e->list[1].desc & DESC_VALID) {
		e->list[0] = e->list[1];
		e->list[1] = (struct element){ 0 };
		report(e, CSB_ELEMENT_SWITCH | CSB_COMPLETE, id);
		load(e);
	} else {
		e->regs[DWORD(RING_EXECLIST_STATUS)] = 0;
		e->regs[DWORD(RING_EXECLIST_STATUS_HI)] = 0;
		report(e, CSB_ACTIVE_TO_IDLE | CSB_COMPLETE, id);
	}
	return true;
}

void execlist_abort(struct engine *e)
{
	e->epoch++;
	e->executing = false;
	e->elsp_writes = 0;
	e->submitted = false;
	e->loaded = false;
	e->list[0] = e->list[1] = (struct element){ 0 };
	e->level = 0;
	e->wa = 0;
	e->waits = false;
	e->hung = false;
	e->rest_until = 0;
}
