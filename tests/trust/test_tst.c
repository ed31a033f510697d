#include "tests/trust/fixture.h"

#include "base/wire/codes.h"
#include "signer/trust/ber.h"
#include "signer/trust/tst.h"

static void
test_rows(void **state)
{
    static const struct {
        const char *name;
        bool ok;
        int finding;
        bool covers;
    } rows[] = {{"good", true, 0, true}, {"rsa", true, 0, true},
        {"fraction", true, 0, true}, {"ess-v1", true, 0, true},
        {"other-data", true, 0, false},
        {"no-ess", false, MH_F_TIMESTAMP_INVALID, true},
        {"other-ess", false, MH_F_TIMESTAMP_INVALID, true},
        {"no-certs", false, MH_F_TIMESTAMP_INVALID, true},
        {"not-critical", false, MH_F_TIMESTAMP_POLICY, true},
        {"two-eku", false, MH_F_TIMESTAMP_POLICY, true},
        {"wrong-eku", false, MH_F_TIMESTAMP_POLICY, true},
        {"bad-signature", false, MH_F_SIGNATURE_MISMATCH, true},
        {"bad-digest", false, MH_F_DIGEST_MISMATCH, true}};
    struct t_trust *t = *state;
    uint8_t hash[MH_SHA256_LENGTH];

    assert_int_equal(
        mh_digest_once(MH_SHA256, MH_SPAN_LIT("mohur"), NULL, hash), MH_OK);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sg_pool *pool = sg_pool_new(t->arena);
        struct sg_tst_result r;
        struct sg_tst *tst;
        char file[64];

        (void)snprintf(file, sizeof(file), "tst-%s.der", rows[i].name);
        assert_int_equal(
            sg_tst_parse(t_file(t->arena, file), t->arena, NULL, &tst), MH_OK);
        assert_int_equal(sg_tst_check(tst, pool, t->facts, NULL, &r), MH_OK);
        if (r.ok != rows[i].ok || r.finding != rows[i].finding)
            fail_msg("%s: %d %s", rows[i].name, r.finding,
                r.text == NULL ? "" : r.text);
        assert_int_equal(
            sg_tst_covers(tst, (struct mh_span){hash, sizeof(hash)}),
            rows[i].covers);
        assert_int_equal(tst->gen_time, T_SIGNING);
    }
}

static void
test_wrong_type(void **state)
{
    struct t_trust *t = *state;
    struct mh_err err = {0};
    struct sg_tst *tst;

    assert_int_equal(sg_tst_parse(t_file(t->arena, "tst-wrong-type.der"),
                         t->arena, &err, &tst),
        MH_EFORMAT);
    assert_int_equal(err.finding, MH_F_TIMESTAMP_INVALID);
}

static void
test_ber(void **state)
{
    static const struct {
        const char *in, *out;
        size_t in_len, out_len;
        enum mh_code code;
    } rows[] = {
        {"\x30\x80\x02\x01\x05\x00\x00", "\x30\x03\x02\x01\x05", 7, 5, MH_OK},
        {"\x24\x80\x04\x01\x61\x04\x01\x62\x00\x00", "\x04\x02\x61\x62", 10, 4,
            MH_OK},
        {"\x30\x81\x03\x02\x01\x05", "\x30\x03\x02\x01\x05", 6, 5, MH_OK},
        {"\x30\x80\x02\x01\x05", "", 5, 0, MH_EFORMAT},
        {"\x30\x80\x02\x01\x05\x00\x00\x00", "", 8, 0, MH_EFORMAT},
        {"\x04\x80\x00\x00", "", 4, 0, MH_EFORMAT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mh_buf out;

        mh_buf_init(&out, 1000);
        assert_int_equal(
            sg_ber_to_der(
                (struct mh_span){(const uint8_t *)rows[i].in, rows[i].in_len},
                NULL, &out),
            rows[i].code);
        if (rows[i].code == MH_OK)
            assert_true(mh_span_eq(
                mh_buf_get(&out), (struct mh_span){(const uint8_t *)rows[i].out,
                                      rows[i].out_len}));
        mh_buf_fini(&out);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_wrong_type),
        cmocka_unit_test(test_ber),
    };

    return cmocka_run_group_tests(tests, t_setup, t_teardown);
}
