/* What objects say: keys, equality, text. */
#include "docformat/pdf/lex.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"

static const struct df_pdf_pair *
search_sorted(const struct df_pdf_obj *dict, struct mh_span key)
{
    size_t lo = 0, hi = dict->count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int order = mh_span_cmp(dict->sorted[mid]->key, key);

        if (order == 0)
            return dict->sorted[mid];
        if (order < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

const struct df_pdf_obj *
df_pdf_key_span(const struct df_pdf_obj *dict, struct mh_span key)
{
    const struct df_pdf_pair *pair = NULL;

    if (!df_pdf_is_dict(dict))
        return NULL;
    if (dict->sorted != NULL)
        pair = search_sorted(dict, key);
    for (size_t i = 0; dict->sorted == NULL && i < dict->count; i++)
        if (mh_span_eq(dict->pair[i].key, key))
            pair = &dict->pair[i];
    if (pair == NULL || pair->value->type == DF_PDF_NULL)
        return NULL;
    return pair->value;
}

const struct df_pdf_obj *
df_pdf_key(const struct df_pdf_obj *dict, const char *key)
{
    return df_pdf_key_span(dict, mh_span_str(key));
}

bool
df_pdf_is(const struct df_pdf_obj *obj, enum df_pdf_type type)
{
    return obj != NULL && obj->type == type;
}

bool
df_pdf_is_dict(const struct df_pdf_obj *obj)
{
    return df_pdf_is(obj, DF_PDF_DICT) || df_pdf_is(obj, DF_PDF_STREAM);
}

bool
df_pdf_is_name(const struct df_pdf_obj *obj, const char *name)
{
    return df_pdf_is(obj, DF_PDF_NAME) && mh_span_is(obj->bytes, name);
}

/* A number without what does not count: sign of zero, zeros at both ends. */
struct plain {
    bool minus;
    struct mh_span whole, part;
};

static struct plain
plain_number(struct mh_span s)
{
    struct plain n = {0};
    const uint8_t *point;
    size_t i = 0;

    if (s.len > 0 && (s.ptr[0] == '-' || s.ptr[0] == '+')) {
        n.minus = s.ptr[0] == '-';
        i = 1;
    }
    while (i < s.len && s.ptr[i] == '0')
        i++;
    s.ptr += i;
    s.len -= i;
    point = s.len > 0 ? memchr(s.ptr, '.', s.len) : NULL;
    n.whole = s;
    if (point != NULL) {
        n.whole.len = (size_t)(point - s.ptr);
        n.part = (struct mh_span){point + 1, s.len - n.whole.len - 1};
        while (n.part.len > 0 && n.part.ptr[n.part.len - 1] == '0')
            n.part.len--;
    }
    if (n.whole.len == 0 && n.part.len == 0)
        n.minus = false;
    return n;
}

static bool
equal_numbers(const struct df_pdf_obj *a, const struct df_pdf_obj *b)
{
    struct plain x = plain_number(a->bytes), y = plain_number(b->bytes);

    return x.minus == y.minus && mh_span_eq(x.whole, y.whole) &&
           mh_span_eq(x.part, y.part);
}

static bool
is_number(const struct df_pdf_obj *o)
{
    return o->type == DF_PDF_INT || o->type == DF_PDF_REAL;
}

static bool equal_at(
    const struct df_pdf_obj *a, const struct df_pdf_obj *b, unsigned depth);

static size_t
count_values(const struct df_pdf_obj *dict)
{
    size_t n = 0;

    for (size_t i = 0; i < dict->count; i++)
        n += dict->pair[i].value->type != DF_PDF_NULL;
    return n;
}

static bool
equal_dicts(
    const struct df_pdf_obj *a, const struct df_pdf_obj *b, unsigned depth)
{
    if (count_values(a) != count_values(b))
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const struct df_pdf_obj *other;

        if (a->pair[i].value->type == DF_PDF_NULL)
            continue;
        /* Mostly both stand in the same order. */
        if (i < b->count && mh_span_eq(a->pair[i].key, b->pair[i].key))
            other = b->pair[i].value;
        else
            other = df_pdf_key_span(b, a->pair[i].key);
        if (other == NULL || !equal_at(a->pair[i].value, other, depth + 1))
            return false;
    }
    return true;
}

static bool
equal_arrays(
    const struct df_pdf_obj *a, const struct df_pdf_obj *b, unsigned depth)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!equal_at(a->item[i], b->item[i], depth + 1))
            return false;
    return true;
}

static bool
equal_at(const struct df_pdf_obj *a, const struct df_pdf_obj *b, unsigned depth)
{
    if (a == b)
        return true;
    if (a == NULL || b == NULL || depth > MH_PDF_DEPTH_MAX)
        return false;
    if (is_number(a) && is_number(b))
        return equal_numbers(a, b);
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case DF_PDF_NULL:
        return true;
    case DF_PDF_BOOL:
        return a->truth == b->truth;
    case DF_PDF_STRING:
    case DF_PDF_NAME:
        return mh_span_eq(a->bytes, b->bytes);
    case DF_PDF_REF:
        return a->num == b->num && a->gen == b->gen;
    case DF_PDF_ARRAY:
        return equal_arrays(a, b, depth);
    case DF_PDF_STREAM:
        return mh_span_eq(a->bytes, b->bytes) && equal_dicts(a, b, depth);
    case DF_PDF_DICT:
        return equal_dicts(a, b, depth);
    case DF_PDF_INT:
    case DF_PDF_REAL:
        break;
    }
    return false;
}

bool
df_pdf_equal(const struct df_pdf_obj *a, const struct df_pdf_obj *b)
{
    return equal_at(a, b, 0);
}

/* PDFDocEncoding where it is not Latin-1 (annex D.3); 0: undefined. */
static uint32_t
doc_encoding(uint8_t c)
{
    static const uint16_t low[8] = {
        0x2d8, 0x2c7, 0x2c6, 0x2d9, 0x2dd, 0x2db, 0x2da, 0x2dc};
    static const uint16_t high[33] = {0x2022, 0x2020, 0x2021, 0x2026, 0x2014,
        0x2013, 0x192, 0x2044, 0x2039, 0x203a, 0x2212, 0x2030, 0x201e, 0x201c,
        0x201d, 0x2018, 0x2019, 0x201a, 0x2122, 0xfb01, 0xfb02, 0x141, 0x152,
        0x160, 0x178, 0x17d, 0x131, 0x142, 0x153, 0x161, 0x17e, 0, 0x20ac};

    if (c >= 0x18 && c <= 0x1f)
        return low[c - 0x18];
    if (c >= 0x80 && c <= 0xa0)
        return high[c - 0x80];
    return c == 0x7f || c == 0xad ? 0 : c;
}

static size_t
put_utf8(uint8_t *out, uint32_t cp)
{
    if (cp < 0x80) {
        out[0] = (uint8_t)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (uint8_t)(0xc0 | cp >> 6);
        out[1] = (uint8_t)(0x80 | (cp & 0x3f));
        return 2;
    }
    if (cp < 0x10000) {
        out[0] = (uint8_t)(0xe0 | cp >> 12);
        out[1] = (uint8_t)(0x80 | (cp >> 6 & 0x3f));
        out[2] = (uint8_t)(0x80 | (cp & 0x3f));
        return 3;
    }
    out[0] = (uint8_t)(0xf0 | cp >> 18);
    out[1] = (uint8_t)(0x80 | (cp >> 12 & 0x3f));
    out[2] = (uint8_t)(0x80 | (cp >> 6 & 0x3f));
    out[3] = (uint8_t)(0x80 | (cp & 0x3f));
    return 4;
}

/* One code point of UTF-16BE; a lone surrogate becomes U+FFFD. */
static uint32_t
next_utf16(struct mh_span s, size_t *i)
{
    uint32_t u = (uint32_t)s.ptr[*i] << 8 | s.ptr[*i + 1];
    uint32_t low;

    *i += 2;
    if (u < 0xd800 || u > 0xdfff)
        return u;
    if (u > 0xdbff || s.len - *i < 2)
        return 0xfffd;
    low = (uint32_t)s.ptr[*i] << 8 | s.ptr[*i + 1];
    if (low < 0xdc00 || low > 0xdfff)
        return 0xfffd;
    *i += 2;
    return 0x10000 + ((u - 0xd800) << 10) + (low - 0xdc00);
}

struct mh_span
df_pdf_text(struct mh_span string, struct mh_arena *arena)
{
    /* A byte becomes three at most, and so do two of UTF-16. */
    uint8_t *out = mh_arena_raw(arena, string.len * 3 + 1);
    size_t len = 0, i = 0;
    uint32_t cp;

    if (out == NULL)
        return (struct mh_span){NULL, 0};
    if (string.len >= 2 && string.ptr[0] == 0xfe && string.ptr[1] == 0xff) {
        for (i = 2; string.len - i >= 2;)
            len += put_utf8(out + len, next_utf16(string, &i));
        if (i < string.len)
            len += put_utf8(out + len, 0xfffd);
        return (struct mh_span){out, len};
    }
    if (mh_span_starts(string, "\xef\xbb\xbf")) {
        string.ptr += 3;
        string.len -= 3;
        while (string.len > 0) {
            if (!mh_utf8_next(&string, &cp)) {
                cp = 0xfffd;
                string.ptr++;
                string.len--;
            }
            len += put_utf8(out + len, cp);
        }
        return (struct mh_span){out, len};
    }
    for (; i < string.len; i++) {
        cp = doc_encoding(string.ptr[i]);
        len += put_utf8(out + len, cp == 0 && string.ptr[i] != 0 ? 0xfffd : cp);
    }
    return (struct mh_span){out, len};
}
