/* Receipts of fees that were paid elsewhere (portal/store/payments.h). */
#include "portal/store/payments.h"

#include "portal/store/applicationrows.h"

static bool
take(void *ctx, struct pt_cursor *stmt)
{
    struct pt_fee_checked *out = ctx;

    out->is =
        pt_column_int(stmt, 0) == 1 ? PT_FEE_RECEIPT_GOOD : PT_FEE_RECEIPT_BAD;
    pt_column_text(stmt, 1, out->number, sizeof(out->number));
    pt_column_text(stmt, 2, out->why, sizeof(out->why));
    return false;
}

enum mh_code
pt_store_fee_receipt(struct pt_store *store, const char *application,
    struct mh_err *err, struct pt_fee_checked *out)
{
    struct pt_stmt stmt = {
        .sql =
            "SELECT good, number, why FROM fee_receipt WHERE application = ?1",
        .arg = {PT_S(application)},
        .args = 1};

    *out = (struct pt_fee_checked){.is = PT_FEE_RECEIPT_NONE};
    return pt_rows_read(store, &stmt, take, out, err);
}

struct checking {
    const struct pt_application_by *by;
    const struct pt_fee_checked *what;
};

/* Whether another application has that number. */
static enum mh_code
look(struct pt_store *s, const struct checking *c, struct mh_err *err,
    bool *taken)
{
    const struct pt_stmt q = {
        .sql = "SELECT 1 FROM fee_receipt WHERE number = ?1 AND good = 1"
               " AND application <> ?2",
        .arg = {PT_S(c->what->number), PT_S(c->by->id)},
        .args = 2};
    struct pt_cursor *stmt = pt_rows_bind(&s->writer, &q);
    enum pt_stepped rc;

    if (stmt == NULL)
        return pt_db_fail(&s->writer, "receipt", err);
    rc = pt_step(stmt);
    *taken = rc == PT_ROW;
    pt_reset(stmt);
    return rc == PT_ROW || rc == PT_DONE
               ? MH_OK
               : pt_db_fail(&s->writer, "receipt", err);
}

static enum mh_code
check(struct pt_store *s, void *ctx, struct mh_err *err,
    enum pt_application_done *done)
{
    const struct checking *c = ctx;
    bool good = c->what->is == PT_FEE_RECEIPT_GOOD, taken = false;
    struct pt_stmt stmt = {
        .sql = "INSERT INTO fee_receipt (application, account, good, at,"
               " number, why) SELECT id, ?2, ?3, ?4, ?5, ?6 FROM application"
               " WHERE id = ?1 AND fee = 'receipt_submitted'"
               " ON CONFLICT (application) DO UPDATE SET"
               " account = excluded.account, good = excluded.good,"
               " at = excluded.at, number = excluded.number,"
               " why = excluded.why",
        .arg = {PT_S(c->by->id), PT_N(c->by->account), PT_N(good),
            PT_N(c->by->now), PT_S(good ? c->what->number : ""),
            PT_S(good ? "" : c->what->why)},
        .args = 6};
    enum mh_code code = good ? look(s, c, err, &taken) : MH_OK;

    if (taken)
        *done = PT_APPLICATION_TAKEN;
    if (code != MH_OK || taken)
        return code;
    code = pt_rows_run(s, &stmt, err);
    if (code == MH_OK && stmt.changes == 0)
        *done = PT_APPLICATION_ILLEGAL;
    return code;
}

enum mh_code
pt_store_fee_receipt_check(struct pt_store *store,
    const struct pt_application_by *by, const struct pt_fee_checked *what,
    struct mh_err *err, enum pt_application_done *done)
{
    struct checking v = {by, what};
    struct pt_application_change c = {.by = by,
        .from = 1U << PT_APPLICATION_IN_REVIEW,
        .clerk = true,
        .run = check,
        .ctx = &v};

    return pt_application_write(store, &c, err, done);
}
