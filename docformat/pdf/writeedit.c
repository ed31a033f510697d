/* Objects of the file that are rewritten by splicing. */
#include "docformat/pdf/writefile.h"

#include "base/limits.h"

/* The bytes that the positions of an object in force count in. */
static enum mh_code
source_of(struct df_pdf_write *w, const struct df_pdf_entry *e,
    struct mh_err *err, struct mh_span *out)
{
    struct df_pdf_pack *pack;
    enum mh_code code;

    *out = w->pdf->file;
    if (e->where != DF_PDF_INSIDE)
        return MH_OK;
    code = df_pdf_unpack(w->pdf, w->pdf->revs - 1, e->stream, err, &pack);
    if (code == MH_OK)
        *out = pack->data;
    return code;
}

static bool
inside(const struct df_pdf_obj *obj, struct mh_span source)
{
    return obj->at <= source.len && obj->len <= source.len - obj->at;
}

enum mh_code
df_pdf_write_edit(struct df_pdf_write *w, uint32_t num, struct mh_err *err,
    struct df_pdf_edit **out, const struct df_pdf_obj **obj)
{
    size_t last = w->pdf->revs - 1;
    struct df_pdf_entry e;
    struct df_pdf_edit *edit;
    enum mh_code code;

    for (edit = w->edit; edit != NULL; edit = edit->next)
        if (edit->num == num) {
            *out = edit;
            *obj = edit->obj;
            return MH_OK;
        }
    edit = mh_arena_alloc(w->arena, sizeof(*edit));
    if (edit == NULL)
        return df_pdf_write_memory(w, err);
    code = df_pdf_find(w->pdf, last, num, err, &e);
    if (code == MH_OK)
        code = df_pdf_get(w->pdf, last, num, err, &edit->obj);
    if (code == MH_OK)
        code = source_of(w, &e, err, &edit->source);
    if (code != MH_OK)
        return code;
    if (edit->obj == NULL || edit->obj->type == DF_PDF_STREAM ||
        !inside(edit->obj, edit->source))
        return mh_fail_finding(err, MH_EFORMAT, MH_F_PDF_OBJECT, MH_NO_OFFSET,
            "pdf: object %u cannot be rewritten", num);
    edit->num = num;
    edit->packed = e.where == DF_PDF_INSIDE;
    edit->gen = edit->packed ? 0 : e.gen;
    edit->next = w->edit;
    w->edit = edit;
    *out = edit;
    *obj = edit->obj;
    return MH_OK;
}

/* Equal places stay in the order in which they were asked for. */
static enum mh_code
splice(struct df_pdf_write *w, struct df_pdf_edit *edit, size_t at, size_t len,
    const char *text, struct mh_err *err)
{
    struct df_pdf_splice *s = mh_arena_alloc(w->arena, sizeof(*s)), **p;

    if (s == NULL || text == NULL)
        return df_pdf_write_memory(w, err);
    if (at < edit->obj->at || at + len > edit->obj->at + edit->obj->len)
        return mh_fail(
            err, MH_EINTERNAL, at, "pdf: an edit outside of its object");
    for (p = &edit->first; *p != NULL && (*p)->at <= at; p = &(*p)->next)
        if ((*p)->at + (*p)->len > at)
            return mh_fail(err, MH_EINTERNAL, at, "pdf: a value set twice");
    *s = (struct df_pdf_splice){
        .next = *p, .at = at, .len = len, .text = mh_span_str(text)};
    *p = s;
    return MH_OK;
}

enum mh_code
df_pdf_edit_set(struct df_pdf_write *w, struct df_pdf_edit *edit,
    const struct df_pdf_obj *dict, const char *key, const char *text,
    struct mh_err *err)
{
    /* A null counts as absent when read, but stands there. */
    for (size_t i = 0; i < dict->count; i++) {
        const struct df_pdf_obj *old = dict->pair[i].value;

        if (mh_span_is(dict->pair[i].key, key))
            return splice(w, edit, old->at, old->len,
                df_pdf_concat(w->arena, " ", text, DF_PDF_END), err);
    }
    return splice(w, edit, dict->at + dict->len - 2, 0,
        df_pdf_concat(w->arena, "\n/", key, " ", text, DF_PDF_END), err);
}

enum mh_code
df_pdf_edit_append(struct df_pdf_write *w, struct df_pdf_edit *edit,
    const struct df_pdf_obj *array, const char *text, struct mh_err *err)
{
    return splice(w, edit, array->at + array->len - 1, 0,
        df_pdf_concat(w->arena, " ", text, DF_PDF_END), err);
}

enum mh_code
df_pdf_follow_to(struct df_pdf *pdf, const struct df_pdf_obj *obj,
    struct mh_err *err, uint32_t *num, uint32_t *gen,
    const struct df_pdf_obj **out)
{
    size_t last = pdf->revs - 1;

    *num = *gen = 0;
    *out = NULL;
    for (unsigned hops = 0; df_pdf_is(obj, DF_PDF_REF); hops++) {
        struct df_pdf_entry e;
        enum mh_code code = df_pdf_find(pdf, last, obj->num, err, &e);

        if (code == MH_OK && hops == MH_PDF_HOPS_MAX)
            code = mh_fail_finding(err, MH_ELIMIT, MH_F_PDF_LIMIT, obj->at,
                "pdf: references lead too far");
        if (code != MH_OK)
            return code;
        *num = obj->num;
        *gen = obj->gen;
        if (e.gen != obj->gen && e.where != DF_PDF_INSIDE)
            return MH_OK;
        code = df_pdf_get(pdf, last, obj->num, err, &obj);
        if (code != MH_OK)
            return code;
    }
    if (obj != NULL && obj->type != DF_PDF_NULL)
        *out = obj;
    return MH_OK;
}

static enum mh_code
no_value(const char *key, const char *what, struct mh_err *err)
{
    return mh_fail_finding(err, MH_EFORMAT, MH_F_PDF_OBJECT, MH_NO_OFFSET,
        "pdf: /%s is no %s", key, what);
}

enum mh_code
df_pdf_edit_list(struct df_pdf_write *w, struct df_pdf_edit *edit,
    const struct df_pdf_obj *dict, const char *key, const char *text,
    struct mh_err *err)
{
    const struct df_pdf_obj *array;
    uint32_t num, gen;
    enum mh_code code = df_pdf_follow_to(
        w->pdf, df_pdf_key(dict, key), err, &num, &gen, &array);

    if (code != MH_OK)
        return code;
    if (array != NULL && array->type != DF_PDF_ARRAY)
        return no_value(key, "array", err);
    if (array == NULL) {
        text = df_pdf_concat(w->arena, "[", text, "]", DF_PDF_END);
        return text == NULL ? df_pdf_write_memory(w, err)
                            : df_pdf_edit_set(w, edit, dict, key, text, err);
    }
    if (num != 0)
        code = df_pdf_write_edit(w, num, err, &edit, &array);
    if (code == MH_OK)
        code = df_pdf_edit_append(w, edit, array, text, err);
    return code;
}

enum mh_code
df_pdf_edit_dict(struct df_pdf_write *w, struct df_pdf_edit *edit,
    const struct df_pdf_obj *dict, const char *key, struct mh_err *err,
    struct df_pdf_target *out)
{
    uint32_t num, gen;
    enum mh_code code = df_pdf_follow_to(
        w->pdf, df_pdf_key(dict, key), err, &num, &gen, &out->dict);

    out->edit = edit;
    if (code != MH_OK || out->dict == NULL)
        return code;
    if (out->dict->type != DF_PDF_DICT)
        return no_value(key, "dictionary", err);
    return num != 0 ? df_pdf_write_edit(w, num, err, &out->edit, &out->dict)
                    : MH_OK;
}
