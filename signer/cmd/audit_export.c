#include "signer/cmd/audit_export.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/out.h"
#include "base/sys/chan.h"
#include "base/sys/outfile.h"

enum {
    BLOCK = 512,       /* bytes of a record of a tar archive */
    NAME_MAX_TAR = 99, /* bytes of a name without its prefix field */
    DEPTH_MAX = 9,     /* folders inside each other: those of a tile */
};

#define FILE_MAX UINT64_C(077777777777) /* bytes: what ustar can say */

static const char readme[] =
    "An audit log of M\xc3\xb6h\xc3\xbcr and what verifies it.\n"
    "\n"
    "log/seg      records: a big-endian 16-bit length, then a line of JSON\n"
    "log/checkpoints.log, log/checkpoint\n"
    "             signed notes (c2sp.org/tlog-checkpoint) over the Merkle "
    "tree\n"
    "             of the records (RFC 9162, SHA-256)\n"
    "log/tst      timestamps (RFC 3161) over checkpoints\n"
    "log/tile     hashes of the tree (c2sp.org/tlog-tiles)\n"
    "log/log.pub  the public key; compare it with one had from elsewhere\n"
    "report.txt   what `mohur audit verify` said when this was made\n"
    "\n"
    "mohur audit verify --key LOG.PUB log\n";

struct tar {
    struct mh_out out;
    int dir;
};

static void
put_text(uint8_t *field, struct mh_span s)
{
    memcpy(field, s.ptr, s.len); /* fields end with a zero or are full */
}

/* A POSIX.1-1988 ustar header. */
static enum mh_code
put_header(struct tar *t, const char *name, uint64_t size, int64_t mtime,
    struct mh_err *err)
{
    uint8_t h[BLOCK] = {0};
    unsigned sum = 0;
    char text[32];

    if (strlen(name) > NAME_MAX_TAR || size > FILE_MAX)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "export: file too large");
    put_text(h, mh_span_str(name));
    put_text(h + 100, MH_SPAN_LIT("0000644"));
    put_text(h + 108, MH_SPAN_LIT("0000000"));
    put_text(h + 116, MH_SPAN_LIT("0000000"));
    (void)snprintf(text, sizeof(text), "%011llo", (unsigned long long)size);
    put_text(h + 124, mh_span_str(text));
    (void)snprintf(text, sizeof(text), "%011llo",
        (unsigned long long)(mtime < 0 ? 0 : mtime) & FILE_MAX);
    put_text(h + 136, mh_span_str(text));
    memset(h + 148, ' ', 8); /* the sum counts its own place as blanks */
    h[156] = '0';
    put_text(h + 257, MH_SPAN_LIT("ustar"));
    put_text(h + 263, MH_SPAN_LIT("00"));
    for (size_t i = 0; i < BLOCK; i++)
        sum += h[i];
    (void)snprintf(text, sizeof(text), "%06o", sum);
    put_text(h + 148, mh_span_str(text));
    return mh_out_append(&t->out, (struct mh_span){h, BLOCK}, err);
}

static enum mh_code
put_padding(struct tar *t, uint64_t size, struct mh_err *err)
{
    static const uint8_t zero[2 * BLOCK];
    size_t rest = (size_t)(size % BLOCK);

    return rest == 0 ? MH_OK
                     : mh_out_append(
                           &t->out, (struct mh_span){zero, BLOCK - rest}, err);
}

static enum mh_code
put_bytes(
    struct tar *t, const char *name, struct mh_span bytes, struct mh_err *err)
{
    enum mh_code code = put_header(t, name, bytes.len, 0, err);

    if (code == MH_OK)
        code = mh_out_append(&t->out, bytes, err);
    return code == MH_OK ? put_padding(t, bytes.len, err) : code;
}

static enum mh_code
put_fd(struct tar *t, const char *name, int fd, struct mh_err *err)
{
    uint8_t chunk[65536];
    struct stat st;
    uint64_t left;
    enum mh_code code;

    if (fstat(fd, &st) != 0)
        return mh_fail_sys(err, "export");
    if (!S_ISREG(st.st_mode))
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "log: not a plain file");
    left = (uint64_t)st.st_size;
    code = put_header(t, name, left, st.st_mtime, err);
    while (code == MH_OK && left > 0) {
        size_t want = left < sizeof(chunk) ? (size_t)left : sizeof(chunk);
        ssize_t n = read(fd, chunk, want);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return mh_fail(err, MH_EIO, MH_NO_OFFSET, "log: it has changed");
        code = mh_out_append(&t->out, (struct mh_span){chunk, (size_t)n}, err);
        left -= (uint64_t)n;
    }
    return code == MH_OK ? put_padding(t, (uint64_t)st.st_size, err) : code;
}

static int
visible(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

static enum mh_code put_path(
    struct tar *t, const char *path, unsigned depth, struct mh_err *err);

/* NOLINTNEXTLINE(misc-no-recursion): depth is counted */
static enum mh_code
put_folder(struct tar *t, const char *path, unsigned depth, struct mh_err *err)
{
    struct dirent **list = NULL;
    int n = scandirat(t->dir, path, &list, visible, alphasort);
    enum mh_code code = n < 0 ? mh_fail_sys(err, "export") : MH_OK;

    for (int i = 0; i < n; i++) {
        char name[400];

        (void)snprintf(
            name, sizeof(name), "%.120s/%s", path, list[i]->d_name); /* fits */
        if (code == MH_OK)
            code = put_path(t, name, depth + 1, err);
        free(list[i]);
    }
    free(list);
    return code;
}

/* NOLINTNEXTLINE(misc-no-recursion): depth is counted */
static enum mh_code
put_path(struct tar *t, const char *path, unsigned depth, struct mh_err *err)
{
    int fd =
        openat(t->dir, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    char name[420];
    struct stat st;
    enum mh_code code;

    if (fd < 0)
        return errno == ENOENT && depth == 0 ? MH_OK
                                             : mh_fail_sys(err, "export");
    (void)snprintf(name, sizeof(name), "log/%s", path); /* fits */
    if (depth > DEPTH_MAX || strlen(path) > NAME_MAX_TAR)
        code = mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "export: a long name");
    else if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
        code = put_folder(t, path, depth, err);
    else
        code = put_fd(t, name, fd, err);
    mh_close(&fd);
    return code;
}

static enum mh_code
put_all(struct tar *t, struct mh_span report, struct mh_err *err)
{
    static const char *const parts[] = {"log.pub", "checkpoint",
        "checkpoints.log", "signed", "seg", "tst", "tile"};
    static const uint8_t end[2 * BLOCK];
    enum mh_code code = put_bytes(t, "README", mh_span_str(readme), err);

    if (code == MH_OK)
        code = put_bytes(t, "report.txt", report, err);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (code == MH_OK)
            code = put_path(t, parts[i], 0, err);
    return code == MH_OK
               ? mh_out_append(&t->out, (struct mh_span){end, sizeof(end)}, err)
               : code;
}

enum mh_code
sg_audit_export(const char *dir, const char *path, struct mh_span report,
    struct mh_err *err)
{
    struct mh_outfile file;
    struct tar t = {.dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    enum mh_code code;

    if (t.dir < 0)
        return mh_fail_sys(err, "log");
    if (flock(t.dir, LOCK_SH | LOCK_NB) != 0) {
        mh_close(&t.dir);
        return mh_fail(err, MH_EIO, MH_NO_OFFSET,
            "log: it is being written; export a copy of it");
    }
    code = mh_outfile_new(path, err, &file);
    if (code == MH_OK) {
        t.out = mh_out_at(file.fd, 0);
        code = put_all(&t, report, err);
        if (code == MH_OK)
            code = mh_outfile_commit(&file, true, err);
        else
            mh_outfile_drop(&file);
    }
    mh_close(&t.dir);
    return code;
}
