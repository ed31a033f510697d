#include "docformat/pdf/xref.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/num.h"
#include "base/wire/codes.h"
#include "docformat/pdf/filter.h"

enum {
    TABLE_ENTRY = 20, /* bytes, 7.5.4 */
    TABLE_SPACE = 8,  /* bytes of white space between its parts */
    GEN_MAX = 65535,
};

static enum mh_code
broken(struct mh_err *err, uint64_t at, const char *what)
{
    return mh_fail_finding(err, MH_EFORMAT, MH_F_PDF_XREF, at, "pdf: %s", what);
}

static enum mh_code
too_much(struct mh_err *err, uint64_t at, const char *what)
{
    return mh_fail_finding(err, MH_ELIMIT, MH_F_PDF_LIMIT, at, "pdf: %s", what);
}

static enum mh_code
no_memory(struct mh_arena *arena, struct mh_err *err)
{
    return mh_fail(err, mh_arena_full(arena) ? MH_ELIMIT : MH_ENOMEM,
        MH_NO_OFFSET, "pdf: no memory for a cross-reference section");
}

/* Room for one run more; lists double. */
static bool
add_run(struct df_pdf_section *s, size_t *cap, struct mh_arena *arena,
    struct df_pdf_run run)
{
    if (s->runs == *cap) {
        size_t more = *cap == 0 ? 4 : *cap * 2;
        struct df_pdf_run *list = mh_arena_array(arena, more, sizeof(*list));

        if (list == NULL)
            return false;
        if (s->runs > 0)
            memcpy(list, s->run, s->runs * sizeof(*list));
        s->run = list;
        *cap = more;
    }
    s->run[s->runs++] = run;
    s->entries += run.count;
    return true;
}

static int
by_number(const void *a, const void *b)
{
    const struct df_pdf_run *x = a, *y = b;

    return x->first < y->first ? -1 : x->first > y->first;
}

/* A number that stands in two runs has two entries: neither is right. */
static enum mh_code
sort_runs(struct df_pdf_section *s, struct mh_err *err)
{
    if (s->runs > 1)
        qsort(s->run, s->runs, sizeof(s->run[0]), by_number);
    for (size_t i = 1; i < s->runs; i++)
        if (s->run[i].first - s->run[i - 1].first < s->run[i - 1].count)
            return broken(err, s->start, "cross-reference runs overlap");
    return MH_OK;
}

static enum mh_code
check_run(const struct df_pdf_section *s, uint64_t first, uint64_t count,
    struct mh_err *err)
{
    if (first > MH_PDF_OBJECTS_MAX || count > MH_PDF_OBJECTS_MAX ||
        first + count > MH_PDF_OBJECTS_MAX)
        return too_much(err, s->start, "object number too large");
    if (s->runs >= MH_PDF_SUBSECTIONS_MAX)
        return too_much(err, s->start, "too many cross-reference runs");
    return MH_OK;
}

/* White space as it stands in a table: no zeros, and not without end. */
static bool
skip_space(struct df_pdf_lex *lex)
{
    size_t most = lex->pos + TABLE_SPACE;

    for (; lex->pos < lex->in.len; lex->pos++) {
        uint8_t c = lex->in.ptr[lex->pos];

        if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
            return true;
        if (lex->pos == most)
            return false;
    }
    return true;
}

static enum mh_code
read_runs(struct df_pdf_lex *lex, struct df_pdf_section *s, struct mh_err *err)
{
    bool any = false; /* 7.5.4: one run at least, which may be empty */
    size_t cap = 0;

    for (;; any = true) {
        uint64_t first, count;
        enum mh_code code;

        if (!skip_space(lex))
            return broken(err, lex->pos, "cross-reference run malformed");
        if (df_pdf_word(lex, "trailer"))
            return any ? MH_OK
                       : broken(err, lex->pos, "cross-reference run malformed");
        if (!df_pdf_uint(lex, &first) || !skip_space(lex) ||
            !df_pdf_uint(lex, &count) || !skip_space(lex))
            return broken(err, lex->pos, "cross-reference run malformed");
        code = check_run(s, first, count, err);
        if (code != MH_OK)
            return code;
        if (count == 0)
            continue;
        if (lex->in.len - lex->pos < count * TABLE_ENTRY)
            return broken(err, lex->pos, "cross-reference table cut short");
        if (!add_run(s, &cap, lex->arena,
                (struct df_pdf_run){
                    (uint32_t)first, (uint32_t)count, lex->pos}))
            return no_memory(lex->arena, err);
        lex->pos += (size_t)count * TABLE_ENTRY;
    }
}

/* /Size, /Prev and /XRefStm of a trailer: direct numbers (table 15). */
static enum mh_code
read_links(struct df_pdf_section *s, struct mh_err *err)
{
    static const char *const keys[] = {"Size", "Prev", "XRefStm"};
    uint64_t value[3] = {0};
    bool has[3] = {false};

    for (size_t i = 0; i < 3; i++) {
        const struct df_pdf_obj *o = df_pdf_key(s->trailer, keys[i]);

        if (o == NULL)
            continue;
        if (o->type != DF_PDF_INT || o->integer < 0)
            return broken(err, s->start, "trailer number malformed");
        has[i] = true;
        value[i] = (uint64_t)o->integer;
    }
    if (!has[0])
        return broken(err, s->start, "trailer without size");
    s->size = value[0];
    s->has_prev = has[1];
    s->prev = value[1];
    s->has_xrefstm = has[2] && !s->stream;
    s->xrefstm = value[2];
    return MH_OK;
}

/* Other readers would take it for a stream, and lose their way (7.5.5). */
static bool
is_stream(struct df_pdf_lex lex)
{
    df_pdf_skip(&lex);
    return df_pdf_word(&lex, "stream");
}

static enum mh_code
open_table(struct df_pdf_lex *lex, struct df_pdf_section *s, struct mh_err *err)
{
    enum mh_code code = read_runs(lex, s, err);

    if (code == MH_OK)
        code = df_pdf_parse(lex, err, &s->trailer);
    if (code == MH_OK && (s->trailer->type != DF_PDF_DICT || is_stream(*lex)))
        code = broken(err, s->start, "trailer is no dictionary");
    s->entry = TABLE_ENTRY;
    s->ready = true;
    return code;
}

static enum mh_code
read_widths(struct df_pdf_section *s, struct mh_err *err)
{
    const struct df_pdf_obj *w = df_pdf_key(s->trailer, "W");

    if (!df_pdf_is(w, DF_PDF_ARRAY) || w->count != 3)
        return broken(err, s->start, "cross-reference stream without widths");
    for (size_t i = 0; i < 3; i++) {
        const struct df_pdf_obj *o = w->item[i];

        if (o->type != DF_PDF_INT || o->integer < 0 || o->integer > 8)
            return broken(err, s->start, "cross-reference width malformed");
        s->width[i] = (unsigned)o->integer;
        s->entry += s->width[i];
    }
    if (s->width[1] == 0)
        return broken(err, s->start, "cross-reference width malformed");
    return MH_OK;
}

static enum mh_code
read_index(struct df_pdf_section *s, struct mh_arena *arena, struct mh_err *err)
{
    const struct df_pdf_obj *index = df_pdf_key(s->trailer, "Index");
    size_t cap = 0, at = 0, n = index == NULL ? 2 : index->count;

    if (index != NULL && (index->type != DF_PDF_ARRAY || n % 2 != 0))
        return broken(err, s->start, "cross-reference index malformed");
    for (size_t i = 0; i < n; i += 2) {
        uint64_t first = 0, count = s->size;
        enum mh_code code;

        if (index != NULL) {
            const struct df_pdf_obj *a = index->item[i];
            const struct df_pdf_obj *b = index->item[i + 1];

            if (a->type != DF_PDF_INT || a->integer < 0 ||
                b->type != DF_PDF_INT || b->integer < 0)
                return broken(err, s->start, "cross-reference index malformed");
            first = (uint64_t)a->integer;
            count = (uint64_t)b->integer;
        }
        code = check_run(s, first, count, err);
        if (code != MH_OK)
            return code;
        if (count == 0)
            continue;
        if (!add_run(s, &cap, arena,
                (struct df_pdf_run){(uint32_t)first, (uint32_t)count, at}))
            return no_memory(arena, err);
        at += (size_t)count * s->entry;
    }
    return MH_OK;
}

/* The dictionary and its data as one object, whose extent is the stream. */
static enum mh_code
read_stream(
    struct df_pdf_lex *lex, struct df_pdf_section *s, struct mh_err *err)
{
    const struct df_pdf_obj *dict, *length;
    struct df_pdf_obj *o;
    enum mh_code code = df_pdf_parse(lex, err, &dict);

    if (code != MH_OK)
        return code;
    length = df_pdf_key(dict, "Length");
    if (!df_pdf_is_name(df_pdf_key(dict, "Type"), "XRef") ||
        !df_pdf_is(length, DF_PDF_INT) || length->integer < 0)
        return broken(err, s->start, "no cross-reference section here");
    o = mh_arena_alloc(lex->arena, sizeof(*o));
    if (o == NULL)
        return no_memory(lex->arena, err);
    *o = *dict;
    o->type = DF_PDF_STREAM;
    df_pdf_skip(lex);
    code = df_pdf_stream(lex, (uint64_t)length->integer, err, &o->bytes);
    if (code != MH_OK)
        return code;
    o->len = lex->pos - o->at;
    s->trailer = o;
    df_pdf_skip(lex);
    if (!df_pdf_word(lex, "endobj"))
        return broken(err, lex->pos, "object without its end");
    return MH_OK;
}

enum mh_code
df_pdf_section_open(struct mh_span file, uint64_t at, struct mh_arena *arena,
    struct mh_err *err, struct df_pdf_section **out)
{
    struct df_pdf_section *s = mh_arena_alloc(arena, sizeof(*s));
    struct df_pdf_lex lex;
    enum mh_code code;
    uint32_t gen;

    if (s == NULL)
        return no_memory(arena, err);
    if (at >= file.len)
        return mh_fail_finding(err, MH_EFORMAT, MH_F_PDF_XREF_CHAIN, at,
            "pdf: cross-reference section outside the file");
    s->start = at;
    lex = df_pdf_lex_at(file, (size_t)at, arena);
    if (df_pdf_word(&lex, "xref")) {
        code = open_table(&lex, s, err);
    } else if (df_pdf_head(&lex, &s->num, &gen)) {
        s->stream = true;
        code = read_stream(&lex, s, err);
    } else {
        return mh_fail_finding(err, MH_EFORMAT, MH_F_PDF_XREF_CHAIN, at,
            "pdf: no cross-reference section here");
    }
    s->end = lex.pos;
    if (code == MH_OK)
        code = read_links(s, err);
    if (code == MH_OK && s->stream)
        code = read_widths(s, err);
    if (code == MH_OK && s->stream)
        code = read_index(s, arena, err);
    /* Packed entries cost little to write and much to keep. */
    if (code == MH_OK &&
        s->entries > MH_PDF_ENTRIES_FREE + file.len / MH_PDF_ENTRY_BYTES)
        code = too_much(err, at, "too many entries for this file");
    if (code == MH_OK)
        code = sort_runs(s, err);
    *out = s;
    return code;
}

enum mh_code
df_pdf_section_ready(
    struct df_pdf_section *s, struct mh_arena *arena, struct mh_err *err)
{
    enum mh_code code;

    if (s->ready)
        return MH_OK;
    code = df_pdf_decode(s->trailer->bytes, df_pdf_key(s->trailer, "Filter"),
        df_pdf_key(s->trailer, "DecodeParms"), arena, err, &s->data);
    if (code == MH_OK && s->data.len != s->entries * s->entry)
        code = broken(err, s->start, "cross-reference stream of another size");
    if (code != MH_OK && err != NULL && err->offset == MH_NO_OFFSET)
        err->offset = s->start;
    s->ready = code == MH_OK;
    return code;
}

static bool
digits(const uint8_t *p, size_t n, uint64_t *out)
{
    uint64_t v = 0;

    for (size_t i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9')
            return false;
        v = v * 10 + (uint64_t)(p[i] - '0');
    }
    *out = v;
    return true;
}

/* "nnnnnnnnnn ggggg n" and a line end of two bytes. */
static bool
table_entry(const uint8_t *p, struct df_pdf_entry *e)
{
    uint64_t offset, gen;

    if (!digits(p, 10, &offset) || p[10] != ' ' || !digits(p + 11, 5, &gen) ||
        p[16] != ' ' || gen > GEN_MAX)
        return false;
    if (!((p[18] == ' ' && (p[19] == '\r' || p[19] == '\n')) ||
            (p[18] == '\r' && p[19] == '\n')))
        return false;
    e->gen = (uint32_t)gen;
    e->offset = offset;
    e->where = p[17] == 'n' ? DF_PDF_AT : DF_PDF_FREE;
    return p[17] == 'n' || p[17] == 'f';
}

static uint64_t
field(const uint8_t *p, unsigned width)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < width; i++)
        v = v << 8 | p[i];
    return v;
}

/* Table 18. */
static bool
stream_entry(
    const struct df_pdf_section *s, const uint8_t *p, struct df_pdf_entry *e)
{
    uint64_t type = s->width[0] == 0 ? 1 : field(p, s->width[0]);
    uint64_t a = field(p + s->width[0], s->width[1]);
    uint64_t b = field(p + s->width[0] + s->width[1], s->width[2]);

    switch (type) {
    case 0:
        e->where = DF_PDF_FREE;
        e->gen = b > GEN_MAX ? GEN_MAX : (uint32_t)b;
        return true;
    case 1:
        e->where = DF_PDF_AT;
        e->offset = a;
        e->gen = (uint32_t)b;
        return b <= GEN_MAX;
    case 2:
        e->where = DF_PDF_INSIDE;
        e->stream = (uint32_t)a;
        e->index = (uint32_t)b;
        return a <= MH_PDF_OBJECTS_MAX && b <= MH_PDF_PACKED_MAX;
    default:
        return false;
    }
}

static enum mh_code
read_entry(struct mh_span file, const struct df_pdf_section *s,
    const struct df_pdf_run *run, uint32_t k, struct mh_err *err,
    struct df_pdf_entry *out)
{
    size_t at = run->at + (size_t)k * s->entry;
    bool good;

    *out = (struct df_pdf_entry){.num = run->first + k};
    good = s->stream ? stream_entry(s, s->data.ptr + at, out)
                     : table_entry(file.ptr + at, out);
    if (!good)
        return broken(
            err, s->stream ? s->start : at, "cross-reference entry malformed");
    if (out->num == 0 && out->where != DF_PDF_FREE)
        return broken(err, s->stream ? s->start : at, "object 0 is not free");
    return MH_OK;
}

enum mh_code
df_pdf_section_check(struct mh_span file, struct df_pdf_section *s,
    struct mh_arena *arena, struct mh_err *err)
{
    enum mh_code code = df_pdf_section_ready(s, arena, err);
    struct df_pdf_entry e;

    for (size_t i = 0; i < s->runs && code == MH_OK; i++)
        for (uint32_t k = 0; k < s->run[i].count && code == MH_OK; k++)
            code = read_entry(file, s, &s->run[i], k, err, &e);
    return code;
}

enum mh_code
df_pdf_section_find(struct mh_span file, struct df_pdf_section *s, uint32_t num,
    struct mh_arena *arena, struct mh_err *err, struct df_pdf_entry *out)
{
    size_t lo = 0, hi = s->runs;
    enum mh_code code;

    *out = (struct df_pdf_entry){.num = num, .where = DF_PDF_ABSENT};
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (s->run[mid].first <= num)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == 0 || num - s->run[lo - 1].first >= s->run[lo - 1].count)
        return MH_OK;
    code = df_pdf_section_ready(s, arena, err);
    if (code != MH_OK)
        return code;
    return read_entry(
        file, s, &s->run[lo - 1], num - s->run[lo - 1].first, err, out);
}
