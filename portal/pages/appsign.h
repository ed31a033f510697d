/* Step 6 of an application: check, sign by mobile ID or with an own card, and
   send. */
#ifndef PORTAL_PAGES_APPSIGN_H
#define PORTAL_PAGES_APPSIGN_H

#include "portal/http/request.h"

void pt_web_application_check(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
/* A telephone is asked. */
void pt_web_application_asan(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
/* What comes back signed. */
void pt_web_application_signed(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
/* It is a draft again. */
void pt_web_application_reopen(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
