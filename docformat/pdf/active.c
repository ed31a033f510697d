#include "docformat/pdf/active.h"

#include <string.h>

#include "base/limits.h"
#include "base/wire/codes.h"
#include "docformat/pdf/file.h"

struct look {
    struct df_pdf *pdf;
    size_t rev;
    struct mh_err *err;
    struct df_pdf_actives *out;
    bool *seen;      /* by number */
    uint32_t *queue; /* numbers to be read */
    size_t head, tail;
    uint32_t highest;
    uint32_t num; /* the object being looked at */
    uint64_t offset;
    bool reached; /* something leads to it */
};

static const char *const names[] = {
    "javascript",
    "open-action",
    "event-actions",
    "launch",
    "link",
    "other-document",
    "sends-form",
    "media",
    "attachment",
    "layers",
    "xfa",
    "outside",
    "unused-catalog",
    "unused-page",
    "unused-font",
    "unused-content",
};

const char *
df_pdf_activity_name(enum df_pdf_activity what)
{
    return what < DF_PDF_ACTIVITIES ? names[what] : "";
}

static void
add(struct look *l, enum df_pdf_activity what)
{
    struct df_pdf_actives *o = l->out;

    o->total[what]++;
    if (o->count < MH_PDF_ACTIVE_MAX)
        o->item[o->count++] = (struct df_pdf_active){what, l->num, l->offset};
}

/* /S of an action, 12.6.4. */
static const struct {
    const char *name;
    enum df_pdf_activity what;
} actions[] = {
    {"JavaScript", DF_PDF_JAVASCRIPT},
    {"Launch", DF_PDF_LAUNCH},
    {"URI", DF_PDF_LINK},
    {"GoToR", DF_PDF_OTHER_DOCUMENT},
    {"GoToE", DF_PDF_OTHER_DOCUMENT},
    {"Thread", DF_PDF_OTHER_DOCUMENT},
    {"SubmitForm", DF_PDF_SENDS_FORM},
    {"ImportData", DF_PDF_SENDS_FORM},
    {"Sound", DF_PDF_MEDIA},
    {"Movie", DF_PDF_MEDIA},
    {"Rendition", DF_PDF_MEDIA},
    {"GoTo3DView", DF_PDF_MEDIA},
    {"RichMediaExecute", DF_PDF_MEDIA},
};

/* /Subtype of an annotation, 12.5.6. */
static const struct {
    const char *name;
    enum df_pdf_activity what;
} subtypes[] = {
    {"FileAttachment", DF_PDF_ATTACHMENT},
    {"Sound", DF_PDF_MEDIA},
    {"Movie", DF_PDF_MEDIA},
    {"Screen", DF_PDF_MEDIA},
    {"3D", DF_PDF_MEDIA},
    {"RichMedia", DF_PDF_MEDIA},
};

static bool
has(const struct df_pdf_obj *dict, const char *key)
{
    return df_pdf_key(dict, key) != NULL;
}

static void
look_at_action(struct look *l, const struct df_pdf_obj *d)
{
    const struct df_pdf_obj *s = df_pdf_key(d, "S");

    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
        if (df_pdf_is_name(s, actions[i].name)) {
            add(l, actions[i].what);
            return;
        }
    /* Name trees and old writers leave /S out. */
    if (has(d, "JS"))
        add(l, DF_PDF_JAVASCRIPT);
}

static void
look_at_subtype(struct look *l, const struct df_pdf_obj *d)
{
    const struct df_pdf_obj *s = df_pdf_key(d, "Subtype");

    for (size_t i = 0; i < sizeof(subtypes) / sizeof(subtypes[0]); i++)
        if (df_pdf_is_name(s, subtypes[i].name))
            add(l, subtypes[i].what);
}

static void
look_at_dict(struct look *l, const struct df_pdf_obj *d)
{
    const struct df_pdf_obj *type = df_pdf_key(d, "Type");
    const struct df_pdf_obj *open = df_pdf_key(d, "OpenAction");

    look_at_action(l, d);
    look_at_subtype(l, d);
    if (has(d, "AA"))
        add(l, DF_PDF_EVENT_ACTIONS);
    if (df_pdf_is_name(type, "EmbeddedFile"))
        add(l, DF_PDF_ATTACHMENT);
    if (has(d, "XFA"))
        add(l, DF_PDF_XFA);
    /* A stream whose data, or a form whose page, stands in another file. */
    if ((d->type == DF_PDF_STREAM && has(d, "F")) ||
        (df_pdf_is_name(df_pdf_key(d, "Subtype"), "Form") && has(d, "Ref")))
        add(l, DF_PDF_OUTSIDE);
    if (!df_pdf_is_name(type, "Catalog"))
        return;
    if (open != NULL && open->type != DF_PDF_ARRAY)
        add(l, DF_PDF_OPEN_ACTION);
    if (has(d, "OCProperties"))
        add(l, DF_PDF_LAYERS);
}

static void
look_at_unused(struct look *l, const struct df_pdf_obj *d)
{
    const struct df_pdf_obj *type = df_pdf_key(d, "Type");
    const struct df_pdf_obj *subtype = df_pdf_key(d, "Subtype");

    if (df_pdf_is_name(type, "Catalog"))
        add(l, DF_PDF_UNUSED_CATALOG);
    else if (df_pdf_is_name(type, "Page") || df_pdf_is_name(type, "Pages"))
        add(l, DF_PDF_UNUSED_PAGE);
    else if (df_pdf_is_name(type, "Font"))
        add(l, DF_PDF_UNUSED_FONT);
    else if (df_pdf_is_name(subtype, "Form") ||
             df_pdf_is_name(subtype, "Image"))
        add(l, DF_PDF_UNUSED_CONTENT);
}

static void
refer(struct look *l, uint32_t num)
{
    if (num > l->highest || l->seen[num])
        return;
    l->seen[num] = true;
    l->queue[l->tail++] = num;
}

/* Everything inside one object; its depth was limited when it was read. */
static void
look_inside(struct look *l, const struct df_pdf_obj *o, unsigned depth)
{
    if (depth > MH_PDF_DEPTH_MAX)
        return;
    if (o->type == DF_PDF_REF && l->reached)
        refer(l, o->num);
    if (o->type == DF_PDF_ARRAY)
        for (size_t i = 0; i < o->count; i++)
            look_inside(l, o->item[i], depth + 1);
    if (!df_pdf_is_dict(o))
        return;
    look_at_dict(l, o);
    for (size_t i = 0; i < o->count; i++)
        look_inside(l, o->pair[i].value, depth + 1);
}

static enum mh_code
look_at(struct look *l, uint32_t num)
{
    const struct df_pdf_obj *o = NULL;
    struct df_pdf_entry e, holder;
    enum mh_code code = df_pdf_find(l->pdf, l->rev, num, l->err, &e);

    if (code == MH_OK && e.where != DF_PDF_ABSENT && e.where != DF_PDF_FREE)
        code = df_pdf_get(l->pdf, l->rev, num, l->err, &o);
    if (code == MH_EFORMAT || code == MH_EUNSUP) {
        l->out->unread++;
        return MH_OK;
    }
    if (code != MH_OK || o == NULL)
        return code;
    l->num = num;
    l->offset = e.offset;
    if (e.where == DF_PDF_INSIDE) {
        code = df_pdf_find(l->pdf, l->rev, e.stream, l->err, &holder);
        l->offset = holder.offset;
    }
    if (!l->reached && df_pdf_is_dict(o))
        look_at_unused(l, o);
    if (code == MH_OK)
        look_inside(l, o, 0);
    return code;
}

/* Along the references from the trailer, then what is left. */
static enum mh_code
look_around(struct look *l)
{
    enum mh_code code = MH_OK;

    l->reached = true;
    for (size_t i = 0; i <= l->rev; i++) {
        const struct df_pdf_obj *t = df_pdf_revision(l->pdf, i)->trailer;
        const struct df_pdf_obj *root = df_pdf_key(t, "Root");
        const struct df_pdf_obj *info = df_pdf_key(t, "Info");

        if (i == l->rev && df_pdf_is(root, DF_PDF_REF))
            refer(l, root->num);
        if (df_pdf_is(info, DF_PDF_REF))
            refer(l, info->num);
    }
    while (l->head < l->tail && code == MH_OK)
        code = look_at(l, l->queue[l->head++]);
    l->reached = false;
    for (uint32_t num = 1; num <= l->highest && code == MH_OK; num++)
        if (!l->seen[num])
            code = look_at(l, num);
    return code;
}

enum mh_code
df_pdf_active(struct df_pdf *pdf, size_t rev, struct mh_err *err,
    struct df_pdf_actives *out)
{
    struct look l = {.pdf = pdf, .rev = rev, .err = err, .out = out};
    struct mh_arena *arena = df_pdf_arena(pdf);
    uint64_t highest, size;

    memset(out, 0, sizeof(*out));
    df_pdf_sizes(pdf, rev, &highest, &size);
    l.highest = (uint32_t)highest;
    l.seen = mh_arena_array(arena, (size_t)highest + 1, sizeof(*l.seen));
    l.queue = mh_arena_array(arena, (size_t)highest + 1, sizeof(*l.queue));
    out->item = mh_arena_array(arena, MH_PDF_ACTIVE_MAX, sizeof(*out->item));
    if (l.seen == NULL || l.queue == NULL || out->item == NULL)
        return df_pdf_no_memory(pdf, err);
    return look_around(&l);
}
