#include "signer/verify/pdfdiff.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"

/*
 * The last walk: every reference in the newer view, from the trailer on.  An
 * object is entered once; a reference to a changed or watched object must be
 * one that a rule has marked, or stand where its role allows one.
 */

struct walk {
    struct sg_pdf_diff *d;
    struct sg_pdf_scratch *own;
    enum sg_pdf_view view;
    size_t count; /* objects to enter */
};

/* Where a reference stands. */
struct spot {
    const struct df_pdf_obj *dict; /* the nearest dictionary, or NULL */
    struct mh_span key;            /* its key; empty in an array of none */
    struct mh_span outer;          /* the key under which dict itself stands */
    bool listed;                   /* in an array that is the key's value */
};

static bool
is_seen(const struct walk *w, uint32_t num)
{
    return num < w->own->bound && (w->own->seen[num / 8] >> (num % 8) & 1) != 0;
}

static enum mh_code
grow(struct walk *w, uint32_t num)
{
    uint32_t bound = w->own->bound == 0 ? 4096 : w->own->bound;
    uint8_t *seen;

    if (num < w->own->bound)
        return MH_OK;
    if (num >= MH_PDF_OBJECTS_MAX)
        return mh_fail_finding(w->d->err, MH_ELIMIT, MH_F_PDF_LIMIT,
            MH_NO_OFFSET, "pdf: an object number is too high");
    while (bound <= num)
        bound *= 2;
    seen = mh_arena_alloc(w->d->arena, bound / 8);
    if (seen == NULL)
        return mh_fail(
            w->d->err, MH_ENOMEM, MH_NO_OFFSET, "pdf: no memory to compare");
    for (uint32_t i = 0; i < w->own->bound / 8; i++)
        seen[i] = w->own->seen[i];
    w->own->seen = seen;
    w->own->bound = bound;
    return MH_OK;
}

static enum mh_code
enter(struct walk *w, uint32_t num)
{
    enum mh_code code = grow(w, num);

    if (code != MH_OK)
        return code;
    w->own->seen[num / 8] |= (uint8_t)(1U << (num % 8));
    if (w->count == w->own->cap) {
        size_t cap = w->own->cap == 0 ? 1024 : 2 * w->own->cap;
        uint32_t *todo = mh_arena_array(w->d->arena, cap, sizeof(*todo));

        if (todo == NULL)
            return mh_fail(w->d->err, MH_ENOMEM, MH_NO_OFFSET,
                "pdf: no memory to compare");
        for (size_t i = 0; i < w->count; i++)
            todo[i] = w->own->todo[i];
        w->own->todo = todo;
        w->own->cap = cap;
    }
    w->own->todo[w->count++] = num;
    return MH_OK;
}

void
sg_pdf_forget(struct sg_pdf_diff *d)
{
    if (d->shared->bound > 0)
        memset(d->shared->seen, 0, d->shared->bound / 8);
}

enum mh_code
sg_pdf_once(struct sg_pdf_diff *d, uint32_t num, bool *again)
{
    struct walk w = {.d = d, .own = d->shared};
    enum mh_code code = grow(&w, num);

    *again = code == MH_OK && is_seen(&w, num);
    if (code == MH_OK)
        w.own->seen[num / 8] |= (uint8_t)(1U << (num % 8));
    return code;
}

/*
 * May a reference to an annotation or field stand here?  Each of these keys
 * holds annotations or fields and nothing that is shown by itself; /Kids of
 * the page tree holds pages.
 */
static bool
holds_fields(const struct spot *s)
{
    static const char *const lists[] = {"Annots", "Fields", "CO", NULL};
    static const char *const single[] = {
        "Parent", "Popup", "IRT", "Obj", "Data", NULL};

    if (s->dict == NULL)
        return false;
    if (!s->listed)
        return sg_pdf_key_in(s->key, single);
    return sg_pdf_key_in(s->key, lists) ||
           (mh_span_is(s->key, "Kids") &&
               df_pdf_key(s->dict, "Count") == NULL &&
               !df_pdf_is_name(df_pdf_key(s->dict, "Type"), "Pages"));
}

/* /Data of a signature reference names what its transform looks at (12.8.1). */
static bool
is_transform_data(const struct spot *s)
{
    return s->dict != NULL && !s->listed && mh_span_is(s->key, "Data") &&
           df_pdf_key(s->dict, "TransformMethod") != NULL;
}

/* May an appearance stand here: /AP, its kinds, and their states (12.5.5)? */
static bool
holds_pictures(const struct spot *s)
{
    static const char *const keys[] = {"AP", "N", "R", "D", NULL};

    return s->dict != NULL && !s->listed &&
           (sg_pdf_key_in(s->key, keys) || sg_pdf_key_in(s->outer, keys + 1));
}

static bool
is_explained(const struct walk *w, const struct sg_pdf_item *it,
    const struct df_pdf_obj *ref, const struct spot *s)
{
    if (it->gone || it->gen != ref->gen)
        return false;
    if (it->role == SG_ROLE_NONE)
        return false;
    if (it->role == SG_ROLE_PICTURE)
        return holds_pictures(s);
    return it->role == SG_ROLE_PAGE || sg_pdf_allowed(w->d, ref) ||
           (it->role == SG_ROLE_FIELD && holds_fields(s)) ||
           is_transform_data(s);
}

/* Says once of each object that it is unexplained, and what it is. */
static void
unexplained(struct walk *w, struct sg_pdf_item *it, const struct spot *s)
{
    const struct df_pdf_obj *is = it->gone ? it->old : it->new;
    enum mh_finding_code code = MH_F_PDF_CHANGE_OBJECT;
    char text[128];

    if (it->gone)
        code = MH_F_PDF_CHANGE_DELETED;
    else if (df_pdf_is_name(df_pdf_key(is, "Type"), "Page") ||
             df_pdf_is_name(df_pdf_key(is, "Type"), "Pages"))
        code = MH_F_PDF_CHANGE_PAGE;
    else if (it->role == SG_ROLE_FIELD ||
             df_pdf_is_name(df_pdf_key(is, "Subtype"), "Widget"))
        code = MH_F_PDF_CHANGE_FIELD;
    (void)snprintf(text, sizeof(text), "object %" PRIu32 "%s%.*s", it->num,
        s->key.len > 0 ? ", reached by /" : "",
        (int)(s->key.len < 40 ? s->key.len : 40),
        s->key.len > 0 ? (const char *)s->key.ptr : ""); /* cut is fine */
    sg_pdf_change(w->d, code, MH_MODS_OTHER, text);
}

static enum mh_code
reference(struct walk *w, const struct df_pdf_obj *ref, const struct spot *s)
{
    struct sg_pdf_item *it = sg_pdf_item_of(w->d, ref);

    if (w->view == SG_NEW && it != NULL && !is_explained(w, it, ref, s))
        unexplained(w, it, s);
    if (w->view == SG_OLD && it != NULL && it->gone && !is_seen(w, ref->num))
        unexplained(w, it, s);
    return ref->num == 0 || is_seen(w, ref->num) ? MH_OK : enter(w, ref->num);
}

/* Everything inside one object; the parser has bounded its depth. */
static enum mh_code
inside(struct walk *w, const struct df_pdf_obj *obj, const struct spot *s,
    unsigned depth)
{
    enum mh_code code = sg_pdf_visit(w->d);

    if (obj == NULL || code != MH_OK)
        return code;
    if (depth > MH_PDF_DEPTH_MAX + 1)
        return mh_fail_finding(w->d->err, MH_ELIMIT, MH_F_PDF_LIMIT,
            MH_NO_OFFSET, "pdf: an object is too deep");
    if (obj->type == DF_PDF_REF)
        return reference(w, obj, s);
    if (obj->type == DF_PDF_ARRAY) {
        struct spot in = *s;

        /* An array in an array is the value of no key. */
        in.dict = s->listed ? NULL : s->dict;
        in.listed = true;
        for (size_t i = 0; i < obj->count && code == MH_OK; i++)
            code = inside(w, obj->item[i], &in, depth + 1);
    } else if (df_pdf_is_dict(obj)) {
        for (size_t i = 0; i < obj->count && code == MH_OK; i++) {
            const struct spot in = {obj, obj->pair[i].key, s->key, false};

            code = inside(w, obj->pair[i].value, &in, depth + 1);
        }
    }
    return code;
}

static enum mh_code
walk(struct sg_pdf_diff *d, enum sg_pdf_view view)
{
    struct walk w = {.d = d, .own = d->shared, .view = view};
    const struct spot top = {0};
    enum mh_code code;

    sg_pdf_forget(d);
    code = inside(&w, df_pdf_revision(d->pdf, d->rev[view])->trailer, &top, 0);

    while (code == MH_OK && w.count > 0) {
        uint32_t num = w.own->todo[--w.count];
        const struct df_pdf_obj *obj = NULL;

        code = df_pdf_get(d->pdf, d->rev[view], num, d->err, &obj);
        if (code != MH_OK || obj == NULL)
            continue;
        /* Members of an indirect array stand under no key: the rule that went
           through the array has marked them. */
        code = inside(&w, obj, &top, 0);
    }
    return code;
}

enum mh_code
sg_pdf_diff_walk(struct sg_pdf_diff *d)
{
    enum mh_code code = walk(d, SG_NEW);

    /* What was freed must not have been reachable in what was signed. */
    if (code == MH_OK && d->deleted)
        code = walk(d, SG_OLD);
    return code;
}
