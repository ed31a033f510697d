/*
 * Signing in with a card, through the browser's own TLS (portal.md 3.1, 7.3).
 *
 *   the court's host   GET /login/card           the page
 *                      GET /login/card/go        a cookie with a secret, and on
 *                                                with the secret's name
 *   the card's host    GET /card/NAME            the front asked the browser
 *                                                for a certificate; we judge it
 *   the court's host   GET /login/card/TICKET    who brings the ticket and the
 *                                                cookie has a session
 *
 * That the key is there is TLS's word, given by the front over its socket
 * (http/gate.h); whose it is, whether the certificate leads to an anchor and is
 * revoked are judged anew, by the strict rules.  A ticket is 256 random bits,
 * kept by its SHA-256 only, lives PT_TICKET_SECONDS and is taken once, in the
 * browser that began and in no other.  A card that proves nothing leads back to
 * the first page, which says why.
 */
#ifndef PORTAL_PAGES_CARDSIGN_H
#define PORTAL_PAGES_CARDSIGN_H

#include "portal/pages/session.h"

enum {
    PT_TICKET_SECONDS = 60,
};

extern const char *const pt_web_card_query[]; /* NULL-ended */
extern const char *const pt_web_card_go_query[];

/* Whether the service can be signed in to with a card, in this way or in the
   other (cardtoken.h). */
bool pt_card_there(const struct pt_app *app);

void pt_web_card_form(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_card_go(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_card_shown(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_card_enter(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
