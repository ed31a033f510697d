#include "portal/store/objects.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sys/chan.h"
#include "base/text.h"
#include "base/time.h"

enum {
    DAY = 86400,        /* seconds */
    DAYS_MAX = 2932896, /* 9999-12-31 */
    FOLDER = 11,        /* YYYY-MM-DD */
    NAME = FOLDER + 2 * PT_HASH + 1
};

static int64_t
day_of(int64_t created)
{
    return created / DAY - (created % DAY < 0);
}

static void
day_name(int64_t day, char out[static FOLDER])
{
    char text[32];

    if (day >= 0 && day <= DAYS_MAX)
        mh_time_format(day * DAY, text);
    /* Else of a clock that is nowhere: a folder like others. */
    (void)snprintf(out, FOLDER, "%.10s",
        day >= 0 && day <= DAYS_MAX ? text : "0000-00-00"); /* always fits */
}

static void
object_name(const uint8_t *sha256, int64_t created, char out[static NAME])
{
    day_name(day_of(created), out);
    out[FOLDER - 1] = '/';
    mh_hex_encode((struct mh_span){sha256, PT_HASH}, out + FOLDER);
}

/* The name in a store that was made before. */
static void
name_before(const uint8_t *sha256, char out[static NAME])
{
    char hex[2 * PT_HASH + 1];

    mh_hex_encode((struct mh_span){sha256, PT_HASH}, hex);
    (void)snprintf(
        out, NAME, "%.2s/%.2s/%s", hex, hex + 2, hex); /* always fits */
}

static enum mh_code
flush_day(const struct pt_store *s, int64_t day, struct mh_err *err)
{
    char name[FOLDER];
    enum mh_code code = MH_OK;
    int fd;

    day_name(day, name);
    fd = openat(s->objects, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0)
        code = mh_fail_sys(err, "store: folder");
    mh_close(&fd);
    return code;
}

/* Whether the caller of the write, which only waits, is to flush. */
static bool
ask(struct pt_store *s, int64_t day)
{
    struct pt_write *w = s->only;

    if (w == NULL || w->flush != PT_FLUSH_NONE)
        return false;
    (void)pthread_mutex_lock(&s->lock); /* a plain mutex cannot fail */
    w->day = day;
    w->flush = PT_FLUSH_ASKED;
    (void)pthread_cond_signal(&w->finished);
    (void)pthread_mutex_unlock(&s->lock);
    return true;
}

void
pt_objects_help(struct pt_store *s, struct pt_write *w)
{
    w->flush = PT_FLUSH_RUNS;
    (void)pthread_mutex_unlock(&s->lock);
    w->flushed = flush_day(s, w->day, &w->flush_err);
    (void)pthread_mutex_lock(&s->lock);
    w->flush = PT_FLUSH_ENDED;
    (void)pthread_cond_signal(&s->wake);
}

/* What was asked for has come, or is done here. */
static enum mh_code
await(struct pt_store *s, struct pt_write *w, struct mh_err *err)
{
    enum pt_flush flush;

    (void)pthread_mutex_lock(&s->lock);
    while (w->flush == PT_FLUSH_RUNS)
        (void)pthread_cond_wait(&s->wake, &s->lock);
    flush = w->flush;
    w->flush = PT_FLUSH_NONE;
    (void)pthread_mutex_unlock(&s->lock);
    if (flush == PT_FLUSH_ASKED)
        return flush_day(s, w->day, err);
    if (flush == PT_FLUSH_ENDED && w->flushed != MH_OK) {
        *err = w->flush_err;
        return w->flushed;
    }
    return MH_OK;
}

/* Remembers a folder that must be flushed before the commit. */
static enum mh_code
soil(struct pt_store *s, int64_t day, struct mh_err *err)
{
    if (ask(s, day))
        return MH_OK;
    for (size_t i = 0; i < s->dirties; i++)
        if (s->dirty[i] == day)
            return MH_OK;
    if (s->dirties == PT_GROUP_MAX) {
        enum mh_code code = pt_objects_flush(s, err);

        if (code != MH_OK)
            return code;
    }
    s->dirty[s->dirties++] = day;
    return MH_OK;
}

enum mh_code
pt_objects_flush(struct pt_store *s, struct mh_err *err)
{
    enum mh_code code = MH_OK;

    for (size_t i = 0; i < s->dirties && code == MH_OK; i++)
        code = flush_day(s, s->dirty[i], err);
    if (s->only != NULL && code == MH_OK)
        code = await(s, s->only, err);
    if (code == MH_OK)
        s->dirties = 0;
    return code;
}

/* The folder of a day, and its own name durable: one that is there may be of a
   process that fell before it flushed, and an empty one may have been tidied
   away since. */
static enum mh_code
make_folder(struct pt_store *s, int64_t day, struct mh_err *err)
{
    char name[FOLDER];
    bool made;

    day_name(day, name);
    made = mkdirat(s->objects, name, 0700) == 0;
    if (!made && errno != EEXIST)
        return mh_fail_sys(err, "store: folder");
    if (!made && s->day == day)
        return MH_OK;
    s->day = MH_TIME_NONE;
    if (fsync(s->objects) != 0)
        return mh_fail_sys(err, "store: folder");
    s->day = day;
    return MH_OK;
}

enum mh_code
pt_objects_keep(struct pt_store *s, struct pt_staged *staged, int64_t created,
    struct mh_err *err)
{
    char name[NAME];
    enum mh_code code = make_folder(s, day_of(created), err);

    if (code != MH_OK)
        return code;
    object_name(staged->sha256, created, name);
    if (renameat(s->spool, staged->temp, s->objects, name) != 0)
        return mh_fail_sys(err, "store: document");
    staged->temp[0] = '\0';
    return soil(s, day_of(created), err);
}

enum mh_code
pt_objects_open(const struct pt_store *s, const uint8_t sha256[static PT_HASH],
    int64_t created, struct mh_err *err, int *fd)
{
    char name[NAME];

    object_name(sha256, created, name);
    *fd = openat(s->objects, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (*fd < 0 && errno == ENOENT) {
        name_before(sha256, name);
        *fd = openat(s->objects, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    }
    return *fd >= 0 ? MH_OK : mh_fail_sys(err, "store: document");
}

void
pt_objects_drop(const struct pt_store *s, const uint8_t sha256[static PT_HASH],
    int64_t created)
{
    char name[NAME];

    object_name(sha256, created, name);
    (void)unlinkat(s->objects, name, 0);
    name_before(sha256, name);
    (void)unlinkat(s->objects, name, 0); /* in a store of before */
}

bool
pt_objects_remove(const struct pt_store *s,
    const uint8_t sha256[static PT_HASH], const char *folder)
{
    char name[PT_FOLDER + NAME];

    if (strlen(folder) == 2) {
        name_before(sha256, name);
    } else {
        int n = snprintf(name, sizeof(name), "%.*s/", PT_FOLDER, folder);

        mh_hex_encode((struct mh_span){sha256, PT_HASH}, name + n);
    }
    return unlinkat(s->objects, name, 0) == 0;
}

bool
pt_objects_in(const struct pt_store *s, const uint8_t sha256[static PT_HASH],
    int64_t created, const char *folder)
{
    char name[NAME], day[FOLDER];

    day_name(day_of(created), day);
    if (strcmp(folder, day) == 0)
        return true;
    name_before(sha256, name);
    if (strncmp(name, folder, 2) != 0 || folder[2] != '\0')
        return false;
    object_name(sha256, created, name);
    return faccessat(s->objects, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0;
}
