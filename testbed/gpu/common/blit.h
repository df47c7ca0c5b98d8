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

/* Caller must hold the device's lock, which next_row() may release. */
void gpu_blit(struct gpu *dev, const struct gpu_blit *b);

#endif
