// SPDX-License-Identifier: MIT
/*
 * bench-vfio-user SOCKET [direct|qemu] [N] - how long a trapped access takes, without a guest
 *
 *   direct  one thread sends a request and waits for the reply in recv() (default)
 *   qemu    as QEMU does: the CPU's thread sends and waits on a condition variable; a second thread
 *           sleeps in ppoll(), reads the header, then the rest, wakes the first, and reads again
 *           until there is no data
 *
 * Measures N accesses (default 20000) each: reads of a register (0x209c) and writes of one dword of
 * the aperture (page 0, without a PTE: not mapped), both with a reply; then writes without a reply.
 * Prints microseconds: median, mean, 90th and 99th percentile.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

struct message {
	uint16_t id, command;
	uint32_t size, flags, error;
	uint64_t offset;
	uint32_t region, count;
	uint8_t data[8];
};

#define HEADER 16u

static int fd;
static bool like_qemu;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t complete = PTHREAD_COND_INITIALIZER;
static bool is_complete;
static struct message reply;

static void die(const char *what)
{
	fprintf(stderr, "bench-vfio-user: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void *io_thread(void *arg)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	for (;;) {
		if (ppoll(&p, 1, NULL, NULL) < 0)
			die("ppoll");
		pthread_mutex_lock(&lock);
		while (recv(fd, &reply, HEADER, MSG_DONTWAIT) == HEADER) {
			if (reply.size > sizeof(reply) || recv(fd, &reply.offset, reply.size - HEADER, MSG_DONTWAIT) < 0)
				die("reply");
			is_complete = true;
			pthread_cond_signal(&complete);
		}
		pthread_mutex_unlock(&lock);
	}
	return arg;
}

static void transact(struct message *m)
{
	bool wait = !(m->flags & 0x10);

	if (!like_qemu) {
		if (send(fd, m, m->size, 0) < 0 || (wait && recv(fd, &reply, sizeof(reply), 0) < (ssize_t)HEADER))
			die("server");
		return;
	}
	pthread_mutex_lock(&lock);
	is_complete = false;
	if (send(fd, m, m->size, 0) < 0)
		die("server");
	while (wait && !is_complete)
		pthread_cond_wait(&complete, &lock);
	pthread_mutex_unlock(&lock);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void measure(const char *what, struct message *m, unsigned int n)
{
	double *t = calloc(n, sizeof(*t)), sum = 0, start;
	unsigned int i;

	if (!t)
		die(what);
	for (i = 0; i < n; i++) {
		start = now_us();
		transact(m);
		t[i] = now_us() - start;
		sum += t[i];
		if (reply.flags & 0x20)
			die("error reply");
	}
	qsort(t, n, sizeof(*t), compare);
	printf("%-16s %7.2f %7.2f %7.2f %7.2f\n", what, t[n / 2], sum / n, t[n * 9ull / 10], t[n * 99ull / 100]);
	free(t);
}

int main(int argc, char **argv)
{
	struct message version = { .command = 1, .size = HEADER + 4 }, m = { 0 };
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	unsigned int n = argc > 3 ? (unsigned int)atoi(argv[3]) : 20000;
	char answer[512];
	pthread_t thread;

	if (argc < 2 || strlen(argv[1]) >= sizeof(addr.sun_path) || !n) {
		fprintf(stderr, "usage: bench-vfio-user SOCKET [direct|qemu] [N]\n");
		return 2;
	}
	strcpy(addr.sun_path, argv[1]);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		die(argv[1]);
	if (send(fd, &version, version.size, 0) < 0 || recv(fd, answer, sizeof(answer), 0) < (ssize_t)HEADER)
		die("server");
	like_qemu = argc > 2 && !strcmp(argv[2], "qemu");
	if (like_qemu && pthread_create(&thread, NULL, io_thread, NULL))
		die("thread");

	printf("%-16s %7s %7s %7s %7s\n", "microseconds", "median", "mean", "90 %", "99 %");
	m = (struct message){ .command = 9, .size = HEADER + 16, .offset = 0x209c, .region = 0, .count = 4 };
	measure("read register", &m, n);
	m = (struct message){ .command = 10, .size = HEADER + 20, .offset = 0x100, .region = 2, .count = 4 };
	measure("write aperture", &m, n);
	m.flags = 0x10;
	measure("posted write", &m, n);
	return 0;
}
