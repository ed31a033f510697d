#include "tests/trust/fixture.h"

#include "base/wire/codes.h"
#include "signer/trust/tl.h"

/* Every byte of a snapshot matters: a changed one is never used. */
static void
test_flips(void **state)
{
    struct t_trust *t = *state;
    struct mh_span good;
    uint8_t *copy;

    t_open(t, "tl-v6.xml");
    good = mh_buf_get(&t->snapshot);
    copy = mh_arena_alloc(t->arena, good.len);
    assert_non_null(copy);
    for (size_t i = 0; i < good.len; i++) {
        struct sg_trust *x;
        size_t used = 0;

        memcpy(copy, good.ptr, good.len);
        copy[i] ^= 0x10;
        if (sg_trust_open((struct mh_span){copy, good.len}, NULL, &x) != MH_OK)
            continue;
        for (size_t k = 0; k < sg_trust_count(x); k++)
            used += sg_trust_at(x, k) != NULL;
        assert_true(used < sg_trust_count(x));
        sg_trust_free(x);
    }
    for (size_t n = 0; n < good.len; n += 7) {
        struct sg_trust *x;

        assert_int_not_equal(
            sg_trust_open((struct mh_span){copy, n}, NULL, &x), MH_OK);
    }
}

static void
test_lookups(void **state)
{
    struct t_trust *t = *state;
    const struct sg_cert *ca = t_cert(t, "citizen-ca");
    const struct sg_anchor *found[4];

    t_open(t, "tl-v6.xml");
    assert_int_equal(sg_trust_by_subject(t->trust, &ca->subject, found, 4), 1);
    assert_true(sg_cert_same(found[0]->cert, ca));
    assert_int_equal(found[0]->kinds, SG_KIND_CA);
    assert_int_equal(sg_trust_by_ski(t->trust, ca->ski, found, 4), 1);
    assert_int_equal(sg_trust_by_sha256(t->trust, ca->sha256, found, 4), 1);
    assert_true(sg_trust_granted(t->trust, ca, SG_KIND_CA, T_SIGNING));
    assert_false(sg_trust_granted(t->trust, ca, SG_KIND_TSA, T_SIGNING));
    assert_false(sg_trust_granted(t->trust, ca, SG_KIND_CA, 0));
    assert_int_equal(
        sg_trust_by_subject(t->trust, &t_cert(t, "root")->subject, found, 4),
        0);
    t_open(t, "tl-withdrawn.xml");
    assert_false(sg_trust_granted(t->trust, ca, SG_KIND_CA, T_SIGNING));
    assert_true(sg_trust_granted(
        t->trust, ca, SG_KIND_CA, INT64_C(1600000000))); /* 2020 */
}

/* A snapshot compiled again is the same, byte for byte. */
static void
test_again(void **state)
{
    struct t_trust *t = *state;
    struct sg_trust_input in = {.label = "snapshot"};
    struct sg_trust_sources src = {
        .inputs = &in, .count = 1, .parse_list = sg_tl_parse};
    struct sg_trust_note note;
    struct mh_buf out;

    t_open(t, "tl-v5.xml");
    assert_true(sg_trust_note(t->trust, 0, T_SIGNING, &note));
    assert_int_equal(note.finding, MH_F_TL_UNVERIFIED);
    assert_false(sg_trust_note(t->trust, 1, T_SIGNING, &note));
    assert_true(sg_trust_note(t->trust, 1, INT64_MAX, &note));
    assert_int_equal(note.finding, MH_F_TL_EXPIRED);
    in.bytes = mh_buf_get(&t->snapshot);
    mh_buf_init(&out, 1U << 20);
    assert_int_equal(sg_trust_compile(&src, NULL, &out), MH_OK);
    assert_true(mh_span_eq(mh_buf_get(&out), in.bytes));
    mh_buf_fini(&out);
}

static void
test_lists(void **state)
{
    static const struct {
        const char *name, *signer;
        enum mh_code code;
        int finding;
    } rows[] = {{"tl-v5.xml", "cert-tl-signer.der", MH_OK, 0},
        {"tl-v6.xml", "cert-tl-signer.der", MH_OK, 0},
        {"tl-v6.xml", "cert-tl-other.der", MH_EFORMAT, MH_F_SIGNATURE_MISMATCH},
        {"tl-other.xml", "cert-tl-signer.der", MH_EFORMAT,
            MH_F_SIGNATURE_MISMATCH},
        {"tl-unsigned.xml", "cert-tl-signer.der", MH_EFORMAT,
            MH_F_SIG_STRUCTURE},
        {"tl-unsigned.xml", NULL, MH_OK, 0}, {"tl-v4.xml", NULL, MH_EUNSUP, 0}};
    struct t_trust *t = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mh_span signer = {0};
        struct mh_err err = {0};
        struct sg_tl *tl;
        enum mh_code rc;

        if (rows[i].signer != NULL)
            signer = t_file(t->arena, rows[i].signer);
        rc = sg_tl_parse(t_file(t->arena, rows[i].name), &signer,
            rows[i].signer != NULL, t->arena, &err, &tl);
        if (rc != rows[i].code || err.finding != rows[i].finding)
            fail_msg("%zu %s: %s", i, rows[i].name, err.msg);
        if (rc == MH_OK) {
            assert_int_equal(tl->verified, rows[i].signer != NULL);
            assert_int_equal(tl->count, 6);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flips),
        cmocka_unit_test(test_lookups),
        cmocka_unit_test(test_again),
        cmocka_unit_test(test_lists),
    };

    return cmocka_run_group_tests(tests, t_setup, t_teardown);
}
