#include "signer/verify/holder.h"

#include <string.h>

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
least_algorithm(struct sg_sig *sig)
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

/* RFC 7518 3.1; what JOSE calls ES is r||s (3.4). */
static bool
named_algorithm(const char *name, struct sg_sigalg *out)
{
    static const struct {
        const char *name;
        struct sg_sigalg alg;
    } known[] = {
        {"RS256", {SG_RSA_PKCS1, MH_SHA256, SG_ECDSA_DER}},
        {"RS384", {SG_RSA_PKCS1, MH_SHA384, SG_ECDSA_DER}},
        {"RS512", {SG_RSA_PKCS1, MH_SHA512, SG_ECDSA_DER}},
        {"PS256", {SG_RSA_PSS, MH_SHA256, SG_ECDSA_DER}},
        {"PS384", {SG_RSA_PSS, MH_SHA384, SG_ECDSA_DER}},
        {"PS512", {SG_RSA_PSS, MH_SHA512, SG_ECDSA_DER}},
        {"ES256", {SG_ECDSA, MH_SHA256, SG_ECDSA_PLAIN}},
        {"ES384", {SG_ECDSA, MH_SHA384, SG_ECDSA_PLAIN}},
        {"ES512", {SG_ECDSA, MH_SHA512, SG_ECDSA_PLAIN}},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(known[i].name, name) == 0) {
            *out = known[i].alg;
            return true;
        }
    return false;
}

/* What was signed to show the key: value over message. */
static enum mh_code
check_shown(struct sg_ctx *ctx, struct sg_sig *sig,
    const struct sg_named *value, const struct sg_named *message,
    struct mh_err *err)
{
    enum sg_verdict verdict = SG_SIG_BAD;
    enum mh_code code;

    if (!named_algorithm(value->name, &sig->dsig.alg)) {
        least_algorithm(sig);
        sg_sig_fail(sig, MH_F_ALGORITHM_UNKNOWN, MH_CRYPTO_CONSTRAINTS_FAILURE,
            sg_clean_str(ctx->arena, value->name));
        return MH_OK;
    }
    code = sg_verify(
        sig->key, &sig->dsig.alg, message->bytes, value->bytes, err, &verdict);
    if (code != MH_OK)
        return code;
    sg_sig_value(sig, verdict);
    return MH_OK;
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

/* shown: value and message, or NULL. */
static enum mh_code
judge(struct sg_ctx *ctx, struct sg_sig *sig, const struct sg_named *shown,
    struct mh_err *err)
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
    if (shown == NULL)
        least_algorithm(sig);
    else
        code = check_shown(ctx, sig, &shown[0], &shown[1], err);
    check_usage(sig);
    return code == MH_OK ? sg_sig_trust(ctx, sig, err) : code;
}

enum mh_code
sg_verify_holder(struct sg_ctx *ctx, const struct sg_verify_input *in,
    struct mh_report *report, struct mh_err *err)
{
    struct sg_sig sig = {.best_time = ctx->now, .level = MH_LEVEL_NONE};
    enum mh_code code;

    report->profile = in->data_count == 0 ? "certificate" : MH_PROFILE_SHOWN;
    if (in->data_count != 0 &&
        (in->data_count != 2 || strcmp(in->data[1].name, "message") != 0))
        return mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "certificate: files beside it");
    sg_out_init(&sig.out, ctx->arena);
    code = read_one(ctx, in->document, report, err, &sig.cert);
    if (code != MH_OK || sig.cert == NULL)
        return code;
    report->sig = mh_arena_array(ctx->arena, 1, sizeof(*report->sig));
    if (report->sig == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "certificate: no memory");
    code = judge(ctx, &sig, in->data_count == 0 ? NULL : in->data, err);
    if (code == MH_OK)
        code = sg_fill_sig(ctx, &sig, "S0", err, &report->sig[0]);
    if (code != MH_OK)
        return code;
    report->sig[0].kind = MH_KIND_HOLDER;
    report->sigs = 1;
    return sg_conclude(ctx, report, false, err);
}
