#include "tests/t.h"

#include "base/span.h"

#include "base/num.h"

static void
test_compare(void **state)
{
    static const struct {
        const char *name, *a, *b;
        int order;
        bool starts, ends;
    } rows[] = {
        {"same", "abc", "abc", 0, true, true},
        {"empty", "", "", 0, true, true},
        {"empty is first", "", "a", -1, false, false},
        {"anything starts with nothing", "a", "", 1, true, true},
        {"beginning", "abc", "ab", 1, true, false},
        {"end", "abc", "bc", -1, false, true},
        {"bytes are unsigned", "\xff", "a", 1, false, false},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct mh_span a = mh_span_str(rows[i].a), b = mh_span_str(rows[i].b);
        int c = mh_span_cmp(a, b);

        T_CHECK(rows[i].name, (c > 0) - (c < 0) == rows[i].order);
        T_CHECK(rows[i].name, mh_span_eq(a, b) == (rows[i].order == 0));
        T_CHECK(rows[i].name, mh_span_is(a, rows[i].b) == (rows[i].order == 0));
        T_CHECK(rows[i].name, mh_span_starts(a, rows[i].b) == rows[i].starts);
        T_CHECK(rows[i].name, mh_span_ends(a, rows[i].b) == rows[i].ends);
    }
    assert_int_equal(mh_span_str(NULL).len, 0);
}

static void
test_sub(void **state)
{
    static const struct {
        const char *name;
        size_t off, len;
        bool ok;
    } rows[] = {
        {"all", 0, 4, true},
        {"none at the end", 4, 0, true},
        {"one past the end", 5, 0, false},
        {"one too long", 0, 5, false},
        {"last byte", 3, 1, true},
        {"past the last byte", 3, 2, false},
        {"sum overflows", 2, SIZE_MAX, false},
        {"offset overflows", SIZE_MAX, 2, false},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct mh_span out = MH_SPAN_LIT("kept");
        bool ok =
            mh_span_sub(MH_SPAN_LIT("abcd"), rows[i].off, rows[i].len, &out);

        T_CHECK(rows[i].name, ok == rows[i].ok);
        if (ok)
            T_CHECK(rows[i].name, out.len == rows[i].len);
        else
            T_CHECK(rows[i].name, mh_span_is(out, "kept"));
    }
}

static void
test_num(void **state)
{
    size_t s = 7;
    uint64_t u = 7;
    int64_t n = 7;

    (void)state;
    assert_true(mh_add_size(SIZE_MAX - 1, 1, &s));
    assert_true(s == SIZE_MAX);
    assert_false(mh_add_size(SIZE_MAX, 1, &s));
    assert_false(mh_mul_size(SIZE_MAX / 2 + 1, 2, &s));
    assert_true(s == SIZE_MAX);
    assert_true(mh_mul_size(SIZE_MAX, 0, &s));
    assert_int_equal(s, 0);
    assert_false(mh_add_u64(UINT64_MAX, 1, &u));
    assert_false(mh_sub_u64(1, 2, &u));
    assert_int_equal(u, 7);
    assert_true(mh_sub_u64(2, 2, &u));
    assert_int_equal(u, 0);
    assert_false(mh_add_i64(INT64_MAX, 1, &n));
    assert_false(mh_add_i64(INT64_MIN, -1, &n));
    assert_int_equal(n, 7);
    assert_true(mh_add_i64(INT64_MIN, INT64_MAX, &n));
    assert_int_equal(n, -1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compare),
        cmocka_unit_test(test_sub),
        cmocka_unit_test(test_num),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
