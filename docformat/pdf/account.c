/*
 * Every byte after a signature explained (formats.md 8.1 rules 3 to 5).
 */
#include "docformat/pdf/file.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/wire/codes.h"

struct extent {
    uint64_t start, end;
};

struct extents {
    struct extent *list;
    size_t count;
};

static enum mh_code
unexplained(struct mh_err *err, uint64_t at)
{
    return mh_fail_finding(err, MH_EFORMAT, MH_F_PDF_UNEXPLAINED_BYTES, at,
        "pdf: bytes that belong to nothing");
}

static int
by_start(const void *a, const void *b)
{
    const struct extent *x = a, *y = b;

    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return x->end < y->end ? -1 : x->end > y->end;
}

/* White space and comments; one comment is enough for a note. */
static enum mh_code
check_gap(struct df_pdf *pdf, uint64_t from, uint64_t to, bool *comment,
    struct mh_err *err)
{
    const uint8_t *p = pdf->file.ptr;

    for (uint64_t i = from; i < to; i++) {
        if (df_pdf_is_space(p[i]))
            continue;
        if (p[i] != '%')
            return unexplained(err, i);
        if (!*comment)
            df_note_add(pdf->notes, MH_F_PDF_COMMENT, DF_INFO, i,
                (struct mh_span){NULL, 0});
        *comment = true;
        while (i < to && p[i] != '\n' && p[i] != '\r')
            i++;
        if (i == to && to < pdf->file.len)
            return unexplained(err, i); /* it would swallow what follows */
    }
    return MH_OK;
}

/*
 * In a hybrid revision old readers see the table alone (7.5.8.4).  What the
 * stream adds to it is hidden from them: they see some of the changes, never
 * others.  What it says otherwise is a contradiction.
 */
static enum mh_code
check_view(struct df_pdf *pdf, size_t rev, uint32_t num, bool *hidden,
    struct mh_err *err)
{
    struct df_pdf_saved *s = &pdf->rev[rev];
    struct df_pdf_entry a, b = {.where = DF_PDF_ABSENT};
    enum mh_code code =
        df_pdf_section_find(pdf->file, s->main, num, pdf->arena, err, &a);

    if (code == MH_OK)
        code =
            df_pdf_section_find(pdf->file, s->second, num, pdf->arena, err, &b);
    if (code != MH_OK || b.where == DF_PDF_ABSENT || b.where == DF_PDF_FREE)
        return code;
    if (a.where == b.where && a.offset == b.offset && a.gen == b.gen)
        return MH_OK;
    *hidden = true;
    if (a.where != DF_PDF_ABSENT && a.where != DF_PDF_FREE)
        code = mh_fail_finding(err, MH_EFORMAT, MH_F_PDF_HYBRID_VIEWS,
            s->is.xref, "pdf: two views of one revision");
    return code;
}

static enum mh_code
check_views(struct df_pdf *pdf, size_t rev, const uint32_t *num, size_t count,
    struct mh_err *err)
{
    struct df_pdf_saved *s = &pdf->rev[rev];
    enum mh_code code = MH_OK;
    bool hidden = false;

    if (s->is.kind != DF_PDF_HYBRID)
        return MH_OK;
    for (size_t i = 0; i < count && code == MH_OK; i++)
        code = check_view(pdf, rev, num[i], &hidden, err);
    if (code == MH_OK && hidden)
        df_note_add(pdf->notes, MH_F_PDF_HYBRID_VIEWS, DF_STRICT, s->is.xref,
            (struct mh_span){NULL, 0});
    return code;
}

/* Every object of an object stream must be named, or it waits in hiding. */
static enum mh_code
check_pack(struct df_pdf *pdf, size_t rev, uint32_t num, struct mh_err *err)
{
    struct df_pdf_pack *pack = NULL;
    enum mh_code code = df_pdf_unpack(pdf, rev, num, err, &pack);

    for (size_t i = 0; code == MH_OK && i < pack->count; i++) {
        struct df_pdf_entry e;

        code = df_pdf_named(pdf, rev, pack->num[i], err, &e);
        if (code == MH_OK &&
            (e.where != DF_PDF_INSIDE || e.stream != num || e.index != i))
            code = unexplained(err, pack->stream->at);
    }
    return code;
}

static bool
is_pack(const struct df_pdf_obj *o)
{
    return df_pdf_is(o, DF_PDF_STREAM) &&
           df_pdf_is_name(df_pdf_key(o, "Type"), "ObjStm");
}

/* An object stream that is exchanged changes objects that nobody names. */
static enum mh_code
check_exchanged(struct df_pdf *pdf, size_t rev, const struct df_pdf_entry *now,
    struct mh_err *err)
{
    struct df_pdf_entry old;
    struct df_pdf_known k;
    enum mh_code code = df_pdf_find(pdf, rev - 1, now->num, err, &old);

    if (code != MH_OK || old.where != DF_PDF_AT ||
        (now->where == DF_PDF_AT && now->offset == old.offset))
        return code;
    code = df_pdf_read(pdf, rev - 1, &old, err, &k);
    if (code == MH_OK && is_pack(k.obj))
        code = mh_fail_finding(err, MH_EFORMAT, MH_F_PDF_OBJECT_STREAM,
            pdf->rev[rev].is.xref, "pdf: object stream exchanged");
    return code;
}

static void
add(struct extents *x, uint64_t start, uint64_t end)
{
    x->list[x->count++] = (struct extent){start, end};
}

/* The extents of the objects that stand in the revision itself. */
static enum mh_code
add_object(struct df_pdf *pdf, size_t rev, uint32_t num, struct extents *x,
    struct mh_err *err)
{
    struct df_pdf_entry e;
    struct df_pdf_known k;
    enum mh_code code = df_pdf_find(pdf, rev, num, err, &e);

    if (code != MH_OK)
        return code;
    code = check_exchanged(pdf, rev, &e, err);
    if (code != MH_OK || e.where == DF_PDF_FREE || e.where == DF_PDF_ABSENT)
        return code;
    code = df_pdf_read(pdf, rev, &e, err, &k);
    if (code != MH_OK || e.where == DF_PDF_INSIDE ||
        e.offset < pdf->rev[rev].is.start)
        return code;
    add(x, e.offset, k.end);
    return is_pack(k.obj) ? check_pack(pdf, rev, num, err) : MH_OK;
}

/* Extents may repeat, because a stream of references names itself. */
static enum mh_code
check_extents(
    struct df_pdf *pdf, size_t rev, struct extents *x, struct mh_err *err)
{
    const struct df_pdf_saved *s = &pdf->rev[rev];
    uint64_t at = s->is.start;
    bool comment = false;
    enum mh_code code = MH_OK;

    qsort(x->list, x->count, sizeof(x->list[0]), by_start);
    for (size_t i = 0; i < x->count && code == MH_OK; i++) {
        if (i > 0 && by_start(&x->list[i], &x->list[i - 1]) == 0)
            continue;
        if (x->list[i].start < at)
            return mh_fail_finding(err, MH_EFORMAT, MH_F_PDF_XREF_OFFSET,
                x->list[i].start, "pdf: objects overlap");
        code = check_gap(pdf, at, x->list[i].start, &comment, err);
        at = x->list[i].end;
    }
    return code;
}

static enum mh_code
account_one(struct df_pdf *pdf, size_t rev, struct mh_err *err)
{
    const struct df_pdf_saved *s = &pdf->rev[rev];
    struct extents x = {NULL, 0};
    uint32_t *num;
    size_t n;
    enum mh_code code = df_pdf_numbers(pdf, rev, err, &num, &n);

    if (code == MH_OK)
        code = check_views(pdf, rev, num, n, err);
    if (code != MH_OK)
        return code;
    x.list = mh_arena_array(pdf->arena, n + 3, sizeof(*x.list));
    if (x.list == NULL)
        return df_pdf_no_memory(pdf, err);
    for (size_t i = 0; i < n && code == MH_OK; i++)
        code = add_object(pdf, rev, num[i], &x, err);
    add(&x, s->main->start, s->main->end);
    if (s->second != NULL && s->second->start >= s->is.start)
        add(&x, s->second->start, s->second->end);
    add(&x, s->tail, s->is.end);
    return code == MH_OK ? check_extents(pdf, rev, &x, err) : code;
}

enum mh_code
df_pdf_account(struct df_pdf *pdf, size_t rev, struct mh_err *err)
{
    enum mh_code code = MH_OK;

    for (size_t i = rev + 1; i < pdf->revs && code == MH_OK; i++)
        code = account_one(pdf, i, err);
    return code;
}
