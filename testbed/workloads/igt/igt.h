/* SPDX-License-Identifier: MIT */
/*
 * What the subtests of igt-tests/ use of IGT's library, so that they can be compiled where IGT's source is not: names, arguments, layouts
 * and values as Debian's libigt.so.0 (igt-gpu-tools 2.5) has them, and macros that follow its calling conventions, written for this
 * program. Not IGT's own headers: those are in the tree that the patches are for, where nothing of this is used.
 * testbed/workloads/igt/program.sh takes this file for each "..." that the patches include.
 */
#ifndef USERPTR_IGT_H
#define USERPTR_IGT_H

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <drm/i915_drm.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define ALIGN(v, a) (((v) + (typeof(v))(a) - 1) & ~((typeof(v))(a) - 1))
#define min(x, y) ({ typeof(x) x__ = (x); typeof(y) y__ = (y); x__ < y__ ? x__ : y__; })
#define max(x, y) ({ typeof(x) x__ = (x); typeof(y) y__ = (y); x__ > y__ ? x__ : y__; })
#define READ_ONCE(x) (*(volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, v) do { *(volatile typeof(x) *)&(x) = (v); } while (0)
#define USEC_PER_SEC 1000000ul
#define NSEC_PER_MSEC 1000000ul
#define NSEC_PER_SEC 1000000000ul

static inline uint64_t to_user_pointer(const void *p) { return (uintptr_t)p; }
static inline void *from_user_pointer(uint64_t p) { return (void *)(uintptr_t)p; }

/* What is said. */
enum igt_log_level { IGT_LOG_DEBUG, IGT_LOG_INFO, IGT_LOG_WARN, IGT_LOG_CRITICAL, IGT_LOG_NONE };
void igt_log(const char *domain, enum igt_log_level level, const char *format, ...) __attribute__((format(printf, 3, 4)));
#define igt_debug(f...) igt_log(NULL, IGT_LOG_DEBUG, f)
#define igt_info(f...) igt_log(NULL, IGT_LOG_INFO, f)
#define igt_warn(f...) igt_log(NULL, IGT_LOG_WARN, f)
void igt_emit_ignore_dmesg_regex(const char *ignore_dmesg_regex);
void igt_describe_f(const char *f, ...) __attribute__((format(printf, 1, 2)));
#define igt_describe(text) igt_describe_f("%s", text)
#define IGT_TEST_DESCRIPTION(text) const char *__igt_test_description = text

/*
 * Subtests. Each of these is a loop whose body runs at most once: the library says whether it is to run; whatever ends it early is a
 * siglongjmp() to its jump buffer.
 */
extern jmp_buf igt_subtest_jmpbuf, igt_dynamic_jmpbuf;
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
int igt_subtest_init_parse_opts(int *argc, char **argv, const char *short_opts, const void *long_opts, const char *help,
				int (*handler)(int opt, int index, void *data), void *data);

static inline __attribute__((format(printf, 2, 3))) const char *igt_name(char name[256], const char *f, ...)
{
	va_list ap;

	va_start(ap, f);
	vsnprintf(name, 256, f, ap);
	va_end(ap);
	return name;
}

#define igt_paste_(a, b) a##b
#define igt_paste(a, b) igt_paste_(a, b)
#define igt_unique(a) igt_paste(a, __LINE__)
#define igt_body(enter, jump) for (; (enter) && !sigsetjmp(jump, 1); igt_success())
#define igt_subtest(name) igt_body(__igt_run_subtest(name, __FILE__, __LINE__), igt_subtest_jmpbuf)
#define igt_subtest_with_dynamic(name) \
	igt_body(__igt_run_subtest(name, __FILE__, __LINE__) && __igt_enter_dynamic_container(), igt_subtest_jmpbuf)
#define igt_subtest_with_dynamic_f(f...) igt_subtest_with_dynamic(igt_name((char[256]){ 0 }, f))
#define igt_dynamic(name) igt_body(__igt_run_dynamic_subtest(name), igt_dynamic_jmpbuf)
#define igt_dynamic_f(f...) igt_dynamic(igt_name((char[256]){ 0 }, f))
#define igt_fixture \
	for (volatile bool igt_unique(done) = false; \
	     !igt_unique(done) && __igt_fixture() && !sigsetjmp(igt_subtest_jmpbuf, 1); \
	     igt_unique(done) = true, __igt_fixture_complete())
struct igt_group { int skip, description; bool done; };
static inline struct igt_group igt_group_begin(void)
{
	struct igt_group g = { .done = false };

	__igt_subtest_group_save(&g.skip, &g.description);
	return g;
}
#define igt_subtest_group \
	for (struct igt_group igt_unique(group) = igt_group_begin(); !igt_unique(group).done; igt_unique(group).done = true, \
	     __igt_subtest_group_restore(igt_unique(group).skip, igt_unique(group).description))
#define igt_main_args(short_opts, long_opts, help, handler, data) \
	static void igt_subtests(void); \
	int main(int argc, char **argv) \
	{ \
		igt_subtest_init_parse_opts(&argc, argv, short_opts, long_opts, help, handler, data); \
		igt_subtests(); \
		igt_exit(); \
	} \
	static void igt_subtests(void)
#define igt_main igt_main_args(NULL, NULL, NULL, NULL, NULL)

/* Results. */
void __igt_fail_assert(const char *domain, const char *file, const int line, const char *func, const char *assertion, const char *f, ...)
	__attribute__((noreturn, format(printf, 6, 7)));
void __igt_abort(const char *domain, const char *file, const int line, const char *func, const char *expression, const char *f, ...)
	__attribute__((noreturn, format(printf, 6, 7)));
void __igt_skip_check(const char *file, const int line, const char *func, const char *check, const char *f, ...)
	__attribute__((noreturn, format(printf, 5, 6)));
#define igt_fail_(text, f...) __igt_fail_assert(NULL, __FILE__, __LINE__, __func__, text, f)
#define igt_assert_f(e, f...) do { if (!(e)) igt_fail_(#e, f); } while (0)
#define igt_assert(e) igt_assert_f(e, NULL)
#define igt_compare_(type, print, n1, op, not_op, n2) \
	do { \
		type a__ = (n1), b__ = (n2); \
		if (!(a__ op b__)) \
			igt_fail_(#n1 " " #op " " #n2, "error: %" print " " #not_op " %" print "\n", a__, b__); \
	} while (0)
#define igt_assert_eq(a, b) igt_compare_(int, "d", a, ==, !=, b)
#define igt_assert_lte(a, b) igt_compare_(int, "d", a, <=, >, b)
#define igt_assert_eq_u64(a, b) igt_compare_(uint64_t, PRIu64, a, ==, !=, b)
#define igt_abort_on_f(e, f...) do { if (e) __igt_abort(NULL, __FILE__, __LINE__, __func__, #e, f); } while (0)
#define igt_require_f(e, f...) do { if (!(e)) __igt_skip_check(__FILE__, __LINE__, __func__, #e, f); } while (0)
#define igt_require(e) igt_require_f(e, NULL)
#define do_ioctl(fd, request, arg) do { igt_assert_eq(igt_ioctl(fd, request, arg), 0); errno = 0; } while (0)

/* Processes, time. */
bool __igt_fork(void);
void igt_waitchildren(void);
void igt_install_exit_handler(void (*handler)(int sig));
#define igt_fork(child, n) for (int child = 0; child < (n); child++) for (; __igt_fork(); exit(0))
uint64_t igt_nsec_elapsed(struct timespec *start);
static inline uint32_t igt_seconds_elapsed(struct timespec *start) { return igt_nsec_elapsed(start) >> 30; }

/* Files that close themselves: only outside of subtests, as a siglongjmp() does not. */
void igt_cleanup_fd(volatile int *fd);
#define igt_fd_t(fd) volatile int fd __attribute__((cleanup(igt_cleanup_fd))) = ({ __igt_assert_in_outer_scope(); -1; })

/* The device and what the system says of it. */
#define DRIVER_INTEL (1 << 0)
int drm_open_driver(int chipset);
int __drm_open_driver(int chipset);
int drm_reopen_driver(int fd);
int drm_close_driver(int fd);
void igt_require_gem(int fd);
void gem_quiescent_gpu(int fd);
uint32_t intel_get_drm_devid(int fd);
unsigned int intel_gen(uint16_t devid);
int igt_sysfs_open(int fd);
bool igt_sysfs_set(int dir, const char *attr, const char *value);
char *igt_sysfs_get(int dir, const char *attr);
int igt_sysfs_read(int dir, const char *attr, void *data, int len);
uint32_t igt_sysfs_get_u32(int dir, const char *attr);
bool igt_sysfs_printf(int dir, const char *attr, const char *f, ...) __attribute__((format(printf, 3, 4)));
void igt_drop_caches_set(int fd, uint64_t what);
bool igt_drop_caches_has(int fd, uint64_t what);
#define DROP_UNBOUND 0x1
#define DROP_BOUND 0x2
unsigned long igt_kernel_tainted(unsigned long *taints);
bool igt_kmod_is_loaded(const char *name);
int igt_intel_driver_load(const char *opts, const char *driver);
int igt_intel_driver_unload(const char *driver);
static inline int igt_i915_driver_load(const char *opts) { return igt_intel_driver_load(opts, "i915"); }
static inline int igt_i915_driver_unload(void) { return igt_intel_driver_unload("i915"); }
bool igt_setup_runtime_pm(int device);
enum igt_runtime_pm_status {
	IGT_RUNTIME_PM_STATUS_ACTIVE, IGT_RUNTIME_PM_STATUS_SUSPENDED, IGT_RUNTIME_PM_STATUS_SUSPENDING, IGT_RUNTIME_PM_STATUS_RESUMING
};
bool igt_wait_for_pm_status(enum igt_runtime_pm_status status);

/* GEM: a name with __ before it gives -errno instead of failing the subtest. */
#define MI_BATCH_BUFFER_END (0xa << 23)
#define MI_STORE_DWORD_IMM_GEN4 (0x20 << 23 | 2)
extern __thread int (*igt_ioctl)(int fd, unsigned long request, void *arg);
uint32_t gem_create(int fd, uint64_t size);
void gem_close(int fd, uint32_t handle);
int gem_madvise(int fd, uint32_t handle, int state);
void gem_userptr(int fd, void *ptr, uint64_t size, int read_only, uint32_t flags, uint32_t *handle);
int __gem_userptr(int fd, void *ptr, uint64_t size, int read_only, uint32_t flags, uint32_t *handle);
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
bool gem_has_legacy_mmap(int fd);
bool gem_uses_full_ppgtt(int fd);
bool gem_gpu_reset_enabled(int fd);
bool gem_can_store_dword(int fd, unsigned int engine);
bool gem_store_dword_needs_secure(int fd);
int gem_available_fences(int fd);

void *gem_mmap__gtt(int fd, uint32_t handle, uint64_t size, unsigned int prot);
void *gem_mmap__cpu(int fd, uint32_t handle, uint64_t offset, uint64_t size, unsigned int prot);
extern const struct mmap_offset { const char *name; unsigned int type, domain; } mmap_offset_types[];
bool gem_has_mmap_offset_type(int fd, const struct mmap_offset *t);
#define for_each_mmap_offset_type(fd, t) \
	for (const struct mmap_offset *t = mmap_offset_types; t->name; t++) if (!gem_has_mmap_offset_type(fd, t)) { } else

/* Addresses on the GPU: where i915 takes relocations (a G33 does) there is no allocator, and 0 stands for it. */
#define INTEL_ALLOCATOR_RELOC 1
void intel_allocator_init(void);
uint64_t intel_allocator_open(int fd, uint32_t ctx, uint8_t type);
bool intel_allocator_close(uint64_t ahnd);
uint64_t intel_allocator_alloc(uint64_t ahnd, uint32_t handle, uint64_t size, uint64_t alignment);
bool intel_allocator_free(uint64_t ahnd, uint32_t handle);
static inline uint64_t get_ahnd_(int fd, uint32_t ctx, uint8_t type)
{
	return gem_has_relocations(fd) ? 0 : intel_allocator_open(fd, ctx, type);
}
static inline uint64_t get_reloc_ahnd(int fd, uint32_t ctx) { return get_ahnd_(fd, ctx, INTEL_ALLOCATOR_RELOC); }
static inline bool put_ahnd(uint64_t ahnd) { return !ahnd || intel_allocator_close(ahnd); }
static inline uint64_t get_offset(uint64_t ahnd, uint32_t handle, uint64_t size, uint64_t alignment)
{
	return ahnd ? intel_allocator_alloc(ahnd, handle, size, alignment) : 0;
}
static inline bool put_offset(uint64_t ahnd, uint32_t handle) { return ahnd && intel_allocator_free(ahnd, handle); }

/* A batch that spins until it is told to end. */
struct intel_ctx;
typedef struct igt_spin_factory {
	uint32_t ctx_id;
	const struct intel_ctx *ctx;
	uint32_t dependency;
	uint64_t dependency_size;
	unsigned int engine, flags;
	int fence;
	uint64_t ahnd;
	void *hwe;
	uint32_t vm;
} igt_spin_factory_t;
typedef struct igt_spin {
	void *link[2];
	uint32_t handle, poll_handle;
	uint32_t *batch, *condition, cmd_precondition, *poll;
	struct timespec last_signal;
	pthread_t timer_thread;
	int timerfd, out_fence;
	struct drm_i915_gem_exec_object2 obj[2];
	struct drm_i915_gem_execbuffer2 execbuf;
	/* There is more, which the library alone allocates and uses. */
} igt_spin_t;
#define IGT_SPIN_BATCH 1
#define IGT_SPIN_FENCE_OUT (1 << 2)
#define IGT_SPIN_NO_PREEMPTION (1 << 5)
igt_spin_t *igt_spin_factory(int fd, const igt_spin_factory_t *opts);
#define igt_spin_new(fd, opts...) igt_spin_factory(fd, &(igt_spin_factory_t){ opts })
void igt_spin_set_timeout(igt_spin_t *spin, int64_t ns);
void igt_spin_free(int fd, igt_spin_t *spin);
void igt_force_gpu_reset(int fd);

/* The program of testbed/ calls this first: another library than the one that this file describes is not to give results. */
static inline void igt_check_library(int i915)
{
	uint32_t handle = gem_create(i915, 4096);
	uint64_t ahnd = get_reloc_ahnd(i915, 0);
	igt_spin_t *spin = igt_spin_new(i915, .dependency = handle, .ahnd = ahnd);

	igt_abort_on_f(spin->obj[0].handle != handle || spin->obj[IGT_SPIN_BATCH].handle != spin->handle ||
		       spin->execbuf.buffers_ptr != to_user_pointer(spin->obj) || spin->execbuf.buffer_count != 2 ||
		       !gem_bo_busy(i915, handle),
		       "this libigt is not as testbed/workloads/igt/igt.h says: igt_spin\n");
	igt_spin_free(i915, spin);
	put_ahnd(ahnd);
	gem_close(i915, handle);
}

#endif
