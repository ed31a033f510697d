/*
 * A complaint against a published act (portal.md 3.4, 3.8): what there is
 * against it, at which court and until when, and its draft, which begins with
 * what the case says.
 */
#ifndef PORTAL_PAGES_COMPLAINT_H
#define PORTAL_PAGES_COMPLAINT_H

#include "portal/http/request.h"

void pt_web_complaint_form(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_complaint_begin(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
