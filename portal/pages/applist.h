/* Somebody's applications and complaints: the lists, a new one, and what ends
   one or begins another (portal.md 3.7). */
#ifndef PORTAL_PAGES_APPLIST_H
#define PORTAL_PAGES_APPLIST_H

#include "portal/http/request.h"

extern const char *const pt_web_applications_query[]; /* NULL-ended */

void pt_web_applications(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
/* /applications/archived: to the list of what was put away. */
void pt_web_applications_archived(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
/* The same of complaints against acts. */
void pt_web_complaints(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
/* What is needed for one, and its beginning. */
void pt_web_application_new(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_application_begin(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
/* A page that asks whether a draft shall go. */
void pt_web_application_discard_ask(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_application_discard(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_application_withdraw(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_application_archive(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
/* A returned one as a new draft. */
void pt_web_application_correct(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
