/* portal/pages/fields: lines, minutes and times of forms; casewords: what an
   event's data says. */
#include "tests/t.h"

#include <stdio.h>
#include <string.h>

#include "base/digest/digest.h"
#include "portal/pages/casewords.h"
#include "portal/pages/fields.h"

static void
test_lines(void **state)
{
    static const struct {
        const char *name, *in, *out; /* out NULL: refused */
    } rows[] = {
        {"as it is", "Zal 3", "Zal 3"},
        {"blanks at both ends", " \t\r\n Zal \r\n", "Zal"},
        {"lines", "a\r\nb\tc", "a b c"},
        {"nothing", "", ""},
        {"blanks alone", " \r\n", ""},
        {"ten characters", "əəəəəəəəəə", "əəəəəəəəəə"},
        {"and blanks behind them", "əəəəəəəəəə   ", "əəəəəəəəəə"},
        {"ten of four bytes", "😀😀😀😀😀😀😀😀😀😀", "😀😀😀😀😀😀😀😀😀😀"},
        {"eleven", "əəəəəəəəəəə", NULL},
        {"eleven of one byte", "aaaaaaaaaaa", NULL},
        {"eleven of four bytes", "😀😀😀😀😀😀😀😀😀😀😀", NULL},
        {"a control", "a\x01", NULL},
        {"not UTF-8", "a\xff", NULL},
        {"a mark that turns text round", "a\xe2\x80\xae", NULL},
    };
    char out[4 * 10 + 1];

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        if (pt_line_of(rows[i].in, 10, out) != (rows[i].out != NULL))
            fail_msg("%s", rows[i].name);
        assert_string_equal(out, rows[i].out == NULL ? "" : rows[i].out);
    }
    assert_true(pt_line_says("3") && pt_line_says(" ə"));
    assert_false(pt_line_says("") || pt_line_says("---") || pt_line_says(" "));
}

static void
test_minutes(void **state)
{
    static const struct {
        const char *in;
        bool good;
        uint32_t minutes;
    } rows[] = {{"15", true, 15}, {"015", true, 15}, {"480", true, 480},
        {"60", true, 60}, {"14", false, 0}, {"481", false, 0}, {"", false, 0},
        {"0", false, 0}, {"-60", false, 0}, {"60 ", false, 0}, {"6O", false, 0},
        {"4294967311", false, 0}};
    uint32_t out;

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        if (pt_minutes_read(rows[i].in, &out) != rows[i].good)
            fail_msg("%s", rows[i].in);
        if (rows[i].good)
            assert_int_equal(out, rows[i].minutes);
    }
}

static void
test_times(void **state)
{
    static const struct {
        const char *day, *time;
        bool good;
        int64_t t;
    } rows[] = {
        {"01.01.2026", "04:00", true, 1767225600}, /* midnight, UTC */
        {"01.01.2026", "4:00", true, 1767225600},
        {"01.01.2026", "00:00", true, 1767225600 - 4 * 3600},
        {"31.12.2025", "23:59", true, 1767225600 - 4 * 3600 - 60},
        {"01.01.2026", "24:00", false, 0},
        {"01.01.2026", "10:60", false, 0},
        {"01.01.2026", "10:5", false, 0},
        {"01.01.2026", "10", false, 0},
        {"01.01.2026", ":30", false, 0},
        {"01.01.2026", "010:30", false, 0},
        {"01.01.2026", "10:30:00", false, 0},
        {"01.01.2026", "1O:30", false, 0},
        {"01.01.2026", "-1:30", false, 0},
        {"31.02.2026", "10:30", false, 0},
        {"2026-01-01", "10:30", false, 0},
        {"", "", false, 0},
    };
    int64_t out;

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        if (pt_baku_time_read(rows[i].day, rows[i].time, &out) != rows[i].good)
            fail_msg("%s %s", rows[i].day, rows[i].time);
        if (rows[i].good)
            assert_true(out == rows[i].t);
    }
}

/* The same form says the same, whatever its token; another field, or the bytes
   of two fields in other places, say something else. */
static void
test_digest(void **state)
{
    struct pt_form_field fields[] = {
        {"csrf", "one"}, {"form", "f"}, {"a", "bc"}, {"d", ""}};
    struct pt_request rq = {.form = {fields, T_COUNT(fields)}};
    uint8_t first[PT_HASH], second[PT_HASH];

    (void)state;
    assert_int_equal(mh_digest_init(NULL), MH_OK);
    assert_int_equal(pt_fields_digest(&rq, NULL, first), MH_OK);
    fields[0].value = "two";
    assert_int_equal(pt_fields_digest(&rq, NULL, second), MH_OK);
    assert_memory_equal(first, second, PT_HASH);
    fields[2] = (struct pt_form_field){"ab", "c"};
    assert_int_equal(pt_fields_digest(&rq, NULL, second), MH_OK);
    assert_memory_not_equal(first, second, PT_HASH);
    fields[2] = (struct pt_form_field){"a", "bc"};
    fields[3].value = "e";
    assert_int_equal(pt_fields_digest(&rq, NULL, second), MH_OK);
    assert_memory_not_equal(first, second, PT_HASH);
}

static void
test_detail(void **state)
{
    static const struct {
        const char *kind, *data;
        enum mh_lang lang;
        const char *text;
    } rows[] = {
        {"hearing-scheduled", "1767225600 Zal 3", MH_AZ,
            "01.01.2026 04:00. Zal: Zal 3"},
        {"hearing-cancelled", "1767225600 3", MH_EN,
            "01.01.2026 04:00. Hall: 3"},
        {"hearing-moved", "1767225600 1767229200 3", MH_RU,
            "01.01.2026 04:00 → 01.01.2026 05:00. Зал: 3"},
        {"document", "Vəsatət", MH_AZ, "Vəsatət"},
        {"hearing", "", MH_AZ, ""},
    };
    char out[PT_DETAIL_MAX + 1];

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        pt_event_detail(rows[i].kind, rows[i].data, rows[i].lang, out);
        assert_string_equal(out, rows[i].text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_minutes),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_digest),
        cmocka_unit_test(test_detail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
