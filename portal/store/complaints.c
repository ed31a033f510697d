#include "portal/store/complaints.h"

#include <stdio.h>
#include <string.h>

#include "portal/http/id.h"
#include "portal/store/applicationrows.h"
#include "portal/store/events.h"

/* ---- service ---- */

static bool
take_time(void *ctx, struct pt_cursor *stmt)
{
    *(int64_t *)ctx = pt_column_i64(stmt, 0);
    return false;
}

enum mh_code
pt_store_complaint_served(struct pt_store *store, const struct pt_act *act,
    int64_t account, bool read, struct mh_err *err, int64_t *served)
{
    const struct pt_stmt stmt = {
        .sql = "SELECT at FROM act_read WHERE act = ?1 AND account = ?2",
        .arg = {PT_S(act->id), PT_N(account)},
        .args = 2};

    *served = act->published;
    return read ? pt_rows_read(store, &stmt, take_time, served, err) : MH_OK;
}

/* ---- parties ---- */

struct turning {
    const struct pt_account *account;
    struct pt_application_parties *out;
};

/* On which side of the complaint a party of the case stands; role: that of who
   complains in the case. */
static enum pt_case_role
side_of(enum pt_case_role side, enum pt_case_role role, bool own)
{
    if (role == PT_CASE_THIRD && own)
        return PT_CASE_CLAIMANT;
    if ((role == PT_CASE_DEFENDANT || role == PT_CASE_DEFENDANTS_LAWYER) &&
        side != PT_CASE_THIRD)
        return side == PT_CASE_DEFENDANT ? PT_CASE_CLAIMANT : PT_CASE_DEFENDANT;
    if (role == PT_CASE_THIRD && side != PT_CASE_THIRD)
        return PT_CASE_DEFENDANT;
    return side;
}

static bool
take_party(void *ctx, struct pt_cursor *stmt)
{
    struct turning *t = ctx;
    struct pt_application_party *p = &t->out->item[t->out->count++];
    enum pt_case_role role = (enum pt_case_role)pt_column_int(stmt, 3);

    *p = (struct pt_application_party){.birth = ""};
    pt_column_text(stmt, 1, p->name, sizeof(p->name));
    pt_column_text(stmt, 2, p->ident, sizeof(p->ident));
    p->side = side_of((enum pt_case_role)pt_column_int(stmt, 0), role,
        p->ident[0] != '\0' && strcmp(p->ident, t->account->fin) == 0);
    if (p->ident[0] == '\0')
        (void)snprintf(p->why, sizeof(p->why),
            "işin məlumatlarında göstərilməyib"); /* fits */
    return t->out->count < PT_APPLICATION_PARTIES;
}

enum mh_code
pt_store_complaint_parties(struct pt_store *store, const char *case_id,
    const struct pt_account *account, struct mh_arena *arena,
    struct mh_err *err, struct pt_application_parties *out)
{
    const struct pt_stmt stmt = {
        .sql = "SELECT p.side, p.name, CASE WHEN coalesce(p.ident, '') = ''"
               "  AND EXISTS (SELECT 1 FROM joined j WHERE j.case_id = ?1 AND"
               "  j.account = ?2 AND j.side = p.side AND j.party = p.name AND"
               "  j.ended IS NULL) THEN ?3 ELSE coalesce(p.ident, '') END,"
               " coalesce((SELECT role FROM participant WHERE case_id = ?1"
               "  AND account = ?2 AND active = 1), 0) FROM party p"
               " WHERE p.case_id = ?1 ORDER BY p.side, p.name",
        .arg = {PT_S(case_id), PT_N(account->id), PT_S(account->fin)},
        .args = 3};
    struct turning t = {account, out};

    *out = (struct pt_application_parties){
        .item =
            mh_arena_array(arena, PT_APPLICATION_PARTIES, sizeof(*out->item))};
    if (out->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    return pt_rows_read(store, &stmt, take_party, &t, err);
}

/* ---- a new one ---- */

/* What the application of the case claimed is what the fee is worked out of. */
#define FIRST(column)                                                          \
    "coalesce((SELECT o." column " FROM application o WHERE o.case_id = ?10"   \
    " AND o.state = 7 LIMIT 1), "

static enum mh_code
add_row(struct pt_store *s, const char *id, const struct pt_complaint *c,
    const struct pt_application_by *by, struct mh_err *err)
{
    struct pt_stmt add = {
        .sql = "INSERT INTO application (id, state, owner, created, changed,"
               " until, court, kind, proceeding, category, claim, price,"
               " title, act, served, deadline) VALUES (?1, 1, ?2, ?3, ?3,"
               " ?3 + ?4, (SELECT id FROM court WHERE code = ?5), ?6, ?7, ?8,"
               " " FIRST("claim") "''), " FIRST("price") "0), ?9, ?11, ?12,"
                                                         " ?13)",
        .arg = {PT_S(id), PT_N(by->account), PT_N(by->now),
            PT_N(PT_APPLICATION_KEEP), PT_S(c->court), PT_S(c->kind),
            PT_S(c->proceeding), PT_S(c->category), PT_S(c->title),
            PT_S(c->act->case_id), PT_S(c->act->id), PT_N(c->served),
            PT_N(c->deadline)},
        .args = 13};

    return pt_rows_run(s, &add, err);
}

struct filling {
    const struct pt_application_by *by;
    const struct pt_complaint *c;
};

static enum mh_code
fill(struct pt_store *s, const char *id, const void *ctx, int64_t now,
    struct mh_err *err)
{
    const struct filling *f = ctx;
    const struct pt_complaint *c = f->c;
    char file[27], party[27];
    struct pt_stmt act = {
        .sql = "INSERT INTO application_file (id, application, n, kind, title,"
               " name, format, sha256, pages) SELECT ?2, ?1, 1, 'act', title,"
               " name, format, sha256, ?4 FROM document WHERE id = ?3",
        .arg = {PT_S(id), PT_S(file), PT_S(c->act->document),
            PT_N(c->act_pages)},
        .args = 4};
    enum mh_code code = add_row(s, id, c, f->by, err);

    (void)now;
    for (size_t i = 0; code == MH_OK && i < c->parties->count; i++) {
        const struct pt_application_party *p = &c->parties->item[i];
        struct pt_stmt add = {
            .sql = "INSERT INTO application_party (id, application, n, side,"
                   " ident, name, birth, address, phone, email, why)"
                   " VALUES (?2, ?1, ?3, ?4, ?5, ?6, '', '', '', '', ?7)",
            .arg = {PT_S(id), PT_S(party), PT_N((int64_t)i + 1),
                PT_N((int64_t)p->side), PT_S(p->ident), PT_S(p->name),
                PT_S(p->why)},
            .args = 7};

        pt_id_new(party);
        code = pt_rows_run(s, &add, err);
    }
    pt_id_new(file);
    if (code == MH_OK)
        code = pt_rows_run(s, &act, err);
    return code == MH_OK && act.changes != 1
               ? mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET,
                     "store: complaint: the act is no document")
               : code;
}

enum mh_code
pt_store_complaint_new(struct pt_store *store,
    const struct pt_application_by *by, const struct pt_complaint *c,
    struct mh_err *err, char id[static 27], enum pt_application_done *done)
{
    const struct filling f = {by, c};
    struct pt_application_begin b = {
        .by = by, .fill = fill, .ctx = &f, .id = id};

    return pt_application_begin(store, &b, err, done);
}

/* ---- cases that belong together ---- */

static bool
take_related(void *ctx, struct pt_cursor *stmt)
{
    struct pt_related *list = ctx;
    struct pt_related_case *c = &list->item[list->count++];

    pt_column_text(stmt, 0, c->id, sizeof(c->id));
    pt_column_text(stmt, 1, c->number, sizeof(c->number));
    pt_column_text(stmt, 2, c->court, sizeof(c->court));
    c->before = pt_column_int(stmt, 3) != 0;
    return list->count < PT_RELATED_MAX;
}

enum mh_code
pt_store_case_related(struct pt_store *store, const char *case_id,
    struct mh_err *err, struct pt_related *out)
{
    const struct pt_stmt stmt = {
        .sql = "SELECT c.id, c.number, k.name, c.id = (SELECT prev_case_id"
               "  FROM court_case WHERE id = ?1) AS was FROM court_case c"
               " JOIN court k ON k.id = c.court WHERE c.prev_case_id = ?1"
               " OR c.id = (SELECT prev_case_id FROM court_case WHERE id = ?1)"
               " ORDER BY was DESC, c.filed, c.id LIMIT ?2",
        .arg = {PT_S(case_id), PT_N(PT_RELATED_MAX)},
        .args = 2};

    *out = (struct pt_related){.count = 0};
    return pt_rows_read(store, &stmt, take_related, out, err);
}

enum mh_code
pt_complaint_told(struct pt_store *s, const char *case_id, int64_t clerk,
    int64_t now, struct mh_err *err)
{
    struct pt_cursor *stmt = pt_db_prepare(&s->writer,
        "SELECT coalesce(prev_case_id, ''), number FROM court_case"
        " WHERE id = ?1");
    char before[27] = "", number[PT_NUMBER_MAX + 1] = "";
    const struct pt_event_new e = {.case_id = before,
        .kind = "complaint-registered",
        .actor = clerk,
        .at = now,
        .data = number,
        .judge = true};
    enum pt_stepped rc;

    if (stmt == NULL)
        return pt_db_fail(&s->writer, "complaint", err);
    pt_bind_text(stmt, 1, case_id);
    rc = pt_step(stmt);
    if (rc == PT_ROW) {
        pt_column_text(stmt, 0, before, sizeof(before));
        pt_column_text(stmt, 1, number, sizeof(number));
    }
    pt_reset(stmt);
    if (rc != PT_ROW)
        return pt_db_fail(&s->writer, "complaint", err);
    return before[0] == '\0' ? MH_OK : pt_event_write(s, &e, err);
}
