/*
 * Certificates whose key was shown to be there: which may stand for a person,
 * and that no report about one can pass for a report about a document.
 */
#define MH_ALLOW_BANNED
#include "signer/verify/holder.h"

#include "tests/trust/fixture.h"

#include "base/text.h"

static void
judge(struct t_trust *t, struct mh_span bytes, bool holder,
    struct mh_arena *arena, struct mh_report *out)
{
    static struct mh_policy policy;
    struct sg_verify_input in = {.document = bytes,
        .policy = &policy,
        .time = T_VALIDATION,
        .trust = t->trust,
        .facts = t->facts,
        .holder = holder,
        .needs = true};

    mh_policy_default(&policy, true);
    assert_int_equal(sg_verify_document(&in, arena, NULL, out), MH_OK);
}

/* The PKI's own chain is not in the store: what is known is its root. */
static void
test_certificates(void **state)
{
    static const struct {
        const char *name;
        enum mh_verdict verdict;
        enum mh_finding_code code;
        const char *fin;
    } rows[] = {
        {"no-nonrepudiation", MH_INDETERMINATE, MH_F_CHAIN_NOT_FOUND,
            "5TST0B5"},
        {"citizen", MH_INDETERMINATE, MH_F_KEY_USAGE, "5TST0A1"},
        {"citizen-ca", MH_INDETERMINATE, MH_F_KEY_USAGE, ""},
        {"root", MH_INDETERMINATE, MH_F_KEY_USAGE, ""},
        {"tsa", MH_INDETERMINATE, MH_F_KEY_USAGE, ""},
        {"ocsp", MH_INDETERMINATE, MH_F_KEY_USAGE, ""},
    };
    struct t_trust *t = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mh_arena *arena = mh_arena_new(32U << 20);
        struct mh_report r;
        char file[64];

        assert_non_null(arena);
        (void)snprintf(file, sizeof(file), "cert-%s.der", rows[i].name);
        judge(t, t_file(t->arena, file), true, arena, &r);
        if (r.verdict != rows[i].verdict || r.reason.code != rows[i].code)
            fail_msg("%s: %s %s", rows[i].name, mh_verdict_name(r.verdict),
                mh_finding_name(r.reason.code));
        assert_int_equal(r.sigs, 1);
        assert_int_equal(r.files, 0);
        assert_int_equal(r.sig[0].kind, MH_KIND_HOLDER);
        assert_false(r.sig[0].covers_whole_document);
        assert_string_equal(r.sig[0].signer_fin, rows[i].fin);
        mh_arena_free(arena);
    }
}

/* What is no certificate, or more than one, and a certificate as a document. */
static void
test_files(void **state)
{
    struct t_trust *t = *state;
    struct mh_arena *arena = mh_arena_new(32U << 20);
    struct mh_span der = t_file(t->arena, "cert-no-nonrepudiation.der");
    struct mh_report r;
    uint8_t *twice;

    assert_non_null(arena);
    twice = mh_arena_alloc(arena, 2 * der.len);
    assert_non_null(twice);
    memcpy(twice, der.ptr, der.len);
    memcpy(twice + der.len, der.ptr, der.len);
    judge(t, (struct mh_span){twice, 2 * der.len}, true, arena, &r);
    assert_int_equal(r.verdict, MH_REFUSED);
    assert_int_equal(r.reason.code, MH_F_CERTIFICATE_INVALID);
    assert_int_equal(r.sigs, 0);
    judge(t, (struct mh_span){der.ptr, der.len - 1}, true, arena, &r);
    assert_int_equal(r.verdict, MH_REFUSED);
    judge(t, mh_span_str("hello"), true, arena, &r);
    assert_int_equal(r.verdict, MH_REFUSED);
    judge(t, (struct mh_span){der.ptr, 0}, true, arena, &r);
    assert_int_equal(r.verdict, MH_REFUSED);
    judge(t, der, false, arena, &r);
    assert_int_not_equal(r.verdict, MH_TOTAL_PASSED);
    assert_int_equal(r.sigs, 0);
    mh_arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_certificates),
        cmocka_unit_test(test_files),
    };

    return cmocka_run_group_tests(tests, t_setup, t_teardown);
}
