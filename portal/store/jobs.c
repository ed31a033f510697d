/* Jobs with leases: at least once, and the fence tells whose turn it is. */
#include "portal/store/db.h"

#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "portal/store/node.h"

static const char *const states[] = {"queued", "running", "done", "failed"};

const char *
pt_job_state_name(enum pt_job_state s)
{
    return s < PT_JOB_STATES ? states[s] : "?";
}

struct addition {
    const struct pt_job *job;
    struct pt_staged *staged;
};

static enum mh_code
add_blob(
    struct pt_store *s, const struct addition *a, size_t n, struct mh_err *err)
{
    struct pt_db *db = &s->writer;
    struct pt_staged *staged = &a->staged[n];
    enum mh_code code = pt_blob_keep(s, staged, a->job->created, err);
    struct pt_cursor *stmt;

    if (code != MH_OK)
        return code;
    stmt = pt_db_prepare(db, "INSERT INTO job_blob VALUES (?1, ?2, ?3, ?4)");
    if (stmt == NULL)
        return pt_db_fail(db, "job", err);
    pt_bind_text(stmt, 1, a->job->id);
    pt_bind_i64(stmt, 2, (int64_t)n);
    pt_bind_text(stmt, 3, a->job->blob[n].name);
    pt_bind_blob(stmt, 4, (struct mh_span){staged->sha256, PT_HASH});
    return pt_db_run(db, stmt, "job", err);
}

static enum mh_code
add(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct addition *a = arg;
    struct pt_db *db = &s->writer;
    struct pt_cursor *stmt = pt_db_prepare(db,
        "INSERT INTO job (id, client, kind, payload, state, created, run_at)"
        " VALUES (?1, ?2, ?3, ?4, 0, ?5, ?6)");
    enum mh_code code;

    if (stmt == NULL)
        return pt_db_fail(db, "job", err);
    pt_bind_text(stmt, 1, a->job->id);
    pt_bind_i64(stmt, 2, a->job->client);
    pt_bind_text(stmt, 3, a->job->kind);
    pt_bind_blob(stmt, 4, a->job->payload);
    pt_bind_i64(stmt, 5, a->job->created);
    pt_bind_i64(stmt, 6, a->job->run_at);
    code = pt_db_run(db, stmt, "job", err);
    if (code == MH_EINTERNAL && pt_db_taken(db))
        return mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "store: the job is there");
    for (size_t i = 0; i < a->job->blobs && code == MH_OK; i++)
        code = add_blob(s, a, i, err);
    return code;
}

enum mh_code
pt_store_job_add(struct pt_store *store, const struct pt_job *job,
    struct pt_staged *staged, struct mh_err *err)
{
    struct addition a = {job, staged};
    struct pt_write w = {.run = add, .arg = &a};

    if (job->blobs > PT_JOB_BLOBS_MAX || job->payload.len > PT_JOB_PAYLOAD_MAX)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "store: job too large");
    return pt_write_do(store, &w, err);
}

#define COLUMNS                                                                \
    "id, client, kind, payload, state, created, run_at, finished, tries,"      \
    " lease, type, result, error"

static enum mh_code
read_job(struct pt_cursor *stmt, struct mh_arena *arena, struct mh_err *err,
    struct pt_job *out)
{
    *out = (struct pt_job){
        .client = pt_column_i64(stmt, 1),
        .payload = mh_arena_copy(arena, pt_column_blob(stmt, 3)),
        .state = (enum pt_job_state)pt_column_int(stmt, 4),
        .created = pt_column_i64(stmt, 5),
        .run_at = pt_column_i64(stmt, 6),
        .finished = pt_column_time(stmt, 7),
        .tries = (uint32_t)pt_column_i64(stmt, 8),
        .lease = (uint64_t)pt_column_i64(stmt, 9),
        .result = mh_arena_copy(arena, pt_column_blob(stmt, 11)),
    };
    pt_column_text(stmt, 0, out->id, sizeof(out->id));
    pt_column_text(stmt, 2, out->kind, sizeof(out->kind));
    pt_column_text(stmt, 10, out->type, sizeof(out->type));
    pt_column_text(stmt, 12, out->error, sizeof(out->error));
    if (out->payload.ptr == NULL || out->result.ptr == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    return MH_OK;
}

static enum mh_code
read_blobs(struct pt_db *db, struct mh_arena *arena, struct mh_err *err,
    struct pt_job *job)
{
    struct pt_cursor *stmt = pt_db_prepare(db,
        "SELECT name, sha256, size FROM job_blob JOIN blob USING (sha256)"
        " WHERE job = ?1 ORDER BY n");
    enum mh_code code = MH_OK;
    enum pt_stepped rc = PT_ERROR;

    job->blob = mh_arena_array(arena, PT_JOB_BLOBS_MAX, sizeof(*job->blob));
    if (job->blob == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    if (stmt == NULL)
        return pt_db_fail(db, "job", err);
    pt_bind_text(stmt, 1, job->id);
    while (code == MH_OK && (rc = pt_step(stmt)) == PT_ROW &&
           job->blobs < PT_JOB_BLOBS_MAX) {
        struct pt_job_blob *b = &job->blob[job->blobs++];
        struct mh_span sha256 = pt_column_blob(stmt, 1);

        b->name = mh_arena_str(arena, mh_span_str(pt_column_str(stmt, 0)));
        b->size = (uint64_t)pt_column_i64(stmt, 2);
        if (b->name == NULL || sha256.len != PT_HASH)
            code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
        else
            memcpy(b->sha256, sha256.ptr, PT_HASH);
    }
    if (code == MH_OK && rc != PT_DONE)
        code = pt_db_fail(db, "job", err);
    pt_reset(stmt);
    return code;
}

/* The one row of a statement, with its documents. */
static enum mh_code
one_job(struct pt_db *db, struct pt_cursor *stmt, struct mh_arena *arena,
    struct mh_err *err, struct pt_job *out)
{
    enum pt_stepped rc = pt_step(stmt);
    enum mh_code code = MH_OK;

    out->id[0] = '\0';
    if (rc == PT_ROW)
        code = read_job(stmt, arena, err, out);
    else if (rc != PT_DONE)
        code = pt_db_fail(db, "job", err);
    pt_reset(stmt);
    if (code == MH_OK && out->id[0] != '\0')
        code = read_blobs(db, arena, err, out);
    return code;
}

enum mh_code
pt_store_job_get(struct pt_store *store, const char *id, int64_t client,
    struct mh_arena *arena, struct mh_err *err, struct pt_job *out)
{
    struct pt_db *db = pt_read_begin(store);
    struct pt_cursor *stmt =
        pt_db_prepare(db, "SELECT " COLUMNS " FROM job"
                          " WHERE id = ?1 AND (?2 = -1 OR client = ?2)");
    enum mh_code code;

    if (stmt == NULL) {
        code = pt_db_fail(db, "job", err);
    } else {
        pt_bind_text(stmt, 1, id);
        pt_bind_i64(stmt, 2, client);
        code = one_job(db, stmt, arena, err, out);
    }
    pt_read_end(store, db);
    return code;
}

struct leasing {
    int64_t now, until;
    struct mh_arena *arena;
    struct pt_job *job;
};

static enum mh_code
take_lease(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct leasing *l = arg;
    struct pt_cursor *stmt = pt_db_prepare(&s->writer,
        "UPDATE job SET state = 1, tries = tries + 1, lease = lease + 1,"
        " until = ?2 WHERE id = (SELECT id FROM job WHERE state < 2"
        " AND run_at <= ?1 AND (state = 0 OR until <= ?1)"
        " ORDER BY run_at, id LIMIT 1)"
        " RETURNING " COLUMNS);

    if (stmt == NULL)
        return pt_db_fail(&s->writer, "job", err);
    pt_bind_i64(stmt, 1, l->now);
    pt_bind_i64(stmt, 2, l->until);
    return one_job(&s->writer, stmt, l->arena, err, l->job);
}

enum mh_code
pt_store_job_lease(struct pt_store *store, int64_t now, int64_t until,
    struct mh_arena *arena, struct mh_err *err, struct pt_job *out)
{
    struct leasing l = {now, until, arena, out};
    struct pt_write w = {.run = take_lease, .arg = &l};

    return pt_write_do(store, &w, err);
}

struct ending {
    const struct pt_lease *lease;
    int64_t again;
    const char *type, *error;
    struct mh_span result;
    bool done;
    int64_t changes;
};

static enum mh_code
end(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct ending *e = arg;
    struct pt_db *db = &s->writer;
    struct pt_cursor *stmt = pt_db_prepare(db,
        e->done
            ? "UPDATE job SET state = 2, finished = ?3, type = ?4, result = ?5,"
              " until = NULL WHERE id = ?1 AND lease = ?2 AND state = 1"
            : "UPDATE job SET state = CASE WHEN ?4 IS NULL THEN 3 ELSE 0 END,"
              " finished = CASE WHEN ?4 IS NULL THEN ?3 END,"
              " run_at = coalesce(?4, run_at), error = ?5, until = NULL"
              " WHERE id = ?1 AND lease = ?2 AND state = 1");
    enum mh_code code;

    if (stmt == NULL)
        return pt_db_fail(db, "job", err);
    pt_bind_text(stmt, 1, e->lease->id);
    pt_bind_i64(stmt, 2, (int64_t)e->lease->lease);
    pt_bind_i64(stmt, 3, e->lease->now);
    if (e->done) {
        pt_bind_text(stmt, 4, e->type);
        pt_bind_blob(stmt, 5, e->result);
    } else {
        pt_bind_time(stmt, 4, e->again);
        pt_bind_text(stmt, 5, e->error);
    }
    code = pt_db_run(db, stmt, "job", err);
    e->changes = pt_changes(db);
    return code;
}

static enum mh_code
finish(struct pt_store *store, struct ending *e, struct mh_err *err,
    enum pt_found *found)
{
    struct pt_write w = {.run = end, .arg = e, .again = true};
    enum mh_code code = pt_write_do(store, &w, err);

    *found = e->changes > 0 ? PT_FOUND : PT_ABSENT;
    return code;
}

enum mh_code
pt_store_job_done(struct pt_store *store, const struct pt_lease *lease,
    const char *type, struct mh_span result, struct mh_err *err,
    enum pt_found *found)
{
    struct ending e = {
        .lease = lease, .type = type, .result = result, .done = true};

    if (result.len > PT_RESULT_MAX)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "store: result too large");
    return finish(store, &e, err, found);
}

enum mh_code
pt_store_job_retry(struct pt_store *store, const struct pt_lease *lease,
    int64_t again, const char *error, struct mh_err *err, enum pt_found *found)
{
    struct ending e = {.lease = lease, .again = again, .error = error};

    return finish(store, &e, err, found);
}

static enum mh_code
recover(struct pt_store *s, void *arg, struct mh_err *err)
{
    static const char *const sql[] = {
        "UPDATE job SET state = 0, lease = lease + 1 WHERE state = 1",
        "DELETE FROM idempotency WHERE status IS NULL",
    };

    (void)arg;
    for (size_t i = 0; i < sizeof(sql) / sizeof(sql[0]); i++) {
        struct pt_cursor *stmt = pt_db_prepare(&s->writer, sql[i]);
        enum mh_code code = stmt == NULL
                                ? pt_db_fail(&s->writer, "recovery", err)
                                : pt_db_run(&s->writer, stmt, "recovery", err);

        if (code != MH_OK)
            return code;
    }
    return MH_OK;
}

enum mh_code
pt_store_recover(struct pt_store *store, struct mh_err *err)
{
    struct pt_write w = {.run = recover};
    enum mh_code code = pt_spool_empty(store, err);

    if (code == MH_OK && store->node != NULL)
        return pt_node_serve(store->node, err);
    return code == MH_OK ? pt_write_do(store, &w, err) : code;
}

struct expiry {
    int64_t before;
    uint64_t removed;
};

static enum mh_code
expire(struct pt_store *s, void *arg, struct mh_err *err)
{
    static const char *const sql[] = {
        "DELETE FROM job WHERE state >= 2 AND finished < ?1",
        "DELETE FROM idempotency WHERE created < ?1",
        "DELETE FROM client_use WHERE (day + 1) * 86400 < ?1",
    };
    struct expiry *e = arg;

    e->removed = 0;
    for (size_t i = 0; i < sizeof(sql) / sizeof(sql[0]); i++) {
        struct pt_cursor *stmt = pt_db_prepare(&s->writer, sql[i]);
        enum mh_code code;

        if (stmt == NULL)
            return pt_db_fail(&s->writer, "expiry", err);
        pt_bind_i64(stmt, 1, e->before);
        code = pt_db_run(&s->writer, stmt, "expiry", err);
        if (code != MH_OK)
            return code;
        e->removed += (uint64_t)pt_changes(&s->writer);
    }
    return MH_OK;
}

enum mh_code
pt_store_expire(struct pt_store *store, int64_t before, struct mh_err *err,
    uint64_t *removed)
{
    struct expiry e = {before, 0};
    struct pt_write w = {.run = expire, .arg = &e};
    enum mh_code code = pt_write_do(store, &w, err);

    *removed = e.removed;
    return code;
}

/* A write that leaves nothing behind, but has to reach the disk. */
static enum mh_code
touch(struct pt_store *s, void *arg, struct mh_err *err)
{
    int64_t *now = arg;
    struct pt_cursor *stmt = pt_db_prepare(
        &s->writer, "UPDATE client SET created = ?1 WHERE id = 0");

    if (stmt == NULL)
        return pt_db_fail(&s->writer, "readiness", err);
    pt_bind_i64(stmt, 1, *now);
    return pt_db_run(&s->writer, stmt, "readiness", err);
}

enum mh_code
pt_store_ready(struct pt_store *store, int64_t now, struct mh_err *err)
{
    struct pt_write w = {.run = touch, .arg = &now};

    return pt_write_do(store, &w, err);
}
