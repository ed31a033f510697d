#include "docformat/zip/zip.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/num.h"
#include "base/rd.h"
#include "docformat/zip/end.h"
#include "docformat/zip/names.h"

#define LOCAL_SIG      UINT32_C(0x04034b50)
#define CENTRAL_SIG    UINT32_C(0x02014b50)
#define DESCRIPTOR_SIG UINT32_C(0x08074b50)
#define ONES32         UINT32_C(0xffffffff)

enum {
    FLAG_ENCRYPTED = 1U << 0,
    FLAG_DESCRIPTOR = 1U << 3,
    FLAG_STRONG = 1U << 6,
    FLAG_MASKED = 1U << 13,
    /* Deflate levels, descriptor, UTF-8: the only harmless bits. */
    FLAGS_ALLOWED = 1U << 1 | 1U << 2 | FLAG_DESCRIPTOR | 1U << 11,
    EXTRA_ZIP64 = 0x0001,
    DOS_DIRECTORY = 0x10,
    MODE_TYPE = 0170000,
    MODE_REGULAR = 0100000,
    MODE_DIRECTORY = 0040000,
    EMPTY_DEFLATED = 2, /* bytes of nothing, deflated: 03 00 */
};

struct scan {
    struct df_zip *zip;
    struct df_notes *notes;
    struct mh_err *err;
    uint64_t meta_total; /* declared bytes of META-INF members */
    uint64_t out_total;  /* declared bytes of all entries */
    uint64_t in_total;
    bool zip64_noted;
    bool extras; /* some comment or extra field was seen */
};

static enum mh_code
fail(const struct scan *s, enum mh_finding_code code, uint64_t at,
    const char *what)
{
    return mh_fail_finding(s->err, MH_EFORMAT, (int)code, at, "zip: %s", what);
}

static enum mh_code
fail_limit(const struct scan *s, uint64_t at, const char *what)
{
    return mh_fail_finding(
        s->err, MH_ELIMIT, MH_F_ZIP_LIMIT, at, "zip: %s", what);
}

/* A reader over the rest of the file from pos; empty past the end. */
static struct mh_rd
reader_at(struct mh_span file, uint64_t pos)
{
    struct mh_span rest = {file.ptr, 0};

    if (pos <= file.len)
        rest = (struct mh_span){file.ptr + pos, file.len - (size_t)pos};
    return mh_rd_from(rest);
}

static void
note_zip64(struct scan *s, uint64_t at)
{
    if (!s->zip64_noted)
        df_note_add(
            s->notes, MH_F_ZIP_ZIP64, DF_STRICT, at, (struct mh_span){0});
    s->zip64_noted = true;
}

/*
 * Finds the zip64 field; *count is how many there are.  False where the
 * extra field does not divide into records or has two of them.  Up to three
 * bytes at the end are the padding of alignment tools.
 */
static bool
find_zip64(struct mh_span extra, struct mh_span *body, size_t *count)
{
    struct mh_rd rd = mh_rd_from(extra);

    *body = (struct mh_span){0};
    *count = 0;
    while (mh_rd_left(&rd) >= 4) {
        uint16_t id = mh_rd_u16le(&rd);
        struct mh_span b = mh_rd_bytes(&rd, mh_rd_u16le(&rd));

        if (rd.bad)
            return false;
        if (id != EXTRA_ZIP64)
            continue;
        if (++*count > 1)
            return false;
        *body = b;
    }
    return true;
}

/*
 * Replaces values that are all ones by those of the zip64 field, in order.
 * The field must be there exactly if one of them is, and hold nothing else.
 */
static bool
widen(struct mh_span extra, uint64_t *values[], size_t count, bool *used)
{
    struct mh_span body;
    struct mh_rd rd;
    size_t fields;

    *used = false;
    if (!find_zip64(extra, &body, &fields))
        return false;
    rd = mh_rd_from(body);
    for (size_t i = 0; i < count; i++)
        if (*values[i] == ONES32) {
            *values[i] = mh_rd_u64le(&rd);
            *used = true;
        }
    return *used ? mh_rd_done(&rd) : fields == 0;
}

static enum mh_code
check_flags(const struct scan *s, const struct df_zip_entry *e, uint64_t at)
{
    if ((e->flags & (FLAG_ENCRYPTED | FLAG_STRONG | FLAG_MASKED)) != 0)
        return fail(s, MH_F_ZIP_ENCRYPTED, at, "entry is encrypted");
    if ((e->flags & ~(unsigned)FLAGS_ALLOWED) != 0)
        return fail(s, MH_F_ZIP_METHOD, at, "flag not allowed");
    if (e->method != DF_ZIP_STORED && e->method != DF_ZIP_DEFLATED)
        return fail(s, MH_F_ZIP_METHOD, at, "method not allowed");
    if (e->method == DF_ZIP_STORED && e->data.len != e->usize)
        return fail(s, MH_F_ZIP_SIZE, at, "stored entry of two sizes");
    return MH_OK;
}

/* The type of file that a system may make of the entry. */
static enum mh_code
check_type(struct scan *s, struct df_zip_entry *e, uint32_t attr, uint64_t at)
{
    uint32_t type = attr >> 16 & MODE_TYPE;

    e->is_directory = mh_span_ends(e->name, "/");
    if (type != 0 && type != MODE_REGULAR && type != MODE_DIRECTORY)
        return fail(s, MH_F_ZIP_SPECIAL, at, "entry is no file");
    if (!e->is_directory &&
        (type == MODE_DIRECTORY || (attr & DOS_DIRECTORY) != 0))
        return fail(s, MH_F_ZIP_SPECIAL, at, "file marked as directory");
    if (!e->is_directory)
        return MH_OK;
    if (e->usize != 0 ||
        e->data.len != (e->method == DF_ZIP_STORED ? 0 : EMPTY_DEFLATED))
        return fail(s, MH_F_ZIP_DIRECTORY, at, "directory holds bytes");
    df_note_add(s->notes, MH_F_ZIP_DIRECTORY,
        e->method == DF_ZIP_STORED ? DF_INFO : DF_STRICT, at, e->name);
    return MH_OK;
}

static bool
ratio_exceeded(uint64_t out, uint64_t in)
{
    uint64_t whole = out / MH_ZIP_RATIO_MAX;

    return out > MH_ZIP_RATIO_FREE &&
           (whole > in || (whole == in && out % MH_ZIP_RATIO_MAX != 0));
}

/* Declared sizes; reading holds every entry to what it declares. */
static enum mh_code
check_limits(struct scan *s, const struct df_zip_entry *e, uint64_t at)
{
    if (ratio_exceeded(e->usize, e->data.len))
        return fail_limit(s, at, "entry grows too much");
    if (!mh_add_u64(s->out_total, e->usize, &s->out_total) ||
        !mh_add_u64(s->in_total, e->data.len, &s->in_total) ||
        ratio_exceeded(s->out_total, s->in_total))
        return fail_limit(s, at, "archive grows too much");
    if (!mh_span_starts(e->name, "META-INF/"))
        return MH_OK;
    if (e->usize > MH_META_INF_FILE_MAX)
        return fail_limit(s, at, "META-INF file too large");
    s->meta_total += e->usize;
    if (s->meta_total > MH_META_INF_TOTAL_MAX)
        return fail_limit(s, at, "META-INF too large");
    return MH_OK;
}

/* One entry of the directory; data gets its length here, its place later. */
static enum mh_code
read_central(struct scan *s, struct mh_rd *rd, struct df_zip_entry *e)
{
    uint64_t at = (uint64_t)(rd->in.ptr - s->zip->file.ptr) + rd->pos;
    uint64_t csize, *wide[3];
    uint16_t name_len, extra_len, comment_len, disk;
    uint32_t sig, attr;
    bool zip64;
    enum mh_code code;

    e->central = s->zip->file.ptr + at;
    sig = mh_rd_u32le(rd);
    (void)mh_rd_u32le(rd); /* versions */
    e->flags = mh_rd_u16le(rd);
    e->method = mh_rd_u16le(rd);
    (void)mh_rd_u32le(rd); /* time and date */
    e->crc = mh_rd_u32le(rd);
    csize = mh_rd_u32le(rd);
    e->usize = mh_rd_u32le(rd);
    name_len = mh_rd_u16le(rd);
    extra_len = mh_rd_u16le(rd);
    comment_len = mh_rd_u16le(rd);
    disk = mh_rd_u16le(rd);
    (void)mh_rd_u16le(rd); /* internal attributes */
    attr = mh_rd_u32le(rd);
    e->local_offset = mh_rd_u32le(rd);
    e->name = mh_rd_bytes(rd, name_len);
    e->extra = mh_rd_bytes(rd, extra_len);
    e->comment = mh_rd_bytes(rd, comment_len);
    if (rd->bad || sig != CENTRAL_SIG || disk != 0)
        return fail(s, MH_F_ZIP_COUNT, at, "directory ends early");
    wide[0] = &e->usize;
    wide[1] = &csize;
    wide[2] = &e->local_offset;
    if (!widen(e->extra, wide, 3, &zip64))
        return fail(s, MH_F_ZIP_ZIP64, at, "extra field malformed");
    if (zip64 && e->usize < ONES32 && csize < ONES32 &&
        e->local_offset < ONES32)
        note_zip64(s, at);
    if (csize > s->zip->file.len)
        return fail(s, MH_F_ZIP_OVERLAP, at, "entry outside the file");
    e->data.len = (size_t)csize;
    s->extras = s->extras || extra_len != 0 || comment_len != 0;
    code = check_flags(s, e, at);
    if (code == MH_OK)
        code = check_type(s, e, attr, at);
    return code != MH_OK ? code : check_limits(s, e, at);
}

/* With a descriptor the local header may hold zero instead of the value. */
static bool
local_agrees(uint64_t local, uint64_t central, bool descriptor)
{
    return local == central || (descriptor && local == 0);
}

/* The sizes of a local header against those of the directory. */
static enum mh_code
check_local_sizes(
    struct scan *s, struct df_zip_entry *e, uint64_t csize, uint64_t usize)
{
    bool descriptor = (e->flags & FLAG_DESCRIPTOR) != 0;
    uint64_t *wide[2] = {&usize, &csize};
    uint64_t c0 = csize, u0 = usize;
    struct mh_span body;
    bool zip64;

    if (!widen(e->local_extra, wide, 2, &zip64)) {
        struct mh_rd rd;
        size_t fields;

        /* APPNOTE 4.5.3 asks for both values as soon as one is needed. */
        if (!find_zip64(e->local_extra, &body, &fields) || body.len != 16 ||
            (c0 != ONES32 && u0 != ONES32))
            return fail(
                s, MH_F_ZIP_ZIP64, e->local_offset, "extra field malformed");
        rd = mh_rd_from(body);
        usize = mh_rd_u64le(&rd);
        csize = mh_rd_u64le(&rd);
        if ((u0 != ONES32 && u0 != usize) || (c0 != ONES32 && c0 != csize))
            return fail(
                s, MH_F_ZIP_ZIP64, e->local_offset, "64-bit sizes disagree");
        zip64 = true;
    }
    if (zip64 && e->usize < ONES32 && e->data.len < ONES32)
        note_zip64(s, e->local_offset);
    if (!local_agrees(csize, e->data.len, descriptor) ||
        !local_agrees(usize, e->usize, descriptor))
        return fail(s, MH_F_ZIP_LOCAL_DIFFERS, e->local_offset, "sizes differ");
    return MH_OK;
}

/*
 * The local header of an entry against the directory; *end is where its data
 * ends.  Values of the directory were checked before.
 */
static enum mh_code
read_local(struct scan *s, struct df_zip_entry *e, uint64_t *end)
{
    struct mh_rd rd = reader_at(s->zip->file, e->local_offset);
    uint32_t sig = mh_rd_u32le(&rd);
    uint32_t crc, csize, usize;
    uint16_t flags, method, name_len, extra_len;
    struct mh_span name, data;
    enum mh_code code;

    (void)mh_rd_u16le(&rd); /* version needed */
    flags = mh_rd_u16le(&rd);
    method = mh_rd_u16le(&rd);
    (void)mh_rd_u32le(&rd); /* time and date */
    crc = mh_rd_u32le(&rd);
    csize = mh_rd_u32le(&rd);
    usize = mh_rd_u32le(&rd);
    name_len = mh_rd_u16le(&rd);
    extra_len = mh_rd_u16le(&rd);
    name = mh_rd_bytes(&rd, name_len);
    e->local_extra = mh_rd_bytes(&rd, extra_len);
    if (sig != LOCAL_SIG)
        return fail(s, MH_F_ZIP_LOCAL_DIFFERS, e->local_offset,
            "no entry where the directory says");
    data = mh_rd_bytes(&rd, e->data.len);
    if (rd.bad)
        return fail(
            s, MH_F_ZIP_OVERLAP, e->local_offset, "entry outside the file");
    if (!mh_span_eq(name, e->name) || flags != e->flags ||
        method != e->method ||
        !local_agrees(crc, e->crc, (flags & FLAG_DESCRIPTOR) != 0))
        return fail(
            s, MH_F_ZIP_LOCAL_DIFFERS, e->local_offset, "headers differ");
    code = check_local_sizes(s, e, csize, usize);
    if (code != MH_OK)
        return code;
    if (e->is_directory && data.len != 0 &&
        !mh_span_eq(data, (struct mh_span){(const uint8_t *)"\3", 2}))
        return fail(
            s, MH_F_ZIP_DIRECTORY, e->local_offset, "directory holds bytes");
    s->extras = s->extras || extra_len != 0;
    e->data = data;
    e->is_first_plain = e->local_offset == 0 && method == DF_ZIP_STORED &&
                        e->extra.len == 0 && e->local_extra.len == 0 &&
                        (flags & FLAG_DESCRIPTOR) == 0;
    *end = e->local_offset + rd.pos;
    return df_zip_name_check(e, s->notes, s->err);
}

/* The bytes between the data and the next record are one of four forms. */
static bool
descriptor_agrees(struct mh_span d, const struct df_zip_entry *e)
{
    struct mh_rd rd = mh_rd_from(d);
    bool wide = d.len == 20 || d.len == 24;
    uint64_t csize, usize;
    uint32_t crc;

    if ((d.len == 16 || d.len == 24) && mh_rd_u32le(&rd) != DESCRIPTOR_SIG)
        return false;
    crc = mh_rd_u32le(&rd);
    csize = wide ? mh_rd_u64le(&rd) : mh_rd_u32le(&rd);
    usize = wide ? mh_rd_u64le(&rd) : mh_rd_u32le(&rd);
    return mh_rd_done(&rd) && crc == e->crc && csize == e->data.len &&
           usize == e->usize;
}

/* What stands between the data of an entry and the next record. */
static enum mh_code
check_tail(
    struct scan *s, const struct df_zip_entry *e, uint64_t end, uint64_t next)
{
    struct mh_span d;

    if (end > next)
        return fail(s, MH_F_ZIP_OVERLAP, e->local_offset, "entries overlap");
    if ((e->flags & FLAG_DESCRIPTOR) == 0)
        return end == next
                   ? MH_OK
                   : fail(s, MH_F_ZIP_GAP, end, "bytes between the entries");
    d = (struct mh_span){s->zip->file.ptr + end, (size_t)(next - end)};
    if (d.len < 12)
        return fail(s, MH_F_ZIP_OVERLAP, end, "descriptor cut short");
    if (d.len > 24)
        return fail(s, MH_F_ZIP_GAP, end, "bytes between the entries");
    if (!descriptor_agrees(d, e))
        return fail(s, MH_F_ZIP_LOCAL_DIFFERS, end, "descriptor differs");
    if (d.len >= 20 && e->usize < ONES32 && e->data.len < ONES32)
        note_zip64(s, end);
    return MH_OK;
}

static int
by_offset(const void *a, const void *b)
{
    const struct df_zip_entry *const *x = a, *const *y = b;

    return ((*x)->local_offset > (*y)->local_offset) -
           ((*x)->local_offset < (*y)->local_offset);
}

/* Local records tile the file from its first byte to the directory. */
static enum mh_code
check_locals(struct scan *s, uint64_t directory)
{
    size_t count = s->zip->count;
    struct df_zip_entry **order =
        mh_arena_array(s->zip->arena, count, sizeof(struct df_zip_entry *));
    bool sorted = true;

    if (order == NULL)
        return mh_fail(s->err, MH_ENOMEM, MH_NO_OFFSET, "zip: no memory");
    for (size_t i = 0; i < count; i++) {
        order[i] = &s->zip->entries[i];
        if (i > 0 && by_offset(&order[i - 1], &order[i]) > 0)
            sorted = false;
    }
    if (!sorted)
        qsort(order, count, sizeof(struct df_zip_entry *), by_offset);
    if ((count == 0 ? directory : order[0]->local_offset) != 0)
        return fail(s, MH_F_ZIP_PREFIX, 0, "bytes before the first entry");
    for (size_t i = 0; i < count; i++) {
        uint64_t next = i + 1 < count ? order[i + 1]->local_offset : directory;
        uint64_t end = 0;
        enum mh_code code;

        if (order[i]->local_offset >= next)
            return fail(s, MH_F_ZIP_OVERLAP, next, "entries overlap");
        code = read_local(s, order[i], &end);
        if (code == MH_OK)
            code = check_tail(s, order[i], end, next);
        if (code != MH_OK)
            return code;
    }
    return MH_OK;
}

static enum mh_code
read_directory(struct scan *s, const struct df_zip_end *dir)
{
    struct df_zip *zip = s->zip;
    struct mh_rd rd = mh_rd_from(
        (struct mh_span){zip->file.ptr + dir->offset, (size_t)dir->size});

    zip->entries =
        mh_arena_array(zip->arena, (size_t)dir->count, sizeof(*zip->entries));
    if (zip->entries == NULL)
        return mh_fail(s->err, MH_ENOMEM, MH_NO_OFFSET, "zip: no memory");
    for (; zip->count < dir->count; zip->count++) {
        enum mh_code code = read_central(s, &rd, &zip->entries[zip->count]);

        if (code != MH_OK)
            return code;
    }
    if (!mh_rd_done(&rd))
        return fail(s, MH_F_ZIP_COUNT, dir->offset + rd.pos,
            "directory holds more than its entries");
    return MH_OK;
}

enum mh_code
df_zip_scan(struct mh_span file, struct mh_arena *arena, struct df_notes *notes,
    struct mh_err *err, struct df_zip **out)
{
    struct scan s = {.notes = notes, .err = err};
    struct df_zip_end dir = {0};
    enum mh_code code;

    *out = NULL;
    s.zip = mh_arena_alloc(arena, sizeof(*s.zip));
    if (s.zip == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "zip: no memory");
    s.zip->file = file;
    s.zip->arena = arena;
    code = df_zip_end_read(file, err, &dir);
    if (code != MH_OK)
        return code;
    s.zip->comment = dir.comment;
    s.zip->directory = dir.offset;
    s.extras = dir.comment.len != 0;
    if (dir.zip64_unneeded)
        note_zip64(&s, dir.at);
    code = read_directory(&s, &dir);
    if (code == MH_OK)
        code = check_locals(&s, dir.offset);
    if (code == MH_OK)
        code = df_zip_names_index(s.zip, err);
    if (code != MH_OK)
        return code;
    if (s.extras)
        df_note_add(
            notes, MH_F_ZIP_COMMENT, DF_INFO, MH_NO_OFFSET, s.zip->comment);
    *out = s.zip;
    return MH_OK;
}
