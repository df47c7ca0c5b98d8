// SPDX-License-Identifier: MIT
/*
 * fuzz-vfio-user - fuzzes the server with messages on a real socket with real file descriptors
 *
 * An input is a program for the client: well-formed messages with modifications, arbitrary bytes,
 * the file descriptors that are sent with them, writes to the memory that the client has mapped,
 * the passing of time, and turns of the command streamer, which has no thread here.
 *
 * Client and server run in one thread: when the server receives, the client's program runs up to
 * the next message; when the server sends, the client reads at once. So an input is reproducible.
 * The server's clock advances only by the time for which it waits, by TIME records, and by 1 us
 * with each reading; a server that reads it TURNS_MAX times is taken to hang. This file includes
 * the server's source to check its state.
 *
 * Not covered: a client that truncates a file that it has mapped, which ends the server
 * (tests/40-g33-vfio-user.t), and messages that arrive in the middle of a command.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"
#include "state.h"

static int server_clock_gettime(clockid_t clock, struct timespec *t);
static int fuzz_poll(struct pollfd *p, nfds_t n, int timeout);
static int fuzz_ppoll(struct pollfd *p, nfds_t n, const struct timespec *t, const sigset_t *mask);
static ssize_t fuzz_recvmsg(int fd, struct msghdr *msg, int flags);
static ssize_t fuzz_sendmsg(int fd, const struct msghdr *msg, int flags);
static void *fuzz_mmap(void *at, size_t len, int prot, int flags, int fd, off_t offset);
static int fuzz_munmap(void *at, size_t len);

#define clock_gettime server_clock_gettime
#define poll fuzz_poll
#define ppoll fuzz_ppoll
#define recvmsg fuzz_recvmsg
#define sendmsg fuzz_sendmsg
#define mmap fuzz_mmap
#define munmap fuzz_munmap
#define calloc fuzz_calloc
#define free fuzz_free
#define now_ns server_now_ns
#include "vfio-user.c"
#undef clock_gettime
#undef poll
#undef ppoll
#undef recvmsg
#undef sendmsg
#undef mmap
#undef munmap
#undef calloc
#undef free
#undef now_ns

#define N(array) (sizeof(array) / sizeof((array)[0]))

enum op {
	RAW, MESSAGE, VERSION, DMA_MAP, DMA_UNMAP, READ, WRITE, SET_IRQS, WRITE_MULTI, RESET, INFO,
	STEP, TIME, MEM, CLIENT, GO, MANY, OPS,
};

const unsigned int fuzz_ops = OPS;
const uint8_t fuzz_operands[] = {
	[RAW] = 20, [MESSAGE] = 20, [VERSION] = 2, [DMA_MAP] = 6, [DMA_UNMAP] = 4, [READ] = 8,
	[WRITE] = 12, [SET_IRQS] = 6, [WRITE_MULTI] = 24, [RESET] = 1, [INFO] = 4, [STEP] = 1,
	[TIME] = 4, [MEM] = 19, [CLIENT] = 2, [GO] = 3, [MANY] = 3,
};

#define BASE      0x0c000000ull /* address of the memory that the client maps */
#define RAM_PAGES 64u
#define TURNS_MAX 1000000u
#define PATIENCE  20000u  /* like cs_patience in cs-g33.c */
#define ROW       50u     /* see fuzz-cs.c */
#define BYTES_MAX 262144u /* after so many bytes, the region accesses of an input are small */

enum fd_kind {
	FD_NONE, FD_RAM, FD_SMALL, FD_PIPE, FD_EVENT, FD_EVENT_BLOCKING, FD_NULL, FD_PIPE_END,
	FD_READ_ONLY, FD_DIRECTORY, FD_HUGE, FD_SEALED, FD_KINDS,
};

static int fds[FD_KINDS], listener, stop_pipe[2], ptes_fd;
static struct sockaddr_un address;
static socklen_t address_len;
static uint8_t *ram;
static bool ram_dirty;
static uint32_t *ptes;

static struct vfio_user *server;
static struct gpu *dev;
static struct program program;
static bool begun, over, silent, clogged, hard, stopped;
static uint16_t id;
static int client, events[2];
static uint64_t clock_ns;
static unsigned int turns, split_at;
static uint64_t accesses, bytes;

/* Data and file descriptors that are not sent yet. */
static uint8_t out[65536 + 1024];
static size_t out_len, out_pos;
static int out_fds[16];
static unsigned int out_n_fds;

/* The position of the client in what it has sent, and the replies that it expects. */
static struct {
	uint8_t header[16];
	size_t have;   /* bytes of the header that are sent */
	size_t left;   /* bytes of the payload that are not sent */
	bool dead;     /* the start of the next message is unknown */
} sent;
static struct {
	uint16_t id, command;
} wanted[4096];
static unsigned int first_wanted, last_wanted;

static uint8_t reply[MESSAGE_MAX];
static size_t reply_have;

/* ---- mappings: an inaccessible page before and after each; no address is reused ---- */

static struct {
	uint8_t *area;
	size_t len;
	bool live;
} areas[4096];
static unsigned int n_areas;

static void *fuzz_mmap(void *at, size_t len, int prot, int flags, int fd, off_t offset)
{
	uint8_t *area;
	void *p;

	FUZZ_CHECK(!at && flags == MAP_SHARED && n_areas < N(areas));
	if (len > SIZE_MAX - 2 * GPU_PAGE_SIZE) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	area = mmap(NULL, len + 2 * GPU_PAGE_SIZE, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (area == MAP_FAILED)
		return area;
	p = mmap(area + GPU_PAGE_SIZE, len, prot, flags | MAP_FIXED, fd, offset);
	if (p == MAP_FAILED) {
		const int error = errno;

		munmap(area, len + 2 * GPU_PAGE_SIZE);
		errno = error;
		return p;
	}
	areas[n_areas].area = area;
	areas[n_areas].len = len;
	areas[n_areas++].live = true;
	return p;
}

static int fuzz_munmap(void *at, size_t len)
{
	unsigned int i;

	for (i = 0; i < n_areas; i++) {
		if (areas[i].area + GPU_PAGE_SIZE == at)
			break;
	}
	FUZZ_CHECK(i < n_areas && areas[i].live && areas[i].len == len);
	areas[i].live = false;
	/* Keep the addresses reserved, so that a late access faults. */
	if (mmap(at, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1,
		 0) == MAP_FAILED)
		fuzz_die("mmap");
	return 0;
}

static bool is_live(const uint8_t *p, size_t len)
{
	unsigned int i;

	for (i = 0; i < n_areas; i++) {
		if (areas[i].live && p >= areas[i].area + GPU_PAGE_SIZE &&
		    p + len <= areas[i].area + GPU_PAGE_SIZE + areas[i].len)
			return true;
	}
	return false;
}

/* Checks that the table is sorted, without overlaps, and agrees with the live mappings. */
static void check_maps(void)
{
	unsigned int i, with_memory = 0, live = 0;
	const struct mapping *m = server->maps;

	FUZZ_CHECK(server->n_maps <= VFIO_USER_MAX_DMA);
	for (i = 0; i < server->n_maps; i++) {
		FUZZ_CHECK(m[i].size && !((m[i].size | m[i].address) & PAGE_MASK));
		FUZZ_CHECK(m[i].address + (m[i].size - 1) >= m[i].address);
		if (i)
			FUZZ_CHECK(m[i - 1].address + (m[i - 1].size - 1) < m[i].address);
		if (m[i].host) {
			FUZZ_CHECK(is_live(m[i].host, m[i].size));
			with_memory++;
		}
	}
	for (i = 0; i < n_areas; i++)
		live += areas[i].live;
	FUZZ_CHECK(live == with_memory);
	FUZZ_CHECK(server->pos <= server->len && server->len <= sizeof(server->rx));
}

/* ---- checks between the device and the server ---- */

static struct gpu_bus real_bus;

static void *checked_memory(void *opaque, uint64_t addr, size_t len)
{
	uint8_t *p = real_bus.memory(opaque, addr, len), *reference = NULL;
	unsigned int i;

	FUZZ_CHECK(pthread_mutex_trylock(&dev->lock.mutex) == EBUSY);
	accesses++;
	for (i = 0; i < server->n_maps; i++) {
		const struct mapping *m = &server->maps[i];

		if (m->host && addr >= m->address && addr - m->address < m->size &&
		    len <= m->size - (addr - m->address))
			reference = m->host + (addr - m->address);
	}
	FUZZ_CHECK(p == reference);
	FUZZ_CHECK(!p || is_live(p, len));
	return p;
}

static bool enough(void)
{
	return accesses + dev->counts.invalid_pte > PATIENCE;
}

void fuzz_give_way(struct gpu_lock *lock);

/* As in fuzz-cs.c, but only for the reset, which here is that of a DEVICE_RESET. */
void fuzz_give_way(struct gpu_lock *lock)
{
	fuzz_rows_dirty = true;
	accesses += ROW;
	gpu_lock_give_way(lock);
	if (enough()) {
		gpu_unlock(lock);
		gpu_model.reset(dev);
		gpu_lock(lock);
	}
}

/* intx.c and eventfd.c read and write eventfds with the device's lock held: they must not block. */
static void check_does_not_wait(int fd, short events_wanted)
{
	struct pollfd p = { .fd = fd, .events = events_wanted };
	const int flags = fcntl(fd, F_GETFL);

	if (flags >= 0 && !(flags & O_NONBLOCK) && poll(&p, 1, 0) == 0)
		FUZZ_FAIL("waits for the client's eventfd with the device's lock held");
}

ssize_t fuzz_read(int fd, void *data, size_t len);
ssize_t fuzz_write(int fd, const void *data, size_t len);

ssize_t fuzz_read(int fd, void *data, size_t len)
{
	check_does_not_wait(fd, POLLIN);
	return read(fd, data, len);
}

ssize_t fuzz_write(int fd, const void *data, size_t len)
{
	check_does_not_wait(fd, POLLOUT);
	return write(fd, data, len);
}

/* ---- replies ---- */

static void check_reply(const struct header *h, bool at_once)
{
	FUZZ_CHECK(first_wanted < last_wanted);
	FUZZ_CHECK(h->id == wanted[first_wanted].id);
	FUZZ_CHECK(h->command == wanted[first_wanted].command);
	first_wanted++;
	FUZZ_CHECK((h->flags & ~FLAG_ERROR) == FLAG_REPLY);
	FUZZ_CHECK(!(h->flags & FLAG_ERROR) == !h->error);
	FUZZ_CHECK(!h->error || h->size == sizeof(*h));
	if (h->error)
		return;
	FUZZ_CHECK(server->agreed);
	switch (h->command) {
	case CMD_VERSION:
		FUZZ_CHECK(h->size > sizeof(*h) + 4 && !reply[h->size - 1]);
		break;
	case CMD_DEVICE_RESET:
		if (at_once)
			fuzz_check_power_on(dev);
		break;
	case CMD_REGION_READ:
		FUZZ_CHECK(h->size > sizeof(*h) + sizeof(struct region_access));
		break;
	case CMD_DEVICE_GET_REGION_IO_FDS:
	case CMD_DEVICE_FEATURE:
	case CMD_MIG_DATA_READ:
	case CMD_MIG_DATA_WRITE:
	case CMD_DMA_READ:
	case CMD_DMA_WRITE:
		FUZZ_FAIL("command %u was accepted", h->command);
	}
}

static void take_replies(bool at_once)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(4 * sizeof(int))];
	struct header h;
	struct iovec iov;
	struct msghdr msg;
	struct cmsghdr *c;
	ssize_t n;
	int fd;

	while (client >= 0) {
		iov.iov_base = reply + reply_have;
		iov.iov_len = sizeof(h) - reply_have;
		if (reply_have >= sizeof(h)) {
			memcpy(&h, reply, sizeof(h));
			iov.iov_len = h.size - reply_have;
		}
		if (iov.iov_len) {
			memset(&msg, 0, sizeof(msg));
			msg.msg_iov = &iov;
			msg.msg_iovlen = 1;
			msg.msg_control = control;
			msg.msg_controllen = sizeof(control);
			n = recvmsg(client, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
			if (n <= 0)
				return;
			for (c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
				FUZZ_CHECK(c->cmsg_type == SCM_RIGHTS);
				FUZZ_CHECK(c->cmsg_len == CMSG_LEN(sizeof(fd)));
				memcpy(&fd, CMSG_DATA(c), sizeof(fd));
				close(fd);
			}
			reply_have += (size_t)n;
		}
		if (reply_have < sizeof(h))
			continue;
		memcpy(&h, reply, sizeof(h));
		FUZZ_CHECK(h.size >= sizeof(h) && h.size <= MESSAGE_MAX);
		if (reply_have == h.size) {
			reply_have = 0;
			check_reply(&h, at_once);
		}
	}
}

static void note_header(void)
{
	struct header h;

	memcpy(&h, sent.header, sizeof(h));
	if (h.size < sizeof(h) || h.size > MESSAGE_MAX || h.flags & FLAG_TYPE) {
		sent.dead = true;
		return;
	}
	sent.left = h.size - sizeof(h);
	if (first_wanted == last_wanted)
		first_wanted = last_wanted = 0;
	if (!(h.flags & FLAG_NO_REPLY) && last_wanted < N(wanted)) {
		wanted[last_wanted].id = h.id;
		wanted[last_wanted++].command = h.command;
	}
}

static void note_sent(const uint8_t *data, size_t len)
{
	size_t n;

	while (len && !sent.dead) {
		if (sent.have == sizeof(sent.header) && !sent.left)
			sent.have = 0;
		if (sent.have < sizeof(sent.header)) {
			n = sizeof(sent.header) - sent.have;
			n = n < len ? n : len;
			memcpy(sent.header + sent.have, data, n);
			sent.have += n;
			if (sent.have == sizeof(sent.header))
				note_header();
		} else {
			n = sent.left < len ? sent.left : len;
			sent.left -= n;
		}
		data += n;
		len -= n;
	}
}

/* Returns true if a message was sent only in part. */
static bool in_the_middle(void)
{
	return (sent.have && sent.have < sizeof(sent.header)) || sent.left;
}

/* ---- the client ---- */

static void leave(void)
{
	if (client >= 0)
		shutdown(client, SHUT_WR);
	over = true;
}

/* Sends the pending data, or split_at bytes of it. Returns false if the server must run first. */
static bool flush(void)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(out_fds))];
	struct iovec iov = { .iov_base = out + out_pos, .iov_len = out_len - out_pos };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	if (out_pos == out_len || client < 0)
		return true;
	if (split_at && split_at < iov.iov_len)
		iov.iov_len = split_at;
	split_at = 0;
	attach_fds(&msg, control, out_fds, out_n_fds);
	n = sendmsg(client, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0) {
		if (errno == EAGAIN)
			return false;
		/* The server has closed the connection: end the input. */
		out_pos = out_len;
		over = true;
		return false;
	}
	out_n_fds = 0;
	note_sent(out + out_pos, (size_t)n);
	out_pos += (size_t)n;
	return out_pos == out_len;
}

static void put(const void *data, size_t len)
{
	if (len > sizeof(out) - out_len)
		len = sizeof(out) - out_len;
	memcpy(out + out_len, data, len);
	out_len += len;
}

static void put_rest(struct record *r)
{
	put(r->data + r->pos, r->len - r->pos);
	r->pos = r->len;
}

static int new_event(int flags)
{
	int *e = &events[flags ? 0 : 1];

	if (*e < 0)
		*e = eventfd(0, flags | EFD_CLOEXEC);
	return *e;
}

/*
 * Decodes the first operand of each message: the file descriptors to send, FLAG_NO_REPLY, and
 * @hold: the server does not run before the next message is sent, too.
 */
static void begin(struct record *r, bool *hold, uint32_t *flags)
{
	static const unsigned int counts[] = { 1, 2, 8, 10 };
	const uint8_t how = fuzz_u8(r);
	const enum fd_kind kind = how & 0xf;
	unsigned int i;
	int fd = -1;

	out_len = out_pos = 0;
	out_n_fds = 0;
	*hold = how & 0x80;
	*flags = how & 0x40 ? FLAG_NO_REPLY : 0;
	if (kind == FD_EVENT || kind == FD_EVENT_BLOCKING)
		fd = new_event(kind == FD_EVENT ? EFD_NONBLOCK : 0);
	else if (kind < FD_KINDS)
		fd = fds[kind];
	if (fd < 0)
		return;
	for (i = 0; i < counts[(how >> 4) & 3]; i++)
		out_fds[out_n_fds++] = fd;
}

static void put_header(uint16_t command, uint32_t flags)
{
	struct header h = { .id = id++, .command = command, .flags = flags };

	put(&h, sizeof(h));
}

static void end_message(int lie)
{
	struct header h;

	memcpy(&h, out, sizeof(h));
	h.size = (uint32_t)(out_len + (unsigned int)lie);
	memcpy(out, &h, sizeof(h));
}

static void put_access(uint32_t region, uint64_t offset, uint32_t count)
{
	struct region_access a = { .offset = offset, .region = region, .count = count };

	put(&a, sizeof(a));
}

static void put_version(struct record *r)
{
	static const char *const json[] = {
		("{\"capabilities\":{\"max_msg_fds\":8,\"max_data_xfer_size\":1048576,"
		 "\"pgsizes\":4096,\"max_dma_maps\":65535,\"write_multiple\":true}}"),
		"{\"capabilities\":{\"max_msg_fds\":0}}",
		"{}",
		("{ \"capabilities\" : { \"migration\" : { \"pgsize\" : 4096 } , "
		 "\"max_msg_fds\" : 1 } } "),
		"{\"capabilities\":[]}",
		"{\"capabilities\":{\"pgsizes\":8192}}",
		"{\"a\\\"b\":[[1,{}],2],\"capabilities\":{\"max_data_xfer_size\":-1}}",
		"{\"capabilities\":{\"max_dma_maps\":99999999999999999999}}",
	};
	const uint8_t kind = fuzz_u8(r);
	const struct version v = { .major = kind & 0x80 ? 1 : 0, .minor = 1 };

	put(&v, sizeof(v));
	if ((kind & 15) < N(json))
		put(json[kind & 15], strlen(json[kind & 15]) + 1);
	else
		put_rest(r);
}

/* Reads an address and a size, in pages. */
static void get_range(struct record *r, uint64_t *address, uint64_t *size)
{
	*address = BASE + (uint64_t)fuzz_u8(r) * GPU_PAGE_SIZE;
	*size = (uint64_t)fuzz_u8(r) * GPU_PAGE_SIZE;
}

/* Bits 3 and 4 of @how: sets the upper halves of address and size. */
static void enlarge_range(struct record *r, uint8_t how, uint64_t *address, uint64_t *size)
{
	if (how & 8)
		*address |= (uint64_t)fuzz_u32(r) << 32;
	if (how & 0x10)
		*size |= (uint64_t)fuzz_u32(r) << 32;
}

static void put_dma_map(struct record *r)
{
	struct dma_map m = { .argsz = sizeof(m) };
	uint8_t how;

	get_range(r, &m.address, &m.size);
	m.offset = (uint64_t)fuzz_u8(r) % RAM_PAGES * GPU_PAGE_SIZE;
	how = fuzz_u8(r);
	m.flags = (how & 3) ^ 3;
	if (how & 4)
		m.flags |= fuzz_u8(r);
	enlarge_range(r, how, &m.address, &m.size);
	if (how & 0x20)
		m.offset |= (uint64_t)fuzz_u32(r) << 32;
	if (how & 0x40)
		m.address += fuzz_u8(r);
	if (how & 0x80)
		m.argsz = fuzz_u32(r);
	put(&m, sizeof(m));
}

static void put_dma_unmap(struct record *r)
{
	struct dma_unmap m = { .argsz = sizeof(m) };
	uint8_t how;

	get_range(r, &m.address, &m.size);
	how = fuzz_u8(r);
	if (how & 1)
		m.flags = VFIO_DMA_UNMAP_FLAG_ALL;
	if (how & 2)
		m.address = m.size = 0;
	if (how & 4)
		m.flags |= fuzz_u8(r);
	enlarge_range(r, how, &m.address, &m.size);
	put(&m, sizeof(m));
}

static void get_access(struct record *r, uint32_t *region, uint64_t *offset, uint32_t *count)
{
	*region = fuzz_u8(r);
	*offset = fuzz_u32(r);
	*count = fuzz_u16(r);
	if (*region & 0x80) { /* any region, and the offset is not reduced to its size */
		*region &= 0x7f;
	} else {
		*region %= 9;
		if (gpu_region_size(&gpu_model, *region))
			*offset %= gpu_region_size(&gpu_model, *region);
	}
	if (*count == 0xffff)
		*count = 0x10000;
	bytes += *count;
	if (bytes > BYTES_MAX)
		*count %= 64;
}

static void put_write(struct record *r)
{
	static uint8_t data[0x10000];
	uint32_t region, count, i;
	uint64_t offset;

	get_access(r, &region, &offset, &count);
	put_access(region, offset, count);
	for (i = 0; i < count && i < 4096; i++)
		data[i] = fuzz_u8(r);
	put(data, count);
	memset(data, 0, 4096);
}

static void put_set_irqs(struct record *r)
{
	struct vfio_irq_set s = { .argsz = IRQ_SET_SIZE };
	uint8_t how;

	how = fuzz_u8(r);
	s.flags = how & 0x3f;
	s.index = fuzz_u8(r);
	s.start = fuzz_u8(r);
	s.count = fuzz_u8(r);
	if (how & 0x40)
		s.count = fuzz_u32(r);
	if (how & 0x80)
		s.argsz = fuzz_u32(r);
	else
		s.argsz += (uint32_t)(r->len - r->pos);
	put(&s, IRQ_SET_SIZE);
	put_rest(r);
}

static void put_write_multi(struct record *r)
{
	struct region_write_one one;
	const uint8_t lie = fuzz_u8(r);
	uint64_t n = (r->len - r->pos + 10) / 11;

	n += lie & 0x80 ? lie & 0x7f : 0;
	put(&n, sizeof(n));
	while (r->pos < r->len) {
		memset(&one, 0, sizeof(one));
		one.to.region = fuzz_u8(r);
		one.to.count = fuzz_u16(r);
		one.to.offset = fuzz_u32(r);
		if (!(one.to.count & 0x8000))
			one.to.count &= 0xf;
		one.data[0] = fuzz_u8(r);
		one.data[1] = fuzz_u8(r);
		one.data[2] = fuzz_u8(r);
		one.data[3] = fuzz_u8(r);
		put(&one, sizeof(one));
	}
}

static void put_info(struct record *r)
{
	const uint8_t which = fuzz_u8(r), index = fuzz_u8(r), lie = fuzz_u8(r);
	struct vfio_region_info region = { .argsz = sizeof(region) - lie, .index = index };
	struct vfio_irq_info irq = { .argsz = sizeof(irq) - lie, .index = index };
	struct device_info info = { .argsz = sizeof(info) - lie };
	struct header h;

	memcpy(&h, out, sizeof(h));
	switch (which % 3) {
	case 0:
		h.command = CMD_DEVICE_GET_INFO;
		put(&info, sizeof(info));
		break;
	case 1:
		h.command = CMD_DEVICE_GET_REGION_INFO;
		put(&region, sizeof(region));
		break;
	case 2:
		h.command = CMD_DEVICE_GET_IRQ_INFO;
		put(&irq, sizeof(irq));
		break;
	}
	memcpy(out, &h, sizeof(h));
	put_rest(r);
}

/* Appends a WRITE_MULTI that makes the device execute commands. */
static void put_go(struct record *r)
{
	struct fuzz_write w[FUZZ_GO_MAX];
	const uint64_t n = fuzz_go(r, ram, BASE, w);
	struct region_write_one one;
	unsigned int i;

	ram_dirty = true;
	put(&n, sizeof(n));
	for (i = 0; i < n; i++) {
		memset(&one, 0, sizeof(one));
		one.to.region = w[i].region;
		one.to.offset = w[i].offset;
		one.to.count = w[i].len;
		memcpy(one.data, &w[i].value, 8);
		put(&one, sizeof(one));
	}
}

static void do_mem(struct record *r)
{
	uint32_t at = fuzz_u8(r) % RAM_PAGES * GPU_PAGE_SIZE + fuzz_u16(r) * 4u % GPU_PAGE_SIZE, v;

	ram_dirty = true;
	for (; r->pos < r->len; at += 4) {
		v = fuzz_u32(r);
		memcpy(ram + at % (RAM_PAGES * GPU_PAGE_SIZE), &v, 4);
	}
}

static bool would_not_wait(int fd, short what)
{
	struct pollfd p = { .fd = fd, .events = what };

	return fd >= 0 && poll(&p, 1, 0) > 0;
}

static void do_client(struct record *r)
{
	const uint8_t what = fuzz_u8(r) % 10;
	const uint64_t most = UINT64_MAX - 1;
	uint64_t v;
	int fd;

	switch (what) {
	case 0: /* reads its eventfd */
		if (would_not_wait(events[0], POLLIN) && read(events[0], &v, sizeof(v)) < 0)
			return;
		break;
	case 1: /* stops reading replies */
		clogged = true;
		break;
	case 2: /* reads replies again */
		clogged = false;
		take_replies(false);
		break;
	case 3: /* a second client connects */
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (fd < 0)
			fuzz_die("socket");
		if (!connect(fd, (struct sockaddr *)&address, address_len))
			fuzz_u8(r);
		close(fd);
		break;
	case 4: /* stops the server */
		if (!stopped && write(stop_pipe[1], "x", 1) != 1)
			fuzz_die("write");
		stopped = true;
		break;
	case 5: /* closes the connection without reading replies */
		if (client >= 0)
			close(client);
		client = -1;
		hard = over = true;
		break;
	case 6: /* stays connected at the end of the input, without sending */
		silent = true;
		break;
	case 7: /* sends the next message in two parts */
		split_at = 1 + fuzz_u8(r);
		break;
	case 8: /* fills its eventfd */
		/* Only to a counter of 0 can that much be added without blocking. */
		if (would_not_wait(events[0], POLLIN) && read(events[0], &v, sizeof(v)) < 0)
			return;
		if (would_not_wait(events[0], POLLOUT) && write(events[0], &most, sizeof(most)) < 0)
			return;
		break;
	case 9: /* makes its eventfd blocking: client and server share the flag */
		if (events[0] >= 0)
			fcntl(events[0], F_SETFL, 0);
		break;
	}
}

/*
 * Prepares the @i-th message of a MANY record: a mapping without a file. Returns false after the
 * last. The last operand is the gap between the mappings, in pages.
 */
static bool do_many(struct record *r, unsigned int i)
{
	unsigned int n, gap;
	struct dma_map m = { .argsz = sizeof(m), .flags = 3, .size = GPU_PAGE_SIZE };
	struct record copy = *r;

	fuzz_u8(&copy);
	n = fuzz_u16(&copy) % 1100;
	gap = fuzz_u8(&copy);
	if (i >= n)
		return false;
	m.address = 0x100000000ull + (uint64_t)i * (1 + gap) * GPU_PAGE_SIZE;
	out_len = out_pos = 0;
	out_n_fds = 0;
	put_header(CMD_DMA_MAP, 0);
	put(&m, sizeof(m));
	end_message(0);
	return true;
}

static struct record many;
static unsigned int many_done;

/* Executes a record. Returns true if the server is to run after the message in @out is sent. */
static bool execute(struct record *r)
{
	static const uint16_t command[OPS] = {
		[VERSION] = CMD_VERSION, [DMA_MAP] = CMD_DMA_MAP, [DMA_UNMAP] = CMD_DMA_UNMAP,
		[READ] = CMD_REGION_READ, [WRITE] = CMD_REGION_WRITE,
		[SET_IRQS] = CMD_DEVICE_SET_IRQS,
		[WRITE_MULTI] = CMD_REGION_WRITE_MULTI, [RESET] = CMD_DEVICE_RESET,
		[GO] = CMD_REGION_WRITE_MULTI,
	};
	uint32_t flags, region, count;
	bool hold = false;
	uint64_t offset;
	int lie = 0;

	switch ((enum op)r->op) {
	case STEP:
		for (count = fuzz_u8(r); count && !enough(); count--)
			fuzz_step(dev, 1);
		fuzz_check_device(dev);
		return false;
	case TIME:
		clock_ns += fuzz_u32(r) * 1000ull;
		return false;
	case MEM:
		do_mem(r);
		return false;
	case CLIENT:
		do_client(r);
		return false;
	case MANY:
		many = *r;
		many_done = 0;
		return false;
	case RAW:
		begin(r, &hold, &flags);
		put_rest(r);
		return !hold;
	case MESSAGE:
		begin(r, &hold, &flags);
		put_header(fuzz_u8(r) % 20, flags);
		out[8] ^= fuzz_u8(r); /* the low byte of the flags */
		lie = (int8_t)fuzz_u8(r);
		put_rest(r);
		break;
	default:
		begin(r, &hold, &flags);
		put_header(command[r->op], flags);
		switch ((enum op)r->op) {
		case VERSION:
			put_version(r);
			break;
		case DMA_MAP:
			put_dma_map(r);
			break;
		case DMA_UNMAP:
			put_dma_unmap(r);
			break;
		case READ:
			get_access(r, &region, &offset, &count);
			put_access(region, offset, count);
			break;
		case WRITE:
			put_write(r);
			break;
		case SET_IRQS:
			put_set_irqs(r);
			break;
		case WRITE_MULTI:
			put_write_multi(r);
			break;
		case INFO:
			put_info(r);
			break;
		case GO:
			put_go(r);
			break;
		default:
			break;
		}
	}
	end_message(lie);
	return !hold;
}

/* Runs the client until there is data for the server or the input has ended. */
static void client_runs(void)
{
	static const uint8_t hello[] = { 0, 0 };
	struct record r = { .op = VERSION, .data = hello, .len = sizeof(hello) };
	bool send = false;

	if (!clogged)
		take_replies(false);
	if (!begun) {
		begun = true;
		if (program.size && !(program.data[program.pos++] & 1)) {
			execute(&r);
			if (!flush())
				return;
		}
	}
	while (!over) {
		if (!flush() || send)
			return;
		if (many.len && do_many(&many, many_done)) {
			many_done++;
			send = true;
			continue;
		}
		many.len = 0;
		if (!fuzz_next(&program, &r)) {
			over = true;
			if (!silent)
				leave();
			return;
		}
		send = execute(&r);
	}
}

/* ---- replacements for the functions that the server calls ---- */

static int server_clock_gettime(clockid_t clock, struct timespec *t)
{
	(void)clock;
	if (++turns > TURNS_MAX)
		FUZZ_FAIL("the server does not end");
	clock_ns += 1000;
	t->tv_sec = (time_t)(clock_ns / 1000000000u);
	t->tv_nsec = (long)(clock_ns % 1000000000u);
	return 0;
}

static int fuzz_poll(struct pollfd *p, nfds_t n, int timeout)
{
	int r = poll(p, n, 0);

	if (r)
		return r;
	FUZZ_CHECK(timeout >= 0);
	clock_ns += (uint64_t)timeout * 1000000u;
	return 0;
}

static int fuzz_ppoll(struct pollfd *p, nfds_t n, const struct timespec *t, const sigset_t *mask)
{
	int r = poll(p, n, 0);

	(void)mask;
	if (r)
		return r;
	if (t) {
		clock_ns += (uint64_t)t->tv_sec * 1000000000u + (uint64_t)t->tv_nsec;
		return 0;
	}
	/* Only the client can wake the server; at the end of the input it disconnects to do so. */
	if (over)
		leave();
	else
		client_runs();
	return poll(p, n, 0);
}

static ssize_t fuzz_recvmsg(int fd, struct msghdr *msg, int flags)
{
	FUZZ_CHECK(msg->msg_iov[0].iov_len);
	check_maps();
	client_runs();
	return recvmsg(fd, msg, flags);
}

static ssize_t fuzz_sendmsg(int fd, const struct msghdr *msg, int flags)
{
	ssize_t n = sendmsg(fd, msg, flags);

	check_maps();
	if (!clogged)
		take_replies(true);
	return n;
}

/* ---- one input ---- */

/* Counts the open file descriptors, to check that the server closes those of the client. */
static unsigned int open_fds(void)
{
	unsigned int n = 0;
	int fd;

	for (fd = 0; fd < 80; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static int connect_client(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, address_len))
		fuzz_die("connect");
	return fd;
}

static void reset_harness(const uint8_t *data, size_t size)
{
	program = (struct program){ .data = data, .size = size };
	begun = over = silent = clogged = hard = stopped = false;
	many.len = 0;
	id = 0;
	events[0] = events[1] = -1;
	clock_ns = 1000000000u;
	turns = split_at = 0;
	accesses = bytes = 0;
	fuzz_device_ns = 1000000000u;
	out_len = out_pos = 0;
	out_n_fds = 0;
	memset(&sent, 0, sizeof(sent));
	first_wanted = last_wanted = 0;
	reply_have = 0;
	memset(ptes, 0, gpu_model.page_table.size);
	if (ram_dirty)
		memset(ram, 0, RAM_PAGES * GPU_PAGE_SIZE);
	ram_dirty = false;
}

static void check_end(enum vfio_user_end end)
{
	unsigned int i;

	if (!clogged)
		take_replies(false);
	check_maps();
	FUZZ_CHECK(!server->n_maps && server->fd < 0 && !server->n_fds);
	FUZZ_CHECK(server->intx.fd < 0 && server->msi < 0);
	FUZZ_CHECK(end != VFIO_USER_FAILED || *vfio_user_error(server));
	FUZZ_CHECK(end != VFIO_USER_STOPPED || stopped);
	FUZZ_CHECK(end != VFIO_USER_LEFT || hard || (!sent.dead && !in_the_middle()));
	if (!hard && !stopped && !clogged) {
		FUZZ_CHECK(!sent.dead || end == VFIO_USER_FAILED);
		/* The client has received the reply to each complete message. */
		if (end == VFIO_USER_LEFT && last_wanted < N(wanted))
			FUZZ_CHECK(first_wanted == last_wanted);
	}
	for (i = 0; i < n_areas; i++) {
		FUZZ_CHECK(!areas[i].live);
		munmap(areas[i].area, areas[i].len + 2 * GPU_PAGE_SIZE);
	}
	n_areas = 0;
}

static int memfd(const char *name, off_t size, unsigned int flags)
{
	int fd = memfd_create(name, MFD_CLOEXEC | flags);

	if (fd < 0 || ftruncate(fd, size))
		fuzz_die("memfd");
	return fd;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char path[64];
	int p[2];

	(void)argc;
	(void)argv;
	fds[FD_NONE] = -1;
	fds[FD_RAM] = memfd("ram", RAM_PAGES * GPU_PAGE_SIZE, MFD_ALLOW_SEALING);
	/* Cannot be truncated: see "Not covered" above. */
	fcntl(fds[FD_RAM], F_ADD_SEALS, F_SEAL_SHRINK);
	ram = mmap(NULL, RAM_PAGES * GPU_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
	fds[FD_RAM], 0);
	fds[FD_SMALL] = memfd("small", GPU_PAGE_SIZE + 7, 0);
	fds[FD_HUGE] = memfd("huge", INT64_MAX & ~(off_t)PAGE_MASK, 0);
	fds[FD_SEALED] = memfd("sealed", GPU_PAGE_SIZE, MFD_ALLOW_SEALING);
	fcntl(fds[FD_SEALED], F_ADD_SEALS, F_SEAL_WRITE);
	fds[FD_NULL] = open("/dev/null", O_RDWR | O_CLOEXEC);
	fds[FD_DIRECTORY] = open("/", O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[FD_RAM]);
	fds[FD_READ_ONLY] = open(path, O_RDONLY | O_CLOEXEC);
	if (pipe2(p, O_CLOEXEC | O_NONBLOCK) || pipe2(stop_pipe, O_CLOEXEC | O_NONBLOCK))
		fuzz_die("pipe");
	fds[FD_PIPE] = p[0];
	fds[FD_PIPE_END] = p[1];

	ptes_fd = memfd("ptes", gpu_model.page_table.size, 0);
	ptes = mmap(NULL, gpu_model.page_table.size, PROT_READ | PROT_WRITE, MAP_SHARED, ptes_fd, 0);
	if (ram == MAP_FAILED || ptes == MAP_FAILED)
		fuzz_die("mmap");

	/* An abstract address, which the kernel chooses (autobind). */
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	address.sun_family = AF_UNIX;
	address_len = sizeof(sa_family_t);
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, address_len) ||
	    listen(listener, 64))
		fuzz_die("socket");
	address_len = sizeof(address);
	if (getsockname(listener, (struct sockaddr *)&address, &address_len))
		fuzz_die("getsockname");
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t how = size ? data[0] : 0;
	const unsigned int before = open_fds();
	struct vfio_user_options o = {
		.listener = listener, .stop = stop_pipe[0], .ptes = how & 2 ? ptes_fd : -1,
		.first_ms = 60000, .stall_ms = 10000, .busy_ns = how & 4 ? 60000 : 0,
	};
	enum vfio_user_end end;
	struct gpu_bus bus;
	struct pollfd p = { .fd = listener, .events = POLLIN };
	char c;
	int fd;

	reset_harness(data, size);
	server = vfio_user_create();
	if (!server)
		fuzz_die("vfio_user_create");
	real_bus = bus = vfio_user_bus(server);
	bus.memory = checked_memory;
	dev = gpu_model.create(&bus, ptes);
	if (!dev)
		fuzz_die("create");
	if (how & 8) /* a connection without a message, which does not count as the client */
		close(connect_client());
	client = connect_client();

	end = vfio_user_serve(server, &gpu_model, dev, &o);

	check_end(end);
	fuzz_check_device(dev);
	if (client >= 0)
		close(client);
	for (fd = 0; fd < 2; fd++) {
		if (events[fd] >= 0)
			close(events[fd]);
	}
	if (stopped && read(stop_pipe[0], &c, 1) != 1)
		fuzz_die("read");
	/* Further clients, which the server has not accepted. */
	while (poll(&p, 1, 0) > 0) {
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			break;
		close(fd);
	}
	gpu_model.destroy(dev);
	vfio_user_destroy(server);
	FUZZ_CHECK(open_fds() == before);
	return 0;
}
