/* What a connection to PostgreSQL consists of, for the files of pgdb.h. */
#ifndef PORTAL_STORE_PGCONN_H
#define PORTAL_STORE_PGCONN_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    PT_PG_OPTIONS = 5, /* host, port, user, dbname, and the end */
};

struct pt_pg {
    PGconn *conn;
    char *option[PT_PG_OPTIONS]; /* owned; in the order of pgconn.c's names */
    bool writer;
    uint64_t session;     /* connections made */
    unsigned statements;  /* prepared, all in all: they have numbers */
    int64_t changes;      /* of the last statement */
    char state[6];        /* SQLSTATE of the last statement; "": good */
    char transaction[24]; /* its number, of the writer's last */
};

/* Keeps what a statement came to; NULL: the connection is gone. */
void pt_pg_note(struct pt_pg *pg, PGresult *res);
/* Runs text as it is; the result is the caller's, and may be NULL. */
PGresult *pt_pg_run(struct pt_pg *pg, const char *sql);

#endif
