/* The receipt of a fee that was paid elsewhere: a clerk of the court looks at
   it, and says whether the money is there (portal.md 3.8, 3.9).  Until it is,
   no case comes of its application. */
#ifndef PORTAL_PAGES_APPRECEIPT_H
#define PORTAL_PAGES_APPRECEIPT_H

#include "portal/pages/wizard.h"

/* What was said of it, for the page of the application. */
enum mh_code pt_application_receipt_set(
    struct pt_wizard *w, struct pt_map *m, struct mh_err *err) MH_MUST_USE;

void pt_web_application_receipt_form(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_application_receipt_check(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
