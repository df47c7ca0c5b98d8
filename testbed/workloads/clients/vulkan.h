/* SPDX-License-Identifier: MIT */
/*
 * Mesa's Vulkan driver (anv), by the loader. The writes of the GPU need no shader: the command
 * streamer executes them.
 */

#ifndef CLIENT_VULKAN_H
#define CLIENT_VULKAN_H

#include <vulkan/vulkan.h>

#include "client.h"

#define VK_WAIT_NS (20 * SECOND)
#define HOST_MEMORY VK_EXTERNAL_MEMORY_HANDLE_TYPE_HOST_ALLOCATION_BIT_EXT

enum { VK_TIMESTAMPS, VK_MARKERS };

/* The calls: each is loaded by name. */
#define VK_CALLS(call) \
	call(vkCreateInstance) call(vkDestroyInstance) call(vkEnumeratePhysicalDevices) \
	call(vkGetPhysicalDeviceProperties2) call(vkGetPhysicalDeviceQueueFamilyProperties) \
	call(vkCreateDevice) call(vkDestroyDevice) call(vkGetDeviceQueue) \
	call(vkGetDeviceProcAddr) \
	call(vkAllocateMemory) call(vkFreeMemory) call(vkCreateBuffer) call(vkDestroyBuffer) \
	call(vkGetBufferMemoryRequirements) call(vkBindBufferMemory) \
	call(vkCreateQueryPool) call(vkDestroyQueryPool) call(vkGetQueryPoolResults) \
	call(vkCreateCommandPool) call(vkDestroyCommandPool) call(vkAllocateCommandBuffers) \
	call(vkBeginCommandBuffer) call(vkEndCommandBuffer) call(vkResetCommandBuffer) \
	call(vkCmdResetQueryPool) call(vkCmdWriteTimestamp) call(vkCmdCopyQueryPoolResults) \
	call(vkCmdPipelineBarrier) \
	call(vkCreateFence) call(vkDestroyFence) call(vkResetFences) call(vkWaitForFences) \
	call(vkQueueSubmit)

static struct {
#define VK_MEMBER(name) PFN_##name name;
	VK_CALLS(VK_MEMBER)
	/* Extension functions, which the loader does not export. */
	VK_MEMBER(vkGetMemoryHostPointerPropertiesEXT)
	VK_MEMBER(vkCmdWriteBufferMarkerAMD)
#undef VK_MEMBER
	VkInstance instance;
	VkPhysicalDevice gpu;
	VkDevice device;
	VkQueue queue;
	VkCommandPool pool;
	VkCommandBuffer cmd;
	VkQueryPool queries;
	VkFence fence;
	uint64_t timestamp; /* of the last write */
} vk;

struct vk_object {
	VkDeviceMemory memory;
	VkBuffer buffer;
	size_t size;
};

static inline void vk_check(VkResult result, const char *call)
{
	if (result)
		die("%s returns %d", call, result);
}

/* For calls that return VkResult. */
#define VK(call, ...) vk_check(vk.call(__VA_ARGS__), #call)

static inline void vk_load(void)
{
	void *library = load_library("libvulkan.so.1");

#define VK_LOAD(name) vk.name = (PFN_##name)load_symbol(library, #name);
	VK_CALLS(VK_LOAD)
#undef VK_LOAD
}

static inline void vk_load_extensions(void)
{
#define VK_LOAD(name) \
	do { \
		vk.name = (PFN_##name)vk.vkGetDeviceProcAddr(vk.device, #name); \
		if (!vk.name) \
			die("there is no %s", #name); \
	} while (0)
	VK_LOAD(vkGetMemoryHostPointerPropertiesEXT);
	VK_LOAD(vkCmdWriteBufferMarkerAMD);
#undef VK_LOAD
}

static const char *vk_open(void)
{
	static const char *const extensions[] = {
		VK_EXT_EXTERNAL_MEMORY_HOST_EXTENSION_NAME,
		VK_AMD_BUFFER_MARKER_EXTENSION_NAME,
	};
	static const float priority = 1;
	static VkPhysicalDeviceDriverProperties driver = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES,
	};
	static char text[2 * VK_MAX_PHYSICAL_DEVICE_NAME_SIZE];
	VkPhysicalDeviceProperties2 properties = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2,
		.pNext = &driver,
	};
	const VkApplicationInfo app = {
		.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
		.apiVersion = VK_API_VERSION_1_2,
	};
	const VkInstanceCreateInfo instance = {
		.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
		.pApplicationInfo = &app,
	};
	/* anv's first queue family is the render engine. */
	const VkDeviceQueueCreateInfo queue = {
		.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
		.queueCount = 1,
		.pQueuePriorities = &priority,
	};
	const VkDeviceCreateInfo device = {
		.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
		.queueCreateInfoCount = 1,
		.pQueueCreateInfos = &queue,
		.enabledExtensionCount = ARRAY_SIZE(extensions),
		.ppEnabledExtensionNames = extensions,
	};
	const VkCommandPoolCreateInfo pool = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
		.flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT,
	};
	const VkQueryPoolCreateInfo queries = {
		.sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO,
		.queryType = VK_QUERY_TYPE_TIMESTAMP,
		.queryCount = 1,
	};
	const VkFenceCreateInfo fence = { .sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO };
	VkCommandBufferAllocateInfo cmd = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
		.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
		.commandBufferCount = 1,
	};
	uint32_t gpus = 1, families = 1;
	VkQueueFamilyProperties family;

	vk_load();
	VK(vkCreateInstance, &instance, NULL, &vk.instance);
	vk.vkEnumeratePhysicalDevices(vk.instance, &gpus, &vk.gpu);
	if (!gpus)
		die("Vulkan finds no GPU");
	vk.vkGetPhysicalDeviceProperties2(vk.gpu, &properties);
	vk.vkGetPhysicalDeviceQueueFamilyProperties(vk.gpu, &families, &family);
	if (!families || !family.timestampValidBits)
		die("the GPU's first queue has no timestamps");
	VK(vkCreateDevice, vk.gpu, &device, NULL, &vk.device);
	vk_load_extensions();
	vk.vkGetDeviceQueue(vk.device, 0, 0, &vk.queue);
	VK(vkCreateCommandPool, vk.device, &pool, NULL, &vk.pool);
	cmd.commandPool = vk.pool;
	VK(vkAllocateCommandBuffers, vk.device, &cmd, &vk.cmd);
	VK(vkCreateQueryPool, vk.device, &queries, NULL, &vk.queries);
	VK(vkCreateFence, vk.device, &fence, NULL, &vk.fence);

	snprintf(text, sizeof(text), "%.60s, %.100s: %.100s", driver.driverName,
		 driver.driverInfo, properties.properties.deviceName);
	return text;
}

static void vk_close(void)
{
	vk.vkDestroyFence(vk.device, vk.fence, NULL);
	vk.vkDestroyQueryPool(vk.device, vk.queries, NULL);
	vk.vkDestroyCommandPool(vk.device, vk.pool, NULL);
	vk.vkDestroyDevice(vk.device, NULL);
	vk.vkDestroyInstance(vk.instance, NULL);
}

static void *vk_import(void *ptr, size_t size)
{
	const VkExternalMemoryBufferCreateInfo external = {
		.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO,
		.handleTypes = HOST_MEMORY,
	};
	const VkBufferCreateInfo buffer = {
		.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
		.pNext = &external,
		.size = size,
		.usage = VK_BUFFER_USAGE_TRANSFER_DST_BIT,
	};
	const VkImportMemoryHostPointerInfoEXT import = {
		.sType = VK_STRUCTURE_TYPE_IMPORT_MEMORY_HOST_POINTER_INFO_EXT,
		.handleType = HOST_MEMORY,
		.pHostPointer = ptr,
	};
	VkMemoryAllocateInfo memory = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
		.pNext = &import,
		.allocationSize = size,
	};
	VkMemoryHostPointerPropertiesEXT host = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_HOST_POINTER_PROPERTIES_EXT,
	};
	struct vk_object *o = calloc(1, sizeof(*o));
	VkMemoryRequirements wants;

	if (!o)
		die("no memory");
	o->size = size;
	VK(vkGetMemoryHostPointerPropertiesEXT, vk.device, HOST_MEMORY, ptr, &host);
	VK(vkCreateBuffer, vk.device, &buffer, NULL, &o->buffer);
	vk.vkGetBufferMemoryRequirements(vk.device, o->buffer, &wants);
	wants.memoryTypeBits &= host.memoryTypeBits;
	if (!wants.memoryTypeBits || wants.size > size)
		die("Vulkan takes no memory of the program for a buffer");
	memory.memoryTypeIndex = __builtin_ctz(wants.memoryTypeBits);
	VK(vkAllocateMemory, vk.device, &memory, NULL, &o->memory);
	VK(vkBindBufferMemory, vk.device, o->buffer, o->memory, 0);
	return o;
}

/* A marker contains its own offset. */
static uint64_t vk_written(unsigned int use, size_t offset)
{
	return use == VK_TIMESTAMPS ? vk.timestamp : 0x600d0000 + offset / 4096;
}

static void vk_write(void *object, unsigned int use, size_t step)
{
	const VkCommandBufferBeginInfo begin = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
		.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT,
	};
	const VkSubmitInfo submit = {
		.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
		.commandBufferCount = 1,
		.pCommandBuffers = &vk.cmd,
	};
	const VkMemoryBarrier barrier = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
		.srcAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT,
		.dstAccessMask = VK_ACCESS_HOST_READ_BIT,
	};
	const VkQueryResultFlags flags = VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT;
	struct vk_object *o = object;
	size_t i;

	VK(vkBeginCommandBuffer, vk.cmd, &begin);
	if (use == VK_TIMESTAMPS) {
		vk.vkCmdResetQueryPool(vk.cmd, vk.queries, 0, 1);
		vk.vkCmdWriteTimestamp(vk.cmd, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, vk.queries, 0);
	}
	for (i = 0; i < o->size; i += step)
		if (use == VK_TIMESTAMPS)
			vk.vkCmdCopyQueryPoolResults(vk.cmd, vk.queries, 0, 1, o->buffer, i,
						     sizeof(uint64_t), flags);
		else
			vk.vkCmdWriteBufferMarkerAMD(vk.cmd, VK_PIPELINE_STAGE_TRANSFER_BIT,
						     o->buffer, i, vk_written(use, i));
	vk.vkCmdPipelineBarrier(vk.cmd, VK_PIPELINE_STAGE_TRANSFER_BIT,
				VK_PIPELINE_STAGE_HOST_BIT, 0, 1, &barrier, 0, NULL, 0, NULL);
	VK(vkEndCommandBuffer, vk.cmd);
	VK(vkQueueSubmit, vk.queue, 1, &submit, vk.fence);
	VK(vkWaitForFences, vk.device, 1, &vk.fence, VK_TRUE, VK_WAIT_NS);
	VK(vkResetFences, vk.device, 1, &vk.fence);
	if (use == VK_TIMESTAMPS)
		VK(vkGetQueryPoolResults, vk.device, vk.queries, 0, 1, sizeof(vk.timestamp),
		   &vk.timestamp, sizeof(vk.timestamp), flags);
	VK(vkResetCommandBuffer, vk.cmd, 0);
}

static void vk_release(void *object)
{
	struct vk_object *o = object;

	vk.vkDestroyBuffer(vk.device, o->buffer, NULL);
	vk.vkFreeMemory(vk.device, o->memory, NULL);
	free(o);
}

static const struct client vulkan = {
	.id = "vulkan",
	.name = "Vulkan (anv)",
	.use = {
		[VK_TIMESTAMPS] = "vkCmdCopyQueryPoolResults",
		[VK_MARKERS] = "vkCmdWriteBufferMarkerAMD",
	},
	.open = vk_open,
	.close = vk_close,
	.import = vk_import,
	.write = vk_write,
	.written = vk_written,
	.release = vk_release,
};

#endif
