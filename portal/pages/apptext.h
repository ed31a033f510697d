/* Step 4 of an application: heading, text, what is asked for; and its PDF. */
#ifndef PORTAL_PAGES_APPTEXT_H
#define PORTAL_PAGES_APPTEXT_H

#include "portal/http/request.h"

extern const char *const pt_web_application_text_files[]; /* parts; NULL-ended
                                                           */

void pt_web_application_text(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_application_text_set(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
