#include "portal/store/schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "portal/http/id.h"
#include "portal/store/documents.h"
#include "portal/store/events.h"
#include "portal/store/fold.h"
#include "portal/store/hearingrow.h"
#include "portal/store/rows.h"

enum {
    DATA_MAX = 256, /* bytes of what a record says */
};

static const char *const states[] = {
    [PT_CHANGE_SCHEDULE] = "scheduled",
    [PT_CHANGE_MOVE] = "moved",
    [PT_CHANGE_CANCEL] = "cancelled",
    [PT_CHANGE_HOLD] = "held",
};
static const char *const kinds[] = {
    [PT_CHANGE_SCHEDULE] = "hearing-scheduled",
    [PT_CHANGE_MOVE] = "hearing-moved",
    [PT_CHANGE_CANCEL] = "hearing-cancelled",
    [PT_CHANGE_HOLD] = "hearing-held",
};

/* A change on its way, and the hearing as it is before. */
struct planning {
    const struct pt_plan *p;
    struct pt_plan_done *out;
    enum pt_case_status status; /* of the case */
    struct pt_hearing was;      /* id "": there is none */
};

/* ---- what is there ---- */

static enum mh_code
read_case(struct pt_db *db, struct planning *v, struct mh_err *err)
{
    struct pt_cursor *stmt =
        pt_db_prepare(db, "SELECT status FROM court_case WHERE id = ?1");
    enum pt_stepped rc;

    if (stmt == NULL)
        return pt_db_fail(db, "hearing", err);
    pt_bind_text(stmt, 1, v->p->case_id);
    rc = pt_step(stmt);
    if (rc == PT_ROW)
        v->status = (enum pt_case_status)pt_column_int(stmt, 0);
    pt_reset(stmt);
    return rc == PT_ROW    ? MH_OK
           : rc == PT_DONE ? mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
                                 "store: hearing: no such case")
                           : pt_db_fail(db, "hearing", err);
}

static enum mh_code
read_hearing(struct pt_db *db, struct planning *v, struct mh_err *err)
{
    struct pt_cursor *stmt = pt_db_prepare(db,
        "SELECT id, starts, ends, hall, kind, state, uid, sequence"
        " FROM hearing WHERE id = ?1 AND case_id = ?2");
    struct pt_hearing *h = &v->was;
    enum pt_stepped rc;

    if (stmt == NULL)
        return pt_db_fail(db, "hearing", err);
    pt_bind_text(stmt, 1, v->p->hearing);
    pt_bind_text(stmt, 2, v->p->case_id);
    rc = pt_step(stmt);
    if (rc == PT_ROW) {
        pt_column_text(stmt, 0, h->id, sizeof(h->id));
        h->starts = pt_column_i64(stmt, 1);
        h->ends = pt_column_i64(stmt, 2);
        pt_column_text(stmt, 3, h->hall, sizeof(h->hall));
        pt_column_text(stmt, 4, h->kind, sizeof(h->kind));
        pt_column_text(stmt, 5, h->state, sizeof(h->state));
        pt_column_text(stmt, 6, h->uid, sizeof(h->uid));
        h->sequence = (uint32_t)pt_column_i64(stmt, 7);
    }
    pt_reset(stmt);
    return rc == PT_ROW || rc == PT_DONE ? MH_OK
                                         : pt_db_fail(db, "hearing", err);
}

static int64_t
end_of(const struct pt_plan *p)
{
    return p->starts + (int64_t)p->minutes * 60;
}

/*
 * The first scheduled hearing that the new time meets: of the case, in the
 * hall of the court, or of the judge.  None lasts longer than the longest, so
 * that an index serves the times.
 */
static enum mh_code
read_other(struct pt_db *db, struct planning *v, struct mh_err *err)
{
    struct pt_cursor *stmt = pt_db_prepare(db,
        "SELECT c.number, h.starts, h.ends, h.hall, c.id = m.id,"
        " c.court = m.court AND pt_fold(h.hall) = ?5"
        " FROM court_case m, hearing h JOIN court_case c ON c.id = h.case_id"
        " WHERE m.id = ?1 AND h.starts < ?3 AND h.starts > ?2 - ?6"
        " AND h.ends > ?2 AND h.state = 'scheduled' AND h.id <> ?4"
        " AND (c.id = m.id OR c.judge = m.judge"
        "  OR (c.court = m.court AND pt_fold(h.hall) = ?5))"
        " ORDER BY h.starts, h.id LIMIT 1");
    struct pt_hearing *o = &v->out->other;
    char hall[4 * PT_HALL_MAX + 1];
    enum pt_stepped rc;

    if (stmt == NULL)
        return pt_db_fail(db, "hearing", err);
    if (!pt_fold(v->p->hall, hall, sizeof(hall)))
        return mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "store: hearing: hall is not good");
    pt_bind_text(stmt, 1, v->p->case_id);
    pt_bind_i64(stmt, 2, v->p->starts);
    pt_bind_i64(stmt, 3, end_of(v->p));
    pt_bind_text(stmt, 4, v->was.id);
    pt_bind_text(stmt, 5, hall);
    pt_bind_i64(stmt, 6, (int64_t)PT_MINUTES_MAX * 60);
    rc = pt_step(stmt);
    if (rc == PT_ROW) {
        pt_column_text(stmt, 0, o->number, sizeof(o->number));
        o->starts = pt_column_i64(stmt, 1);
        o->ends = pt_column_i64(stmt, 2);
        pt_column_text(stmt, 3, o->hall, sizeof(o->hall));
        v->out->what = pt_column_int(stmt, 4) != 0   ? PT_PLANNED_CASE
                       : pt_column_int(stmt, 5) != 0 ? PT_PLANNED_HALL
                                                     : PT_PLANNED_JUDGE;
    }
    pt_reset(stmt);
    return rc == PT_ROW || rc == PT_DONE ? MH_OK
                                         : pt_db_fail(db, "hearing", err);
}

/* ---- whether it may be ---- */

static bool
new_time(const struct pt_plan *p)
{
    return p->change == PT_CHANGE_SCHEDULE || p->change == PT_CHANGE_MOVE;
}

static enum pt_planned
allowed(const struct planning *v)
{
    const struct pt_plan *p = v->p;

    if (p->hearing != NULL && strcmp(v->was.state, "scheduled") != 0)
        return PT_PLANNED_STATE;
    if (p->change == PT_CHANGE_HOLD && v->was.starts > p->now)
        return PT_PLANNED_EARLY;
    if (!new_time(p))
        return PT_PLANNED;
    if (v->status == PT_CASE_ARCHIVED || v->status == PT_CASE_RETURNED)
        return PT_PLANNED_CLOSED;
    return p->starts <= p->now                     ? PT_PLANNED_PAST
           : p->starts > p->now + PT_HEARING_AHEAD ? PT_PLANNED_FAR
                                                   : PT_PLANNED;
}

static enum mh_code
note(struct pt_store *s, const struct pt_plan *p, const char *obj,
    const char *data, struct mh_err *err)
{
    char who[32];
    const struct pt_record r = {.ev = "hearing.changed",
        .who = who,
        .obj = obj,
        .res = "ok",
        .data = data};

    (void)snprintf(
        who, sizeof(who), "p:%lld", (long long)p->account); /* fits */
    return pt_record_put(s, &r, p->now, err);
}

/* What was refused, for the log; other answers of a form leave nothing. */
static enum mh_code
note_refused(struct pt_store *s, const struct planning *v, struct mh_err *err)
{
    const struct pt_plan *p = v->p;
    enum pt_planned what = v->out->what;
    char who[32], obj[48], data[DATA_MAX];
    const struct pt_record r = {.ev = "illegal_transition",
        .who = who,
        .obj = obj,
        .res = "refused",
        .data = data};
    const char *from = what == PT_PLANNED_CLOSED
                           ? (v->status == PT_CASE_ARCHIVED ? "case-archived"
                                                            : "case-returned")
                       : v->was.id[0] == '\0' ? "none"
                                              : v->was.state;

    if (what != PT_PLANNED_STATE && what != PT_PLANNED_EARLY &&
        what != PT_PLANNED_CLOSED)
        return MH_OK;
    (void)snprintf(
        who, sizeof(who), "p:%lld", (long long)p->account); /* fits */
    if (p->hearing == NULL)
        (void)snprintf(obj, sizeof(obj), "case:%.26s", p->case_id); /* fits */
    else
        (void)snprintf(obj, sizeof(obj), "hearing:%.26s", p->hearing); /* too */
    (void)snprintf(data, sizeof(data), "case=%.26s\nfrom=%s\nto=%s\n",
        p->case_id, from, states[p->change]); /* fits */
    return pt_record_put(s, &r, p->now, err);
}

/* ---- doing it ---- */

static enum mh_code
add_row(struct pt_store *s, const struct planning *v, struct mh_err *err)
{
    const struct pt_plan *p = v->p;
    bool moves = p->change == PT_CHANGE_MOVE;
    struct pt_stmt add = {
        .sql = "INSERT INTO hearing (id, case_id, starts, ends, hall, kind,"
               " state, moved_from, uid, sequence, " PT_HEARING_CASE ")"
               " VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'scheduled', ?7, ?8, ?9,"
               " " PT_HEARING_CASE_OF_2 ")",
        .arg = {PT_S(v->out->hearing), PT_S(p->case_id), PT_N(p->starts),
            PT_N(end_of(p)), PT_S(p->hall), PT_S(moves ? v->was.kind : p->kind),
            {.none = !moves, .text = moves ? v->was.id : NULL},
            PT_S(moves ? v->was.uid : v->out->hearing),
            PT_N(moves ? (int64_t)v->was.sequence + 1 : 0)},
        .args = 9};

    return pt_rows_run(s, &add, err);
}

static enum mh_code
end_row(struct pt_store *s, const struct planning *v, struct mh_err *err)
{
    const struct pt_plan *p = v->p;
    struct pt_stmt end = {.sql = "UPDATE hearing SET state = ?2, reason = ?3,"
                                 " sequence = sequence + ?4"
                                 " WHERE id = ?1 AND state = 'scheduled'",
        .arg = {PT_S(p->hearing), PT_S(states[p->change]),
            PT_S(p->change == PT_CHANGE_HOLD ? "" : p->reason),
            PT_N(p->change == PT_CHANGE_CANCEL)},
        .args = 4};

    return pt_rows_run(s, &end, err);
}

static enum mh_code
tell(struct pt_store *s, const struct planning *v, struct mh_err *err)
{
    const struct pt_plan *p = v->p;
    const char *hall = new_time(p) ? p->hall : v->was.hall;
    int64_t starts = new_time(p) ? p->starts : v->was.starts;
    size_t n = strnlen(hall, (size_t)4 * PT_HALL_MAX);
    char data[PT_TEXT_MAX + 1], before[24] = "";
    const struct pt_event_new e = {.case_id = p->case_id,
        .kind = kinds[p->change],
        .actor = p->account,
        .at = p->now,
        .data = data,
        .judge = true};

    /* A hall that others wrote may be longer: it is cut between characters. */
    while (n > 0 && ((unsigned char)hall[n] & 0xc0) == 0x80)
        n--;
    if (p->change == PT_CHANGE_MOVE)
        (void)snprintf(before, sizeof(before), "%lld ",
            (long long)v->was.starts); /* fits */
    (void)snprintf(data, sizeof(data), "%.12s%lld %.*s", before,
        (long long)starts, (int)n, hall); /* fits */
    return pt_event_write(s, &e, err);
}

static enum mh_code
do_it(struct pt_store *s, struct planning *v, struct mh_err *err)
{
    const struct pt_plan *p = v->p;
    char *id = v->out->hearing;
    char obj[48], data[DATA_MAX];
    enum mh_code code = MH_OK;

    if (new_time(p))
        pt_id_new(id);
    else
        memcpy(id, v->was.id, sizeof(v->was.id));
    if (p->hearing != NULL)
        code = end_row(s, v, err);
    if (code == MH_OK && new_time(p))
        code = add_row(s, v, err);
    if (code != MH_OK)
        return code;
    (void)snprintf(obj, sizeof(obj), "hearing:%.26s",
        p->hearing != NULL ? p->hearing : id); /* fits */
    if (p->change == PT_CHANGE_MOVE)
        (void)snprintf(data, sizeof(data), "case=%.26s\nnext=%s\nstate=%s\n",
            p->case_id, id, states[p->change]); /* fits */
    else
        (void)snprintf(data, sizeof(data), "case=%.26s\nstate=%s\n", p->case_id,
            states[p->change]); /* fits */
    code = note(s, p, obj, data, err);
    return code == MH_OK ? tell(s, v, err) : code;
}

static enum mh_code
change(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct planning *v = arg;
    const struct pt_plan *p = v->p;
    const struct pt_sent sent = {p->form, p->account, p->digest, p->now};
    enum pt_sent_was was;
    enum mh_code code = pt_sent_take(s, &sent, err, &was, v->out->hearing);

    if (code == MH_OK && was == PT_SENT_OTHER)
        v->out->what = PT_PLANNED_OTHER;
    if (code != MH_OK || was != PT_SENT_NEW)
        return code;
    code = read_case(&s->writer, v, err);
    if (code == MH_OK && p->hearing != NULL)
        code = read_hearing(&s->writer, v, err);
    if (code == MH_OK)
        v->out->what = allowed(v);
    if (code == MH_OK && v->out->what == PT_PLANNED && new_time(p))
        code = read_other(&s->writer, v, err);
    if (code != MH_OK || v->out->what != PT_PLANNED)
        return code == MH_OK ? note_refused(s, v, err) : code;
    code = do_it(s, v, err);
    return code == MH_OK ? pt_sent_keep(s, &sent, v->out->hearing, err) : code;
}

enum mh_code
pt_store_hearing_change(struct pt_store *store, const struct pt_plan *plan,
    struct mh_err *err, struct pt_plan_done *out)
{
    struct planning v = {.p = plan, .out = out};
    struct pt_write w = {.run = change, .arg = &v};

    *out = (struct pt_plan_done){.what = PT_PLANNED};
    return pt_write_do(store, &w, err);
}

/* ---- what is told of it ---- */

/* A number and the blank behind it. */
static bool
take_time(const char **s, int64_t *out)
{
    char *end = NULL;

    if ((**s < '0' || **s > '9') && **s != '-')
        return false;
    *out = strtoll(*s, &end, 10);
    if (*end != ' ')
        return false;
    *s = end + 1;
    return true;
}

bool
pt_hearing_told(const char *kind, const char *data, struct pt_hearing_told *out)
{
    size_t n = 0;

    *out = (struct pt_hearing_told){.before = MH_TIME_NONE};
    while (n < sizeof(kinds) / sizeof(kinds[0]) && strcmp(kinds[n], kind) != 0)
        n++;
    if (n == sizeof(kinds) / sizeof(kinds[0]) ||
        (n == PT_CHANGE_MOVE && !take_time(&data, &out->before)) ||
        !take_time(&data, &out->starts))
        return false;
    out->hall = data;
    return true;
}
