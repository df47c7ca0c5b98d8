// SPDX-License-Identifier: MIT
/*
 * Threads: the caller of vfio_user_serve() reads messages and answers them in order, one at a time;
 * the model's command streamer reads and writes the client's memory and raises interrupts. Lock
 * order: the device's lock, then irq_lock. The table of the client's memory changes only under the
 * device's lock, which the command streamer holds for each lookup.
 *
 * Errors of the client: as long as the server can tell where the next message begins, it sends an
 * error reply (spec "Header") and goes on. Otherwise it drops the connection: if the size of a
 * message is smaller than a header or larger than the agreed maximum, or if a message remains
 * incomplete. No message makes the server allocate anything but mappings, of which there are at
 * most VFIO_USER_MAX_DMA.
 */
#define _GNU_SOURCE
#include "vfio-user.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "eventfd.h"
#include "fds.h"
#include "intx.h"

#define PAGE_MASK 4095u
#define IRQS      5u            /* VFIO_PCI_NUM_IRQS: INTx, MSI, MSI-X, error, request */
#define ROUND_NS  10000000u     /* longest time between two looks at the listener and at stop */
/*
 * If this thread is off the CPU for LOST_CPU_NS while it polls for a message, other threads need
 * the CPU, possibly QEMU's: for NO_BUSY_NS it sleeps instead of polling.
 */
#define LOST_CPU_NS 200000u
#define NO_BUSY_NS  100000000u

/* spec "Commands" */
enum command {
	CMD_VERSION = 1,
	CMD_DMA_MAP = 2,
	CMD_DMA_UNMAP = 3,
	CMD_DEVICE_GET_INFO = 4,
	CMD_DEVICE_GET_REGION_INFO = 5,
	CMD_DEVICE_GET_REGION_IO_FDS = 6,
	CMD_DEVICE_GET_IRQ_INFO = 7,
	CMD_DEVICE_SET_IRQS = 8,
	CMD_REGION_READ = 9,
	CMD_REGION_WRITE = 10,
	CMD_DMA_READ = 11,
	CMD_DMA_WRITE = 12,
	CMD_DEVICE_RESET = 13,
	CMD_REGION_WRITE_MULTI = 15,
	CMD_DEVICE_FEATURE = 16,
	CMD_MIG_DATA_READ = 17,
	CMD_MIG_DATA_WRITE = 18,
};

/* spec "Header" */
struct header {
	uint16_t id;
	uint16_t command;
	uint32_t size;
	uint32_t flags;
	uint32_t error;
};

#define FLAG_TYPE     0x0fu
#define FLAG_REPLY    0x01u
#define FLAG_NO_REPLY 0x10u
#define FLAG_ERROR    0x20u

/*
 * The payloads. Those of GET_REGION_INFO, GET_IRQ_INFO and SET_IRQS are structs of linux/vfio.h:
 * vfio_region_info, vfio_irq_info and vfio_irq_set.
 */
struct version { /* spec "VFIO_USER_VERSION" */
	uint16_t major;
	uint16_t minor;
};

struct dma_map { /* spec "VFIO_USER_DMA_MAP" */
	uint32_t argsz;
	uint32_t flags;
	uint64_t offset;
	uint64_t address;
	uint64_t size;
};

struct dma_unmap { /* spec "VFIO_USER_DMA_UNMAP" */
	uint32_t argsz;
	uint32_t flags;
	uint64_t address;
	uint64_t size;
};

struct region_access { /* spec "VFIO_USER_REGION_READ", "VFIO_USER_REGION_WRITE" */
	uint64_t offset;
	uint32_t region;
	uint32_t count;
};

struct region_write_one { /* spec "VFIO_USER_REGION_WRITE_MULTI" */
	struct region_access to;
	uint8_t data[8];
};

struct device_info { /* spec "VFIO_USER_DEVICE_GET_INFO"; the start of struct vfio_device_info */
	uint32_t argsz;
	uint32_t flags;
	uint32_t num_regions;
	uint32_t num_irqs;
};

struct sparse_mmap { /* struct vfio_region_info_cap_sparse_mmap with one area */
	struct vfio_info_cap_header header;
	uint32_t nr_areas;
	uint32_t reserved;
	struct vfio_region_sparse_mmap_area area;
};

#define IRQ_SET_SIZE offsetof(struct vfio_irq_set, data)
#define MESSAGE_MAX  (sizeof(struct header) + sizeof(struct region_access) + VFIO_USER_MAX_XFER)

struct mapping {
	uint64_t address;
	uint64_t size;
	uint8_t *host; /* NULL: without a file, or read-only; see do_dma_map() */
};

struct vfio_user {
	const struct gpu_model *model;
	struct gpu *dev;
	int ptes;

	/* Protected by the device's lock. */
	struct mapping maps[VFIO_USER_MAX_DMA]; /* sorted by address */
	unsigned int n_maps;
	unsigned int last_map; /* index of the last lookup's result */

	pthread_mutex_t irq_lock; /* protects intx and msi */
	struct intx intx;
	int msi;                 /* the client's eventfd; -1: none */

	int fd;
	bool agreed;             /* the version is negotiated */
	bool client_takes_fds;

	/* Received data, from pos to len; a message begins at pos. */
	uint8_t rx[2 * MESSAGE_MAX];
	size_t pos, len;
	int fds[VFIO_USER_MAX_FDS]; /* received with the message that begins at fds_at; -1: taken */
	unsigned int n_fds;
	bool fds_lost;           /* that message came with more file descriptors, which are lost */
	size_t fds_at;

	_Alignas(8) uint8_t tx[MESSAGE_MAX];
	size_t reply_len;        /* of the reply's payload */
	int reply_fd;            /* file descriptor to send with the reply; -1: none */

	char error[160];
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void cpu_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#endif
}

__attribute__((format(printf, 2, 3))) static int fail(struct vfio_user *vu, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(vu->error, sizeof(vu->error), format, ap);
	va_end(ap);
	return -1;
}

const char *vfio_user_error(const struct vfio_user *vu)
{
	return vu->error;
}

/* ---- struct gpu_bus ---- */

static void *bus_memory(void *opaque, uint64_t addr, size_t len)
{
	struct vfio_user *vu = opaque;
	unsigned int low = 0, high = vu->n_maps, i = vu->last_map;
	const struct mapping *m;

	if (i >= vu->n_maps || addr - vu->maps[i].address >= vu->maps[i].size) {
		while (low < high) {
			i = low + (high - low) / 2;
			if (vu->maps[i].address > addr)
				high = i;
			else
				low = i + 1;
		}
		if (!low)
			return NULL;
		i = low - 1;
	}
	m = &vu->maps[i];
	if (!m->host || addr - m->address >= m->size || len > m->size - (addr - m->address))
		return NULL;
	vu->last_map = i;
	return m->host + (addr - m->address);
}

static void bus_interrupt(void *opaque, bool level)
{
	struct vfio_user *vu = opaque;

	pthread_mutex_lock(&vu->irq_lock);
	intx_line(&vu->intx, level);
	pthread_mutex_unlock(&vu->irq_lock);
}

static void bus_handling(void *opaque)
{
	struct vfio_user *vu = opaque;

	pthread_mutex_lock(&vu->irq_lock);
	intx_handling(&vu->intx, now_ns());
	pthread_mutex_unlock(&vu->irq_lock);
}

/* MSI is edge-triggered: it cannot be masked, and without an eventfd of the client it is lost. */
static void bus_message(void *opaque)
{
	struct vfio_user *vu = opaque;

	pthread_mutex_lock(&vu->irq_lock);
	if (vu->msi >= 0)
		eventfd_signal(vu->msi);
	pthread_mutex_unlock(&vu->irq_lock);
}

static void msi_connect(struct vfio_user *vu, int fd)
{
	if (vu->msi >= 0)
		close(vu->msi);
	vu->msi = fd;
}

struct gpu_bus vfio_user_bus(struct vfio_user *vu)
{
	return (struct gpu_bus){
		.opaque = vu,
		.memory = bus_memory,
		.interrupt = bus_interrupt,
		.handling = bus_handling,
		.message = bus_message,
	};
}

/* ---- the messages; each do_*() returns 0 or a positive errno for the reply ---- */

/*
 * The version data is a JSON object with a member "capabilities": an object, of which only names,
 * plain numbers and true matter here. So json_capabilities() is not a full JSON parser: it tracks
 * strings and nesting, and reads the values of the known names in that object. It accepts all
 * well-formed version data with up to 8 levels of nesting, and some malformed data.
 */
struct capabilities {
	bool pgsizes, max_dma_maps, write_multiple; /* the request contains them */
	uint64_t max_msg_fds;
};

static bool json_number(const char *s, uint64_t *value)
{
	char *end;

	if (*s < '0' || *s > '9')
		return false;
	errno = 0;
	*value = strtoull(s, &end, 10);
	return !errno && (*end == ',' || *end == '}' || *end == ' ' || *end == '\t' || *end == '\n' || *end == '\r');
}

static bool json_capabilities(const char *s, struct capabilities *caps)
{
	static const char white[] = " \t\r\n";
	const char *name = "", *value;
	size_t name_len = 0;
	unsigned int depth = 0;
	bool inside = false; /* in the value of "capabilities" */
	uint64_t n;

	s += strspn(s, white);
	if (*s != '{')
		return false;
	for (; *s; s++) {
		switch (*s) {
		case '{':
		case '[':
			if (++depth > 8)
				return false;
			break;
		case '}':
		case ']':
			if (--depth == 0)
				return !s[1 + strspn(s + 1, white)];
			if (depth == 1)
				inside = false;
			break;
		case '"':
			name = ++s;
			for (; *s && *s != '"'; s++) {
				if (*s == '\\' && !*++s)
					return false;
			}
			if (!*s)
				return false;
			name_len = (size_t)(s - name);
			break;
		case ':':
			value = s + 1 + strspn(s + 1, white);
#define NAMED(str) (name_len == sizeof(str) - 1 && !memcmp(name, str, sizeof(str) - 1))
			if (depth == 1) {
				inside = NAMED("capabilities");
				if (inside && *value != '{')
					return false;
			} else if (depth == 2 && inside) {
				if (NAMED("max_msg_fds")) {
					if (!json_number(value, &caps->max_msg_fds))
						return false;
				} else if (NAMED("max_data_xfer_size")) {
					/* Limits only requests of the server, which sends none. */
					if (!json_number(value, &n))
						return false;
				} else if (NAMED("pgsizes")) {
					caps->pgsizes = json_number(value, &n);
					if (!caps->pgsizes || !(n & (PAGE_MASK + 1)))
						return false;
				} else if (NAMED("max_dma_maps")) {
					caps->max_dma_maps = json_number(value, &n);
					if (!caps->max_dma_maps)
						return false;
				} else if (NAMED("write_multiple")) {
					caps->write_multiple = !strncmp(value, "true", 4);
				}
			}
#undef NAMED
			break;
		}
	}
	return false;
}

/*
 * spec "VFIO_USER_VERSION". The reply contains only capabilities that the request contains, and
 * max_msg_fds and max_data_xfer_size, because the server's values differ from the defaults.
 */
static int do_version(struct vfio_user *vu, const uint8_t *data, size_t len)
{
	struct capabilities caps = { .max_msg_fds = 1 };
	struct version v;
	char *json = (char *)vu->tx + sizeof(struct header) + sizeof(v);
	int n;

	if (vu->agreed || len < sizeof(v))
		return EINVAL;
	memcpy(&v, data, sizeof(v));
	if (v.major != 0)
		return ENOTSUP;
	data += sizeof(v);
	len -= sizeof(v);
	if (len && (strnlen((const char *)data, len) != len - 1 || !json_capabilities((const char *)data, &caps)))
		return EINVAL;

	v.minor = 0;
	memcpy(vu->tx + sizeof(struct header), &v, sizeof(v));
	n = sprintf(json, "{\"capabilities\":{\"max_msg_fds\":%u,\"max_data_xfer_size\":%u", VFIO_USER_MAX_FDS, VFIO_USER_MAX_XFER);
	if (caps.pgsizes)
		n += sprintf(json + n, ",\"pgsizes\":%u", PAGE_MASK + 1);
	if (caps.max_dma_maps)
		n += sprintf(json + n, ",\"max_dma_maps\":%u", VFIO_USER_MAX_DMA);
	if (caps.write_multiple)
		n += sprintf(json + n, ",\"write_multiple\":true");
	n += sprintf(json + n, "}}");
	vu->reply_len = sizeof(v) + (size_t)n + 1;
	vu->client_takes_fds = caps.max_msg_fds > 0;
	vu->agreed = true;
	return 0;
}

/*
 * spec "VFIO_USER_DMA_MAP". A mapping without a file is recorded, but bus_memory() returns NULL for
 * it: the alternative, VFIO_USER_DMA_READ and _WRITE, is not implemented. Likewise for a read-only
 * mapping (in QEMU a ROM): the interface of bus_memory() does not distinguish reads from writes,
 * and no driver lets the GPU access a ROM.
 */
static int do_dma_map(struct vfio_user *vu, const uint8_t *data, size_t len)
{
	struct mapping new = { 0 };
	struct dma_map req;
	unsigned int i;
	struct stat st;
	void *host;
	int flags;

	if (len != sizeof(req))
		return EINVAL;
	memcpy(&req, data, sizeof(req));
	if (req.argsz < sizeof(req) || !req.flags || req.flags & ~(VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE) || vu->n_fds > 1)
		return EINVAL;
	if (!req.size || (req.size | req.address | req.offset) & PAGE_MASK)
		return EINVAL;
	if (req.address + (req.size - 1) < req.address || req.offset > INT64_MAX || req.size > INT64_MAX - req.offset)
		return EINVAL;

	for (i = 0; i < vu->n_maps && vu->maps[i].address < req.address; i++)
		;
	if (i && req.address - vu->maps[i - 1].address < vu->maps[i - 1].size)
		return EEXIST;
	if (i < vu->n_maps && vu->maps[i].address - req.address < req.size)
		return EEXIST;
	if (vu->n_maps == VFIO_USER_MAX_DMA)
		return ENOSPC;

	new.address = req.address;
	new.size = req.size;
	if (vu->n_fds) {
		if (fstat(vu->fds[0], &st))
			return errno;
		flags = fcntl(vu->fds[0], F_GETFL);
		if (!S_ISREG(st.st_mode) || flags < 0 || (uint64_t)st.st_size < req.offset + req.size)
			return EINVAL;
		if (req.flags & VFIO_DMA_MAP_FLAG_WRITE) {
			host = mmap(NULL, req.size, PROT_READ | PROT_WRITE, MAP_SHARED, vu->fds[0], (off_t)req.offset);
			if (host == MAP_FAILED)
				return errno;
			new.host = host;
		}
	}

	vu->model->lock(vu->dev);
	memmove(&vu->maps[i + 1], &vu->maps[i], (vu->n_maps - i) * sizeof(new));
	vu->maps[i] = new;
	vu->n_maps++;
	vu->last_map = 0;
	vu->model->unlock(vu->dev);
	return 0;
}

static void unmap_all(struct vfio_user *vu)
{
	unsigned int i, n = vu->n_maps;

	vu->model->lock(vu->dev);
	vu->n_maps = 0;
	vu->model->unlock(vu->dev);
	for (i = 0; i < n; i++) {
		if (vu->maps[i].host)
			munmap(vu->maps[i].host, vu->maps[i].size);
	}
}

/*
 * spec "VFIO_USER_DMA_UNMAP". QEMU sets VFIO_DMA_UNMAP_FLAG_ALL when it removes an address space as
 * a whole.
 */
static int do_dma_unmap(struct vfio_user *vu, const uint8_t *data, size_t len)
{
	struct dma_unmap req;
	struct mapping old;
	unsigned int i;

	if (len != sizeof(req))
		return EINVAL;
	memcpy(&req, data, sizeof(req));
	if (req.argsz < sizeof(req) || req.flags & ~VFIO_DMA_UNMAP_FLAG_ALL)
		return EINVAL;

	if (req.flags & VFIO_DMA_UNMAP_FLAG_ALL) {
		if (req.address || req.size)
			return EINVAL;
		unmap_all(vu);
	} else {
		for (i = 0; i < vu->n_maps && vu->maps[i].address != req.address; i++)
			;
		if (i == vu->n_maps || vu->maps[i].size != req.size)
			return ENOENT;
		old = vu->maps[i];
		/*
		 * The command streamer does not use a pointer into the mapping after it has
		 * released the lock, so munmap() is safe after unlock().
		 */
		vu->model->lock(vu->dev);
		vu->n_maps--;
		memmove(&vu->maps[i], &vu->maps[i + 1], (vu->n_maps - i) * sizeof(old));
		vu->last_map = 0;
		vu->model->unlock(vu->dev);
		if (old.host)
			munmap(old.host, old.size);
	}
	memcpy(vu->tx + sizeof(struct header), &req, sizeof(req));
	vu->reply_len = sizeof(req);
	return 0;
}

/* spec "VFIO_USER_DEVICE_GET_INFO" */
static int do_get_info(struct vfio_user *vu, const uint8_t *data, size_t len)
{
	struct device_info info;

	if (len != sizeof(info))
		return EINVAL;
	memcpy(&info, data, sizeof(info));
	if (info.argsz < sizeof(info))
		return EINVAL;
	info = (struct device_info){
		.argsz = sizeof(info),
		.flags = VFIO_DEVICE_FLAGS_RESET | VFIO_DEVICE_FLAGS_PCI,
		.num_regions = GPU_REGIONS,
		.num_irqs = IRQS,
	};
	memcpy(vu->tx + sizeof(struct header), &info, sizeof(info));
	vu->reply_len = sizeof(info);
	return 0;
}

/*
 * spec "VFIO_USER_DEVICE_GET_REGION_INFO". If the page table is only a part of its region, a
 * capability describes that part. QEMU's first request has no room for capabilities; QEMU takes the
 * size that they need from argsz of the reply and asks again. Already in the first reply, QEMU
 * requires cap_offset to point behind @info.
 */
static int do_get_region_info(struct vfio_user *vu, const uint8_t *data, size_t len)
{
	const struct gpu_area *table = &vu->model->page_table;
	const struct sparse_mmap sparse = {
		.header = { .id = VFIO_REGION_INFO_CAP_SPARSE_MMAP, .version = 1 },
		.nr_areas = 1,
		.area = { .offset = table->offset, .size = table->size },
	};
	uint8_t *reply = vu->tx + sizeof(struct header);
	struct vfio_region_info info;
	uint32_t room;

	if (len != sizeof(info))
		return EINVAL;
	memcpy(&info, data, sizeof(info));
	if (info.argsz < sizeof(info) || info.index >= GPU_REGIONS)
		return EINVAL;
	room = info.argsz;
	info.argsz = sizeof(info);
	info.flags = 0;
	info.cap_offset = 0;
	info.offset = 0;
	info.size = gpu_region_size(vu->model, info.index);
	if (info.size)
		info.flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
	vu->reply_len = sizeof(info);
	if (info.index == table->region && vu->ptes >= 0 && vu->client_takes_fds) {
		info.flags |= VFIO_REGION_INFO_FLAG_MMAP;
		vu->reply_fd = vu->ptes;
		if (table->size != info.size) {
			info.flags |= VFIO_REGION_INFO_FLAG_CAPS;
			info.cap_offset = sizeof(info);
			info.argsz += sizeof(sparse);
		}
		if (info.cap_offset && room >= info.argsz) {
			memcpy(reply + info.cap_offset, &sparse, sizeof(sparse));
			vu->reply_len = info.argsz;
		}
	}
	memcpy(reply, &info, sizeof(info));
	return 0;
}

static uint32_t irq_count(const struct vfio_user *vu, uint32_t index)
{
	return index == (vu->model->interrupt == GPU_MSI ? VFIO_PCI_MSI_IRQ_INDEX :
							   VFIO_PCI_INTX_IRQ_INDEX);
}

/* spec "VFIO_USER_DEVICE_GET_IRQ_INFO" */
static int do_get_irq_info(struct vfio_user *vu, const uint8_t *data, size_t len)
{
	struct vfio_irq_info info;

	if (len != sizeof(info))
		return EINVAL;
	memcpy(&info, data, sizeof(info));
	if (info.argsz < sizeof(info) || info.index >= IRQS)
		return EINVAL;
	info.argsz = sizeof(info);
	info.count = irq_count(vu, info.index);
	info.flags = info.count ? VFIO_IRQ_INFO_EVENTFD : 0;
	if (info.count && info.index == VFIO_PCI_INTX_IRQ_INDEX)
		info.flags |= VFIO_IRQ_INFO_MASKABLE | VFIO_IRQ_INFO_AUTOMASKED;
	memcpy(vu->tx + sizeof(struct header), &info, sizeof(info));
	vu->reply_len = sizeof(info);
	return 0;
}

/*
 * spec "VFIO_USER_DEVICE_SET_IRQS". The device has one interrupt, INTx or MSI. Not supported: MASK
 * and UNMASK of MSI and eventfds for MASK (nor does Linux's vfio-pci), and eventfds for UNMASK
 * (which vfio-pci supports for INTx).
 */
static int do_set_irqs(struct vfio_user *vu, const uint8_t *data, size_t len)
{
	struct vfio_irq_set set;
	uint32_t kind, action, count;
	uint8_t selected = 1;
	int fd = -1;
	bool msi;

	if (len < IRQ_SET_SIZE)
		return EINVAL;
	memcpy(&set, data, IRQ_SET_SIZE);
	kind = set.flags & VFIO_IRQ_SET_DATA_TYPE_MASK;
	action = set.flags & VFIO_IRQ_SET_ACTION_TYPE_MASK;
	if (set.argsz != len || set.index >= IRQS || set.flags != (kind | action))
		return EINVAL;
	if (action != VFIO_IRQ_SET_ACTION_MASK && action != VFIO_IRQ_SET_ACTION_UNMASK && action != VFIO_IRQ_SET_ACTION_TRIGGER)
		return EINVAL;
	count = irq_count(vu, set.index);
	if (set.start > count || set.count > count - set.start)
		return EINVAL;

	switch (kind) {
	case VFIO_IRQ_SET_DATA_NONE:
		if (len != IRQ_SET_SIZE || vu->n_fds)
			return EINVAL;
		break;
	case VFIO_IRQ_SET_DATA_BOOL:
		if (len != IRQ_SET_SIZE + set.count || vu->n_fds)
			return EINVAL;
		if (set.count)
			selected = data[IRQ_SET_SIZE];
		break;
	case VFIO_IRQ_SET_DATA_EVENTFD:
		if (action != VFIO_IRQ_SET_ACTION_TRIGGER)
			return ENOTSUP;
		if (len != IRQ_SET_SIZE || !set.count || (vu->n_fds && vu->n_fds != set.count))
			return EINVAL;
		if (vu->n_fds && !eventfd_valid(vu->fds[0]))
			return EINVAL;
		break;
	default:
		return EINVAL;
	}
	if (!set.count && (set.start || kind != VFIO_IRQ_SET_DATA_NONE || action != VFIO_IRQ_SET_ACTION_TRIGGER))
		return EINVAL;
	if (!count) /* disables an interrupt that the device does not have */
		return 0;
	msi = set.index == VFIO_PCI_MSI_IRQ_INDEX;
	if (msi && action != VFIO_IRQ_SET_ACTION_TRIGGER)
		return ENOTSUP;

	pthread_mutex_lock(&vu->irq_lock);
	if (!set.count || kind == VFIO_IRQ_SET_DATA_EVENTFD) {
		if (vu->n_fds) {
			fd = vu->fds[0];
			vu->fds[0] = -1;
		}
		if (msi)
			msi_connect(vu, fd);
		else
			intx_connect(&vu->intx, fd);
	} else if (!selected) {
		;
	} else if (msi) {
		if (vu->msi >= 0)
			eventfd_signal(vu->msi);
	} else if (action == VFIO_IRQ_SET_ACTION_MASK) {
		intx_mask(&vu->intx);
	} else if (action == VFIO_IRQ_SET_ACTION_UNMASK) {
		intx_unmask(&vu->intx, now_ns());
	} else {
		intx_trigger(&vu->intx);
	}
	pthread_mutex_unlock(&vu->irq_lock);
	return 0;
}

static int access_check(const struct vfio_user *vu, const struct region_access *a, uint32_t max)
{
	uint64_t size = gpu_region_size(vu->model, a->region);

	return !a->count || a->count > max || a->offset >= size || a->count > size - a->offset ? EINVAL : 0;
}

/*
 * Splits an access into accesses of 1, 2, 4 or 8 bytes, unless the region takes any length (the
 * aperture). QEMU sends accesses of these sizes, except that it reads the configuration space as a
 * whole. Ignores -EINVAL of the model: as on the bus, an access that the device does not support
 * reads all ones or has no effect; the model counts it.
 */
static int access_region(struct vfio_user *vu, const struct region_access *a, uint8_t *data, bool write)
{
	uint64_t offset = a->offset;
	uint32_t left = a->count, n;
	int r;

	for (; left; left -= n, offset += n, data += n) {
		n = left;
		if (!vu->model->region[a->region].any_length && n != 1 && n != 2 && n != 4 && n != 8) {
			for (n = 8; n > left || offset & (n - 1); n /= 2)
				;
		}
		if (write)
			r = vu->model->write(vu->dev, a->region, offset, data, n);
		else
			r = vu->model->read(vu->dev, a->region, offset, data, n);
		if (r == -ERANGE)
			return EINVAL;
	}
	return 0;
}

/* spec "VFIO_USER_REGION_READ" */
static int do_region_read(struct vfio_user *vu, const uint8_t *data, size_t len)
{
	uint8_t *reply = vu->tx + sizeof(struct header);
	struct region_access a;
	int error;

	if (len != sizeof(a))
		return EINVAL;
	memcpy(&a, data, sizeof(a));
	error = access_check(vu, &a, VFIO_USER_MAX_XFER);
	if (error)
		return error;
	memcpy(reply, &a, sizeof(a));
	memset(reply + sizeof(a), 0xff, a.count);
	vu->reply_len = sizeof(a) + a.count;
	return access_region(vu, &a, reply + sizeof(a), false);
}

/* spec "VFIO_USER_REGION_WRITE" */
static int do_region_write(struct vfio_user *vu, uint8_t *data, size_t len)
{
	struct region_access a;
	int error;

	if (len < sizeof(a))
		return EINVAL;
	memcpy(&a, data, sizeof(a));
	if (len - sizeof(a) != a.count)
		return EINVAL;
	error = access_check(vu, &a, VFIO_USER_MAX_XFER);
	if (error)
		return error;
	memcpy(vu->tx + sizeof(struct header), &a, sizeof(a));
	vu->reply_len = sizeof(a);
	return access_region(vu, &a, data + sizeof(a), true);
}

/*
 * spec "VFIO_USER_REGION_WRITE_MULTI". Stops at the first invalid write; the writes before it have
 * taken effect.
 */
static int do_region_write_multi(struct vfio_user *vu, const uint8_t *data, size_t len)
{
	struct region_write_one one;
	uint64_t n, i;
	int error;

	if (len < sizeof(n))
		return EINVAL;
	memcpy(&n, data, sizeof(n));
	data += sizeof(n);
	len -= sizeof(n);
	if (len % sizeof(one) || len / sizeof(one) != n)
		return EINVAL;
	for (i = 0; i < n; i++) {
		memcpy(&one, data + i * sizeof(one), sizeof(one));
		error = access_check(vu, &one.to, sizeof(one.data));
		if (!error)
			error = access_region(vu, &one.to, one.data, true);
		if (error)
			return error;
	}
	memcpy(vu->tx + sizeof(struct header), &n, sizeof(n));
	vu->reply_len = sizeof(n);
	return 0;
}

static int do_command(struct vfio_user *vu, const struct header *h, uint8_t *data, size_t len)
{
	if (h->flags & ~(FLAG_TYPE | FLAG_NO_REPLY)) /* FLAG_ERROR is for replies */
		return EINVAL;
	if (vu->fds_lost)
		return EINVAL;
	if (vu->n_fds && h->command != CMD_DMA_MAP && h->command != CMD_DEVICE_SET_IRQS)
		return EINVAL;
	if (!vu->agreed && h->command != CMD_VERSION)
		return EINVAL;

	switch (h->command) {
	case CMD_VERSION:
		return do_version(vu, data, len);
	case CMD_DMA_MAP:
		return do_dma_map(vu, data, len);
	case CMD_DMA_UNMAP:
		return do_dma_unmap(vu, data, len);
	case CMD_DEVICE_GET_INFO:
		return do_get_info(vu, data, len);
	case CMD_DEVICE_GET_REGION_INFO:
		return do_get_region_info(vu, data, len);
	case CMD_DEVICE_GET_IRQ_INFO:
		return do_get_irq_info(vu, data, len);
	case CMD_DEVICE_SET_IRQS:
		return do_set_irqs(vu, data, len);
	case CMD_REGION_READ:
		return do_region_read(vu, data, len);
	case CMD_REGION_WRITE:
		return do_region_write(vu, data, len);
	case CMD_REGION_WRITE_MULTI:
		return do_region_write_multi(vu, data, len);
	case CMD_DEVICE_RESET: /* spec "VFIO_USER_DEVICE_RESET" */
		if (len)
			return EINVAL;
		vu->model->reset(vu->dev);
		return 0;
	case CMD_DEVICE_GET_REGION_IO_FDS: /* for KVM's ioeventfds */
	case CMD_DEVICE_FEATURE:           /* migration */
	case CMD_MIG_DATA_READ:
	case CMD_MIG_DATA_WRITE:
	case CMD_DMA_READ:                 /* these are sent by the server only */
	case CMD_DMA_WRITE:
		return ENOTSUP;
	default:
		return ENOSYS;
	}
}

/* ---- the connection ---- */

static void close_fds(struct vfio_user *vu)
{
	unsigned int i;

	for (i = 0; i < vu->n_fds; i++) {
		if (vu->fds[i] >= 0)
			close(vu->fds[i]);
	}
	vu->n_fds = 0;
	vu->fds_lost = false;
}

static int send_reply(struct vfio_user *vu, const struct vfio_user_options *o, size_t len)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	uint64_t until = now_ns() + o->stall_ms * 1000000ull, now;
	struct iovec iov = { .iov_base = vu->tx, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct pollfd p[2] = { { .fd = vu->fd, .events = POLLOUT }, { .fd = o->stop, .events = POLLIN } };
	ssize_t n;

	attach_fds(&msg, control, &vu->reply_fd, vu->reply_fd >= 0);
	while (iov.iov_len) {
		n = sendmsg(vu->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n >= 0) {
			iov.iov_base = (char *)iov.iov_base + n;
			iov.iov_len -= (size_t)n;
			msg.msg_control = NULL;
			msg.msg_controllen = 0;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return fail(vu, "the client left before its reply: %s", strerror(errno));
		now = now_ns();
		if (now >= until)
			return fail(vu, "the client does not read its replies");
		if (poll(p, 2, (int)((until - now) / 1000000) + 1) > 0 && p[1].revents)
			return fail(vu, "stopped while the client does not read its replies");
	}
	return 0;
}

/*
 * Return: 1 if there is a complete message at pos; 0 if not yet; -1 if the server cannot tell any
 * more where a message begins.
 */
static int next_message(struct vfio_user *vu, struct header *h)
{
	if (vu->len - vu->pos < sizeof(*h))
		return 0;
	memcpy(h, vu->rx + vu->pos, sizeof(*h));
	if (h->size < sizeof(*h))
		return fail(vu, "the client sent a message of %u bytes: that is no header", h->size);
	if (h->size > MESSAGE_MAX)
		return fail(vu, "the client sent a message of %u bytes: more than agreed", h->size);
	if ((h->flags & FLAG_TYPE) == FLAG_REPLY)
		return fail(vu, "the client sent a reply: nothing was asked");
	if (h->flags & FLAG_TYPE)
		return fail(vu, "the client sent a message of unknown type %u", h->flags & FLAG_TYPE);
	return vu->len - vu->pos >= h->size;
}

static int do_message(struct vfio_user *vu, const struct vfio_user_options *o, const struct header *h)
{
	size_t len = h->size - sizeof(*h);
	uint8_t *data = vu->rx + vu->pos + sizeof(*h);
	struct header reply = { .id = h->id, .command = h->command, .flags = FLAG_REPLY };
	int fds[VFIO_USER_MAX_FDS], error;
	unsigned int n_fds = 0;
	bool lost = false;

	/* Set aside the file descriptors of a later message. */
	if (vu->fds_at != vu->pos) {
		n_fds = vu->n_fds;
		lost = vu->fds_lost;
		memcpy(fds, vu->fds, sizeof(fds));
		vu->n_fds = 0;
		vu->fds_lost = false;
	}
	vu->reply_len = 0;
	vu->reply_fd = -1;
	error = do_command(vu, h, data, len);
	close_fds(vu);
	vu->n_fds = n_fds;
	vu->fds_lost = lost;
	if (n_fds)
		memcpy(vu->fds, fds, sizeof(fds));
	vu->pos += h->size;

	if (h->flags & FLAG_NO_REPLY)
		return 0;
	if (error) {
		reply.flags |= FLAG_ERROR;
		reply.error = (uint32_t)error;
		vu->reply_len = 0;
		vu->reply_fd = -1;
	}
	reply.size = (uint32_t)(sizeof(reply) + vu->reply_len);
	memcpy(vu->tx, &reply, sizeof(reply));
	return send_reply(vu, o, reply.size);
}

/*
 * File descriptors arrive with the first byte of the sendmsg() that they were sent with, and
 * recvmsg() returns no data of a later sendmsg() after them. So they belong to the last message
 * that begins in the received data, provided that the client sends each message with a sendmsg() of
 * its own, as QEMU does.
 */
static void own_fds(struct vfio_user *vu)
{
	struct header h;
	size_t at = vu->pos;

	while (vu->len - at >= sizeof(h)) {
		memcpy(&h, vu->rx + at, sizeof(h));
		if (h.size < sizeof(h) || h.size >= vu->len - at)
			break;
		at += h.size;
	}
	vu->fds_at = at;
}

/*
 * Return: 1 if data was received; 0 if there is none; -1 on error; -2 if the client has closed the
 * connection.
 */
static int receive(struct vfio_user *vu)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(vu->fds))];
	struct iovec iov;
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	size_t i, n_fds;
	ssize_t n;
	int fd;

	if (vu->pos == vu->len) {
		vu->pos = vu->len = 0;
	} else if (sizeof(vu->rx) - vu->pos < MESSAGE_MAX) {
		memmove(vu->rx, vu->rx + vu->pos, vu->len - vu->pos);
		vu->len -= vu->pos;
		vu->fds_at -= vu->pos;
		vu->pos = 0;
	}
	iov.iov_base = vu->rx + vu->len;
	iov.iov_len = sizeof(vu->rx) - vu->len;
	/* Until their message is complete, receive nothing else: it could come with other fds. */
	if (vu->n_fds || vu->fds_lost) {
		size_t have = vu->len - vu->pos;
		struct header h = { .size = sizeof(h) };

		if (have >= sizeof(h))
			memcpy(&h, vu->rx + vu->pos, sizeof(h));
		iov.iov_len = h.size - have;
	}
	n = recvmsg(vu->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n < 0) {
		if (errno == EAGAIN || errno == EINTR)
			return 0;
		return fail(vu, "lost the client: %s", strerror(errno));
	}
	if (n == 0)
		return -2;
	vu->len += (size_t)n;
	if (!msg.msg_controllen && !(msg.msg_flags & MSG_CTRUNC))
		return 1;
	for (c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n_fds = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n_fds; i++) {
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (vu->n_fds < VFIO_USER_MAX_FDS) {
				vu->fds[vu->n_fds++] = fd;
			} else {
				close(fd);
				vu->fds_lost = true;
			}
		}
	}
	if (msg.msg_flags & MSG_CTRUNC)
		vu->fds_lost = true;
	own_fds(vu);
	return 1;
}

/* Calls intx_expire(). Returns the time at which to call it next, 0 for never. */
static uint64_t intx_deadline(struct vfio_user *vu, uint64_t now)
{
	uint64_t deadline;

	pthread_mutex_lock(&vu->irq_lock);
	intx_expire(&vu->intx, now);
	deadline = vu->intx.deadline;
	pthread_mutex_unlock(&vu->irq_lock);
	return deadline;
}

/*
 * Sleeps until there is an event or @until has come (0: no limit). Closes the connection of any
 * further client. Returns true if the server is to stop.
 */
static bool wait_for(struct vfio_user *vu, const struct vfio_user_options *o, uint64_t now, uint64_t until)
{
	struct pollfd p[3] = {
		{ .fd = vu->fd, .events = POLLIN },
		{ .fd = o->listener, .events = POLLIN },
		{ .fd = o->stop, .events = POLLIN },
	};
	struct timespec t, *timeout = NULL;
	uint64_t ns;
	int fd;

	if (until) {
		ns = until > now ? until - now : 0;
		t.tv_sec = (time_t)(ns / 1000000000u);
		t.tv_nsec = (long)(ns % 1000000000u);
		timeout = &t;
	}
	if (ppoll(p, 3, timeout, NULL) <= 0)
		return false;
	if (p[1].revents) {
		fd = accept4(o->listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd >= 0)
			close(fd);
	}
	return p[2].revents;
}

static enum vfio_user_end serve_client(struct vfio_user *vu, const struct vfio_user_options *o)
{
	uint64_t now = now_ns(), last = now, round = now, no_busy_until = 0, before, until, deadline;
	struct header h;
	int r;

	for (;;) {
		r = next_message(vu, &h);
		if (r < 0)
			return VFIO_USER_FAILED;
		if (r > 0) {
			if (do_message(vu, o, &h))
				return VFIO_USER_FAILED;
			now = last = now_ns();
			intx_deadline(vu, now);
			if (now - round >= ROUND_NS) {
				round = now;
				if (wait_for(vu, o, now, now))
					return VFIO_USER_STOPPED;
			}
			continue;
		}

		r = receive(vu);
		before = now;
		now = now_ns();
		if (now - before > LOST_CPU_NS)
			no_busy_until = now + NO_BUSY_NS;
		if (r == 1) {
			last = now;
			continue;
		}
		if (r == -1)
			return VFIO_USER_FAILED;
		if (r == -2) {
			if (vu->len == vu->pos)
				return VFIO_USER_LEFT;
			fail(vu, "the client left in the middle of a message");
			return VFIO_USER_FAILED;
		}
		deadline = intx_deadline(vu, now);
		if (now - last < o->busy_ns && now >= no_busy_until) {
			cpu_relax();
			continue;
		}
		until = vu->len > vu->pos ? last + o->stall_ms * 1000000ull : 0;
		if (until && now >= until) {
			fail(vu, "the client sent a part of a message, and then nothing for %u ms", o->stall_ms);
			return VFIO_USER_FAILED;
		}
		if (deadline && (!until || deadline < until))
			until = deadline;
		round = now;
		if (wait_for(vu, o, now, until))
			return VFIO_USER_STOPPED;
		now = now_ns();
	}
}

enum vfio_user_end vfio_user_serve(struct vfio_user *vu, const struct gpu_model *model, struct gpu *dev,
				   const struct vfio_user_options *o)
{
	struct pollfd p[2] = { { .fd = o->listener, .events = POLLIN }, { .fd = o->stop, .events = POLLIN } };
	uint64_t until = now_ns() + o->first_ms * 1000000ull, now;
	enum vfio_user_end end;
	bool silent;
	int fd;

	vu->model = model;
	vu->dev = dev;
	vu->ptes = o->ptes;
	do {
		now = now_ns();
		if (now >= until) {
			fail(vu, "no client came within %u s", o->first_ms / 1000);
			return VFIO_USER_FAILED;
		}
		p[0].revents = p[1].revents = 0;
		poll(p, 2, (int)((until - now) / 1000000) + 1);
		if (p[1].revents)
			return VFIO_USER_STOPPED;
		silent = true;
		fd = p[0].revents ? accept4(o->listener, NULL, NULL, SOCK_CLOEXEC) : -1;
		if (fd < 0)
			continue;

		vu->fd = fd;
		vu->agreed = false;
		vu->pos = vu->len = 0;
		end = serve_client(vu, o);
		/*
		 * A connection that was closed before a version was negotiated does not count as
		 * the client: vfio_user_socket() of another server connects to check if the socket
		 * is in use.
		 */
		silent = end == VFIO_USER_LEFT && !vu->agreed;

		close_fds(vu);
		unmap_all(vu);
		pthread_mutex_lock(&vu->irq_lock);
		intx_connect(&vu->intx, -1);
		msi_connect(vu, -1);
		pthread_mutex_unlock(&vu->irq_lock);
		close(vu->fd);
		vu->fd = -1;
	} while (silent);
	return end;
}

struct vfio_user *vfio_user_create(void)
{
	struct vfio_user *vu = calloc(1, sizeof(*vu));

	if (!vu)
		return NULL;
	if (pthread_mutex_init(&vu->irq_lock, NULL)) {
		free(vu);
		return NULL;
	}
	intx_init(&vu->intx);
	vu->fd = vu->reply_fd = vu->ptes = vu->msi = -1;
	return vu;
}

void vfio_user_destroy(struct vfio_user *vu)
{
	if (!vu)
		return;
	pthread_mutex_destroy(&vu->irq_lock);
	free(vu);
}

int vfio_user_socket(const char *path, const char **error)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct stat st;
	mode_t mask;
	int fd, r;

	if (strlen(path) >= sizeof(addr.sun_path)) {
		*error = "the path is too long for a socket (107 bytes)";
		return -1;
	}
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		goto sys;
	if (!lstat(path, &st)) {
		if (!S_ISSOCK(st.st_mode)) {
			*error = "there is something else than a socket";
			goto out;
		}
		if (!connect(fd, (struct sockaddr *)&addr, sizeof(addr)) || errno != ECONNREFUSED) {
			*error = "somebody listens there";
			goto out;
		}
		unlink(path);
	}
	mask = umask(077);
	r = bind(fd, (struct sockaddr *)&addr, sizeof(addr));
	umask(mask);
	if (r || listen(fd, 8))
		goto sys;
	return fd;
sys:
	*error = strerror(errno);
out:
	if (fd >= 0)
		close(fd);
	return -1;
}
