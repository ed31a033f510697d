/* Opening the store, the thread that writes, the connections that read. */
#include "portal/store/db.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sys/chan.h"
#include "portal/store/parties.h"

/* A folder of ours below dir, made where it is not there. */
static enum mh_code
folder(int dir, const char *name, struct mh_err *err, int *out)
{
    if (mkdirat(dir, name, 0700) != 0 && errno != EEXIST)
        return mh_fail_sys(err, "store: folder");
    *out = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    return *out >= 0 ? MH_OK : mh_fail_sys(err, "store: folder");
}

enum mh_code
pt_spool_empty(struct pt_store *s, struct mh_err *err)
{
    int copy = fcntl(s->spool, F_DUPFD_CLOEXEC, 3);
    DIR *d = copy < 0 ? NULL : fdopendir(copy);
    struct dirent *e;

    if (d == NULL) {
        mh_close(&copy);
        return mh_fail_sys(err, "store: spool");
    }
    while ((e = readdir(d)) != NULL)
        if (e->d_name[0] != '.')
            (void)unlinkat(s->spool, e->d_name, 0); /* the disk says later */
    (void)closedir(d);                              /* nothing was written */
    return MH_OK;
}

static enum mh_code
open_all(struct pt_store *s, const char *dir, int64_t now, struct mh_err *err)
{
    enum mh_code code = MH_OK;
    int n = snprintf(s->path, sizeof(s->path), "%s/store.db", dir);

    if (n < 0 || (size_t)n >= sizeof(s->path))
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "store: path too long");
    s->root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->root < 0 || faccessat(s->root, ".", W_OK, AT_EACCESS) != 0)
        return mh_fail_sys(err, "store: folder");
    code = folder(s->root, "objects", err, &s->objects);
    if (code == MH_OK)
        code = folder(s->root, "spool", err, &s->spool);
    if (code == MH_OK)
        code = pt_db_open(&s->writer, s->path, true, err);
    if (code == MH_OK)
        code = pt_db_migrate(&s->writer, now, err);
    for (int i = 0; i < PT_READERS && code == MH_OK; i++) {
        code = pt_db_open(&s->reader[i], s->path, false, err);
        if (code == MH_OK)
            code = pt_fold_offer(&s->reader[i], err);
    }
    return code;
}

enum mh_code
pt_store_open(
    const char *where, int64_t now, struct mh_err *err, struct pt_store **out)
{
    static const char scheme[] = "sqlite:";
    struct pt_store *s;
    enum mh_code code;

    if (strncmp(where, scheme, sizeof(scheme) - 1) != 0)
        return mh_fail(err, MH_EUNSUP, MH_NO_OFFSET, "store: sqlite:DIR only");
    s = calloc(1, sizeof(*s));
    if (s == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    s->root = s->objects = s->spool = -1;
    if (pthread_mutex_init(&s->lock, NULL) != 0 ||
        pthread_cond_init(&s->wake, NULL) != 0 ||
        pthread_cond_init(&s->finished, NULL) != 0 ||
        pthread_cond_init(&s->readers, NULL) != 0)
        code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    else
        code = open_all(s, where + sizeof(scheme) - 1, now, err);
    if (code == MH_OK)
        *out = s;
    else
        pt_store_close(s);
    return code;
}

int
pt_store_spool(const struct pt_store *store)
{
    return store->spool;
}

/*
 * One write inside the transaction; its failure is its own.  A savepoint that
 * cannot be left as it should be ends the whole transaction.
 */
static enum mh_code
run_one(struct pt_store *s, struct pt_write *w, struct mh_err *err)
{
    enum mh_code code = pt_db_exec(&s->writer, "SAVEPOINT one", err);

    if (code != MH_OK)
        return code;
    w->code = w->run(s, w->arg, &w->err);
    if (w->code != MH_OK)
        code = pt_db_exec(&s->writer, "ROLLBACK TO one", err);
    return code == MH_OK ? pt_db_exec(&s->writer, "RELEASE one", err) : code;
}

static void
fail_all(struct pt_write *w, const struct mh_err *err)
{
    for (; w != NULL; w = w->next)
        if (w->code == MH_OK) {
            w->code = err->code;
            w->err = *err;
        }
}

static void
run_group(struct pt_store *s, struct pt_write *group)
{
    struct mh_err err = {.msg = ""};
    enum mh_code code = pt_db_exec(&s->writer, "BEGIN IMMEDIATE", &err);

    if (code != MH_OK) {
        fail_all(group, &err);
        return;
    }
    s->dirties = 0;
    for (struct pt_write *w = group; w != NULL && code == MH_OK; w = w->next)
        code = run_one(s, w, &err);
    if (code == MH_OK)
        code = pt_blob_flush(s, &err);
    if (code == MH_OK)
        code = pt_db_exec(&s->writer, "COMMIT", &err);
    if (code != MH_OK) {
        if (sqlite3_get_autocommit(s->writer.db) == 0)
            pt_db_try(&s->writer, "ROLLBACK"); /* the commit's word counts */
        fail_all(group, &err);
        return;
    }
    s->commits++;
    for (struct pt_write *w = group; w != NULL; w = w->next)
        if (w->code == MH_OK && w->after != NULL)
            w->after(s, w->arg);
}

/* Takes what waits, as far as it goes together; the lock is held. */
static struct pt_write *
take_group(struct pt_store *s)
{
    struct pt_write *group = s->first, *last = group;

    for (size_t n = 1; n < PT_GROUP_MAX && !last->alone && last->next != NULL &&
                       !last->next->alone;
         n++)
        last = last->next;
    s->first = last->next;
    if (s->first == NULL)
        s->last = NULL;
    last->next = NULL;
    return group;
}

static void *
write_all(void *ctx)
{
    struct pt_store *s = ctx;

    (void)pthread_mutex_lock(&s->lock); /* a plain mutex cannot fail */
    while (!s->stop || s->first != NULL) {
        struct pt_write *group;

        if (s->first == NULL) {
            (void)pthread_cond_wait(&s->wake, &s->lock);
            continue;
        }
        group = take_group(s);
        (void)pthread_mutex_unlock(&s->lock);
        run_group(s, group);
        (void)pthread_mutex_lock(&s->lock);
        while (group != NULL) {
            struct pt_write *next = group->next;

            group->done = true; /* from now on it is its caller's again */
            group = next;
        }
        (void)pthread_cond_broadcast(&s->finished);
    }
    (void)pthread_mutex_unlock(&s->lock);
    return NULL;
}

enum mh_code
pt_store_start(struct pt_store *store, struct mh_err *err)
{
    if (pthread_create(&store->thread, NULL, write_all, store) != 0)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no thread");
    store->started = true;
    return MH_OK;
}

void
pt_store_close(struct pt_store *s)
{
    if (s == NULL)
        return;
    if (s->started) {
        (void)pthread_mutex_lock(&s->lock);
        s->stop = true;
        (void)pthread_cond_signal(&s->wake);
        (void)pthread_mutex_unlock(&s->lock);
        (void)pthread_join(s->thread, NULL); /* started before */
    }
    for (int i = 0; i < PT_READERS; i++)
        pt_db_close(&s->reader[i]);
    pt_db_close(&s->writer);
    mh_close(&s->root);
    mh_close(&s->objects);
    mh_close(&s->spool);
    (void)pthread_mutex_destroy(&s->lock);
    (void)pthread_cond_destroy(&s->wake);
    (void)pthread_cond_destroy(&s->finished);
    (void)pthread_cond_destroy(&s->readers);
    free(s);
}

enum mh_code
pt_write_do(struct pt_store *s, struct pt_write *w, struct mh_err *err)
{
    w->next = NULL;
    w->done = false;
    (void)pthread_mutex_lock(&s->lock);
    if (s->last == NULL)
        s->first = w;
    else
        s->last->next = w;
    s->last = w;
    (void)pthread_cond_signal(&s->wake);
    while (!w->done)
        (void)pthread_cond_wait(&s->finished, &s->lock);
    (void)pthread_mutex_unlock(&s->lock);
    if (w->code != MH_OK && err != NULL)
        *err = w->err;
    return w->code;
}

struct pt_db *
pt_read_begin(struct pt_store *s)
{
    struct pt_db *db = NULL;

    (void)pthread_mutex_lock(&s->lock);
    while (db == NULL) {
        for (int i = 0; i < PT_READERS && db == NULL; i++)
            if (!s->reading[i]) {
                s->reading[i] = true;
                db = &s->reader[i];
            }
        if (db == NULL)
            (void)pthread_cond_wait(&s->readers, &s->lock);
    }
    (void)pthread_mutex_unlock(&s->lock);
    return db;
}

void
pt_read_end(struct pt_store *s, struct pt_db *db)
{
    (void)pthread_mutex_lock(&s->lock);
    s->reading[db - s->reader] = false;
    (void)pthread_cond_signal(&s->readers);
    (void)pthread_mutex_unlock(&s->lock);
}

enum mh_code
pt_store_check(struct pt_store *store, struct mh_err *err)
{
    struct pt_db *db = pt_read_begin(store);
    struct pt_cursor *stmt = pt_db_prepare(db, "PRAGMA quick_check(1)");
    enum mh_code code = MH_OK;

    if (stmt == NULL || pt_step(stmt) != PT_ROW)
        code = pt_db_fail(db, "check", err);
    else if (strcmp(pt_column_str(stmt, 0), "ok") != 0)
        code = mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "store: check: it is damaged");
    if (stmt != NULL)
        pt_reset(stmt);
    pt_read_end(store, db);
    return code;
}
