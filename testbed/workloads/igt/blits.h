/* SPDX-License-Identifier: MIT */
/*
 * The declarations of upstream's gem_userptr_blits.c that the subtests use.
 * gem_userptr_blits.c.in defines them for the program that runs here. scripts/series/igt-check.sh
 * includes this after upstream's file, so that the compiler compares the declarations.
 */
#ifndef PAGE_SIZE
#define PAGE_SIZE 4096
#endif

static uint32_t userptr_flags;
static uint32_t create_batch(int i915);
static int userfaultfd(int flags);
