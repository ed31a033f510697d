#include "docformat/pdf/form.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/wire/codes.h"

struct walk {
    struct df_pdf *pdf;
    size_t rev;
    size_t *budget;
    struct mh_err *err;
    struct df_pdf_form *form;
    size_t field_cap, read_cap;
};

/* What a field has from those above it. */
struct above {
    struct mh_span name;
    struct mh_span type;
    unsigned depth;
};

static enum mh_code
malformed(const struct walk *w, const struct df_pdf_obj *at, const char *what)
{
    return mh_fail_finding(w->err, MH_EFORMAT, MH_F_PDF_FORM,
        at != NULL ? at->at : MH_NO_OFFSET, "pdf: %s", what);
}

static enum mh_code
too_much(const struct walk *w, const char *what)
{
    return mh_fail_finding(
        w->err, MH_ELIMIT, MH_F_PDF_LIMIT, MH_NO_OFFSET, "pdf: %s", what);
}

static enum mh_code
no_memory(const struct walk *w)
{
    return mh_fail(w->err,
        mh_arena_full(df_pdf_arena(w->pdf)) ? MH_ELIMIT : MH_ENOMEM,
        MH_NO_OFFSET, "pdf: no memory for a form");
}

static void *
grown(const struct walk *w, const void *list, size_t count, size_t size,
    size_t *cap)
{
    size_t more = *cap == 0 ? 16 : *cap * 2;
    void *p = mh_arena_array(df_pdf_arena(w->pdf), more, size);

    if (p == NULL)
        return NULL;
    if (count > 0)
        memcpy(p, list, count * size);
    *cap = more;
    return p;
}

static enum mh_code
note_read(struct walk *w, uint32_t num)
{
    struct df_pdf_form *f = w->form;

    if (f->reads == w->read_cap) {
        uint32_t *p =
            grown(w, f->read, f->reads, sizeof(*f->read), &w->read_cap);

        if (p == NULL)
            return no_memory(w);
        f->read = p;
    }
    f->read[f->reads++] = num;
    return MH_OK;
}

/* Follows a value and remembers which objects it led through. */
static enum mh_code
follow(
    struct walk *w, const struct df_pdf_obj *obj, const struct df_pdf_obj **out)
{
    enum mh_code code = MH_OK;

    if (obj != NULL && obj->type == DF_PDF_REF)
        code = note_read(w, obj->num);
    if (code == MH_OK)
        code = df_pdf_resolve(w->pdf, w->rev, obj, w->err, out);
    return code;
}

static enum mh_code
follow_key(struct walk *w, const struct df_pdf_obj *dict, const char *key,
    const struct df_pdf_obj **out)
{
    return follow(w, df_pdf_key(dict, key), out);
}

/* 12.7.4.2: partial names joined by a period. */
static enum mh_code
full_name(struct walk *w, struct mh_span above, const struct df_pdf_obj *t,
    struct mh_span *out)
{
    struct mh_span own = df_pdf_text(t->bytes, df_pdf_arena(w->pdf));
    uint8_t *name;

    if (own.ptr == NULL)
        return no_memory(w);
    if (own.len > MH_PDF_FIELD_NAME_MAX ||
        above.len > MH_PDF_FIELD_NAME_MAX - own.len)
        return too_much(w, "name of a field too long");
    if (above.ptr == NULL) {
        *out = own;
        return MH_OK;
    }
    name = mh_arena_raw(df_pdf_arena(w->pdf), above.len + own.len + 1);
    if (name == NULL)
        return no_memory(w);
    memcpy(name, above.ptr, above.len);
    name[above.len] = '.';
    memcpy(name + above.len + 1, own.ptr, own.len);
    *out = (struct mh_span){name, above.len + own.len + 1};
    return MH_OK;
}

static enum mh_code
add_field(struct walk *w, const struct df_pdf_obj *ref,
    const struct df_pdf_obj *obj, const struct above *a, size_t *index)
{
    struct df_pdf_form *f = w->form;
    const struct df_pdf_obj *v = df_pdf_key(obj, "V");
    struct df_pdf_field *x;

    if (f->count == w->field_cap) {
        x = grown(w, f->field, f->count, sizeof(*x), &w->field_cap);
        if (x == NULL)
            return no_memory(w);
        f->field = x;
    }
    *index = f->count++;
    x = &f->field[*index];
    *x = (struct df_pdf_field){.name = a->name, .obj = obj, .type = a->type};
    if (ref->type == DF_PDF_REF) {
        x->num = ref->num;
        x->gen = ref->gen;
    }
    x->has_value = v != NULL;
    x->terminal = true;
    if (v != NULL && v->type == DF_PDF_REF) {
        x->value_num = v->num;
        x->value_gen = v->gen;
    }
    return follow(w, v, &x->value);
}

static enum mh_code walk_field(
    struct walk *w, const struct df_pdf_obj *ref, struct above above);

static enum mh_code
walk_kids(struct walk *w, const struct df_pdf_obj *obj, struct above *a)
{
    const struct df_pdf_obj *kids;
    enum mh_code code = follow_key(w, obj, "Kids", &kids);

    if (code != MH_OK || kids == NULL)
        return code;
    if (kids->type != DF_PDF_ARRAY)
        return malformed(w, kids, "kids of a field are no array");
    if (a->depth == MH_PDF_FIELD_DEPTH)
        return too_much(w, "fields too deep inside each other");
    a->depth++;
    for (size_t i = 0; i < kids->count && code == MH_OK; i++)
        code = walk_field(w, kids->item[i], *a);
    return code;
}

/* A kid without a name of its own is a widget of the field above it. */
static enum mh_code
walk_field(struct walk *w, const struct df_pdf_obj *ref, struct above a)
{
    const struct df_pdf_obj *obj, *t = NULL, *ft = NULL;
    size_t index = SIZE_MAX, before;
    enum mh_code code;

    if (*w->budget == 0)
        return too_much(w, "too many form fields");
    --*w->budget;
    code = follow(w, ref, &obj);
    if (code != MH_OK || obj == NULL)
        return code;
    if (obj->type != DF_PDF_DICT)
        return malformed(w, obj, "field is no dictionary");
    code = follow_key(w, obj, "FT", &ft);
    if (code == MH_OK)
        code = follow_key(w, obj, "T", &t);
    if (code != MH_OK)
        return code;
    if (df_pdf_is(ft, DF_PDF_NAME))
        a.type = ft->bytes;
    if (t != NULL && t->type != DF_PDF_STRING)
        return malformed(w, t, "name of a field is no string");
    if (t != NULL)
        code = full_name(w, a.name, t, &a.name);
    /* The root of a tree is a field even without a name; so is a kid that
       has a value of its own. */
    if (code == MH_OK &&
        (t != NULL || a.depth == 0 || df_pdf_key(obj, "V") != NULL))
        code = add_field(w, ref, obj, &a, &index);
    before = w->form->count;
    if (code == MH_OK)
        code = walk_kids(w, obj, &a);
    if (code == MH_OK && index != SIZE_MAX)
        w->form->field[index].terminal = w->form->count == before;
    return code;
}

static int
by_num(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

bool
df_pdf_form_reads(const struct df_pdf_form *form, uint32_t num)
{
    return form->reads > 0 &&
           bsearch(&num, form->read, form->reads, sizeof(num), by_num) != NULL;
}

enum mh_code
df_pdf_form(struct df_pdf *pdf, size_t rev, size_t *budget, struct mh_err *err,
    struct df_pdf_form *out)
{
    struct walk w = {
        .pdf = pdf, .rev = rev, .budget = budget, .err = err, .form = out};
    const struct df_pdf_obj *trailer = df_pdf_revision(pdf, rev)->trailer;
    const struct df_pdf_obj *root, *form = NULL, *fields = NULL;
    enum mh_code code;

    memset(out, 0, sizeof(*out));
    code = follow_key(&w, trailer, "Root", &root);
    if (code == MH_OK)
        code = df_pdf_root(pdf, rev, err, &root);
    if (code == MH_OK)
        code = follow_key(&w, root, "AcroForm", &form);
    if (code == MH_OK && form != NULL && form->type != DF_PDF_DICT)
        code = malformed(&w, form, "form is no dictionary");
    if (code == MH_OK)
        code = follow_key(&w, form, "Fields", &fields);
    if (code == MH_OK && fields != NULL && fields->type != DF_PDF_ARRAY)
        code = malformed(&w, fields, "fields are no array");
    for (size_t i = 0; code == MH_OK && fields != NULL && i < fields->count;
         i++)
        code = walk_field(&w, fields->item[i], (struct above){0});
    if (code == MH_OK && out->reads > 1)
        qsort(out->read, out->reads, sizeof(out->read[0]), by_num);
    return code;
}
