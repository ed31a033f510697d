/* A clerk makes a case of an application (portal.md 3.8, 5). */
#ifndef PORTAL_PAGES_APPCASE_H
#define PORTAL_PAGES_APPCASE_H

#include "portal/http/request.h"

void pt_web_application_case_form(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_application_case(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
