/*
 * BDOC time-marks (formats.md 5.2): the nonce of the OCSP answer is a
 * DigestInfo over the signature value, so that the responder's producedAt
 * proves when the signature existed.
 */
#include "signer/verify/judge_internal.h"

#include "base/time.h"

/* A DigestInfo standing in the nonce directly; false for any other nonce. */
static bool
read_mark(struct mh_span nonce, enum mh_digest_alg *alg, struct mh_span *digest)
{
    struct df_der d = df_der_from(nonce), seq;
    struct sg_algid id;

    seq = df_der_enter(&d, DF_SEQUENCE);
    if (!sg_algid_read(&seq, &id))
        return false;
    *digest = df_der_get(&seq, DF_OCTET_STRING);
    if (!df_der_done(&seq) || !df_der_done(&d))
        return false;
    *alg = sg_digest_from_algid(&id);
    return true;
}

static bool
has_signature_stamp(const struct sg_sig *sig)
{
    for (size_t i = 0; i < sig->xades.props; i++)
        if (sig->xades.prop[i].kind == SG_PROP_SIGNATURE_STAMP)
            return true;
    return false;
}

/* Whether some answer carries a mark, and one that fits the value. */
static enum mh_code
find_mark(struct sg_sig *sig, struct mh_err *err, bool *any,
    const struct sg_ocsp **fits)
{
    *any = false;
    *fits = NULL;
    for (const struct sg_evidence_ocsp *o = sig->evidence.ocsps; o != NULL;
         o = o->next) {
        uint8_t hash[MH_DIGEST_MAX];
        enum mh_digest_alg alg;
        struct mh_span digest;
        enum mh_code code;

        if (!read_mark(o->ocsp->nonce, &alg, &digest))
            continue;
        *any = true;
        if (alg == MH_DIGEST_NONE || digest.len != mh_digest_length(alg))
            continue;
        code = mh_digest_once(alg, sig->dsig.value, err, hash);
        if (code != MH_OK)
            return code;
        if (memcmp(hash, digest.ptr, digest.len) == 0)
            *fits = o->ocsp;
    }
    return MH_OK;
}

enum mh_code
sg_sig_timemark(struct sg_ctx *ctx, struct sg_sig *sig, struct mh_err *err)
{
    const struct sg_xades *x = &sig->xades;
    bool policy = mh_span_is(x->policy_id, SG_OID_TIMEMARK);
    const struct sg_ocsp *fits;
    enum mh_code code;
    bool any;

    if (has_signature_stamp(sig))
        return MH_OK; /* its time-stamps speak */
    code = find_mark(sig, err, &any, &fits);
    if (code != MH_OK || (!any && !policy))
        return code;
    if (!policy || !x->policy_oid_as_urn || !x->policy_spuri ||
        x->policy_implied) {
        sg_sig_fail(sig, MH_F_TIMEMARK_POLICY, MH_FORMAT_FAILURE,
            sg_clean(ctx->arena, x->policy_id));
        return MH_OK;
    }
    if (!any) {
        sg_sig_fail(sig, MH_F_TIMESTAMP_MISSING, MH_SIG_CONSTRAINTS_FAILURE,
            "no time-mark");
        return MH_OK;
    }
    if (fits == NULL) {
        sg_sig_fail(sig, MH_F_TIMEMARK_MISMATCH, MH_HASH_FAILURE, "");
        return MH_OK;
    }
    if (fits->produced_at > ctx->now) {
        sg_sig_fail(sig, MH_F_TIMESTAMP_ORDER, MH_SIG_CONSTRAINTS_FAILURE,
            "the time-mark lies in the future");
        return MH_OK;
    }
    sig->mark = fits;
    sig->marked = true;
    sig->proven = true;
    sig->best_time = fits->produced_at;
    return MH_OK;
}
