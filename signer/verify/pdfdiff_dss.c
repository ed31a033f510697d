#include "signer/verify/pdfdiff.h"

#include "base/limits.h"
#include "signer/verify/out.h"

/*
 * The document security store (EN 319 142-1 5.4.2): entries come, none goes
 * but an OCSP answer or a revocation list.  What is in it nothing shows.
 */

static const char *const dss_keys[] = {
    "Type", "Certs", "OCSPs", "CRLs", "VRI", NULL};
static const char *const vri_keys[] = {
    "Type", "Cert", "OCSP", "CRL", "TU", "TS", NULL};

static void
bad(struct sg_pdf_diff *d, const char *text)
{
    sg_pdf_change(d, MH_F_PDF_CHANGE_DSS, MH_MODS_OTHER, text);
}

/* One value: a stream, new or as it was. */
static enum mh_code
member(struct sg_pdf_diff *d, const struct df_pdf_obj *node)
{
    const struct sg_pdf_item *it = sg_pdf_item_of(d, node);
    const struct df_pdf_obj *obj = NULL;
    enum mh_code code = sg_pdf_see(d, SG_NEW, node, &obj);

    if (code != MH_OK)
        return code;
    if (!df_pdf_is(obj, DF_PDF_STREAM) || (it != NULL && !it->fresh)) {
        bad(d, "DSS: a value was overwritten or is no stream");
        return MH_OK;
    }
    code = sg_pdf_allow(d, node, SG_ROLE_EXACT);
    return code == MH_OK ? sg_pdf_allow_new(d, obj) : code;
}

/* Is the value of one array still in the other, by reference or by content? */
static enum mh_code
kept(struct sg_pdf_diff *d, const struct df_pdf_obj *node,
    const struct df_pdf_obj *new, bool *out)
{
    const struct df_pdf_obj *was = NULL, *is = NULL;
    enum mh_code code = sg_pdf_see(d, SG_OLD, node, &was);

    *out = was == NULL; /* a reference to nothing was no value */
    for (size_t i = 0; i < new->count && !*out &&code == MH_OK; i++) {
        code = sg_pdf_visit(d);
        if (code == MH_OK)
            code = sg_pdf_see(d, SG_NEW, new->item[i], &is);
        *out =
            code == MH_OK && is != NULL && (is == was || df_pdf_equal(is, was));
    }
    return code;
}

/* An array of streams; certificates may not go. */
static enum mh_code
values(struct sg_pdf_diff *d, const struct df_pdf_obj *old_dict,
    const struct df_pdf_obj *new_dict, const char *key, bool may_go)
{
    const struct df_pdf_obj *node = df_pdf_key(new_dict, key), *old = NULL,
                            *new = NULL;
    enum mh_code code = sg_pdf_see_key(d, SG_OLD, old_dict, key, &old);
    size_t same = 0;

    if (code == MH_OK)
        code = sg_pdf_see(d, SG_NEW, node, &new);
    if (code != MH_OK || (old == NULL && new == NULL))
        return code;
    if ((old != NULL && old->type != DF_PDF_ARRAY) ||
        !df_pdf_is(new, DF_PDF_ARRAY) || new->count > MH_PDF_DSS_MAX ||
        (old != NULL && old->count > MH_PDF_DSS_MAX)) {
        bad(d, "DSS: an array was removed or is none");
        return MH_OK;
    }
    code = sg_pdf_allow(d, node, SG_ROLE_EXACT);
    for (size_t i = 0; i < new->count &&code == MH_OK; i++)
        code = member(d, new->item[i]);
    /* Usually the old members are the first of the new ones. */
    while (old != NULL && same < old->count &&
           same < new->count &&df_pdf_equal(old->item[same], new->item[same]))
        same++;
    for (size_t i = same;
         old != NULL && i < old->count && code == MH_OK && !may_go; i++) {
        bool found;

        code = kept(d, old->item[i], new, &found);
        if (code == MH_OK && !found)
            bad(d, "DSS: a certificate was removed");
    }
    return code;
}

/* One entry of /VRI: the validation data of one signature. */
static enum mh_code
vri_entry(struct sg_pdf_diff *d, const struct df_pdf_obj *old,
    const struct df_pdf_obj *node)
{
    const struct df_pdf_obj *new = NULL;
    enum mh_code code = sg_pdf_see(d, SG_NEW, node, &new);

    if (code != MH_OK)
        return code;
    if (!df_pdf_is(new, DF_PDF_DICT) ||
        (old != NULL && old->type != DF_PDF_DICT)) {
        bad(d, "DSS: an entry of VRI is no dictionary");
        return MH_OK;
    }
    for (size_t i = 0; i < new->count; i++)
        if (!sg_pdf_key_in(new->pair[i].key, vri_keys)) {
            bad(d, "DSS: an entry of VRI has an unknown key");
            return MH_OK;
        }
    code = sg_pdf_allow(d, node, SG_ROLE_EXACT);
    if (code == MH_OK)
        code = values(d, old, new, "Cert", false);
    if (code == MH_OK)
        code = values(d, old, new, "OCSP", true);
    if (code == MH_OK)
        code = values(d, old, new, "CRL", true);
    if (code == MH_OK && df_pdf_key(new, "TS") != NULL)
        code = member(d, df_pdf_key(new, "TS"));
    return code == MH_OK ? sg_pdf_allow(d, df_pdf_key(new, "TU"), SG_ROLE_EXACT)
                         : code;
}

static enum mh_code
vri(struct sg_pdf_diff *d, const struct df_pdf_obj *old_dss,
    const struct df_pdf_obj *new_dss)
{
    const struct df_pdf_obj *node = df_pdf_key(new_dss, "VRI"), *old = NULL,
                            *new = NULL, *e = NULL;
    enum mh_code code = sg_pdf_see_key(d, SG_OLD, old_dss, "VRI", &old);

    if (code == MH_OK)
        code = sg_pdf_see(d, SG_NEW, node, &new);
    if (code != MH_OK || (old == NULL && new == NULL))
        return code;
    if ((old != NULL && old->type != DF_PDF_DICT) ||
        !df_pdf_is(new, DF_PDF_DICT) || new->count > MH_PDF_DSS_MAX) {
        bad(d, "DSS: VRI was removed or is no dictionary");
        return MH_OK;
    }
    code = sg_pdf_allow(d, node, SG_ROLE_EXACT);
    for (size_t i = 0; old != NULL && i < old->count; i++)
        if (df_pdf_key_span(new, old->pair[i].key) == NULL)
            bad(d, "DSS: an entry of VRI was removed");
    for (size_t i = 0; i < new->count &&code == MH_OK; i++) {
        if (mh_span_is(new->pair[i].key, "Type"))
            continue;
        code =
            sg_pdf_see(d, SG_OLD, df_pdf_key_span(old, new->pair[i].key), &e);
        if (code == MH_OK)
            code = vri_entry(d, e, new->pair[i].value);
    }
    return code;
}

enum mh_code
sg_pdf_diff_dss(struct sg_pdf_diff *d, const struct df_pdf_obj *old_root,
    const struct df_pdf_obj *new_root)
{
    const struct df_pdf_obj *node = df_pdf_key(new_root, "DSS"), *old = NULL,
                            *new = NULL;
    enum mh_code code = sg_pdf_see_key(d, SG_OLD, old_root, "DSS", &old);
    size_t marks = d->marks;

    if (code == MH_OK)
        code = sg_pdf_see(d, SG_NEW, node, &new);
    if (code != MH_OK || (old == NULL && new == NULL))
        return code;
    if ((old != NULL && old->type != DF_PDF_DICT) ||
        !df_pdf_is(new, DF_PDF_DICT)) {
        bad(d, "DSS was removed or is no dictionary");
        return MH_OK;
    }
    for (size_t i = 0; old != new &&i < new->count; i++)
        if (!sg_pdf_key_in(new->pair[i].key, dss_keys) &&
            (old == NULL || !sg_pdf_same_key(old, new, new->pair[i].key))) {
            bad(d, "DSS has an unknown key");
            return MH_OK;
        }
    code = sg_pdf_allow(d, node, SG_ROLE_EXACT);
    if (code == MH_OK)
        code = values(d, old, new, "Certs", false);
    if (code == MH_OK)
        code = values(d, old, new, "OCSPs", true);
    if (code == MH_OK)
        code = values(d, old, new, "CRLs", true);
    if (code == MH_OK)
        code = vri(d, old, new);
    if (code == MH_OK && (d->marks != marks || old != new))
        sg_pdf_change(
            d, MH_F_PDF_CHANGE_VALIDATION_DATA, MH_MODS_LTA_UPDATE, "DSS");
    return code;
}
