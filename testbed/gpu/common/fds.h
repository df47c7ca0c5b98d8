/* SPDX-License-Identifier: MIT */
#ifndef FDS_H
#define FDS_H

#include <string.h>
#include <sys/socket.h>

/*
 * Attaches @n file descriptors to @msg, for sendmsg(). @control: CMSG_SPACE(n * sizeof(int)) bytes,
 * aligned as a struct cmsghdr.
 */
static inline void attach_fds(struct msghdr *msg, void *control, const int *fds, unsigned int n)
{
	struct cmsghdr *c;

	if (!n)
		return;
	msg->msg_control = control;
	msg->msg_controllen = CMSG_SPACE(n * sizeof(int));
	c = CMSG_FIRSTHDR(msg);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(c), fds, n * sizeof(int));
}

#endif
