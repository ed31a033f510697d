#define ZLIB_CONST /* input is const, as it is here */
#include "docformat/zip/write.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/limits.h"
#include "base/rd.h"
#include "base/sys/chan.h"
#include "base/time.h"

#define LOCAL_SIG   UINT32_C(0x04034b50)
#define CENTRAL_SIG UINT32_C(0x02014b50)
#define END_SIG     UINT32_C(0x06054b50)
#define ONES32      UINT32_C(0xffffffff)
/* A deflated form of this many bytes may reach 32 bits: they are stored. */
#define NEAR_ONES32 (ONES32 - (ONES32 >> 10))

enum {
    LEVEL = 6,
    VERSION = 20, /* deflate */
    VERSION_64 = 45,
    FLAG_UTF8 = 1U << 11,
    EXTRA_ZIP64 = 0x0001,
    AT_CSIZE = 20, /* in a record of the directory */
    AT_EXTRA_LEN = 30,
    AT_OFFSET = 42,
    DIRECTORY_MAX = 70 << 20, /* bytes; fields of 64 KiB each */
    WHOLE_MAX = 1 << 20,      /* bytes deflated at once */
    SAMPLE = 128 << 10, /* bytes that show whether deflating is worth it */
    WORTH_PERCENT = 98,
};

struct df_zip_deflate {
    z_stream z;
    bool ready;
    struct libdeflate_compressor *whole;
    uint8_t *buf; /* WHOLE_MAX bytes */
};

/* What both headers of an entry say. */
struct header {
    struct mh_span name;
    uint16_t method, flags;
    uint32_t crc;
    uint64_t csize, usize, offset;
};

static enum mh_code
no_memory(struct mh_err *err)
{
    return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "zip: no memory");
}

static enum mh_code
too_large(struct mh_err *err)
{
    return mh_fail_finding(err, MH_ELIMIT, MH_F_ZIP_LIMIT, MH_NO_OFFSET,
        "zip: the archive becomes too large");
}

static void
put16(struct mh_buf *b, uint16_t v)
{
    mh_buf_byte(b, (uint8_t)v);
    mh_buf_byte(b, (uint8_t)(v >> 8));
}

static void
put32(struct mh_buf *b, uint32_t v)
{
    put16(b, (uint16_t)v);
    put16(b, (uint16_t)(v >> 16));
}

static void
put64(struct mh_buf *b, uint64_t v)
{
    put32(b, (uint32_t)v);
    put32(b, (uint32_t)(v >> 32));
}

static uint32_t
low32(uint64_t v)
{
    return v >= ONES32 ? ONES32 : (uint32_t)v;
}

void
df_zip_writer_init(struct df_zip_writer *w, struct mh_out *out, int64_t time)
{
    struct mh_civil c;

    *w = (struct df_zip_writer){.out = out};
    mh_buf_init(&w->directory, DIRECTORY_MAX);
    if (!mh_time_to_civil(time, &c) || c.year < 1980)
        c = (struct mh_civil){.year = 1980, .month = 1, .day = 1};
    if (c.year > 2107)
        c = (struct mh_civil){2107, 12, 31, 23, 59, 59};
    w->date = (uint16_t)((c.year - 1980) << 9 | c.month << 5 | c.day);
    w->clock = (uint16_t)(c.hour << 11 | c.min << 5 | c.sec / 2);
}

void
df_zip_writer_fini(struct df_zip_writer *w)
{
    struct df_zip_deflate *d = w->deflate;

    mh_buf_fini(&w->directory);
    w->deflate = NULL;
    if (d == NULL)
        return;
    if (d->ready)
        (void)deflateEnd(&d->z); /* nothing is pending that matters */
    libdeflate_free_compressor(d->whole);
    free(d->buf);
    free(d);
}

void
df_zip_writer_resume(
    struct df_zip_writer *w, struct mh_span directory, size_t count)
{
    mh_buf_span(&w->directory, directory);
    w->count = count;
}

static enum mh_code
deflate_ready(struct df_zip_writer *w, struct mh_err *err)
{
    struct df_zip_deflate *d = w->deflate;

    if (d != NULL)
        return MH_OK;
    d = calloc(1, sizeof(*d));
    if (d == NULL)
        return no_memory(err);
    w->deflate = d;
    d->whole = libdeflate_alloc_compressor(LEVEL);
    d->buf = malloc(WHOLE_MAX);
    return d->whole == NULL || d->buf == NULL ? no_memory(err) : MH_OK;
}

static bool
is_ascii(struct mh_span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] >= 0x80)
            return false;
    return true;
}

/* Both 64-bit sizes of a local header as soon as one needs it (4.5.3). */
static bool
is_large(const struct header *h)
{
    return h->usize >= ONES32 || h->csize >= ONES32;
}

static void
put_local(
    const struct df_zip_writer *w, const struct header *h, struct mh_buf *b)
{
    bool large = is_large(h);

    put32(b, LOCAL_SIG);
    put16(b, large ? VERSION_64 : VERSION);
    put16(b, h->flags);
    put16(b, h->method);
    put16(b, w->clock);
    put16(b, w->date);
    put32(b, h->crc);
    put32(b, large ? ONES32 : (uint32_t)h->csize);
    put32(b, large ? ONES32 : (uint32_t)h->usize);
    put16(b, (uint16_t)h->name.len);
    put16(b, large ? 20 : 0);
    mh_buf_span(b, h->name);
    if (!large)
        return;
    put16(b, EXTRA_ZIP64);
    put16(b, 16);
    put64(b, h->usize);
    put64(b, h->csize);
}

/* The 64-bit field of a directory record: what does not fit, in order. */
static void
put_wide(const struct header *h, struct mh_buf *b)
{
    const uint64_t value[] = {h->usize, h->csize, h->offset};
    uint16_t n = 0;

    for (size_t i = 0; i < 3; i++)
        n = (uint16_t)(n + (value[i] >= ONES32 ? 8 : 0));
    if (n == 0)
        return;
    put16(b, EXTRA_ZIP64);
    put16(b, n);
    for (size_t i = 0; i < 3; i++)
        if (value[i] >= ONES32)
            put64(b, value[i]);
}

static void
put_central(
    const struct df_zip_writer *w, const struct header *h, struct mh_buf *b)
{
    struct mh_buf wide;

    mh_buf_init(&wide, 64);
    put_wide(h, &wide);
    put32(b, CENTRAL_SIG);
    put16(b, is_large(h) ? VERSION_64 : VERSION);
    put16(b, is_large(h) ? VERSION_64 : VERSION);
    put16(b, h->flags);
    put16(b, h->method);
    put16(b, w->clock);
    put16(b, w->date);
    put32(b, h->crc);
    put32(b, low32(h->csize));
    put32(b, low32(h->usize));
    put16(b, (uint16_t)h->name.len);
    put16(b, (uint16_t)wide.len);
    put16(b, 0); /* comment */
    put16(b, 0); /* disk */
    put16(b, 0);
    put32(b, 0); /* attributes */
    put32(b, low32(h->offset));
    mh_buf_span(b, h->name);
    mh_buf_span(b, mh_buf_get(&wide));
    if (!mh_buf_ok(&wide))
        b->bad = true;
    mh_buf_fini(&wide);
}

/* Takes the content once: checksum, sink, and pages given back. */
struct feed {
    const struct df_zip_input *in;
    const struct df_sink *sink;
    size_t at;
    uint32_t crc;
};

static struct mh_span
next_chunk(struct feed *f)
{
    size_t left = f->in->bytes.len - f->at;
    struct mh_span chunk = {0};

    if (left == 0)
        return chunk;
    chunk = (struct mh_span){
        f->in->bytes.ptr + f->at, left > MH_ZIP_CHUNK ? MH_ZIP_CHUNK : left};
    f->at += chunk.len;
    f->crc = libdeflate_crc32(f->crc, chunk.ptr, chunk.len);
    if (f->sink != NULL)
        f->sink->write(f->sink->ctx, chunk);
    return chunk;
}

static void
done_with(const struct feed *f, struct mh_span chunk)
{
    if (f->in->mapped)
        mh_map_release(f->in->bytes, chunk);
}

static enum mh_code
store_all(struct df_zip_writer *w, struct feed *f, struct mh_err *err)
{
    enum mh_code code = MH_OK;

    for (struct mh_span c = next_chunk(f); c.len > 0 && code == MH_OK;
         c = next_chunk(f)) {
        code = mh_out_append(w->out, c, err);
        done_with(f, c);
    }
    return code;
}

/* Passes what zlib has to give on to the output. */
static enum mh_code
drain(struct df_zip_writer *w, int flush, struct mh_err *err)
{
    struct df_zip_deflate *d = w->deflate;
    enum mh_code code = MH_OK;
    int rc;

    do {
        d->z.next_out = d->buf;
        d->z.avail_out = WHOLE_MAX;
        rc = deflate(&d->z, flush);
        if (rc == Z_STREAM_ERROR)
            return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "zip: deflate");
        code = mh_out_append(
            w->out, (struct mh_span){d->buf, WHOLE_MAX - d->z.avail_out}, err);
    } while (code == MH_OK && d->z.avail_out == 0);
    return code;
}

static enum mh_code
deflate_all(struct df_zip_writer *w, struct feed *f, struct mh_err *err)
{
    struct df_zip_deflate *d = w->deflate;
    enum mh_code code = MH_OK;

    if (!d->ready && deflateInit2(&d->z, LEVEL, Z_DEFLATED, -MAX_WBITS, 8,
                         Z_DEFAULT_STRATEGY) != Z_OK)
        return no_memory(err);
    if (d->ready && deflateReset(&d->z) != Z_OK)
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "zip: deflate");
    d->ready = true;
    for (struct mh_span c = next_chunk(f); c.len > 0 && code == MH_OK;
         c = next_chunk(f)) {
        d->z.next_in = c.ptr;
        d->z.avail_in = (uInt)c.len;
        code = drain(w, Z_NO_FLUSH, err);
        done_with(f, c);
    }
    return code == MH_OK ? drain(w, Z_FINISH, err) : code;
}

/* Deflated form of at most WHOLE_MAX bytes; empty where it is not smaller. */
static struct mh_span
deflate_small(struct df_zip_writer *w, struct mh_span in)
{
    struct df_zip_deflate *d = w->deflate;
    size_t n = 0;

    if (in.len > 0)
        n = libdeflate_deflate_compress(
            d->whole, in.ptr, in.len, d->buf, in.len - 1);
    return (struct mh_span){d->buf, n};
}

/* Output that the scanner would take for a bomb. */
static bool
grows_too_much(uint64_t usize, uint64_t csize)
{
    return usize / MH_ZIP_RATIO_MAX >= csize;
}

static bool
worth_deflating(struct df_zip_writer *w, struct mh_span bytes)
{
    struct mh_span sample = {bytes.ptr, SAMPLE};

    size_t n;

    if (bytes.len >= NEAR_ONES32 && bytes.len < ONES32)
        return false;
    n = deflate_small(w, sample).len;
    return n > 0 && n < (size_t)SAMPLE * WORTH_PERCENT / 100;
}

/* A small entry: everything is known before the header is written. */
static enum mh_code
write_small(struct df_zip_writer *w, const struct df_zip_input *in,
    struct header *h, struct mh_err *err)
{
    struct feed f = {.in = in, .sink = in->sink};
    struct mh_span c = next_chunk(&f), body = in->bytes, small;
    struct mh_buf head;
    enum mh_code code;

    while (c.len > 0)
        c = next_chunk(&f);
    if (!in->store) {
        small = deflate_small(w, in->bytes);
        if (small.len > 0 && !grows_too_much(h->usize, small.len)) {
            body = small;
            h->method = DF_ZIP_DEFLATED;
        }
    }
    h->crc = f.crc;
    h->csize = body.len;
    mh_buf_init(&head, MH_MESSAGE_MAX);
    put_local(w, h, &head);
    code = mh_buf_ok(&head) ? mh_out_append(w->out, mh_buf_get(&head), err)
                            : no_memory(err);
    if (code == MH_OK)
        code = mh_out_append(w->out, body, err);
    mh_buf_fini(&head);
    done_with(&f, in->bytes);
    return code;
}

/* A large one: its header is written again once all is known. */
static enum mh_code
write_large(struct df_zip_writer *w, const struct df_zip_input *in,
    struct header *h, struct mh_err *err)
{
    struct feed f = {.in = in, .sink = in->sink};
    struct mh_buf head;
    uint64_t start;
    enum mh_code code;

    mh_buf_init(&head, MH_MESSAGE_MAX);
    h->csize = h->usize;
    put_local(w, h, &head);
    code = mh_buf_ok(&head) ? mh_out_append(w->out, mh_buf_get(&head), err)
                            : no_memory(err);
    start = w->out->at;
    if (code == MH_OK && !in->store && worth_deflating(w, in->bytes)) {
        h->method = DF_ZIP_DEFLATED;
        code = deflate_all(w, &f, err);
        h->csize = w->out->at - start;
    } else if (code == MH_OK) {
        code = store_all(w, &f, err);
    }
    if (code == MH_OK && h->method == DF_ZIP_DEFLATED &&
        grows_too_much(h->usize, h->csize)) {
        f = (struct feed){.in = in}; /* the sink had it all */
        w->out->at = start;
        h->method = DF_ZIP_STORED;
        code = store_all(w, &f, err);
        h->csize = h->usize;
    }
    h->crc = f.crc;
    mh_buf_clear(&head);
    put_local(w, h, &head);
    if (code == MH_OK)
        code = mh_buf_ok(&head)
                   ? mh_out_patch(w->out, h->offset, mh_buf_get(&head), err)
                   : no_memory(err);
    mh_buf_fini(&head);
    return code;
}

static enum mh_code
room_for_one(const struct df_zip_writer *w, struct mh_err *err)
{
    if (w->count >= MH_ZIP_ENTRIES_MAX)
        return mh_fail_finding(err, MH_ELIMIT, MH_F_ZIP_LIMIT, MH_NO_OFFSET,
            "zip: too many entries");
    return w->out->at >= ONES32 ? too_large(err) : MH_OK;
}

enum mh_code
df_zip_write(
    struct df_zip_writer *w, const struct df_zip_input *in, struct mh_err *err)
{
    struct header h = {.name = in->name,
        .method = DF_ZIP_STORED,
        .flags = is_ascii(in->name) ? 0 : FLAG_UTF8,
        .usize = in->bytes.len,
        .offset = w->out->at};
    enum mh_code code = room_for_one(w, err);

    if (code == MH_OK && (in->name.len == 0 || in->name.len > MH_ZIP_NAME_MAX))
        code = mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "zip: entry name");
    if (code == MH_OK && !in->store)
        code = deflate_ready(w, err);
    if (code != MH_OK)
        return code;
    code = in->bytes.len <= WHOLE_MAX ? write_small(w, in, &h, err)
                                      : write_large(w, in, &h, err);
    if (code != MH_OK)
        return code;
    put_central(w, &h, &w->directory);
    w->count++;
    return mh_buf_ok(&w->directory) ? MH_OK : no_memory(err);
}

uint64_t
df_zip_record_end(const struct df_zip *zip, const struct df_zip_entry *entry)
{
    uint64_t end = zip->directory;

    for (size_t i = 0; i < zip->count; i++)
        if (zip->entries[i].local_offset > entry->local_offset &&
            zip->entries[i].local_offset < end)
            end = zip->entries[i].local_offset;
    return end;
}

/* The extra field of a record without its 64-bit part. */
static void
put_other_fields(struct mh_span extra, struct mh_buf *b)
{
    struct mh_rd rd = mh_rd_from(extra);

    while (mh_rd_left(&rd) >= 4) {
        size_t from = rd.pos;
        uint16_t id = mh_rd_u16le(&rd);

        (void)mh_rd_bytes(&rd, mh_rd_u16le(&rd)); /* checked by the scan */
        if (id != EXTRA_ZIP64 && !rd.bad)
            mh_buf_add(b, extra.ptr + from, rd.pos - from);
    }
}

/* The record of an entry that now stands elsewhere. */
static void
put_moved(const struct df_zip_entry *e, uint64_t offset, struct mh_buf *b)
{
    const struct header h = {
        .usize = e->usize, .csize = e->data.len, .offset = offset};
    struct mh_buf extra;

    mh_buf_init(&extra, MH_MESSAGE_MAX + 64);
    put_wide(&h, &extra);
    put_other_fields(e->extra, &extra);
    mh_buf_add(b, e->central, AT_CSIZE);
    put32(b, low32(h.csize));
    put32(b, low32(h.usize));
    put16(b, (uint16_t)e->name.len);
    put16(b, (uint16_t)extra.len);
    mh_buf_add(b, e->central + AT_EXTRA_LEN + 2, AT_OFFSET - AT_EXTRA_LEN - 2);
    put32(b, low32(offset));
    mh_buf_span(b, e->name);
    mh_buf_span(b, mh_buf_get(&extra));
    mh_buf_span(b, e->comment);
    if (!mh_buf_ok(&extra) || extra.len > UINT16_MAX)
        b->bad = true;
    mh_buf_fini(&extra);
}

enum mh_code
df_zip_write_copy(struct df_zip_writer *w, const struct df_zip *zip,
    const struct df_zip_entry *entry, struct mh_err *err)
{
    uint64_t at = entry->local_offset, end = df_zip_record_end(zip, entry);
    uint64_t offset = w->out->at;
    enum mh_code code = room_for_one(w, err);

    while (code == MH_OK && at < end) {
        size_t n = end - at > MH_ZIP_CHUNK ? MH_ZIP_CHUNK : (size_t)(end - at);
        struct mh_span part = {zip->file.ptr + at, n};

        code = mh_out_append(w->out, part, err);
        if (zip->mapped)
            mh_map_release(zip->file, part);
        at += n;
    }
    if (code != MH_OK)
        return code;
    put_moved(entry, offset, &w->directory);
    w->count++;
    return mh_buf_ok(&w->directory) ? MH_OK : no_memory(err);
}

enum mh_code
df_zip_write_end(
    struct df_zip_writer *w, struct mh_span comment, struct mh_err *err)
{
    struct mh_span directory = mh_buf_get(&w->directory);
    uint64_t at = w->out->at;
    struct mh_buf end;
    enum mh_code code;

    if (at >= ONES32 || directory.len >= ONES32 - at)
        return too_large(err);
    mh_buf_init(&end, MH_MESSAGE_MAX + 64);
    put32(&end, END_SIG);
    put32(&end, 0); /* disks */
    put16(&end, (uint16_t)w->count);
    put16(&end, (uint16_t)w->count);
    put32(&end, (uint32_t)directory.len);
    put32(&end, (uint32_t)at);
    put16(&end, (uint16_t)comment.len);
    mh_buf_span(&end, comment);
    code = mh_buf_ok(&end) && comment.len <= UINT16_MAX
               ? mh_out_append(w->out, directory, err)
               : no_memory(err);
    if (code == MH_OK)
        code = mh_out_append(w->out, mh_buf_get(&end), err);
    mh_buf_fini(&end);
    return code;
}
