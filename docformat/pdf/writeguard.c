/* What may not be signed, formats.md 10.1. */
#include "docformat/pdf/writefield.h"

#include <string.h>

#include "base/limits.h"
#include "docformat/pdf/active.h"
#include "docformat/pdf/file.h"
#include "docformat/pdf/form.h"

enum {
    PERMISSIONS = 1 << 3 | 1 << 5, /* bits 4 and 6 */
};

/* A note that refuses under the strict policy. */
static enum mh_code
check_notes(const struct df_notes *notes, struct mh_err *err)
{
    if (notes->lost)
        return mh_fail(
            err, MH_ENOMEM, MH_NO_OFFSET, "pdf: no memory for findings");
    for (const struct df_note *n = notes->first; n != NULL; n = n->next)
        if (n->class <= DF_STRICT)
            return mh_fail_finding(err, MH_EFORMAT, (int)n->code, n->offset,
                "pdf: not clean: %s", mh_finding_name(n->code));
    return MH_OK;
}

/* Old and new readers must see the same objects (7.5.8.4). */
static enum mh_code
check_hybrid(struct df_pdf *pdf, size_t rev, struct mh_err *err)
{
    struct df_pdf_saved *s = &pdf->rev[rev];
    uint32_t *num;
    size_t count;
    enum mh_code code = MH_OK;

    if (s->is.kind != DF_PDF_HYBRID || s->second == NULL)
        return MH_OK;
    code = df_pdf_numbers(pdf, rev, err, &num, &count);
    for (size_t i = 0; i < count && code == MH_OK; i++) {
        struct df_pdf_entry a, b = {.where = DF_PDF_ABSENT};

        code = df_pdf_section_find(
            pdf->file, s->main, num[i], pdf->arena, err, &a);
        if (code == MH_OK)
            code = df_pdf_section_find(
                pdf->file, s->second, num[i], pdf->arena, err, &b);
        if (code != MH_OK || a.where == DF_PDF_ABSENT ||
            a.where == DF_PDF_FREE || b.where == DF_PDF_ABSENT ||
            b.where == DF_PDF_FREE)
            continue;
        if (a.where != b.where || a.offset != b.offset || a.gen != b.gen)
            code = mh_fail_finding(err, MH_EFORMAT, MH_F_PDF_HYBRID_VIEWS,
                s->is.xref, "pdf: two views of one revision");
    }
    return code;
}

/* Bits 4 and 6 of /P (table 22): a new signature field needs both. */
static enum mh_code
check_encrypted(struct df_pdf *pdf, struct mh_err *err)
{
    size_t last = pdf->revs - 1;
    const struct df_pdf_obj *dict = NULL, *p;
    enum mh_code code;

    if (!pdf->encrypted)
        return MH_OK;
    code =
        df_pdf_at(pdf, last, pdf->rev[last].is.trailer, "Encrypt", err, &dict);
    p = df_pdf_key(dict, "P");
    if (code == MH_OK && (!df_pdf_is(p, DF_PDF_INT) ||
                             (p->integer & PERMISSIONS) != PERMISSIONS))
        code = mh_fail_finding(err, MH_EUNSUP, MH_F_PDF_ENCRYPTED, MH_NO_OFFSET,
            "pdf: its permissions allow no new signature field");
    return code;
}

/* P = 1 (12.8.2.2), or a lock that tightens to it. */
static enum mh_code
check_permission(const struct df_pdf_sigs *sigs, struct mh_err *err)
{
    for (size_t i = 0; i < sigs->count; i++)
        if (sigs->sig[i].docmdp == 1 || sigs->sig[i].lock.p == 1)
            return mh_fail_finding(err, MH_EUNSUP, MH_F_PDF_CERTIFICATION,
                MH_NO_OFFSET,
                "pdf: certified without any change: it takes no signature");
    return MH_OK;
}

static enum mh_code
check_xfa(struct df_pdf *pdf, struct mh_err *err)
{
    size_t last = pdf->revs - 1;
    const struct df_pdf_obj *root, *form = NULL;
    enum mh_code code = df_pdf_root(pdf, last, err, &root);

    if (code == MH_OK)
        code = df_pdf_at(pdf, last, root, "AcroForm", err, &form);
    if (code == MH_OK && df_pdf_key(form, "XFA") != NULL)
        code = mh_fail_finding(err, MH_EUNSUP, MH_F_PDF_SWITCHABLE, form->at,
            "pdf: an XFA form is not signed");
    return code;
}

/* A broken signature fails the document whatever is added to it. */
static enum mh_code
check_defects(const struct df_pdf_sigs *sigs, struct mh_err *err)
{
    for (size_t i = 0; i < sigs->count; i++)
        if (sigs->sig[i].broken)
            return mh_fail_finding(err, MH_EFORMAT, (int)sigs->sig[i].defect,
                sigs->sig[i].defect_offset, "pdf: %s",
                sigs->sig[i].defect_text);
    return MH_OK;
}

static enum mh_code
read_form(struct df_pdf_signing *s, struct mh_arena *arena, struct mh_err *err)
{
    struct df_pdf_form *form = mh_arena_alloc(arena, sizeof(*form));
    size_t budget = MH_PDF_FIELD_VISITS;
    enum mh_code code;

    if (form == NULL)
        return df_pdf_no_memory(s->pdf, err);
    code = df_pdf_form(s->pdf, s->pdf->revs - 1, &budget, err, form);
    s->form = form;
    return code;
}

/* Every object of the document is read: a malformed one refuses it now, not
   after it was signed. */
static enum mh_code
read_objects(struct df_pdf *pdf, struct mh_err *err)
{
    struct df_pdf_actives all;
    enum mh_code code = df_pdf_active(pdf, pdf->revs - 1, err, &all);

    if (code == MH_OK && all.unread > 0)
        code = mh_fail_finding(err, MH_EFORMAT, MH_F_PDF_OBJECT, MH_NO_OFFSET,
            "pdf: not clean: %zu objects cannot be read", all.unread);
    return code;
}

enum mh_code
df_pdf_signing_open(struct mh_span file, const struct df_pdf_crypto *crypto,
    bool stamp, struct mh_arena *arena, struct mh_err *err,
    struct df_pdf_signing *out)
{
    struct df_notes notes;
    enum mh_code code;

    *out = (struct df_pdf_signing){0};
    df_notes_init(&notes, arena);
    code = df_pdf_open(file, crypto, arena, &notes, err, &out->pdf);
    if (code == MH_OK && df_pdf_prefix(out->pdf) > 0)
        code = mh_fail_finding(err, MH_EFORMAT, MH_F_PDF_HEADER, 0,
            "pdf: bytes before the header");
    if (code == MH_OK)
        code = check_encrypted(out->pdf, err);
    if (code == MH_OK)
        code = df_pdf_signatures(out->pdf, &notes, err, &out->sigs);
    if (code == MH_OK)
        code = check_defects(&out->sigs, err);
    for (size_t i = 0; code == MH_OK && i < out->pdf->revs; i++)
        code = check_hybrid(out->pdf, i, err);
    if (code == MH_OK)
        code = read_form(out, arena, err);
    if (code == MH_OK)
        code = check_xfa(out->pdf, err);
    if (code == MH_OK && !stamp)
        code = read_objects(out->pdf, err);
    if (code == MH_OK)
        code = check_notes(&notes, err);
    if (code == MH_OK && !stamp)
        code = check_permission(&out->sigs, err);
    return code;
}

bool
df_pdf_has_field(const struct df_pdf_signing *s, const char *name)
{
    for (size_t i = 0; i < s->form->count; i++) {
        struct mh_span n = s->form->field[i].name;
        size_t len = strlen(name);

        if (n.len >= len && memcmp(n.ptr, name, len) == 0 &&
            (n.len == len || n.ptr[len] == '.'))
            return true;
    }
    return false;
}
