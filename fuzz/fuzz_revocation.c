/*
 * Input: two bytes of length, a certificate, and an OCSP response or a list
 * about it (the certificate is its own issuer here).  No answer is ever given
 * without a signer, and none that says "revoked" without a time.
 */
#include <stdint.h>
#include <stdlib.h>

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

static void
run(struct mh_span cert, struct mh_span rest, struct mh_arena *arena,
    struct sg_facts *facts)
{
    struct sg_status_input in = {.facts = facts,
        .arena = arena,
        .pool = sg_pool_new(arena),
        .time = MH_TIME_NONE};
    const struct sg_crl *list;
    struct sg_status s;
    struct sg_cert *c;
    struct sg_ocsp *o;
    struct sg_crl *l;

    if (in.pool == NULL || sg_cert_parse(cert, arena, NULL, &c) != MH_OK)
        return;
    in.cert = in.issuer = c;
    if (sg_ocsp_parse(rest, arena, NULL, &o) == MH_OK) {
        if (o->count == 0)
            abort();
        if (sg_ocsp_check(o, &in, NULL, &s) == MH_OK)
            check(&s);
    }
    if (sg_crl_parse(rest, arena, NULL, &l) == MH_OK) {
        list = l;
        if (sg_crl_check(&list, 1, &in, NULL, &s) == MH_OK)
            check(&s);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct mh_arena *arena = mh_arena_new(32U << 20);
    struct sg_facts *facts = sg_facts_new();
    struct mh_span in = {data, len}, cert, rest;

    if (arena == NULL || facts == NULL || mh_digest_init(NULL) != MH_OK)
        abort();
    if (len >= 2) {
        size_t n = (size_t)data[0] << 8 | data[1];

        if (mh_span_sub(in, 2, n, &cert) &&
            mh_span_sub(in, 2 + n, len - 2 - n, &rest))
            run(cert, rest, arena, facts);
    }
    sg_facts_free(facts);
    mh_arena_free(arena);
    return 0;
}
