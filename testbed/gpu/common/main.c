// SPDX-License-Identifier: MIT
/*
 * The server program of a model, which makes the model a PCI device for QEMU. The program has the
 * name of the model, MODEL here.
 *
 *   MODEL -s SOCKET [-c COUNTS] [-p trap|mmap] [-f FILE] [-b USEC] [-t SECONDS]
 *
 *   -s   the UNIX socket for QEMU's vfio-user-pci; a socket on which no process listens is replaced
 *   -c   a file to which the model's counters are written at the end, one "name value" per line
 *   -p   how QEMU accesses the page table: it maps it (mmap, the default; with INTx only until the
 *        first interrupt) and posts no writes at all, or sends a message for each access (trap)
 *   -f   put the page table into FILE, at the offset of the table in its region. FILE must not
 *        exist and is removed at the end; it should be on a tmpfs. Use with QEMU's ivshmem-plain,
 *        which the guest can place over a region that consists of the page table only
 *        (g33/overlay.sh)
 *   -b   how many microseconds to poll for the next message before sleeping; default 60, or 0 if
 *        there is only one CPU
 *   -t   how many seconds to wait for the client; default 60
 *
 * Serves one client and exits: with 0 if the client has closed the connection, or at SIGTERM or
 * SIGINT; else with 1 and a message on stderr (2 for wrong arguments).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vfio-user.h"

static const char *socket_path, *ptes_path;

static void die(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s: %s\n", gpu_model.name, what, why);
	exit(1);
}

static void usage(void)
{
	fprintf(stderr, "usage: %s -s SOCKET [-c COUNTS] [-p trap|mmap] [-f FILE] [-b USEC] [-t SECONDS]\n", gpu_model.name);
	exit(2);
}

static unsigned int number(const char *s, unsigned int max)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(s, &end, 10);
	if (*s < '0' || *s > '9' || *end || errno || n > max) {
		fprintf(stderr, "%s: '%s' is not a number from 0 to %u\n", gpu_model.name, s, max);
		exit(2);
	}
	return (unsigned int)n;
}

/* The client has truncated a file that this process has mapped for DMA: exits with a message. */
static void on_sigbus(int sig)
{
	static const char line[] = ": the client took away memory that it had mapped\n";

	(void)sig;
	if (write(STDERR_FILENO, gpu_model.name, strlen(gpu_model.name)) < 0 || write(STDERR_FILENO, line, sizeof(line) - 1) < 0)
		_exit(1);
	unlink(socket_path);
	if (ptes_path)
		unlink(ptes_path);
	_exit(1);
}

static int stop_signals(void)
{
	struct sigaction sa = { .sa_handler = on_sigbus };
	sigset_t set;
	int fd;

	sigaction(SIGBUS, &sa, NULL);
	/*
	 * A shell starts background processes with SIGINT ignored, and the signalfd never becomes
	 * readable for an ignored signal.
	 */
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	/* Before any thread is created: threads inherit the mask. */
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		die("signalfd", strerror(errno));
	return fd;
}

/*
 * Creates the page table in a file that QEMU can map, at the offset of the table in its region (the
 * part of the file before the table takes no memory). Without -f, the file is a memfd that QEMU
 * cannot truncate.
 */
static void *shared_ptes(int *fd)
{
	const struct gpu_area *table = &gpu_model.page_table;
	const off_t size = (off_t)(table->offset + table->size);
	void *p;

	*fd = ptes_path ? open(ptes_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600) :
			  memfd_create("page-table", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (*fd < 0 || ftruncate(*fd, size) || (!ptes_path && fcntl(*fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)))
		die(ptes_path ? ptes_path : "page table", strerror(errno));
	p = mmap(NULL, table->size, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, (off_t)table->offset);
	if (p == MAP_FAILED)
		die("page table", strerror(errno));
	return p;
}

static void write_counts(const char *path, struct gpu *dev)
{
	char *new;
	FILE *f;

	if (asprintf(&new, "%s.%d", path, (int)getpid()) < 0)
		die(path, strerror(ENOMEM));
	f = fopen(new, "w");
	if (!f)
		die(new, strerror(errno));
	gpu_model.print_counts(dev, f);
	if (ferror(f) | fclose(f) || rename(new, path)) {
		unlink(new);
		die(path, strerror(errno));
	}
	free(new);
}

static unsigned int cpus(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) ? 1 : (unsigned int)CPU_COUNT(&set);
}

int main(int argc, char **argv)
{
	struct vfio_user_options o = { .ptes = -1, .first_ms = 60000, .stall_ms = 10000 };
	unsigned int busy_us = cpus() > 1 ? VFIO_USER_BUSY_US : 0;
	const char *counts_path = NULL, *error;
	struct stat mine, there;
	enum vfio_user_end end;
	struct vfio_user *vu;
	struct gpu_bus bus;
	int opt, r, ptes_fd = -1;
	void *ptes = NULL;
	bool map = true;
	struct gpu *dev;

	while ((opt = getopt(argc, argv, "s:c:p:f:b:t:")) != -1) {
		switch (opt) {
		case 's':
			socket_path = optarg;
			break;
		case 'c':
			counts_path = optarg;
			break;
		case 'p':
			map = !strcmp(optarg, "mmap");
			if (!map && strcmp(optarg, "trap"))
				usage();
			break;
		case 'f':
			ptes_path = optarg;
			break;
		case 'b':
			busy_us = number(optarg, 1000000);
			break;
		case 't':
			o.first_ms = number(optarg, 86400) * 1000;
			break;
		default:
			usage();
		}
	}
	if (!socket_path || optind != argc)
		usage();

	o.stop = stop_signals();
	o.busy_ns = busy_us * 1000ull;
	o.listener = vfio_user_socket(socket_path, &error);
	if (o.listener < 0)
		die(socket_path, error);
	if (lstat(socket_path, &mine))
		die(socket_path, strerror(errno));
	if (map || ptes_path)
		ptes = shared_ptes(&ptes_fd);
	if (map)
		o.ptes = ptes_fd;

	vu = vfio_user_create();
	if (!vu)
		die("start", strerror(ENOMEM));
	bus = vfio_user_bus(vu);
	dev = gpu_model.create(&bus, ptes);
	if (!dev)
		die("start", strerror(ENOMEM));
	r = gpu_model.start(dev);
	if (r)
		die("start", strerror(r));
	fprintf(stderr, "%s: listening on %s\n", gpu_model.name, socket_path);

	end = vfio_user_serve(vu, &gpu_model, dev, &o);

	if (!lstat(socket_path, &there) && there.st_dev == mine.st_dev && there.st_ino == mine.st_ino)
		unlink(socket_path);
	gpu_model.stop(dev);
	if (counts_path)
		write_counts(counts_path, dev);
	if (end == VFIO_USER_FAILED)
		fprintf(stderr, "%s: %s\n", gpu_model.name, vfio_user_error(vu));
	gpu_model.destroy(dev);
	vfio_user_destroy(vu);
	close(o.listener);
	close(o.stop);
	if (ptes) {
		munmap(ptes, gpu_model.page_table.size);
		close(ptes_fd);
	}
	if (ptes_path)
		unlink(ptes_path);
	return end == VFIO_USER_FAILED;
}
