#include "portal/store/signing.h"

#include <string.h>

#include "portal/store/db.h"

#define SIGNING "signing"

static enum mh_code
forget(struct pt_db *db, int64_t before, struct mh_err *err)
{
    struct pt_cursor *stmt =
        pt_db_prepare(db, "DELETE FROM signing WHERE created < ?1");

    if (stmt == NULL)
        return pt_db_fail(db, SIGNING, err);
    pt_bind_i64(stmt, 1, before);
    return pt_db_run(db, stmt, SIGNING, err);
}

static enum mh_code
add(struct pt_store *store, void *arg, struct mh_err *err)
{
    const struct pt_signing *s = arg;
    struct pt_db *db = &store->writer;
    enum mh_code code = forget(db, s->created - PT_SIGNING_KEEP, err);
    struct pt_cursor *stmt = pt_db_prepare(db,
        "INSERT INTO signing (id, client, created, until, algorithm, format,"
        " digest, draft, prepared, level, op, idem)"
        " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?11, ?12, ?13"
        " WHERE (SELECT count(*) FROM signing WHERE client = ?2"
        "  AND document IS NULL AND until > ?3) < ?10");

    if (code != MH_OK)
        return code;
    if (stmt == NULL)
        return pt_db_fail(db, SIGNING, err);
    pt_bind_text(stmt, 1, s->id);
    pt_bind_i64(stmt, 2, s->client);
    pt_bind_i64(stmt, 3, s->created);
    pt_bind_i64(stmt, 4, s->until);
    pt_bind_text(stmt, 5, s->algorithm);
    pt_bind_text(stmt, 6, s->format);
    pt_bind_blob(stmt, 7, s->digest);
    pt_bind_blob(stmt, 8, s->draft);
    pt_bind_blob(stmt, 9, s->prepared);
    pt_bind_i64(stmt, 10, PT_SIGNING_EACH);
    pt_bind_i64(stmt, 11, s->level);
    if (s->seal)
        pt_bind_blob(stmt, 12, (struct mh_span){s->op, MH_OP_ID});
    if (s->idem[0] != '\0')
        pt_bind_text(stmt, 13, s->idem);
    code = pt_db_run(db, stmt, SIGNING, err);
    if (code == MH_OK && pt_changes(db) == 0)
        code = mh_fail(err, MH_ELIMIT, MH_NO_OFFSET,
            "sign: more than %d wait for their value", PT_SIGNING_EACH);
    return code;
}

enum mh_code
pt_store_signing_add(
    struct pt_store *store, const struct pt_signing *s, struct mh_err *err)
{
    struct pt_signing copy = *s;
    struct pt_write w = {.run = add, .arg = &copy};

    return pt_write_do(store, &w, err);
}

static const char *
text_of(struct pt_cursor *stmt, int at, struct mh_arena *arena)
{
    const char *s = pt_column_str(stmt, at);

    return s == NULL ? NULL : mh_arena_str(arena, mh_span_str((const char *)s));
}

static enum mh_code
row(struct pt_cursor *stmt, struct mh_arena *arena, struct mh_err *err,
    struct pt_signing *out)
{
    struct mh_span *blob[] = {
        &out->digest, &out->draft, &out->prepared, &out->document};
    struct mh_span op;

    pt_column_text(stmt, 0, out->id, sizeof(out->id));
    out->client = pt_column_i64(stmt, 1);
    out->created = pt_column_i64(stmt, 2);
    out->until = pt_column_i64(stmt, 3);
    out->algorithm = text_of(stmt, 4, arena);
    out->format = text_of(stmt, 5, arena);
    out->completed = !pt_column_null(stmt, 9);
    out->level = (enum mh_sig_level)pt_column_int(stmt, 10);
    op = pt_column_blob(stmt, 11);
    out->seal = op.len == MH_OP_ID;
    if (out->seal)
        memcpy(out->op, op.ptr, MH_OP_ID);
    out->idem = text_of(stmt, 12, arena);
    for (int i = 0; i < 4; i++) {
        struct mh_span v = pt_column_blob(stmt, 6 + i);

        if (v.len == 0)
            continue;
        *blob[i] = mh_arena_copy(arena, v);
        if (blob[i]->ptr == NULL)
            return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    }
    return out->algorithm != NULL && out->format != NULL && out->idem != NULL
               ? MH_OK
               : mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
}

#define COLUMNS                                                                \
    "SELECT id, client, created, until, algorithm, format, digest, draft,"     \
    " prepared, document, level, op, coalesce(idem, '') FROM signing"

struct asking {
    const char *sql, *name;
    int64_t client;
};

static enum mh_code
get(struct pt_store *store, const struct asking *ask, struct mh_arena *arena,
    struct mh_err *err, struct pt_signing *out)
{
    struct pt_db *db = pt_read_begin(store);
    struct pt_cursor *stmt = pt_db_prepare(db, ask->sql);
    enum mh_code code = MH_OK;
    enum pt_stepped rc;

    *out = (struct pt_signing){.id = ""};
    if (stmt == NULL) {
        code = pt_db_fail(db, SIGNING, err);
    } else {
        pt_bind_text(stmt, 1, ask->name);
        pt_bind_i64(stmt, 2, ask->client);
        rc = pt_step(stmt);
        if (rc == PT_ROW)
            code = row(stmt, arena, err, out);
        else if (rc != PT_DONE)
            code = pt_db_fail(db, SIGNING, err);
        pt_reset(stmt);
    }
    pt_read_end(store, db);
    return code;
}

enum mh_code
pt_store_signing_get(struct pt_store *store, const char *id, int64_t client,
    struct mh_arena *arena, struct mh_err *err, struct pt_signing *out)
{
    const struct asking ask = {
        COLUMNS " WHERE id = ?1 AND client = ?2", id, client};

    return get(store, &ask, arena, err, out);
}

enum mh_code
pt_store_signing_once(struct pt_store *store, const char *idem, int64_t client,
    struct mh_arena *arena, struct mh_err *err, struct pt_signing *out)
{
    const struct asking ask = {
        COLUMNS " WHERE idem = ?1 AND client = ?2", idem, client};

    return get(store, &ask, arena, err, out);
}

struct changing {
    const char *id;
    const uint8_t *op; /* NULL: the row goes */
};

static enum mh_code
change(struct pt_store *store, void *arg, struct mh_err *err)
{
    const struct changing *c = arg;
    struct pt_db *db = &store->writer;
    struct pt_cursor *stmt = pt_db_prepare(db,
        c->op == NULL
            ? "DELETE FROM signing WHERE id = ?1 AND document IS NULL"
            : "UPDATE signing SET op = ?2 WHERE id = ?1 AND document IS NULL");

    if (stmt == NULL)
        return pt_db_fail(db, SIGNING, err);
    pt_bind_text(stmt, 1, c->id);
    if (c->op != NULL)
        pt_bind_blob(stmt, 2, (struct mh_span){c->op, MH_OP_ID});
    return pt_db_run(db, stmt, SIGNING, err);
}

enum mh_code
pt_store_signing_again(struct pt_store *store, const char *id,
    const uint8_t op[static MH_OP_ID], struct mh_err *err)
{
    struct changing c = {id, op};
    struct pt_write w = {.run = change, .arg = &c};

    return pt_write_do(store, &w, err);
}

enum mh_code
pt_store_signing_drop(
    struct pt_store *store, const char *id, struct mh_err *err)
{
    struct changing c = {id, NULL};
    struct pt_write w = {.run = change, .arg = &c};

    return pt_write_do(store, &w, err);
}

struct completing {
    const struct pt_signing_end *end;
    enum pt_found found;
};

static enum mh_code
complete(struct pt_store *store, void *arg, struct mh_err *err)
{
    struct completing *c = arg;
    struct pt_db *db = &store->writer;
    struct pt_cursor *stmt = pt_db_prepare(db,
        "UPDATE signing SET document = ?1 WHERE id = ?2 AND client = ?3"
        " AND document IS NULL AND until > ?4");
    enum mh_code code;

    if (stmt == NULL)
        return pt_db_fail(db, SIGNING, err);
    pt_bind_blob(stmt, 1, c->end->document);
    pt_bind_text(stmt, 2, c->end->id);
    pt_bind_i64(stmt, 3, c->end->client);
    pt_bind_i64(stmt, 4, c->end->now);
    code = pt_db_run(db, stmt, SIGNING, err);
    c->found = code == MH_OK && pt_changes(db) == 1 ? PT_FOUND : PT_ABSENT;
    if (c->found == PT_FOUND && c->end->record != NULL)
        code = pt_record_put(store, c->end->record, c->end->now, err);
    return code;
}

enum mh_code
pt_store_signing_complete(struct pt_store *store,
    const struct pt_signing_end *end, struct mh_err *err, enum pt_found *found)
{
    struct completing c = {end, PT_ABSENT};
    struct pt_write w = {.run = complete, .arg = &c};
    enum mh_code code = pt_write_do(store, &w, err);

    *found = c.found;
    return code;
}
