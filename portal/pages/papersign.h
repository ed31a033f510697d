/*
 * Signing a draft with Asan İmza: beginning it, and the page that shows the
 * verification code until the telephone has answered (portal.md 3.1, 3.4).
 */
#ifndef PORTAL_PAGES_PAPERSIGN_H
#define PORTAL_PAGES_PAPERSIGN_H

#include "portal/pages/draftpage.h"
#include "portal/signing/mobile.h"

extern const char *const pt_web_paper_wait_query[]; /* NULL-ended */

void pt_web_paper_sign(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_paper_wait(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

/* The form's telephone, cleaned, and user's number; false: one is none. */
bool pt_paper_address(
    const struct pt_request *rq, char phone[static 24], const char **user);
/* Why a transaction did not begin: the id of a text; NULL: it did. */
const char *pt_paper_begun_text(enum pt_mobile_begun begun);

#endif
