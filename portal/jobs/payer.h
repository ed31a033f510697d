/*
 * Asks the gateway what became of payments (portal.md 3.9): when somebody comes
 * back from it, and by itself after 1, 5, 15 minutes and so on, so that one
 * whose owner never came back is not lost.  Its signed word alone changes a
 * payment.
 */
#ifndef PORTAL_JOBS_PAYER_H
#define PORTAL_JOBS_PAYER_H

#include "portal/jobs/judge.h"
#include "portal/money/gateway.h"
#include "portal/store/payments.h"

struct pt_payer;
struct pt_ledger;

struct pt_payer_settings {
    struct pt_store *store;
    struct pt_judge *judge;
    struct pt_ledger *ledger;   /* woken where there is a record; or NULL */
    struct pt_gateway *gateway; /* taken over; NULL: nothing is asked */
};
enum mh_code pt_payer_start(const struct pt_payer_settings *set,
    struct mh_err *err, struct pt_payer **out) MH_MUST_USE;
void pt_payer_stop(struct pt_payer *p); /* NULL is fine */

/* NULL where none is set up. */
const struct pt_gateway *pt_payer_gateway(const struct pt_payer *p);

/*
 * Asks now, and waits for the answer for some seconds; not where it is decided
 * already, nor where it was asked about a moment ago.  *payment is as it is
 * then.  Only the store's errors are errors: that the gateway is silent is
 * nothing.
 */
enum mh_code pt_payer_ask(struct pt_payer *p, struct mh_err *err,
    struct pt_payment *payment) MH_MUST_USE;
/*
 * Sends the open request to give the payment back (pt_store_refund_send), and
 * waits for the answer for some seconds; the poller sends it again where there
 * is none.  Errors are the store's.
 */
enum mh_code pt_payer_give(struct pt_payer *p, struct mh_err *err,
    struct pt_payment *payment) MH_MUST_USE;

#endif
