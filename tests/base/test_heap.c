/* The heap of a process that forks: what is free, and what is at its end. */
#include "base/sys/heap.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/t.h"
/* banned.h comes with it, after setjmp */
#include "base/sys/sandbox.h"

enum {
    BLOCKS = 2000,
    PAGE = 4096,
};

static void *block[BLOCKS];

static size_t
size_of(size_t i)
{
    return 16 + i * 7 % 3000;
}

/* Every other block of many sizes is given back. */
static uintptr_t
make_holes(void)
{
    uintptr_t last = 0;

    for (size_t i = 0; i < BLOCKS; i++) {
        block[i] = malloc(size_of(i));
        assert_non_null(block[i]);
        if ((uintptr_t)block[i] > last)
            last = (uintptr_t)block[i];
    }
    for (size_t i = 0; i < BLOCKS; i += 2) {
        free(block[i]);
        block[i] = NULL;
    }
    return last;
}

/* How many new blocks lie in what was given back. */
static size_t
in_holes(uintptr_t last)
{
    size_t count = 0;

    for (size_t i = 0; i < BLOCKS; i += 2) {
        block[i] = malloc(size_of(i));
        assert_non_null(block[i]);
        count += (uintptr_t)block[i] < last;
    }
    return count;
}

static void
free_all(void)
{
    for (size_t i = 0; i < BLOCKS; i++) {
        free(block[i]);
        block[i] = NULL;
    }
}

static void
settled_heap_grows_at_its_end(void **state)
{
    uintptr_t last;

    (void)state;
    T_NEEDS_SANDBOX();
    mh_heap_prepare();
    last = make_holes();
    assert_true(in_holes(last) > BLOCKS / 4); /* they are taken, as they are */
    free_all();

    last = make_holes();
    mh_heap_settle();
    assert_int_equal(in_holes(last), 0);
    free_all();
}

/* Whether all pages at the end of the heap, where the next block lies, are
   there. */
static bool
present(size_t bytes)
{
    unsigned char there[MH_HEAP_TAKE_MAX / PAGE + 1];
    uint8_t *p = malloc(bytes), *from;
    bool all = true;

    assert_non_null(p);
    from = p + (PAGE - (uintptr_t)p % PAGE) % PAGE;
    assert_int_equal(mincore(from, bytes - PAGE, there), 0);
    for (size_t i = 0; i < bytes / PAGE - 1; i++)
        all = all && (there[i] & 1) != 0;
    free(p);
    return all;
}

static void
end_of_heap_is_taken(void **state)
{
    (void)state;
    T_NEEDS_SANDBOX(); /* a sanitizer has a heap of its own */
    mh_heap_prepare();
    /* One byte past the limit takes nothing. */
    mh_heap_take((size_t)MH_HEAP_TAKE_MAX + 1);
    assert_false(present(MH_HEAP_TAKE_MAX));
    mh_heap_take(MH_HEAP_TAKE_MAX);
    assert_true(present(MH_HEAP_TAKE_MAX));
}

static bool
in_heap(const void *p)
{
    return (uintptr_t)p < (uintptr_t)sbrk(0);
}

/* A block below the limit comes from the heap, which keeps it when it is freed;
   one past it does not. */
static void
kept_heap_does_not_shrink(void **state)
{
    enum {
        KEPT = 1 << 20
    };
    void *end, *p;

    (void)state;
    T_NEEDS_SANDBOX(); /* a sanitizer has a heap of its own */
    mh_heap_keep(KEPT);
    p = malloc(KEPT / 2);
    assert_non_null(p);
    assert_true(in_heap(p));
    end = sbrk(0);
    free(p);
    assert_ptr_equal(sbrk(0), end);
    p = malloc(KEPT + PAGE);
    assert_non_null(p);
    assert_false(in_heap(p));
    free(p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept_heap_does_not_shrink), /* before a pad is set */
        cmocka_unit_test(end_of_heap_is_taken),
        cmocka_unit_test(settled_heap_grows_at_its_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
