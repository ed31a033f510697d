/* Files of objects/ that no row knows (portal/store/store.h). */
#include "portal/store/db.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sys/chan.h"
#include "base/text.h"

enum {
    HEX = 2 * PT_HASH
};

struct scrub {
    unsigned folder;
    int64_t before;
    uint64_t removed;
};

/* A folder below at, to be read; NULL where it is not there. */
static enum mh_code
open_folder(int at, const char *name, struct mh_err *err, DIR **out)
{
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

    *out = NULL;
    if (fd < 0)
        return errno == ENOENT ? MH_OK : mh_fail_sys(err, "store: folder");
    *out = fdopendir(fd);
    if (*out == NULL) {
        enum mh_code code = mh_fail_sys(err, "store: folder");

        mh_close(&fd);
        return code;
    }
    return MH_OK;
}

static enum mh_code
known(struct pt_store *s, const uint8_t *sha256, struct mh_err *err, bool *out)
{
    struct pt_cursor *stmt =
        pt_db_prepare(&s->writer, "SELECT 1 FROM blob WHERE sha256 = ?1");
    enum pt_stepped rc;

    if (stmt == NULL)
        return pt_db_fail(&s->writer, "scrub", err);
    pt_bind_blob(stmt, 1, (struct mh_span){sha256, PT_HASH});
    rc = pt_step(stmt);
    pt_reset(stmt);
    *out = rc == PT_ROW;
    return rc == PT_ROW || rc == PT_DONE ? MH_OK
                                         : pt_db_fail(&s->writer, "scrub", err);
}

/* One file; what is not named as a document is is not ours to remove. */
static enum mh_code
look(struct pt_store *s, struct scrub *k, int dir, const char *name,
    struct mh_err *err)
{
    uint8_t sha256[PT_HASH];
    struct stat st;
    bool row = true;
    enum mh_code code;

    if (strlen(name) != HEX || !mh_hex_decode(mh_span_str(name), sha256) ||
        fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(st.st_mode) || st.st_mtime >= k->before)
        return MH_OK;
    code = known(s, sha256, err, &row);
    if (code == MH_OK && !row && unlinkat(dir, name, 0) == 0)
        k->removed++;
    return code;
}

static enum mh_code
scrub(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct scrub *k = arg;
    DIR *outer = NULL;
    char name[8];
    enum mh_code code;
    struct dirent *e;

    (void)snprintf(name, sizeof(name), "%02x", k->folder & 0xff);
    code = open_folder(s->objects, name, err, &outer);
    while (code == MH_OK && outer != NULL && (e = readdir(outer)) != NULL) {
        DIR *inner = NULL;
        struct dirent *f;

        if (e->d_name[0] == '.')
            continue;
        code = open_folder(dirfd(outer), e->d_name, err, &inner);
        while (code == MH_OK && inner != NULL && (f = readdir(inner)) != NULL)
            code = look(s, k, dirfd(inner), f->d_name, err);
        if (inner != NULL)
            (void)closedir(inner); /* it was only read */
    }
    if (outer != NULL)
        (void)closedir(outer); /* likewise */
    return code;
}

enum mh_code
pt_store_blob_scrub(struct pt_store *store, unsigned folder, int64_t before,
    struct mh_err *err, uint64_t *removed)
{
    struct scrub k = {.folder = folder, .before = before};
    struct pt_write w = {.run = scrub, .arg = &k, .alone = true};
    /* In PostgreSQL rows and bytes come and go together. */
    enum mh_code code =
        store->conninfo == NULL ? pt_write_do(store, &w, err) : MH_OK;

    *removed = k.removed;
    return code;
}
