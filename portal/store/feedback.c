#include "portal/store/feedback.h"

#include <stdio.h>
#include <string.h>

#include "portal/http/id.h"
#include "portal/store/documents.h"
#include "portal/store/rows.h"

#define ASKED "kind IN ('hearing-held', 'act-published')"

static enum mh_code
note(struct pt_store *s, const struct pt_record *of, const char *id,
    int64_t account, int64_t now, struct mh_err *err)
{
    char who[32], obj[48];
    struct pt_record r = *of;

    (void)snprintf(who, sizeof(who), "p:%lld", (long long)account); /* fits */
    (void)snprintf(obj, sizeof(obj), "feedback:%.26s", id);         /* too */
    r.who = who;
    r.obj = obj;
    return pt_record_put(s, &r, now, err);
}

/* ---- giving it ---- */

static bool
take_event(void *ctx, struct pt_cursor *stmt)
{
    struct pt_feedback_events *list = ctx;
    struct pt_feedback_event *e = &list->item[list->count++];

    pt_column_text(stmt, 0, e->id, sizeof(e->id));
    pt_column_text(stmt, 1, e->kind, sizeof(e->kind));
    pt_column_text(stmt, 2, e->data, sizeof(e->data));
    e->at = pt_column_i64(stmt, 3);
    e->score = (unsigned)pt_column_int(stmt, 4);
    return list->count < PT_FEEDBACK_EVENTS;
}

enum mh_code
pt_store_feedback_events(struct pt_store *store, const char *case_id,
    int64_t account, struct mh_arena *arena, struct mh_err *err,
    struct pt_feedback_events *out)
{
    const struct pt_stmt s = {
        .sql = "SELECT e.id, e.kind, e.data, e.at, coalesce(f.score, 0)"
               " FROM event e LEFT JOIN feedback f ON f.event = e.id"
               " AND f.account = ?2 WHERE e.case_id = ?1 AND e." ASKED
               " ORDER BY e.at DESC, e.id DESC LIMIT ?3",
        .arg = {PT_S(case_id), PT_N(account), PT_N(PT_FEEDBACK_EVENTS)},
        .args = 3};

    *out = (struct pt_feedback_events){
        .item = mh_arena_array(arena, PT_FEEDBACK_EVENTS, sizeof(*out->item))};
    if (out->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    return pt_rows_read(store, &s, take_event, out, err);
}

struct adding {
    const struct pt_feedback *f;
    enum pt_feedback_what *out;
    int64_t court, given;
};

static bool
take_court(void *ctx, struct pt_cursor *stmt)
{
    struct adding *v = ctx;

    v->court = pt_column_i64(stmt, 0);
    v->given = pt_column_i64(stmt, 1);
    return false;
}

static enum mh_code
add(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct adding *v = arg;
    const struct pt_feedback *f = v->f;
    const struct pt_stmt q = {
        .sql = "SELECT c.court, EXISTS (SELECT 1 FROM feedback f WHERE"
               " f.event = e.id AND f.account = ?3) FROM event e"
               " JOIN court_case c ON c.id = e.case_id"
               " WHERE e.id = ?1 AND e.case_id = ?2 AND e." ASKED,
        .arg = {PT_S(f->event), PT_S(f->case_id), PT_N(f->account)},
        .args = 3};
    char id[27];
    struct pt_stmt row = {
        .sql = "INSERT INTO feedback (id, event, account, court, score, text,"
               " at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        .arg = {PT_S(id), PT_S(f->event), PT_N(f->account), PT_N(0),
            PT_N((int64_t)f->score), PT_S(f->text), PT_N(f->now)},
        .args = 7};
    const struct pt_record given = {
        .ev = "feedback.given", .res = "ok", .data = ""};
    const struct pt_record twice = {.ev = "illegal_transition",
        .res = "refused",
        .data = "from=given\nto=given\n"};
    enum mh_code code = pt_rows_first(s, &q, take_court, v, err);

    if (code != MH_OK)
        return code;
    if (v->court == 0) {
        *v->out = PT_FEEDBACK_NONE;
        return MH_OK;
    }
    if (v->given != 0) {
        *v->out = PT_FEEDBACK_TWICE;
        return note(s, &twice, f->event, f->account, f->now, err);
    }
    pt_id_new(id);
    row.arg[3].number = v->court;
    code = pt_rows_run(s, &row, err);
    return code == MH_OK ? note(s, &given, id, f->account, f->now, err) : code;
}

enum mh_code
pt_store_feedback_add(struct pt_store *store,
    const struct pt_feedback *feedback, struct mh_err *err,
    enum pt_feedback_what *out)
{
    struct adding v = {.f = feedback, .out = out};
    struct pt_write w = {.run = add, .arg = &v};

    *out = PT_FEEDBACK_DONE;
    return pt_write_do(store, &w, err);
}

/* ---- texts ---- */

static bool
take_text(void *ctx, struct pt_cursor *stmt)
{
    struct pt_feedback_texts *list = ctx;
    struct pt_feedback_text *t = &list->item[list->count++];

    pt_column_text(stmt, 0, t->id, sizeof(t->id));
    pt_column_text(stmt, 1, t->court, sizeof(t->court));
    t->score = (unsigned)pt_column_int(stmt, 2);
    t->at = pt_column_i64(stmt, 3);
    pt_column_text(stmt, 4, t->text, sizeof(t->text));
    return true; /* LIMIT ends it */
}

static enum mh_code
texts_of(struct pt_store *store, const struct pt_stmt *s, size_t max,
    struct mh_arena *arena, struct mh_err *err, struct pt_feedback_texts *out)
{
    *out = (struct pt_feedback_texts){
        .item = mh_arena_array(arena, max, sizeof(*out->item))};
    if (out->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    return pt_rows_read(store, s, take_text, out, err);
}

enum mh_code
pt_store_feedback_waiting(struct pt_store *store, int64_t account,
    struct mh_arena *arena, struct mh_err *err, struct pt_feedback_texts *out)
{
    const struct pt_stmt s = {
        .sql = "SELECT f.id, k.name, f.score, f.at, f.text FROM feedback f"
               " JOIN court k ON k.id = f.court WHERE f.state = 1"
               " AND f.text <> '' AND f.court IN (SELECT court FROM official"
               "  WHERE account = ?1) ORDER BY f.at, f.id LIMIT ?2",
        .arg = {PT_N(account), PT_N(PT_FEEDBACK_DESK)},
        .args = 2};

    return texts_of(store, &s, PT_FEEDBACK_DESK, arena, err, out);
}

struct deciding {
    const struct pt_feedback_decision *d;
    enum pt_feedback_what *out;
    int state;
};

static bool
take_state(void *ctx, struct pt_cursor *stmt)
{
    ((struct deciding *)ctx)->state = pt_column_int(stmt, 0);
    return false;
}

static enum mh_code
decide(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct deciding *v = arg;
    const struct pt_feedback_decision *d = v->d;
    const struct pt_stmt q = {
        .sql = "SELECT f.state FROM feedback f WHERE f.id = ?1 AND f.text <> ''"
               " AND f.court IN (SELECT court FROM official WHERE account ="
               "  ?2)",
        .arg = {PT_S(d->id), PT_N(d->account)},
        .args = 2};
    struct pt_stmt row = {
        .sql = "UPDATE feedback SET state = ?2, moderator = ?3, moderated = ?4"
               " WHERE id = ?1",
        .arg = {PT_S(d->id), PT_N(d->show ? 2 : 3), PT_N(d->account),
            PT_N(d->now)},
        .args = 4};
    const struct pt_record done = {.ev = "feedback.moderated",
        .res = "ok",
        .data = d->show ? "state=shown\n" : "state=hidden\n"};
    const struct pt_record twice = {.ev = "illegal_transition",
        .res = "refused",
        .data =
            d->show ? "from=decided\nto=shown\n" : "from=decided\nto=hidden\n"};
    enum mh_code code = pt_rows_first(s, &q, take_state, v, err);

    if (code != MH_OK)
        return code;
    if (v->state == 0) {
        *v->out = PT_FEEDBACK_NONE;
        return MH_OK;
    }
    if (v->state != 1) {
        *v->out = PT_FEEDBACK_TWICE;
        return note(s, &twice, d->id, d->account, d->now, err);
    }
    code = pt_rows_run(s, &row, err);
    return code == MH_OK ? note(s, &done, d->id, d->account, d->now, err)
                         : code;
}

enum mh_code
pt_store_feedback_decide(struct pt_store *store,
    const struct pt_feedback_decision *decision, struct mh_err *err,
    enum pt_feedback_what *out)
{
    struct deciding v = {.d = decision, .out = out};
    struct pt_write w = {.run = decide, .arg = &v};

    *out = PT_FEEDBACK_DONE;
    return pt_write_do(store, &w, err);
}

/* ---- what everybody sees ---- */

static bool
take_figures(void *ctx, struct pt_cursor *stmt)
{
    struct pt_feedback_court *c = ctx;

    c->answers = (uint32_t)pt_column_i64(stmt, 0);
    c->tenths = (uint32_t)pt_column_i64(stmt, 1);
    return false;
}

enum mh_code
pt_store_feedback_court(struct pt_store *store, int64_t court,
    struct mh_arena *arena, struct mh_err *err, struct pt_feedback_court *out)
{
    const struct pt_stmt figures = {
        .sql = "SELECT count(*), coalesce(CAST(round(avg(f.score) * 10) AS"
               " INTEGER), 0) FROM feedback f WHERE f.court = ?1",
        .arg = {PT_N(court)},
        .args = 1};
    const struct pt_stmt texts = {
        .sql = "SELECT f.id, k.name, f.score, f.at, f.text FROM feedback f"
               " JOIN court k ON k.id = f.court WHERE f.court = ?1"
               " AND f.state = 2 AND f.text <> '' ORDER BY f.at DESC, f.id"
               " LIMIT ?2",
        .arg = {PT_N(court), PT_N(PT_FEEDBACK_SHOWN)},
        .args = 2};
    enum mh_code done;

    *out = (struct pt_feedback_court){.answers = 0};
    done = pt_rows_read(store, &figures, take_figures, out, err);
    if (done != MH_OK || out->answers < PT_FEEDBACK_COUNTED) {
        out->answers = out->tenths = 0;
        return done;
    }
    return texts_of(store, &texts, PT_FEEDBACK_SHOWN, arena, err, &out->texts);
}
