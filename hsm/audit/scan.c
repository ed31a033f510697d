#include "hsm/audit/scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sys/chan.h"
#include "hsm/audit/record.h"

enum {
    CHUNK = 1 << 20, /* bytes read at once */
    PREFIX = 2,      /* bytes of a record's length */
    DIGITS = 12,     /* of a segment's name */
};

void
hsm_segment_name(uint64_t first, char out[static HSM_SEGMENT_NAME])
{
    (void)snprintf(out, HSM_SEGMENT_NAME, "seg/%012llu.log",
        (unsigned long long)first % 1000000000000ULL); /* fits */
}

static enum mh_code
damage(struct mh_err *err, uint64_t index, const char *what)
{
    return mh_fail(err, MH_EFORMAT, index, "%s", what);
}

/* ---- which segments there are ---- */

static bool
is_segment(const char *name, uint64_t *first)
{
    uint64_t v = 0;

    for (int i = 0; i < DIGITS; i++) {
        if (name[i] < '0' || name[i] > '9')
            return false;
        v = v * 10 + (uint64_t)(name[i] - '0');
    }
    *first = v;
    return strcmp(name + DIGITS, ".log") == 0 && v % HSM_SEGMENT_RECORDS == 0;
}

/* How many segments there must be: the highest and all before it. */
static enum mh_code
count_segments(int dir, struct mh_err *err, uint64_t *count)
{
    int fd = openat(dir, "seg", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    uint64_t highest = 0, first;
    bool other = false;
    struct dirent *e;

    if (d == NULL) {
        enum mh_code code = mh_fail_sys(err, "seg");

        mh_close(&fd);
        return code;
    }
    while ((e = readdir(d)) != NULL) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (!is_segment(e->d_name, &first)) {
            other = true;
            continue;
        }
        if (first / HSM_SEGMENT_RECORDS + 1 > highest)
            highest = first / HSM_SEGMENT_RECORDS + 1;
    }
    (void)closedir(d); /* it was only read */
    *count = highest;
    return other ? damage(err, MH_NO_OFFSET, "seg: a file that is no segment")
                 : MH_OK;
}

/* ---- one segment ---- */

struct scan {
    int dir;
    uint64_t limit;
    hsm_scan_fn *fn;
    void *arg;
    struct hsm_scan_end *end;
    uint8_t *buf; /* CHUNK + HSM_RECORD_MAX + PREFIX bytes */
};

/* Hands out the whole records at the front of the buffer. */
static enum mh_code
take_records(struct scan *s, size_t have, struct mh_err *err, size_t *used)
{
    struct hsm_scan_end *end = s->end;
    size_t at = 0;

    while (end->count < s->limit && have - at >= PREFIX) {
        size_t len = (size_t)s->buf[at] << 8 | s->buf[at + 1];
        enum mh_code code;

        if (len == 0 || len > HSM_RECORD_MAX)
            return damage(err, end->count, "the length of a record is wrong");
        if (have - at < PREFIX + len)
            break;
        if (end->count == end->segment + HSM_SEGMENT_RECORDS)
            return damage(err, end->count, "a segment is too long");
        code = s->fn(s->arg, end->count,
            (struct mh_span){s->buf + at + PREFIX, len}, err);
        if (code != MH_OK)
            return code;
        at += PREFIX + len;
        end->count++;
        end->good += PREFIX + len;
    }
    *used = at;
    return MH_OK;
}

static enum mh_code
scan_fd(struct scan *s, int fd, struct mh_err *err)
{
    size_t have = 0, used = 0;

    for (;;) {
        ssize_t got = read(fd, s->buf + have, CHUNK);
        enum mh_code code;

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return mh_fail_sys(err, "segment");
        if (got == 0)
            break;
        have += (size_t)got;
        code = take_records(s, have, err, &used);
        if (code != MH_OK)
            return code;
        have -= used;
        memmove(s->buf, s->buf + used, have);
        if (s->end->count == s->limit)
            return MH_OK;
    }
    s->end->torn = have;
    return MH_OK;
}

static enum mh_code
scan_segment(struct scan *s, bool last, struct mh_err *err)
{
    char name[HSM_SEGMENT_NAME];
    enum mh_code code;
    int fd;

    hsm_segment_name(s->end->count, name);
    fd = openat(s->dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT)
        return damage(err, s->end->count, "its segment is missing");
    if (fd < 0)
        return mh_fail_sys(err, "segment");
    s->end->segment = s->end->count;
    s->end->good = 0;
    code = scan_fd(s, fd, err);
    mh_close(&fd);
    if (code == MH_OK && !last && s->end->count < s->limit &&
        s->end->count != s->end->segment + HSM_SEGMENT_RECORDS)
        return damage(err, s->end->count, "its segment ends too early");
    if (code == MH_OK && !last && s->end->torn > 0)
        return damage(err, s->end->count, "a segment is too long");
    return code;
}

enum mh_code
hsm_scan(int dir, uint64_t limit, hsm_scan_fn *fn, void *arg,
    struct mh_err *err, struct hsm_scan_end *end)
{
    struct scan s = {
        .dir = dir, .limit = limit, .fn = fn, .arg = arg, .end = end};
    uint64_t segments = 0;
    enum mh_code code;

    *end = (struct hsm_scan_end){.count = 0};
    code = count_segments(dir, err, &segments);
    if (code != MH_OK)
        return code;
    s.buf = malloc(CHUNK + PREFIX + HSM_RECORD_MAX);
    if (s.buf == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "log: memory");
    for (uint64_t i = 0; i < segments && code == MH_OK && end->count < limit;
         i++)
        code = scan_segment(&s, i + 1 == segments, err);
    free(s.buf);
    return code;
}

enum mh_code
hsm_read_file(int dir, const char *name, struct mh_err *err, struct mh_buf *out)
{
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat st;
    enum mh_code code = MH_OK;

    if (fd < 0 || fstat(fd, &st) != 0) {
        code = mh_fail_sys(err, name);
        mh_close(&fd);
        return code;
    }
    if (!S_ISREG(st.st_mode) || st.st_size > (off_t)HSM_SMALL_FILE_MAX)
        code = mh_fail(
            err, MH_ELIMIT, MH_NO_OFFSET, "%s: no file, or too long", name);
    while (code == MH_OK) {
        uint8_t chunk[16384];
        ssize_t got = read(fd, chunk, sizeof(chunk));

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            code = mh_fail_sys(err, name);
        if (got <= 0)
            break;
        mh_buf_add(out, chunk, (size_t)got);
    }
    mh_close(&fd);
    if (code == MH_OK && !mh_buf_ok(out))
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "%s: too long", name);
    return code;
}
