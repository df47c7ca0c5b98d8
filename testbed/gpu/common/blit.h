/* SPDX-License-Identifier: MIT */
/*
 * The rows of a rectangle of the 2D blitter: read, raster operation, write. What differs between
 * generations (commands, address spaces, tiling) is the model's.
 */
#ifndef GPU_BLIT_H
#define GPU_BLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gpu;

#define GPU_BLIT_ROW_MAX (0x10000u * 16) /* widest rectangle, deepest pixel */

/* One rectangle. Coordinates are resolved: the offsets are of the first row that is done. */
struct gpu_blit {
	uint64_t dst, src;          /* as the model's functions below take them */
	int64_t dst_step, src_step; /* to the next row, in bytes */
	uint32_t width;             /* in bytes, at most GPU_BLIT_ROW_MAX */
	uint32_t rows;
	uint32_t pattern;           /* solid colour, as it repeats in memory */
	uint32_t write_mask;        /* bits of each 32 that are written */
	uint8_t rop;                /* ROP3 */
	bool has_source;

	uint8_t *row[2];            /* room for GPU_BLIT_ROW_MAX bytes each: source, destination */
	void *opaque;               /* the model's own */

	void (*read)(struct gpu *dev, const struct gpu_blit *b, bool source, uint64_t offset,
		     void *data, size_t len);
	void (*write)(struct gpu *dev, const struct gpu_blit *b, uint64_t offset, const void *data,
		      size_t len);
	/* Called between rows, lets others have their turn. Returns false to abandon the blit. */
	bool (*next_row)(struct gpu *dev, const struct gpu_blit *b);
};

/*
 * Fields of the commands that gen3 and gen9 have in common: BR00, the header, and BR13. PRM of
 * each, "BLT Engine Instructions".
 */
#define BLT_OPCODE(c)   (((c) >> 22) & 0x7f)
#define BLT_WRITE_ALPHA (1u << 21) /* BR00: byte 3 of 32 bpp */
#define BLT_WRITE_RGB   (1u << 20) /* BR00: bytes 2:0 */
#define BR13_CLIP       (1u << 30) /* XY_* */
#define BR13_DEPTH(b)   (((b) >> 24) & 3)
#define BR13_ROP(b)     (((b) >> 16) & 0xff)

/* Coordinates, signed, of a dword that has both. */
static inline int32_t gpu_blit_x(uint32_t dw)
{
	return (int16_t)(dw & 0xffff);
}

static inline int32_t gpu_blit_y(uint32_t dw)
{
	return (int16_t)(dw >> 16);
}

/* Bytes of a pixel. */
unsigned int gpu_blit_depth(uint32_t br13);
/* Sets raster operation, pattern and write mask. */
void gpu_blit_set_operands(struct gpu_blit *b, uint32_t br00, uint32_t br13, uint32_t color);
/* Begins with the last row: for a source that overlaps a destination below it. */
void gpu_blit_reverse(struct gpu_blit *b);

/* Caller must hold the device's lock, which next_row() may release. */
void gpu_blit(struct gpu *dev, const struct gpu_blit *b);

#endif
