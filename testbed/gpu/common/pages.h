/* SPDX-License-Identifier: MIT */
/*
 * Accesses to memory that a model translates page by page. The guest's CPUs access the same memory
 * concurrently: 4 or 8 bytes, naturally aligned, are one atomic access, so that no CPU ever reads a
 * half-written sequence number.
 */
#ifndef GPU_PAGES_H
#define GPU_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GPU_PAGE_SIZE 4096u

/*
 * Returns the host address of the byte at @addr, valid up to the end of its page, or NULL if the
 * page is not mapped, or not writable and @write is set.
 */
typedef uint8_t *gpu_page_fn(void *opaque, uint64_t addr, bool write);

/* Bytes of a page that is not mapped read as @missing; writes to such a page are ignored. */
void gpu_pages_read(gpu_page_fn *page, void *opaque, uint64_t addr, void *data, size_t len,
		    uint8_t missing);
void gpu_pages_write(gpu_page_fn *page, void *opaque, uint64_t addr, const void *data, size_t len);

#endif
