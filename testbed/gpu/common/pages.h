/* SPDX-License-Identifier: MIT */
/*
 * Accesses to memory that a model has translated, page by page. The guest's CPUs look at the same
 * memory: what is 4 or 8 bytes, naturally aligned, is one access, so that a sequence number is
 * never seen half written.
 */
#ifndef GPU_PAGES_H
#define GPU_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GPU_PAGE_SIZE 4096u

/*
 * Returns where the byte at @addr is in the host, good up to the end of its page, or NULL if it is
 * nowhere, or not writable for a write.
 */
typedef uint8_t *gpu_page_fn(void *opaque, uint64_t addr, bool write);

/* What is nowhere reads as bytes of @missing. */
void gpu_pages_read(gpu_page_fn *page, void *opaque, uint64_t addr, void *data, size_t len,
		    uint8_t missing);
void gpu_pages_write(gpu_page_fn *page, void *opaque, uint64_t addr, const void *data, size_t len);

#endif
