#include "docformat/jpeg/jpeg.h"

#include <string.h>

#include "base/limits.h"
#include "base/rd.h"

struct scan {
    struct mh_span file;
    size_t pos;
    struct df_jpeg *jpeg;
    struct df_notes *notes;
    struct mh_err *err;
    size_t app_bytes;
    bool frame, tables, ended; /* SOFn, DQT and EOI were seen */
    bool scans;                /* SOS was seen */
};

static enum mh_code
broken(struct scan *s, const char *what)
{
    return mh_fail_finding(
        s->err, MH_EFORMAT, MH_F_JPEG_INVALID, s->pos, "jpeg: %s", what);
}

static enum mh_code
too_much(struct scan *s, const char *what)
{
    return mh_fail_finding(
        s->err, MH_ELIMIT, MH_F_LIMIT, s->pos, "jpeg: %s", what);
}

/* Beginnings of files that a viewer might take this one for. */
static const struct {
    const char *magic;
    size_t len;
    const char *name;
    bool first; /* too short to be looked for but at the beginning */
} foreign[] = {
    {"%PDF-", 5, "PDF", false},
    {"PK\3\4", 4, "ZIP", false},
    {"<?xml", 5, "XML", false},
    {"<html", 5, "HTML", false},
    {"<!DOCTYPE", 9, "HTML", false},
    {"<script", 7, "script", false},
    {"\x7f"
     "ELF",
        4, "program", false},
    {"MZ", 2, "program", true},
    {"ID3", 3, "sound", true},
};

static void
look_for_foreign(struct scan *s, struct mh_span bytes, uint64_t offset)
{
    if (bytes.len == 0)
        return; /* an empty span has no pointer to search from */
    for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
        size_t len = foreign[i].first && bytes.len > foreign[i].len
                         ? foreign[i].len
                         : bytes.len;
        const uint8_t *p =
            memmem(bytes.ptr, len, foreign[i].magic, foreign[i].len);

        if (p != NULL)
            df_note_add(s->notes, MH_F_POLYGLOT, DF_STRICT,
                offset + (uint64_t)(p - bytes.ptr),
                mh_span_str(foreign[i].name));
    }
}

static bool
is_frame(uint8_t m)
{
    return m >= 0xc0 && m <= 0xcf && m != 0xc4 && m != 0xc8 && m != 0xcc;
}

/* Frame header, T.81 B.2.2. */
static enum mh_code
read_frame(struct scan *s, uint8_t marker, struct mh_span body)
{
    struct mh_rd rd = mh_rd_from(body);
    struct df_jpeg *j = s->jpeg;

    (void)mh_rd_u8(&rd); /* sample precision */
    j->height = mh_rd_u16be(&rd);
    j->width = mh_rd_u16be(&rd);
    j->components = mh_rd_u8(&rd);
    (void)mh_rd_bytes(&rd, (size_t)3 * j->components);
    if (!mh_rd_done(&rd) || j->width == 0 || j->components == 0)
        return broken(s, "frame header malformed");
    if (s->frame)
        return broken(s, "two frames");
    if (j->width > MH_JPEG_SIDE_MAX || j->height > MH_JPEG_SIDE_MAX)
        return too_much(s, "image too large");
    s->frame = true;
    j->progressive = marker == 0xc2 || marker == 0xca || marker == 0xc6;
    return MH_OK;
}

static void
read_app(struct scan *s, uint8_t marker, struct mh_span body)
{
    static const struct {
        const char *id;
        size_t len;
        unsigned part;
        uint8_t marker;
    } known[] = {
        {"JFIF", 5, DF_JPEG_JFIF, 0xe0},
        {"Exif", 5, DF_JPEG_EXIF, 0xe1},
        {"http://ns.adobe.com/xap/1.0/", 29, DF_JPEG_XMP, 0xe1},
        {"ICC_PROFILE", 12, DF_JPEG_ICC, 0xe2},
        {"MPF", 4, DF_JPEG_MPF, 0xe2},
        {"JP", 2, DF_JPEG_JUMBF, 0xeb},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (marker == known[i].marker && body.len >= known[i].len &&
            memcmp(body.ptr, known[i].id, known[i].len) == 0)
            s->jpeg->parts |= known[i].part;
}

/* Skips entropy-coded data up to the next marker (T.81 B.1.1.5). */
static void
skip_entropy(struct scan *s)
{
    while (s->pos < s->file.len) {
        const uint8_t *p =
            memchr(s->file.ptr + s->pos, 0xff, s->file.len - s->pos);
        uint8_t next;

        s->pos = p == NULL ? s->file.len : (size_t)(p - s->file.ptr);
        if (s->pos + 1 >= s->file.len)
            return;
        next = s->file.ptr[s->pos + 1];
        if (next != 0 && (next < 0xd0 || next > 0xd7) && next != 0xff)
            return;
        s->pos += next == 0xff ? 1 : 2;
    }
}

static enum mh_code
add_segment(
    struct scan *s, uint8_t marker, uint64_t offset, struct mh_span body)
{
    struct df_jpeg *j = s->jpeg;

    if (j->segments == MH_JPEG_SEGMENTS_MAX)
        return too_much(s, "too many segments");
    j->segment[j->segments++] = (struct df_jpeg_segment){marker, offset, body};
    return MH_OK;
}

/* A segment with a length. */
static enum mh_code
read_segment(struct scan *s, uint8_t marker, uint64_t offset)
{
    struct mh_span head, body;
    size_t len;
    enum mh_code code;

    if (!mh_span_sub(s->file, s->pos, 2, &head))
        return broken(s, "segment cut short");
    len = (size_t)head.ptr[0] << 8 | head.ptr[1];
    if (len < 2 || !mh_span_sub(s->file, s->pos + 2, len - 2, &body))
        return broken(s, "segment length outside the file");
    code = add_segment(s, marker, offset, body);
    s->pos += len;
    if (code != MH_OK)
        return code;
    if (is_frame(marker))
        return read_frame(s, marker, body);
    if (marker == DF_JPEG_DQT)
        s->tables = true;
    if ((marker & 0xf0) == 0xe0 || marker == DF_JPEG_COM) {
        s->app_bytes += len;
        if (s->app_bytes > MH_JPEG_APP_MAX)
            return too_much(s, "too much metadata");
        read_app(s, marker, body);
        look_for_foreign(s, body, s->pos - body.len);
    }
    if (marker == DF_JPEG_SOS) {
        if (!s->frame)
            return broken(s, "scan without a frame");
        s->scans = true;
        skip_entropy(s);
    }
    return MH_OK;
}

/* One marker and what belongs to it. */
static enum mh_code
step(struct scan *s)
{
    uint64_t offset = s->pos;
    uint8_t marker;

    if (s->file.ptr[s->pos] != 0xff)
        return broken(s, "bytes between segments");
    while (s->pos < s->file.len && s->file.ptr[s->pos] == 0xff)
        s->pos++;
    if (s->pos == s->file.len)
        return broken(s, "no end of image");
    marker = s->file.ptr[s->pos++];
    if (marker == DF_JPEG_EOI) {
        s->ended = true;
        return add_segment(s, marker, offset, (struct mh_span){0});
    }
    if (marker < 0xc0 || marker == DF_JPEG_SOI ||
        (marker >= 0xd0 && marker <= 0xd7))
        return broken(s, "marker out of place");
    return read_segment(s, marker, offset);
}

static enum mh_code
finish(struct scan *s)
{
    struct df_jpeg *j = s->jpeg;

    if (!s->ended)
        return broken(s, "no end of image");
    if (!s->frame || !s->tables || !s->scans)
        return broken(s, "frame, tables or scan missing");
    j->end = s->pos;
    if (!mh_span_sub(s->file, s->pos, s->file.len - s->pos, &j->tail))
        return broken(s, "tail");
    if (j->tail.len == 0)
        return MH_OK;
    df_note_add(s->notes, MH_F_JPEG_TRAILING, DF_WARNING, j->end,
        mh_span_str((j->parts & DF_JPEG_MPF) != 0 ? "multi-picture format"
                                                  : "unexplained"));
    look_for_foreign(s, j->tail, j->end);
    return MH_OK;
}

enum mh_code
df_jpeg_scan(struct mh_span file, struct mh_arena *arena,
    struct df_notes *notes, struct mh_err *err, struct df_jpeg **out)
{
    struct scan s = {.file = file, .notes = notes, .err = err};
    enum mh_code code;

    *out = NULL;
    s.jpeg = mh_arena_alloc(arena, sizeof(*s.jpeg));
    if (s.jpeg != NULL)
        s.jpeg->segment = mh_arena_array(
            arena, MH_JPEG_SEGMENTS_MAX, sizeof(*s.jpeg->segment));
    if (s.jpeg == NULL || s.jpeg->segment == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "jpeg: no memory");
    if (file.len < 4 || file.ptr[0] != 0xff || file.ptr[1] != DF_JPEG_SOI)
        return broken(&s, "no start of image");
    s.pos = 2;
    code = add_segment(&s, DF_JPEG_SOI, 0, (struct mh_span){0});
    while (code == MH_OK && !s.ended) {
        if (s.pos >= file.len)
            return broken(&s, "no end of image");
        code = step(&s);
    }
    if (code == MH_OK)
        code = finish(&s);
    if (code == MH_OK)
        *out = s.jpeg;
    return code;
}
