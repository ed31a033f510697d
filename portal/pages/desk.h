/* The clerk's desk: documents that wait for a decision, and deciding. */
#ifndef PORTAL_PAGES_DESK_H
#define PORTAL_PAGES_DESK_H

#include "portal/pages/docview.h"

void pt_web_desk(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_decision(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_decide(void *ctx, struct pt_request *rq, struct pt_answer *answer);

/* For the document's page: what was decided, or that who asks may decide. */
enum mh_code pt_desk_set(struct pt_app *app, struct pt_map *m,
    const struct pt_docview *v, struct mh_err *err) MH_MUST_USE;

#endif
