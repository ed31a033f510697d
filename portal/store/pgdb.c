#include "portal/store/pgdb.h"

#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "portal/store/pgconn.h"

enum {
    AGAIN_MS = 200, /* between two tries to learn what became of a commit */
};

void
pt_pg_note(struct pt_pg *pg, PGresult *res)
{
    const char *state =
        res == NULL ? NULL : PQresultErrorField(res, PG_DIAG_SQLSTATE);
    ExecStatusType s = PQresultStatus(res);

    pg->changes = 0;
    pg->state[0] = '\0';
    if (s == PGRES_COMMAND_OK || s == PGRES_TUPLES_OK) {
        pg->changes = strtoll(PQcmdTuples(res), NULL, 10);
        return;
    }
    /* A connection that is gone has no state: 08006 is its name. */
    (void)snprintf(pg->state, sizeof(pg->state), "%s",
        state != NULL ? state : "08006"); /* five letters */
}

PGresult *
pt_pg_run(struct pt_pg *pg, const char *sql)
{
    PGresult *res = pg->conn == NULL ? NULL : PQexec(pg->conn, sql);

    pt_pg_note(pg, res);
    return res;
}

uint64_t
pt_pg_session(const struct pt_pg *pg)
{
    return pg->session;
}

int64_t
pt_pg_changes(const struct pt_pg *pg)
{
    return pg->changes;
}

const char *
pt_pg_state(const struct pt_pg *pg)
{
    return pg->state;
}

/* Whether the state is of one of the classes, two letters each. */
static bool
of_class(const char *state, const char *classes)
{
    for (; *classes != '\0'; classes += 2)
        if (strncmp(state, classes, 2) == 0)
            return true;
    return false;
}

enum mh_code
pt_pg_fail(const struct pt_pg *pg, const char *what, struct mh_err *err)
{
    const char *s = pg->state;

    if (strcmp(s, "53200") == 0)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    if (strcmp(s, "XX001") == 0 || strcmp(s, "XX002") == 0)
        return mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "store: %s: damaged", what);
    /* Connections, resources, the operator's hand, the system, conflicts. */
    if (of_class(s, "08535758"
                    "4055"
                    "25"))
        return mh_fail(err, MH_EIO, MH_NO_OFFSET,
            "store: %s: the database says %s", what, s);
    return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET,
        "store: %s: the database says %s", what, s);
}

enum mh_code
pt_pg_exec(struct pt_pg *pg, const char *sql, struct mh_err *err)
{
    PQclear(pt_pg_run(pg, sql));
    return pg->state[0] == '\0' ? MH_OK : pt_pg_fail(pg, "statement", err);
}

enum mh_code
pt_pg_number(
    struct pt_pg *pg, const char *sql, struct mh_err *err, int64_t *out)
{
    PGresult *res = pt_pg_run(pg, sql);
    enum mh_code code = MH_OK;

    *out = 0;
    if (pg->state[0] != '\0')
        code = pt_pg_fail(pg, "number", err);
    else if (PQntuples(res) == 1)
        *out = strtoll(PQgetvalue(res, 0, 0), NULL, 10);
    PQclear(res);
    return code;
}

/* ---- the writer's transaction ---- */

#define LOCK "7236834" /* of all nodes: one writes */

bool
pt_pg_lost(const struct pt_pg *pg)
{
    return PQstatus(pg->conn) != CONNECTION_OK;
}

/* A connection that seems to stand may be of a server that fell meanwhile: it
   is made again, until there is a server or the time is over. */
static PGresult *
begin_on_server(struct pt_pg *pg, const bool *stop, struct mh_err *err)
{
    const struct timespec again = {0, AGAIN_MS * 1000000L};
    PGresult *res = NULL;

    for (int ms = 0; ms <= PT_PG_WAIT_MS; ms += AGAIN_MS) {
        if (pt_pg_ensure(pg, err) == MH_OK)
            res = pt_pg_run(pg,
                "BEGIN; SELECT pg_current_xact_id() FROM"
                " (SELECT pg_advisory_xact_lock(" LOCK ")) AS lock");
        else
            pt_pg_note(pg, NULL);
        if (!pt_pg_lost(pg) || *stop)
            break;
        PQclear(res);
        res = NULL;
        if (ms > 0)
            (void)nanosleep(&again, NULL); /* shorter is fine */
    }
    return res;
}

enum mh_code
pt_pg_begin(struct pt_pg *pg, const bool *stop, struct mh_err *err)
{
    PGresult *res = begin_on_server(pg, stop, err);
    enum mh_code code;

    if (pg->state[0] != '\0' || PQntuples(res) != 1) {
        code = pt_pg_fail(pg, "begin", err);
        PQclear(res);
        pt_pg_rollback(pg);
        return code;
    }
    (void)snprintf(pg->transaction, sizeof(pg->transaction), "%s",
        PQgetvalue(res, 0, 0)); /* twenty digits at most */
    PQclear(res);
    return MH_OK;
}

void
pt_pg_rollback(struct pt_pg *pg)
{
    PGTransactionStatusType s = PQtransactionStatus(pg->conn);
    char state[sizeof(pg->state)];

    memcpy(state, pg->state, sizeof(state));
    if (s == PQTRANS_INTRANS || s == PQTRANS_INERROR)
        PQclear(PQexec(pg->conn, "ROLLBACK"));
    memcpy(pg->state, state, sizeof(state)); /* the first failure counts */
}

/* One try; *known: the server said what became of the transaction. */
static enum mh_code
ask_commit(struct pt_pg *pg, struct mh_err *err, bool *known)
{
    PGresult *res;
    char sql[128];
    const char *said;
    enum mh_code code = pt_pg_ensure(pg, err);

    *known = false;
    if (code != MH_OK)
        return code;
    (void)snprintf(sql, sizeof(sql), "SELECT pg_xact_status('%s'::xid8)",
        pg->transaction); /* always fits */
    res = pt_pg_run(pg, sql);
    if (pg->state[0] != '\0' || PQntuples(res) != 1) {
        code = pt_pg_fail(pg, "commit", err);
    } else {
        said = PQgetvalue(res, 0, 0);
        *known = strcmp(said, "in progress") != 0;
        code = strcmp(said, "committed") == 0
                   ? MH_OK
                   : mh_fail(err, MH_EIO, MH_NO_OFFSET,
                         "store: commit: the connection was lost");
    }
    PQclear(res);
    return code;
}

enum mh_code
pt_pg_commit(struct pt_pg *pg, const bool *stop, struct mh_err *err)
{
    const struct timespec again = {0, AGAIN_MS * 1000000L};
    bool known = false;
    enum mh_code code;
    PGresult *res = pt_pg_run(pg, "COMMIT");
    /* A transaction that failed is rolled back by COMMIT, without an error. */
    bool done = pg->state[0] == '\0' && strcmp(PQcmdStatus(res), "COMMIT") == 0;

    PQclear(res);
    if (done)
        return MH_OK;
    if (PQstatus(pg->conn) == CONNECTION_OK)
        return pg->state[0] == '\0'
                   ? mh_fail(err, MH_EIO, MH_NO_OFFSET,
                         "store: commit: the database took it back")
                   : pt_pg_fail(pg, "commit", err);
    for (;;) {
        code = ask_commit(pg, err, &known);
        if (known || *stop)
            return code;
        (void)nanosleep(&again, NULL); /* shorter is fine */
    }
}
