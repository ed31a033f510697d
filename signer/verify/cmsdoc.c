#include "signer/verify/cmsdoc.h"

#include <string.h>

#include "base/time.h"
#include "signer/trust/oid.h"
#include "signer/trust/pem.h"
#include "signer/verify/assemble.h"
#include "signer/verify/content.h"

/* A CMS file being judged. */
struct doc {
    struct sg_ctx *ctx;
    struct sg_cms *cms;
    struct sg_files files; /* the content alone */
    bool *covered;
};

static enum mh_code
refuse(struct doc *d, struct mh_report *report, enum mh_finding_code finding,
    const char *what, struct mh_err *err)
{
    (void)mh_fail(err, MH_EUNSUP, MH_NO_OFFSET, "%s", what);
    sg_refuse(d->ctx, report, err, finding);
    return MH_OK;
}

/*
 * Data given beside a signature that has its content inside: other data must
 * not pass for what was signed.
 */
static void
check_inside(struct doc *d, const struct sg_verify_input *in)
{
    for (size_t i = 0; i < in->data_count; i++)
        if (!mh_span_eq(in->data[i].bytes, d->cms->econtent))
            sg_out_add(&d->ctx->out, MH_F_DETACHED_DATA_UNUSED, MH_ERROR,
                sg_clean_str(d->ctx->arena, in->data[i].name));
}

/* One of data is the content; more cannot be. */
static enum mh_code
make_file(struct doc *d, const struct sg_verify_input *in, struct mh_err *err)
{
    bool inside = d->cms->econtent.ptr != NULL;
    const char *name = inside ? "content" : "";

    d->files.file = mh_arena_array(d->ctx->arena, 1, sizeof(*d->files.file));
    d->covered = mh_arena_array(
        d->ctx->arena, d->cms->signer_count + 1, sizeof(*d->covered));
    if (d->files.file == NULL || d->covered == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "cms: no memory");
    if (!inside && in->data_count == 0)
        return MH_OK;
    if (inside)
        check_inside(d, in);
    else
        name = sg_clean_str(d->ctx->arena, in->data[0].name);
    for (size_t i = 1; i < in->data_count && !inside; i++)
        sg_out_add(&d->ctx->out, MH_F_DETACHED_DATA_UNUSED, MH_WARNING,
            sg_clean_str(d->ctx->arena, in->data[i].name));
    d->files.file[0] = (struct sg_file){.name = name,
        .bytes = inside ? d->cms->econtent : in->data[0].bytes,
        .data = true};
    d->files.file[0].size = d->files.file[0].bytes.len;
    d->files.count = 1;
    for (size_t i = 0; i < d->cms->signer_count; i++)
        if (d->cms->signers[i].digest != MH_DIGEST_NONE)
            sg_file_want(&d->files.file[0], d->cms->signers[i].digest);
    return sg_files_digest(d->ctx, &d->files, err);
}

static enum mh_code
judge_one(
    struct doc *d, size_t n, struct mh_err *err, struct mh_report_sig *row)
{
    struct sg_file_content of = {d->ctx, &d->files, &d->files.file[0]};
    const struct sg_content content = sg_content_file(&of);
    struct sg_cades_in in = {.cms = d->cms,
        .signer = &d->cms->signers[n],
        .content = &content,
        .claimed_time = MH_TIME_NONE};
    const char *id = mh_arena_printf(d->ctx->arena, "S%zu", n);
    struct sg_sig sig;
    enum mh_code code;

    if (id == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "cms: no memory");
    code = sg_cades_judge(d->ctx, &in, err, &sig);
    if (code != MH_OK)
        return code;
    d->covered[n * d->files.count] =
        sig.matched && sg_indication_of(sig.dsig.sub) != MH_IND_FAILED;
    return sg_fill_sig(d->ctx, &sig, id, err, row);
}

static enum mh_code
judge_all(struct doc *d, const struct sg_verify_input *in,
    struct mh_report *report, struct mh_err *err)
{
    size_t n = d->cms->signer_count;
    enum mh_code code = make_file(d, in, err);

    if (code != MH_OK)
        return code;
    if (d->files.count == 0)
        return refuse(d, report, MH_F_DETACHED_DATA_MISSING,
            "the data of the signature was not given", err);
    report->sig = mh_arena_array(d->ctx->arena, n, sizeof(*report->sig));
    if (report->sig == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "cms: no memory");
    for (size_t i = 0; i < n && code == MH_OK; i++) {
        code = judge_one(d, i, err, &report->sig[i]);
        report->sigs = i + 1;
    }
    if (code == MH_OK)
        code = sg_fill_files(d->ctx, &d->files, d->covered, report, err);
    return code == MH_OK ? sg_conclude(d->ctx, report, false, err) : code;
}

static bool
is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* One PEM block and nothing behind it but white space (RFC 7468 3). */
static bool
pem_alone(struct mh_span file)
{
    static const char end[] = "-----END ", dashes[] = "-----";
    const uint8_t *stop = file.ptr + file.len;
    const uint8_t *p = memmem(file.ptr, file.len, end, strlen(end));

    if (p != NULL) {
        p += strlen(end);
        p = memmem(p, (size_t)(stop - p), dashes, strlen(dashes));
    }
    if (p == NULL)
        return false;
    for (p += strlen(dashes); p < stop; p++)
        if (!is_blank(*p))
            return false;
    return true;
}

enum mh_code
sg_verify_cms(struct sg_ctx *ctx, const struct sg_verify_input *in, bool pem,
    struct mh_report *report, struct mh_err *err)
{
    static const char *const labels[] = {"PKCS7", "CMS"};
    struct doc d = {.ctx = ctx};
    struct mh_span der = in->document;
    bool bad = pem && !pem_alone(in->document), found = !pem;
    enum mh_code code;

    report->format = MH_FORMAT_CMS;
    report->profile = "CMS signature";
    for (size_t i = 0; i < 2 && !found && !bad; i++)
        found = sg_pem_der(in->document, labels[i], 0, ctx->arena, &der, &bad);
    if (!found && mh_arena_full(ctx->arena))
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "cms: no memory");
    if (!found || bad)
        return refuse(
            &d, report, MH_F_CMS_INVALID, "PEM: not one CMS alone", err);
    code = sg_cades_parse(ctx, der, &ctx->out, err, &d.cms);
    if (code != MH_OK)
        return code;
    if (d.cms == NULL) {
        const struct mh_finding *why = sg_out_first(&ctx->out, MH_ERROR);

        report->verdict = MH_REFUSED;
        if (why != NULL)
            report->reason = *why;
        report->findings = sg_out_list(&ctx->out);
        return MH_OK;
    }
    if (mh_span_eq(d.cms->econtent_type, SG_OID_TST_INFO))
        return refuse(&d, report, MH_F_FORMAT_UNSUPPORTED,
            "a time-stamp token by itself", err);
    if (d.cms->signer_count == 0)
        return sg_conclude(ctx, report, false, err);
    return judge_all(&d, in, report, err);
}
