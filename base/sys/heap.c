#include "base/sys/heap.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/sys/sandbox.h"

enum {
    PAGE = 4096,      /* bytes; larger ones refuse the advice */
    GROWTH = 1 << 20, /* bytes that the heap grows by */
    MAPPED = 1 << 17, /* bytes from which a block has a mapping of its own */
    /* Blocks the C library keeps by their exact size: from, to and step. */
    BLOCK_MIN = 24,
    BLOCK_MAX = 1032,
    BLOCK_STEP = 16,
};

void
mh_heap_prepare(void)
{
    (void)mallopt(M_TOP_PAD, GROWTH); /* advice alone, all three */
    (void)mallopt(M_TRIM_THRESHOLD, INT32_MAX);
    (void)mallopt(M_MMAP_THRESHOLD, MAPPED);
}

void
mh_heap_keep(int bytes)
{
    (void)mallopt(M_TRIM_THRESHOLD, bytes); /* advice alone, both */
    (void)mallopt(M_MMAP_THRESHOLD, bytes);
}

void
mh_heap_settle(void)
{
    static void **kept; /* every block holds the one before it */
    uintptr_t end;

    if (!mh_sandbox_built())
        return; /* a sanitizer has a heap of its own */
    end = (uintptr_t)sbrk(0) - mallinfo2().keepcost;
    /* Larger free pieces are cut up by the largest size. */
    for (size_t size = BLOCK_MAX; size >= BLOCK_MIN; size -= BLOCK_STEP) {
        void **block;

        do {
            block = malloc(size);
            if (block == NULL)
                return;
            *block = kept;
            kept = block;
        } while ((uintptr_t)block < end);
    }
}

void
mh_heap_take(size_t bytes)
{
    uint8_t *block;
    size_t before;

    if (!mh_sandbox_built() || bytes > MH_HEAP_TAKE_MAX)
        return;
    block = malloc(bytes + PAGE);
    if (block == NULL)
        return;
    before = (PAGE - (uintptr_t)block % PAGE) % PAGE;
    (void)madvise(block + before, bytes, MADV_POPULATE_WRITE); /* advice */
    free(block); /* where the next ones are taken from */
}
