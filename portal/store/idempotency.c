/* Requests that must not be done twice: key, hash of the request, answer. */
#include "portal/store/db.h"

#include <string.h>

struct beginning {
    const struct pt_idem *idem;
    struct mh_arena *arena;
    enum pt_idempotency what;
    struct pt_replay *replay;
};

static const char *
column_str(struct pt_cursor *stmt, int at, struct mh_arena *arena)
{
    const char *s = pt_column_str(stmt, at);

    return mh_arena_str(arena, mh_span_str((const char *)s));
}

static enum mh_code
read_row(struct pt_cursor *stmt, struct beginning *b, struct mh_err *err)
{
    bool same = mh_span_eq(
        pt_column_blob(stmt, 0), (struct mh_span){b->idem->request, PT_HASH});

    if (!same) {
        b->what = PT_IDEM_ANOTHER;
        return MH_OK;
    }
    if (pt_column_null(stmt, 2)) {
        b->what = pt_column_i64(stmt, 1) < b->idem->stale ? PT_IDEM_NEW
                                                          : PT_IDEM_BUSY;
        return MH_OK;
    }
    b->what = PT_IDEM_REPLAY;
    b->replay->status = (unsigned)pt_column_int(stmt, 2);
    b->replay->type = column_str(stmt, 3, b->arena);
    b->replay->location = column_str(stmt, 4, b->arena);
    b->replay->body = mh_arena_copy(b->arena, pt_column_blob(stmt, 5));
    if (b->replay->type == NULL || b->replay->location == NULL ||
        b->replay->body.ptr == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    return MH_OK;
}

static enum mh_code
begin(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct beginning *b = arg;
    struct pt_db *db = &s->writer;
    struct pt_cursor *stmt = pt_db_prepare(db,
        "SELECT request, created, status, type, location, body"
        " FROM idempotency WHERE client = ?1 AND key = ?2");
    enum mh_code code = MH_OK;
    enum pt_stepped rc;

    if (stmt == NULL)
        return pt_db_fail(db, "idempotency", err);
    pt_bind_i64(stmt, 1, b->idem->client);
    pt_bind_text(stmt, 2, b->idem->key);
    rc = pt_step(stmt);
    b->what = PT_IDEM_NEW;
    if (rc == PT_ROW)
        code = read_row(stmt, b, err);
    else if (rc != PT_DONE)
        code = pt_db_fail(db, "idempotency", err);
    pt_reset(stmt);
    if (code != MH_OK || b->what != PT_IDEM_NEW)
        return code;
    stmt = pt_db_prepare(db,
        "INSERT INTO idempotency (client, key, request, created)"
        " VALUES (?1, ?2, ?3, ?4)"
        " ON CONFLICT (client, key) DO UPDATE SET created = ?4");
    if (stmt == NULL)
        return pt_db_fail(db, "idempotency", err);
    pt_bind_i64(stmt, 1, b->idem->client);
    pt_bind_text(stmt, 2, b->idem->key);
    pt_bind_blob(stmt, 3, (struct mh_span){b->idem->request, PT_HASH});
    pt_bind_i64(stmt, 4, b->idem->now);
    return pt_db_run(db, stmt, "idempotency", err);
}

enum mh_code
pt_store_idem_begin(struct pt_store *store, const struct pt_idem *idem,
    struct mh_arena *arena, struct mh_err *err, enum pt_idempotency *what,
    struct pt_replay *replay)
{
    struct beginning b = {idem, arena, PT_IDEM_NEW, replay};
    struct pt_write w = {.run = begin, .arg = &b};
    enum mh_code code = pt_write_do(store, &w, err);

    *what = b.what;
    return code;
}

struct ending {
    int64_t client;
    const char *key;
    const struct pt_replay *replay; /* NULL: dropped */
};

static enum mh_code
end(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct ending *e = arg;
    struct pt_db *db = &s->writer;
    struct pt_cursor *stmt = pt_db_prepare(db,
        e->replay == NULL
            ? "DELETE FROM idempotency"
              " WHERE client = ?1 AND key = ?2 AND status IS NULL"
            : "UPDATE idempotency SET status = ?3, type = ?4, location = ?5,"
              " body = ?6 WHERE client = ?1 AND key = ?2 AND status IS NULL");

    if (stmt == NULL)
        return pt_db_fail(db, "idempotency", err);
    pt_bind_i64(stmt, 1, e->client);
    pt_bind_text(stmt, 2, e->key);
    if (e->replay != NULL) {
        pt_bind_i64(stmt, 3, e->replay->status);
        pt_bind_text(stmt, 4, e->replay->type);
        pt_bind_text(stmt, 5, e->replay->location);
        pt_bind_blob(stmt, 6, e->replay->body);
    }
    return pt_db_run(db, stmt, "idempotency", err);
}

enum mh_code
pt_store_idem_finish(struct pt_store *store, int64_t client, const char *key,
    const struct pt_replay *replay, struct mh_err *err)
{
    struct ending e = {client, key, replay};
    struct pt_write w = {.run = end, .arg = &e, .again = true};

    return pt_write_do(store, &w, err);
}

enum mh_code
pt_store_idem_drop(
    struct pt_store *store, int64_t client, const char *key, struct mh_err *err)
{
    struct ending e = {client, key, NULL};
    struct pt_write w = {.run = end, .arg = &e, .again = true};

    return pt_write_do(store, &w, err);
}
