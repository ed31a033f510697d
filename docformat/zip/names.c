#include "docformat/zip/names.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/limits.h"
#include "base/rd.h"
#include "base/text.h"

enum {
    FLAG_UTF8 = 1U << 11,
    EXTRA_UNICODE_PATH = 0x7075,
};

static enum mh_code
bad_name(const struct df_zip_entry *e, struct mh_err *err, const char *what)
{
    return mh_fail_finding(err, MH_EFORMAT, MH_F_ZIP_NAME, e->local_offset,
        "zip: entry name %s", what);
}

static bool
is_ascii(struct mh_span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] >= 0x80)
            return false;
    return true;
}

/* Neither empty nor "." or "..", and no dot or blank at its end. */
static bool
segment_allowed(struct mh_span seg)
{
    return seg.len != 0 && seg.ptr[seg.len - 1] != '.' &&
           seg.ptr[seg.len - 1] != ' ';
}

static bool
segments_allowed(struct mh_span name)
{
    size_t start = 0;

    for (size_t i = 0; i <= name.len; i++) {
        if (i < name.len && name.ptr[i] != '/')
            continue;
        /* The slash that makes a directory leaves nothing behind it. */
        if (i == name.len && start == i && start != 0)
            return true;
        if (!segment_allowed((struct mh_span){name.ptr + start, i - start}))
            return false;
        start = i + 1;
    }
    return true;
}

static bool
has_drive(struct mh_span name)
{
    return name.len >= 2 && name.ptr[1] == ':' &&
           ((name.ptr[0] >= 'A' && name.ptr[0] <= 'Z') ||
               (name.ptr[0] >= 'a' && name.ptr[0] <= 'z'));
}

/*
 * A second name in the unicode path field (Info-ZIP 0x7075) that differs from
 * the first would be another name to another reader.
 */
static bool
unicode_path_agrees(struct mh_span extra, struct mh_span name, bool *found)
{
    struct mh_rd rd = mh_rd_from(extra);

    while (mh_rd_left(&rd) >= 4) {
        uint16_t id = mh_rd_u16le(&rd);
        struct mh_span body = mh_rd_bytes(&rd, mh_rd_u16le(&rd));
        struct mh_span path;

        if (id != EXTRA_UNICODE_PATH)
            continue;
        *found = true;
        if (!mh_span_sub(body, 5, body.len < 5 ? 0 : body.len - 5, &path) ||
            !mh_span_eq(path, name))
            return false;
    }
    return true;
}

/*
 * Folds by letter case (or not) and composes.  The result is *len bytes, freed
 * with free(); NULL without memory.
 */
static utf8proc_uint8_t *
map_name(struct mh_span name, bool fold, size_t *len)
{
    utf8proc_uint8_t *p = NULL;
    utf8proc_option_t how =
        (utf8proc_option_t)(UTF8PROC_STABLE | UTF8PROC_COMPOSE |
                            (fold ? UTF8PROC_CASEFOLD : 0));
    utf8proc_ssize_t n =
        utf8proc_map(name.ptr, (utf8proc_ssize_t)name.len, &p, how);

    if (n < 0 || p == NULL) {
        free(p);
        return NULL;
    }
    *len = (size_t)n;
    return p;
}

static bool
is_nfc(struct mh_span name)
{
    size_t len = 0;
    utf8proc_uint8_t *nfc = map_name(name, false, &len);
    bool same = nfc != NULL && mh_span_eq((struct mh_span){nfc, len}, name);

    free(nfc);
    return same;
}

enum mh_code
df_zip_name_check(const struct df_zip_entry *entry, struct df_notes *notes,
    struct mh_err *err)
{
    struct mh_span name = entry->name;
    struct mh_span rest = name;
    bool unicode = false, odd = false;
    uint32_t cp;

    if (name.len == 0 || name.len > MH_ZIP_NAME_MAX)
        return bad_name(entry, err, "is empty or too long");
    if (!unicode_path_agrees(entry->extra, name, &unicode) ||
        !unicode_path_agrees(entry->local_extra, name, &unicode))
        return bad_name(entry, err, "differs from its unicode form");
    while (mh_utf8_next(&rest, &cp)) {
        if (cp == '\\' || mh_text_is_control(cp))
            return bad_name(entry, err, "has a forbidden character");
        odd = odd || mh_text_is_bidi(cp);
    }
    if (rest.len != 0)
        return bad_name(entry, err, "is not UTF-8");
    if (name.ptr[0] == '/' || has_drive(name) || !segments_allowed(name))
        return bad_name(entry, err, "has a forbidden form");
    if (is_ascii(name))
        return MH_OK;
    if (odd || ((entry->flags & FLAG_UTF8) == 0 && !unicode) || !is_nfc(name))
        df_note_add(notes, MH_F_ZIP_NAME_ENCODING, DF_STRICT,
            entry->local_offset, name);
    return MH_OK;
}

static uint32_t
hash_name(struct mh_span s)
{
    uint32_t h = UINT32_C(2166136261);

    for (size_t i = 0; i < s.len; i++)
        h = (h ^ s.ptr[i]) * UINT32_C(16777619);
    return h;
}

/*
 * Puts value under its key; the value already there is returned, else 0.  The
 * table is at most half full.
 */
static uint32_t
table_put(
    uint32_t *table, size_t size, const struct mh_span *keys, uint32_t value)
{
    struct mh_span key = keys[value - 1];
    size_t i = hash_name(key) & (size - 1);

    while (table[i] != 0) {
        if (mh_span_eq(keys[table[i] - 1], key))
            return table[i];
        i = (i + 1) & (size - 1);
    }
    table[i] = value;
    return 0;
}

/* The form under which two names are the same file to some system. */
static struct mh_span
fold_name(struct mh_arena *arena, struct mh_span name)
{
    struct mh_span out;
    uint8_t *p;

    if (name.ptr[name.len - 1] == '/')
        name.len--;
    if (!is_ascii(name)) {
        size_t len = 0;

        p = map_name(name, true, &len);
        if (p == NULL)
            return (struct mh_span){0};
        out = mh_arena_copy(arena, (struct mh_span){p, len});
        free(p);
        return out;
    }
    p = mh_arena_alloc(arena, name.len);
    if (p == NULL)
        return (struct mh_span){0};
    for (size_t i = 0; i < name.len; i++)
        p[i] = name.ptr[i] >= 'A' && name.ptr[i] <= 'Z'
                   ? (uint8_t)(name.ptr[i] + ('a' - 'A'))
                   : name.ptr[i];
    return (struct mh_span){p, name.len};
}

enum mh_code
df_zip_names_index(struct df_zip *zip, struct mh_err *err)
{
    size_t size = 16;
    uint32_t *folded;
    struct mh_span *raw, *fold;

    while (size < zip->count * 2)
        size *= 2;
    zip->index = mh_arena_array(zip->arena, size, sizeof(*zip->index));
    folded = mh_arena_array(zip->arena, size, sizeof(*folded));
    raw = mh_arena_array(zip->arena, zip->count, sizeof(*raw));
    fold = mh_arena_array(zip->arena, zip->count, sizeof(*fold));
    if (zip->index == NULL || folded == NULL || raw == NULL || fold == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "zip: no memory");
    zip->index_size = size;
    for (uint32_t i = 0; i < zip->count; i++) {
        uint64_t at = zip->entries[i].local_offset;

        raw[i] = zip->entries[i].name;
        fold[i] = fold_name(zip->arena, raw[i]);
        if (fold[i].ptr == NULL)
            return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "zip: no memory");
        if (table_put(zip->index, size, raw, i + 1) != 0)
            return mh_fail_finding(err, MH_EFORMAT, MH_F_ZIP_DUPLICATE_NAME, at,
                "zip: two entries of one name");
        if (table_put(folded, size, fold, i + 1) != 0)
            return mh_fail_finding(err, MH_EFORMAT, MH_F_ZIP_CASE_DUPLICATE, at,
                "zip: two names of one file");
    }
    return MH_OK;
}

const struct df_zip_entry *
df_zip_find(const struct df_zip *zip, struct mh_span name)
{
    size_t i;

    if (zip->index_size == 0)
        return NULL;
    i = hash_name(name) & (zip->index_size - 1);
    while (zip->index[i] != 0) {
        const struct df_zip_entry *e = &zip->entries[zip->index[i] - 1];

        if (mh_span_eq(e->name, name))
            return e;
        i = (i + 1) & (zip->index_size - 1);
    }
    return NULL;
}
