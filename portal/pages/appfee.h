/* Step 5 of an application: its fee, and how it is settled. */
#ifndef PORTAL_PAGES_APPFEE_H
#define PORTAL_PAGES_APPFEE_H

#include "portal/pages/val.h"
#include "portal/pages/wizard.h"

extern const char *const pt_web_application_fee_files[]; /* NULL-ended */

void pt_web_application_fee(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_application_fee_set(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

/* What part_fee.html shows of the application's fee; false: the table has
   none. */
bool pt_application_fee_set(struct pt_wizard *w, struct pt_map *m);

#endif
