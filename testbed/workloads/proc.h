/* SPDX-License-Identifier: MIT */
/*
 * Linux for the programs in the guest: time, processes, and files under /proc and /sys. Fatal
 * errors end the program with die().
 */

#ifndef TESTBED_PROC_H
#define TESTBED_PROC_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define ARRAY_SIZE(x) (sizeof(x) / sizeof((x)[0]))

#define KIB 1024UL
#define MIB (1024 * KIB)
#define MS 1000000ll /* in ns */
#define SECOND (1000 * MS)

#define TRACING "/sys/kernel/tracing/"

static inline int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * SECOND + ts.tv_nsec;
}

static inline void nap(long us)
{
	struct timespec ts = { us / 1000000, us % 1000000 * 1000 };

	nanosleep(&ts, NULL);
}

/* Ends the program with status 2: no result could be obtained. */
__attribute__((noreturn, format(printf, 1, 2)))
static inline void die(const char *fmt, ...)
{
	va_list va;

	fflush(stdout);
	fprintf(stderr, "%s: ", program_invocation_short_name);
	va_start(va, fmt);
	vfprintf(stderr, fmt, va);
	va_end(va);
	fputc('\n', stderr);
	exit(2);
}

/* Zeroed memory that is shared with all processes that are forked from now on. */
static inline void *shared_memory(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("mmap: %m");
	return p;
}

/*
 * Like fork(). The child is killed when the thread that forked it ends. Flushes the output before,
 * because the child would print it again.
 */
static inline pid_t fork_or_die(void)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die("fork: %m");
	if (!pid)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

/*
 * Writes to a file of the kernel, like the shell's "printf %s TEXT >FILE".
 * Return: false and errno if the kernel does not accept all of @text.
 */
static inline bool put(const char *path, const char *text)
{
	const int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	const size_t len = strlen(text);
	size_t done = 0;
	ssize_t n;

	if (fd < 0)
		return false;
	/* Some files accept one word of a list at a time, and the last one on close. */
	do {
		n = write(fd, text + done, len - done);
		done += n > 0 ? n : 0;
	} while (n > 0 && done < len);
	return !close(fd) && n >= 0 && done == len;
}

/*
 * Reads the beginning of a file, at most @len bytes including the NUL that is added.
 * Return: false and errno if it cannot be read.
 */
static inline bool get(const char *path, char *text, size_t len)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, text, len - 1);
	close(fd);
	text[n < 0 ? 0 : n] = '\0';
	return n >= 0;
}

/* Return: the number after @name in a file such as /proc/vmstat or /proc/meminfo. */
static inline long stat_of(const char *path, const char *name)
{
	const size_t len = strlen(name);
	char line[128];
	long value = -1;
	FILE *f = fopen(path, "r");

	if (!f)
		die("cannot read %s: %m", path);
	while (value < 0 && fgets(line, sizeof(line), f))
		if (!strncmp(line, name, len) && strchr(": ", line[len]))
			value = atol(line + len + 1);
	fclose(f);
	if (value < 0)
		die("%s has no %s", path, name);
	return value;
}

/* In KiB. */
static inline long meminfo(const char *name)
{
	return stat_of("/proc/meminfo", name);
}

#endif
