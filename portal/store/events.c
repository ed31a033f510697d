#include "portal/store/events.h"

#include <string.h>

#include "portal/http/id.h"
#include "portal/store/deliveries.h"
#include "portal/store/rows.h"

enum {
    VIEW_EVERY =
        600, /* seconds between two views of an account that are kept */
};

/* An event, and whom it is told. */
struct adding {
    const struct pt_event_new *event;
    char id[27];
};

/* In one statement, however many they are; their ids are 104 random bits, in
   the letters of ids. */
static enum mh_code
notify(struct pt_db *db, const struct adding *a, struct mh_err *err)
{
    struct pt_cursor *add = pt_db_prepare(db,
        "INSERT INTO notification (id, event, recipient, at) SELECT"
        " replace(replace(replace(replace(lower(hex(randomblob(13))),"
        "  '0', 'g'), '1', 'h'), '8', 'i'), '9', 'j'), ?9, w.account, ?6"
        " FROM ("
        "SELECT account FROM participant p WHERE case_id = ?1 AND active = 1"
        " AND account IS NOT ?2 AND ?5 = 0 AND (mandated = 0 OR EXISTS ("
        "  SELECT 1 FROM mandated v WHERE v.case_id = ?1"
        "  AND v.account = p.account AND v.part = p.role"
        "  AND v.scopes & 8 > 0 AND v.until > ?6))"
        " UNION ALL SELECT a.id FROM court_case c JOIN official o"
        "  ON o.court = c.court JOIN account a ON a.id = o.account"
        "  WHERE c.id = ?1 AND ?7 = 1 AND a.role = 5 AND a.state = 1"
        "  AND a.id IS NOT ?2"
        " UNION ALL SELECT id FROM account WHERE id = ?8 AND id IS NOT ?2"
        " UNION ALL SELECT id FROM account WHERE id = ?5 AND id IS NOT ?2"
        " UNION ALL SELECT judge FROM court_case"
        " WHERE id = ?1 AND ?3 = 1 AND judge IS NOT NULL AND judge IS NOT ?2"
        " UNION ALL SELECT owner FROM application WHERE id = ?4"
        " AND owner IS NOT ?2) w WHERE w.account IS NOT NULL"
        " ON CONFLICT (event, recipient) DO NOTHING");

    if (add == NULL)
        return pt_db_fail(db, "notification", err);
    if (a->event->case_id != NULL)
        pt_bind_text(add, 1, a->event->case_id);
    pt_bind_i64(add, 2, a->event->actor);
    pt_bind_i64(add, 3, a->event->judge);
    pt_bind_i64(add, 5, a->event->only);
    pt_bind_i64(add, 6, a->event->at);
    pt_bind_i64(add, 7, a->event->clerks);
    pt_bind_i64(add, 8, a->event->also);
    pt_bind_text(add, 9, a->id);
    if (a->event->application != NULL)
        pt_bind_text(add, 4, a->event->application);
    return pt_db_run(db, add, "notification", err);
}

static enum mh_code
run_event(struct pt_store *store, void *arg, struct mh_err *err)
{
    const struct adding *a = arg;
    struct pt_db *db = &store->writer;
    struct pt_cursor *stmt =
        pt_db_prepare(db, "INSERT INTO event (id, case_id, kind, actor, at,"
                          " data, application)"
                          " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    enum mh_code code;

    if (stmt == NULL)
        return pt_db_fail(db, "event", err);
    pt_bind_text(stmt, 1, a->id);
    if (a->event->case_id != NULL)
        pt_bind_text(stmt, 2, a->event->case_id);
    pt_bind_text(stmt, 3, a->event->kind);
    if (a->event->actor != 0)
        pt_bind_i64(stmt, 4, a->event->actor);
    pt_bind_i64(stmt, 5, a->event->at);
    pt_bind_text(stmt, 6, a->event->data);
    if (a->event->application != NULL)
        pt_bind_text(stmt, 7, a->event->application);
    code = pt_db_run(db, stmt, "event", err);
    if (code == MH_OK)
        code = notify(db, a, err);
    return code == MH_OK && pt_changes(db) > 0
               ? pt_delivery_fan_out(store, a->id, err)
               : code;
}

enum mh_code
pt_event_write(struct pt_store *store, const struct pt_event_new *event,
    struct mh_err *err)
{
    struct adding a = {.event = event};

    pt_row_id_new(a.id);
    return run_event(store, &a, err);
}

enum mh_code
pt_event_tell(struct pt_store *store, const char *sql, const char *id,
    const struct pt_event_new *event, struct mh_err *err)
{
    struct pt_cursor *stmt = pt_db_prepare(&store->writer, sql);
    char case_id[27] = "", data[PT_TEXT_MAX + 1] = "";
    struct pt_event_new e = *event;
    enum pt_stepped rc;

    if (stmt == NULL)
        return pt_db_fail(&store->writer, "event", err);
    pt_bind_text(stmt, 1, id);
    rc = pt_step(stmt);
    if (rc == PT_ROW) {
        pt_column_text(stmt, 0, case_id, sizeof(case_id));
        pt_column_text(stmt, 1, data, sizeof(data));
    }
    pt_reset(stmt);
    e.case_id = case_id;
    e.data = data;
    return rc == PT_ROW ? pt_event_write(store, &e, err)
                        : pt_db_fail(&store->writer, "event", err);
}

enum mh_code
pt_store_event_add(struct pt_store *store, const struct pt_event_new *event,
    struct mh_err *err)
{
    struct adding a = {.event = event};
    struct pt_write w = {.run = run_event, .arg = &a};

    pt_row_id_new(a.id);
    return pt_write_do(store, &w, err);
}

enum mh_code
pt_store_case_viewed(struct pt_store *store, const char *case_id,
    int64_t account, int64_t now, struct mh_err *err)
{
    char id[27];
    struct pt_stmt s = {
        .sql = "INSERT INTO event (id, case_id, kind, actor, at, data)"
               " WITH why (reason) AS (SELECT coalesce((SELECT reason"
               "  FROM case_reason WHERE case_id = ?2 AND account = ?3"
               "  AND until > ?4 ORDER BY until DESC, rowid DESC LIMIT 1), ''))"
               " SELECT ?1, ?2, 'view', ?3, ?4, reason FROM why WHERE NOT"
               " EXISTS (SELECT 1 FROM event WHERE case_id = ?2"
               "  AND kind = 'view' AND actor = ?3 AND at > ?5"
               "  AND data = reason)",
        .arg = {PT_S(id), PT_S(case_id), PT_N(account), PT_N(now),
            PT_N(now - VIEW_EVERY)},
        .args = 5};

    pt_row_id_new(id);
    return pt_rows_write(store, &s, 1, err);
}

static bool
take_event(void *ctx, struct pt_cursor *stmt)
{
    struct pt_events *list = ctx;
    struct pt_event *e = &list->item[list->count++];

    *e = (struct pt_event){
        .at = pt_column_i64(stmt, 1), .role = pt_column_int(stmt, 2)};
    pt_column_text(stmt, 0, e->kind, sizeof(e->kind));
    if (pt_role_official((enum pt_role)e->role))
        pt_column_text(stmt, 3, e->actor, sizeof(e->actor));
    pt_column_text(stmt, 4, e->data, sizeof(e->data));
    return list->count < PT_EVENTS_SHOWN;
}

enum mh_code
pt_store_event_list(struct pt_store *store, const char *case_id, bool views,
    struct mh_arena *arena, struct mh_err *err, struct pt_events *out)
{
    const struct pt_stmt s = {
        .sql = "SELECT e.kind, e.at, coalesce(a.role, 0),"
               " trim(coalesce(a.name || ' ' || a.surname, '')), e.data"
               " FROM event e LEFT JOIN account a ON a.id = e.actor"
               " WHERE e.case_id = ?1 AND CASE e.kind"
               " WHEN 'view' THEN 1 ELSE 0 END = ?2"
               " ORDER BY e.at DESC, e.id DESC LIMIT ?3",
        .arg = {PT_S(case_id), PT_N(views), PT_N(PT_EVENTS_SHOWN)},
        .args = 3};

    *out = (struct pt_events){
        .item = mh_arena_array(arena, PT_EVENTS_SHOWN, sizeof(*out->item))};
    if (out->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    return pt_rows_read(store, &s, take_event, out, err);
}
