/* PDF and JPEG for mohur inspect. */
#include "signer/verify/inspect_internal.h"

#include "base/limits.h"
#include "base/time.h"
#include "signer/verify/out.h"
#include "signer/verify/pdfcrypt.h"

enum {
    SHOWN = 50 /* objects of a revision that are named */
};

/* What a document breaks is shown; what we lack is returned. */
static enum mh_code
show_error(struct sg_view *v, enum mh_code code, const struct mh_err *err)
{
    if (code == MH_ENOMEM || code == MH_EINTERNAL)
        return code;
    sg_view_error(v, err);
    return MH_OK;
}

static const char *
xref_name(enum df_pdf_xref kind)
{
    switch (kind) {
    case DF_PDF_TABLE:
        return "table";
    case DF_PDF_XREFSTM:
        return "stream";
    case DF_PDF_HYBRID:
        return "hybrid";
    }
    return "?";
}

/* What one revision changed: how many objects, and the first of them. */
static enum mh_code
put_changes(struct df_pdf *pdf, size_t rev, json_t *o, struct mh_err *err)
{
    const struct df_pdf_entry *e;
    json_t *list = json_array();
    size_t n, freed = 0;
    enum mh_code code = df_pdf_changes(pdf, rev, err, &e, &n);

    for (size_t i = 0; i < n && code == MH_OK; i++) {
        if (e[i].where == DF_PDF_FREE)
            freed++;
        else if (json_array_size(list) < SHOWN)
            (void)json_array_append_new(
                list, json_integer(e[i].num)); /* may be lost, not wrong */
    }
    if (code == MH_OK) {
        sg_view_int(o, "changed_objects", n - freed);
        sg_view_int(o, "freed_objects", freed);
        sg_view_put(o, "objects", list);
    } else {
        json_decref(list);
    }
    return code;
}

static enum mh_code
put_revisions(struct sg_view *v, struct df_pdf *pdf, struct mh_err *err)
{
    json_t *all = json_array();
    enum mh_code code = MH_OK;

    for (size_t r = 0; r < df_pdf_revisions(pdf) && code == MH_OK; r++) {
        const struct df_pdf_revision *rev = df_pdf_revision(pdf, r);
        json_t *o = json_object();

        sg_view_int(o, "number", r + 1);
        sg_view_int(o, "end", rev->end);
        sg_view_text(o, "references", xref_name(rev->kind));
        if (rev->linearized)
            sg_view_text(o, "form", "linearized");
        if (r > 0)
            code = put_changes(pdf, r, o, err);
        (void)json_array_append_new(all, o); /* as above */
    }
    sg_view_put(v->top, "revisions", all);
    return code;
}

static void
put_text_if(struct sg_view *v, json_t *o, const char *key, struct mh_span text)
{
    if (text.len > 0)
        sg_view_span(v, o, key, text);
}

static json_t *
signature_row(struct sg_view *v, const struct df_pdf_sig *s)
{
    json_t *o = json_object(), *range = json_array();

    sg_view_span(v, o, "field", s->field);
    sg_view_int(o, "object", s->num);
    put_text_if(v, o, "subfilter", s->subfilter_name);
    sg_view_int(o, "added_in_revision", s->added + 1);
    if (s->broken) {
        sg_view_text(o, "defect", mh_finding_name(s->defect));
        json_decref(range);
        return o;
    }
    sg_view_int(o, "covers_to_revision", s->covered + 1);
    for (int i = 0; i < 4; i++)
        (void)json_array_append_new(range,
            json_integer((json_int_t)(s->range[i] & INT64_MAX))); /* as above */
    sg_view_put(o, "byte_range", range);
    put_text_if(v, o, "name", s->name);
    put_text_if(v, o, "reason", s->reason);
    put_text_if(v, o, "location", s->location);
    if (s->has_time)
        sg_view_time(o, "time", s->time);
    if (s->docmdp != 0)
        sg_view_int(o, "certification", s->docmdp);
    sg_view_cms(v, o, s->contents);
    return o;
}

static enum mh_code
put_active(struct sg_view *v, struct df_pdf *pdf, struct mh_err *err)
{
    struct df_pdf_actives a;
    json_t *all = json_array();
    enum mh_code code = df_pdf_active(pdf, df_pdf_revisions(pdf) - 1, err, &a);

    for (size_t i = 0; code == MH_OK && i < a.count; i++) {
        json_t *o = json_object();

        sg_view_text(o, "what", df_pdf_activity_name(a.item[i].what));
        sg_view_int(o, "object", a.item[i].num);
        (void)json_array_append_new(all, o); /* as above */
    }
    sg_view_put(v->top, "active", all);
    return code;
}

enum mh_code
sg_inspect_pdf(struct sg_view *v, struct mh_span document, struct mh_err *err)
{
    json_t *all = json_array();
    struct df_pdf_sigs sigs = {0};
    struct sg_pdfcrypt crypt;
    struct df_pdf_crypto crypto;
    struct df_notes notes;
    struct df_pdf *pdf;
    enum mh_code code;

    df_notes_init(&notes, v->arena);
    sg_pdfcrypt_init(&crypt, &crypto);
    code = df_pdf_open(document, &crypto, v->arena, &notes, err, &pdf);
    if (code == MH_OK) {
        sg_view_span(v, v->top, "version", df_pdf_version(pdf));
        code = put_revisions(v, pdf, err);
    }
    if (code == MH_OK)
        code = df_pdf_signatures(pdf, &notes, err, &sigs);
    for (size_t i = 0; code == MH_OK && i < sigs.count; i++)
        (void)json_array_append_new(
            all, signature_row(v, &sigs.sig[i])); /* as above */
    sg_view_put(v->top, "signatures", all);
    if (code == MH_OK)
        code = put_active(v, pdf, err);
    sg_view_notes(v, &notes);
    return code == MH_OK ? code : show_error(v, code, err);
}

static void
put_parts(struct sg_view *v, const struct df_jpeg *jpeg)
{
    static const struct {
        unsigned part;
        const char *name;
    } parts[] = {
        {DF_JPEG_JFIF, "JFIF"},
        {DF_JPEG_EXIF, "Exif"},
        {DF_JPEG_XMP, "XMP"},
        {DF_JPEG_ICC, "ICC profile"},
        {DF_JPEG_MPF, "multi-picture format"},
        {DF_JPEG_JUMBF, "JUMBF boxes (content credentials)"},
    };
    json_t *all = json_array();

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if ((jpeg->parts & parts[i].part) != 0)
            (void)json_array_append_new(
                all, json_string(parts[i].name)); /* as above */
    sg_view_put(v->top, "parts", all);
}

enum mh_code
sg_inspect_jpeg(struct sg_view *v, struct mh_span document, struct mh_err *err)
{
    json_t *all = json_array();
    struct df_notes notes;
    struct df_jpeg *jpeg;
    enum mh_code code;

    df_notes_init(&notes, v->arena);
    code = df_jpeg_scan(document, v->arena, &notes, err, &jpeg);
    if (code == MH_OK) {
        sg_view_int(v->top, "width", jpeg->width);
        sg_view_int(v->top, "height", jpeg->height);
        sg_view_int(v->top, "components", jpeg->components);
        sg_view_text(
            v->top, "coding", jpeg->progressive ? "progressive" : "sequential");
        put_parts(v, jpeg);
        sg_view_int(v->top, "bytes_after_the_image", jpeg->tail.len);
        for (size_t i = 0; i < jpeg->segments && i < 1000; i++) {
            json_t *o = json_object();
            char marker[8];

            (void)snprintf(marker, sizeof(marker), "FF%02X",
                jpeg->segment[i].marker); /* always fits */
            sg_view_text(o, "marker", marker);
            sg_view_int(o, "offset", jpeg->segment[i].offset);
            sg_view_int(o, "size", jpeg->segment[i].body.len);
            (void)json_array_append_new(all, o); /* as above */
        }
    }
    sg_view_put(v->top, "segments", all);
    sg_view_notes(v, &notes);
    return code == MH_OK ? code : show_error(v, code, err);
}
