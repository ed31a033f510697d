/* Receipts that are owed, made and known (portal/store/documents.h). */
#include "portal/store/documents.h"

#include <string.h>

#include "base/time.h"
#include "portal/store/db.h"

#define COLUMNS                                                                \
    "op, document, status, text, created, next_at, tries, record, sha256"

static enum mh_code
read_receipt(struct pt_cursor *stmt, struct mh_arena *arena, struct mh_err *err,
    struct pt_receipt *out)
{
    struct mh_span op = pt_column_blob(stmt, 0);
    struct mh_span sha256 = pt_column_blob(stmt, 8);

    *out = (struct pt_receipt){
        .text = mh_arena_str(arena, mh_span_str(pt_column_str(stmt, 3))),
        .created = pt_column_i64(stmt, 4),
        .next_at = pt_column_time(stmt, 5),
        .tries = (uint32_t)pt_column_i64(stmt, 6),
        .made = sha256.len == PT_HASH,
        .record = pt_column_i64(stmt, 7),
    };
    pt_column_text(stmt, 1, out->document, sizeof(out->document));
    pt_column_text(stmt, 2, out->status, sizeof(out->status));
    if (out->made)
        memcpy(out->sha256, sha256.ptr, PT_HASH);
    if (op.len != MH_OP_ID || out->text == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    memcpy(out->op, op.ptr, MH_OP_ID);
    return MH_OK;
}

struct due {
    int64_t now, until;
    struct mh_arena *arena;
    struct pt_receipt *out;
};

static enum mh_code
take(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct due *d = arg;
    struct pt_cursor *stmt = pt_db_prepare(&s->writer,
        "UPDATE receipt SET next_at = ?2, tries = tries + 1 WHERE op ="
        " (SELECT op FROM receipt WHERE next_at <= ?1 ORDER BY next_at LIMIT 1)"
        " RETURNING " COLUMNS);
    enum mh_code code = MH_OK;
    enum pt_stepped rc;

    *d->out = (struct pt_receipt){.tries = 0};
    if (stmt == NULL)
        return pt_db_fail(&s->writer, "receipt", err);
    pt_bind_i64(stmt, 1, d->now);
    pt_bind_i64(stmt, 2, d->until);
    rc = pt_step(stmt);
    if (rc == PT_ROW)
        code = read_receipt(stmt, d->arena, err, d->out);
    else if (rc != PT_DONE)
        code = pt_db_fail(&s->writer, "receipt", err);
    pt_reset(stmt);
    return code;
}

enum mh_code
pt_store_receipt_due(struct pt_store *store, int64_t now, int64_t until,
    struct mh_arena *arena, struct mh_err *err, struct pt_receipt *out)
{
    struct due d = {now, until, arena, out};
    struct pt_write w = {.run = take, .arg = &d};

    return pt_write_do(store, &w, err);
}

struct making {
    const uint8_t *op;
    int64_t record, now;
    struct pt_staged *staged;
};

/* One that is made stays what it is. */
static enum mh_code
made(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct making *m = arg;
    enum mh_code code = pt_blob_keep(s, m->staged, m->now, err);
    struct pt_cursor *stmt;

    if (code != MH_OK)
        return code;
    stmt =
        pt_db_prepare(&s->writer, "UPDATE receipt SET sha256 = ?2, record = ?3"
                                  " WHERE op = ?1 AND sha256 IS NULL");
    if (stmt == NULL)
        return pt_db_fail(&s->writer, "receipt", err);
    pt_bind_blob(stmt, 1, (struct mh_span){m->op, MH_OP_ID});
    pt_bind_blob(stmt, 2, (struct mh_span){m->staged->sha256, PT_HASH});
    pt_bind_i64(stmt, 3, m->record);
    return pt_db_run(&s->writer, stmt, "receipt", err);
}

enum mh_code
pt_store_receipt_made(struct pt_store *store, const uint8_t op[static MH_OP_ID],
    int64_t record, int64_t now, struct pt_staged *staged, struct mh_err *err)
{
    struct making m = {op, record, now, staged};
    struct pt_write w = {.run = made, .arg = &m};
    enum mh_code code = pt_write_do(store, &w, err);

    pt_store_blob_forget(store, staged); /* where it was not used */
    return code;
}

static enum mh_code
told(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct pt_cursor *stmt =
        pt_db_prepare(&s->writer, "UPDATE receipt SET next_at = NULL"
                                  " WHERE op = ?1 AND sha256 IS NOT NULL");

    if (stmt == NULL)
        return pt_db_fail(&s->writer, "receipt", err);
    pt_bind_blob(stmt, 1, (struct mh_span){arg, MH_OP_ID});
    return pt_db_run(&s->writer, stmt, "receipt", err);
}

enum mh_code
pt_store_receipt_told(struct pt_store *store, const uint8_t op[static MH_OP_ID],
    struct mh_err *err)
{
    uint8_t copy[MH_OP_ID];
    struct pt_write w = {.run = told, .arg = copy};

    memcpy(copy, op, sizeof(copy));
    return pt_write_do(store, &w, err);
}

enum mh_code
pt_store_receipt_list(struct pt_store *store, const char *document,
    struct mh_arena *arena, struct mh_err *err, struct pt_receipts *out)
{
    struct pt_db *db = pt_read_begin(store);
    struct pt_cursor *stmt =
        pt_db_prepare(db, "SELECT " COLUMNS " FROM receipt WHERE document = ?1"
                          " ORDER BY created, status DESC LIMIT ?2");
    size_t max = sizeof(out->receipt) / sizeof(out->receipt[0]);
    enum mh_code code = MH_OK;
    enum pt_stepped rc = PT_ERROR;

    out->count = 0;
    if (stmt != NULL) {
        pt_bind_text(stmt, 1, document);
        pt_bind_i64(stmt, 2, (int64_t)max);
        while (
            code == MH_OK && (rc = pt_step(stmt)) == PT_ROW && out->count < max)
            code = read_receipt(stmt, arena, err, &out->receipt[out->count++]);
    }
    if (code == MH_OK && rc != PT_DONE)
        code = pt_db_fail(db, "receipt", err);
    if (stmt != NULL)
        pt_reset(stmt);
    pt_read_end(store, db);
    return code;
}
