// SPDX-License-Identifier: MIT
/*
 * The blitter: XY_COLOR_BLT, XY_SRC_COPY_BLT, XY_FAST_COPY_BLT, linear and tiled. The test does
 * each blit on bytes of a copy, and compares whole surfaces. PRM vol. 10.
 */
#include "rig.h"
#include "tiles.h"

#define DST_AT    0x110000000000ull
#define SRC_AT    0x220000000000ull
#define PAGES     48u
#define SIZE      (PAGES * 4096u)

#define BLT(op, len)  (2u << 29 | (uint32_t)(op) << 22 | ((len) - 2))
#define COLOR         BLT(0x50, 7)
#define SRC_COPY      BLT(0x53, 10)
#define FAST_COPY     BLT(0x42, 10)
#define WRITE_ALL     (3u << 20)
#define SRC_TILED     (1u << 15)
#define DST_TILED     (1u << 11)
#define XY(x, y)      ((uint32_t)(y) << 16 | ((x) & 0xffff))

struct surface {
	uint64_t at;
	enum tile tile;
	int32_t pitch;
};

struct blit {
	struct surface dst, src;
	unsigned int bytes; /* of a pixel */
	int32_t x, y, width, height, from_x, from_y;
};

/* The expected memory of destination and source. */
static uint8_t shadow[2][SIZE];

static uint8_t *shadow_at(uint64_t addr)
{
	return addr >= SRC_AT ? &shadow[1][addr - SRC_AT] : &shadow[0][addr - DST_AT];
}

static void setup(struct ctx *c)
{
	uint64_t seed = 42;

	map(c->r, c->pml4, DST_AT, PAGES);
	map(c->r, c->pml4, SRC_AT, PAGES);
	for (uint32_t i = 0; i < SIZE; i += 8)
		for (unsigned int s = 0; s < 2; s++) {
			const uint64_t v = rnd(&seed);

			set_qword(c, (s ? SRC_AT : DST_AT) + i, v);
			memcpy(&shadow[s][i], &v, 8);
		}
}

static void check(struct ctx *c, const char *what)
{
	for (uint32_t i = 0; i < SIZE; i += PAGE)
		for (unsigned int s = 0; s < 2; s++) {
			const uint8_t *p = mem(c->r, c->pml4, (s ? SRC_AT : DST_AT) + i);

			for (unsigned int j = 0; j < PAGE; j++)
				if (p[j] != shadow[s][i + j])
					fail_msg("%s: %s + 0x%x is 0x%02x, should be 0x%02x", what,
						 s ? "source" : "destination", i + j, p[j],
						 shadow[s][i + j]);
		}
}

static uint64_t byte_at(const struct surface *s, int32_t x, int32_t y)
{
	if (s->tile == LINEAR)
		return s->at + (int64_t)y * s->pitch + x;
	return s->at + tile_at(s->tile, (uint64_t)x, (uint64_t)y, (uint64_t)s->pitch);
}

static void shadow_copy(const struct blit *b)
{
	static uint8_t copy[SIZE];
	const int32_t width = b->width * (int32_t)b->bytes;

	for (int32_t y = 0; y < b->height; y++)
		for (int32_t x = 0; x < width; x++)
			copy[y * width + x] = *shadow_at(byte_at(&b->src,
					b->from_x * (int32_t)b->bytes + x, b->from_y + y));
	for (int32_t y = 0; y < b->height; y++)
		for (int32_t x = 0; x < width; x++)
			*shadow_at(byte_at(&b->dst, b->x * (int32_t)b->bytes + x, b->y + y)) =
				copy[y * width + x];
}

/* The pitch of a tiled surface is in dwords. */
static uint32_t pitch(const struct surface *s)
{
	return (uint32_t)(s->tile == LINEAR ? s->pitch : s->pitch / 4) & 0xffff;
}

static void emit_src_copy(struct ctx *c, const struct blit *b)
{
	static const uint32_t depth[] = { [1] = 0, [2] = 1, [4] = 3 };

	EMIT(c, MI_LOAD_IMM(1), 0x22200, 3u << 16 | (b->src.tile == TILED_Y ? 1 : 0) |
	     (b->dst.tile == TILED_Y ? 2 : 0));
	EMIT(c, SRC_COPY | WRITE_ALL | (b->src.tile ? SRC_TILED : 0) |
	     (b->dst.tile ? DST_TILED : 0),
	     depth[b->bytes] << 24 | 0xccu << 16 | pitch(&b->dst), XY(b->x, b->y),
	     XY(b->x + b->width, b->y + b->height), ADDR(b->dst.at), XY(b->from_x, b->from_y),
	     pitch(&b->src), ADDR(b->src.at));
}

static void emit_fast_copy(struct ctx *c, const struct blit *b)
{
	static const uint32_t depth[] = { [1] = 0, [2] = 1, [4] = 3, [8] = 4, [16] = 5 };

	EMIT(c, FAST_COPY | (uint32_t)b->src.tile << 20 | (uint32_t)b->dst.tile << 13,
	     depth[b->bytes] << 24 | pitch(&b->dst), XY(b->x, b->y),
	     XY(b->x + b->width, b->y + b->height), ADDR(b->dst.at), XY(b->from_x, b->from_y),
	     pitch(&b->src), ADDR(b->src.at));
}

static const struct surface surfaces[2][3] = {
	{ { DST_AT, LINEAR, 1000 }, { DST_AT, TILED_X, 1536 }, { DST_AT, TILED_Y, 640 } },
	{ { SRC_AT, LINEAR, 1204 }, { SRC_AT, TILED_X, 1024 }, { SRC_AT, TILED_Y, 896 } },
};

static void copies(struct ctx *c, void (*emit_copy)(struct ctx *c, const struct blit *b),
		   unsigned int bytes)
{
	for (unsigned int d = 0; d < 3; d++)
		for (unsigned int s = 0; s < 3; s++) {
			struct blit b = {
				surfaces[0][d], surfaces[1][s], bytes,
				3, 5, (int32_t)(500 / bytes), 61, 7, 9,
			};

			emit_copy(c, &b);
			run(c);
			shadow_copy(&b);
			check(c, "copy");
		}
}

static void test_src_copy(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, BCS);

	setup(c);
	copies(c, emit_src_copy, 1);
	copies(c, emit_src_copy, 2);
	copies(c, emit_src_copy, 4);
}

static void test_fast_copy(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, BCS);

	setup(c);
	for (unsigned int bytes = 1; bytes <= 16; bytes *= 2)
		copies(c, emit_fast_copy, bytes);
}

/* Overlapping rectangles of one surface: the result is that of the original source. */
static void test_overlap(void **state)
{
	static const int32_t offset[][2] = {
		{ 0, 1 }, { 0, -1 }, { 1, 0 }, { -1, 0 }, { 5, 7 }, { -5, 7 }, { 5, -7 }, { 0, 0 },
	};
	struct rig *r = *state;
	struct ctx *c = new_context(r, BCS);

	setup(c);
	for (unsigned int t = 0; t < 3; t++)
		for (unsigned int i = 0; i < 8; i++) {
			struct blit b = {
				surfaces[0][t], surfaces[0][t], 4,
				10 + offset[i][0], 10 + offset[i][1], 100, 40, 10, 10,
			};

			if (i % 2)
				emit_src_copy(c, &b);
			else
				emit_fast_copy(c, &b);
			run(c);
			shadow_copy(&b);
			check(c, "overlap");
		}
}

/* Linear surfaces of negative pitch, and negative coordinates. */
static void test_negative(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, BCS);
	struct blit b = {
		{ DST_AT + 0x10000, LINEAR, -1024 }, { SRC_AT + 0x10000, LINEAR, 1024 }, 4,
		-3, -5, 50, 20, -7, -9,
	};

	setup(c);
	emit_src_copy(c, &b);
	run(c);
	shadow_copy(&b);
	check(c, "negative");
}

static void fill(struct ctx *c, const struct surface *s, unsigned int bytes, uint32_t color)
{
	static const uint32_t depth[] = { [1] = 0, [2] = 1, [4] = 3 };

	EMIT(c, MI_LOAD_IMM(1), 0x22200, 2u << 16 | (s->tile == TILED_Y ? 2 : 0));
	EMIT(c, COLOR | WRITE_ALL | (s->tile ? DST_TILED : 0),
	     depth[bytes] << 24 | 0xf0u << 16 | pitch(s), XY(7, 3), XY(7 + 90, 3 + 50),
	     ADDR(s->at), color);
	for (int32_t y = 3; y < 53; y++)
		for (int32_t x = 7; x < 97; x++)
			for (uint32_t i = 0; i < bytes; i++)
				*shadow_at(byte_at(s, x * (int32_t)bytes + (int32_t)i, y)) =
					(uint8_t)(color >> 8 * i);
}

static void test_color(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, BCS);

	setup(c);
	for (unsigned int t = 0; t < 3; t++)
		for (unsigned int bytes = 1; bytes <= 4; bytes *= 2) {
			fill(c, &surfaces[0][t], bytes, 0x12345678 + 0x01010101 * (bytes + 8 * t));
			run(c);
			check(c, "fill");
		}
}

/* Bits 21:20 of the command enable writes of alpha and of colours. */
static void test_write_mask(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, BCS);

	for (uint32_t mask = 0; mask < 4; mask++) {
		const uint32_t written = (mask & 2 ? 0xff000000 : 0) | (mask & 1 ? 0xffffff : 0);

		set_dword(c, DATA_AT, 0x11223344);
		set_dword(c, DATA_AT + 4, 0x11223344);
		EMIT(c, COLOR | mask << 20, 3u << 24 | 0xf0u << 16 | 64, XY(0, 0), XY(1, 1),
		     ADDR(DATA_AT), 0xaabbccdd);
		run(c);
		assert_int_equal(dword(c, DATA_AT),
				 (0x11223344 & ~written) | (0xaabbccdd & written));
		assert_int_equal(dword(c, DATA_AT + 4), 0x11223344);
	}
}

/* All raster operations of a source and a destination: bit s * 2 + d of the ROP's low half. */
static void test_rop(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, BCS);

	for (uint32_t op = 0; op < 16; op++) {
		const uint32_t s = 0xff00ff00, d = 0xf0f0f0f0;
		uint32_t want = 0;

		for (unsigned int bit = 0; bit < 32; bit++)
			want |= (op >> ((s >> bit & 1) * 2 + (d >> bit & 1)) & 1) << bit;
		set_dword(c, DATA_AT, d);
		set_dword(c, DATA_AT + 0x400, s);
		EMIT(c, SRC_COPY | WRITE_ALL, 3u << 24 | op * 0x11 << 16 | 64, XY(0, 0), XY(1, 1),
		     ADDR(DATA_AT), XY(0, 0), 64, ADDR(DATA_AT + 0x400));
		run(c);
		assert_int_equal(dword(c, DATA_AT), want);
	}
}

/* An empty rectangle writes nothing. A blit of a user batch uses the PPGTT, too. */
static void test_empty_and_batch(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, BCS);

	EMIT(c, COLOR | WRITE_ALL, 3u << 24 | 0xf0u << 16 | 64, XY(5, 5), XY(5, 9),
	     ADDR(DATA_AT), 1);
	EMIT(c, COLOR | WRITE_ALL, 3u << 24 | 0xf0u << 16 | 64, XY(5, 5), XY(4, 6),
	     ADDR(DATA_AT), 1);
	EMIT(c, COLOR | WRITE_ALL, 3u << 24 | 0xf0u << 16 | 64, XY(5, 5), XY(6, 5),
	     ADDR(DATA_AT), 1);
	run(c);
	for (uint32_t i = 0; i < PAGE; i += 4)
		assert_int_equal(dword(c, DATA_AT + i), 0);
	BATCH(c, BATCH_AT, COLOR | WRITE_ALL, 3u << 24 | 0xf0u << 16 | 64, XY(0, 0), XY(2, 1),
	      ADDR(DATA_AT), 0x1234, MI_BATCH_END);
	call(c, BATCH_AT);
	run(c);
	assert_true(qword(c, DATA_AT) == 0x0000123400001234);
	assert_int_equal(dword(c, DATA_AT + 8), 0);
}

/* Unmapped and read-only pages are counted; the rest of the blit is done. */
static void test_holes(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, BCS);

	*ppgtt_entry(r, c->pml4, DATA_AT + PAGE, 0) = 0;
	*ppgtt_entry(r, c->pml4, DATA_AT + 2 * PAGE, 0) &= ~WRITABLE;
	EMIT(c, COLOR | WRITE_ALL, 3u << 24 | 0xf0u << 16 | 4096, XY(0, 0), XY(2, 4), ADDR(DATA_AT),
	     0x1234);
	run(c);
	assert_int_equal(dword(c, DATA_AT), 0x1234);
	assert_int_equal(dword(c, DATA_AT + 2 * PAGE), 0);
	assert_int_equal(dword(c, DATA_AT + 3 * PAGE), 0x1234);
	r->expect.invalid_pte = 1;
	r->expect.read_only = 1;
}

/* An invalid command, length, tiling, pitch or clipping hangs the engine and writes nothing. */
static void test_refused(void **state)
{
	static const struct {
		unsigned int n;
		uint32_t dw[10];
	} bad[] = {
		/* Pitches that are not multiples of the tile width, and 0. */
		{ 7, { COLOR | WRITE_ALL | DST_TILED, 3u << 24 | 0xf0u << 16 | 100, 0, XY(9, 9),
		       ADDR(DATA_AT), 1 } },
		{ 7, { COLOR | WRITE_ALL | DST_TILED, 3u << 24 | 0xf0u << 16 | 0, 0, XY(9, 9),
		       ADDR(DATA_AT), 1 } },
		{ 10, { SRC_COPY | WRITE_ALL | SRC_TILED, 3u << 24 | 0xccu << 16 | 64, 0, XY(9, 9),
			ADDR(DATA_AT), 0, 100, ADDR(DATA_AT) } },
		{ 10, { FAST_COPY | 2u << 20, 3u << 24 | 64, 0, XY(9, 9), ADDR(DATA_AT), 0, 33,
			ADDR(DATA_AT) } },
		/* Tiles of 64 KiB; an invalid depth. */
		{ 10, { FAST_COPY | 3u << 20, 3u << 24 | 64, 0, XY(9, 9), ADDR(DATA_AT), 0, 64,
			ADDR(DATA_AT) } },
		{ 10, { FAST_COPY | 3u << 13, 3u << 24 | 64, 0, XY(9, 9), ADDR(DATA_AT), 0, 64,
			ADDR(DATA_AT) } },
		{ 10, { FAST_COPY, 2u << 24 | 64, 0, XY(9, 9), ADDR(DATA_AT), 0, 64,
			ADDR(DATA_AT) } },
		/* Clipping, lengths of gen7, another command. */
		{ 7, { COLOR | WRITE_ALL, 1u << 30 | 3u << 24 | 0xf0u << 16 | 64, 0, XY(9, 9),
		       ADDR(DATA_AT), 1 } },
		{ 6, { (COLOR | WRITE_ALL) - 1, 3u << 24 | 0xf0u << 16 | 64, 0, XY(9, 9),
		       LO(DATA_AT), 1 } },
		{ 8, { (SRC_COPY | WRITE_ALL) - 2, 3u << 24 | 0xccu << 16 | 64, 0, XY(9, 9),
		       LO(DATA_AT), 0, 64, LO(DATA_AT) } },
		{ 7, { BLT(0x01, 7), 0, 0, 0, 0, 0, 0 } },
	};
	struct rig *r = *state;
	struct ctx *c = new_context(r, BCS);

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		emit(c, bad[i].dw, bad[i].n);
		EMIT(c, MI_STORE_DWORD, ADDR(DATA_AT), 1);
		submit(c);
		step_for_a_while(r);
		assert_int_equal(counts(r).bad_command, i + 1);
		assert_int_equal(dword(c, DATA_AT), 0);
		set_reg(r, GDRST, engines[BCS].reset);
		start_engine(r, BCS);
		set_image(c, HEAD, c->tail);
	}
	r->expect.bad_command = sizeof(bad) / sizeof(bad[0]);
}

/* Random blits with all three commands, within the surfaces. */
static void test_random(void **state)
{
	struct rig *r = *state;
	struct ctx *c = new_context(r, BCS);
	uint64_t seed = 7;

	setup(c);
	for (unsigned int i = 0; i < 60; i++) {
		const unsigned int bytes = 1u << rnd_below(&seed, 3);
		struct blit b = {
			surfaces[0][rnd_below(&seed, 3)], surfaces[1][rnd_below(&seed, 3)], bytes,
			(int32_t)rnd_below(&seed, 300 / bytes), (int32_t)rnd_below(&seed, 64),
			1 + (int32_t)rnd_below(&seed, 300 / bytes),
			1 + (int32_t)rnd_below(&seed, 64),
			(int32_t)rnd_below(&seed, 300 / bytes), (int32_t)rnd_below(&seed, 64),
		};

		if (i % 2)
			emit_fast_copy(c, &b);
		else
			emit_src_copy(c, &b);
		run(c);
		shadow_copy(&b);
	}
	check(c, "random");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_src_copy), TEST(test_fast_copy), TEST(test_overlap), TEST(test_negative),
		TEST(test_color), TEST(test_write_mask), TEST(test_rop),
		TEST(test_empty_and_batch), TEST(test_holes), TEST(test_refused),
		TEST(test_random),
	};

	return cmocka_run_group_tests_name("blt", tests, NULL, NULL);
}
