#include "signer/trust/name.h"

#include <utf8proc.h>

#include "base/limits.h"
#include "base/text.h"
#include "docformat/docformat.h"

static void
put_utf8(struct mh_buf *out, uint32_t cp)
{
    utf8proc_uint8_t tmp[4];
    utf8proc_ssize_t n = utf8proc_encode_char((utf8proc_int32_t)cp, tmp);

    mh_buf_add(out, tmp, (size_t)n);
}

/* Big-endian code points of width bytes each. */
static bool
wide_utf8(struct mh_span v, size_t width, struct mh_buf *out)
{
    if (v.len % width != 0)
        return false;
    for (size_t i = 0; i < v.len; i += width) {
        uint32_t cp = 0;

        for (size_t k = 0; k < width; k++)
            cp = cp << 8 | v.ptr[i + k];
        if (cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
            return false;
        put_utf8(out, cp);
    }
    return true;
}

bool
sg_attr_utf8(unsigned tag, struct mh_span value, struct mh_buf *out)
{
    switch (tag) {
    case DF_UTF8_STRING:
    case DF_PRINTABLE_STRING:
    case DF_IA5_STRING:
    case DF_NUMERIC_STRING:
    case DF_VISIBLE_STRING:
        if (!mh_utf8_valid(value))
            return false;
        mh_buf_span(out, value);
        return true;
    case DF_T61_STRING: /* read as Latin-1, as everybody writes it */
        for (size_t i = 0; i < value.len; i++)
            put_utf8(out, value.ptr[i]);
        return true;
    case DF_BMP_STRING:
        return wide_utf8(value, 2, out);
    case DF_UNIVERSAL_STRING:
        return wide_utf8(value, 4, out);
    default:
        return false;
    }
}

static bool
is_plain(const struct sg_attr *a)
{
    if (a->tag != DF_UTF8_STRING && a->tag != DF_PRINTABLE_STRING &&
        a->tag != DF_IA5_STRING && a->tag != DF_NUMERIC_STRING &&
        a->tag != DF_VISIBLE_STRING)
        return false;
    for (size_t i = 0; i < a->value.len; i++)
        if (a->value.ptr[i] >= 0x80)
            return false;
    return true;
}

/* Reads folded text one byte at a time, white space squeezed and trimmed. */
struct folded {
    struct mh_span s;
    bool started;
};

static bool
is_blank(uint8_t b)
{
    return b == ' ' || (b >= '\t' && b <= '\r');
}

static int
folded_next(struct folded *f)
{
    bool blank = false;
    uint8_t b;

    while (f->s.len > 0 && is_blank(f->s.ptr[0])) {
        f->s.ptr++;
        f->s.len--;
        blank = true;
    }
    if (f->s.len == 0)
        return -1;
    if (blank && f->started) {
        /* One blank stands for all; the next call meets what follows. */
        f->started = false;
        return ' ';
    }
    f->started = true;
    b = f->s.ptr[0];
    f->s.ptr++;
    f->s.len--;
    return b >= 'A' && b <= 'Z' ? b + ('a' - 'A') : b;
}

/* Folded UTF-8 of a value that is not plain; NULL where it is no text. */
static utf8proc_uint8_t *
fold(const struct sg_attr *a, struct mh_span *out)
{
    /* NFKC with case folding. */
    const unsigned options =
        (unsigned)UTF8PROC_STABLE | (unsigned)UTF8PROC_COMPOSE |
        (unsigned)UTF8PROC_COMPAT | (unsigned)UTF8PROC_CASEFOLD;
    utf8proc_uint8_t *dst = NULL;
    utf8proc_ssize_t n;
    struct mh_buf raw;

    mh_buf_init(&raw, (size_t)4 * MH_CERT_SIZE_MAX);
    if (!sg_attr_utf8(a->tag, a->value, &raw) || !mh_buf_ok(&raw) ||
        raw.len == 0) {
        mh_buf_fini(&raw);
        return NULL;
    }
    n = utf8proc_map(
        raw.ptr, (utf8proc_ssize_t)raw.len, &dst, (utf8proc_option_t)options);
    mh_buf_fini(&raw);
    if (n < 0) {
        free(dst);
        return NULL;
    }
    *out = (struct mh_span){dst, (size_t)n};
    return dst;
}

static bool
folded_eq(struct mh_span a, struct mh_span b)
{
    struct folded fa = {.s = a}, fb = {.s = b};
    int x, y;

    do {
        x = folded_next(&fa);
        y = folded_next(&fb);
    } while (x == y && x >= 0);
    return x == y;
}

static bool
attr_eq(const struct sg_attr *a, const struct sg_attr *b)
{
    utf8proc_uint8_t *pa = NULL, *pb = NULL;
    struct mh_span va = a->value, vb = b->value;
    bool eq = false;

    if (!mh_span_eq(a->oid, b->oid))
        return false;
    if (a->tag == b->tag && mh_span_eq(a->value, b->value))
        return true;
    if (is_plain(a) && is_plain(b))
        return folded_eq(va, vb);
    if (!is_plain(a))
        pa = fold(a, &va);
    if (!is_plain(b))
        pb = fold(b, &vb);
    if ((is_plain(a) || pa != NULL) && (is_plain(b) || pb != NULL))
        eq = folded_eq(va, vb);
    free(pa);
    free(pb);
    return eq;
}

/* The first n attributes of both, with the same grouping into RDNs. */
static bool
prefix_eq(const struct sg_name *a, const struct sg_name *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (a->attrs[i].rdn != b->attrs[i].rdn ||
            !attr_eq(&a->attrs[i], &b->attrs[i]))
            return false;
    return true;
}

bool
sg_name_eq(const struct sg_name *a, const struct sg_name *b)
{
    if (a->count != b->count)
        return false;
    return mh_span_eq(a->raw, b->raw) || prefix_eq(a, b, a->count);
}

bool
sg_name_within(const struct sg_name *name, const struct sg_name *base)
{
    if (base->count > name->count || !prefix_eq(name, base, base->count))
        return false;
    /* The base ends where a RelativeDistinguishedName ends. */
    return base->count == name->count || base->count == 0 ||
           name->attrs[base->count].rdn != base->attrs[base->count - 1].rdn;
}

static uint64_t
mix(uint64_t h, unsigned byte)
{
    return (h ^ byte) * UINT64_C(0x100000001b3); /* FNV-1a */
}

uint64_t
sg_name_hash(const struct sg_name *name)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < name->count; i++) {
        const struct sg_attr *a = &name->attrs[i];
        utf8proc_uint8_t *p = NULL;
        struct mh_span v = a->value;
        struct folded f;
        int c;

        for (size_t k = 0; k < a->oid.len; k++)
            h = mix(h, a->oid.ptr[k]);
        if (!is_plain(a))
            p = fold(a, &v);
        f = (struct folded){.s = v};
        /* A value that is no text counts by its type alone. */
        while ((is_plain(a) || p != NULL) && (c = folded_next(&f)) >= 0)
            h = mix(h, (unsigned)c);
        h = mix(h, 0x100);
        free(p);
    }
    return h;
}
