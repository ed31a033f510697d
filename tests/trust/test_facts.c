/* Facts about certificates: what is remembered, up to the limit and past it. */
#include <string.h>

#include "tests/t.h"
/* banned.h comes with it, after setjmp */
#include "signer/trust/key.h"

enum {
    FACTS = 4096 /* of key.c */
};

/* A certificate of which only the digest is known, and no algorithm. */
static struct sg_cert
made(size_t n)
{
    struct sg_cert c = {.tbs = MH_SPAN_LIT("tbs")};

    memcpy(c.sha256, &n, sizeof(n));
    return c;
}

static void
look(struct sg_facts *facts, size_t from, size_t to)
{
    struct sg_cert issuer = made(SIZE_MAX);

    for (size_t n = from; n < to; n++) {
        struct sg_cert c = made(n);
        enum sg_verdict v = SG_SIG_GOOD;

        assert_int_equal(
            sg_facts_signed_by(facts, &c, &issuer, NULL, &v), MH_OK);
        assert_int_equal(v, SG_SIG_KEY);
    }
}

static void
full_cache_forgets(void **state)
{
    struct sg_facts *facts = sg_facts_new();

    (void)state;
    assert_non_null(facts);
    look(facts, 0, FACTS);
    look(facts, 0, FACTS);         /* known */
    look(facts, FACTS, FACTS + 1); /* all others are forgotten */
    look(facts, 0, FACTS + 1);
    sg_facts_free(facts);
}

/* The same certificate under two issuers is two facts. */
static void
issuer_counts(void **state)
{
    struct sg_facts *facts = sg_facts_new();
    struct sg_cert c = made(1), one = made(2), two = made(3);
    enum sg_verdict v = SG_SIG_GOOD;

    (void)state;
    assert_non_null(facts);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(sg_facts_signed_by(facts, &c, &one, NULL, &v), MH_OK);
        assert_int_equal(v, SG_SIG_KEY);
        assert_int_equal(sg_facts_signed_by(facts, &c, &two, NULL, &v), MH_OK);
        assert_int_equal(v, SG_SIG_KEY);
    }
    sg_facts_free(facts);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_cache_forgets),
        cmocka_unit_test(issuer_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
