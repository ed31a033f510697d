/* Step 3 of an application: what is attached to it. */
#ifndef PORTAL_PAGES_APPFILES_H
#define PORTAL_PAGES_APPFILES_H

#include "portal/http/request.h"

extern const char *const pt_web_application_files_files[]; /* NULL-ended */

void pt_web_application_files(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_application_files_add(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
/* An annex and the one before it change places. */
void pt_web_application_raise(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
