// SPDX-License-Identifier: MIT
#include "blit.h"

#include <string.h>

/*
 * For each bit: bit p * 4 + s * 2 + d of @rop is the result for the bits p, s and d of pattern,
 * source and destination. Intel 965 PRM, vol. 1, "Raster Operations".
 */
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

static bool needs_destination(const struct gpu_blit *b)
{
	/* Compares the results for d = 1 with those for d = 0. */
	return ((b->rop >> 1) & 0x55) != (b->rop & 0x55) || b->write_mask != ~0u;
}

static void do_row(struct gpu *dev, const struct gpu_blit *b, uint64_t dst, uint64_t src)
{
	uint8_t *s = b->row[0], *d = b->row[1];
	uint32_t i, sv = 0, dv;

	if (b->has_source)
		b->read(dev, b, true, src, s, b->width);
	if (needs_destination(b))
		b->read(dev, b, false, dst, d, b->width);

	/* Computes up to three bytes beyond the width, which are not written. */
	for (i = 0; i < b->width; i += 4) {
		/* Without a source its bits are 0, not what an earlier blit left in the buffer. */
		if (b->has_source)
			memcpy(&sv, s + i, 4);
		memcpy(&dv, d + i, 4);
		dv = (dv & ~b->write_mask) | (rop3(b->rop, b->pattern, sv, dv) & b->write_mask);
		memcpy(d + i, &dv, 4);
	}
	b->write(dev, b, dst, d, b->width);
}

unsigned int gpu_blit_depth(uint32_t br13)
{
	/* 16 bpp has two formats. */
	static const unsigned int bytes[] = { 1, 2, 2, 4 };

	return bytes[BR13_DEPTH(br13)];
}

void gpu_blit_set_operands(struct gpu_blit *b, uint32_t br00, uint32_t br13, uint32_t color)
{
	b->rop = BR13_ROP(br13);
	b->write_mask = ~0u;
	switch (gpu_blit_depth(br13)) {
	case 1:
		b->pattern = (color & 0xff) * 0x01010101u;
		break;
	case 2:
		b->pattern = (color & 0xffff) * 0x00010001u;
		break;
	case 4:
		b->pattern = color;
		b->write_mask = (br00 & BLT_WRITE_ALPHA ? 0xff000000u : 0) |
				(br00 & BLT_WRITE_RGB ? 0x00ffffffu : 0);
		break;
	}
}

void gpu_blit_reverse(struct gpu_blit *b)
{
	b->dst += (b->rows - 1) * b->dst_step;
	b->src += (b->rows - 1) * b->src_step;
	b->dst_step = -b->dst_step;
	b->src_step = -b->src_step;
}

void gpu_blit(struct gpu *dev, const struct gpu_blit *b)
{
	uint64_t dst = b->dst, src = b->src;
	uint32_t row;

	if (!b->width)
		return;
	for (row = 0; row < b->rows; row++) {
		do_row(dev, b, dst, src);
		dst += (uint64_t)b->dst_step;
		src += (uint64_t)b->src_step;
		if (!b->next_row(dev, b))
			return;
	}
}
