#include "tests/t.h"

#include "base/buf.h"

#include <string.h>

static void
test_maximum(void **state)
{
    static const struct {
        const char *name;
        size_t max, len;
        bool ok;
    } rows[] = {
        {"at the maximum", 1000, 1000, true},
        {"one past it", 1000, 1001, false},
        {"nothing fits", 0, 1, false},
        {"nothing at all", 0, 0, true},
        {"past the first block", 100000, 99999, true},
    };
    static const uint8_t in[100001];

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct mh_buf buf;

        mh_buf_init(&buf, rows[i].max);
        mh_buf_add(&buf, in, rows[i].len);
        T_CHECK(rows[i].name, mh_buf_ok(&buf) == rows[i].ok);
        if (rows[i].ok)
            T_CHECK(rows[i].name, mh_buf_get(&buf).len == rows[i].len);
        mh_buf_fini(&buf);
        /* The same byte by byte. */
        for (size_t k = 0; k < rows[i].len; k++)
            mh_buf_byte(&buf, 1);
        T_CHECK(rows[i].name, mh_buf_ok(&buf) == rows[i].ok);
        mh_buf_fini(&buf);
    }
}

static void
test_appends(void **state)
{
    struct mh_buf buf;
    uint8_t *p;

    (void)state;
    mh_buf_init(&buf, 64);
    mh_buf_str(&buf, "ab");
    mh_buf_printf(&buf, "%d-%s", 42, "x");
    mh_buf_span(&buf, MH_SPAN_LIT("yz"));
    mh_buf_byte(&buf, '!');
    p = mh_buf_grow(&buf, 2);
    assert_non_null(p);
    memset(p, '.', 2);
    assert_true(mh_span_is(mh_buf_get(&buf), "ab42-xyz!.."));
    mh_buf_cut(&buf, 12);
    assert_int_equal(mh_buf_get(&buf).len, 11);
    mh_buf_cut(&buf, 4);
    mh_buf_byte(&buf, '+');
    assert_true(mh_span_is(mh_buf_get(&buf), "ab42+"));
    mh_buf_clear(&buf);
    assert_int_equal(mh_buf_get(&buf).len, 0);
    mh_buf_fini(&buf);
}

static void
test_room(void **state)
{
    struct mh_buf buf;
    const uint8_t *at;

    (void)state;
    mh_buf_init(&buf, 1000);
    mh_buf_str(&buf, "ab");
    mh_buf_room(&buf, 999); /* more than it may ever hold */
    assert_true(buf.cap < 1000);
    mh_buf_room(&buf, SIZE_MAX);
    assert_true(mh_buf_ok(&buf));
    mh_buf_room(&buf, 998);
    assert_int_equal(buf.cap, 1000);
    at = mh_buf_get(&buf).ptr;
    for (int i = 0; i < 998; i++)
        mh_buf_byte(&buf, 'c');
    assert_ptr_equal(mh_buf_get(&buf).ptr, at);
    assert_true(mh_buf_ok(&buf));
    mh_buf_byte(&buf, 'c');
    assert_false(mh_buf_ok(&buf));
    mh_buf_room(&buf, 1); /* nothing more of a bad one */
    assert_false(mh_buf_ok(&buf));
    mh_buf_fini(&buf);
}

/* A bad buffer stays bad until it is cleared. */
static void
test_sticky(void **state)
{
    struct mh_buf buf;

    (void)state;
    mh_buf_init(&buf, 4);
    mh_buf_str(&buf, "12345");
    mh_buf_str(&buf, "1");
    assert_false(mh_buf_ok(&buf));
    assert_null(mh_buf_grow(&buf, 1));
    mh_buf_clear(&buf);
    mh_buf_str(&buf, "12");
    mh_buf_str(&buf, "34"); /* into the memory that is there */
    assert_true(mh_buf_ok(&buf));
    mh_buf_byte(&buf, '5');
    assert_false(mh_buf_ok(&buf));
    mh_buf_clear(&buf);
    mh_buf_str(&buf, "1234");
    assert_true(mh_buf_ok(&buf));
    assert_null(mh_buf_grow(&buf, SIZE_MAX));
    assert_false(mh_buf_ok(&buf));
    mh_buf_fini(&buf);
}

static void
test_printf_is_bounded(void **state)
{
    struct mh_buf buf;
    char text[1025];

    (void)state;
    memset(text, 'a', sizeof(text));
    text[1023] = '\0';
    mh_buf_init(&buf, 4096);
    mh_buf_printf(&buf, "%s", text);
    assert_true(mh_buf_ok(&buf));
    assert_int_equal(mh_buf_get(&buf).len, 1023);
    text[1023] = 'a';
    text[1024] = '\0';
    mh_buf_printf(&buf, "%s", text);
    assert_false(mh_buf_ok(&buf));
    mh_buf_fini(&buf);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_maximum),
        cmocka_unit_test(test_appends),
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_sticky),
        cmocka_unit_test(test_printf_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
