/* A clerk registers a case (portal.md 3.8, 5): the form, and what was sent. */
#ifndef PORTAL_PAGES_CASENEW_H
#define PORTAL_PAGES_CASENEW_H

#include "portal/api/app.h"

enum {
    PT_SIDE_ROWS = 10, /* parties of a side that one form names */
};

void pt_web_case_new(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
/*
 * The form's "do" says what: "register" registers the case and leads to it;
 * "claimant" and "defendant" show the form with one more row of that side.
 */
void pt_web_case_register(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
