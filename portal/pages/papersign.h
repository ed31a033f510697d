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

/* "+994 50 123 45 67", "050 123-45-67" or "501234567" as "+994501234567".
   False: it is no number of Azerbaijan. */
bool pt_phone_clean(const char *in, char out[static 24]);

/* Why a transaction did not begin: the id of a text. */
const char *pt_asan_begun_text(enum pt_mobile_begun begun);

/* Stage, code, and what went wrong, for a template; where: the page's path
   with ?... for its stage. */
void pt_asan_set(
    struct pt_map *m, const struct pt_mobile_status *status, enum mh_lang lang);

#endif
