/* Receipts of fees that were paid elsewhere (portal/store/payments.h). */
#include "portal/store/payments.h"

#include "portal/store/applicationrows.h"

static bool
take(void *ctx, struct pt_cursor *stmt)
{
    enum pt_fee_receipt *out = ctx;

    *out =
        pt_column_int(stmt, 0) == 1 ? PT_FEE_RECEIPT_GOOD : PT_FEE_RECEIPT_BAD;
    return false;
}

enum mh_code
pt_store_fee_receipt(struct pt_store *store, const char *application,
    struct mh_err *err, enum pt_fee_receipt *out)
{
    struct pt_stmt stmt = {
        .sql = "SELECT good FROM fee_receipt WHERE application = ?1",
        .arg = {PT_S(application)},
        .args = 1};

    *out = PT_FEE_RECEIPT_NONE;
    return pt_rows_read(store, &stmt, take, out, err);
}

struct checking {
    const struct pt_application_by *by;
    bool good;
};

static enum mh_code
check(struct pt_store *s, void *ctx, struct mh_err *err,
    enum pt_application_done *done)
{
    const struct checking *c = ctx;
    struct pt_stmt stmt = {
        .sql = "INSERT INTO fee_receipt (application, account, good, at)"
               " SELECT id, ?2, ?3, ?4 FROM application"
               " WHERE id = ?1 AND fee = 'receipt_submitted'"
               " ON CONFLICT (application) DO UPDATE SET"
               " account = excluded.account, good = excluded.good,"
               " at = excluded.at",
        .arg = {PT_S(c->by->id), PT_N(c->by->account), PT_N(c->good),
            PT_N(c->by->now)},
        .args = 4};
    enum mh_code code = pt_rows_run(s, &stmt, err);

    if (code == MH_OK && stmt.changes == 0)
        *done = PT_APPLICATION_ILLEGAL;
    return code;
}

enum mh_code
pt_store_fee_receipt_check(struct pt_store *store,
    const struct pt_application_by *by, bool good, struct mh_err *err,
    enum pt_application_done *done)
{
    struct checking v = {by, good};
    struct pt_application_change c = {.by = by,
        .from = 1U << PT_APPLICATION_IN_REVIEW,
        .clerk = true,
        .run = check,
        .ctx = &v};

    return pt_application_write(store, &c, err, done);
}
