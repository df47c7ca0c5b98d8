/* SPDX-License-Identifier: MIT */
/*
 * The front end of the models for QEMU's vfio-user-pci: a server of the vfio-user protocol for one
 * client over a UNIX socket.
 *
 * The protocol is docs/interop/vfio-user.rst of QEMU, cited as "spec" with the name of the section;
 * what QEMU does of it is in its hw/vfio-user/ and hw/vfio/.
 */
#ifndef VFIO_USER_H
#define VFIO_USER_H

#include <stdbool.h>
#include <stdint.h>

#include "gpu-model.h"

#define VFIO_USER_MAX_FDS    8u      /* that the client may send with one message */
#define VFIO_USER_MAX_XFER   65536u  /* bytes of data in one REGION_READ or REGION_WRITE */
#define VFIO_USER_MAX_DMA    1024u   /* DMA_MAPs at one time */
#define VFIO_USER_BUSY_US    60u     /* default of busy_ns: see there */

struct vfio_user;

struct vfio_user_options {
	int listener;          /* the socket, listening and non-blocking; not closed */
	int stop;              /* readable when the server is to stop: a signalfd, a pipe; -1: never */
	/*
	 * memfd with the page table that the device was given, at its offset in the region: the
	 * client can map it; -1: it cannot.
	 */
	int ptes;
	unsigned int first_ms; /* how long to wait for the client */
	unsigned int stall_ms; /* how long the client may stop in the middle of a message, or not take a reply */
	uint64_t busy_ns;      /* how long to look for the next message before going to sleep */
};

/* How it ended. */
enum vfio_user_end {
	VFIO_USER_LEFT,    /* the client closed the connection between two messages */
	VFIO_USER_STOPPED, /* options->stop */
	VFIO_USER_FAILED,  /* vfio_user_error() says why */
};

/* NULL if there is no memory. */
struct vfio_user *vfio_user_create(void);
void vfio_user_destroy(struct vfio_user *vu);

/* vfio_user_bus - the bus to create the device with */
struct gpu_bus vfio_user_bus(struct vfio_user *vu);

/*
 * vfio_user_serve - wait for a client and serve it until it leaves
 *
 * All that the client gave is given back at the end: memory is unmapped, eventfds are closed, and
 * the device sees no memory.
 */
enum vfio_user_end vfio_user_serve(struct vfio_user *vu, const struct gpu_model *model, struct gpu *dev,
				   const struct vfio_user_options *options);

/* One line, without a newline. */
const char *vfio_user_error(const struct vfio_user *vu);

/* vfio_user_socket - bind and listen; a left-over socket is replaced. Returns the file descriptor or -1, then *@error says why. */
int vfio_user_socket(const char *path, const char **error);

#endif
