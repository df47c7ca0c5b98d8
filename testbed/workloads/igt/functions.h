/* SPDX-License-Identifier: MIT */
/*
 * The functions of IGT's library that the subtests of igt-tests/ call, as in igt-gpu-tools 2.5. No
 * types, so that scripts/series/igt-check.sh can include this after IGT's own headers: the compiler
 * then compares the two declarations of each function.
 */
#ifndef USERPTR_IGT_FUNCTIONS_H
#define USERPTR_IGT_FUNCTIONS_H

void igt_log(const char *domain, enum igt_log_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void igt_describe_f(const char *f, ...) __attribute__((format(printf, 1, 2)));
bool __igt_fixture(void);
void __igt_fixture_complete(void);
bool __igt_run_subtest(const char *name, const char *file, const int line);
bool __igt_enter_dynamic_container(void);
bool __igt_run_dynamic_subtest(const char *name);
void __igt_subtest_group_save(int *skip, int *description);
void __igt_subtest_group_restore(int skip, int description);
void __igt_assert_in_outer_scope(void);
void igt_success(void);
void igt_exit(void) __attribute__((noreturn));
int igt_subtest_init_parse_opts(int *argc, char **argv, const char *short_opts,
	const struct option *long_opts, const char *help, igt_opt_handler_t handler, void *data);
void __igt_fail_assert(const char *domain, const char *file, const int line, const char *func,
	const char *assertion, const char *f, ...) __attribute__((noreturn, format(printf, 6, 7)));
void __igt_abort(const char *domain, const char *file, const int line, const char *func,
	const char *expression, const char *f, ...) __attribute__((noreturn, format(printf, 6, 7)));
void __igt_skip_check(const char *file, const int line, const char *func, const char *check,
	const char *f, ...) __attribute__((noreturn, format(printf, 5, 6)));
bool __igt_fork(void);
void igt_waitchildren(void);
void igt_install_exit_handler(void (*handler)(int sig));
uint64_t igt_nsec_elapsed(struct timespec *start);
void igt_cleanup_fd(volatile int *fd);
int drm_open_driver(int chipset);
int __drm_open_driver(int chipset);
int drm_reopen_driver(int fd);
int drm_close_driver(int fd);
void igt_require_gem(int fd);
void gem_quiescent_gpu(int fd);
uint32_t intel_get_drm_devid(int fd);
unsigned int intel_gen(uint16_t devid);
char *igt_sysfs_get(int dir, const char *attr);
int igt_sysfs_read(int dir, const char *attr, void *data, int len);
int igt_sysfs_printf(int dir, const char *attr, const char *f, ...)
	__attribute__((format(printf, 3, 4)));
__attribute__((format(printf, 3, 4)))
bool igt_params_save_and_set(int device, const char *parameter, const char *f, ...);
__attribute__((format(printf, 3, 4)))
bool igt_params_set(int device, const char *parameter, const char *f, ...);
char *__igt_params_get(int device, const char *parameter);
void igt_drop_caches_set(int fd, uint64_t what);
bool igt_drop_caches_has(int fd, uint64_t what);
unsigned long igt_kernel_tainted(unsigned long *taints);
bool igt_kmod_is_loaded(const char *name);
int igt_intel_driver_load(const char *opts, const char *driver);
int igt_intel_driver_unload(const char *driver);
bool igt_setup_runtime_pm(int device);
void igt_restore_runtime_pm(void);
bool igt_wait_for_pm_status(enum igt_runtime_pm_status status);
uint32_t gem_create(int fd, uint64_t size);
void gem_close(int fd, uint32_t handle);
int gem_madvise(int fd, uint32_t handle, int state);
void gem_userptr(int fd, void *ptr, uint64_t size, int read_only, uint32_t flags, uint32_t *handle);
int __gem_userptr(int fd, void *ptr, uint64_t size, int read_only, uint32_t flags,
	uint32_t *handle);
void gem_set_domain(int fd, uint32_t handle, uint32_t read, uint32_t write);
void gem_set_tiling(int fd, uint32_t handle, uint32_t tiling, uint32_t stride);
void gem_write(int fd, uint32_t handle, uint64_t offset, const void *buf, uint64_t length);
void gem_execbuf(int fd, struct drm_i915_gem_execbuffer2 *execbuf);
int __gem_execbuf(int fd, struct drm_i915_gem_execbuffer2 *execbuf);
void gem_sync(int fd, uint32_t handle);
bool gem_bo_busy(int fd, uint32_t handle);
bool gem_has_lmem(int fd);
bool gem_has_relocations(int fd);
bool gem_has_exec_fence(int fd);
bool gem_has_softpin(int fd);
bool gem_has_legacy_mmap(int fd);
bool gem_uses_full_ppgtt(int fd);
bool gem_gpu_reset_enabled(int fd);
bool gem_can_store_dword(int fd, unsigned int engine);
bool gem_store_dword_needs_secure(int fd);
int gem_available_fences(int fd);
void *gem_mmap__gtt(int fd, uint32_t handle, uint64_t size, unsigned int prot);
void *gem_mmap__cpu(int fd, uint32_t handle, uint64_t offset, uint64_t size, unsigned int prot);
bool gem_has_mmap_offset_type(int fd, const struct mmap_offset *t);
void intel_allocator_init(void);
uint64_t intel_allocator_open(int fd, uint32_t ctx, uint8_t type);
bool intel_allocator_close(uint64_t ahnd);
uint64_t intel_allocator_alloc(uint64_t ahnd, uint32_t handle, uint64_t size, uint64_t alignment);
bool intel_allocator_free(uint64_t ahnd, uint32_t handle);
igt_spin_t *igt_spin_factory(int fd, const igt_spin_factory_t *opts);
void igt_spin_set_timeout(igt_spin_t *spin, int64_t ns);
void igt_spin_free(int fd, igt_spin_t *spin);
void igt_force_gpu_reset(int fd);
void igt_terminate_spins(void);
uint64_t igt_get_total_swap_mb(void);
int __gem_context_set_param(int fd, struct drm_i915_gem_context_param *p);
const intel_ctx_t *intel_ctx_0(int fd);
const intel_ctx_t *intel_ctx_create_all_physical(int fd);
void intel_ctx_destroy(int fd, const intel_ctx_t *ctx);
struct intel_engine_data intel_engine_list_for_ctx_cfg(int fd, const intel_ctx_cfg_t *cfg);
struct intel_execution_engine2 *intel_get_current_engine(struct intel_engine_data *ed);
int gem_engine_property_scanf(int i915, const char *engine, const char *attr, const char *f, ...)
	__attribute__((format(scanf, 4, 5)));
int gem_engine_property_printf(int i915, const char *engine, const char *attr, const char *f, ...)
	__attribute__((format(printf, 4, 5)));
void intel_next_engine(struct intel_engine_data *ed);
unsigned int igt_parse_drm_fdinfo(int drm_fd, struct drm_client_fdinfo *info, const char **name_map,
	unsigned int map_entries, const char **region_map, unsigned int region_entries);

#endif
