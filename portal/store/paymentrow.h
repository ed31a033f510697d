/* A payment as the store's own files read it (payments.h). */
#ifndef PORTAL_STORE_PAYMENTROW_H
#define PORTAL_STORE_PAYMENTROW_H

#include "portal/store/db.h"
#include "portal/store/payments.h"

#define PT_PAYMENT_SELECT                                                      \
    "SELECT p.id, p.number, p.application, p.owner, p.amount, p.state,"        \
    " p.created, p.changed, p.poll_at, p.polls, p.rrn, p.int_ref, p.why,"      \
    " b.surname || ' ' || b.name, p.refund, p.refund_open FROM payment p"      \
    " JOIN account b ON b.id = p.owner"

/* Whether ?2 is a clerk whose business it is: of the court of its application,
   or any where the draft is gone. */
#define PT_PAYMENT_CLERK                                                       \
    "EXISTS (SELECT 1 FROM official o JOIN account c ON c.id = o.account"      \
    " WHERE o.account = ?2 AND c.role = 5 AND c.state = 1 AND"                 \
    " o.court = coalesce((SELECT a.court FROM application a"                   \
    "  WHERE a.id = p.application), o.court))"

/* The row of that select. */
void pt_payment_row(struct pt_cursor *stmt, struct pt_payment *p);

#endif
