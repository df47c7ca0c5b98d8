// SPDX-License-Identifier: MIT
/*
 * The blitter, compared with a reference in this file that works on bytes in a copy of the memory.
 * Formats: PRM vol. 1, blitter instructions (identical for the 815 and the 965), with i915's
 * gt/intel_gpu_commands.h for depths and masks. The reference:
 *   address of a pixel = base + y * pitch + x * bytes per pixel
 *   pitch, in bytes, and coordinates are signed
 *   COLOR_BLT and SRC_COPY_BLT: width in bytes, height in lines
 *   each bit of the result = bit (pattern << 2 | source << 1 | destination) of the raster operation
 *   32 bpp only: dword 0 bit 21 writes the alpha byte, bit 20 the other three
 *   a copy within a surface behaves as if the source were read before anything is written
 */
#include "rig.h"

#define MIB (1u << 20)
#define AREA 0x11000000u /* linear memory beyond the aperture */
#define AREA_SIZE (64 * PAGE)
#define TILED 0x02000000u
#define TILED2 0x06000000u
#define ROP_COPY 0xccu
#define ROP_COLOR 0xf0u

struct blt {
	bool copy, xy;
	unsigned int depth; /* the field: 0: 8 bpp; 1 and 2: 16 bpp; 3: 32 bpp */
	unsigned int mask;  /* bits 21:20 */
	uint8_t rop;
	int pitch, src_pitch;
	uint32_t base, src_base, color;
	int x1, y1, x2, y2, sx, sy;
};

static uint32_t cpp(const struct blt *b)
{
	return b->depth == 3 ? 4 : b->depth ? 2 : 1;
}

static void emit(struct rig *r, const struct blt *b)
{
	const uint32_t dw0 = 2u << 29 | (b->mask & 3) << 20;
	const uint32_t dw1 = b->depth << 24 | (uint32_t)b->rop << 16 | (b->pitch & 0xffff);
	const uint32_t size = (uint32_t)(b->y2 - b->y1) << 16 | ((uint32_t)(b->x2 - b->x1) * cpp(b) & 0xffff);

#define XY(x, y) ((uint32_t)(y) << 16 | ((x) & 0xffff))
	if (!b->xy && !b->copy)
		EMIT(r, dw0 | 0x40 << 22 | 3, dw1, size, b->base, b->color);
	else if (!b->xy)
		EMIT(r, dw0 | 0x43 << 22 | 4, dw1, size, b->base, b->src_pitch & 0xffff, b->src_base);
	else if (!b->copy)
		EMIT(r, dw0 | 0x50 << 22 | 4, dw1, XY(b->x1, b->y1), XY(b->x2, b->y2), b->base, b->color);
	else
		EMIT(r, dw0 | 0x53 << 22 | 6, dw1, XY(b->x1, b->y1), XY(b->x2, b->y2), b->base, XY(b->sx, b->sy), b->src_pitch & 0xffff,
		     b->src_base);
}

/* Bit by bit, by the definition of raster operations. */
static uint8_t rop3(uint8_t rop, uint8_t p, uint8_t s, uint8_t d)
{
	uint8_t out = 0;

	for (int i = 0; i < 8; i++)
		out |= (uint8_t)((rop >> ((p >> i & 1) << 2 | (s >> i & 1) << 1 | (d >> i & 1)) & 1) << i);
	return out;
}

static uint32_t pixel(uint32_t base, int pitch, int x, int y, uint32_t bytes)
{
	return base + (uint32_t)(y * pitch) + (uint32_t)x * bytes;
}

static void reference(struct rig *r, const struct blt *b)
{
	const uint32_t n = cpp(b);
	const int w = b->x2 - b->x1, h = b->y2 - b->y1;
	uint8_t *src = NULL;

	if (w <= 0 || h <= 0)
		return;
	if (b->copy) {
		src = malloc((size_t)w * (size_t)h * n);
		for (int y = 0; y < h; y++)
			for (int x = 0; x < w; x++)
				for (uint32_t k = 0; k < n; k++)
					src[(size_t)(y * w + x) * n + k] = *rig_shadow_mem(r, rig_detile(r, pixel(b->src_base, b->src_pitch,
													  b->sx + x, b->sy + y, n) + k));
	}
	for (int y = 0; y < h; y++) {
		for (int x = 0; x < w; x++) {
			for (uint32_t k = 0; k < n; k++) {
				uint8_t *d = rig_shadow_mem(r, rig_detile(r, pixel(b->base, b->pitch, b->x1 + x, b->y1 + y, n) + k));

				if (n == 4 && !(b->mask & (k == 3 ? 2 : 1)))
					continue;
				*d = rop3(b->rop, (uint8_t)(b->color >> 8 * k), src ? src[(size_t)(y * w + x) * n + k] : 0, *d);
			}
		}
	}
	free(src);
}

static bool same_everywhere(struct rig *r)
{
	static const struct { uint32_t at, len; } all[] = {
		{ AREA, AREA_SIZE }, { TILED, MIB }, { TILED2, MIB }, { SCRATCH_AT, 4 * PAGE },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (rig_mem(r, all[i].at) && !rig_same(r, all[i].at, all[i].len, "blit"))
			return false;
	return true;
}

static void tell(const struct blt *b)
{
	print_message("# %s%s depth %u mask %u rop %02x pitch %d base 0x%08x color %08x (%d,%d)-(%d,%d) from 0x%08x pitch %d (%d,%d)\n",
		      b->xy ? "XY " : "", b->copy ? "copy" : "color", b->depth, b->mask, b->rop, b->pitch, b->base, b->color, b->x1, b->y1,
		      b->x2, b->y2, b->src_base, b->src_pitch, b->sx, b->sy);
}

static void check(struct rig *r, const struct blt *b)
{
	emit(r, b);
	rig_run(r);
	reference(r, b);
	if (!same_everywhere(r)) {
		tell(b);
		fail();
	}
}

static void fill_area(struct rig *r)
{
	rig_map(r, AREA, AREA_SIZE);
	rig_fill(r, AREA, AREA_SIZE, 0x5eed);
	rig_shadow(r);
}

/*
 * Literal commands, as i915 and xf86-video-intel write them, and literal results, so that an error
 * in emit() does not hide one in the model.
 */
static void test_literal(void **state)
{
	struct rig *r = *state;

	rig_map(r, AREA, AREA_SIZE);
	/* COLOR_BLT: 2 lines of 4 bytes, 4096 apart, as in i830_emit_bb_start(). */
	EMIT(r, 2u << 29 | 0x40 << 22 | 3 | 3 << 20, 3 << 24 | 0xf0 << 16 | 4096, 2 << 16 | 4, AREA + 8, 0xdeadbeef);
	/* XY_COLOR_BLT: 3 x 2 pixels of 16 bits at (5, 1). */
	EMIT(r, 0x54000004, 1 << 24 | 0xf0 << 16 | 256, 1 << 16 | 5, 3 << 16 | 8, AREA + 0x4000, 0x0000a55a);
	/* SRC_COPY_BLT: 4 bytes from the second line of the COLOR_BLT. */
	EMIT(r, 2u << 29 | 0x43 << 22 | 4 | 3 << 20, 3 << 24 | 0xcc << 16 | 4096, 1 << 16 | 4, AREA + 0x6000, 4096, AREA + 8 + 4096);
	/* XY_SRC_COPY_BLT: 4 x 1 pixels of 8 bits from (10, 2) to (100, 3). */
	EMIT(r, 0x54c00006, 0xcc << 16 | 256, 3 << 16 | 100, 4 << 16 | 104, AREA + 0x4000, 2 << 16 | 10, 256, AREA + 0x4000);
	rig_run(r);
	assert_int_equal(rig_dword(r, AREA + 4), 0);
	assert_int_equal(rig_dword(r, AREA + 8), 0xdeadbeef);
	assert_int_equal(rig_dword(r, AREA + 12), 0);
	assert_int_equal(rig_dword(r, AREA + 8 + 4096), 0xdeadbeef);
	assert_int_equal(rig_dword(r, AREA + 8 + 8192), 0);
	for (uint32_t y = 0; y < 4; y++)
		for (uint32_t x = 0; x < 16; x++)
			assert_int_equal(rig_dword(r, AREA + 0x4000 + y * 256 + x / 2 * 4) >> x % 2 * 16 & 0xffff,
					 x >= 5 && x < 8 && y >= 1 && y < 3 ? 0xa55a : 0);
	assert_int_equal(rig_dword(r, AREA + 0x6000), 0xdeadbeef);
	assert_int_equal(rig_dword(r, AREA + 0x6004), 0);
	assert_int_equal(rig_dword(r, AREA + 0x4000 + 3 * 256 + 100), 0xa55aa55a);
	assert_int_equal(rig_dword(r, AREA + 0x4000 + 3 * 256 + 104), 0);
}

static void test_formats_and_masks(void **state)
{
	struct rig *r = *state;

	fill_area(r);
	for (unsigned int form = 0; form < 4; form++) {
		for (unsigned int depth = 0; depth < 4; depth++) {
			for (unsigned int mask = 0; mask < 4; mask++) {
				struct blt b = {
					.copy = form & 1, .xy = form & 2, .depth = depth, .mask = mask,
					.rop = form & 1 ? ROP_COPY : ROP_COLOR,
					.pitch = 700, .src_pitch = 1300, .base = AREA + 0x3010, .src_base = AREA + 0x20008,
					.color = 0x12345678 + mask * 0x11111111, .x1 = 3, .y1 = 2, .x2 = 40, .y2 = 19, .sx = 6, .sy = 1,
				};

				if (!b.xy) {
					b.x2 -= b.x1;
					b.y2 -= b.y1;
					b.x1 = b.y1 = b.sx = b.sy = 0;
				}
				check(r, &b);
			}
		}
	}
}

/* Returns true if the operation does not depend on the operand that the command lacks. */
static bool defined(uint8_t rop, bool copy)
{
	return copy ? (rop >> 4) == (rop & 15) : (rop >> 2 & 0x33) == (rop & 0x33);
}

static void every_rop(struct rig *r, bool copy, bool xy)
{
	unsigned int n = 0;

	fill_area(r);
	for (unsigned int rop = 0; rop < 256; rop++) {
		for (unsigned int depth = 0; depth < 4; depth++) {
			struct blt b = {
				.copy = copy, .xy = xy, .depth = depth, .mask = 3, .rop = (uint8_t)rop, .pitch = 512, .src_pitch = 640,
				.base = AREA + 0x1000, .src_base = AREA + 0x9000, .color = 0x0f5533c3 * (rop | 1), .x2 = 21, .y2 = 5,
			};
			struct blt zero = b, one = b;
			const uint32_t w = 21 * cpp(&b);

			if (defined(b.rop, copy)) {
				check(r, &b);
				n++;
				continue;
			}
			/*
			 * Each bit must be the result for one of the two values of the missing
			 * operand. No other byte may change.
			 */
			emit(r, &b);
			rig_run(r);
			/* The operations with the missing operand fixed at 0 and at 1. */
			if (copy) {
				zero.rop = (uint8_t)((rop & 15) | (rop & 15) << 4);
				one.rop = (uint8_t)((rop >> 4) | (rop >> 4) << 4);
			} else {
				zero.rop = (uint8_t)((rop & 0x33) | (rop & 0x33) << 2);
				one.rop = (uint8_t)((rop >> 2 & 0x33) | (rop >> 2 & 0x33) << 2);
			}
			for (uint32_t y = 0; y < 5; y++) {
				for (uint32_t x = 0; x < w; x++) {
					uint8_t *d = rig_shadow_mem(r, b.base + y * 512 + x), is = *rig_mem(r, b.base + y * 512 + x);
					uint8_t p = (uint8_t)(b.color >> x % cpp(&b) * 8), s = *rig_mem(r, b.src_base + y * 640 + x);
					uint8_t with0 = rop3(zero.rop, p, s, *d), with1 = rop3(one.rop, p, s, *d);
					uint8_t certain = (uint8_t)~(with0 ^ with1);

					if ((is ^ with0) & certain)
						tell(&b);
					assert_int_equal(is & certain, with0 & certain);
					*d = is;
				}
			}
			assert_true(same_everywhere(r));
		}
	}
	assert_int_equal(n, 16 * 4);
}

static void test_rops_color(void **state)
{
	every_rop(*state, false, true);
}

static void test_rops_copy(void **state)
{
	every_rop(*state, true, true);
}

static void test_rops_plain_color(void **state)
{
	every_rop(*state, false, false);
}

static void test_rops_plain_copy(void **state)
{
	every_rop(*state, true, false);
}

/* Pitches and coordinates of both signs. The base is in the middle of the area. */
static void test_signs(void **state)
{
	static const int pitch[] = { 1024, -1024, 4, -4, 520, -508 };
	struct rig *r = *state;

	fill_area(r);
	for (unsigned int i = 0; i < 6 * 6 * 3; i++) {
		struct blt b = {
			.copy = i % 2, .xy = true, .depth = i % 4, .mask = 3, .rop = i % 2 ? ROP_COPY : ROP_COLOR,
			.pitch = pitch[i / 6 % 6],
			.src_pitch = pitch[i % 6], .base = AREA + 0x10000, .src_base = AREA + 0x30000, .color = i * 0x1234567,
			.x1 = -20, .y1 = -9, .x2 = 13, .y2 = 7, .sx = -15, .sy = -11,
		};

		if (i % 3 == 1)
			b.x2 = -4;
		if (i % 3 == 2)
			b.y2 = -3, b.sy = 5, b.sx = 3;
		/* The order of lines that overlap is undefined: use one line. */
		if (b.pitch > -100 && b.pitch < 100)
			b.y2 = b.y1 + 1;
		check(r, &b);
	}
}

static void test_empty(void **state)
{
	static const struct { int x1, y1, x2, y2; } none[] = {
		{ 0, 0, 0, 0 }, { 5, 5, 5, 9 }, { 5, 5, 9, 5 }, { 9, 5, 5, 9 }, { 5, 9, 9, 5 }, { 9, 9, 5, 5 }, { 10, 0, -10, 4 },
		{ 32767, 0, -32768, 1 }, { 0, 32767, 1, -32768 }, { -1, -1, -1, -1 },
	};
	struct rig *r = *state;

	fill_area(r);
	for (size_t i = 0; i < 2 * sizeof(none) / sizeof(none[0]); i++) {
		struct blt b = {
			.copy = i & 1, .xy = true, .depth = 3, .mask = 3, .rop = i & 1 ? ROP_COPY : ROP_COLOR, .pitch = 512,
			.src_pitch = 512,
			.base = AREA + 0x10000, .src_base = AREA + 0x20000,
			.x1 = none[i / 2].x1, .y1 = none[i / 2].y1, .x2 = none[i / 2].x2, .y2 = none[i / 2].y2,
		};

		check(r, &b);
	}
	/* Width or height of 0. */
	for (unsigned int i = 0; i < 4; i++) {
		struct blt b = {
			.copy = i & 1, .depth = 0, .rop = i & 1 ? ROP_COPY : ROP_COLOR, .pitch = 512, .src_pitch = 512,
			.base = AREA + 0x10000, .src_base = AREA + 0x20000, .x2 = i & 2 ? 0 : 20, .y2 = i & 2 ? 20 : 0,
		};

		check(r, &b);
	}
}

/* Overlapping copies within a surface, in every direction and by every small distance. */
static void test_overlap(void **state)
{
	struct rig *r = *state;

	fill_area(r);
	for (unsigned int depth = 0; depth < 4; depth += 3) {
		for (int pitch = -2048; pitch <= 2048; pitch += 4096) {
			for (int dy = -3; dy <= 3; dy++) {
				for (int dx = -9; dx <= 9; dx += dx == -2 || dx == 1 ? 1 : 3) {
					struct blt b = {
						.copy = true, .xy = true, .depth = depth, .mask = 3, .rop = ROP_COPY, .pitch = pitch,
						.src_pitch = pitch, .base = AREA + 0x20000, .src_base = AREA + 0x20000,
						.x1 = 30, .y1 = 6, .x2 = 30 + 70, .y2 = 6 + 9, .sx = 30 + dx, .sy = 6 + dy,
					};

					check(r, &b);
				}
			}
		}
	}
	/* The operation also depends on the destination. */
	for (int d = -1; d <= 1; d += 2) {
		struct blt b = {
			.copy = true, .xy = true, .depth = 3, .mask = 3, .rop = 0x66, .pitch = 2048, .src_pitch = 2048,
			.base = AREA + 0x20000,
			.src_base = AREA + 0x20000, .x1 = 30, .y1 = 6, .x2 = 90, .y2 = 16, .sx = 30 + d, .sy = 6 + d,
		};

		check(r, &b);
		b.sy = 6;
		check(r, &b);
	}
}

/* Lines longer than a page, within a surface, with equal and with different bases. */
static void test_overlap_long_lines(void **state)
{
	struct rig *r = *state;

	fill_area(r);
	for (int d = -8; d <= 8; d += 2) {
		for (int dy = -1; dy <= 1; dy++) {
			struct blt b = {
				.copy = true, .xy = true, .depth = 3, .mask = 3, .rop = ROP_COPY, .pitch = 8192, .src_pitch = 8192,
				.base = AREA + 0x8000, .src_base = AREA + 0x8000, .x1 = 10, .y1 = 2, .x2 = 2010, .y2 = 8, .sx = 10 + d,
				.sy = 2 + dy,
			};

			check(r, &b);
			/*
			 * The model considers overlap only if the bases are equal (the behaviour
			 * of hardware otherwise was not found). With different bases it copies
			 * forwards, which is right for a source behind the destination.
			 */
			if (dy < 0 || (!dy && d < 0))
				continue;
			b.sx = 10;
			b.sy = 2;
			b.src_base += (uint32_t)(d * 4 + dy * 8192);
			check(r, &b);
		}
	}
}

/* The largest blits: lines of 65535 bytes and of 65535 and 32767 pixels, columns of 65535 lines. */
static void test_largest(void **state)
{
	struct rig *r = *state;
	struct blt b = { .depth = 0, .mask = 3, .rop = ROP_COLOR, .pitch = 32767, .base = AREA, .color = 0x35, .x2 = 65535, .y2 = 1 };

	fill_area(r);
	check(r, &b);
	b = (struct blt){ .depth = 3, .mask = 3, .rop = ROP_COLOR, .pitch = 4, .base = AREA, .color = 0x98765432, .x2 = 1, .y2 = 65535 };
	check(r, &b);
	b = (struct blt){ .copy = true, .depth = 0, .rop = ROP_COPY, .pitch = 2, .src_pitch = 1, .base = AREA, .src_base = AREA + 0x20000,
			  .x2 = 1, .y2 = 65535 };
	check(r, &b);
	b = (struct blt){ .xy = true, .depth = 3, .mask = 3, .rop = ROP_COLOR, .pitch = 0, .base = AREA + 0x20000, .color = 0x1020304,
			  .x1 = -32768, .y1 = 5, .x2 = 32767, .y2 = 6 };
	check(r, &b);
	b = (struct blt){ .xy = true, .copy = true, .depth = 0, .rop = ROP_COPY, .pitch = 1, .src_pitch = 1, .base = AREA + 0x8000,
			  .src_base = AREA + 0x28000, .x1 = 0, .y1 = -32768, .x2 = 1, .y2 = 32767, .sx = 0, .sy = -32768 };
	check(r, &b);
	b = (struct blt){ .xy = true, .depth = 1, .rop = ROP_COLOR, .pitch = 32766, .base = AREA, .color = 0x4321, .x2 = 32767, .y2 = 2 };
	check(r, &b);
}

/* Addresses are in bytes: pixels of any alignment, also across two pages. */
static void test_unaligned(void **state)
{
	struct rig *r = *state;

	fill_area(r);
	for (uint32_t i = 0; i < 64; i++) {
		struct blt b = {
			.copy = i & 1, .xy = i & 2, .depth = i / 4 % 4, .mask = 3, .rop = i & 1 ? ROP_COPY : ROP_COLOR,
			.pitch = 1024 + (int)i,
			.src_pitch = 1024 - (int)i, .base = AREA + 0x3000 - 32 + i % 7, .src_base = AREA + 0x20000 - 40 + i % 5,
			.color = 0xfedcba98, .x2 = 20, .y2 = 8,
		};

		check(r, &b);
	}
}

/* Random rectangles in linear and tiled memory, and between the two. */
static void random_blits(struct rig *r, uint64_t seed, unsigned int count, bool tiled)
{
	const unsigned int px = tiled ? 2 + rnd_below(&seed, 3) : 0, py = tiled ? 2 + rnd_below(&seed, 3) : 0;
	const uint32_t size = tiled ? MIB : 0;

	fill_area(r);
	if (tiled) {
		rig_map(r, TILED, size);
		rig_map(r, TILED2, size);
		rig_fill(r, TILED, size, seed + 1);
		rig_fill(r, TILED2, size, seed + 2);
		rig_fence(r, 1, TILED, 0, px, false);
		rig_fence(r, 11, TILED2, 0, py, true);
		rig_shadow(r);
	}
	for (unsigned int i = 0; i < count; i++) {
		struct blt b = {
			.copy = rnd_below(&seed, 2), .xy = rnd_below(&seed, 4), .depth = rnd_below(&seed, 4), .mask = rnd_below(&seed, 4),
		};
		uint32_t bytes = cpp(&b), where = rnd_below(&seed, tiled ? 3 : 1), from = rnd_below(&seed, tiled ? 3 : 1);
		static const uint8_t color_rop[16] = {
			0x00, 0x05, 0x0a, 0x0f, 0x50, 0x55, 0x5a, 0x5f, 0xa0, 0xa5, 0xaa, 0xaf, 0xf0, 0xf5, 0xfa, 0xff,
		};
		const int pitches[3] = { 1024, 512 << px, 128 << py };
		const uint32_t bases[3] = { AREA, TILED, TILED2 };
		const uint32_t sizes[3] = { AREA_SIZE, MIB, MIB };
		int w, h, rows, src_rows;

		if (rnd_below(&seed, 2))
			b.rop = b.copy ? ROP_COPY : ROP_COLOR;
		else
			b.rop = b.copy ? (uint8_t)(rnd_below(&seed, 16) * 17) : color_rop[rnd_below(&seed, 16)];
		b.pitch = pitches[where];
		b.src_pitch = pitches[from];
		b.base = bases[where];
		b.src_base = bases[from];
		b.color = (uint32_t)rnd(&seed);
		w = 1 + (int)rnd_below(&seed, rnd_below(&seed, 4) ? 40 : 500 / bytes);
		h = 1 + (int)rnd_below(&seed, rnd_below(&seed, 4) ? 20 : 120);
		rows = (int)(sizes[where] / (uint32_t)b.pitch);
		src_rows = (int)(sizes[from] / (uint32_t)b.src_pitch);
		if (w * (int)bytes > (b.pitch < b.src_pitch ? b.pitch : b.src_pitch))
			w = (b.pitch < b.src_pitch ? b.pitch : b.src_pitch) / (int)bytes;
		if (!b.xy) { /* overlap is undefined: copy from the lower to the upper half */
			rows /= 2;
			src_rows /= 2;
			h = h > rows ? rows : h;
			h = h > src_rows ? src_rows : h;
			b.base += (uint32_t)rows * (uint32_t)b.pitch + rnd_below(&seed, (uint32_t)(rows - h) + 1) * (uint32_t)b.pitch;
			b.src_base += rnd_below(&seed, (uint32_t)(src_rows - h) + 1) * (uint32_t)b.src_pitch;
			b.x2 = w;
			b.y2 = h;
		} else {
			h = h > rows ? rows : h;
			h = h > src_rows ? src_rows : h;
			b.x1 = (int)rnd_below(&seed, (uint32_t)(b.pitch / (int)bytes - w) + 1);
			b.y1 = (int)rnd_below(&seed, (uint32_t)(rows - h) + 1);
			b.sx = (int)rnd_below(&seed, (uint32_t)(b.src_pitch / (int)bytes - w) + 1);
			b.sy = (int)rnd_below(&seed, (uint32_t)(src_rows - h) + 1);
			b.x2 = b.x1 + w;
			b.y2 = b.y1 + h;
		}
		check(r, &b);
	}
	assert_int_equal(rig_counts(r).invalid_pte, 0);
}

static void test_random_linear(void **state)
{
	random_blits(*state, 11, 1000, false);
}

static void test_random_tiled(void **state)
{
	rig_swizzle(*state, false);
	random_blits(*state, 12, 350, true);
}

static void test_random_swizzled(void **state)
{
	rig_swizzle(*state, true);
	random_blits(*state, 13, 350, true);
}

/*
 * Copies from linear memory to a fenced area of every pitch, and back. The CPU must see the result
 * through the same fence.
 */
static void test_each_tiling(void **state)
{
	struct rig *r = *state;
	uint8_t *line = malloc(64 << 10);

	fill_area(r);
	rig_map(r, TILED, MIB);
	rig_fill(r, TILED, MIB, 77);
	rig_shadow(r);
	for (unsigned int i = 0; i < 32; i++) {
		unsigned int p = i % 8;
		bool y = i & 8;
		int pitch = (y ? 128 : 512) << p;
		struct blt b = {
			.copy = true, .xy = true, .depth = 3, .mask = 3, .rop = ROP_COPY, .pitch = pitch & 0x8000 ? -32768 : pitch,
			.src_pitch = 516, .base = TILED, .src_base = AREA + 0x100, .x1 = 5, .y1 = 3, .x2 = 30, .y2 = 12, .sx = 3, .sy = 7,
		};

		rig_swizzle(r, i & 16);
		rig_fence(r, 7, TILED, 0, p, y);
		if (pitch > 32767) { /* beyond the maximum pitch of the blitter: use one line */
			b.pitch = 0;
			b.y2 = b.y1 + 1;
		}
		check(r, &b);
		for (uint32_t row = 0; row < (uint32_t)(b.y2 - b.y1); row++) {
			uint32_t at = TILED + ((uint32_t)b.y1 + row) * (uint32_t)b.pitch + 20;

			assert_int_equal(g33_read(r->dev, G33_APERTURE, at, line, 100), 0);
			for (uint32_t x = 0; x < 100; x++)
				assert_int_equal(line[x], *rig_mem(r, b.src_base + (7 + row) * 516 + 12 + x));
		}
		/* Copy back. */
		b = (struct blt){ .copy = true, .xy = true, .depth = 3, .mask = 3, .rop = ROP_COPY, .pitch = 516, .src_pitch = b.pitch,
				  .base = AREA + 0x8000 + i * 64, .src_base = TILED, .x2 = 25, .y2 = b.y2 - b.y1, .sx = 5, .sy = 3 };
		check(r, &b);
	}
	free(line);
}

/* Blits across the start and the end of a fence. */
static void test_edge_of_fence(void **state)
{
	struct rig *r = *state;

	fill_area(r);
	rig_map(r, TILED - 32 * PAGE, MIB + 64 * PAGE);
	rig_fill(r, TILED - 32 * PAGE, MIB + 64 * PAGE, 78);
	rig_shadow(r);
	rig_swizzle(r, true);
	rig_fence(r, 0, TILED, 0, 2, false);
	for (int i = 0; i < 24; i++) {
		struct blt b = {
			.copy = i & 1, .xy = true, .depth = 3, .mask = 3, .rop = i & 1 ? ROP_COPY : ROP_COLOR, .pitch = 2048,
			.src_pitch = 2048,
			.base = i & 2 ? TILED + MIB : TILED, .src_base = AREA, .color = (uint32_t)i * 0x1010101,
			.x1 = -30, .y1 = -8, .x2 = 30, .y2 = 8, .sx = i, .sy = 2,
		};

		if (i & 4) { /* the source as well */
			b.copy = true;
			b.rop = ROP_COPY;
			b.src_base = i & 8 ? TILED : TILED + MIB;
			b.sy = -9;
			b.sx = -30 + i;
		}
		check(r, &b);
		assert_true(rig_same(r, TILED - 32 * PAGE, MIB + 64 * PAGE, "at the edge"));
	}
}

/* Overlapping copies within a tiled surface: the order is that of rows, not of pages. */
static void test_overlap_tiled(void **state)
{
	struct rig *r = *state;

	fill_area(r);
	rig_map(r, TILED, MIB);
	rig_fill(r, TILED, MIB, 79);
	rig_shadow(r);
	rig_swizzle(r, true);
	for (int y = 0; y < 2; y++) {
		rig_fence(r, 4, TILED, 0, y ? 4 : 2, y);
		for (int dy = -2; dy <= 2; dy++) {
			for (int dx = -20; dx <= 20; dx += 10) {
				struct blt b = {
					.copy = true, .xy = true, .depth = 3, .mask = 3, .rop = ROP_COPY, .pitch = 2048, .src_pitch = 2048,
					.base = TILED, .src_base = TILED, .x1 = 100, .y1 = 20, .x2 = 300, .y2 = 60, .sx = 100 + dx,
					.sy = 20 + dy,
				};

				check(r, &b);
			}
		}
	}
}

/* Fences end at the aperture: an address above it with the same bits 27:20 is not fenced. */
static void test_no_fence_above_the_aperture(void **state)
{
	struct rig *r = *state;
	struct blt b = { .xy = true, .depth = 3, .mask = 3, .rop = ROP_COLOR, .pitch = 2048, .base = AREA, .color = 7, .x1 = 3, .y1 = 3,
			 .x2 = 100, .y2 = 20 };

	fill_area(r);
	rig_fence(r, 2, AREA & 0x0ff00000, 0, 2, false);
	check(r, &b);
	r->fence[2].valid = false;
}

/* Unmapped pages are counted and skipped; mapped ones are written. */
static void test_holes(void **state)
{
	struct rig *r = *state;
	struct blt b = { .xy = true, .depth = 0, .rop = ROP_COLOR, .pitch = 4096, .base = AREA - 100, .color = 0x77, .x2 = 200, .y2 = 3 };

	fill_area(r);
	emit(r, &b);
	rig_run(r);
	for (uint32_t y = 0; y < 3; y++)
		for (uint32_t x = 0; x < 200; x++)
			if (y || x >= 100)
				*rig_shadow_mem(r, AREA - 100 + y * 4096 + x) = 0x77;
	assert_true(same_everywhere(r));
	assert_true(rig_counts(r).invalid_pte > 0);
	/* An unmapped source reads as all ones. */
	b = (struct blt){ .xy = true, .copy = true, .depth = 3, .mask = 3, .rop = ROP_COPY, .pitch = 512, .src_pitch = 512,
		.base = AREA + 0x1000,
			  .src_base = 0x1e000000, .x2 = 10, .y2 = 3 };
	emit(r, &b);
	rig_run(r);
	for (uint32_t y = 0; y < 3; y++)
		memset(rig_shadow_mem(r, AREA + 0x1000 + y * 512), 0xff, 40);
	assert_true(same_everywhere(r));
	r->expect_invalid_pte = true;
}

/*
 * Addresses at and beyond the end of the GTT, and wrapping at 32 bits: no crash, no stray writes.
 */
static void test_hostile_addresses(void **state)
{
	static const uint32_t base[] = { G33_PTES * PAGE - 8, G33_PTES * PAGE, 0x7fffffff, 0x80000000, 0xfffff000, 0xffffffff, 0xfffffffc,
		0 };
	struct rig *r = *state;

	fill_area(r);
	for (uint32_t i = 0; i < 8 * 8 * 4; i++) {
		struct blt b = {
			.copy = i & 1, .xy = i & 2, .depth = 3, .mask = 3, .rop = i & 1 ? ROP_COPY : ROP_COLOR,
			.pitch = i & 1 ? -32768 : 32767,
			.src_pitch = 32767, .base = base[i / 4 % 8], .src_base = base[i / 32], .x2 = 60, .y2 = 30,
		};

		if (b.xy && i & 64) {
			b.x1 = b.y1 = -32768;
			b.x2 = -32700;
			b.y2 = -32740;
		}
		emit(r, &b);
		rig_run(r);
	}
	assert_true(same_everywhere(r));
	r->expect_invalid_pte = true;
}

/* A blit over its own ring completes. The commands that it overwrites do not execute. */
static void test_onto_itself(void **state)
{
	struct rig *r = *state;
	struct blt b = { .xy = true, .depth = 3, .mask = 3, .rop = ROP_COLOR, .pitch = 4096, .base = RING_AT, .color = MI_NOOP,
		.x2 = 1024, .y2 = 4 };

	emit(r, &b);
	EMIT(r, BAD_COMMAND, BAD_COMMAND);
	rig_run(r);
	for (uint32_t o = 0; o < 4 * PAGE; o += 4)
		assert_int_equal(rig_dword(r, RING_AT + o), MI_NOOP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RING(test_literal), RING(test_formats_and_masks), RING(test_rops_color), RING(test_rops_copy), RING(test_rops_plain_color),
		RING(test_rops_plain_copy), RING(test_signs), RING(test_empty), RING(test_overlap), RING(test_overlap_long_lines),
		RING(test_largest), RING(test_unaligned), RING(test_random_linear), RING(test_random_tiled), RING(test_random_swizzled),
		RING(test_each_tiling), RING(test_edge_of_fence), RING(test_overlap_tiled), RING(test_no_fence_above_the_aperture),
		RING(test_holes), RING(test_hostile_addresses), RING(test_onto_itself),
	};

	return cmocka_run_group_tests_name("blt", tests, NULL, NULL);
}
