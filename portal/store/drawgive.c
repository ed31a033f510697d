/* Leave of judges, and cases that are given to another one
   (portal/store/draws.h). */
#include "portal/store/draws.h"

#include <stdio.h>
#include <string.h>

#include "portal/http/id.h"
#include "portal/store/events.h"
#include "portal/store/rows.h"

/* ---- leave ---- */

static bool
take_leave(void *ctx, struct pt_cursor *stmt)
{
    struct pt_leaves *list = ctx;
    struct pt_leave *l = &list->item[list->count++];

    l->court = pt_column_i64(stmt, 0);
    l->account = pt_column_i64(stmt, 1);
    l->begins = pt_column_i64(stmt, 2);
    l->ends = pt_column_i64(stmt, 3);
    pt_column_text(stmt, 4, l->name, sizeof(l->name));
    return list->count < PT_LEAVES_MAX;
}

enum mh_code
pt_store_leave_list(struct pt_store *store, int64_t official, int64_t day,
    struct mh_err *err, struct pt_leaves *out)
{
    const struct pt_stmt stmt = {
        .sql = "SELECT l.court, l.account, l.begins, l.ends, a.surname || ' '"
               " || a.name FROM judge_leave l JOIN account a ON"
               " a.id = l.account WHERE l.ends > ?2 AND l.court IN"
               "  (SELECT court FROM official WHERE account = ?1)"
               " ORDER BY l.begins, a.surname, a.name, a.id LIMIT ?3",
        .arg = {PT_N(official), PT_N(day), PT_N(PT_LEAVES_MAX)},
        .args = 3};

    out->count = 0;
    return pt_rows_read(store, &stmt, take_leave, out, err);
}

struct leaving {
    const struct pt_leave_set *set;
    enum pt_found found;
};

/* Of a judge of the president's court. */
#define OF_COURT(account, court, president)                                    \
    " EXISTS (SELECT 1 FROM official o JOIN account a ON a.id = o.account"     \
    "  WHERE o.account = " account " AND o.court = " court " AND a.role = 4"   \
    "  AND a.state = 1) AND EXISTS (SELECT 1 FROM official o JOIN account a"   \
    "  ON a.id = o.account WHERE o.account = " president                       \
    "  AND o.court = " court " AND a.role = 6 AND a.state = 1)"

static enum mh_code
leave(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct leaving *v = arg;
    const struct pt_leave *l = v->set->leave;
    char who[32], obj[48], data[128];
    const struct pt_record r = {
        .ev = "judge.leave", .who = who, .obj = obj, .res = "ok", .data = data};
    struct pt_stmt add = {
        .sql = "INSERT INTO judge_leave (court, account, begins, ends)"
               " SELECT ?1, ?2, ?3, ?4 WHERE" OF_COURT("?2", "?1",
                   "?5") " ON CONFLICT (court, account, begins) DO UPDATE"
                         " SET ends = excluded.ends",
        .arg = {PT_N(l->court), PT_N(l->account), PT_N(l->begins),
            PT_N(l->ends), PT_N(v->set->president)},
        .args = 5};
    struct pt_stmt drop = {
        .sql = "DELETE FROM judge_leave WHERE court = ?1 AND account = ?2"
               " AND begins = ?3 AND" OF_COURT("?2", "?1", "?4"),
        .arg = {PT_N(l->court), PT_N(l->account), PT_N(l->begins),
            PT_N(v->set->president)},
        .args = 4};
    struct pt_stmt *stmt = v->set->drop ? &drop : &add;
    enum mh_code code = pt_rows_run(s, stmt, err);

    v->found = stmt->changes == 1 ? PT_FOUND : PT_ABSENT;
    if (code != MH_OK || v->found == PT_ABSENT)
        return code;
    (void)snprintf(who, sizeof(who), "p:%lld", (long long)v->set->president);
    (void)snprintf(obj, sizeof(obj), "p:%lld", (long long)l->account);
    (void)snprintf(data, sizeof(data),
        "begins=%lld\ncourt=%lld\nends=%lld\n"
        "state=%s\n",
        (long long)l->begins, (long long)l->court, (long long)l->ends,
        v->set->drop ? "dropped" : "set"); /* all fit */
    return pt_record_put(s, &r, v->set->now, err);
}

enum mh_code
pt_store_leave_set(struct pt_store *store, const struct pt_leave_set *set,
    struct mh_err *err, enum pt_found *found)
{
    struct leaving v = {set, PT_ABSENT};
    struct pt_write w = {.run = leave, .arg = &v};
    enum mh_code code = pt_write_do(store, &w, err);

    *found = v.found;
    return code;
}

/* ---- another judge ---- */

struct giving {
    const struct pt_giving *g;
    enum pt_given what;
    bool again;
    int64_t was; /* 0: nobody */
};

/* The case as it is, and whether the form came before. */
static enum mh_code
look(struct pt_store *s, struct giving *v, struct mh_err *err)
{
    struct pt_cursor *stmt = pt_db_prepare(&s->writer,
        "SELECT coalesce(c.judge, 0), EXISTS (SELECT 1 FROM judge_change"
        "  WHERE account = ?3 AND form = ?4), " OF_COURT(
            "?2", "c.court", "?3") " FROM court_case c WHERE c.id = ?1");
    enum pt_stepped rc;

    if (stmt == NULL)
        return pt_db_fail(&s->writer, "judge", err);
    pt_bind_text(stmt, 1, v->g->case_id);
    pt_bind_i64(stmt, 2, v->g->judge);
    pt_bind_i64(stmt, 3, v->g->president);
    pt_bind_text(stmt, 4, v->g->form);
    rc = pt_step(stmt);
    v->what = PT_GIVEN_NOT;
    if (rc == PT_ROW) {
        v->was = pt_column_i64(stmt, 0);
        v->again = pt_column_int(stmt, 1) != 0;
        if (pt_column_int(stmt, 2) != 0)
            v->what = v->again                ? PT_GIVEN
                      : v->was == v->g->judge ? PT_GIVEN_SAME
                                              : PT_GIVEN;
    }
    pt_reset(stmt);
    return rc == PT_ROW || rc == PT_DONE ? MH_OK
                                         : pt_db_fail(&s->writer, "judge", err);
}

static enum mh_code
give_rows(struct pt_store *s, const struct giving *v, struct mh_err *err)
{
    const struct pt_giving *g = v->g;
    struct pt_stmt stmt[] = {
        {.sql = "INSERT INTO judge_change (case_id, was, will, account, at,"
                " reason, form) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            .arg = {PT_S(g->case_id), {.none = v->was == 0, .number = v->was},
                PT_N(g->judge), PT_N(g->president), PT_N(g->now),
                PT_S(g->reason), PT_S(g->form)},
            .args = 7},
        {.sql = "UPDATE court_case SET judge = ?2, status = CASE status"
                " WHEN 1 THEN 2 ELSE status END WHERE id = ?1",
            .arg = {PT_S(g->case_id), PT_N(g->judge)},
            .args = 2}};
    enum mh_code code = pt_rows_run(s, &stmt[0], err);

    return code == MH_OK ? pt_rows_run(s, &stmt[1], err) : code;
}

/* The judge whose the case was is told of the same event. */
static enum mh_code
tell_before(struct pt_store *s, const struct giving *v, struct mh_err *err)
{
    char id[27];
    struct pt_stmt stmt = {
        .sql = "INSERT INTO notification (id, event, recipient, at)"
               " SELECT ?1, id, ?3, ?4 FROM event WHERE case_id = ?2"
               " AND kind = 'judge-changed' ORDER BY rowid DESC LIMIT 1"
               " ON CONFLICT DO NOTHING",
        .arg = {PT_S(id), PT_S(v->g->case_id), PT_N(v->was), PT_N(v->g->now)},
        .args = 4};

    pt_id_new(id);
    return pt_rows_run(s, &stmt, err);
}

static enum mh_code
give(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct giving *v = arg;
    const struct pt_giving *g = v->g;
    char who[32], obj[48], data[96];
    const struct pt_record r = {.ev = "judge.changed",
        .who = who,
        .obj = obj,
        .res = "ok",
        .data = data};
    const struct pt_event_new e = {.case_id = g->case_id,
        .kind = "judge-changed",
        .actor = g->president,
        .at = g->now,
        .data = "",
        .judge = true};
    enum mh_code code = look(s, v, err);

    if (code != MH_OK || v->what != PT_GIVEN || v->again)
        return code;
    code = give_rows(s, v, err);
    (void)snprintf(who, sizeof(who), "p:%lld", (long long)g->president);
    (void)snprintf(obj, sizeof(obj), "case:%.26s", g->case_id);
    (void)snprintf(data, sizeof(data), "was=p:%lld\nwill=p:%lld\n",
        (long long)v->was, (long long)g->judge); /* all fit */
    if (code == MH_OK)
        code = pt_record_put(s, &r, g->now, err);
    if (code == MH_OK)
        code = pt_event_write(s, &e, err);
    return code == MH_OK && v->was != 0 ? tell_before(s, v, err) : code;
}

enum mh_code
pt_store_case_give(struct pt_store *store, const struct pt_giving *giving,
    struct mh_err *err, enum pt_given *out)
{
    struct giving v = {.g = giving, .what = PT_GIVEN_NOT};
    struct pt_write w = {.run = give, .arg = &v};
    enum mh_code code = pt_write_do(store, &w, err);

    *out = v.what;
    return code;
}

static bool
take_given(void *ctx, struct pt_cursor *stmt)
{
    struct pt_given_list *list = ctx;
    struct pt_given_to *g = &list->item[list->count++];

    g->at = pt_column_i64(stmt, 0);
    pt_column_text(stmt, 1, g->was, sizeof(g->was));
    pt_column_text(stmt, 2, g->will, sizeof(g->will));
    pt_column_text(stmt, 3, g->by, sizeof(g->by));
    pt_column_text(stmt, 4, g->reason, sizeof(g->reason));
    return list->count < PT_LEAVES_MAX;
}

enum mh_code
pt_store_given_list(struct pt_store *store, const char *case_id,
    struct mh_arena *arena, struct mh_err *err, struct pt_given_list *out)
{
#define NAME(id)                                                               \
    " coalesce((SELECT surname || ' ' || name FROM account WHERE id = " id     \
    "), '')"
    const struct pt_stmt stmt = {
        .sql = "SELECT j.at," NAME("j.was") "," NAME("j.will") "," NAME(
            "j.account") ", j.reason FROM judge_change j"
                         " WHERE j.case_id = ?1 ORDER BY j.at DESC LIMIT ?2",
        .arg = {PT_S(case_id), PT_N(PT_LEAVES_MAX)},
        .args = 2};

    *out = (struct pt_given_list){
        .item = mh_arena_array(arena, PT_LEAVES_MAX, sizeof(*out->item))};
    if (out->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    return pt_rows_read(store, &stmt, take_given, out, err);
}
