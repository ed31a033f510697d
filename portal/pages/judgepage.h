/*
 * Judges of cases (portal/store/draws.h): how one was drawn, with the values to
 * draw again; another one by the president of the court, with a reason; and
 * who is on leave and is not drawn.
 */
#ifndef PORTAL_PAGES_JUDGEPAGE_H
#define PORTAL_PAGES_JUDGEPAGE_H

#include "portal/http/request.h"

void pt_web_draw(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_case_judge_form(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_case_judge(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_judges(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_judges_leave(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
