#include "portal/store/look.h"

#include <stdio.h>
#include <string.h>

#include "portal/store/documents.h"
#include "portal/store/rows.h"

struct looking {
    const struct pt_look *look;
    struct pt_look_done *out;
};

/* The case of the number, where a court of the account has it, or the account
   a part in it; one that is not is none. */
static enum mh_code
find(struct pt_db *db, struct looking *v, struct mh_err *err)
{
    struct pt_cursor *stmt = pt_db_prepare(db,
        "SELECT c.id, c.judge IS ?2 OR EXISTS (SELECT 1 FROM participant p"
        "  WHERE p.case_id = c.id AND p.account = ?2 AND p.active = 1)"
        " FROM court_case c WHERE c.number = ?1 AND (c.judge IS ?2 OR"
        "  EXISTS (SELECT 1 FROM participant p WHERE p.case_id = c.id"
        "   AND p.account = ?2 AND p.active = 1) OR c.court IN"
        "  (SELECT court FROM official WHERE account = ?2))");
    enum pt_stepped rc;

    if (stmt == NULL)
        return pt_db_fail(db, "reason", err);
    pt_bind_text(stmt, 1, v->look->number);
    pt_bind_i64(stmt, 2, v->look->account);
    rc = pt_step(stmt);
    if (rc == PT_ROW) {
        pt_column_text(stmt, 0, v->out->id, sizeof(v->out->id));
        v->out->what =
            pt_column_int(stmt, 1) != 0 ? PT_LOOK_OWN : PT_LOOK_GIVEN;
    }
    pt_reset(stmt);
    return rc == PT_ROW || rc == PT_DONE ? MH_OK
                                         : pt_db_fail(db, "reason", err);
}

static enum mh_code
keep_record(struct pt_store *s, const struct looking *v, struct mh_err *err)
{
    char who[32], obj[48], data[64];
    const struct pt_record r = {
        .ev = "case.reason", .who = who, .obj = obj, .res = "ok", .data = data};

    (void)snprintf(who, sizeof(who), "p:%lld", (long long)v->look->account);
    (void)snprintf(obj, sizeof(obj), "case:%s", v->out->id);
    (void)snprintf(data, sizeof(data), "seconds=%d\n", PT_LOOK_SECONDS);
    return pt_record_put(s, &r, v->look->now, err);
}

static enum mh_code
add(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct looking *v = arg;
    const struct pt_look *l = v->look;
    struct pt_stmt row = {
        .sql = "INSERT INTO case_reason (case_id, account, at, until, reason,"
               " form) VALUES (?1, ?2, ?3, ?3 + ?4, ?5, ?6)"
               " ON CONFLICT (account, form) DO NOTHING",
        .arg = {PT_S(v->out->id), PT_N(l->account), PT_N(l->now),
            PT_N(PT_LOOK_SECONDS), PT_S(l->reason), PT_S(l->form)},
        .args = 6};
    enum mh_code code = find(&s->writer, v, err);

    if (code != MH_OK || v->out->what != PT_LOOK_GIVEN)
        return code;
    code = pt_rows_run(s, &row, err);
    return code == MH_OK && row.changes == 1 ? keep_record(s, v, err) : code;
}

enum mh_code
pt_store_look_add(struct pt_store *store, const struct pt_look *look,
    struct mh_err *err, struct pt_look_done *out)
{
    struct looking v = {look, out};
    struct pt_write w = {.run = add, .arg = &v};

    *out = (struct pt_look_done){.what = PT_LOOK_NONE};
    return pt_write_do(store, &w, err);
}

static bool
row(void *ctx, struct pt_cursor *stmt)
{
    (void)stmt; /* that there is one is enough */
    *(bool *)ctx = true;
    return false;
}

enum mh_code
pt_store_look_holds(struct pt_store *store, const char *case_id,
    int64_t account, int64_t now, struct mh_err *err, bool *out)
{
    const struct pt_stmt s = {
        .sql = "SELECT 1 FROM case_reason WHERE case_id = ?1 AND account = ?2"
               " AND until > ?3 LIMIT 1",
        .arg = {PT_S(case_id), PT_N(account), PT_N(now)},
        .args = 3};

    *out = false;
    return pt_rows_read(store, &s, row, out, err);
}
