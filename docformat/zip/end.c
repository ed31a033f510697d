#include "docformat/zip/end.h"

#include <string.h>

#include "base/limits.h"
#include "base/num.h"
#include "base/rd.h"
#include "base/wire/codes.h"

/* Record sizes in bytes without their variable parts (APPNOTE 4.3). */
enum {
    END_SIZE = 22,
    LOCATOR_SIZE = 20,
    END64_SIZE = 56,
};
#define CENTRAL_SIG UINT32_C(0x02014b50)
#define END_SIG     UINT32_C(0x06054b50)
#define LOCATOR_SIG UINT32_C(0x07064b50)
#define END64_SIG   UINT32_C(0x06064b50)
#define ONES16      0xffffU
#define ONES32      UINT32_C(0xffffffff)

struct input {
    struct mh_span file;
    struct mh_err *err;
};

static enum mh_code
fail(struct input in, enum mh_finding_code code, uint64_t at, const char *what)
{
    return mh_fail_finding(in.err, MH_EFORMAT, (int)code, at, "zip: %s", what);
}

static uint32_t
peek32(struct mh_span file, size_t pos)
{
    const uint8_t *p = file.ptr + pos;

    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
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

/*
 * Finds the one end record.  A record whose comment reaches exactly to the
 * last byte ends the file; a second such record, or any end signature inside
 * the comment, would let another reader see another archive.
 */
static enum mh_code
find_end(struct input in, size_t *end)
{
    struct mh_span file = in.file;
    size_t low, pos, fits = 0, last = 0, found = 0, seen = 0;

    if (file.len < END_SIZE)
        return fail(in, MH_F_ZIP_END, 0, "no end record");
    low = file.len > END_SIZE + ONES16 ? file.len - END_SIZE - ONES16 : 0;
    pos = file.len - END_SIZE + 4; /* one past the signature's last byte */
    while (pos >= low + 4) {
        const uint8_t *hit =
            memrchr(file.ptr + low + 3, END_SIG >> 24, pos - low - 3);
        size_t at;

        if (hit == NULL)
            break;
        at = (size_t)(hit - file.ptr) - 3;
        pos = at + 3;
        if (peek32(file, at) != END_SIG)
            continue;
        if (seen++ == 0)
            last = at;
        if ((peek32(file, at + 18) >> 16) + END_SIZE == file.len - at) {
            found = at;
            fits++;
        }
    }
    if (fits == 0 && seen != 0)
        return fail(in, MH_F_ZIP_TRAILING, last, "bytes after the end record");
    if (fits == 0)
        return fail(in, MH_F_ZIP_END, MH_NO_OFFSET, "no end record");
    if (fits > 1 || found != last)
        return fail(in, MH_F_ZIP_END, found, "more than one end record");
    *end = found;
    return MH_OK;
}

/* Both 64-bit end records before the end record at end. */
static enum mh_code
read_end64(struct input in, size_t end, const uint32_t small[3],
    uint64_t *limit, struct df_zip_end *out)
{
    struct mh_rd rd;
    uint64_t at, record, count2;
    uint32_t disk, disks, disk2, disk3;
    uint64_t big[3];

    if (end < LOCATOR_SIZE + END64_SIZE)
        return fail(in, MH_F_ZIP_ZIP64, end, "no 64-bit end record");
    rd = reader_at(in.file, end - LOCATOR_SIZE + 4);
    disk = mh_rd_u32le(&rd);
    at = mh_rd_u64le(&rd);
    disks = mh_rd_u32le(&rd);
    if (disk != 0 || disks != 1 || at != end - LOCATOR_SIZE - END64_SIZE ||
        peek32(in.file, (size_t)at) != END64_SIG)
        return fail(in, MH_F_ZIP_ZIP64, end, "64-bit end record misplaced");
    rd = reader_at(in.file, at + 4);
    record = mh_rd_u64le(&rd);
    (void)mh_rd_u32le(&rd); /* versions */
    disk2 = mh_rd_u32le(&rd);
    disk3 = mh_rd_u32le(&rd);
    count2 = mh_rd_u64le(&rd);
    big[0] = mh_rd_u64le(&rd);
    big[1] = mh_rd_u64le(&rd);
    big[2] = mh_rd_u64le(&rd);
    if (record != END64_SIZE - 12 || disk2 != 0 || disk3 != 0 ||
        count2 != big[0])
        return fail(in, MH_F_ZIP_ZIP64, at, "64-bit end record malformed");
    for (int i = 0; i < 3; i++)
        if (small[i] != (i == 0 ? ONES16 : ONES32) && small[i] != big[i])
            return fail(in, MH_F_ZIP_ZIP64, at, "end records disagree");
    out->zip64_unneeded = big[0] < ONES16 && big[1] < ONES32 && big[2] < ONES32;
    out->count = big[0];
    out->size = big[1];
    out->offset = big[2];
    *limit = at;
    return MH_OK;
}

static enum mh_code
read_end(struct input in, uint64_t *limit, struct df_zip_end *out)
{
    struct mh_rd rd;
    size_t end = 0;
    uint16_t disk, disk2, count2;
    uint32_t small[3]; /* entries, size, offset */
    enum mh_code code = find_end(in, &end);

    if (code != MH_OK)
        return code;
    rd = reader_at(in.file, end + 4);
    disk = mh_rd_u16le(&rd);
    disk2 = mh_rd_u16le(&rd);
    count2 = mh_rd_u16le(&rd);
    small[0] = mh_rd_u16le(&rd);
    small[1] = mh_rd_u32le(&rd);
    small[2] = mh_rd_u32le(&rd);
    out->comment = mh_rd_bytes(&rd, mh_rd_u16le(&rd));
    if (disk != 0 || disk2 != 0 || count2 != small[0])
        return fail(in, MH_F_ZIP_COUNT, end, "several disks or two counts");
    out->count = small[0];
    out->size = small[1];
    out->offset = small[2];
    out->at = end;
    *limit = end;
    if (end >= LOCATOR_SIZE &&
        peek32(in.file, end - LOCATOR_SIZE) == LOCATOR_SIG)
        return read_end64(in, end, small, limit, out);
    if (small[0] == ONES16 || small[1] == ONES32 || small[2] == ONES32)
        return fail(in, MH_F_ZIP_ZIP64, end, "64-bit end record missing");
    return MH_OK;
}

enum mh_code
df_zip_end_read(struct mh_span file, struct mh_err *err, struct df_zip_end *out)
{
    struct input in = {file, err};
    uint64_t limit = 0, end;
    enum mh_code code;

    *out = (struct df_zip_end){0};
    code = read_end(in, &limit, out);
    if (code != MH_OK)
        return code;
    if (out->count > MH_ZIP_ENTRIES_MAX)
        return mh_fail_finding(
            err, MH_ELIMIT, MH_F_ZIP_LIMIT, out->at, "zip: too many entries");
    if (!mh_add_u64(out->offset, out->size, &end) || end > limit)
        return fail(in, MH_F_ZIP_COUNT, out->at, "directory misplaced");
    if (end == limit)
        return MH_OK;
    /* Bytes put before an archive leave its offsets too small. */
    if (out->size >= 4 &&
        peek32(file, (size_t)(limit - out->size)) == CENTRAL_SIG)
        return fail(in, MH_F_ZIP_PREFIX, 0, "bytes before the first entry");
    return fail(in, MH_F_ZIP_COUNT, end, "directory misplaced");
}
