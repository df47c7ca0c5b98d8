// SPDX-License-Identifier: MIT
/*
 * The command streamers. They fetch commands from the ring and from batches, execute memory
 * interface (MI) commands and PIPE_CONTROL, pass 2D commands to the blitter, and skip 3D, GPGPU and
 * media commands. PRM vol. 2a; i915: gt/intel_gpu_commands.h.
 *
 * To add a command, define its opcode in regs.h, its length in length_mi() if that is unusual, and
 * add a case to mi_execute() or to blt.c. An unknown command is counted and hangs the engine until
 * it is reset.
 */
#include "cs.h"

#include <string.h>

#include "blt.h"
#include "execlist.h"
#include "irq.h"
#include "mmio.h"
#include "mmu.h"
#include "state.h"

/* Dwords fetched of a command. MI_STORE_DATA_IMM is the longest. */
#define COMMAND_MAX 1025u

/* How long an engine rests: after each loop of a spinner, between two polls of a semaphore. */
#define REST_SPINNER_NS   200000u
#define REST_SEMAPHORE_NS  50000u

/* Where the next command is fetched from. */
struct source {
	uint64_t space, addr;
};

static bool user(const struct engine *e)
{
	return !e->wa && e->level && e->batch[e->level].ppgtt;
}

static struct source next_source(const struct engine *e)
{
	const uint32_t start = engine_reg(e, RING_START) & START_ADDR;
	const uint32_t head = engine_reg(e, RING_HEAD) & HEAD_ADDR;

	if (e->wa)
		return (struct source){ MMU_GGTT, e->wa_addr };
	if (e->level)
		return (struct source){ user(e) ? e->pml4 : MMU_GGTT, e->batch[e->level].addr };
	return (struct source){ MMU_GGTT, start + head % execlist_ring_size(e) };
}

/* Reads @n dwords at the next command, wrapping at the end of the ring. */
static void fetch(struct engine *e, uint32_t *dw, unsigned int n)
{
	const struct source from = next_source(e);
	const uint32_t head = (engine_reg(e, RING_HEAD) & HEAD_ADDR) % execlist_ring_size(e);
	unsigned int first = n;

	if (!e->wa && !e->level && head + 4 * n > execlist_ring_size(e)) {
		first = (execlist_ring_size(e) - head) / 4;
		mmu_read(e, MMU_GGTT, engine_reg(e, RING_START) & START_ADDR, dw + first,
			 4 * (n - first));
	}
	mmu_read(e, from.space, from.addr, dw, 4 * first);
}

/* Advances by @n dwords. Increments the wrap count at the end of the ring. */
static void advance(struct engine *e, unsigned int n)
{
	uint32_t *reg = &e->regs[DWORD(RING_HEAD)];
	const uint32_t size = execlist_ring_size(e);
	const uint32_t at = (*reg & HEAD_ADDR) % size + 4 * n;

	if (e->wa) {
		e->wa_addr += 4 * n;
		return;
	}
	if (e->level) {
		e->batch[e->level].addr += 4 * n;
		return;
	}
	if (at >= size)
		*reg += HEAD_WRAP_ONE;
	*reg = (*reg & HEAD_WRAP_COUNT) | at % size;
}

/* Returns the length in dwords. */
static unsigned int length_mi(uint32_t cmd)
{
	switch (MI_OPCODE(cmd)) {
	case MI_FLUSH_DW: /* bits above are flags */
		return (cmd & 0x3f) + 2;
	case MI_STORE_DATA_IMM:
		return (cmd & 0x3ff) + 2;
	}
	return MI_OPCODE(cmd) <= MI_SINGLE_DWORD_LAST ? 1 : (cmd & 0xff) + 2;
}

/* PRM vol. 2a, "3D and GPGPU command header"; media: vol. 2a, "MFX". */
static unsigned int length_3d(uint32_t cmd)
{
	switch (cmd >> 27 & 3) {
	case 0: /* common */
		return (cmd & 0xff) + 2;
	case 1: /* opcodes 0 and 1: one dword, as PIPELINE_SELECT */
		return (cmd >> 24 & 7) < 2 ? 1 : (cmd & 0xff) + 2;
	case 2: /* media */
		return (cmd & 0xfff) + 2;
	}
	return (cmd & 0xff) + 2;
}

/* Returns the length in dwords, 0 if there is no such command. */
static unsigned int length(uint32_t cmd)
{
	switch (CMD_CLIENT(cmd)) {
	case CLIENT_MI:
		return length_mi(cmd);
	case CLIENT_2D:
		return (cmd & 0xff) + 2;
	case CLIENT_3D:
		return length_3d(cmd);
	}
	return 0;
}

/* Returns true if a privileged command may execute. In a user batch, counts it instead. */
static bool privileged(struct engine *e)
{
	if (!user(e))
		return true;
	e->dev->counts.privileged++;
	return false;
}

/*
 * Returns true if a user batch may write the register: state of its context, and registers that the
 * driver allows by FORCE_TO_NONPRIV. PRM vol. 2c, "User mode privileged commands"; i915:
 * i915_cmd_parser.c gen9_blt_regs[], gt/intel_workarounds.c *_whitelist_build(). Mesa writes
 * 0x20d8, 0x7000 to 0x7008 and 0x7034 in each batch; they belong to the context.
 */
static bool user_register(const struct engine *e, uint32_t offset)
{
	const uint32_t rel = offset - e->info->base;
	unsigned int i;

	if (rel >= RING_GPR && rel < RING_GPR + 8 * GPRS)
		return true;
	if (rel >= RING_PREDICATE_SRC0 && rel < 0x450) /* and 3DPRIM, statistics */
		return true;
	if (e->info->base == RCS_BASE) {
		if ((offset >= 0x2290 && offset < 0x2298) || (offset >= 0x2300 && offset < 0x2358) ||
		    (offset >= 0x2450 && offset < 0x24d0) || (offset >= 0x2500 && offset < 0x2520) ||
		    (offset >= 0x5200 && offset < 0x52c0))
			return true;
		if (offset == 0x20d8 || (offset >= 0x7000 && offset <= 0x7008) || offset == 0x7034)
			return true;
	}
	for (i = 0; i < NONPRIV_SLOTS; i++) {
		const uint32_t slot = engine_reg(e, RING_FORCE_TO_NONPRIV + 4 * i);
		const uint32_t bytes = 4u << 2 * (slot & NONPRIV_RANGE);

		if (!(slot & NONPRIV_DENY) &&
		    (offset & ~(bytes - 1)) == (slot & NONPRIV_ADDRESS & ~(bytes - 1)))
			return true;
	}
	return false;
}

static void write_register(struct engine *e, uint32_t offset, uint32_t value)
{
	offset &= ~3u;
	if (offset >= KBL_MMIO_SIZE)
		return;
	if (user(e) && !user_register(e, offset)) {
		e->dev->counts.privileged++;
		return;
	}
	mmio_write(e->dev, offset, value);
}

static uint32_t read_register(struct engine *e, uint32_t offset)
{
	return offset < KBL_MMIO_SIZE ? mmio_read(e->dev, offset & ~3u) : 0;
}

static uint64_t read_register64(struct engine *e, uint32_t offset)
{
	return read_register(e, offset) | (uint64_t)read_register(e, offset + 4) << 32;
}

/* Sets @space to that of an address in a command. Returns false for the GGTT in a user batch. */
static bool space_of(struct engine *e, bool ggtt, uint64_t *space)
{
	*space = ggtt ? MMU_GGTT : e->pml4;
	return !ggtt || privileged(e);
}

static uint64_t address(const uint32_t *dw)
{
	return (dw[0] & ~3u) | (uint64_t)(dw[1] & 0xffff) << 32;
}

static uint64_t qword(const uint32_t *dw)
{
	return dw[0] | (uint64_t)dw[1] << 32;
}

/*
 * The post-sync operation of PIPE_CONTROL and MI_FLUSH_DW. If @index, @addr is an offset into the
 * per-process status page or, with @ggtt, into the engine's. i915: gt/gen8_engine_cs.c,
 * LRC_PPHWSP_SCRATCH_ADDR; pxp/intel_pxp_cmd.c.
 */
static void post_sync(struct engine *e, unsigned int op, bool ggtt, bool index, uint64_t addr,
		      uint64_t value, bool dword)
{
	uint64_t space;

	if (op == 0)
		return;
	if (op == POST_SYNC_COUNT)
		value = 0;
	if (op == POST_SYNC_TIME)
		value = execlist_timestamp();
	if (!space_of(e, ggtt, &space))
		return;
	if (index) {
		space = MMU_GGTT;
		addr = (addr & 0xffc) +
		       (ggtt ? engine_reg(e, RING_HWS_PGA) & START_ADDR : execlist_pphwsp(e));
	}
	if (dword)
		mmu_write32(e, space, addr & ~3ull, value);
	else
		mmu_write64(e, space, addr & ~7ull, value);
}

static void invalidate(struct engine *e)
{
	mmu_invalidate(e);
	e->dev->counts.tlb_command++;
}

static bool pipe_control(struct engine *e, const uint32_t *dw, unsigned int len)
{
	if (len != 6)
		return false;
	if (dw[1] & PC_TLB)
		invalidate(e);
	if (dw[1] & PC_MMIO_WRITE) {
		if (POST_SYNC(dw[1]) == POST_SYNC_WRITE)
			write_register(e, dw[2], dw[4]);
	} else {
		post_sync(e, POST_SYNC(dw[1]), dw[1] & PC_GLOBAL_GTT, dw[1] & PC_STORE_INDEX,
			  address(dw + 2), qword(dw + 4), false);
	}
	if (dw[1] & PC_NOTIFY)
		irq_raise(e, GT_PIPE_NOTIFY);
	return true;
}

static bool flush_dw(struct engine *e, const uint32_t *dw, unsigned int len)
{
	if (len != 4 && len != 5)
		return false;
	if (dw[0] & FLUSH_TLB)
		invalidate(e);
	post_sync(e, POST_SYNC(dw[0]), dw[1] & FLUSH_ADDR_GGTT, dw[0] & FLUSH_STORE_INDEX,
		  address(dw + 1) & ~4ull, len == 5 ? qword(dw + 3) : dw[3], len == 4);
	if (dw[0] & FLUSH_NOTIFY)
		irq_raise(e, GT_PIPE_NOTIFY);
	return true;
}

static void store_data(struct engine *e, const uint32_t *dw, unsigned int len)
{
	uint64_t space, addr = address(dw + 1);
	unsigned int i;

	if (!space_of(e, dw[0] & MI_GLOBAL_GTT, &space))
		return;
	if (dw[0] & STORE_QWORD && len == 5) {
		mmu_write64(e, space, addr & ~7ull, qword(dw + 3));
		return;
	}
	for (i = 3; i < len && i < COMMAND_MAX; i++, addr += 4)
		mmu_write32(e, space, addr, dw[i]);
}

/* PRM vol. 2a, "MI_PREDICATE". */
static void predicate(struct engine *e, uint32_t cmd)
{
	const uint32_t base = e->info->base;
	const uint64_t a = read_register64(e, base + RING_PREDICATE_SRC0);
	const uint64_t b = read_register64(e, base + RING_PREDICATE_SRC1);
	uint32_t *result = &e->regs[DWORD(RING_PREDICATE_RESULT)];
	bool v = false;

	switch (cmd & 3) {
	case 0:
		v = true;
		break;
	case 2:
		v = a == b;
		break;
	case 3:
		v = a - b == read_register64(e, base + RING_PREDICATE_DATA);
		break;
	}
	switch (cmd >> 6 & 3) {
	case 2:
		break;
	case 3:
		v = !v;
		break;
	default: /* keep */
		v = *result & 1;
	}
	switch (cmd >> 3 & 3) {
	case 1:
		v = v && *result & 1;
		break;
	case 2:
		v = v || *result & 1;
		break;
	case 3:
		v = v != (*result & 1);
		break;
	}
	*result = v;
}

/* PRM vol. 2a, "MI_MATH": an ALU on the general purpose registers. */
static void math(struct engine *e, const uint32_t *dw, unsigned int len)
{
	uint32_t *gpr = &e->regs[DWORD(RING_GPR)];
	uint64_t a = 0, b = 0, accu = 0, v;
	bool carry = false, zero = false;
	unsigned int i;

	for (i = 1; i < len && i < COMMAND_MAX; i++) {
		const unsigned int op = dw[i] >> 20, to = dw[i] >> 10 & 0x3ff, from = dw[i] & 0x3ff;
		uint64_t *src = to == 0x21 ? &b : &a;

		switch (op) {
		case 0x080: case 0x480: /* LOAD, LOADINV */
			v = from < GPRS ? qword(gpr + 2 * from) : 0;
			*src = op == 0x480 ? ~v : v;
			break;
		case 0x081: case 0x481: /* LOAD0, LOAD1 */
			*src = op == 0x481 ? ~0ull : 0;
			break;
		case 0x100:
			accu = a + b;
			carry = accu < a;
			zero = !accu;
			break;
		case 0x101:
			accu = a - b;
			carry = a < b;
			zero = !accu;
			break;
		case 0x102:
			accu = a & b;
			zero = !accu;
			break;
		case 0x103:
			accu = a | b;
			zero = !accu;
			break;
		case 0x104:
			accu = a ^ b;
			zero = !accu;
			break;
		case 0x180: case 0x580: /* STORE, STOREINV */
			v = from == 0x31 ? accu : from == 0x32 ? -(uint64_t)zero :
			    from == 0x33 ? -(uint64_t)carry : 0;
			if (op == 0x580)
				v = ~v;
			if (to < GPRS) {
				gpr[2 * to] = v;
				gpr[2 * to + 1] = v >> 32;
			}
			break;
		}
	}
}

static uint64_t atomic_result(unsigned int op, bool quad, uint64_t old, uint64_t s1, uint64_t s2)
{
	const int64_t a = quad ? (int64_t)old : (int32_t)old, b = quad ? (int64_t)s1 : (int32_t)s1;

	switch (op) {
	case 0x1: return old & s1;
	case 0x2: return old | s1;
	case 0x3: return old ^ s1;
	case 0x4: return s1;
	case 0x5: return old + 1;
	case 0x6: return old - 1;
	case 0x7: return old + s1;
	case 0x8: return old - s1;
	case 0x9: return s1 - old;
	case 0xa: return a > b ? old : s1;
	case 0xb: return a < b ? old : s1;
	case 0xc: return old > s1 ? old : s1;
	case 0xd: return old < s1 ? old : s1;
	case 0xe: return old == s1 ? s2 : old;
	}
	return old;
}

/*
 * PRM vol. 2a, "MI_ATOMIC": the operands are inline or in the first general purpose registers. The
 * operation is atomic also for the guest's CPUs.
 */
static bool atomic_op(struct engine *e, const uint32_t *dw, unsigned int len)
{
	const bool is_inline = dw[0] & 1u << 18, quad = dw[0] >> 19 & 1;
	const unsigned int op = dw[0] >> 8 & 0x1f;
	const uint32_t *gpr = &e->regs[DWORD(RING_GPR)];
	uint64_t space, addr = address(dw + 1), old = 0, v, s1, s2;
	uint32_t old32, v32;
	void *at;

	if (len != (is_inline ? 11u : 3u) || dw[0] & 1u << 20 || op < 1 || op > 0xe)
		return false;
	if (!space_of(e, dw[0] & MI_GLOBAL_GTT, &space))
		return true;
	addr &= quad ? ~7ull : ~3ull;
	/* In line the two operands of 128 bits alternate by dword. */
	s1 = is_inline ? dw[3] | (uint64_t)dw[5] << 32 : qword(gpr);
	s2 = is_inline ? dw[4] | (uint64_t)dw[6] << 32 : qword(gpr + 2);
	if (!quad) {
		s1 = (uint32_t)s1;
		s2 = (uint32_t)s2;
	}
	at = mmu_pointer(e, space, addr, true);
	if (at && quad) {
		old = __atomic_load_n((uint64_t *)at, __ATOMIC_SEQ_CST);
		do
			v = atomic_result(op, quad, old, s1, s2);
		while (!__atomic_compare_exchange_n((uint64_t *)at, &old, v, false,
						    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
	} else if (at) {
		old32 = __atomic_load_n((uint32_t *)at, __ATOMIC_SEQ_CST);
		do {
			v32 = atomic_result(op, quad, old32, s1, s2);
		} while (!__atomic_compare_exchange_n((uint32_t *)at, &old32, v32, false,
						      __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
		old = old32;
	}
	if (dw[0] & 1u << 16) {
		e->regs[DWORD(RING_GPR)] = old;
		e->regs[DWORD(RING_GPR) + 1] = old >> 32;
	}
	return true;
}

static bool compare(unsigned int op, uint32_t memory, uint32_t data, bool *known)
{
	*known = true;
	switch (op) {
	case 0: return memory > data;
	case 1: return memory >= data;
	case 2: return memory < data;
	case 3: return memory <= data;
	case 4: return memory == data;
	case 5: return memory != data;
	}
	*known = false;
	return false;
}

/* Returns false for an unknown comparison or length. Sets e->waits if the engine must wait. */
static bool semaphore_wait(struct engine *e, const uint32_t *dw, unsigned int len)
{
	uint64_t space;
	uint32_t value;
	bool known, waits;

	if (len != 4)
		return false;
	if (dw[0] & SEMAPHORE_REGISTER)
		value = read_register(e, dw[2]);
	else if (space_of(e, dw[0] & MI_GLOBAL_GTT, &space))
		value = mmu_read32(e, space, address(dw + 2));
	else
		return true;
	waits = !compare(SEMAPHORE_COMPARE(dw[0]), value, dw[1], &known);
	if (!known)
		return false;
	if (waits && !e->waits)
		irq_raise(e, GT_WAIT_SEMAPHORE);
	e->waits = waits;
	return true;
}

static void conditional_end(struct engine *e, const uint32_t *dw)
{
	uint64_t space;
	bool known;

	/* The batch continues while the comparison holds. */
	if (e->level && space_of(e, dw[0] & MI_GLOBAL_GTT, &space) &&
	    !compare(SEMAPHORE_COMPARE(dw[0]), mmu_read32(e, space, address(dw + 2)), dw[1], &known))
		e->level--;
}

static void copy_mem(struct engine *e, const uint32_t *dw)
{
	uint64_t to, from;

	if (space_of(e, dw[0] & MI_GLOBAL_GTT, &to) && space_of(e, dw[0] & 1u << 21, &from))
		mmu_write32(e, to, address(dw + 1), mmu_read32(e, from, address(dw + 3)));
}

/* Returns false if there is no such command, or none of this length. */
static bool mi_execute(struct engine *e, const uint32_t *dw, unsigned int len)
{
	const unsigned int op = MI_OPCODE(dw[0]);
	uint64_t space;
	unsigned int i;

	switch (op) {
	case MI_NOOP:
		if (dw[0] & MI_NOOP_WRITE_ID)
			e->regs[DWORD(RING_NOPID)] = dw[0] & 0x3fffff;
		return true;
	case MI_USER_INTERRUPT:
		irq_raise(e, GT_USER_INTERRUPT);
		return true;
	case MI_ARB_CHECK:
		e->preemptible = true;
		return true;
	case MI_ARB_ON_OFF:
		if (privileged(e))
			e->arbitrate = dw[0] & 1;
		return true;
	case MI_WAIT_FOR_EVENT: /* no display is modelled */
	case MI_FLUSH:
	case MI_RS_CONTROL:
	case MI_REPORT_HEAD:
	case MI_SUSPEND_FLUSH:
	case MI_TOPOLOGY_FILTER:
	case MI_SET_APPID:
	case MI_RS_CONTEXT:
	case MI_CLFLUSH:
	case MI_REPORT_PERF_COUNT: /* no counters are modelled */
		return true;
	case MI_SET_PREDICATE:
		return !(dw[0] & 3); /* disable; other values are not modelled */
	case MI_PREDICATE:
		predicate(e, dw[0]);
		return true;
	case MI_MATH:
		math(e, dw, len);
		return true;
	case MI_SEMAPHORE_WAIT:
		return semaphore_wait(e, dw, len);
	case MI_STORE_DATA_IMM:
		if (len < 4)
			return false;
		store_data(e, dw, len);
		return true;
	case MI_STORE_DATA_INDEX:
		if (len != 3 && len != 4)
			return false;
		/* Writes to the engine's status page are privileged. */
		if (!(dw[0] & 1u << 21) && !privileged(e))
			return true;
		space = dw[0] & 1u << 21 ? execlist_pphwsp(e) :
					    engine_reg(e, RING_HWS_PGA) & START_ADDR;
		mmu_write32(e, MMU_GGTT, space + (dw[1] & 0xffc), dw[2]);
		return true;
	case MI_LOAD_REGISTER_IMM:
		if (!(len & 1))
			return false;
		for (i = 1; i + 1 < len && i + 1 < COMMAND_MAX; i += 2)
			write_register(e, dw[i], dw[i + 1]);
		return true;
	case MI_STORE_REGISTER_MEM:
		if (len != 4)
			return false;
		if (space_of(e, dw[0] & MI_GLOBAL_GTT, &space))
			mmu_write32(e, space, address(dw + 2), read_register(e, dw[1]));
		return true;
	case MI_LOAD_REGISTER_MEM:
		if (len != 4)
			return false;
		if (space_of(e, dw[0] & MI_GLOBAL_GTT, &space))
			write_register(e, dw[1], mmu_read32(e, space, address(dw + 2)));
		return true;
	case MI_LOAD_REGISTER_REG:
		if (len != 3)
			return false;
		write_register(e, dw[2], read_register(e, dw[1]));
		return true;
	case MI_COPY_MEM_MEM:
		if (len != 5)
			return false;
		copy_mem(e, dw);
		return true;
	case MI_FLUSH_DW:
		return flush_dw(e, dw, len);
	case MI_ATOMIC:
		return atomic_op(e, dw, len);
	}
	return false;
}

/* Returns false if a batch cannot start here. */
static bool batch_start(struct engine *e, const uint32_t *dw)
{
	const bool second = dw[0] & BB_START_SECOND, jump = e->level && !second;
	const bool predicated = dw[0] & BB_START_PREDICATE;
	const struct batch from = e->batch[e->level];
	struct batch *to;

	if (e->wa || (second && e->level != 1))
		return false;
	advance(e, 3);
	if (predicated && !(engine_reg(e, RING_PREDICATE_RESULT_1) & 1))
		return true;
	if (!jump)
		e->level++;
	to = &e->batch[e->level];
	to->addr = address(dw + 1);
	/* A batch that a user batch starts is a user batch. */
	to->ppgtt = dw[0] & BB_START_PPGTT || (e->level > 1 || jump ? from.ppgtt : false);
	/* A batch that jumps back may be a spinner or poll a condition. */
	if (jump && to->addr <= from.addr)
		e->rest_until = now_ns() + (predicated ? REST_SEMAPHORE_NS : REST_SPINNER_NS);
	return true;
}

/* Sets the next workaround batch of a context and its address. Returns false if none is left. */
static bool workaround(struct engine *e)
{
	const uint32_t indirect = engine_reg(e, RING_INDIRECT_CTX);
	const uint32_t per_ctx = engine_reg(e, RING_BB_PER_CTX_PTR);

	if (e->wa == 2 && !e->wa_end) {
		e->wa_addr = indirect & ~0x3fu;
		e->wa_end = e->wa_addr + 64 * (indirect & INDIRECT_CTX_SIZE);
	}
	if (e->wa == 2 && e->wa_addr >= e->wa_end) {
		e->wa = 1;
		e->wa_end = 0;
	}
	if (e->wa == 1 && !(per_ctx & BB_PER_CTX_VALID))
		e->wa = 0;
	if (e->wa == 1 && !e->wa_end) {
		e->wa_addr = per_ctx & ~0x3fu;
		e->wa_end = ~0ull;
	}
	return e->wa;
}

static bool execute(struct engine *e, const uint32_t *dw, unsigned int len)
{
	switch (CMD_CLIENT(dw[0])) {
	case CLIENT_MI:
		return mi_execute(e, dw, len);
	case CLIENT_2D:
		return e->info->base == BCS_BASE &&
		       blt_execute(e, user(e) || !e->level ? e->pml4 : MMU_GGTT, dw, len);
	}
	if (PIPE_CONTROL(dw[0]) && e->info->base == RCS_BASE)
		return pipe_control(e, dw, len);
	return true; /* 3D, GPGPU, media: skipped */
}

static bool is_mi(uint32_t dw, unsigned int opcode)
{
	return CMD_CLIENT(dw) == CLIENT_MI && MI_OPCODE(dw) == opcode;
}

/* i915: gt/intel_execlists_submission.c enable_error_interrupt(). */
static void hang(struct engine *e)
{
	e->dev->counts.bad_command++;
	e->hung = true;
	e->regs[DWORD(RING_EIR)] |= ERROR_INSTRUCTION;
	if (!(engine_reg(e, RING_EMR) & ERROR_INSTRUCTION))
		irq_raise(e, GT_MASTER_ERROR);
}

static void batch_end(struct engine *e)
{
	if (e->wa) {
		e->wa--;
		e->wa_end = 0;
	} else {
		e->level--;
	}
}

void cs_execute(struct engine *e)
{
	struct gpu *dev = e->dev;
	const unsigned int epoch = e->epoch;
	uint32_t dw[COMMAND_MAX];
	unsigned int len, n;
	bool known;

	e->preemptible = false;
	if (e->wa && !workaround(e) && execlist_ring_empty(e))
		return;
	fetch(e, dw, 1);
	/* Batches often have many MI_NOOP in a row: execute those of a cache line at once. */
	if (dw[0] == 0 && (e->wa || e->level)) {
		len = 16 - (next_source(e).addr / 4 & 15);
		fetch(e, dw, len);
		/* n is 0 if the first was overwritten between the two fetches. */
		for (n = 0; n < len && dw[n] == 0; n++)
			;
		advance(e, n);
		dev->counts.commands += n;
		return;
	}
	e->regs[DWORD(RING_IPEHR)] = dw[0];
	len = length(dw[0]);
	n = len < COMMAND_MAX ? len : COMMAND_MAX;
	if (n > 1)
		fetch(e, dw, n);

	if (is_mi(dw[0], MI_BATCH_BUFFER_START) && len == 3) {
		if (!batch_start(e, dw)) {
			hang(e);
			return;
		}
	} else if (is_mi(dw[0], MI_BATCH_BUFFER_END) && (e->wa || e->level)) {
		batch_end(e);
	} else if (is_mi(dw[0], MI_CONDITIONAL_BATCH_BUFFER_END) && len == 4) {
		advance(e, len);
		conditional_end(e, dw);
	} else {
		e->executing = true;
		known = len && execute(e, dw, len);
		if (e->epoch != epoch)
			return;
		e->executing = false;
		if (!known) {
			hang(e);
			return;
		}
		if (e->waits) {
			e->preemptible = true;
			e->rest_until = now_ns() + REST_SEMAPHORE_NS;
			return;
		}
		advance(e, len);
	}
	dev->counts.commands++;
}
