#include "tests/t.h"

#include "base/arena.h"

#include <string.h>

static void
test_budget(void **state)
{
    struct mh_arena *arena = mh_arena_new(160);

    (void)state;
    assert_non_null(arena);
    assert_non_null(mh_arena_alloc(arena, 144));
    assert_non_null(mh_arena_alloc(arena, 16)); /* at the budget */
    assert_false(mh_arena_full(arena));
    assert_null(mh_arena_alloc(arena, 1)); /* one past it */
    assert_true(mh_arena_full(arena));
    assert_int_equal(mh_arena_used(arena), 160);
    mh_arena_reset(arena);
    assert_false(mh_arena_full(arena));
    assert_non_null(mh_arena_alloc(arena, 160));
    mh_arena_free(arena);
    mh_arena_free(NULL);
}

static void
test_zeroed_and_aligned(void **state)
{
    static const size_t sizes[] = {0, 1, 15, 16, 17, 4000, 40000, 100000};
    struct mh_arena *arena = mh_arena_new(1 << 20);

    (void)state;
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < T_COUNT(sizes); i++) {
            uint8_t *p = mh_arena_alloc(arena, sizes[i]);

            assert_non_null(p);
            assert_int_equal((uintptr_t)p % 16, 0);
            for (size_t k = 0; k < sizes[i]; k++)
                assert_int_equal(p[k], 0);
            memset(p, 0xff, sizes[i]);
        }
        mh_arena_reset(arena);
    }
    mh_arena_free(arena);
}

static void
test_overflow(void **state)
{
    struct mh_arena *arena = mh_arena_new(SIZE_MAX);

    (void)state;
    assert_null(mh_arena_array(arena, SIZE_MAX / 2, 3));
    assert_null(mh_arena_alloc(arena, SIZE_MAX));
    assert_null(mh_arena_alloc(arena, SIZE_MAX - 8));
    assert_null(
        mh_arena_str(arena, (struct mh_span){(const uint8_t *)"", SIZE_MAX}));
    assert_non_null(mh_arena_array(arena, 3, 5));
    mh_arena_free(arena);
}

static void
test_copies(void **state)
{
    struct mh_arena *arena = mh_arena_new(1 << 16);
    struct mh_span none = mh_arena_copy(arena, (struct mh_span){0});
    char text[2000];

    (void)state;
    assert_non_null(none.ptr);
    assert_int_equal(none.len, 0);
    assert_true(
        mh_span_is(mh_arena_copy(arena, MH_SPAN_LIT("bytes")), "bytes"));
    assert_string_equal(mh_arena_str(arena, MH_SPAN_LIT("text")), "text");
    assert_string_equal(mh_arena_printf(arena, "%d:%s", 5, "x"), "5:x");
    memset(text, 'a', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(strlen(mh_arena_printf(arena, "%s", text)), 1023);
    mh_arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_budget),
        cmocka_unit_test(test_zeroed_and_aligned),
        cmocka_unit_test(test_overflow),
        cmocka_unit_test(test_copies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
