/*
 * What participants say of a court (portal/store/feedback.h): the tab of a
 * case, and the desk on which a president decides which texts are shown.
 */
#ifndef PORTAL_PAGES_FEEDBACK_H
#define PORTAL_PAGES_FEEDBACK_H

#include "portal/api/app.h"
#include "portal/pages/val.h"

void pt_web_feedback(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_feedback_give(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_feedback_desk(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_feedback_decide(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

/* Figures and texts of a court, for its page. */
enum mh_code pt_feedback_set(struct pt_app *app, struct pt_map *m,
    int64_t court, struct mh_arena *arena, struct mh_err *err) MH_MUST_USE;

#endif
