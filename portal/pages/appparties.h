/* Step 2 of an application: who it is of, and against whom. */
#ifndef PORTAL_PAGES_APPPARTIES_H
#define PORTAL_PAGES_APPPARTIES_H

#include "portal/http/request.h"

void pt_web_application_parties(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_application_parties_set(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
/* A party or a file goes (steps 2, 3 and 5). */
void pt_web_application_drop(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
