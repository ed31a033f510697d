/*
 * Behind the store's back: statements on the database of a test, in the words
 * that the store's own have (portal/store/dialect.h).
 */
#ifndef TESTS_PORTAL_BEHIND_H
#define TESTS_PORTAL_BEHIND_H

#include "tests/t.h"

#include "base/buf.h"
#include "portal/store/db.h"
#include "portal/store/dialect.h"
#include "tests/portal/where.h"

static inline void
t_behind_open(struct pt_db *db, const char *where)
{
    const char *info = strchr(where, '?');
    char path[256];

    (void)snprintf(path, sizeof(path), "%s/store.db", strchr(where, ':') + 1);
    assert_int_equal(t_on_postgresql() ? pt_db_connect(db, info + 1, true, NULL)
                                       : pt_db_open(db, path, true, NULL),
        MH_OK);
}

static inline enum mh_code
t_behind_try(struct pt_db *db, const char *sql, struct mh_err *err)
{
    struct mh_buf out;
    enum mh_code code;

    if (!t_on_postgresql())
        return pt_db_exec(db, sql, err);
    mh_buf_init(&out, 65536);
    pt_dialect_query(sql, 0, &out);
    mh_buf_byte(&out, '\0');
    assert_true(mh_buf_ok(&out));
    code = pt_db_exec(db, (const char *)out.ptr, err);
    mh_buf_fini(&out);
    return code;
}

static inline void
t_behind_do(struct pt_db *db, const char *sql)
{
    struct mh_err err = {.msg = ""};

    if (t_behind_try(db, sql, &err) != MH_OK)
        fail_msg("%s: %s", sql, err.msg);
}

/* Rows of applications may be what the table's checks forbid. */
static inline void
t_behind_unchecked(struct pt_db *db)
{
    static const char drop[] =
        "DO $$ DECLARE c name; BEGIN FOR c IN SELECT conname FROM"
        " pg_constraint WHERE conrelid = 'application'::regclass AND"
        " contype = 'c' LOOP EXECUTE format('ALTER TABLE application"
        " DROP CONSTRAINT %I', c); END LOOP; END $$";

    assert_int_equal(
        pt_db_exec(db,
            t_on_postgresql() ? drop : "PRAGMA ignore_check_constraints = ON",
            NULL),
        MH_OK);
}

/* It breaks a rule of the database. */
static inline void
t_behind_refused(struct pt_db *db, const char *sql)
{
    assert_int_equal(t_behind_try(db, sql, NULL), MH_EINTERNAL);
    assert_true(pt_db_broke_rule(db));
}

/* The number that a statement, a literal, finds. */
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
