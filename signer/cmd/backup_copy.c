#include "signer/cmd/backup_copy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest/digest.h"
#include "base/sys/chan.h"
#include "base/text.h"

enum {
    PIECE = 256 << 10, /* bytes at once */
    DEPTH = 12,        /* folders inside each other */
};

static enum mh_code
put(int fd, const uint8_t *bytes, size_t len, struct mh_err *err)
{
    for (size_t at = 0; at < len;) {
        ssize_t n = write(fd, bytes + at, len - at);

        if (n <= 0)
            return mh_fail_sys(err, "write");
        at += (size_t)n;
    }
    return MH_OK;
}

/* to -1: only the digest is wanted. */
static enum mh_code
pass(int from, int to, struct mh_err *err, char hex[static 65], uint64_t *size)
{
    uint8_t *piece = malloc(PIECE), hash[MH_DIGEST_MAX];
    struct mh_digest *digest = mh_digest_new();
    enum mh_code code = MH_OK;
    ssize_t n = 1;

    *size = 0;
    if (piece == NULL || digest == NULL)
        code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "no memory");
    if (code == MH_OK)
        code = mh_digest_start(digest, MH_SHA256, err);
    while (code == MH_OK && n > 0) {
        n = read(from, piece, PIECE);
        if (n < 0)
            code = mh_fail_sys(err, "read");
        if (n <= 0)
            break;
        mh_digest_update(digest, (struct mh_span){piece, (size_t)n});
        *size += (uint64_t)n;
        if (to >= 0)
            code = put(to, piece, (size_t)n, err);
    }
    if (code == MH_OK)
        code = mh_digest_finish(digest, err, hash);
    if (code == MH_OK)
        mh_hex_encode((struct mh_span){hash, MH_SHA256_LENGTH}, hex);
    mh_digest_free(digest);
    free(piece);
    return code;
}

enum mh_code
sg_copy_hash(int dir, const char *name, struct mh_err *err, char hex[static 65],
    uint64_t *size)
{
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    enum mh_code code;

    if (fd < 0)
        return mh_fail_sys(err, "read");
    code = pass(fd, -1, err, hex, size);
    mh_close(&fd);
    return code;
}

static enum mh_code
owned(const struct sg_copy *copy, const char *name, struct mh_err *err)
{
    if (copy->give && fchownat(copy->to, name, copy->uid, copy->gid,
                          AT_SYMLINK_NOFOLLOW) != 0)
        return mh_fail_sys(err, "owner");
    return MH_OK;
}

/* Makes the folders above name. */
static enum mh_code
make_above(struct sg_copy *copy, const char *name, struct mh_err *err)
{
    char part[SG_BACKUP_PATH_MAX + 1];

    for (const char *p = strchr(name, '/'); p != NULL; p = strchr(p + 1, '/')) {
        enum mh_code code;

        (void)snprintf(part, sizeof(part), "%.*s", (int)(p - name),
            name); /* it fitted before */
        if (mkdirat(copy->to, part, 0700) != 0) {
            if (errno != EEXIST)
                return mh_fail_sys(err, "folder");
            continue;
        }
        code = owned(copy, part, err);
        if (code != MH_OK)
            return code;
    }
    return MH_OK;
}

static enum mh_code
copy_open(struct sg_copy *copy, int from, const char *name, struct mh_err *err)
{
    char hex[65];
    uint64_t size;
    enum mh_code code = make_above(copy, name, err);
    int to;

    if (code != MH_OK)
        return code;
    to = openat(copy->to, name,
        O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (to < 0)
        return mh_fail_sys(err, "write");
    code = pass(from, to, err, hex, &size);
    if (code == MH_OK && fsync(to) != 0)
        code = mh_fail_sys(err, "write");
    mh_close(&to);
    if (code == MH_OK)
        code = owned(copy, name, err);
    if (code == MH_OK && copy->list != NULL)
        mh_buf_printf(
            copy->list, "%s %llu %s\n", hex, (unsigned long long)size, name);
    return code;
}

enum mh_code
sg_copy_file(
    struct sg_copy *copy, const char *name, bool *absent, struct mh_err *err)
{
    int from = openat(
        copy->from, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    enum mh_code code;
    struct stat st;

    (void)snprintf(copy->at, sizeof(copy->at), "%s", name); /* only shown */
    if (absent != NULL)
        *absent = from < 0 && errno == ENOENT;
    if (from < 0)
        return absent != NULL && *absent ? MH_OK : mh_fail_sys(err, "read");
    if (strlen(name) > SG_BACKUP_PATH_MAX || strchr(name, '\n') != NULL)
        code = mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "name too long or odd");
    else if (fstat(from, &st) != 0 || !S_ISREG(st.st_mode))
        code =
            mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "neither file nor folder");
    else
        code = copy_open(copy, from, name, err);
    mh_close(&from);
    return code;
}

static enum mh_code
walk(struct sg_copy *copy, const char *name, int depth, struct mh_err *err)
{
    int fd = openat(
        copy->from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *e;
    enum mh_code code = MH_OK;

    if (d == NULL) {
        int sys = errno;

        mh_close(&fd);
        errno = sys;
        return sys == ENOENT ? MH_OK : mh_fail_sys(err, "folder");
    }
    if (depth >= DEPTH)
        code = mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "folders too deep");
    while (code == MH_OK && (e = readdir(d)) != NULL) {
        char path[SG_BACKUP_PATH_MAX + 300];
        bool absent;
        struct stat st;

        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        (void)snprintf(path, sizeof(path), "%s/%s", name, e->d_name); /* fits */
        if (fstatat(copy->from, path, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue; /* it went away meanwhile: nothing refers to it */
        code = S_ISDIR(st.st_mode) ? walk(copy, path, depth + 1, err)
                                   : sg_copy_file(copy, path, &absent, err);
    }
    (void)closedir(d); /* it was only read */
    return code;
}

enum mh_code
sg_copy_below(struct sg_copy *copy, const char *name, struct mh_err *err)
{
    return walk(copy, name, 0, err);
}
