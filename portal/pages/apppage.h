/*
 * An application as it is read: the summary that step 6 and the page of what
 * was sent share, and its bytes.
 */
#ifndef PORTAL_PAGES_APPPAGE_H
#define PORTAL_PAGES_APPPAGE_H

#include "portal/pages/wizard.h"

extern const char *const pt_web_application_file_query[]; /* NULL-ended */

/* Names of part_application.html: everything that was said, with the digest of
   each file.  False: memory, or the store; answer says. */
bool pt_application_describe(struct pt_wizard *w, struct pt_map *m);

/* The page of one that was sent: its state, receipts, what may be done. */
void pt_web_application(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
/* The PDF that is signed, so far as it is made. */
void pt_web_application_pdf(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
/* An attached file, by its number. */
void pt_web_application_file(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
/* The signed document, and the newest receipt for it. */
void pt_web_application_document(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_application_receipt(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
