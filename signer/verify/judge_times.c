/* Time-stamps of a signature and what they prove (EN 319 102-1 5.4-5.6). */
#include "signer/verify/judge_internal.h"

#include "base/limits.h"
#include "base/time.h"
#include "signer/policy/algo.h"

enum {
    STAMPS_MAX = 200
};

/* Everything an imprint is computed from. */
struct imprint {
    struct sg_ctx *ctx;
    struct sg_sig *sig;
    struct sg_files *files;
    struct mh_digest *digest;
    struct df_c14n how; /* of the time-stamp property */
};

static bool
is_xades_name(const struct df_node *n, const char *local)
{
    return strcmp(df_node_local(n), local) == 0 &&
           (strcmp(df_node_ns(n), DF_NS_XADES) == 0 ||
               strcmp(df_node_ns(n), DF_NS_XADES41) == 0 ||
               strcmp(df_node_ns(n), DF_NS_XADES11) == 0 ||
               strcmp(df_node_ns(n), DF_NS_XADES22) == 0);
}

static enum mh_code
collect_value(struct sg_ctx *ctx, struct sg_sig *sig, const struct df_node *n,
    struct mh_err *err)
{
    bool cert = is_xades_name(n, "EncapsulatedX509Certificate");
    bool ocsp = is_xades_name(n, "EncapsulatedOCSPValue");
    bool crl = is_xades_name(n, "EncapsulatedCRLValue");
    struct sg_out scratch;
    struct mh_span der;
    enum mh_code code;

    if (!cert && !ocsp && !crl)
        return MH_OK;
    /* Unsigned values: what cannot be read is left out with a warning. */
    sg_out_init(&scratch, ctx->arena);
    if (!sg_node_base64(ctx, n, &scratch, &der)) {
        if (scratch.lost)
            return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "value: no memory");
        sg_out_add(&sig->out, MH_F_BASE64_INVALID, MH_WARNING,
            sg_clean_str(ctx->arena, df_node_local(n)));
        return MH_OK;
    }
    if (ocsp)
        return sg_evidence_add_ocsp(ctx, &sig->evidence, der, &sig->out, err);
    if (crl)
        return sg_evidence_add_crl(ctx, &sig->evidence, der, &sig->out, err);
    code = sg_pool_add_der(ctx->pool, der, err, NULL);
    if (code == MH_EFORMAT || code == MH_EUNSUP || code == MH_ELIMIT) {
        sg_out_err(&sig->out, err, MH_F_CERTIFICATE_INVALID, MH_WARNING);
        code = MH_OK;
    }
    return code;
}

enum mh_code
sg_sig_collect(struct sg_ctx *ctx, struct sg_sig *sig, struct mh_err *err)
{
    const struct sg_xades *x = &sig->xades;
    enum mh_code code = MH_OK;

    for (size_t i = 0; i < x->props && code == MH_OK; i++) {
        const struct df_node *top = x->prop[i].node;

        if (x->prop[i].kind != SG_PROP_CERTIFICATES &&
            x->prop[i].kind != SG_PROP_REVOCATION &&
            x->prop[i].kind != SG_PROP_STAMP_DATA)
            continue;
        for (const struct df_node *n = df_node_walk(top, top);
             n != NULL && code == MH_OK; n = df_node_walk(top, n))
            code = collect_value(ctx, sig, n, err);
    }
    return code;
}

/* Feeds the canonical form of a node. */
static enum mh_code
feed_node(struct imprint *im, const struct df_node *n, struct mh_err *err)
{
    struct mh_buf buf;
    enum mh_code code;

    mh_buf_init(&buf, 2 * (size_t)MH_XML_SIZE_MAX);
    code = df_c14n_write(im->sig->dsig.xml, n, &im->how, err, &buf);
    if (code == MH_OK)
        mh_digest_update(im->digest, mh_buf_get(&buf));
    mh_buf_fini(&buf);
    return code;
}

/* Feeds what a reference digests. */
static enum mh_code
feed_ref(struct imprint *im, const struct sg_ref *ref, struct mh_err *err)
{
    struct mh_buf buf;
    enum mh_code code;

    if (ref->kind == SG_REF_FILE) {
        if (ref->file == SIZE_MAX)
            return mh_fail(
                err, MH_EFORMAT, MH_NO_OFFSET, "time-stamp: file missing");
        return sg_file_feed(
            im->files, &im->files->file[ref->file], im->digest, err);
    }
    mh_buf_init(&buf, 2 * (size_t)MH_XML_SIZE_MAX);
    code = sg_ref_octets(im->ctx, &im->sig->dsig, ref, err, &buf);
    if (code == MH_OK)
        mh_digest_update(im->digest, mh_buf_get(&buf));
    mh_buf_fini(&buf);
    return code;
}

/* Whether an IndividualDataObjectsTimeStamp includes this reference. */
static bool
includes(const struct df_node *stamp, const struct sg_ref *ref)
{
    bool any = false;

    for (const struct df_node *n = df_node_first(stamp); n != NULL;
         n = df_node_next(n)) {
        struct mh_span uri;

        if (!is_xades_name(n, "Include") || !df_node_attr(n, NULL, "URI", &uri))
            continue;
        any = true;
        if (uri.len > 1 && ref->id.len == uri.len - 1 &&
            memcmp(uri.ptr + 1, ref->id.ptr, ref->id.len) == 0)
            return true;
    }
    return !any && !is_xades_name(stamp, "IndividualDataObjectsTimeStamp");
}

static enum mh_code
feed_content(
    struct imprint *im, const struct df_node *stamp, struct mh_err *err)
{
    const struct sg_dsig *d = &im->sig->dsig;
    enum mh_code code = MH_OK;

    for (size_t i = 0; i < d->refs && code == MH_OK; i++)
        if (d->ref[i].kind != SG_REF_PROPERTIES && includes(stamp, &d->ref[i]))
            code = feed_ref(im, &d->ref[i], err);
    return code;
}

static bool
is_referenced(const struct sg_dsig *d, const struct df_node *object)
{
    for (size_t i = 0; i < d->refs; i++)
        if (d->ref[i].target == object)
            return true;
    return false;
}

/* EN 319 132-1 5.5.2.2 (not distributed). */
static enum mh_code
feed_archive(
    struct imprint *im, const struct df_node *stamp, struct mh_err *err)
{
    const struct sg_dsig *d = &im->sig->dsig;
    const struct sg_xades *x = &im->sig->xades;
    enum mh_code code = MH_OK;

    for (size_t i = 0; i < d->refs && code == MH_OK; i++)
        if (!d->ref[i].inner)
            code = feed_ref(im, &d->ref[i], err);
    if (code == MH_OK)
        code = feed_node(im, d->signed_info, err);
    if (code == MH_OK)
        code = feed_node(im, d->value_node, err);
    if (code == MH_OK && d->key_info != NULL)
        code = feed_node(im, d->key_info, err);
    for (size_t i = 0; i < x->props && code == MH_OK; i++) {
        if (x->prop[i].node == stamp)
            break;
        code = feed_node(im, x->prop[i].node, err);
    }
    for (const struct df_node *o = df_node_child(d->node, DF_NS_DS, "Object");
         o != NULL && code == MH_OK; o = df_node_sibling(o, DF_NS_DS, "Object"))
        if (o != x->object && !is_referenced(d, o))
            code = feed_node(im, o, err);
    return code;
}

static enum mh_code
feed(struct imprint *im, enum mh_stamp_kind kind, const struct df_node *stamp,
    struct mh_err *err)
{
    switch (kind) {
    case MH_STAMP_SIGNATURE:
        return feed_node(im, im->sig->dsig.value_node, err);
    case MH_STAMP_CONTENT:
        return feed_content(im, stamp, err);
    case MH_STAMP_ARCHIVE:
        return feed_archive(im, stamp, err);
    case MH_STAMP_MARK:
    case MH_STAMP_TOKEN:
    case MH_STAMP_KINDS:
        break;
    }
    return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "time-stamp: kind");
}

/* The canonicalization the property names, or inclusive 1.0. */
static bool
stamp_c14n(const struct df_node *stamp, struct df_c14n *how)
{
    const struct df_node *m =
        df_node_child(stamp, DF_NS_DS, "CanonicalizationMethod");
    struct mh_span uri;

    *how = (struct df_c14n){.method = DF_C14N_10};
    return m == NULL || (df_node_attr(m, NULL, "Algorithm", &uri) &&
                            df_c14n_from_uri(uri, how) && !how->comments);
}

static enum mh_code
compute(struct imprint *im, const struct sg_stamp *s,
    const struct df_node *node, struct mh_err *err,
    uint8_t hash[static MH_DIGEST_MAX])
{
    enum mh_code code;

    if (!stamp_c14n(node, &im->how))
        return mh_fail_finding(err, MH_EFORMAT, MH_F_TRANSFORM_REFUSED,
            MH_NO_OFFSET, "time-stamp: canonicalization refused");
    im->digest = mh_digest_new();
    if (im->digest == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "time-stamp: no memory");
    code = mh_digest_start(im->digest, s->tst->imprint_alg, err);
    if (code == MH_OK)
        code = feed(im, s->kind, node, err);
    if (code == MH_OK)
        code = mh_digest_finish(im->digest, err, hash);
    mh_digest_free(im->digest);
    im->digest = NULL;
    return code;
}

enum mh_code
sg_sig_collect_token(struct sg_ctx *ctx, struct sg_sig *sig,
    const struct sg_cms *cms, struct mh_err *err)
{
    enum mh_code code = sg_cms_certs(cms, ctx->pool, err);

    for (size_t i = 0; i < cms->crl_count && code == MH_OK; i++)
        code = sg_evidence_add_crl(
            ctx, &sig->evidence, cms->crls[i], &sig->out, err);
    for (size_t i = 0; i < cms->ocsp_count && code == MH_OK; i++)
        code = sg_evidence_add_ocsp(
            ctx, &sig->evidence, cms->ocsps[i], &sig->out, err);
    return code;
}

static void
note_duplicate(struct sg_sig *sig, const struct sg_stamp *s)
{
    for (size_t i = 0; i < sig->stamps; i++)
        if (mh_span_eq(sig->stamp[i].der, s->der))
            sg_out_add(&sig->out, MH_F_TIMESTAMP_DUPLICATE, MH_INFO, "");
}

static enum mh_code
do_stamp(struct sg_ctx *ctx, struct sg_sig *sig, struct sg_files *files,
    const struct df_node *node, enum mh_stamp_kind kind, struct mh_err *err)
{
    struct imprint im = {.ctx = ctx, .sig = sig, .files = files};
    const struct df_node *token = NULL;
    uint8_t hash[MH_DIGEST_MAX];
    struct sg_stamp s = {.kind = kind, .level = MH_WARNING};
    size_t tokens = 0;
    enum mh_code code;

    for (const struct df_node *n = df_node_first(node); n != NULL;
         n = df_node_next(n))
        if (is_xades_name(n, "EncapsulatedTimeStamp")) {
            token = n;
            tokens++;
        }
    if (tokens != 1 || sig->stamps == sig->stamp_cap) {
        sg_sig_fail(sig, MH_F_TIMESTAMP_INVALID, MH_FORMAT_FAILURE,
            "not exactly one token");
        return MH_OK;
    }
    if (!sg_node_base64(ctx, token, &sig->out, &s.der))
        return MH_OK;
    code = sg_stamp_read(ctx, &sig->out, err, &s);
    if (code == MH_OK && s.tst != NULL)
        code = sg_sig_collect_token(ctx, sig, s.tst->cms, err);
    if (code == MH_OK && s.tst != NULL) {
        code = compute(&im, &s, node, err, hash);
        if (code == MH_OK)
            code = sg_stamp_judge(ctx, &s,
                (struct mh_span){hash, mh_digest_length(s.tst->imprint_alg)},
                &sig->evidence, &sig->out, err);
        if (code == MH_EFORMAT || code == MH_EUNSUP || code == MH_ELIMIT) {
            sg_out_err(&sig->out, err, MH_F_TIMESTAMP_INVALID, MH_WARNING);
            code = MH_OK;
        }
    }
    note_duplicate(sig, &s);
    sig->stamp[sig->stamps++] = s;
    return code;
}

int64_t
sg_sig_not_before(const struct sg_sig *sig)
{
    int64_t t = MH_TIME_NONE;

    for (size_t i = 0; i < sig->stamps; i++)
        if (sig->stamp[i].kind == MH_STAMP_CONTENT && sig->stamp[i].passed &&
            sig->stamp[i].time > t)
            t = sig->stamp[i].time;
    return t;
}

/* content <= signature <= archive, each among those that passed. */
static void
check_order(struct sg_sig *sig)
{
    static const int rank[] = {[MH_STAMP_CONTENT] = 0,
        [MH_STAMP_SIGNATURE] = 1,
        [MH_STAMP_ARCHIVE] = 2,
        [MH_STAMP_MARK] = 1,
        [MH_STAMP_TOKEN] = 1};

    for (size_t i = 0; i < sig->stamps; i++)
        for (size_t k = 0; k < sig->stamps; k++) {
            const struct sg_stamp *a = &sig->stamp[i], *b = &sig->stamp[k];

            if (a->passed && b->passed && rank[a->kind] < rank[b->kind] &&
                a->time > b->time) {
                sg_sig_fail(
                    sig, MH_F_TIMESTAMP_ORDER, MH_TIMESTAMP_ORDER_FAILURE, "");
                return;
            }
        }
}

/* An expired authority's token needs a newer one around it (5.6). */
static void
note_old(const struct sg_ctx *ctx, struct sg_sig *sig)
{
    bool old = false;

    for (size_t i = 0; i < sig->stamps; i++) {
        const struct sg_stamp *s = &sig->stamp[i];

        if (!s->passed)
            continue;
        if (s->kind == MH_STAMP_ARCHIVE && s->tsa->not_after >= ctx->now)
            return;
        old = old || s->tsa->not_after < ctx->now;
    }
    if (old)
        sg_out_add(&sig->out, MH_F_TIMESTAMP_OLD, MH_WARNING, "");
}

static void
best_time(struct sg_sig *sig)
{
    bool any = false;

    for (size_t i = 0; i < sig->stamps; i++) {
        const struct sg_stamp *s = &sig->stamp[i];

        if (s->kind != MH_STAMP_SIGNATURE && s->kind != MH_STAMP_ARCHIVE)
            continue;
        any = true;
        if (!s->passed)
            continue;
        sig->proven = true;
        if (s->kind == MH_STAMP_ARCHIVE)
            sig->archived = true;
        if (s->time < sig->best_time)
            sig->best_time = s->time;
    }
    if (!any && sig->xades.policy_id.len == 0)
        sg_out_add(&sig->out, MH_F_TIMESTAMP_MISSING, MH_WARNING, "");
}

void
sg_sig_times_done(const struct sg_ctx *ctx, struct sg_sig *sig)
{
    check_order(sig);
    best_time(sig);
    note_old(ctx, sig);
}

enum mh_code
sg_sig_times(struct sg_ctx *ctx, struct sg_sig *sig, struct sg_files *files,
    struct mh_err *err)
{
    const struct sg_xades *x = &sig->xades;
    enum mh_code code = MH_OK;

    sig->stamp_cap = x->props + x->content_stamps;
    if (sig->stamp_cap > STAMPS_MAX)
        sig->stamp_cap = STAMPS_MAX;
    sig->stamp =
        mh_arena_array(ctx->arena, sig->stamp_cap, sizeof(*sig->stamp));
    if (sig->stamp == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "time-stamp: no memory");
    for (size_t i = 0; i < x->content_stamps && code == MH_OK; i++)
        code = do_stamp(
            ctx, sig, files, x->content_stamp[i], MH_STAMP_CONTENT, err);
    for (size_t i = 0; i < x->props && code == MH_OK; i++) {
        if (x->prop[i].kind == SG_PROP_SIGNATURE_STAMP)
            code = do_stamp(
                ctx, sig, files, x->prop[i].node, MH_STAMP_SIGNATURE, err);
        else if (x->prop[i].kind == SG_PROP_ARCHIVE_STAMP)
            code = do_stamp(
                ctx, sig, files, x->prop[i].node, MH_STAMP_ARCHIVE, err);
        else if (x->prop[i].kind == SG_PROP_REFS_STAMP)
            sg_out_add(&sig->out, MH_F_PROPERTY_UNKNOWN, MH_INFO,
                sg_clean_str(ctx->arena, df_node_local(x->prop[i].node)));
    }
    if (code != MH_OK)
        return code;
    sg_sig_times_done(ctx, sig);
    return MH_OK;
}
