/* Clients of the API, and what they used of their quota. */
#include "portal/store/db.h"

#include <string.h>

#define COLUMNS                                                                \
    "id, name, requests_per_minute, bytes_per_day, created, disabled, may"

static void
read_client(struct pt_cursor *stmt, struct pt_client *out)
{
    *out = (struct pt_client){
        .id = pt_column_i64(stmt, 0),
        .requests_per_minute = (uint32_t)pt_column_i64(stmt, 2),
        .bytes_per_day = (uint64_t)pt_column_i64(stmt, 3),
        .created = pt_column_i64(stmt, 4),
        .disabled = pt_column_int(stmt, 5) != 0,
        .may = (uint32_t)pt_column_i64(stmt, 6),
    };
    pt_column_text(stmt, 1, out->name, sizeof(out->name));
}

struct addition {
    const struct pt_client *client;
    const uint8_t *key;
    int64_t id;
};

static enum mh_code
add(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct addition *a = arg;
    struct pt_db *db = &s->writer;
    struct pt_cursor *stmt = pt_db_prepare(db,
        "INSERT INTO client (name, key_sha256, created, requests_per_minute,"
        " bytes_per_day, may) VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id");
    enum mh_code code;

    if (stmt == NULL)
        return pt_db_fail(db, "client", err);
    pt_bind_text(stmt, 1, a->client->name);
    pt_bind_blob(stmt, 2, (struct mh_span){a->key, PT_HASH});
    pt_bind_i64(stmt, 3, a->client->created);
    pt_bind_i64(stmt, 4, a->client->requests_per_minute);
    pt_bind_i64(stmt, 5, (int64_t)(a->client->bytes_per_day & INT64_MAX));
    pt_bind_i64(stmt, 6, a->client->may);
    code = pt_db_run(db, stmt, "client", err);
    if (code == MH_EINTERNAL && pt_db_taken(db))
        return mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "store: the client is there");
    a->id = db->returned;
    return code;
}

enum mh_code
pt_store_client_add(struct pt_store *store, const struct pt_client *client,
    const uint8_t key_sha256[static PT_HASH], struct mh_err *err, int64_t *id)
{
    struct addition a = {client, key_sha256, 0};
    struct pt_write w = {.run = add, .arg = &a};
    enum mh_code code;

    if (client->name[0] == '\0')
        return mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "store: a client without a name");
    code = pt_write_do(store, &w, err);
    if (code == MH_OK)
        *id = a.id;
    return code;
}

enum mh_code
pt_store_client_find(struct pt_store *store,
    const uint8_t key_sha256[static PT_HASH], struct mh_err *err,
    struct pt_client *out, enum pt_found *found)
{
    struct pt_db *db = pt_read_begin(store);
    struct pt_cursor *stmt =
        pt_db_prepare(db, "SELECT " COLUMNS " FROM client"
                          " WHERE key_sha256 = ?1 AND disabled = 0");
    enum mh_code code = MH_OK;
    enum pt_stepped rc = PT_ERROR;

    *found = PT_ABSENT;
    if (stmt != NULL) {
        pt_bind_blob(stmt, 1, (struct mh_span){key_sha256, PT_HASH});
        rc = pt_step(stmt);
    }
    if (rc == PT_ROW) {
        read_client(stmt, out);
        *found = PT_FOUND;
    } else if (rc != PT_DONE) {
        code = pt_db_fail(db, "client", err);
    }
    if (stmt != NULL)
        pt_reset(stmt);
    pt_read_end(store, db);
    return code;
}

struct setting {
    const struct pt_client *client;
    const uint8_t (*key)[PT_HASH];
    size_t count;
    int64_t now;
};

static enum mh_code
set_one(struct pt_db *db, const struct setting *a, size_t i, struct mh_err *err)
{
    const struct pt_client *c = &a->client[i];
    struct pt_cursor *stmt = pt_db_prepare(db,
        "INSERT INTO client (name, key_sha256, created, requests_per_minute,"
        " bytes_per_day, may) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
        " ON CONFLICT (name) DO UPDATE SET key_sha256 = ?2, disabled = 0,"
        " requests_per_minute = ?4, bytes_per_day = ?5, may = ?6");

    if (stmt == NULL)
        return pt_db_fail(db, "clients", err);
    pt_bind_text(stmt, 1, c->name);
    pt_bind_blob(stmt, 2, (struct mh_span){a->key[i], PT_HASH});
    pt_bind_i64(stmt, 3, a->now);
    pt_bind_i64(stmt, 4, c->requests_per_minute);
    pt_bind_i64(stmt, 5, (int64_t)(c->bytes_per_day & INT64_MAX));
    pt_bind_i64(stmt, 6, c->may);
    return pt_db_run(db, stmt, "clients", err);
}

static enum mh_code
set_all(struct pt_store *s, void *arg, struct mh_err *err)
{
    const struct setting *a = arg;
    struct pt_db *db = &s->writer;
    /* Keys may have changed hands: nobody has one while they are dealt. */
    struct pt_cursor *stmt = pt_db_prepare(db,
        "UPDATE client SET disabled = 1, key_sha256 = randomblob(32)"
        " WHERE id > 0");
    enum mh_code code = stmt == NULL ? pt_db_fail(db, "clients", err)
                                     : pt_db_run(db, stmt, "clients", err);

    for (size_t i = 0; i < a->count && code == MH_OK; i++)
        code = set_one(db, a, i, err);
    return code;
}

enum mh_code
pt_store_clients_set(struct pt_store *store, const struct pt_client *client,
    const uint8_t (*key_sha256)[PT_HASH], size_t count, int64_t now,
    struct mh_err *err)
{
    struct setting a = {client, key_sha256, count, now};
    struct pt_write w = {.run = set_all, .arg = &a};

    for (size_t i = 0; i < count; i++)
        if (client[i].name[0] == '\0')
            return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
                "store: a client without a name");
    return pt_write_do(store, &w, err);
}

struct disabling {
    const char *name;
    int64_t changes;
};

static enum mh_code
disable(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct disabling *d = arg;
    struct pt_cursor *stmt = pt_db_prepare(&s->writer,
        "UPDATE client SET disabled = 1 WHERE name = ?1 AND disabled = 0");
    enum mh_code code;

    if (stmt == NULL)
        return pt_db_fail(&s->writer, "client", err);
    pt_bind_text(stmt, 1, d->name);
    code = pt_db_run(&s->writer, stmt, "client", err);
    d->changes = pt_changes(&s->writer);
    return code;
}

enum mh_code
pt_store_client_disable(struct pt_store *store, const char *name,
    struct mh_err *err, enum pt_found *found)
{
    struct disabling d = {name, 0};
    struct pt_write w = {.run = disable, .arg = &d};
    enum mh_code code = pt_write_do(store, &w, err);

    *found = d.changes > 0 ? PT_FOUND : PT_ABSENT;
    return code;
}

enum mh_code
pt_store_client_list(struct pt_store *store, struct mh_arena *arena,
    struct mh_err *err, struct pt_client **out, size_t *count)
{
    struct pt_db *db = pt_read_begin(store);
    struct pt_cursor *stmt = pt_db_prepare(
        db, "SELECT " COLUMNS " FROM client WHERE id > 0 ORDER BY name");
    struct pt_cursor *counting =
        pt_db_prepare(db, "SELECT count(*) FROM client WHERE id > 0");
    enum mh_code code = MH_OK;
    size_t max = 0, n = 0;

    *out = NULL;
    *count = 0;
    if (stmt == NULL || counting == NULL || pt_step(counting) != PT_ROW)
        code = pt_db_fail(db, "clients", err);
    else
        max = (size_t)pt_column_i64(counting, 0);
    if (counting != NULL)
        pt_reset(counting);
    if (code == MH_OK) {
        *out = mh_arena_array(arena, max + 1, sizeof(**out));
        if (*out == NULL)
            code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    }
    while (code == MH_OK && *out != NULL && n < max && pt_step(stmt) == PT_ROW)
        read_client(stmt, &(*out)[n++]);
    if (stmt != NULL)
        pt_reset(stmt); /* rows that came meanwhile come next time */
    pt_read_end(store, db);
    *count = n;
    return code;
}

struct using
{
    const struct pt_use *use;
    bool allowed;
};

static enum mh_code
use(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct using *a = arg;
    const struct pt_use *u = a->use;
    struct pt_db *db = &s->writer;
    struct pt_cursor *stmt =
        pt_db_prepare(db, "INSERT INTO client_use VALUES (?1, ?2, 1, ?3) ON "
                          "CONFLICT (client, day) DO UPDATE"
                          " SET requests = requests + 1, bytes = bytes + ?3"
                          " RETURNING bytes");
    enum pt_stepped rc;

    if (stmt == NULL)
        return pt_db_fail(db, "quota", err);
    pt_bind_i64(stmt, 1, u->client);
    pt_bind_i64(stmt, 2, u->day);
    pt_bind_i64(stmt, 3, (int64_t)(u->bytes & INT64_MAX));
    rc = pt_step(stmt);
    a->allowed = rc == PT_ROW && (u->limit == 0 || (uint64_t)pt_column_i64(
                                                       stmt, 0) <= u->limit);
    pt_reset(stmt);
    if (rc != PT_ROW)
        return pt_db_fail(db, "quota", err);
    /* Past the limit nothing is counted: the savepoint is rolled back. */
    return a->allowed ? MH_OK
                      : mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "store: quota");
}

enum mh_code
pt_store_client_use(struct pt_store *store, const struct pt_use *quota,
    struct mh_err *err, bool *allowed)
{
    struct using a = {quota, false};
    struct pt_write w = {.run = use, .arg = &a};
    enum mh_code code = pt_write_do(store, &w, err);

    *allowed = code == MH_OK;
    return code == MH_ELIMIT ? MH_OK : code;
}
