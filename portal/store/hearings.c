/* Hearings of cases (portal/store/cases.h). */
#include "portal/store/cases.h"

#include "portal/store/sqlite.h"

#define COLUMNS                                                                \
    "SELECT h.case_id, c.number, k.name, h.starts, h.hall, h.kind, h.state"    \
    " FROM hearing h JOIN court_case c ON c.id = h.case_id"                    \
    " JOIN court k ON k.id = c.court"

static void
read_hearing(sqlite3_stmt *stmt, struct pt_hearing *h)
{
    *h = (struct pt_hearing){.starts = sqlite3_column_int64(stmt, 3)};
    pt_column_text(stmt, 0, h->case_id, sizeof(h->case_id));
    pt_column_text(stmt, 1, h->number, sizeof(h->number));
    pt_column_text(stmt, 2, h->court, sizeof(h->court));
    pt_column_text(stmt, 4, h->hall, sizeof(h->hall));
    pt_column_text(stmt, 5, h->kind, sizeof(h->kind));
    pt_column_text(stmt, 6, h->state, sizeof(h->state));
}

/* All rows of a statement that was bound. */
static enum mh_code
read_all(struct pt_db *db, sqlite3_stmt *stmt, struct mh_arena *arena,
    struct mh_err *err, struct pt_hearings *out)
{
    int rc = SQLITE_ERROR;

    *out = (struct pt_hearings){
        .item = mh_arena_array(arena, PT_HEARINGS_MAX, sizeof(*out->item))};
    if (out->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    while (stmt != NULL && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
        read_hearing(stmt, &out->item[out->count++]);
    if (stmt != NULL)
        (void)sqlite3_reset(stmt); /* its word was rc */
    return rc == SQLITE_DONE ? MH_OK : pt_db_fail(db, "hearing", err);
}

enum mh_code
pt_store_hearing_list(struct pt_store *store, const char *id,
    struct mh_arena *arena, struct mh_err *err, struct pt_hearings *out)
{
    struct pt_db *db = pt_read_begin(store);
    sqlite3_stmt *stmt = pt_db_prepare(
        db, COLUMNS " WHERE h.case_id = ?1 ORDER BY h.starts DESC LIMIT ?2");
    enum mh_code code;

    if (stmt != NULL) {
        pt_bind_text(stmt, 1, id);
        pt_bind_i64(stmt, 2, PT_HEARINGS_MAX);
    }
    code = read_all(db, stmt, arena, err, out);
    pt_read_end(store, db);
    return code;
}

static const char *
mine_sql(enum pt_role role)
{
    switch (role) {
    case PT_ROLE_CITIZEN:
    case PT_ROLE_LAWYER:
    case PT_ROLE_PARTICIPANT:
        return COLUMNS " WHERE h.starts >= ?2 AND h.case_id IN (SELECT case_id"
                       " FROM participant WHERE account = ?1 AND active = 1)"
                       " ORDER BY h.starts, h.case_id LIMIT ?3";
    case PT_ROLE_JUDGE:
        return COLUMNS " WHERE h.starts >= ?2 AND c.judge = ?1"
                       " ORDER BY h.starts, h.case_id LIMIT ?3";
    case PT_ROLE_CLERK:
    case PT_ROLE_PRESIDENT:
        return COLUMNS " WHERE h.starts >= ?2 AND c.court IN (SELECT court"
                       " FROM official WHERE account = ?1)"
                       " ORDER BY h.starts, h.case_id LIMIT ?3";
    case PT_ROLE_AUDITOR:
    case PT_ROLE_OPERATOR:
    case PT_ROLES:
        break;
    }
    return NULL;
}

enum mh_code
pt_store_hearing_mine(struct pt_store *store, const struct pt_account *account,
    int64_t from, struct mh_arena *arena, struct mh_err *err,
    struct pt_hearings *out)
{
    const char *sql = mine_sql(account->role);
    struct pt_db *db;
    sqlite3_stmt *stmt;
    enum mh_code code;

    *out = (struct pt_hearings){.count = 0};
    if (sql == NULL)
        return MH_OK;
    db = pt_read_begin(store);
    stmt = pt_db_prepare(db, sql);
    if (stmt != NULL) {
        pt_bind_i64(stmt, 1, account->id);
        pt_bind_i64(stmt, 2, from);
        pt_bind_i64(stmt, 3, PT_HEARINGS_MAX);
    }
    code = read_all(db, stmt, arena, err, out);
    pt_read_end(store, db);
    return code;
}
