#include "signer/verify/document.h"

#include "docformat/docformat.h"
#include "signer/policy/algo.h"
#include "signer/verify/assemble.h"
#include "signer/verify/cmsdoc.h"
#include "signer/verify/container.h"
#include "signer/verify/ctx.h"
#include "signer/verify/holder.h"
#include "signer/verify/jpegdoc.h"
#include "signer/verify/pdfdoc.h"
#include "signer/verify/xmldoc.h"

/* What a kind that is recognised but not judged here is called. */
static enum mh_code
unsupported(struct sg_ctx *ctx, struct mh_report *report,
    enum mh_finding_code finding, const char *what, struct mh_err *err)
{
    (void)mh_fail(err, MH_EUNSUP, MH_NO_OFFSET, "%s", what);
    report->profile = what;
    sg_refuse(ctx, report, err, finding);
    return MH_OK;
}

/* Nothing beside a PDF is signed with it: an answer about the PDF must not
   pass for one about what was given. */
static void
refuse_data(struct sg_ctx *ctx, const struct sg_verify_input *in)
{
    for (size_t i = 0; i < in->data_count; i++)
        sg_out_add(&ctx->out, MH_F_DETACHED_DATA_UNUSED, MH_ERROR,
            sg_clean_str(ctx->arena, in->data[i].name));
}

static enum mh_code
dispatch(struct sg_ctx *ctx, const struct sg_verify_input *in,
    struct mh_report *report, struct mh_err *err)
{
    struct df_detected d = df_detect(in->document);

    switch (d.kind) {
    case DF_KIND_ZIP:
        return sg_verify_container(ctx, in, report, err);
    case DF_KIND_XML:
        return sg_verify_xml(ctx, in, report, err);
    case DF_KIND_EMPTY:
        return unsupported(ctx, report, MH_F_EMPTY, "empty file", err);
    case DF_KIND_PDF:
        refuse_data(ctx, in);
        return sg_verify_pdf(ctx, in->document, report, err);
    case DF_KIND_JPEG:
        return sg_verify_jpeg(ctx, in->document, report, err);
    case DF_KIND_CMS:
    case DF_KIND_CMS_PEM:
        return sg_verify_cms(ctx, in, d.kind == DF_KIND_CMS_PEM, report, err);
    case DF_KIND_UNKNOWN:
        break;
    }
    return unsupported(ctx, report, MH_F_FORMAT_UNKNOWN, d.looks_like, err);
}

/* What the trust material itself has to say, for documents judged with it. */
static void
take_trust_notes(struct sg_ctx *ctx)
{
    struct sg_trust_note note;

    for (size_t n = 0;
         ctx->trust != NULL && sg_trust_note(ctx->trust, n, ctx->now, &note);
         n++)
        sg_out_add(&ctx->out, (enum mh_finding_code)note.finding, MH_INFO,
            sg_clean(ctx->arena, note.list));
}

/* Fetched certificates join the document's own; a malformed one is left out. */
static enum mh_code
take_material(struct sg_ctx *ctx, struct mh_err *err)
{
    const struct mh_material *m = ctx->material;

    for (size_t i = 0; m != NULL && i < m->certs; i++) {
        enum mh_code code = sg_pool_add_der(ctx->pool, m->cert[i], err, NULL);

        if (code == MH_ENOMEM || code == MH_EINTERNAL)
            return code;
    }
    return MH_OK;
}

enum mh_code
sg_verify_document(const struct sg_verify_input *in, struct mh_arena *arena,
    struct mh_err *err, struct mh_report *report)
{
    struct sg_ctx ctx = {.arena = arena,
        .policy = in->policy,
        .now = in->time,
        .trust = in->trust,
        .facts = in->facts,
        .second = in->second,
        .mapped = in->mapped,
        .pages = in->pages,
        .material = in->material};
    struct mh_err local = {.msg = ""};
    char hash[65];
    enum mh_code code;

    if (err == NULL)
        err = &local;
    mh_report_init(report);
    sg_out_init(&ctx.out, arena);
    code = sg_policy_hash(in->policy, err, hash);
    if (code != MH_OK)
        return code;
    report->validation_time = in->time;
    report->policy = sg_clean_str(arena, in->policy->name);
    report->policy_sha256 = sg_clean_str(arena, hash);
    ctx.pool = sg_pool_new(arena);
    ctx.digest = mh_digest_new();
    if (in->needs || in->chains)
        ctx.gather = sg_gather_new(arena);
    if (ctx.pool == NULL || ctx.digest == NULL ||
        ((in->needs || in->chains) && ctx.gather == NULL)) {
        code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "document: no memory");
    } else {
        take_trust_notes(&ctx);
        code = take_material(&ctx, err);
        if (code == MH_OK)
            code = in->holder ? sg_verify_holder(&ctx, in, report, err)
                              : dispatch(&ctx, in, report, err);
        if (code == MH_OK && ctx.gather != NULL)
            code = sg_gather_report(
                ctx.gather, in->needs, in->chains, err, report);
    }
    mh_digest_free(ctx.digest);
    if (code == MH_OK && ctx.out.lost)
        code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "document: no memory");
    return code;
}
