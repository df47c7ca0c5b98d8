// SPDX-License-Identifier: MIT
#include "pages.h"

#include <string.h>

static void load(void *to, const void *from, size_t len)
{
	if (len == 4 && !((uintptr_t)from % 4)) {
		uint32_t v = __atomic_load_n((const uint32_t *)from, __ATOMIC_ACQUIRE);

		memcpy(to, &v, 4);
	} else if (len == 8 && !((uintptr_t)from % 8)) {
		uint64_t v = __atomic_load_n((const uint64_t *)from, __ATOMIC_ACQUIRE);

		memcpy(to, &v, 8);
	} else {
		memcpy(to, from, len);
	}
}

static void store(void *to, const void *from, size_t len)
{
	if (len == 4 && !((uintptr_t)to % 4)) {
		uint32_t v;

		memcpy(&v, from, 4);
		__atomic_store_n((uint32_t *)to, v, __ATOMIC_RELEASE);
	} else if (len == 8 && !((uintptr_t)to % 8)) {
		uint64_t v;

		memcpy(&v, from, 8);
		__atomic_store_n((uint64_t *)to, v, __ATOMIC_RELEASE);
	} else {
		memcpy(to, from, len);
	}
}

static size_t in_page(uint64_t addr, size_t len)
{
	const size_t left = GPU_PAGE_SIZE - addr % GPU_PAGE_SIZE;

	return len < left ? len : left;
}

void gpu_pages_read(gpu_page_fn *page, void *opaque, uint64_t addr, void *data, size_t len,
		    uint8_t missing)
{
	uint8_t *to = data;

	while (len) {
		const size_t n = in_page(addr, len);
		const void *from = page(opaque, addr, false);

		if (from)
			load(to, from, n);
		else
			memset(to, missing, n);
		to += n;
		addr += n;
		len -= n;
	}
}

void gpu_pages_write(gpu_page_fn *page, void *opaque, uint64_t addr, const void *data, size_t len)
{
	const uint8_t *from = data;

	while (len) {
		const size_t n = in_page(addr, len);
		void *to = page(opaque, addr, true);

		if (to)
			store(to, from, n);
		from += n;
		addr += n;
		len -= n;
	}
}
