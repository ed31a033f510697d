#include "portal/store/mandates.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "portal/http/id.h"
#include "portal/store/documents.h"
#include "portal/store/events.h"
#include "portal/store/rows.h"
#include "portal/store/sent.h"

enum {
    EXPIRED_AT_ONCE = 20,
};

static const char *const states[PT_MANDATE_STATES] = {
    "none", "pending", "active", "expired", "revoked"};

/* ---- lists ---- */

static bool
take(void *ctx, struct pt_cursor *stmt)
{
    struct pt_mandates *list = ctx;
    struct pt_mandate *m = &list->item[list->count++];

    pt_column_text(stmt, 0, m->id, sizeof(m->id));
    m->given = pt_column_int(stmt, 1) != 0;
    pt_column_text(stmt, 2, m->fin, sizeof(m->fin));
    pt_column_text(stmt, 3, m->other, sizeof(m->other));
    pt_column_text(stmt, 4, m->number, sizeof(m->number));
    m->scopes = (unsigned)pt_column_int(stmt, 5);
    m->state = (enum pt_mandate_state)pt_column_int(stmt, 6);
    m->made = pt_column_i64(stmt, 7);
    m->until = pt_column_i64(stmt, 8);
    m->ended = pt_column_time(stmt, 9);
    return list->count < PT_MANDATES_SHOWN;
}

enum mh_code
pt_store_mandate_list(struct pt_store *store, const struct pt_account *account,
    int64_t now, struct mh_arena *arena, struct mh_err *err,
    struct pt_mandates *out)
{
    const struct pt_stmt s = {
        .sql = "SELECT m.id, m.grantor = ?1, m.fin, coalesce(CASE m.grantor"
               "  WHEN ?1 THEN (SELECT surname || ' ' || name FROM account"
               "   WHERE id = m.grantee)"
               "  ELSE (SELECT surname || ' ' || name FROM account"
               "   WHERE id = m.grantor) END, ''),"
               " coalesce((SELECT number FROM court_case WHERE id ="
               "  m.case_id), ''), m.scopes,"
               " CASE WHEN m.state < 3 AND m.until <= ?3 THEN 3"
               "  ELSE m.state END, m.made, m.until, m.ended"
               " FROM mandate m WHERE m.grantor = ?1 OR m.grantee = ?1"
               " OR (?2 <> '' AND m.fin = ?2 AND m.state = 1)"
               " ORDER BY m.made DESC, m.id LIMIT ?4",
        .arg = {PT_N(account->id),
            PT_S(account->role == PT_ROLE_LAWYER ? account->fin : ""),
            PT_N(now), PT_N(PT_MANDATES_SHOWN)},
        .args = 4};

    *out = (struct pt_mandates){
        .item = mh_arena_array(arena, PT_MANDATES_SHOWN, sizeof(*out->item))};
    if (out->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    return pt_rows_read(store, &s, take, out, err);
}

/* ---- records ---- */

static enum mh_code
note(struct pt_store *s, const struct pt_mandate_step *step, const char *ev,
    const char *data, struct mh_err *err)
{
    char who[32] = "", obj[48];
    const struct pt_record r = {.ev = ev,
        .who = who,
        .obj = obj,
        .res = strcmp(ev, "mandate.changed") == 0 ? "ok" : "refused",
        .data = data};

    if (step->account != NULL)
        (void)snprintf(who, sizeof(who), "p:%lld",
            (long long)step->account->id);                       /* fits */
    (void)snprintf(obj, sizeof(obj), "mandate:%.26s", step->id); /* too */
    return pt_record_put(s, &r, step->now, err);
}

/* ---- giving ---- */

struct giving {
    const struct pt_mandate_give *g;
    struct pt_mandate_done *out;
    char case_id[27];
    int64_t open, twice;
};

static bool
take_case(void *ctx, struct pt_cursor *stmt)
{
    struct giving *v = ctx;

    pt_column_text(stmt, 0, v->case_id, sizeof(v->case_id));
    return false;
}

static bool
take_counts(void *ctx, struct pt_cursor *stmt)
{
    struct giving *v = ctx;

    v->open = pt_column_i64(stmt, 0);
    v->twice = pt_column_i64(stmt, 1);
    v->out->other = pt_column_i64(stmt, 2);
    return false;
}

/* Whether it can be given; out->what. */
static enum mh_code
check(struct pt_store *s, struct giving *v, struct mh_err *err)
{
    const struct pt_mandate_give *g = v->g;
    const struct pt_stmt of = {
        .sql = "SELECT c.id FROM court_case c JOIN participant p"
               " ON p.case_id = c.id WHERE c.number = ?1 AND p.account = ?2"
               " AND p.active = 1 AND p.mandated = 0 AND p.role <= 3",
        .arg = {PT_S(g->number), PT_N(g->grantor->id)},
        .args = 2};
    const struct pt_stmt counts = {
        .sql =
            "SELECT count(*), count(*) FILTER (WHERE fin = ?2"
            "  AND case_id IS nullif(?3, '')), coalesce((SELECT id FROM account"
            "  WHERE fin = ?2 AND role = 2 AND state = 1), 0)"
            " FROM mandate WHERE grantor = ?1 AND state < 3 AND until > ?4",
        .arg = {PT_N(g->grantor->id), PT_S(g->fin), PT_S(v->case_id),
            PT_N(g->now)},
        .args = 4};
    enum mh_code code = MH_OK;

    if (g->number[0] != '\0')
        code = pt_rows_first(s, &of, take_case, v, err);
    if (code == MH_OK)
        code = pt_rows_first(s, &counts, take_counts, v, err);
    if (pt_role_official(g->grantor->role) ||
        (g->number[0] != '\0' && v->case_id[0] == '\0'))
        v->out->what = PT_MANDATE_NOT;
    else if (strcmp(g->fin, g->grantor->fin) == 0)
        v->out->what = PT_MANDATE_SELF;
    else if (v->twice > 0)
        v->out->what = PT_MANDATE_TWICE;
    else if (v->open >= PT_MANDATES_OPEN)
        v->out->what = PT_MANDATE_MANY;
    return code;
}

static enum mh_code
give(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct giving *v = arg;
    const struct pt_mandate_give *g = v->g;
    const struct pt_sent sent = {g->form, g->grantor->id, g->digest, g->now};
    char id[27], result[27], data[96];
    const struct pt_mandate_step step = {g->grantor, id, g->now};
    struct pt_stmt row = {
        .sql = "INSERT INTO mandate (id, grantor, fin, case_id, scopes, state,"
               " made, until) VALUES (?1, ?2, ?3, nullif(?4, ''), ?5, 1, ?6,"
               " ?7)",
        .arg = {PT_S(id), PT_N(g->grantor->id), PT_S(g->fin), PT_S(v->case_id),
            PT_N((int64_t)g->scopes), PT_N(g->now), PT_N(g->until)},
        .args = 7};
    enum pt_sent_was was;
    enum mh_code code = pt_sent_take(s, &sent, err, &was, result);

    if (code == MH_OK && was == PT_SENT_OTHER)
        v->out->what = PT_MANDATE_OTHER;
    if (code != MH_OK || was != PT_SENT_NEW)
        return code;
    code = check(s, v, err);
    if (code != MH_OK || v->out->what != PT_MANDATE_DONE)
        return code;
    pt_id_new(id);
    (void)snprintf(data, sizeof(data), "case=%s\nscopes=%u\nstate=pending\n",
        v->case_id[0] == '\0' ? "all" : v->case_id, g->scopes); /* fits */
    code = pt_rows_run(s, &row, err);
    if (code == MH_OK)
        code = note(s, &step, "mandate.changed", data, err);
    return code == MH_OK ? pt_sent_keep(s, &sent, id, err) : code;
}

enum mh_code
pt_store_mandate_give(struct pt_store *store,
    const struct pt_mandate_give *what, struct mh_err *err,
    struct pt_mandate_done *out)
{
    struct giving v = {.g = what, .out = out};
    struct pt_write w = {.run = give, .arg = &v};

    *out = (struct pt_mandate_done){.what = PT_MANDATE_DONE};
    return pt_write_do(store, &w, err);
}

/* ---- steps ---- */

struct stepping {
    const struct pt_mandate_step *step;
    struct pt_mandate_done *out;
    enum pt_mandate_state to;
    int64_t grantor, grantee; /* 0: there is none */
    enum pt_mandate_state state;
    bool over, side;
    char (*cases)[27]; /* that it brings its lawyer into */
    size_t count;
};

static bool
take_mandate(void *ctx, struct pt_cursor *stmt)
{
    struct stepping *v = ctx;

    v->grantor = pt_column_i64(stmt, 0);
    v->grantee = pt_column_i64(stmt, 1);
    v->state = (enum pt_mandate_state)pt_column_int(stmt, 2);
    v->over = pt_column_int(stmt, 3) != 0;
    v->side = pt_column_int(stmt, 4) != 0;
    return false;
}

/* The mandate as it concerns an account, or nobody; the lawyer of a pending
   one is who has its FIN. */
static enum mh_code
find(struct pt_store *s, struct stepping *v, struct mh_err *err)
{
    const struct pt_mandate_step *p = v->step;
    bool lawyer = p->account != NULL && p->account->role == PT_ROLE_LAWYER;
    const struct pt_stmt q = {
        .sql = "SELECT m.grantor, coalesce(m.grantee, CASE WHEN m.fin = ?3"
               "  AND ?3 <> '' THEN ?2 END, 0), m.state, m.until <= ?4,"
               /* In one case: by itself, or for another side. */
               " EXISTS (SELECT 1 FROM participant q JOIN participant p"
               "  ON p.case_id = q.case_id AND p.account = m.grantor"
               "  WHERE q.case_id = m.case_id AND q.account = ?2 AND NOT ("
               "   (q.mandated = 1 OR q.role IN (4, 5)) AND (q.active = 0"
               "   OR q.role = CASE p.role WHEN 1 THEN 4 WHEN 2 THEN 5"
               "    ELSE 3 END)))"
               " FROM mandate m WHERE m.id = ?1",
        .arg = {PT_S(p->id), PT_N(p->account == NULL ? 0 : p->account->id),
            PT_S(lawyer ? p->account->fin : ""), PT_N(p->now)},
        .args = 4};

    return pt_rows_first(s, &q, take_mandate, v, err);
}

static bool
take_id(void *ctx, struct pt_cursor *stmt)
{
    struct stepping *v = ctx;

    pt_column_text(stmt, 0, v->cases[v->count], sizeof(v->cases[0]));
    v->count++;
    return false;
}

/* The cases that it brings its lawyer into, in v. */
static enum mh_code
cases_of(struct pt_store *s, struct stepping *v, struct mh_err *err)
{
    enum mh_code code = MH_OK;
    size_t before = 0;

    do {
        const struct pt_stmt q = {
            .sql = "SELECT v.case_id FROM mandated v JOIN participant p"
                   " ON p.case_id = v.case_id AND p.account = v.account"
                   " AND p.role = v.part AND p.active = 1"
                   " WHERE v.mandate = ?1 AND v.case_id > ?2"
                   " ORDER BY v.case_id LIMIT 1",
            .arg = {PT_S(v->step->id),
                PT_S(v->count == 0 ? "" : v->cases[v->count - 1])},
            .args = 2};

        before = v->count;
        code = pt_rows_first(s, &q, take_id, v, err);
    } while (code == MH_OK && v->count > before && v->count < PT_MANDATE_CASES);
    return code;
}

static enum mh_code
tell(struct pt_store *s, const struct stepping *v, struct mh_err *err)
{
    enum mh_code code = MH_OK;
    const struct pt_account *a = v->step->account;

    for (size_t i = 0; i < v->count && code == MH_OK; i++) {
        const struct pt_event_new e = {.case_id = v->cases[i],
            .kind = v->to == PT_MANDATE_ACTIVE ? "mandate-accepted"
                                               : "mandate-ended",
            .actor = a == NULL ? 0 : a->id,
            .at = v->step->now,
            .data = "",
            .judge = true,
            .clerks = true,
            .also = v->grantee};

        code = pt_event_write(s, &e, err);
    }
    return code;
}

static enum mh_code
change(struct pt_store *s, struct stepping *v, struct mh_err *err)
{
    const struct pt_mandate_step *p = v->step;
    bool begins = v->to == PT_MANDATE_ACTIVE;
    char data[64];
    struct pt_stmt begin = {
        .sql = "UPDATE mandate SET state = 2, grantee = ?2, accepted = ?3"
               " WHERE id = ?1",
        .arg = {PT_S(p->id), PT_N(v->grantee), PT_N(p->now)},
        .args = 3};
    struct pt_stmt end = {
        .sql = "UPDATE mandate SET state = ?2, ended = ?3, ender ="
               " nullif(?4, 0) WHERE id = ?1",
        .arg = {PT_S(p->id), PT_N((int64_t)v->to), PT_N(p->now),
            PT_N(p->account == NULL ? 0 : p->account->id)},
        .args = 4};
    enum mh_code code = begins ? MH_OK : cases_of(s, v, err);

    (void)snprintf(data, sizeof(data), "from=%s\nstate=%s\n", states[v->state],
        states[v->to]); /* fits */
    if (code == MH_OK)
        code = pt_rows_run(s, begins ? &begin : &end, err);
    if (code == MH_OK && begins)
        code = cases_of(s, v, err);
    if (code == MH_OK)
        code = note(s, p, "mandate.changed", data, err);
    return code == MH_OK ? tell(s, v, err) : code;
}

static enum mh_code
refused(struct pt_store *s, const struct stepping *v, struct mh_err *err)
{
    char data[96];

    (void)snprintf(data, sizeof(data), "from=%s\nto=%s\nwhy=%s\n",
        v->over && v->state < PT_MANDATE_EXPIRED ? states[PT_MANDATE_EXPIRED]
                                                 : states[v->state],
        states[v->to],
        v->out->what == PT_MANDATE_SIDE ? "side" : "state"); /* fits */
    return note(s, v->step, "illegal_transition", data, err);
}

static enum mh_code
step(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct stepping *v = arg;
    const struct pt_account *a = v->step->account;
    bool accepts = v->to == PT_MANDATE_ACTIVE;
    enum mh_code code = find(s, v, err);

    if (code != MH_OK)
        return code;
    if (a != NULL &&
        (v->grantor == 0 ||
            (v->grantee != a->id && (accepts || v->grantor != a->id)))) {
        v->out->what = PT_MANDATE_NOT;
        return MH_OK;
    }
    if (accepts ? v->over || v->state != PT_MANDATE_PENDING
                : v->state >= PT_MANDATE_EXPIRED)
        v->out->what = PT_MANDATE_STATE;
    else if (accepts && v->side)
        v->out->what = PT_MANDATE_SIDE;
    if (v->out->what != PT_MANDATE_DONE)
        return a == NULL ? MH_OK : refused(s, v, err);
    if (a != NULL)
        v->out->other = v->grantor == a->id ? v->grantee : v->grantor;
    return change(s, v, err);
}

static enum mh_code
do_step(struct pt_store *store, const struct pt_mandate_step *what,
    enum pt_mandate_state to, struct mh_err *err, struct pt_mandate_done *out)
{
    struct stepping v = {.step = what, .out = out, .to = to};
    struct pt_write w = {.run = step, .arg = &v};
    enum mh_code code;

    *out = (struct pt_mandate_done){.what = PT_MANDATE_DONE};
    v.cases = calloc(PT_MANDATE_CASES, sizeof(*v.cases));
    if (v.cases == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    code = pt_write_do(store, &w, err);
    free(v.cases);
    return code;
}

enum mh_code
pt_store_mandate_accept(struct pt_store *store,
    const struct pt_mandate_step *what, struct mh_err *err,
    struct pt_mandate_done *out)
{
    return do_step(store, what, PT_MANDATE_ACTIVE, err, out);
}

enum mh_code
pt_store_mandate_end(struct pt_store *store, const struct pt_mandate_step *what,
    struct mh_err *err, struct pt_mandate_done *out)
{
    return do_step(store, what, PT_MANDATE_REVOKED, err, out);
}

struct due {
    char id[EXPIRED_AT_ONCE][27];
    size_t count;
};

static bool
take_due(void *ctx, struct pt_cursor *stmt)
{
    struct due *d = ctx;

    pt_column_text(stmt, 0, d->id[d->count], sizeof(d->id[0]));
    d->count++;
    return d->count < EXPIRED_AT_ONCE;
}

enum mh_code
pt_store_mandate_expire(struct pt_store *store, int64_t now, struct mh_err *err)
{
    const struct pt_stmt q = {
        .sql = "SELECT id FROM mandate WHERE state < 3 AND until <= ?1"
               " ORDER BY until LIMIT ?2",
        .arg = {PT_N(now), PT_N(EXPIRED_AT_ONCE)},
        .args = 2};
    struct due due = {.count = 0};
    enum mh_code code = pt_rows_read(store, &q, take_due, &due, err);

    for (size_t i = 0; i < due.count && code == MH_OK; i++) {
        const struct pt_mandate_step one = {NULL, due.id[i], now};
        struct pt_mandate_done done;

        code = do_step(store, &one, PT_MANDATE_EXPIRED, err, &done);
    }
    return code;
}

/* ---- what the own lawyer did ---- */

static bool
take_act(void *ctx, struct pt_cursor *stmt)
{
    struct pt_lawyer_acts *list = ctx;
    struct pt_lawyer_act *a = &list->item[list->count++];

    pt_column_text(stmt, 0, a->kind, sizeof(a->kind));
    a->at = pt_column_i64(stmt, 1);
    pt_column_text(stmt, 2, a->name, sizeof(a->name));
    pt_column_text(stmt, 3, a->data, sizeof(a->data));
    return list->count < PT_MANDATE_ACTS;
}

enum mh_code
pt_store_lawyer_acts(struct pt_store *store, const struct pt_case *c,
    int64_t client, struct mh_arena *arena, struct mh_err *err,
    struct pt_lawyer_acts *out)
{
    const struct pt_stmt s = {
        .sql = "SELECT w.kind, w.at, a.name || ' ' || a.surname, w.data FROM ("
               " SELECT kind, actor, at, data FROM event WHERE case_id = ?1"
               " UNION ALL SELECT 'act-read', r.account, r.at, t.title"
               "  FROM act t JOIN act_read r ON r.act = t.id"
               "  WHERE t.case_id = ?1) w JOIN account a ON a.id = w.actor"
               " WHERE w.actor <> ?2 AND (EXISTS (SELECT 1 FROM mandate m"
               "   WHERE m.grantor = ?2 AND m.grantee = w.actor"
               "   AND (m.case_id IS NULL OR m.case_id = ?1)"
               "   AND w.at >= m.accepted AND w.at <= coalesce(m.ended, w.at))"
               "  OR EXISTS (SELECT 1 FROM participant p WHERE p.case_id = ?1"
               "   AND p.account = w.actor AND p.mandated = 0"
               "   AND p.role = ?3 AND ?3 IN (4, 5)))"
               " ORDER BY w.at DESC LIMIT ?4",
        .arg = {PT_S(c->id), PT_N(client), PT_N((int64_t)c->role + 3),
            PT_N(PT_MANDATE_ACTS)},
        .args = 4};

    *out = (struct pt_lawyer_acts){
        .item = mh_arena_array(arena, PT_MANDATE_ACTS, sizeof(*out->item))};
    if (out->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    return pt_rows_read(store, &s, take_act, out, err);
}
