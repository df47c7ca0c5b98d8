/* SPDX-License-Identifier: MIT */
/*
 * The client's eventfds. The client can change their counters and flags at any time: these
 * functions never block.
 */
#ifndef EVENTFD_H
#define EVENTFD_H

#include <stdbool.h>

/* Returns true if @fd is a non-blocking eventfd. */
bool eventfd_valid(int fd);

/* Returns true if poll() reports any of @events (POLLIN, POLLOUT) for @fd. */
bool eventfd_ready(int fd, short events);

/* Adds 1 to the counter. Does nothing if the counter is at its maximum. */
void eventfd_signal(int fd);

#endif
