/* Files of objects/ that no row knows (portal/store/store.h). */
#include "portal/store/objects.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sys/chan.h"
#include "base/text.h"

enum {
    HEX = 2 * PT_HASH,
    AT_ONCE = 256 /* files removed in one write */
};

/* What seems to be nobody's: found while others write, removed by the writer
   where it still is. */
struct scrub {
    const char *folder;
    int64_t before;
    uint8_t suspect[AT_ONCE][PT_HASH];
    size_t count;
    uint64_t removed;
};

/* A folder below at, to be read; NULL where it is not there. */
static enum mh_code
open_folder(int at, const char *name, struct mh_err *err, DIR **out)
{
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

    *out = NULL;
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR
                   ? MH_OK
                   : mh_fail_sys(err, "store: folder");
    *out = fdopendir(fd);
    if (*out == NULL) {
        enum mh_code code = mh_fail_sys(err, "store: folder");

        mh_close(&fd);
        return code;
    }
    return MH_OK;
}

/* Whether a row has its document in this folder. */
static enum mh_code
known(struct pt_store *s, struct pt_db *db, const uint8_t *sha256,
    const char *folder, struct mh_err *err, bool *out)
{
    struct pt_cursor *stmt =
        pt_db_prepare(db, "SELECT created FROM blob WHERE sha256 = ?1");
    enum pt_stepped rc;

    if (stmt == NULL)
        return pt_db_fail(db, "scrub", err);
    pt_bind_blob(stmt, 1, (struct mh_span){sha256, PT_HASH});
    rc = pt_step(stmt);
    *out = rc == PT_ROW &&
           pt_objects_in(s, sha256, pt_column_i64(stmt, 0), folder);
    pt_reset(stmt);
    return rc == PT_ROW || rc == PT_DONE ? MH_OK : pt_db_fail(db, "scrub", err);
}

/* One file; what is not named as a document is is not ours to remove. */
static enum mh_code
look(struct pt_store *s, struct scrub *k, int dir, const char *name,
    struct mh_err *err)
{
    uint8_t sha256[PT_HASH];
    struct stat st;
    struct pt_db *db;
    bool row = true;
    enum mh_code code;

    if (k->count == AT_ONCE || strlen(name) != HEX ||
        !mh_hex_decode(mh_span_str(name), sha256) ||
        fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(st.st_mode) || st.st_mtime >= k->before)
        return MH_OK;
    db = pt_read_begin(s);
    code = known(s, db, sha256, k->folder, err, &row);
    pt_read_end(s, db);
    if (code == MH_OK && !row)
        memcpy(k->suspect[k->count++], sha256, PT_HASH);
    return code;
}

/* The files of a folder, or of those in it. */
static enum mh_code
look_at_all(struct pt_store *s, struct scrub *k, struct mh_err *err)
{
    DIR *outer = NULL;
    enum mh_code code = open_folder(s->objects, k->folder, err, &outer);
    struct dirent *e;

    while (code == MH_OK && outer != NULL && (e = readdir(outer)) != NULL) {
        DIR *inner = NULL;
        struct dirent *f;

        if (e->d_name[0] == '.')
            continue;
        if (strlen(e->d_name) != 2) {
            code = look(s, k, dirfd(outer), e->d_name, err);
            continue;
        }
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

/* Nothing is written meanwhile: what no row knows now is nobody's. */
static enum mh_code
remove_all(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct scrub *k = arg;
    enum mh_code code = MH_OK;

    for (size_t i = 0; i < k->count && code == MH_OK; i++) {
        bool row = true;

        code = known(s, &s->writer, k->suspect[i], k->folder, err, &row);
        if (code == MH_OK && !row &&
            pt_objects_remove(s, k->suspect[i], k->folder))
            k->removed++;
    }
    return code;
}

/* The name that comes before *folder, or the last; "" where there is none. */
static enum mh_code
turn(
    const struct pt_store *s, char folder[static PT_FOLDER], struct mh_err *err)
{
    char found[PT_FOLDER] = "";
    DIR *d = NULL;
    enum mh_code code = open_folder(s->objects, ".", err, &d);
    struct dirent *e;

    while (d != NULL && (e = readdir(d)) != NULL)
        if (e->d_name[0] != '.' && strlen(e->d_name) < PT_FOLDER &&
            strcmp(e->d_name, found) > 0 &&
            (folder[0] == '\0' || strcmp(e->d_name, folder) < 0))
            memcpy(found, e->d_name, strlen(e->d_name) + 1);
    if (d != NULL)
        (void)closedir(d); /* it was only read */
    memcpy(folder, found, PT_FOLDER);
    return code;
}

enum mh_code
pt_store_blob_scrub(struct pt_store *store, char folder[static PT_FOLDER],
    int64_t before, struct mh_err *err, uint64_t *removed)
{
    struct scrub *k;
    enum mh_code code;

    *removed = 0;
    /* In PostgreSQL rows and bytes come and go together. */
    if (store->conninfo != NULL) {
        folder[0] = '\0';
        return MH_OK;
    }
    code = turn(store, folder, err);
    if (code != MH_OK || folder[0] == '\0')
        return code;
    k = calloc(1, sizeof(*k));
    if (k == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    k->folder = folder;
    k->before = before;
    do {
        struct pt_write w = {.run = remove_all, .arg = k, .alone = true};

        *removed = k->removed;
        k->count = 0;
        code = look_at_all(store, k, err);
        if (code == MH_OK && k->count > 0)
            code = pt_write_do(store, &w, err);
    } while (code == MH_OK && k->count == AT_ONCE && k->removed > *removed);
    *removed = k->removed;
    free(k);
    return code;
}
