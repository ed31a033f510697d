#include "tests/trust/fixture.h"

#include "base/wire/codes.h"
#include "base/wire/snapshot.h"
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

/* What is shown of a snapshot is what is judged with; one that is cut shows
   nothing. */
static void
test_view(void **state)
{
    struct t_trust *t = *state;
    struct mh_snap_view v;
    struct mh_span all;
    size_t withdrawn = 0;

    t_open(t, "tl-v6.xml");
    all = mh_buf_get(&t->snapshot);
    assert_int_equal(mh_snap_read(all, t->arena, NULL, &v), MH_OK);
    assert_int_equal(v.anchors, sg_trust_count(t->trust));
    assert_int_equal(v.lists, 1);
    assert_true(v.anchors > 0);
    for (size_t i = 0; i < v.anchors; i++) {
        const struct sg_anchor *a = sg_trust_at(t->trust, i);

        assert_non_null(a);
        assert_int_equal(v.anchor[i].flags & SG_KIND_ANY, a->kinds);
        assert_true(mh_span_eq(v.anchor[i].name, a->name));
        assert_true(mh_span_eq(v.anchor[i].list, a->list));
        assert_int_equal(
            memcmp(v.anchor[i].sha256.ptr, a->cert->sha256, 32), 0);
        assert_int_equal(
            v.anchor[i].granted, a->history[a->history_count - 1].granted);
    }
    for (size_t n = 0; n < all.len; n++)
        assert_int_equal(
            mh_snap_read((struct mh_span){all.ptr, n}, t->arena, NULL, &v),
            MH_EFORMAT);
    t_open(t, "tl-withdrawn.xml");
    assert_int_equal(
        mh_snap_read(mh_buf_get(&t->snapshot), t->arena, NULL, &v), MH_OK);
    for (size_t i = 0; i < v.anchors; i++)
        withdrawn += !v.anchor[i].granted;
    assert_int_equal(withdrawn, 1);
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
        cmocka_unit_test(test_view),
        cmocka_unit_test(test_again),
        cmocka_unit_test(test_lists),
    };

    return cmocka_run_group_tests(tests, t_setup, t_teardown);
}
