// SPDX-License-Identifier: MIT
#include "fenced.h"

/*
 * Returns how many of the @len bytes at @addr are contiguous in memory. Sets @real to their
 * graphics address.
 */
static size_t next_run(const struct gpu *dev, const struct gpu_fenced *f, uint64_t addr, size_t len,
		       uint64_t *real)
{
	uint32_t run;

	*real = f->translate(dev, addr, &run);
	return len < run ? len : run;
}

void gpu_fenced_read(struct gpu *dev, const struct gpu_fenced *f, uint64_t addr, void *data,
		     size_t len)
{
	uint8_t *to = data;
	uint64_t real;
	size_t n;

	for (; len; to += n, addr += n, len -= n) {
		n = next_run(dev, f, addr, len, &real);
		f->read(dev, real, to, n);
	}
}

void gpu_fenced_write(struct gpu *dev, const struct gpu_fenced *f, uint64_t addr, const void *data,
		      size_t len)
{
	const uint8_t *from = data;
	uint64_t real;
	size_t n;

	for (; len; from += n, addr += n, len -= n) {
		n = next_run(dev, f, addr, len, &real);
		f->write(dev, real, from, n);
	}
}
