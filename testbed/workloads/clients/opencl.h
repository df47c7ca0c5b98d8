/* SPDX-License-Identifier: MIT */
/*
 * Intel's OpenCL runtime (NEO). A buffer with CL_MEM_USE_HOST_PTR, filled by a kernel, which is a
 * shader: the command streamer gets the batch, but nothing is written.
 */

#ifndef CLIENT_OPENCL_H
#define CLIENT_OPENCL_H

#define CL_TARGET_OPENCL_VERSION 300
#include <CL/cl.h>

#include "client.h"

enum { CL_FILL };

struct cl_object {
	cl_mem buffer;
	size_t size;
};

static struct {
	cl_context context;
	cl_command_queue queue;
	struct cl_object *first;

	__typeof__(&clGetPlatformIDs) clGetPlatformIDs;
	__typeof__(&clGetDeviceIDs) clGetDeviceIDs;
	__typeof__(&clGetDeviceInfo) clGetDeviceInfo;
	__typeof__(&clCreateContext) clCreateContext;
	__typeof__(&clReleaseContext) clReleaseContext;
	__typeof__(&clCreateCommandQueueWithProperties) clCreateCommandQueueWithProperties;
	__typeof__(&clReleaseCommandQueue) clReleaseCommandQueue;
	__typeof__(&clCreateBuffer) clCreateBuffer;
	__typeof__(&clEnqueueFillBuffer) clEnqueueFillBuffer;
	__typeof__(&clFinish) clFinish;
	__typeof__(&clReleaseMemObject) clReleaseMemObject;
} cl;

static void cl_check(const char *call, cl_int error)
{
	if (error)
		die("%s: error %d", call, error);
}

static void *cl_import(void *ptr, size_t size)
{
	struct cl_object *o = calloc(1, sizeof(*o));
	cl_int error;

	if (!o)
		die("no memory");
	o->size = size;
	o->buffer = cl.clCreateBuffer(cl.context, CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR, size,
				      ptr, &error);
	cl_check("clCreateBuffer", error);
	return o;
}

static void cl_write(void *object, unsigned int use, size_t step)
{
	const cl_uint pattern = 0x5a5a5a5a;
	struct cl_object *o = object;

	(void)use;
	(void)step;
	cl_check("clEnqueueFillBuffer",
		 cl.clEnqueueFillBuffer(cl.queue, o->buffer, &pattern, sizeof(pattern), 0,
					o->size, 0, NULL, NULL));
	cl_check("clFinish", cl.clFinish(cl.queue));
}

static void cl_release(void *object)
{
	struct cl_object *o = object;

	cl_check("clReleaseMemObject", cl.clReleaseMemObject(o->buffer));
	free(o);
}

static const char *cl_open(void)
{
	static const size_t size = 64 * KIB;
	static char text[256];
	char name[100] = "", version[100] = "";
	void *library = load_library("libOpenCL.so.1");
	cl_platform_id platform;
	cl_device_id device;
	cl_int error;
	void *mem;

#define LOAD_CL(name) cl.name = (__typeof__(cl.name))load_symbol(library, #name)
	LOAD_CL(clGetPlatformIDs);
	LOAD_CL(clGetDeviceIDs);
	LOAD_CL(clGetDeviceInfo);
	LOAD_CL(clCreateContext);
	LOAD_CL(clReleaseContext);
	LOAD_CL(clCreateCommandQueueWithProperties);
	LOAD_CL(clReleaseCommandQueue);
	LOAD_CL(clCreateBuffer);
	LOAD_CL(clEnqueueFillBuffer);
	LOAD_CL(clFinish);
	LOAD_CL(clReleaseMemObject);
#undef LOAD_CL

	cl_check("clGetPlatformIDs", cl.clGetPlatformIDs(1, &platform, NULL));
	cl_check("clGetDeviceIDs",
		 cl.clGetDeviceIDs(platform, CL_DEVICE_TYPE_GPU, 1, &device, NULL));
	cl.context = cl.clCreateContext(NULL, 1, &device, NULL, NULL, &error);
	cl_check("clCreateContext", error);
	cl.queue = cl.clCreateCommandQueueWithProperties(cl.context, device, NULL, &error);
	cl_check("clCreateCommandQueueWithProperties", error);
	cl.clGetDeviceInfo(device, CL_DRIVER_VERSION, sizeof(version), version, NULL);
	cl.clGetDeviceInfo(device, CL_DEVICE_NAME, sizeof(name), name, NULL);
	snprintf(text, sizeof(text), "%s: %s", version, name);

	/*
	 * The runtime's own memory consists of userptrs, too; a first use allocates all of it. That
	 * object stays, because the runtime frees it with a delay.
	 */
	mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mem == MAP_FAILED)
		die("no memory");
	cl.first = cl_import(mem, size);
	cl_write(cl.first, CL_FILL, size);
	return text;
}

static void cl_close(void)
{
	cl_release(cl.first);
	cl.clReleaseCommandQueue(cl.queue);
	cl.clReleaseContext(cl.context);
}

static const struct client opencl = {
	.id = "opencl",
	.name = "OpenCL (NEO)",
	.use = { [CL_FILL] = "clEnqueueFillBuffer" },
	.open = cl_open,
	.close = cl_close,
	.import = cl_import,
	.write = cl_write,
	.release = cl_release,
};

#endif
