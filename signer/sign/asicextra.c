#include "signer/sign/asicextra.h"

#include "signer/trust/tst.h"

enum mh_code
sg_token_fits(struct mh_span token, struct mh_span bytes, struct mh_span digest,
    struct mh_arena *arena, struct mh_err *err)
{
    uint8_t hash[MH_DIGEST_MAX];
    struct sg_tst *tst;
    enum mh_code code = sg_tst_parse(token, arena, err, &tst);

    if (code == MH_OK && digest.len == 0) {
        code = mh_digest_once(tst->imprint_alg, bytes, err, hash);
        digest = (struct mh_span){hash, mh_digest_length(tst->imprint_alg)};
    }
    if (code == MH_OK && !sg_tst_covers(tst, digest))
        code = mh_fail_finding(err, MH_EFORMAT, MH_F_TIMESTAMP_IMPRINT,
            MH_NO_OFFSET, "time-stamp: over something else");
    return code;
}

static void
add_once(struct mh_span *list, size_t *count, struct mh_span der)
{
    for (size_t i = 0; i < *count; i++)
        if (mh_span_eq(list[i], der))
            return;
    list[(*count)++] = der;
}

enum mh_code
sg_values_of(const struct sg_values_in *in, struct mh_arena *arena,
    struct mh_err *err, struct sg_values *out)
{
    const struct sg_sign_extra *extra = in->extra;
    struct mh_span *list;

    *out = (struct sg_values){.ocsps = extra->ocsps,
        .crls = extra->crls,
        .ocsp_count = extra->ocsp_count,
        .crl_count = extra->crl_count};
    if (extra->cert_count + extra->ocsp_count + extra->crl_count == 0)
        return MH_OK;
    list = mh_arena_array(
        arena, in->chain_count + extra->cert_count, sizeof(*list));
    if (list == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "sign: no memory");
    for (size_t i = 0; i < in->chain_count; i++)
        if (!mh_span_eq(in->chain[i], in->own))
            add_once(list, &out->cert_count, in->chain[i]);
    for (size_t i = 0; i < extra->cert_count; i++)
        if (!mh_span_eq(extra->certs[i], in->own))
            add_once(list, &out->cert_count, extra->certs[i]);
    out->certs = list;
    return MH_OK;
}
