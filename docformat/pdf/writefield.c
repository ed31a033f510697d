#include "docformat/pdf/writefield.h"

#include <string.h>

#include "base/limits.h"
#include "docformat/pdf/file.h"
#include "docformat/pdf/form.h"

enum {
    NAMES_MAX = 100000, /* tries for a name that no field has */
    SIG_FLAGS = 3,      /* SignaturesExist, AppendOnly: table 225 */
    WIDGET_FLAGS = 132, /* Print, Locked: table 167 */
};

struct adding {
    struct df_pdf_write *w;
    const struct df_pdf_signing *s;
    const struct df_pdf_newfield *field;
    struct mh_err *err;
    struct mh_arena *arena;
    uint32_t num;    /* of the field */
    const char *ref; /* "N 0 R" */
};

static enum mh_code
no_memory(const struct adding *a)
{
    return df_pdf_no_memory(a->s->pdf, a->err);
}

static enum mh_code
malformed(const struct adding *a, const char *what)
{
    return mh_fail_finding(
        a->err, MH_EFORMAT, MH_F_PDF_FORM, MH_NO_OFFSET, "pdf: %s", what);
}

/* A full name that is no field's, and none above a field. */
static const char *
unique_name(const struct adding *a)
{
    for (unsigned i = 1; i <= NAMES_MAX; i++) {
        const char *name =
            mh_arena_printf(a->arena, "%s%u", a->field->prefix, i);

        if (name == NULL || !df_pdf_has_field(a->s, name))
            return name;
    }
    return NULL;
}

/* PDF/A-1 wants an appearance of every widget, also of one without area. */
static enum mh_code
add_nothing(struct adding *a, uint32_t *num)
{
    enum mh_code code = df_pdf_write_number(a->w, a->err, num);

    return code == MH_OK ? df_pdf_write_stream(a->w, *num,
                               "/Type/XObject/Subtype/Form/BBox[0 0 0 0]",
                               (struct mh_span){NULL, 0}, false, a->err)
                         : code;
}

/* 12.5.6.19: field and widget in one dictionary. */
static enum mh_code
add_widget(struct adding *a)
{
    static const double nowhere[4] = {0};
    const double *r = a->field->rect != NULL ? a->field->rect : nowhere;
    const char *name = unique_name(a), *body;
    uint32_t look = a->field->appearance;
    enum mh_code code = look == 0 ? add_nothing(a, &look) : MH_OK;

    if (code != MH_OK)
        return code;
    if (name == NULL)
        return no_memory(a);
    body = mh_arena_printf(a->arena,
        "<</Type/Annot/Subtype/Widget/FT/Sig/T(%s)/F %d\n"
        "/Rect[%.3f %.3f %.3f %.3f]/P %u %u R/V %u 0 R/AP<</N %u 0 R>>",
        name, WIDGET_FLAGS, r[0], r[1], r[2], r[3], a->field->page->num,
        a->field->page->gen, a->field->value, look);
    if (body != NULL && a->field->lock != NULL)
        body =
            df_pdf_concat(a->arena, body, "/Lock", a->field->lock, DF_PDF_END);
    if (body != NULL)
        body = df_pdf_concat(a->arena, body, ">>", DF_PDF_END);
    if (body == NULL)
        return no_memory(a);
    return df_pdf_write_object(a->w, a->num, mh_span_str(body), a->err);
}

/* Adds to the page's annotations; the page stays if its array has an object. */
static enum mh_code
add_annotation(struct adding *a)
{
    const struct df_pdf_obj *page;
    struct df_pdf_edit *edit;
    enum mh_code code =
        df_pdf_write_edit(a->w, a->field->page->num, a->err, &edit, &page);

    return code == MH_OK
               ? df_pdf_edit_list(a->w, edit, page, "Annots", a->ref, a->err)
               : code;
}

/* 12.7.3: /Fields, and /SigFlags with what it had. */
static enum mh_code
change_form(
    struct adding *a, struct df_pdf_edit *edit, const struct df_pdf_obj *form)
{
    const struct df_pdf_obj *flags = NULL;
    int64_t old = 0;
    const char *text;
    enum mh_code code = df_pdf_at(
        a->s->pdf, a->s->pdf->revs - 1, form, "SigFlags", a->err, &flags);

    if (code == MH_OK && flags != NULL && flags->type != DF_PDF_INT)
        code = malformed(a, "signature flags are no number");
    if (code != MH_OK)
        return code;
    if (flags != NULL)
        old = flags->integer & 0xffff;
    text = mh_arena_printf(a->arena, "%d", (int)old | SIG_FLAGS);
    if (text == NULL)
        return no_memory(a);
    if ((old & SIG_FLAGS) != SIG_FLAGS)
        code = df_pdf_edit_set(a->w, edit, form, "SigFlags", text, a->err);
    return code == MH_OK
               ? df_pdf_edit_list(a->w, edit, form, "Fields", a->ref, a->err)
               : code;
}

/* A form of its own object: later signatures then leave the catalog alone. */
static enum mh_code
new_form(
    struct adding *a, struct df_pdf_edit *edit, const struct df_pdf_obj *root)
{
    uint32_t num;
    const char *body = NULL, *ref = NULL;
    enum mh_code code = df_pdf_write_number(a->w, a->err, &num);

    if (code != MH_OK)
        return code;
    body = mh_arena_printf(
        a->arena, "<</Fields[%s]/SigFlags %d>>", a->ref, SIG_FLAGS);
    ref = mh_arena_printf(a->arena, "%u 0 R", num);
    if (body == NULL || ref == NULL)
        return no_memory(a);
    code = df_pdf_write_object(a->w, num, mh_span_str(body), a->err);
    if (code == MH_OK)
        code = df_pdf_edit_set(a->w, edit, root, "AcroForm", ref, a->err);
    return code;
}

static enum mh_code
add_to_form(
    struct adding *a, struct df_pdf_edit *edit, const struct df_pdf_obj *root)
{
    struct df_pdf_target form;
    enum mh_code code =
        df_pdf_edit_dict(a->w, edit, root, "AcroForm", a->err, &form);

    if (code != MH_OK)
        return code;
    return form.dict == NULL ? new_form(a, edit, root)
                             : change_form(a, form.edit, form.dict);
}

/* 12.8.6: /Perms of the catalog. */
static enum mh_code
add_perms(
    struct adding *a, struct df_pdf_edit *edit, const struct df_pdf_obj *root)
{
    const char *ref = mh_arena_printf(a->arena, "%u 0 R", a->field->value);
    const char *whole =
        ref == NULL ? NULL : mh_arena_printf(a->arena, "<</DocMDP %s>>", ref);
    struct df_pdf_target perms;
    enum mh_code code =
        df_pdf_edit_dict(a->w, edit, root, "Perms", a->err, &perms);

    if (whole == NULL)
        return no_memory(a);
    if (code != MH_OK)
        return code;
    return perms.dict == NULL
               ? df_pdf_edit_set(a->w, edit, root, "Perms", whole, a->err)
               : df_pdf_edit_set(
                     a->w, perms.edit, perms.dict, "DocMDP", ref, a->err);
}

enum mh_code
df_pdf_add_field(struct df_pdf_write *w, const struct df_pdf_signing *s,
    const struct df_pdf_newfield *field, struct mh_err *err)
{
    struct adding a = {.w = w,
        .s = s,
        .field = field,
        .err = err,
        .arena = df_pdf_arena(s->pdf)};
    const struct df_pdf_obj *root = NULL;
    struct df_pdf_edit *edit = NULL;
    uint32_t catalog, gen;
    enum mh_code code = df_pdf_write_number(w, err, &a.num);

    if (code != MH_OK)
        return code;
    a.ref = mh_arena_printf(a.arena, "%u 0 R", a.num);
    if (a.ref == NULL)
        return no_memory(&a);
    code = df_pdf_catalog(s->pdf, err, &catalog, &gen);
    if (code == MH_OK)
        code = df_pdf_write_edit(w, catalog, err, &edit, &root);
    if (code == MH_OK)
        code = df_pdf_write_lent(w, field->value, field->dict, err);
    if (code == MH_OK)
        code = add_widget(&a);
    if (code == MH_OK)
        code = add_annotation(&a);
    if (code == MH_OK)
        code = add_to_form(&a, edit, root);
    if (code == MH_OK && field->certify)
        code = add_perms(&a, edit, root);
    return code;
}
