/*
 * A forgotten password (portal.md 3.1): a link of 256 random bits by e-mail,
 * once, for 20 minutes.  Whoever asks gets the same answer in the same time,
 * whether or not the address is an account's.
 */
#ifndef PORTAL_PAGES_RECOVER_H
#define PORTAL_PAGES_RECOVER_H

#include "portal/http/request.h"

void pt_web_forgot_form(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_forgot(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_reset_form(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_reset(void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
