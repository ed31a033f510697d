/* What the trust tests share: files of data/ and a handful of objects. */
#ifndef TESTS_TRUST_FIXTURE_H
#define TESTS_TRUST_FIXTURE_H

#ifndef MH_ALLOW_BANNED
#define MH_ALLOW_BANNED /* cmocka needs setjmp */
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest/digest.h"
#include "base/time.h"
#include "signer/trust/path.h"
#include "signer/trust/tl.h"

#define T_SIGNING    INT64_C(1780228800) /* 2026-05-31T12:00:00Z */
#define T_VALIDATION INT64_C(1780315200) /* a day later */

struct t_trust {
    struct mh_arena *arena;
    struct sg_pool *pool;
    struct sg_facts *facts;
    struct sg_trust *trust;
    struct mh_buf snapshot;
};

/* The bytes of data/NAME in the arena; fails the test if there is none. */
static inline struct mh_span
t_file(struct mh_arena *arena, const char *name)
{
    char path[512];
    FILE *f;
    uint8_t *p = mh_arena_alloc(arena, 1U << 18);
    size_t len;

    (void)snprintf(path, sizeof(path), "%s/trust/data/%s", T_SOURCE_DIR, name);
    f = fopen(path, "rb");
    assert_non_null(f);
    assert_non_null(p);
    len = fread(p, 1, 1U << 18, f);
    assert_int_equal(fclose(f), 0);
    return (struct mh_span){p, len};
}

static inline struct sg_cert *
t_cert(struct t_trust *t, const char *name)
{
    struct sg_cert *c = NULL;
    char file[128];

    (void)snprintf(file, sizeof(file), "cert-%s.der", name);
    assert_int_equal(
        sg_cert_parse(t_file(t->arena, file), t->arena, NULL, &c), MH_OK);
    return c;
}

/* A compiled snapshot of one file of data/, opened. */
static inline void
t_open(struct t_trust *t, const char *name)
{
    struct sg_trust_input in = {name, t_file(t->arena, name)};
    struct sg_trust_sources src = {
        .inputs = &in, .count = 1, .parse_list = sg_tl_parse};

    sg_trust_free(t->trust);
    t->trust = NULL;
    mh_buf_clear(&t->snapshot);
    assert_int_equal(sg_trust_compile(&src, NULL, &t->snapshot), MH_OK);
    assert_int_equal(
        sg_trust_open(mh_buf_get(&t->snapshot), NULL, &t->trust), MH_OK);
}

static inline int
t_setup(void **state)
{
    static struct t_trust t;
    static const char *const issuers[] = {"root", "policy-ca", "citizen-ca",
        "business-ca", "government-ca", "foreign-policy-ca", "foreign-ca",
        "citizen"};

    assert_int_equal(mh_digest_init(NULL), MH_OK);
    t = (struct t_trust){.arena = mh_arena_new(64U << 20)};
    assert_non_null(t.arena);
    t.pool = sg_pool_new(t.arena);
    t.facts = sg_facts_new();
    mh_buf_init(&t.snapshot, 1U << 20);
    for (size_t i = 0; i < sizeof(issuers) / sizeof(issuers[0]); i++)
        assert_int_equal(
            sg_pool_add(t.pool, t_cert(&t, issuers[i]), NULL, NULL), MH_OK);
    t_open(&t, "cert-root.der");
    *state = &t;
    return 0;
}

static inline int
t_teardown(void **state)
{
    struct t_trust *t = *state;

    sg_trust_free(t->trust);
    sg_facts_free(t->facts);
    mh_buf_fini(&t->snapshot);
    mh_arena_free(t->arena);
    return 0;
}

#endif
