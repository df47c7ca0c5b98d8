/* SPDX-License-Identifier: MIT */
/*
 * Prints the types and values for which igt.h stands in. Compiled with igt.h, and by
 * scripts/series/igt-check.sh with IGT's own headers (-DUPSTREAM): the output must be the same.
 */
#ifdef UPSTREAM
#include "i915/gem.h"
#include "i915/gem_create.h"
#include "igt_drm_fdinfo.h"
#include "igt_pm.h"
#include "intel_ctx.h"
#endif
#include "igt.h"

#define SIZE(type) printf("sizeof(" #type ") %zu\n", sizeof(type))
#define AT(type, field) printf(#type "." #field " %zu\n", offsetof(type, field))
#define VALUE(v) printf(#v " %llu\n", (unsigned long long)(v))

int main(void)
{
	SIZE(struct mmap_offset);
	AT(struct mmap_offset, type);
	AT(struct mmap_offset, domain);

	SIZE(struct intel_execution_engine2);
	AT(struct intel_execution_engine2, flags);
	SIZE(struct intel_engine_data);
	AT(struct intel_engine_data, engines);

	SIZE(intel_ctx_cfg_t);
	AT(intel_ctx_cfg_t, num_engines);
	AT(intel_ctx_cfg_t, engines);
	AT(intel_ctx_t, id);
	AT(intel_ctx_t, cfg);

	SIZE(struct drm_client_fdinfo);
	AT(struct drm_client_fdinfo, num_regions);
	AT(struct drm_client_fdinfo, last_region_index);
	AT(struct drm_client_fdinfo, region_mem);
	SIZE(struct drm_client_meminfo);
	AT(struct drm_client_meminfo, resident);

	SIZE(igt_spin_factory_t);
	AT(igt_spin_factory_t, ctx);
	AT(igt_spin_factory_t, dependency);
	AT(igt_spin_factory_t, dependency_size);
	AT(igt_spin_factory_t, engine);
	AT(igt_spin_factory_t, flags);
	AT(igt_spin_factory_t, fence);
	AT(igt_spin_factory_t, ahnd);
	AT(igt_spin_t, handle);
	AT(igt_spin_t, out_fence);
	AT(igt_spin_t, obj);
	AT(igt_spin_t, execbuf);
	VALUE(IGT_SPIN_BATCH);
	VALUE(IGT_SPIN_FENCE_OUT);
	VALUE(IGT_SPIN_NO_PREEMPTION);
	VALUE(IGT_SPIN_SOFTDEP);

	VALUE(DRIVER_INTEL);
	VALUE(DROP_UNBOUND);
	VALUE(DROP_BOUND);
	VALUE(GEM_MAX_ENGINES);
	VALUE(IGT_LOG_DEBUG);
	VALUE(IGT_LOG_WARN);
	VALUE(IGT_RUNTIME_PM_STATUS_SUSPENDED);
	VALUE(INTEL_ALLOCATOR_RELOC);
	VALUE(MI_BATCH_BUFFER_END);
	VALUE(MI_STORE_DWORD_IMM_GEN4);
	VALUE(NSEC_PER_SEC);
	return 0;
}
