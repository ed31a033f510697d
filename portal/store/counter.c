#include "portal/store/counter.h"

#include <stdio.h>
#include <string.h>

#include "portal/store/rows.h"

/* The first column of the one row that a bound statement has; *there: whether
   it has one. */
static enum mh_code
one_number(struct pt_db *db, struct pt_cursor *stmt, struct mh_err *err,
    int64_t *out, bool *there)
{
    enum pt_stepped rc = pt_step(stmt);

    *there = rc == PT_ROW;
    if (*there)
        *out = pt_column_i64(stmt, 0);
    pt_reset(stmt);
    return rc == PT_ROW || rc == PT_DONE ? MH_OK
                                         : pt_db_fail(db, "series", err);
}

static enum mh_code
court_code(struct pt_db *db, int64_t court, struct mh_err *err,
    char out[static PT_COURT_CODE_MAX + 1])
{
    struct pt_cursor *stmt =
        pt_db_prepare(db, "SELECT code FROM court WHERE id = ?1");
    enum pt_stepped rc;

    if (stmt == NULL)
        return pt_db_fail(db, "series", err);
    pt_bind_i64(stmt, 1, court);
    rc = pt_step(stmt);
    if (rc == PT_ROW)
        pt_column_text(stmt, 0, out, PT_COURT_CODE_MAX + 1);
    pt_reset(stmt);
    return rc == PT_ROW    ? MH_OK
           : rc == PT_DONE ? mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
                                 "store: series: no such court")
                           : pt_db_fail(db, "series", err);
}

/* The highest serial of the series that is there; 0: none is. */
static enum mh_code
highest(struct pt_db *db, int64_t court, const struct pt_case_number *series,
    struct mh_err *err, uint32_t *out)
{
    struct pt_cursor *stmt =
        pt_db_prepare(db, "SELECT number FROM court_case WHERE court = ?1"
                          " AND instr(number, ?2) > 0");
    char code[PT_COURT_CODE_MAX + 3], number[PT_NUMBER_MAX + 1];
    struct pt_case_number there;
    enum pt_stepped rc;

    *out = 0;
    if (stmt == NULL)
        return pt_db_fail(db, "series", err);
    (void)snprintf(code, sizeof(code), "(%s)", series->court); /* fits */
    pt_bind_i64(stmt, 1, court);
    pt_bind_text(stmt, 2, code);
    while ((rc = pt_step(stmt)) == PT_ROW) {
        pt_column_text(stmt, 0, number, sizeof(number));
        if (pt_number_read(number, &there) && there.year == series->year &&
            there.serial > *out && strcmp(there.type, series->type) == 0 &&
            strcmp(there.court, series->court) == 0)
            *out = there.serial;
    }
    pt_reset(stmt);
    return rc == PT_DONE ? MH_OK : pt_db_fail(db, "series", err);
}

/* Where the counter stands, or would begin. */
static enum mh_code
begin(struct pt_db *db, int64_t court, struct pt_case_number *series,
    struct mh_err *err)
{
    struct pt_cursor *stmt = pt_db_prepare(db,
        "SELECT next FROM case_counter WHERE court = ?1 AND type = ?2"
        " AND year = ?3");
    uint32_t last = 0;
    int64_t next = 0;
    bool there = false;
    enum mh_code code;

    if (stmt == NULL)
        return pt_db_fail(db, "series", err);
    pt_bind_i64(stmt, 1, court);
    pt_bind_text(stmt, 2, series->type);
    pt_bind_i64(stmt, 3, series->year);
    code = one_number(db, stmt, err, &next, &there);
    if (code == MH_OK && !there) {
        code = highest(db, court, series, err, &last);
        next = (int64_t)last + 1;
    }
    series->serial = next > PT_SERIAL_MAX ? PT_SERIAL_MAX + 1 : (uint32_t)next;
    return code;
}

/* Whether a case has the number, on paper or opened electronically. */
static enum mh_code
taken(struct pt_db *db, const char *number, struct mh_err *err, bool *out)
{
    struct pt_cursor *stmt = pt_db_prepare(
        db, "SELECT 1 FROM court_case WHERE number IN (?1, 'e-' || ?1)");
    int64_t one;

    if (stmt == NULL)
        return pt_db_fail(db, "series", err);
    pt_bind_text(stmt, 1, number);
    return one_number(db, stmt, err, &one, out);
}

enum mh_code
pt_counter_next(struct pt_store *store, const struct pt_counter_key *key,
    struct mh_err *err, char number[static PT_NUMBER_MAX + 1])
{
    struct pt_db *db = &store->writer;
    struct pt_case_number series = {.year = pt_series_year(key->now)};
    struct pt_stmt keep = {
        .sql = "INSERT INTO case_counter (court, type, year, next)"
               " VALUES (?1, ?2, ?3, ?4) ON CONFLICT (court, type, year)"
               " DO UPDATE SET next = ?4",
        .args = 4};
    bool used = true;
    enum mh_code code = court_code(db, key->court, err, series.court);

    (void)snprintf(
        series.type, sizeof(series.type), "%s", key->type); /* fits */
    if (code == MH_OK)
        code = begin(db, key->court, &series, err);
    for (; code == MH_OK; series.serial++) {
        if (!pt_number_write(&series, number))
            return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET,
                "store: series: it is at its end");
        code = taken(db, number, err, &used);
        if (code == MH_OK && !used)
            break;
    }
    if (code != MH_OK)
        return code;
    keep.arg[0].number = key->court;
    keep.arg[1].text = series.type;
    keep.arg[2].number = series.year;
    keep.arg[3].number = (int64_t)series.serial + 1;
    return pt_rows_run(store, &keep, err);
}
