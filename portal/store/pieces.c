#include "portal/store/pieces.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/sys/chan.h"
#include "portal/store/rows.h"

static enum mh_code
keep_piece(struct pt_store *s, const struct pt_staged *staged, uint64_t n,
    struct mh_span bytes, struct mh_err *err)
{
    struct pt_stmt put = {
        .sql = "INSERT INTO blob_piece (sha256, n, bytes) VALUES (?1, ?2, ?3)"
               " ON CONFLICT DO NOTHING",
        .arg = {PT_B(((struct mh_span){staged->sha256, PT_HASH})),
            PT_N((int64_t)n), PT_B(bytes)},
        .args = 3};

    return pt_rows_run(s, &put, err);
}

enum mh_code
pt_pieces_keep(
    struct pt_store *s, const struct pt_staged *staged, struct mh_err *err)
{
    uint8_t *buf = malloc(PT_PIECE);
    int fd = openat(s->spool, staged->temp, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    enum mh_code code = MH_OK;
    uint64_t n = 0;
    bool more = true;

    if (buf == NULL)
        code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    else if (fd < 0)
        code = mh_fail_sys(err, "store: document");
    while (code == MH_OK && more) {
        ssize_t len = pread(fd, buf, PT_PIECE, (off_t)n * PT_PIECE);

        more = len == PT_PIECE; /* a regular file gives all it has */
        if (len < 0)
            code = mh_fail_sys(err, "store: read");
        else if (len > 0)
            code = keep_piece(
                s, staged, n++, (struct mh_span){buf, (size_t)len}, err);
    }
    mh_close(&fd);
    free(buf);
    return code;
}

enum mh_code
pt_pieces_drop(struct pt_store *s, const uint8_t sha256[static PT_HASH],
    struct mh_err *err)
{
    struct pt_stmt drop = {.sql = "DELETE FROM blob_piece WHERE sha256 = ?1",
        .arg = {PT_B(((struct mh_span){sha256, PT_HASH}))},
        .args = 1};

    return pt_rows_run(s, &drop, err);
}

/* Where pieces are copied to. */
struct copy {
    int fd;
    uint64_t size, at;
    struct mh_err *err;
    enum mh_code code;
};

static bool
take_piece(void *ctx, struct pt_cursor *stmt)
{
    struct copy *c = ctx;
    struct mh_span bytes = pt_column_blob(stmt, 0);

    if (bytes.len > c->size - c->at || bytes.ptr == NULL)
        return false; /* the size says so in the end */
    for (size_t done = 0; done < bytes.len;) {
        ssize_t n = write(c->fd, bytes.ptr + done, bytes.len - done);

        if (n <= 0) {
            c->code = mh_fail_sys(c->err, "store: write");
            return false;
        }
        done += (size_t)n;
    }
    c->at += bytes.len;
    return false;
}

/* Two descriptors of a file that has lost its name. */
static enum mh_code
new_file(struct pt_store *s, struct mh_err *err, int *to, int *from)
{
    static _Atomic uint64_t next;
    enum mh_code code = MH_OK;
    char name[48];

    *from = -1;
    (void)snprintf(name, sizeof(name), "rd-%ld-%llu", (long)getpid(),
        (unsigned long long)atomic_fetch_add(&next, 1)); /* always fits */
    *to = openat(s->spool, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (*to < 0)
        return mh_fail_sys(err, "store: document");
    *from = openat(s->spool, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (*from < 0)
        code = mh_fail_sys(err, "store: document");
    (void)unlinkat(s->spool, name, 0); /* else the next start does */
    return code;
}

enum mh_code
pt_pieces_open(struct pt_store *s, const uint8_t sha256[static PT_HASH],
    uint64_t size, struct mh_err *err, int *fd)
{
    struct copy c = {.size = size, .err = err, .code = MH_OK};
    enum mh_code code = new_file(s, err, &c.fd, fd);

    while (code == MH_OK && c.at < size) {
        const uint64_t before = c.at;
        const struct pt_stmt get = {
            .sql = "SELECT bytes FROM blob_piece WHERE sha256 = ?1 AND n = ?2",
            .arg = {PT_B(((struct mh_span){sha256, PT_HASH})),
                PT_N((int64_t)(c.at / PT_PIECE))},
            .args = 2};

        code = pt_rows_read(s, &get, take_piece, &c, err);
        if (code == MH_OK)
            code = c.code;
        if (code == MH_OK && c.at == before)
            code = mh_fail(
                err, MH_EFORMAT, MH_NO_OFFSET, "store: document: damaged");
    }
    mh_close(&c.fd);
    if (code != MH_OK)
        mh_close(fd);
    return code;
}
