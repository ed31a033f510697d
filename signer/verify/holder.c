#include "signer/verify/holder.h"

#include "signer/trust/pem.h"
#include "signer/verify/assemble.h"
#include "signer/verify/judge_internal.h"

/* The one certificate of the file; NULL: the report says why there is none. */
static enum mh_code
read_one(struct sg_ctx *ctx, struct mh_span file, struct mh_report *report,
    struct mh_err *err, const struct sg_cert **out)
{
    struct mh_span der, other;
    bool bad = false, more;
    enum mh_code code;

    *out = NULL;
    if (!sg_pem_der(file, "CERTIFICATE", 0, ctx->arena, &der, &bad) || bad) {
        (void)mh_fail_finding(err, MH_EFORMAT, MH_F_CERTIFICATE_INVALID,
            MH_NO_OFFSET, "certificate: there is none");
        sg_refuse(ctx, report, err, MH_F_CERTIFICATE_INVALID);
        return MH_OK;
    }
    more = sg_pem_der(file, "CERTIFICATE", 1, ctx->arena, &other, &bad);
    if (more || bad) {
        (void)mh_fail_finding(err, MH_EFORMAT, MH_F_CERTIFICATE_INVALID,
            MH_NO_OFFSET, "certificate: more than one");
        sg_refuse(ctx, report, err, MH_F_CERTIFICATE_INVALID);
        return MH_OK;
    }
    code = sg_pool_add_der(ctx->pool, der, err, out);
    if (code != MH_EFORMAT && code != MH_ELIMIT && code != MH_EUNSUP)
        return code;
    *out = NULL;
    sg_refuse(ctx, report, err, MH_F_CERTIFICATE_INVALID);
    return MH_OK;
}

/* What such a key signs with at least: the handshake's own algorithm is not
   ours to see, and no weaker one is offered (TLS 1.2 and up). */
static void
set_algorithm(struct sg_sig *sig)
{
    enum sg_scheme scheme = SG_RSA_PKCS1;

    switch (sg_key_type(sig->key)) {
    case SG_KEY_RSA:
        break;
    case SG_KEY_RSA_PSS:
        scheme = SG_RSA_PSS;
        break;
    case SG_KEY_EC:
        scheme = SG_ECDSA;
        break;
    case SG_KEY_ED25519:
    case SG_KEY_ED448:
        scheme = SG_EDDSA;
        break;
    case SG_KEY_DSA:
        scheme = SG_DSA;
        break;
    }
    sig->dsig.alg = (struct sg_sigalg){.scheme = scheme,
        .digest = scheme == SG_EDDSA ? MH_DIGEST_NONE : MH_SHA256};
}

static void
check_usage(struct sg_sig *sig)
{
    const struct sg_cert *c = sig->cert;

    if (c->ca)
        sg_sig_fail(sig, MH_F_KEY_USAGE, MH_CHAIN_CONSTRAINTS_FAILURE,
            "a certificate of an issuer");
    if (c->has_ku && (c->ku & SG_KU_DIGITAL_SIGNATURE) == 0)
        sg_sig_fail(sig, MH_F_KEY_USAGE, MH_CHAIN_CONSTRAINTS_FAILURE,
            "digitalSignature");
    if (c->has_eku && (c->eku & (SG_EKU_CLIENT_AUTH | SG_EKU_ANY)) == 0)
        sg_sig_fail(
            sig, MH_F_KEY_USAGE, MH_CHAIN_CONSTRAINTS_FAILURE, "clientAuth");
}

static enum mh_code
judge(struct sg_ctx *ctx, struct sg_sig *sig, struct mh_err *err)
{
    enum mh_code code = sg_evidence_init(ctx, &sig->out, err, &sig->evidence);

    if (code == MH_OK)
        code = sg_facts_key(ctx->facts, sig->cert, err, &sig->key);
    if (code == MH_EUNSUP || code == MH_EFORMAT) {
        sg_out_err(&sig->out, err, MH_F_ALGORITHM_UNKNOWN, MH_ERROR);
        sig->dsig.sub = MH_CRYPTO_CONSTRAINTS_FAILURE;
        sig->key = NULL;
        return MH_OK;
    }
    if (code != MH_OK)
        return code;
    set_algorithm(sig);
    check_usage(sig);
    return sg_sig_trust(ctx, sig, err);
}

enum mh_code
sg_verify_holder(struct sg_ctx *ctx, const struct sg_verify_input *in,
    struct mh_report *report, struct mh_err *err)
{
    struct sg_sig sig = {.best_time = ctx->now, .level = MH_LEVEL_NONE};
    enum mh_code code;

    report->profile = "certificate";
    if (in->data_count > 0)
        return mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "certificate: files beside it");
    sg_out_init(&sig.out, ctx->arena);
    code = read_one(ctx, in->document, report, err, &sig.cert);
    if (code != MH_OK || sig.cert == NULL)
        return code;
    report->sig = mh_arena_array(ctx->arena, 1, sizeof(*report->sig));
    if (report->sig == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "certificate: no memory");
    code = judge(ctx, &sig, err);
    if (code == MH_OK)
        code = sg_fill_sig(ctx, &sig, "S0", err, &report->sig[0]);
    if (code != MH_OK)
        return code;
    report->sig[0].kind = MH_KIND_HOLDER;
    report->sigs = 1;
    return sg_conclude(ctx, report, false, err);
}
