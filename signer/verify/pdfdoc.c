#include "signer/verify/pdfdoc.h"

#include "base/limits.h"
#include "signer/verify/assemble.h"
#include "signer/verify/pades.h"
#include "signer/verify/pdfchanges.h"
#include "signer/verify/pdfcrypt.h"

/* A PDF being judged. */
struct doc {
    struct sg_ctx *ctx;
    struct sg_pdfcrypt crypt; /* of a file without a password */
    struct df_pdf_crypto crypto;
    struct df_pdf *pdf;
    struct df_pdf_sigs sigs;
    struct sg_pdf_changes *changes; /* NULL: nothing usable is signed */
    struct sg_dss dss;
    struct sg_pades pades;
    struct sg_files files; /* the PDF itself */
    bool *covered;
};

static enum mh_code
read_all(struct doc *d, struct mh_span file, struct df_notes *notes,
    struct mh_err *err)
{
    enum mh_code code;

    sg_pdfcrypt_init(&d->crypt, &d->crypto);
    code = df_pdf_open(file, &d->crypto, d->ctx->arena, notes, err, &d->pdf);
    if (code == MH_OK && d->ctx->mapped)
        df_pdf_mapped(d->pdf);
    if (code == MH_OK)
        code = df_pdf_signatures(d->pdf, notes, err, &d->sigs);
    if (code == MH_OK)
        code = d->ctx->second->read(d->pdf, &d->sigs, err);
    if (code == MH_OK && d->sigs.has_covered)
        code = sg_pdf_changes_find(d->pdf, &d->sigs, err, &d->changes);
    if (code == MH_OK)
        code = sg_dss_read(d->ctx, d->pdf, err, &d->dss);
    return code;
}

/* What a kind of active content means to whoever relies on the document. */
static const struct {
    enum mh_finding_code code;
    enum mh_severity level;
} meaning[DF_PDF_ACTIVITIES] = {
    [DF_PDF_JAVASCRIPT] = {MH_F_PDF_ACTIVE, MH_WARNING},
    [DF_PDF_OPEN_ACTION] = {MH_F_PDF_ACTIVE, MH_WARNING},
    [DF_PDF_EVENT_ACTIONS] = {MH_F_PDF_ACTIVE, MH_WARNING},
    [DF_PDF_LAUNCH] = {MH_F_PDF_ACTIVE, MH_WARNING},
    [DF_PDF_LINK] = {MH_F_PDF_ACTIVE, MH_INFO},
    [DF_PDF_OTHER_DOCUMENT] = {MH_F_PDF_ACTIVE, MH_INFO},
    [DF_PDF_SENDS_FORM] = {MH_F_PDF_ACTIVE, MH_WARNING},
    [DF_PDF_MEDIA] = {MH_F_PDF_ACTIVE, MH_INFO},
    [DF_PDF_ATTACHMENT] = {MH_F_PDF_ACTIVE, MH_INFO},
    [DF_PDF_LAYERS] = {MH_F_PDF_SWITCHABLE, MH_WARNING},
    [DF_PDF_XFA] = {MH_F_PDF_SWITCHABLE, MH_WARNING},
    [DF_PDF_OUTSIDE] = {MH_F_PDF_SWITCHABLE, MH_WARNING},
    [DF_PDF_UNUSED_CATALOG] = {MH_F_PDF_UNUSED, MH_WARNING},
    [DF_PDF_UNUSED_PAGE] = {MH_F_PDF_UNUSED, MH_WARNING},
    [DF_PDF_UNUSED_FONT] = {MH_F_PDF_UNUSED, MH_WARNING},
    [DF_PDF_UNUSED_CONTENT] = {MH_F_PDF_UNUSED, MH_WARNING},
};

/* One finding a kind: how many, and the first one's object. */
static enum mh_code
note_active(struct doc *d, struct mh_err *err)
{
    struct df_pdf_actives a;
    enum mh_code code = df_pdf_active(d->pdf, d->sigs.first_covered, err, &a);

    for (int k = 0; k < DF_PDF_ACTIVITIES && code == MH_OK; k++) {
        const struct df_pdf_active *first = NULL;
        const char *what;

        for (size_t i = 0; i < a.count && first == NULL; i++)
            if (a.item[i].what == (enum df_pdf_activity)k)
                first = &a.item[i];
        if (first == NULL)
            continue;
        what = mh_arena_printf(d->ctx->arena, "%s: %zu, object %u",
            df_pdf_activity_name(first->what), a.total[k], first->num);
        if (what == NULL)
            return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "pdf: no memory");
        sg_out_at(&d->ctx->out, meaning[k].code, meaning[k].level,
            first->offset, what);
    }
    return code;
}

static enum mh_code
make_file(struct doc *d, struct mh_span file, struct mh_err *err)
{
    d->files.file = mh_arena_array(d->ctx->arena, 1, sizeof(*d->files.file));
    d->covered =
        mh_arena_array(d->ctx->arena, d->sigs.count + 1, sizeof(*d->covered));
    if (d->files.file == NULL || d->covered == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "pdf: no memory");
    d->files.file[0] = (struct sg_file){.name = "document.pdf",
        .raw_name = mh_span_str("document.pdf"),
        .bytes = file,
        .size = file.len,
        .media_type = mh_span_str("application/pdf"),
        .data = true,
        .unsignable = true}; /* a failed signature says so itself */
    d->files.count = 1;
    d->files.file[0].done = true;
    sg_file_want(&d->files.file[0], MH_SHA256);
    d->pades =
        (struct sg_pades){.ctx = d->ctx, .sigs = &d->sigs, .dss = &d->dss};
    return sg_pades_hash(
        &d->pades, file, err, d->files.file[0].digest[MH_SHA256]);
}

/* What came after a signature; what no rule allows fails the document. */
static void
judge_changes(struct doc *d, size_t index, struct mh_report_sig *row)
{
    const struct df_pdf_sig *s = &d->sigs.sig[index];
    struct sg_out *out = &d->pades.row[index].out;
    const struct sg_finding_node *before = out->last;
    struct sg_pdf_verdict v = {MH_MODS_OTHER, false};
    bool named = false;

    if (s->broken || d->changes == NULL)
        return; /* the row has failed for its dictionary */
    v = sg_pdf_changes_judge(d->changes, index, out);
    row->modifications = v.level;
    if (v.allowed)
        return;
    for (const struct sg_finding_node *n = before == NULL ? out->first
                                                          : before->next;
         n != NULL && !named; n = n->next)
        if (n->f.level == MH_ERROR) {
            sg_out_at(
                &d->ctx->out, n->f.code, MH_ERROR, n->f.offset, n->f.what);
            named = true;
        }
    if (!named)
        sg_out_add(&d->ctx->out, MH_F_PDF_CHANGE_OBJECT, MH_ERROR, "");
}

static enum mh_code
judge_all(struct doc *d, struct mh_report *report, struct mh_err *err)
{
    size_t n = d->sigs.count;
    enum mh_code code;

    report->sig = mh_arena_array(d->ctx->arena, n, sizeof(*report->sig));
    if (report->sig == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "pdf: no memory");
    code = sg_pades_judge(&d->pades, err);
    for (size_t i = 0; i < n && code == MH_OK; i++) {
        struct mh_report_sig *row = &report->sig[i];
        struct mh_report_sig judged = {.modifications = MH_MODS_NOT_APPLICABLE};

        judge_changes(d, i, &judged);
        code = sg_pades_fill(&d->pades, i, err, row);
        row->modifications = judged.modifications;
        d->covered[i] = sg_pades_intact(&d->pades, i);
        report->sigs = i + 1;
    }
    return code;
}

/* A time-stamp alone says when, and by whom nothing. */
static bool
only_stamps(const struct doc *d)
{
    for (size_t i = 0; i < d->sigs.count; i++)
        if (!d->sigs.sig[i].timestamp)
            return false;
    return d->sigs.count > 0;
}

static enum mh_code
conclude(struct doc *d, struct mh_report *report, struct mh_err *err)
{
    bool stamps = only_stamps(d);
    enum mh_code code =
        sg_fill_files(d->ctx, &d->files, d->covered, report, err);

    for (size_t i = 0; i < report->sigs; i++)
        report->sig[i].covers_whole_document =
            d->covered[i] && d->sigs.sig[i].whole_file;
    if (stamps)
        sg_out_add(
            &d->ctx->out, MH_F_NO_SIGNATURE, MH_WARNING, "time-stamps alone");
    return code == MH_OK ? sg_conclude(d->ctx, report, stamps, err) : code;
}

/* Its pages, read anew in memory of their own: a tree that cannot be counted
   says nothing about the document. */
static uint32_t
count_pages(const struct sg_ctx *ctx, struct mh_span file)
{
    struct mh_arena *arena = mh_arena_new(MH_PDF_PAGES_BYTES);
    struct mh_err err = {.msg = ""};
    struct sg_pdfcrypt crypt;
    struct df_pdf_crypto crypto;
    struct df_notes notes;
    struct df_pdf *pdf;
    uint32_t pages = 0;

    if (arena == NULL)
        return 0;
    sg_pdfcrypt_init(&crypt, &crypto);
    df_notes_init(&notes, arena);
    if (df_pdf_open(file, &crypto, arena, &notes, &err, &pdf) == MH_OK) {
        if (ctx->mapped)
            df_pdf_mapped(pdf);
        if (df_pdf_count_pages(pdf, &err, &pages) != MH_OK)
            pages = 0;
    }
    mh_arena_free(arena);
    return pages;
}

enum mh_code
sg_verify_pdf(struct sg_ctx *ctx, struct mh_span file, struct mh_report *report,
    struct mh_err *err)
{
    struct doc d = {.ctx = ctx};
    struct df_notes notes;
    enum mh_code code;

    if (ctx->second == NULL)
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET,
            "pdf: this program has no second reader");
    report->format = MH_FORMAT_PDF;
    report->profile = "PDF";
    df_notes_init(&notes, ctx->arena);
    code = read_all(&d, file, &notes, err);
    sg_take_notes(ctx, &notes);
    if (code == MH_EFORMAT || code == MH_EUNSUP || code == MH_ELIMIT) {
        sg_refuse(ctx, report, err, MH_F_PDF_OBJECT);
        return MH_OK;
    }
    if (code == MH_OK && d.sigs.has_covered)
        code = note_active(&d, err);
    if (code == MH_OK)
        code = make_file(&d, file, err);
    if (code == MH_OK)
        code = judge_all(&d, report, err);
    if (code == MH_OK)
        code = conclude(&d, report, err);
    if (code == MH_ELIMIT) {
        sg_refuse(ctx, report, err, MH_F_PDF_LIMIT);
        code = MH_OK;
    }
    if (code == MH_OK && ctx->pages && report->verdict != MH_REFUSED)
        report->pages = count_pages(ctx, file);
    return code;
}
