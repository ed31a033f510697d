/*
 * Where the store of a test is: on SQLite in its folder, or, where the
 * environment names a server in MOHUR_TEST_STORE (host=... user=...), in a
 * database of its own there, made empty for the folder and dropped when the
 * next one is made; MOHUR_TEST_TEMPLATE may name one to begin as.
 * tests/portal/pgstore.py starts such a server.
 */
#ifndef TESTS_PORTAL_WHERE_H
#define TESTS_PORTAL_WHERE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* For what is SQLite's alone: a file that a test opens itself. */
static inline bool
t_on_postgresql(void)
{
    return getenv("MOHUR_TEST_STORE") != NULL;
}

/* One command to the server; ends the test where it is refused. */
static inline void
t_server(const char *info, const char *sql)
{
    PGconn *c = PQconnectdb(info);
    PGresult *res = PQexec(c, sql);

    if (PQresultStatus(res) != PGRES_COMMAND_OK &&
        PQresultStatus(res) != PGRES_TUPLES_OK) {
        (void)fprintf(stderr, "%s: %s\n", sql, PQerrorMessage(c));
        abort();
    }
    PQclear(res);
    PQfinish(c);
}

/* Writes what pt_store_open takes for the folder. */
static inline void
t_where(char *out, size_t size, const char *dir)
{
    static char made[64];
    const char *server = getenv("MOHUR_TEST_STORE");
    const char *like = getenv("MOHUR_TEST_TEMPLATE");
    const char *slash = strrchr(dir, '/');
    const char *name = slash == NULL ? dir : slash + 1;
    char info[512], sql[256];

    if (server == NULL) {
        (void)snprintf(out, size, "sqlite:%s", dir);
        return;
    }
    (void)snprintf(out, size, "postgresql:%s?%s dbname=%s", dir, server, name);
    if (strcmp(made, name) == 0)
        return;
    (void)snprintf(info, sizeof(info), "%s dbname=postgres", server);
    if (made[0] != '\0') {
        (void)snprintf(sql, sizeof(sql),
            "DROP DATABASE IF EXISTS \"%s\" WITH (FORCE)", made);
        t_server(info, sql);
    }
    (void)snprintf(made, sizeof(made), "%s", name);
    (void)snprintf(sql, sizeof(sql), "CREATE DATABASE \"%s\" TEMPLATE %s", name,
        like == NULL ? "template1" : like);
    t_server(info, sql);
}

#endif
