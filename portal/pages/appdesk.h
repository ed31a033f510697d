/* Applications at the court: the clerk's list, taking one into review, and
   what comes of it, a case or its return (portal.md 5). */
#ifndef PORTAL_PAGES_APPDESK_H
#define PORTAL_PAGES_APPDESK_H

#include "portal/http/request.h"

void pt_web_application_desk(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_application_review(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
/* One that nobody could judge is judged now. */
void pt_web_application_judge(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
/* It goes back, or is rejected; with the reason. */
void pt_web_application_decide_form(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_application_decide(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
