/* SPDX-License-Identifier: MIT */
/*
 * The interface between a device model and its front end. A model implements struct gpu_model. A
 * front end (the vfio-user server, a unit test, a fuzzer) implements struct gpu_bus. A model knows
 * nothing of its transport, and this folder knows no model.
 *
 * To add a model: a folder beside g33/ that defines gpu_model, and its name in the Makefile's list
 * of models.
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
 * What a front end does for a device. All are called with the device's lock held and must not call
 * the device.
 */
struct gpu_bus {
	void *opaque;

	/*
	 * Returns where @len bytes of guest physical memory from @addr on are mapped, or NULL if
	 * there is no memory. They never cross a page of 4 KiB. The device does not keep the
	 * pointer beyond its lock; the front end adds and removes memory between lock() and
	 * unlock() only.
	 */
	void *(*memory)(void *opaque, uint64_t addr, size_t len);

	/*
	 * The interrupt line (INTA) is at @level. Called when the level changes, and after each
	 * acknowledgement by the driver, changed or not: a line that is still high after an
	 * acknowledgement is another interrupt.
	 */
	void (*interrupt)(void *opaque, bool level);

	/*
	 * The driver has read the cause of an interrupt while the line is high: its handler runs
	 * and will acknowledge. May be NULL.
	 */
	void (*handling)(void *opaque);

	/* Sends the message of vector 0. A model with MSI calls this instead of interrupt(). */
	void (*message)(void *opaque);
};

/* What a device interrupts with. */
enum gpu_interrupt {
	GPU_INTX, /* gpu_bus.interrupt() */
	GPU_MSI,  /* gpu_bus.message(), one vector; the configuration space has the capability */
};

/* An area of a region. */
struct gpu_area {
	unsigned int region;
	uint64_t offset, size; /* in bytes, multiples of a page */
};

/*
 * Regions have the numbers of linux/vfio.h (VFIO_PCI_*_REGION_INDEX): BAR0 to BAR5, ROM,
 * configuration space, VGA.
 */
#define GPU_REGIONS 9u

struct gpu_region {
	uint64_t size;   /* in bytes; 0: there is no such region */
	bool any_length; /* else it takes 1, 2, 4 or 8 bytes, naturally aligned */
};

/* The functions take the device's lock; but for unlock() the caller must not hold it. */
struct gpu_model {
	const char *name; /* of the server, in what it prints */
	struct gpu_region region[GPU_REGIONS];
	enum gpu_interrupt interrupt;
	struct gpu_area page_table; /* plain memory, which the client may map */

	/*
	 * Returns a device as it is after power on, or NULL if there is no memory. @bus is copied.
	 * @page_table is zeroed memory of that area's size, which the front end may share with
	 * its client; if it is NULL, the model allocates it. Nothing executes before start().
	 */
	struct gpu *(*create)(const struct gpu_bus *bus, void *page_table);
	void (*destroy)(struct gpu *dev);

	/* Makes a thread that executes commands. Returns 0 or an errno. */
	int (*start)(struct gpu *dev);
	/* Returns when the thread has ended. */
	void (*stop)(struct gpu *dev);

	/* PCI reset: as after power on, but for the page table and the counts. */
	void (*reset)(struct gpu *dev);

	/*
	 * An access to a region. Returns 0; -EINVAL for a length or an alignment that the region
	 * does not take (then a read gives all ones, a write has no effect, and it is counted); or
	 * -ERANGE beyond the end of the region.
	 */
	int (*read)(struct gpu *dev, unsigned int region, uint64_t offset, void *data, size_t len);
	int (*write)(struct gpu *dev, unsigned int region, uint64_t offset, const void *data,
		     size_t len);

	/* The device's lock, for a change of what bus->memory() returns. */
	void (*lock)(struct gpu *dev);
	void (*unlock)(struct gpu *dev);

	/* Prints what the model has counted, one "name value" a line. */
	void (*print_counts)(struct gpu *dev, FILE *f);
};

/* The model that the program is linked with. */
extern const struct gpu_model gpu_model;

static inline uint64_t gpu_region_size(const struct gpu_model *model, unsigned int region)
{
	return region < GPU_REGIONS ? model->region[region].size : 0;
}

/* What read() and write() of struct gpu_model return for such an access, by the table of regions. */
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
