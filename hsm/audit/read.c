#include "hsm/audit/read.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sys/chan.h"
#include "hsm/audit/merkle.h"
#include "hsm/audit/record.h"
#include "hsm/audit/scan.h"

enum {
    CHUNK = 65536, /* bytes read at once; longer than any record */
    PREFIX = 2,    /* bytes of a record's length */
    PROBE = 8192,  /* bytes in which a record begins, its number included */
};

/* One pass over a segment from a record on. */
struct pass {
    int fd;
    const struct hsm_read *want;
    uint64_t n, offset; /* of the next record */
    size_t taken;       /* bytes */
    bool full;          /* the next does not fit any more */
    uint64_t bytes;     /* read */
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
        p->bytes += (uint64_t)got;
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

static enum mh_code
read_on(int dir, struct pass *p, struct hsm_reader *at, struct mh_err *err)
{
    const struct hsm_read *want = p->want;
    uint64_t first = want->n / HSM_SEGMENT_RECORDS * HSM_SEGMENT_RECORDS;
    enum mh_code code = MH_OK;

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
    return code;
}

enum mh_code
hsm_records_read(int dir, struct hsm_reader *at, const struct hsm_read *want,
    struct mh_err *err, struct mh_buf *out)
{
    struct pass *p = calloc(1, sizeof(*p));
    enum mh_code code;

    if (p == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "log: memory");
    p->want = want;
    p->out = out;
    code = read_on(dir, p, at, err);
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

/* ---- one record ---- */

/* How every record begins; inside of one it cannot stand: quotes of texts are
   escaped, and in d no "n" follows a "v". */
#define HEAD "{\"v\":1,\"n\":"

/* The first record that begins in the buffer: its number, and where its length
   stands.  false: none does. */
static bool
begins(const uint8_t *buf, size_t have, uint64_t *n, size_t *where)
{
    const size_t head = sizeof(HEAD) - 1;
    const uint8_t *at =
        have > PREFIX ? memmem(buf + PREFIX, have - PREFIX, HEAD, head) : NULL;
    const uint8_t *digit, *end = buf + have;

    if (at == NULL)
        return false;
    *n = 0;
    *where = (size_t)(at - buf) - PREFIX;
    for (digit = at + head; digit < end && *digit >= '0' && *digit <= '9' &&
                            *n < HSM_TREE_SIZE_MAX / 10;
         digit++)
        *n = *n * 10 + (uint64_t)(*digit - '0');
    return digit < end && digit > at + head && *digit == ',';
}

/* Moves *at towards record n: not past it, and to less than two probes. */
static enum mh_code
near(int fd, uint64_t n, struct mh_err *err, struct hsm_reader *at,
    uint64_t *bytes)
{
    uint8_t buf[PROBE];
    uint64_t high, found;
    struct stat st;
    size_t where;

    if (fstat(fd, &st) != 0)
        return mh_fail_sys(err, "segment");
    for (high = (uint64_t)st.st_size;
         high > at->offset && high - at->offset > 2 * (uint64_t)PROBE;) {
        uint64_t middle = at->offset + (high - at->offset) / 2;
        ssize_t got = pread(fd, buf, sizeof(buf), (off_t)middle);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return mh_fail_sys(err, "segment");
        *bytes += (uint64_t)got;
        if (begins(buf, (size_t)got, &found, &where) && found <= n)
            *at = (struct hsm_reader){found, middle + where};
        else
            high = middle;
    }
    return MH_OK;
}

enum mh_code
hsm_record_at(int dir, uint64_t n, struct mh_err *err, struct mh_buf *out,
    uint64_t *bytes)
{
    const struct hsm_read want = {n, n + 1, HSM_RECORD_MAX + PREFIX};
    struct hsm_reader at = {n / HSM_SEGMENT_RECORDS * HSM_SEGMENT_RECORDS, 0};
    struct pass *p = calloc(1, sizeof(*p));
    char name[HSM_SEGMENT_NAME];
    struct mh_buf framed;
    enum mh_code code;
    int fd;

    if (p == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "log: memory");
    mh_buf_init(&framed, HSM_RECORD_MAX + PREFIX);
    hsm_segment_name(at.n, name);
    fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        code = errno == ENOENT ? damage(err, n, "a segment is missing")
                               : mh_fail_sys(err, "segment");
    else
        code = near(fd, n, err, &at, bytes);
    mh_close(&fd);
    p->want = &want;
    p->out = &framed;
    if (code == MH_OK)
        code = read_on(dir, p, &at, err);
    *bytes += p->bytes;
    if (code == MH_OK && mh_buf_ok(&framed) && framed.len > PREFIX)
        mh_buf_add(out, framed.ptr + PREFIX, framed.len - PREFIX);
    else if (code == MH_OK)
        code = damage(err, n, "a record that was committed is not there");
    mh_buf_fini(&framed);
    free(p);
    return code;
}
