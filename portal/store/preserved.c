#include "portal/store/preserved.h"

#include <string.h>

#include "base/time.h"
#include "portal/store/db.h"

#define PRESERVED "long-term copy"
#define COLUMNS                                                                \
    "preserved.document, document.sha256, preserved.sha256, made, due,"        \
    " preserved.tries, why FROM preserved"                                     \
    " JOIN document ON document.id = preserved.document"

static void
read_row(struct pt_cursor *stmt, struct pt_preserved *out)
{
    struct mh_span original = pt_column_blob(stmt, 1);
    struct mh_span copy = pt_column_blob(stmt, 2);

    *out = (struct pt_preserved){.copied = copy.len == PT_HASH,
        .made = pt_column_time(stmt, 3),
        .due = pt_column_time(stmt, 4),
        .tries = (uint32_t)pt_column_i64(stmt, 5)};
    pt_column_text(stmt, 0, out->document, sizeof(out->document));
    if (original.len == PT_HASH)
        memcpy(out->original, original.ptr, PT_HASH);
    if (out->copied)
        memcpy(out->sha256, copy.ptr, PT_HASH);
    pt_column_text(stmt, 6, out->why, sizeof(out->why));
}

/* The row that a bound statement gives, if any; the statement is reset. */
static enum mh_code
one(struct pt_db *db, struct pt_cursor *stmt, struct mh_err *err,
    struct pt_preserved *out)
{
    enum pt_stepped rc = pt_step(stmt);

    if (rc == PT_ROW)
        read_row(stmt, out);
    pt_reset(stmt);
    return rc == PT_ROW || rc == PT_DONE ? MH_OK
                                         : pt_db_fail(db, PRESERVED, err);
}

struct leasing {
    int64_t now, until;
    struct pt_preserved *out;
};

static enum mh_code
lease(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct leasing *l = arg;
    struct pt_cursor *stmt = pt_db_prepare(
        &s->writer, "SELECT " COLUMNS " WHERE due <= ?1 ORDER BY due LIMIT 1");
    enum mh_code code;

    if (stmt == NULL)
        return pt_db_fail(&s->writer, PRESERVED, err);
    pt_bind_i64(stmt, 1, l->now);
    code = one(&s->writer, stmt, err, l->out);
    if (code != MH_OK || l->out->document[0] == '\0')
        return code;
    stmt = pt_db_prepare(&s->writer, "UPDATE preserved SET due = ?1,"
                                     " tries = tries + 1 WHERE document = ?2");
    if (stmt == NULL)
        return pt_db_fail(&s->writer, PRESERVED, err);
    pt_bind_i64(stmt, 1, l->until);
    pt_bind_text(stmt, 2, l->out->document);
    l->out->tries++;
    return pt_db_run(&s->writer, stmt, PRESERVED, err);
}

enum mh_code
pt_store_preserved_due(struct pt_store *store, int64_t now, int64_t until,
    struct mh_err *err, struct pt_preserved *out)
{
    struct leasing l = {now, until, out};
    struct pt_write w = {.run = lease, .arg = &l};

    *out = (struct pt_preserved){.document = ""};
    return pt_write_do(store, &w, err);
}

enum mh_code
pt_store_preserved_get(struct pt_store *store, const char *document,
    struct mh_err *err, struct pt_preserved *out)
{
    struct pt_db *db = pt_read_begin(store);
    struct pt_cursor *stmt =
        pt_db_prepare(db, "SELECT " COLUMNS " WHERE preserved.document = ?1");
    enum mh_code code;

    *out = (struct pt_preserved){.document = ""};
    if (stmt == NULL) {
        code = pt_db_fail(db, PRESERVED, err);
    } else {
        pt_bind_text(stmt, 1, document);
        code = one(db, stmt, err, out);
    }
    pt_read_end(store, db);
    return code;
}

struct setting {
    const struct pt_preserved *p;
    struct pt_staged *staged;
    const struct pt_record *record;
};

static enum mh_code
set(struct pt_store *s, void *arg, struct mh_err *err)
{
    const struct setting *v = arg;
    const struct pt_preserved *p = v->p;
    enum mh_code code = MH_OK;
    struct pt_cursor *stmt;

    if (v->staged != NULL)
        code = pt_blob_keep(s, v->staged, p->made, err);
    if (code != MH_OK)
        return code;
    stmt = pt_db_prepare(&s->writer,
        "UPDATE preserved SET due = ?2, tries = ?3, why = ?4, made = ?5,"
        " sha256 = ?6 WHERE document = ?1");
    if (stmt == NULL)
        return pt_db_fail(&s->writer, PRESERVED, err);
    pt_bind_text(stmt, 1, p->document);
    pt_bind_time(stmt, 2, p->due);
    pt_bind_i64(stmt, 3, p->tries);
    pt_bind_text(stmt, 4, p->why);
    pt_bind_time(stmt, 5, p->copied ? p->made : MH_TIME_NONE);
    if (p->copied) /* else none: an empty value would name a blob */
        pt_bind_blob(stmt, 6, (struct mh_span){p->sha256, PT_HASH});
    code = pt_db_run(&s->writer, stmt, PRESERVED, err);
    if (code == MH_OK && v->record != NULL)
        code = pt_record_put(s, v->record, p->made, err);
    return code;
}

enum mh_code
pt_store_preserved_set(struct pt_store *store, const struct pt_preserved *p,
    struct pt_staged *staged, const struct pt_record *record,
    struct mh_err *err)
{
    struct setting v = {p, staged, record};
    struct pt_write w = {.run = set, .arg = &v};
    enum mh_code code = pt_write_do(store, &w, err);

    if (staged != NULL)
        pt_store_blob_forget(store, staged); /* where it was not used */
    return code;
}

enum mh_code
pt_preserved_owe(struct pt_store *store, const char *document, int64_t now,
    struct mh_err *err)
{
    struct pt_cursor *stmt = pt_db_prepare(&store->writer,
        "INSERT INTO preserved (document, due) VALUES (?1, ?2)"
        " ON CONFLICT DO NOTHING");

    if (stmt == NULL)
        return pt_db_fail(&store->writer, PRESERVED, err);
    pt_bind_text(stmt, 1, document);
    pt_bind_i64(stmt, 2, now);
    return pt_db_run(&store->writer, stmt, PRESERVED, err);
}
