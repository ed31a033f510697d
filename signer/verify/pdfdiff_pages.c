#include "signer/verify/pdfdiff.h"

#include "base/limits.h"
#include "signer/verify/out.h"

/*
 * The pages (7.7.3): nothing of them may change but /Annots.  Added, changed
 * and removed annotations (12.5) are named by page, kind and author.  What is
 * a field of the form was judged there; only the rest is an annotation here.
 */

static const char *const page_keys[] = {"Annots", NULL};

/* What an annotation that stays may not change: what a click does. */
static const char *const action_keys[] = {"A", "AA", "Dest", "PA"};

/* Kinds that play, run or stand for the page itself (12.5.6). */
static const char *const loud_kinds[] = {"Screen", "Movie", "Sound",
    "RichMedia", "3D", "Watermark", "TrapNet", "PrinterMark", "Widget", NULL};

/* The nodes of the page tree that are still to be seen. */
struct stack {
    const struct df_pdf_obj **node;
    size_t count, cap;
};

static enum mh_code
push(struct sg_pdf_diff *d, struct stack *s, const struct df_pdf_obj *node)
{
    if (s->count == s->cap) {
        size_t cap = s->cap == 0 ? 64 : 2 * s->cap;
        const struct df_pdf_obj **more =
            mh_arena_array(d->arena, cap, sizeof(const struct df_pdf_obj *));

        if (more == NULL)
            return mh_fail(d->err, MH_ENOMEM, MH_NO_OFFSET,
                "pdf: no memory for the page tree");
        for (size_t i = 0; i < s->count; i++)
            more[i] = s->node[i];
        s->node = more;
        s->cap = cap;
    }
    s->node[s->count++] = node;
    return MH_OK;
}

/* Records what happened to an annotation: "FreeText added, by NAME". */
static void
annotation(struct sg_pdf_diff *d, const struct df_pdf_obj *dict,
    const char *what, enum mh_modifications level)
{
    const struct df_pdf_obj *kind = df_pdf_key(dict, "Subtype");
    const struct df_pdf_obj *author = df_pdf_key(dict, "T");
    struct mh_span by = {0};
    const char *text;

    if (df_pdf_is(author, DF_PDF_STRING) && !df_pdf_is_name(kind, "Widget"))
        by = df_pdf_text(author->bytes, d->arena);
    text = mh_arena_printf(d->arena, "%s %s%s%s",
        df_pdf_is(kind, DF_PDF_NAME) ? sg_clean(d->arena, kind->bytes) : "?",
        what, by.len > 0 ? ", by " : "", sg_clean(d->arena, by));
    sg_pdf_change(
        d, MH_F_PDF_CHANGE_ANNOTATION, level, text == NULL ? "" : text);
}

static bool
has_action(const struct df_pdf_obj *dict)
{
    for (size_t i = 0; i < sizeof(action_keys) / sizeof(action_keys[0]); i++)
        if (df_pdf_key(dict, action_keys[i]) != NULL)
            return true;
    return false;
}

static bool
same_actions(const struct df_pdf_obj *a, const struct df_pdf_obj *b)
{
    for (size_t i = 0; i < sizeof(action_keys) / sizeof(action_keys[0]); i++)
        if (!sg_pdf_same_key(a, b, mh_span_str(action_keys[i])))
            return false;
    return true;
}

static bool
is_loud(const struct df_pdf_obj *dict)
{
    const struct df_pdf_obj *kind = df_pdf_key(dict, "Subtype");

    return !df_pdf_is(kind, DF_PDF_NAME) ||
           sg_pdf_key_in(kind->bytes, loud_kinds);
}

/* References between annotations are where they may be (12.5.6.2). */
static enum mh_code
relatives(struct sg_pdf_diff *d, const struct df_pdf_obj *dict)
{
    static const char *const keys[] = {"Popup", "IRT", "Parent"};
    enum mh_code code = MH_OK;

    for (size_t i = 0; i < 3 && code == MH_OK; i++)
        code = sg_pdf_allow(d, df_pdf_key(dict, keys[i]), SG_ROLE_NONE);
    return code;
}

/* Was it explained as a field, or as a widget of one? */
static bool
is_field(const struct sg_pdf_diff *d, const struct df_pdf_obj *node)
{
    const struct sg_pdf_item *it = sg_pdf_item_of(d, node);

    return it != NULL && it->role == SG_ROLE_FIELD;
}

static enum mh_code
added(struct sg_pdf_diff *d, const struct df_pdf_obj *node)
{
    const struct df_pdf_obj *dict = NULL;
    enum mh_code code = sg_pdf_see(d, SG_NEW, node, &dict);
    bool touched = false;

    if (code != MH_OK)
        return code;
    if (is_field(d, node))
        return sg_pdf_allow(d, node, SG_ROLE_FIELD);
    if (dict == NULL || dict->type != DF_PDF_DICT) {
        sg_pdf_change(d, MH_F_PDF_CHANGE_PAGE, MH_MODS_OTHER, "Annots");
        return MH_OK;
    }
    /* A widget shows a field, and an action changes what a click does. */
    annotation(d, dict, "added",
        has_action(dict) || is_loud(dict) ? MH_MODS_OTHER
                                          : MH_MODS_ANNOTATIONS);
    code = sg_pdf_allow(d, node, SG_ROLE_ANNOT);
    if (code == MH_OK)
        code = relatives(d, dict);
    if (code == MH_OK)
        code = sg_pdf_appearance(d, df_pdf_key(dict, "AP"), &touched);
    return code == MH_OK ? sg_pdf_allow_new(d, dict) : code;
}

static enum mh_code
removed(struct sg_pdf_diff *d, const struct df_pdf_obj *node)
{
    const struct df_pdf_obj *dict = NULL;
    enum mh_code code = sg_pdf_see(d, SG_OLD, node, &dict);

    if (code == MH_OK && df_pdf_is(dict, DF_PDF_DICT))
        annotation(d, dict, "removed",
            df_pdf_is_name(df_pdf_key(dict, "Subtype"), "Widget")
                ? MH_MODS_OTHER
                : MH_MODS_ANNOTATIONS);
    return code;
}

static enum mh_code
stayed(struct sg_pdf_diff *d, const struct df_pdf_obj *old_node,
    const struct df_pdf_obj *node)
{
    const struct df_pdf_obj *old = NULL, *new = NULL;
    enum mh_code code = sg_pdf_see(d, SG_NEW, node, &new);
    bool touched = false;

    if (code == MH_OK)
        code = sg_pdf_see(d, SG_OLD, old_node, &old);
    if (code == MH_OK && is_field(d, node))
        return sg_pdf_allow(d, node, SG_ROLE_FIELD);
    if (code != MH_OK || !df_pdf_is(new, DF_PDF_DICT) ||
        !df_pdf_is(old, DF_PDF_DICT))
        return code; /* what changed and is none, the last walk names */
    /* What the form judges is not explained a second time. */
    if (df_pdf_is_name(df_pdf_key(new, "Subtype"), "Widget"))
        return MH_OK;
    touched = old != new && !df_pdf_equal(old, new);
    code = relatives(d, new);
    if (code == MH_OK)
        code = sg_pdf_appearance(d, df_pdf_key(new, "AP"), &touched);
    if (code != MH_OK || !touched)
        return code;
    annotation(d, new, "changed",
        same_actions(old, new) && !is_loud(new) && !is_loud(old)
            ? MH_MODS_ANNOTATIONS
            : MH_MODS_OTHER);
    code = sg_pdf_changed(d, node) ? sg_pdf_allow(d, node, SG_ROLE_ANNOT)
                                   : sg_pdf_watch(d, node, SG_ROLE_FIELD);
    return code == MH_OK ? sg_pdf_allow_new(d, new) : code;
}

/* The place of a member in a list, from a guess on; count: not there. */
static size_t
find(struct sg_pdf_diff *d, const struct df_pdf_obj *list, size_t guess,
    const struct df_pdf_obj *node)
{
    for (size_t i = 0; i < list->count; i++) {
        size_t k =
            guess + i < list->count ? guess + i : guess + i - list->count;

        ++d->shared->visits; /* the caller looks at the count */
        if (df_pdf_equal(list->item[k], node))
            return k;
    }
    return list->count;
}

static enum mh_code
annotations(struct sg_pdf_diff *d, const struct df_pdf_obj *old,
    const struct df_pdf_obj *new)
{
    size_t guess = 0;
    bool *seen = mh_arena_array(d->arena, old->count, sizeof(bool));
    enum mh_code code = MH_OK;

    if (seen == NULL)
        return mh_fail(d->err, MH_ENOMEM, MH_NO_OFFSET,
            "pdf: no memory for the annotations");
    for (size_t i = 0; i < new->count &&code == MH_OK; i++) {
        size_t at = find(d, old, guess, new->item[i]);

        code = sg_pdf_visit(d);
        if (code != MH_OK)
            break;
        if (at == old->count || seen[at]) {
            code = added(d, new->item[i]);
            continue;
        }
        if (at < guess) /* another order: another one lies on top */
            sg_pdf_change(
                d, MH_F_PDF_CHANGE_ANNOTATION, MH_MODS_ANNOTATIONS, "order");
        seen[at] = true;
        guess = at + 1;
        code = stayed(d, old->item[at], new->item[i]);
    }
    for (size_t i = 0; i < old->count && code == MH_OK; i++)
        if (!seen[i])
            code = removed(d, old->item[i]);
    return code;
}

static enum mh_code
annots(struct sg_pdf_diff *d, const struct df_pdf_obj *old_page,
    const struct df_pdf_obj *new_page)
{
    static const struct df_pdf_obj none = {.type = DF_PDF_ARRAY};
    const struct df_pdf_obj *node = df_pdf_key(new_page, "Annots");
    const struct df_pdf_obj *old = NULL, *new = NULL;
    enum mh_code code = sg_pdf_see_key(d, SG_OLD, old_page, "Annots", &old);

    if (code == MH_OK)
        code = sg_pdf_see(d, SG_NEW, node, &new);
    if (code != MH_OK || (old == NULL && new == NULL))
        return code;
    old = old == NULL ? &none : old;
    new = new == NULL ? &none : new;
    if (old->type != DF_PDF_ARRAY || new->type != DF_PDF_ARRAY) {
        sg_pdf_change(d, MH_F_PDF_CHANGE_PAGE, MH_MODS_OTHER, "Annots");
        return MH_OK;
    }
    code = sg_pdf_allow(d, node, SG_ROLE_EXACT);
    if (code != MH_OK)
        return code;
    if (old != new && !df_pdf_equal(old, new))
        return annotations(d, old, new);
    for (size_t i = 0; i < new->count &&i < old->count &&code == MH_OK; i++) {
        code = sg_pdf_visit(d);
        if (code == MH_OK)
            code = stayed(d, old->item[i], new->item[i]);
    }
    return code;
}

static enum mh_code
page(struct sg_pdf_diff *d, const struct df_pdf_obj *node,
    const struct df_pdf_obj *new)
{
    struct sg_pdf_item *it = sg_pdf_item_of(d, node);
    const struct df_pdf_obj *old = NULL;
    struct mh_span key;
    enum mh_code code = sg_pdf_see(d, SG_OLD, node, &old);

    if (code != MH_OK)
        return code;
    if (it != NULL && it->fresh) {
        sg_pdf_change(d, MH_F_PDF_CHANGE_PAGE, MH_MODS_OTHER, "added");
        return MH_OK;
    }
    if (!df_pdf_is(old, DF_PDF_DICT) || !df_pdf_is(new, DF_PDF_DICT))
        return MH_OK; /* the last walk names it */
    if (old != new && !sg_pdf_same_but(old, new, page_keys, &key)) {
        sg_pdf_change(
            d, MH_F_PDF_CHANGE_PAGE, MH_MODS_OTHER, sg_clean(d->arena, key));
        return MH_OK;
    }
    if (it != NULL && !it->watched)
        it->role = SG_ROLE_PAGE;
    return annots(d, old, new);
}

enum mh_code
sg_pdf_diff_pages(struct sg_pdf_diff *d, const struct df_pdf_obj *root)
{
    struct stack stack = {0};
    enum mh_code code = push(d, &stack, df_pdf_key(root, "Pages"));
    size_t pages = 0;

    sg_pdf_forget(d);
    while (code == MH_OK && stack.count > 0) {
        const struct df_pdf_obj *node = stack.node[--stack.count], *dict = NULL,
                                *kids = NULL;
        bool again = false;

        code = sg_pdf_visit(d);
        if (code == MH_OK)
            code = sg_pdf_see(d, SG_NEW, node, &dict);
        if (code == MH_OK)
            code = sg_pdf_see_key(d, SG_NEW, dict, "Kids", &kids);
        if (code != MH_OK || !df_pdf_is_dict(dict))
            continue;
        if (df_pdf_is(kids, DF_PDF_ARRAY)) {
            /* A tree that comes back to itself is not followed twice. */
            if (node->type == DF_PDF_REF)
                code = sg_pdf_once(d, node->num, &again);
            /* The first kid is looked at first. */
            for (size_t i = kids->count; i > 0 && code == MH_OK && !again; i--)
                code = push(d, &stack, kids->item[i - 1]);
            continue;
        }
        d->page = ++pages;
        code = page(d, node, dict);
    }
    d->page = 0;
    return code;
}
