/* What clerks do about who joins: codes, and undoing it (joins.h). */
#include "portal/store/joins.h"

#include <stdio.h>
#include <string.h>

#include "portal/http/id.h"
#include "portal/store/documents.h"
#include "portal/store/events.h"
#include "portal/store/rows.h"
#include "portal/store/sent.h"

struct making {
    const struct pt_join_make *m;
    enum pt_join_made *out;
    int64_t party; /* 1: it is there, 2: and has joined */
};

static bool
take_party(void *ctx, struct pt_cursor *stmt)
{
    ((struct making *)ctx)->party = pt_column_i64(stmt, 0);
    return false;
}

static enum mh_code
note(struct pt_store *s, const struct pt_record *of, const char *case_id,
    int64_t account, int64_t now, struct mh_err *err)
{
    char who[32], obj[48];
    struct pt_record r = *of;

    (void)snprintf(who, sizeof(who), "p:%lld", (long long)account); /* fits */
    (void)snprintf(obj, sizeof(obj), "case:%.26s", case_id);        /* too */
    r.who = who;
    r.obj = obj;
    return pt_record_put(s, &r, now, err);
}

static enum mh_code
write_code(struct pt_store *s, const struct pt_join_make *m, struct mh_err *err)
{
    char id[27], subject[40];
    struct pt_stmt row[] = {
        {.sql = "UPDATE join_code SET ended = ?4 WHERE case_id = ?1"
                " AND side = ?2 AND party = ?3 AND used IS NULL"
                " AND ended IS NULL",
            .arg = {PT_S(m->case_id), PT_N((int64_t)m->side), PT_S(m->party),
                PT_N(m->now)},
            .args = 4},
        {.sql = "INSERT INTO join_code (id, case_id, side, party, hash, made,"
                " maker, until) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            .arg = {PT_S(id), PT_S(m->case_id), PT_N((int64_t)m->side),
                PT_S(m->party), PT_B(((struct mh_span){m->hash, PT_HASH})),
                PT_N(m->now), PT_N(m->clerk), PT_N(m->now + PT_JOIN_KEEP)},
            .args = 8},
        {.sql = "DELETE FROM join_tries WHERE subject = ?1",
            .arg = {PT_S(subject)},
            .args = 1},
    };
    enum mh_code code = MH_OK;

    pt_id_new(id);
    (void)snprintf(subject, sizeof(subject), "case:%.26s", m->case_id);
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]) && code == MH_OK; i++)
        code = pt_rows_run(s, &row[i], err);
    return code;
}

static enum mh_code
make(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct making *v = arg;
    const struct pt_join_make *m = v->m;
    const struct pt_sent sent = {m->form, m->clerk, m->digest, m->now};
    const struct pt_stmt q = {
        .sql = "SELECT CASE WHEN EXISTS (SELECT 1 FROM joined j WHERE"
               " j.case_id = p.case_id AND j.side = p.side"
               " AND j.party = p.name AND j.ended IS NULL)"
               " THEN 2 ELSE 1 END FROM party p"
               " WHERE case_id = ?1 AND side = ?2 AND name = ?3",
        .arg = {PT_S(m->case_id), PT_N((int64_t)m->side), PT_S(m->party)},
        .args = 3};
    const struct pt_record made = {.ev = "join.code", .res = "ok", .data = ""};
    const struct pt_record not = {.ev = "illegal_transition",
        .res = "refused",
        .data = "from=joined\nto=code\n"};
    char result[27];
    enum pt_sent_was was;
    enum mh_code code = pt_sent_take(s, &sent, err, &was, result);

    if (code == MH_OK && was != PT_SENT_NEW)
        *v->out = PT_JOIN_MADE_BEFORE;
    if (code != MH_OK || was != PT_SENT_NEW)
        return code;
    code = pt_rows_first(s, &q, take_party, v, err);
    if (code == MH_OK && v->party == 0)
        *v->out = PT_JOIN_NO_PARTY;
    if (code == MH_OK && v->party == 2) {
        *v->out = PT_JOIN_HAS_JOINED;
        return note(s, &not, m->case_id, m->clerk, m->now, err);
    }
    if (code != MH_OK || v->party == 0)
        return code;
    code = write_code(s, m, err);
    if (code == MH_OK)
        code = note(s, &made, m->case_id, m->clerk, m->now, err);
    return code == MH_OK ? pt_sent_keep(s, &sent, "", err) : code;
}

enum mh_code
pt_store_join_make(struct pt_store *store, const struct pt_join_make *m,
    struct mh_err *err, enum pt_join_made *out)
{
    struct making v = {.m = m, .out = out};
    struct pt_write w = {.run = make, .arg = &v};

    *out = PT_JOIN_MADE;
    return pt_write_do(store, &w, err);
}

/* ---- what there is ---- */

static bool
row_of(void *ctx, struct pt_cursor *stmt)
{
    struct pt_join_parties *list = ctx;
    struct pt_join_party *p = &list->item[list->count++];

    p->side = (enum pt_case_role)pt_column_int(stmt, 0);
    pt_column_text(stmt, 1, p->name, sizeof(p->name));
    p->known = pt_column_int(stmt, 2) != 0;
    p->code = pt_column_i64(stmt, 3);
    pt_column_text(stmt, 4, p->joined, sizeof(p->joined));
    pt_column_text(stmt, 5, p->via, sizeof(p->via));
    p->at = pt_column_time(stmt, 6);
    pt_column_text(stmt, 7, p->account, sizeof(p->account));
    return list->count < PT_JOIN_ROWS;
}

enum mh_code
pt_store_join_parties(struct pt_store *store, const char *case_id, int64_t now,
    struct mh_arena *arena, struct mh_err *err, struct pt_join_parties *out)
{
    const struct pt_stmt s = {
        .sql = "SELECT p.side, p.name, p.ident <> '', coalesce((SELECT until"
               "  FROM join_code k WHERE k.case_id = p.case_id"
               "  AND k.side = p.side AND k.party = p.name"
               "  AND k.used IS NULL AND k.ended IS NULL AND k.until > ?2), 0),"
               " coalesce(j.id, ''), coalesce(j.via, ''), j.at,"
               " coalesce(a.surname || ' ' || a.name, '')"
               " FROM party p LEFT JOIN joined j ON j.case_id = p.case_id"
               "  AND j.side = p.side AND j.party = p.name"
               "  AND j.ended IS NULL LEFT JOIN account a ON a.id = j.account"
               " WHERE p.case_id = ?1 ORDER BY p.side, p.name, j.at LIMIT ?3",
        .arg = {PT_S(case_id), PT_N(now), PT_N(PT_JOIN_ROWS)},
        .args = 3};

    *out = (struct pt_join_parties){
        .item = mh_arena_array(arena, PT_JOIN_ROWS, sizeof(*out->item))};
    if (out->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    return pt_rows_read(store, &s, row_of, out, err);
}

/* ---- undoing it ---- */

struct ending {
    const struct pt_join_end *e;
    enum pt_found *found;
    int64_t account;
};

static bool
take_account(void *ctx, struct pt_cursor *stmt)
{
    ((struct ending *)ctx)->account = pt_column_i64(stmt, 0);
    return false;
}

static enum mh_code
leave(struct pt_store *s, const struct ending *v, struct mh_err *err)
{
    const struct pt_join_end *e = v->e;
    char data[64];
    struct pt_stmt row[] = {
        {.sql = "UPDATE joined SET ended = ?2, ender = ?3, reason = ?4"
                " WHERE id = ?1 AND ended IS NULL",
            .arg = {PT_S(e->joined), PT_N(e->now), PT_N(e->clerk),
                PT_S(e->reason)},
            .args = 4},
        {.sql = "UPDATE participant SET active = 0 WHERE case_id = ?1"
                " AND account = ?2 AND mandated = 0",
            .arg = {PT_S(e->case_id), PT_N(v->account)},
            .args = 2},
    };
    const struct pt_record r = {.ev = "case.left", .res = "ok", .data = data};
    const struct pt_event_new told = {.case_id = e->case_id,
        .kind = "join-ended",
        .actor = e->clerk,
        .at = e->now,
        .data = "",
        .judge = true,
        .clerks = true,
        .also = v->account};
    enum mh_code code = pt_rows_run(s, &row[0], err);

    (void)snprintf(data, sizeof(data), "account=p:%lld\n",
        (long long)v->account); /* fits */
    if (code == MH_OK)
        code = pt_rows_run(s, &row[1], err);
    if (code == MH_OK)
        code = note(s, &r, e->case_id, e->clerk, e->now, err);
    return code == MH_OK ? pt_event_write(s, &told, err) : code;
}

static enum mh_code
end(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct ending *v = arg;
    const struct pt_join_end *e = v->e;
    const struct pt_stmt q = {
        .sql = "SELECT account FROM joined WHERE id = ?1 AND case_id = ?2"
               " AND ended IS NULL",
        .arg = {PT_S(e->joined), PT_S(e->case_id)},
        .args = 2};
    const struct pt_record not = {.ev = "illegal_transition",
        .res = "refused",
        .data = "from=none\nto=revoked\n"};
    enum mh_code code = pt_rows_first(s, &q, take_account, v, err);

    if (code != MH_OK)
        return code;
    if (v->account == 0) {
        *v->found = PT_ABSENT;
        return note(s, &not, e->case_id, e->clerk, e->now, err);
    }
    return leave(s, v, err);
}

enum mh_code
pt_store_join_end(struct pt_store *store, const struct pt_join_end *what,
    struct mh_err *err, enum pt_found *found)
{
    struct ending v = {.e = what, .found = found};
    struct pt_write w = {.run = end, .arg = &v};

    *found = PT_FOUND;
    return pt_write_do(store, &w, err);
}
