// SPDX-License-Identifier: MIT
/*
 * The 2D blitter: solid fills and copies, linear or tiled. PRM vol. 10, "BLT Engine Instructions"
 * (BR00 to BR16 are its names for the operands); lengths with addresses of 64 bits: gen8 and later.
 */
#include "blt.h"

#include "blit.h"
#include "mmu.h"
#include "state.h"
#include "tiling.h"

struct surface {
	uint64_t base;
	uint32_t pitch; /* bytes */
	enum gpu_tiling tiling;
};

struct rectangles {
	struct engine *e;
	uint64_t space;
	unsigned int epoch;
	struct surface dst, src;
};

static void access_row(const struct rectangles *r, const struct surface *s, uint64_t offset,
		       void *to, const void *from, size_t len)
{
	while (len) {
		uint32_t run = len;
		const uint64_t at = s->tiling == GPU_LINEAR ?
			offset : gpu_tile(s->tiling, offset, s->pitch, false, &run);
		const size_t n = len < run ? len : run;

		if (to) {
			mmu_read(r->e, r->space, s->base + at, to, n);
			to = (uint8_t *)to + n;
		} else {
			mmu_write(r->e, r->space, s->base + at, from, n);
			from = (const uint8_t *)from + n;
		}
		offset += n;
		len -= n;
	}
}

static void read_row(struct gpu *dev, const struct gpu_blit *b, bool source, uint64_t offset,
		     void *data, size_t len)
{
	const struct rectangles *r = b->opaque;

	(void)dev;
	access_row(r, source ? &r->src : &r->dst, offset, data, NULL, len);
}

static void write_row(struct gpu *dev, const struct gpu_blit *b, uint64_t offset, const void *data,
		      size_t len)
{
	const struct rectangles *r = b->opaque;

	(void)dev;
	access_row(r, &r->dst, offset, NULL, data, len);
}

static bool next_row(struct gpu *dev, const struct gpu_blit *b)
{
	const struct rectangles *r = b->opaque;

	gpu_lock_give_way(&dev->lock);
	return r->e->epoch == r->epoch;
}

static uint64_t address(const uint32_t *dw)
{
	return dw[0] | (uint64_t)(dw[1] & 0xffff) << 32;
}

/* The pitch of a tiled surface is in dwords. Returns false unless it is in whole tiles. */
static bool set_surface(struct surface *s, uint64_t base, uint32_t pitch, enum gpu_tiling tiling)
{
	const uint32_t width = tiling == GPU_TILED_X ? GPU_X_TILE_WIDTH : GPU_Y_TILE_WIDTH;

	s->base = base;
	s->tiling = tiling;
	s->pitch = tiling == GPU_LINEAR ? pitch & 0xffff : (pitch & 0xffff) * 4;
	return tiling == GPU_LINEAR || (s->pitch && s->pitch % width == 0);
}

/* Returns the offset of pixel (@x, @y) in @s. The pitch of a linear surface may be negative. */
static uint64_t offset_of(const struct surface *s, int32_t x, int32_t y, unsigned int bytes)
{
	const int64_t pitch = s->tiling == GPU_LINEAR ? (int16_t)s->pitch : (int64_t)s->pitch;

	return y * pitch + x * (int64_t)bytes;
}

/* Sets the destination rectangle [x1, x2) x [y1, y2). Returns false if it is empty. */
static bool set_rectangle(struct gpu_blit *b, const struct rectangles *r, uint32_t from,
			  uint32_t to, unsigned int bytes)
{
	const int32_t width = gpu_blit_x(to) - gpu_blit_x(from);
	const int32_t rows = gpu_blit_y(to) - gpu_blit_y(from);

	if (width <= 0 || rows <= 0)
		return false;
	b->width = width * bytes;
	b->rows = rows;
	b->dst = offset_of(&r->dst, gpu_blit_x(from), gpu_blit_y(from), bytes);
	b->dst_step = offset_of(&r->dst, 0, 1, bytes);
	return true;
}

static void set_source(struct gpu_blit *b, const struct rectangles *r, uint32_t from,
		       uint32_t to, unsigned int bytes)
{
	b->has_source = true;
	b->src = offset_of(&r->src, gpu_blit_x(from), gpu_blit_y(from), bytes);
	b->src_step = offset_of(&r->src, 0, 1, bytes);
	/* In one surface, begin with the last row if the destination is below the source. */
	if (r->src.base == r->dst.base && b->src_step == b->dst_step &&
	    gpu_blit_y(to) > gpu_blit_y(from))
		gpu_blit_reverse(b);
}

static enum gpu_tiling tiling(uint32_t cmd, uint32_t tiled, uint32_t swctrl, uint32_t y)
{
	if (!(cmd & tiled))
		return GPU_LINEAR;
	return swctrl & y ? GPU_TILED_Y : GPU_TILED_X;
}

static bool xy_color(struct rectangles *r, struct gpu_blit *b, const uint32_t *dw, unsigned int len)
{
	const uint32_t swctrl = r->e->dev->regs[DWORD(BCS_SWCTRL)];

	if (len != 7 || dw[1] & BR13_CLIP)
		return false;
	gpu_blit_set_operands(b, dw[0], dw[1], dw[6]);
	if (!set_surface(&r->dst, address(dw + 4), dw[1],
			 tiling(dw[0], BLT_DST_TILED, swctrl, SWCTRL_DST_Y)))
		return false;
	if (set_rectangle(b, r, dw[2], dw[3], gpu_blit_depth(dw[1])))
		gpu_blit(r->e->dev, b);
	return true;
}

static bool xy_src_copy(struct rectangles *r, struct gpu_blit *b, const uint32_t *dw,
			unsigned int len)
{
	const uint32_t swctrl = r->e->dev->regs[DWORD(BCS_SWCTRL)];

	if (len != 10 || dw[1] & BR13_CLIP)
		return false;
	gpu_blit_set_operands(b, dw[0], dw[1], 0);
	if (!set_surface(&r->dst, address(dw + 4), dw[1],
			 tiling(dw[0], BLT_DST_TILED, swctrl, SWCTRL_DST_Y)) ||
	    !set_surface(&r->src, address(dw + 8), dw[7],
			 tiling(dw[0], BLT_SRC_TILED, swctrl, SWCTRL_SRC_Y)))
		return false;
	if (!set_rectangle(b, r, dw[2], dw[3], gpu_blit_depth(dw[1])))
		return true;
	set_source(b, r, dw[6], dw[2], gpu_blit_depth(dw[1]));
	gpu_blit(r->e->dev, b);
	return true;
}

static bool xy_fast_copy(struct rectangles *r, struct gpu_blit *b, const uint32_t *dw,
			 unsigned int len)
{
	static const enum gpu_tiling modes[] = { GPU_LINEAR, GPU_TILED_X, GPU_TILED_Y };
	static const unsigned int bytes[] = { 1, 2, 0, 4, 8, 16, 0, 0 };
	const unsigned int n = bytes[FAST_DEPTH(dw[1])];

	/* Tiles of 64 KiB are not modelled. */
	if (len != 10 || !n || FAST_SRC_TILING(dw[0]) > 2 || FAST_DST_TILING(dw[0]) > 2)
		return false;
	if (!set_surface(&r->dst, address(dw + 4), dw[1], modes[FAST_DST_TILING(dw[0])]) ||
	    !set_surface(&r->src, address(dw + 8), dw[7], modes[FAST_SRC_TILING(dw[0])]))
		return false;
	b->rop = 0xcc;
	if (!set_rectangle(b, r, dw[2], dw[3], n))
		return true;
	set_source(b, r, dw[6], dw[2], n);
	gpu_blit(r->e->dev, b);
	return true;
}

bool blt_execute(struct engine *e, uint64_t space, const uint32_t *dw, unsigned int len)
{
	struct rectangles r = { .e = e, .space = space, .epoch = e->epoch };
	struct gpu_blit b = {
		.write_mask = ~0u,
		.row = { e->dev->row[0], e->dev->row[1] },
		.opaque = &r,
		.read = read_row,
		.write = write_row,
		.next_row = next_row,
	};

	switch (BLT_OPCODE(dw[0])) {
	case XY_COLOR_BLT:
		return xy_color(&r, &b, dw, len);
	case XY_SRC_COPY_BLT:
		return xy_src_copy(&r, &b, dw, len);
	case XY_FAST_COPY_BLT:
		return xy_fast_copy(&r, &b, dw, len);
	}
	return false;
}
