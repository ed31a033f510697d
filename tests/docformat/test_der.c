#include "tests/t.h"

#include "docformat/der/der.h"

#include <string.h>

#include "base/limits.h"

#define B(s) ((struct mh_span){(const uint8_t *)(s), sizeof(s) - 1})

/* A whole input and what df_der_check says to it. */
struct form_row {
    const char *name;
    struct mh_span in;
    enum mh_code code;
};

static void
test_forms(void **state)
{
    const struct form_row rows[] = {
        {"nothing", B(""), MH_OK},
        {"true", B("\1\1\xff"), MH_OK},
        {"false", B("\1\1\0"), MH_OK},
        {"true of another value", B("\1\1\1"), MH_EFORMAT},
        {"boolean of two bytes", B("\1\2\0\0"), MH_EFORMAT},
        {"boolean of none", B("\1\0"), MH_EFORMAT},
        {"integer", B("\2\2\0\x80"), MH_OK},
        {"negative integer", B("\2\1\x80"), MH_OK},
        {"integer of no byte", B("\2\0"), MH_EFORMAT},
        {"integer with a needless zero", B("\2\2\0\x7f"), MH_EFORMAT},
        {"integer with a needless ff", B("\2\2\xff\x80"), MH_EFORMAT},
        {"enumerated", B("\x0a\1\6"), MH_OK},
        {"enumerated with a needless zero", B("\x0a\2\0\1"), MH_EFORMAT},
        {"null", B("\5\0"), MH_OK},
        {"null with a byte", B("\5\1\0"), MH_EFORMAT},
        {"oid", B("\6\3\x2a\x86\x48"), MH_OK},
        {"oid of no byte", B("\6\0"), MH_EFORMAT},
        {"oid cut short", B("\6\2\x2a\x86"), MH_EFORMAT},
        {"oid with a padded arc", B("\6\3\x2a\x80\1"), MH_EFORMAT},
        {"oid with a padded first arc", B("\6\2\x80\1"), MH_EFORMAT},
        {"bit string", B("\3\2\7\x80"), MH_OK},
        {"bit string without bits", B("\3\1\0"), MH_OK},
        {"bit string of no byte", B("\3\0"), MH_EFORMAT},
        {"bit string with 8 unused bits", B("\3\2\x08\x80"), MH_EFORMAT},
        {"bit string with unused bits of nothing", B("\3\1\1"), MH_EFORMAT},
        {"octets", B("\4\2\xff\0"), MH_OK},
        {"octets, constructed", B("\x24\2\4\0"), MH_EFORMAT},
        {"utf8 string, constructed", B("\x2c\2\x0c\0"), MH_EFORMAT},
        {"sequence", B("\x30\2\5\0"), MH_OK},
        {"sequence, primitive", B("\x10\2\5\0"), MH_EFORMAT},
        {"set", B("\x31\0"), MH_OK},
        {"set, primitive", B("\x11\0"), MH_EFORMAT},
        {"context", B("\x80\1\0"), MH_OK},
        {"context 16", B("\x90\1\0"), MH_OK},
        {"context, constructed", B("\xa0\2\5\0"), MH_OK},
        {"context with a bad value inside", B("\xa0\2\5\1"), MH_EFORMAT},
        {"application, constructed", B("\x61\1\xff"), MH_OK},
        {"two values", B("\5\0\5\0"), MH_OK},
        {"tag without length", B("\5"), MH_EFORMAT},
        {"longer than the input", B("\4\2\0"), MH_EFORMAT},
        {"longer than its sequence", B("\x30\3\4\2\0\0"), MH_EFORMAT},
        {"high tag number", B("\x1f\1\0"), MH_EFORMAT},
        {"high context tag", B("\xbf\x20\0"), MH_EFORMAT},
        {"indefinite length", B("\x30\x80\0\0"), MH_EFORMAT},
        {"long form of a short length", B("\4\x81\1\0"), MH_EFORMAT},
        {"length with a zero", B("\4\x82\0\x80"), MH_EFORMAT},
        {"length of length cut short", B("\4\x82\1"), MH_EFORMAT},
        {"length of five bytes", B("\4\x85\1\0\0\0\0"), MH_EFORMAT},
        {"length of four bytes", B("\4\x84\xff\xff\xff\xff"), MH_EFORMAT},
        {"length ff", B("\4\xff"), MH_EFORMAT},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++)
        T_CHECK(rows[i].name, df_der_check(rows[i].in, NULL) == rows[i].code);
}

/* The shortest and the longest content of each length form. */
static void
test_lengths(void **state)
{
    static const struct {
        size_t len, header;
    } rows[] = {
        {0x7f, 2}, {0x80, 3}, {0xff, 3}, {0x100, 4}, {0xffff, 4}, {0x10000, 5}};
    static uint8_t buf[0x10000 + 5];

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        size_t header = rows[i].header, all = rows[i].len + header;
        struct df_der d = df_der_from((struct mh_span){buf, all});
        struct df_tlv t;

        memset(buf, 0, sizeof(buf));
        buf[0] = DF_OCTET_STRING;
        buf[1] =
            header == 2 ? (uint8_t)rows[i].len : (uint8_t)(0x80 | (header - 2));
        for (size_t k = 2; k < header; k++)
            buf[k] = (uint8_t)(rows[i].len >> (8 * (header - 1 - k)));
        assert_true(df_der_any(&d, &t));
        assert_int_equal(t.tag, DF_OCTET_STRING);
        assert_int_equal(t.all.len, all);
        assert_int_equal(t.body.len, rows[i].len);
        assert_ptr_equal(t.body.ptr, buf + header);
        assert_true(df_der_done(&d));
        d = df_der_from((struct mh_span){buf, all - 1});
        assert_false(df_der_any(&d, &t));
        assert_null(t.body.ptr);
    }
}

/* Sequences inside each other, as deep as asked; the bytes used. */
static struct mh_span
nested(uint8_t *buf, size_t size, size_t depth)
{
    uint8_t *p = buf + size;
    size_t len = 0;

    for (size_t i = 0; i < depth; i++) {
        *--p = (uint8_t)len;
        *--p = i % 2 == 0 ? DF_SEQUENCE : DF_CONTEXT_CONS(0);
        len += 2;
    }
    return (struct mh_span){p, len};
}

static void
test_depth(void **state)
{
    uint8_t buf[2 * MH_DER_DEPTH_MAX];
    struct mh_err err = {0};

    (void)state;
    assert_int_equal(
        df_der_check(nested(buf, sizeof(buf), MH_DER_DEPTH_MAX - 1), &err),
        MH_OK);
    assert_int_equal(
        df_der_check(nested(buf, sizeof(buf), MH_DER_DEPTH_MAX), &err),
        MH_ELIMIT);
    assert_int_equal(err.offset, 2 * (MH_DER_DEPTH_MAX - 1));
}

/* Errors say where. */
static void
test_offset(void **state)
{
    struct mh_err err = {0};

    (void)state;
    assert_int_equal(df_der_check(B("\x30\5\5\0\1\1\2"), &err), MH_EFORMAT);
    assert_int_equal(err.offset, 4);
    assert_int_equal(df_der_check(B("\5\0\x30\3\4\4\0"), &err), MH_EFORMAT);
    assert_int_equal(err.offset, 4);
}

static void
test_reader(void **state)
{
    struct mh_span in = B("\x30\x0b\2\1\5\x80\1\7\x31\3\5\0\1\1"), body;
    struct df_der d = df_der_from(in), sub, set;

    (void)state;
    assert_int_equal(df_der_peek(&d), DF_SEQUENCE);
    sub = df_der_enter(&d, DF_SEQUENCE);
    assert_false(df_der_done(&d));
    assert_true(df_der_more(&d));
    assert_false(df_der_opt(&sub, DF_OCTET_STRING, &body));
    assert_true(df_der_more(&sub));
    assert_true(mh_span_eq(df_der_get(&sub, DF_INTEGER), B("\5")));
    assert_true(df_der_opt(&sub, DF_CONTEXT(0), &body));
    assert_true(mh_span_eq(body, B("\7")));
    assert_int_equal(df_der_peek(&sub), DF_SET);
    set = sub;
    assert_true(mh_span_eq(df_der_get_all(&set, DF_SET), B("\x31\3\5\0\1")));
    assert_true(df_der_done(&set));
    assert_int_equal(df_der_peek(&set), 0);
    /* The second value of the set has no length. */
    set = df_der_enter(&sub, DF_SET);
    assert_int_equal(df_der_get(&set, DF_NULL).len, 0);
    assert_false(df_der_opt(&set, DF_BOOLEAN, &body));
    assert_true(set.bad);
}

/* One failed read fails every later one. */
static void
test_sticky(void **state)
{
    struct df_der d = df_der_from(B("\5\0\5\0")), sub;
    struct mh_span body;
    struct df_tlv t;

    (void)state;
    assert_null(df_der_get(&d, DF_INTEGER).ptr);
    assert_true(d.bad);
    assert_int_equal(df_der_peek(&d), 0);
    assert_null(df_der_get(&d, DF_NULL).ptr);
    assert_null(df_der_get_all(&d, DF_NULL).ptr);
    assert_false(df_der_opt(&d, DF_NULL, &body));
    assert_false(df_der_any(&d, &t));
    assert_int_equal(t.tag, 0);
    sub = df_der_enter(&d, DF_NULL);
    assert_true(sub.bad);
    assert_false(df_der_done(&sub));
    assert_false(df_der_more(&d));
    assert_false(df_der_done(&d));
    d = df_der_from(B(""));
    assert_true(df_der_done(&d));
    assert_null(df_der_get(&d, DF_NULL).ptr);
    assert_false(df_der_done(&d));
}

static void
test_uint(void **state)
{
    const struct {
        const char *name;
        struct mh_span in;
        bool ok;
        uint64_t value;
    } rows[] = {
        {"zero", B("\0"), true, 0},
        {"127", B("\x7f"), true, 127},
        {"128", B("\0\x80"), true, 128},
        {"most", B("\0\xff\xff\xff\xff\xff\xff\xff\xff"), true, UINT64_MAX},
        {"one more", B("\1\0\0\0\0\0\0\0\0"), false, 0},
        {"ten bytes", B("\0\xff\0\0\0\0\0\0\0\0"), false, 0},
        {"negative", B("\xff"), false, 0},
        {"padded", B("\0\1"), false, 0},
        {"empty", B(""), false, 0},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        uint64_t v = 0;

        T_CHECK(rows[i].name, df_der_uint(rows[i].in, &v) == rows[i].ok);
        T_CHECK(rows[i].name, v == rows[i].value);
    }
}

static void
test_bool(void **state)
{
    bool b = false;

    (void)state;
    assert_true(df_der_bool(B("\xff"), &b));
    assert_true(b);
    assert_true(df_der_bool(B("\0"), &b));
    assert_false(b);
    assert_false(df_der_bool(B("\2"), &b));
    assert_false(df_der_bool(B(""), &b));
}

static void
test_bits(void **state)
{
    const struct {
        const char *name;
        struct mh_span in;
        bool ok;
        uint32_t bits;
        bool whole; /* whole bytes, too */
    } rows[] = {
        {"none", B("\0"), true, 0, true},
        {"none with unused bits", B("\1"), false, 0, false},
        {"bit 0", B("\7\x80"), true, 1, false},
        {"bits 0 and 1", B("\6\xc0"), true, 3, false},
        {"bit 7", B("\0\1"), true, 1U << 7, true},
        {"bit 8", B("\7\0\x80"), true, 1U << 8, false},
        {"bit 31", B("\0\0\0\0\1"), true, UINT32_C(1) << 31, true},
        {"bit 32 is not kept", B("\7\x80\0\0\0\x80"), true, 1, false},
        {"an unused bit is set", B("\1\x81"), false, 0, false},
        {"ends in a zero", B("\6\x80"), false, 0, false},
        {"ends in a zero byte", B("\0\x80\0"), false, 0, true},
        {"8 unused bits", B("\x08\x80"), false, 0, false},
        {"empty", B(""), false, 0, false},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct mh_span bytes = {0};
        uint32_t bits = 0;

        T_CHECK(rows[i].name, df_der_bits(rows[i].in, &bits) == rows[i].ok);
        T_CHECK(rows[i].name, bits == rows[i].bits);
        T_CHECK(rows[i].name,
            df_der_bit_bytes(rows[i].in, &bytes) == rows[i].whole);
        if (rows[i].whole)
            T_CHECK(rows[i].name, bytes.len == rows[i].in.len - 1);
    }
}

struct time_row {
    const char *text;
    bool utc, general, gentime; /* which of the three readers takes it */
    int64_t value;              /* seconds UTC */
};

static const struct time_row times[] = {
    {"700101000000Z", true, false, false, 0},
    {"491231235959Z", true, false, false, INT64_C(2524607999)},
    {"500101000000Z", true, false, false, INT64_C(-631152000)},
    {"000229000000Z", true, false, false, 951782400},
    {"010229000000Z", false, false, false, 0},
    {"7001010000Z", false, false, false, 0},
    {"700101000000+0000", false, false, false, 0},
    {"70010100000 Z", false, false, false, 0},
    {"7001x1000000Z", false, false, false, 0},
    {"x00101000000Z", false, false, false, 0},
    {"701301000000Z", false, false, false, 0},
    {"700100000000Z", false, false, false, 0},
    {"700101240000Z", false, false, false, 0},
    {"700101006000Z", false, false, false, 0},
    {"19700101000000Z", false, true, true, 0},
    {"20240229120000Z", false, true, true, 1709208000},
    {"20500101000000Z", false, true, true, INT64_C(2524608000)},
    {"20240229120000", false, false, false, 0},
    {"202402291200Z", false, false, false, 0},
    {"20240230120000Z", false, false, false, 0},
    {"2x240229120000Z", false, false, false, 0},
    {"202x0229120000Z", false, false, false, 0},
    {"20240229120000.5Z", false, false, true, 1709208000},
    {"20240229120000.123456Z", false, false, true, 1709208000},
    {"20240229120000.50Z", false, false, false, 0},
    {"20240229120000.0Z", false, false, false, 0},
    {"20240229120000.Z", false, false, false, 0},
    {"20240229120000,5Z", false, false, false, 0},
    {"20240229120000.x5Z", false, false, false, 0},
    {"20240229120000.5", false, false, false, 0},
    {"", false, false, false, 0},
    {"Z", false, false, false, 0},
};

static void
test_times(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(times); i++) {
        const struct time_row *r = &times[i];
        struct mh_span in = mh_span_str(r->text);
        int64_t utc = r->value, general = r->value, gentime = r->value;

        T_CHECK(r->text, df_der_time(DF_UTC_TIME, in, &utc) == r->utc);
        T_CHECK(r->text,
            df_der_time(DF_GENERALIZED_TIME, in, &general) == r->general);
        T_CHECK(r->text, df_der_gentime(in, &gentime) == r->gentime);
        T_CHECK(r->text, !r->utc || utc == r->value);
        T_CHECK(r->text, !r->general || general == r->value);
        T_CHECK(r->text, !r->gentime || gentime == r->value);
        T_CHECK(r->text, !df_der_time(DF_UTF8_STRING, in, &utc));
    }
}

static void
test_oid_text(void **state)
{
    const struct {
        struct mh_span in;
        const char *text; /* NULL: none */
    } rows[] = {
        {B("\x2a\x86\x48\x86\xf7\x0d\1\7\2"), "1.2.840.113549.1.7.2"},
        {B("\0"), "0.0"},
        {B("\x27"), "0.39"},
        {B("\x28"), "1.0"},
        {B("\x4f"), "1.39"},
        {B("\x50"), "2.0"},
        {B("\x88\x37\3"), "2.999.3"},
        {B("\x2a\x81\xff\xff\xff\xff\xff\xff\xff\xff\x7f"),
            "1.2.18446744073709551615"},
        {B("\x2a\x82\x80\x80\x80\x80\x80\x80\x80\x80\0"), NULL},
        {B("\x2a\x80\1"), NULL},
        {B(""), NULL},
    };
    char out[64];

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        bool ok = df_der_oid_text(rows[i].in, out, sizeof(out));
        size_t need = rows[i].text == NULL ? 0 : strlen(rows[i].text) + 1;

        if (ok != (rows[i].text != NULL) ||
            (ok && strcmp(out, rows[i].text) != 0))
            fail_msg("row %zu: %s", i, ok ? out : "no text");
        /* Every size below what it needs is too small. */
        for (size_t n = 0; n < need; n++)
            assert_false(df_der_oid_text(rows[i].in, out, n));
        if (ok)
            assert_true(df_der_oid_text(rows[i].in, out, need));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_offset),
        cmocka_unit_test(test_reader),
        cmocka_unit_test(test_sticky),
        cmocka_unit_test(test_uint),
        cmocka_unit_test(test_bool),
        cmocka_unit_test(test_bits),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_oid_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
