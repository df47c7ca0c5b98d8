// SPDX-License-Identifier: MIT
/*
 * How many pages a program loses: it passes memory to a library of Debian's, which makes a userptr
 * of it; the GPU writes to it; the memory is unmapped. Prints the number of pinned pages before and
 * after, by the kernel's own count.
 */

#define _GNU_SOURCE
#include <inttypes.h>

#include "client.h"
#include "gl.h"
#include "opencl.h"
#include "pins.h"
#include "vulkan.h"

#define KEPT_NS (1000 * MS) /* how long pages must stay, to count as kept */
#define GONE_NS (10000 * MS) /* how long the driver may take to release them */
#define OBJECTS_MAX 16
/* 3840 * 2160 pixels of 12 bits, in whole pages; written to at two places. */
#define FRAMES "16 video frames, NV12, 3840x2160", 16, 3038 * 4 * KIB, 1519 * 4 * KIB

static const size_t page = 4096;

static int ev_munmap(void *ptr, size_t size)
{
	return munmap(ptr, size);
}

static int ev_dontneed(void *ptr, size_t size)
{
	return madvise(ptr, size, MADV_DONTNEED);
}

static const struct test {
	const struct client *client;
	unsigned int use;
	const char *what; /* description of the memory */
	unsigned int objects;
	size_t size; /* of each */
	size_t step; /* the GPU writes once in so many bytes */
	const char *event;
	int (*act)(void *ptr, size_t size);
	bool again; /* the memory still exists, and is used again after the event */
} tests[] = {
	{ &vulkan, VK_TIMESTAMPS, "64 pages", 1, 256 * KIB, 4 * KIB, "munmap()", ev_munmap, false },
	{ &vulkan, VK_MARKERS, FRAMES, "munmap()", ev_munmap, false },
	{ &vulkan, VK_MARKERS, FRAMES, "madvise(MADV_DONTNEED)", ev_dontneed, true },
	{ &opengl, GL_QUERIES, FRAMES, "munmap()", ev_munmap, false },
	{ &opengl, GL_QUERIES, FRAMES, "madvise(MADV_DONTNEED)", ev_dontneed, true },
	{ &opencl, CL_FILL, FRAMES, "munmap()", ev_munmap, false },
	{ &opencl, CL_FILL, FRAMES, "madvise(MADV_DONTNEED)", ev_dontneed, true },
};

/* Makes the GPU write to zeroed memory. Return: NULL, or what is wrong. */
static const char *use(const struct test *t, void *object, const char *mem)
{
	static char text[100];
	uint64_t have, want;
	size_t at;

	t->client->write(object, t->use, t->step);
	if (!t->client->written)
		return NULL;
	for (at = 0; at < t->size; at += t->step) {
		want = t->client->written(t->use, at);
		memcpy(&have, mem + at, sizeof(have));
		if (want && have == want)
			continue;
		snprintf(text, sizeof(text), "the GPU did not write to byte %zu: %" PRIx64
			 ", not %" PRIx64, at, have, want);
		return text;
	}
	return NULL;
}

/* Return: true if all is as expected. */
static bool run(const struct test *t, bool keeps)
{
	const long base = pinned_pages();
	const char *wrong = NULL;
	void *object[OBJECTS_MAX];
	char *mem[OBJECTS_MAX];
	long before, after, left;
	int64_t from, ns;
	unsigned int i;

	for (i = 0; i < t->objects; i++) {
		mem[i] = mmap(NULL, t->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			      -1, 0);
		if (mem[i] == MAP_FAILED)
			die("no memory");
		object[i] = t->client->import(mem[i], t->size);
		wrong = use(t, object[i], mem[i]) ?: wrong;
	}
	before = pinned_pages() - base;

	from = now_ns();
	for (i = 0; i < t->objects; i++)
		if (t->act(mem[i], t->size))
			die("%s: %m", t->event);
	after = wait_pinned(base, base, keeps ? KEPT_NS : GONE_NS) - base;
	ns = now_ns() - from;

	for (i = 0; i < t->objects; i++) {
		if (t->again)
			wrong = use(t, object[i], mem[i]) ?: wrong;
		t->client->release(object[i]);
		if (t->again)
			munmap(mem[i], t->size);
	}
	left = wait_pinned(base, base, GONE_NS) - base;

	if (!wrong && before != (long)(t->objects * t->size / page))
		wrong = "not all pages were pinned before";
	if (!wrong && after != (keeps ? before : 0))
		wrong = keeps ? "pages were released" : "pages are kept";
	if (!wrong && left)
		wrong = "pages stay pinned when the object is gone";
	printf("client\t%s\t%s\t%s\t%s\t%s\t%ld\t%ld\t", t->client->name, t->client->use[t->use],
	       t->what, t->event, wrong ? "not ok" : "ok", before, after);
	if (keeps || after)
		printf("-");
	else
		printf("%lld", ns / MS);
	printf("\t%s\n", wrong ? wrong : "-");
	fflush(stdout);
	return !wrong;
}

static bool listed(const struct client *client, char **ids)
{
	for (; *ids; ids++)
		if (!strcmp(*ids, client->id))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	const bool keeps = argc > 1 && !strcmp(argv[1], "keep");
	const struct client *client = NULL;
	unsigned int i, n = 0;
	bool good = true;

	if (argc < 3 || (!keeps && strcmp(argv[1], "release")))
		die("usage: userptr-clients keep|release CLIENT ...");
	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		if (!listed(tests[i].client, argv + 2))
			continue;
		if (tests[i].client != client) {
			if (client)
				client->close();
			client = tests[i].client;
			printf("driver\t%s\t%s\n", client->name, client->open());
			fflush(stdout);
		}
		good &= run(&tests[i], keeps);
		n++;
	}
	if (!client)
		die("there is no such client");
	client->close();
	printf("tests\t%u\n", n);
	return !good;
}
