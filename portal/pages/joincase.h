/*
 * The part of a case's pages about who joins it (portal.md 3.4): which parties
 * came by themselves, the letters with codes that a clerk makes, and undoing
 * that somebody came.
 */
#ifndef PORTAL_PAGES_JOINCASE_H
#define PORTAL_PAGES_JOINCASE_H

#include "portal/http/request.h"

void pt_web_joining(void *ctx, struct pt_request *rq, struct pt_answer *answer);
/* Answers with the letter, a PDF: the code is shown nowhere else. */
void pt_web_joining_code(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_joining_end(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
