/*
 * Documents of a case: the list, a document's own page with its report
 * and receipts, and downloads (portal.md 3.4).
 */
#ifndef PORTAL_PAGES_DOCUMENTS_H
#define PORTAL_PAGES_DOCUMENTS_H

#include "portal/api/app.h"

extern const char *const pt_web_document_report_query[];

void pt_web_documents(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_document(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_document_bytes(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_document_lasting(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_document_receipt(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_document_report(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
