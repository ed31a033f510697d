/* Signing in, and signing in with more, by mobile ID (portal.md 3.1). */
#ifndef PORTAL_PAGES_ASAN_H
#define PORTAL_PAGES_ASAN_H

#include "portal/pages/session.h"

extern const char *const pt_web_step_query[]; /* NULL-ended */

void pt_web_asan_form(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_asan(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_asan_wait(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_step_form(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_step(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_step_wait(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

/*
 * Whether somebody is signed in well enough to file in a case; else answer
 * leads to where more can be shown.
 */
bool pt_step_enough(struct pt_app *app, const struct pt_who *who,
    const char *case_id, struct pt_answer *answer);

/* "+994 50 123 45 67", "050 123-45-67" or "501234567" as "+994501234567".
   False: it is no number of Azerbaijan. */
bool pt_phone_clean(const char *in, char out[static 24]);

#endif
