#include "signer/verify/pdfdiff.h"

#include "base/limits.h"

/* What fields and annotations show on a page (12.5.5). */

/* One of /N, /R, /D: a form XObject, or a dictionary of them by state. */
static enum mh_code
appearance_entry(struct sg_pdf_diff *d, const struct df_pdf_obj *node,
    bool states, bool *touched)
{
    const struct df_pdf_obj *obj = NULL;
    bool inside = false;
    enum mh_code code = sg_pdf_visit(d);

    if (code == MH_OK)
        code = sg_pdf_see(d, SG_NEW, node, &obj);
    if (code != MH_OK || obj == NULL)
        return code;
    if (obj->type == DF_PDF_DICT && states) {
        for (size_t i = 0; i < obj->count && code == MH_OK; i++)
            code = appearance_entry(d, obj->pair[i].value, false, &inside);
    } else if (obj->type != DF_PDF_STREAM) {
        return MH_OK; /* if it changed, nothing explains it */
    }
    if (code == MH_OK && sg_pdf_changed(d, node)) {
        inside = true;
        code = sg_pdf_allow(d, node, SG_ROLE_EXACT);
        if (code == MH_OK && obj->type == DF_PDF_STREAM)
            code = sg_pdf_allow_new(d, obj);
    } else if (code == MH_OK && inside) {
        code = sg_pdf_watch(d, node, SG_ROLE_EXACT);
    }
    *touched = *touched || inside;
    return code;
}

enum mh_code
sg_pdf_appearance(
    struct sg_pdf_diff *d, const struct df_pdf_obj *node, bool *touched)
{
    static const char *const kinds[] = {"N", "R", "D"};
    const struct df_pdf_obj *dict = NULL;
    bool inside = false;
    enum mh_code code = sg_pdf_see(d, SG_NEW, node, &dict);

    if (code != MH_OK || dict == NULL || dict->type != DF_PDF_DICT)
        return code;
    for (size_t i = 0; i < 3 && code == MH_OK; i++)
        code = appearance_entry(d, df_pdf_key(dict, kinds[i]), true, &inside);
    if (code == MH_OK && sg_pdf_changed(d, node)) {
        inside = true;
        code = sg_pdf_allow(d, node, SG_ROLE_EXACT);
    } else if (code == MH_OK && inside) {
        code = sg_pdf_watch(d, node, SG_ROLE_EXACT);
    }
    *touched = *touched || inside;
    return code;
}

/*
 * The appearance that a field gives up.  Where something else than a field
 * shows the same object, the field was not alone with its picture: afterwards
 * two places differ that were one thing when the document was signed.
 */
enum mh_code
sg_pdf_given_up(struct sg_pdf_diff *d, const struct df_pdf_obj *before,
    const struct df_pdf_obj *after)
{
    static const char *const kinds[] = {"N", "R", "D"};
    const struct df_pdf_obj *node = df_pdf_key(before, "AP"), *old = NULL,
                            *new = NULL;
    enum mh_code code = sg_pdf_see(d, SG_OLD, node, &old);

    if (code == MH_OK)
        code = sg_pdf_see_key(d, SG_NEW, after, "AP", &new);
    if (code == MH_OK && node != NULL &&
        !sg_pdf_same_key(before, after, mh_span_str("AP")))
        code = sg_pdf_watch(d, node, SG_ROLE_PICTURE);
    for (size_t i = 0; i < 3 && code == MH_OK && old != new; i++) {
        const struct df_pdf_obj *was = df_pdf_key(old, kinds[i]),
                                *states = NULL;

        if (was == NULL || sg_pdf_same_key(old, new, mh_span_str(kinds[i])))
            continue;
        code = sg_pdf_watch(d, was, SG_ROLE_PICTURE);
        if (code == MH_OK)
            code = sg_pdf_see(d, SG_OLD, was, &states);
        for (size_t k = 0; code == MH_OK && df_pdf_is(states, DF_PDF_DICT) &&
                           k < states->count;
             k++)
            code = sg_pdf_watch(d, states->pair[k].value, SG_ROLE_PICTURE);
    }
    return code;
}

/* A field with these keys shows something: a rectangle, not hidden (12.5.3). */
bool
sg_pdf_is_drawn(const struct df_pdf_obj *dict)
{
    const struct df_pdf_obj *rect = df_pdf_key(dict, "Rect");
    const struct df_pdf_obj *f = df_pdf_key(dict, "F");

    if (df_pdf_is(f, DF_PDF_INT) && (f->integer & 2) != 0)
        return false;
    if (rect == NULL)
        return false;
    if (rect->type != DF_PDF_ARRAY || rect->count != 4)
        return true; /* who knows */
    return !df_pdf_equal(rect->item[0], rect->item[2]) &&
           !df_pdf_equal(rect->item[1], rect->item[3]);
}

/* The area of a rectangle (7.9.5) in whole units; -1 where it is none. */
static int64_t
area(const struct df_pdf_obj *rect)
{
    const int64_t most = 1000000;
    int64_t side[4];

    if (rect == NULL || rect->type != DF_PDF_ARRAY || rect->count != 4)
        return -1;
    for (size_t i = 0; i < 4; i++) {
        const struct df_pdf_obj *n = rect->item[i];

        if (n->type != DF_PDF_INT && n->type != DF_PDF_REAL)
            return -1;
        side[i] = n->integer > most    ? most
                  : n->integer < -most ? -most
                                       : n->integer;
    }
    side[2] -= side[0];
    side[3] -= side[1];
    return (side[2] < 0 ? -side[2] : side[2]) *
           (side[3] < 0 ? -side[3] : side[3]);
}

/*
 * Does a field that changed lie over a quarter of its page, or more?  It may
 * have been prepared to be filled in with something that hides the page.
 */
enum mh_code
sg_pdf_covers_page(
    struct sg_pdf_diff *d, const struct df_pdf_obj *dict, bool *out)
{
    const struct df_pdf_obj *rect = NULL, *page = NULL, *box = NULL;
    enum mh_code code = sg_pdf_see_key(d, SG_NEW, dict, "Rect", &rect);

    *out = false;
    if (code == MH_OK)
        code = sg_pdf_see_key(d, SG_NEW, dict, "P", &page);
    if (code != MH_OK || rect == NULL || area(rect) == 0)
        return code;
    for (unsigned i = 0;
         page != NULL && box == NULL && code == MH_OK && i < MH_PDF_FIELD_DEPTH;
         i++) {
        code = sg_pdf_see_key(d, SG_NEW, page, "MediaBox", &box);
        if (code == MH_OK)
            code = sg_pdf_see_key(d, SG_NEW, page, "Parent", &page);
    }
    *out = area(rect) < 0 || area(box) < 0 || area(rect) >= area(box) / 4;
    return code;
}
