#include "tests/trust/fixture.h"

struct row {
    const char *leaf;
    const char *anchor; /* NULL: the root */
    enum sg_purpose purpose;
    int64_t time;
    enum sg_path_code code;
    size_t count; /* certificates of the chain; 0: not looked at */
};

static const struct row rows[] = {
    {"citizen", NULL, SG_FOR_SIGNER, T_SIGNING, SG_PATH_OK, 4},
    {"citizen-rsa2048", NULL, SG_FOR_SIGNER, T_SIGNING, SG_PATH_OK, 4},
    {"director", NULL, SG_FOR_SIGNER, T_SIGNING, SG_PATH_OK, 4},
    {"clerk", NULL, SG_FOR_SIGNER, T_SIGNING, SG_PATH_OK, 4},
    {"tsa", NULL, SG_FOR_TSA, T_SIGNING, SG_PATH_OK, 3},
    {"root", NULL, SG_FOR_SIGNER, T_SIGNING, SG_PATH_OK, 1},
    {"citizen", "cert-citizen-ca.der", SG_FOR_SIGNER, T_SIGNING, SG_PATH_OK, 2},
    {"citizen", "cert-citizen.der", SG_FOR_SIGNER, T_SIGNING, SG_PATH_OK, 1},
    /* Another of the issuer's name is in the pool, too. */
    {"citizen", "cert-government-ca.der", SG_FOR_SIGNER, T_SIGNING,
        SG_PATH_SIGNATURE, 0},
    {"expired", NULL, SG_FOR_SIGNER, T_SIGNING, SG_PATH_EXPIRED, 4},
    {"future", NULL, SG_FOR_SIGNER, T_SIGNING, SG_PATH_NOT_YET_VALID, 4},
    {"under-leaf", NULL, SG_FOR_SIGNER, T_SIGNING, SG_PATH_CA, 0},
    /* The same names under another key. */
    {"foreign", NULL, SG_FOR_SIGNER, T_SIGNING, SG_PATH_SIGNATURE, 0},
    {"tl-signer", NULL, SG_FOR_SIGNER, T_SIGNING, SG_PATH_NO_CHAIN, 0},
    /* Services of a list. */
    {"citizen", "tl-v6.xml", SG_FOR_SIGNER, T_SIGNING, SG_PATH_OK, 2},
    {"citizen-ca", "tl-v6.xml", SG_FOR_SIGNER, T_SIGNING, SG_PATH_SIGNATURE, 0},
    {"tsa", "tl-v6.xml", SG_FOR_TSA, T_SIGNING, SG_PATH_OK, 1},
    {"tsa", "tl-v6.xml", SG_FOR_SIGNER, T_SIGNING, SG_PATH_SIGNATURE, 0},
    {"ocsp", "tl-v6.xml", SG_FOR_OCSP, T_SIGNING, SG_PATH_OK, 1},
    {"citizen", "tl-withdrawn.xml", SG_FOR_SIGNER, T_SIGNING, SG_PATH_SERVICE,
        2},
};

static void
test_rows(void **state)
{
    struct t_trust *t = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sg_path_input in = {.leaf = t_cert(t, rows[i].leaf),
            .pool = t->pool,
            .facts = t->facts,
            .arena = t->arena,
            .purpose = rows[i].purpose,
            .time = rows[i].time,
            .service_time = MH_TIME_NONE};
        struct sg_path path;

        t_open(t, rows[i].anchor == NULL ? "cert-root.der" : rows[i].anchor);
        in.trust = t->trust;
        assert_int_equal(sg_path_find(&in, NULL, &path), MH_OK);
        if (path.code != rows[i].code)
            fail_msg("row %zu %s: %s: %s", i, rows[i].leaf,
                sg_path_code_name(path.code), path.text);
        if (rows[i].count != 0)
            assert_int_equal(path.count, rows[i].count);
        assert_int_equal(path.finding == 0, path.code == SG_PATH_OK);
    }
}

/* A policy that nobody states; the order of the inputs plays no part. */
static void
test_policies(void **state)
{
    const struct mh_span other = MH_SPAN_LIT("\x88\x37\x63");
    struct t_trust *t = *state;
    struct sg_path_input in = {.leaf = t_cert(t, "citizen"),
        .pool = t->pool,
        .facts = t->facts,
        .arena = t->arena,
        .time = T_SIGNING,
        .service_time = MH_TIME_NONE,
        .policies = &other,
        .policy_count = 1,
        .explicit_policy = true};
    struct sg_path path;

    t_open(t, "cert-root.der");
    in.trust = t->trust;
    assert_int_equal(sg_path_find(&in, NULL, &path), MH_OK);
    assert_int_equal(path.code, SG_PATH_POLICY);
    in.explicit_policy = false;
    assert_int_equal(sg_path_find(&in, NULL, &path), MH_OK);
    assert_int_equal(path.code, SG_PATH_OK);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_policies),
    };

    return cmocka_run_group_tests(tests, t_setup, t_teardown);
}
