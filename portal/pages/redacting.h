/*
 * The version of a published act that everybody reads: what is replaced in it,
 * before and after, a second person's review, its release and withdrawal
 * (portal/store/publications.h).
 */
#ifndef PORTAL_PAGES_REDACTING_H
#define PORTAL_PAGES_REDACTING_H

#include "portal/http/request.h"
#include "portal/store/publications.h"

void pt_web_redactings(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_redacting(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_redacting_do(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

/* The id of its text, and the colour of its tag; 0: there is no version. */
const char *pt_redacting_state(enum pt_version_state s, const char **colour);

#endif
