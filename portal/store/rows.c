#include "portal/store/rows.h"

static void
bind(struct pt_cursor *stmt, const struct pt_stmt *s)
{
    for (size_t i = 0; i < s->args; i++) {
        const struct pt_arg *a = &s->arg[i];
        int at = (int)i + 1;

        if (a->text != NULL)
            pt_bind_text(stmt, at, a->text);
        else if (a->bytes.ptr != NULL)
            pt_bind_blob(stmt, at, a->bytes);
        else if (!a->none)
            pt_bind_i64(stmt, at, a->number);
    }
}

struct pt_cursor *
pt_rows_bind(struct pt_db *db, const struct pt_stmt *s)
{
    struct pt_cursor *stmt = pt_db_prepare(db, s->sql);

    if (stmt != NULL)
        bind(stmt, s);
    return stmt;
}

struct writes {
    struct pt_stmt *stmt;
    size_t count;
};

enum mh_code
pt_rows_run(struct pt_store *store, struct pt_stmt *s, struct mh_err *err)
{
    struct pt_db *db = &store->writer;
    struct pt_cursor *stmt = pt_db_prepare(db, s->sql);
    enum mh_code code;

    if (stmt == NULL)
        return pt_db_fail(db, "write", err);
    bind(stmt, s);
    code = pt_db_run(db, stmt, "write", err);
    s->changes = pt_changes(db);
    if (code == MH_EINTERNAL && pt_db_broke_rule(db))
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
            "store: it is there already, or what it names is not");
    return code;
}

static enum mh_code
run(struct pt_store *store, void *arg, struct mh_err *err)
{
    const struct writes *w = arg;
    enum mh_code code = MH_OK;

    for (size_t i = 0; i < w->count && code == MH_OK; i++)
        code = pt_rows_run(store, &w->stmt[i], err);
    return code;
}

enum mh_code
pt_rows_write(struct pt_store *store, struct pt_stmt *stmt, size_t count,
    struct mh_err *err)
{
    struct writes arg = {stmt, count};
    struct pt_write w = {.run = run, .arg = &arg};

    return pt_write_do(store, &w, err);
}

enum mh_code
pt_rows_read(struct pt_store *store, const struct pt_stmt *s, pt_row *row,
    void *ctx, struct mh_err *err)
{
    struct pt_db *db = pt_read_begin(store);
    struct pt_cursor *stmt = pt_db_prepare(db, s->sql);
    enum mh_code code = MH_OK;
    enum pt_stepped rc = PT_ERROR;

    if (stmt != NULL) {
        bind(stmt, s);
        while ((rc = pt_step(stmt)) == PT_ROW)
            if (!row(ctx, stmt))
                break;
    }
    if (rc != PT_DONE && rc != PT_ROW)
        code = pt_db_fail(db, "read", err);
    if (stmt != NULL)
        pt_reset(stmt);
    pt_read_end(store, db);
    return code;
}

enum mh_code
pt_rows_first(struct pt_store *store, const struct pt_stmt *s, pt_row *row,
    void *ctx, struct mh_err *err)
{
    struct pt_db *db = &store->writer;
    struct pt_cursor *stmt = pt_rows_bind(db, s);
    enum pt_stepped rc;

    if (stmt == NULL)
        return pt_db_fail(db, "read", err);
    rc = pt_step(stmt);
    if (rc == PT_ROW)
        (void)row(ctx, stmt); /* there is no other */
    pt_reset(stmt);
    return rc == PT_ROW || rc == PT_DONE ? MH_OK : pt_db_fail(db, "read", err);
}
