/*
 * A judge takes an act back before it is signed: from signature to a draft,
 * and a draft out of the lists.  What is signed is never taken back.
 */
#ifndef PORTAL_PAGES_ACTBACK_H
#define PORTAL_PAGES_ACTBACK_H

#include "portal/http/request.h"

void pt_web_act_withdraw(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_act_discard(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
