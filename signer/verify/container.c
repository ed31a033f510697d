#include "signer/verify/container.h"

#include "base/limits.h"
#include "signer/verify/assemble.h"
#include "signer/verify/package.h"
#include "signer/verify/receipt.h"
#include "signer/verify/tokens.h"

/* A container being judged. */
struct box {
    struct sg_ctx *ctx;
    const struct sg_verify_input *in;
    struct df_zip *zip;
    struct df_asic *asic;
    struct sg_files files;
    struct sg_sig *sig;
    size_t sigs;
    bool *covered;
};

static enum mh_format
format_of(const struct df_asic *asic)
{
    switch (asic->format) {
    case DF_ASIC_E:
        return MH_FORMAT_ASIC_E;
    case DF_ASIC_S:
        return MH_FORMAT_ASIC_S;
    case DF_ADOC_2008:
        return MH_FORMAT_ADOC_2008;
    case DF_BDOC_1:
        return MH_FORMAT_BDOC_1;
    }
    return MH_FORMAT_UNKNOWN;
}

/* Every entry but directories; the documents among them are marked. */
static enum mh_code
make_files(struct box *b, struct mh_err *err)
{
    struct mh_arena *arena = b->ctx->arena;

    b->files.zip = b->zip;
    b->files.file =
        mh_arena_array(arena, b->zip->count, sizeof(*b->files.file));
    if (b->files.file == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "container: no memory");
    for (size_t i = 0; i < b->zip->count; i++) {
        const struct df_zip_entry *e = &b->zip->entries[i];

        if (e->is_directory)
            continue;
        b->files.file[b->files.count++] =
            (struct sg_file){.name = sg_clean(arena, e->name),
                .raw_name = e->name,
                .entry = e,
                .size = e->usize};
    }
    for (size_t i = 0; i < b->asic->file_count; i++) {
        const struct df_asic_file *f = &b->asic->files[i];

        for (size_t k = 0; k < b->files.count; k++)
            if (b->files.file[k].entry == f->entry) {
                b->files.file[k].data = true;
                b->files.file[k].media_type = f->media_type;
                b->files.file[k].listed = f->listed;
                b->files.file[k].unsignable = f->unsignable;
            }
    }
    return MH_OK;
}

static size_t
count_signatures(const struct df_asic *asic)
{
    size_t n = 0;

    for (size_t i = 0; i < asic->sigfile_count; i++)
        if (!asic->sigfiles[i].duplicate && asic->sigfiles[i].xml != NULL)
            n += sg_sig_count(asic->sigfiles[i].xml);
    return n;
}

/* Ids that nothing refers to may repeat; strict does not take even that. */
static void
note_doubled_ids(struct box *b, const struct df_asic_sigfile *f)
{
    struct mh_span first;

    if (df_xml_ids_doubled(f->xml, &first) > 0)
        sg_strict_rule(b->ctx, &b->ctx->out, MH_F_ID_DUPLICATE_UNUSED,
            sg_clean(b->ctx->arena, first));
}

static enum mh_code
prepare_all(struct box *b, struct mh_err *err)
{
    const struct sg_names names = {.asic = b->asic};
    struct sg_sig_place place = {.names = &names};
    enum mh_code code = MH_OK;

    for (size_t i = 0; i < b->asic->sigfile_count && code == MH_OK; i++) {
        const struct df_asic_sigfile *f = &b->asic->sigfiles[i];

        if (f->duplicate || f->xml == NULL)
            continue;
        note_doubled_ids(b, f);
        for (const struct df_node *n = df_asic_signature(f, NULL);
             n != NULL && code == MH_OK; n = df_asic_signature(f, n)) {
            place.xml = f->xml;
            place.node = n;
            code = sg_sig_prepare(
                b->ctx, &place, &b->files, err, &b->sig[b->sigs]);
            b->sigs++;
        }
    }
    return code;
}

/* A signed file that is not there fails the document (formats.md 5.2). */
static void
note_missing(struct box *b)
{
    for (size_t s = 0; s < b->sigs; s++)
        for (const struct sg_finding_node *n = b->sig[s].out.first; n != NULL;
             n = n->next)
            if (n->f.code == MH_F_REFERENCE_FILE_MISSING)
                sg_out_add(&b->ctx->out, n->f.code, MH_ERROR, n->f.what);
}

/* Signed media types against the manifest's (formats.md 5.2). */
static void
check_media_types(struct box *b, const struct sg_sig *sig)
{
    for (size_t k = 0; k < sig->dsig.refs; k++) {
        const struct sg_ref *r = &sig->dsig.ref[k];
        const struct sg_file *f;

        if (r->file == SIZE_MAX || r->id.len == 0)
            continue;
        f = &b->files.file[r->file];
        for (size_t i = 0; i < sig->xades.formats; i++) {
            struct mh_span mime = sig->xades.format[i].mime;

            if (!mh_span_eq(sig->xades.format[i].object, r->id) ||
                mime.len == 0)
                continue;
            if (f->data && f->listed && !mh_span_eq(mime, f->media_type))
                sg_out_add(
                    &b->ctx->out, MH_F_MANIFEST_MEDIA_TYPE, MH_ERROR, f->name);
            if (!df_media_type_valid(mime))
                sg_out_add(
                    &b->ctx->out, MH_F_MEDIA_TYPE_SYNTAX, MH_WARNING, f->name);
        }
    }
}

/* Which files a signature covers; one that covers no document signs none. */
static void
cover(struct box *b, size_t s)
{
    struct sg_sig *sig = &b->sig[s];
    bool any = false;

    for (size_t k = 0; k < sig->dsig.refs; k++) {
        const struct sg_ref *r = &sig->dsig.ref[k];

        if (r->file == SIZE_MAX || !r->matched)
            continue;
        b->covered[s * b->files.count + r->file] = true;
        any = any || b->files.file[r->file].data;
    }
    if (!any && sig->countersigned == NULL &&
        sg_indication_of(sig->dsig.sub) != MH_IND_FAILED)
        sg_sig_partial(sig);
}

static enum mh_code
judge_all(struct box *b, struct mh_report *report, struct mh_err *err)
{
    enum mh_code code = MH_OK;

    for (size_t s = 0; s < b->sigs && code == MH_OK; s++) {
        char id[24];

        code = sg_sig_judge(b->ctx, &b->sig[s], &b->files, err);
        if (code != MH_OK)
            break;
        cover(b, s);
        check_media_types(b, &b->sig[s]);
        (void)snprintf(id, sizeof(id), "S%zu", s); /* always fits */
        code = sg_fill_sig(b->ctx, &b->sig[s], sg_clean_str(b->ctx->arena, id),
            err, &report->sig[s]);
    }
    report->sigs = b->sigs;
    return code;
}

static enum mh_code
verify_xades(struct box *b, struct mh_report *report, struct mh_err *err)
{
    size_t n = count_signatures(b->asic);
    enum mh_code code;

    if (n > MH_REPORT_SIGS_MAX)
        return mh_fail_finding(err, MH_ELIMIT, MH_F_LIMIT, MH_NO_OFFSET,
            "container: too many signatures");
    b->sig = mh_arena_array(b->ctx->arena, n, sizeof(*b->sig));
    report->sig = mh_arena_array(b->ctx->arena, n, sizeof(*report->sig));
    b->covered = mh_arena_array(
        b->ctx->arena, n * b->files.count + 1, sizeof(*b->covered));
    if (b->sig == NULL || report->sig == NULL || b->covered == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "container: no memory");
    code = prepare_all(b, err);
    if (code == MH_OK)
        code = sg_files_digest(b->ctx, &b->files, err);
    if (code == MH_OK)
        code = judge_all(b, report, err);
    if (code == MH_OK)
        note_missing(b);
    return code;
}

static enum mh_code
verify_open(struct box *b, struct mh_report *report, struct mh_err *err)
{
    enum mh_code code = make_files(b, err);
    bool package = false;

    if (code != MH_OK)
        return code;
    switch (b->asic->kind) {
    case DF_ASIC_XADES:
        code = verify_xades(b, report, err);
        break;
    case DF_ASIC_TOKEN:
    case DF_ASIC_CADES:
        code = sg_verify_tokens(
            b->ctx, b->asic, &b->files, report, err, &b->covered);
        break;
    case DF_ASIC_NONE:
        b->covered = mh_arena_array(b->ctx->arena, 1, sizeof(*b->covered));
        code = sg_files_digest(b->ctx, &b->files, err);
        break;
    }
    if (code == MH_OK)
        code = sg_fill_files(b->ctx, &b->files, b->covered, report, err);
    if (code == MH_OK)
        code =
            sg_check_package(b->ctx, b->in, &b->files, report, err, &package);
    if (code == MH_OK && !package)
        code = sg_check_receipt(b->ctx, b->in, &b->files, report, err);
    if (code == MH_OK)
        code = sg_conclude(
            b->ctx, report, b->asic->by_meta_inf_only || b->ctx->partial, err);
    return code;
}

enum mh_code
sg_verify_container(struct sg_ctx *ctx, const struct sg_verify_input *in,
    struct mh_report *report, struct mh_err *err)
{
    struct box b = {.ctx = ctx, .in = in};
    struct df_notes notes;
    enum mh_code code;

    df_notes_init(&notes, ctx->arena);
    code = df_zip_scan(in->document, ctx->arena, &notes, err, &b.zip);
    if (code == MH_OK)
        b.zip->mapped = ctx->mapped;
    if (code == MH_OK)
        code = df_asic_open(b.zip, ctx->arena, &notes, err, &b.asic);
    sg_take_notes(ctx, &notes);
    if (code == MH_EFORMAT || code == MH_EUNSUP || code == MH_ELIMIT) {
        sg_refuse(ctx, report, err, MH_F_FORMAT_UNKNOWN);
        return ctx->out.lost ? mh_fail(err, MH_ENOMEM, MH_NO_OFFSET,
                                   "container: no memory")
                             : MH_OK;
    }
    if (code != MH_OK)
        return code;
    report->format = format_of(b.asic);
    report->profile = b.asic->profile_name;
    code = verify_open(&b, report, err);
    if (code == MH_ELIMIT) {
        sg_refuse(ctx, report, err, MH_F_LIMIT);
        code = MH_OK;
    }
    df_asic_free(b.asic);
    return code;
}
