#include "docformat/pdf/writedss.h"

#include "base/buf.h"
#include "base/limits.h"
#include "docformat/pdf/file.h"

enum {
    ESIC_LEVEL = 5,
    TEXT_MAX = 1 << 20, /* bytes of a list of references */
};

static const char *const names[DF_PDF_DSS_KINDS] = {"Certs", "OCSPs", "CRLs"};
static const char *const vri_names[DF_PDF_DSS_KINDS] = {"Cert", "OCSP", "CRL"};

struct adding {
    struct df_pdf_write *w;
    struct df_pdf *pdf;
    const struct df_pdf_dss *in;
    struct mh_err *err;
    struct df_pdf_edit *root_edit, *edit;
    const struct df_pdf_obj *root, *store; /* store NULL: none yet */
    /* Lists of references: all values given, and those of them that are new. */
    const char *all[DF_PDF_DSS_KINDS], *fresh[DF_PDF_DSS_KINDS];
};

static enum mh_code
no_memory(const struct adding *a)
{
    return df_pdf_no_memory(a->pdf, a->err);
}

/* The number of the stream that holds the value already; 0: none does. */
static enum mh_code
find_value(struct adding *a, const struct df_pdf_obj *array,
    struct mh_span value, uint32_t *num, uint32_t *gen)
{
    size_t last = a->pdf->revs - 1;
    enum mh_code code = MH_OK;

    *num = *gen = 0;
    for (size_t i = 0; array != NULL && i < array->count && code == MH_OK;
         i++) {
        const struct df_pdf_obj *stream;
        struct mh_span data = {NULL, 0};
        uint32_t n, g;

        code =
            df_pdf_follow_to(a->pdf, array->item[i], a->err, &n, &g, &stream);
        if (code == MH_OK && n != 0 && df_pdf_is(stream, DF_PDF_STREAM))
            code = df_pdf_data(a->pdf, last, n, stream, a->err, &data);
        if (code == MH_OK && data.ptr != NULL && mh_span_eq(data, value)) {
            *num = n;
            *gen = g;
            return MH_OK;
        }
    }
    return code;
}

/* Was the value given before, at a lower index? */
static bool
is_again(const struct mh_span *value, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (mh_span_eq(value[k], value[i]))
            return true;
    return false;
}

static enum mh_code
add_values(struct adding *a, enum df_pdf_dss_kind kind,
    const struct df_pdf_obj *array, struct mh_buf *all, struct mh_buf *fresh)
{
    const struct mh_span *value = a->in->value[kind];
    enum mh_code code = MH_OK;

    for (size_t i = 0; i < a->in->count[kind] && code == MH_OK; i++) {
        uint32_t num, gen;

        if (is_again(value, i))
            continue;
        code = find_value(a, array, value[i], &num, &gen);
        if (code == MH_OK && num == 0) {
            code = df_pdf_write_number(a->w, a->err, &num);
            if (code == MH_OK)
                code =
                    df_pdf_write_stream(a->w, num, "", value[i], false, a->err);
            mh_buf_printf(fresh, "%s%u 0 R", fresh->len > 0 ? " " : "", num);
        }
        mh_buf_printf(all, "%s%u %u R", all->len > 0 ? " " : "", num, gen);
    }
    return code;
}

static const char *
text_of(const struct adding *a, const struct mh_buf *buf)
{
    return mh_buf_ok(buf) ? mh_arena_str(df_pdf_arena(a->pdf), mh_buf_get(buf))
                          : NULL;
}

static enum mh_code
add_kind(struct adding *a, enum df_pdf_dss_kind kind)
{
    const struct df_pdf_obj *array = NULL;
    struct mh_buf all, fresh;
    enum mh_code code = df_pdf_at(
        a->pdf, a->pdf->revs - 1, a->store, names[kind], a->err, &array);

    if (code == MH_OK && array != NULL && array->type != DF_PDF_ARRAY)
        code = mh_fail_finding(a->err, MH_EFORMAT, MH_F_PDF_OBJECT,
            MH_NO_OFFSET, "pdf: /%s is no array", names[kind]);
    if (code == MH_OK &&
        a->in->count[kind] + (array == NULL ? 0 : array->count) >
            MH_PDF_DSS_MAX)
        code = mh_fail_finding(a->err, MH_ELIMIT, MH_F_PDF_LIMIT, MH_NO_OFFSET,
            "pdf: too many validation data");
    if (code != MH_OK)
        return code;
    mh_buf_init(&all, TEXT_MAX);
    mh_buf_init(&fresh, TEXT_MAX);
    code = add_values(a, kind, array, &all, &fresh);
    if (code == MH_OK) {
        a->all[kind] = text_of(a, &all);
        a->fresh[kind] = text_of(a, &fresh);
        if (a->all[kind] == NULL || a->fresh[kind] == NULL)
            code = no_memory(a);
    }
    mh_buf_fini(&all);
    mh_buf_fini(&fresh);
    return code;
}

static void
put_list(const char *key, const char *refs, struct mh_buf *out)
{
    mh_buf_printf(out, "/%s[", key);
    mh_buf_str(out, refs);
    mh_buf_str(out, "]");
}

/* "<</Cert[…]/OCSP[…]/CRL[…]>>" */
static void
put_entry(const struct adding *a, struct mh_buf *out)
{
    mh_buf_str(out, "<<");
    for (size_t k = 0; k < DF_PDF_DSS_KINDS; k++)
        if (a->all[k][0] != '\0')
            put_list(vri_names[k], a->all[k], out);
    mh_buf_str(out, ">>");
}

static bool
has_values(const struct adding *a)
{
    bool some = false;

    for (size_t k = 0; k < DF_PDF_DSS_KINDS; k++)
        some = some || a->all[k][0] != '\0';
    return some;
}

/* The text of a whole new /VRI. */
static const char *
whole_vri(const struct adding *a)
{
    const char *text = NULL;
    struct mh_buf out;

    mh_buf_init(&out, MH_PDF_SIGNATURES_MAX * (size_t)TEXT_MAX);
    mh_buf_str(&out, "<<");
    for (size_t i = 0; i < a->in->vris; i++) {
        mh_buf_printf(&out, "/%s ", a->in->vri[i]);
        put_entry(a, &out);
    }
    mh_buf_str(&out, ">>");
    text = text_of(a, &out);
    mh_buf_fini(&out);
    return text;
}

static enum mh_code
new_entry(struct adding *a, struct df_pdf_edit *edit,
    const struct df_pdf_obj *vri, const char *key)
{
    const char *text = NULL;
    struct mh_buf out;

    mh_buf_init(&out, (size_t)DF_PDF_DSS_KINDS * TEXT_MAX);
    put_entry(a, &out);
    text = text_of(a, &out);
    mh_buf_fini(&out);
    return text == NULL ? no_memory(a)
                        : df_pdf_edit_set(a->w, edit, vri, key, text, a->err);
}

static enum mh_code
change_vri(struct adding *a)
{
    struct df_pdf_target vri, entry;
    enum mh_code code =
        df_pdf_edit_dict(a->w, a->edit, a->store, "VRI", a->err, &vri);

    if (code == MH_OK && vri.dict == NULL) {
        const char *text = whole_vri(a);

        return text == NULL ? no_memory(a)
                            : df_pdf_edit_set(
                                  a->w, a->edit, a->store, "VRI", text, a->err);
    }
    for (size_t i = 0; i < a->in->vris && code == MH_OK; i++) {
        code = df_pdf_edit_dict(
            a->w, vri.edit, vri.dict, a->in->vri[i], a->err, &entry);
        /* One that is there stays as it is: what it lacks is in the arrays of
           the store, and readers take a changed entry for tampering. */
        if (code == MH_OK && entry.dict == NULL)
            code = new_entry(a, vri.edit, vri.dict, a->in->vri[i]);
    }
    return code;
}

static enum mh_code
new_store(struct adding *a)
{
    const char *vri = a->in->vris > 0 ? whole_vri(a) : "", *text = NULL;
    const char *ref = NULL;
    struct mh_buf out;
    uint32_t num;
    enum mh_code code = df_pdf_write_number(a->w, a->err, &num);

    if (code != MH_OK)
        return code;
    mh_buf_init(&out, (MH_PDF_SIGNATURES_MAX + 1) * (size_t)TEXT_MAX);
    mh_buf_str(&out, "<<");
    for (size_t k = 0; k < DF_PDF_DSS_KINDS; k++)
        if (a->fresh[k][0] != '\0')
            put_list(names[k], a->fresh[k], &out);
    if (vri != NULL && vri[0] != '\0') {
        mh_buf_str(&out, "/VRI");
        mh_buf_str(&out, vri);
    }
    mh_buf_str(&out, ">>");
    text = text_of(a, &out);
    mh_buf_fini(&out);
    ref = mh_arena_printf(df_pdf_arena(a->pdf), "%u 0 R", num);
    if (vri == NULL || text == NULL || ref == NULL)
        return no_memory(a);
    code = df_pdf_write_object(a->w, num, mh_span_str(text), a->err);
    if (code == MH_OK)
        code = df_pdf_edit_set(a->w, a->root_edit, a->root, "DSS", ref, a->err);
    return code;
}

static enum mh_code
edit_catalog(struct df_pdf_write *w, struct df_pdf *pdf, struct mh_err *err,
    struct df_pdf_edit **edit, const struct df_pdf_obj **root)
{
    uint32_t num, gen;
    enum mh_code code = df_pdf_catalog(pdf, err, &num, &gen);

    return code == MH_OK ? df_pdf_write_edit(w, num, err, edit, root) : code;
}

enum mh_code
df_pdf_add_dss(struct df_pdf_write *w, struct df_pdf *pdf,
    const struct df_pdf_dss *dss, struct mh_err *err)
{
    struct adding a = {.w = w, .pdf = pdf, .in = dss, .err = err};
    struct df_pdf_target store = {NULL, NULL};
    enum mh_code code = edit_catalog(w, pdf, err, &a.root_edit, &a.root);

    if (code == MH_OK)
        code = df_pdf_edit_dict(w, a.root_edit, a.root, "DSS", err, &store);
    a.edit = store.edit;
    a.store = store.dict;
    for (size_t k = 0; k < DF_PDF_DSS_KINDS && code == MH_OK; k++)
        code = add_kind(&a, (enum df_pdf_dss_kind)k);
    if (code != MH_OK || !has_values(&a))
        return code;
    if (a.store == NULL)
        return new_store(&a);
    for (size_t k = 0; k < DF_PDF_DSS_KINDS && code == MH_OK; k++)
        if (a.fresh[k][0] != '\0')
            code =
                df_pdf_edit_list(w, a.edit, a.store, names[k], a.fresh[k], err);
    if (code == MH_OK && dss->vris > 0)
        code = change_vri(&a);
    return code;
}

/* The catalog may raise the version of the header (7.7.2). */
static bool
is_below_2(struct df_pdf *pdf, const struct df_pdf_obj *root)
{
    const struct df_pdf_obj *version = df_pdf_key(root, "Version");

    return df_pdf_version(pdf).ptr[0] < '2' &&
           (!df_pdf_is(version, DF_PDF_NAME) || version->bytes.len == 0 ||
               version->bytes.ptr[0] < '2');
}

enum mh_code
df_pdf_add_extension(
    struct df_pdf_write *w, struct df_pdf *pdf, struct mh_err *err)
{
    const char *esic = mh_arena_printf(df_pdf_arena(pdf),
        "<</BaseVersion/1.7/ExtensionLevel %d>>", ESIC_LEVEL);
    const struct df_pdf_obj *root, *own = NULL, *level;
    struct df_pdf_target all;
    struct df_pdf_edit *edit;
    enum mh_code code = edit_catalog(w, pdf, err, &edit, &root);

    if (code != MH_OK || !is_below_2(pdf, root))
        return code;
    if (esic == NULL)
        return df_pdf_no_memory(pdf, err);
    code = df_pdf_edit_dict(w, edit, root, "Extensions", err, &all);
    if (code != MH_OK)
        return code;
    if (all.dict == NULL) {
        esic = mh_arena_printf(df_pdf_arena(pdf), "<</ESIC%s>>", esic);
        return esic == NULL
                   ? df_pdf_no_memory(pdf, err)
                   : df_pdf_edit_set(w, edit, root, "Extensions", esic, err);
    }
    code = df_pdf_at(pdf, pdf->revs - 1, all.dict, "ESIC", err, &own);
    level = df_pdf_key(own, "ExtensionLevel");
    if (code != MH_OK ||
        (df_pdf_is(level, DF_PDF_INT) && level->integer >= ESIC_LEVEL))
        return code;
    return df_pdf_edit_set(w, all.edit, all.dict, "ESIC", esic, err);
}
