/*
 * The store on SQLite or PostgreSQL: one connection that writes, in a thread
 * of its own that commits what waits in one transaction, and some that read.
 * Statements are written once (dialect.h).
 */
#ifndef PORTAL_STORE_DB_H
#define PORTAL_STORE_DB_H

#include <pthread.h>
#include <sqlite3.h>

#include "portal/store/pgdb.h"
#include "portal/store/store.h"

enum {
    PT_READERS = 6,      /* connections: workers, network and jobs */
    PT_GROUP_MAX = 64,   /* writes of one commit */
    PT_STATEMENTS = 512, /* prepared, of a connection: all there are fit */
};

/* A prepared statement, and the row it stands on. */
struct pt_cursor {
    const char *sql; /* the literal: known by its address; NULL: not used yet */
    sqlite3_stmt *stmt;
    struct pt_pgcursor *pg; /* of the two, the one that is not NULL */
};

struct pt_db {
    sqlite3 *db;
    struct pt_pg *pg; /* of the two, the one that is not NULL */
    struct pt_cursor prepared[PT_STATEMENTS];
    int64_t returned; /* by the last statement that pt_db_run ran */
};

/* What a step came to. */
enum pt_stepped {
    PT_ROW,
    PT_DONE,
    PT_ERROR, /* pt_db_fail says why */
};

/* The flush of a folder, by the caller of a write that is alone in its commit,
   while the writer goes on with its rows (objects.h). */
enum pt_flush {
    PT_FLUSH_NONE,
    PT_FLUSH_ASKED,
    PT_FLUSH_RUNS,
    PT_FLUSH_ENDED,
};

/* A write: called in the writer's transaction. */
struct pt_write {
    enum mh_code (*run)(struct pt_store *store, void *arg, struct mh_err *err);
    void *arg;
    bool alone; /* in a transaction of its own */
    /* It has no effect but in the database: run once more where a connection
       was lost before the commit. */
    bool again;
    int64_t epoch; /* pt_write_do's: the lead it is made under; 0: none */
    /* After the commit, before any other write; may be NULL. */
    void (*after)(struct pt_store *store, void *arg);
    enum mh_code code;
    struct mh_err err;
    bool done;
    pthread_cond_t finished; /* for its caller: or there is a flush to do */
    enum pt_flush flush;
    int64_t day; /* whose folder */
    enum mh_code flushed;
    struct mh_err flush_err;
    struct pt_write *next;
};

struct pt_store {
    char folder[4096];    /* the node's own */
    const char *conninfo; /* of PostgreSQL, in where; NULL: SQLite */
    char where[4200];
    struct pt_node *node;     /* on PostgreSQL */
    int root, objects, spool; /* objects: -1 on PostgreSQL */
    struct pt_db writer;
    struct pt_db reader[PT_READERS];
    bool reading[PT_READERS];
    pthread_mutex_t lock;
    pthread_cond_t wake, readers;
    struct pt_write *first, *last;
    struct pt_write *only; /* the writer's, where it runs one alone; or NULL */
    pthread_t thread;
    bool started, stop;
    uint64_t commits;
    int64_t day;                 /* whose folder is durable; or MH_TIME_NONE */
    int64_t dirty[PT_GROUP_MAX]; /* days whose folders are to be flushed */
    size_t dirties;
};

/* A prepared statement, reset; NULL on failure. */
struct pt_cursor *pt_db_prepare(struct pt_db *db, const char *sql);
enum pt_stepped pt_step(struct pt_cursor *stmt) MH_MUST_USE;
void pt_reset(struct pt_cursor *stmt); /* its word was the last step's */
int pt_parameters(const struct pt_cursor *stmt);
int64_t pt_changes(const struct pt_db *db); /* rows of the last statement */
/* Whether the last statement failed by a key that is taken; by any rule. */
bool pt_db_taken(const struct pt_db *db);
bool pt_db_broke_rule(const struct pt_db *db);
enum mh_code pt_db_fail(struct pt_db *db, const char *what, struct mh_err *err);
/* Steps once where no row is wanted, and resets; the first column of a row
   that there is (RETURNING id) is kept in db->returned. */
enum mh_code pt_db_run(struct pt_db *db, struct pt_cursor *stmt,
    const char *what, struct mh_err *err) MH_MUST_USE;

/* Binding, position from 1; a failure shows when the statement is run. */
void pt_bind_i64(struct pt_cursor *stmt, int at, int64_t v);
void pt_bind_time(struct pt_cursor *stmt, int at, int64_t v); /* NONE is NULL */
void pt_bind_text(struct pt_cursor *stmt, int at, const char *v);
void pt_bind_blob(struct pt_cursor *stmt, int at, struct mh_span v);

/* Columns of the row, position from 0. */
int64_t pt_column_i64(struct pt_cursor *stmt, int at);
int pt_column_int(struct pt_cursor *stmt, int at);
bool pt_column_null(struct pt_cursor *stmt, int at);
/* NULL for NULL; until the next step or reset. */
const char *pt_column_str(struct pt_cursor *stmt, int at);
int64_t pt_column_time(struct pt_cursor *stmt, int at);
void pt_column_text(struct pt_cursor *stmt, int at, char *out, size_t size);
struct mh_span pt_column_blob(struct pt_cursor *stmt, int at);

/* Opens and sets up: SQLite's file, or the conninfo of PostgreSQL. */
enum mh_code pt_db_open(struct pt_db *db, const char *path, bool writer,
    struct mh_err *err) MH_MUST_USE;
enum mh_code pt_db_connect(struct pt_db *db, const char *conninfo, bool writer,
    struct mh_err *err) MH_MUST_USE;
/* The writer's transaction.  A commit that is MH_OK is one, any other is
   none; *stop ends the wait for a server that is away. */
enum mh_code pt_db_begin(
    struct pt_db *db, const bool *stop, struct mh_err *err) MH_MUST_USE;
enum mh_code pt_db_commit(
    struct pt_db *db, const bool *stop, struct mh_err *err) MH_MUST_USE;
void pt_db_rollback(struct pt_db *db);   /* if there is one */
bool pt_db_lost(const struct pt_db *db); /* its connection */
void pt_db_close(struct pt_db *db);
enum mh_code pt_db_exec(
    struct pt_db *db, const char *sql, struct mh_err *err) MH_MUST_USE;
/* The same for a statement that is run often: it is kept prepared. */
enum mh_code pt_db_do(
    struct pt_db *db, const char *sql, struct mh_err *err) MH_MUST_USE;
enum mh_code pt_db_migrate(
    struct pt_db *db, int64_t now, struct mh_err *err) MH_MUST_USE;

/* The folder remembers an open PostgreSQL, and takes no SQLite after it. */
enum mh_code pt_where_keep(
    struct pt_store *store, struct mh_err *err) MH_MUST_USE;

/* Hands a write to the writer and waits until it is durable. */
enum mh_code pt_write_do(
    struct pt_store *store, struct pt_write *w, struct mh_err *err) MH_MUST_USE;
struct pt_db *pt_read_begin(struct pt_store *store);
void pt_read_end(struct pt_store *store, struct pt_db *db);

/* What an earlier run left half-done is nobody's. */
enum mh_code pt_spool_empty(
    struct pt_store *store, struct mh_err *err) MH_MUST_USE;

/* In the writer's transaction: gives staged bytes their name. */
enum mh_code pt_blob_keep(struct pt_store *store, struct pt_staged *staged,
    int64_t now, struct mh_err *err) MH_MUST_USE;

#endif
