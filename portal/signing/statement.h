/*
 * Proving who somebody is with a signature: a statement that is made for this
 * one time, with the service's origin, 256 random bits and the time in it, is
 * signed as an ordinary container and judged as any document is.
 */
#ifndef PORTAL_SIGNING_STATEMENT_H
#define PORTAL_SIGNING_STATEMENT_H

#include "portal/signing/mobile.h"
#include "portal/store/people.h"

/* The why of a transaction that another person's certificate ended. */
extern const char pt_statement_other[];

/*
 * Its work for a transaction of mobile ID.  Results: "ok:17" and, where back
 * is not "", a space and back: the account that signed; "unknown": nobody's;
 * "closed": an account that cannot be used; "doubt": it does not pass.
 * fin: whose it must be, known before the telephone is asked; "": anybody's.
 * False without memory.
 */
bool pt_statement_work(struct pt_app *app, const char *fin, const char *back,
    struct pt_mobile_work *out);

/* The account of a result "ok:...", and back; 0: it is another result. */
int64_t pt_statement_account(const char *result, const char **back);

#endif
