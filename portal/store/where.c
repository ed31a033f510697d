/* Where a store is: its folder, and what the folder remembers of it. */
#include "portal/store/db.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/sys/chan.h"

#define NAME "postgresql" /* the file with the CONNINFO */

enum {
    INFO_MAX = 256 /* bytes */
};

/* What the folder remembers; false: nothing. */
static bool
remembered(int dir, char *out, size_t size)
{
    int fd = openat(dir, NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t len = fd < 0 ? -1 : read(fd, out, size - 1);

    mh_close(&fd);
    out[len < 0 ? 0 : len] = '\0';
    out[strcspn(out, "\n")] = '\0';
    return len > 0;
}

enum mh_code
pt_store_open_in(const char *dir, const char *store, int64_t now,
    struct mh_err *err, struct pt_store **out)
{
    static const char scheme[] = "postgresql:";
    char info[INFO_MAX] = "", where[4200];
    int n, fd;

    if (store == NULL) {
        fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd >= 0 && !remembered(fd, info, sizeof(info)))
            info[0] = '\0';
        mh_close(&fd);
        store = info;
    } else if (strncmp(store, scheme, sizeof(scheme) - 1) == 0) {
        store += sizeof(scheme) - 1;
    } else {
        store = ""; /* sqlite */
    }
    n = store[0] == '\0'
            ? snprintf(where, sizeof(where), "sqlite:%s", dir)
            : snprintf(where, sizeof(where), "postgresql:%s?%s", dir, store);
    return n >= 0 && (size_t)n < sizeof(where)
               ? pt_store_open(where, now, err, out)
               : mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "store: path too long");
}

enum mh_code
pt_where_keep(struct pt_store *s, struct mh_err *err)
{
    char was[INFO_MAX];
    bool there = remembered(s->root, was, sizeof(was));
    size_t len; /* of what it will remember */
    enum mh_code code = MH_OK;
    int fd;

    if (s->conninfo == NULL)
        return there ? mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
                           "store: this folder's store is in PostgreSQL")
                     : MH_OK;
    if (faccessat(s->root, "store.db", F_OK, 0) == 0)
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
            "store: this folder has a store of SQLite");
    if (there && strcmp(was, s->conninfo) == 0)
        return MH_OK;
    len = strlen(s->conninfo);
    if (len >= sizeof(was))
        return mh_fail(
            err, MH_ELIMIT, MH_NO_OFFSET, "store: postgresql: too long");
    fd = openat(s->root, NAME,
        O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 || write(fd, s->conninfo, len) != (ssize_t)len ||
        fdatasync(fd) != 0)
        code = mh_fail_sys(err, "store: postgresql");
    mh_close(&fd);
    return code;
}
