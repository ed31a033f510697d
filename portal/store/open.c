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
#include "base/time.h"
#include "portal/store/node.h"
#include "portal/store/objects.h"
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
open_folders(struct pt_store *s, struct mh_err *err)
{
    enum mh_code code;

    s->root = open(s->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->root < 0 || faccessat(s->root, ".", W_OK, AT_EACCESS) != 0)
        return mh_fail_sys(err, "store: folder");
    code = folder(s->root, "spool", err, &s->spool);
    if (code == MH_OK && s->conninfo == NULL)
        code = folder(s->root, "objects", err, &s->objects);
    return code;
}

static enum mh_code
open_db(struct pt_store *s, struct pt_db *db, struct mh_err *err)
{
    char path[sizeof(s->folder) + 16];
    bool writer = db == &s->writer;
    enum mh_code code;

    if (s->conninfo != NULL)
        return pt_db_connect(db, s->conninfo, writer, err);
    (void)snprintf(path, sizeof(path), "%s/store.db", s->folder); /* fits */
    code = pt_db_open(db, path, writer, err);
    return code == MH_OK && !writer ? pt_fold_offer(db, err) : code;
}

static enum mh_code
open_all(struct pt_store *s, int64_t now, struct mh_err *err)
{
    enum mh_code code = open_folders(s, err);

    if (code == MH_OK && s->conninfo == NULL)
        code = pt_where_keep(s, err);
    if (code == MH_OK)
        code = open_db(s, &s->writer, err);
    if (code == MH_OK)
        code = pt_db_migrate(&s->writer, now, err);
    for (int i = 0; i < PT_READERS && code == MH_OK; i++)
        code = open_db(s, &s->reader[i], err);
    if (code == MH_OK && s->conninfo != NULL)
        code = pt_where_keep(s, err);
    if (code == MH_OK && s->conninfo != NULL)
        code = pt_node_new(s, err, &s->node);
    return code;
}

/* "sqlite:DIR" or "postgresql:DIR?CONNINFO". */
static enum mh_code
read_where(struct pt_store *s, const char *where, struct mh_err *err)
{
    static const char sqlite[] = "sqlite:", pg[] = "postgresql:";
    char *rest;
    int n;

    if (strncmp(where, sqlite, sizeof(sqlite) - 1) == 0)
        where += sizeof(sqlite) - 1;
    else if (strncmp(where, pg, sizeof(pg) - 1) == 0)
        s->conninfo = "";
    else
        return mh_fail(err, MH_EUNSUP, MH_NO_OFFSET,
            "store: sqlite:DIR or postgresql:DIR?host=... only");
    if (s->conninfo != NULL)
        where += sizeof(pg) - 1;
    n = snprintf(s->where, sizeof(s->where), "%s", where);
    if (n < 0 || (size_t)n >= sizeof(s->where))
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "store: path too long");
    if (s->conninfo != NULL) {
        rest = strchr(s->where, '?');
        if (rest == NULL)
            return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
                "store: postgresql:DIR?host=... only");
        *rest = '\0';
        s->conninfo = rest + 1;
    }
    n = snprintf(s->folder, sizeof(s->folder), "%s", s->where);
    if (n < 0 || (size_t)n >= sizeof(s->folder))
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "store: path too long");
    return MH_OK;
}

enum mh_code
pt_store_open(
    const char *where, int64_t now, struct mh_err *err, struct pt_store **out)
{
    struct pt_store *s = calloc(1, sizeof(*s));
    enum mh_code code;

    if (s == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    s->root = s->objects = s->spool = -1;
    s->day = MH_TIME_NONE;
    if (pthread_mutex_init(&s->lock, NULL) != 0 ||
        pthread_cond_init(&s->wake, NULL) != 0 ||
        pthread_cond_init(&s->readers, NULL) != 0)
        code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    else
        code = read_where(s, where, err);
    if (code == MH_OK)
        code = open_all(s, now, err);
    if (code == MH_OK)
        *out = s;
    else
        pt_store_close(s);
    return code;
}

bool
pt_store_is_remote(const struct pt_store *store)
{
    return store->conninfo != NULL;
}

int
pt_store_spool(const struct pt_store *store)
{
    return store->spool;
}

/* One write inside the transaction; its failure is its own. */
static void
run_one(struct pt_store *s, struct pt_write *w)
{
    if (w->epoch != 0 && w->epoch != pt_node_epoch(s->node))
        w->code = mh_fail(
            &w->err, MH_EIO, MH_NO_OFFSET, "store: another node leads by now");
    else
        w->code = w->run(s, w->arg, &w->err);
}

/* One of several: a savepoint that cannot be left as it should be ends the
   whole transaction. */
static enum mh_code
run_apart(struct pt_store *s, struct pt_write *w, struct mh_err *err)
{
    enum mh_code code = pt_db_do(&s->writer, "SAVEPOINT one", err);

    if (code != MH_OK)
        return code;
    run_one(s, w);
    if (w->code != MH_OK)
        code = pt_db_do(&s->writer, "ROLLBACK TO one", err);
    return code == MH_OK ? pt_db_do(&s->writer, "RELEASE one", err) : code;
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
run_once(struct pt_store *s, struct pt_write *group)
{
    struct mh_err err = {.msg = ""};
    enum mh_code code = pt_db_begin(&s->writer, &s->stop, &err);

    if (code != MH_OK) {
        fail_all(group, &err);
        return;
    }
    s->dirties = 0;
    s->only = group->next == NULL ? group : NULL;
    if (s->node != NULL)
        code = pt_node_enter(s->node, &err);
    if (s->only != NULL && code == MH_OK) {
        run_one(s, group); /* which needs no savepoint */
        if (group->code != MH_OK) {
            pt_db_rollback(&s->writer); /* the write's word counts */
            return;
        }
    }
    for (struct pt_write *w = group;
         w != NULL && s->only == NULL && code == MH_OK; w = w->next)
        code = run_apart(s, w, &err);
    if (code == MH_OK)
        code = pt_objects_flush(s, &err);
    if (code == MH_OK)
        code = pt_db_commit(&s->writer, &s->stop, &err);
    if (code != MH_OK) {
        pt_db_rollback(&s->writer); /* the commit's word counts */
        fail_all(group, &err);
        return;
    }
    s->commits++;
    for (struct pt_write *w = group; w != NULL; w = w->next)
        if (w->code == MH_OK && w->after != NULL)
            w->after(s, w->arg);
}

/* A connection that is lost takes its transaction with it; what can be done
   from its beginning is. */
static void
run_group(struct pt_store *s, struct pt_write *group)
{
    run_once(s, group);
    if (!pt_db_lost(&s->writer))
        return;
    for (struct pt_write *w = group; w != NULL; w = w->next) {
        struct pt_write *next = w->next;

        if (w->code != MH_EIO || !w->again)
            continue;
        w->next = NULL;
        w->code = MH_OK;
        run_once(s, w);
        w->next = next;
    }
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

            group->done = true;
            (void)pthread_cond_signal(&group->finished);
            group = next; /* from now on it is its caller's again */
        }
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
    return store->node == NULL ? MH_OK : pt_node_start(store->node, err);
}

void
pt_store_close(struct pt_store *s)
{
    if (s == NULL)
        return;
    pt_node_stop(s->node);
    if (s->started) {
        (void)pthread_mutex_lock(&s->lock);
        s->stop = true;
        (void)pthread_cond_signal(&s->wake);
        (void)pthread_mutex_unlock(&s->lock);
        (void)pthread_join(s->thread, NULL); /* started before */
    }
    pt_node_free(s->node);
    for (int i = 0; i < PT_READERS; i++)
        pt_db_close(&s->reader[i]);
    pt_db_close(&s->writer);
    mh_close(&s->root);
    mh_close(&s->objects);
    mh_close(&s->spool);
    (void)pthread_mutex_destroy(&s->lock);
    (void)pthread_cond_destroy(&s->wake);
    (void)pthread_cond_destroy(&s->readers);
    free(s);
}

/* Of the thread: under which lead it works; 0: under none. */
static _Thread_local int64_t leads;

bool
pt_store_leads(struct pt_store *store)
{
    if (store->node == NULL)
        return true;
    leads = pt_node_epoch(store->node);
    return leads != 0;
}

int64_t
pt_store_node(const struct pt_store *store)
{
    return store->node == NULL ? 0 : pt_node_id(store->node);
}

enum mh_code
pt_write_do(struct pt_store *s, struct pt_write *w, struct mh_err *err)
{
    w->next = NULL;
    w->done = false;
    w->epoch = leads;
    w->finished = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
    w->flush = PT_FLUSH_NONE;
    (void)pthread_mutex_lock(&s->lock);
    if (s->last == NULL)
        s->first = w;
    else
        s->last->next = w;
    s->last = w;
    (void)pthread_cond_signal(&s->wake);
    while (!w->done)
        if (w->flush == PT_FLUSH_ASKED)
            pt_objects_help(s, w);
        else
            (void)pthread_cond_wait(&w->finished, &s->lock);
    (void)pthread_mutex_unlock(&s->lock);
    (void)pthread_cond_destroy(&w->finished); /* nobody waits */
    if (w->code != MH_OK && err != NULL)
        *err = w->err;
    return w->code;
}

/* The connection of this thread's view; NULL: it has none. */
static _Thread_local struct pt_db *view;

struct pt_db *
pt_read_begin(struct pt_store *s)
{
    struct pt_db *db = NULL;

    if (view != NULL)
        return view;
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
    if (db == view)
        return; /* at the end of the view */
    (void)pthread_mutex_lock(&s->lock);
    s->reading[db - s->reader] = false;
    (void)pthread_cond_signal(&s->readers);
    (void)pthread_mutex_unlock(&s->lock);
}

/* Prepared once, as every page has one. */
static bool
control(struct pt_db *db, const char *sql)
{
    struct pt_cursor *stmt = pt_db_prepare(db, sql);
    bool done = stmt != NULL && pt_step(stmt) == PT_DONE;

    if (stmt != NULL)
        pt_reset(stmt);
    return done;
}

void
pt_store_view_begin(struct pt_store *store)
{
    struct pt_db *db = pt_read_begin(store);

    if (store->conninfo == NULL && control(db, "BEGIN"))
        view = db;
    else
        pt_read_end(store, db);
}

void
pt_store_view_end(struct pt_store *store)
{
    struct pt_db *db = view;

    if (db == NULL)
        return;
    view = NULL;
    if (!control(db, "COMMIT")) /* of nothing */
        pt_db_rollback(db);
    pt_read_end(store, db);
}

enum mh_code
pt_store_check(struct pt_store *store, struct mh_err *err)
{
    struct pt_db *db = pt_read_begin(store);
    /* PostgreSQL checks each page by itself, where the operator wants it. */
    struct pt_cursor *stmt = pt_db_prepare(
        db, store->conninfo != NULL ? "SELECT 'ok'" : "PRAGMA quick_check(1)");
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
