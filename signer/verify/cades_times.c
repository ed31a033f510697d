/* Time-stamps of CMS signatures (EN 319 122-1 5.2.8, 5.3, 5.5). */
#include "signer/verify/cades_internal.h"

#include "base/limits.h"
#include "signer/trust/oid.h"
#include "signer/verify/judge_internal.h"

enum {
    STAMPS_MAX = 200
};

/* What one imprint is computed from. */
struct work {
    struct sg_ctx *ctx;
    const struct sg_cades_in *in;
    struct sg_sig *sig;
};

static enum mh_code
imprint(const struct work *w, const struct sg_stamp *s, struct mh_err *err,
    uint8_t hash[static MH_DIGEST_MAX])
{
    enum mh_digest_alg alg = s->tst->imprint_alg;

    switch (s->kind) {
    case MH_STAMP_SIGNATURE:
        return mh_digest_once(alg, w->in->signer->signature, err, hash);
    case MH_STAMP_CONTENT:
        return w->in->content->digest(w->in->content->ctx, alg, err, hash);
    case MH_STAMP_ARCHIVE:
        return sg_cades_archive_imprint(
            w->in, s->tst->cms, alg, w->ctx->digest, err, hash);
    case MH_STAMP_MARK:
    case MH_STAMP_TOKEN:
    case MH_STAMP_KINDS:
        break;
    }
    return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "time-stamp: kind");
}

static void
note_duplicate(struct sg_sig *sig, struct mh_span der)
{
    for (size_t i = 0; i < sig->stamps; i++)
        if (mh_span_eq(sig->stamp[i].der, der))
            sg_out_add(&sig->out, MH_F_TIMESTAMP_DUPLICATE, MH_INFO, "");
}

static enum mh_code
do_stamp(const struct work *w, struct mh_span der, enum mh_stamp_kind kind,
    struct mh_err *err)
{
    struct sg_stamp s = {.kind = kind, .der = der, .level = MH_WARNING};
    struct sg_sig *sig = w->sig;
    uint8_t hash[MH_DIGEST_MAX];
    enum mh_code code = sg_stamp_read(w->ctx, &sig->out, err, &s);

    if (code == MH_OK && s.tst != NULL)
        code = sg_sig_collect_token(w->ctx, sig, s.tst->cms, err);
    if (code == MH_OK && s.tst != NULL) {
        code = imprint(w, &s, err, hash);
        if (code == MH_OK)
            code = sg_stamp_judge(w->ctx, &s,
                (struct mh_span){hash, mh_digest_length(s.tst->imprint_alg)},
                &sig->evidence, &sig->out, err);
        if (code == MH_EFORMAT || code == MH_EUNSUP || code == MH_ELIMIT) {
            sg_out_err(&sig->out, err, MH_F_TIMESTAMP_INVALID, MH_WARNING);
            code = MH_OK;
        }
    }
    note_duplicate(sig, der);
    sig->stamp[sig->stamps++] = s;
    return code;
}

/* Every value of every attribute with this name is a token. */
static enum mh_code
do_attrs(const struct work *w, const struct sg_cms_attr *attrs, size_t count,
    struct mh_span oid, enum mh_stamp_kind kind, struct mh_err *err)
{
    enum mh_code code = MH_OK;

    for (size_t i = 0; i < count && code == MH_OK; i++) {
        struct df_der d = df_der_from(attrs[i].values);
        struct df_tlv t;

        if (!mh_span_eq(attrs[i].oid, oid))
            continue;
        while (df_der_more(&d) && code == MH_OK) {
            if (!df_der_any(&d, &t) || w->sig->stamps == w->sig->stamp_cap) {
                sg_out_add(
                    &w->sig->out, MH_F_TIMESTAMP_INVALID, MH_WARNING, "");
                break;
            }
            code = do_stamp(w, t.all, kind, err);
        }
    }
    return code;
}

enum mh_code
sg_cades_times(struct sg_ctx *ctx, const struct sg_cades_in *in,
    struct mh_err *err, struct sg_sig *sig)
{
    struct work w = {ctx, in, sig};
    const struct sg_cms_signer *s = in->signer;
    enum mh_code code;

    sig->stamp_cap = STAMPS_MAX;
    sig->stamp =
        mh_arena_array(ctx->arena, sig->stamp_cap, sizeof(*sig->stamp));
    if (sig->stamp == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "time-stamp: no memory");
    code = do_attrs(&w, s->signed_attrs, s->signed_count, SG_OID_AA("\x14"),
        MH_STAMP_CONTENT, err);
    if (code == MH_OK)
        code = do_attrs(&w, s->unsigned_attrs, s->unsigned_count,
            SG_OID_AA("\x0e"), MH_STAMP_SIGNATURE, err);
    if (code == MH_OK)
        code = do_attrs(&w, s->unsigned_attrs, s->unsigned_count,
            SG_OID_ETSI_CADES("\x04"), MH_STAMP_ARCHIVE, err);
    /* archive-time-stamp of version 2 and older is named, never used. */
    if (sg_cms_attr_count(
            s->unsigned_attrs, s->unsigned_count, SG_OID_AA("\x30")) > 0 ||
        sg_cms_attr_count(
            s->unsigned_attrs, s->unsigned_count, SG_OID_AA("\x1b")) > 0)
        sg_out_add(&sig->out, MH_F_PROPERTY_UNKNOWN, MH_WARNING,
            "archive-time-stamp before version 3");
    for (size_t i = 0;
         i < in->stamps && code == MH_OK && sig->stamps < sig->stamp_cap; i++)
        sig->stamp[sig->stamps++] = in->stamp[i];
    if (code == MH_OK)
        sg_sig_times_done(ctx, sig);
    return code;
}
