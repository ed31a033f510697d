#include "portal/store/payments.h"

#include <stdio.h>
#include <string.h>

#include "portal/store/paymentrow.h"
#include "portal/store/rows.h"

const char *
pt_payment_state_name(enum pt_payment_state s)
{
    static const char *const names[PT_PAYMENT_STATES] = {"", "created",
        "pending", "succeeded", "failed", "cancelled", "expired",
        "refund_requested", "refunded", "refund_rejected"};

    return s < PT_PAYMENT_STATES ? names[s] : "";
}

int64_t
pt_payment_wait(unsigned polls)
{
    static const int64_t wait[] = {60, 300, 900, 3600, 14400, 43200, 86400};

    return polls < sizeof(wait) / sizeof(wait[0]) ? wait[polls] : -1;
}

void
pt_payment_row(struct pt_cursor *stmt, struct pt_payment *p)
{
    *p = (struct pt_payment){.number = pt_column_i64(stmt, 1),
        .owner = pt_column_i64(stmt, 3),
        .amount = pt_column_i64(stmt, 4),
        .state = (enum pt_payment_state)pt_column_int(stmt, 5),
        .created = pt_column_i64(stmt, 6),
        .changed = pt_column_i64(stmt, 7),
        .poll_at = pt_column_time(stmt, 8),
        .polls = (unsigned)pt_column_int(stmt, 9),
        .refund = (unsigned)pt_column_int(stmt, 14),
        .refund_open = pt_column_int(stmt, 15) != 0};
    pt_column_text(stmt, 0, p->id, sizeof(p->id));
    pt_column_text(stmt, 2, p->application, sizeof(p->application));
    pt_column_text(stmt, 10, p->rrn, sizeof(p->rrn));
    pt_column_text(stmt, 11, p->int_ref, sizeof(p->int_ref));
    pt_column_text(stmt, 12, p->why, sizeof(p->why));
    pt_column_text(stmt, 13, p->payer, sizeof(p->payer));
}

static bool
take_one(void *ctx, struct pt_cursor *stmt)
{
    pt_payment_row(stmt, ctx);
    return false;
}

enum mh_code
pt_store_payment_get(struct pt_store *store, const char *id, struct mh_err *err,
    struct pt_payment *out)
{
    struct pt_stmt stmt = {.sql = PT_PAYMENT_SELECT " WHERE p.id = ?1",
        .arg = {PT_S(id)},
        .args = 1};

    *out = (struct pt_payment){.id = ""};
    return pt_rows_read(store, &stmt, take_one, out, err);
}

enum mh_code
pt_store_payment_numbered(struct pt_store *store, int64_t number,
    struct mh_err *err, struct pt_payment *out)
{
    struct pt_stmt stmt = {.sql = PT_PAYMENT_SELECT " WHERE p.number = ?1",
        .arg = {PT_N(number)},
        .args = 1};

    *out = (struct pt_payment){.id = ""};
    return pt_rows_read(store, &stmt, take_one, out, err);
}

enum mh_code
pt_store_payment_due(struct pt_store *store, int64_t now, struct mh_err *err,
    struct pt_payment *out)
{
    struct pt_stmt stmt = {.sql = PT_PAYMENT_SELECT " WHERE p.poll_at <= ?1"
                                                    " ORDER BY p.poll_at"
                                                    " LIMIT 1",
        .arg = {PT_N(now)},
        .args = 1};

    *out = (struct pt_payment){.id = ""};
    return pt_rows_read(store, &stmt, take_one, out, err);
}

static bool
take_paid(void *ctx, struct pt_cursor *stmt)
{
    struct pt_paid *p = ctx;

    p->paid = pt_column_i64(stmt, 0);
    pt_column_text(stmt, 1, p->open, sizeof(p->open));
    return false;
}

enum mh_code
pt_store_payment_paid(struct pt_store *store, const char *application,
    struct mh_err *err, struct pt_paid *out)
{
    struct pt_stmt stmt = {
        .sql = "SELECT coalesce(sum(CASE state WHEN 3 THEN amount END), 0),"
               " coalesce(max(CASE WHEN state <= 2 THEN id END), '')"
               " FROM payment WHERE application = ?1",
        .arg = {PT_S(application)},
        .args = 1};

    *out = (struct pt_paid){.open = ""};
    return pt_rows_read(store, &stmt, take_paid, out, err);
}

/* ---- lists ---- */

static bool
take_item(void *ctx, struct pt_cursor *stmt)
{
    struct pt_payment_list *list = ctx;

    pt_payment_row(stmt, &list->item[list->count++]);
    return list->count < PT_PAYMENTS_PAGE;
}

static enum mh_code
read_list(struct pt_store *store, const struct pt_stmt *stmt,
    struct mh_arena *arena, struct mh_err *err, struct pt_payment_list *out)
{
    out->count = 0;
    out->item = mh_arena_alloc(arena, PT_PAYMENTS_PAGE * sizeof(*out->item));
    if (out->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "payments: no memory");
    return pt_rows_read(store, stmt, take_item, out, err);
}

enum mh_code
pt_store_payment_list(struct pt_store *store, int64_t owner, const char *after,
    struct mh_arena *arena, struct mh_err *err, struct pt_payment_list *out)
{
    struct pt_stmt stmt = {.sql = PT_PAYMENT_SELECT
                           " WHERE p.owner = ?1 AND (?2 = '' OR p.number"
                           " < (SELECT number FROM payment"
                           "  WHERE id = ?2)) ORDER BY p.number DESC",
        .arg = {PT_N(owner), PT_S(after)},
        .args = 2};

    return read_list(store, &stmt, arena, err, out);
}

enum mh_code
pt_store_payment_refunds(struct pt_store *store, int64_t clerk,
    struct mh_arena *arena, struct mh_err *err, struct pt_payment_list *out)
{
    struct pt_stmt stmt = {.sql = PT_PAYMENT_SELECT
                           " WHERE p.state = 7 AND " PT_PAYMENT_CLERK
                           " ORDER BY p.number",
        .arg = {{.none = true}, PT_N(clerk)},
        .args = 2};

    return read_list(store, &stmt, arena, err, out);
}

/* ---- the ledger ---- */

static bool
take_sums(void *ctx, struct pt_cursor *stmt)
{
    struct pt_ledger_sums *s = ctx;

    *s = (struct pt_ledger_sums){.gateway = pt_column_i64(stmt, 0),
        .fees = pt_column_i64(stmt, 1),
        .refunds = pt_column_i64(stmt, 2),
        .received = pt_column_i64(stmt, 3),
        .given_back = pt_column_i64(stmt, 4),
        .postings = (uint64_t)pt_column_i64(stmt, 5),
        .odd = (uint64_t)pt_column_i64(stmt, 6)};
    return false;
}

enum mh_code
pt_store_ledger_sums(struct pt_store *store, int64_t from, int64_t until,
    struct mh_err *err, struct pt_ledger_sums *out)
{
    /* Kinds: 1 it came, 2 it is owed back, 3 it was given back, 4 it stays. */
    struct pt_stmt stmt = {
        .sql =
            "SELECT e.g, e.f, e.r, p.c, p.b, p.n, (SELECT count(*)"
            "  FROM payment m LEFT JOIN (SELECT payment,"
            "   sum(1 << CAST(kind AS INT)) k"
            "   FROM ledger_posting GROUP BY payment) l ON l.payment = m.id"
            "  WHERE coalesce(l.k, 0) <> CASE m.state WHEN 3 THEN 2"
            "   WHEN 7 THEN 6 WHEN 8 THEN 14 WHEN 9 THEN 22 ELSE 0 END)"
            " FROM (SELECT"
            "  coalesce(sum(amount) FILTER (WHERE account = 'gateway'), 0) g,"
            "  coalesce(sum(amount) FILTER (WHERE account = 'fees'), 0) f,"
            "  coalesce(sum(amount) FILTER (WHERE account = 'refunds'), 0) r"
            "  FROM ledger_entry) e, (SELECT"
            "  coalesce(sum(amount) FILTER (WHERE kind = 1), 0) c,"
            "  coalesce(sum(amount) FILTER (WHERE kind = 3), 0) b,"
            "  count(*) n FROM ledger_posting"
            "  WHERE at >= ?1 AND at < ?2) p",
        .arg = {PT_N(from), PT_N(until)},
        .args = 2};

    return pt_rows_read(store, &stmt, take_sums, out, err);
}

static bool
take_day(void *ctx, struct pt_cursor *stmt)
{
    struct pt_ledger_day *d = ctx;

    *d = (struct pt_ledger_day){(uint64_t)pt_column_i64(stmt, 0),
        pt_column_i64(stmt, 1), pt_column_i64(stmt, 2), pt_column_i64(stmt, 3)};
    return false;
}

enum mh_code
pt_store_ledger_day(struct pt_store *store, int64_t from, int64_t until,
    struct mh_err *err, struct pt_ledger_day *out)
{
    struct pt_stmt stmt = {
        .sql = "SELECT count(*),"
               " coalesce(sum(amount) FILTER (WHERE kind = 1), 0),"
               " coalesce(sum(amount) FILTER (WHERE kind = 2), 0),"
               " coalesce(sum(amount) FILTER (WHERE kind = 3), 0)"
               " FROM ledger_posting WHERE at >= ?1 AND at < ?2",
        .arg = {PT_N(from), PT_N(until)},
        .args = 2};

    return pt_rows_read(store, &stmt, take_day, out, err);
}
