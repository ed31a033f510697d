/*
 * A connection to PostgreSQL 15, and statements on it, for db.c alone.
 *
 * One thread at a time.  A statement is prepared when it is first run, for
 * the types of the values it has then (bigint, text, bytea; NULL is written
 * into it), and kept for as long as the connection lasts.  A connection that
 * was lost is made again before the next statement outside of a transaction.
 */
#ifndef PORTAL_STORE_PGDB_H
#define PORTAL_STORE_PGDB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

enum {
    PT_PG_WAIT_MS = 10000
};

struct pt_pg;
struct pt_pgcursor;

/*
 * conninfo: what libpq takes of host (the folder of the server's socket, an
 * absolute path; nothing else is a host here), port, user and dbname.
 * MH_EUNSUP: another server than PostgreSQL 15 or newer with UTF-8 and
 * fsync, or an option of another name.
 */
enum mh_code pt_pg_open(const char *conninfo, bool writer, struct mh_err *err,
    struct pt_pg **out) MH_MUST_USE;
void pt_pg_free(struct pt_pg *pg); /* NULL is fine */

bool pt_pg_lost(const struct pt_pg *pg); /* the connection, or the server */
/* Counts the connections made: what a session holds goes with its own. */
uint64_t pt_pg_session(const struct pt_pg *pg);
/* A connection that stands, outside of a transaction; made again where it was
   lost. */
enum mh_code pt_pg_ensure(struct pt_pg *pg, struct mh_err *err) MH_MUST_USE;

/* Statements in PostgreSQL's own words, without a result. */
enum mh_code pt_pg_exec(
    struct pt_pg *pg, const char *sql, struct mh_err *err) MH_MUST_USE;
/* The number in the first column of the one row. */
enum mh_code pt_pg_number(struct pt_pg *pg, const char *sql, struct mh_err *err,
    int64_t *out) MH_MUST_USE;

/*
 * The writer's transaction.  It begins when no other node is in one; all are
 * one writer, as a store on SQLite has.  A server that is away is waited for,
 * PT_PG_WAIT_MS at most.  pt_pg_commit whose connection is lost
 * asks the server what became of it until it knows or *stop: MH_OK is a
 * commit, everything else is none.
 */
enum mh_code pt_pg_begin(
    struct pt_pg *pg, const bool *stop, struct mh_err *err) MH_MUST_USE;
enum mh_code pt_pg_commit(
    struct pt_pg *pg, const bool *stop, struct mh_err *err) MH_MUST_USE;
void pt_pg_rollback(struct pt_pg *pg);

struct pt_pgcursor *pt_pg_prepare(struct pt_pg *pg, const char *sql);
void pt_pgcursor_free(struct pt_pgcursor *c); /* NULL is fine */
void pt_pg_clear(struct pt_pgcursor *c);      /* its values */
void pt_pg_reset(struct pt_pgcursor *c);      /* its rows */
/* 1: a row, 0: no more, -1: it failed. */
int pt_pg_step(struct pt_pgcursor *c);
int pt_pg_parameters(const struct pt_pgcursor *c);

/* Positions from 1.  Text is copied, bytes are borrowed until the reset. */
void pt_pg_bind_i64(struct pt_pgcursor *c, int at, int64_t v);
void pt_pg_bind_text(struct pt_pgcursor *c, int at, const char *v);
void pt_pg_bind_blob(struct pt_pgcursor *c, int at, struct mh_span v);

/* Positions from 0, until the next step. */
bool pt_pg_null(const struct pt_pgcursor *c, int at);
int64_t pt_pg_i64(const struct pt_pgcursor *c, int at);
const char *pt_pg_str(const struct pt_pgcursor *c, int at);
struct mh_span pt_pg_blob(struct pt_pgcursor *c, int at);

/* Of the last statement: rows it changed, and its SQLSTATE ("": good). */
int64_t pt_pg_changes(const struct pt_pg *pg);
const char *pt_pg_state(const struct pt_pg *pg);
/* Fails with what the last statement came to. */
enum mh_code pt_pg_fail(
    const struct pt_pg *pg, const char *what, struct mh_err *err);

#endif
