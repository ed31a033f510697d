/* A connection to SQLite: opening, statements, values. */
#include "portal/store/sqlite.h"

#include <stdio.h>
#include <string.h>

#include "base/time.h"

sqlite3_stmt *
pt_db_prepare(struct pt_db *db, const char *sql)
{
    for (size_t i = 0; i < PT_STATEMENTS; i++) {
        if (db->prepared[i].sql == NULL) {
            if (sqlite3_prepare_v3(db->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
                    &db->prepared[i].stmt, NULL) != SQLITE_OK)
                return NULL;
            db->prepared[i].sql = sql;
        }
        if (db->prepared[i].sql == sql) {
            (void)sqlite3_reset(
                db->prepared[i].stmt); /* the last run's word, known then */
            (void)sqlite3_clear_bindings(db->prepared[i].stmt);
            return db->prepared[i].stmt;
        }
    }
    return NULL;
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
pt_db_run(
    struct pt_db *db, sqlite3_stmt *stmt, const char *what, struct mh_err *err)
{
    int rc = stmt == NULL ? SQLITE_ERROR : sqlite3_step(stmt);
    enum mh_code code = MH_OK;

    if (rc != SQLITE_DONE && rc != SQLITE_ROW)
        code = pt_db_fail(db, what, err);
    if (stmt != NULL)
        (void)sqlite3_reset(stmt); /* its word is rc's */
    return code;
}

void
pt_bind_i64(sqlite3_stmt *stmt, int at, int64_t v)
{
    (void)sqlite3_bind_int64(stmt, at, v);
}

void
pt_bind_time(sqlite3_stmt *stmt, int at, int64_t v)
{
    if (v != MH_TIME_NONE)
        (void)sqlite3_bind_int64(stmt, at, v);
}

void
pt_bind_text(sqlite3_stmt *stmt, int at, const char *v)
{
    (void)sqlite3_bind_text(stmt, at, v, -1, SQLITE_TRANSIENT);
}

void
pt_bind_blob(sqlite3_stmt *stmt, int at, struct mh_span v)
{
    (void)sqlite3_bind_blob64(
        stmt, at, v.len == 0 ? (const void *)"" : v.ptr, v.len, SQLITE_STATIC);
}

int64_t
pt_column_time(sqlite3_stmt *stmt, int at)
{
    return sqlite3_column_type(stmt, at) == SQLITE_NULL
               ? MH_TIME_NONE
               : sqlite3_column_int64(stmt, at);
}

void
pt_column_text(sqlite3_stmt *stmt, int at, char *out, size_t size)
{
    const unsigned char *s = sqlite3_column_text(stmt, at);

    (void)snprintf(
        out, size, "%s", s == NULL ? "" : (const char *)s); /* cut is fine */
}

struct mh_span
pt_column_blob(sqlite3_stmt *stmt, int at)
{
    const void *p = sqlite3_column_blob(stmt, at);

    return (struct mh_span){
        p, p == NULL ? 0 : (size_t)sqlite3_column_bytes(stmt, at)};
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
