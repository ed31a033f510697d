#include "tests/t.h"

#include "base/time.h"

#include <string.h>

static void
test_parse(void **state)
{
    static const struct {
        const char *in;
        bool ok;
        int64_t expected;
    } rows[] = {
        {"1970-01-01T00:00:00Z", true, 0},
        {"2026-06-01T12:00:00Z", true, 1780315200},
        {"2026-06-01T12:00:00.999Z", true, 1780315200},
        {"2026-06-01T16:00:00+04:00", true, 1780315200},
        {"2026-06-01T02:00:00-10:00", true, 1780315200},
        {"1969-12-31T23:59:59Z", true, -1},
        {"2000-02-29T00:00:00Z", true, 951782400},
        {"0001-01-01T00:00:00Z", true, INT64_C(-62135596800)},
        {"9999-12-31T23:59:59Z", true, INT64_C(253402300799)},
        {"1900-02-29T00:00:00Z", false, 0},
        {"2026-02-29T00:00:00Z", false, 0},
        {"2026-04-31T00:00:00Z", false, 0},
        {"2026-13-01T00:00:00Z", false, 0},
        {"2026-00-01T00:00:00Z", false, 0},
        {"2026-01-00T00:00:00Z", false, 0},
        {"0000-01-01T00:00:00Z", false, 0},
        {"2026-01-01T24:00:00Z", false, 0},
        {"2026-01-01T23:60:00Z", false, 0},
        {"2026-01-01T23:59:60Z", false, 0},
        {"2026-01-01T00:00:00.Z", false, 0},
        {"2026-01-01T00:00:00+15:00", false, 0},
        {"2026-01-01T00:00:00+01:60", false, 0},
        {"2026-01-01T00:00:00+0100", false, 0},
        {"2026-01-01T00:00:00z", false, 0},
        {"2026-01-01 00:00:00Z", false, 0},
        {"2026-01-01T00:00:00Zx", false, 0},
        {" 2026-01-01T00:00:00Z", false, 0},
        {"2026-01-01T00:00Z", false, 0},
        {"2026-1-01T00:00:00Z", false, 0},
        {"-2026-01-01T00:00:00Z", false, 0},
        {"2026-01-01T00:00:00", false, 0},
        {"", false, 0},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        int64_t t = 77;
        bool ok = mh_time_parse(mh_span_str(rows[i].in), false, &t);

        T_CHECK(rows[i].in, ok == rows[i].ok);
        T_CHECK(rows[i].in, t == (ok ? rows[i].expected : 77));
    }
}

static void
test_zone_may_be_missing(void **state)
{
    int64_t t;

    (void)state;
    assert_true(mh_time_parse(MH_SPAN_LIT("1970-01-01T00:00:01"), true, &t));
    assert_int_equal(t, 1);
    assert_true(mh_time_parse(MH_SPAN_LIT("1970-01-01T00:00:01.5"), true, &t));
    assert_false(
        mh_time_parse(MH_SPAN_LIT("1970-01-01T00:00:01.5"), false, &t));
}

/* There and back for a day in every month of many years. */
static void
test_round_trip(void **state)
{
    char text[32];

    (void)state;
    for (int64_t t = INT64_C(-62135596800); t <= INT64_C(253402300799);
         t += 86400 * 29 + 12345) {
        struct mh_civil c;
        int64_t back;

        assert_true(mh_time_to_civil(t, &c));
        assert_true(mh_time_from_civil(&c, &back));
        assert_true(back == t);
        mh_time_format(t, text);
        assert_true(mh_time_parse(mh_span_str(text), false, &back));
        assert_true(back == t);
    }
}

static void
test_out_of_range(void **state)
{
    struct mh_civil c;
    char text[32];

    (void)state;
    assert_false(mh_time_to_civil(INT64_C(253402300800), &c));
    assert_false(mh_time_to_civil(INT64_C(-62135596801), &c));
    assert_false(mh_time_to_civil(INT64_MAX, &c));
    mh_time_format(MH_TIME_NONE, text);
    assert_string_equal(text, "");
    mh_time_format(INT64_MAX, text);
    assert_string_equal(text, "");
    mh_time_format(1780315200, text);
    assert_string_equal(text, "2026-06-01T12:00:00Z");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_zone_may_be_missing),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_out_of_range),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
