#include "docformat/asic/uri.h"

#include <string.h>

#include "base/text.h"
#include "docformat/asic/asic.h"

static int
hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A decoded byte that would change where a segment ends, or be lost. */
static bool
byte_allowed(int c)
{
    return c > 0x1f && c != 0x7f && c != '/' && c != '\\';
}

/* Decodes every escape once; false for a bad or forbidden one. */
static bool
decode(struct mh_span uri, uint8_t *out, size_t *len)
{
    size_t n = 0;

    for (size_t i = 0; i < uri.len; i++) {
        int hi, lo;

        if (uri.ptr[i] != '%') {
            out[n++] = uri.ptr[i];
            continue;
        }
        if (uri.len - i < 3)
            return false;
        hi = hex_value(uri.ptr[i + 1]);
        lo = hex_value(uri.ptr[i + 2]);
        if (hi < 0 || lo < 0 || !byte_allowed(hi * 16 + lo))
            return false;
        out[n++] = (uint8_t)(hi * 16 + lo);
        i += 2;
    }
    *len = n;
    return true;
}

static bool
segment_allowed(struct mh_span seg)
{
    return seg.len != 0 && !mh_span_is(seg, ".") && !mh_span_is(seg, "..");
}

/* Relative path without scheme, authority, query or fragment. */
static bool
form_allowed(struct mh_span uri)
{
    size_t start = 0;

    for (size_t i = 0; i <= uri.len; i++) {
        uint8_t c = i < uri.len ? uri.ptr[i] : '/';

        if (c == '?' || c == '#' || c == '\\' || c < 0x20 || c == 0x7f ||
            (c == ':' && start == 0))
            return false;
        if (c != '/')
            continue;
        if (!segment_allowed((struct mh_span){uri.ptr + start, i - start}))
            return false;
        start = i + 1;
    }
    return true;
}

/* Segments again, behind the escapes: "%2e%2e" is no name either. */
static bool
path_allowed(struct mh_span path)
{
    size_t start = 0;

    for (size_t i = 0; i <= path.len; i++)
        if (i == path.len || path.ptr[i] == '/') {
            if (!segment_allowed((struct mh_span){path.ptr + start, i - start}))
                return false;
            start = i + 1;
        }
    return true;
}

enum outcome {
    REFUSED,
    DECODED,
    NO_MEMORY,
};

static enum outcome
decode_uri(struct mh_span uri, struct mh_arena *arena, struct mh_span *out)
{
    uint8_t *p;
    size_t len = 0;

    *out = uri;
    if (uri.len == 0 || !mh_utf8_valid(uri) || !form_allowed(uri))
        return REFUSED;
    if (memchr(uri.ptr, '%', uri.len) == NULL)
        return DECODED;
    p = mh_arena_alloc(arena, uri.len);
    if (p == NULL)
        return NO_MEMORY;
    if (!decode(uri, p, &len))
        return REFUSED;
    *out = (struct mh_span){p, len};
    return mh_utf8_valid(*out) && path_allowed(*out) ? DECODED : REFUSED;
}

bool
df_uri_decode(struct mh_span uri, struct mh_arena *arena, struct mh_span *out)
{
    return decode_uri(uri, arena, out) == DECODED;
}

static enum df_uri_kind
kind_of(const struct df_zip_entry *e)
{
    if (mh_span_is(e->name, "mimetype"))
        return DF_URI_MIMETYPE;
    return mh_span_starts(e->name, "META-INF/") ? DF_URI_META_INF : DF_URI_DATA;
}

enum mh_code
df_uri_resolve(const struct df_asic *asic, struct mh_span uri,
    struct mh_arena *arena, struct mh_err *err, struct df_uri_target *out)
{
    const struct df_zip *zip = asic->zip;
    const struct df_zip_entry *raw, *plain;
    struct mh_span path;
    enum outcome o = decode_uri(uri, arena, &path);

    *out = (struct df_uri_target){DF_URI_REFUSED, DF_NO_ENTRY};
    if (o == NO_MEMORY)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "uri: no memory");
    if (o == REFUSED)
        return MH_OK;
    raw = df_zip_find(zip, uri);
    plain = df_zip_find(zip, path);
    if (raw != NULL && plain != NULL && raw != plain) {
        out->kind = DF_URI_AMBIGUOUS;
        return MH_OK;
    }
    if (plain == NULL)
        plain = raw;
    if (plain == NULL || plain->is_directory) {
        out->kind = DF_URI_NOT_FOUND;
        return MH_OK;
    }
    out->kind = kind_of(plain);
    out->index = (size_t)(plain - zip->entries);
    return MH_OK;
}
