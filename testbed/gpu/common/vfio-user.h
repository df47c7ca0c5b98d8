/* SPDX-License-Identifier: MIT */
/*
 * The front end of the models for QEMU's vfio-user-pci: a server of the vfio-user protocol for one
 * client on a UNIX socket.
 *
 * Comments cite QEMU's docs/interop/vfio-user.rst as "spec", with the name of the section. QEMU's
 * implementation of the protocol is in its hw/vfio-user/ and hw/vfio/.
 */
#ifndef VFIO_USER_H
#define VFIO_USER_H

#include <stdbool.h>
#include <stdint.h>

#include "gpu-model.h"

#define VFIO_USER_MAX_FDS    8u      /* file descriptors with one message of the client */
#define VFIO_USER_MAX_XFER   65536u  /* bytes of data in one REGION_READ or REGION_WRITE */
#define VFIO_USER_MAX_DMA    1024u   /* mappings that exist at the same time */
#define VFIO_USER_BUSY_US    60u     /* default for vfio_user_options.busy_ns, in microseconds */

struct vfio_user;

struct vfio_user_options {
	int listener; /* the socket, listening and non-blocking; the caller closes it */
	int stop;     /* becomes readable to stop the server (a signalfd, a pipe); -1: never */
	/*
	 * A file with the page table that was passed to create(), at the offset of the table in its
	 * region. The client can map it. -1: the client cannot map the page table.
	 */
	int ptes;
	unsigned int first_ms; /* how long to wait for the client */
	unsigned int stall_ms; /* how long to wait for the rest of a message or to send a reply */
	uint64_t busy_ns;      /* how long to poll for the next message before sleeping */
};

/* Why vfio_user_serve() returned. */
enum vfio_user_end {
	VFIO_USER_LEFT,    /* the client closed the connection between two messages */
	VFIO_USER_STOPPED, /* options->stop became readable */
	VFIO_USER_FAILED,  /* see vfio_user_error() */
};

/* Returns NULL if memory allocation fails. */
struct vfio_user *vfio_user_create(void);
void vfio_user_destroy(struct vfio_user *vu);

/* Returns the bus for gpu_model.create(). */
struct gpu_bus vfio_user_bus(struct vfio_user *vu);

/*
 * Waits for a client and serves it until it disconnects, an error occurs or options->stop becomes
 * readable. Then unmaps the client's memory, so that the device has none, and closes its eventfds.
 */
enum vfio_user_end vfio_user_serve(struct vfio_user *vu, const struct gpu_model *model, struct gpu *dev,
				   const struct vfio_user_options *options);

/* Returns the reason for VFIO_USER_FAILED: one line, without a newline. */
const char *vfio_user_error(const struct vfio_user *vu);

/*
 * Creates a socket, binds it to @path and listens. Replaces a socket on which no process listens.
 * Returns the file descriptor, or -1 with the reason in *@error.
 */
int vfio_user_socket(const char *path, const char **error);

#endif
