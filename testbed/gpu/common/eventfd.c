// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include "eventfd.h"

#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool eventfd_valid(int fd)
{
	static const char name[] = "anon_inode:[eventfd]";
	char path[32], target[sizeof(name)];
	int flags = fcntl(fd, F_GETFL);
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, target, sizeof(target));
	return n == sizeof(name) - 1 && !memcmp(target, name, (size_t)n) && flags >= 0 &&
	       flags & O_NONBLOCK;
}

bool eventfd_ready(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	return poll(&p, 1, 0) > 0 && p.revents & events;
}

void eventfd_signal(int fd)
{
	const uint64_t one = 1;

	/* The client may have cleared O_NONBLOCK: look first. */
	if (eventfd_ready(fd, POLLOUT) && write(fd, &one, sizeof(one)) < 0)
		return;
}
