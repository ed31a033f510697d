#include "signer/verify/cades.h"

#include "base/limits.h"
#include "base/time.h"
#include "signer/trust/name.h"
#include "signer/trust/oid.h"
#include "signer/verify/cades_internal.h"
#include "signer/verify/judge_internal.h"
#include "signer/verify/signing_cert.h"

enum {
    OID_TEXT = 128 /* bytes of an OID in dots; longer ones are not shown */
};

enum mh_code
sg_cades_parse(struct sg_ctx *ctx, struct mh_span der, struct sg_out *out,
    struct mh_err *err, struct sg_cms **cms)
{
    enum mh_code code = sg_cms_parse(der, true, ctx->arena, err, cms);

    if (code == MH_OK && (*cms)->was_ber)
        sg_strict_rule(ctx, out, MH_F_CMS_INVALID, "BER");
    if (code != MH_EFORMAT && code != MH_EUNSUP && code != MH_ELIMIT)
        return code;
    *cms = NULL;
    sg_out_err(out, err, MH_F_CMS_INVALID, MH_ERROR);
    return MH_OK;
}

/*
 * The attributes that decide something stand there at most once, with one
 * value (RFC 5652 11, RFC 5035 3; EN 319 122-1 5.2.9).  Others inform.
 */
static void
check_once(struct sg_sig *sig)
{
    const struct {
        struct mh_span oid;
        const char *name;
    } one[] = {
        {SG_OID_PKCS9("\x03"), "content-type"},
        {SG_OID_PKCS9("\x04"), "message-digest"},
        {SG_OID_PKCS9("\x05"), "signing-time"},
        {SG_OID_ESS_CERT, "signing-certificate"},
        {SG_OID_ESS_CERT_V2, "signing-certificate-v2"},
        {SG_OID_AA("\x0f"), "signature-policy-identifier"},
    };
    const struct sg_cms_signer *s = sig->signer;

    for (size_t i = 0; i < sizeof(one) / sizeof(one[0]); i++) {
        struct mh_span value;

        if (sg_cms_attr_count(s->signed_attrs, s->signed_count, one[i].oid) >
                0 &&
            !sg_cms_attr_one(
                s->signed_attrs, s->signed_count, one[i].oid, &value))
            sg_sig_fail(
                sig, MH_F_ATTRIBUTE_INVALID, MH_FORMAT_FAILURE, one[i].name);
    }
}

/* What an optional attribute holds; false where it is not there once. */
static bool
signed_value(const struct sg_sig *sig, struct mh_span oid, struct mh_span *out)
{
    return sg_cms_attr_one(
        sig->signer->signed_attrs, sig->signer->signed_count, oid, out);
}

/* The certificates that the ESS attribute names (RFC 5035 3, 4). */
static enum mh_code
read_ess(struct sg_ctx *ctx, struct sg_sig *sig, struct mh_err *err)
{
    struct sg_xades *x = &sig->xades;
    struct df_der d, list;
    struct mh_span value;
    bool v2 = signed_value(sig, SG_OID_ESS_CERT_V2, &value);

    if (!v2 && !signed_value(sig, SG_OID_ESS_CERT, &value))
        return MH_OK;
    x->cert = mh_arena_array(ctx->arena, MH_CERTS_MAX, sizeof(*x->cert));
    if (x->cert == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "cades: no memory");
    d = df_der_from(value);
    d = df_der_enter(&d, DF_SEQUENCE);
    list = df_der_enter(&d, DF_SEQUENCE);
    while (df_der_more(&list) && x->certs < MH_CERTS_MAX) {
        struct df_der id = df_der_enter(&list, DF_SEQUENCE);
        struct sg_cert_ref *r = &x->cert[x->certs];
        struct sg_algid alg;

        r->alg = v2 ? MH_SHA256 : MH_SHA1;
        if (v2 && df_der_peek(&id) == DF_SEQUENCE)
            r->alg = sg_algid_read(&id, &alg) ? sg_digest_from_algid(&alg)
                                              : MH_DIGEST_NONE;
        r->digest = df_der_get(&id, DF_OCTET_STRING);
        if (df_der_more(&id))
            r->issuer_serial = df_der_get_all(&id, DF_SEQUENCE);
        if (!df_der_done(&id))
            break;
        x->certs++;
    }
    if (x->certs == 0 || df_der_more(&list) || list.bad)
        sg_sig_fail(sig, MH_F_ATTRIBUTE_INVALID, MH_FORMAT_FAILURE,
            "signing-certificate");
    return MH_OK;
}

/* signature-policy-identifier, EN 319 122-1 5.2.9. */
static void
read_policy(struct sg_ctx *ctx, struct sg_sig *sig)
{
    char oid[OID_TEXT];
    struct mh_span value;
    struct df_der d, id;

    if (!signed_value(sig, SG_OID_AA("\x0f"), &value))
        return;
    d = df_der_from(value);
    if (df_der_peek(&d) != DF_SEQUENCE) {
        sig->xades.policy_implied = true;
        return;
    }
    id = df_der_enter(&d, DF_SEQUENCE);
    if (df_der_oid_text(df_der_get(&id, DF_OID), oid, sizeof(oid)))
        sig->xades.policy_id = mh_span_str(sg_clean_str(ctx->arena, oid));
}

/* Times and policy; what the profile forbids. */
static void
read_attributes(
    struct sg_ctx *ctx, const struct sg_cades_in *in, struct sg_sig *sig)
{
    struct sg_xades *x = &sig->xades;
    struct mh_span value;
    struct df_der d;

    x->signing_time = in->pades ? in->claimed_time : MH_TIME_NONE;
    if (signed_value(sig, SG_OID_PKCS9("\x05"), &value)) {
        struct df_tlv tlv = {0};
        int64_t t;

        d = df_der_from(value);
        if (!df_der_any(&d, &tlv) || !df_der_time(tlv.tag, tlv.body, &t))
            sg_sig_fail(
                sig, MH_F_ATTRIBUTE_INVALID, MH_FORMAT_FAILURE, "signing-time");
        else if (!in->pades || x->signing_time == MH_TIME_NONE)
            x->signing_time = t;
        if (in->pades && in->cades)
            sg_strict_rule(ctx, &sig->out, MH_F_ATTRIBUTE_INVALID,
                "signing-time in PAdES");
    }
    read_policy(ctx, sig);
}

/* SEQUENCE OF certificates among the unsigned attributes. */
static enum mh_code
collect_certs(struct sg_ctx *ctx, struct sg_sig *sig, struct mh_span value,
    struct mh_err *err)
{
    struct df_der d = df_der_from(value), list;
    struct df_tlv t;

    list = df_der_enter(&d, DF_SEQUENCE);
    for (size_t n = 0; df_der_more(&list) && n < MH_CERTS_MAX; n++) {
        enum mh_code code;

        if (!df_der_any(&list, &t))
            break;
        code = sg_pool_add_der(ctx->pool, t.all, err, NULL);
        if (code == MH_ENOMEM || code == MH_EINTERNAL)
            return code;
        if (code != MH_OK)
            sg_out_err(&sig->out, err, MH_F_CERTIFICATE_INVALID, MH_WARNING);
    }
    return MH_OK;
}

/*
 * RevocationValues of CAdES (crlVals [0], ocspVals [1] of BasicOCSPResponse)
 * and RevocationInfoArchival of PDF (crl [0], ocsp [1] of OCSPResponse).
 */
static enum mh_code
collect_revocation(struct sg_ctx *ctx, struct sg_sig *sig, struct mh_span value,
    struct mh_err *err)
{
    struct df_der d = df_der_from(value), all = df_der_enter(&d, DF_SEQUENCE);
    enum mh_code code = MH_OK;

    while (df_der_more(&all) && code == MH_OK) {
        struct df_tlv part, one;
        struct df_der list;

        if (!df_der_any(&all, &part))
            break;
        list = df_der_from(part.body);
        list = df_der_enter(&list, DF_SEQUENCE);
        for (size_t n = 0;
             df_der_more(&list) && n < MH_CERTS_MAX && code == MH_OK; n++) {
            if (!df_der_any(&list, &one))
                break;
            if (part.tag == DF_CONTEXT_CONS(0))
                code = sg_evidence_add_crl(
                    ctx, &sig->evidence, one.all, &sig->out, err);
            else if (part.tag == DF_CONTEXT_CONS(1))
                code = sg_evidence_add_ocsp(
                    ctx, &sig->evidence, one.all, &sig->out, err);
        }
    }
    return code;
}

/* Everything the signature and its surroundings bring to judge it with. */
static enum mh_code
collect(struct sg_ctx *ctx, const struct sg_cades_in *in, struct sg_sig *sig,
    struct mh_err *err)
{
    const struct sg_cms_signer *s = in->signer;
    enum mh_code code = sg_sig_collect_token(ctx, sig, in->cms, err);
    struct mh_span value;

    if (code == MH_OK && sg_cms_attr_one(s->unsigned_attrs, s->unsigned_count,
                             SG_OID_AA("\x17"), &value))
        code = collect_certs(ctx, sig, value, err);
    if (code == MH_OK && sg_cms_attr_one(s->unsigned_attrs, s->unsigned_count,
                             SG_OID_AA("\x18"), &value))
        code = collect_revocation(ctx, sig, value, err);
    if (code == MH_OK && signed_value(sig, SG_OID_ADBE_REVOCATION, &value))
        code = collect_revocation(ctx, sig, value, err);
    for (size_t i = 0; i < in->cert_count && code == MH_OK; i++) {
        code = sg_pool_add_der(ctx->pool, in->certs[i], err, NULL);
        if (code == MH_EFORMAT || code == MH_EUNSUP || code == MH_ELIMIT) {
            sg_out_err(&sig->out, err, MH_F_CERTIFICATE_INVALID, MH_WARNING);
            code = MH_OK;
        }
    }
    for (size_t i = 0; i < in->ocsp_count && code == MH_OK; i++)
        code = sg_evidence_add_ocsp(
            ctx, &sig->evidence, in->ocsps[i], &sig->out, err);
    for (size_t i = 0; i < in->crl_count && code == MH_OK; i++)
        code = sg_evidence_add_crl(
            ctx, &sig->evidence, in->crls[i], &sig->out, err);
    return code;
}

/* 5.2.3: by the identifier and by the signed reference. */
static enum mh_code
find_signer(struct sg_ctx *ctx, const struct sg_cades_in *in,
    struct sg_sig *sig, struct mh_err *err)
{
    enum mh_code code =
        sg_cms_signer_cert(in->signer, ctx->pool, err, &sig->cert, &sig->ess);

    if (code != MH_OK)
        return code;
    if (sig->cert == NULL) {
        sg_sig_fail(sig,
            sig->ess ? MH_F_SIGNING_CERTIFICATE_MISMATCH
                     : MH_F_SIGNING_CERTIFICATE_MISSING,
            MH_NO_SIGNING_CERTIFICATE_FOUND, "");
        return MH_OK;
    }
    if (!sig->ess)
        sg_sig_fail(sig, MH_F_SIGNING_CERTIFICATE_MISSING,
            MH_SIG_CONSTRAINTS_FAILURE, "");
    /* Where the digest fits but the issuer does not, it contradicts itself. */
    if (sig->xades.certs > 0 && sig->xades.cert[0].issuer_serial.len > 0 &&
        !sg_issuer_serial_fits(
            ctx, sig->cert, sig->xades.cert[0].issuer_serial))
        sg_sig_fail(sig, MH_F_SIGNING_CERTIFICATE_MISMATCH,
            MH_NO_SIGNING_CERTIFICATE_FOUND, "issuerSerial");
    code = sg_facts_key(ctx->facts, sig->cert, err, &sig->key);
    if (code == MH_EUNSUP || code == MH_EFORMAT) {
        sg_out_err(&sig->out, err, MH_F_ALGORITHM_UNKNOWN, MH_ERROR);
        if (sig->dsig.sub == MH_SUB_NONE)
            sig->dsig.sub = MH_CRYPTO_CONSTRAINTS_FAILURE;
        sig->key = NULL;
        return MH_OK;
    }
    return code;
}

static enum mh_sub
sub_of(int finding)
{
    switch (finding) {
    case MH_F_DIGEST_MISMATCH:
        return MH_HASH_FAILURE;
    case MH_F_ATTRIBUTE_INVALID:
        return MH_FORMAT_FAILURE;
    case MH_F_ALGORITHM_UNKNOWN:
    case MH_F_ALGORITHM_PARAMETERS:
        return MH_CRYPTO_CONSTRAINTS_FAILURE;
    default:
        return MH_SIG_CRYPTO_FAILURE;
    }
}

/*
 * 5.2.7, first half: whether the content is that of the attributes.  *digest,
 * in hash, is empty where it cannot be made or is another.
 */
static enum mh_code
check_content(const struct sg_cades_in *in, struct sg_sig *sig,
    struct mh_err *err, uint8_t hash[static MH_DIGEST_MAX],
    struct mh_span *digest)
{
    enum mh_digest_alg alg = in->signer->digest;
    struct mh_span value;
    struct df_der d;
    enum mh_code code = MH_EUNSUP;

    *digest = (struct mh_span){0};
    if (alg != MH_DIGEST_NONE)
        code = in->content->digest(in->content->ctx, alg, err, hash);
    if (code == MH_EUNSUP || code == MH_ELIMIT) {
        sg_sig_fail(sig, MH_F_ALGORITHM_UNKNOWN, MH_CRYPTO_CONSTRAINTS_FAILURE,
            mh_digest_name(alg));
        return MH_OK;
    }
    if (code != MH_OK)
        return code;
    *digest = (struct mh_span){hash, mh_digest_length(alg)};
    if (!signed_value(sig, SG_OID_PKCS9("\x04"), &value))
        return MH_OK;
    d = df_der_from(value);
    sig->matched = mh_span_eq(df_der_get(&d, DF_OCTET_STRING), *digest);
    if (sig->matched)
        return MH_OK;
    *digest = (struct mh_span){0};
    sg_sig_fail(sig, MH_F_DIGEST_MISMATCH, MH_HASH_FAILURE,
        "cms: content is not what was signed");
    return MH_OK;
}

/* The other half: the value. */
static enum mh_code
check_value(struct sg_ctx *ctx, const struct sg_cades_in *in,
    struct sg_sig *sig, struct mh_span hash, struct mh_err *err)
{
    struct sg_cms_result result = {0};
    enum mh_code code =
        sg_cms_verify_digest(in->cms, in->signer, hash, sig->key, err, &result);

    if (code == MH_EUNSUP || code == MH_ELIMIT) {
        sg_sig_fail(sig, MH_F_ALGORITHM_UNKNOWN, MH_CRYPTO_CONSTRAINTS_FAILURE,
            mh_digest_name(in->signer->digest));
        return MH_OK;
    }
    if (code != MH_OK)
        return code;
    sig->dsig.alg = result.sigalg;
    sig->matched = sig->matched || result.ok;
    if (result.ok)
        return MH_OK;
    sg_sig_fail(sig,
        result.finding > MH_FINDING_NONE && result.finding < MH_FINDING_CODES
            ? (enum mh_finding_code)result.finding
            : MH_F_SIGNATURE_MISMATCH,
        sub_of(result.finding), sg_clean_str(ctx->arena, result.text));
    return MH_OK;
}

/* Counter-signatures are named, and prove nothing here. */
static void
note_unsigned(struct sg_sig *sig)
{
    const struct sg_cms_signer *s = sig->signer;

    if (sg_cms_attr_count(
            s->unsigned_attrs, s->unsigned_count, SG_OID_PKCS9("\x06")) > 0)
        sg_out_add(
            &sig->out, MH_F_PROPERTY_UNKNOWN, MH_INFO, "counter-signature");
}

enum mh_code
sg_cades_judge(struct sg_ctx *ctx, const struct sg_cades_in *in,
    struct mh_err *err, struct sg_sig *sig)
{
    uint8_t hash[MH_DIGEST_MAX];
    struct mh_span digest;
    enum mh_code code;

    *sig = (struct sg_sig){.best_time = ctx->now,
        .level = MH_LEVEL_NONE,
        .cms = in->cms,
        .signer = in->signer};
    sig->xades.signing_time = MH_TIME_NONE;
    sg_out_init(&sig->out, ctx->arena);
    code = sg_evidence_init(ctx, &sig->out, err, &sig->evidence);
    if (code != MH_OK)
        return code;
    check_once(sig);
    code = read_ess(ctx, sig, err);
    if (code == MH_OK)
        read_attributes(ctx, in, sig);
    if (code != MH_OK || sg_indication_of(sig->dsig.sub) == MH_IND_FAILED)
        return code;
    note_unsigned(sig);
    code = collect(ctx, in, sig, err);
    if (code == MH_OK)
        code = find_signer(ctx, in, sig, err);
    if (code == MH_OK)
        code = check_content(in, sig, err, hash, &digest);
    if (code == MH_OK && sig->key != NULL && digest.len > 0)
        code = check_value(ctx, in, sig, digest, err);
    if (code != MH_OK || sig->cert == NULL || sig->key == NULL ||
        sig->dsig.alg.scheme == 0 ||
        sg_indication_of(sig->dsig.sub) == MH_IND_FAILED)
        return code;
    code = sg_cades_times(ctx, in, err, sig);
    return code == MH_OK ? sg_sig_finish(ctx, sig, err) : code;
}
