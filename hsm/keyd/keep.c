#include "hsm/keyd/keep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sys/chan.h"
#include "base/sys/outfile.h"

enum {
    MARK = 40,       /* bytes of a mark: made_for, n */
    PIECE = 1 << 16, /* bytes copied at once */
};

static enum mh_code
path_of(const char *dir, struct mh_span op, const char *ext, struct mh_err *err,
    char out[static HSM_KEEP_PATH])
{
    char hex[2 * MH_OP_ID + 1];
    int n;

    for (size_t i = 0; i < MH_OP_ID; i++)
        (void)snprintf(&hex[2 * i], 3, "%02x", op.ptr[i]); /* it fits */
    n = snprintf(out, HSM_KEEP_PATH, "%s/ops/%s.%s", dir, hex, ext);
    return n > 0 && (size_t)n < HSM_KEEP_PATH
               ? MH_OK
               : mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "state: long path");
}

enum mh_code
hsm_keep_path(const char *dir, struct mh_span op, struct mh_err *err,
    char out[static HSM_KEEP_PATH])
{
    return path_of(dir, op, "doc", err, out);
}

enum mh_code
hsm_keep_mark(const char *dir, struct mh_span op, const struct hsm_kept *kept,
    struct mh_err *err)
{
    char path[HSM_KEEP_PATH];
    uint8_t mark[MARK];
    struct mh_outfile out;
    enum mh_code code = path_of(dir, op, "mark", err, path);

    memcpy(mark, kept->made_for, sizeof(kept->made_for));
    for (unsigned i = 0; i < 8; i++)
        mark[32 + i] = (uint8_t)(kept->n >> (8 * i));
    if (code == MH_OK)
        code = mh_outfile_new(path, err, &out);
    if (code != MH_OK)
        return code;
    if (pwrite(out.fd, mark, sizeof(mark), 0) != (ssize_t)sizeof(mark))
        code = mh_fail_sys(err, "state: mark");
    if (code == MH_OK)
        code = mh_outfile_commit(&out, true, err);
    mh_outfile_drop(&out);
    return code;
}

enum mh_code
hsm_keep_memfd(int file, uint64_t size, struct mh_err *err, int *out)
{
    uint8_t piece[PIECE];
    uint64_t at = 0;
    enum mh_code code = mh_memfd_new("result", 0, err, out);

    while (code == MH_OK && at < size) {
        ssize_t n = pread(file, piece, sizeof(piece), (off_t)at);

        if (n <= 0 || pwrite(*out, piece, (size_t)n, (off_t)at) != n)
            code = mh_fail_sys(err, "result");
        else
            at += (uint64_t)n;
    }
    if (code == MH_OK)
        code = mh_memfd_seal(*out, err);
    if (code != MH_OK)
        mh_close(out);
    return code;
}

enum mh_code
hsm_keep_bytes(struct mh_span bytes, struct mh_err *err, int *out)
{
    enum mh_code code = mh_memfd_new("file", 0, err, out);

    if (code == MH_OK &&
        pwrite(*out, bytes.ptr, bytes.len, 0) != (ssize_t)bytes.len)
        code = mh_fail_sys(err, "memory");
    if (code == MH_OK)
        code = mh_memfd_seal(*out, err);
    if (code != MH_OK)
        mh_close(out);
    return code;
}

enum mh_code
hsm_keep_get(const char *dir, struct mh_span op, struct mh_err *err,
    bool *found, struct hsm_kept *kept)
{
    char path[HSM_KEEP_PATH];
    uint8_t mark[MARK + 1];
    enum mh_code code = path_of(dir, op, "mark", err, path);
    struct stat st;
    ssize_t n;
    int file;

    *found = false;
    if (code != MH_OK)
        return code;
    file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0)
        return errno == ENOENT ? MH_OK : mh_fail_sys(err, "state: mark");
    n = read(file, mark, sizeof(mark));
    mh_close(&file);
    if (n != MARK)
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "state: broken mark");
    memcpy(kept->made_for, mark, sizeof(kept->made_for));
    kept->n = 0;
    for (unsigned i = 0; i < 8; i++)
        kept->n |= (uint64_t)mark[32 + i] << (8 * i);
    code = path_of(dir, op, "doc", err, path);
    if (code != MH_OK)
        return code;
    file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0 || fstat(file, &st) != 0) {
        code = mh_fail_sys(err, "state: result");
    } else {
        kept->size = (uint64_t)st.st_size;
        code = hsm_keep_memfd(file, kept->size, err, &kept->fd);
    }
    mh_close(&file);
    *found = code == MH_OK;
    return code;
}

void
hsm_keep_forget(const char *dir, struct mh_span op)
{
    char path[HSM_KEEP_PATH];

    /* The mark first: without it there is no result.  A file that stays is
       removed at the next start. */
    if (path_of(dir, op, "mark", NULL, path) == MH_OK)
        (void)unlink(path);
    if (path_of(dir, op, "doc", NULL, path) == MH_OK)
        (void)unlink(path);
}

enum mh_code
hsm_keep_clean(const char *dir, struct mh_err *err)
{
    char path[HSM_KEEP_PATH], mark[300];
    int n = snprintf(path, sizeof(path), "%s/ops", dir);
    struct dirent *e;
    DIR *d;

    if (n < 0 || (size_t)n >= sizeof(path))
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "state: long path");
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return mh_fail_sys(err, "state: ops");
    d = opendir(path);
    if (d == NULL)
        return mh_fail_sys(err, "state: ops");
    while ((e = readdir(d)) != NULL) {
        const char *dot = strrchr(e->d_name, '.');

        if (dot == NULL || strcmp(dot, ".mark") == 0 || dot[1] == '\0' ||
            strcmp(e->d_name, "..") == 0)
            continue;
        (void)snprintf(mark, sizeof(mark), "%.*s.mark", (int)(dot - e->d_name),
            e->d_name); /* cut: not there */
        if (faccessat(dirfd(d), mark, F_OK, 0) != 0)
            (void)unlinkat(dirfd(d), e->d_name, 0); /* or the next time */
    }
    (void)closedir(d); /* it was only read */
    return MH_OK;
}
