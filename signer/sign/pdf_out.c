/* Files written, hashed while they are, and their gaps filled. */
#include "signer/sign/pdf_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/sys/chan.h"
#include "base/text.h"

enum {
    CHUNK = 256 << 10, /* bytes copied or read at once */
    RANGE_DIGITS = 10, /* of a number in /ByteRange, formats.md 10.5 */
    RANGE_NUMBERS = 3, /* those that are known late */
    LAST = 4096,       /* bytes of the old file that make its /ID */
};

/* Where written bytes go: to the file, and but for the gap to the digest. */
struct writing {
    struct mh_out *out;
    struct mh_err *err;
    struct mh_digest *digest; /* NULL: nothing is hashed */
    uint64_t from, to;        /* the gap */
    enum mh_code code;
};

static void
hash_part(struct writing *x, uint64_t at, struct mh_span bytes)
{
    uint64_t end = at + bytes.len;
    struct mh_span before = bytes, after = {NULL, 0};

    if (x->digest == NULL)
        return;
    if (end > x->from)
        before.len = at < x->from ? (size_t)(x->from - at) : 0;
    if (end > x->to) {
        after.len = at > x->to ? bytes.len : (size_t)(end - x->to);
        after.ptr = bytes.ptr + (bytes.len - after.len);
    }
    if (before.len > 0)
        mh_digest_update(x->digest, before);
    if (after.len > 0)
        mh_digest_update(x->digest, after);
}

static void
write_part(void *ctx, struct mh_span bytes)
{
    struct writing *x = ctx;

    if (x->code != MH_OK)
        return;
    hash_part(x, x->out->at, bytes);
    x->code = mh_out_append(x->out, bytes, x->err);
}

static void
copy_file(struct writing *x, const struct sg_sign_file *file)
{
    for (size_t at = 0; at < file->bytes.len && x->code == MH_OK; at += CHUNK) {
        size_t left = file->bytes.len - at;
        struct mh_span part = {
            file->bytes.ptr + at, left < CHUNK ? left : CHUNK};

        write_part(x, part);
        if (file->mapped)
            mh_map_release(file->bytes, part);
    }
}

/* 14.4: an identifier that two revisions never share. */
static enum mh_code
make_id(const struct sg_sign_file *file, int64_t time, struct mh_err *err,
    uint8_t id[static MH_DIGEST_MAX])
{
    size_t last = file->bytes.len < LAST ? file->bytes.len : LAST;
    uint64_t numbers[2] = {file->bytes.len, (uint64_t)time};
    struct mh_digest *d = mh_digest_new();
    enum mh_code code;

    if (d == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "sign: no memory");
    code = mh_digest_start(d, MH_SHA256, err);
    if (code == MH_OK) {
        mh_digest_update(
            d, (struct mh_span){(const uint8_t *)numbers, sizeof(numbers)});
        mh_digest_update(d,
            (struct mh_span){file->bytes.ptr + (file->bytes.len - last), last});
        code = mh_digest_finish(d, err, id);
    }
    mh_digest_free(d);
    return code;
}

void
sg_pdf_put_gap(struct sg_pdf_revision *r, size_t room)
{
    uint8_t *zeros;
    /* Every number of a file of ten digits and more has as many. */
    size_t digits =
        r->file->bytes.len > UINT64_C(9000000000) ? 19 : RANGE_DIGITS;

    mh_buf_str(r->dict, "/ByteRange");
    r->range = r->dict->len;
    mh_buf_str(r->dict, "[0");
    for (unsigned i = 0; i < RANGE_NUMBERS; i++)
        mh_buf_printf(r->dict, " %0*d", (int)digits, 0);
    mh_buf_str(r->dict, "]\n/Contents");
    r->contents = r->dict->len;
    mh_buf_byte(r->dict, '<');
    zeros = mh_buf_grow(r->dict, room * 2);
    if (zeros != NULL)
        memset(zeros, '0', room * 2);
    mh_buf_byte(r->dict, '>');
}

/* The three numbers, each with the width that was kept for it. */
static enum mh_code
put_range(
    struct sg_pdf_revision *r, const struct sg_pdf_state *s, struct mh_err *err)
{
    uint64_t after = s->gap + s->digits + 2;
    const uint64_t numbers[RANGE_NUMBERS] = {s->gap, after, s->length - after};
    uint8_t *p = r->dict->ptr + r->range + 2;

    for (unsigned i = 0; i < RANGE_NUMBERS; i++) {
        size_t width = 0;
        char text[24];
        int n = snprintf(text, sizeof(text), "%" PRIu64, numbers[i]);

        for (p++; p[width] == '0'; width++)
            continue;
        if (n < 0 || (size_t)n > width)
            return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET,
                "sign: the file is too large for its byte range");
        memset(p, ' ', width);
        memcpy(p, text, (size_t)n);
        p += width;
    }
    return MH_OK;
}

static enum mh_code
digest_into(struct mh_digest *d, struct mh_arena *arena, struct mh_err *err,
    struct sg_pdf_state *state)
{
    uint8_t hash[MH_DIGEST_MAX];
    enum mh_code code = mh_digest_finish(d, err, hash);

    if (code != MH_OK)
        return code;
    state->digest = mh_arena_copy(
        arena, (struct mh_span){hash, mh_digest_length(state->alg)});
    return state->digest.ptr != NULL
               ? MH_OK
               : mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "sign: no memory");
}

static enum mh_code
lay_out(const struct sg_sign_file *file, struct df_pdf_write *w, int64_t time,
    struct mh_err *err, struct df_pdf_layout *layout)
{
    uint8_t id[MH_DIGEST_MAX];
    enum mh_code code = make_id(file, time, err, id);

    return code == MH_OK ? df_pdf_write_layout(w, 0, 0, id, err, layout) : code;
}

enum mh_code
sg_pdf_write(struct sg_pdf_revision *r, int64_t time, struct mh_arena *arena,
    struct mh_out *out, struct mh_err *err, struct sg_pdf_state *state)
{
    struct df_pdf_layout layout;
    struct mh_digest *digest;
    struct writing x = {.out = out, .err = err};
    const struct df_sink sink = {&x, write_part};
    enum mh_code code = lay_out(r->file, r->w, time, err, &layout);

    if (code != MH_OK)
        return code;
    if (out->at != 0)
        return mh_fail(err, MH_EINTERNAL, out->at, "sign: output not empty");
    state->gap = df_pdf_write_where(r->w, r->value) + r->contents;
    state->length = layout.start + layout.length;
    code = put_range(r, state, err);
    digest = mh_digest_new();
    if (code == MH_OK && digest == NULL)
        code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "sign: no memory");
    if (code == MH_OK)
        code = mh_digest_start(digest, state->alg, err);
    if (code == MH_OK) {
        x.digest = digest;
        x.from = state->gap;
        x.to = state->gap + state->digits + 2;
        copy_file(&x, r->file);
        df_pdf_write_emit(r->w, &sink);
        code = x.code;
    }
    if (code == MH_OK && out->at != state->length)
        code = mh_fail(
            err, MH_EINTERNAL, out->at, "sign: output of another length");
    if (code == MH_OK)
        code = digest_into(digest, arena, err, state);
    mh_digest_free(digest);
    return code;
}

enum mh_code
sg_pdf_write_plain(const struct sg_sign_file *file, struct df_pdf_write *w,
    int64_t time, struct mh_out *out, struct mh_err *err)
{
    struct df_pdf_layout layout;
    struct writing x = {.out = out, .err = err};
    const struct df_sink sink = {&x, write_part};
    enum mh_code code = lay_out(file, w, time, err, &layout);

    if (code != MH_OK)
        return code;
    if (out->at != 0)
        return mh_fail(err, MH_EINTERNAL, out->at, "sign: output not empty");
    copy_file(&x, file);
    df_pdf_write_emit(w, &sink);
    return x.code;
}

static enum mh_code
read_at(int fd, uint64_t at, uint8_t *to, size_t len, struct mh_err *err)
{
    while (len > 0) {
        ssize_t n = pread(fd, to, len, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return mh_fail_sys(err, "output");
        if (n == 0)
            return mh_fail(err, MH_EINTERNAL, at, "sign: output cut short");
        to += n;
        at += (uint64_t)n;
        len -= (size_t)n;
    }
    return MH_OK;
}

/* The digest of the file without the gap. */
static enum mh_code
hash_file(const struct sg_pdf_state *s, int fd, struct writing *x,
    uint8_t *chunk, struct mh_err *err)
{
    enum mh_code code = mh_digest_start(x->digest, s->alg, err);

    for (uint64_t at = 0; at < s->length && code == MH_OK; at += CHUNK) {
        uint64_t left = s->length - at;
        size_t len = left < CHUNK ? (size_t)left : CHUNK;

        code = read_at(fd, at, chunk, len, err);
        if (code == MH_OK)
            hash_part(x, at, (struct mh_span){chunk, len});
    }
    return code;
}

/* The file must be the one that was prepared. */
static enum mh_code
check_file(
    const struct sg_pdf_state *s, const struct mh_out *out, struct mh_err *err)
{
    struct mh_digest *digest = mh_digest_new();
    struct writing x = {
        .digest = digest, .from = s->gap, .to = s->gap + s->digits + 2};
    uint8_t hash[MH_DIGEST_MAX];
    struct mh_buf chunk;
    uint8_t *space;
    enum mh_code code;

    mh_buf_init(&chunk, CHUNK);
    space = mh_buf_grow(&chunk, CHUNK);
    if (digest == NULL || space == NULL)
        code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "sign: no memory");
    else
        code = hash_file(s, out->fd, &x, space, err);
    if (code == MH_OK)
        code = mh_digest_finish(digest, err, hash);
    if (code == MH_OK &&
        memcmp(hash, s->digest.ptr, mh_digest_length(s->alg)) != 0)
        code = mh_fail(err, MH_EINTERNAL, s->gap,
            "sign: the output is not the file that was prepared");
    mh_buf_fini(&chunk);
    mh_digest_free(digest);
    return code;
}

enum mh_code
sg_pdf_fill(const struct sg_pdf_state *s, struct mh_span value,
    struct mh_out *out, struct mh_err *err)
{
    struct mh_buf text;
    uint8_t *digits;
    enum mh_code code;

    if (value.len > s->digits / 2)
        return mh_fail(err, MH_ELIMIT, s->gap,
            "sign: %zu bytes of signature, room for %" PRIu64, value.len,
            s->digits / 2);
    if (out->at != s->length)
        return mh_fail(err, MH_EINTERNAL, out->at,
            "sign: the output is not the file that was prepared");
    code = check_file(s, out, err);
    if (code != MH_OK)
        return code;
    /* The brackets are not hashed either: they are written as well. */
    mh_buf_init(&text, (size_t)s->digits + 2);
    digits = mh_buf_grow(&text, (size_t)s->digits + 2);
    if (digits == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "sign: no memory");
    memset(digits, '0', (size_t)s->digits + 1);
    mh_hex_encode(value, (char *)digits + 1);
    digits[value.len * 2 + 1] = '0'; /* over the NUL */
    digits[0] = '<';
    digits[s->digits + 1] = '>';
    code = mh_out_patch(out, s->gap, mh_buf_get(&text), err);
    mh_buf_fini(&text);
    return code;
}
