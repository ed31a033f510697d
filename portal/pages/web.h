/* Routes of the pages; their handlers get the application (portal/api/app.h).
 */
#ifndef PORTAL_PAGES_WEB_H
#define PORTAL_PAGES_WEB_H

#include "portal/http/request.h"

enum {
    PT_WEB_FILES_MAX = 20, /* documents checked with one form */
};

void pt_web_home(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_asset(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_lang(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_form(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_verify(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_report(void *ctx, struct pt_request *rq, struct pt_answer *answer);

extern const char *const pt_web_asset_query[];  /* NULL-ended */
extern const char *const pt_web_report_query[]; /* NULL-ended */

#endif
