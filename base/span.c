#include "base/span.h"

#include <string.h>

bool
mh_span_eq(struct mh_span a, struct mh_span b)
{
    if (a.len != b.len)
        return false;
    return a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0;
}

bool
mh_span_sub(struct mh_span s, size_t off, size_t len, struct mh_span *out)
{
    if (off > s.len || len > s.len - off)
        return false;
    out->ptr = len == 0 ? NULL : s.ptr + off;
    out->len = len;
    return true;
}

struct mh_span
mh_span_str(const char *s)
{
    if (s == NULL)
        return (struct mh_span){0};
    return (struct mh_span){(const uint8_t *)s, strlen(s)};
}

bool
mh_span_is(struct mh_span s, const char *str)
{
    return mh_span_eq(s, mh_span_str(str));
}

bool
mh_span_starts(struct mh_span s, const char *prefix)
{
    size_t n = strlen(prefix);

    return s.len >= n && (n == 0 || memcmp(s.ptr, prefix, n) == 0);
}

bool
mh_span_ends(struct mh_span s, const char *suffix)
{
    size_t n = strlen(suffix);

    return s.len >= n && (n == 0 || memcmp(s.ptr + s.len - n, suffix, n) == 0);
}

int
mh_span_cmp(struct mh_span a, struct mh_span b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n == 0 ? 0 : memcmp(a.ptr, b.ptr, n);

    if (c != 0)
        return c;
    return a.len == b.len ? 0 : a.len < b.len ? -1 : 1;
}
