#include "docformat/der/der.h"

#include <stdio.h>

#include "base/limits.h"
#include "base/time.h"

struct df_der
df_der_from(struct mh_span in)
{
    return (struct df_der){.in = in};
}

unsigned
df_der_peek(const struct df_der *d)
{
    return d->bad || d->in.len == 0 ? 0 : d->in.ptr[0];
}

/* Length octets at in[1]: sets the header's and the content's size. */
static bool
read_length(struct mh_span in, size_t *header, size_t *len)
{
    size_t n, v = 0;

    if (in.len < 2)
        return false;
    if (in.ptr[1] < 0x80) {
        *header = 2;
        *len = in.ptr[1];
        return *len <= in.len - 2;
    }
    n = in.ptr[1] & 0x7fU;
    if (n == 0 || n > 4 || in.len < 2 + n || in.ptr[2] == 0)
        return false;
    for (size_t i = 0; i < n; i++)
        v = v << 8 | in.ptr[2 + i];
    if (v < 0x80)
        return false;
    *header = 2 + n;
    *len = v;
    return v <= in.len - 2 - n;
}

bool
df_der_any(struct df_der *d, struct df_tlv *out)
{
    size_t header, len;

    *out = (struct df_tlv){0};
    if (d->bad || !read_length(d->in, &header, &len) ||
        (d->in.ptr[0] & 0x1f) == 0x1f) {
        d->bad = true;
        return false;
    }
    out->tag = d->in.ptr[0];
    out->all = (struct mh_span){d->in.ptr, header + len};
    out->body = (struct mh_span){d->in.ptr + header, len};
    d->in.ptr += header + len;
    d->in.len -= header + len;
    return true;
}

static bool
get(struct df_der *d, unsigned tag, struct df_tlv *tlv)
{
    if (df_der_peek(d) != tag) {
        d->bad = true;
        *tlv = (struct df_tlv){0};
        return false;
    }
    return df_der_any(d, tlv);
}

struct mh_span
df_der_get(struct df_der *d, unsigned tag)
{
    struct df_tlv tlv;

    (void)get(d, tag, &tlv); /* the reader remembers */
    return tlv.body;
}

struct mh_span
df_der_get_all(struct df_der *d, unsigned tag)
{
    struct df_tlv tlv;

    (void)get(d, tag, &tlv); /* the reader remembers */
    return tlv.all;
}

bool
df_der_opt(struct df_der *d, unsigned tag, struct mh_span *body)
{
    struct df_tlv tlv;

    if (df_der_peek(d) != tag || !df_der_any(d, &tlv))
        return false;
    *body = tlv.body;
    return true;
}

struct df_der
df_der_enter(struct df_der *d, unsigned tag)
{
    struct df_tlv tlv;
    struct df_der sub = {0};

    sub.bad = !get(d, tag, &tlv);
    sub.in = tlv.body;
    return sub;
}

bool
df_der_done(const struct df_der *d)
{
    return !d->bad && d->in.len == 0;
}

bool
df_der_more(const struct df_der *d)
{
    return !d->bad && d->in.len != 0;
}

bool
df_der_bool(struct mh_span body, bool *out)
{
    if (body.len != 1 || (body.ptr[0] != 0 && body.ptr[0] != 0xff))
        return false;
    *out = body.ptr[0] != 0;
    return true;
}

bool
df_der_integer_valid(struct mh_span body)
{
    if (body.len == 0)
        return false;
    if (body.len == 1)
        return true;
    return !(body.ptr[0] == 0 && (body.ptr[1] & 0x80) == 0) &&
           !(body.ptr[0] == 0xff && (body.ptr[1] & 0x80) != 0);
}

bool
df_der_uint(struct mh_span body, uint64_t *out)
{
    uint64_t v = 0;

    if (!df_der_integer_valid(body) || (body.ptr[0] & 0x80) != 0 ||
        body.len > 9 || (body.len == 9 && body.ptr[0] != 0))
        return false;
    for (size_t i = 0; i < body.len; i++)
        v = v << 8 | body.ptr[i];
    *out = v;
    return true;
}

bool
df_der_oid_valid(struct mh_span body)
{
    bool start = true;

    if (body.len == 0 || (body.ptr[body.len - 1] & 0x80) != 0)
        return false;
    for (size_t i = 0; i < body.len; i++) {
        if (start && body.ptr[i] == 0x80)
            return false;
        start = (body.ptr[i] & 0x80) == 0;
    }
    return true;
}

bool
df_der_bit_bytes(struct mh_span body, struct mh_span *out)
{
    if (body.len == 0 || body.ptr[0] != 0)
        return false;
    return mh_span_sub(body, 1, body.len - 1, out);
}

bool
df_der_bits(struct mh_span body, uint32_t *out)
{
    uint32_t v = 0;
    unsigned unused;

    if (body.len == 0 || body.ptr[0] > 7)
        return false;
    unused = body.ptr[0];
    if (body.len == 1) {
        *out = 0;
        return unused == 0;
    }
    /* X.690 11.2: unused bits are zero, a named-bit list ends in a one. */
    if ((body.ptr[body.len - 1] & ((1U << unused) - 1)) != 0 ||
        (body.ptr[body.len - 1] >> unused & 1) == 0)
        return false;
    for (size_t i = 1; i < body.len && i <= 4; i++)
        for (unsigned b = 0; b < 8; b++)
            if ((body.ptr[i] >> (7 - b) & 1) != 0)
                v |= UINT32_C(1) << ((i - 1) * 8 + b);
    *out = v;
    return true;
}

static bool
two(struct mh_span s, size_t pos, int *out)
{
    if (pos + 2 > s.len || s.ptr[pos] < '0' || s.ptr[pos] > '9' ||
        s.ptr[pos + 1] < '0' || s.ptr[pos + 1] > '9')
        return false;
    *out = (s.ptr[pos] - '0') * 10 + (s.ptr[pos + 1] - '0');
    return true;
}

/* MMDDhhmmss at pos. */
static bool
rest_of_time(struct mh_span s, size_t pos, int year, int64_t *out)
{
    struct mh_civil c = {.year = year};

    return two(s, pos, &c.month) && two(s, pos + 2, &c.day) &&
           two(s, pos + 4, &c.hour) && two(s, pos + 6, &c.min) &&
           two(s, pos + 8, &c.sec) && mh_time_from_civil(&c, out);
}

bool
df_der_time(unsigned tag, struct mh_span body, int64_t *out)
{
    int hi, lo;

    if (body.len == 0 || body.ptr[body.len - 1] != 'Z')
        return false;
    if (tag == DF_UTC_TIME) {
        if (body.len != 13 || !two(body, 0, &lo))
            return false;
        return rest_of_time(body, 2, lo < 50 ? 2000 + lo : 1900 + lo, out);
    }
    if (tag != DF_GENERALIZED_TIME || body.len != 15 || !two(body, 0, &hi) ||
        !two(body, 2, &lo))
        return false;
    return rest_of_time(body, 4, hi * 100 + lo, out);
}

bool
df_der_gentime(struct mh_span body, int64_t *out)
{
    int hi, lo;

    if (body.len < 15 || body.ptr[body.len - 1] != 'Z')
        return false;
    if (body.len > 15) {
        /* A fraction has a point, digits, and no zero at its end. */
        if (body.ptr[14] != '.' || body.len < 17 ||
            body.ptr[body.len - 2] == '0')
            return false;
        for (size_t i = 15; i < body.len - 1; i++)
            if (body.ptr[i] < '0' || body.ptr[i] > '9')
                return false;
    }
    return two(body, 0, &hi) && two(body, 2, &lo) &&
           rest_of_time(body, 4, hi * 100 + lo, out);
}

static bool
leaf_valid(const struct df_tlv *t)
{
    bool b;

    switch (t->tag) {
    case DF_BOOLEAN:
        return df_der_bool(t->body, &b);
    case DF_INTEGER:
    case DF_ENUMERATED:
        return df_der_integer_valid(t->body);
    case DF_NULL:
        return t->body.len == 0;
    case DF_OID:
        return df_der_oid_valid(t->body);
    case DF_BIT_STRING:
        return t->body.len > 0 && t->body.ptr[0] <= 7 &&
               (t->body.len > 1 || t->body.ptr[0] == 0);
    default:
        /* A string type must be primitive, SEQUENCE and SET never are. */
        return (t->tag & 0xc0) != 0 || (t->tag & 0x20) == 0;
    }
}

enum mh_code
df_der_check(struct mh_span in, struct mh_err *err)
{
    struct df_der stack[MH_DER_DEPTH_MAX];
    size_t depth = 0;
    struct df_tlv t;

    stack[0] = df_der_from(in);
    for (;;) {
        struct df_der *d = &stack[depth];

        if (d->in.len == 0) {
            if (depth-- == 0)
                return MH_OK;
            continue;
        }
        if (!df_der_any(d, &t))
            return mh_fail(err, MH_EFORMAT, (uint64_t)(d->in.ptr - in.ptr),
                "der: bad tag or length");
        if (t.tag == DF_SEQUENCE || t.tag == DF_SET || (t.tag & 0xe0) == 0xa0) {
            if (++depth == MH_DER_DEPTH_MAX)
                return mh_fail(err, MH_ELIMIT, (uint64_t)(t.all.ptr - in.ptr),
                    "der: too deep");
            stack[depth] = df_der_from(t.body);
        } else if ((t.tag & 0x1f) == 0x10 || (t.tag & 0x1f) == 0x11) {
            if ((t.tag & 0xc0) == 0)
                return mh_fail(err, MH_EFORMAT, (uint64_t)(t.all.ptr - in.ptr),
                    "der: primitive sequence");
        } else if (!leaf_valid(&t)) {
            return mh_fail(err, MH_EFORMAT, (uint64_t)(t.all.ptr - in.ptr),
                "der: value not in its one form");
        }
    }
}

bool
df_der_oid_text(struct mh_span body, char *out, size_t size)
{
    size_t pos = 0;
    bool first = true;
    uint64_t arc = 0;

    if (!df_der_oid_valid(body) || size == 0)
        return false;
    for (size_t i = 0; i < body.len; i++) {
        int n;

        if (arc > UINT64_MAX >> 7)
            return false;
        arc = arc << 7 | (body.ptr[i] & 0x7fU);
        if ((body.ptr[i] & 0x80) != 0)
            continue;
        if (first) {
            uint64_t top = arc >= 80 ? 2 : arc / 40;

            n = snprintf(out, size, "%u.%llu", (unsigned)top,
                (unsigned long long)(arc - top * 40));
            first = false;
        } else {
            n = snprintf(
                out + pos, size - pos, ".%llu", (unsigned long long)arc);
        }
        if (n < 0 || (size_t)n >= size - pos)
            return false;
        pos += (size_t)n;
        arc = 0;
    }
    return true;
}
