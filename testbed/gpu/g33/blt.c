// SPDX-License-Identifier: MIT
/*
 * The 2D blitter: solid fills and copies with raster operations. PRM vol. 1, "BLT Engine" and "BLT Engine Instructions" (BR00 to BR16 are
 * its names for the operands). On gen3 its addresses go through the fences, as those of the CPU in the aperture do.
 *
 * A rectangle is done row by row: source and destination into a buffer, the raster operation there, the result out. Between rows others
 * have their turn at the device, and a reset ends the command.
 */
#include "blt.h"

#include <string.h>

#include "fence.h"
#include "lock.h"
#include "state.h"

/* One rectangle, in bytes; coordinates are resolved already. */
struct blit {
	uint32_t dst, src;           /* graphics addresses of the first row to be done */
	int32_t dst_step, src_step;  /* to the next row */
	uint32_t width;              /* bytes, at most BLT_ROW_MAX */
	uint32_t rows;
	uint32_t pattern;            /* solid color, as it repeats in memory */
	uint32_t write_mask;         /* bits of each 32 that are written */
	uint8_t rop;
	bool has_source;
};

/* Bit p * 4 + s * 2 + d of @rop is the result for these bits of pattern, source and destination. PRM vol. 1, "Raster Operations". */
static uint32_t rop3(uint8_t rop, uint32_t p, uint32_t s, uint32_t d)
{
	uint32_t result = 0;
	unsigned int i;

	switch (rop) {
	case 0xcc:
		return s;
	case 0xf0:
		return p;
	}
	for (i = 0; i < 8; i++)
		if (rop & (1u << i))
			result |= (i & 4 ? p : ~p) & (i & 2 ? s : ~s) & (i & 1 ? d : ~d);
	return result;
}

static bool needs_destination(const struct blit *b)
{
	/* The result for d = 0 beside that for d = 1. */
	return ((b->rop >> 1) & 0x55) != (b->rop & 0x55) || b->write_mask != ~0u;
}

static void do_row(struct gpu *dev, const struct blit *b, uint32_t dst, uint32_t src)
{
	uint8_t *s = dev->row[0], *d = dev->row[1];
	uint32_t i, sv = 0, dv;

	if (b->has_source)
		fenced_read(dev, src, s, b->width);
	if (needs_destination(b))
		fenced_read(dev, dst, d, b->width);

	/* Beyond the width there is room, and nobody looks at it. */
	for (i = 0; i < b->width; i += 4) {
		/* A raster operation may want a source where there is none: then not what another blit has left. */
		if (b->has_source)
			memcpy(&sv, s + i, 4);
		memcpy(&dv, d + i, 4);
		dv = (dv & ~b->write_mask) | (rop3(b->rop, b->pattern, sv, dv) & b->write_mask);
		memcpy(d + i, &dv, 4);
	}
	fenced_write(dev, dst, d, b->width);
}

static void do_blit(struct gpu *dev, const struct blit *b)
{
	const unsigned int epoch = dev->epoch;
	uint32_t dst = b->dst, src = b->src, row;

	if (!b->width)
		return;
	for (row = 0; row < b->rows; row++) {
		do_row(dev, b, dst, src);
		dst += b->dst_step;
		src += b->src_step;
		g33_give_way(dev);
		if (dev->epoch != epoch)
			return;
	}
}

/* Bytes of a pixel; 16 bits come in two formats. */
static unsigned int depth(uint32_t br13)
{
	static const unsigned int bytes[] = { 1, 2, 2, 4 };

	return bytes[BR13_DEPTH(br13)];
}

static int32_t pitch(uint32_t dw)
{
	return (int16_t)(dw & 0xffff);
}

static int32_t coord_x(uint32_t dw)
{
	return (int16_t)(dw & 0xffff);
}

static int32_t coord_y(uint32_t dw)
{
	return (int16_t)(dw >> 16);
}

/* What BR00 and BR13 say of all four commands. */
static void set_common(struct blit *b, uint32_t br00, uint32_t br13, uint32_t color)
{
	b->rop = BR13_ROP(br13);
	b->write_mask = ~0u;
	switch (depth(br13)) {
	case 1:
		b->pattern = (color & 0xff) * 0x01010101u;
		break;
	case 2:
		b->pattern = (color & 0xffff) * 0x00010001u;
		break;
	case 4:
		b->pattern = color;
		b->write_mask = (br00 & BLT_WRITE_ALPHA ? 0xff000000u : 0) | (br00 & BLT_WRITE_RGB ? 0x00ffffffu : 0);
		break;
	}
}

/* With the X direction reversed the addresses are those of the last byte of a row. */
static uint32_t first_byte(uint32_t br13, uint32_t addr, uint32_t width)
{
	return br13 & BR13_RIGHT_TO_LEFT ? addr - width + 1 : addr;
}

static bool color_blt(struct gpu *dev, const uint32_t *dw, unsigned int len)
{
	struct blit b = { 0 };

	if (len != 5)
		return false;
	set_common(&b, dw[0], dw[1], dw[4]);
	b.width = dw[2] & 0xffff;
	b.rows = dw[2] >> 16;
	b.dst = first_byte(dw[1], dw[3], b.width);
	b.dst_step = pitch(dw[1]);
	do_blit(dev, &b);
	return true;
}

static bool src_copy_blt(struct gpu *dev, const uint32_t *dw, unsigned int len)
{
	struct blit b = { .has_source = true };

	if (len != 6)
		return false;
	set_common(&b, dw[0], dw[1], 0);
	b.width = dw[2] & 0xffff;
	b.rows = dw[2] >> 16;
	b.dst = first_byte(dw[1], dw[3], b.width);
	b.dst_step = pitch(dw[1]);
	b.src = first_byte(dw[1], dw[5], b.width);
	b.src_step = pitch(dw[4]);
	do_blit(dev, &b);
	return true;
}

/* The rectangle [x1, x2) x [y1, y2); false if it is empty. */
static bool set_rectangle(struct blit *b, const uint32_t *dw)
{
	const int32_t width = coord_x(dw[3]) - coord_x(dw[2]);
	const int32_t rows = coord_y(dw[3]) - coord_y(dw[2]);
	const unsigned int bytes = depth(dw[1]);

	if (width <= 0 || rows <= 0)
		return false;
	b->width = width * bytes;
	b->rows = rows;
	b->dst_step = pitch(dw[1]);
	b->dst = dw[4] + coord_y(dw[2]) * b->dst_step + coord_x(dw[2]) * (int32_t)bytes;
	return true;
}

static bool xy_color_blt(struct gpu *dev, const uint32_t *dw, unsigned int len)
{
	struct blit b = { 0 };

	if (len != 6 || dw[1] & BR13_CLIP) /* the clip rectangle would come from XY_SETUP_CLIP_BLT, which is not modelled */
		return false;
	set_common(&b, dw[0], dw[1], dw[5]);
	if (set_rectangle(&b, dw))
		do_blit(dev, &b);
	return true;
}

static bool xy_src_copy_blt(struct gpu *dev, const uint32_t *dw, unsigned int len)
{
	struct blit b = { .has_source = true };

	if (len != 8 || dw[1] & BR13_CLIP)
		return false;
	set_common(&b, dw[0], dw[1], 0);
	if (!set_rectangle(&b, dw))
		return true;
	b.src_step = pitch(dw[6]);
	b.src = dw[7] + coord_y(dw[5]) * b.src_step + coord_x(dw[5]) * (int32_t)depth(dw[1]);

	/* Source and destination in one surface may overlap: the rows are done in the order that does not destroy the source. */
	if (dw[7] == dw[4] && b.src_step == b.dst_step && coord_y(dw[2]) > coord_y(dw[5])) {
		b.dst += (b.rows - 1) * (uint32_t)b.dst_step;
		b.src += (b.rows - 1) * (uint32_t)b.src_step;
		b.dst_step = -b.dst_step;
		b.src_step = -b.src_step;
	}
	do_blit(dev, &b);
	return true;
}

bool blt_execute(struct gpu *dev, const uint32_t *dw, unsigned int len)
{
	switch (BLT_OPCODE(dw[0])) {
	case COLOR_BLT:
		return color_blt(dev, dw, len);
	case SRC_COPY_BLT:
		return src_copy_blt(dev, dw, len);
	case XY_COLOR_BLT:
		return xy_color_blt(dev, dw, len);
	case XY_SRC_COPY_BLT:
		return xy_src_copy_blt(dev, dw, len);
	}
	return false;
}
