#include "signer/verify/assemble.h"

#include "base/limits.h"
#include "base/text.h"
#include "base/time.h"
#include "signer/policy/algo.h"
#include "signer/verify/jpegdoc.h"

void
sg_fill_empty(struct mh_report_sig *out)
{
    *out = (struct mh_report_sig){.id = "",
        .signer_name = "",
        .signer_serial_number = "",
        .signer_fin = "",
        .signer_organization = "",
        .signer_issuer = "",
        .signer_subject = "",
        .certificate_sha256 = "",
        .algorithm = "",
        .role = "",
        .place = "",
        .claimed_time = MH_TIME_NONE,
        .best_signature_time = MH_TIME_NONE};
}

static const char *
attr(struct sg_ctx *ctx, const struct sg_name *name, enum sg_attr_type type)
{
    return sg_clean(
        ctx->arena, sg_attr_text(sg_name_find(name, type), ctx->arena));
}

const char *
sg_fin_of(const char *serial)
{
    static const char *const before[] = {"PNOAZ-", "FIN:", "FIN-", "FIN", ""};

    for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
        size_t n = strlen(before[i]);
        const char *fin = serial + n;

        if (strncmp(serial, before[i], n) == 0 && strlen(fin) == 7 &&
            strspn(fin, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 7)
            return fin;
    }
    return "";
}

void
sg_fill_signer(
    struct sg_ctx *ctx, const struct sg_cert *cert, struct mh_report_sig *out)
{
    char hex[2 * MH_SHA256_LENGTH + 1];

    if (cert == NULL)
        return;
    out->signer_name = attr(ctx, &cert->subject, SG_ATTR_CN);
    out->signer_serial_number =
        attr(ctx, &cert->subject, SG_ATTR_SERIAL_NUMBER);
    out->signer_organization = attr(ctx, &cert->subject, SG_ATTR_O);
    if (strcmp(attr(ctx, &cert->subject, SG_ATTR_C), "AZ") == 0)
        out->signer_fin = sg_fin_of(out->signer_serial_number);
    out->signer_issuer = attr(ctx, &cert->issuer, SG_ATTR_CN);
    if (out->signer_issuer[0] == '\0')
        out->signer_issuer =
            sg_clean(ctx->arena, sg_name_text(&cert->issuer, ctx->arena));
    out->signer_subject =
        sg_clean(ctx->arena, sg_name_text(&cert->subject, ctx->arena));
    mh_hex_encode((struct mh_span){cert->sha256, MH_SHA256_LENGTH}, hex);
    out->certificate_sha256 = sg_clean_str(ctx->arena, hex);
}

static enum mh_code
fill_stamps(struct sg_ctx *ctx, const struct sg_sig *sig, struct mh_err *err,
    struct mh_report_sig *out)
{
    size_t n = sig->stamps + (sig->marked ? 1 : 0);

    out->stamp = mh_arena_array(ctx->arena, n, sizeof(*out->stamp));
    if (out->stamp == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "report: no memory");
    for (size_t i = 0; i < sig->stamps; i++)
        out->stamp[out->stamps++] = (struct mh_stamp){sig->stamp[i].kind,
            sig->stamp[i].time, sig->stamp[i].issuer, sig->stamp[i].passed};
    if (sig->marked)
        out->stamp[out->stamps++] =
            (struct mh_stamp){MH_STAMP_MARK, sig->best_time, "", sig->proven};
    return MH_OK;
}

enum mh_code
sg_fill_sig(struct sg_ctx *ctx, struct sg_sig *sig, const char *id,
    struct mh_err *err, struct mh_report_sig *out)
{
    char algorithm[96];

    sg_fill_empty(out);
    out->id = id;
    out->kind = sig->cms == NULL ? MH_KIND_XADES : MH_KIND_CADES;
    out->level = sig->level;
    sg_fill_signer(ctx, sig->cert, out);
    if (sig->dsig.alg.scheme != 0) {
        sg_algo_name(&sig->dsig.alg, sig->key, algorithm, sizeof(algorithm));
        out->algorithm = sg_clean_str(ctx->arena, algorithm);
    }
    out->role = sig->xades.role == NULL ? "" : sig->xades.role;
    out->place = sig->xades.place == NULL ? "" : sig->xades.place;
    out->claimed_time = sig->cms == NULL && sig->xades.qualifying == NULL
                            ? MH_TIME_NONE
                            : sig->xades.signing_time;
    out->best_signature_time = sig->best_time;
    out->sub = sig->dsig.sub;
    out->indication = sg_indication_of(sig->dsig.sub);
    out->counter_signature = sig->countersigned != NULL;
    out->findings = sg_out_list(&sig->out);
    if (sig->out.lost)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "report: no memory");
    return fill_stamps(ctx, sig, err, out);
}

/* Files that this signature covers, and the reverse. */
static enum mh_code
fill_row(struct sg_ctx *ctx, size_t count, struct mh_err *err, uint32_t **out)
{
    *out = mh_arena_array(ctx->arena, count, sizeof(**out));
    if (*out == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "report: no memory");
    return MH_OK;
}

static void
note_coverage(
    struct sg_ctx *ctx, const struct sg_file *f, size_t by, size_t sigs)
{
    if (by == 0 && sigs > 0 && !f->unsignable)
        sg_out_add(&ctx->out, MH_F_FILE_UNSIGNED, MH_ERROR, f->name);
    else if (by < sigs && !f->unsignable)
        sg_out_add(&ctx->out, MH_F_FILE_PARTLY_SIGNED, MH_WARNING, f->name);
}

/* One data file's row. */
static enum mh_code
fill_file(struct sg_ctx *ctx, const struct sg_file *f, const bool *covered,
    size_t stride, struct mh_report *report, struct mh_err *err)
{
    uint32_t index = (uint32_t)report->files;
    struct mh_report_file *row = &report->file[report->files++];
    char hex[2 * MH_SHA256_LENGTH + 1] = "";
    size_t signers = 0;
    enum mh_code code;

    if (f->done && f->failed == MH_OK)
        mh_hex_encode(
            (struct mh_span){f->digest[MH_SHA256], MH_SHA256_LENGTH}, hex);
    *row = (struct mh_report_file){.name = f->name,
        .size = f->size,
        .sha256 = sg_clean_str(ctx->arena, hex),
        .media_type = sg_clean(ctx->arena, f->media_type)};
    code = fill_row(ctx, report->sigs, err, &row->signed_by);
    if (code != MH_OK)
        return code;
    for (size_t s = 0; s < report->sigs; s++) {
        if (!report->sig[s].counter_signature)
            signers++;
        if (!covered[s * stride])
            continue;
        row->signed_by[row->signed_by_count++] = (uint32_t)s;
        report->sig[s].covers[report->sig[s].covers_count++] = index;
    }
    note_coverage(ctx, f, row->signed_by_count, signers);
    return MH_OK;
}

enum mh_code
sg_fill_files(struct sg_ctx *ctx, const struct sg_files *files,
    const bool *covered, struct mh_report *report, struct mh_err *err)
{
    enum mh_code code = MH_OK;

    report->file =
        mh_arena_array(ctx->arena, files->count, sizeof(*report->file));
    if (report->file == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "report: no memory");
    for (size_t s = 0; s < report->sigs && code == MH_OK; s++)
        code = fill_row(ctx, files->count, err, &report->sig[s].covers);
    for (size_t i = 0; i < files->count && code == MH_OK; i++)
        if (files->file[i].data)
            code = fill_file(
                ctx, &files->file[i], covered + i, files->count, report, err);
    for (size_t i = 0; i < files->count && code == MH_OK; i++)
        if (files->file[i].data)
            code = sg_look_at_image(ctx, files, &files->file[i], err);
    if (code != MH_OK)
        return code;
    for (size_t s = 0; s < report->sigs; s++) {
        size_t wanted = 0;

        for (size_t i = 0; i < files->count; i++)
            wanted += files->file[i].data && !files->file[i].unsignable;
        report->sig[s].covers_whole_document =
            wanted > 0 && report->sig[s].covers_count >= wanted;
    }
    return MH_OK;
}

void
sg_take_notes(struct sg_ctx *ctx, const struct df_notes *notes)
{
    for (const struct df_note *n = notes->first; n != NULL; n = n->next) {
        enum mh_severity level = MH_ERROR;

        switch (n->class) {
        case DF_REFUSE:
            ctx->refused = true;
            break;
        case DF_FAIL:
            break;
        case DF_STRICT:
            if (ctx->policy->strict)
                ctx->refused = true;
            else
                level = MH_WARNING;
            break;
        case DF_WARNING:
            level = MH_WARNING;
            break;
        case DF_INFO:
            level = MH_INFO;
            break;
        }
        sg_out_at(&ctx->out, n->code, level, n->offset,
            sg_clean(ctx->arena, n->what));
    }
    if (notes->lost)
        ctx->out.lost = true;
}

static enum mh_verdict
worst_of(const struct mh_report *report)
{
    enum mh_verdict v = MH_TOTAL_PASSED;

    for (size_t i = 0; i < report->sigs; i++) {
        enum mh_verdict w = report->sig[i].indication == MH_IND_FAILED
                                ? MH_TOTAL_FAILED
                            : report->sig[i].indication == MH_IND_INDETERMINATE
                                ? MH_INDETERMINATE
                                : MH_TOTAL_PASSED;

        if (w > v)
            v = w;
    }
    return v;
}

/* The first error of the worst signature. */
static struct mh_finding
reason_of(const struct mh_report *report)
{
    for (int want = MH_IND_FAILED; want > MH_IND_PASSED; want--)
        for (size_t i = 0; i < report->sigs; i++) {
            const struct mh_report_sig *s = &report->sig[i];

            if ((int)s->indication != want)
                continue;
            for (size_t k = 0; k < s->findings.count; k++)
                if (s->findings.item[k].level == MH_ERROR)
                    return s->findings.item[k];
        }
    return (struct mh_finding){
        .code = MH_FINDING_NONE, .offset = MH_NO_OFFSET, .what = ""};
}

enum mh_code
sg_conclude(struct sg_ctx *ctx, struct mh_report *report,
    bool no_better_than_indeterminate, struct mh_err *err)
{
    const struct mh_finding *own = sg_out_first(&ctx->out, MH_ERROR);
    enum mh_verdict v = worst_of(report);

    if (no_better_than_indeterminate && v == MH_TOTAL_PASSED)
        v = MH_INDETERMINATE;
    if (own != NULL && v < MH_TOTAL_FAILED)
        v = MH_TOTAL_FAILED;
    if (ctx->refused)
        v = MH_REFUSED;
    if (report->sigs == 0 && v < MH_TOTAL_FAILED) {
        v = MH_NO_SIGNATURE;
        sg_out_add(&ctx->out, MH_F_NO_SIGNATURE, MH_ERROR, "");
        own = sg_out_first(&ctx->out, MH_ERROR);
    }
    report->verdict = v;
    if (v != MH_TOTAL_PASSED) {
        report->reason = reason_of(report);
        if (own != NULL &&
            (v == MH_REFUSED || report->reason.code == MH_FINDING_NONE ||
                worst_of(report) < MH_TOTAL_FAILED))
            report->reason = *own;
        if (report->reason.code == MH_FINDING_NONE) {
            const struct mh_finding *w = sg_out_first(&ctx->out, MH_WARNING);

            report->reason = w != NULL
                                 ? *w
                                 : (struct mh_finding){.code = MH_F_NOT_JUDGED,
                                       .level = MH_ERROR,
                                       .offset = MH_NO_OFFSET,
                                       .what = ""};
        }
    }
    report->findings = sg_out_list(&ctx->out);
    if (ctx->out.lost)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "report: no memory");
    return MH_OK;
}

void
sg_refuse(struct sg_ctx *ctx, struct mh_report *report,
    const struct mh_err *why, enum mh_finding_code fallback)
{
    struct sg_finding_node *before = ctx->out.last;

    sg_out_err(&ctx->out, why, fallback, MH_ERROR);
    report->verdict = MH_REFUSED;
    if (ctx->out.last != before)
        report->reason = ctx->out.last->f;
    report->findings = sg_out_list(&ctx->out);
}
