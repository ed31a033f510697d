/*
 * The form on which a judge gives the reason for reading a case of another
 * judge of the court (portal/store/look.h).  It tells nobody which cases there
 * are: a number of none of the own courts reads as one that is not.
 */
#ifndef PORTAL_PAGES_LOOKPAGE_H
#define PORTAL_PAGES_LOOKPAGE_H

#include "portal/http/request.h"

void pt_web_look(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_look_give(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
