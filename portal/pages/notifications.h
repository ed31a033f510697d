/*
 * Notifications (portal.md 3.5).  One is read when its own page is opened, not
 * when it stands in the list; the receipt says when, how its reader had signed
 * in, and the SHA-256 of what was shown.
 */
#ifndef PORTAL_PAGES_NOTIFICATIONS_H
#define PORTAL_PAGES_NOTIFICATIONS_H

#include "portal/api/app.h"

extern const char *const pt_web_notices_query[]; /* NULL-ended */

void pt_web_notices(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_notice(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_notice_archive(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
