/* SPDX-License-Identifier: MIT */
/* A library that has i915 make userptrs of the program's memory, as program.c uses it. */

#ifndef CLIENT_H
#define CLIENT_H

#include <dlfcn.h>

#include "proc.h"

/* Ways of having the GPU write to memory: how, is the client's own. */
#define USES_MAX 2

struct client {
	const char *id; /* as an argument */
	const char *name;
	const char *use[USES_MAX]; /* what is called for it */

	/* Return: what the driver says of itself and the GPU. */
	const char *(*open)(void);
	void (*close)(void);

	/* Makes a userptr of the @size bytes at @ptr. Return: it, for the functions below. */
	void *(*import)(void *ptr, size_t size);
	/*
	 * Has the GPU write once to every @step-th byte, and waits until it has: what
	 * written() returns then stands there. written is NULL if a shader would have to
	 * write, which the emulated GPU does not run.
	 */
	void (*write)(void *object, unsigned int use, size_t step);
	uint64_t (*written)(unsigned int use, size_t offset);
	void (*release)(void *object);
};

static inline void *load_library(const char *name)
{
	void *library = dlopen(name, RTLD_NOW);

	if (!library)
		die("cannot load %s", dlerror());
	return library;
}

static inline void *load_symbol(void *library, const char *name)
{
	void *symbol = dlsym(library, name);

	if (!symbol)
		die("there is no %s: %s", name, dlerror());
	return symbol;
}

#endif
