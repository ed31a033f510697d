/* What everybody sees: the menu of the portal; courts, who judges there, and
   the hearings of a day. */
#ifndef PORTAL_PAGES_FRONT_H
#define PORTAL_PAGES_FRONT_H

#include "portal/http/request.h"

extern const char *const pt_web_courts_query[];
void pt_web_portal(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_courts(void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
