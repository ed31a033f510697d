#include "signer/verify/judge.h"

#include "base/limits.h"
#include "base/time.h"
#include "signer/policy/algo.h"
#include "signer/verify/judge_internal.h"
#include "signer/verify/signing_cert.h"

enum mh_indication
sg_indication_of(enum mh_sub sub)
{
    switch (sub) {
    case MH_SUB_NONE:
        return MH_IND_PASSED;
    case MH_FORMAT_FAILURE:
    case MH_HASH_FAILURE:
    case MH_SIG_CRYPTO_FAILURE:
    case MH_REVOKED:
    case MH_EXPIRED:
    case MH_NOT_YET_VALID:
        return MH_IND_FAILED;
    case MH_SIG_CONSTRAINTS_FAILURE:
    case MH_CHAIN_CONSTRAINTS_FAILURE:
    case MH_CERTIFICATE_CHAIN_GENERAL_FAILURE:
    case MH_CRYPTO_CONSTRAINTS_FAILURE:
    case MH_POLICY_PROCESSING_ERROR:
    case MH_SIGNATURE_POLICY_NOT_AVAILABLE:
    case MH_TIMESTAMP_ORDER_FAILURE:
    case MH_NO_SIGNING_CERTIFICATE_FOUND:
    case MH_NO_CERTIFICATE_CHAIN_FOUND:
    case MH_NO_CERTIFICATE_CHAIN_FOUND_NO_POE:
    case MH_REVOKED_NO_POE:
    case MH_REVOKED_CA_NO_POE:
    case MH_OUT_OF_BOUNDS_NOT_REVOKED:
    case MH_OUT_OF_BOUNDS_NO_POE:
    case MH_REVOCATION_OUT_OF_BOUNDS_NO_POE:
    case MH_CRYPTO_CONSTRAINTS_FAILURE_NO_POE:
    case MH_NO_POE:
    case MH_TRY_LATER:
    case MH_SIGNED_DATA_NOT_FOUND:
    case MH_SUBS:
        break;
    }
    return MH_IND_INDETERMINATE;
}

void
sg_sig_fail(struct sg_sig *sig, enum mh_finding_code code, enum mh_sub sub,
    const char *what)
{
    enum mh_indication was = sg_indication_of(sig->dsig.sub);

    sg_out_add(&sig->out, code, MH_ERROR, what);
    if (sig->dsig.sub == MH_SUB_NONE ||
        (was == MH_IND_INDETERMINATE && sg_indication_of(sub) == MH_IND_FAILED))
        sig->dsig.sub = sub;
}

void
sg_sig_partial(struct sg_sig *sig)
{
    sg_sig_fail(sig, MH_F_SIGNATURE_PARTIAL, MH_FORMAT_FAILURE, "");
}

/* Every data file needs its format in ASiC-E (formats.md 6.3). */
static void
check_formats(struct sg_ctx *ctx, struct sg_sig *sig,
    const struct sg_names *names, const struct sg_files *files)
{
    const struct sg_dsig *d = &sig->dsig;
    const struct sg_xades *x = &sig->xades;

    for (size_t i = 0; i < x->formats; i++) {
        bool found = false;

        for (size_t k = 0; k < d->refs && !found; k++)
            found = mh_span_eq(d->ref[k].id, x->format[i].object);
        if (!found) {
            sg_sig_fail(sig, MH_F_DATA_OBJECT_FORMAT, MH_FORMAT_FAILURE,
                sg_clean(ctx->arena, x->format[i].object));
        }
    }
    if (names->asic == NULL || names->asic->format == DF_ADOC_2008 ||
        names->asic->format == DF_ASIC_S)
        return;
    for (size_t k = 0; k < d->refs; k++) {
        bool found = false;

        if (d->ref[k].file == SIZE_MAX || !files->file[d->ref[k].file].data)
            continue;
        for (size_t i = 0; i < x->formats && !found; i++)
            found = d->ref[k].id.len > 0 &&
                    mh_span_eq(d->ref[k].id, x->format[i].object);
        if (!found)
            sg_strict_rule(ctx, &sig->out, MH_F_DATA_OBJECT_FORMAT,
                files->file[d->ref[k].file].name);
    }
}

/* A counter-signature signs the value of its parent, and only that. */
static void
check_countersigned(struct sg_sig *sig)
{
    size_t found = 0;

    for (size_t i = 0; i < sig->dsig.refs; i++)
        if (sig->dsig.ref[i].target == sig->countersigned &&
            (sig->dsig.ref[i].kind == SG_REF_COUNTERSIGNED ||
                sig->dsig.ref[i].kind == SG_REF_LOCAL))
            found++;
    if (found != 1)
        sg_sig_fail(sig, MH_F_COUNTER_SIGNATURE, MH_FORMAT_FAILURE,
            "it does not sign the value of its signature");
    else if (sig->xades.qualifying == NULL)
        sg_sig_fail(
            sig, MH_F_QUALIFYING_PROPERTIES, MH_SIG_CONSTRAINTS_FAILURE, "");
}

enum mh_code
sg_sig_prepare(struct sg_ctx *ctx, const struct sg_sig_place *place,
    struct sg_files *files, struct mh_err *err, struct sg_sig *sig)
{
    const struct df_node *countersigned = place->countersigned;
    enum mh_code code;

    *sig = (struct sg_sig){.best_time = ctx->now,
        .countersigned = countersigned,
        .level = MH_LEVEL_NONE};
    sg_out_init(&sig->out, ctx->arena);
    code = sg_evidence_init(ctx, &sig->out, err, &sig->evidence);
    if (code == MH_OK)
        code = sg_dsig_read(
            ctx, place->xml, place->node, &sig->out, err, &sig->dsig);
    if (code == MH_OK && sig->dsig.refs > 0)
        code = sg_xades_read(ctx, &sig->dsig, countersigned == NULL, &sig->out,
            err, &sig->xades);
    if (code == MH_OK && countersigned != NULL)
        check_countersigned(sig);
    if (code == MH_OK)
        code =
            sg_refs_bind(ctx, &sig->dsig, place->names, files, &sig->out, err);
    if (code == MH_OK && sig->dsig.sub == MH_SUB_NONE)
        check_formats(ctx, sig, place->names, files);
    return code;
}

enum mh_code
sg_sig_counters(struct sg_ctx *ctx, const struct sg_sig *parent,
    struct sg_files *files, struct mh_err *err, struct sg_sig *sig,
    size_t *count)
{
    const struct sg_xades *x = &parent->xades;
    const struct sg_names names = {0};
    struct sg_sig_place place = {.xml = parent->dsig.xml,
        .names = &names,
        .countersigned = parent->dsig.value_node};
    enum mh_code code = MH_OK;

    for (size_t i = 0; i < x->props && code == MH_OK; i++) {
        const struct df_node *n;

        if (x->prop[i].kind != SG_PROP_COUNTER_SIGNATURE)
            continue;
        for (n = df_node_child(x->prop[i].node, DF_NS_DS, "Signature");
             n != NULL && code == MH_OK;
             n = df_node_sibling(n, DF_NS_DS, "Signature")) {
            place.node = n;
            code = sg_sig_prepare(ctx, &place, files, err, &sig[*count]);
            (*count)++;
        }
    }
    return code;
}

size_t
sg_sig_count(const struct df_xml *xml)
{
    const struct df_node *root = df_xml_root(xml);
    size_t n = 0;

    for (const struct df_node *at = root; at != NULL;
         at = df_node_walk(root, at))
        n += df_node_is(at, DF_NS_DS, "Signature");
    return n;
}

void
sg_sig_value(struct sg_sig *sig, enum sg_verdict verdict)
{
    if (verdict == SG_SIG_FORM)
        sg_sig_fail(sig, MH_F_SIGNATURE_VALUE_FORM, MH_SIG_CRYPTO_FAILURE, "");
    else if (verdict == SG_SIG_KEY)
        sg_sig_fail(sig, MH_F_SIGNATURE_MISMATCH, MH_SIG_CRYPTO_FAILURE,
            "the algorithm does not belong to this key");
    else if (verdict != SG_SIG_GOOD)
        sg_sig_fail(sig, MH_F_SIGNATURE_MISMATCH, MH_SIG_CRYPTO_FAILURE, "");
}

static enum mh_code
check_value(struct sg_ctx *ctx, struct sg_sig *sig, struct mh_err *err)
{
    const struct sg_dsig *d = &sig->dsig;
    enum sg_verdict verdict = SG_SIG_BAD;
    struct mh_buf buf;
    enum mh_code code;

    mh_buf_init(&buf, 2 * (size_t)MH_XML_SIZE_MAX);
    code = df_c14n_write(d->xml, d->signed_info, &d->c14n, err, &buf);
    if (code == MH_EFORMAT || code == MH_ELIMIT || code == MH_EUNSUP) {
        sg_out_err(&sig->out, err, MH_F_C14N_FAILED, MH_ERROR);
        sig->dsig.sub = MH_FORMAT_FAILURE;
        mh_buf_fini(&buf);
        return MH_OK;
    }
    if (code == MH_OK)
        code = sg_verify(
            sig->key, &d->alg, mh_buf_get(&buf), d->value, err, &verdict);
    mh_buf_fini(&buf);
    if (code == MH_EUNSUP) {
        sg_sig_fail(sig, MH_F_ALGORITHM_UNKNOWN, MH_CRYPTO_CONSTRAINTS_FAILURE,
            sg_clean_str(ctx->arena, err->msg));
        return MH_OK;
    }
    if (code != MH_OK)
        return code;
    sg_sig_value(sig, verdict);
    return MH_OK;
}

/* 5.2.7: references, certificate, value. */
static enum mh_code
check_crypto(struct sg_ctx *ctx, struct sg_sig *sig, struct sg_files *files,
    struct mh_err *err)
{
    struct sg_dsig *d = &sig->dsig;
    enum mh_code code = sg_refs_check(ctx, d, files, &sig->out, err);

    if (code == MH_OK)
        code = sg_signing_cert_find(
            ctx, d, &sig->xades, &sig->out, err, &sig->cert);
    if (code != MH_OK || sig->cert == NULL)
        return code;
    code = sg_facts_key(ctx->facts, sig->cert, err, &sig->key);
    if (code == MH_EUNSUP || code == MH_EFORMAT) {
        sg_out_err(&sig->out, err, MH_F_ALGORITHM_UNKNOWN, MH_ERROR);
        if (d->sub == MH_SUB_NONE)
            d->sub = MH_CRYPTO_CONSTRAINTS_FAILURE;
        sig->key = NULL;
        return MH_OK;
    }
    return code == MH_OK ? check_value(ctx, sig, err) : code;
}

/* 5.2.8: what the attributes say. */
static void
check_attributes(struct sg_ctx *ctx, struct sg_sig *sig)
{
    const struct sg_xades *x = &sig->xades;
    unsigned ku = sig->cert->ku;

    if (x->policy_id.len > 0 && !sig->marked &&
        !mh_span_is(x->policy_id, SG_OID_TIMEMARK)) {
        sg_out_add(&sig->out, MH_F_SIGNATURE_POLICY,
            ctx->policy->strict ? MH_ERROR : MH_WARNING,
            sg_clean(ctx->arena, x->policy_id));
        if (ctx->policy->strict && sig->dsig.sub == MH_SUB_NONE)
            sig->dsig.sub = MH_SIGNATURE_POLICY_NOT_AVAILABLE;
    }
    if (x->signing_time == MH_TIME_NONE)
        sg_out_add(
            &sig->out, MH_F_ATTRIBUTE_INVALID, MH_WARNING, "no SigningTime");
    else if (x->signing_time > sig->best_time)
        sg_out_add(&sig->out, MH_F_SIGNING_TIME_FUTURE, MH_WARNING, "");
    if (sig->cert->has_eku &&
        (sig->cert->eku & (SG_EKU_OTHER | SG_EKU_ANY)) == 0)
        sg_sig_fail(sig, MH_F_KEY_USAGE, MH_CHAIN_CONSTRAINTS_FAILURE,
            "a certificate for time-stamps or OCSP answers");
    if (!sig->cert->has_ku || (ku & SG_KU_NON_REPUDIATION) != 0)
        return;
    sg_out_add(&sig->out, MH_F_KEY_USAGE,
        ctx->policy->strict ? MH_ERROR : MH_WARNING, "nonRepudiation");
    if (ctx->policy->strict && sig->dsig.sub == MH_SUB_NONE)
        sig->dsig.sub = MH_CHAIN_CONSTRAINTS_FAILURE;
}

static void
set_level(struct sg_sig *sig)
{
    if (sig->cms == NULL ? sig->xades.qualifying == NULL : !sig->ess)
        return;
    sig->level = MH_LEVEL_B;
    if (!sig->proven)
        return;
    sig->level = MH_LEVEL_T;
    if (!sig->complete)
        return;
    sig->level = sig->archived ? MH_LEVEL_LTA : MH_LEVEL_LT;
}

enum mh_code
sg_sig_finish(struct sg_ctx *ctx, struct sg_sig *sig, struct mh_err *err)
{
    enum mh_code code = sg_sig_trust(ctx, sig, err);

    if (code != MH_OK)
        return code;
    check_attributes(ctx, sig);
    set_level(sig);
    if (sig->out.lost)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "signature: no memory");
    return MH_OK;
}

enum mh_code
sg_sig_judge(struct sg_ctx *ctx, struct sg_sig *sig, struct sg_files *files,
    struct mh_err *err)
{
    enum mh_code code;

    /* Structure first: a signature that is none is not computed. */
    if (sg_indication_of(sig->dsig.sub) == MH_IND_FAILED)
        return MH_OK;
    code = sg_sig_collect(ctx, sig, err);
    if (code == MH_OK)
        code = check_crypto(ctx, sig, files, err);
    if (code != MH_OK || sig->cert == NULL || sig->key == NULL ||
        sg_indication_of(sig->dsig.sub) == MH_IND_FAILED)
        return code;
    code = sg_sig_times(ctx, sig, files, err);
    if (code == MH_OK)
        code = sg_sig_timemark(ctx, sig, err);
    return code == MH_OK ? sg_sig_finish(ctx, sig, err) : code;
}
