#include "docformat/der/write.h"

#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "docformat/der/der.h"

enum {
    UTC_TIME_LAST = 2049, /* RFC 5280 4.1.2.5.1 */
    UTC_TIME_FIRST = 1950,
    LENGTH_MAX = 5 /* octets: 0x84 and four more */
};

/* Length octets of len; their number, 0 where it cannot be written. */
static size_t
length_octets(size_t len, uint8_t out[static LENGTH_MAX])
{
    size_t n = 0;

    if (len < 0x80) {
        out[0] = (uint8_t)len;
        return 1;
    }
    for (size_t v = len; v > 0; v >>= 8)
        n++;
    if (n >= LENGTH_MAX)
        return 0;
    out[0] = (uint8_t)(0x80 | n);
    for (size_t i = 0; i < n; i++)
        out[1 + i] = (uint8_t)(len >> 8 * (n - 1 - i));
    return n + 1;
}

size_t
df_der_open(struct mh_buf *out, unsigned tag)
{
    mh_buf_byte(out, (uint8_t)tag);
    return out->len;
}

void
df_der_close(struct mh_buf *out, size_t open)
{
    uint8_t octets[LENGTH_MAX];
    size_t len, n;

    if (!mh_buf_ok(out) || open > out->len) {
        out->bad = true;
        return;
    }
    len = out->len - open;
    n = length_octets(len, octets);
    if (n == 0 || mh_buf_grow(out, n) == NULL) {
        out->bad = true;
        return;
    }
    memmove(out->ptr + open + n, out->ptr + open, len);
    memcpy(out->ptr + open, octets, n);
}

static int
by_bytes(const void *a, const void *b)
{
    return mh_span_cmp(*(const struct mh_span *)a, *(const struct mh_span *)b);
}

/* The elements after open in order; false without memory. */
static bool
sort(struct mh_buf *out, size_t open, size_t count)
{
    struct mh_span body = {out->ptr + open, out->len - open};
    struct df_der d = df_der_from(body);
    struct mh_span *item = calloc(count, sizeof(*item));
    uint8_t *copy = malloc(body.len);
    size_t at = 0, n = 0;
    bool ok = item != NULL && copy != NULL;

    while (ok && df_der_more(&d)) {
        struct df_tlv t;

        (void)df_der_any(&d, &t); /* counted before */
        item[n++] = t.all;
    }
    if (ok)
        qsort(item, n, sizeof(*item), by_bytes);
    for (size_t i = 0; ok && i < n; i++) {
        memcpy(copy + at, item[i].ptr, item[i].len);
        at += item[i].len;
    }
    if (ok)
        memcpy(out->ptr + open, copy, at);
    free(item);
    free(copy);
    return ok;
}

void
df_der_close_set(struct mh_buf *out, size_t open)
{
    struct df_der d;
    struct df_tlv t;
    size_t count = 0;

    if (!mh_buf_ok(out) || open > out->len) {
        out->bad = true;
        return;
    }
    if (out->len > open) {
        d = df_der_from((struct mh_span){out->ptr + open, out->len - open});
        while (df_der_more(&d) && df_der_any(&d, &t))
            count++;
        if (!df_der_done(&d) || (count > 1 && !sort(out, open, count))) {
            out->bad = true;
            return;
        }
    }
    df_der_close(out, open);
}

void
df_der_put(struct mh_buf *out, unsigned tag, struct mh_span body)
{
    uint8_t octets[LENGTH_MAX];
    size_t n = length_octets(body.len, octets);

    if (n == 0) {
        out->bad = true;
        return;
    }
    mh_buf_byte(out, (uint8_t)tag);
    mh_buf_add(out, octets, n);
    mh_buf_span(out, body);
}

void
df_der_put_retagged(struct mh_buf *out, unsigned tag, struct mh_span value)
{
    if (value.len < 2) {
        out->bad = true;
        return;
    }
    mh_buf_byte(out, (uint8_t)tag);
    mh_buf_add(out, value.ptr + 1, value.len - 1);
}

void
df_der_put_uint(struct mh_buf *out, uint64_t value)
{
    uint8_t bytes[sizeof(value)];

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(value >> 8 * (sizeof(bytes) - 1 - i));
    df_der_put_number(out, (struct mh_span){bytes, sizeof(bytes)});
}

void
df_der_put_number(struct mh_buf *out, struct mh_span magnitude)
{
    size_t open = df_der_open(out, DF_INTEGER);

    while (magnitude.len > 0 && magnitude.ptr[0] == 0) {
        magnitude.ptr++;
        magnitude.len--;
    }
    if (magnitude.len == 0 || magnitude.ptr[0] >= 0x80)
        mh_buf_byte(out, 0);
    mh_buf_span(out, magnitude);
    df_der_close(out, open);
}

void
df_der_put_time(struct mh_buf *out, int64_t time)
{
    struct mh_civil c;
    size_t open;
    bool utc;

    if (!mh_time_to_civil(time, &c)) {
        out->bad = true;
        return;
    }
    utc = c.year >= UTC_TIME_FIRST && c.year <= UTC_TIME_LAST;
    open = df_der_open(out, utc ? DF_UTC_TIME : DF_GENERALIZED_TIME);
    if (utc)
        mh_buf_printf(out, "%02d", c.year % 100);
    else
        mh_buf_printf(out, "%04d", c.year);
    mh_buf_printf(
        out, "%02d%02d%02d%02d%02dZ", c.month, c.day, c.hour, c.min, c.sec);
    df_der_close(out, open);
}
