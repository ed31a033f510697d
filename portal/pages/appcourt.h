/* Step 1 of an application: court, kind, what it is about, price. */
#ifndef PORTAL_PAGES_APPCOURT_H
#define PORTAL_PAGES_APPCOURT_H

#include "portal/http/request.h"

void pt_web_application_court(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_application_court_set(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
