/*
 * Published acts for everybody, without names: a list with a search, and each
 * as a text to read and print.  Search engines are asked to keep none of them
 * (X-Robots-Tag): a version that is withdrawn is to be gone.
 */
#ifndef PORTAL_PAGES_PUBLISHED_H
#define PORTAL_PAGES_PUBLISHED_H

#include "portal/http/request.h"

extern const char *const pt_web_published_query[]; /* NULL-ended */

void pt_web_published(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_published_act(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
