#include "docformat/pdf/pdf.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/sys/chan.h"
#include "base/wire/codes.h"
#include "docformat/pdf/file.h"

enum {
    HEADER_WITHIN = 1024, /* bytes in which the header begins */
};

enum mh_code
df_pdf_no_memory(const struct df_pdf *pdf, struct mh_err *err)
{
    return mh_fail(err, mh_arena_full(pdf->arena) ? MH_ELIMIT : MH_ENOMEM,
        MH_NO_OFFSET, "pdf: no memory");
}

struct mh_span
df_pdf_file(const struct df_pdf *pdf)
{
    return pdf->file;
}

struct mh_arena *
df_pdf_arena(const struct df_pdf *pdf)
{
    return pdf->arena;
}

size_t
df_pdf_revisions(const struct df_pdf *pdf)
{
    return pdf->revs;
}

const struct df_pdf_revision *
df_pdf_revision(const struct df_pdf *pdf, size_t rev)
{
    return rev < pdf->revs ? &pdf->rev[rev].is : NULL;
}

void
df_pdf_mapped(struct df_pdf *pdf)
{
    pdf->mapped = true;
}

void
df_pdf_touched(struct df_pdf *pdf, uint64_t at)
{
    struct mh_span all = {
        pdf->file.ptr - pdf->shift, pdf->file.len + pdf->shift};

    if (!pdf->mapped)
        return;
    for (size_t i = 0; i < pdf->windows; i++)
        if (pdf->window[i] == at / DF_PDF_WINDOW)
            return;
    if (pdf->windows == DF_PDF_WINDOWS) {
        mh_map_release(all, all);
        pdf->windows = 0;
    }
    pdf->window[pdf->windows++] = at / DF_PDF_WINDOW;
}

bool
df_pdf_encrypted(const struct df_pdf *pdf)
{
    return pdf->encrypted;
}

struct mh_span
df_pdf_version(const struct df_pdf *pdf)
{
    return pdf->version;
}

size_t
df_pdf_prefix(const struct df_pdf *pdf)
{
    return pdf->shift;
}

/* 7.5.2: "%PDF-" and a version of two digits. */
static enum mh_code
read_header(struct df_pdf *pdf, struct mh_span file, struct mh_err *err)
{
    size_t within = file.len < HEADER_WITHIN ? file.len : HEADER_WITHIN;
    const uint8_t *p =
        within == 0 ? NULL : memmem(file.ptr, within, "%PDF-", 5);
    size_t at;

    if (p == NULL)
        return mh_fail_finding(err, MH_EFORMAT, MH_F_PDF_HEADER, 0,
            "pdf: no header at the beginning");
    at = (size_t)(p - file.ptr);
    pdf->file = (struct mh_span){p, file.len - at};
    pdf->shift = at;
    if (at > 0)
        df_note_add(pdf->notes, MH_F_PDF_HEADER, DF_STRICT, 0,
            (struct mh_span){NULL, 0});
    if (pdf->file.len < 8 || p[5] < '1' || p[5] > '9' || p[6] != '.' ||
        p[7] < '0' || p[7] > '9')
        return mh_fail_finding(
            err, MH_EFORMAT, MH_F_PDF_HEADER, at, "pdf: unknown version");
    pdf->version = (struct mh_span){p + 5, 3};
    return MH_OK;
}

/* 7.6: /Encrypt of the last trailer; every revision has the same. */
static enum mh_code
read_encryption(struct df_pdf *pdf, struct mh_err *err)
{
    size_t last = pdf->revs - 1;
    const struct df_pdf_obj *trailer = pdf->rev[last].is.trailer;
    const struct df_pdf_obj *raw = df_pdf_key(trailer, "Encrypt");
    const struct df_pdf_obj *id = df_pdf_key(trailer, "ID");
    const struct df_pdf_obj *dict = NULL;
    struct mh_span first = {NULL, 0};
    enum mh_code code;

    for (size_t i = 0; i < last; i++)
        if (!df_pdf_equal(raw, df_pdf_key(pdf->rev[i].is.trailer, "Encrypt")))
            return mh_fail_finding(err, MH_EUNSUP, MH_F_PDF_ENCRYPTED,
                pdf->rev[i].is.xref, "pdf: revisions encrypted differently");
    if (raw == NULL)
        return MH_OK;
    pdf->encrypted = true;
    if (pdf->crypto == NULL)
        return mh_fail_finding(err, MH_EUNSUP, MH_F_PDF_ENCRYPTED,
            pdf->rev[last].is.xref, "pdf: encrypted");
    if (raw->type == DF_PDF_REF)
        pdf->encrypt_num = raw->num;
    code = df_pdf_resolve(pdf, last, raw, err, &dict);
    if (code != MH_OK)
        return code;
    if (!df_pdf_is(dict, DF_PDF_DICT))
        return mh_fail_finding(err, MH_EFORMAT, MH_F_PDF_ENCRYPTED,
            pdf->rev[last].is.xref, "pdf: encryption dictionary missing");
    if (df_pdf_is(id, DF_PDF_ARRAY) && id->count > 0 &&
        id->item[0]->type == DF_PDF_STRING)
        first = id->item[0]->bytes;
    code = pdf->crypto->begin(pdf->crypto->ctx, pdf, dict, first, err);
    pdf->deciphered = code == MH_OK;
    return code;
}

enum mh_code
df_pdf_open(struct mh_span file, const struct df_pdf_crypto *crypto,
    struct mh_arena *arena, struct df_notes *notes, struct mh_err *err,
    struct df_pdf **out)
{
    struct df_pdf *pdf = mh_arena_alloc(arena, sizeof(*pdf));
    enum mh_code code;

    *out = NULL;
    if (pdf == NULL)
        return mh_fail(err, mh_arena_full(arena) ? MH_ELIMIT : MH_ENOMEM,
            MH_NO_OFFSET, "pdf: no memory");
    pdf->arena = arena;
    pdf->notes = notes;
    pdf->crypto = crypto;
    code = read_header(pdf, file, err);
    if (code == MH_OK)
        code = df_pdf_follow(pdf, err);
    if (code == MH_OK)
        code = read_encryption(pdf, err);
    if (code == MH_OK)
        *out = pdf;
    return code;
}

enum mh_code
df_pdf_named(struct df_pdf *pdf, size_t rev, uint32_t num, struct mh_err *err,
    struct df_pdf_entry *out)
{
    struct df_pdf_saved *s = &pdf->rev[rev];
    struct df_pdf_entry more;
    enum mh_code code =
        df_pdf_section_find(pdf->file, s->main, num, pdf->arena, err, out);

    out->revision = rev;
    /* A free entry of a hybrid table may hide one of the stream (7.5.8.4). */
    if (code != MH_OK || s->second == NULL ||
        (out->where != DF_PDF_ABSENT &&
            !(out->where == DF_PDF_FREE && s->is.kind == DF_PDF_HYBRID)))
        return code;
    code =
        df_pdf_section_find(pdf->file, s->second, num, pdf->arena, err, &more);
    if (code == MH_OK && more.where != DF_PDF_ABSENT) {
        *out = more;
        out->revision = rev;
    }
    return code;
}

static bool
same_place(const struct df_pdf_entry *a, const struct df_pdf_entry *b)
{
    if (a->where != b->where)
        return false;
    if (a->where == DF_PDF_AT)
        return a->offset == b->offset && a->gen == b->gen;
    return a->where != DF_PDF_INSIDE ||
           (a->stream == b->stream && a->index == b->index);
}

static enum mh_code
bad_offset(struct mh_err *err, uint64_t at, const char *what)
{
    return mh_fail_finding(
        err, MH_EFORMAT, MH_F_PDF_XREF_OFFSET, at, "pdf: %s", what);
}

/*
 * Some writers save a hybrid file in two steps: the stream stands among the
 * objects of the revision before, and so do those that it names.  Others count
 * the line end of the revision before to their first object.
 */
static bool
stands_here(const struct df_pdf *pdf, size_t rev, const struct df_pdf_entry *e)
{
    const struct df_pdf_saved *s = &pdf->rev[rev];

    if (e->offset >= (rev > 0 ? pdf->rev[rev - 1].is.eof : 0))
        return true;
    return s->is.kind == DF_PDF_HYBRID && s->second->start < s->is.start &&
           e->offset <= s->second->start;
}

enum mh_code
df_pdf_find(struct df_pdf *pdf, size_t rev, uint32_t num, struct mh_err *err,
    struct df_pdf_entry *out)
{
    struct df_pdf_entry newest = {.num = num, .where = DF_PDF_ABSENT};
    bool found = false;

    *out = newest;
    for (size_t i = rev + 1; i-- > 0;) {
        const struct df_pdf_revision *r = &pdf->rev[i].is;
        struct df_pdf_entry e;
        enum mh_code code = df_pdf_named(pdf, i, num, err, &e);

        if (code != MH_OK)
            return code;
        if (++pdf->steps > MH_PDF_STEPS_MAX)
            return mh_fail_finding(err, MH_ELIMIT, MH_F_PDF_LIMIT, r->xref,
                "pdf: too many objects in too many revisions");
        if (e.where == DF_PDF_ABSENT)
            continue;
        if (found && !same_place(&e, &newest))
            break;
        if (e.where == DF_PDF_AT && e.offset >= r->end)
            return bad_offset(err, r->xref, "entry outside its revision");
        *out = e;
        if (e.where != DF_PDF_AT || stands_here(pdf, i, &e))
            return MH_OK;
        /* It must repeat what was in force: found below. */
        newest = e;
        found = true;
    }
    return found ? bad_offset(err, newest.offset,
                       "entry that points into an older revision")
                 : MH_OK;
}

/* Follows obj, which was asked for from inside an object being read. */
enum mh_code
df_pdf_resolve(struct df_pdf *pdf, size_t rev, const struct df_pdf_obj *obj,
    struct mh_err *err, const struct df_pdf_obj **out)
{
    *out = NULL;
    for (unsigned hops = 0; obj != NULL && obj->type == DF_PDF_REF; hops++) {
        struct df_pdf_known k;
        struct df_pdf_entry e;
        enum mh_code code;

        if (hops == MH_PDF_HOPS_MAX)
            return mh_fail_finding(err, MH_ELIMIT, MH_F_PDF_LIMIT, obj->at,
                "pdf: references lead too far");
        code = df_pdf_find(pdf, rev, obj->num, err, &e);
        if (code != MH_OK)
            return code;
        if (e.where == DF_PDF_ABSENT || e.where == DF_PDF_FREE ||
            e.gen != obj->gen)
            return MH_OK;
        code = df_pdf_read(pdf, rev, &e, err, &k);
        if (code != MH_OK)
            return code;
        obj = k.obj;
    }
    if (obj != NULL && obj->type != DF_PDF_NULL)
        *out = obj;
    return MH_OK;
}

enum mh_code
df_pdf_get(struct df_pdf *pdf, size_t rev, uint32_t num, struct mh_err *err,
    const struct df_pdf_obj **out)
{
    struct df_pdf_known k;
    struct df_pdf_entry e;
    enum mh_code code = df_pdf_find(pdf, rev, num, err, &e);

    *out = NULL;
    if (code != MH_OK || e.where == DF_PDF_ABSENT || e.where == DF_PDF_FREE)
        return code;
    code = df_pdf_read(pdf, rev, &e, err, &k);
    if (code == MH_OK)
        *out = k.obj;
    return code;
}

enum mh_code
df_pdf_at(struct df_pdf *pdf, size_t rev, const struct df_pdf_obj *dict,
    const char *key, struct mh_err *err, const struct df_pdf_obj **out)
{
    return df_pdf_resolve(pdf, rev, df_pdf_key(dict, key), err, out);
}

enum mh_code
df_pdf_root(struct df_pdf *pdf, size_t rev, struct mh_err *err,
    const struct df_pdf_obj **out)
{
    const struct df_pdf_revision *r = &pdf->rev[rev].is;
    enum mh_code code = df_pdf_at(pdf, rev, r->trailer, "Root", err, out);

    if (code == MH_OK && !df_pdf_is(*out, DF_PDF_DICT))
        code = mh_fail_finding(err, MH_EFORMAT, MH_F_PDF_OBJECT, r->xref,
            "pdf: no document catalog");
    return code;
}

static uint64_t
highest_of(const struct df_pdf_section *s)
{
    const struct df_pdf_run *last;

    if (s == NULL || s->runs == 0)
        return 0;
    last = &s->run[s->runs - 1];
    return (uint64_t)last->first + last->count - 1;
}

void
df_pdf_sizes(
    const struct df_pdf *pdf, size_t rev, uint64_t *highest, uint64_t *size)
{
    *highest = 0;
    *size = pdf->rev[rev].main->size;
    for (size_t i = 0; i <= rev; i++) {
        uint64_t a = highest_of(pdf->rev[i].main);
        uint64_t b = highest_of(pdf->rev[i].second);

        if (a > *highest)
            *highest = a;
        if (b > *highest)
            *highest = b;
    }
}

static int
by_num(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

static size_t
collect(const struct df_pdf_section *s, uint32_t *num, size_t n)
{
    for (size_t i = 0; i < s->runs; i++)
        for (uint32_t k = 0; k < s->run[i].count; k++)
            num[n++] = s->run[i].first + k;
    return n;
}

/* The numbers that the sections of a revision name, sorted, each once. */
enum mh_code
df_pdf_numbers(struct df_pdf *pdf, size_t rev, struct mh_err *err,
    uint32_t **out, size_t *count)
{
    const struct df_pdf_saved *s = &pdf->rev[rev];
    uint64_t all =
        s->main->entries + (s->second != NULL ? s->second->entries : 0);
    size_t n, kept = 0;
    uint32_t *num;

    *count = 0;
    if (all > MH_PDF_OBJECTS_MAX)
        return mh_fail_finding(err, MH_ELIMIT, MH_F_PDF_LIMIT, s->is.xref,
            "pdf: too many objects");
    *out = num = mh_arena_array(pdf->arena, (size_t)all, sizeof(*num));
    if (num == NULL)
        return df_pdf_no_memory(pdf, err);
    n = collect(s->main, num, 0);
    if (s->second != NULL)
        n = collect(s->second, num, n);
    qsort(num, n, sizeof(*num), by_num);
    for (size_t i = 0; i < n; i++)
        if (num[i] != 0 && (kept == 0 || num[kept - 1] != num[i]))
            num[kept++] = num[i];
    *count = kept;
    return MH_OK;
}

static bool
changes_nothing(const struct df_pdf_entry *now, const struct df_pdf_entry *old)
{
    if (now->where == DF_PDF_FREE)
        return old->where == DF_PDF_FREE || old->where == DF_PDF_ABSENT;
    return same_place(now, old);
}

enum mh_code
df_pdf_changes(struct df_pdf *pdf, size_t rev, struct mh_err *err,
    const struct df_pdf_entry **out, size_t *count)
{
    struct df_pdf_entry *list;
    size_t n, kept = 0;
    uint32_t *num;
    enum mh_code code = df_pdf_numbers(pdf, rev, err, &num, &n);

    *count = 0;
    if (code != MH_OK)
        return code;
    list = mh_arena_array(pdf->arena, n, sizeof(*list));
    if (list == NULL)
        return df_pdf_no_memory(pdf, err);
    for (size_t i = 0; i < n && code == MH_OK; i++) {
        struct df_pdf_entry now, old = {.where = DF_PDF_ABSENT};

        code = df_pdf_named(pdf, rev, num[i], err, &now);
        if (code == MH_OK && rev > 0)
            code = df_pdf_find(pdf, rev - 1, num[i], err, &old);
        if (code == MH_OK && !changes_nothing(&now, &old)) {
            /* Once more for the rule on offsets. */
            code = df_pdf_find(pdf, rev, num[i], err, &now);
            list[kept++] = now;
        }
    }
    *out = list;
    *count = kept;
    return code;
}
