/* SPDX-License-Identifier: MIT */
/*
 * The only list of the events, which change the memory of a userptr object that has its pages.
 * program.c makes its table of it; tests/03-event-list.t compares it with Documentation/events.md,
 * IGT's subtests and the selftests.
 *
 * For each event, in the order in which it is run and printed:
 *	its name and its text, each unique;
 *	the function of program.c that performs it, NULL: nothing is done;
 *	the subtest of igt-tests/ with the same event, or "-";
 *	the case with it in the selftests of patches/, or "-": a
 *	function that igt_userptr_events() calls, or a selftest;
 *	members of struct event that are not 0.
 *
 * Subtests release-* of IGT without an event here:
 *	release-ksm: ksmd does the merge, which may take 20 s
 *	release-thp-split: MADV_DONTNEED, as dontneed, of one page of a huge one
 *	release-migrate: needs two NUMA nodes, and run.sh boots with one
 *	release-engines: the event of release-munmap, with each engine busy
 */

#ifndef EVENTS_H
#define EVENTS_H

#define EVENTS(X) \
	X("munmap", "munmap()", \
	  ev_munmap, "release-munmap-anon", "-") \
	X("munmap-one", "munmap() of one page of the range", \
	  ev_munmap_one, "-", "igt_userptr_overlap") \
	X("munmap-two-objects", "munmap() under two objects", \
	  ev_munmap, "-", "igt_userptr_overlap", .objects = 2) \
	X("munmap-thp", "munmap() of a transparent huge page", \
	  ev_munmap, "-", "-", .memory = THP) \
	X("munmap-hugetlb", "munmap() of a hugetlb page", \
	  ev_munmap, "-", "-", .memory = HUGETLB) \
	X("munmap-memfd", "munmap() of a memfd", \
	  ev_munmap, "release-munmap", "igt_munmap", .memory = SHMEM, .seals = true) \
	X("munmap-disk", "munmap() of a file on a disk", \
	  ev_munmap_disk, "-", "-", .memory = DISK) \
	X("dontneed", "madvise(MADV_DONTNEED)", \
	  ev_dontneed, "release-dontneed", "igt_dontneed") \
	X("dontneed-locked", "madvise(MADV_DONTNEED_LOCKED), mlocked", \
	  ev_dontneed_locked, "-", "-", .locked = true) \
	X("dontneed-hugetlb", "madvise(MADV_DONTNEED) of a hugetlb page", \
	  ev_dontneed, "-", "-", .memory = HUGETLB) \
	X("guard", "madvise(MADV_GUARD_INSTALL) of one page", \
	  ev_guard, "-", "-") \
	X("free", "madvise(MADV_FREE)", \
	  ev_free, "-", "-") \
	X("pageout", "madvise(MADV_PAGEOUT), shmem", \
	  ev_pageout, "release-pageout", "-", .memory = SHMEM) \
	X("pageout-by-other", "process_madvise(MADV_PAGEOUT) by another", \
	  ev_pageout_by_other, "-", "-", .memory = SHMEM) \
	X("map-fixed", "mmap(MAP_FIXED) over it", \
	  ev_map_fixed, "release-map-fixed", "igt_map_fixed") \
	X("mremap", "mremap() to elsewhere", \
	  ev_mremap, "release-mremap", "igt_notify") \
	X("mremap-dontunmap", "mremap(MREMAP_DONTUNMAP)", \
	  ev_mremap_dontunmap, "-", "-") \
	X("mremap-smaller", "mremap() to one page", \
	  ev_mremap_smaller, "-", "-") \
	X("mremap-larger", "mremap() to more than there is room for", \
	  ev_mremap_larger, "-", "-") \
	X("remap-file-pages", "remap_file_pages()", \
	  ev_remap_file_pages, "-", "-", .memory = SHMEM) \
	X("brk", "brk() to below it", \
	  ev_brk, "-", "-", .memory = HEAP) \
	X("truncate", "ftruncate() of the memfd", \
	  ev_truncate, "release-truncate", "igt_truncate", .memory = SHMEM) \
	X("truncate-locked", "ftruncate() of the memfd, mlocked", \
	  ev_truncate, "-", "-", .memory = SHMEM, .locked = true) \
	X("truncate-private", "ftruncate() under a private mapping", \
	  ev_truncate, "-", "-", .memory = PRIVATE) \
	X("punch-hole", "fallocate(PUNCH_HOLE) in the memfd", \
	  ev_punch, "release-punch-hole", "-", .memory = SHMEM) \
	X("punch-hole-private", "fallocate(PUNCH_HOLE), private mapping", \
	  ev_punch, "-", "-", .memory = PRIVATE) \
	X("punch-hole-hugetlb", "fallocate(PUNCH_HOLE) in a hugetlb memfd", \
	  ev_punch, "-", "-", .memory = HUGETLB_FD) \
	X("remove", "madvise(MADV_REMOVE), shmem", \
	  ev_remove, "-", "-", .memory = SHMEM) \
	X("mprotect-none", "mprotect(PROT_NONE)", \
	  ev_mprotect_none, "release-mprotect", "igt_notify") \
	X("mprotect-read", "mprotect(PROT_READ)", \
	  ev_mprotect_read, "-", "igt_notify") \
	X("uffd-wp", "userfaultfd write protection", \
	  ev_uffd_wp, "-", "-") \
	X("fork", "fork(): copy on write", \
	  ev_fork, "release-fork", "-") \
	X("exit", "exit of the owner, file kept open", \
	  ev_exit, "release-exit", "-", .ends = true) \
	X("kill", "SIGKILL of the owner, file kept open", \
	  ev_kill, "-", "igt_userptr_subscribe", .ends = true) \
	X("exec", "exec by the owner, file kept open", \
	  ev_exec, "-", "-", .ends = true) \
	X("alias", "GTT mmap of another bo over it", \
	  ev_alias, "-", "-", .other = PAGES) \
	X("alias-one", "GTT mmap of another bo over one page", \
	  ev_alias_one, "-", "-", .other = 1) \
	X("alias-tiled", "GTT mmap of another bo; set-tiling of it", \
	  ev_alias_tiled, "alias-set-tiling", "igt_revoke", .other = PAGES) \
	X("alias-closed", "GTT mmap of another bo; closed, unmapped", \
	  ev_alias_closed, "-", "-", .other = PAGES) \
	X("bo-purged", "range is a bo's pages; bo madvised away", \
	  ev_bo_purged, "-", "-", .memory = BO) \
	X("bo-shrunk", "range is a bo's pages; bo purged in reclaim", \
	  ev_bo_shrunk, "alias-pages", "igt_revoke", .memory = BO) \
	X("control-none", "(control) nothing at all", \
	  NULL, "-", "-", .control = true) \
	X("control-touch", "(control) writing to the memory", \
	  ev_touch, "-", "-", .control = true) \
	X("control-next", "(control) munmap() of the next page", \
	  ev_munmap_next, "-", "-", .control = true) \
	X("control-mremap", "(control) mremap() larger, in place", \
	  ev_mremap_in_place, "-", "-", .control = true) \
	X("control-mprotect", "(control) mprotect() that changes nothing", \
	  ev_mprotect_same, "-", "-", .control = true) \
	X("control-split", "(control) VMA split and merged", \
	  ev_split, "-", "-", .control = true) \
	X("control-mlock", "(control) mlock(), munlock()", \
	  ev_mlock, "-", "-", .control = true) \
	X("control-populate", "(control) madvise(MADV_POPULATE_WRITE)", \
	  ev_populate, "-", "-", .control = true) \
	X("control-cold", "(control) madvise(MADV_COLD)", \
	  ev_cold, "-", "-", .control = true) \
	X("control-poke", "(control) write to it by /proc/PID/mem", \
	  ev_poke, "-", "-", .control = true)

#endif
