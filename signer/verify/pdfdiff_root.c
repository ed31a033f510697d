#include "signer/verify/pdfdiff.h"

#include <string.h>

#include "base/limits.h"
#include "signer/verify/out.h"

/* The trailer, the catalog, and what hangs on them without a page or form. */

/* Keys of a trailer that say how the section is written, or that have a rule
   of their own. */
static const char *const section_keys[] = {"Size", "Prev", "XRefStm", "ID",
    "Root", "Type", "W", "Index", "Filter", "DecodeParms", "Length", "Info",
    NULL};

/* Keys of the catalog that have a rule of their own. */
static const char *const catalog_keys[] = {
    "AcroForm", "DSS", "Extensions", "Metadata", "MarkInfo", "Version", NULL};

/* What a program writes about its own work. */
static const char *const info_keys[] = {
    "ModDate", "CreationDate", "Producer", "Creator", NULL};

/* Has obj a reference in it? */
static bool
refers(const struct df_pdf_obj *obj, unsigned depth)
{
    bool found = obj->type == DF_PDF_REF || depth > MH_PDF_DEPTH_MAX;

    if (obj->type == DF_PDF_ARRAY)
        for (size_t i = 0; i < obj->count && !found; i++)
            found = refers(obj->item[i], depth + 1);
    else if (df_pdf_is_dict(obj))
        for (size_t i = 0; i < obj->count && !found; i++)
            found = refers(obj->pair[i].value, depth + 1);
    return found;
}

/*
 * Do two values say the same, each in its view?  References that differ are
 * followed: programs write an object anew under another number.
 */
static enum mh_code
alike(struct sg_pdf_diff *d, const struct df_pdf_obj *a,
    const struct df_pdf_obj *b, unsigned depth, bool *out)
{
    const struct df_pdf_obj *x = NULL, *y = NULL;
    enum mh_code code = sg_pdf_visit(d);

    if (code == MH_OK)
        code = sg_pdf_see(d, SG_OLD, a, &x);
    if (code == MH_OK)
        code = sg_pdf_see(d, SG_NEW, b, &y);
    *out = false;
    if (code != MH_OK || x == NULL || y == NULL || depth > 8)
        return code;
    *out = x == y || df_pdf_equal(x, y);
    if (*out || x->type != DF_PDF_ARRAY || y->type != DF_PDF_ARRAY ||
        x->count != y->count)
        return code;
    *out = true;
    for (size_t i = 0; i < x->count && code == MH_OK && *out; i++)
        code = alike(d, x->item[i], y->item[i], depth + 1, out);
    return code;
}

/*
 * A private key of the trailer shows nothing in a PDF.  But one program opens
 * the stream that such a key names in the PDF's place (a word processor its
 * own document): references to streams are not private.  Others, which some
 * programs leave behind as numbers of something else, are marked.
 */
static enum mh_code
is_private(struct sg_pdf_diff *d, const struct df_pdf_obj *obj, unsigned depth,
    bool *out)
{
    enum mh_code code = sg_pdf_visit(d);
    const struct df_pdf_obj *to = NULL;

    if (code != MH_OK || obj == NULL)
        return code;
    if (depth > MH_PDF_DEPTH_MAX + 1)
        *out = false;
    if (obj->type == DF_PDF_ARRAY)
        for (size_t i = 0; i < obj->count && code == MH_OK && *out; i++)
            code = is_private(d, obj->item[i], depth + 1, out);
    else if (df_pdf_is_dict(obj))
        for (size_t i = 0; i < obj->count && code == MH_OK && *out; i++)
            code = is_private(d, obj->pair[i].value, depth + 1, out);
    if (code != MH_OK || obj->type != DF_PDF_REF)
        return code;
    code = sg_pdf_see(d, SG_NEW, obj, &to);
    if (code == MH_OK && to != NULL && to->type != DF_PDF_DICT)
        *out = false;
    return code == MH_OK && *out ? sg_pdf_allow(d, obj, SG_ROLE_NONE) : code;
}

/* One key of the trailer that is not as it was. */
static enum mh_code
trailer_key(struct sg_pdf_diff *d, const struct df_pdf_obj *before,
    const struct df_pdf_obj *after, struct mh_span key)
{
    bool good = false;
    enum mh_code code = alike(d, before, after, 0, &good);

    if (code == MH_OK && good)
        return sg_pdf_allow_new(d, after);
    if (code == MH_OK && !mh_span_is(key, "Encrypt")) {
        good = true;
        code = is_private(d, after, 0, &good);
    }
    if (code == MH_OK && !good)
        sg_pdf_change(
            d, MH_F_PDF_CHANGE_TRAILER, MH_MODS_OTHER, sg_clean(d->arena, key));
    return code;
}

/* 7.5.5: nothing but the way the section is written, and /Info. */
static enum mh_code
trailer(struct sg_pdf_diff *d, const struct df_pdf_obj *old,
    const struct df_pdf_obj *new)
{
    const struct df_pdf_obj *both[] = {old, new};
    enum mh_code code = MH_OK;

    if (old->count > MH_PDF_KEYS_MAX || new->count > MH_PDF_KEYS_MAX) {
        sg_pdf_change(
            d, MH_F_PDF_CHANGE_TRAILER, MH_MODS_OTHER, "too many keys");
        return MH_OK;
    }
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < both[k]->count && code == MH_OK; i++) {
            struct mh_span key = both[k]->pair[i].key;
            const struct df_pdf_obj *before = df_pdf_key_span(old, key);

            if (sg_pdf_key_in(key, section_keys) ||
                sg_pdf_same_key(old, new, key) || (k == 1 && before != NULL))
                continue; /* said once */
            code = trailer_key(d, before, df_pdf_key_span(new, key), key);
        }
    return code;
}

/* The information dictionary, 14.3.3: what programs write of themselves. */
static enum mh_code
info(struct sg_pdf_diff *d, const struct df_pdf_obj *old_trailer,
    const struct df_pdf_obj *new_trailer)
{
    static const struct df_pdf_obj nothing = {.type = DF_PDF_DICT};
    const struct df_pdf_obj *node = df_pdf_key(new_trailer, "Info");
    const struct df_pdf_obj *old = NULL, *new = NULL;
    struct mh_span key;
    enum mh_code code = sg_pdf_see_key(d, SG_OLD, old_trailer, "Info", &old);

    if (code == MH_OK)
        code = sg_pdf_see(d, SG_NEW, node, &new);
    if (code != MH_OK || new == NULL || old == new)
        return code; /* a trailer without /Info says nothing */
    if (old == NULL)
        old = &nothing;
    if (new->type != DF_PDF_DICT || !df_pdf_is_dict(old) || refers(new, 0) ||
        !sg_pdf_same_but(old, new, info_keys, &key)) {
        sg_pdf_change(d, MH_F_PDF_CHANGE_METADATA, MH_MODS_OTHER, "Info");
        return MH_OK;
    }
    sg_pdf_change(
        d, MH_F_PDF_CHANGE_VALIDATION_DATA, MH_MODS_LTA_UPDATE, "Info");
    return sg_pdf_allow(d, node, SG_ROLE_EXACT);
}

/* /Version of the catalog, 7.7.2: raised or as it was. */
static enum mh_code
version(struct sg_pdf_diff *d, const struct df_pdf_obj *old,
    const struct df_pdf_obj *new)
{
    const struct df_pdf_obj *a = NULL, *b = NULL;
    struct mh_span before = df_pdf_version(d->pdf);
    enum mh_code code = sg_pdf_see_key(d, SG_OLD, old, "Version", &a);

    if (code == MH_OK)
        code = sg_pdf_see_key(d, SG_NEW, new, "Version", &b);
    if (code != MH_OK || (a == NULL && b == NULL) ||
        (a != NULL && b != NULL && df_pdf_equal(a, b)))
        return code;
    if (a != NULL && a->type == DF_PDF_NAME)
        before = a->bytes;
    /* Versions have three letters: "1.7", "2.0". */
    if (b == NULL || b->type != DF_PDF_NAME || b->bytes.len != 3 ||
        before.len != 3 || memcmp(b->bytes.ptr, before.ptr, 3) < 0)
        sg_pdf_change(d, MH_F_PDF_CHANGE_CATALOG, MH_MODS_OTHER, "Version");
    else
        sg_pdf_change(
            d, MH_F_PDF_CHANGE_VALIDATION_DATA, MH_MODS_LTA_UPDATE, "Version");
    return sg_pdf_allow(d, df_pdf_key(new, "Version"), SG_ROLE_EXACT);
}

/* The integer that a key holds, or -1. */
static int64_t
integer(const struct df_pdf_obj *dict, const char *key)
{
    const struct df_pdf_obj *o = df_pdf_key(dict, key);

    return df_pdf_is(o, DF_PDF_INT) ? o->integer : -1;
}

/* One developer's extension, 7.12: kept, or of a higher level. */
static enum mh_code
extension(struct sg_pdf_diff *d, const struct df_pdf_pair *p,
    const struct df_pdf_obj *new, bool *good)
{
    const struct df_pdf_obj *a = NULL, *b = NULL;
    enum mh_code code = sg_pdf_see(d, SG_OLD, p->value, &a);

    if (code == MH_OK)
        code = sg_pdf_see(d, SG_NEW, df_pdf_key_span(new, p->key), &b);
    if (code != MH_OK)
        return code;
    if (a == NULL || b == NULL)
        *good = *good && a == NULL;
    else if (df_pdf_is_dict(a) && df_pdf_is_dict(b))
        *good = *good &&
                integer(b, "ExtensionLevel") >= integer(a, "ExtensionLevel");
    else
        *good = *good && df_pdf_equal(a, b);
    return MH_OK;
}

static enum mh_code
extensions(struct sg_pdf_diff *d, const struct df_pdf_obj *old_root,
    const struct df_pdf_obj *new_root)
{
    const struct df_pdf_obj *node = df_pdf_key(new_root, "Extensions");
    const struct df_pdf_obj *old = NULL, *new = NULL;
    bool good = true;
    enum mh_code code = sg_pdf_see_key(d, SG_OLD, old_root, "Extensions", &old);

    if (code == MH_OK)
        code = sg_pdf_see(d, SG_NEW, node, &new);
    if (code != MH_OK || old == new ||
        (old != NULL && new != NULL &&df_pdf_equal(old, new)))
        return code;
    if (new == NULL || new->type != DF_PDF_DICT ||
        new->count > MH_PDF_KEYS_MAX ||
        (old != NULL && old->count > MH_PDF_KEYS_MAX))
        good = false;
    for (size_t i = 0; good && old != NULL && i < old->count; i++) {
        code = extension(d, &old->pair[i], new, &good);
        if (code != MH_OK)
            return code;
    }
    if (!good) {
        sg_pdf_change(d, MH_F_PDF_CHANGE_CATALOG, MH_MODS_OTHER, "Extensions");
        return MH_OK;
    }
    sg_pdf_change(
        d, MH_F_PDF_CHANGE_VALIDATION_DATA, MH_MODS_LTA_UPDATE, "Extensions");
    code = sg_pdf_allow(d, node, SG_ROLE_EXACT);
    return code == MH_OK ? sg_pdf_allow_new(d, new) : code;
}

/* 14.3.2: a stream that nothing shows. */
static enum mh_code
metadata(struct sg_pdf_diff *d, const struct df_pdf_obj *old_root,
    const struct df_pdf_obj *new_root)
{
    const struct df_pdf_obj *node = df_pdf_key(new_root, "Metadata");
    const struct df_pdf_obj *old = NULL, *new = NULL;
    enum mh_code code = sg_pdf_see_key(d, SG_OLD, old_root, "Metadata", &old);

    if (code == MH_OK)
        code = sg_pdf_see(d, SG_NEW, node, &new);
    if (code != MH_OK || old == new)
        return code;
    if (new == NULL || new->type != DF_PDF_STREAM ||
        !df_pdf_is_name(df_pdf_key(new, "Type"), "Metadata")) {
        sg_pdf_change(d, MH_F_PDF_CHANGE_METADATA, MH_MODS_OTHER, "Metadata");
        return MH_OK;
    }
    if (old != NULL && df_pdf_equal(old, new))
        return MH_OK;
    sg_pdf_change(
        d, MH_F_PDF_CHANGE_VALIDATION_DATA, MH_MODS_LTA_UPDATE, "Metadata");
    code = sg_pdf_allow(d, node, SG_ROLE_EXACT);
    return code == MH_OK ? sg_pdf_allow_new(d, new) : code;
}

/* 14.7: whether the document is tagged; no reference, so no content. */
static void
mark_info(struct sg_pdf_diff *d, const struct df_pdf_obj *old,
    const struct df_pdf_obj *new)
{
    const struct df_pdf_obj *b = df_pdf_key(new, "MarkInfo");

    if (sg_pdf_same_key(old, new, mh_span_str("MarkInfo")))
        return;
    if (b == NULL || b->type != DF_PDF_DICT || refers(b, 0))
        sg_pdf_change(d, MH_F_PDF_CHANGE_CATALOG, MH_MODS_OTHER, "MarkInfo");
    else
        sg_pdf_change(
            d, MH_F_PDF_CHANGE_VALIDATION_DATA, MH_MODS_LTA_UPDATE, "MarkInfo");
}

static void
other_keys(struct sg_pdf_diff *d, const struct df_pdf_obj *old,
    const struct df_pdf_obj *new)
{
    const struct df_pdf_obj *both[] = {old, new};

    if (old->count > MH_PDF_KEYS_MAX || new->count > MH_PDF_KEYS_MAX) {
        sg_pdf_change(
            d, MH_F_PDF_CHANGE_CATALOG, MH_MODS_OTHER, "too many keys");
        return;
    }
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < both[k]->count; i++) {
            struct mh_span key = both[k]->pair[i].key;

            if (sg_pdf_key_in(key, catalog_keys) ||
                sg_pdf_same_key(old, new, key) ||
                (k == 1 && df_pdf_key_span(old, key) != NULL))
                continue; /* said once */
            sg_pdf_change(d,
                mh_span_is(key, "Perms")   ? MH_F_PDF_CHANGE_PERMISSIONS
                : mh_span_is(key, "Pages") ? MH_F_PDF_CHANGE_PAGE
                                           : MH_F_PDF_CHANGE_CATALOG,
                MH_MODS_OTHER, sg_clean(d->arena, key));
        }
}

/* The catalog, 7.7.2, and all that hangs on it. */
static enum mh_code
catalog(struct sg_pdf_diff *d, const struct df_pdf_obj *new_trailer)
{
    const struct df_pdf_obj *old = NULL, *new = NULL;
    enum mh_code code = df_pdf_root(d->pdf, d->rev[SG_OLD], d->err, &old);

    if (code == MH_OK)
        code = df_pdf_root(d->pdf, d->rev[SG_NEW], d->err, &new);
    if (code == MH_OK)
        code = sg_pdf_allow(d, df_pdf_key(new_trailer, "Root"), SG_ROLE_EXACT);
    if (code != MH_OK)
        return code;
    if (old != new) {
        other_keys(d, old, new);
        mark_info(d, old, new);
        code = version(d, old, new);
    }
    if (code == MH_OK)
        code = extensions(d, old, new);
    if (code == MH_OK)
        code = metadata(d, old, new);
    if (code == MH_OK)
        code = sg_pdf_diff_dss(d, old, new);
    if (code == MH_OK)
        code = sg_pdf_diff_form(d, old, new);
    return code == MH_OK ? sg_pdf_diff_pages(d, new) : code;
}

enum mh_code
sg_pdf_diff_run(struct sg_pdf_diff *d)
{
    const struct df_pdf_obj *old =
        df_pdf_revision(d->pdf, d->rev[SG_OLD])->trailer;
    const struct df_pdf_obj *new =
        df_pdf_revision(d->pdf, d->rev[SG_NEW])->trailer;
    enum mh_code code = sg_pdf_collect(d);

    d->level = MH_MODS_NONE;
    /* Without a changed object there is nothing to see below the trailer. */
    if (code == MH_OK && d->items > 0)
        code = catalog(d, new);
    if (code == MH_OK)
        code = info(d, old, new);
    if (code == MH_OK) /* after the roles are known */
        code = trailer(d, old, new);
    if (code == MH_OK && d->items > 0)
        code = sg_pdf_diff_walk(d);
    return code;
}
