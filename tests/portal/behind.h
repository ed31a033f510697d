/*
 * Behind the store's back: statements on the database of a test, in the words
 * that the store's own have (portal/store/dialect.h).
 */
#ifndef TESTS_PORTAL_BEHIND_H
#define TESTS_PORTAL_BEHIND_H

#include "portal/store/db.h"
#include "tests/portal/where.h"
#include "tests/t.h"

static inline void
t_behind_open(struct pt_db *db, const char *where)
{
    const char *info = strchr(where, '?');
    char path[256];

    (void)snprintf(path, sizeof(path), "%s/store.db", strchr(where, ':') + 1);
    assert_int_equal(t_on_postgresql()
                         ? pt_db_connect(db, info + 1, true, NULL)
                         : pt_db_open(db, path, true, NULL),
        MH_OK);
}

/* sql: a literal. */
static inline void
t_behind_do(struct pt_db *db, const char *sql)
{
    struct mh_err err = {.msg = ""};

    if (pt_db_run(db, pt_db_prepare(db, sql), "behind", &err) != MH_OK)
        fail_msg("%s: %s", sql, err.msg);
}

/* It breaks a rule of the database. */
static inline void
t_behind_refused(struct pt_db *db, const char *sql)
{
    assert_int_equal(pt_db_run(db, pt_db_prepare(db, sql), "behind", NULL),
        MH_EINTERNAL);
    assert_true(pt_db_broke_rule(db));
}

/* The number that a statement finds. */
static inline int64_t
t_behind_number(struct pt_db *db, const char *sql)
{
    struct pt_cursor *stmt = pt_db_prepare(db, sql);
    int64_t n;

    assert_non_null(stmt);
    assert_int_equal(pt_step(stmt), PT_ROW);
    n = pt_column_i64(stmt, 0);
    pt_reset(stmt);
    return n;
}

#endif
