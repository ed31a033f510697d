#include "portal/store/joins.h"

#include <stdio.h>
#include <string.h>

#include "portal/http/id.h"
#include "portal/store/documents.h"
#include "portal/store/events.h"
#include "portal/store/rows.h"
#include "portal/store/sent.h"

enum {
    DATA_MAX = 200, /* bytes of what a record says */
};

struct joining {
    const struct pt_join *j;
    struct pt_join_done *out;
    char code[27]; /* its id; "": by the FIN */
    char case_id[27];
    char party[2 * PT_TEXT_MAX + 2];
    char ident[16];
    enum pt_case_role side;
    bool found;
    int64_t number;
};

/* ---- records ---- */

struct noting {
    const char *ev, *res, *case_id; /* "": none */
    int64_t account, now;
};

static enum mh_code
note(struct pt_store *s, const struct noting *n, const char *data,
    struct mh_err *err)
{
    char who[32], obj[48];
    const struct pt_record r = {
        .ev = n->ev, .who = who, .obj = obj, .res = n->res, .data = data};

    (void)snprintf(who, sizeof(who), "p:%lld", (long long)n->account);
    (void)snprintf(obj, sizeof(obj), "%s%.26s",
        n->case_id[0] == '\0' ? "join" : "case:", n->case_id); /* these fit */
    return pt_record_put(s, &r, n->now, err);
}

/* ---- pending ---- */

static bool
take_pending(void *ctx, struct pt_cursor *stmt)
{
    struct pt_join_pendings *list = ctx;
    struct pt_join_pending *p = &list->item[list->count++];

    pt_column_text(stmt, 0, p->case_id, sizeof(p->case_id));
    pt_column_text(stmt, 1, p->number, sizeof(p->number));
    pt_column_text(stmt, 2, p->court, sizeof(p->court));
    p->side = (enum pt_case_role)pt_column_int(stmt, 3);
    return list->count < PT_JOIN_PENDING;
}

enum mh_code
pt_store_join_pending(struct pt_store *store, const struct pt_account *account,
    struct mh_arena *arena, struct mh_err *err, struct pt_join_pendings *out)
{
    const struct pt_stmt s = {
        .sql = "SELECT c.id, c.number, k.name, min(p.side) FROM party p"
               " JOIN court_case c ON c.id = p.case_id"
               " JOIN court k ON k.id = c.court"
               " WHERE p.ident = ?1 AND p.ident <> '' AND NOT EXISTS ("
               "  SELECT 1 FROM participant q WHERE q.account = ?2"
               "  AND q.case_id = c.id AND q.mandated = 0)"
               " GROUP BY c.id, c.number, k.name ORDER BY c.number LIMIT ?3",
        .arg = {PT_S(account->fin), PT_N(account->id), PT_N(PT_JOIN_PENDING)},
        .args = 3};

    *out = (struct pt_join_pendings){
        .item = mh_arena_array(arena, PT_JOIN_PENDING, sizeof(*out->item))};
    if (out->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    if (pt_role_official(account->role) || account->fin[0] == '\0')
        return MH_OK;
    return pt_rows_read(store, &s, take_pending, out, err);
}

/* ---- coming ---- */

/* The account takes part, its record is written and all are told. */
static enum mh_code
come(struct pt_store *s, struct joining *v, struct mh_err *err)
{
    const struct pt_join *j = v->j;
    const char *via = v->code[0] == '\0' ? "match" : "code";
    char id[27], data[DATA_MAX];
    struct pt_stmt part = {
        .sql = "INSERT INTO participant (case_id, account, role, filed)"
               " SELECT id, ?2, ?3, filed FROM court_case WHERE id = ?1"
               " ON CONFLICT (account, case_id) DO UPDATE"
               " SET role = ?3, active = 1, mandated = 0",
        .arg = {PT_S(v->case_id), PT_N(j->account->id), PT_N((int64_t)v->side)},
        .args = 3};
    struct pt_stmt row = {
        .sql = "INSERT INTO joined (id, case_id, account, side, party, via, at)"
               " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        .arg = {PT_S(id), PT_S(v->case_id), PT_N(j->account->id),
            PT_N((int64_t)v->side), PT_S(v->party), PT_S(via), PT_N(j->now)},
        .args = 7};
    const struct noting n = {
        "case.joined", "ok", v->case_id, j->account->id, j->now};
    const struct pt_event_new e = {.case_id = v->case_id,
        .kind = "joined",
        .actor = j->account->id,
        .at = j->now,
        .data = v->side == PT_CASE_CLAIMANT    ? "claimant"
                : v->side == PT_CASE_DEFENDANT ? "defendant"
                                               : "third",
        .judge = true,
        .clerks = true};
    enum mh_code code;

    pt_id_new(id);
    (void)snprintf(
        data, sizeof(data), "side=%s\nvia=%s\n", e.data, via); /* fits */
    code = pt_rows_run(s, &part, err);
    if (code == MH_OK)
        code = pt_rows_run(s, &row, err);
    if (code == MH_OK)
        code = note(s, &n, data, err);
    if (code == MH_OK)
        code = pt_event_write(s, &e, err);
    memcpy(v->out->case_id, v->case_id, sizeof(v->case_id));
    return code;
}

static bool
take_number(void *ctx, struct pt_cursor *stmt)
{
    struct joining *v = ctx;

    v->number = pt_column_i64(stmt, 0);
    return false;
}

/* Whether the account takes part by itself: 1 does, 2 did. */
static enum mh_code
part_of(struct pt_store *s, struct joining *v, struct mh_err *err)
{
    const struct pt_stmt q = {
        .sql = "SELECT CASE active WHEN 1 THEN 1 ELSE 2 END FROM participant"
               " WHERE case_id = ?1 AND account = ?2 AND mandated = 0",
        .arg = {PT_S(v->case_id), PT_N(v->j->account->id)},
        .args = 2};

    v->number = 0;
    return pt_rows_first(s, &q, take_number, v, err);
}

static bool
take_party(void *ctx, struct pt_cursor *stmt)
{
    struct joining *v = ctx;

    pt_column_text(stmt, 0, v->case_id, sizeof(v->case_id));
    v->side = (enum pt_case_role)pt_column_int(stmt, 1);
    pt_column_text(stmt, 2, v->party, sizeof(v->party));
    pt_column_text(stmt, 3, v->ident, sizeof(v->ident));
    pt_column_text(stmt, 4, v->code, sizeof(v->code));
    v->found = true;
    return false;
}

static enum mh_code
match(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct joining *v = arg;
    const struct pt_join *j = v->j;
    const struct pt_stmt q = {
        .sql = "SELECT case_id, side, name, ident, '' FROM party WHERE"
               " case_id = ?1 AND side = ?2 AND ident = ?3 AND ident <> ''"
               " ORDER BY name LIMIT 1",
        .arg = {PT_S(j->case_id), PT_N((int64_t)j->side),
            PT_S(j->account->fin)},
        .args = 3};
    const struct noting n = {
        "join.refused", "refused", "", j->account->id, j->now};
    enum mh_code code = MH_OK;

    if (!pt_role_official(j->account->role))
        code = pt_rows_first(s, &q, take_party, v, err);
    if (code == MH_OK && v->found)
        code = part_of(s, v, err);
    if (code != MH_OK)
        return code;
    if (v->found && v->number == 1) {
        v->out->what = PT_JOIN_AGAIN;
        memcpy(v->out->case_id, v->case_id, sizeof(v->case_id));
        return MH_OK;
    }
    /* Whom a clerk took out comes back with a code alone. */
    if (!v->found || v->number == 2) {
        v->out->what = PT_JOIN_NOT;
        return note(s, &n, "via=match\nwhy=none\n", err);
    }
    return come(s, v, err);
}

enum mh_code
pt_store_join_match(struct pt_store *store, const struct pt_join *join,
    struct mh_err *err, struct pt_join_done *out)
{
    struct joining v = {.j = join, .out = out};
    struct pt_write w = {.run = match, .arg = &v};

    *out = (struct pt_join_done){.what = PT_JOIN_DONE};
    return pt_write_do(store, &w, err);
}

/* ---- wrong codes ---- */

/* Until when a subject is locked. */
static enum mh_code
lock_of(struct pt_store *s, const char *subject, struct joining *v,
    struct mh_err *err)
{
    const struct pt_stmt q = {
        .sql = "SELECT until FROM join_tries WHERE subject = ?1 AND until > ?2",
        .arg = {PT_S(subject), PT_N(v->j->now)},
        .args = 2};

    v->number = 0;
    return pt_rows_first(s, &q, take_number, v, err);
}

/* One more; v->number: until when the subject is locked by it, or 0. */
static enum mh_code
count(struct pt_store *s, const char *subject, struct joining *v,
    struct mh_err *err)
{
    const int64_t now = v->j->now;
    struct pt_stmt old = {.sql = "DELETE FROM join_tries WHERE last <= ?1",
        .arg = {PT_N(now - PT_JOIN_LOCK)},
        .args = 1};
    struct pt_stmt one = {
        .sql = "INSERT INTO join_tries (subject, tries, last) VALUES (?1, 1,"
               " ?2) ON CONFLICT (subject) DO UPDATE SET tries = tries + 1,"
               " last = ?2, until = CASE WHEN tries + 1 >= ?3 THEN ?2 + ?4"
               " ELSE until END",
        .arg = {PT_S(subject), PT_N(now), PT_N(PT_JOIN_TRIES),
            PT_N(PT_JOIN_LOCK)},
        .args = 4};
    enum mh_code code = pt_rows_run(s, &old, err);

    if (code == MH_OK)
        code = pt_rows_run(s, &one, err);
    return code == MH_OK ? lock_of(s, subject, v, err) : code;
}

static void
subjects(const struct joining *v, char own[static 32], char of[static 32])
{
    (void)snprintf(own, 32, "p:%lld", (long long)v->j->account->id); /* fits */
    (void)snprintf(of, 32, "case:%.26s", v->case_id);                /* too */
}

/* What was wrong is counted; the clerks hear of a case that is locked. */
static enum mh_code
refuse(
    struct pt_store *s, struct joining *v, const char *why, struct mh_err *err)
{
    const struct pt_join *j = v->j;
    const struct noting n = {
        "join.refused", "refused", v->case_id, j->account->id, j->now};
    const struct pt_event_new e = {.case_id = v->case_id,
        .kind = "join-locked",
        .at = j->now,
        .data = "",
        .only = -1, /* nobody of the case */
        .clerks = true};
    char own[32], of[32], data[DATA_MAX];
    enum mh_code code;

    subjects(v, own, of);
    code = count(s, own, v, err);
    v->out->locks = v->number != 0;
    v->out->until = v->number;
    (void)snprintf(data, sizeof(data), "lock=%d\nvia=code\nwhy=%s\n",
        v->out->locks, why); /* fits */
    if (code == MH_OK)
        code = note(s, &n, data, err);
    if (code != MH_OK || v->case_id[0] == '\0')
        return code;
    code = count(s, of, v, err);
    return code == MH_OK && v->number != 0 ? pt_event_write(s, &e, err) : code;
}

/* ---- by a code ---- */

static bool
take_case(void *ctx, struct pt_cursor *stmt)
{
    struct joining *v = ctx;

    pt_column_text(stmt, 0, v->case_id, sizeof(v->case_id));
    return false;
}

/* What is locked, the case's own included, is not looked at. */
static enum mh_code
locked(struct pt_store *s, struct joining *v, struct mh_err *err)
{
    char own[32], of[32];
    enum mh_code code;

    subjects(v, own, of);
    code = lock_of(s, own, v, err);
    if (code == MH_OK && v->number == 0 && v->case_id[0] != '\0')
        code = lock_of(s, of, v, err);
    if (v->number != 0) {
        v->out->what = PT_JOIN_LOCKED;
        v->out->until = v->number;
    }
    return code;
}

/* The code is used up, and what was wrong before is forgotten. */
static enum mh_code
use_code(struct pt_store *s, struct joining *v, struct mh_err *err)
{
    const struct pt_join *j = v->j;
    char own[32], of[32];
    struct pt_stmt used = {
        .sql = "UPDATE join_code SET used = ?2, user = ?3 WHERE id = ?1"
               " AND used IS NULL AND ended IS NULL",
        .arg = {PT_S(v->code), PT_N(j->now), PT_N(j->account->id)},
        .args = 3};
    struct pt_stmt clear = {
        .sql = "DELETE FROM join_tries WHERE subject IN (?1, ?2)",
        .arg = {PT_S(own), PT_S(of)},
        .args = 2};
    enum mh_code code = pt_rows_run(s, &used, err);

    subjects(v, own, of);
    if (code == MH_OK && used.changes != 1)
        code = mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "store: join: code");
    if (code == MH_OK)
        code = pt_rows_run(s, &clear, err);
    return code == MH_OK ? come(s, v, err) : code;
}

static enum mh_code
by_code(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct joining *v = arg;
    const struct pt_join *j = v->j;
    const struct pt_stmt of = {
        .sql = "SELECT id FROM court_case WHERE number = ?1",
        .arg = {PT_S(j->number)},
        .args = 1};
    const struct pt_stmt q = {
        .sql = "SELECT k.case_id, k.side, k.party, coalesce(p.ident, ''), k.id"
               " FROM join_code k JOIN party p ON p.case_id = k.case_id"
               " AND p.side = k.side AND p.name = k.party"
               " WHERE k.hash = ?1 AND k.case_id = ?2 AND k.used IS NULL"
               " AND k.ended IS NULL AND k.until > ?3",
        .arg = {PT_B(((struct mh_span){j->hash, PT_HASH})), PT_S(v->case_id),
            PT_N(j->now)},
        .args = 3};
    bool official = pt_role_official(j->account->role);
    enum mh_code code = pt_rows_first(s, &of, take_case, v, err);

    if (code == MH_OK)
        code = part_of(s, v, err);
    if (code != MH_OK)
        return code;
    if (v->number == 1) { /* whatever the code is */
        v->out->what = PT_JOIN_AGAIN;
        memcpy(v->out->case_id, v->case_id, sizeof(v->case_id));
        return MH_OK;
    }
    code = locked(s, v, err);
    if (code != MH_OK || v->out->what == PT_JOIN_LOCKED)
        return code;
    if (v->case_id[0] != '\0' && !official)
        code = pt_rows_first(s, &q, take_party, v, err);
    if (code != MH_OK)
        return code;
    if (v->found && strlen(v->ident) == PT_FIN &&
        strcmp(v->ident, j->account->fin) != 0) {
        v->out->what = PT_JOIN_PERSON;
        return refuse(s, v, "person", err);
    }
    if (!v->found) {
        v->out->what = PT_JOIN_WRONG;
        return refuse(s, v, v->case_id[0] == '\0' ? "number" : "code", err);
    }
    return use_code(s, v, err);
}

enum mh_code
pt_store_join_code(struct pt_store *store, const struct pt_join *join,
    struct mh_err *err, struct pt_join_done *out)
{
    struct joining v = {.j = join, .out = out};
    struct pt_write w = {.run = by_code, .arg = &v};

    *out = (struct pt_join_done){.what = PT_JOIN_DONE};
    return pt_write_do(store, &w, err);
}
