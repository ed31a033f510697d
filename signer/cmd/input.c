#include "signer/cmd/input.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest/digest.h"
#include "base/limits.h"
#include "base/sys/chan.h"
#include "base/text.h"
#include "base/wire/codes.h"

enum {
    SMALL = 32 << 20,     /* bytes; copied into a memfd up to here */
    CHUNK = 256 << 10,    /* bytes read at once */
    PATHS_MAX = 10000000, /* paths of one run */
    DEPTH_MAX = 64,       /* folders inside each other */
    LIST_MAX = 256 << 20, /* bytes of a list file */
};

static enum mh_code
add_path(struct sg_paths *p, const char *path, struct mh_arena *arena,
    struct mh_err *err)
{
    const char *copy = mh_arena_str(arena, mh_span_str(path));

    if (copy == NULL || p->count == PATHS_MAX)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "files: too many");
    if (p->count == p->cap) {
        size_t cap = p->cap == 0 ? 64 : 2 * p->cap;
        const char **more = mh_arena_array(arena, cap, sizeof(*more));

        if (more == NULL)
            return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "files: no memory");
        if (p->count > 0)
            memcpy(more, p->path, p->count * sizeof(*more));
        p->path = more;
        p->cap = cap;
    }
    p->path[p->count++] = copy;
    return MH_OK;
}

static int
not_hidden(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

static enum mh_code
walk(struct sg_paths *p, const char *dir, int depth, struct mh_arena *arena,
    struct mh_err *err)
{
    struct dirent **list = NULL;
    enum mh_code code = MH_OK;
    int n;

    if (depth == DEPTH_MAX)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "folder: too deep");
    n = scandir(dir, &list, not_hidden, alphasort);
    if (n < 0)
        return add_path(p, dir, arena, err); /* fails when it is opened */
    for (int i = 0; i < n; i++) {
        struct stat st;
        const char *path =
            mh_arena_printf(arena, "%s/%s", dir, list[i]->d_name);

        if (path == NULL)
            code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "files: no memory");
        else if (code == MH_OK && lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
            code = walk(p, path, depth + 1, arena, err);
        else if (code == MH_OK)
            code = add_path(p, path, arena, err);
        free(list[i]);
    }
    free(list);
    return code;
}

static enum mh_code
read_list(struct sg_paths *p, const char *name, struct mh_arena *arena,
    struct mh_err *err)
{
    FILE *f = fopen(name, "re");
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    enum mh_code code = MH_OK;

    if (f == NULL)
        return mh_fail_sys(err, "list");
    while (code == MH_OK && (n = getline(&line, &cap, f)) >= 0) {
        while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
            line[--n] = '\0';
        if (n > 0)
            code = add_path(p, line, arena, err);
    }
    free(line);
    (void)fclose(f); /* opened for reading */
    return code;
}

enum mh_code
sg_paths_expand(const char *const *arg, size_t args, struct mh_arena *arena,
    struct mh_err *err, struct sg_paths *out)
{
    enum mh_code code = MH_OK;

    *out = (struct sg_paths){0};
    for (size_t i = 0; i < args && code == MH_OK; i++) {
        struct stat st;

        if (arg[i][0] == '@' && arg[i][1] != '\0') {
            out->folder = true;
            code = read_list(out, arg[i] + 1, arena, err);
        } else if (stat(arg[i], &st) == 0 && S_ISDIR(st.st_mode)) {
            out->folder = true;
            code = walk(out, arg[i], 0, arena, err);
        } else {
            code = add_path(out, arg[i], arena, err);
        }
    }
    return code;
}

/* Copies everything of fd into a new memfd. */
static enum mh_code
copy_in(int fd, uint64_t max, struct mh_err *err, struct sg_opened *out)
{
    static uint8_t buf[CHUNK];
    enum mh_code code = mh_memfd_new("document", 0, err, &out->fd);
    ssize_t n = 0;

    while (code == MH_OK && (n = read(fd, buf, sizeof(buf))) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 || write(out->fd, buf, (size_t)n) != n) {
            code = mh_fail_sys(err, "read");
            break;
        }
        out->size += (uint64_t)n;
        if (out->size > max)
            code = mh_fail_finding(err, MH_ELIMIT, MH_F_LIMIT, MH_NO_OFFSET,
                "document: too large");
    }
    if (code == MH_OK)
        code = mh_memfd_seal(out->fd, err);
    if (code != MH_OK)
        mh_close(&out->fd);
    return code;
}

static int64_t
stamp_ns(const struct timespec *t)
{
    return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

enum mh_code
sg_open(const char *path, struct mh_err *err, struct sg_opened *out)
{
    bool standard_in = strcmp(path, "-") == 0;
    struct stat st;
    enum mh_code code = MH_OK;
    int fd;

    *out = (struct sg_opened){.fd = -1};
    if (standard_in)
        return copy_in(STDIN_FILENO, MH_DOC_SIZE_MAX, err, out);
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return mh_fail_sys(err, "open");
    if (fstat(fd, &st) != 0)
        code = mh_fail_sys(err, "open");
    else if (!S_ISREG(st.st_mode))
        code = mh_fail(err, MH_EIO, MH_NO_OFFSET, "open: not a regular file");
    else if ((uint64_t)st.st_size > MH_DOC_SIZE_MAX)
        code = mh_fail_finding(err, MH_ELIMIT, MH_F_LIMIT, MH_NO_OFFSET,
            "document: larger than 4 GiB");
    else if (st.st_size <= SMALL)
        code = copy_in(fd, MH_DOC_SIZE_MAX, err, out);
    else {
        *out = (struct sg_opened){.fd = fd,
            .size = (uint64_t)st.st_size,
            .large = true,
            .mtime_ns = stamp_ns(&st.st_mtim),
            .ctime_ns = stamp_ns(&st.st_ctim)};
        return MH_OK;
    }
    (void)close(fd); /* opened for reading */
    if (code == MH_ELIMIT)
        out->size = (uint64_t)st.st_size;
    return code;
}

enum mh_code
sg_opened_hash(struct sg_opened *opened, struct mh_err *err)
{
    static uint8_t buf[CHUNK];
    uint8_t hash[MH_SHA256_LENGTH];
    struct mh_digest *d;
    enum mh_code code;
    uint64_t at = 0;

    d = mh_digest_new();
    if (d == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "file: no memory");
    code = mh_digest_start(d, MH_SHA256, err);
    while (code == MH_OK && at < opened->size) {
        ssize_t n = pread(opened->fd, buf, sizeof(buf), (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            code = mh_fail(err, MH_EIO, MH_NO_OFFSET, "file: cut short");
        else
            mh_digest_update(d, (struct mh_span){buf, (size_t)n});
        at += n > 0 ? (uint64_t)n : 0;
    }
    if (code == MH_OK)
        code = mh_digest_finish(d, err, hash);
    mh_digest_free(d);
    if (code == MH_OK)
        mh_hex_encode((struct mh_span){hash, sizeof(hash)}, opened->sha256);
    return code;
}

enum mh_code
sg_opened_same(const struct sg_opened *opened, struct mh_err *err)
{
    struct stat st;

    if (opened->large &&
        (fstat(opened->fd, &st) != 0 || (uint64_t)st.st_size != opened->size ||
            stamp_ns(&st.st_mtim) != opened->mtime_ns ||
            stamp_ns(&st.st_ctim) != opened->ctime_ns))
        return mh_fail(
            err, MH_EIO, MH_NO_OFFSET, "file: changed while it was read");
    return MH_OK;
}

void
sg_opened_fini(struct sg_opened *opened)
{
    mh_close(&opened->fd);
}

enum mh_code
sg_write_file(
    const char *dir, const char *name, struct mh_span bytes, struct mh_err *err)
{
    int at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd = -1;
    char temp[64];
    bool ok;

    (void)snprintf(temp, sizeof(temp), ".mohur-%ld.tmp", (long)getpid());
    if (at >= 0)
        fd = openat(at, temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    ok = fd >= 0 &&
         (bytes.len == 0 ||
             write(fd, bytes.ptr, bytes.len) == (ssize_t)bytes.len) &&
         fsync(fd) == 0 && renameat(at, temp, at, name) == 0 && fsync(at) == 0;
    if (!ok) {
        enum mh_code code = mh_fail_sys(err, "write");

        if (fd >= 0)
            (void)unlinkat(at, temp, 0); /* may be renamed already */
        mh_close(&fd);
        mh_close(&at);
        return code;
    }
    mh_close(&fd);
    mh_close(&at);
    return MH_OK;
}
