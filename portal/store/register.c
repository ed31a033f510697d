#include "portal/store/register.h"

#include <stdio.h>
#include <string.h>

#include "portal/http/id.h"
#include "portal/store/counter.h"
#include "portal/store/documents.h"
#include "portal/store/events.h"
#include "portal/store/parties.h"
#include "portal/store/rows.h"

enum {
    DATA_MAX = 256, /* bytes of what a record says */
};

struct registering {
    const struct pt_register *r;
    struct pt_register_done *out;
};

/* Whether the clerk is the court's, and the judge. */
static enum mh_code
check(struct pt_db *db, const struct pt_register *r, struct mh_err *err,
    bool *good)
{
    struct pt_cursor *stmt = pt_db_prepare(db,
        "SELECT EXISTS (SELECT 1 FROM official WHERE account = ?1"
        " AND court = ?3) AND (?2 = 0 OR EXISTS (SELECT 1 FROM official o"
        " JOIN account a ON a.id = o.account WHERE o.account = ?2"
        " AND o.court = ?3 AND a.role = 4 AND a.state = 1))");
    enum pt_stepped rc;

    if (stmt == NULL)
        return pt_db_fail(db, "register", err);
    pt_bind_i64(stmt, 1, r->clerk);
    pt_bind_i64(stmt, 2, r->judge);
    pt_bind_i64(stmt, 3, r->court);
    rc = pt_step(stmt);
    if (rc == PT_ROW)
        *good = pt_column_int(stmt, 0) != 0;
    pt_reset(stmt);
    return rc == PT_ROW ? MH_OK : pt_db_fail(db, "register", err);
}

/* Whether the court takes new cases, of the type. */
static enum mh_code
check_series(struct pt_store *s, const struct registering *v,
    struct mh_err *err, bool *good)
{
    struct pt_cursor *stmt = pt_db_prepare(&s->writer,
        "SELECT 1 FROM court_info WHERE court = ?1 AND (closed = 1 OR"
        " (types <> '' AND instr(',' || types || ',', ',' || ?2 || ',') = 0))");
    enum pt_stepped rc;

    if (stmt == NULL)
        return pt_db_fail(&s->writer, "register", err);
    pt_bind_i64(stmt, 1, v->r->court);
    pt_bind_text(stmt, 2, v->r->series->type);
    rc = pt_step(stmt);
    *good = rc == PT_DONE;
    if (rc == PT_ROW)
        v->out->what = PT_REGISTERED_SERIES;
    pt_reset(stmt);
    return rc == PT_ROW || rc == PT_DONE
               ? MH_OK
               : pt_db_fail(&s->writer, "register", err);
}

static enum mh_code
add_case(struct pt_store *s, const struct registering *v, struct mh_err *err)
{
    const struct pt_register *r = v->r;
    const struct pt_counter_key key = {r->court, r->series->type, r->now};
    char next[PT_NUMBER_MAX + 1], number[PT_NUMBER_MAX + 3];
    struct pt_stmt add = {
        .sql = "INSERT INTO court_case (id, number, court, filed, type,"
               " proceeding, judge, status, subject, restricted)"
               " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        .arg = {PT_S(v->out->id), PT_S(number), PT_N(r->court), PT_N(r->now),
            PT_S(r->series->type), PT_S(r->proceeding),
            {.none = r->judge == 0, .number = r->judge},
            PT_N(r->judge == 0 ? PT_CASE_REGISTERED : PT_CASE_ASSIGNED),
            PT_S(r->subject), PT_N(r->restricted)},
        .args = 10};
    enum mh_code code = pt_counter_next(s, &key, err, next);

    if (code == MH_OK)
        (void)snprintf(number, sizeof(number), "%s%s",
            r->electronic ? "e-" : "", next); /* fits */
    if (code == MH_OK && strlen(number) > PT_NUMBER_MAX)
        return mh_fail(
            err, MH_ELIMIT, MH_NO_OFFSET, "store: series: a long number");
    return code == MH_OK ? pt_rows_run(s, &add, err) : code;
}

/* A party, and who of them has an account. */
static enum mh_code
add_party(struct pt_store *s, const struct registering *v,
    const struct pt_register_party *p, struct mh_err *err)
{
    struct pt_stmt ident = {.sql = "UPDATE party SET ident = ?4 WHERE"
                                   " case_id = ?1 AND side = ?2 AND name = ?3",
        .arg = {PT_S(v->out->id), PT_N((int64_t)p->p.side), PT_S(p->p.name),
            PT_S(p->ident)},
        .args = 4};
    struct pt_stmt join = {
        .sql = "INSERT INTO participant (case_id, account, role, filed)"
               " SELECT ?1, id, ?3, ?4 FROM account WHERE id = ?2"
               " AND state = 1 AND pending = 0 ON CONFLICT DO NOTHING",
        .arg = {PT_S(v->out->id), PT_N(p->account), PT_N((int64_t)p->p.side),
            PT_N(v->r->now)},
        .args = 4};
    enum mh_code code = pt_party_write(&s->writer, v->out->id, &p->p, err);

    if (code == MH_OK && p->ident[0] != '\0')
        code = pt_rows_run(s, &ident, err);
    return code == MH_OK && p->account != 0 ? pt_rows_run(s, &join, err) : code;
}

static enum mh_code
note(struct pt_store *s, const struct registering *v, struct mh_err *err)
{
    const struct pt_register *r = v->r;
    char who[32], obj[48], data[DATA_MAX];
    const struct pt_record record = {.ev = "case.registered",
        .who = who,
        .obj = obj,
        .res = "ok",
        .data = data};

    (void)snprintf(who, sizeof(who), "p:%lld", (long long)r->clerk); /* fits */
    (void)snprintf(obj, sizeof(obj), "case:%.26s", v->out->id);      /* fits */
    (void)snprintf(data, sizeof(data),
        "judge=%s\nparties=%zu\nrestricted=%d\ntype=%s\n",
        r->judge == 0 ? "none" : "given", r->parties, r->restricted,
        r->series->type); /* fits */
    return pt_record_put(s, &record, r->now, err);
}

static enum mh_code
run(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct registering *v = arg;
    const struct pt_register *r = v->r;
    const struct pt_sent sent = {r->form, r->clerk, r->digest, r->now};
    const struct pt_event_new e = {.case_id = v->out->id,
        .kind = "case-registered",
        .actor = r->clerk,
        .at = r->now,
        .data = "",
        .judge = true};
    enum pt_sent_was was;
    bool good = false;
    enum mh_code code = pt_sent_take(s, &sent, err, &was, v->out->id);

    if (code == MH_OK && was == PT_SENT_OTHER)
        v->out->what = PT_REGISTERED_OTHER;
    if (code != MH_OK || was != PT_SENT_NEW)
        return code;
    code = check(&s->writer, r, err, &good);
    /* What was filed with the court is registered, whatever became of it. */
    if (code == MH_OK && good && r->with == NULL)
        code = check_series(s, v, err, &good);
    if (code == MH_OK && good && r->with != NULL)
        code = r->with(s, r->ctx, NULL, err, &good);
    if (code == MH_OK && !good && v->out->what == PT_REGISTERED)
        v->out->what = PT_REGISTERED_NOT;
    if (code != MH_OK || !good)
        return code;
    pt_id_new(v->out->id);
    code = add_case(s, v, err);
    for (size_t i = 0; i < r->parties && code == MH_OK; i++)
        code = add_party(s, v, &r->party[i], err);
    if (code == MH_OK && r->with != NULL)
        code = r->with(s, r->ctx, v->out->id, err, &good);
    if (code == MH_OK)
        code = note(s, v, err);
    if (code == MH_OK)
        code = pt_event_write(s, &e, err);
    return code == MH_OK ? pt_sent_keep(s, &sent, v->out->id, err) : code;
}

enum mh_code
pt_store_case_register(struct pt_store *store, const struct pt_register *what,
    struct mh_err *err, struct pt_register_done *out)
{
    struct registering v = {what, out};
    struct pt_write w = {.run = run, .arg = &v};

    *out = (struct pt_register_done){.what = PT_REGISTERED};
    return pt_write_do(store, &w, err);
}

/* ---- officials ---- */

static bool
take_court(void *ctx, struct pt_cursor *stmt)
{
    struct pt_own_courts *list = ctx;
    struct pt_own_court *c = &list->item[list->count++];

    c->id = pt_column_i64(stmt, 0);
    pt_column_text(stmt, 1, c->court.code, sizeof(c->court.code));
    pt_column_text(stmt, 2, c->court.name, sizeof(c->court.name));
    return list->count < PT_COURTS_MAX;
}

enum mh_code
pt_store_official_courts(struct pt_store *store, int64_t account,
    struct mh_arena *arena, struct mh_err *err, struct pt_own_courts *out)
{
    const struct pt_stmt s = {
        .sql = "SELECT k.id, k.code, k.name FROM official o JOIN court k"
               " ON k.id = o.court WHERE o.account = ?1"
               " ORDER BY k.name, k.id LIMIT ?2",
        .arg = {PT_N(account), PT_N(PT_COURTS_MAX)},
        .args = 2};

    *out = (struct pt_own_courts){
        .item = mh_arena_array(arena, PT_COURTS_MAX, sizeof(*out->item))};
    if (out->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    return pt_rows_read(store, &s, take_court, out, err);
}

static bool
take_judge(void *ctx, struct pt_cursor *stmt)
{
    struct pt_judges *list = ctx;
    struct pt_judge_of *j = &list->item[list->count++];

    j->account = pt_column_i64(stmt, 0);
    j->court = pt_column_i64(stmt, 1);
    pt_column_text(stmt, 2, j->name, sizeof(j->name));
    return list->count < PT_JUDGES_MAX;
}

enum mh_code
pt_store_official_judges(struct pt_store *store, int64_t account,
    struct mh_arena *arena, struct mh_err *err, struct pt_judges *out)
{
    const struct pt_stmt s = {
        .sql = "SELECT a.id, o.court, a.surname || ' ' || a.name"
               " FROM official o JOIN account a ON a.id = o.account"
               " JOIN court k ON k.id = o.court"
               " WHERE o.court IN (SELECT court FROM official"
               "  WHERE account = ?1) AND a.role = 4 AND a.state = 1"
               " ORDER BY k.name, k.id, a.surname, a.name, a.id LIMIT ?2",
        .arg = {PT_N(account), PT_N(PT_JUDGES_MAX)},
        .args = 2};

    *out = (struct pt_judges){
        .item = mh_arena_array(arena, PT_JUDGES_MAX, sizeof(*out->item))};
    if (out->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    return pt_rows_read(store, &s, take_judge, out, err);
}
