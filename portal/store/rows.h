/*
 * Short forms for the store's own files: a statement with its values, run in
 * the writer or read row by row.
 */
#ifndef PORTAL_STORE_ROWS_H
#define PORTAL_STORE_ROWS_H

#include "portal/store/db.h"

enum {
    PT_ARGS_MAX = 16,
};

/* text, else bytes, else none, else number. */
struct pt_arg {
    const char *text;
    struct mh_span bytes;
    bool none; /* NULL */
    int64_t number;
};

#define PT_N(v)                                                                \
    {                                                                          \
        .number = (v)                                                          \
    }
#define PT_S(v)                                                                \
    {                                                                          \
        .text = (v)                                                            \
    }
#define PT_B(v)                                                                \
    {                                                                          \
        .bytes = (v)                                                           \
    }

struct pt_stmt {
    const char *sql; /* a literal of static storage, prepared once */
    struct pt_arg arg[PT_ARGS_MAX];
    size_t args;
    int64_t changes; /* rows that it changed */
};

/* The statement with its values, to be stepped and reset; NULL on failure. */
struct pt_cursor *pt_rows_bind(struct pt_db *db, const struct pt_stmt *stmt);

/* All of them in one transaction, or none. */
enum mh_code pt_rows_write(struct pt_store *store, struct pt_stmt *stmt,
    size_t count, struct mh_err *err) MH_MUST_USE;

/* One, inside the writer's transaction.  MH_EFORMAT: a rule of the table. */
enum mh_code pt_rows_run(struct pt_store *store, struct pt_stmt *stmt,
    struct mh_err *err) MH_MUST_USE;

/* Calls row for each; it ends with false. */
typedef bool pt_row(void *ctx, struct pt_cursor *stmt);
enum mh_code pt_rows_read(struct pt_store *store, const struct pt_stmt *stmt,
    pt_row *row, void *ctx, struct mh_err *err) MH_MUST_USE;

/* The first row there is, inside the writer's transaction. */
enum mh_code pt_rows_first(struct pt_store *store, const struct pt_stmt *stmt,
    pt_row *row, void *ctx, struct mh_err *err) MH_MUST_USE;

/* pt_store_event_add inside the writer's transaction. */
struct pt_event_new;
enum mh_code pt_event_write(struct pt_store *store,
    const struct pt_event_new *event, struct mh_err *err) MH_MUST_USE;
/* The same with the case and the data of the one row (case, data) that sql, a
   literal, finds for the id; an error where there is none. */
enum mh_code pt_event_tell(struct pt_store *store, const char *sql,
    const char *id, const struct pt_event_new *event,
    struct mh_err *err) MH_MUST_USE;

#endif
