/* Filing a document in a case: the form, and what comes of it (portal.md 3.4).
 */
#ifndef PORTAL_PAGES_FILEPAGE_H
#define PORTAL_PAGES_FILEPAGE_H

#include "portal/api/app.h"

void pt_web_document_new(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_document_file(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
