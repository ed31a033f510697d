#include "tests/trust/fixture.h"

#include "base/wire/codes.h"
#include "signer/trust/name.h"

static void
test_refused(void **state)
{
    static const struct {
        const char *name;
        const char *msg;
    } rows[] = {{"cert-bad-serial-zero.der", "serial number not allowed"},
        {"cert-bad-serial-negative.der", "serial number not allowed"},
        {"cert-bad-serial-long.der", "serial number not allowed"},
        {"cert-bad-twice.der", "extension twice"},
        {"ocsp-good.der", "malformed outer structure"},
        {"tl-v6.xml", "not one DER value"}};
    struct t_trust *t = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mh_err err = {0};
        struct sg_cert *c;

        assert_int_equal(
            sg_cert_parse(t_file(t->arena, rows[i].name), t->arena, &err, &c),
            MH_EFORMAT);
        assert_non_null(strstr(err.msg, rows[i].msg));
        assert_int_equal(err.finding, MH_F_CERTIFICATE_INVALID);
    }
}

/* Every truncation, and one byte more, is refused. */
static void
test_length(void **state)
{
    struct t_trust *t = *state;
    struct mh_span der = t_file(t->arena, "cert-citizen.der");
    struct sg_cert *c;

    for (size_t n = 0; n < der.len; n++)
        assert_int_not_equal(
            sg_cert_parse((struct mh_span){der.ptr, n}, t->arena, NULL, &c),
            MH_OK);
    assert_int_not_equal(sg_cert_parse((struct mh_span){der.ptr, der.len + 1},
                             t->arena, NULL, &c),
        MH_OK);
}

static void
test_fields(void **state)
{
    struct t_trust *t = *state;
    const struct sg_cert *c = t_cert(t, "citizen");
    const struct sg_cert *ca = t_cert(t, "citizen-ca");
    const struct sg_cert *ocsp = t_cert(t, "ocsp");
    const struct sg_cert *tsa = t_cert(t, "tsa");
    struct mh_span uri;

    assert_int_equal(c->version, 3);
    assert_int_equal(c->lint, 0);
    assert_false(c->ca);
    assert_true(c->has_ku);
    assert_int_equal(c->ku & SG_KU_NON_REPUDIATION, SG_KU_NON_REPUDIATION);
    assert_int_equal(c->qc, SG_QC_COMPLIANCE | SG_QC_SSCD);
    assert_true(mh_span_is(
        sg_attr_text(sg_name_find(&c->subject, SG_ATTR_SURNAME), t->arena),
        "SINAQOVA"));
    assert_true(sg_name_eq(&c->issuer, &ca->subject));
    assert_true(mh_span_eq(c->aki_key, ca->ski));
    assert_true(ca->ca);
    assert_int_equal(ca->path_len, 0);
    assert_true(t_cert(t, "root")->self_issued);
    assert_int_equal(ocsp->eku, SG_EKU_OCSP_SIGNING);
    assert_true(ocsp->ocsp_nocheck);
    assert_int_equal(tsa->eku, SG_EKU_TIME_STAMPING);
    assert_true(tsa->eku_critical);
    assert_true(sg_cert_aia(c, SG_AIA_OCSP, 0, &uri));
    assert_false(sg_cert_aia(c, SG_AIA_OCSP, 5, &uri));
}

static void
test_names(void **state)
{
    /* One commonName each; lengths are those of the row. */
    static const struct {
        const char *what;
        const char *a, *b;
        size_t a_len, b_len;
        bool equal;
    } rows[] = {
        {"case",
            "\x30\x0d\x31\x0b\x30\x09\x06\x03\x55\x04\x03\x13\x02"
            "Ab",
            "\x30\x0d\x31\x0b\x30\x09\x06\x03\x55\x04\x03\x0c\x02"
            "aB",
            15, 15, true},
        {"blanks",
            "\x30\x0f\x31\x0d\x30\x0b\x06\x03\x55\x04\x03\x13\x04"
            " a b",
            "\x30\x10\x31\x0e\x30\x0c\x06\x03\x55\x04\x03\x13\x05"
            "a  b ",
            17, 18, true},
        {"no blank",
            "\x30\x0d\x31\x0b\x30\x09\x06\x03\x55\x04\x03\x13\x02"
            "ab",
            "\x30\x0e\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x13\x03"
            "a b",
            15, 16, false},
        {"latin-1 and utf-8",
            "\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x14\x01\xd6",
            "\x30\x0d\x31\x0b\x30\x09\x06\x03\x55\x04\x03\x0c\x02\xc3\xb6", 14,
            15, true},
        {"other type",
            "\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x13\x01"
            "a",
            "\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x0a\x13\x01"
            "a",
            14, 14, false},
    };
    struct t_trust *t = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sg_name a, b;

        assert_int_equal(
            sg_name_parse(
                (struct mh_span){(const uint8_t *)rows[i].a, rows[i].a_len},
                t->arena, NULL, &a),
            MH_OK);
        assert_int_equal(
            sg_name_parse(
                (struct mh_span){(const uint8_t *)rows[i].b, rows[i].b_len},
                t->arena, NULL, &b),
            MH_OK);
        if (sg_name_eq(&a, &b) != rows[i].equal)
            fail_msg("%s", rows[i].what);
        if (rows[i].equal)
            assert_int_equal(sg_name_hash(&a), sg_name_hash(&b));
    }
}

static void
test_san_syntax(void **state)
{
    static const struct {
        const char *san;
        size_t len;
        bool good;
    } rows[] = {
        {"\x82\x03"
         "a.b",
            5, true},
        {"\x82\x05*.a.b", 7, true},
        {"\x82\x05"
         "a_b.c",
            7, false},
        {"\x82\x04.a.b", 6, false},
        {"\x82\x04"
         "a..b",
            6, false},
        {"\x82\x03-.b", 5, false},
        {"\x87\x04\x01\x02\x03\x04", 6, true},
        {"\x87\x05\x01\x02\x03\x04\x05", 7, false},
        {"\x81\x05"
         "a@b.c",
            7, true},
        {"\x81\x03"
         "abc",
            5, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(sg_san_syntax((struct mh_span){
                             (const uint8_t *)rows[i].san, rows[i].len}),
            rows[i].good);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_san_syntax),
    };

    return cmocka_run_group_tests(tests, t_setup, t_teardown);
}
