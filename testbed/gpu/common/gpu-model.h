/* SPDX-License-Identifier: MIT */
/*
 * The interface between a device model and its front end. A model implements struct gpu_model. A
 * front end (the vfio-user server, a unit test, a fuzzer) implements struct gpu_bus. A model does
 * not depend on its transport, and nothing in this folder depends on a particular model.
 *
 * To add a model: create a folder beside g33/ that defines gpu_model, and add its name to $(models)
 * in the Makefile.
 */
#ifndef GPU_MODEL_H
#define GPU_MODEL_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The state of a device. Each model defines its own. */
struct gpu;

/*
 * The functions that a front end provides to a device. The device calls them with its lock held;
 * they must not call the device.
 */
struct gpu_bus {
	void *opaque;

	/*
	 * Returns where @len bytes of guest physical memory at @addr are mapped in this process, or
	 * NULL if there is no memory at @addr. The range never crosses a 4 KiB page boundary. The
	 * device does not use the pointer after it has released its lock; the front end adds and
	 * removes memory only between lock() and unlock().
	 */
	void *(*memory)(void *opaque, uint64_t addr, size_t len);

	/*
	 * Reports the level of the interrupt line (INTA). Called when the level changes, and after
	 * each acknowledgement by the driver even if the level has not changed: a line that is
	 * still high after an acknowledgement is a new interrupt.
	 */
	void (*interrupt)(void *opaque, bool level);

	/*
	 * The driver has read the cause of an interrupt while the line is high: its handler is
	 * running and will acknowledge the interrupt. May be NULL.
	 */
	void (*handling)(void *opaque);

	/* Sends the MSI of vector 0. A model with MSI calls this instead of interrupt(). */
	void (*message)(void *opaque);
};

enum gpu_interrupt {
	GPU_INTX, /* gpu_bus.interrupt() */
	GPU_MSI,  /* gpu_bus.message(), one vector; the configuration space has the capability */
};

/* Part of a region. */
struct gpu_area {
	unsigned int region;
	uint64_t offset, size; /* in bytes, multiples of 4 KiB */
};

/*
 * Regions are numbered as in linux/vfio.h (VFIO_PCI_*_REGION_INDEX): BAR0 to BAR5, ROM,
 * configuration space, VGA.
 */
#define GPU_REGIONS 9u

struct gpu_region {
	uint64_t size;   /* in bytes; 0: there is no such region */
	bool any_length; /* else an access must be 1, 2, 4 or 8 bytes, naturally aligned */
};

/*
 * Unless noted otherwise, the functions take the device's lock, and the caller must not hold it
 * (except for unlock()).
 */
struct gpu_model {
	const char *name; /* of the server; the prefix of its messages */
	struct gpu_region region[GPU_REGIONS];
	enum gpu_interrupt interrupt;
	struct gpu_area page_table; /* plain memory, which the client may map */

	/*
	 * Returns a device in its power-on state, or NULL if memory allocation fails. Copies @bus.
	 * @page_table is zeroed memory of the size of the page_table area, which the front end may
	 * share with its client; if @page_table is NULL, the model allocates the memory. The device
	 * executes nothing before start().
	 */
	struct gpu *(*create)(const struct gpu_bus *bus, void *page_table);
	void (*destroy)(struct gpu *dev);

	/* Creates the thread that executes commands. Returns 0 or a positive errno. */
	int (*start)(struct gpu *dev);
	/* Stops the thread and waits for it to exit. */
	void (*stop)(struct gpu *dev);

	/* PCI reset: the power-on state, except that the page table and the counts are kept. */
	void (*reset)(struct gpu *dev);

	/*
	 * Accesses a region. Returns 0; -EINVAL if the region does not support the length or the
	 * alignment (a read then returns all ones, a write has no effect, and the model counts the
	 * access); or -ERANGE if the access extends beyond the end of the region.
	 */
	int (*read)(struct gpu *dev, unsigned int region, uint64_t offset, void *data, size_t len);
	int (*write)(struct gpu *dev, unsigned int region, uint64_t offset, const void *data,
		     size_t len);

	/* The front end holds the device's lock while it changes what bus->memory() returns. */
	void (*lock)(struct gpu *dev);
	void (*unlock)(struct gpu *dev);

	/* Prints the model's counters, one "name value" per line. */
	void (*print_counts)(struct gpu *dev, FILE *f);
};

/* The model that the program is linked with. */
extern const struct gpu_model gpu_model;

static inline uint64_t gpu_region_size(const struct gpu_model *model, unsigned int region)
{
	return region < GPU_REGIONS ? model->region[region].size : 0;
}

/* Returns what read() and write() of struct gpu_model return for such an access. */
static inline int gpu_check_access(const struct gpu_model *model, unsigned int region,
				   uint64_t offset, size_t len)
{
	const uint64_t size = gpu_region_size(model, region);

	if (offset > size || len > size - offset)
		return -ERANGE;
	if (region < GPU_REGIONS && model->region[region].any_length)
		return 0;
	if (len != 1 && len != 2 && len != 4 && len != 8)
		return -EINVAL;
	return offset % len ? -EINVAL : 0;
}

#endif
