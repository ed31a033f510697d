/*
 * One hearing: its page, and the forms that schedule, move and cancel it or
 * say that it took place (portal.md 3.6, 5).
 */
#ifndef PORTAL_PAGES_HEARINGFORM_H
#define PORTAL_PAGES_HEARINGFORM_H

#include "portal/api/app.h"

void pt_web_hearing(void *ctx, struct pt_request *rq, struct pt_answer *answer);

/* Of the case of the path. */
void pt_web_hearing_new(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_hearing_schedule(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

/* Of the hearing of the path: the form, and what was sent with it. */
void pt_web_hearing_move_form(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_hearing_move(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_hearing_cancel_form(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_hearing_cancel(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_hearing_held_form(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_hearing_held(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
