#include "docformat/pdf/filter.h"

#include <stdlib.h>
#include <string.h>
#define ZLIB_CONST
#include <zlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/num.h"
#include "base/wire/codes.h"

enum {
    CHUNK = 64 << 10, /* bytes inflated at once */
};

struct job {
    struct mh_arena *arena;
    struct mh_err *err;
    size_t max; /* bytes that may come out */
};

static enum mh_code
broken(const struct job *j, const char *what)
{
    return mh_fail_finding(
        j->err, MH_EFORMAT, MH_F_PDF_STREAM, MH_NO_OFFSET, "pdf: %s", what);
}

static enum mh_code
too_much(const struct job *j)
{
    return mh_fail_finding(j->err, MH_ELIMIT, MH_F_PDF_LIMIT, MH_NO_OFFSET,
        "pdf: stream unpacks to too much");
}

static enum mh_code
unsupported(const struct job *j, const char *what)
{
    return mh_fail_finding(
        j->err, MH_EUNSUP, MH_F_PDF_FILTER, MH_NO_OFFSET, "pdf: %s", what);
}

static enum mh_code
no_memory(const struct job *j)
{
    return mh_fail(j->err, mh_arena_full(j->arena) ? MH_ELIMIT : MH_ENOMEM,
        MH_NO_OFFSET, "pdf: no memory for a stream");
}

static size_t
bound(size_t in)
{
    size_t max;

    if (!mh_mul_size(in, MH_PDF_RATIO_MAX, &max) || max > MH_PDF_STREAM_MAX)
        return MH_PDF_STREAM_MAX;
    return max < MH_PDF_RATIO_FREE ? MH_PDF_RATIO_FREE : max;
}

static enum mh_code
run_inflate(const struct job *j, z_stream *z, struct mh_buf *buf)
{
    uint8_t *room;
    int rc;

    do {
        size_t had = buf->len;
        size_t want = j->max - had < CHUNK ? j->max - had + 1 : CHUNK;

        room = mh_buf_grow(buf, want);
        if (room == NULL)
            return no_memory(j);
        z->next_out = room;
        z->avail_out = (uInt)want;
        rc = inflate(z, Z_NO_FLUSH);
        buf->len = had + want - z->avail_out;
        if (buf->len > j->max)
            return too_much(j);
        if (rc == Z_MEM_ERROR)
            return mh_fail(
                j->err, MH_ENOMEM, MH_NO_OFFSET, "pdf: no memory to inflate");
    } while (rc == Z_OK);
    /* Z_BUF_ERROR: the input ends before the stream does. */
    return rc == Z_STREAM_END ? MH_OK : broken(j, "stream does not unpack");
}

static enum mh_code
inflate_all(const struct job *j, struct mh_span in, struct mh_span *out)
{
    struct mh_buf buf;
    enum mh_code code;
    z_stream z;

    if (in.len > UINT32_MAX)
        return too_much(j);
    memset(&z, 0, sizeof(z));
    if (inflateInit(&z) != Z_OK)
        return mh_fail(
            j->err, MH_ENOMEM, MH_NO_OFFSET, "pdf: no memory to inflate");
    mh_buf_init(&buf, j->max + CHUNK);
    z.next_in = in.ptr;
    z.avail_in = (uInt)in.len;
    code = run_inflate(j, &z, &buf);
    for (; code == MH_OK && z.avail_in > 0; z.avail_in--, z.next_in++)
        if (!df_pdf_is_space(*z.next_in))
            code = broken(j, "stream has bytes after its end");
    (void)inflateEnd(&z); /* frees; nothing is left that could fail */
    if (code == MH_OK) {
        *out = mh_arena_copy(j->arena, mh_buf_get(&buf));
        if (out->ptr == NULL)
            code = no_memory(j);
    }
    mh_buf_fini(&buf);
    return code;
}

static uint8_t
paeth(uint8_t a, uint8_t b, uint8_t c)
{
    int p = a + b - c;
    int pa = abs(p - a), pb = abs(p - b), pc = abs(p - c);

    if (pa <= pb && pa <= pc)
        return a;
    return pb <= pc ? b : c;
}

/* One row of the PNG filters (PNG 9.2); before is the row above, decoded. */
static bool
png_row(
    uint8_t type, uint8_t *row, const uint8_t *before, size_t len, size_t step)
{
    for (size_t i = 0; i < len; i++) {
        uint8_t left = i >= step ? row[i - step] : 0;
        uint8_t up = before != NULL ? before[i] : 0;
        uint8_t corner = i >= step && before != NULL ? before[i - step] : 0;

        switch (type) {
        case 0:
            return true;
        case 1:
            row[i] = (uint8_t)(row[i] + left);
            break;
        case 2:
            row[i] = (uint8_t)(row[i] + up);
            break;
        case 3:
            row[i] = (uint8_t)(row[i] + (left + up) / 2);
            break;
        case 4:
            row[i] = (uint8_t)(row[i] + paeth(left, up, corner));
            break;
        default:
            return false;
        }
    }
    return type <= 4;
}

struct layout {
    size_t row;  /* bytes of a row */
    size_t step; /* bytes of a pixel, at least 1 */
    int64_t bits;
};

static enum mh_code
undo_png(const struct job *j, const struct layout *l, struct mh_span in,
    struct mh_span *out)
{
    size_t rows = in.len / (l->row + 1);
    uint8_t *data;

    if (rows * (l->row + 1) != in.len)
        return broken(j, "stream ends within a row");
    data = mh_arena_raw(j->arena, rows * l->row + 1);
    if (data == NULL)
        return no_memory(j);
    for (size_t r = 0; r < rows; r++) {
        const uint8_t *from = in.ptr + r * (l->row + 1);
        uint8_t *to = data + r * l->row;

        memcpy(to, from + 1, l->row);
        if (!png_row(from[0], to, r > 0 ? to - l->row : NULL, l->row, l->step))
            return broken(j, "unknown predictor of a row");
    }
    *out = (struct mh_span){data, rows * l->row};
    return MH_OK;
}

static enum mh_code
undo_tiff(const struct job *j, const struct layout *l, struct mh_span in,
    struct mh_span *out)
{
    uint8_t *data;

    if (l->bits != 8)
        return unsupported(j, "predictor for this depth");
    if (in.len % l->row != 0)
        return broken(j, "stream ends within a row");
    data = mh_arena_raw(j->arena, in.len + 1);
    if (data == NULL)
        return no_memory(j);
    for (size_t i = 0; i < in.len; i++)
        data[i] = (uint8_t)(in.ptr[i] +
                            (i % l->row >= l->step ? data[i - l->step] : 0));
    *out = (struct mh_span){data, in.len};
    return MH_OK;
}

/* A small positive number of the parameters; -1 if it is none. */
static int64_t
parameter(
    const struct df_pdf_obj *parms, const char *key, int64_t def, int64_t max)
{
    const struct df_pdf_obj *o = df_pdf_key(parms, key);

    if (o == NULL)
        return def;
    return o->type == DF_PDF_INT && o->integer >= 1 && o->integer <= max
               ? o->integer
               : -1;
}

/* 7.4.4.4 */
static enum mh_code
undo_predictor(const struct job *j, const struct df_pdf_obj *parms,
    struct mh_span in, struct mh_span *out)
{
    int64_t predictor = parameter(parms, "Predictor", 1, 15);
    int64_t colors = parameter(parms, "Colors", 1, 64);
    int64_t bits = parameter(parms, "BitsPerComponent", 8, 16);
    int64_t columns = parameter(parms, "Columns", 1, 1 << 24);
    struct layout l;

    *out = in;
    if (predictor == 1)
        return MH_OK;
    if (predictor < 0 || colors < 0 || bits < 0 || columns < 0)
        return broken(j, "wrong parameters of a predictor");
    l.row = (size_t)((colors * bits * columns + 7) / 8);
    l.step = (size_t)((colors * bits + 7) / 8);
    l.bits = bits;
    if (predictor == 2)
        return undo_tiff(j, &l, in, out);
    if (predictor < 10)
        return broken(j, "unknown predictor");
    return undo_png(j, &l, in, out);
}

static int
hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* 7.4.2: ends with '>', white space is passed over. */
static enum mh_code
undo_hex(const struct job *j, struct mh_span in, struct mh_span *out)
{
    uint8_t *data = mh_arena_alloc(j->arena, in.len / 2 + 1);
    size_t digits = 0, i = 0;

    if (data == NULL)
        return no_memory(j);
    for (; i < in.len && in.ptr[i] != '>'; i++) {
        int v = hex_digit(in.ptr[i]);

        if (v < 0 && df_pdf_is_space(in.ptr[i]))
            continue;
        if (v < 0)
            return broken(j, "wrong digit in a stream");
        data[digits / 2] |= (uint8_t)(digits % 2 == 0 ? v << 4 : v);
        digits++;
    }
    if (i == in.len)
        return broken(j, "stream without its end mark");
    *out = (struct mh_span){data, digits / 2 + digits % 2};
    return MH_OK;
}

/* 7.4.3: five digits of base 85 are four bytes; "~>" ends the data. */
static enum mh_code
undo_85(const struct job *j, struct mh_span in, struct mh_span *out)
{
    uint8_t *data = mh_arena_raw(j->arena, in.len * 4 + 4);
    size_t n = 0, len = 0, i = 0;
    uint64_t v = 0;

    if (data == NULL)
        return no_memory(j);
    for (; i < in.len && in.ptr[i] != '~'; i++) {
        uint8_t c = in.ptr[i];

        if (df_pdf_is_space(c))
            continue;
        if (c == 'z' && n == 0) {
            memset(data + len, 0, 4);
            len += 4;
            continue;
        }
        if (c < '!' || c > 'u')
            return broken(j, "wrong digit in a stream");
        v = v * 85 + (uint64_t)(c - '!');
        if (++n < 5)
            continue;
        if (v > UINT32_MAX)
            return broken(j, "wrong digit in a stream");
        for (int k = 3; k >= 0; k--)
            data[len++] = (uint8_t)(v >> (8 * k));
        n = 0;
        v = 0;
    }
    if (in.len - i < 2 || in.ptr[i + 1] != '>' || n == 1)
        return broken(j, "stream without its end mark");
    for (size_t k = n; n > 0 && k < 5; k++)
        v = v * 85 + 84;
    if (v > UINT32_MAX)
        return broken(j, "wrong digit in a stream");
    for (size_t k = 0; k + 1 < n; k++)
        data[len++] = (uint8_t)(v >> (24 - 8 * k));
    *out = (struct mh_span){data, len};
    return MH_OK;
}

static enum mh_code
undo_one(const struct job *j, const struct df_pdf_obj *filter,
    const struct df_pdf_obj *parms, struct mh_span in, struct mh_span *out)
{
    enum mh_code code;

    if (parms != NULL && parms->type != DF_PDF_DICT &&
        parms->type != DF_PDF_NULL)
        return broken(j, "filter parameters are no dictionary");
    if (df_pdf_is_name(filter, "FlateDecode") || df_pdf_is_name(filter, "Fl")) {
        code = inflate_all(j, in, out);
        if (code == MH_OK && df_pdf_is_dict(parms))
            code = undo_predictor(j, parms, *out, out);
        return code;
    }
    if (df_pdf_is_name(filter, "ASCIIHexDecode") ||
        df_pdf_is_name(filter, "AHx"))
        return undo_hex(j, in, out);
    if (df_pdf_is_name(filter, "ASCII85Decode") ||
        df_pdf_is_name(filter, "A85"))
        return undo_85(j, in, out);
    if (df_pdf_is_name(filter, "Crypt") &&
        (df_pdf_key(parms, "Name") == NULL ||
            df_pdf_is_name(df_pdf_key(parms, "Name"), "Identity"))) {
        *out = in;
        return MH_OK;
    }
    if (!df_pdf_is(filter, DF_PDF_NAME))
        return broken(j, "filter is no name");
    return unsupported(j, "filter that is not read");
}

enum mh_code
df_pdf_decode(struct mh_span data, const struct df_pdf_obj *filter,
    const struct df_pdf_obj *parms, struct mh_arena *arena, struct mh_err *err,
    struct mh_span *out)
{
    struct job j = {arena, err, bound(data.len)};
    enum mh_code code = MH_OK;

    *out = data;
    if (filter == NULL || filter->type == DF_PDF_NULL)
        return MH_OK;
    if (filter->type != DF_PDF_ARRAY) {
        if (parms != NULL && parms->type == DF_PDF_ARRAY)
            parms = parms->count == 1 ? parms->item[0] : NULL;
        return undo_one(&j, filter, parms, data, out);
    }
    if (filter->count > MH_PDF_FILTERS_MAX)
        return too_much(&j);
    if (parms != NULL && parms->type != DF_PDF_NULL &&
        (parms->type != DF_PDF_ARRAY || parms->count != filter->count) &&
        filter->count != 1)
        return broken(&j, "filters and their parameters differ in number");
    for (size_t i = 0; i < filter->count && code == MH_OK; i++) {
        const struct df_pdf_obj *one = parms;

        if (parms != NULL && parms->type == DF_PDF_ARRAY)
            one = i < parms->count ? parms->item[i] : NULL;
        code = undo_one(&j, filter->item[i], one, *out, out);
    }
    return code;
}
