/* A case's pages: details, hearings, history, who looked (portal.md 3.4). */
#ifndef PORTAL_PAGES_CASEPAGE_H
#define PORTAL_PAGES_CASEPAGE_H

#include "portal/api/app.h"
#include "portal/pages/val.h"
#include "portal/store/cases.h"

void pt_web_case(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_case_hearings(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_case_history(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_case_views(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

/* Names of a case for html/part_case.html. */
void pt_case_tabs(struct pt_map *m, const struct pt_case *c, enum mh_lang lang);

/* Names of a hearing for a template. */
void pt_hearing_set(
    struct pt_map *m, const struct pt_hearing *h, enum mh_lang lang);

#endif
