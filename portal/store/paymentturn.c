/* What changes a payment (portal/store/payments.h). */
#include "portal/store/paymentrow.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "portal/http/id.h"
#include "portal/store/applicationrows.h"
#include "portal/store/sent.h"

enum {
    SOON = 5, /* seconds */
    DATA_MAX = 160,
};

static enum mh_code
note(struct pt_store *s, const struct pt_payment *p, int64_t account,
    int64_t now, struct mh_err *err)
{
    char who[32] = "", obj[48], data[DATA_MAX];
    const struct pt_record r = {
        .ev = "payment", .who = who, .obj = obj, .res = "ok", .data = data};

    if (account != 0)
        (void)snprintf(who, sizeof(who), "p:%" PRId64, account); /* it fits */
    (void)snprintf(obj, sizeof(obj), "payment:%s", p->id);       /* too */
    (void)snprintf(data, sizeof(data),
        "amount=%" PRId64 "\napplication=%s\nstate=%s\n", p->amount,
        p->application, pt_payment_state_name(p->state)); /* too */
    return pt_record_put(s, &r, now, err);
}

static enum mh_code
note_illegal(struct pt_store *s, const struct pt_payment *p,
    const struct pt_payment_turn *t, struct mh_err *err)
{
    static const char *const to[PT_PAYMENT_EVENTS] = {"pending", "succeeded",
        "failed", "cancelled", "expired", "refund_requested", "refunded",
        "refund_rejected"};
    char who[32] = "", obj[48], data[DATA_MAX];
    const struct pt_record r = {.ev = "illegal_transition",
        .who = who,
        .obj = obj,
        .res = "refused",
        .data = data};

    if (t->account != 0)
        (void)snprintf(who, sizeof(who), "p:%" PRId64, t->account); /* fits */
    (void)snprintf(obj, sizeof(obj), "payment:%s", p->id);          /* too */
    (void)snprintf(data, sizeof(data), "from=%s\nto=%s\n",
        pt_payment_state_name(p->state), to[t->event]); /* too */
    return pt_record_put(s, &r, t->now, err);
}

/* ---- a new one ---- */

struct beginning {
    const struct pt_application_by *by;
    int64_t amount;
    char *id;
    enum pt_application_done done;
};

static enum mh_code
add(struct pt_store *s, struct beginning *b, struct mh_err *err)
{
    const struct pt_application_by *by = b->by;
    struct pt_payment p = {.amount = b->amount, .state = PT_PAYMENT_CREATED};
    struct pt_stmt row = {
        .sql = "INSERT INTO payment (id, number, application, owner, amount,"
               " state, created, changed, poll_at) SELECT ?2,"
               " 1 + coalesce((SELECT max(number) FROM payment), ?6 - 1), ?1,"
               " ?3, ?4, 1, ?5, ?5, ?5 + ?7 WHERE NOT EXISTS (SELECT 1"
               "  FROM payment WHERE application = ?1 AND state <= 2)",
        .arg = {PT_S(by->id), PT_S(b->id), PT_N(by->account), PT_N(b->amount),
            PT_N(by->now), PT_N(PT_PAYMENT_FIRST), PT_N(pt_payment_wait(0))},
        .args = 7};
    enum mh_code code = pt_rows_run(s, &row, err);

    if (code == MH_OK && row.changes == 0) {
        b->done = PT_APPLICATION_ILLEGAL; /* another one is open */
        return MH_OK;
    }
    (void)snprintf(p.id, sizeof(p.id), "%s", b->id); /* they fit */
    (void)snprintf(p.application, sizeof(p.application), "%s", by->id);
    return code == MH_OK ? note(s, &p, by->account, by->now, err) : code;
}

static enum mh_code
begin(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct beginning *b = arg;
    const struct pt_application_by *by = b->by;
    const struct pt_sent sent = {by->form, by->account, by->digest, by->now};
    const struct pt_application_change c = {
        .by = by, .from = 1U << PT_APPLICATION_DRAFT, .any = true};
    enum pt_sent_was was;
    enum mh_code code = pt_sent_take(s, &sent, err, &was, b->id);

    b->done = PT_APPLICATION_DONE;
    if (code != MH_OK || was != PT_SENT_NEW) {
        if (was == PT_SENT_OTHER)
            b->done = PT_APPLICATION_OTHER;
        return code;
    }
    code = pt_application_look(s, &c, err, &b->done);
    if (code != MH_OK || b->done != PT_APPLICATION_DONE)
        return code;
    pt_id_new(b->id);
    code = add(s, b, err);
    if (code == MH_OK && b->done == PT_APPLICATION_DONE)
        code = pt_sent_keep(s, &sent, b->id, err);
    return code;
}

enum mh_code
pt_store_payment_new(struct pt_store *store, const struct pt_application_by *by,
    int64_t amount, struct mh_err *err, char id[static 27],
    enum pt_application_done *done)
{
    struct beginning b = {.by = by, .amount = amount, .id = id};
    struct pt_write w = {.run = begin, .arg = &b};
    enum mh_code code;

    id[0] = '\0';
    code = pt_write_do(store, &w, err);
    *done = b.done;
    return code;
}

/* ---- what happens to it ---- */

struct turning {
    const struct pt_payment_turn *t;
    struct pt_payment *p;
    enum pt_application_done done;
};

/* How its application is: what is still owed, and whether it came back. */
struct owing {
    unsigned state; /* of the application; 0: it is gone */
    int64_t total, paid;
};

/* One row of the writer's; false: there is none. */
static enum mh_code
step(struct pt_store *s, const struct pt_stmt *q, struct mh_err *err,
    struct pt_cursor **out, bool *there)
{
    enum pt_stepped rc;

    *out = pt_rows_bind(&s->writer, q);
    if (*out == NULL)
        return pt_db_fail(&s->writer, "payment", err);
    rc = pt_step(*out);
    *there = rc == PT_ROW;
    if (rc == PT_ROW || rc == PT_DONE)
        return MH_OK;
    pt_reset(*out);
    return pt_db_fail(&s->writer, "payment", err);
}

static enum mh_code
find(struct pt_store *s, const char *id, struct mh_err *err,
    struct pt_payment *out)
{
    const struct pt_stmt q = {.sql = PT_PAYMENT_SELECT " WHERE p.id = ?1",
        .arg = {PT_S(id)},
        .args = 1};
    struct pt_cursor *stmt;
    bool there = false;
    enum mh_code code = step(s, &q, err, &stmt, &there);

    *out = (struct pt_payment){.id = ""};
    if (code != MH_OK)
        return code;
    if (there)
        pt_payment_row(stmt, out);
    pt_reset(stmt); /* a row came, or none */
    return MH_OK;
}

static enum mh_code
look(struct pt_store *s, const struct pt_payment *p, struct mh_err *err,
    struct owing *out)
{
    const struct pt_stmt q = {
        .sql = "SELECT a.state, a.total, (SELECT coalesce(sum(amount), 0)"
               "  FROM payment WHERE application = a.id AND state = 3)"
               " FROM application a WHERE a.id = ?1",
        .arg = {PT_S(p->application)},
        .args = 1};
    struct pt_cursor *stmt;
    bool there = false;
    enum mh_code code = step(s, &q, err, &stmt, &there);

    *out = (struct owing){0, 0, 0};
    if (code != MH_OK)
        return code;
    if (there)
        *out = (struct owing){(unsigned)pt_column_int(stmt, 0),
            pt_column_i64(stmt, 1), pt_column_i64(stmt, 2)};
    pt_reset(stmt); /* a row came, or none */
    return MH_OK;
}

/* Whether somebody's references are those of another payment. */
static enum mh_code
used(struct pt_store *s, const struct pt_payment_turn *t, struct mh_err *err,
    bool *is)
{
    const struct pt_stmt q = {.sql = "SELECT 1 FROM payment WHERE id <> ?1 AND"
                                     " ((rrn = ?2 AND rrn <> '') OR"
                                     "  (int_ref = ?3 AND int_ref <> ''))",
        .arg = {PT_S(t->id), PT_S(t->rrn), PT_S(t->int_ref)},
        .args = 3};
    struct pt_cursor *stmt;
    enum mh_code code = step(s, &q, err, &stmt, is);

    if (code == MH_OK)
        pt_reset(stmt); /* a row came, or none */
    return code;
}

static enum mh_code
post(struct pt_store *s, const struct pt_payment *p, int kind, int64_t now,
    struct mh_err *err)
{
    static const struct {
        const char *debit, *credit;
    } rows[] = {{"", ""}, {"gateway", "fees"}, {"fees", "refunds"},
        {"refunds", "gateway"}, {"refunds", "fees"}};
    struct pt_stmt row = {
        .sql = "INSERT INTO ledger_posting (payment, kind, debit, credit,"
               " amount, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        .arg = {PT_S(p->id), PT_N(kind), PT_S(rows[kind].debit),
            PT_S(rows[kind].credit), PT_N(p->amount), PT_N(now)},
        .args = 6};

    return pt_rows_run(s, &row, err);
}

static enum mh_code
set(struct pt_store *s, struct pt_payment *p, const struct pt_payment_turn *t,
    enum pt_payment_state to, struct mh_err *err)
{
    /* Whoever gave it up may have paid all the same: that one is asked about
       to the end of the schedule, as one that is pending. */
    bool asked = to == PT_PAYMENT_PENDING ||
                 (to == PT_PAYMENT_CANCELLED && p->state == PT_PAYMENT_PENDING);
    struct pt_stmt row = {
        .sql = "UPDATE payment SET state = ?2, changed = ?3, poll_at ="
               " CASE ?7 WHEN 1 THEN poll_at END, rrn = ?4, int_ref = ?5,"
               " why = ?6, refund_open = 0 WHERE id = ?1",
        .arg = {PT_S(p->id), PT_N((int64_t)to), PT_N(t->now),
            PT_S(t->rrn == NULL ? p->rrn : t->rrn),
            PT_S(t->int_ref == NULL ? p->int_ref : t->int_ref),
            PT_S(t->why == NULL ? p->why : t->why), PT_N(asked)},
        .args = 7};
    enum mh_code code = pt_rows_run(s, &row, err);

    p->state = to;
    return code == MH_OK ? note(s, p, t->account, t->now, err) : code;
}

/* Money came: once. */
static enum mh_code
paid(struct pt_store *s, struct turning *v, struct mh_err *err)
{
    struct pt_payment *p = v->p;
    enum pt_payment_state to = PT_PAYMENT_SUCCEEDED;
    struct owing o;
    bool other = false;
    enum mh_code code = used(s, v->t, err, &other);

    if (code == MH_OK && other)
        v->done = PT_APPLICATION_ILLEGAL;
    if (code != MH_OK || other)
        return code;
    if (p->state == PT_PAYMENT_SUCCEEDED ||
        p->state >= PT_PAYMENT_REFUND_REQUESTED) {
        /* Said before; with other references it would be another payment. */
        if (strcmp(p->rrn, v->t->rrn) != 0 ||
            strcmp(p->int_ref, v->t->int_ref) != 0)
            v->done = PT_APPLICATION_ILLEGAL;
        return MH_OK;
    }
    code = look(s, p, err, &o);
    if (code != MH_OK)
        return code;
    if (o.state == 0 || o.state == PT_APPLICATION_RETURNED ||
        o.state == PT_APPLICATION_REJECTED ||
        o.state == PT_APPLICATION_WITHDRAWN ||
        (p->state >= PT_PAYMENT_FAILED && o.paid >= o.total))
        to = PT_PAYMENT_REFUND_REQUESTED;
    code = post(s, p, 1, v->t->now, err);
    if (code == MH_OK && to == PT_PAYMENT_REFUND_REQUESTED)
        code = post(s, p, 2, v->t->now, err);
    return code == MH_OK ? set(s, p, v->t, to, err) : code;
}

static enum mh_code
ask_back(struct pt_store *s, struct turning *v, struct mh_err *err)
{
    struct owing o;
    enum mh_code code = look(s, v->p, err, &o);

    if (code == MH_OK && o.state != PT_APPLICATION_RETURNED &&
        o.state != PT_APPLICATION_WITHDRAWN) {
        v->done = PT_APPLICATION_ILLEGAL;
        return MH_OK;
    }
    if (code == MH_OK)
        code = post(s, v->p, 2, v->t->now, err);
    return code == MH_OK ? set(s, v->p, v->t, PT_PAYMENT_REFUND_REQUESTED, err)
                         : code;
}

/* The event in a state that it has a meaning in; else ILLEGAL, or nothing. */
static enum mh_code
turn(struct pt_store *s, struct turning *v, struct mh_err *err)
{
    static const struct {
        unsigned from;            /* bits of states */
        enum pt_payment_state to; /* it is there already: done before */
        int kind;                 /* of its posting; 0: none */
    } rows[PT_PAYMENT_EVENTS] = {
        [PT_PAYMENT_SEND] = {1U << PT_PAYMENT_CREATED, PT_PAYMENT_PENDING, 0},
        [PT_PAYMENT_DECLINED] = {1U << PT_PAYMENT_PENDING, PT_PAYMENT_FAILED,
            0},
        [PT_PAYMENT_CANCEL] = {(1U << PT_PAYMENT_CREATED) |
                                   (1U << PT_PAYMENT_PENDING),
            PT_PAYMENT_CANCELLED, 0},
        [PT_PAYMENT_EXPIRE] = {(1U << PT_PAYMENT_CREATED) |
                                   (1U << PT_PAYMENT_PENDING),
            PT_PAYMENT_EXPIRED, 0},
        [PT_PAYMENT_ASK_REFUND] = {1U << PT_PAYMENT_SUCCEEDED,
            PT_PAYMENT_REFUND_REQUESTED, 2},
        [PT_PAYMENT_REFUND] = {1U << PT_PAYMENT_REFUND_REQUESTED,
            PT_PAYMENT_REFUNDED, 3},
        [PT_PAYMENT_REJECT] = {
            1U << PT_PAYMENT_REFUND_REQUESTED, PT_PAYMENT_REFUND_REJECTED, 4}};
    enum pt_payment_event e = v->t->event;
    enum mh_code code = MH_OK;

    if (e == PT_PAYMENT_PAID)
        return paid(s, v, err);
    if (v->p->state == rows[e].to)
        return MH_OK;
    /* What is under way at the gateway is decided by nobody else. */
    if ((rows[e].from & (1U << v->p->state)) == 0 ||
        (v->p->refund_open && v->t->account != 0)) {
        v->done = PT_APPLICATION_ILLEGAL;
        return MH_OK;
    }
    if (e == PT_PAYMENT_ASK_REFUND)
        return ask_back(s, v, err);
    if (rows[e].kind != 0)
        code = post(s, v->p, rows[e].kind, v->t->now, err);
    return code == MH_OK ? set(s, v->p, v->t, rows[e].to, err) : code;
}

/* Whether it is that account's to do. */
static enum mh_code
allowed(
    struct pt_store *s, const struct turning *v, struct mh_err *err, bool *is)
{
    const struct pt_stmt q = {
        .sql = "SELECT 1 FROM payment p WHERE p.id = ?1 AND " PT_PAYMENT_CLERK,
        .arg = {PT_S(v->t->id), PT_N(v->t->account)},
        .args = 2};
    struct pt_cursor *stmt;
    enum mh_code code;

    *is = v->t->account == 0 || v->t->account == v->p->owner;
    if (v->t->event != PT_PAYMENT_REFUND && v->t->event != PT_PAYMENT_REJECT)
        return MH_OK;
    if (v->t->account == 0 && v->t->event == PT_PAYMENT_REFUND) {
        *is = v->p->refund_open || v->p->state == PT_PAYMENT_REFUNDED;
        return MH_OK;
    }
    code = step(s, &q, err, &stmt, is);
    if (code == MH_OK)
        pt_reset(stmt); /* a row came, or none */
    return code;
}

static enum mh_code
run(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct turning *v = arg;
    bool may = false;
    enum mh_code code = find(s, v->t->id, err, v->p);

    v->done = PT_APPLICATION_NONE;
    if (code != MH_OK || v->p->id[0] == '\0')
        return code;
    code = allowed(s, v, err, &may);
    if (code != MH_OK || !may)
        return code;
    v->done = PT_APPLICATION_DONE;
    code = turn(s, v, err);
    if (code == MH_OK && v->done == PT_APPLICATION_ILLEGAL)
        code = note_illegal(s, v->p, v->t, err);
    return code == MH_OK ? find(s, v->t->id, err, v->p) : code;
}

enum mh_code
pt_store_payment_turn(struct pt_store *store, const struct pt_payment_turn *t,
    struct mh_err *err, struct pt_payment *out, enum pt_application_done *done)
{
    struct pt_payment_turn copy = *t;
    struct turning v = {.t = &copy, .p = out};
    struct pt_write w = {.run = run, .arg = &v};
    enum mh_code code;

    if (t->event != PT_PAYMENT_PAID)
        copy.rrn = copy.int_ref = NULL; /* nothing else has any */
    else if (t->rrn == NULL || t->int_ref == NULL)
        copy.rrn = copy.int_ref = "";
    code = pt_write_do(store, &w, err);
    *done = v.done;
    return code;
}

/* ---- giving back through the gateway ---- */

/* What became of the request, in the log. */
static enum mh_code
note_refund(struct pt_store *s, const struct pt_payment *p, int64_t account,
    const char *res, int64_t now, struct mh_err *err)
{
    char who[32] = "", obj[48], data[DATA_MAX];
    const struct pt_record r = {
        .ev = "payment", .who = who, .obj = obj, .res = res, .data = data};

    if (account != 0)
        (void)snprintf(who, sizeof(who), "p:%" PRId64, account); /* it fits */
    (void)snprintf(obj, sizeof(obj), "payment:%s", p->id);       /* too */
    (void)snprintf(data, sizeof(data),
        "amount=%" PRId64 "\nrefund=%u\nstate=%s\n", p->amount, p->refund,
        pt_payment_state_name(p->state)); /* too */
    return pt_record_put(s, &r, now, err);
}

static enum mh_code
send(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct turning *v = arg;
    struct pt_stmt row = {
        .sql = "UPDATE payment SET refund = CASE WHEN refund_open = 1"
               "  THEN refund WHEN refund = 0 AND (SELECT (at + 14400) / 86400"
               "   FROM ledger_posting WHERE payment = ?1 AND kind = 1)"
               "   = (?2 + 14400) / 86400 THEN 24 ELSE 22 END,"
               " refund_open = 1, polls = 0, poll_at = ?2 + ?3 WHERE id = ?1"
               " AND state = 7 AND rrn <> '' AND int_ref <> ''",
        .arg = {PT_S(v->t->id), PT_N(v->t->now), PT_N(pt_payment_wait(0))},
        .args = 3};
    bool may = false;
    enum mh_code code = find(s, v->t->id, err, v->p);

    v->done = PT_APPLICATION_NONE;
    if (code != MH_OK || v->p->id[0] == '\0')
        return code;
    code = allowed(s, v, err, &may);
    if (code != MH_OK || !may)
        return code;
    code = pt_rows_run(s, &row, err);
    v->done = row.changes > 0 ? PT_APPLICATION_DONE : PT_APPLICATION_ILLEGAL;
    if (code == MH_OK && row.changes == 0)
        code = note_illegal(s, v->p, v->t, err);
    if (code == MH_OK)
        code = find(s, v->t->id, err, v->p);
    return code == MH_OK && v->done == PT_APPLICATION_DONE
               ? note_refund(s, v->p, v->t->account, "ok", v->t->now, err)
               : code;
}

enum mh_code
pt_store_refund_send(struct pt_store *store, const struct pt_payment_turn *t,
    struct mh_err *err, struct pt_payment *out, enum pt_application_done *done)
{
    struct pt_payment_turn copy = *t;
    struct turning v = {.t = &copy, .p = out};
    struct pt_write w = {.run = send, .arg = &v};
    enum mh_code code;

    copy.event = PT_PAYMENT_REFUND;
    code = pt_write_do(store, &w, err);
    *done = v.done;
    return code;
}

struct declining {
    const char *id;
    unsigned refund;
    int64_t now;
};

static enum mh_code
decline(struct pt_store *s, void *arg, struct mh_err *err)
{
    const struct declining *d = arg;
    struct pt_payment p;
    struct pt_stmt row = {
        .sql = "UPDATE payment SET refund_open = 0, poll_at = NULL WHERE"
               " id = ?1 AND state = 7 AND refund_open = 1 AND refund = ?2",
        .arg = {PT_S(d->id), PT_N((int64_t)d->refund)},
        .args = 2};
    enum mh_code code = pt_rows_run(s, &row, err);

    if (code != MH_OK || row.changes == 0)
        return code;
    code = find(s, d->id, err, &p);
    return code == MH_OK ? note_refund(s, &p, 0, "refused", d->now, err) : code;
}

enum mh_code
pt_store_refund_declined(struct pt_store *store, const char *id,
    unsigned refund, int64_t now, struct mh_err *err)
{
    struct declining d = {id, refund, now};
    struct pt_write w = {.run = decline, .arg = &d};

    return pt_write_do(store, &w, err);
}

/* ---- asking again ---- */

struct polled {
    const char *id;
    bool tried;
    int64_t now;
};

static enum mh_code
polled(struct pt_store *s, void *arg, struct mh_err *err)
{
    const struct polled *q = arg;
    struct pt_payment p;
    struct pt_payment_turn t = {
        .id = q->id, .event = PT_PAYMENT_EXPIRE, .now = q->now};
    enum mh_code code = find(s, q->id, err, &p);
    int64_t wait = q->tried ? pt_payment_wait(p.polls + 1) : SOON;
    struct pt_stmt row = {.sql = "UPDATE payment SET polls = polls + ?4,"
                                 " poll_at = CASE WHEN ?2 < 0 THEN NULL"
                                 " ELSE ?3 + ?2 END WHERE id = ?1"
                                 " AND poll_at IS NOT NULL",
        .arg = {PT_S(q->id), PT_N(wait), PT_N(q->now), PT_N(q->tried)},
        .args = 4};

    if (code != MH_OK || p.id[0] == '\0' || p.poll_at == MH_TIME_NONE)
        return code;
    code = pt_rows_run(s, &row, err);
    /* One that never left is over with its first minute. */
    if (code == MH_OK && ((wait < 0 && p.state == PT_PAYMENT_PENDING) ||
                             p.state == PT_PAYMENT_CREATED))
        code = set(s, &p, &t, PT_PAYMENT_EXPIRED, err);
    return code;
}

enum mh_code
pt_store_payment_polled(struct pt_store *store, const char *id, bool tried,
    int64_t now, struct mh_err *err)
{
    struct polled arg = {id, tried, now};
    struct pt_write w = {.run = polled, .arg = &arg};

    return pt_write_do(store, &w, err);
}
