/* Connecting to PostgreSQL (pgdb.h). */
#include "portal/store/pgconn.h"

#include <stdlib.h>
#include <string.h>

#include "portal/store/pgdb.h"

static const char *const names[PT_PG_OPTIONS] = {
    "host", "port", "user", "dbname", NULL};

/* The rest is the same for every connection. */
#define SETTINGS                                                               \
    "SET synchronous_commit = on; SET standard_conforming_strings = on;"       \
    "SET bytea_output = 'hex'; SET timezone = 'UTC'; SET search_path = "       \
    "public;"                                                                  \
    "SET statement_timeout = '30s';"                                           \
    "SET idle_in_transaction_session_timeout = '5s';"                          \
    "SET jit = off; SET client_min_messages = warning;"

static enum mh_code
check_host(const char *host, struct mh_err *err)
{
    if (host == NULL || host[0] != '/')
        return mh_fail(err, MH_EUNSUP, MH_NO_OFFSET,
            "store: host: the folder of the server's socket, from / on");
    if (strchr(host, ',') != NULL)
        return mh_fail(
            err, MH_EUNSUP, MH_NO_OFFSET, "store: host: one server only");
    return MH_OK;
}

/* Takes the options that are ours; all others are refused by name. */
static enum mh_code
take_options(struct pt_pg *pg, const PQconninfoOption *list, struct mh_err *err)
{
    for (const PQconninfoOption *o = list; o->keyword != NULL; o++) {
        size_t n = 0;

        if (o->val == NULL)
            continue;
        while (names[n] != NULL && strcmp(names[n], o->keyword) != 0)
            n++;
        if (names[n] == NULL)
            return mh_fail(err, MH_EUNSUP, MH_NO_OFFSET,
                "store: %s: not an option here (host, port, user, dbname)",
                o->keyword);
        pg->option[n] = strdup(o->val);
        if (pg->option[n] == NULL)
            return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    }
    return check_host(pg->option[0], err);
}

static enum mh_code
read_options(struct pt_pg *pg, const char *conninfo, struct mh_err *err)
{
    PQconninfoOption *list = PQconninfoParse(conninfo, NULL);
    enum mh_code code;

    if (list == NULL)
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
            "store: postgresql: name=value, divided by spaces");
    code = take_options(pg, list, err);
    PQconninfoFree(list);
    return code;
}

/* What the server adds is nobody's to read: a failure has its state. */
static void
ignore(void *ctx, const char *text)
{
    (void)ctx;
    (void)text;
}

/* No password is looked for, and no home of a user. */
#define NOWHERE "/nonexistent"

static enum mh_code
connect_once(struct pt_pg *pg, struct mh_err *err)
{
    /* Whatever the environment says, this is what is asked for. */
    const char *const key[] = {"host", "port", "user", "dbname", "sslmode",
        "gssencmode", "passfile", "client_encoding", "application_name",
        "connect_timeout", "options", NULL};
    const char *const value[] = {pg->option[0], pg->option[1], pg->option[2],
        pg->option[3], "disable", "disable", NOWHERE, "UTF8", "mohur-portal",
        "5", "", NULL};

    PQfinish(pg->conn);
    pg->conn = PQconnectdbParams(key, value, 0);
    if (PQstatus(pg->conn) != CONNECTION_OK)
        return mh_fail(
            err, MH_EIO, MH_NO_OFFSET, "store: the database cannot be reached");
    (void)PQsetNoticeProcessor(pg->conn, ignore, NULL); /* the one before */
    pg->session++;
    if (pt_pg_exec(pg, SETTINGS, err) != MH_OK ||
        (!pg->writer && pt_pg_exec(pg, "SET default_transaction_read_only = on",
                            err) != MH_OK)) {
        PQfinish(pg->conn);
        pg->conn = NULL;
        return MH_EIO;
    }
    return MH_OK;
}

enum mh_code
pt_pg_ensure(struct pt_pg *pg, struct mh_err *err)
{
    return PQstatus(pg->conn) == CONNECTION_OK ? MH_OK : connect_once(pg, err);
}

/* What the store relies on and a server may be without. */
static enum mh_code
check_server(struct pt_pg *pg, struct mh_err *err)
{
    const char *encoding = PQparameterStatus(pg->conn, "server_encoding");
    int64_t fsync = 0;
    enum mh_code code = pt_pg_number(pg,
        "SELECT count(*) FROM pg_settings WHERE name = 'fsync'"
        " AND setting = 'on'",
        err, &fsync);

    if (code != MH_OK)
        return code;
    if (PQserverVersion(pg->conn) < 150000)
        return mh_fail(err, MH_EUNSUP, MH_NO_OFFSET,
            "store: the database is older than PostgreSQL 15");
    if (encoding == NULL || strcmp(encoding, "UTF8") != 0)
        return mh_fail(err, MH_EUNSUP, MH_NO_OFFSET,
            "store: the database's encoding is not UTF8");
    if (fsync != 1)
        return mh_fail(err, MH_EUNSUP, MH_NO_OFFSET,
            "store: the database does without fsync");
    return MH_OK;
}

/* Who we are is known before the lock-down hides the system's files. */
static enum mh_code
keep_names(struct pt_pg *pg, struct mh_err *err)
{
    if (pg->option[2] == NULL)
        pg->option[2] = strdup(PQuser(pg->conn));
    if (pg->option[3] == NULL)
        pg->option[3] = strdup(PQdb(pg->conn));
    return pg->option[2] != NULL && pg->option[3] != NULL
               ? MH_OK
               : mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
}

enum mh_code
pt_pg_open(
    const char *conninfo, bool writer, struct mh_err *err, struct pt_pg **out)
{
    struct pt_pg *pg = calloc(1, sizeof(*pg));
    enum mh_code code;

    *out = NULL;
    if (pg == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    pg->writer = writer;
    code = read_options(pg, conninfo, err);
    if (code == MH_OK)
        code = connect_once(pg, err);
    if (code == MH_OK)
        code = check_server(pg, err);
    if (code == MH_OK)
        code = keep_names(pg, err);
    if (code == MH_OK)
        *out = pg;
    else
        pt_pg_free(pg);
    return code;
}

void
pt_pg_free(struct pt_pg *pg)
{
    if (pg == NULL)
        return;
    PQfinish(pg->conn);
    for (size_t i = 0; i < PT_PG_OPTIONS; i++)
        free(pg->option[i]);
    free(pg);
}
