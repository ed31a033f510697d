#include "hsm/audit/files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sys/chan.h"
#include "base/text.h"
#include "hsm/audit/note.h"
#include "hsm/audit/scan.h"

enum mh_code
hsm_write_at(int fd, struct mh_span bytes, uint64_t offset, struct mh_err *err)
{
    while (bytes.len > 0) {
        ssize_t n = pwrite(fd, bytes.ptr, bytes.len, (off_t)offset);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return mh_fail_sys(err, "log: write");
        bytes.ptr += n;
        bytes.len -= (size_t)n;
        offset += (uint64_t)n;
    }
    return MH_OK;
}

/* The folders a name lies in; that they are there already is fine. */
static void
make_folders(int dir, const char *name)
{
    char path[2 * HSM_TILE_NAME];

    for (size_t i = 0; i < sizeof(path) && name[i] != '\0'; i++) {
        if (name[i] == '/') {
            path[i] = '\0';
            (void)mkdirat(dir, path, 0700); /* the open says what is wrong */
        }
        path[i] = name[i];
    }
}

enum mh_code
hsm_replace_file(
    int dir, const char *name, struct mh_span bytes, struct mh_err *err)
{
    char temp[2 * HSM_TILE_NAME];
    enum mh_code code;
    int fd;

    (void)snprintf(temp, sizeof(temp), "%s.new", name); /* fits */
    fd = openat(
        dir, temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 && errno == ENOENT) {
        make_folders(dir, temp);
        fd = openat(dir, temp,
            O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    }
    if (fd < 0)
        return mh_fail_sys(err, "log: file");
    code = hsm_write_at(fd, bytes, 0, err);
    if (code == MH_OK && fsync(fd) != 0)
        code = mh_fail_sys(err, "log: flush");
    mh_close(&fd);
    if (code == MH_OK && renameat(dir, temp, dir, name) != 0)
        code = mh_fail_sys(err, "log: rename");
    if (code == MH_OK && fsync(dir) != 0)
        code = mh_fail_sys(err, "log: flush");
    if (code != MH_OK)
        (void)unlinkat(dir, temp, 0); /* the error is told already */
    return code;
}

static bool
parse_signed(struct mh_span s, struct hsm_signed *out)
{
    const uint8_t *space;
    struct mh_span size, root;

    if (s.len < 2 || s.ptr[s.len - 1] != '\n')
        return false;
    space = memchr(s.ptr, ' ', s.len);
    if (space == NULL)
        return false;
    size = (struct mh_span){s.ptr, (size_t)(space - s.ptr)};
    root = (struct mh_span){space + 1, s.len - size.len - 2};
    return hsm_decimal(size, &out->size) &&
           hsm_base64_exact(root, out->root.byte, sizeof(out->root.byte));
}

enum mh_code
hsm_signed_read(
    int dir, struct mh_err *err, struct hsm_signed *out, bool *found)
{
    struct mh_err why = {.msg = ""};
    struct mh_buf text;
    enum mh_code code;

    out->size = 0;
    hsm_hash_bytes((struct mh_span){0}, &out->root);
    mh_buf_init(&text, 256);
    code = hsm_read_file(dir, "signed", &why, &text);
    *found = code == MH_OK;
    if (code == MH_OK && !parse_signed(mh_buf_get(&text), out))
        code = mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "signed: malformed");
    else if (code == MH_EIO && why.sys == ENOENT)
        code = MH_OK;
    else if (code != MH_OK && err != NULL)
        *err = why;
    mh_buf_fini(&text);
    return code;
}

enum mh_code
hsm_signed_write(int dir, const struct hsm_signed *s, struct mh_err *err)
{
    struct mh_buf text;
    enum mh_code code;

    mh_buf_init(&text, 256);
    mh_buf_printf(&text, "%llu ", (unsigned long long)s->size);
    mh_base64_encode(
        (struct mh_span){s->root.byte, sizeof(s->root.byte)}, &text);
    mh_buf_byte(&text, '\n');
    code = mh_buf_ok(&text)
               ? hsm_replace_file(dir, "signed", mh_buf_get(&text), err)
               : mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "log: memory");
    mh_buf_fini(&text);
    return code;
}

enum mh_code
hsm_tile_read(int dir, struct hsm_tile_id id, struct mh_err *err,
    struct hsm_hash *out, bool *found)
{
    size_t want = id.width * sizeof(*out), have = 0;
    char name[HSM_TILE_NAME];
    uint8_t more;
    ssize_t n = 1;
    int fd;

    hsm_tile_name(id.level, id.index, id.width, name);
    fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    *found = fd >= 0;
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? MH_OK
                                                   : mh_fail_sys(err, name);
    while (have < want && n > 0) {
        n = read(fd, (uint8_t *)out + have, want - have);
        have += n > 0 ? (size_t)n : 0;
    }
    n = n > 0 ? read(fd, &more, 1) : -1;
    mh_close(&fd);
    if (have != want || n != 0)
        return mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "%s: its length is wrong", name);
    return MH_OK;
}

enum mh_code
hsm_tile_write(int dir, unsigned level, uint64_t index,
    const struct hsm_hash *hash, unsigned width, struct mh_err *err)
{
    char name[HSM_TILE_NAME];

    hsm_tile_name(level, index, width, name);
    return hsm_replace_file(dir, name,
        (struct mh_span){(const uint8_t *)hash, width * sizeof(*hash)}, err);
}

void
hsm_tile_forget(int dir, unsigned level, uint64_t index)
{
    char name[HSM_TILE_NAME], *slash;

    hsm_tile_name(level, index, 0, name);
    slash = strrchr(name, '/');
    *slash = '\0';
    if (faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
        return;
    for (unsigned w = 1; w < HSM_TILE_WIDTH; w++) {
        hsm_tile_name(level, index, w, name);
        (void)unlinkat(dir, name, 0); /* most are not there */
    }
    *strrchr(name, '/') = '\0';
    (void)unlinkat(dir, name, AT_REMOVEDIR); /* only room is saved */
}
