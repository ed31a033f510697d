/* Objects read on demand, from the file and from object streams (7.5.7). */
#include "docformat/pdf/file.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/num.h"
#include "base/wire/codes.h"
#include "docformat/pdf/filter.h"

enum {
    KNOWN_MIN = 64, /* slots */
    NESTED_MAX = 8, /* length of a length, an object stream's length, … */
};

static size_t
slot_of(uint64_t offset, uint32_t index, size_t cap)
{
    uint64_t h =
        (offset ^ (uint64_t)index << 40) * UINT64_C(0x9e3779b97f4a7c15);

    return (size_t)(h >> 20) & (cap - 1);
}

/* The slot of a place, or the free one where it belongs. */
static struct df_pdf_known *
look_up(struct df_pdf_known *table, size_t cap, uint64_t offset, uint32_t index)
{
    size_t i = slot_of(offset, index, cap);

    while (
        table[i].used && (table[i].offset != offset || table[i].index != index))
        i = (i + 1) & (cap - 1);
    return &table[i];
}

static bool
make_room(struct df_pdf *pdf)
{
    size_t cap = pdf->known_cap == 0 ? KNOWN_MIN : pdf->known_cap * 2;
    struct df_pdf_known *table;

    if (pdf->known_cap > 0 && pdf->known_count < pdf->known_cap / 2)
        return true;
    table = mh_arena_array(pdf->arena, cap, sizeof(*table));
    if (table == NULL)
        return false;
    for (size_t i = 0; i < pdf->known_cap; i++)
        if (pdf->known[i].used)
            *look_up(table, cap, pdf->known[i].offset, pdf->known[i].index) =
                pdf->known[i];
    pdf->known = table;
    pdf->known_cap = cap;
    return true;
}

static enum mh_code
bad_offset(struct mh_err *err, uint64_t at, const char *what)
{
    return mh_fail_finding(
        err, MH_EFORMAT, MH_F_PDF_XREF_OFFSET, at, "pdf: %s", what);
}

static enum mh_code
bad_object(struct mh_err *err, uint64_t at, const char *what)
{
    return mh_fail_finding(
        err, MH_EFORMAT, MH_F_PDF_OBJECT, at, "pdf: %s", what);
}

static enum mh_code
bad_pack(struct mh_err *err, uint64_t at, const char *what)
{
    return mh_fail_finding(
        err, MH_EFORMAT, MH_F_PDF_OBJECT_STREAM, at, "pdf: %s", what);
}

/* Strings of one object, 7.6.2. */
struct strings {
    struct df_pdf *pdf;
    uint32_t num, gen;
};

static enum mh_code
decrypt_string(
    void *ctx, struct mh_span in, struct mh_err *err, struct mh_span *out)
{
    const struct strings *s = ctx;
    const struct df_pdf_crypto *c = s->pdf->crypto;

    const struct df_pdf_secret secret = {
        .data = in, .num = s->num, .gen = s->gen};

    return c->decrypt(c->ctx, &secret, s->pdf->arena, err, out);
}

static enum mh_code
stream_length(struct df_pdf *pdf, size_t rev, const struct df_pdf_obj *dict,
    struct df_pdf_known *k, struct mh_err *err, uint64_t *out)
{
    const struct df_pdf_obj *raw = df_pdf_key(dict, "Length"), *length;
    enum mh_code code = df_pdf_resolve(pdf, rev, raw, err, &length);

    if (code != MH_OK)
        return code;
    if (!df_pdf_is(length, DF_PDF_INT) || length->integer < 0)
        return bad_object(err, dict->at, "stream without length");
    if (raw->type == DF_PDF_REF)
        k->length_num = raw->num;
    *out = (uint64_t)length->integer;
    return MH_OK;
}

/* What stands after the dictionary of an object that has data. */
static enum mh_code
read_data(struct df_pdf *pdf, size_t rev, struct df_pdf_lex *lex,
    struct df_pdf_known *k, struct mh_err *err)
{
    uint64_t length;
    struct df_pdf_obj *o;
    enum mh_code code = stream_length(pdf, rev, k->obj, k, err, &length);

    if (code != MH_OK)
        return code;
    o = mh_arena_alloc(pdf->arena, sizeof(*o));
    if (o == NULL)
        return df_pdf_no_memory(pdf, err);
    *o = *k->obj;
    o->type = DF_PDF_STREAM;
    code = df_pdf_stream(lex, length, err, &o->bytes);
    o->len = lex->pos - o->at;
    k->obj = o;
    return code;
}

/* A cross-reference stream: its strings are never encrypted, 7.5.8.2. */
static bool
is_section(const struct df_pdf *pdf, size_t at)
{
    for (size_t i = 0; i < pdf->revs; i++) {
        const struct df_pdf_section *s[] = {
            pdf->rev[i].main, pdf->rev[i].second};

        for (size_t k = 0; k < 2; k++)
            if (s[k] != NULL && s[k]->stream && s[k]->start == at)
                return true;
    }
    return false;
}

/* "num gen obj … endobj" at its offset, 7.3.10. */
static enum mh_code
read_at(struct df_pdf *pdf, size_t rev, const struct df_pdf_entry *e,
    struct mh_err *err, struct df_pdf_known *k)
{
    struct df_pdf_lex lex =
        df_pdf_lex_at(pdf->file, (size_t)e->offset, pdf->arena);
    struct strings strings = {pdf, e->num, e->gen};
    size_t pos = lex.pos;
    enum mh_code code;

    while (lex.pos < lex.in.len && df_pdf_is_space(lex.in.ptr[lex.pos]))
        lex.pos++;
    if (lex.pos != pos && !pdf->loose) {
        /* Once is enough: it does not say another thing to anybody. */
        pdf->loose = true;
        df_note_add(pdf->notes, MH_F_PDF_XREF_OFFSET, DF_STRICT, pos,
            (struct mh_span){NULL, 0});
    }
    if (!df_pdf_head(&lex, &k->num, &k->gen) || k->num != e->num ||
        k->gen != e->gen)
        return bad_offset(err, e->offset, "entry that points elsewhere");
    if (pdf->deciphered && e->num != pdf->encrypt_num &&
        !is_section(pdf, pos)) {
        lex.string = decrypt_string;
        lex.ctx = &strings;
    }
    code = df_pdf_parse(&lex, err, &k->obj);
    if (code != MH_OK)
        return code;
    df_pdf_skip(&lex);
    pos = lex.pos;
    if (k->obj->type == DF_PDF_DICT && df_pdf_word(&lex, "stream")) {
        lex.pos = pos;
        code = read_data(pdf, rev, &lex, k, err);
        if (code != MH_OK)
            return code;
        df_pdf_skip(&lex);
    }
    if (!df_pdf_word(&lex, "endobj"))
        return bad_object(err, lex.pos, "object without its end");
    k->end = lex.pos;
    return MH_OK;
}

static int
by_num(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

/* An object that stands twice in a stream is two objects to two readers. */
static enum mh_code
check_twice(struct df_pdf *pdf, const struct df_pdf_pack *p, struct mh_err *err)
{
    uint32_t *sorted = mh_arena_array(pdf->arena, p->count, sizeof(*sorted));

    if (sorted == NULL)
        return df_pdf_no_memory(pdf, err);
    memcpy(sorted, p->num, p->count * sizeof(*sorted));
    qsort(sorted, p->count, sizeof(*sorted), by_num);
    for (size_t i = 1; i < p->count; i++)
        if (sorted[i] == sorted[i - 1])
            return mh_fail_finding(err, MH_EFORMAT, MH_F_PDF_DUPLICATE_OBJECT,
                p->stream->at, "pdf: object twice in an object stream");
    return MH_OK;
}

/* N pairs of number and offset before /First, 7.5.7. */
static enum mh_code
read_pack_head(struct df_pdf *pdf, struct df_pdf_pack *p, int64_t first,
    struct mh_err *err)
{
    uint64_t at = p->stream->at;
    struct df_pdf_lex lex;

    p->num = mh_arena_array(pdf->arena, p->count, sizeof(*p->num));
    p->offset = mh_arena_array(pdf->arena, p->count, sizeof(*p->offset));
    if (p->num == NULL || p->offset == NULL)
        return df_pdf_no_memory(pdf, err);
    lex = df_pdf_lex_at(
        (struct mh_span){p->data.ptr, (size_t)first}, 0, pdf->arena);
    for (size_t i = 0; i < p->count; i++) {
        uint64_t num, offset;

        df_pdf_skip(&lex);
        if (!df_pdf_uint(&lex, &num) || num == 0 || num > MH_PDF_OBJECTS_MAX)
            return bad_pack(err, at, "object stream malformed");
        df_pdf_skip(&lex);
        if (!df_pdf_uint(&lex, &offset) ||
            offset >= p->data.len - (size_t)first)
            return bad_pack(err, at, "object stream malformed");
        if (i > 0 && offset + (uint64_t)first < p->offset[i - 1])
            return bad_pack(err, at, "object stream not in order");
        p->num[i] = (uint32_t)num;
        p->offset[i] = (size_t)first + (size_t)offset;
    }
    df_pdf_skip(&lex);
    return lex.pos == lex.in.len ? check_twice(pdf, p, err)
                                 : bad_pack(err, at, "object stream malformed");
}

static enum mh_code
read_pack(struct df_pdf *pdf, size_t rev, uint32_t num,
    const struct df_pdf_obj *stream, struct mh_err *err,
    struct df_pdf_pack **out)
{
    const struct df_pdf_obj *n = df_pdf_key(stream, "N");
    const struct df_pdf_obj *first = df_pdf_key(stream, "First");
    struct df_pdf_pack *p;
    enum mh_code code;

    if (!df_pdf_is(stream, DF_PDF_STREAM) ||
        !df_pdf_is_name(df_pdf_key(stream, "Type"), "ObjStm") ||
        !df_pdf_is(n, DF_PDF_INT) || !df_pdf_is(first, DF_PDF_INT) ||
        n->integer < 0 || first->integer < 0)
        return bad_pack(err, stream->at, "object stream malformed");
    if (n->integer > MH_PDF_PACKED_MAX)
        return mh_fail_finding(err, MH_ELIMIT, MH_F_PDF_LIMIT, stream->at,
            "pdf: too many objects in a stream");
    p = mh_arena_alloc(pdf->arena, sizeof(*p));
    if (p == NULL)
        return df_pdf_no_memory(pdf, err);
    p->stream = stream;
    p->count = (size_t)n->integer;
    code = df_pdf_data(pdf, rev, num, stream, err, &p->data);
    if (code == MH_OK && p->data.len > MH_PDF_PACK_BYTES_MAX)
        code = mh_fail_finding(err, MH_ELIMIT, MH_F_PDF_LIMIT, stream->at,
            "pdf: object stream too large");
    if (code == MH_OK && (uint64_t)first->integer > p->data.len)
        code = bad_pack(err, stream->at, "object stream malformed");
    if (code == MH_OK)
        code = read_pack_head(pdf, p, first->integer, err);
    *out = p;
    return code;
}

enum mh_code
df_pdf_unpack(struct df_pdf *pdf, size_t rev, uint32_t num, struct mh_err *err,
    struct df_pdf_pack **out)
{
    struct df_pdf_known k = {0};
    struct df_pdf_entry e;
    enum mh_code code = df_pdf_find(pdf, rev, num, err, &e);

    if (code != MH_OK)
        return code;
    if (e.where != DF_PDF_AT || e.gen != 0)
        return bad_pack(
            err, pdf->rev[rev].is.xref, "object stream that is not there");
    code = df_pdf_read(pdf, rev, &e, err, &k);
    if (code != MH_OK)
        return code;
    if (k.obj == NULL)
        return bad_pack(err, e.offset, "object stream malformed");
    *out = k.pack;
    if (k.pack != NULL)
        return MH_OK;
    code = read_pack(pdf, rev, num, k.obj, err, out);
    if (code == MH_OK)
        look_up(pdf->known, pdf->known_cap, e.offset, 0)->pack = *out;
    return code;
}

static enum mh_code
read_inside(struct df_pdf *pdf, const struct df_pdf_pack *pack,
    const struct df_pdf_entry *e, struct mh_err *err, struct df_pdf_known *k)
{
    struct df_pdf_lex lex;
    size_t end = pack->data.len;
    enum mh_code code;

    if (e->index >= pack->count || pack->num[e->index] != e->num)
        return bad_offset(
            err, pack->stream->at, "entry that points elsewhere in a stream");
    if (e->index + 1 < pack->count)
        end = pack->offset[e->index + 1];
    lex = df_pdf_lex_at((struct mh_span){pack->data.ptr, end},
        pack->offset[e->index], pdf->arena);
    code = df_pdf_parse(&lex, err, &k->obj);
    if (code == MH_OK) {
        df_pdf_skip(&lex);
        if (lex.pos != end)
            code = bad_pack(err, pack->stream->at, "object with more after it");
    }
    if (code != MH_OK && err != NULL)
        err->offset = pack->stream->at;
    k->num = e->num;
    return code;
}

/* The length of a known stream may be an object that was exchanged since. */
static enum mh_code
check_length(struct df_pdf *pdf, size_t rev, const struct df_pdf_known *k,
    struct mh_err *err)
{
    struct df_pdf_known scratch = {0};
    uint64_t length = 0;
    enum mh_code code = stream_length(pdf, rev, k->obj, &scratch, err, &length);

    if (code == MH_OK && length != k->obj->bytes.len)
        code = mh_fail_finding(err, MH_EFORMAT, MH_F_PDF_STREAM, k->obj->at,
            "pdf: length of a stream was exchanged");
    return code;
}

static enum mh_code
read_new(struct df_pdf *pdf, size_t rev, const struct df_pdf_entry *e,
    struct mh_err *err, struct df_pdf_known *k)
{
    struct df_pdf_pack *pack;
    enum mh_code code;

    if (e->where == DF_PDF_AT)
        return read_at(pdf, rev, e, err, k);
    code = df_pdf_unpack(pdf, rev, e->stream, err, &pack);
    return code == MH_OK ? read_inside(pdf, pack, e, err, k) : code;
}

/* Where the entry leads at rev: an object stream may have moved. */
static enum mh_code
place_of(struct df_pdf *pdf, size_t rev, const struct df_pdf_entry *e,
    struct mh_err *err, struct df_pdf_known *k)
{
    struct df_pdf_entry holder;
    enum mh_code code;

    k->offset = e->offset;
    k->index = 0;
    if (e->where == DF_PDF_AT)
        return MH_OK;
    code = df_pdf_find(pdf, rev, e->stream, err, &holder);
    if (code == MH_OK && holder.where != DF_PDF_AT)
        code = bad_pack(
            err, pdf->rev[rev].is.xref, "object stream that is not there");
    k->offset = holder.offset;
    k->index = e->index + 1;
    return code;
}

enum mh_code
df_pdf_read(struct df_pdf *pdf, size_t rev, const struct df_pdf_entry *e,
    struct mh_err *err, struct df_pdf_known *out)
{
    struct df_pdf_known fresh = {.used = true};
    struct df_pdf_known *k;
    enum mh_code code = place_of(pdf, rev, e, err, &fresh);

    if (code != MH_OK)
        return code;
    if (!make_room(pdf))
        return df_pdf_no_memory(pdf, err);
    k = look_up(pdf->known, pdf->known_cap, fresh.offset, fresh.index);
    if (k->used) {
        *out = *k;
        if (k->num != e->num || (e->where == DF_PDF_AT && k->gen != e->gen))
            return bad_offset(err, e->offset, "two entries for one place");
        return k->length_num != 0 ? check_length(pdf, rev, out, err) : MH_OK;
    }
    if (pdf->nested == NESTED_MAX)
        return mh_fail_finding(err, MH_ELIMIT, MH_F_PDF_LIMIT, e->offset,
            "pdf: objects need each other to be read");
    pdf->nested++;
    code = read_new(pdf, rev, e, err, &fresh);
    pdf->nested--;
    if (code != MH_OK)
        return code;
    df_pdf_touched(pdf, fresh.offset);
    df_pdf_touched(pdf, fresh.end);
    if (!make_room(pdf))
        return df_pdf_no_memory(pdf, err);
    k = look_up(pdf->known, pdf->known_cap, fresh.offset, fresh.index);
    if (!k->used)
        pdf->known_count++;
    *k = fresh;
    *out = fresh;
    return MH_OK;
}

/* A filter or its parameters with the references of their members followed. */
static enum mh_code
follow_members(struct df_pdf *pdf, size_t rev, const struct df_pdf_obj *stream,
    const char *key, struct mh_err *err, const struct df_pdf_obj **out)
{
    struct df_pdf_obj *copy;
    enum mh_code code = df_pdf_at(pdf, rev, stream, key, err, out);

    if (code != MH_OK || !df_pdf_is(*out, DF_PDF_ARRAY) ||
        (*out)->count > MH_PDF_FILTERS_MAX)
        return code;
    copy = mh_arena_alloc(pdf->arena, sizeof(*copy));
    if (copy == NULL)
        return df_pdf_no_memory(pdf, err);
    *copy = **out;
    copy->item = mh_arena_array(pdf->arena, MH_PDF_FILTERS_MAX, sizeof(void *));
    if (copy->item == NULL)
        return df_pdf_no_memory(pdf, err);
    for (size_t i = 0; i < copy->count && code == MH_OK; i++)
        code = df_pdf_resolve(pdf, rev, (*out)->item[i], err, &copy->item[i]);
    *out = copy;
    return code;
}

/* A stream that names the filter of encryption says itself how it is. */
static bool
is_plain(const struct df_pdf_obj *stream, const struct df_pdf_obj *filter)
{
    if (df_pdf_is(filter, DF_PDF_ARRAY))
        filter = filter->count > 0 ? filter->item[0] : NULL;
    return df_pdf_is_name(filter, "Crypt") ||
           df_pdf_is_name(df_pdf_key(stream, "Type"), "XRef");
}

enum mh_code
df_pdf_data(struct df_pdf *pdf, size_t rev, uint32_t num,
    const struct df_pdf_obj *stream, struct mh_err *err, struct mh_span *out)
{
    const struct df_pdf_obj *filter, *parms;
    struct mh_span data = stream->bytes;
    enum mh_code code =
        follow_members(pdf, rev, stream, "Filter", err, &filter);

    *out = (struct mh_span){NULL, 0};
    if (code == MH_OK)
        code = follow_members(pdf, rev, stream, "DecodeParms", err, &parms);
    if (code == MH_OK && df_pdf_key(stream, "F") != NULL)
        code = mh_fail_finding(err, MH_EUNSUP, MH_F_PDF_FILTER, stream->at,
            "pdf: data of a stream in another file");
    if (code == MH_OK && pdf->deciphered && !is_plain(stream, filter)) {
        struct df_pdf_secret secret = {
            .data = data, .num = num, .stream = true, .dict = stream};
        struct df_pdf_entry e;

        code = df_pdf_find(pdf, rev, num, err, &e);
        secret.gen = e.gen;
        if (code == MH_OK)
            code = pdf->crypto->decrypt(
                pdf->crypto->ctx, &secret, pdf->arena, err, &data);
    }
    if (code == MH_OK)
        code = df_pdf_decode(data, filter, parms, pdf->arena, err, out);
    if (code != MH_OK && err != NULL && err->offset == MH_NO_OFFSET)
        err->offset = stream->at;
    return code;
}
