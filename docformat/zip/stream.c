#define ZLIB_CONST /* input is const, as it is here */
#include "docformat/zip/zip.h"

#include <libdeflate.h>
#include <pthread.h>
#include <stdalign.h>
#include <string.h>
#include <zlib.h>

#include "base/limits.h"
#include "base/sys/chan.h"

enum {
    SLAB = 64 * 1024,   /* bytes: state and window of an inflater are 40 KiB */
    SLOTS = 4,          /* buffers between the two threads */
    STACK = 256 * 1024, /* bytes of stack of the second thread */
    WHOLE_MIN = 16 * 1024, /* bytes of the buffer for whole entries */
};
#define THREAD_FROM (UINT64_C(8) << 20) /* bytes of output worth a thread */
#define READ_MAX    (UINT64_C(1) << 30) /* bytes read at once */
#define WHOLE_MAX   (UINT64_C(1) << 20) /* bytes of output held at once */

struct df_zip_stream {
    z_stream z;
    bool ready;       /* z is initialised */
    size_t used;      /* bytes of the slab */
    uint8_t *bufs;    /* SLOTS or one of them */
    size_t bufs_size; /* bytes */
    alignas(16) uint8_t slab[SLAB];
};

/* Where the reading of one entry is. */
struct reader {
    struct df_zip *zip;
    const struct df_zip_entry *entry;
    struct mh_span in; /* not yet read */
    uint64_t done;     /* bytes given out */
    uint32_t crc;
    bool ended; /* the last deflate block was read to its end */
};

/* What passes from the producing to the consuming thread. */
struct ring {
    pthread_mutex_t lock;
    pthread_cond_t change;
    struct mh_span slot[SLOTS];
    size_t filled; /* count of slots ever filled */
    size_t taken;  /* count of slots ever emptied */
    bool end;      /* nothing will be filled any more */
    struct reader *r;
    struct mh_err *err;
    enum mh_code code; /* of the producer; read after the join */
};

static voidpf
slab_alloc(voidpf opaque, uInt items, uInt size)
{
    struct df_zip_stream *st = opaque;
    size_t want = ((size_t)items * size + 15) & ~(size_t)15;
    void *p;

    if (want > SLAB - st->used)
        return Z_NULL;
    p = st->slab + st->used;
    st->used += want;
    return p;
}

static void
slab_free(voidpf opaque, voidpf address)
{
    (void)opaque; /* the slab goes with its arena */
    (void)address;
}

static enum mh_code
no_memory(struct mh_err *err)
{
    return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "zip: no memory");
}

/* An inflater ready for a new entry. */
static enum mh_code
stream_ready(struct df_zip *zip, struct mh_err *err)
{
    struct df_zip_stream *st = zip->stream;

    if (st == NULL) {
        st = mh_arena_raw(zip->arena, sizeof(*st));
        if (st == NULL)
            return no_memory(err);
        memset(st, 0, offsetof(struct df_zip_stream, slab));
        st->z.zalloc = slab_alloc;
        st->z.zfree = slab_free;
        st->z.opaque = st;
        zip->stream = st;
    }
    if (st->ready)
        return inflateReset(&st->z) == Z_OK ? MH_OK : no_memory(err);
    if (inflateInit2(&st->z, -MAX_WBITS) != Z_OK)
        return no_memory(err);
    st->ready = true;
    return MH_OK;
}

static enum mh_code
bufs_ready(struct df_zip *zip, size_t size, struct mh_err *err)
{
    struct df_zip_stream *st = zip->stream;

    if (st->bufs_size >= size)
        return MH_OK;
    st->bufs = mh_arena_raw(zip->arena, size);
    st->bufs_size = st->bufs == NULL ? 0 : size;
    return st->bufs == NULL ? no_memory(err) : MH_OK;
}

static void
drop_pages(const struct df_zip *zip, struct mh_span part)
{
    if (zip->mapped)
        mh_map_release(zip->file, part);
}

static enum mh_code
bad_size(const struct reader *r, struct mh_err *err)
{
    return mh_fail_finding(err, MH_EFORMAT, MH_F_ZIP_SIZE,
        r->entry->local_offset, "zip: entry has not its declared size");
}

/* An empty span may have no pointer to move. */
static void
advance(struct mh_span *s, size_t n)
{
    if (n != 0)
        s->ptr += n;
    s->len -= n;
}

/* Inflates into out until it is full or the deflate stream ends. */
static enum mh_code
inflate_some(
    struct reader *r, struct mh_err *err, uint8_t *out, size_t max, size_t *len)
{
    z_stream *z = &r->zip->stream->z;
    struct mh_span first = r->in;
    uint64_t left = r->entry->usize - r->done;
    /* One byte more than declared shows an entry that lies. */
    size_t room = left >= max ? max : (size_t)left + 1;
    int rc = Z_OK;

    z->next_out = out;
    z->avail_out = (uInt)room;
    while (rc == Z_OK && z->avail_out != 0) {
        uInt some = r->in.len > MH_ZIP_CHUNK ? MH_ZIP_CHUNK : (uInt)r->in.len;

        z->next_in = r->in.ptr;
        z->avail_in = some;
        rc = inflate(z, Z_NO_FLUSH);
        advance(&r->in, some - z->avail_in);
    }
    *len = room - z->avail_out;
    if (r->entry->usize >= THREAD_FROM)
        drop_pages(r->zip, (struct mh_span){first.ptr, first.len - r->in.len});
    r->ended = rc == Z_STREAM_END;
    if ((rc != Z_OK && rc != Z_STREAM_END) || *len > left)
        return bad_size(r, err);
    r->done += *len;
    return MH_OK;
}

/*
 * Inflates a whole entry into out, usize bytes.  The library reads one deflate
 * stream and says how much it took: left-over input shows in check_end.
 */
static enum mh_code
inflate_whole(struct reader *r, struct mh_err *err, uint8_t *out)
{
    struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
    enum libdeflate_result result;
    size_t taken = 0, given = 0;

    if (d == NULL)
        return no_memory(err);
    result = libdeflate_deflate_decompress_ex(
        d, r->in.ptr, r->in.len, out, (size_t)r->entry->usize, &taken, &given);
    libdeflate_free_decompressor(d);
    if (result != LIBDEFLATE_SUCCESS)
        return bad_size(r, err);
    advance(&r->in, taken);
    r->done = given;
    r->ended = true;
    return MH_OK;
}

bool
df_zip_warm(void)
{
    static const uint8_t nothing[] = {0x03, 0x00}; /* an empty last block */
    struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
    uint8_t out[1];
    size_t taken, given;
    bool good;

    if (d == NULL)
        return false;
    good = libdeflate_deflate_decompress_ex(d, nothing, sizeof(nothing), out,
               sizeof(out), &taken, &given) == LIBDEFLATE_SUCCESS &&
           given == 0 && libdeflate_crc32(0, nothing, sizeof(nothing)) != 0;
    libdeflate_free_decompressor(d);
    return good;
}

/* The next bytes of the entry; *piece empty is its end. */
static enum mh_code
next_piece(
    struct reader *r, struct mh_err *err, uint8_t *buf, struct mh_span *piece)
{
    enum mh_code code = MH_OK;

    *piece = (struct mh_span){0};
    if (r->entry->method == DF_ZIP_STORED) {
        piece->ptr = r->in.ptr;
        piece->len = r->in.len > MH_ZIP_CHUNK ? MH_ZIP_CHUNK : r->in.len;
        advance(&r->in, piece->len);
        r->done += piece->len;
        r->ended = r->in.len == 0;
    } else if (!r->ended) {
        piece->ptr = buf;
        code = inflate_some(r, err, buf, MH_ZIP_CHUNK, &piece->len);
    }
    if (code == MH_OK && piece->len != 0)
        r->crc = libdeflate_crc32(r->crc, piece->ptr, piece->len);
    return code;
}

static enum mh_code
check_end(const struct reader *r, struct mh_err *err)
{
    if (!r->ended || r->done != r->entry->usize || r->in.len != 0)
        return bad_size(r, err);
    if (r->crc != r->entry->crc)
        return mh_fail_finding(err, MH_EFORMAT, MH_F_ZIP_CRC,
            r->entry->local_offset, "zip: checksum of an entry is wrong");
    return MH_OK;
}

/* The part of a mapping that a stored piece came from is done with. */
static void
piece_done(const struct reader *r, struct mh_span piece)
{
    if (r->entry->method == DF_ZIP_STORED && r->entry->usize >= THREAD_FROM)
        drop_pages(r->zip, piece);
}

static enum mh_code
stream_alone(struct reader *r, const struct df_sink *sink, struct mh_err *err)
{
    bool stored = r->entry->method == DF_ZIP_STORED;
    struct mh_span piece = {0};
    enum mh_code code;

    do {
        code = next_piece(r, err, stored ? NULL : r->zip->stream->bufs, &piece);
        if (code != MH_OK)
            return code;
        if (piece.len != 0)
            sink->write(sink->ctx, piece);
        piece_done(r, piece);
    } while (piece.len != 0);
    return check_end(r, err);
}

/* Waits for an empty slot; its place in the ring. */
static size_t
ring_room(struct ring *ring)
{
    size_t at;

    (void)pthread_mutex_lock(&ring->lock); /* a default mutex: no error */
    while (ring->filled - ring->taken == SLOTS)
        (void)pthread_cond_wait(&ring->change, &ring->lock); /* no error */
    at = ring->filled % SLOTS;
    (void)pthread_mutex_unlock(&ring->lock); /* held: no error */
    return at;
}

static void
ring_put(struct ring *ring, struct mh_span piece)
{
    (void)pthread_mutex_lock(&ring->lock); /* as above, also below */
    if (piece.len == 0) {
        ring->end = true;
    } else {
        ring->slot[ring->filled % SLOTS] = piece;
        ring->filled++;
    }
    (void)pthread_cond_signal(&ring->change);
    (void)pthread_mutex_unlock(&ring->lock);
}

static void *
produce(void *arg)
{
    struct ring *ring = arg;
    struct mh_span piece;

    do {
        uint8_t *buf =
            ring->r->zip->stream->bufs + ring_room(ring) * MH_ZIP_CHUNK;

        ring->code = next_piece(ring->r, ring->err, buf, &piece);
        if (ring->code != MH_OK)
            piece.len = 0;
        ring_put(ring, piece);
    } while (piece.len != 0);
    return NULL;
}

static void
consume(struct ring *ring, const struct df_sink *sink)
{
    (void)pthread_mutex_lock(&ring->lock); /* as above */
    for (;;) {
        struct mh_span piece;

        while (ring->filled == ring->taken && !ring->end)
            (void)pthread_cond_wait(&ring->change, &ring->lock);
        if (ring->filled == ring->taken)
            break;
        piece = ring->slot[ring->taken % SLOTS];
        (void)pthread_mutex_unlock(&ring->lock);
        sink->write(sink->ctx, piece);
        piece_done(ring->r, piece);
        (void)pthread_mutex_lock(&ring->lock);
        ring->taken++;
        (void)pthread_cond_signal(&ring->change);
    }
    (void)pthread_mutex_unlock(&ring->lock);
}

/* False if there is no second thread; nothing was read then. */
static bool
start_producer(struct ring *ring, pthread_t *thread)
{
    pthread_attr_t attr;
    bool ok;

    if (pthread_attr_init(&attr) != 0)
        return false;
    ok = pthread_attr_setstacksize(&attr, STACK) == 0 &&
         pthread_create(thread, &attr, produce, ring) == 0;
    (void)pthread_attr_destroy(&attr); /* never fails */
    return ok;
}

static enum mh_code
stream_beside(struct reader *r, const struct df_sink *sink, struct mh_err *err)
{
    struct ring ring = {.r = r, .err = err};
    pthread_t thread;

    if (pthread_mutex_init(&ring.lock, NULL) != 0)
        return stream_alone(r, sink, err);
    if (pthread_cond_init(&ring.change, NULL) != 0 ||
        !start_producer(&ring, &thread)) {
        (void)pthread_mutex_destroy(&ring.lock); /* not locked */
        return stream_alone(r, sink, err);
    }
    consume(&ring, sink);
    (void)pthread_join(thread, NULL); /* ours, and joined once */
    (void)pthread_cond_destroy(&ring.change);
    (void)pthread_mutex_destroy(&ring.lock);
    return ring.code != MH_OK ? ring.code : check_end(r, err);
}

/* One buffer serves all entries that it is large enough for.  It doubles, so
   that those outgrown take no more than the last. */
static uint8_t *
whole_buf(struct df_zip *zip, size_t size)
{
    size_t want = zip->whole_size == 0 ? WHOLE_MIN : zip->whole_size;

    while (want < size)
        want *= 2;
    if (want > zip->whole_size) {
        zip->whole = mh_arena_raw(zip->arena, want);
        zip->whole_size = zip->whole == NULL ? 0 : want;
    }
    return zip->whole;
}

/* A small deflated entry: inflated at once, given out at once. */
static enum mh_code
stream_whole(struct reader *r, const struct df_sink *sink, struct mh_err *err)
{
    uint8_t *out = whole_buf(r->zip, (size_t)r->entry->usize);
    enum mh_code code;

    if (out == NULL)
        return no_memory(err);
    code = inflate_whole(r, err, out);
    if (code == MH_OK) {
        r->crc = libdeflate_crc32(0, out, (size_t)r->done);
        if (r->done != 0)
            sink->write(sink->ctx, (struct mh_span){out, (size_t)r->done});
        code = check_end(r, err);
    }
    return code;
}

static enum mh_code
stream_pieces(struct reader *r, const struct df_sink *sink, struct mh_err *err)
{
    bool beside = r->entry->usize >= THREAD_FROM;
    size_t size = beside ? (size_t)SLOTS * MH_ZIP_CHUNK : (size_t)MH_ZIP_CHUNK;
    enum mh_code code = MH_OK;

    if (beside || r->entry->method == DF_ZIP_DEFLATED) {
        code = stream_ready(r->zip, err);
        if (code == MH_OK)
            code = bufs_ready(r->zip, size, err);
    }
    if (code != MH_OK)
        return code;
    return beside ? stream_beside(r, sink, err) : stream_alone(r, sink, err);
}

enum mh_code
df_zip_stream(struct df_zip *zip, const struct df_zip_entry *entry,
    const struct df_sink *sink, struct mh_err *err)
{
    struct reader r = {.zip = zip, .entry = entry, .in = entry->data};

    if (entry->method == DF_ZIP_DEFLATED && entry->usize <= WHOLE_MAX)
        return stream_whole(&r, sink, err);
    return stream_pieces(&r, sink, err);
}

enum mh_code
df_zip_read(struct df_zip *zip, const struct df_zip_entry *entry,
    struct mh_arena *arena, uint64_t max, struct mh_err *err,
    struct mh_span *out)
{
    struct reader r = {.zip = zip, .entry = entry, .in = entry->data};
    struct mh_span got = entry->data;
    enum mh_code code = MH_OK;

    *out = (struct mh_span){0};
    if (entry->usize > max || entry->usize > READ_MAX)
        return mh_fail_finding(err, MH_ELIMIT, MH_F_ZIP_LIMIT,
            entry->local_offset, "zip: entry too large to read at once");
    if (entry->method == DF_ZIP_STORED) {
        r.done = entry->data.len;
        r.in.len = 0;
        r.ended = true;
    } else {
        uint8_t *buf = mh_arena_raw(arena, (size_t)entry->usize);

        if (buf == NULL)
            return no_memory(err);
        code = inflate_whole(&r, err, buf);
        got = (struct mh_span){buf, (size_t)r.done};
    }
    if (code != MH_OK)
        return code;
    r.crc = libdeflate_crc32(0, got.ptr, got.len);
    code = check_end(&r, err);
    if (code == MH_OK)
        *out = got;
    return code;
}
