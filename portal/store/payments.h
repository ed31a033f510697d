/*
 * Payments of state fees (portal.md 3.9, 5) and their ledger.
 *
 * A payment is over a number of qəpik that the service worked out; it changes
 * its state by what the gateway says in a signed answer, by its owner, by a
 * clerk, or because time ran out.  What an event makes of it is decided inside
 * the write, with its posting and its record: money that came is in the ledger
 * once, however often and late that is said.
 *
 *   created --> pending --> succeeded --> refund_requested --> refunded
 *                  |            ^                |-----------> refund_rejected
 *                  v            |
 *          failed, cancelled, expired: money that comes late is taken where
 *          the application still owes it, else given back (refund_requested)
 *
 * The ledger has the accounts gateway (what the acquirer has for us), fees,
 * and refunds (what is to be given back).  A posting moves one amount from one
 * to another: entries are written by the table itself, so that they come to
 * zero, and nothing of it is changed or removed.
 *
 * Times are seconds UTC, amounts whole qəpik.
 */
#ifndef PORTAL_STORE_PAYMENTS_H
#define PORTAL_STORE_PAYMENTS_H

#include "portal/store/applications.h"

enum {
    PT_PAYMENT_REF = 32,  /* bytes of a reference of the gateway */
    PT_PAYMENT_WHY = 500, /* characters of a reason */
    PT_PAYMENTS_PAGE = 50,
    PT_FEE_NUMBER = 40, /* characters of the number of a receipt */
};
#define PT_PAYMENT_FIRST INT64_C(100000) /* its number: six digits at least */

enum pt_payment_state { /* portal.md 5; numbers are kept */
    PT_PAYMENT_CREATED = 1,
    PT_PAYMENT_PENDING, /* the signed request may be at the gateway */
    PT_PAYMENT_SUCCEEDED,
    PT_PAYMENT_FAILED,
    PT_PAYMENT_CANCELLED,
    PT_PAYMENT_EXPIRED,
    PT_PAYMENT_REFUND_REQUESTED,
    PT_PAYMENT_REFUNDED,
    PT_PAYMENT_REFUND_REJECTED,
    PT_PAYMENT_STATES,
};
const char *pt_payment_state_name(enum pt_payment_state s); /* "pending" */

struct pt_payment {
    char id[27];    /* "": there is none */
    int64_t number; /* ORDER of the gateway */
    char application[27];
    int64_t owner;
    char payer[2 * PT_TEXT_MAX + 2]; /* the owner's surname and name */
    int64_t amount;
    enum pt_payment_state state;
    int64_t created, changed;
    int64_t poll_at; /* MH_TIME_NONE: the gateway is not asked any more */
    unsigned polls;  /* times it was asked by itself */
    char rrn[PT_PAYMENT_REF + 1], int_ref[PT_PAYMENT_REF + 1];
    char why[4 * PT_PAYMENT_WHY + 1]; /* of a refund that was refused */
    unsigned refund;  /* TRTYPE of the request to give it back; 0: none */
    bool refund_open; /* it was sent, and what came of it is not known */
};

/* Seconds from one question to the next: 1 m, 5 m, 15 m, 1 h ... 24 h; -1:
   there is no other. */
int64_t pt_payment_wait(unsigned polls);

/* ---- reading ---- */

enum mh_code pt_store_payment_get(struct pt_store *store, const char *id,
    struct mh_err *err, struct pt_payment *out) MH_MUST_USE;
/* By its number. */
enum mh_code pt_store_payment_numbered(struct pt_store *store, int64_t number,
    struct mh_err *err, struct pt_payment *out) MH_MUST_USE;
/* What of an application's fee is paid, and the payment that is open. */
struct pt_paid {
    int64_t paid;  /* qəpik that succeeded */
    char open[27]; /* id, or "" */
};
enum mh_code pt_store_payment_paid(struct pt_store *store,
    const char *application, struct mh_err *err,
    struct pt_paid *out) MH_MUST_USE;
/* The first that is to be asked about; id "": none. */
enum mh_code pt_store_payment_due(struct pt_store *store, int64_t now,
    struct mh_err *err, struct pt_payment *out) MH_MUST_USE;

struct pt_payment_list {
    struct pt_payment *item; /* in the arena, newest first */
    size_t count;
};
/* The newest PT_PAYMENTS_PAGE of an owner; after: the id of the last of the
   page before, or "". */
enum mh_code pt_store_payment_list(struct pt_store *store, int64_t owner,
    const char *after, struct mh_arena *arena, struct mh_err *err,
    struct pt_payment_list *out) MH_MUST_USE;
/* Refunds that wait, the oldest first: those of the courts of a clerk, and
   those whose draft is gone. */
enum mh_code pt_store_payment_refunds(struct pt_store *store, int64_t clerk,
    struct mh_arena *arena, struct mh_err *err,
    struct pt_payment_list *out) MH_MUST_USE;

/* ---- changing ---- */

/*
 * A new one over amount for a draft of by->account (by->version is not looked
 * at; by->record may be NULL: its own is made).  ILLEGAL: it is no draft, or
 * another payment of it is open.  id: of the payment.
 */
enum mh_code pt_store_payment_new(struct pt_store *store,
    const struct pt_application_by *by, int64_t amount, struct mh_err *err,
    char id[static 27], enum pt_application_done *done) MH_MUST_USE;

enum pt_payment_event {
    PT_PAYMENT_SEND,     /* the signed request leaves */
    PT_PAYMENT_PAID,     /* the gateway's signed word; rrn, int_ref */
    PT_PAYMENT_DECLINED, /* likewise */
    PT_PAYMENT_CANCEL,   /* its owner gives it up */
    PT_PAYMENT_EXPIRE,
    PT_PAYMENT_ASK_REFUND, /* its owner, of an application that came back */
    PT_PAYMENT_REFUND,     /* a clerk, or the gateway: it was given back */
    PT_PAYMENT_REJECT,     /* a clerk, with why */
    PT_PAYMENT_EVENTS,
};
struct pt_payment_turn {
    const char *id;
    enum pt_payment_event event;
    int64_t account; /* who: 0 for the gateway's word and for time */
    int64_t now;
    const char *rrn, *int_ref; /* of PAID; else NULL */
    const char *why;           /* of REJECT; else NULL */
};
/*
 * What an event makes of it.  DONE as well where it made that of it before.
 * ILLEGAL: its state forbids it, or the references belong to another payment;
 * nothing is changed but that a record says so.  NONE: there is none, or not
 * for that account.  *out: as it is afterwards.
 */
enum mh_code pt_store_payment_turn(struct pt_store *store,
    const struct pt_payment_turn *turn, struct mh_err *err,
    struct pt_payment *out, enum pt_application_done *done) MH_MUST_USE;
/*
 * The gateway is asked to give a refund back: the request may leave from now
 * on, and until its answer is known no clerk decides otherwise.  TRTYPE 24 on
 * the day in Baku that it was paid, else 22, and 22 where 24 was declined; one
 * whose answer is not known is sent again as it was.  Outcomes as above; *out:
 * as it is afterwards.
 */
enum mh_code pt_store_refund_send(struct pt_store *store,
    const struct pt_payment_turn *turn, struct mh_err *err,
    struct pt_payment *out, enum pt_application_done *done) MH_MUST_USE;
/* The gateway declined a request of that TRTYPE. */
enum mh_code pt_store_refund_declined(struct pt_store *store, const char *id,
    unsigned refund, int64_t now, struct mh_err *err) MH_MUST_USE;
/* It was asked about and nothing is decided: when to ask again, or its end.
   tried false: the question did not leave; soon again, and it does not count.
 */
enum mh_code pt_store_payment_polled(struct pt_store *store, const char *id,
    bool tried, int64_t now, struct mh_err *err) MH_MUST_USE;

/* ---- receipts of payments elsewhere ---- */

enum pt_fee_receipt {
    PT_FEE_RECEIPT_NONE, /* nobody has looked at it */
    PT_FEE_RECEIPT_GOOD, /* the money is there */
    PT_FEE_RECEIPT_BAD,
};
/* What a clerk said of a receipt: its number where it is good, else why not. */
struct pt_fee_checked {
    enum pt_fee_receipt is;
    char number[4 * PT_FEE_NUMBER + 1];
    char why[4 * PT_PAYMENT_WHY + 1];
};
enum mh_code pt_store_fee_receipt(struct pt_store *store,
    const char *application, struct mh_err *err,
    struct pt_fee_checked *out) MH_MUST_USE;
/*
 * A clerk of its court says what the receipt is, while it is in review; again
 * in place of what was said.  A number is good for one application: TAKEN.
 * ILLEGAL as well where it is settled otherwise.  Until one is GOOD, no case
 * comes of its application (pt_store_application_register: UNPAID).
 */
enum mh_code pt_store_fee_receipt_check(struct pt_store *store,
    const struct pt_application_by *by, const struct pt_fee_checked *what,
    struct mh_err *err, enum pt_application_done *done) MH_MUST_USE;

/* ---- the ledger ---- */

struct pt_ledger_sums {
    int64_t gateway, fees, refunds; /* what the accounts have: they come to 0 */
    int64_t received, given_back;   /* of postings, in the time */
    uint64_t postings;
    /* Payments whose state and postings do not say the same: none. */
    uint64_t odd;
};
/* Accounts as they are; postings from a second up to another, without it. */
enum mh_code pt_store_ledger_sums(struct pt_store *store, int64_t from,
    int64_t until, struct mh_err *err, struct pt_ledger_sums *out) MH_MUST_USE;

struct pt_ledger_day {
    uint64_t postings;
    int64_t received, owed, given_back; /* of its postings */
};
/* From a second up to another, without it. */
enum mh_code pt_store_ledger_day(struct pt_store *store, int64_t from,
    int64_t until, struct mh_err *err, struct pt_ledger_day *out) MH_MUST_USE;

#endif
