#include "signer/cmd/init_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sys/chan.h"
#include "base/text.h"

enum {
    PATH_BYTES = 4096,
    DIR_BYTES = 700, /* settings take paths of 900 */
    DEPTH = 16,      /* of what is taken back */
};

static bool
is_dot(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static enum mh_code
check_empty(const char *dir, struct mh_err *err)
{
    DIR *d = opendir(dir);
    const struct dirent *e;
    bool empty = true;

    if (d == NULL)
        return mh_fail_sys(err, "init");
    while ((e = readdir(d)) != NULL)
        empty = empty && is_dot(e->d_name);
    (void)closedir(d); /* it was only read */
    if (!empty)
        return mh_fail(err, MH_EIO, MH_NO_OFFSET, "init: folder is not empty");
    return MH_OK;
}

enum mh_code
sg_tree_begin(const char *dir, struct mh_arena *arena, struct mh_err *err,
    const char **real, bool *made)
{
    char path[PATH_BYTES];
    enum mh_code code;

    *made = mkdir(dir, 0755) == 0;
    if (!*made && errno != EEXIST)
        return mh_fail_sys(err, "init");
    code = check_empty(dir, err);
    if (code == MH_OK && realpath(dir, path) == NULL)
        code = mh_fail_sys(err, "init");
    /* The path stands in quotes in two settings files. */
    if (code == MH_OK && (strpbrk(path, "\"\\$'#;%") != NULL ||
                             !mh_text_is_clean(mh_span_str(path), DIR_BYTES)))
        code = mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
            "init: path has quotes, signs of its own, or is too long");
    if (code == MH_OK) {
        *real = mh_arena_str(arena, mh_span_str(path));
        if (*real == NULL)
            code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "init: no memory");
    }
    if (code != MH_OK && *made)
        (void)rmdir(dir); /* as it was; the error is what counts */
    return code;
}

static bool
join(const char *dir, const char *name, char out[static PATH_BYTES])
{
    int n = snprintf(out, PATH_BYTES, "%s/%s", dir, name);

    return n > 0 && n < PATH_BYTES;
}

enum mh_code
sg_tree_folder(const struct sg_tree *tree, const char *name, unsigned mode,
    struct mh_err *err)
{
    char path[PATH_BYTES];

    if (!join(tree->dir, name, path))
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "init: path too long");
    if (mkdir(path, 0700) != 0 || chmod(path, mode) != 0 ||
        (tree->give && chown(path, tree->uid, tree->gid) != 0))
        return mh_fail_sys(err, "init");
    return MH_OK;
}

enum mh_code
sg_tree_file(const struct sg_tree *tree, const char *name, unsigned mode,
    struct mh_span text, struct mh_err *err)
{
    char path[PATH_BYTES];
    enum mh_code code = MH_OK;
    size_t at = 0;
    int fd;

    if (!join(tree->dir, name, path))
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "init: path too long");
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return mh_fail_sys(err, "init");
    while (code == MH_OK && at < text.len) {
        ssize_t n = write(fd, text.ptr + at, text.len - at);

        if (n <= 0)
            code = mh_fail_sys(err, "init");
        else
            at += (size_t)n;
    }
    if (code == MH_OK &&
        (fchmod(fd, mode) != 0 ||
            (tree->give && fchown(fd, tree->uid, tree->gid) != 0) ||
            fsync(fd) != 0))
        code = mh_fail_sys(err, "init");
    mh_close(&fd);
    return code;
}

/* The content of a folder; depth is counted. */
static void
clear(int dir, int depth)
{
    DIR *d = fdopendir(dir);
    const struct dirent *e;

    if (d == NULL) {
        mh_close(&dir);
        return;
    }
    while (depth < DEPTH && (e = readdir(d)) != NULL) {
        int sub;

        if (is_dot(e->d_name) || unlinkat(dirfd(d), e->d_name, 0) == 0)
            continue;
        sub = openat(dirfd(d), e->d_name,
            O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (sub >= 0)
            clear(sub, depth + 1);
        (void)unlinkat(dirfd(d), e->d_name, AT_REMOVEDIR); /* as far as it
                                                              goes */
    }
    (void)closedir(d); /* it was only read */
}

void
sg_tree_undo(const char *dir, bool made)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd >= 0)
        clear(fd, 0);
    if (made)
        (void)rmdir(dir); /* as far as it goes */
}

void
sg_tree_undo_below(int dir, const char *name)
{
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd >= 0)
        clear(fd, 0);
    (void)unlinkat(dir, name, AT_REMOVEDIR); /* as far as it goes */
}
