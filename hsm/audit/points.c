#include "hsm/audit/points.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sys/chan.h"
#include "hsm/audit/scan.h"

enum {
    WINDOW = 1 << 17, /* bytes of the end of checkpoints.log, read first */
};

enum mh_code
hsm_points_keys(int dir, struct mh_err *err, struct hsm_note_keys **out)
{
    struct mh_buf text;
    enum mh_code code;

    mh_buf_init(&text, HSM_NOTE_MAX);
    code = hsm_read_file(dir, "log.pub", err, &text);
    if (code == MH_OK)
        code = hsm_note_keys_read(mh_buf_get(&text), err, out);
    mh_buf_fini(&text);
    return code;
}

static void
complain(struct hsm_points *p, size_t number, uint64_t size, const char *what)
{
    if (p->why[0] == '\0')
        (void)snprintf(p->why, sizeof(p->why),
            "checkpoint number %zu, of size %llu: %.80s", number,
            (unsigned long long)size, what); /* cut at its end */
}

static enum mh_code
add(struct hsm_points *p, const struct hsm_checkpoint *c,
    const struct hsm_note_keys *keys, struct mh_err *err)
{
    struct mh_err why = {.msg = ""};
    struct hsm_point *at;

    if ((p->count & (p->count + 1)) == 0) { /* room ends at 2^k - 1 */
        size_t room = 2 * (p->count + 1);
        struct hsm_point *more = realloc(p->point, room * sizeof(*more));

        if (more == NULL)
            return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "log: memory");
        p->point = more;
    }
    at = &p->point[p->count++];
    *at = (struct hsm_point){.size = c->size, .root = c->root};
    hsm_hash_bytes(c->note, &at->note);
    at->good = hsm_checkpoint_verify(c, keys, &why) == MH_OK;
    if (!at->good)
        complain(p, p->count, c->size, why.msg + sizeof("checkpoint: ") - 1);
    if (p->count > 1 && at->size < at[-1].size)
        complain(p, p->count, c->size, "smaller than one signed before");
    else if (p->count > 1 && at->size == at[-1].size &&
             !hsm_hash_eq(&at->root, &at[-1].root))
        complain(p, p->count, c->size, "contradicts another of its size");
    if (p->count > 1 && !mh_span_eq(c->origin, p->last.origin))
        complain(p, p->count, c->size, "of another log");
    p->last = *c;
    return MH_OK;
}

/* The latest stands alone in a file as well. */
static enum mh_code
add_latest(int dir, struct hsm_points *p, const struct hsm_note_keys *keys,
    size_t listed, struct mh_err *err)
{
    struct mh_err why = {.msg = ""};
    struct hsm_checkpoint c;
    struct mh_span note;
    enum mh_code code = hsm_read_file(dir, "checkpoint", &why, &p->text);

    if (code != MH_OK) {
        if (why.sys == ENOENT && p->count == 0)
            return MH_OK;
        if (why.sys == ENOENT) {
            complain(p, p->count, p->last.size, "the file checkpoint is gone");
            return MH_OK;
        }
        *err = why;
        return code;
    }
    /* The buffer may have moved: what was read before is read again. */
    note = (struct mh_span){p->text.ptr, listed};
    for (size_t i = 0; i < p->count; i++)
        if (hsm_checkpoint_next(&note, NULL, &p->last) != MH_OK)
            break;
    note = (struct mh_span){p->text.ptr + listed, p->text.len - listed};
    if (hsm_checkpoint_read(note, &why, &c) != MH_OK) {
        complain(p, 0, 0, why.msg);
        return MH_OK;
    }
    if (p->count > 0 && mh_span_eq(note, p->last.note))
        return MH_OK;
    code = add(p, &c, keys, err);
    complain(p, p->count, c.size,
        "the file checkpoint is not the last of checkpoints.log");
    return code;
}

enum mh_code
hsm_points_read(int dir, const struct hsm_note_keys *keys, struct mh_err *err,
    struct hsm_points *out)
{
    struct mh_err why = {.msg = ""};
    struct hsm_checkpoint c;
    struct mh_span rest;
    size_t listed;
    enum mh_code code;

    *out = (struct hsm_points){.count = 0};
    mh_buf_init(&out->text, HSM_SMALL_FILE_MAX);
    code = hsm_read_file(dir, "checkpoints.log", &why, &out->text);
    if (code != MH_OK && why.sys != ENOENT) {
        *err = why;
        return code;
    }
    rest = mh_buf_get(&out->text);
    listed = rest.len;
    code = MH_OK;
    while (code == MH_OK && rest.len > 0) {
        if (hsm_checkpoint_next(&rest, &why, &c) != MH_OK) {
            complain(out, out->count + 1, 0, why.msg);
            break;
        }
        code = add(out, &c, keys, err);
    }
    return code == MH_OK ? add_latest(dir, out, keys, listed, err) : code;
}

void
hsm_points_fini(struct hsm_points *points)
{
    free(points->point);
    mh_buf_fini(&points->text);
}

/* ---- one of them, by the record that it covers ---- */

/* Where the first checkpoint begins that is whole in the window: behind an
   empty line that follows a signature. */
static size_t
boundary(struct mh_span s)
{
    static const char dash[] = "\xe2\x80\x94 ";
    size_t line = 0;

    for (size_t i = 0; i + 1 < s.len; i++) {
        if (s.ptr[i] != '\n')
            continue;
        if (s.ptr[i + 1] == '\n' && i - line > strlen(dash) &&
            memcmp(s.ptr + line, dash, strlen(dash)) == 0)
            return i + 2;
        line = i + 1;
    }
    return s.len;
}

/* The bytes of the file from an offset to its end. */
static enum mh_code
tail(int fd, off_t from, struct mh_err *err, struct mh_buf *out)
{
    uint8_t chunk[16384];
    ssize_t got;

    do {
        got = pread(fd, chunk, sizeof(chunk), from);
        if (got > 0) {
            mh_buf_add(out, chunk, (size_t)got);
            from += got;
        }
    } while (got > 0 || (got < 0 && errno == EINTR));
    if (got < 0)
        return mh_fail_sys(err, "checkpoints.log");
    return mh_buf_ok(out) ? MH_OK
                          : mh_fail(err, MH_ENOMEM, MH_NO_OFFSET,
                                "checkpoints.log: memory");
}

/* *before: one that does not cover the record stands before it. */
static enum mh_code
first_in(struct mh_span rest, uint64_t index, struct mh_err *err,
    struct mh_span *note, bool *before)
{
    struct hsm_checkpoint c = {.size = 0};
    enum mh_code code = MH_OK;

    *before = false;
    while (code == MH_OK) {
        if (rest.len == 0)
            return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
                "log: no checkpoint covers record %llu",
                (unsigned long long)index);
        code = hsm_checkpoint_next(&rest, err, &c);
        if (code == MH_OK && c.size > index) {
            *note = c.note;
            return MH_OK;
        }
        *before = *before || code == MH_OK;
    }
    return code == MH_EIO ? MH_EFORMAT
                          : code; /* cut: see hsm_checkpoint_next */
}

enum mh_code
hsm_points_first(
    int dir, uint64_t index, struct mh_err *err, struct mh_buf *note)
{
    int fd = openat(dir, "checkpoints.log", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct mh_span found = {0};
    struct mh_buf text;
    struct stat st;
    enum mh_code code = MH_OK;
    bool before = false;

    if (fd < 0 || fstat(fd, &st) != 0) {
        code = mh_fail_sys(err, "checkpoints.log");
        mh_close(&fd);
        return code;
    }
    mh_buf_init(&text, HSM_SMALL_FILE_MAX);
    for (off_t window = WINDOW; code == MH_OK && !before; window *= 2) {
        off_t from = st.st_size > window ? st.st_size - window : 0;
        struct mh_span all;
        size_t at;

        mh_buf_fini(&text);
        mh_buf_init(&text, HSM_SMALL_FILE_MAX);
        code = tail(fd, from, err, &text);
        all = mh_buf_get(&text);
        at = from == 0 ? 0 : boundary(all);
        if (code == MH_OK && (from == 0 || at < all.len))
            code = first_in((struct mh_span){all.ptr + at, all.len - at}, index,
                err, &found, &before);
        before = before || from == 0;
    }
    mh_close(&fd);
    if (code == MH_OK)
        mh_buf_span(note, found);
    mh_buf_fini(&text);
    return code;
}
