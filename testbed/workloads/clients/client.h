/* SPDX-License-Identifier: MIT */
/* A library that makes i915 userptrs of the program's memory; used by program.c. */

#ifndef CLIENT_H
#define CLIENT_H

#include <dlfcn.h>

#include "proc.h"

/* Ways in which the GPU can write to memory; the client decides how. */
#define USES_MAX 2

struct client {
	const char *id; /* as an argument */
	const char *name;
	const char *use[USES_MAX]; /* the API that it uses */

	/* Return: a description of the driver and the GPU. */
	const char *(*open)(void);
	void (*close)(void);

	/* Makes a userptr of the @size bytes at @ptr. Return: it, for the functions below. */
	void *(*import)(void *ptr, size_t size);
	/*
	 * Makes the GPU write once to every @step-th byte, and waits for it. Each of these places
	 * then has the value that written() returns. written is NULL if the write would need a
	 * shader, which the emulated GPU does not execute.
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
