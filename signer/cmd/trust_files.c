#include "signer/cmd/trust_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"

static enum mh_code
memory(struct mh_err *err)
{
    return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "files: memory");
}

enum mh_code
sg_file_read(const char *path, size_t max, struct mh_arena *arena,
    struct mh_err *err, struct mh_span *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct stat st;
    uint8_t *p;
    size_t have = 0;

    if (fd < 0)
        return mh_fail_sys(err, "open");
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size < 0) {
        (void)close(fd); /* only read from */
        return mh_fail(err, MH_EIO, MH_NO_OFFSET, "file: not a regular file");
    }
    if ((uintmax_t)st.st_size > max) {
        (void)close(fd); /* only read from */
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "file: too large");
    }
    p = mh_arena_alloc(arena, (size_t)st.st_size);
    while (p != NULL && have < (size_t)st.st_size) {
        ssize_t n = read(fd, p + have, (size_t)st.st_size - have);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        have += (size_t)n;
    }
    (void)close(fd); /* only read from */
    if (p == NULL)
        return memory(err);
    if (have != (size_t)st.st_size)
        return mh_fail(err, MH_EIO, MH_NO_OFFSET, "file: cannot be read");
    *out = (struct mh_span){p, have};
    return MH_OK;
}

static enum mh_code
add_one(struct sg_files *files, const char *path, struct mh_arena *arena,
    struct mh_err *err)
{
    struct sg_trust_input *in;
    enum mh_code rc;

    if (files->items == NULL)
        files->items =
            mh_arena_array(arena, SG_FILES_MAX, sizeof(*files->items));
    if (files->items == NULL)
        return memory(err);
    if (files->count == SG_FILES_MAX)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "files: too many");
    in = &files->items[files->count];
    in->label = mh_arena_str(arena, mh_span_str(path));
    if (in->label == NULL)
        return memory(err);
    rc = sg_file_read(path, MH_SNAPSHOT_SIZE_MAX, arena, err, &in->bytes);
    if (rc == MH_OK)
        files->count++;
    return rc;
}

enum mh_code
sg_files_add(struct sg_files *files, const char *path, struct mh_arena *arena,
    struct mh_err *err)
{
    struct dirent **list;
    struct stat st;
    enum mh_code rc = MH_OK;
    int n;

    if (stat(path, &st) != 0)
        return mh_fail_sys(err, "stat");
    if (!S_ISDIR(st.st_mode))
        return add_one(files, path, arena, err);
    n = scandir(path, &list, NULL, alphasort);
    if (n < 0)
        return mh_fail_sys(err, "folder");
    for (int i = 0; i < n; i++) {
        const char *name = list[i]->d_name;
        char *full = mh_arena_printf(arena, "%s/%s", path, name);

        if (rc == MH_OK && full == NULL)
            rc = memory(err);
        if (rc == MH_OK && full != NULL && name[0] != '.' &&
            stat(full, &st) == 0 && S_ISREG(st.st_mode))
            rc = add_one(files, full, arena, err);
        free(list[i]);
    }
    free(list);
    return rc;
}

static bool
write_all(int fd, struct mh_span s)
{
    while (s.len > 0) {
        ssize_t n = write(fd, s.ptr, s.len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        s.ptr += n;
        s.len -= (size_t)n;
    }
    return true;
}

static bool
sync_folder(const char *path)
{
    char copy[4096];
    int fd;
    bool ok;

    if (snprintf(copy, sizeof(copy), "%s", path) >= (int)sizeof(copy))
        return false;
    fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        (void)close(fd); /* only synced */
    return ok;
}

enum mh_code
sg_file_write(const char *path, struct mh_span bytes, struct mh_err *err)
{
    char tmp[4096];
    int fd;
    bool ok;

    if (snprintf(tmp, sizeof(tmp), "%s.XXXXXX", path) >= (int)sizeof(tmp))
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "file: path too long");
    fd = mkostemp(tmp, O_CLOEXEC);
    if (fd < 0)
        return mh_fail_sys(err, "create");
    ok = write_all(fd, bytes) && fchmod(fd, 0644) == 0 && fsync(fd) == 0;
    ok = close(fd) == 0 && ok;
    if (!ok || rename(tmp, path) != 0 || !sync_folder(path)) {
        enum mh_code rc = mh_fail_sys(err, "write");

        (void)unlink(tmp); /* it may be gone already */
        return rc;
    }
    return MH_OK;
}
