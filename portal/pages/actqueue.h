/*
 * The acts that wait: for the judge's signature, many with one activation of
 * the judge's key, and for publication (portal.md 5, keys.md 3.6).
 */
#ifndef PORTAL_PAGES_ACTQUEUE_H
#define PORTAL_PAGES_ACTQUEUE_H

#include "portal/api/app.h"

void pt_web_acts(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_acts_sign(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_acts_publish(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
