/* The document security store of a PDF; declared in pades.h. */
#include "signer/verify/pades.h"

#include "base/limits.h"

/* Where the store is read from. */
struct work {
    struct sg_ctx *ctx;
    struct df_pdf *pdf;
    size_t rev;
    struct sg_dss *dss;
};

/* One value: a stream that holds DER.  One that cannot be read is left out. */
static enum mh_code
add(struct work *w, const struct df_pdf_obj *item, struct mh_span *list,
    size_t *count, struct mh_err *err)
{
    const struct df_pdf_obj *stream = NULL;
    struct mh_span data = {0};
    enum mh_code code = MH_OK;

    if (*count == MH_PDF_DSS_MAX || !df_pdf_is(item, DF_PDF_REF))
        return MH_OK;
    code = df_pdf_resolve(w->pdf, w->rev, item, err, &stream);
    if (code == MH_OK && df_pdf_is(stream, DF_PDF_STREAM))
        code = df_pdf_data(w->pdf, w->rev, item->num, stream, err, &data);
    else if (code == MH_OK)
        return MH_OK;
    if (code == MH_OK) {
        for (size_t i = 0; i < *count; i++)
            if (mh_span_eq(list[i], data))
                return MH_OK; /* /VRI repeats what stands above */
        list[(*count)++] = data;
    } else if (code != MH_ENOMEM && code != MH_EINTERNAL) {
        sg_out_err(&w->ctx->out, err, MH_F_PDF_STREAM, MH_WARNING);
        code = MH_OK;
    }
    return code;
}

static enum mh_code
add_all(struct work *w, const struct df_pdf_obj *dict, const char *key,
    struct mh_span *list, size_t *count, struct mh_err *err)
{
    const struct df_pdf_obj *array = NULL;
    enum mh_code code = df_pdf_at(w->pdf, w->rev, dict, key, err, &array);

    if (code != MH_OK || !df_pdf_is(array, DF_PDF_ARRAY))
        return code;
    for (size_t i = 0; i < array->count && code == MH_OK; i++)
        code = add(w, array->item[i], list, count, err);
    return code;
}

static enum mh_code
add_store(
    struct work *w, const struct df_pdf_obj *dict, bool vri, struct mh_err *err)
{
    struct sg_dss *d = w->dss;
    enum mh_code code =
        add_all(w, dict, vri ? "Cert" : "Certs", d->certs, &d->cert_count, err);

    if (code == MH_OK)
        code = add_all(
            w, dict, vri ? "OCSP" : "OCSPs", d->ocsps, &d->ocsp_count, err);
    if (code == MH_OK)
        code =
            add_all(w, dict, vri ? "CRL" : "CRLs", d->crls, &d->crl_count, err);
    return code;
}

static enum mh_code
store_at(struct df_pdf *pdf, size_t rev, struct mh_err *err,
    const struct df_pdf_obj **out)
{
    const struct df_pdf_obj *root;
    enum mh_code code = df_pdf_root(pdf, rev, err, &root);

    *out = NULL;
    return code == MH_OK ? df_pdf_at(pdf, rev, root, "DSS", err, out) : code;
}

static enum mh_code
find_since(struct work *w, struct mh_err *err)
{
    size_t n = df_pdf_revisions(w->pdf);

    for (size_t r = n; r-- > 0;) {
        const struct df_pdf_obj *store;
        enum mh_code code = store_at(w->pdf, r, err, &store);

        if (code != MH_OK)
            return code;
        if (store == NULL)
            break;
        w->dss->since = r;
    }
    return MH_OK;
}

enum mh_code
sg_dss_read(struct sg_ctx *ctx, struct df_pdf *pdf, struct mh_err *err,
    struct sg_dss *out)
{
    struct work w = {ctx, pdf, df_pdf_revisions(pdf) - 1, out};
    const struct df_pdf_obj *store, *vri = NULL;
    enum mh_code code = store_at(pdf, w.rev, err, &store);

    *out = (struct sg_dss){.since = SIZE_MAX};
    if (code != MH_OK || !df_pdf_is_dict(store))
        return code;
    out->certs =
        mh_arena_array(ctx->arena, MH_PDF_DSS_MAX, sizeof(*out->certs));
    out->ocsps =
        mh_arena_array(ctx->arena, MH_PDF_DSS_MAX, sizeof(*out->ocsps));
    out->crls = mh_arena_array(ctx->arena, MH_PDF_DSS_MAX, sizeof(*out->crls));
    if (out->certs == NULL || out->ocsps == NULL || out->crls == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "pdf: no memory");
    code = add_store(&w, store, false, err);
    if (code == MH_OK)
        code = df_pdf_at(pdf, w.rev, store, "VRI", err, &vri);
    for (size_t i = 0;
         vri != NULL && df_pdf_is_dict(vri) && i < vri->count && code == MH_OK;
         i++) {
        const struct df_pdf_obj *one;

        code = df_pdf_resolve(pdf, w.rev, vri->pair[i].value, err, &one);
        if (code == MH_OK && df_pdf_is_dict(one))
            code = add_store(&w, one, true, err);
    }
    return code == MH_OK ? find_since(&w, err) : code;
}
