/* A connection to SQLite: opening, statements, values. */
#include "portal/store/db.h"

#include <stdio.h>
#include <string.h>

#include "base/time.h"

struct pt_cursor *
pt_db_prepare(struct pt_db *db, const char *sql)
{
    for (size_t i = 0; i < PT_STATEMENTS; i++) {
        struct pt_cursor *c = &db->prepared[i];

        if (c->sql == NULL) {
            if (sqlite3_prepare_v3(db->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
                    &c->stmt, NULL) != SQLITE_OK)
                return NULL;
            c->sql = sql;
        }
        if (c->sql == sql) {
            (void)sqlite3_reset(c->stmt); /* the last run's word, known then */
            (void)sqlite3_clear_bindings(c->stmt);
            return c;
        }
    }
    return NULL;
}

enum pt_stepped
pt_step(struct pt_cursor *stmt)
{
    switch (sqlite3_step(stmt->stmt)) {
    case SQLITE_ROW:
        return PT_ROW;
    case SQLITE_DONE:
        return PT_DONE;
    default:
        return PT_ERROR;
    }
}

void
pt_reset(struct pt_cursor *stmt)
{
    (void)sqlite3_reset(stmt->stmt); /* see the header */
}

int
pt_parameters(const struct pt_cursor *stmt)
{
    return sqlite3_bind_parameter_count(stmt->stmt);
}

int64_t
pt_changes(const struct pt_db *db)
{
    return sqlite3_changes64(db->db);
}

int64_t
pt_last_id(const struct pt_db *db)
{
    return sqlite3_last_insert_rowid(db->db);
}

bool
pt_db_taken(const struct pt_db *db)
{
    int rc = sqlite3_extended_errcode(db->db);

    return rc == SQLITE_CONSTRAINT_UNIQUE || rc == SQLITE_CONSTRAINT_PRIMARYKEY;
}

bool
pt_db_broke_rule(const struct pt_db *db)
{
    return (sqlite3_extended_errcode(db->db) & 0xff) == SQLITE_CONSTRAINT;
}

enum mh_code
pt_db_fail(struct pt_db *db, const char *what, struct mh_err *err)
{
    int rc =
        db->db == NULL ? SQLITE_CANTOPEN : sqlite3_extended_errcode(db->db);
    int sys = db->db == NULL ? 0 : sqlite3_system_errno(db->db);

    switch (rc & 0xff) {
    case SQLITE_NOMEM:
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "store: %s: damaged", what);
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_BUSY:
        return mh_fail(err, MH_EIO, MH_NO_OFFSET, "store: %s: %s%s%s", what,
            sqlite3_errstr(rc), sys == 0 ? "" : ": ",
            sys == 0 ? "" : strerrordesc_np(sys));
    default:
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "store: %s: %s", what,
            sqlite3_errstr(rc));
    }
}

enum mh_code
pt_db_run(struct pt_db *db, struct pt_cursor *stmt, const char *what,
    struct mh_err *err)
{
    enum mh_code code = MH_OK;

    if (stmt == NULL || pt_step(stmt) == PT_ERROR)
        code = pt_db_fail(db, what, err);
    if (stmt != NULL)
        pt_reset(stmt);
    return code;
}

void
pt_bind_i64(struct pt_cursor *stmt, int at, int64_t v)
{
    (void)sqlite3_bind_int64(stmt->stmt, at, v);
}

void
pt_bind_time(struct pt_cursor *stmt, int at, int64_t v)
{
    if (v != MH_TIME_NONE)
        (void)sqlite3_bind_int64(stmt->stmt, at, v);
}

void
pt_bind_text(struct pt_cursor *stmt, int at, const char *v)
{
    (void)sqlite3_bind_text(stmt->stmt, at, v, -1, SQLITE_TRANSIENT);
}

void
pt_bind_blob(struct pt_cursor *stmt, int at, struct mh_span v)
{
    (void)sqlite3_bind_blob64(stmt->stmt, at,
        v.len == 0 ? (const void *)"" : v.ptr, v.len, SQLITE_STATIC);
}

int64_t
pt_column_i64(struct pt_cursor *stmt, int at)
{
    return sqlite3_column_int64(stmt->stmt, at);
}

int
pt_column_int(struct pt_cursor *stmt, int at)
{
    return sqlite3_column_int(stmt->stmt, at);
}

bool
pt_column_null(struct pt_cursor *stmt, int at)
{
    return sqlite3_column_type(stmt->stmt, at) == SQLITE_NULL;
}

const char *
pt_column_str(struct pt_cursor *stmt, int at)
{
    return (const char *)sqlite3_column_text(stmt->stmt, at);
}

int64_t
pt_column_time(struct pt_cursor *stmt, int at)
{
    return sqlite3_column_type(stmt->stmt, at) == SQLITE_NULL
               ? MH_TIME_NONE
               : sqlite3_column_int64(stmt->stmt, at);
}

void
pt_column_text(struct pt_cursor *stmt, int at, char *out, size_t size)
{
    const unsigned char *s = sqlite3_column_text(stmt->stmt, at);

    (void)snprintf(
        out, size, "%s", s == NULL ? "" : (const char *)s); /* cut is fine */
}

struct mh_span
pt_column_blob(struct pt_cursor *stmt, int at)
{
    const void *p = sqlite3_column_blob(stmt->stmt, at);

    return (struct mh_span){
        p, p == NULL ? 0 : (size_t)sqlite3_column_bytes(stmt->stmt, at)};
}

enum mh_code
pt_db_exec(struct pt_db *db, const char *sql, struct mh_err *err)
{
    return sqlite3_exec(db->db, sql, NULL, NULL, NULL) == SQLITE_OK
               ? MH_OK
               : pt_db_fail(db, "set-up", err);
}

void
pt_db_try(struct pt_db *db, const char *sql)
{
    (void)sqlite3_exec(db->db, sql, NULL, NULL, NULL); /* see the header */
}

enum mh_code
pt_db_open(struct pt_db *db, const char *path, bool writer, struct mh_err *err)
{
    /* Each connection is used by one thread at a time. */
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
                SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOFOLLOW |
                (writer ? SQLITE_OPEN_CREATE : 0);

    memset(db, 0, sizeof(*db));
    if (sqlite3_open_v2(path, &db->db, flags, NULL) != SQLITE_OK)
        return pt_db_fail(db, "open", err);
    (void)sqlite3_busy_timeout(db->db, 5000);
    (void)sqlite3_db_config(db->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return pt_db_exec(db,
        writer ? "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                 "PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF;"
                 "PRAGMA temp_store=MEMORY; PRAGMA wal_autocheckpoint=2000;"
               : "PRAGMA query_only=ON; PRAGMA trusted_schema=OFF;"
                 "PRAGMA temp_store=MEMORY;",
        err);
}

void
pt_db_close(struct pt_db *db)
{
    for (size_t i = 0; i < PT_STATEMENTS; i++)
        (void)sqlite3_finalize(db->prepared[i].stmt);
    (void)sqlite3_close(db->db); /* NULL is fine */
    memset(db, 0, sizeof(*db));
}
