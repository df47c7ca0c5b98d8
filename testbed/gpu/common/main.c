// SPDX-License-Identifier: MIT
/*
 * The command line of a model's server, which makes the model a PCI device for QEMU. The program
 * has the name of the model, MODEL here.
 *
 *   MODEL -s SOCKET [-c COUNTS] [-p trap|mmap] [-f FILE] [-b USEC] [-t SECONDS]
 *
 *   -s   the UNIX socket for QEMU's vfio-user-pci; what is left over there from a server that is
 *        gone is replaced
 *   -c   a file that gets what the model has counted at the end, one "name value" a line
 *   -p   page table: QEMU maps it (mmap, the default; with INTx only until the first interrupt) and
 *        posts no writes at all, or each access to it is a message (trap)
 *   -f   the page table lies in FILE, at its offset in the region; FILE is made, and removed at the
 *        end: for QEMU's ivshmem-plain, which the guest can put in front of a region that is all
 *        page table (g33/overlay.sh). FILE should be in a tmpfs
 *   -b   how many microseconds to look for the next message before going to sleep; default 60, or 0
 *        if there is only one CPU
 *   -t   how many seconds to wait for the client; default 60
 *
 * Serves one client and ends: with 0 when the client has closed the connection, or at SIGTERM or
 * SIGINT; else with 1 and a line on stderr.
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
		fprintf(stderr, "%s: '%s' is no number up to %u\n", gpu_model.name, s, max);
		exit(2);
	}
	return (unsigned int)n;
}

/* The client has made a file smaller that it gave as memory. Nothing can be done about that, but to say so. */
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
	/* A shell starts what it runs in the background with SIGINT ignored, and then there would be nothing to read. */
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	/* Before any thread is made: all of them inherit it. */
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		die("signalfd", strerror(errno));
	return fd;
}

/*
 * The page table as a file that QEMU can map, at its offset in the region (what is before it takes
 * no memory); if it is one without a name, then one that QEMU cannot make smaller.
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
