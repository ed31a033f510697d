/*
 * Enforcement of judgments (portal.md 3.6): writs of execution of one's cases,
 * one of them with its states, and the clerk's forms for both.
 */
#ifndef PORTAL_PAGES_ENFORCEMENT_H
#define PORTAL_PAGES_ENFORCEMENT_H

#include "portal/http/request.h"

void pt_web_writs(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_writ(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_writ_change(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_writ_new(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_writ_add(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
