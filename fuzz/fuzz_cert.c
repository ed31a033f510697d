/*
 * An accepted certificate is wholly accounted for: what is signed, the
 * algorithm and the value tile it, its names equal themselves, and reading it
 * again gives the same.
 */
#include <stdint.h>
#include <stdlib.h>

#include "signer/trust/key.h"
#include "signer/trust/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check(const struct sg_cert *c, struct mh_arena *arena)
{
    struct sg_constraints nc = {0};
    struct sg_cert *again;
    struct mh_span uri;

    if (c->serial.len == 0 || c->serial.len > 20 || (c->serial.ptr[0] & 0x80))
        abort();
    if (c->tbs.len + c->sigalg.raw.len + c->signature.len >= c->der.len)
        abort();
    if (!sg_name_eq(&c->subject, &c->subject) ||
        sg_name_eq(&c->subject, &c->issuer) != c->self_issued ||
        (c->self_issued &&
            sg_name_hash(&c->subject) != sg_name_hash(&c->issuer)))
        abort();
    if (sg_constraints_add(&nc, c) &&
        sg_constraints_check(&nc, c, arena) > SG_NC_UNSUPPORTED)
        abort();
    if (sg_cert_parse(c->der, arena, NULL, &again) != MH_OK ||
        again->lint != c->lint || !sg_cert_same(again, c))
        abort();
    (void)sg_name_text(&c->subject, arena); /* must only not crash */
    for (size_t i = 0; i < c->subject.count; i++)
        (void)sg_attr_text(&c->subject.attrs[i], arena);
    if (sg_cert_aia(c, SG_AIA_OCSP, 0, &uri) && uri.len < 7)
        abort();
    if (sg_cert_aia(c, SG_AIA_CA_ISSUERS, 0, &uri) && uri.len < 7)
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct mh_arena *arena = mh_arena_new(16U << 20);
    struct sg_facts *facts = sg_facts_new();
    const struct sg_key *key;
    enum sg_verdict v;
    struct sg_cert *c;

    if (arena == NULL || facts == NULL || mh_digest_init(NULL) != MH_OK)
        abort();
    if (sg_cert_parse((struct mh_span){data, len}, arena, NULL, &c) == MH_OK) {
        check(c, arena);
        if (sg_facts_key(facts, c, NULL, &key) == MH_OK &&
            (sg_key_bits(key) == 0 || sg_key_name(key) == NULL))
            abort();
        if (sg_facts_signed_by(facts, c, c, NULL, &v) == MH_OK &&
            v == SG_SIG_GOOD && c->signature.len == 0)
            abort();
    }
    sg_facts_free(facts);
    mh_arena_free(arena);
    return 0;
}
