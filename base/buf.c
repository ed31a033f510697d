#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"

enum {
    BUF_FIRST = 256
}; /* bytes of the first allocation */

void
mh_buf_init(struct mh_buf *buf, size_t max)
{
    *buf = (struct mh_buf){.max = max};
}

void
mh_buf_fini(struct mh_buf *buf)
{
    size_t max = buf->max;

    free(buf->ptr);
    mh_buf_init(buf, max);
}

void
mh_buf_clear(struct mh_buf *buf)
{
    buf->len = 0;
    buf->bad = false;
}

void
mh_buf_cut(struct mh_buf *buf, size_t len)
{
    if (len < buf->len)
        buf->len = len;
}

static bool
resize(struct mh_buf *buf, size_t cap)
{
    uint8_t *p = realloc(buf->ptr, cap);

    if (p == NULL)
        return false;
    buf->ptr = p;
    buf->cap = cap;
    return true;
}

static bool
reserve(struct mh_buf *buf, size_t len)
{
    size_t want, cap;

    if (buf->bad || !mh_add_size(buf->len, len, &want) || want > buf->max) {
        buf->bad = true;
        return false;
    }
    if (want <= buf->cap)
        return true;
    cap = buf->cap < BUF_FIRST ? BUF_FIRST : buf->cap;
    while (cap < want && cap <= buf->max / 2)
        cap *= 2;
    if (cap < want || cap > buf->max)
        cap = buf->max;
    buf->bad = !resize(buf, cap);
    return !buf->bad;
}

void
mh_buf_room(struct mh_buf *buf, size_t len)
{
    size_t want;

    if (!buf->bad && mh_add_size(buf->len, len, &want) && want <= buf->max &&
        want > buf->cap)
        (void)resize(buf, want); /* appends ask again */
}

uint8_t *
mh_buf_grow(struct mh_buf *buf, size_t len)
{
    uint8_t *p;

    if (!reserve(buf, len))
        return NULL;
    p = buf->ptr + buf->len;
    buf->len += len;
    return p;
}

void
mh_buf_add(struct mh_buf *buf, const void *bytes, size_t len)
{
    bool fits = !buf->bad && len <= buf->cap - buf->len;

    if (len == 0 || (!fits && !reserve(buf, len)))
        return;
    memcpy(buf->ptr + buf->len, bytes, len);
    buf->len += len;
}

void
mh_buf_span(struct mh_buf *buf, struct mh_span s)
{
    mh_buf_add(buf, s.ptr, s.len);
}

void
mh_buf_str(struct mh_buf *buf, const char *s)
{
    mh_buf_add(buf, s, strlen(s));
}

void
mh_buf_byte(struct mh_buf *buf, uint8_t byte)
{
    mh_buf_add(buf, &byte, 1);
}

void
mh_buf_printf(struct mh_buf *buf, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (n < 0 || (size_t)n >= sizeof(text))
        buf->bad = true;
    else
        mh_buf_add(buf, text, (size_t)n);
}

bool
mh_buf_ok(const struct mh_buf *buf)
{
    return !buf->bad;
}

struct mh_span
mh_buf_get(const struct mh_buf *buf)
{
    return (struct mh_span){buf->ptr, buf->ptr == NULL ? 0 : buf->len};
}
