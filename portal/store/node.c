#include "portal/store/node.h"

#include <fcntl.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/sys/chan.h"
#include "portal/store/db.h"

/* Locks of two numbers: of which kind, and whose. */
#define NODES  "7236834"
#define LEADER "7236834, 0"

enum {
    SQL_MAX = 512, /* bytes */
    BEAT_MS = 1000,
    SERVE_MS = 10000, /* to wait for the one before */
    TRY_MS = 100,
};

struct pt_node {
    struct pt_store *store;
    int64_t id; /* from 1, below 2^31 */
    bool serves;
    uint64_t session; /* of the writer, in which the lock is held */
    _Atomic int64_t epoch;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool started, stop;
};

static bool
new_id(int64_t *out)
{
    uint32_t n;

    if (RAND_bytes((unsigned char *)&n, sizeof(n)) != 1)
        return false;
    *out = 1 + n % (INT32_MAX - 1);
    return true;
}

enum mh_code
pt_node_new(struct pt_store *store, struct mh_err *err, struct pt_node **out)
{
    struct pt_node *n = calloc(1, sizeof(*n));

    *out = NULL;
    if (n == NULL || !new_id(&n->id) ||
        pthread_mutex_init(&n->lock, NULL) != 0) {
        free(n);
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    }
    if (pthread_cond_init(&n->wake, NULL) != 0) {
        (void)pthread_mutex_destroy(&n->lock);
        free(n);
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    }
    n->store = store;
    *out = n;
    return MH_OK;
}

void
pt_node_free(struct pt_node *n)
{
    if (n == NULL)
        return;
    (void)pthread_cond_destroy(&n->wake);
    (void)pthread_mutex_destroy(&n->lock);
    free(n);
}

int64_t
pt_node_id(const struct pt_node *n)
{
    return n->id;
}

int64_t
pt_node_epoch(const struct pt_node *n)
{
    return n->epoch;
}

/* Runs each of the statements, with the node's name behind it. */
static enum mh_code
run_of(struct pt_pg *pg, const char *const *sql, size_t count, int64_t id,
    struct mh_err *err)
{
    enum mh_code code = MH_OK;

    for (size_t i = 0; i < count && code == MH_OK; i++) {
        char text[SQL_MAX];

        (void)snprintf(text, sizeof(text), "%s%lld", sql[i],
            (long long)id); /* always fits */
        code = pt_pg_exec(pg, text, err);
    }
    return code;
}

/*
 * What a node was at is nobody's.  What it had put off for no longer than a
 * lease may have been its own to do: it is due again.  Whoever is at it all
 * the same does it in vain (the lease is another).
 */
static enum mh_code
release(struct pt_pg *pg, int64_t id, struct mh_err *err)
{
    static const char *const sql[] = {
        "UPDATE job SET state = 0, lease = lease + 1"
        " WHERE state = 1 AND node = ",
        "UPDATE document SET judge_at = unixepoch() WHERE judge_at IS NOT NULL"
        " AND judge_at < unixepoch() + 3600 AND node = ",
        "UPDATE receipt SET next_at = unixepoch() WHERE next_at IS NOT NULL"
        " AND next_at < unixepoch() + 3600 AND node = ",
        "UPDATE preserved SET due = unixepoch() WHERE due IS NOT NULL"
        " AND due < unixepoch() + 3600 AND node = ",
        "UPDATE audit_job SET due = unixepoch() WHERE due IS NOT NULL"
        " AND due < unixepoch() + 3600 AND node = "};

    return run_of(pg, sql, sizeof(sql) / sizeof(sql[0]), id, err);
}

enum mh_code
pt_node_enter(struct pt_node *n, struct mh_err *err)
{
    struct pt_pg *pg = n->store->writer.pg;
    char sql[SQL_MAX];
    int64_t got = 0;
    enum mh_code code;

    if (n->session == pt_pg_session(pg))
        return MH_OK;
    n->epoch = 0;
    (void)snprintf(sql, sizeof(sql),
        "SELECT pg_try_advisory_lock(" NODES ", %lld)::integer,"
        " set_config('mohur.node', '%lld', false)",
        (long long)n->id, (long long)n->id); /* always fits */
    code = pt_pg_number(pg, sql, err, &got);
    if (code == MH_OK && got == 0)
        code = mh_fail(err, MH_EIO, MH_NO_OFFSET,
            "store: another process serves with this folder");
    /* What this node wrote when the last connection went may be lost: what it
       was at is done again. */
    if (code == MH_OK && n->session != 0)
        code = release(pg, n->id, err);
    if (code == MH_OK)
        n->session = pt_pg_session(pg);
    return code;
}

/* One that is gone: its requests may be made again, too. */
static enum mh_code
bury(struct pt_pg *pg, int64_t id, struct mh_err *err)
{
    static const char *const sql[] = {
        "DELETE FROM idempotency WHERE status IS NULL AND node = ",
        "DELETE FROM node WHERE id = "};
    enum mh_code code = release(pg, id, err);

    return code == MH_OK
               ? run_of(pg, sql, sizeof(sql) / sizeof(sql[0]), id, err)
               : code;
}

/* One node a beat is enough: there are few, and they seldom go. */
static enum mh_code
look_around(struct pt_pg *pg, struct mh_err *err)
{
    char sql[SQL_MAX];
    int64_t gone = 0;
    enum mh_code code;

    (void)snprintf(sql, sizeof(sql),
        "SELECT id FROM node WHERE"
        " seen < extract(epoch FROM clock_timestamp()) - %d AND id NOT IN"
        " (SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory'"
        "  AND classid = " NODES " AND objsubid = 2 AND granted"
        "  AND database = (SELECT oid FROM pg_database"
        "   WHERE datname = current_database())) ORDER BY id LIMIT 1",
        PT_NODE_SILENT); /* always fits */
    code = pt_pg_number(pg, sql, err, &gone);
    return code == MH_OK && gone != 0 ? bury(pg, gone, err) : code;
}

static enum mh_code
lead(struct pt_node *n, struct pt_pg *pg, struct mh_err *err)
{
    char sql[SQL_MAX];
    int64_t got = 0;
    enum mh_code code = pt_pg_number(
        pg, "SELECT pg_try_advisory_lock(" LEADER ")::integer", err, &got);

    if (code != MH_OK || got == 0)
        return code;
    (void)snprintf(sql, sizeof(sql),
        "INSERT INTO leader VALUES (1, %lld, 1) ON CONFLICT (one) DO UPDATE"
        " SET node = excluded.node, epoch = leader.epoch + 1 RETURNING epoch",
        (long long)n->id); /* always fits */
    code = pt_pg_number(pg, sql, err, &got);
    if (code == MH_OK)
        n->epoch = got;
    return code;
}

static enum mh_code
beat(struct pt_store *store, void *arg, struct mh_err *err)
{
    struct pt_node *n = arg;
    struct pt_pg *pg = store->writer.pg;
    char sql[SQL_MAX];
    enum mh_code code;

    (void)snprintf(sql, sizeof(sql),
        "INSERT INTO node VALUES (%lld,"
        " extract(epoch FROM clock_timestamp())) ON CONFLICT (id)"
        " DO UPDATE SET seen = excluded.seen",
        (long long)n->id); /* always fits */
    code = pt_pg_exec(pg, sql, err);
    if (code == MH_OK)
        code = look_around(pg, err);
    if (code == MH_OK && n->serves && n->epoch == 0)
        code = lead(n, pg, err);
    return code;
}

/* ---- serving ---- */

/* The name that the folder has; it gets one where it has none. */
static enum mh_code
folder_id(struct pt_node *n, struct mh_err *err, int64_t *out)
{
    char text[16] = "";
    ssize_t len;
    enum mh_code code = MH_OK;
    int fd = openat(n->store->root, "node",
        O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0)
        return mh_fail_sys(err, "store: node");
    len = pread(fd, text, sizeof(text) - 1, 0);
    *out = strtoll(text, NULL, 10);
    if (len == 0 && !new_id(out))
        code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no random");
    if (len == 0 && code == MH_OK) {
        int size =
            snprintf(text, sizeof(text), "%lld", (long long)*out); /* fits */

        if (pwrite(fd, text, (size_t)size, 0) != size || fdatasync(fd) != 0)
            code = mh_fail_sys(err, "store: node");
    }
    mh_close(&fd);
    if (code == MH_OK && (*out < 1 || *out >= INT32_MAX))
        code = mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
            "store: node: it is no number of a node");
    return code;
}

static enum mh_code
adopt(struct pt_store *store, void *arg, struct mh_err *err)
{
    struct pt_node *n = store->node;
    struct pt_pg *pg = store->writer.pg;
    int64_t was = n->id, got;
    char sql[SQL_MAX];
    enum mh_code code;

    n->id = *(int64_t *)arg;
    n->session = 0;
    code = pt_node_enter(n, err);
    if (code == MH_OK)
        code = bury(pg, n->id, err);
    if (code == MH_OK) {
        (void)snprintf(sql, sizeof(sql),
            "DELETE FROM node WHERE id = %lld;"
            "SELECT pg_advisory_unlock(" NODES ", %lld)::integer",
            (long long)was, (long long)was); /* always fits */
        code = was == n->id ? MH_OK : pt_pg_number(pg, sql, err, &got);
    }
    if (code == MH_OK)
        code = beat(store, n, err);
    if (code != MH_OK) {
        n->id = was;
        n->session = 0; /* the next write enters as that again */
    }
    return code;
}

enum mh_code
pt_node_serve(struct pt_node *n, struct mh_err *err)
{
    const struct timespec pause = {0, TRY_MS * 1000000L};
    int64_t id = 0;
    struct pt_write w = {.run = adopt, .arg = &id, .alone = true};
    enum mh_code code = folder_id(n, err, &id);

    if (code != MH_OK)
        return code;
    n->serves = true; /* the writer reads it after this */
    /* One that was killed is known to the server a moment later. */
    for (int ms = 0; ms < SERVE_MS; ms += TRY_MS) {
        code = pt_write_do(n->store, &w, err);
        if (code != MH_EIO)
            break;
        (void)nanosleep(&pause, NULL); /* shorter is fine */
    }
    return code;
}

static void
doze(struct pt_node *n)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_REALTIME, &t); /* it is there */
    t.tv_sec += BEAT_MS / 1000;
    if (!n->stop)
        (void)pthread_cond_timedwait(&n->wake, &n->lock, &t);
}

static void *
live(void *ctx)
{
    struct pt_node *n = ctx;

    (void)pthread_mutex_lock(&n->lock); /* a plain mutex cannot fail */
    while (!n->stop) {
        struct pt_write w = {.run = beat, .arg = n, .alone = true};

        (void)pthread_mutex_unlock(&n->lock);
        if (pt_write_do(n->store, &w, NULL) != MH_OK)
            n->epoch = 0; /* the next beat tells */
        (void)pthread_mutex_lock(&n->lock);
        doze(n);
    }
    (void)pthread_mutex_unlock(&n->lock);
    return NULL;
}

enum mh_code
pt_node_start(struct pt_node *n, struct mh_err *err)
{
    struct pt_write w = {.run = beat, .arg = n, .alone = true};
    enum mh_code code = pt_write_do(n->store, &w, err);

    if (code != MH_OK)
        return code;
    if (pthread_create(&n->thread, NULL, live, n) != 0)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no thread");
    n->started = true;
    return MH_OK;
}

void
pt_node_stop(struct pt_node *n)
{
    if (n == NULL || !n->started)
        return;
    (void)pthread_mutex_lock(&n->lock);
    n->stop = true;
    (void)pthread_cond_signal(&n->wake);
    (void)pthread_mutex_unlock(&n->lock);
    (void)pthread_join(n->thread, NULL); /* started before */
    n->started = false;
}
