#include "tests/trust/fixture.h"

#include "base/wire/codes.h"
#include "signer/trust/crl.h"
#include "signer/trust/ocsp.h"

static struct sg_status_input
about(struct t_trust *t, const char *cert)
{
    return (struct sg_status_input){.cert = t_cert(t, cert),
        .issuer = t_cert(t, "citizen-ca"),
        .pool = t->pool,
        .trust = t->trust,
        .facts = t->facts,
        .arena = t->arena,
        .time = MH_TIME_NONE};
}

static void
test_ocsp(void **state)
{
    static const struct {
        const char *name;
        enum sg_status_kind kind;
        int finding;
    } rows[] = {{"good", SG_STATUS_GOOD, 0}, {"by-issuer", SG_STATUS_GOOD, 0},
        {"by-key", SG_STATUS_GOOD, 0}, {"sha256", SG_STATUS_GOOD, 0},
        {"nonce", SG_STATUS_GOOD, 0}, {"revoked", SG_STATUS_REVOKED, 0},
        {"hold", SG_STATUS_ON_HOLD, 0},
        {"unknown", SG_STATUS_UNKNOWN, MH_F_CERTIFICATE_STATUS_UNKNOWN},
        {"other-serial", SG_STATUS_OTHER, MH_F_OCSP_INVALID},
        {"other-key", SG_STATUS_OTHER, MH_F_OCSP_INVALID},
        {"no-eku", SG_STATUS_NONE, MH_F_OCSP_RESPONDER},
        {"foreign", SG_STATUS_NONE, MH_F_OCSP_RESPONDER},
        {"sibling", SG_STATUS_NONE, MH_F_OCSP_RESPONDER},
        {"bad-signature", SG_STATUS_NONE, MH_F_OCSP_INVALID},
        {"tampered", SG_STATUS_NONE, MH_F_OCSP_INVALID},
        {"backwards", SG_STATUS_NONE, MH_F_OCSP_INVALID}};
    struct t_trust *t = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sg_status_input in = about(t, "citizen");
        struct sg_status s;
        struct sg_ocsp *o;
        char file[64];

        (void)snprintf(file, sizeof(file), "ocsp-%s.der", rows[i].name);
        in.pool = NULL; /* each response brings its own certificates */
        assert_int_equal(
            sg_ocsp_parse(t_file(t->arena, file), t->arena, NULL, &o), MH_OK);
        assert_int_equal(sg_ocsp_check(o, &in, NULL, &s), MH_OK);
        if (s.kind != rows[i].kind || s.finding != rows[i].finding)
            fail_msg("%s: %d %d %s", rows[i].name, (int)s.kind, s.finding,
                s.text == NULL ? "" : s.text);
        if (s.kind >= SG_STATUS_UNKNOWN)
            assert_non_null(s.signer);
    }
}

static void
test_ocsp_details(void **state)
{
    struct t_trust *t = *state;
    struct sg_status_input in = about(t, "citizen");
    struct mh_err err = {0};
    struct sg_status s;
    struct sg_ocsp *o;

    assert_int_equal(sg_ocsp_parse(t_file(t->arena, "ocsp-try-later.der"),
                         t->arena, &err, &o),
        MH_EFORMAT);
    assert_int_equal(err.finding, MH_F_OCSP_INVALID);
    assert_int_equal(
        sg_ocsp_parse(t_file(t->arena, "ocsp-nonce.der"), t->arena, NULL, &o),
        MH_OK);
    assert_int_equal(sg_ocsp_check(o, &in, NULL, &s), MH_OK);
    assert_true(mh_span_eq(s.nonce, MH_SPAN_LIT("\x04\x08"
                                                "12345678")));
    assert_true(s.delegated && s.nocheck && !s.by_issuer && !s.listed);
    assert_int_equal(s.produced_at, T_SIGNING + 3600);
    in.time = T_SIGNING; /* before the answer */
    assert_int_equal(sg_ocsp_check(o, &in, NULL, &s), MH_OK);
    assert_int_equal(s.kind, SG_STATUS_NONE);
    in.time = T_VALIDATION; /* after nextUpdate */
    assert_int_equal(sg_ocsp_check(o, &in, NULL, &s), MH_OK);
    assert_int_equal(s.kind, SG_STATUS_NONE);
}

static void
test_crl(void **state)
{
    static const struct {
        const char *first, *second;
        enum sg_status_kind kind;
    } rows[] = {{"empty", NULL, SG_STATUS_GOOD},
        {"revoked", NULL, SG_STATUS_REVOKED}, {"hold", NULL, SG_STATUS_ON_HOLD},
        {"hold", "delta-remove", SG_STATUS_GOOD},
        {"empty", "delta-revoked", SG_STATUS_REVOKED},
        {"delta-revoked", NULL, SG_STATUS_OTHER},
        {"no-number", NULL, SG_STATUS_NONE}, {"critical", NULL, SG_STATUS_NONE},
        {"only-ca", NULL, SG_STATUS_OTHER}, {"only-user", NULL, SG_STATUS_GOOD},
        {"only-attribute", NULL, SG_STATUS_OTHER},
        {"some-reasons", NULL, SG_STATUS_NONE},
        {"some-reasons", "empty", SG_STATUS_GOOD},
        {"bad-signature", NULL, SG_STATUS_NONE},
        {"foreign", NULL, SG_STATUS_NONE}, {"stale", NULL, SG_STATUS_NONE}};
    struct t_trust *t = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sg_status_input in = about(t, "citizen");
        const struct sg_crl *set[2];
        struct sg_crl *c;
        struct sg_status s;
        size_t n = 0;

        in.time = T_VALIDATION;
        for (unsigned k = 0; k < 2; k++) {
            const char *name = k == 0 ? rows[i].first : rows[i].second;
            char file[64];

            if (name == NULL)
                continue;
            (void)snprintf(file, sizeof(file), "crl-%s.der", name);
            assert_int_equal(
                sg_crl_parse(t_file(t->arena, file), t->arena, NULL, &c),
                MH_OK);
            set[n++] = c;
        }
        assert_int_equal(sg_crl_check(set, n, &in, NULL, &s), MH_OK);
        if (s.kind != rows[i].kind)
            fail_msg("%zu %s: %d %s", i, rows[i].first, (int)s.kind,
                s.text == NULL ? "" : s.text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ocsp),
        cmocka_unit_test(test_ocsp_details),
        cmocka_unit_test(test_crl),
    };

    return cmocka_run_group_tests(tests, t_setup, t_teardown);
}
