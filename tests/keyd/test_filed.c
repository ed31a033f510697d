/* hsm/keyd/filed: filings of the log by their operation. */
#include "tests/t.h"

#include <stdio.h>
#include <string.h>

#include "hsm/keyd/filed.h"

static struct hsm_filing
filing(uint32_t number)
{
    struct hsm_filing f = {.n = number, .time = 1000 + (int64_t)number};

    memcpy(f.op, &number, sizeof(number));
    f.digest[0] = (uint8_t)number;
    hsm_filed_status(&f, mh_span_str("accepted"));
    return f;
}

static void
test_table(void **state)
{
    struct hsm_filing f = filing(1), got;
    struct hsm_filed *t;

    (void)state;
    assert_int_equal(hsm_filed_new(NULL, &t), MH_OK);
    assert_false(hsm_filed_find(t, f.op, &got));
    hsm_filed_add(t, &f);
    assert_true(hsm_filed_find(t, f.op, &got));
    assert_int_equal(got.n, 1);
    assert_string_equal(got.status, "accepted");
    f.n = 99; /* the first record is the filing's */
    hsm_filed_add(t, &f);
    assert_true(hsm_filed_find(t, f.op, &got));
    assert_int_equal(got.n, 1);
    /* Full, and one more: the oldest goes. */
    for (uint32_t i = 2; i <= HSM_FILED_MAX; i++) {
        f = filing(i);
        hsm_filed_add(t, &f);
    }
    f = filing(1);
    assert_true(hsm_filed_find(t, f.op, &got));
    f = filing(HSM_FILED_MAX + 1);
    hsm_filed_add(t, &f);
    assert_true(hsm_filed_find(t, f.op, &got));
    f = filing(1);
    assert_false(hsm_filed_find(t, f.op, &got));
    f = filing(2);
    assert_true(hsm_filed_find(t, f.op, &got));
    hsm_filed_free(t);
}

static void
test_status(void **state)
{
    struct hsm_filing f;

    (void)state;
    hsm_filed_status(&f, mh_span_str("123456789012345"));
    assert_string_equal(f.status, "123456789012345");
    hsm_filed_status(&f, mh_span_str("1234567890123456"));
    assert_string_equal(f.status, "123456789012345");
    hsm_filed_status(&f, mh_span_str(""));
    assert_string_equal(f.status, "");
}

#define OP  "\"op\":\"000102030405060708090a0b0c0d0e0f\","
#define SUM "\"receipt\":\"" DIGEST "\","
#define DIGEST                                                                 \
    "00000000000000000000000000000000000000000000000000000000000000ff"

static void
test_seen(void **state)
{
    static const struct {
        const char *ev, *d;
        bool taken;
    } rows[] = {
        {"filing.accepted", OP SUM "\"status\":\"received\"", true},
        {"filing.refused", OP SUM "\"status\":\"received\"", false},
        {"filing.accepted", SUM "\"status\":\"received\"", false},
        {"filing.accepted", OP "\"status\":\"received\"", false},
        {"filing.accepted", OP "\"receipt\":\"" DIGEST "\"", false},
        {"filing.accepted", OP "\"receipt\":\"00\",\"status\":\"received\"",
            false},
        {"filing.accepted", OP SUM "\"status\":1", false},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        static const uint8_t op[MH_OP_ID] = {
            0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
        struct hsm_record r;
        struct hsm_filing got;
        struct hsm_filed *t;
        char line[1024];

        (void)snprintf(line, sizeof(line),
            "{\"v\":1,\"n\":7,\"t\":\"2026-11-22T10:15:30.123456Z\",\"src\":"
            "\"keyd\",\"ev\":\"%s\",\"who\":\"p:1\",\"obj\":\"filing:a\","
            "\"res\":\"ok\",\"d\":{%s}}",
            rows[i].ev, rows[i].d);
        assert_int_equal(hsm_record_read(mh_span_str(line), NULL, &r), MH_OK);
        assert_int_equal(hsm_filed_new(NULL, &t), MH_OK);
        hsm_filed_seen(t, &r);
        if (hsm_filed_find(t, op, &got) != rows[i].taken)
            fail_msg("%s", line);
        if (rows[i].taken) {
            assert_int_equal(got.n, 7);
            assert_int_equal(got.time, 1795342530);
            assert_int_equal(got.digest[31], 0xff);
            assert_string_equal(got.status, "received");
        }
        hsm_filed_free(t);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_status),
        cmocka_unit_test(test_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
