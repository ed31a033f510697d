#include "hsm/audit/read.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/sys/chan.h"
#include "hsm/audit/record.h"
#include "hsm/audit/scan.h"

enum {
    CHUNK = 65536, /* bytes read at once; longer than any record */
    PREFIX = 2,    /* bytes of a record's length */
};

/* One pass over a segment from a record on. */
struct pass {
    int fd;
    const struct hsm_read *want;
    uint64_t n, offset; /* of the next record */
    size_t taken;       /* bytes */
    bool full;          /* the next does not fit any more */
    struct mh_buf *out;
    uint8_t buf[CHUNK];
};

static enum mh_code
damage(struct mh_err *err, uint64_t n, const char *what)
{
    return mh_fail(err, MH_EFORMAT, n, "log: %s", what);
}

/* Takes, or passes by, the whole records of the buffer; *used bytes. */
static enum mh_code
take(
    struct pass *p, size_t have, uint64_t end, struct mh_err *err, size_t *used)
{
    *used = 0;
    while (p->n < end && !p->full && have - *used >= PREFIX) {
        const uint8_t *at = p->buf + *used;
        size_t len = ((size_t)at[0] << 8 | at[1]) + PREFIX;

        if (len == PREFIX || len > HSM_RECORD_MAX + PREFIX)
            return damage(err, p->n, "the length of a record is wrong");
        if (have - *used < len)
            return MH_OK;
        if (p->n >= p->want->n) {
            p->full = len > p->want->max - p->taken;
            if (p->full)
                return MH_OK;
            mh_buf_add(p->out, at, len);
            p->taken += len;
        }
        *used += len;
        p->offset += len;
        p->n++;
    }
    return MH_OK;
}

/* The records below end, all of one segment. */
static enum mh_code
walk(struct pass *p, uint64_t end, struct mh_err *err)
{
    while (p->n < end && !p->full) {
        ssize_t got = pread(p->fd, p->buf, CHUNK, (off_t)p->offset);
        size_t used = 0;
        enum mh_code code;

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return mh_fail_sys(err, "segment");
        code = take(p, (size_t)got, end, err, &used);
        if (code != MH_OK)
            return code;
        if (used == 0 && !p->full)
            return damage(
                err, p->n, "a record that was committed is not there");
    }
    return MH_OK;
}

static enum mh_code
segment(int dir, struct pass *p, uint64_t first, struct mh_err *err)
{
    uint64_t end = first + HSM_SEGMENT_RECORDS;
    char name[HSM_SEGMENT_NAME];
    enum mh_code code;

    hsm_segment_name(first, name);
    p->fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (p->fd < 0)
        return errno == ENOENT ? damage(err, first, "a segment is missing")
                               : mh_fail_sys(err, "segment");
    code = walk(p, end < p->want->size ? end : p->want->size, err);
    mh_close(&p->fd);
    return code;
}

enum mh_code
hsm_records_read(int dir, struct hsm_reader *at, const struct hsm_read *want,
    struct mh_err *err, struct mh_buf *out)
{
    uint64_t first = want->n / HSM_SEGMENT_RECORDS * HSM_SEGMENT_RECORDS;
    struct pass *p = calloc(1, sizeof(*p));
    enum mh_code code = MH_OK;

    if (p == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "log: memory");
    p->want = want;
    p->out = out;
    p->n = first;
    if (at->n >= first && at->n <= want->n) {
        p->n = at->n;
        p->offset = at->offset;
    }
    while (code == MH_OK && p->n < want->size && !p->full) {
        code = segment(dir, p, first, err);
        if (code == MH_OK && !p->full && p->n < want->size) {
            first += HSM_SEGMENT_RECORDS;
            p->offset = 0;
        }
    }
    if (code == MH_OK && !mh_buf_ok(out))
        code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "log: memory");
    if (code == MH_OK)
        /* At the end of a full segment the next one begins anew. */
        *at = p->n % HSM_SEGMENT_RECORDS == 0
                  ? (struct hsm_reader){p->n, 0}
                  : (struct hsm_reader){p->n, p->offset};
    free(p);
    return code;
}
