/*
 * What the C library is to do with a process's heap.
 *
 * Where a process forks a short-lived child for every document, memory that was
 * freed here and there before the fork is taken first by the child's
 * allocations, and each piece of it means a whole page to be copied. Without
 * such pieces a child takes pages one after the other, and copies none
 * (limits.md 1, "isolation").
 */
#ifndef BASE_SYS_HEAP_H
#define BASE_SYS_HEAP_H

#include <stddef.h>

/* For the whole life of the process: one growth of the heap is enough for a
   small document, and it never shrinks.  Before anything is allocated. */
void mh_heap_prepare(void);

/* For a process that takes and frees as much for every request: so many bytes
   of an arena stay with it, as giving them back costs a fault a page and a word
   to the other processors.  At its start. */
void mh_heap_keep(int bytes);

/*
 * Keeps all memory that is free now, but for the end of the heap, from being
 * allocated again: some tens of kilobytes that are never given back.  Where a
 * process has come to what its children start from.  Nothing fails: without
 * memory, or under a sanitizer, everything stays as it was.
 */
void mh_heap_settle(void);

enum {
    MH_HEAP_TAKE_MAX = 120 << 10 /* bytes */
};
/*
 * In a child: makes the first bytes (at most MH_HEAP_TAKE_MAX) that it will
 * allocate present at once, for less than a fault for each page costs.  Only
 * advice, which a kernel before 5.14 does not take.
 */
void mh_heap_take(size_t bytes);

#endif
