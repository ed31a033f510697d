#include "portal/store/cases.h"

#include <string.h>

#include "portal/http/id.h"
#include "portal/store/caselist.h"

/* A character of a number as the store writes it. */
static char
number_char(char c)
{
    if (c == '[')
        return '(';
    if (c == ']')
        return ')';
    if (c >= 'a' && c <= 'z')
        return (char)(c - 'a' + 'A');
    return c;
}

bool
pt_number_clean(const char *in, char out[static PT_NUMBER_MAX + 1])
{
    size_t n = 0;

    for (; *in != '\0'; in++) {
        if (*in == ' ' || *in == '\t')
            continue;
        if (n == PT_NUMBER_MAX)
            return false;
        out[n] = number_char(*in);
        n++;
    }
    out[n] = '\0';
    if (out[0] == 'E' && out[1] == '-')
        out[0] = 'e';
    return true;
}

/* ---- making ---- */

struct change {
    const char *sql;
    void (*bind)(struct pt_cursor *stmt, const void *arg);
    const void *arg;
    int64_t id; /* the first column of a row, where one comes */
};

static enum mh_code
run_change(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct change *c = arg;
    struct pt_db *db = &s->writer;
    struct pt_cursor *stmt = pt_db_prepare(db, c->sql);
    enum mh_code code = MH_OK;
    enum pt_stepped rc;

    if (stmt == NULL)
        return pt_db_fail(db, "case", err);
    c->bind(stmt, c->arg);
    rc = pt_step(stmt);
    if (rc == PT_ROW)
        c->id = pt_column_i64(stmt, 0);
    else if (rc != PT_DONE)
        code = pt_db_fail(db, "case", err);
    pt_reset(stmt);
    return code;
}

static enum mh_code
change(struct pt_store *store, struct change *c, struct mh_err *err)
{
    struct pt_write w = {.run = run_change, .arg = c};

    return pt_write_do(store, &w, err);
}

struct pair {
    const char *text[2];
    int64_t number[2];
};

static void
bind_texts(struct pt_cursor *stmt, const void *arg)
{
    const struct pair *p = arg;

    pt_bind_text(stmt, 1, p->text[0]);
    pt_bind_text(stmt, 2, p->text[1]);
}

enum mh_code
pt_store_court_put(struct pt_store *store, const char *code, const char *name,
    struct mh_err *err, int64_t *id)
{
    struct pair p = {.text = {code, name}};
    struct change c = {.sql = "INSERT INTO court (code, name) VALUES (?1, ?2)"
                              " ON CONFLICT (code) DO UPDATE SET name = ?2"
                              " RETURNING id",
        .bind = bind_texts,
        .arg = &p};
    enum mh_code result = change(store, &c, err);

    *id = c.id;
    return result;
}

static void
bind_numbers(struct pt_cursor *stmt, const void *arg)
{
    const struct pair *p = arg;

    pt_bind_i64(stmt, 1, p->number[0]);
    pt_bind_i64(stmt, 2, p->number[1]);
}

enum mh_code
pt_store_official_put(
    struct pt_store *store, int64_t account, int64_t court, struct mh_err *err)
{
    struct pair p = {.number = {account, court}};
    struct change c = {
        .sql = "INSERT INTO official VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        .bind = bind_numbers,
        .arg = &p};

    return change(store, &c, err);
}

struct adding {
    struct pt_case *c;
    int64_t court, judge;
};

static enum mh_code
add_case(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct adding *a = arg;
    struct pt_db *db = &s->writer;
    struct pt_cursor *stmt = pt_db_prepare(db,
        "INSERT INTO court_case (id, number, court, filed, type, proceeding,"
        " judge, status) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
        " ON CONFLICT (number) DO UPDATE SET number = number RETURNING id");
    enum mh_code code = MH_OK;

    if (stmt == NULL)
        return pt_db_fail(db, "case", err);
    pt_bind_text(stmt, 1, a->c->id);
    pt_bind_text(stmt, 2, a->c->number);
    pt_bind_i64(stmt, 3, a->court);
    pt_bind_i64(stmt, 4, a->c->filed);
    pt_bind_text(stmt, 5, a->c->type);
    pt_bind_text(stmt, 6, a->c->proceeding);
    if (a->judge != 0)
        pt_bind_i64(stmt, 7, a->judge);
    pt_bind_i64(stmt, 8, (int64_t)a->c->status);
    if (pt_step(stmt) == PT_ROW)
        pt_column_text(stmt, 0, a->c->id, sizeof(a->c->id));
    else
        code = pt_db_fail(db, "case", err);
    pt_reset(stmt);
    return code;
}

enum mh_code
pt_store_case_add(struct pt_store *store, struct pt_case *c, int64_t court,
    int64_t judge, struct mh_err *err)
{
    struct adding a = {c, court, judge};
    struct pt_write w = {.run = add_case, .arg = &a};

    pt_id_new(c->id);
    return pt_write_do(store, &w, err);
}

static void
bind_participant(struct pt_cursor *stmt, const void *arg)
{
    const struct pair *p = arg;

    pt_bind_text(stmt, 1, p->text[0]);
    pt_bind_i64(stmt, 2, p->number[0]);
    pt_bind_i64(stmt, 3, p->number[1]);
}

enum mh_code
pt_store_participant_put(struct pt_store *store, const char *id,
    int64_t account, enum pt_case_role role, struct mh_err *err)
{
    struct pair p = {.text = {id}, .number = {account, (int64_t)role}};
    struct change c = {.sql = "INSERT INTO participant"
                              " (case_id, account, role, filed)"
                              " VALUES (?1, ?2, ?3, (SELECT filed"
                              "  FROM court_case WHERE id = ?1))"
                              " ON CONFLICT (account, case_id) DO UPDATE"
                              " SET role = ?3, active = 1",
        .bind = bind_participant,
        .arg = &p};

    return change(store, &c, err);
}

/* ---- reading ---- */

enum {
    ROLE_AT = 8 /* column */
};

void
pt_case_read(struct pt_cursor *stmt, struct pt_case *out)
{
    *out = (struct pt_case){
        .filed = pt_column_i64(stmt, 2),
        .status = (enum pt_case_status)pt_column_int(stmt, 7),
        .role = (enum pt_case_role)pt_column_int(stmt, ROLE_AT),
    };
    pt_column_text(stmt, 0, out->id, sizeof(out->id));
    pt_column_text(stmt, 1, out->number, sizeof(out->number));
    pt_column_text(stmt, 3, out->type, sizeof(out->type));
    pt_column_text(stmt, 4, out->proceeding, sizeof(out->proceeding));
    pt_column_text(stmt, 5, out->court, sizeof(out->court));
    pt_column_text(stmt, 6, out->judge, sizeof(out->judge));
}

static enum pt_relation
relation_of(enum pt_case_role role)
{
    switch (role) {
    case PT_CASE_CLAIMANT:
    case PT_CASE_DEFENDANT:
    case PT_CASE_THIRD:
        return PT_REL_PARTY;
    case PT_CASE_CLAIMANTS_LAWYER:
    case PT_CASE_DEFENDANTS_LAWYER:
        return PT_REL_REPRESENTATIVE;
    case PT_CASE_OTHER:
        return PT_REL_OTHER;
    case PT_CASE_ROLES:
        break;
    }
    return PT_REL_NONE;
}

/* An official's: judges and clerks take part in no case of their own court as
   parties here; who does is a participant. */
static enum pt_relation
official_relation(enum pt_role role, bool judges, bool court)
{
    if (role == PT_ROLE_AUDITOR)
        return PT_REL_AUDITOR;
    if (role == PT_ROLE_JUDGE)
        return judges ? PT_REL_JUDGE : court ? PT_REL_COURT_JUDGE : PT_REL_NONE;
    if (!court)
        return PT_REL_NONE;
    return role == PT_ROLE_CLERK       ? PT_REL_CLERK
           : role == PT_ROLE_PRESIDENT ? PT_REL_PRESIDENT
                                       : PT_REL_NONE;
}

enum mh_code
pt_store_case_get(struct pt_store *store, const char *id,
    const struct pt_account *account, struct mh_err *err, struct pt_case *out,
    enum pt_found *found)
{
    struct pt_db *db = pt_read_begin(store);
    struct pt_cursor *stmt = pt_db_prepare(db,
        "SELECT " PT_CASE_COLUMNS ","
        " coalesce((SELECT role FROM participant p WHERE p.case_id = c.id"
        "  AND p.account = ?2 AND p.active = 1), 0),"
        " c.judge IS ?2, EXISTS (SELECT 1 FROM official o"
        "  WHERE o.account = ?2 AND o.court = c.court), c.subject, "
        "c.restricted,"
        " coalesce((SELECT p.mandated FROM participant p WHERE p.case_id = c.id"
        "  AND p.account = ?2 AND p.active = 1), 0),"
        /* A mandate ends with its last second, whoever has noticed. */
        " coalesce((SELECT max(v.scopes & 1) | max(v.scopes & 2)"
        "  | max(v.scopes & 4) | max(v.scopes & 8) FROM mandated v"
        "  JOIN participant p ON p.case_id = v.case_id"
        "   AND p.account = v.account AND p.role = v.part"
        "  WHERE v.case_id = c.id AND v.account = ?2"
        "  AND v.until > unixepoch()), 0)"
        " FROM court_case c" PT_CASE_JOINS " WHERE c.id = ?1");
    enum mh_code code = MH_OK;
    enum pt_stepped rc = PT_ERROR;

    *found = PT_ABSENT;
    if (stmt != NULL) {
        pt_bind_text(stmt, 1, id);
        pt_bind_i64(stmt, 2, account->id);
        rc = pt_step(stmt);
    }
    if (rc == PT_ROW) {
        pt_case_read(stmt, out);
        pt_column_text(stmt, ROLE_AT + 3, out->subject, sizeof(out->subject));
        out->restricted = pt_column_int(stmt, ROLE_AT + 4) != 0;
        out->mandated = pt_column_int(stmt, ROLE_AT + 5) != 0;
        out->scopes = out->mandated ? (unsigned)pt_column_int(stmt, ROLE_AT + 6)
                                    : PT_SCOPES_ALL;
        out->relation = out->mandated ? pt_relation_of_scopes(out->scopes)
                        : out->role != 0
                            ? relation_of(out->role)
                            : official_relation(account->role,
                                  pt_column_int(stmt, ROLE_AT + 1) != 0,
                                  pt_column_int(stmt, ROLE_AT + 2) != 0);
        if (pt_may(out->relation, PT_MAY_SEE_CASE))
            *found = PT_FOUND;
    } else if (rc != PT_DONE) {
        code = pt_db_fail(db, "case", err);
    }
    if (stmt != NULL)
        pt_reset(stmt);
    pt_read_end(store, db);
    return code;
}
