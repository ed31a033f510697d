/*
 * Lists of payments (portal.md 3.9, 6): one's own with their receipts, refunds
 * that a clerk decides on, and the ledger's totals day by day.
 */
#ifndef PORTAL_PAGES_PAYLIST_H
#define PORTAL_PAGES_PAYLIST_H

#include "portal/http/request.h"

extern const char *const pt_web_payments_query[]; /* NULL-ended */

/* /payments: those of who asks. */
void pt_web_payments(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
/* /payments/{id}/receipt: that it was paid, as a PDF. */
void pt_web_payment_receipt(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
/* /desk/refunds, and POST /payments/{id}/decision. */
void pt_web_refunds(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_refund_decide(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
/* /ledger: totals without names, for clerks, operators and auditors. */
void pt_web_ledger(void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
