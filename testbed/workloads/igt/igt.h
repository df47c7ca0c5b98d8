/* SPDX-License-Identifier: MIT */
/*
 * Stand-in for the headers of IGT's library, to compile the subtests of igt-tests/ without IGT's
 * source: types and values of Debian's libigt.so.0 (igt-gpu-tools 2.5), and macros that follow its
 * calling conventions, written for this purpose. program.sh uses this file for each "..." that the
 * patches include; scripts/series/igt-check.sh compares it with IGT's own headers.
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
#define __noreturn __attribute__((noreturn))
#define READ_ONCE(x) (*(volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, v) do { *(volatile typeof(x) *)&(x) = (v); } while (0)
#define USEC_PER_SEC 1000000ul
#define NSEC_PER_MSEC 1000000ul
#define NSEC_PER_SEC 1000000000ul
#define DRIVER_INTEL (1 << 0)
#define DROP_UNBOUND 0x1
#define DROP_BOUND 0x2
#define MI_BATCH_BUFFER_END (0xa << 23)
#define MI_STORE_DWORD_IMM_GEN4 (0x20 << 23 | 2)

/* Types. Those that only the library allocates are declared in part. */
enum igt_log_level {
	IGT_LOG_DEBUG, IGT_LOG_INFO, IGT_LOG_WARN, IGT_LOG_CRITICAL, IGT_LOG_NONE
};
enum igt_runtime_pm_status {
	IGT_RUNTIME_PM_STATUS_ACTIVE, IGT_RUNTIME_PM_STATUS_SUSPENDED,
	IGT_RUNTIME_PM_STATUS_SUSPENDING, IGT_RUNTIME_PM_STATUS_RESUMING
};
typedef int (*igt_opt_handler_t)(int opt, int index, void *data);
struct option;

struct mmap_offset {
	const char *name;
	unsigned int type, domain;
};

struct intel_execution_engine2 {
	char name[16];
	uint16_t class, instance;
	uint64_t flags;
	bool is_virtual;
};

#define GEM_MAX_ENGINES (I915_EXEC_RING_MASK + 1)
struct intel_engine_data {
	uint32_t nengines, n;
	struct intel_execution_engine2 *current_engine;
	struct intel_execution_engine2 engines[GEM_MAX_ENGINES];
};

typedef struct intel_ctx_cfg {
	uint32_t flags, vm;
	bool nopersist, load_balance, parallel;
	unsigned int num_engines, width;
	struct i915_engine_class_instance engines[GEM_MAX_ENGINES];
} intel_ctx_cfg_t;

typedef struct intel_ctx {
	uint32_t id;
	intel_ctx_cfg_t cfg;
} intel_ctx_t;

struct drm_client_meminfo {
	uint64_t total, shared, resident, purgeable, active;
};

struct drm_client_fdinfo {
	char driver[128], pdev[128];
	unsigned long id;
	unsigned int num_engines, last_engine_index, capacity[16];
	char names[16][256];
	unsigned int utilization_mask;
	uint64_t engine_time[16], cycles[16], total_cycles[16];
	unsigned int num_regions, last_region_index;
	char region_names[16][256];
	struct drm_client_meminfo region_mem[16];
};

typedef struct igt_spin_factory {
	uint32_t ctx_id;
	const intel_ctx_t *ctx;
	uint32_t dependency;
	uint64_t dependency_size;
	unsigned int engine, flags;
	int fence;
	uint64_t ahnd;
	void *hwe;
	uint32_t vm;
} igt_spin_factory_t;
#define IGT_SPIN_BATCH 1
typedef struct igt_spin {
	void *link[2];
	uint32_t handle, poll_handle;
	uint32_t *batch, *condition, cmd_precondition, *poll;
	struct timespec last_signal;
	pthread_t timer_thread;
	int timerfd, out_fence;
	struct drm_i915_gem_exec_object2 obj[2];
	struct drm_i915_gem_execbuffer2 execbuf;
} igt_spin_t;
#define IGT_SPIN_FENCE_OUT (1 << 2)
#define IGT_SPIN_NO_PREEMPTION (1 << 5)
#define IGT_SPIN_SOFTDEP (1 << 8)

#define INTEL_ALLOCATOR_RELOC 1

extern jmp_buf igt_subtest_jmpbuf, igt_dynamic_jmpbuf;
extern const struct mmap_offset mmap_offset_types[];
extern __thread int (*igt_ioctl)(int fd, unsigned long request, void *arg);

#include "functions.h"

static inline uint64_t to_user_pointer(const void *p) { return (uintptr_t)p; }
static inline void *from_user_pointer(uint64_t p) { return (void *)(uintptr_t)p; }

#define igt_debug(f...) igt_log(NULL, IGT_LOG_DEBUG, f)
#define igt_info(f...) igt_log(NULL, IGT_LOG_INFO, f)
#define igt_warn(f...) igt_log(NULL, IGT_LOG_WARN, f)
#define igt_describe(text) igt_describe_f("%s", text)
#define IGT_TEST_DESCRIPTION(text) const char *__igt_test_description = text

/*
 * Subtests. Each of these macros is a loop whose body runs at most once: the library decides
 * whether it runs; an early end is a siglongjmp() to the jump buffer.
 */
static inline __attribute__((format(printf, 2, 3)))
const char *igt_name(char name[256], const char *f, ...)
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
#define igt_subtest(name) \
	igt_body(__igt_run_subtest(name, __FILE__, __LINE__), igt_subtest_jmpbuf)
#define igt_subtest_with_dynamic(name) \
	igt_body(__igt_run_subtest(name, __FILE__, __LINE__) && __igt_enter_dynamic_container(), \
		 igt_subtest_jmpbuf)
#define igt_subtest_with_dynamic_f(f...) igt_subtest_with_dynamic(igt_name((char[256]){ 0 }, f))
#define igt_dynamic(name) igt_body(__igt_run_dynamic_subtest(name), igt_dynamic_jmpbuf)
#define igt_dynamic_f(f...) igt_dynamic(igt_name((char[256]){ 0 }, f))
#define igt_fixture() \
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
#define igt_subtest_group() \
	for (struct igt_group igt_unique(group) = igt_group_begin(); !igt_unique(group).done; \
	     igt_unique(group).done = true, \
	     __igt_subtest_group_restore(igt_unique(group).skip, igt_unique(group).description))
/* Follows "int". */
#define igt_main() \
	main(int argc, char **argv); \
	static void igt_subtests(void); \
	int main(int argc, char **argv) \
	{ \
		igt_subtest_init_parse_opts(&argc, argv, NULL, NULL, NULL, NULL, NULL); \
		igt_subtests(); \
		igt_exit(); \
	} \
	static void igt_subtests(void)

/* Results. */
#define igt_fail_(text, f...) __igt_fail_assert(NULL, __FILE__, __LINE__, __func__, text, f)
#define igt_assert_f(e, f...) do { if (!(e)) igt_fail_(#e, f); } while (0)
#define igt_assert(e) igt_assert_f(e, NULL)
#define igt_compare_(type, print, n1, op, not_op, n2) \
	do { \
		type a__ = (n1), b__ = (n2); \
		if (!(a__ op b__)) \
			igt_fail_(#n1 " " #op " " #n2, \
				  "error: %" print " " #not_op " %" print "\n", a__, b__); \
	} while (0)
#define igt_assert_eq(a, b) igt_compare_(int, "d", a, ==, !=, b)
#define igt_assert_lte(a, b) igt_compare_(int, "d", a, <=, >, b)
#define igt_assert_eq_u64(a, b) igt_compare_(uint64_t, PRIu64, a, ==, !=, b)
#define igt_abort_on_f(e, f...) \
	do { if (e) __igt_abort(NULL, __FILE__, __LINE__, __func__, #e, f); } while (0)
#define igt_require_f(e, f...) \
	do { if (!(e)) __igt_skip_check(__FILE__, __LINE__, __func__, #e, f); } while (0)
#define igt_require(e) igt_require_f(e, NULL)
#define do_ioctl(fd, request, arg) \
	do { igt_assert_eq(igt_ioctl(fd, request, arg), 0); errno = 0; } while (0)

/* Processes, time. */
#define igt_fork(child, n) \
	for (int child = 0; child < (n); child++) for (; __igt_fork(); exit(0))
static inline uint32_t igt_seconds_elapsed(struct timespec *start)
{
	return igt_nsec_elapsed(start) >> 30;
}
#define igt_wait(condition, timeout_ms, interval_ms) ({ \
	struct timespec start__ = {}; \
	bool met__; \
	while (!(met__ = (condition)) && igt_nsec_elapsed(&start__) >> 20 <= (timeout_ms)) \
		usleep(1000 * (interval_ms)); \
	met__; \
})

/* A file that is closed automatically: not in a subtest, which a siglongjmp() may end. */
#define igt_fd_t(fd) \
	volatile int fd __attribute__((cleanup(igt_cleanup_fd))) = \
		({ __igt_assert_in_outer_scope(); -1; })

static inline int igt_i915_driver_load(const char *opts)
{
	return igt_intel_driver_load(opts, "i915");
}
static inline int igt_i915_driver_unload(void) { return igt_intel_driver_unload("i915"); }

#define for_each_mmap_offset_type(fd, t) \
	for (const struct mmap_offset *t = mmap_offset_types; t->name; t++) \
		if (!gem_has_mmap_offset_type(fd, t)) { } else
#define for_each_ctx_engine(fd, ctx, e) \
	for (struct intel_engine_data igt_unique(list) = \
		intel_engine_list_for_ctx_cfg(fd, &(ctx)->cfg); \
	     ((e) = intel_get_current_engine(&igt_unique(list))); \
	     intel_next_engine(&igt_unique(list)))

/*
 * Addresses on the GPU. If i915 accepts relocations, as on both emulated GPUs, there is no
 * allocator, and its handle is 0.
 */
static inline uint64_t get_reloc_ahnd(int fd, uint32_t ctx)
{
	return gem_has_relocations(fd) ? 0 : intel_allocator_open(fd, ctx, INTEL_ALLOCATOR_RELOC);
}
static inline bool put_ahnd(uint64_t ahnd) { return !ahnd || intel_allocator_close(ahnd); }
static inline uint64_t get_offset(uint64_t ahnd, uint32_t handle, uint64_t size,
				  uint64_t alignment)
{
	return ahnd ? intel_allocator_alloc(ahnd, handle, size, alignment) : 0;
}
static inline bool put_offset(uint64_t ahnd, uint32_t handle)
{
	return ahnd && intel_allocator_free(ahnd, handle);
}

#define igt_spin_new(fd, opts...) igt_spin_factory(fd, &(igt_spin_factory_t){ opts })

/*
 * The programs of testbed/ call this first: it refuses a library other than the one that this file
 * describes.
 */
static inline void igt_check_library(int i915)
{
	uint32_t handle = gem_create(i915, 4096);
	uint64_t ahnd = get_reloc_ahnd(i915, 0);
	igt_spin_t *spin = igt_spin_new(i915, .dependency = handle, .ahnd = ahnd);

	igt_abort_on_f(spin->obj[0].handle != handle ||
		       spin->obj[IGT_SPIN_BATCH].handle != spin->handle ||
		       spin->execbuf.buffers_ptr != to_user_pointer(spin->obj) ||
		       spin->execbuf.buffer_count != 2 || !gem_bo_busy(i915, handle),
		       "this libigt is not as testbed/workloads/igt/igt.h says: igt_spin\n");
	igt_spin_free(i915, spin);
	put_ahnd(ahnd);
	gem_close(i915, handle);
}

#endif
