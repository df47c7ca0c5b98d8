/* SPDX-License-Identifier: MIT */
/*
 * The 2D blitter: processes a rectangle row by row (read, raster operation, write). Each model
 * implements what differs between generations: commands, address spaces, tiling.
 */
#ifndef GPU_BLIT_H
#define GPU_BLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gpu;

#define GPU_BLIT_ROW_MAX (0x10000u * 16) /* widest rectangle, deepest pixel */

/* One rectangle. */
struct gpu_blit {
	uint64_t dst, src;          /* first row to process; offsets that read() and write() take */
	int64_t dst_step, src_step; /* to the next row, in bytes */
	uint32_t width;             /* in bytes, at most GPU_BLIT_ROW_MAX */
	uint32_t rows;
	uint32_t pattern;           /* solid colour, repeated to fill 32 bits */
	uint32_t write_mask;        /* the bits to write in each 4 bytes of a row */
	uint8_t rop;                /* ROP3 */
	bool has_source;

	uint8_t *row[2];            /* buffers, GPU_BLIT_ROW_MAX bytes each: source, destination */
	void *opaque;               /* private to the model */

	void (*read)(struct gpu *dev, const struct gpu_blit *b, bool source, uint64_t offset,
		     void *data, size_t len);
	void (*write)(struct gpu *dev, const struct gpu_blit *b, uint64_t offset, const void *data,
		      size_t len);
	/*
	 * Called after each row; may release the device's lock for other threads. Returns false to
	 * abandon the blit.
	 */
	bool (*next_row)(struct gpu *dev, const struct gpu_blit *b);
};

/*
 * Fields of BR00 (the command header) and BR13 that are the same in gen3 and gen9. PRM of each,
 * "BLT Engine Instructions".
 */
#define BLT_OPCODE(c)   (((c) >> 22) & 0x7f)
#define BLT_WRITE_ALPHA (1u << 21) /* BR00: byte 3 of 32 bpp */
#define BLT_WRITE_RGB   (1u << 20) /* BR00: bytes 2:0 */
#define BR13_CLIP       (1u << 30) /* XY_* */
#define BR13_DEPTH(b)   (((b) >> 24) & 3)
#define BR13_ROP(b)     (((b) >> 16) & 0xff)

/* The signed coordinates in a dword that holds both. */
static inline int32_t gpu_blit_x(uint32_t dw)
{
	return (int16_t)(dw & 0xffff);
}

static inline int32_t gpu_blit_y(uint32_t dw)
{
	return (int16_t)(dw >> 16);
}

/* Returns the bytes per pixel. */
unsigned int gpu_blit_depth(uint32_t br13);
/* Sets raster operation, pattern and write mask. */
void gpu_blit_set_operands(struct gpu_blit *b, uint32_t br00, uint32_t br13, uint32_t color);
/* Makes the blit start at the last row, as needed if the source overlaps a destination below it. */
void gpu_blit_reverse(struct gpu_blit *b);

/* Caller must hold the device's lock, which next_row() may release. */
void gpu_blit(struct gpu *dev, const struct gpu_blit *b);

#endif
