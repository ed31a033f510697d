#include "tests/t.h"

#include "hsm/audit/record.h"

#include "hsm/audit/pairs.h"

#define HEAD "{\"v\":1,\"n\":41,\"t\":\"2026-11-22T10:15:30.123456Z\","
#define BODY                                                                   \
    "\"src\":\"keyd\",\"ev\":\"key.use\",\"who\":\"p:1\",\"obj\":\"doc:2\","   \
    "\"res\":\"ok\","
#define WITH(d) HEAD BODY "\"d\":{" d "}}"

static const struct row {
    const char *name;
    const char *line;
    bool good;
} rows[] = {
    {"no data", WITH(""), true},
    {"all kinds", WITH("\"a\":\"x\",\"b\":-5,\"c\":0,\"d\":true,\"e\":false"),
        true},
    {"escapes", WITH("\"a\":\"\\\\ \\\" \xc9\x99\""), true},
    {"Cyrillic", WITH("\"a\":\"\xd0\xb9\""), true},
    {"empty strings",
        HEAD "\"src\":\"a\",\"ev\":\"b\",\"who\":\"\",\"obj\":\"\",\"res\":"
             "\"\",\"d\":{}}",
        true},
    {"largest number", WITH("\"a\":9007199254740991"), true},
    {"past it", WITH("\"a\":9007199254740992"), false},
    {"least number", WITH("\"a\":-9007199254740991"), true},
    {"below it", WITH("\"a\":-9007199254740992"), false},
    {"far past it", WITH("\"a\":99999999999999999999999"), false},
    {"leading zero", WITH("\"a\":01"), false},
    {"minus zero", WITH("\"a\":-0"), false},
    {"real", WITH("\"a\":1.0"), false},
    {"exponent", WITH("\"a\":1e3"), false},
    {"null", WITH("\"a\":null"), false},
    {"object", WITH("\"a\":{}"), false},
    {"list", WITH("\"a\":[]"), false},
    {"not in order", WITH("\"b\":1,\"a\":1"), false},
    {"twice", WITH("\"a\":1,\"a\":1"), false},
    {"comma at the end", WITH("\"a\":1,"), false},
    {"comma at the start", WITH(",\"a\":1"), false},
    {"empty key", WITH("\"\":1"), false},
    {"key in capitals", WITH("\"A\":1"), false},
    {"escaped key", WITH("\"\\\\\":1"), false},
    {"solidus escaped", WITH("\"a\":\"\\/\""), false},
    {"line feed escaped", WITH("\"a\":\"\\n\""), false},
    {"code point escaped", WITH("\"a\":\"\\u0041\""), false},
    {"control", WITH("\"a\":\"\x01\""), false},
    {"DEL", WITH("\"a\":\"\x7f\""), false},
    {"C1", WITH("\"a\":\"\xc2\x85\""), false},
    {"not UTF-8", WITH("\"a\":\"\xff\""), false},
    {"overlong", WITH("\"a\":\"\xc0\xaf\""), false},
    {"combining mark", WITH("\"a\":\"e\xcc\x81\""), false},
    {"right to left", WITH("\"a\":\"\xe2\x80\xae\""), false},
    {"no end of string", WITH("\"a\":\"x"), false},
    {"escape at the end", HEAD BODY "\"d\":{\"a\":\"\\", false},
    {"space", WITH("\"a\": 1"), false},
    {"line feed after it", WITH("") "\n", false},
    {"after it", WITH("") "{}", false},
    {"nothing", "", false},
    {"half", HEAD, false},
    {"version", "{\"v\":2" BODY, false},
    {"another order",
        HEAD "\"ev\":\"key.use\",\"src\":\"keyd\",\"who\":\"\",\"obj\":\"\","
             "\"res\":\"\",\"d\":{}}",
        false},
    {"empty src",
        HEAD "\"src\":\"\",\"ev\":\"b\",\"who\":\"\",\"obj\":\"\",\"res\":"
             "\"\",\"d\":{}}",
        false},
    {"capital ev",
        HEAD "\"src\":\"a\",\"ev\":\"B\",\"who\":\"\",\"obj\":\"\",\"res\":"
             "\"\",\"d\":{}}",
        false},
    {"a member more", HEAD BODY "\"d\":{},\"x\":1}", false},
};

#define AT(t) "{\"v\":1,\"n\":0,\"t\":\"" t "\"," BODY "\"d\":{}}"

static const struct row times[] = {
    {"last of a day", AT("2026-12-31T23:59:59.999999Z"), true},
    {"leap day", AT("2028-02-29T00:00:00.000000Z"), true},
    {"no leap day", AT("2026-02-29T00:00:00.000000Z"), false},
    {"second 60", AT("2026-12-31T23:59:60.000000Z"), false},
    {"hour 24", AT("2026-12-31T24:00:00.000000Z"), false},
    {"milliseconds", AT("2026-12-31T23:59:59.999Z"), false},
    {"no fraction", AT("2026-12-31T23:59:59Z"), false},
    {"zone", AT("2026-12-31T23:59:59.000000+04:00"), false},
    {"small letters", AT("2026-12-31t23:59:59.000000z"), false},
    {"before 1970", AT("1969-12-31T23:59:59.000000Z"), false},
    {"1970", AT("1970-01-01T00:00:00.000000Z"), true},
};

static void
try_rows(const struct row *row, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct mh_err err = {.msg = ""};
        struct hsm_record r;
        enum mh_code code = hsm_record_read(mh_span_str(row[i].line), &err, &r);

        T_CHECK(row[i].name, (code == MH_OK) == row[i].good);
        T_CHECK(row[i].name, row[i].good || err.msg[0] != '\0');
    }
}

static void
test_record_rows(void **state)
{
    (void)state;
    try_rows(rows, T_COUNT(rows));
    try_rows(times, T_COUNT(times));
}

static void
test_record_values(void **state)
{
    static const char line[] =
        WITH("\"a\":\"\\\\\\\"\",\"b\":-5,\"c\":true,\"use\":7");
    struct hsm_record r;

    (void)state;
    assert_int_equal(hsm_record_read(mh_span_str(line), NULL, &r), MH_OK);
    assert_true(r.n == 41 && r.time == INT64_C(1795342530123456));
    assert_true(mh_span_is(r.src, "keyd") && mh_span_is(r.ev, "key.use"));
    assert_true(mh_span_is(r.who, "p:1") && mh_span_is(r.obj, "doc:2"));
    assert_true(mh_span_is(r.res, "ok") && r.data_count == 4);
    assert_true(mh_span_is(hsm_record_get(&r, "a")->string, "\\\""));
    assert_true(hsm_record_get(&r, "b")->number == -5);
    assert_true(hsm_record_get(&r, "c")->kind == HSM_VALUE_BOOL);
    assert_true(hsm_record_get(&r, "c")->number == 1);
    assert_null(hsm_record_get(&r, "d"));
}

/* A record with as many members of d, of strings so long. */
static enum mh_code
write_with(size_t members, size_t length, size_t *len)
{
    static char keys[HSM_RECORD_DATA_MAX + 1][4], text[600];
    static struct hsm_record r;
    uint8_t out[HSM_RECORD_MAX];
    enum mh_code code;

    memset(text, 'a', sizeof(text));
    r = (struct hsm_record){.src = MH_SPAN_LIT("a"), .ev = MH_SPAN_LIT("b")};
    for (size_t i = 0; i < members && i < HSM_RECORD_DATA_MAX; i++) {
        (void)snprintf(keys[i], sizeof(keys[i]), "k%02u", (unsigned)i % 100);
        r.data[i] = (struct hsm_value){.key = {(const uint8_t *)keys[i], 3},
            .kind = HSM_VALUE_STRING,
            .string = {(const uint8_t *)text, length}};
    }
    r.data_count = members;
    code = hsm_record_write(&r, NULL, out, len);
    if (code == MH_OK)
        assert_int_equal(
            hsm_record_read((struct mh_span){out, *len}, NULL, &r), MH_OK);
    return code;
}

static void
test_record_limits(void **state)
{
    size_t len = 0, one = 0;

    (void)state;
    assert_int_equal(write_with(1, HSM_RECORD_STRING_MAX, &len), MH_OK);
    assert_int_equal(
        write_with(1, HSM_RECORD_STRING_MAX + 1, &len), MH_EFORMAT);
    assert_int_equal(write_with(HSM_RECORD_DATA_MAX, 8, &len), MH_OK);
    assert_int_equal(write_with(HSM_RECORD_DATA_MAX + 1, 8, &len), MH_EFORMAT);
    /* 4,096 bytes and one more: strings that all grow by one. */
    assert_int_equal(write_with(32, 0, &one), MH_OK);
    len = (HSM_RECORD_MAX - one) / 32;
    assert_int_equal(write_with(32, len, &one), MH_OK);
    assert_true(one <= HSM_RECORD_MAX && one + 32 > HSM_RECORD_MAX);
    assert_int_equal(write_with(32, len + 1, &one), MH_ELIMIT);
}

static void
test_record_reader_limit(void **state)
{
    static uint8_t line[HSM_RECORD_MAX + 1];
    struct hsm_record r;

    (void)state;
    memset(line, 'a', sizeof(line));
    assert_int_equal(
        hsm_record_read((struct mh_span){line, HSM_RECORD_MAX}, NULL, &r),
        MH_EFORMAT);
    assert_int_equal(
        hsm_record_read((struct mh_span){line, HSM_RECORD_MAX + 1}, NULL, &r),
        MH_ELIMIT);
}

static enum mh_code
take(struct hsm_pairs *p, uint64_t n, const char *ev, int64_t use)
{
    struct hsm_record r = {.n = n,
        .ev = mh_span_str(ev),
        .data = {{.key = MH_SPAN_LIT("use"),
            .kind = HSM_VALUE_INT,
            .number = use}},
        .data_count = use < 0 ? 0 : 1};

    return hsm_pairs_take(p, &r, NULL);
}

static void
test_record_pairs(void **state)
{
    static struct hsm_pairs p;

    (void)state;
    assert_int_equal(take(&p, 0, "start", -1), MH_OK);
    assert_int_equal(take(&p, 1, "key.use", -1), MH_OK);
    assert_int_equal(take(&p, 2, "key.use", -1), MH_OK);
    assert_int_equal(take(&p, 3, "key.done", 0), MH_EFORMAT);
    assert_int_equal(take(&p, 3, "key.done", -1), MH_EFORMAT);
    assert_int_equal(take(&p, 3, "key.done", 1), MH_OK);
    assert_int_equal(take(&p, 4, "key.done", 1), MH_EFORMAT);
    assert_int_equal(take(&p, 4, "start", -1), MH_EFORMAT);
    assert_int_equal(take(&p, 4, "key.orphan", 2), MH_OK);
    assert_int_equal(take(&p, 5, "start", -1), MH_OK);
    for (uint64_t i = 0; i < HSM_PAIRS_MAX; i++)
        assert_int_equal(take(&p, 6 + i, "key.use", -1), MH_OK);
    assert_int_equal(take(&p, 9999, "key.use", -1), MH_ELIMIT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_record_rows),
        cmocka_unit_test(test_record_values),
        cmocka_unit_test(test_record_limits),
        cmocka_unit_test(test_record_reader_limit),
        cmocka_unit_test(test_record_pairs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
