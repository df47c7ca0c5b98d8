// SPDX-License-Identifier: MIT
/*
 * How fast is the emulated GPU? The driver's probe, by binding the device again; empty batches,
 * each waited for; empty batches back to back. Other load of the host affects the median, and
 * mostly not the fastest tenth.
 */

#define _GNU_SOURCE
#include "counts.h"
#include "gem.h"

#define DEVICE "0000:00:02.0"
#define DRIVER "/sys/bus/pci/drivers/i915/"

enum {
	PROBES = 5,
	BATCHES = 2000, /* each waited for */
	ROUNDS = 10, /* of batches back to back: */
	ROW = 200,
};

static const volatile struct kbl_counts *counts;

static int compare(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Sorts @ns. Return: the value in microseconds that @percent of them do not exceed. */
static double percentile(int64_t *ns, unsigned int n, unsigned int percent)
{
	qsort(ns, n, sizeof(*ns), compare);
	return ns[(n - 1) * percent / 100] / 1e3;
}

static void write_file(const char *path, const char *text)
{
	const int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die("cannot write to %s: %m", path);
	close(fd);
}

static void probes(void)
{
	int64_t ns[PROBES], from;
	unsigned int i;

	for (i = 0; i < PROBES; i++) {
		write_file(DRIVER "unbind", DEVICE);
		from = now_ns();
		write_file(DRIVER "bind", DEVICE);
		ns[i] = now_ns() - from;
	}
	printf("probe: median %.0f ms of %d, the fastest %.0f ms\n",
	       percentile(ns, PROBES, 50) / 1e3, PROBES, percentile(ns, PROBES, 0) / 1e3);
}

static void execute(int fd, struct drm_i915_gem_exec_object2 *exec)
{
	if (gem_execbuf(fd, exec, 1, GPU_NS))
		die("execbuf failed: %m");
}

static void wait_for(int fd, const struct batch *b)
{
	if (gem_wait(fd, b->handle, GPU_NS))
		die("the batch does not end: %m");
}

/* Prints the model's counts for each of @n batches; only for the Kaby Lake. */
static void print_trapped(const struct kbl_counts *before, unsigned int n)
{
	struct kbl_counts now;

	if (gem_gen < 9)
		return;
	now = *(const struct kbl_counts *)counts;
	printf("  for each: %.2f reads, %.2f writes of registers, %.2f interrupts, %.2f submissions\n",
	       (double)(now.mmio_reads - before->mmio_reads) / n,
	       (double)(now.mmio_writes - before->mmio_writes) / n,
	       (double)(now.interrupts - before->interrupts) / n,
	       (double)(now.submissions - before->submissions) / n);
}

int main(int argc, char **argv)
{
	static int64_t ns[BATCHES], row_ns[ROUNDS];
	struct drm_i915_gem_relocation_entry reloc;
	struct drm_i915_gem_exec_object2 exec;
	struct kbl_counts before = { 0 };
	struct batch b;
	unsigned int i, k;
	int64_t from;
	int fd;

	if (argc > 2 || (argc == 2 && strcmp(argv[1], "probe"))) {
		fprintf(stderr, "usage: gpu-speed [probe]\n");
		return 2;
	}
	probes();
	if (argc == 2)
		return 0;
	fd = gem_open(CARD);
	batch_create(fd, &b);
	batch_finish(&b, 0, ENDS, &reloc, 0, &exec);
	execute(fd, &exec);
	wait_for(fd, &b);
	if (gem_gen >= 9) {
		counts = map_counts();
		before = *(const struct kbl_counts *)counts;
	}

	for (i = 0; i < BATCHES; i++) {
		from = now_ns();
		execute(fd, &exec);
		wait_for(fd, &b);
		ns[i] = now_ns() - from;
	}
	printf("empty execbuf and wait: median %.0f us, the fastest tenth within %.0f us\n",
	       percentile(ns, BATCHES, 50), percentile(ns, BATCHES, 10));
	print_trapped(&before, BATCHES);
	if (counts)
		before = *(const struct kbl_counts *)counts;

	for (i = 0; i < ROUNDS; i++) {
		from = now_ns();
		for (k = 0; k < ROW; k++)
			execute(fd, &exec);
		wait_for(fd, &b);
		row_ns[i] = now_ns() - from;
	}
	printf("empty batches in a row: median %.0f a second\n",
	       ROW * 1e6 / percentile(row_ns, ROUNDS, 50));
	print_trapped(&before, ROUNDS * ROW);
	printf("batches: %d\n", BATCHES + ROUNDS * ROW);
	batch_destroy(&b);
	close(fd);
	return 0;
}
