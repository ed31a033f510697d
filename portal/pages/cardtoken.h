/*
 * Signing in with a card by `mohur sign-challenge` on the own computer
 * (portal.md 3.1, keys.md 7.3, 7.4), with no host and no extension needed.
 *
 *   POST /login/token          a cookie with a secret, and a question of it
 *   GET  /login/token          the question, and the command that answers it
 *   POST /login/token/answer   what the command printed: a session
 *
 * The question is made of the secret, which only this browser has; that it
 * was asked is kept by the secret's SHA-256 for PT_TOKEN_SECONDS, and is taken
 * with the first answer that is a token, good or bad.  What has to be signed
 * is made of the configured origin, never of one that a request names.
 */
#ifndef PORTAL_PAGES_CARDTOKEN_H
#define PORTAL_PAGES_CARDTOKEN_H

#include "portal/api/app.h"

enum {
    PT_TOKEN_SECONDS = 300,
};

/* Whether this service can be signed in to with such a token: it needs an
   origin of https. */
bool pt_token_there(const struct pt_app *app);

void pt_web_token_begin(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_token_form(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_token(void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
