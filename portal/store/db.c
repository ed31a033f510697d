/* A connection to SQLite, or to what pgdb.h has: statements, values. */
#include "portal/store/db.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"

static bool
compile(struct pt_db *db, const char *sql, struct pt_cursor *out)
{
    if (db->pg != NULL) {
        out->pg = pt_pg_prepare(db->pg, sql);
        return out->pg != NULL;
    }
    return sqlite3_prepare_v3(db->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
               &out->stmt, NULL) == SQLITE_OK;
}

struct pt_cursor *
pt_db_prepare(struct pt_db *db, const char *sql)
{
    for (size_t i = 0; i < PT_STATEMENTS; i++) {
        struct pt_cursor *c = &db->prepared[i];

        if (c->sql == NULL) {
            if (!compile(db, sql, c))
                return NULL;
            c->sql = sql;
        }
        if (c->sql == sql) {
            pt_reset(c); /* the last run's word, known then */
            if (c->pg != NULL)
                pt_pg_clear(c->pg);
            else
                (void)sqlite3_clear_bindings(c->stmt);
            return c;
        }
    }
    return NULL;
}

enum pt_stepped
pt_step(struct pt_cursor *stmt)
{
    if (stmt->pg != NULL) {
        int rc = pt_pg_step(stmt->pg);

        return rc > 0 ? PT_ROW : rc == 0 ? PT_DONE : PT_ERROR;
    }
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
    if (stmt->pg != NULL)
        pt_pg_reset(stmt->pg);
    else
        (void)sqlite3_reset(stmt->stmt); /* see the header */
}

int
pt_parameters(const struct pt_cursor *stmt)
{
    return stmt->pg != NULL ? pt_pg_parameters(stmt->pg)
                            : sqlite3_bind_parameter_count(stmt->stmt);
}

int64_t
pt_changes(const struct pt_db *db)
{
    return db->pg != NULL ? pt_pg_changes(db->pg) : sqlite3_changes64(db->db);
}

bool
pt_db_taken(const struct pt_db *db)
{
    int rc;

    if (db->pg != NULL)
        return strcmp(pt_pg_state(db->pg), "23505") == 0;
    rc = sqlite3_extended_errcode(db->db);

    return rc == SQLITE_CONSTRAINT_UNIQUE || rc == SQLITE_CONSTRAINT_PRIMARYKEY;
}

bool
pt_db_broke_rule(const struct pt_db *db)
{
    if (db->pg != NULL)
        return strncmp(pt_pg_state(db->pg), "23", 2) == 0;
    return (sqlite3_extended_errcode(db->db) & 0xff) == SQLITE_CONSTRAINT;
}

static enum mh_code
sqlite_fail(struct pt_db *db, const char *what, struct mh_err *err)
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
pt_db_fail(struct pt_db *db, const char *what, struct mh_err *err)
{
    return db->pg != NULL ? pt_pg_fail(db->pg, what, err)
                          : sqlite_fail(db, what, err);
}

enum mh_code
pt_db_run(struct pt_db *db, struct pt_cursor *stmt, const char *what,
    struct mh_err *err)
{
    enum pt_stepped rc = stmt == NULL ? PT_ERROR : pt_step(stmt);
    enum mh_code code = MH_OK;

    db->returned = 0;
    if (rc == PT_ERROR)
        code = pt_db_fail(db, what, err);
    else if (rc == PT_ROW)
        db->returned = pt_column_i64(stmt, 0);
    if (stmt != NULL)
        pt_reset(stmt);
    return code;
}

void
pt_bind_i64(struct pt_cursor *stmt, int at, int64_t v)
{
    if (stmt->pg != NULL)
        pt_pg_bind_i64(stmt->pg, at, v);
    else
        (void)sqlite3_bind_int64(stmt->stmt, at, v);
}

void
pt_bind_time(struct pt_cursor *stmt, int at, int64_t v)
{
    if (v != MH_TIME_NONE)
        pt_bind_i64(stmt, at, v);
}

void
pt_bind_text(struct pt_cursor *stmt, int at, const char *v)
{
    if (stmt->pg != NULL)
        pt_pg_bind_text(stmt->pg, at, v);
    else
        (void)sqlite3_bind_text(stmt->stmt, at, v, -1, SQLITE_TRANSIENT);
}

void
pt_bind_blob(struct pt_cursor *stmt, int at, struct mh_span v)
{
    if (stmt->pg != NULL)
        pt_pg_bind_blob(stmt->pg, at, v);
    else
        (void)sqlite3_bind_blob64(stmt->stmt, at,
            v.len == 0 ? (const void *)"" : v.ptr, v.len, SQLITE_STATIC);
}

int64_t
pt_column_i64(struct pt_cursor *stmt, int at)
{
    return stmt->pg != NULL ? pt_pg_i64(stmt->pg, at)
                            : sqlite3_column_int64(stmt->stmt, at);
}

int
pt_column_int(struct pt_cursor *stmt, int at)
{
    return (int)pt_column_i64(stmt, at); /* the low 32 bits, as SQLite has */
}

bool
pt_column_null(struct pt_cursor *stmt, int at)
{
    return stmt->pg != NULL
               ? pt_pg_null(stmt->pg, at)
               : sqlite3_column_type(stmt->stmt, at) == SQLITE_NULL;
}

const char *
pt_column_str(struct pt_cursor *stmt, int at)
{
    return stmt->pg != NULL ? pt_pg_str(stmt->pg, at)
                            : (const char *)sqlite3_column_text(stmt->stmt, at);
}

int64_t
pt_column_time(struct pt_cursor *stmt, int at)
{
    return pt_column_null(stmt, at) ? MH_TIME_NONE : pt_column_i64(stmt, at);
}

void
pt_column_text(struct pt_cursor *stmt, int at, char *out, size_t size)
{
    const char *s = pt_column_str(stmt, at);
    size_t n = s == NULL ? 0 : strnlen(s, size - 1); /* cut is fine */

    if (n > 0)
        memcpy(out, s, n);
    out[n] = '\0';
}

struct mh_span
pt_column_blob(struct pt_cursor *stmt, int at)
{
    const void *p;

    if (stmt->pg != NULL)
        return pt_pg_blob(stmt->pg, at);
    p = sqlite3_column_blob(stmt->stmt, at);
    return (struct mh_span){
        p, p == NULL ? 0 : (size_t)sqlite3_column_bytes(stmt->stmt, at)};
}

enum mh_code
pt_db_exec(struct pt_db *db, const char *sql, struct mh_err *err)
{
    if (db->pg != NULL)
        return pt_pg_exec(db->pg, sql, err);
    return sqlite3_exec(db->db, sql, NULL, NULL, NULL) == SQLITE_OK
               ? MH_OK
               : pt_db_fail(db, "set-up", err);
}

enum mh_code
pt_db_do(struct pt_db *db, const char *sql, struct mh_err *err)
{
    return db->pg != NULL
               ? pt_pg_exec(db->pg, sql, err)
               : pt_db_run(db, pt_db_prepare(db, sql), "transaction", err);
}

enum mh_code
pt_db_begin(struct pt_db *db, const bool *stop, struct mh_err *err)
{
    return db->pg != NULL ? pt_pg_begin(db->pg, stop, err)
                          : pt_db_do(db, "BEGIN IMMEDIATE", err);
}

enum mh_code
pt_db_commit(struct pt_db *db, const bool *stop, struct mh_err *err)
{
    return db->pg != NULL ? pt_pg_commit(db->pg, stop, err)
                          : pt_db_do(db, "COMMIT", err);
}

void
pt_db_rollback(struct pt_db *db)
{
    if (db->pg != NULL)
        pt_pg_rollback(db->pg);
    else if (sqlite3_get_autocommit(db->db) == 0) /* the first failure counts */
        (void)sqlite3_exec(db->db, "ROLLBACK", NULL, NULL, NULL);
}

/* Before the first connection: no figures of its memory, which nobody asks for
   and every allocation would take a lock of the process for. */
static void
configure(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* what it costs only */
}

enum mh_code
pt_db_open(struct pt_db *db, const char *path, bool writer, struct mh_err *err)
{
    /* Each connection is used by one thread at a time. */
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
                SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOFOLLOW |
                (writer ? SQLITE_OPEN_CREATE : 0);

    static pthread_once_t once = PTHREAD_ONCE_INIT;

    memset(db, 0, sizeof(*db));
    (void)pthread_once(&once, configure); /* fails for no reason given */
    if (sqlite3_open_v2(path, &db->db, flags, NULL) != SQLITE_OK)
        return pt_db_fail(db, "open", err);
    (void)sqlite3_busy_timeout(db->db, 5000);
    (void)sqlite3_db_config(db->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return pt_db_exec(db,
        /* A filing writes a row in each of a dozen trees, and a page for each:
           smaller ones are less to write.  A store that is there keeps its. */
        writer ? "PRAGMA page_size=2048;"
                 "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                 "PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF;"
                 "PRAGMA temp_store=MEMORY; PRAGMA wal_autocheckpoint=4000;"
               : "PRAGMA query_only=ON; PRAGMA trusted_schema=OFF;"
                 "PRAGMA temp_store=MEMORY;",
        err);
}

bool
pt_db_lost(const struct pt_db *db)
{
    return db->pg != NULL && pt_pg_lost(db->pg);
}

enum mh_code
pt_db_connect(
    struct pt_db *db, const char *conninfo, bool writer, struct mh_err *err)
{
    memset(db, 0, sizeof(*db));
    return pt_pg_open(conninfo, writer, err, &db->pg);
}

void
pt_db_close(struct pt_db *db)
{
    for (size_t i = 0; i < PT_STATEMENTS; i++) {
        (void)sqlite3_finalize(db->prepared[i].stmt); /* NULL is fine */
        pt_pgcursor_free(db->prepared[i].pg);
    }
    pt_pg_free(db->pg);
    (void)sqlite3_close(db->db); /* NULL is fine */
    memset(db, 0, sizeof(*db));
}
