#include "docformat/pdf/sigdict.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "docformat/pdf/bind.h"
#include "docformat/pdf/file.h"
#include "docformat/pdf/form.h"

struct search {
    struct df_pdf *pdf;
    struct df_notes *notes;
    struct mh_err *err;
    struct df_pdf_sigs *out;
    size_t budget;
};

static bool
is_signature(const struct df_pdf_obj *o)
{
    const struct df_pdf_obj *type = df_pdf_key(o, "Type");

    return df_pdf_is(o, DF_PDF_DICT) &&
           (df_pdf_key(o, "ByteRange") != NULL || df_pdf_is_name(type, "Sig") ||
               df_pdf_is_name(type, "DocTimeStamp"));
}

static bool
is_sig_field(const struct df_pdf_field *f)
{
    return mh_span_is(f->type, "Sig");
}

/* A field that a signature dictionary hangs on, whatever the field's type. */
static bool
holds(const struct df_pdf_field *f)
{
    return f->has_value && (is_sig_field(f) || is_signature(f->value));
}

static bool
same_value(const struct df_pdf_sig *s, const struct df_pdf_field *f)
{
    return s->num != 0 ? s->num == f->value_num
                       : f->value_num == 0 && s->field_num == f->num;
}

static enum mh_code
add(struct search *x, const struct df_pdf_field *f, size_t rev)
{
    struct df_pdf_sigs *o = x->out;
    struct df_pdf_sig *s;

    if (o->count == MH_PDF_SIGNATURES_MAX)
        return mh_fail_finding(x->err, MH_ELIMIT, MH_F_PDF_LIMIT, f->obj->at,
            "pdf: too many signatures");
    s = &o->sig[o->count++];
    *s = (struct df_pdf_sig){.field = f->name,
        .field_num = f->num,
        .num = f->value_num,
        .gen = f->value_gen,
        .dict = f->value,
        .field_obj = f->obj,
        .added = rev,
        .covered = rev,
        .defect_offset = MH_NO_OFFSET};
    if (!df_pdf_is(f->value, DF_PDF_DICT))
        df_pdf_defect(s, MH_F_PDF_SIGNATURE_EMPTY, f->obj->at,
            "the field's value is no signature dictionary");
    else if (!is_sig_field(f))
        df_pdf_defect(s, MH_F_PDF_SIGNATURE_PLACE, f->obj->at,
            "a signature in a field of another kind");
    return MH_OK;
}

static struct df_pdf_sig *
by_value(const struct search *x, const struct df_pdf_field *f)
{
    for (size_t i = 0; i < x->out->count; i++)
        if (same_value(&x->out->sig[i], f))
            return &x->out->sig[i];
    return NULL;
}

/* The same dictionary as before must stand in the same field. */
static void
compare(struct df_pdf_sig *s, const struct df_pdf_field *f)
{
    if (!mh_span_eq(s->field, f->name) || s->field_num != f->num)
        df_pdf_defect(s, MH_F_PDF_SIGNATURE_REPLACED, f->obj->at,
            "the signature stands in another field");
    else if (f->value != s->dict && !df_pdf_equal(f->value, s->dict))
        df_pdf_defect(s, MH_F_PDF_SIGNATURE_REPLACED, f->obj->at,
            "the signature dictionary was exchanged");
}

static const struct df_pdf_field *
find_name(const struct df_pdf_form *form, const struct df_pdf_sig *s)
{
    for (size_t i = 0; i < form->count; i++)
        if (mh_span_eq(form->field[i].name, s->field))
            return &form->field[i];
    return NULL;
}

static const struct df_pdf_field *
find_value(const struct df_pdf_form *form, const struct df_pdf_sig *s)
{
    for (size_t i = 0; i < form->count; i++)
        if (holds(&form->field[i]) && same_value(s, &form->field[i]))
            return &form->field[i];
    return NULL;
}

/* Signatures of older revisions that this form does not have any more. */
static void
check_gone(struct search *x, const struct df_pdf_form *form, size_t known)
{
    for (size_t i = 0; i < known; i++) {
        struct df_pdf_sig *s = &x->out->sig[i];
        const struct df_pdf_field *f;

        if (find_value(form, s) != NULL)
            continue;
        f = find_name(form, s);
        if (f != NULL && f->has_value)
            df_pdf_defect(s, MH_F_PDF_SIGNATURE_REPLACED, f->obj->at,
                "the field has another signature now");
        else
            df_pdf_defect(s, MH_F_PDF_SIGNATURE_REMOVED, MH_NO_OFFSET,
                "the signature was removed");
    }
}

static enum mh_code
take_form(struct search *x, const struct df_pdf_form *form, size_t rev)
{
    size_t known = x->out->count;
    enum mh_code code = MH_OK;

    for (size_t i = 0; i < form->count && code == MH_OK; i++) {
        const struct df_pdf_field *f = &form->field[i];
        struct df_pdf_sig *s;

        if (!holds(f))
            continue;
        s = by_value(x, f);
        if (s == NULL)
            code = add(x, f, rev);
        else if (s->added == rev)
            df_pdf_defect(s, MH_F_PDF_FIELD_DUPLICATE, f->obj->at,
                "two fields have one signature");
        else
            compare(s, f);
    }
    if (code == MH_OK)
        check_gone(x, form, known);
    return code;
}

/* Whether a revision can have another form than the one before it. */
static enum mh_code
form_changed(
    struct search *x, const struct df_pdf_form *form, size_t rev, bool *out)
{
    const struct df_pdf_obj *old =
        df_pdf_key(df_pdf_revision(x->pdf, rev - 1)->trailer, "Root");
    const struct df_pdf_obj *now =
        df_pdf_key(df_pdf_revision(x->pdf, rev)->trailer, "Root");
    const struct df_pdf_entry *list;
    size_t n;
    enum mh_code code = df_pdf_changes(x->pdf, rev, x->err, &list, &n);

    *out = !df_pdf_equal(old, now);
    for (size_t i = 0; code == MH_OK && !*out && i < n; i++)
        *out = df_pdf_form_reads(form, list[i].num);
    return code;
}

static int
by_name(const void *a, const void *b)
{
    const struct df_pdf_field *const *x = a, *const *y = b;

    return mh_span_cmp((*x)->name, (*y)->name);
}

/* Two fields of one name are one to some readers (12.7.4.2). */
static enum mh_code
check_names(struct search *x, const struct df_pdf_form *form)
{
    struct mh_arena *arena = df_pdf_arena(x->pdf);
    const struct df_pdf_field **list =
        mh_arena_array(arena, form->count, sizeof(void *));

    if (list == NULL)
        return df_pdf_no_memory(x->pdf, x->err);
    for (size_t i = 0; i < form->count; i++)
        list[i] = &form->field[i];
    if (form->count > 1)
        qsort(list, form->count, sizeof(void *), by_name);
    for (size_t i = 1; i < form->count; i++) {
        struct df_pdf_sig *s;

        if (!mh_span_eq(list[i]->name, list[i - 1]->name))
            continue;
        df_note_add(x->notes, MH_F_PDF_FIELD_DUPLICATE, DF_STRICT,
            list[i]->obj->at, list[i]->name);
        for (size_t k = 0; k < 2; k++) {
            s = holds(list[i - k]) ? by_value(x, list[i - k]) : NULL;
            if (s != NULL)
                df_pdf_defect(s, MH_F_PDF_FIELD_DUPLICATE, list[i]->obj->at,
                    "another field has the same name");
        }
    }
    return MH_OK;
}

static enum mh_code
search_forms(struct search *x)
{
    struct df_pdf_form form = {0};
    size_t last = df_pdf_revisions(x->pdf) - 1;
    enum mh_code code = MH_OK;

    for (size_t rev = 0; rev <= last && code == MH_OK; rev++) {
        bool changed = true;

        if (rev > 0)
            code = form_changed(x, &form, rev, &changed);
        if (code == MH_OK && changed)
            code = df_pdf_form(x->pdf, rev, &x->budget, x->err, &form);
        if (code == MH_OK && changed)
            code = take_form(x, &form, rev);
    }
    for (size_t i = 0; code == MH_OK && i < form.count; i++)
        if (is_sig_field(&form.field[i]) && form.field[i].terminal &&
            !form.field[i].has_value)
            x->out->empty_fields++;
    return code == MH_OK ? check_names(x, &form) : code;
}

/* Only a dictionary that stands in the file itself has raw bytes. */
static enum mh_code
check_place(struct search *x, struct df_pdf_sig *s)
{
    uint32_t num = s->num != 0 ? s->num : s->field_num;
    struct df_pdf_entry e;
    enum mh_code code;

    if (s->num == 0 && s->field_num == 0) {
        df_pdf_defect(s, MH_F_PDF_SIGNATURE_PLACE, s->field_obj->at,
            "a signature in a field without an object");
        return MH_OK;
    }
    code = df_pdf_find(x->pdf, s->added, num, x->err, &e);
    if (code == MH_OK && e.where != DF_PDF_AT)
        df_pdf_defect(s, MH_F_PDF_CONTENTS, MH_NO_OFFSET,
            "a signature inside an object stream");
    return code;
}

static enum mh_code
bind_all(struct search *x)
{
    struct df_pdf_sigs *o = x->out;
    enum mh_code code = MH_OK;

    for (size_t i = 0; i < o->count && code == MH_OK; i++) {
        struct df_pdf_sig *s = &o->sig[i];

        if (df_pdf_is(s->dict, DF_PDF_DICT)) {
            bool before = s->broken;

            code = check_place(x, s);
            if (code == MH_OK && s->broken == before)
                df_pdf_bind(x->pdf, x->notes, s);
            if (code == MH_OK)
                code = df_pdf_claims(x->pdf, x->err, s);
        }
        if (code != MH_OK || s->broken)
            continue;
        if (!o->has_covered || s->covered < o->first_covered)
            o->first_covered = s->covered;
        o->has_covered = true;
    }
    return code;
}

static bool
is_known(const struct search *x, uint32_t num)
{
    for (size_t i = 0; i < x->out->count; i++)
        if (x->out->sig[i].num == num || x->out->sig[i].field_num == num)
            return true;
    return false;
}

/* Usage rights hang on the catalog, not on a field (12.8.2.3). */
static enum mh_code
is_usage_rights(struct search *x, size_t rev, uint32_t num, bool *out)
{
    static const char *const keys[] = {"UR3", "UR"};
    const struct df_pdf_obj *root, *perms = NULL;
    enum mh_code code = df_pdf_root(x->pdf, rev, x->err, &root);

    *out = false;
    if (code == MH_OK)
        code = df_pdf_at(x->pdf, rev, root, "Perms", x->err, &perms);
    for (size_t i = 0; i < 2 && code == MH_OK; i++) {
        const struct df_pdf_obj *ref = df_pdf_key(perms, keys[i]);

        *out = *out || (df_pdf_is(ref, DF_PDF_REF) && ref->num == num);
    }
    return code;
}

/* Dictionaries of signatures that no field of the form leads to. */
static enum mh_code
look_outside(struct search *x, size_t rev)
{
    const struct df_pdf_entry *list;
    size_t n;
    enum mh_code code = df_pdf_changes(x->pdf, rev, x->err, &list, &n);

    for (size_t i = 0; i < n && code == MH_OK; i++) {
        const struct df_pdf_obj *o;
        bool rights = false;

        if (list[i].where == DF_PDF_FREE)
            continue;
        code = df_pdf_get(x->pdf, rev, list[i].num, x->err, &o);
        if (code != MH_OK || !df_pdf_is(o, DF_PDF_DICT) ||
            df_pdf_key(o, "ByteRange") == NULL || is_known(x, list[i].num))
            continue;
        code = is_usage_rights(x, rev, list[i].num, &rights);
        if (code == MH_OK)
            df_note_add(x->notes, MH_F_PDF_SIGNATURE_PLACE,
                rights ? DF_INFO : DF_FAIL, o->at,
                mh_span_str(rights ? "usage rights" : ""));
    }
    return code;
}

/*
 * A file without signatures in its form costs a search for the word before it
 * is believed; with signatures what was added after the first one is looked at.
 */
static enum mh_code
search_outside(struct search *x)
{
    struct mh_span f = df_pdf_file(x->pdf);
    size_t from = x->out->has_covered ? x->out->first_covered + 1 : 0;
    enum mh_code code = MH_OK;

    if (x->out->count == 0 && memmem(f.ptr, f.len, "/ByteRange", 10) == NULL)
        return MH_OK;
    if (x->out->count > 0 && !x->out->has_covered)
        return MH_OK;
    for (size_t i = from; i < df_pdf_revisions(x->pdf) && code == MH_OK; i++)
        code = look_outside(x, i);
    return code;
}

enum mh_code
df_pdf_signatures(struct df_pdf *pdf, struct df_notes *notes,
    struct mh_err *err, struct df_pdf_sigs *out)
{
    struct search x = {pdf, notes, err, out, MH_PDF_FIELD_VISITS};
    enum mh_code code;

    memset(out, 0, sizeof(*out));
    out->sig = mh_arena_array(
        df_pdf_arena(pdf), MH_PDF_SIGNATURES_MAX, sizeof(*out->sig));
    if (out->sig == NULL)
        return df_pdf_no_memory(pdf, err);
    code = search_forms(&x);
    if (code == MH_OK)
        code = bind_all(&x);
    if (code == MH_OK && out->has_covered)
        code = df_pdf_account(pdf, out->first_covered, err);
    if (code == MH_OK)
        code = search_outside(&x);
    for (size_t i = 0; code == MH_OK && i < out->count; i++)
        if (out->sig[i].broken)
            df_note_add(notes, out->sig[i].defect, DF_FAIL,
                out->sig[i].defect_offset, out->sig[i].field);
    return code;
}
