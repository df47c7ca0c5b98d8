/* SPDX-License-Identifier: MIT */
/*
 * What the subtests in gem_userptr_blits.c use of upstream's part of that file.
 * gem_userptr_blits.c.in defines it for the program that is run here. scripts/series/igt-check.sh
 * includes this after upstream's file: the compiler compares the declarations.
 */
#ifndef PAGE_SIZE
#define PAGE_SIZE 4096
#endif

static uint32_t userptr_flags;
static uint32_t create_batch(int i915);
static int userfaultfd(int flags);
