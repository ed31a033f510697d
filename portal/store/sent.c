#include "portal/store/sent.h"

#include "portal/store/rows.h"

enum mh_code
pt_sent_take(struct pt_store *store, const struct pt_sent *sent,
    struct mh_err *err, enum pt_sent_was *was, char result[static 27])
{
    struct pt_db *db = &store->writer;
    struct pt_cursor *stmt = pt_db_prepare(db,
        "SELECT digest, result FROM form_sent WHERE account = ?1"
        " AND form = ?2 AND at > ?3");
    enum mh_code code = MH_OK;
    enum pt_stepped rc;

    *was = PT_SENT_NEW;
    result[0] = '\0';
    if (stmt == NULL)
        return pt_db_fail(db, "form", err);
    pt_bind_i64(stmt, 1, sent->account);
    pt_bind_text(stmt, 2, sent->form);
    pt_bind_i64(stmt, 3, sent->now - PT_SENT_KEEP);
    rc = pt_step(stmt);
    if (rc == PT_ROW) {
        *was = mh_span_eq(pt_column_blob(stmt, 0),
                   (struct mh_span){sent->digest, PT_HASH})
                   ? PT_SENT_AGAIN
                   : PT_SENT_OTHER;
        pt_column_text(stmt, 1, result, 27);
    } else if (rc != PT_DONE) {
        code = pt_db_fail(db, "form", err);
    }
    pt_reset(stmt);
    return code;
}

enum mh_code
pt_sent_keep(struct pt_store *store, const struct pt_sent *sent,
    const char *result, struct mh_err *err)
{
    struct pt_stmt old = {.sql = "DELETE FROM form_sent WHERE at <= ?1",
        .arg = {PT_N(sent->now - PT_SENT_KEEP)},
        .args = 1};
    struct pt_stmt new = {.sql = "INSERT INTO form_sent (account, form, digest,"
                                 " result, at) VALUES (?1, ?2, ?3, ?4, ?5)",
        .arg = {PT_N(sent->account), PT_S(sent->form),
            PT_B(((struct mh_span){sent->digest, PT_HASH})), PT_S(result),
            PT_N(sent->now)},
        .args = 5};
    enum mh_code code = pt_rows_run(store, &old, err);

    return code == MH_OK ? pt_rows_run(store, &new, err) : code;
}
