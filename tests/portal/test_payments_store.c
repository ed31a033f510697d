/* portal/store/payments: each event in each state, money that comes once and
   late, the ledger under random orders of events. */
#include "tests/portal/applications.h"

#include "portal/store/db.h"
#include "portal/store/payments.h"

enum {
    ORDERS = 10000,
    EVENTS = 7, /* at most, of one order */
};

static struct pt_payment
payment(struct fixture *f, const char *id)
{
    struct pt_payment p;

    assert_int_equal(pt_store_payment_get(f->store, id, NULL, &p), MH_OK);
    return p;
}

static enum pt_application_done
pay(struct fixture *f, const char *application, int64_t amount, char id[27])
{
    struct pt_application_by who = by(f, application, 0);
    enum pt_application_done done;

    assert_int_equal(
        pt_store_payment_new(f->store, &who, amount, NULL, id, &done), MH_OK);
    return done;
}

static enum pt_application_done
turn(
    struct fixture *f, const char *id, enum pt_payment_event e, const char *ref)
{
    const struct pt_payment_turn t = {.id = id,
        .event = e,
        .account = e == PT_PAYMENT_CANCEL || e == PT_PAYMENT_ASK_REFUND
                       ? f->owner
                   : e >= PT_PAYMENT_REFUND ? f->clerk
                                            : 0,
        .now = NOW,
        .rrn = ref,
        .int_ref = ref};
    enum pt_application_done done;
    struct pt_payment p;

    assert_int_equal(
        pt_store_payment_turn(f->store, &t, NULL, &p, &done), MH_OK);
    return done;
}

static struct pt_ledger_sums
sums(struct fixture *f)
{
    struct pt_ledger_sums s;

    assert_int_equal(
        pt_store_ledger_sums(f->store, 0, INT64_MAX, NULL, &s), MH_OK);
    assert_int_equal(s.gateway + s.fees + s.refunds, 0);
    assert_int_equal(s.odd, 0);
    return s;
}

static void
application(struct fixture *f, char id[27], int64_t total)
{
    char sql[128];

    struct pt_application_by who = by(f, "", 0);
    enum pt_application_done done;

    assert_int_equal(
        pt_store_application_new(f->store, &who, NULL, id, &done), MH_OK);
    assert_int_equal(done, PT_APPLICATION_DONE);
    (void)snprintf(sql, sizeof(sql),
        "UPDATE application SET total = %lld, court = %lld WHERE id = '%s'",
        (long long)total, (long long)f->court, id);
    t_do(f, sql);
}

/* States that an application gets otherwise with much that is of no matter
   here. */
static void
state_of(struct fixture *f, const char *id, int state)
{
    char sql[128];

    t_behind_unchecked(&f->db);
    (void)snprintf(sql, sizeof(sql),
        "UPDATE application SET state = %d WHERE id = '%s'", state, id);
    t_do(f, sql);
}

/* Every event in every state: what follows, or a refusal with its record. */
static void
test_table(void **state)
{
    /* 0: refused; the application is returned, so that a refund may be asked
       for, and money that comes is given back. */
    static const int want[PT_PAYMENT_STATES][PT_PAYMENT_EVENTS] = {
        /*  SEND PAID DECL CANC EXPI ASK REFU REJE */
        {0}, {2, 7, 0, 5, 6, 0, 0, 0}, {2, 7, 4, 5, 6, 0, 0, 0},
        {0, 3, 0, 0, 0, 7, 0, 0}, {0, 7, 4, 0, 0, 0, 0, 0},
        {0, 7, 0, 5, 0, 0, 0, 0}, {0, 7, 0, 0, 6, 0, 0, 0},
        {0, 7, 0, 0, 0, 7, 8, 9}, {0, 8, 0, 0, 0, 0, 8, 0},
        {0, 9, 0, 0, 0, 0, 0, 9}};
    static const enum pt_payment_event way[PT_PAYMENT_STATES][4] = {{0},
        {PT_PAYMENT_EVENTS}, {PT_PAYMENT_SEND, PT_PAYMENT_EVENTS},
        {PT_PAYMENT_SEND, PT_PAYMENT_PAID, PT_PAYMENT_EVENTS},
        {PT_PAYMENT_SEND, PT_PAYMENT_DECLINED, PT_PAYMENT_EVENTS},
        {PT_PAYMENT_SEND, PT_PAYMENT_CANCEL, PT_PAYMENT_EVENTS},
        {PT_PAYMENT_SEND, PT_PAYMENT_EXPIRE, PT_PAYMENT_EVENTS},
        {PT_PAYMENT_PAID, PT_PAYMENT_ASK_REFUND, PT_PAYMENT_EVENTS},
        {PT_PAYMENT_PAID, PT_PAYMENT_ASK_REFUND, PT_PAYMENT_REFUND,
            PT_PAYMENT_EVENTS},
        {PT_PAYMENT_PAID, PT_PAYMENT_ASK_REFUND, PT_PAYMENT_REJECT,
            PT_PAYMENT_EVENTS}};
    struct fixture *f = *state;

    for (int s = 1; s < PT_PAYMENT_STATES; s++)
        for (int e = 0; e < PT_PAYMENT_EVENTS; e++) {
            char a[27], id[27], ref[16];
            int64_t before;
            enum pt_application_done done;

            application(f, a, 5000);
            assert_int_equal(pay(f, a, 5000, id), PT_APPLICATION_DONE);
            (void)snprintf(ref, sizeof(ref), "r%d-%d", s, e);
            for (int i = 0; i < 4 && way[s][i] != PT_PAYMENT_EVENTS; i++) {
                if (way[s][i] == PT_PAYMENT_ASK_REFUND)
                    state_of(f, a, 6);
                assert_int_equal(
                    turn(f, id, way[s][i], ref), PT_APPLICATION_DONE);
            }
            assert_int_equal(payment(f, id).state, s);
            state_of(f, a, 6);
            before = t_number(f,
                "SELECT count(*) FROM outbox WHERE ev = 'illegal_transition'");
            done = turn(f, id, (enum pt_payment_event)e, ref);
            assert_int_equal(done,
                want[s][e] == 0 ? PT_APPLICATION_ILLEGAL : PT_APPLICATION_DONE);
            assert_int_equal(
                payment(f, id).state, want[s][e] == 0 ? s : want[s][e]);
            assert_int_equal(t_number(f, "SELECT count(*) FROM outbox"
                                         " WHERE ev = 'illegal_transition'"),
                before + (want[s][e] == 0));
            (void)sums(f);
            t_do(f, "UPDATE application SET state = 9 WHERE state < 4");
        }
}

static void
test_open(void **state)
{
    struct fixture *f = *state;
    struct pt_application_by who;
    enum pt_application_done done;
    struct pt_paid paid;
    char a[27], id[27], other[27];

    application(f, a, 5000);
    assert_int_equal(pay(f, a, 5000, id), PT_APPLICATION_DONE);
    assert_int_equal(pay(f, a, 5000, other), PT_APPLICATION_ILLEGAL);
    assert_int_equal(payment(f, id).number, PT_PAYMENT_FIRST);
    assert_int_equal(turn(f, id, PT_PAYMENT_DECLINED, NULL),
        PT_APPLICATION_ILLEGAL); /* it was never sent */
    assert_int_equal(turn(f, id, PT_PAYMENT_SEND, NULL), PT_APPLICATION_DONE);
    assert_int_equal(
        turn(f, id, PT_PAYMENT_DECLINED, NULL), PT_APPLICATION_DONE);
    assert_int_equal(pay(f, a, 5000, other), PT_APPLICATION_DONE);
    assert_int_equal(payment(f, other).number, PT_PAYMENT_FIRST + 1);
    assert_int_equal(turn(f, other, PT_PAYMENT_PAID, "A"), PT_APPLICATION_DONE);
    /* The same money is no other payment's. */
    assert_int_equal(turn(f, id, PT_PAYMENT_PAID, "A"), PT_APPLICATION_ILLEGAL);
    assert_int_equal(pt_store_payment_paid(f->store, a, NULL, &paid), MH_OK);
    assert_int_equal(paid.paid, 5000);
    assert_string_equal(paid.open, "");
    /* Money for the first comes late, and is owed back. */
    assert_int_equal(turn(f, id, PT_PAYMENT_PAID, "B"), PT_APPLICATION_DONE);
    assert_int_equal(payment(f, id).state, PT_PAYMENT_REFUND_REQUESTED);
    assert_int_equal(sums(f).refunds, -5000);
    /* The same form is the same payment. */
    application(f, a, 5000);
    who = by(f, a, 0);
    assert_int_equal(
        pt_store_payment_new(f->store, &who, 100, NULL, id, &done), MH_OK);
    assert_int_equal(
        pt_store_payment_new(f->store, &who, 100, NULL, other, &done), MH_OK);
    assert_int_equal(done, PT_APPLICATION_DONE);
    assert_string_equal(id, other);
    /* Nobody else's, and of no application that is sent. */
    who = by_of(f, f->other, a, 0);
    assert_int_equal(
        pt_store_payment_new(f->store, &who, 100, NULL, other, &done), MH_OK);
    assert_int_equal(done, PT_APPLICATION_NONE);
    assert_int_equal(turn(f, id, PT_PAYMENT_CANCEL, NULL), PT_APPLICATION_DONE);
    state_of(f, a, 4);
    assert_int_equal(pay(f, a, 100, other), PT_APPLICATION_ILLEGAL);
}

/* A draft that goes leaves its payment, and the money is owed back. */
static void
test_discard(void **state)
{
    struct fixture *f = *state;
    struct pt_application_by who;
    enum pt_application_done done;
    char a[27], id[27];

    application(f, a, 5000);
    assert_int_equal(pay(f, a, 5000, id), PT_APPLICATION_DONE);
    assert_int_equal(turn(f, id, PT_PAYMENT_PAID, "A"), PT_APPLICATION_DONE);
    who = by(f, a, 1);
    assert_int_equal(
        pt_store_application_discard(f->store, &who, NULL, &done), MH_OK);
    assert_int_equal(done, PT_APPLICATION_DONE);
    assert_int_equal(payment(f, id).state, PT_PAYMENT_REFUND_REQUESTED);
    assert_int_equal(sums(f).refunds, -5000);
    assert_int_equal(t_number(f, "SELECT count(*) FROM outbox"
                                 " WHERE ev = 'payment' AND"
                                 " data LIKE '%refund_requested%'"),
        1);
    assert_int_equal(turn(f, id, PT_PAYMENT_REFUND, NULL), PT_APPLICATION_DONE);
    assert_int_equal(sums(f).gateway, 0);
}

/* Money for a draft that is gone, while the bank still had it. */
static void
test_gone(void **state)
{
    struct fixture *f = *state;
    struct pt_application_by who;
    enum pt_application_done done;
    char a[27], id[27];

    application(f, a, 5000);
    assert_int_equal(pay(f, a, 5000, id), PT_APPLICATION_DONE);
    assert_int_equal(turn(f, id, PT_PAYMENT_SEND, NULL), PT_APPLICATION_DONE);
    who = by(f, a, 1);
    assert_int_equal(
        pt_store_application_discard(f->store, &who, NULL, &done), MH_OK);
    assert_int_equal(payment(f, id).state, PT_PAYMENT_PENDING);
    assert_int_equal(turn(f, id, PT_PAYMENT_PAID, "A"), PT_APPLICATION_DONE);
    assert_int_equal(payment(f, id).state, PT_PAYMENT_REFUND_REQUESTED);
    assert_int_equal(sums(f).refunds, -5000);
    assert_int_equal(sums(f).fees, 0);
}

static enum pt_application_done
check_receipt(struct fixture *f, int64_t account, const char *id, bool good)
{
    struct pt_application_by who = by_of(f, account, id, get(f, id).version);
    const struct pt_fee_checked what = {
        good ? PT_FEE_RECEIPT_GOOD : PT_FEE_RECEIPT_BAD, "HÖP 7", "Saxta"};
    enum pt_application_done done;

    assert_int_equal(
        pt_store_fee_receipt_check(f->store, &who, &what, NULL, &done), MH_OK);
    return done;
}

/* A clerk of its court looks at a receipt, while it is in review. */
static void
test_receipt(void **state)
{
    struct fixture *f = *state;
    const int64_t others[] = {f->owner, f->other, f->clerk2, f->judge};
    struct pt_fee_checked c;
    char a[27], b[27];

    application(f, a, 5000);
    state_of(f, a, 5);
    assert_int_equal(
        check_receipt(f, f->clerk, a, true), PT_APPLICATION_ILLEGAL);
    t_do(f, "UPDATE application SET fee = 'receipt_submitted'");
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_int_equal(
            check_receipt(f, others[i], a, true), PT_APPLICATION_NONE);
    assert_int_equal(pt_store_fee_receipt(f->store, a, NULL, &c), MH_OK);
    assert_int_equal(c.is, PT_FEE_RECEIPT_NONE);
    assert_int_equal(check_receipt(f, f->clerk, a, true), PT_APPLICATION_DONE);
    assert_int_equal(pt_store_fee_receipt(f->store, a, NULL, &c), MH_OK);
    assert_int_equal(c.is, PT_FEE_RECEIPT_GOOD);
    assert_string_equal(c.number, "HÖP 7");
    assert_string_equal(c.why, "");
    /* Its number is good for no other application, until it is not good. */
    application(f, b, 5000);
    state_of(f, b, 5);
    t_do(f, "UPDATE application SET fee = 'receipt_submitted'");
    assert_int_equal(check_receipt(f, f->clerk, b, true), PT_APPLICATION_TAKEN);
    assert_int_equal(check_receipt(f, f->clerk, b, false), PT_APPLICATION_DONE);
    assert_int_equal(check_receipt(f, f->clerk, a, true), PT_APPLICATION_DONE);
    assert_int_equal(check_receipt(f, f->clerk, a, false), PT_APPLICATION_DONE);
    assert_int_equal(pt_store_fee_receipt(f->store, a, NULL, &c), MH_OK);
    assert_int_equal(c.is, PT_FEE_RECEIPT_BAD);
    assert_string_equal(c.number, "");
    assert_string_equal(c.why, "Saxta");
    assert_int_equal(check_receipt(f, f->clerk, b, true), PT_APPLICATION_DONE);
    assert_int_equal(check_receipt(f, f->clerk, b, false), PT_APPLICATION_DONE);
    for (int s = 4; s <= 9; s++) {
        state_of(f, a, s);
        assert_int_equal(check_receipt(f, f->clerk, a, true),
            s == 5 ? PT_APPLICATION_DONE : PT_APPLICATION_ILLEGAL);
    }
}

static void
test_clerks(void **state)
{
    struct fixture *f = *state;
    struct pt_payment_turn t = {.event = PT_PAYMENT_REFUND, .now = NOW};
    const int64_t others[] = {0, f->owner, f->other, f->clerk2, f->judge};
    struct pt_payment_list list;
    enum pt_application_done done;
    struct pt_payment p;
    char a[27], id[27];

    application(f, a, 5000);
    assert_int_equal(pay(f, a, 5000, id), PT_APPLICATION_DONE);
    assert_int_equal(turn(f, id, PT_PAYMENT_PAID, "A"), PT_APPLICATION_DONE);
    assert_int_equal(turn(f, id, PT_PAYMENT_ASK_REFUND, NULL),
        PT_APPLICATION_ILLEGAL); /* the application is still under way */
    state_of(f, a, 9);
    assert_int_equal(
        turn(f, id, PT_PAYMENT_ASK_REFUND, NULL), PT_APPLICATION_DONE);
    t.id = id;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        t.account = others[i];
        assert_int_equal(
            pt_store_payment_turn(f->store, &t, NULL, &p, &done), MH_OK);
        assert_int_equal(done, PT_APPLICATION_NONE);
        assert_int_equal(pt_store_payment_refunds(
                             f->store, others[i], f->arena, NULL, &list),
            MH_OK);
        assert_int_equal(list.count, 0);
    }
    assert_int_equal(
        pt_store_payment_refunds(f->store, f->clerk, f->arena, NULL, &list),
        MH_OK);
    assert_int_equal(list.count, 1);
    assert_int_equal(turn(f, id, PT_PAYMENT_REFUND, NULL), PT_APPLICATION_DONE);
    assert_int_equal(
        turn(f, id, PT_PAYMENT_REJECT, NULL), PT_APPLICATION_ILLEGAL);
}

/* One that nothing is heard of is asked about to the end of the schedule. */
static void
test_polls(void **state)
{
    static const int64_t wait[] = {60, 300, 900, 3600, 14400, 43200, 86400};
    struct fixture *f = *state;
    struct pt_payment p;
    int64_t now = NOW;
    char a[27], id[27];

    application(f, a, 5000);
    assert_int_equal(pay(f, a, 5000, id), PT_APPLICATION_DONE);
    assert_int_equal(turn(f, id, PT_PAYMENT_SEND, NULL), PT_APPLICATION_DONE);
    for (size_t i = 0; i < sizeof(wait) / sizeof(wait[0]); i++) {
        now += wait[i];
        assert_int_equal(
            pt_store_payment_due(f->store, now - 1, NULL, &p), MH_OK);
        assert_string_equal(p.id, "");
        assert_int_equal(pt_store_payment_due(f->store, now, NULL, &p), MH_OK);
        assert_string_equal(p.id, id);
        assert_int_equal(p.state, PT_PAYMENT_PENDING);
        assert_int_equal(
            pt_store_payment_polled(f->store, id, true, now, NULL), MH_OK);
    }
    assert_int_equal(payment(f, id).state, PT_PAYMENT_EXPIRED);
    assert_int_equal(
        pt_store_payment_due(f->store, INT64_MAX, NULL, &p), MH_OK);
    assert_string_equal(p.id, "");
    assert_int_equal(pt_payment_wait(7), -1);
    /* Given up, it is asked about all the same; created, it is over. */
    assert_int_equal(pay(f, a, 5000, id), PT_APPLICATION_DONE);
    assert_int_equal(turn(f, id, PT_PAYMENT_SEND, NULL), PT_APPLICATION_DONE);
    assert_int_equal(turn(f, id, PT_PAYMENT_CANCEL, NULL), PT_APPLICATION_DONE);
    assert_int_equal(pt_store_payment_due(f->store, NOW + 60, NULL, &p), MH_OK);
    assert_string_equal(p.id, id);
    assert_int_equal(turn(f, id, PT_PAYMENT_PAID, "A"), PT_APPLICATION_DONE);
    assert_int_equal(payment(f, id).state, PT_PAYMENT_SUCCEEDED);
    application(f, a, 5000);
    assert_int_equal(pay(f, a, 5000, id), PT_APPLICATION_DONE);
    assert_int_equal(
        pt_store_payment_polled(f->store, id, true, NOW + 60, NULL), MH_OK);
    assert_int_equal(payment(f, id).state, PT_PAYMENT_EXPIRED);
}

/* A refund at the gateway. */
static enum pt_application_done
send(struct fixture *f, const char *id, int64_t account, int64_t now)
{
    const struct pt_payment_turn t = {.id = id, .account = account, .now = now};
    enum pt_application_done done;
    struct pt_payment p;

    assert_int_equal(
        pt_store_refund_send(f->store, &t, NULL, &p, &done), MH_OK);
    return done;
}

static void
gateway_gives(struct fixture *f, const char *id, enum pt_application_done want)
{
    const struct pt_payment_turn t = {
        .id = id, .event = PT_PAYMENT_REFUND, .now = NOW};
    enum pt_application_done done;
    struct pt_payment p;

    assert_int_equal(
        pt_store_payment_turn(f->store, &t, NULL, &p, &done), MH_OK);
    assert_int_equal(done, want);
}

static void
test_give(void **state)
{
    enum {
        DAY = 86400,
    };
    struct fixture *f = *state;
    char a[27], id[27];

    application(f, a, 5000);
    assert_int_equal(pay(f, a, 5000, id), PT_APPLICATION_DONE);
    assert_int_equal(turn(f, id, PT_PAYMENT_SEND, NULL), PT_APPLICATION_DONE);
    assert_int_equal(turn(f, id, PT_PAYMENT_PAID, "A"), PT_APPLICATION_DONE);
    assert_int_equal(send(f, id, f->clerk, NOW), PT_APPLICATION_ILLEGAL);
    state_of(f, a, PT_APPLICATION_RETURNED);
    assert_int_equal(
        turn(f, id, PT_PAYMENT_ASK_REFUND, NULL), PT_APPLICATION_DONE);
    gateway_gives(f, id, PT_APPLICATION_NONE); /* it was not asked */
    assert_int_equal(send(f, id, f->owner, NOW), PT_APPLICATION_NONE);
    assert_int_equal(send(f, id, f->clerk, NOW), PT_APPLICATION_DONE);
    assert_int_equal(payment(f, id).refund, 24);
    assert_true(payment(f, id).refund_open);
    assert_int_equal(payment(f, id).poll_at, NOW + 60);
    /* No clerk decides meanwhile; what is sent again is the same. */
    assert_int_equal(
        turn(f, id, PT_PAYMENT_REFUND, NULL), PT_APPLICATION_ILLEGAL);
    assert_int_equal(
        turn(f, id, PT_PAYMENT_REJECT, NULL), PT_APPLICATION_ILLEGAL);
    assert_int_equal(send(f, id, f->clerk, NOW + DAY), PT_APPLICATION_DONE);
    assert_int_equal(payment(f, id).refund, 24);
    /* An answer to another request declines nothing. */
    assert_int_equal(
        pt_store_refund_declined(f->store, id, 22, NOW, NULL), MH_OK);
    assert_true(payment(f, id).refund_open);
    assert_int_equal(
        pt_store_refund_declined(f->store, id, 24, NOW, NULL), MH_OK);
    assert_false(payment(f, id).refund_open);
    assert_int_equal(payment(f, id).poll_at, MH_TIME_NONE);
    assert_int_equal(send(f, id, f->clerk, NOW), PT_APPLICATION_DONE);
    assert_int_equal(payment(f, id).refund, 22);
    gateway_gives(f, id, PT_APPLICATION_DONE);
    gateway_gives(f, id, PT_APPLICATION_DONE); /* said twice */
    assert_int_equal(payment(f, id).state, PT_PAYMENT_REFUNDED);
    assert_false(payment(f, id).refund_open);
    assert_int_equal(sums(f).given_back, 5000);
    assert_int_equal(send(f, id, f->clerk, NOW), PT_APPLICATION_ILLEGAL);
}

/* A question that did not leave is no try. */
static void
test_untried(void **state)
{
    struct fixture *f = *state;
    char a[27], id[27];

    application(f, a, 5000);
    assert_int_equal(pay(f, a, 5000, id), PT_APPLICATION_DONE);
    assert_int_equal(turn(f, id, PT_PAYMENT_SEND, NULL), PT_APPLICATION_DONE);
    for (int n = 0; n < 50; n++)
        assert_int_equal(
            pt_store_payment_polled(f->store, id, false, NOW + n, NULL), MH_OK);
    assert_int_equal(payment(f, id).state, PT_PAYMENT_PENDING);
    assert_int_equal(payment(f, id).polls, 0);
    assert_int_equal(payment(f, id).poll_at, NOW + 49 + 5);
}

/* Nothing that is in the ledger can be changed, and nothing put beside. */
static void
test_kept(void **state)
{
    static const char *const bad[] = {"UPDATE ledger_posting SET amount = 1",
        "DELETE FROM ledger_posting", "UPDATE ledger_entry SET amount = 1",
        "DELETE FROM ledger_entry", "DELETE FROM payment",
        "UPDATE payment SET amount = 1", "UPDATE payment SET owner = owner",
        "INSERT INTO ledger_entry SELECT id, 'refunds', 1 FROM ledger_posting",
        "INSERT INTO ledger_posting (payment, kind, debit, credit, amount,"
        " at) SELECT id, 2, 'fees', 'refunds', 1,"
        " 1 FROM payment",
        "INSERT INTO ledger_posting (payment, kind, debit, credit, amount,"
        " at) SELECT id, 1, 'gateway', 'fees',"
        " amount, 1 FROM payment",
        "INSERT INTO ledger_posting (payment, kind, debit, credit, amount,"
        " at) SELECT id, 2, 'fees', 'fees',"
        " amount, 1 FROM payment"};
    struct fixture *f = *state;
    char a[27], id[27];

    application(f, a, 5000);
    assert_int_equal(pay(f, a, 5000, id), PT_APPLICATION_DONE);
    assert_int_equal(turn(f, id, PT_PAYMENT_PAID, "A"), PT_APPLICATION_DONE);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        t_behind_refused(&f->db, bad[i]);
    assert_int_equal(sums(f).gateway, 5000);
    assert_int_equal(sums(f).fees, -5000);
    assert_int_equal(sums(f).postings, 1);
}

/* ---- random orders ---- */

static uint64_t seed = 88172645463325252U;

static unsigned
chance(unsigned n)
{
    seed ^= seed << 13; /* xorshift: the same orders each time */
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed % n);
}

static void
test_orders(void **state)
{
    struct fixture *f = *state;
    /* A server that flushes each takes its time for as many. */
    const int orders = t_on_postgresql() ? ORDERS / 20 : ORDERS;
    int64_t came = 0, back = 0, owed = 0;
    char a[27];

    if (!t_on_postgresql()) { /* the disk is not what is tried here */
        t_behind_do(&f->store->writer, "PRAGMA synchronous = OFF");
        t_do(f, "PRAGMA synchronous = OFF");
    }
    application(f, a, 5000);
    for (int i = 0; i < orders; i++) {
        int64_t amount = 1 + chance(100000);
        char id[27], ref[24];
        struct pt_payment p;
        unsigned events = 1 + chance(EVENTS);

        state_of(f, a, 1);
        /* The one before it may be open still. */
        if (pay(f, a, amount, id) != PT_APPLICATION_DONE)
            continue;
        (void)snprintf(ref, sizeof(ref), "%d", i);
        for (unsigned n = 0; n < events; n++) {
            state_of(f, a, 1 + (int)chance(9));
            (void)turn(f, id, (enum pt_payment_event)chance(PT_PAYMENT_EVENTS),
                chance(9) == 0 ? "other" : ref);
        }
        (void)turn(f, id, PT_PAYMENT_EXPIRE, NULL); /* if it is open */
        p = payment(f, id);
        assert_int_equal(p.amount, amount);
        switch (p.state) {
        case PT_PAYMENT_SUCCEEDED:
        case PT_PAYMENT_REFUND_REJECTED:
            came += amount;
            break;
        case PT_PAYMENT_REFUND_REQUESTED:
            came += amount;
            owed += amount;
            break;
        case PT_PAYMENT_REFUNDED:
            came += amount;
            back += amount;
            break;
        case PT_PAYMENT_CREATED:
        case PT_PAYMENT_PENDING:
        case PT_PAYMENT_FAILED:
        case PT_PAYMENT_CANCELLED:
        case PT_PAYMENT_EXPIRED:
        case PT_PAYMENT_STATES:
        default:
            break;
        }
        if (i % 1000 == 999)
            (void)sums(f);
    }
    assert_int_equal(sums(f).received, came);
    assert_int_equal(sums(f).given_back, back);
    assert_int_equal(sums(f).gateway, came - back);
    assert_int_equal(sums(f).refunds, -owed);
    assert_int_equal(sums(f).fees, owed + back - came);
    assert_true(came > 0 && back > 0 && owed > 0);
    assert_int_equal(
        t_number(f, "SELECT count(*) FROM (SELECT posting FROM ledger_entry"
                    " GROUP BY posting HAVING sum(amount) <> 0"
                    " OR count(*) <> 2) w"),
        0);
    assert_int_equal(t_number(f, "SELECT count(*) FROM payment"), orders);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_table, setup, teardown),
        cmocka_unit_test_setup_teardown(test_open, setup, teardown),
        cmocka_unit_test_setup_teardown(test_discard, setup, teardown),
        cmocka_unit_test_setup_teardown(test_gone, setup, teardown),
        cmocka_unit_test_setup_teardown(test_receipt, setup, teardown),
        cmocka_unit_test_setup_teardown(test_clerks, setup, teardown),
        cmocka_unit_test_setup_teardown(test_polls, setup, teardown),
        cmocka_unit_test_setup_teardown(test_give, setup, teardown),
        cmocka_unit_test_setup_teardown(test_untried, setup, teardown),
        cmocka_unit_test_setup_teardown(test_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(test_orders, setup, teardown),
    };

    if (mh_digest_init(NULL) != MH_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
