// SPDX-License-Identifier: MIT
/*
 * The 2D blitter: solid fills and copies with raster operations. PRM vol. 1, "BLT Engine" and "BLT
 * Engine Instructions" (BR00 to BR16 are its names for the operands). On gen3 the blitter's
 * addresses pass through the fences, as CPU accesses to the aperture do.
 *
 * Between rows the lock is released to waiting threads; a reset in between ends the command.
 */
#include "blt.h"

#include "fence.h"
#include "state.h"

static void read_row(struct gpu *dev, const struct gpu_blit *b, bool source, uint64_t offset,
		     void *data, size_t len)
{
	(void)b;
	(void)source;
	fenced_read(dev, offset, data, len);
}

static void write_row(struct gpu *dev, const struct gpu_blit *b, uint64_t offset, const void *data,
		      size_t len)
{
	(void)b;
	fenced_write(dev, offset, data, len);
}

/* Returns false if ring_abort() ended the command while the lock was released. */
static bool next_row(struct gpu *dev, const struct gpu_blit *b)
{
	(void)b;
	gpu_lock_give_way(&dev->lock);
	return dev->executing;
}

static int32_t pitch(uint32_t dw)
{
	return (int16_t)(dw & 0xffff);
}

/* Sets buffers, callbacks, and the operands that all commands have in BR00 and BR13. */
static void set_common(struct gpu *dev, struct gpu_blit *b, uint32_t br00, uint32_t br13,
		       uint32_t color)
{
	b->row[0] = dev->row[0];
	b->row[1] = dev->row[1];
	b->read = read_row;
	b->write = write_row;
	b->next_row = next_row;
	gpu_blit_set_operands(b, br00, br13, color);
}

/* With the X direction reversed, the command gives the address of the last byte of a row. */
static uint32_t first_byte(uint32_t br13, uint32_t addr, uint32_t width)
{
	return br13 & BR13_RIGHT_TO_LEFT ? addr - width + 1 : addr;
}

static bool color_blt(struct gpu *dev, const uint32_t *dw, unsigned int len)
{
	struct gpu_blit b = { 0 };

	if (len != 5)
		return false;
	set_common(dev, &b, dw[0], dw[1], dw[4]);
	b.width = dw[2] & 0xffff;
	b.rows = dw[2] >> 16;
	b.dst = first_byte(dw[1], dw[3], b.width);
	b.dst_step = pitch(dw[1]);
	gpu_blit(dev, &b);
	return true;
}

static bool src_copy_blt(struct gpu *dev, const uint32_t *dw, unsigned int len)
{
	struct gpu_blit b = { .has_source = true };

	if (len != 6)
		return false;
	set_common(dev, &b, dw[0], dw[1], 0);
	b.width = dw[2] & 0xffff;
	b.rows = dw[2] >> 16;
	b.dst = first_byte(dw[1], dw[3], b.width);
	b.dst_step = pitch(dw[1]);
	b.src = first_byte(dw[1], dw[5], b.width);
	b.src_step = pitch(dw[4]);
	gpu_blit(dev, &b);
	return true;
}

/* The rectangle [x1, x2) x [y1, y2); false if it is empty. */
static bool set_rectangle(struct gpu_blit *b, const uint32_t *dw)
{
	const int32_t width = gpu_blit_x(dw[3]) - gpu_blit_x(dw[2]);
	const int32_t rows = gpu_blit_y(dw[3]) - gpu_blit_y(dw[2]);
	const unsigned int bytes = gpu_blit_depth(dw[1]);

	if (width <= 0 || rows <= 0)
		return false;
	b->width = width * bytes;
	b->rows = rows;
	b->dst_step = pitch(dw[1]);
	b->dst = dw[4] + gpu_blit_y(dw[2]) * b->dst_step + gpu_blit_x(dw[2]) * (int32_t)bytes;
	return true;
}

static bool xy_color_blt(struct gpu *dev, const uint32_t *dw, unsigned int len)
{
	struct gpu_blit b = { 0 };

	/* The clip rectangle comes from XY_SETUP_CLIP_BLT, which is not modelled. */
	if (len != 6 || dw[1] & BR13_CLIP)
		return false;
	set_common(dev, &b, dw[0], dw[1], dw[5]);
	if (set_rectangle(&b, dw))
		gpu_blit(dev, &b);
	return true;
}

static bool xy_src_copy_blt(struct gpu *dev, const uint32_t *dw, unsigned int len)
{
	struct gpu_blit b = { .has_source = true };

	if (len != 8 || dw[1] & BR13_CLIP)
		return false;
	set_common(dev, &b, dw[0], dw[1], 0);
	if (!set_rectangle(&b, dw))
		return true;
	b.src_step = pitch(dw[6]);
	b.src = dw[7] + gpu_blit_y(dw[5]) * b.src_step +
		gpu_blit_x(dw[5]) * (int32_t)gpu_blit_depth(dw[1]);

	/*
	 * Source and destination in one surface may overlap: if the destination is below the
	 * source, begin with the last row.
	 */
	if (dw[7] == dw[4] && b.src_step == b.dst_step && gpu_blit_y(dw[2]) > gpu_blit_y(dw[5]))
		gpu_blit_reverse(&b);
	gpu_blit(dev, &b);
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
