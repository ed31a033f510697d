/* Hearings of cases (portal/store/cases.h). */
#include "portal/store/cases.h"

#include "portal/http/id.h"
#include "portal/store/hearingrow.h"
#include "portal/store/rows.h"

#define COLUMNS                                                                \
    "SELECT h.case_id, c.number, k.name, h.starts, h.hall, h.kind, h.state,"   \
    " h.id, h.ends, w.starts, n.starts, h.uid, h.sequence, h.reason, w.id,"    \
    " n.id FROM hearing h JOIN court_case c ON c.id = h.case_id"               \
    " JOIN court k ON k.id = c.court"                                          \
    " LEFT JOIN hearing w ON w.id = h.moved_from"                              \
    " LEFT JOIN hearing n ON n.moved_from = h.id"

static void
read_hearing(struct pt_cursor *stmt, struct pt_hearing *h)
{
    *h = (struct pt_hearing){.starts = pt_column_i64(stmt, 3),
        .ends = pt_column_i64(stmt, 8),
        .moved_from = pt_column_time(stmt, 9),
        .moved_to = pt_column_time(stmt, 10),
        .sequence = (uint32_t)pt_column_i64(stmt, 12)};
    pt_column_text(stmt, 0, h->case_id, sizeof(h->case_id));
    pt_column_text(stmt, 1, h->number, sizeof(h->number));
    pt_column_text(stmt, 2, h->court, sizeof(h->court));
    pt_column_text(stmt, 4, h->hall, sizeof(h->hall));
    pt_column_text(stmt, 5, h->kind, sizeof(h->kind));
    pt_column_text(stmt, 6, h->state, sizeof(h->state));
    pt_column_text(stmt, 7, h->id, sizeof(h->id));
    pt_column_text(stmt, 11, h->uid, sizeof(h->uid));
}

static enum mh_code
put(struct pt_store *store, void *arg, struct mh_err *err)
{
    const struct pt_hearing *h = arg;
    struct pt_stmt change = {
        .sql = "UPDATE hearing SET hall = ?3, kind = ?4, state = ?5"
               " WHERE case_id = ?1 AND starts = ?2",
        .arg = {PT_S(h->case_id), PT_N(h->starts), PT_S(h->hall), PT_S(h->kind),
            PT_S(h->state)},
        .args = 5};
    char id[27];
    struct pt_stmt add = {
        .sql = "INSERT INTO hearing (id, case_id, starts, ends, hall, kind,"
               " state, uid, " PT_HEARING_CASE ") VALUES (?1, ?2, ?3, ?4, ?5,"
               " ?6, ?7, ?1, " PT_HEARING_CASE_OF_2 ")",
        .arg = {PT_S(id), PT_S(h->case_id), PT_N(h->starts),
            PT_N(h->ends != 0 ? h->ends : h->starts + (int64_t)PT_MINUTES * 60),
            PT_S(h->hall), PT_S(h->kind), PT_S(h->state)},
        .args = 7};
    enum mh_code code = pt_rows_run(store, &change, err);

    pt_id_new(id);
    return code == MH_OK && change.changes == 0 ? pt_rows_run(store, &add, err)
                                                : code;
}

enum mh_code
pt_store_hearing_put(struct pt_store *store, const struct pt_hearing *hearing,
    struct mh_err *err)
{
    struct pt_hearing h = *hearing;
    struct pt_write w = {.run = put, .arg = &h};

    return pt_write_do(store, &w, err);
}

/* All rows of a statement that was bound. */
static enum mh_code
read_all(struct pt_db *db, struct pt_cursor *stmt, struct mh_arena *arena,
    struct mh_err *err, struct pt_hearings *out)
{
    enum pt_stepped rc = PT_ERROR;

    *out = (struct pt_hearings){
        .item = mh_arena_array(arena, PT_HEARINGS_MAX, sizeof(*out->item))};
    if (out->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    while (stmt != NULL && (rc = pt_step(stmt)) == PT_ROW)
        read_hearing(stmt, &out->item[out->count++]);
    if (stmt != NULL)
        pt_reset(stmt);
    return rc == PT_DONE ? MH_OK : pt_db_fail(db, "hearing", err);
}

enum mh_code
pt_store_hearing_list(struct pt_store *store, const char *id,
    struct mh_arena *arena, struct mh_err *err, struct pt_hearings *out)
{
    struct pt_db *db = pt_read_begin(store);
    struct pt_cursor *stmt = pt_db_prepare(
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

static bool
take_full(void *ctx, struct pt_cursor *stmt)
{
    struct pt_hearing_full *out = ctx;

    read_hearing(stmt, &out->h);
    pt_column_text(stmt, 13, out->reason, sizeof(out->reason));
    pt_column_text(stmt, 14, out->from_id, sizeof(out->from_id));
    pt_column_text(stmt, 15, out->to_id, sizeof(out->to_id));
    return false;
}

enum mh_code
pt_store_hearing_get(struct pt_store *store, const char *id, struct mh_err *err,
    struct pt_hearing_full *out)
{
    const struct pt_stmt s = {
        .sql = COLUMNS " WHERE h.id = ?1", .arg = {PT_S(id)}, .args = 1};

    *out = (struct pt_hearing_full){.reason = ""};
    return pt_rows_read(store, &s, take_full, out, err);
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
        return COLUMNS " WHERE h.starts >= ?2 AND h.court IN (SELECT court"
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
    struct pt_cursor *stmt;
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
