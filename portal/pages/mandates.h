/*
 * Powers of attorney in the cabinet (portal/store/mandates.h): what a client
 * gave, what a lawyer was given, and what the own lawyer did in a case.
 */
#ifndef PORTAL_PAGES_MANDATES_H
#define PORTAL_PAGES_MANDATES_H

#include "portal/http/request.h"

void pt_web_mandates(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_mandate_give(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_mandate_accept(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
/* Takes no signature: it only takes away. */
void pt_web_mandate_end(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
/* Of a case. */
void pt_web_case_lawyer(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
