/*
 * Input: values, each with two bytes of length before it: an issuer, which is
 * trusted; a certificate; then responses, lists and more certificates.  No
 * answer is ever given without a signer, and none that says "revoked" without
 * a time; and what both kinds of evidence say depends on nothing else.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/time.h"
#include "signer/trust/crl.h"
#include "signer/trust/ocsp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check(const struct sg_status *s)
{
    if (s->kind >= SG_STATUS_UNKNOWN && s->signer == NULL)
        abort();
    if ((s->kind == SG_STATUS_REVOKED || s->kind == SG_STATUS_ON_HOLD) &&
        s->revoked_at == MH_TIME_NONE)
        abort();
    if (s->kind <= SG_STATUS_OTHER && s->text == NULL)
        abort();
}

enum {
    VALUES_MAX = 12
};

struct input {
    struct mh_span value[VALUES_MAX];
    size_t count;
    struct mh_arena *arena;
    struct sg_facts *facts;
    struct sg_trust *trust;
};

static void
split(const uint8_t *data, size_t len, struct input *in)
{
    struct mh_span rest = {data, len};

    while (in->count < VALUES_MAX && rest.len >= 2) {
        size_t n = (size_t)rest.ptr[0] << 8 | rest.ptr[1];

        if (!mh_span_sub(rest, 2, n, &in->value[in->count]) ||
            !mh_span_sub(rest, 2 + n, rest.len - 2 - n, &rest))
            return;
        in->count++;
    }
}

static void
ask(struct input *in, struct sg_status_input *q)
{
    const struct sg_crl *lists[VALUES_MAX];
    struct sg_status s, again;
    size_t count = 0;

    for (size_t i = 2; i < in->count; i++) {
        struct sg_ocsp *o;
        struct sg_crl *l;

        if (sg_ocsp_parse(in->value[i], in->arena, NULL, &o) == MH_OK) {
            if (o->count == 0)
                abort();
            if (sg_ocsp_check(o, q, NULL, &s) == MH_OK)
                check(&s);
        }
        if (sg_crl_parse(in->value[i], in->arena, NULL, &l) == MH_OK)
            lists[count++] = l;
    }
    if (sg_crl_check(lists, count, q, NULL, &s) != MH_OK)
        return;
    check(&s);
    if (sg_crl_check(lists, count, q, NULL, &again) != MH_OK ||
        again.kind != s.kind || again.revoked_at != s.revoked_at)
        abort();
}

static void
run(struct input *in)
{
    struct sg_status_input q = {
        .facts = in->facts, .arena = in->arena, .trust = in->trust};
    struct sg_pool *pool = sg_pool_new(in->arena);
    struct sg_cert *issuer, *cert;

    if (pool == NULL ||
        sg_cert_parse(in->value[0], in->arena, NULL, &issuer) != MH_OK ||
        sg_cert_parse(in->value[1], in->arena, NULL, &cert) != MH_OK)
        return;
    for (size_t i = 2; i < in->count; i++)
        if (sg_pool_add_der(pool, in->value[i], NULL, NULL) != MH_OK)
            continue;
    q.pool = pool;
    q.cert = cert;
    q.issuer = q.anchor = issuer;
    q.time = MH_TIME_NONE;
    ask(in, &q);
    q.time = cert->not_before < issuer->not_before ? issuer->not_before
                                                   : cert->not_before;
    q.time = q.time / 2 + cert->not_after / 2;
    ask(in, &q);
    q.time = 1704067200; /* 2024-01-01T00:00:00Z */
    q.anchor = NULL;
    ask(in, &q);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct input in = {
        .arena = mh_arena_new(32U << 20), .facts = sg_facts_new()};
    struct sg_trust_input root = {.label = "issuer"};
    struct sg_trust_sources src = {.inputs = &root, .count = 1};
    struct mh_buf snapshot;

    if (in.arena == NULL || in.facts == NULL || mh_digest_init(NULL) != MH_OK)
        abort();
    mh_buf_init(&snapshot, MH_SNAPSHOT_SIZE_MAX);
    split(data, len, &in);
    if (in.count >= 2) {
        root.bytes = in.value[0];
        if (sg_trust_compile(&src, NULL, &snapshot) == MH_OK &&
            sg_trust_open(mh_buf_get(&snapshot), NULL, &in.trust) == MH_OK)
            run(&in);
    }
    sg_trust_free(in.trust);
    mh_buf_fini(&snapshot);
    sg_facts_free(in.facts);
    mh_arena_free(in.arena);
    return 0;
}
