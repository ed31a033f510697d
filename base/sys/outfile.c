#include "base/sys/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sys/chan.h"

enum {
    TRIES = 16,  /* names for a temporary file */
    MODE = 0644, /* a filing is no secret of its owner's; umask narrows it */
};

static enum mh_code
random_name(char *out, size_t size, struct mh_err *err)
{
    uint64_t n;

    if (getrandom(&n, sizeof(n), 0) != (ssize_t)sizeof(n))
        return mh_fail_sys(err, "output: random name");
    (void)snprintf(out, size, ".mohur-%016llx", (unsigned long long)n);
    return MH_OK;
}

/* Where files without a name are not known, or cannot be named later. */
static enum mh_code
open_named(struct mh_outfile *out, struct mh_err *err)
{
    for (int i = 0; i < TRIES; i++) {
        enum mh_code code = random_name(out->temp, sizeof(out->temp), err);

        if (code != MH_OK)
            return code;
        out->fd = openat(
            out->dir, out->temp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, MODE);
        if (out->fd >= 0 || errno != EEXIST)
            break;
    }
    if (out->fd < 0) {
        out->temp[0] = '\0';
        return mh_fail_sys(err, "output");
    }
    return MH_OK;
}

static enum mh_code
open_file(struct mh_outfile *out, struct mh_err *err)
{
    out->temp[0] = '\0';
    out->fd = openat(out->dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, MODE);
    if (out->fd >= 0)
        return MH_OK;
    if (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT)
        return mh_fail_sys(err, "output");
    return open_named(out, err);
}

enum mh_code
mh_outfile_new(const char *path, struct mh_err *err, struct mh_outfile *out)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    char folder[4096] = ".";
    size_t n = slash == NULL ? 0 : (size_t)(slash - path);
    enum mh_code code;

    *out = (struct mh_outfile){.dir = -1, .fd = -1};
    if (name[0] == '\0')
        return mh_fail(err, MH_EIO, MH_NO_OFFSET, "output: no file name");
    if (strlen(name) >= sizeof(out->name) || n >= sizeof(folder))
        return mh_fail(err, MH_EIO, MH_NO_OFFSET, "output: name too long");
    memcpy(out->name, name, strlen(name) + 1);
    if (slash != NULL) {
        memcpy(folder, path, n);
        folder[n] = '\0';
        if (n == 0)
            memcpy(folder, "/", 2);
    }
    out->dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (out->dir < 0)
        return mh_fail_sys(err, "output: folder");
    code = open_file(out, err);
    if (code != MH_OK)
        mh_outfile_drop(out);
    return code;
}

enum mh_code
mh_outfile_mode(const struct mh_outfile *out, unsigned mode, struct mh_err *err)
{
    return fchmod(out->fd, mode & (S_IRWXU | S_IRWXG | S_IRWXO)) == 0
               ? MH_OK
               : mh_fail_sys(err, "output: mode");
}

enum mh_code
mh_outfile_again(
    const struct mh_outfile *first, struct mh_err *err, struct mh_outfile *out)
{
    struct stat st;
    enum mh_code code;

    *out = *first;
    out->fd = -1;
    out->temp[0] = '\0';
    out->dir = fcntl(first->dir, F_DUPFD_CLOEXEC, 0);
    if (out->dir < 0)
        return mh_fail_sys(err, "output: folder");
    code = open_file(out, err);
    if (code == MH_OK && fstat(first->fd, &st) != 0)
        code = mh_fail_sys(err, "output: mode");
    if (code == MH_OK)
        code = mh_outfile_mode(out, st.st_mode, err);
    if (code != MH_OK)
        mh_outfile_drop(out);
    return code;
}

static void
path_of(int fd, char *out, size_t size)
{
    (void)snprintf(out, size, "/proc/self/fd/%d", fd); /* always fits */
}

enum mh_code
mh_outfile_read(
    const struct mh_outfile *out, struct mh_err *err, int *fd, uint64_t *size)
{
    struct stat st;
    char path[40];

    path_of(out->fd, path, sizeof(path));
    *fd = open(path, O_RDONLY | O_CLOEXEC);
    if (*fd < 0 || fstat(*fd, &st) != 0 || st.st_size < 0) {
        enum mh_code code = mh_fail_sys(err, "output: read again");

        mh_close(fd);
        return code;
    }
    *size = (uint64_t)st.st_size;
    return MH_OK;
}

/* A file without a name gets one: its own, or a temporary one. */
static int
link_as(const struct mh_outfile *out, const char *name)
{
    char path[40];

    path_of(out->fd, path, sizeof(path));
    return linkat(AT_FDCWD, path, out->dir, name, AT_SYMLINK_FOLLOW);
}

static bool
give_name(struct mh_outfile *out, bool replace, struct mh_err *err)
{
    if (out->temp[0] == '\0') {
        if (link_as(out, out->name) == 0)
            return true;
        if (errno != EEXIST || !replace ||
            random_name(out->temp, sizeof(out->temp), err) != MH_OK)
            return false;
        if (link_as(out, out->temp) != 0) {
            out->temp[0] = '\0';
            return false;
        }
    }
    if (!replace && renameat2(out->dir, out->temp, out->dir, out->name,
                        RENAME_NOREPLACE) != 0)
        return false;
    if (replace && renameat(out->dir, out->temp, out->dir, out->name) != 0)
        return false;
    out->temp[0] = '\0';
    return true;
}

enum mh_code
mh_outfile_commit(struct mh_outfile *out, bool replace, struct mh_err *err)
{
    enum mh_code code = MH_OK;

    if (fsync(out->fd) != 0)
        code = mh_fail_sys(err, "output: flush");
    else if (!give_name(out, replace, err))
        code = mh_fail_sys(err, "output: name");
    else if (fsync(out->dir) != 0)
        code = mh_fail_sys(err, "output: flush folder");
    mh_outfile_drop(out);
    return code;
}

void
mh_outfile_drop(struct mh_outfile *out)
{
    if (out->temp[0] != '\0')
        (void)unlinkat(out->dir, out->temp, 0); /* nothing else to do */
    out->temp[0] = '\0';
    mh_close(&out->fd);
    mh_close(&out->dir);
}
