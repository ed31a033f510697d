/*
 * Hearings of all of somebody's cases, as a list, by weeks, and as a calendar
 * (RFC 5545) that programs fetch by a secret address.  The calendar names
 * cases by their numbers and nobody by name.
 */
#ifndef PORTAL_PAGES_HEARINGS_H
#define PORTAL_PAGES_HEARINGS_H

#include "portal/api/app.h"

enum {
    PT_WEEKS = 52, /* that can be looked at, before and after this one */
};

extern const char *const pt_web_hearings_query[]; /* NULL-ended */
extern const char *const pt_web_calendar_query[]; /* NULL-ended */

void pt_web_hearings(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
/* A new secret, or none: the form's "action" is "new" or "end". */
void pt_web_calendar_set(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_calendar(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
