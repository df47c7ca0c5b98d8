// SPDX-License-Identifier: MIT
/*
 * The vfio-user server (testbed/gpu/common/vfio-user.c) on a real socket, with a client that also
 * violates the protocol. The device is a stub that records all accesses; the tests trigger its
 * interrupts and memory lookups.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "fds.h"
#include "vfio-user.h"

/* ---- the device ---- */

enum { MMIO = 0, IO = 1, APERTURE = 2, TABLE = 3, CONFIG = 7 }; /* regions */

#define MMIO_SIZE  (512u << 10)
#define TABLE_SIZE (512u << 10)

struct gpu {
	struct gpu_bus bus;
	pthread_mutex_t lock;
	uint8_t mem[4096]; /* shared by all regions; repeats within a region */
	unsigned int reads, writes, resets;
	struct {
		unsigned int region;
		uint64_t offset;
		size_t len;
		bool write;
	} log[512];
	unsigned int n_log;
};

static struct gpu dev;

static void note(unsigned int region, uint64_t offset, size_t len, bool write)
{
	if (dev.n_log < 512) {
		dev.log[dev.n_log].region = region;
		dev.log[dev.n_log].offset = offset;
		dev.log[dev.n_log].len = len;
		dev.log[dev.n_log++].write = write;
	}
}

static void lock(struct gpu *d)
{
	pthread_mutex_lock(&d->lock);
}

static void unlock(struct gpu *d)
{
	pthread_mutex_unlock(&d->lock);
}

static int read_region(struct gpu *d, unsigned int region, uint64_t offset, void *data, size_t len)
{
	size_t i;

	lock(d);
	d->reads++;
	note(region, offset, len, false);
	for (i = 0; i < len; i++)
		((uint8_t *)data)[i] = d->mem[(offset + i) % sizeof(d->mem)];
	unlock(d);
	return offset % 4096 == 4094 && len == 4 ? -EINVAL : 0;
}

static int write_region(struct gpu *d, unsigned int region, uint64_t offset, const void *data, size_t len)
{
	size_t i;

	lock(d);
	d->writes++;
	note(region, offset, len, true);
	for (i = 0; i < len; i++)
		d->mem[(offset + i) % sizeof(d->mem)] = ((const uint8_t *)data)[i];
	unlock(d);
	return 0;
}

static void reset(struct gpu *d)
{
	lock(d);
	d->resets++;
	unlock(d);
}

static const struct gpu_model stub = {
	.region = {
		[MMIO] = { .size = MMIO_SIZE },
		[IO] = { .size = 8 },
		[APERTURE] = { .size = 256u << 20, .any_length = true },
		[TABLE] = { .size = TABLE_SIZE },
		[CONFIG] = { .size = 256 },
	},
	.page_table = { .region = TABLE, .size = TABLE_SIZE },
	.reset = reset,
	.read = read_region,
	.write = write_region,
	.lock = lock,
	.unlock = unlock,
};

/* A model with MSI, and with a page table that is only a part of its region. */
static const struct gpu_model part = {
	.region = {
		[MMIO] = { .size = MMIO_SIZE },
		[CONFIG] = { .size = 256 },
	},
	.interrupt = GPU_MSI,
	.page_table = { .region = MMIO, .offset = MMIO_SIZE / 2, .size = MMIO_SIZE / 4 },
	.reset = reset,
	.read = read_region,
	.write = write_region,
	.lock = lock,
	.unlock = unlock,
};

static const struct gpu_model *model = &stub;

static void message(void)
{
	lock(&dev);
	dev.bus.message(dev.bus.opaque);
	unlock(&dev);
}

static void interrupt(bool level)
{
	lock(&dev);
	dev.bus.interrupt(dev.bus.opaque, level);
	unlock(&dev);
}

static uint8_t *memory(uint64_t addr, size_t len)
{
	uint8_t *p;

	lock(&dev);
	p = dev.bus.memory(dev.bus.opaque, addr, len);
	unlock(&dev);
	return p;
}

/* ---- the server ---- */

static char dir[] = "/tmp/test-vfio-user.XXXXXX";
static char path[64];
static struct vfio_user *vu;
static struct vfio_user_options options;
static int stop[2], client, fds_before;
static pthread_t thread;
static enum vfio_user_end ended;
static bool joined;
static unsigned int first_ms = 5000;

static int count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void *serve(void *arg)
{
	(void)arg;
	ended = vfio_user_serve(vu, model, &dev, &options);
	return NULL;
}

static int dial(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(addr.sun_path, path);
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

static void start(void)
{
	const char *error = NULL;

	memset(&dev, 0, sizeof(dev));
	pthread_mutex_init(&dev.lock, NULL);
	fds_before = count_fds();
	vu = vfio_user_create();
	dev.bus = vfio_user_bus(vu);
	assert_int_equal(pipe(stop), 0);
	options.listener = vfio_user_socket(path, &error);
	if (options.listener < 0)
		fail_msg("%s: %s", path, error);
	options.stop = stop[0];
	options.ptes = memfd_create("ptes", MFD_CLOEXEC);
	assert_int_equal(ftruncate(options.ptes, (off_t)(model->page_table.offset +
							 model->page_table.size)), 0);
	options.first_ms = first_ms;
	options.busy_ns ^= 60000; /* alternates between with and without polling */
	options.stall_ms = 200;
	assert_int_equal(pthread_create(&thread, NULL, serve, NULL), 0);
}

/* Waits for the server to end; it must have released all mappings and file descriptors. */
static void finish(enum vfio_user_end end, const char *why)
{
	if (!joined)
		assert_int_equal(pthread_join(thread, NULL), 0);
	joined = false;
	assert_int_equal(ended, end);
	if (why && !strstr(vfio_user_error(vu), why))
		fail_msg("'%s' does not say '%s'", vfio_user_error(vu), why);
	if (client >= 0)
		close(client);
	client = -1;
	assert_null(memory(0, 1));
	close(options.listener);
	close(options.ptes);
	close(stop[0]);
	close(stop[1]);
	vfio_user_destroy(vu);
	pthread_mutex_destroy(&dev.lock);
	unlink(path);
	assert_int_equal(count_fds(), fds_before);
}

static void leave(void)
{
	close(client);
	client = -1;
	finish(VFIO_USER_LEFT, NULL);
}

/* ---- the client ---- */

struct header {
	uint16_t id, command;
	uint32_t size, flags, error;
};

enum { VERSION = 1, DMA_MAP, DMA_UNMAP, GET_INFO, REGION_INFO, IO_FDS, IRQ_INFO, SET_IRQS, READ, WRITE, DMA_READ, DMA_WRITE, RESET,
       DIRTY_PAGES, WRITE_MULTI, FEATURE };

static uint8_t reply[1 << 17];
static size_t reply_len;
static int reply_fd;
static uint16_t next_id = 77;

static ssize_t try_send_fds(const void *data, size_t len, const int *fds, unsigned int n_fds)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(64 * sizeof(int))];
	struct iovec iov = { (void *)data, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	attach_fds(&msg, control, fds, n_fds);
	return sendmsg(client, &msg, MSG_NOSIGNAL);
}

static void send_fds(const void *data, size_t len, const int *fds, unsigned int n_fds)
{
	assert_int_equal(try_send_fds(data, len, fds, n_fds), len);
}

static size_t build(uint8_t *m, uint16_t command, uint32_t flags, const void *data, size_t len)
{
	struct header h = { ++next_id, command, (uint32_t)(sizeof(h) + len), flags, 0 };

	memcpy(m, &h, sizeof(h));
	if (len)
		memcpy(m + sizeof(h), data, len);
	return h.size;
}

static void send_message(uint16_t command, uint32_t flags, const void *data, size_t len, const int *fds, unsigned int n_fds)
{
	static uint8_t m[1 << 17];

	send_fds(m, build(m, command, flags, data, len), fds, n_fds);
}

static bool gone(void)
{
	struct pollfd p = { .fd = client, .events = POLLIN };
	char c;

	assert_int_equal(poll(&p, 1, 5000), 1);
	return recv(client, &c, 1, MSG_PEEK) <= 0;
}

/* Receives the reply to the message with @id. Returns the errno in it, or 0. */
static int get_reply(uint16_t id, uint16_t command)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	struct header h;
	struct iovec iov = { &h, sizeof(h) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
	struct pollfd p = { .fd = client, .events = POLLIN };

	assert_int_equal(poll(&p, 1, 5000), 1);
	assert_int_equal(recvmsg(client, &msg, MSG_WAITALL | MSG_CMSG_CLOEXEC), sizeof(h));
	reply_fd = -1;
	if (msg.msg_controllen)
		memcpy(&reply_fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(int));
	assert_int_equal(h.id, id);
	assert_int_equal(h.command, command);
	assert_int_equal(h.flags & 0xf, 1);
	assert_in_range(h.size, sizeof(h), sizeof(reply));
	reply_len = h.size - sizeof(h);
	if (reply_len)
		assert_int_equal(recv(client, reply, reply_len, MSG_WAITALL), reply_len);
	if (h.flags & 0x20) {
		/* spec "Header": an error reply consists of a header only. */
		assert_int_equal(h.size, sizeof(h));
		assert_int_not_equal(h.error, 0);
		return (int)h.error;
	}
	return 0;
}

static int call_fds(uint16_t command, const void *data, size_t len, const int *fds, unsigned int n_fds)
{
	send_message(command, 0, data, len, fds, n_fds);
	return get_reply(next_id, command);
}

static int call(uint16_t command, const void *data, size_t len)
{
	return call_fds(command, data, len, NULL, 0);
}

static const char qemu_json[] = "{\"capabilities\": {\"pgsizes\": 4096, \"max_dma_maps\": 65535, \"max_msg_fds\": 16, "
	"\"migration\": {\"pgsize\": 4096, \"max_bitmap_size\": 268435456}, \"max_data_xfer_size\": 1048576, \"write_multiple\": true}}";

static int version(uint16_t major, uint16_t minor, const char *json)
{
	uint8_t v[1024];
	size_t len = json ? strlen(json) + 1 : 0;

	memcpy(v, &major, 2);
	memcpy(v + 2, &minor, 2);
	if (len)
		memcpy(v + 4, json, len);
	return call(VERSION, v, 4 + len);
}

static int connected(void **state)
{
	(void)state;
	start();
	client = dial();
	assert_int_equal(version(0, 0, qemu_json), 0);
	return 0;
}

static int connected_part(void **state)
{
	model = &part;
	return connected(state);
}

static int fresh(void **state)
{
	(void)state;
	start();
	client = dial();
	return 0;
}

static int gone_well(void **state)
{
	(void)state;
	leave();
	model = &stub;
	return 0;
}

/* ---- VERSION ---- */

static void test_version(void **state)
{
	(void)state;
	/* VERSION must be first. */
	assert_int_equal(call(GET_INFO, "\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16), EINVAL);
	assert_int_equal(version(0, 3, qemu_json), 0);
	assert_memory_equal(reply, "\0\0\0\0", 4);
	assert_int_equal(reply[reply_len - 1], 0);
	assert_string_equal((char *)reply + 4, "{\"capabilities\":{\"max_msg_fds\":8,\"max_data_xfer_size\":65536,\"pgsizes\":4096,"
			    "\"max_dma_maps\":1024,\"write_multiple\":true}}");
	/* QEMU accepts no reply that is longer than its request. */
	assert_true(reply_len <= 4 + sizeof(qemu_json));
	assert_int_equal(version(0, 0, qemu_json), EINVAL); /* a second VERSION */
}

static void test_version_refused(void **state)
{
	static const char *const bad[] = {
		"", "{", "}", "[]", "{}}", "{} {}", "{\"capabilities\":4}", "{\"capabilities\":{\"max_msg_fds\":-1}}",
		"{\"capabilities\":{\"max_msg_fds\":", "{\"capabilities\":{\"max_msg_fds\":99999999999999999999999}}",
		"{\"capabilities\":{\"max_msg_fds\":\"1\"}}", "{\"capabilities\":{\"pgsizes\":1}}",
		"{\"capabilities", "{\"capabilities\\", "{\"capabilities\":{\"max_data_xfer_size\":1e3}}", "{[[[[[[[[[[[[]]]]]]]]]]]]}",
	};
	unsigned int i;

	(void)state;
	assert_int_equal(version(1, 0, qemu_json), ENOTSUP);
	assert_int_equal(call(VERSION, "", 0), EINVAL);
	assert_int_equal(call(VERSION, "\0\0\0", 3), EINVAL);
	assert_int_equal(call(VERSION, "\0\0\0\0{}", 6), EINVAL);        /* no NUL */
	assert_int_equal(call(VERSION, "\0\0\0\0{}\0{}\0", 10), EINVAL); /* data after the NUL */
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (version(0, 0, bad[i]) != EINVAL)
			fail_msg("taken: %s", bad[i]);
	}
	assert_int_equal(version(0, 0, " { \"x\" : [ { \"max_msg_fds\" : -3 } ] , \"capabilities\" : "
				 "{ \"max_msg_fds\" : 1 , \"\\\"}\":0} } "), 0);
}

static void test_version_plain(void **state)
{
	(void)state;
	assert_int_equal(version(0, 0, NULL), 0);
	assert_string_equal((char *)reply + 4, "{\"capabilities\":{\"max_msg_fds\":8,\"max_data_xfer_size\":65536}}");
}

/* ---- device, region and interrupt information ---- */

static void test_device_info(void **state)
{
	uint32_t info[4] = { 16 };

	(void)state;
	assert_int_equal(call(GET_INFO, info, 16), 0);
	assert_int_equal(reply_len, 16);
	memcpy(info, reply, 16);
	assert_int_equal(info[0], 16);
	assert_int_equal(info[1], VFIO_DEVICE_FLAGS_RESET | VFIO_DEVICE_FLAGS_PCI);
	assert_int_equal(info[2], VFIO_PCI_NUM_REGIONS);
	assert_int_equal(info[3], VFIO_PCI_NUM_IRQS);
	assert_int_equal(call(GET_INFO, info, 12), EINVAL);
	assert_int_equal(call(GET_INFO, info, 0), EINVAL);
	info[0] = 15;
	assert_int_equal(call(GET_INFO, info, 16), EINVAL);
}

static void test_region_info(void **state)
{
	struct vfio_region_info info;
	uint32_t i;
	char *map;

	(void)state;
	for (i = 0; i < VFIO_PCI_NUM_REGIONS; i++) {
		info = (struct vfio_region_info){ .argsz = sizeof(info), .index = i };
		assert_int_equal(call(REGION_INFO, &info, sizeof(info)), 0);
		assert_int_equal(reply_len, sizeof(info));
		memcpy(&info, reply, sizeof(info));
		assert_int_equal(info.index, i);
		assert_int_equal(info.size, stub.region[i].size);
		assert_int_equal(info.flags & 3, info.size ? 3 : 0);
		assert_int_equal(!!(info.flags & VFIO_REGION_INFO_FLAG_MMAP), i == TABLE);
		assert_int_equal(reply_fd >= 0, i == TABLE);
		if (reply_fd < 0)
			continue;
		map = mmap(NULL, info.size, PROT_READ | PROT_WRITE, MAP_SHARED, reply_fd, (off_t)info.offset);
		assert_ptr_not_equal(map, MAP_FAILED);
		map[5] = 'x';
		assert_int_equal(pread(options.ptes, &info, 1, 5), 1);
		assert_int_equal(*(char *)&info, 'x');
		munmap(map, TABLE_SIZE);
		close(reply_fd);
	}
	info = (struct vfio_region_info){ .argsz = sizeof(info), .index = VFIO_PCI_NUM_REGIONS };
	assert_int_equal(call(REGION_INFO, &info, sizeof(info)), EINVAL);
	info = (struct vfio_region_info){ .argsz = sizeof(info) - 1 };
	assert_int_equal(call(REGION_INFO, &info, sizeof(info)), EINVAL);
	info.argsz = sizeof(info);
	assert_int_equal(call(REGION_INFO, &info, sizeof(info) - 8), EINVAL);
	assert_int_equal(call(IO_FDS, &info, 16), ENOTSUP);
}

/* Without file descriptors, the client cannot map anything. */
static void test_region_info_no_fds(void **state)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = TABLE };

	(void)state;
	assert_int_equal(version(0, 0, "{\"capabilities\":{\"max_msg_fds\":0}}"), 0);
	assert_int_equal(call(REGION_INFO, &info, sizeof(info)), 0);
	memcpy(&info, reply, sizeof(info));
	assert_int_equal(info.flags, 3);
	assert_int_equal(reply_fd, -1);
}

/* Returns the length of the reply to a request with room for @argsz bytes. */
static size_t part_info(uint32_t argsz, uint32_t index)
{
	struct vfio_region_info info = { .argsz = argsz, .index = index };

	assert_int_equal(call(REGION_INFO, &info, sizeof(info)), 0);
	return reply_len;
}

static void test_region_info_part(void **state)
{
	const struct gpu_area *table = &part.page_table;
	struct {
		struct vfio_region_info info;
		struct vfio_info_cap_header cap;
		uint32_t nr_areas, reserved;
		struct vfio_region_sparse_mmap_area area;
	} r;
	char *map, c;

	(void)state;
	/* Requests without room for the capability. QEMU requires these values to ask again. */
	assert_int_equal(part_info(sizeof(r) - 1, MMIO), sizeof(r.info));
	assert_true(reply_fd >= 0);
	close(reply_fd);
	assert_int_equal(part_info(sizeof(r.info), MMIO), sizeof(r.info));
	memcpy(&r, reply, sizeof(r.info));
	assert_int_equal(r.info.argsz, sizeof(r));
	assert_int_equal(r.info.cap_offset, sizeof(r.info));
	assert_int_equal(r.info.flags, 3 | VFIO_REGION_INFO_FLAG_MMAP | VFIO_REGION_INFO_FLAG_CAPS);
	assert_int_equal(r.info.size, MMIO_SIZE);
	close(reply_fd);

	assert_int_equal(part_info(UINT32_MAX, MMIO), sizeof(r));
	close(reply_fd);
	assert_int_equal(part_info(sizeof(r), MMIO), sizeof(r));
	assert_memory_equal(&r.info, reply, sizeof(r.info));
	memcpy(&r, reply, sizeof(r));
	assert_int_equal(r.cap.id, VFIO_REGION_INFO_CAP_SPARSE_MMAP);
	assert_int_equal(r.cap.version, 1);
	assert_int_equal(r.cap.next, 0);
	assert_int_equal(r.nr_areas, 1);
	assert_int_equal(r.area.offset, table->offset);
	assert_int_equal(r.area.size, table->size);
	map = mmap(NULL, r.area.size, PROT_READ | PROT_WRITE, MAP_SHARED, reply_fd,
		   (off_t)(r.info.offset + r.area.offset));
	assert_ptr_not_equal(map, MAP_FAILED);
	map[r.area.size - 1] = 'x';
	c = 0;
	assert_int_equal(pread(options.ptes, &c, 1, (off_t)(table->offset + table->size - 1)), 1);
	assert_int_equal(c, 'x');
	munmap(map, r.area.size);
	close(reply_fd);

	assert_int_equal(part_info(sizeof(r), CONFIG), sizeof(r.info));
	memcpy(&r, reply, sizeof(r.info));
	assert_int_equal(r.info.flags, 3);
	assert_int_equal(r.info.cap_offset, 0);
	assert_int_equal(reply_fd, -1);
}

static void test_irq_info(void **state)
{
	struct vfio_irq_info info;
	uint32_t i;

	(void)state;
	for (i = 0; i < VFIO_PCI_NUM_IRQS; i++) {
		info = (struct vfio_irq_info){ .argsz = sizeof(info), .index = i };
		assert_int_equal(call(IRQ_INFO, &info, 16), 0);
		memcpy(&info, reply, 16);
		if (model == &part) {
			assert_int_equal(info.count, i == VFIO_PCI_MSI_IRQ_INDEX);
			assert_int_equal(info.flags, info.count ? VFIO_IRQ_INFO_EVENTFD : 0);
			continue;
		}
		assert_int_equal(info.count, i == 0);
		assert_int_equal(info.flags, i ? 0 : VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_MASKABLE | VFIO_IRQ_INFO_AUTOMASKED);
	}
	info = (struct vfio_irq_info){ .argsz = sizeof(info), .index = i };
	assert_int_equal(call(IRQ_INFO, &info, 16), EINVAL);
	info = (struct vfio_irq_info){ .argsz = 8 };
	assert_int_equal(call(IRQ_INFO, &info, 16), EINVAL);
	assert_int_equal(call(IRQ_INFO, &info, 12), EINVAL);
}

/* ---- regions ---- */

struct access {
	uint64_t offset;
	uint32_t region, count;
	uint8_t data[70000];
};

static int region_read(uint32_t region, uint64_t offset, uint32_t count)
{
	struct access a = { .offset = offset, .region = region, .count = count };

	return call(READ, &a, 16);
}

static int region_write(uint32_t region, uint64_t offset, uint32_t count, const void *data)
{
	static struct access a;

	a.offset = offset;
	a.region = region;
	a.count = count;
	memcpy(a.data, data, count);
	return call(WRITE, &a, 16 + count);
}

static void test_access(void **state)
{
	uint8_t big[70000];
	uint32_t i;

	(void)state;
	for (i = 0; i < sizeof(big); i++)
		big[i] = (uint8_t)(i * 7);
	assert_int_equal(region_write(MMIO, 0x20, 4, "abcd"), 0);
	assert_int_equal(reply_len, 16);
	assert_int_equal(region_read(MMIO, 0x20, 4), 0);
	assert_int_equal(reply_len, 20);
	assert_memory_equal(reply + 16, "abcd", 4);
	assert_int_equal(region_read(APERTURE, 0x21, 2), 0);
	assert_memory_equal(reply + 16, "bc", 2);
	assert_int_equal(dev.reads, 2);
	assert_int_equal(dev.writes, 1);
	/* An access that the device does not support is not an error. */
	assert_int_equal(region_read(MMIO, 4094, 4), 0);

	/* Accesses to the aperture are not split; others are, into sizes that a bus can carry. */
	assert_int_equal(region_write(APERTURE, 1, VFIO_USER_MAX_XFER, big), 0);
	assert_int_equal(dev.writes, 2);
	assert_int_equal(region_read(APERTURE, 1, 4095), 0);
	assert_memory_equal(reply + 16, big + 61440, 4095);
	dev.n_log = 0;
	assert_int_equal(region_read(CONFIG, 0, 256), 0);
	assert_int_equal(reply_len, 16 + 256);
	assert_int_equal(dev.n_log, 32);
	dev.n_log = 0;
	assert_int_equal(region_read(CONFIG, 1, 14), 0);
	assert_int_equal(dev.n_log, 6); /* 1 at 1, 2 at 2, 4 at 4, 4 at 8, 2 at 12, 1 at 14 */
	for (i = 0; i < dev.n_log; i++)
		assert_int_equal(dev.log[i].offset % dev.log[i].len, 0);
	assert_int_equal(dev.log[5].offset + dev.log[5].len, 15);

	assert_int_equal(region_read(MMIO, MMIO_SIZE - 4, 4), 0);
	assert_int_equal(region_read(MMIO, MMIO_SIZE - 4, 8), EINVAL);
	assert_int_equal(region_read(MMIO, MMIO_SIZE, 4), EINVAL);
	assert_int_equal(region_read(MMIO, UINT64_MAX - 3, 4), EINVAL);
	assert_int_equal(region_read(MMIO, 0, 0), EINVAL);
	assert_int_equal(region_read(APERTURE, 0, VFIO_USER_MAX_XFER + 1), EINVAL);
	assert_int_equal(region_read(APERTURE, 0, UINT32_MAX), EINVAL);
	assert_int_equal(region_read(4, 0, 4), EINVAL);
	assert_int_equal(region_read(6, 0, 4), EINVAL);
	assert_int_equal(region_read(9, 0, 4), EINVAL);
	assert_int_equal(region_read(UINT32_MAX, 0, 4), EINVAL);
	assert_int_equal(region_write(IO, 8, 1, "a"), EINVAL);
}

/* Accesses to the part of a region that the client can map reach the model like any other. */
static void test_access_part(void **state)
{
	const uint64_t at = part.page_table.offset + 8;

	(void)state;
	assert_int_equal(region_write(MMIO, at, 8, "12345678"), 0);
	assert_int_equal(region_read(MMIO, at, 4), 0);
	assert_memory_equal(reply + 16, "1234", 4);
	assert_int_equal(dev.n_log, 2);
	assert_int_equal(dev.log[1].offset, at);
}

static void test_access_malformed(void **state)
{
	struct access a = { .count = 4 };
	unsigned int reads = dev.reads, writes = dev.writes;

	(void)state;
	assert_int_equal(call(READ, &a, 15), EINVAL);
	assert_int_equal(call(READ, &a, 20), EINVAL);
	assert_int_equal(call(WRITE, &a, 15), EINVAL);
	assert_int_equal(call(WRITE, &a, 16), EINVAL);
	assert_int_equal(call(WRITE, &a, 19), EINVAL);
	assert_int_equal(call(WRITE, &a, 24), EINVAL);
	a.count = UINT32_MAX;
	assert_int_equal(call(WRITE, &a, 20), EINVAL);
	assert_int_equal(dev.reads, reads);
	assert_int_equal(dev.writes, writes);
}

static void test_write_multi(void **state)
{
	struct {
		uint64_t n;
		struct {
			uint64_t offset;
			uint32_t region, count;
			uint8_t data[8];
		} one[200];
	} m = { .n = 200 };
	uint64_t i;

	(void)state;
	for (i = 0; i < 200; i++) {
		m.one[i].offset = i * 8;
		m.one[i].region = i & 1 ? TABLE : MMIO;
		m.one[i].count = 4;
		m.one[i].data[0] = (uint8_t)i;
	}
	send_message(WRITE_MULTI, 0x10, &m, sizeof(m), NULL, 0); /* no reply, as QEMU sends it */
	assert_int_equal(region_read(MMIO, 8 * 199, 1), 0);
	assert_int_equal(reply[16], 199);
	assert_int_equal(dev.writes, 200);
	for (i = 0; i < 200; i++)
		assert_int_equal(dev.log[i].offset, i * 8);
	assert_int_equal(call(WRITE_MULTI, &m, sizeof(m)), 0);
	assert_int_equal(reply_len, 8);
	assert_int_equal(reply[0], 200);
	assert_int_equal(call(WRITE_MULTI, &m, sizeof(m) - 1), EINVAL);
	assert_int_equal(call(WRITE_MULTI, &m, 7), EINVAL);
	m.n = 201;
	assert_int_equal(call(WRITE_MULTI, &m, sizeof(m)), EINVAL);
	m.n = UINT64_MAX / 24 + 2; /* n * 24 overflows */
	assert_int_equal(call(WRITE_MULTI, &m, 8 + 24), EINVAL);
	m.n = 1;
	m.one[0].count = 9;
	assert_int_equal(call(WRITE_MULTI, &m, 8 + 24), EINVAL);
	m.n = 0;
	assert_int_equal(call(WRITE_MULTI, &m, 8), 0);
}

static void test_reset(void **state)
{
	(void)state;
	assert_int_equal(call(RESET, "", 0), 0);
	assert_int_equal(dev.resets, 1);
	assert_int_equal(call(RESET, "x", 1), EINVAL);
	assert_int_equal(dev.resets, 1);
}

/* ---- memory ---- */

struct map {
	uint32_t argsz, flags;
	uint64_t offset, address, size;
};

struct unmap {
	uint32_t argsz, flags;
	uint64_t address, size;
};

static int map(uint64_t address, uint64_t size, uint64_t offset, uint32_t flags, int fd)
{
	struct map m = { 32, flags, offset, address, size };

	return call_fds(DMA_MAP, &m, 32, &fd, fd >= 0);
}

static int unmap(uint64_t address, uint64_t size, uint32_t flags)
{
	struct unmap u = { 24, flags, address, size };

	return call(DMA_UNMAP, &u, 24);
}

#define GIB (1ull << 30)

static void test_memory(void **state)
{
	int fd = memfd_create("ram", MFD_CLOEXEC);
	uint8_t *p;

	(void)state;
	assert_int_equal(ftruncate(fd, 16 << 20), 0);
	assert_int_equal(pwrite(fd, "one", 3, 0x1000), 3);
	assert_int_equal(map(4 * GIB, 8 << 20, 8 << 20, 3, fd), 0);
	assert_int_equal(map(0, 1 << 20, 0, 3, fd), 0);
	assert_int_equal(map(0xf0000000, 0x1000, 0, 3, -1), 0); /* without a file */
	assert_int_equal(map(0xe0000000, 0x1000, 0, 1, fd), 0); /* read-only */
	assert_memory_equal(memory(0x1000, 3), "one", 3);
	p = memory(4 * GIB + 0x5000, 0x1000);
	assert_non_null(p);
	memcpy(p, "two", 3);
	assert_int_equal(pread(fd, reply, 3, (8 << 20) + 0x5000), 3);
	assert_memory_equal(reply, "two", 3);
	assert_non_null(memory(4 * GIB + (8 << 20) - 1, 1));
	assert_null(memory(4 * GIB + (8 << 20) - 1, 2));
	assert_null(memory(4 * GIB + (8 << 20), 1));
	assert_null(memory(4 * GIB - 1, 1));
	assert_null(memory(1 << 20, 1));
	assert_null(memory(UINT64_MAX, 1));
	assert_null(memory(0xf0000000, 4));
	assert_null(memory(0xe0000000, 4));
	assert_non_null(memory((1 << 20) - 8, 8));

	assert_int_equal(unmap(0, 2 << 20, 0), ENOENT);
	assert_int_equal(unmap(0x1000, 0x1000, 0), ENOENT);
	assert_int_equal(unmap(0, 1 << 20, 0), 0);
	assert_int_equal(reply_len, 24);
	assert_null(memory(0, 1));
	assert_int_equal(unmap(0, 1 << 20, 0), ENOENT);
	assert_int_equal(unmap(0, 0, VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP), EINVAL);
	assert_int_equal(unmap(0, 1, VFIO_DMA_UNMAP_FLAG_ALL), EINVAL);
	assert_int_equal(unmap(0, 0, VFIO_DMA_UNMAP_FLAG_ALL), 0);
	assert_null(memory(4 * GIB, 1));
	assert_int_equal(map(4 * GIB, 8 << 20, 8 << 20, 3, fd), 0);
	close(fd);
	assert_non_null(memory(4 * GIB, 1));
}

static void test_memory_refused(void **state)
{
	int ram = memfd_create("ram", MFD_CLOEXEC), fd, two[2], pipes[2];
	struct map m = { 32, 3, 0, 0, 0x1000 };
	struct unmap u = { 24, 0, 0, 0x1000 };

	(void)state;
	assert_int_equal(ftruncate(ram, 0x10000), 0);
	assert_int_equal(map(0, 0, 0, 3, ram), EINVAL);
	assert_int_equal(map(0, 0x800, 0, 3, ram), EINVAL);
	assert_int_equal(map(0x800, 0x1000, 0, 3, ram), EINVAL);
	assert_int_equal(map(0, 0x1000, 0x800, 3, ram), EINVAL);
	assert_int_equal(map(0, 0x11000, 0, 3, ram), EINVAL);           /* larger than the file */
	assert_int_equal(map(0, 0x1000, 0x10000, 3, ram), EINVAL);      /* beyond its end */
	assert_int_equal(map(0, 0x1000, INT64_MAX & ~4095ull, 3, ram), EINVAL);
	assert_int_equal(map(0, 0x2000, UINT64_MAX & ~4095ull, 3, ram), EINVAL);
	assert_int_equal(map(0, 1ull << 63, 0, 3, -1), EINVAL);
	assert_int_equal(map(UINT64_MAX & ~4095ull, 0x2000, 0, 3, ram), EINVAL);
	assert_int_equal(map(0, 0x1000, 0, 0, ram), EINVAL);
	assert_int_equal(map(0, 0x1000, 0, 7, ram), EINVAL);
	assert_int_equal(map(UINT64_MAX & ~4095ull, 0x1000, 0, 3, ram), 0); /* the last page */
	assert_non_null(memory(UINT64_MAX, 1));

	assert_int_equal(map(0x4000, 0x4000, 0, 3, ram), 0);
	assert_int_equal(map(0x4000, 0x4000, 0, 3, ram), EEXIST);
	assert_int_equal(map(0x3000, 0x2000, 0, 3, ram), EEXIST);
	assert_int_equal(map(0x7000, 0x2000, 0, 3, ram), EEXIST);
	assert_int_equal(map(0x5000, 0x1000, 0, 3, -1), EEXIST);
	assert_int_equal(map(0x0000, 0x10000, 0, 3, ram), EEXIST);
	assert_int_equal(map(0x0000, 0x4000, 0, 3, ram), 0);
	assert_int_equal(map(0x8000, 0x4000, 0, 3, ram), 0);

	/* File descriptors that are no regular files, or not writable. */
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(map(0x20000, 0x1000, 0, 3, pipes[0]), EINVAL);
	assert_int_equal(map(0x20000, 0x1000, 0, 3, client), EINVAL);
	fd = open("/dev/zero", O_RDWR);
	assert_int_equal(map(0x20000, 0x1000, 0, 3, fd), EINVAL);
	close(fd);
	fd = open("/tmp", O_RDONLY | O_DIRECTORY);
	assert_int_equal(map(0x20000, 0x1000, 0, 3, fd), EINVAL);
	close(fd);
	fd = open("/proc/self/exe", O_RDONLY);
	assert_int_equal(map(0x20000, 0x1000, 0, 3, fd), EACCES);
	close(fd);
	fd = open("/proc/self/exe", O_PATH);
	assert_int_equal(map(0x20000, 0x1000, 0, 3, fd), EBADF);
	close(fd);
	two[0] = two[1] = ram;
	assert_int_equal(call_fds(DMA_MAP, &m, 32, two, 2), EINVAL);

	assert_int_equal(call(DMA_MAP, &m, 31), EINVAL);
	assert_int_equal(call(DMA_MAP, &m, 0), EINVAL);
	m.argsz = 31;
	assert_int_equal(call(DMA_MAP, &m, 32), EINVAL);
	assert_int_equal(call(DMA_UNMAP, &u, 23), EINVAL);
	u.argsz = 8;
	assert_int_equal(call(DMA_UNMAP, &u, 24), EINVAL);
	close(pipes[0]);
	close(pipes[1]);
	close(ram);
}

static void test_memory_many(void **state)
{
	int ram = memfd_create("ram", MFD_CLOEXEC);
	uint64_t i;
	uint8_t *p;

	(void)state;
	assert_int_equal(ftruncate(ram, 0x1000), 0);
	for (i = 0; i < VFIO_USER_MAX_DMA; i++) /* in no particular order */
		assert_int_equal(map((i * 389 % VFIO_USER_MAX_DMA) << 13, 0x1000, 0, 3, ram), 0);
	assert_int_equal(map(VFIO_USER_MAX_DMA << 13, 0x1000, 0, 3, ram), ENOSPC);
	for (i = 0; i < VFIO_USER_MAX_DMA; i++) {
		p = memory((i << 13) + 8, 4);
		assert_non_null(p);
		assert_int_equal((uintptr_t)p & 0xfff, 8);
		assert_null(memory((i << 13) + 0x1000, 4));
	}
	for (i = 0; i < VFIO_USER_MAX_DMA; i += 2)
		assert_int_equal(unmap(i << 13, 0x1000, 0), 0);
	for (i = 0; i < VFIO_USER_MAX_DMA; i++)
		assert_int_equal(!memory(i << 13, 4), !(i & 1));
	close(ram);
}

/* ---- interrupts ---- */

static int set_irqs(uint32_t flags, uint32_t index, uint32_t first, uint32_t count, const char *bools, int fd)
{
	uint32_t m[8] = { 20 + (bools ? count : 0), flags, index, first, count };

	if (bools)
		memcpy(m + 5, bools, count);
	return call_fds(SET_IRQS, m, m[0], &fd, fd >= 0);
}

#define NONE    VFIO_IRQ_SET_DATA_NONE
#define BOOL    VFIO_IRQ_SET_DATA_BOOL
#define EVENTFD VFIO_IRQ_SET_DATA_EVENTFD
#define MASK    VFIO_IRQ_SET_ACTION_MASK
#define UNMASK  VFIO_IRQ_SET_ACTION_UNMASK
#define TRIGGER VFIO_IRQ_SET_ACTION_TRIGGER

static unsigned int signals(int fd)
{
	uint64_t n;

	return read(fd, &n, sizeof(n)) == sizeof(n) ? (unsigned int)n : 0;
}

static void test_interrupt(void **state)
{
	int e = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	struct pollfd p = { .fd = e, .events = POLLIN };

	(void)state;
	interrupt(true);
	interrupt(false);
	assert_int_equal(set_irqs(EVENTFD | TRIGGER, 0, 0, 1, NULL, e), 0);
	assert_int_equal(signals(e), 0);
	interrupt(true);
	assert_int_equal(signals(e), 1);
	assert_int_equal(set_irqs(NONE | UNMASK, 0, 0, 1, NULL, -1), 0);
	interrupt(false);
	usleep(3000);
	assert_int_equal(signals(e), 0);
	interrupt(true);
	assert_int_equal(signals(e), 1);
	assert_int_equal(set_irqs(NONE | UNMASK, 0, 0, 1, NULL, -1), 0);
	interrupt(true); /* acknowledged, and a new interrupt */
	assert_int_equal(signals(e), 1);

	/* No acknowledgement: the server signals again without a further message of the client. */
	assert_int_equal(set_irqs(NONE | UNMASK, 0, 0, 1, NULL, -1), 0);
	assert_int_equal(poll(&p, 1, 1000), 1);
	assert_int_equal(signals(e), 1);

	assert_int_equal(set_irqs(BOOL | UNMASK, 0, 0, 1, "\0", -1), 0); /* selects no interrupt */
	interrupt(false);
	interrupt(true);
	assert_int_equal(signals(e), 0);
	assert_int_equal(set_irqs(BOOL | UNMASK, 0, 0, 1, "\1", -1), 0);
	assert_int_equal(signals(e), 1);
	interrupt(false);
	assert_int_equal(set_irqs(BOOL | UNMASK, 0, 0, 1, "\1", -1), 0);
	assert_int_equal(set_irqs(NONE | MASK, 0, 0, 1, NULL, -1), 0);
	interrupt(true);
	assert_int_equal(signals(e), 0);
	assert_int_equal(set_irqs(BOOL | TRIGGER, 0, 0, 1, "\1", -1), 0);
	assert_int_equal(signals(e), 1);
	assert_int_equal(set_irqs(NONE | UNMASK, 0, 0, 1, NULL, -1), 0);
	assert_int_equal(signals(e), 1);

	/* The two ways to disable the interrupt; TRIGGER without an eventfd has no effect. */
	assert_int_equal(set_irqs(NONE | TRIGGER, 0, 0, 0, NULL, -1), 0);
	assert_int_equal(set_irqs(NONE | TRIGGER, 0, 0, 1, NULL, -1), 0);
	interrupt(false);
	interrupt(true);
	assert_int_equal(signals(e), 0);
	assert_int_equal(set_irqs(EVENTFD | TRIGGER, 0, 0, 1, NULL, e), 0);
	assert_int_equal(signals(e), 1);
	assert_int_equal(set_irqs(EVENTFD | TRIGGER, 0, 0, 1, NULL, -1), 0);
	interrupt(false);
	interrupt(true);
	assert_int_equal(signals(e), 0);
	interrupt(false);
	close(e);
}

static void test_interrupt_refused(void **state)
{
	uint32_t m[6] = { 20, EVENTFD | TRIGGER, 0, 0, 1, 0 };
	int e = eventfd(0, EFD_NONBLOCK), blocking = eventfd(0, 0), fds[2] = { e, e }, i;

	(void)state;
	/* A blocking eventfd could stop the command streamer. */
	assert_int_equal(set_irqs(EVENTFD | TRIGGER, 0, 0, 1, NULL, blocking), EINVAL);
	assert_int_equal(set_irqs(EVENTFD | TRIGGER, 0, 0, 1, NULL, client), EINVAL);
	assert_int_equal(set_irqs(EVENTFD | TRIGGER, 0, 0, 1, NULL, options.ptes), EINVAL);
	assert_int_equal(set_irqs(EVENTFD | MASK, 0, 0, 1, NULL, e), ENOTSUP);
	assert_int_equal(set_irqs(EVENTFD | UNMASK, 0, 0, 1, NULL, e), ENOTSUP);
	assert_int_equal(set_irqs(EVENTFD | TRIGGER, 0, 0, 2, NULL, e), EINVAL);
	assert_int_equal(set_irqs(EVENTFD | TRIGGER, 0, 1, 1, NULL, e), EINVAL);
	assert_int_equal(set_irqs(EVENTFD | TRIGGER, 0, UINT32_MAX, 2, NULL, e), EINVAL);
	assert_int_equal(set_irqs(EVENTFD | TRIGGER, 0, 0, 0, NULL, e), EINVAL);
	assert_int_equal(set_irqs(EVENTFD | TRIGGER, 1, 0, 1, NULL, e), EINVAL);
	assert_int_equal(set_irqs(EVENTFD | TRIGGER, 5, 0, 1, NULL, e), EINVAL);
	/* Disables an interrupt that the device does not have. */
	assert_int_equal(set_irqs(NONE | TRIGGER, 1, 0, 0, NULL, -1), 0);
	assert_int_equal(set_irqs(NONE | UNMASK, 0, 0, 0, NULL, -1), EINVAL);
	assert_int_equal(set_irqs(NONE | UNMASK, 0, 1, 0, NULL, -1), EINVAL);
	/* NONE with a file descriptor. */
	assert_int_equal(set_irqs(NONE | TRIGGER, 0, 0, 1, NULL, e), EINVAL);
	for (i = 0; i < 64; i++) {
		if (__builtin_popcount((unsigned int)i & 7) != 1 || __builtin_popcount((unsigned int)i & 0x38) != 1)
			assert_int_equal(set_irqs((uint32_t)i, 0, 0, 1, NULL, -1), EINVAL);
	}
	assert_int_equal(set_irqs(NONE | UNMASK | 0x40, 0, 0, 1, NULL, -1), EINVAL);
	assert_int_equal(call_fds(SET_IRQS, m, 20, fds, 2), EINVAL);
	assert_int_equal(call(SET_IRQS, m, 19), EINVAL);
	assert_int_equal(call(SET_IRQS, m, 24), EINVAL);
	m[0] = 21;
	assert_int_equal(call(SET_IRQS, m, 20), EINVAL);
	m[1] = BOOL | MASK;
	assert_int_equal(call(SET_IRQS, m, 21), 0);
	m[0] = 22;
	assert_int_equal(call(SET_IRQS, m, 22), EINVAL);
	close(e);
	close(blocking);
}

static void test_msi(void **state)
{
	const int flags = EFD_NONBLOCK | EFD_CLOEXEC;
	int e = eventfd(0, flags), f = eventfd(0, flags);
	const uint64_t full = UINT64_MAX - 1;

	(void)state;
	message();
	assert_int_equal(set_irqs(EVENTFD | TRIGGER, 1, 0, 1, NULL, e), 0);
	assert_int_equal(signals(e), 0);
	message();
	assert_int_equal(signals(e), 1);
	message();
	message();
	interrupt(true);
	interrupt(false);
	assert_int_equal(signals(e), 2);
	assert_int_equal(set_irqs(NONE | TRIGGER, 1, 0, 1, NULL, -1), 0);
	assert_int_equal(set_irqs(BOOL | TRIGGER, 1, 0, 1, "\0", -1), 0);
	assert_int_equal(signals(e), 1);
	assert_int_equal(set_irqs(BOOL | TRIGGER, 1, 0, 1, "\1", -1), 0);
	assert_int_equal(signals(e), 1);

	/* A full counter does not block the device or the server, even if the eventfd blocks. */
	assert_int_equal(write(e, &full, sizeof(full)), sizeof(full));
	message();
	assert_int_equal(fcntl(e, F_SETFL, 0), 0);
	message();
	assert_int_equal(set_irqs(NONE | TRIGGER, 1, 0, 1, NULL, -1), 0);
	assert_int_equal(signals(e), (unsigned int)full);
	assert_int_equal(fcntl(e, F_SETFL, O_NONBLOCK), 0);

	/* Replace the eventfd, then disable the interrupt in each of the two ways. */
	assert_int_equal(set_irqs(EVENTFD | TRIGGER, 1, 0, 1, NULL, f), 0);
	message();
	assert_int_equal(signals(e), 0);
	assert_int_equal(signals(f), 1);
	assert_int_equal(set_irqs(EVENTFD | TRIGGER, 1, 0, 1, NULL, -1), 0);
	message();
	assert_int_equal(set_irqs(NONE | TRIGGER, 1, 0, 1, NULL, -1), 0);
	assert_int_equal(set_irqs(EVENTFD | TRIGGER, 1, 0, 1, NULL, f), 0);
	assert_int_equal(set_irqs(NONE | TRIGGER, 1, 0, 0, NULL, -1), 0);
	message();
	assert_int_equal(signals(f), 0);
	close(e);
	close(f);
}

static void test_msi_refused(void **state)
{
	int e = eventfd(0, EFD_NONBLOCK), blocking = eventfd(0, 0);

	(void)state;
	assert_int_equal(set_irqs(EVENTFD | TRIGGER, 1, 0, 1, NULL, blocking), EINVAL);
	assert_int_equal(set_irqs(EVENTFD | TRIGGER, 1, 0, 1, NULL, client), EINVAL);
	assert_int_equal(set_irqs(EVENTFD | TRIGGER, 1, 0, 2, NULL, e), EINVAL);
	assert_int_equal(set_irqs(EVENTFD | TRIGGER, 1, 1, 1, NULL, e), EINVAL);
	assert_int_equal(set_irqs(EVENTFD | TRIGGER, 1, 0, 0, NULL, e), EINVAL);
	assert_int_equal(set_irqs(EVENTFD | TRIGGER, 0, 0, 1, NULL, e), EINVAL); /* INTx */
	assert_int_equal(set_irqs(EVENTFD | TRIGGER, 2, 0, 1, NULL, e), EINVAL); /* MSI-X */
	assert_int_equal(set_irqs(NONE | TRIGGER, 0, 0, 0, NULL, -1), 0);
	assert_int_equal(set_irqs(NONE | MASK, 1, 0, 1, NULL, -1), ENOTSUP);
	assert_int_equal(set_irqs(NONE | UNMASK, 1, 0, 1, NULL, -1), ENOTSUP);
	assert_int_equal(set_irqs(EVENTFD | MASK, 1, 0, 1, NULL, e), ENOTSUP);
	message();
	assert_int_equal(signals(e), 0);
	close(e);
	close(blocking);
}

/* ---- messages ---- */

static void test_flags(void **state)
{
	struct access a = { .region = MMIO, .count = 4 };
	uint16_t c;

	(void)state;
	/* No reply: to a valid message, and to an invalid one. */
	send_message(WRITE, 0x10, &a, 20, NULL, 0);
	send_message(WRITE, 0x10, &a, 17, NULL, 0);
	assert_int_equal(region_read(MMIO, 0, 4), 0);
	assert_int_equal(dev.writes, 1);
	send_message(READ, 0x20, &a, 16, NULL, 0); /* the error flag is for replies only */
	assert_int_equal(get_reply(next_id, READ), EINVAL);
	send_message(READ, 0x80000000, &a, 16, NULL, 0);
	assert_int_equal(get_reply(next_id, READ), EINVAL);
	for (c = 0; c < 40; c++) {
		if (c == DMA_READ || c == DMA_WRITE || c == IO_FDS || (c >= FEATURE && c <= 18))
			assert_int_equal(call(c, "", 0), ENOTSUP);
		else if (c == 0 || c == DIRTY_PAGES || c > 18)
			assert_int_equal(call(c, "", 0), ENOSYS);
	}
	assert_int_equal(call(0xffff, "", 0), ENOSYS);
}

static void test_pieces(void **state)
{
	struct access a = { .region = MMIO, .offset = 0x10, .count = 4 };
	uint8_t m[64];
	size_t len, i;

	(void)state;
	usleep(options.stall_ms * 1500); /* stall_ms does not limit the time between messages */
	memcpy(a.data, "wxyz", 4);
	len = build(m, WRITE, 0, &a, 20);
	for (i = 0; i < len; i++) {
		send_fds(m + i, 1, NULL, 0);
		usleep(500);
	}
	assert_int_equal(get_reply(next_id, WRITE), 0);
	assert_memory_equal(dev.mem + 0x10, "wxyz", 4);
}

static void test_many_at_once(void **state)
{
	struct access a = { .region = MMIO, .count = 4 };
	static uint8_t m[100000];
	uint16_t first = (uint16_t)(next_id + 1);
	size_t len = 0;
	unsigned int i;

	(void)state;
	for (i = 0; i < 2000; i++) {
		a.offset = i % 100 * 8;
		memcpy(a.data, &i, 4);
		len += build(m + len, WRITE, i % 3 ? 0x10 : 0, &a, 20);
	}
	assert_true(len < sizeof(m));
	send_fds(m, len, NULL, 0);
	for (i = 0; i < 2000; i += 3)
		assert_int_equal(get_reply((uint16_t)(first + i), WRITE), 0);
	assert_int_equal(region_read(MMIO, 0, 4), 0);
	assert_int_equal(dev.writes, 2000);
}

/*
 * A message with file descriptors directly after one without; and such a message in two pieces,
 * directly before another one with file descriptors.
 */
static void test_fds_belong(void **state)
{
	struct access a = { .region = MMIO, .count = 4 };
	struct map m = { 32, 3, 0, 0, 0x1000 };
	int ram = memfd_create("ram", MFD_CLOEXEC), i;
	uint8_t msg[64];
	uint16_t id;
	size_t len;

	(void)state;
	assert_int_equal(ftruncate(ram, 0x1000), 0);
	for (i = 0; i < 50; i++) {
		send_message(WRITE, 0x10, &a, 20, NULL, 0);
		m.address = (uint64_t)i << 16;
		send_message(DMA_MAP, 0, &m, 32, &ram, 1);
		id = next_id;
		send_message(WRITE, 0x10, &a, 20, NULL, 0);
		m.address += 0x1000;
		len = build(msg, DMA_MAP, 0, &m, 32);
		send_fds(msg, 7, &ram, 1);
		if (i & 1)
			usleep(2000);
		send_fds(msg + 7, len - 7, NULL, 0);
		m.address += 0x1000;
		send_message(DMA_MAP, 0, &m, 32, &ram, 1);
		assert_int_equal(get_reply(id, DMA_MAP), 0);
		assert_int_equal(get_reply((uint16_t)(next_id - 1), DMA_MAP), 0);
		assert_int_equal(get_reply(next_id, DMA_MAP), 0);
		assert_non_null(memory(m.address, 1));
		assert_non_null(memory(m.address - 0x1000, 1));
		assert_non_null(memory(m.address - 0x2000, 1));
	}
	assert_int_equal(dev.writes, 100);
	close(ram);
}

static void test_too_many_fds(void **state)
{
	struct map m = { 32, 3, 0, 0, 0x1000 };
	int fds[32], i;

	(void)state;
	for (i = 0; i < 32; i++)
		fds[i] = options.ptes;
	for (i = 2; i <= 32; i++)
		assert_int_equal(call_fds(DMA_MAP, &m, 32, fds, (unsigned int)i), EINVAL);
	for (i = 1; i <= 32; i++)
		assert_int_equal(call_fds(RESET, "", 0, fds, (unsigned int)i), EINVAL);
	assert_int_equal(call_fds(DMA_MAP, &m, 32, fds, 1), 0);
	assert_int_equal(dev.resets, 0);
}

/* ---- why the server ends ---- */

static void drop(const void *data, size_t len, const char *why)
{
	(void)connected(NULL);
	send_fds(data, len, NULL, 0);
	assert_true(gone());
	finish(VFIO_USER_FAILED, why);
}

static void test_dropped(void **state)
{
	struct header h = { 1, RESET, 15, 0, 0 };

	(void)state;
	drop(&h, sizeof(h), "no header");
	h.size = 0;
	drop(&h, sizeof(h), "no header");
	h.size = UINT32_MAX;
	drop(&h, sizeof(h), "more than agreed");
	h.size = 16 + 16 + VFIO_USER_MAX_XFER + 1;
	drop(&h, sizeof(h), "more than agreed");
	h.size = 16;
	h.flags = 1;
	drop(&h, sizeof(h), "a reply");
	h.flags = 2;
	drop(&h, sizeof(h), "unknown type");
	h.flags = 0;
	drop(&h, 9, "a part of a message"); /* nothing follows */
	h.size = 17;
	drop(&h, sizeof(h), "a part of a message");
}

static void test_left_in_the_middle(void **state)
{
	struct header h = { 1, WRITE, 36, 0, 0 };

	(void)state;
	(void)connected(NULL);
	send_fds(&h, sizeof(h), &options.ptes, 1); /* the server must close the file descriptor */
	close(client);
	client = -1;
	finish(VFIO_USER_FAILED, "in the middle");
}

static void test_does_not_read(void **state)
{
	struct access a = { .region = APERTURE, .count = VFIO_USER_MAX_XFER };
	uint8_t m[64];
	size_t len = build(m, READ, 0, &a, 16);

	(void)state;
	(void)connected(NULL);
	while (send(client, m, len, MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
		usleep(100);
	finish(VFIO_USER_FAILED, "does not read");
}

static void test_left_before_reply(void **state)
{
	struct access a = { .region = APERTURE, .count = VFIO_USER_MAX_XFER };
	unsigned int i;

	(void)state;
	(void)connected(NULL);
	for (i = 0; i < 20; i++)
		send_message(READ, 0, &a, 16, NULL, 0);
	close(client);
	client = -1;
	finish(VFIO_USER_FAILED, NULL);
}

static void test_one_client(void **state)
{
	int other, i;
	char c;

	(void)state;
	(void)connected(NULL);
	for (i = 0; i < 20; i++) {
		other = dial();
		assert_int_equal(region_read(MMIO, 0, 4), 0);
		assert_true(recv(other, &c, 1, 0) <= 0);
		close(other);
		assert_int_equal(region_read(MMIO, 0, 4), 0);
	}
	leave();
}

static void test_stopped(void **state)
{
	(void)state;
	start(); /* without a client */
	assert_int_equal(write(stop[1], "", 1), 1);
	finish(VFIO_USER_STOPPED, NULL);
	(void)connected(NULL); /* with an idle client */
	assert_int_equal(write(stop[1], "", 1), 1);
	finish(VFIO_USER_STOPPED, NULL);
}

static void *chatter(void *arg)
{
	struct access a = { .region = MMIO, .count = 4 };
	uint8_t m[64];
	size_t len = build(m, WRITE, 0x10, &a, 20);

	(void)arg;
	while (send(client, m, len, MSG_NOSIGNAL) > 0)
		;
	return NULL;
}

/* With a client that sends messages without a pause. */
static void test_stopped_in_traffic(void **state)
{
	pthread_t t;

	(void)state;
	(void)connected(NULL);
	assert_int_equal(pthread_create(&t, NULL, chatter, NULL), 0);
	usleep(50000);
	assert_int_equal(write(stop[1], "", 1), 1);
	assert_int_equal(pthread_join(t, NULL), 0);
	finish(VFIO_USER_STOPPED, NULL);
}

static void test_no_client(void **state)
{
	int i;

	(void)state;
	start();
	for (i = 0; i < 3; i++)
		close(dial()); /* as vfio_user_socket() of another server does */
	client = dial();
	assert_int_equal(version(0, 0, NULL), 0);
	leave();

	first_ms = 50;
	start();
	finish(VFIO_USER_FAILED, "no client came");
	first_ms = 5000;
}

static void test_socket(void **state)
{
	char path2[sizeof(path) + 8], long_path[200];
	const char *error;
	struct stat st;
	int a, b;

	(void)state;
	snprintf(path2, sizeof(path2), "%s-2", path);
	a = vfio_user_socket(path2, &error);
	assert_true(a >= 0);
	assert_int_equal(stat(path2, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(vfio_user_socket(path2, &error), -1);
	assert_string_equal(error, "somebody listens there");
	close(a);
	b = vfio_user_socket(path2, &error); /* no process listens any more */
	assert_true(b >= 0);
	close(b);
	unlink(path2);
	a = open(path2, O_CREAT | O_WRONLY, 0600);
	assert_int_equal(vfio_user_socket(path2, &error), -1);
	assert_string_equal(error, "there is something else than a socket");
	close(a);
	unlink(path2);
	memset(long_path, 'x', sizeof(long_path) - 1);
	long_path[sizeof(long_path) - 1] = 0;
	assert_int_equal(vfio_user_socket(long_path, &error), -1);
	assert_int_equal(vfio_user_socket("/no-such-directory/x", &error), -1);
	assert_string_equal(error, "No such file or directory");
}

/* Random messages: the server ends and releases everything. */
static void test_garbage(void **state)
{
	struct pollfd p;
	uint8_t m[512];
	struct header h;
	unsigned int round, i, n;
	size_t len, j;
	int ram = memfd_create("ram", MFD_CLOEXEC), fds[12];

	(void)state;
	assert_int_equal(ftruncate(ram, 0x4000), 0);
	srand(2007);
	for (round = 0; round < 60; round++) {
		model = round / 4 & 1 ? &part : &stub;
		(void)connected(NULL);
		for (i = 0; i < 200; i++) {
			len = sizeof(h) + (size_t)(rand() % 60);
			for (j = 0; j < len; j++)
				m[j] = (uint8_t)(rand() % 3 ? 0 : rand() % 2 ? rand() % 33 : rand());
			h.id = (uint16_t)i;
			h.command = (uint16_t)(2 + rand() % 15);
			h.size = (uint32_t)len;
			h.flags = rand() % 8 ? 0 : (uint32_t)rand() & 0x30;
			h.error = 0;
			if (round % 4 == 0 && i > 100)
				memcpy(m, &h, (size_t)(rand() % 16));
			else
				memcpy(m, &h, sizeof(h));
			n = rand() % 4 ? 0 : (unsigned int)(rand() % 12);
			for (j = 0; j < n; j++)
				fds[j] = rand() & 1 ? ram : options.ptes;
			if (try_send_fds(m, len, fds, n) < 0)
				break;
			while (recvmsg(client, &(struct msghdr){ .msg_iov = &(struct iovec){ reply, sizeof(reply) }, .msg_iovlen = 1 },
				       MSG_DONTWAIT) > 0)
				;
			if (model == &part)
				message();
			else
				interrupt(rand() & 1);
			memory((uint64_t)(rand() % 16) << 12, 8);
		}
		shutdown(client, SHUT_WR);
		p = (struct pollfd){ .fd = client, .events = POLLIN };
		while (poll(&p, 1, 5000) > 0 &&
		       recvmsg(client, &(struct msghdr){ .msg_iov = &(struct iovec){ reply, sizeof(reply) }, .msg_iovlen = 1 }, 0) > 0)
			;
		pthread_join(thread, NULL);
		assert_int_not_equal(ended, VFIO_USER_STOPPED);
		joined = true;
		finish(ended, NULL);
	}
	model = &stub;
	close(ram);
}

static int begin(void **state)
{
	(void)state;
	client = -1;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/socket", dir);
	return 0;
}

static int end(void **state)
{
	(void)state;
	return rmdir(dir);
}

#define with_client(f) cmocka_unit_test_setup_teardown(f, connected, gone_well)
#define with_part(f) cmocka_unit_test_setup_teardown(f, connected_part, gone_well)
#define without_version(f) cmocka_unit_test_setup_teardown(f, fresh, gone_well)

int main(void)
{
	const struct CMUnitTest tests[] = {
		without_version(test_version),
		without_version(test_version_refused),
		without_version(test_version_plain),
		with_client(test_device_info),
		with_client(test_region_info),
		without_version(test_region_info_no_fds),
		with_part(test_region_info_part),
		with_client(test_irq_info),
		{ "test_irq_info_msi", test_irq_info, connected_part, gone_well, NULL },
		with_client(test_access),
		with_part(test_access_part),
		with_client(test_access_malformed),
		with_client(test_write_multi),
		with_client(test_reset),
		with_client(test_memory),
		with_client(test_memory_refused),
		with_client(test_memory_many),
		with_client(test_interrupt),
		with_client(test_interrupt_refused),
		with_part(test_msi),
		with_part(test_msi_refused),
		with_client(test_flags),
		with_client(test_pieces),
		with_client(test_many_at_once),
		with_client(test_fds_belong),
		with_client(test_too_many_fds),
		cmocka_unit_test(test_dropped),
		cmocka_unit_test(test_left_in_the_middle),
		cmocka_unit_test(test_does_not_read),
		cmocka_unit_test(test_left_before_reply),
		cmocka_unit_test(test_one_client),
		cmocka_unit_test(test_stopped),
		cmocka_unit_test(test_stopped_in_traffic),
		cmocka_unit_test(test_no_client),
		cmocka_unit_test(test_socket),
		cmocka_unit_test(test_garbage),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
