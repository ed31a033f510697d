#include "tests/t.h"

#include "base/text.h"

#include <string.h>

static void
test_utf8(void **state)
{
    static const struct {
        const char *name, *in;
        bool ok;
    } rows[] = {
        {"nothing", "", true},
        {"ascii of many bytes", "abcdefghijklmnopq", true},
        {"Azerbaijani", "şəkil İIıi ğüöç", true},
        {"last two bytes", "\xdf\xbf", true},
        {"first three bytes", "\xe0\xa0\x80", true},
        {"before the surrogates", "\xed\x9f\xbf", true},
        {"last point", "\xf4\x8f\xbf\xbf", true},
        {"overlong slash", "\xc0\xaf", false},
        {"overlong two", "\xc1\xbf", false},
        {"overlong three", "\xe0\x9f\xbf", false},
        {"overlong four", "\xf0\x8f\xbf\xbf", false},
        {"surrogate", "\xed\xa0\x80", false},
        {"past the last point", "\xf4\x90\x80\x80", false},
        {"five bytes", "\xf8\x88\x80\x80\x80", false},
        {"cut", "abc\xe2\x82", false},
        {"continuation alone", "\x80", false},
        {"no continuation", "\xc3(", false},
        {"after eight bytes of ascii", "12345678\xff", false},
        {"in the eighth byte", "1234567\xff", false},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++)
        T_CHECK(
            rows[i].name, mh_utf8_valid(mh_span_str(rows[i].in)) == rows[i].ok);
}

static void
test_utf8_next(void **state)
{
    struct mh_span s = MH_SPAN_LIT("a\xc9\x99\xf0\x9f\x98\x80\xff");
    uint32_t cp = 0;

    (void)state;
    assert_true(mh_utf8_next(&s, &cp));
    assert_int_equal(cp, 'a');
    assert_true(mh_utf8_next(&s, &cp));
    assert_int_equal(cp, 0x259);
    assert_true(mh_utf8_next(&s, &cp));
    assert_int_equal(cp, 0x1f600);
    assert_false(mh_utf8_next(&s, &cp));
    assert_int_equal(s.len, 1);
    s.len = 0;
    assert_false(mh_utf8_next(&s, &cp));
}

static void
test_clean(void **state)
{
    static const struct {
        const char *name, *in;
        size_t max;
        const char *expected;
    } rows[] = {
        {"good", "Ərizə", 100, "Ərizə"},
        {"controls", "a\nb\x7f\x1b", 100,
            "a\xef\xbf\xbd"
            "b\xef\xbf\xbd\xef\xbf\xbd"},
        {"C1", "\xc2\x85", 100, "\xef\xbf\xbd"},
        {"order marks",
            "a\xe2\x80\xae"
            "b",
            100,
            "a\xef\xbf\xbd"
            "b"},
        {"line separator", "\xe2\x80\xa8", 100, "\xef\xbf\xbd"},
        {"bad bytes", "a\xff\xfe", 100, "a\xef\xbf\xbd\xef\xbf\xbd"},
        {"at the maximum", "abcd", 4, "abcd"},
        {"past it", "abcde", 4, "abcd\xe2\x80\xa6"},
        {"cut through a letter", "abcə", 4, "abc\xe2\x80\xa6"},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct mh_buf out;

        mh_buf_init(&out, 1000);
        mh_text_clean(mh_span_str(rows[i].in), rows[i].max, &out);
        T_CHECK(rows[i].name, mh_span_is(mh_buf_get(&out), rows[i].expected));
        mh_buf_fini(&out);
    }
}

static void
test_hex(void **state)
{
    static const struct {
        const char *in;
        bool ok;
    } rows[] = {
        {"", true},
        {"00ff", true},
        {"aBcD", true},
        {"0", false},
        {"0g", false},
        {"0x10", false},
        {" 00 ", false},
    };
    uint8_t bytes[8];
    char text[9];

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++)
        T_CHECK(rows[i].in,
            mh_hex_decode(mh_span_str(rows[i].in), bytes) == rows[i].ok);
    assert_true(mh_hex_decode(MH_SPAN_LIT("00fFa1"), bytes));
    mh_hex_encode((struct mh_span){bytes, 3}, text);
    assert_string_equal(text, "00ffa1");
}

static void
test_base64_decode(void **state)
{
    static const struct {
        const char *in;
        bool ok;
        const char *expected;
    } rows[] = {
        {"", true, ""},
        {"Zg==", true, "f"},
        {"Zm8=", true, "fo"},
        {"Zm9v", true, "foo"},
        {" Zm\r\n9v\t", true, "foo"},
        {"Zg=\n=", true, "f"},
        {"Zm9vYmE=", true, "fooba"},
        {"Zm9", false, ""},
        {"Zg", false, ""},
        {"Zg=", false, ""},
        {"Z", false, ""},
        {"Z===", false, ""},
        {"====", false, ""},
        {"Zh==", false, ""},
        {"Zm9=", false, ""},
        {"Zg==Zg==", false, ""},
        {"Zg==x", false, ""},
        {"Zg===", false, ""},
        {"Zm9v=", false, ""},
        {"Zm-_", false, ""},
        {"Zm9v\v", false, ""},
        {"Zm9v\xc2\xa0", false, ""},
        {"Zm9v.", false, ""},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct mh_span in = mh_span_str(rows[i].in);
        uint8_t out[64];
        size_t len = 0;
        bool ok = mh_base64_decode(in, out, &len);

        T_CHECK(rows[i].in, ok == rows[i].ok);
        if (ok) {
            T_CHECK(rows[i].in, len <= mh_base64_max(in.len));
            T_CHECK(rows[i].in,
                mh_span_is((struct mh_span){out, len}, rows[i].expected));
        }
    }
}

/* Every byte value and every length modulo three, there and back. */
static void
test_base64_round_trip(void **state)
{
    uint8_t in[259], out[300];

    (void)state;
    for (size_t i = 0; i < sizeof(in); i++)
        in[i] = (uint8_t)(i * 167);
    for (size_t n = 0; n <= sizeof(in); n++) {
        struct mh_buf text;
        size_t len = 0;

        mh_buf_init(&text, 1000);
        mh_base64_encode((struct mh_span){in, n}, &text);
        assert_int_equal(mh_buf_get(&text).len, (n + 2) / 3 * 4);
        assert_true(mh_base64_decode(mh_buf_get(&text), out, &len));
        assert_int_equal(len, n);
        assert_memory_equal(in, out, n);
        mh_buf_fini(&text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_utf8_next),
        cmocka_unit_test(test_clean),
        cmocka_unit_test(test_hex),
        cmocka_unit_test(test_base64_decode),
        cmocka_unit_test(test_base64_round_trip),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
