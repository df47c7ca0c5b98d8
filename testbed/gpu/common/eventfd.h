/* SPDX-License-Identifier: MIT */
/* The client's eventfds. The client can change them at any time: nothing here waits for it. */
#ifndef EVENTFD_H
#define EVENTFD_H

#include <stdbool.h>

/* Returns whether @fd is an eventfd, and non-blocking. */
bool eventfd_valid(int fd);

/* Returns whether @events (POLLIN, POLLOUT) hold for @fd. */
bool eventfd_ready(int fd, short events);

/* Adds 1. A counter that is at its maximum stays there. */
void eventfd_signal(int fd);

#endif
